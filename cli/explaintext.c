// SPDX-License-Identifier: MIT
// An explanation as text: causes, parts, moves, and what to do.

#include <stdlib.h>
#include <string.h>

#include "explainview.h"
#include "report.h"

#define BAR 24u
#define COLUMNS 78u

static double percent(double part, uint32_t whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

static void print_causes(const struct delta_explanation *e)
{
    uint32_t size = e->report.info.package_size;
    char number[REPORT_NUMBER_SIZE];

    printf("\nBytes by cause\n");
    for (int i = 0; i < DELTA_SPENT_COUNT; i++) {
        uint32_t spent = e->spent[i];
        uint32_t bar = (uint32_t)(((uint64_t)spent * BAR + size / 2) / size);

        printf("  %-33s %9s  %5.1f %%  %.*s\n",
               explain_cause((enum delta_spent)i), report_number(number, spent),
               percent(spent, size), (int)bar, "########################");
    }
}

static void print_part(const struct delta_part *p, uint32_t package_size)
{
    char moved[EXPLAIN_MOVED_SIZE];
    char size[REPORT_NUMBER_SIZE];
    char bytes[REPORT_NUMBER_SIZE];

    printf("  %10s  %5.1f %%  %10s  %4.1f %%  %4.1f %%  %9s  %s",
           report_tenths(bytes, p->bytes), percent(p->bytes, package_size),
           report_number(size, p->size), percent(p->literals, p->size),
           percent(p->corrections, p->size),
           explain_moved(moved, 2 * p->moved_size >= p->size, p->moved),
           p->name);
    if (p->section[0] != 0 && strcmp(p->section, p->name) != 0) {
        printf("  %s", p->section);
    }
    putchar('\n');
}

static void print_parts(const char *title, const struct delta_explanation *e,
                        const struct delta_part *parts, size_t count,
                        uint32_t top)
{
    const struct delta_part **largest =
        malloc((count + 1) * sizeof(const struct delta_part *));
    size_t shown = count < top ? count : top;

    if (largest == NULL) {
        return;
    }
    explain_largest(largest, parts, count);
    printf("\n%s (%zu of %zu)\n", title, shown, count);
    printf(
        "       bytes    share       image     new   corr.      moved  name\n");
    for (size_t i = 0; i < shown; i++) {
        print_part(largest[i], e->report.info.package_size);
    }
    free(largest);
}

static void print_shifts(const struct delta_explanation *e)
{
    struct explain_shift shifts[EXPLAIN_SHIFTS_MAX];
    size_t count = explain_shifts(shifts, e);
    char moved[EXPLAIN_MOVED_SIZE];
    char number[REPORT_NUMBER_SIZE];

    if (count == 0) {
        return;
    }
    printf("\nWhat is kept, by how far it has moved\n");
    for (size_t i = 0; i < count; i++) {
        printf("  %9s  %10s bytes in %lu piece%s\n",
               explain_moved(moved, true, shifts[i].moved),
               report_number(number, shifts[i].matched),
               (unsigned long)shifts[i].moves, shifts[i].moves == 1 ? "" : "s");
    }
}

// Words of a text, in lines.
static void print_wrapped(const char *text, unsigned indent)
{
    unsigned column = indent;

    while (*text != 0) {
        size_t word = strcspn(text, " ");
        if (column > indent && column + 1 + word > COLUMNS) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        printf("%.*s", (int)word, text);
        column += (unsigned)word;
        text += word;
        text += *text == ' ';
    }
    putchar('\n');
}

static void print_advice(const struct delta_explanation *e)
{
    printf("\nAdvice\n");
    for (size_t i = 0; i < e->advice_count; i++) {
        printf(" %2zu. ", i + 1);
        print_wrapped(e->advice[i].text, 5);
    }
}

void explain_text(const struct cli *cli, const struct delta_explanation *e)
{
    const struct delta_info *info = &e->report.info;
    char a[REPORT_NUMBER_SIZE];
    char b[REPORT_NUMBER_SIZE];
    bool has_symbols = false;

    for (size_t i = 0; i < e->part_count; i++) {
        has_symbols = has_symbols || e->parts[i].has_symbol;
    }
    printf("package       %s bytes, %.1f %% of new (%s)\n",
           report_number(a, info->package_size),
           percent(info->package_size, info->new_size),
           report_number(b, info->new_size));
    if (e->report.has_base && e->report.regions > 1) {
        printf("base          by region, architecture %s\n", info->arch_name);
    } else if (e->report.has_base) {
        printf("base          0x%08lx, architecture %s\n",
               (unsigned long)info->old_base, info->arch_name);
    } else {
        printf("base          not found, architecture %s\n", info->arch_name);
    }
    printf("patcher RAM   %s bytes\n", report_number(a, info->ram));
    print_causes(e);
    print_parts(explain_has_sections(e) ? "Sections by cost"
                                        : "Regions by cost",
                e, e->sections, e->section_count, cli->top);
    print_parts(has_symbols ? "Functions and objects by cost"
                            : "Blocks by cost",
                e, e->parts, e->part_count, cli->top);
    print_shifts(e);
    print_advice(e);
}
