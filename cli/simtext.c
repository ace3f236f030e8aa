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
    return s->parts[0].is_signed
               ? "signed, but authenticity was not checked: no "
                 "--key was given"
               : "not signed";
}

const char *simview_label(char label[SIMVIEW_LABEL_SIZE],
                          const struct simview *view, const char *which,
                          size_t part)
{
    uint32_t id = view->s->parts[part].part_id;
    const struct delta_flash_part *slots = delta_layout_part(view->layout, id);

    if (slots != NULL && slots->name[0] != '\0') {
        snprintf(label, SIMVIEW_LABEL_SIZE, "%s %s", which, slots->name);
    } else if (view->s->part_count > 1) {
        snprintf(label, SIMVIEW_LABEL_SIZE, "%s image %lu", which,
                 (unsigned long)id);
    } else {
        snprintf(label, SIMVIEW_LABEL_SIZE, "%s image", which);
    }
    return label;
}

// One text for each line of the two lists.
#define LIST_EXACT                                                         \
    "The new image, as read back from flash, is exact, and the next boot " \
    "knows that it is complete."
#define LIST_RULES                                                         \
    "Every erase and program is one that NOR flash allows: whole blocks, " \
    "aligned, each byte once between two erases, ascending."
#define LIST_READS "Looking for a checkpoint after a cut writes nothing."
#define LIST_FORTH "Progress never goes back."
#define LIST_FINISHED                                                        \
    "No finished block is erased or programmed again, and the old image is " \
    "never touched."
#define LIST_DEFECTS \
    "Defects of the flash itself, and bits that change by themselves."
#define LIST_AROUND                                                           \
    "The boot loader around the patcher: its switch of slots, its download, " \
    "its flash driver."
#define LIST_TWICE "Two and more cuts: see --cuts N."

const char *simview_checked(const struct delta_simulation *s, int index)
{
    static const char *const texts[] = {
        LIST_EXACT, LIST_RULES, LIST_READS, LIST_FORTH, LIST_FINISHED,
    };

    // In place there is one slot: the last one does not apply.
    return index < (s->is_in_place ? 4 : 5) ? texts[index] : NULL;
}

const char *simview_unchecked(const struct delta_simulation *s, int index)
{
    static const char *const texts[] = {LIST_DEFECTS, LIST_AROUND, LIST_TWICE};

    return index < (s->is_exhaustive ? 3 : 2) ? texts[index] : NULL;
}

static void print_area(const char *name, const struct delta_flash_area *area)
{
    char number[REPORT_NUMBER_SIZE];
    char at[24] = "";

    if (area->has_address) {
        snprintf(at, sizeof(at), " at 0x%08lx", (unsigned long)area->address);
    }
    printf("  %-11s %s bytes%s, blocks of %lu, written in units of %lu\n", name,
           report_number(number, area->size), at, (unsigned long)area->erase,
           (unsigned long)area->program);
}

static void print_image(const struct simview *view, const char *which,
                        size_t part, uint32_t size, const uint8_t sha256[32],
                        const char *version)
{
    char label[SIMVIEW_LABEL_SIZE];
    char number[REPORT_NUMBER_SIZE];
    char hex[REPORT_HEX_SIZE];

    simview_label(label, view, which, part);
    if (size == 0) {
        printf("%-13s none is needed: a full image\n", label);
        return;
    }
    printf("%-13s %s bytes, SHA-256 %s%s%s\n", label,
           report_number(number, size), report_hex(hex, sha256, 32),
           version[0] != '\0' ? ", version " : "", version);
}

static void print_layout(const struct simview *view)
{
    printf("flash         %s, %s%s%s\n", report_name(view->cli->layout_path),
           view->s->is_in_place ? "one slot" : "two slots",
           view->layout->profile[0] != '\0' ? ", profile " : "",
           view->layout->profile);
    for (size_t i = 0; i < DELTA_LAYOUT_AREAS; i++) {
        char name[DELTA_AREA_NAME_SIZE];
        const struct delta_flash_area *area =
            delta_layout_area(view->layout, i, name);

        if (area != NULL) {
            print_area(name, area);
        }
    }
}

static void print_package(const struct simview *view)
{
    const struct delta_simulation *s = view->s;
    const struct delta_info *info = s->parts;
    char number[REPORT_NUMBER_SIZE];
    char hex[REPORT_HEX_SIZE];

    printf("package       %s, %s bytes, SHA-256 %s\n",
           report_name(view->cli->package_path),
           report_number(number, info->package_size),
           report_hex(hex, s->package_sha256, 32));
    printf("              codec %s, %s\n", info->codec_name, simview_trust(s));
    if (info->product[0] != '\0') {
        printf("product       %s, counter %lu\n", info->product,
               (unsigned long)info->counter);
    }
    for (size_t i = 0; i < s->part_count; i++, info++) {
        print_image(view, "old", i, info->old_size, info->old_sha256,
                    info->from_version);
        print_image(view, "new", i, info->new_size, info->new_sha256,
                    info->to_version);
    }
    print_layout(view);
    printf("seed          %lu\n\n", (unsigned long)view->cli->seed);
}

static void print_cuts(const struct simview *view)
{
    const struct delta_simulation *s = view->s;
    char number[REPORT_NUMBER_SIZE];
    struct simview_time time;

    printf("operations    %s erases and programs without a cut\n",
           report_number(number, s->operations));
    printf("cuts          %s\n", report_number(number, (uint32_t)s->cuts));
    printf("resumed       %s updates, followed to their end\n",
           report_number(number, s->runs));
    printf("bricks        %s\n",
           s->failures == 0 ? "none" : report_number(number, s->failures));
    printf("fetched again %s bytes of the package after a cut, at most\n",
           report_number(number, s->refetched));
    if (simview_time(&time, view)) {
        printf("time          %.1f s on %s, an estimate; with a cut %.1f s, at "
               "most\n",
               (double)time.ms / 1000, view->layout->profile,
               (double)time.ms_worst / 1000);
    }
    putchar('\n');
}

static void print_wear(const struct delta_simulation *s)
{
    int width = 9;

    for (size_t i = 0; i < s->wear_count; i++) {
        int size = (int)strlen(s->wear[i].area);

        width = size > width ? size : width;
    }
    printf("%-*s %7s %7s  %-15s  %-15s  %s\n", width, "area", "blocks", "of",
           "blocks erased", "one block", "bytes programmed");
    printf("%-*s %7s %7s  %7s %7s  %7s %7s  %10s %10s\n", width, "", "",
           "bytes", "no cut", "worst", "no cut", "worst", "no cut", "worst");
    for (size_t i = 0; i < s->wear_count; i++) {
        const struct delta_wear *w = &s->wear[i];
        char without[REPORT_NUMBER_SIZE];
        char worst[REPORT_NUMBER_SIZE];

        printf("%-*s %7lu %7lu  %7lu %7lu  %7lu %7lu  %10s %10s\n", width,
               w->area, (unsigned long)w->block_count,
               (unsigned long)w->block_size, (unsigned long)w->erased,
               (unsigned long)w->erased_worst, (unsigned long)w->most,
               (unsigned long)w->most_worst,
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
    print_cuts(view);
    print_wear(s);
    print_lists(s);
}
