// SPDX-License-Identifier: MIT
// A simulation as a report for people.

#include <stdio.h>
#include <string.h>

#include "report.h"
#include "simview.h"

const char *simview_word(const struct delta_simulation *s)
{
    return s->failures == 0 ? "PASSED" : "FAILED";
}

const char *simview_sentence(char out[SIMVIEW_SENTENCE_SIZE],
                             const struct delta_simulation *s)
{
    char operations[REPORT_NUMBER_SIZE];
    char runs[REPORT_NUMBER_SIZE];
    char failures[REPORT_NUMBER_SIZE];
    char how[96];

    report_number(operations, s->operations);
    report_number(runs, s->runs);
    report_number(failures, s->failures);
    if (s->is_exhaustive) {
        snprintf(how, sizeof(how),
                 "Power was cut at each of %s erases and programs", operations);
    } else {
        snprintf(how, sizeof(how),
                 "Power was cut up to %u times in each of %s updates",
                 DELTA_CUTS_MAX, runs);
    }
    if (s->failures == 0) {
        snprintf(out, SIMVIEW_SENTENCE_SIZE,
                 "%s; every time the module ended up with the new image.", how);
    } else {
        snprintf(out, SIMVIEW_SENTENCE_SIZE,
                 "%s; %s of %s updates did not end as they must.", how,
                 failures, runs);
    }
    return out;
}

const char *simview_trust(const struct delta_simulation *s)
{
    if (s->is_trusted) {
        return "signature verified";
    }
    return s->info.is_signed ? "signed, but authenticity was not checked: no "
                               "--key was given"
                             : "not signed";
}

const struct delta_flash_area *simview_area(const struct simview *view,
                                            const struct delta_wear *wear)
{
    const struct delta_flash_layout *layout = view->layout;

    if (strcmp(wear->area, "slot") == 0) {
        return &layout->slot;
    }
    if (strcmp(wear->area, "new_slot") == 0) {
        return &layout->new_slot;
    }
    return strcmp(wear->area, "journal") == 0 ? &layout->journal
                                              : &layout->scratch;
}

const char *simview_checked(const struct delta_simulation *s, int index)
{
    static const char *const texts[] = {
        "The new image, as read back from flash, is exact, and the next boot "
        "knows that it is complete.",
        "Every erase and program is one that NOR flash allows: whole blocks, "
        "aligned, each byte once between two erases, ascending.",
        "Looking for a checkpoint after a cut writes nothing.",
        "Progress never goes back.",
        "No finished block is erased or programmed again, and the old image "
        "is never touched.",
    };

    // In place there is one slot: the last one does not apply.
    return index < (s->is_in_place ? 4 : 5) ? texts[index] : NULL;
}

const char *simview_unchecked(const struct delta_simulation *s, int index)
{
    static const char *const texts[] = {
        "Defects of the flash itself, and bits that change by themselves.",
        "The boot loader around the patcher: its switch of slots, its "
        "download, its flash driver.",
        "Two and more cuts: see --cuts N.",
    };

    return index < (s->is_exhaustive ? 3 : 2) ? texts[index] : NULL;
}

static void print_package(const struct simview *view)
{
    const struct delta_info *info = &view->s->info;
    char number[REPORT_NUMBER_SIZE];
    char hex[REPORT_HEX_SIZE];

    printf("package       %s, %s bytes, codec %s, %s\n",
           report_name(view->cli->package_path),
           report_number(number, info->package_size), info->codec_name,
           simview_trust(view->s));
    if (info->product[0] != '\0') {
        printf("product       %s, counter %lu\n", info->product,
               (unsigned long)info->counter);
    }
    printf("old image     %s bytes, SHA-256 %s%s%s\n",
           report_number(number, info->old_size),
           report_hex(hex, info->old_sha256, 32),
           info->from_version[0] != '\0' ? ", version " : "",
           info->from_version);
    printf("new image     %s bytes, SHA-256 %s%s%s\n",
           report_number(number, info->new_size),
           report_hex(hex, info->new_sha256, 32),
           info->to_version[0] != '\0' ? ", version " : "", info->to_version);
    printf("flash         %s, %s%s%s\n", report_name(view->cli->layout_path),
           view->s->is_in_place ? "one slot" : "two slots",
           view->layout->profile[0] != '\0' ? ", profile " : "",
           view->layout->profile);
    printf("seed          %lu\n\n", (unsigned long)view->cli->seed);
}

static void print_cuts(const struct delta_simulation *s)
{
    char number[REPORT_NUMBER_SIZE];

    printf("operations    %s erases and programs without a cut\n",
           report_number(number, s->operations));
    printf("cuts          %s\n", report_number(number, (uint32_t)s->cuts));
    printf("resumed       %s updates, followed to their end\n",
           report_number(number, s->runs));
    printf("bricks        %s\n",
           s->failures == 0 ? "none" : report_number(number, s->failures));
    printf("fetched again %s bytes of the package after a cut, at most\n\n",
           report_number(number, s->refetched));
}

static void print_wear(const struct delta_simulation *s)
{
    printf("%-9s %7s %7s  %-15s  %-15s  %s\n", "area", "blocks", "of",
           "blocks erased", "one block", "bytes programmed");
    printf("%-9s %7s %7s  %7s %7s  %7s %7s  %10s %10s\n", "", "", "bytes",
           "no cut", "worst", "no cut", "worst", "no cut", "worst");
    for (size_t i = 0; i < s->wear_count; i++) {
        const struct delta_wear *w = &s->wear[i];
        char without[REPORT_NUMBER_SIZE];
        char worst[REPORT_NUMBER_SIZE];

        printf("%-9s %7lu %7lu  %7lu %7lu  %7lu %7lu  %10s %10s\n", w->area,
               (unsigned long)w->block_count, (unsigned long)w->block_size,
               (unsigned long)w->erased, (unsigned long)w->erased_worst,
               (unsigned long)w->most, (unsigned long)w->most_worst,
               report_number(without, w->programmed),
               report_number(worst, w->programmed_worst));
    }
    putchar('\n');
}

static void print_lists(const struct delta_simulation *s)
{
    const char *text;

    printf("Checked in every run:\n");
    for (int i = 0; (text = simview_checked(s, i)) != NULL; i++) {
        printf("  - %s\n", text);
    }
    printf("Not simulated:\n");
    for (int i = 0; (text = simview_unchecked(s, i)) != NULL; i++) {
        printf("  - %s\n", text);
    }
}

void simview_text(const struct simview *view)
{
    const struct delta_simulation *s = view->s;
    char sentence[SIMVIEW_SENTENCE_SIZE];

    printf("%s: %s\n\n", simview_word(s), simview_sentence(sentence, s));
    if (s->failures != 0) {
        printf("first failure %s\n\n", s->failure);
    }
    print_package(view);
    print_cuts(s);
    print_wear(s);
    print_lists(s);
}
