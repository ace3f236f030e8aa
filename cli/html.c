// SPDX-License-Identifier: MIT
// An explanation as a page that needs no other file and no script.

#include <stdlib.h>

#include "explainview.h"
#include "htmlpage.h"
#include "report.h"

static double percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

static void put_names(FILE *out, const struct cli *cli)
{
    html_escaped(out, html_short_name(cli->old_paths[0]));
    fputs(" → ", out);
    html_escaped(out, html_short_name(cli->new_paths[0]));
}

static void put_facts(FILE *out, const struct cli *cli,
                      const struct delta_explanation *e)
{
    const struct delta_info *info = &e->report.info;
    char number[REPORT_NUMBER_SIZE];
    char text[32];

    fputs("<title>", out);
    put_names(out, cli);
    fputs(" - mkdfota explain</title>\n</head>\n<body>\n<main>\n<h1>", out);
    put_names(out, cli);
    fputs("</h1>\n<p class=\"sub\">Where the bytes of the package go</p>\n"
          "<div class=\"facts\">\n",
          out);
    html_fact(out, report_number(number, info->package_size),
              "bytes of the package");
    snprintf(text, sizeof(text), "%.1f %%",
             percent(info->package_size, info->new_size));
    html_fact(out, text, "of the new image");
    html_fact(out, report_number(number, info->old_size), "bytes of old image");
    html_fact(out, report_number(number, info->new_size), "bytes of new image");
    html_fact(out, info->arch_name, "architecture");
    snprintf(text, sizeof(text), "0x%08lx", (unsigned long)info->old_base);
    if (e->report.regions > 1) {
        snprintf(text, sizeof(text), "by region");
    }
    html_fact(out, e->report.has_base ? text : "not found", "load address");
    html_fact(out, report_number(number, info->ram), "bytes of patcher RAM");
    fputs("</div>\n", out);
}

static void put_advice(FILE *out, const struct delta_explanation *e)
{
    char number[REPORT_NUMBER_SIZE];

    fputs("<h2>Advice</h2>\n<ol class=\"advice\">\n", out);
    for (size_t i = 0; i < e->advice_count; i++) {
        const struct delta_advice *a = &e->advice[i];

        fputs("<li><b>", out);
        if (a->bytes > 0) {
            fprintf(out, "%s bytes", report_number(number, a->bytes));
        }
        fputs("<small>", out);
        for (const char *c = delta_advice_name(a->kind); *c != 0; c++) {
            fputc(*c == '-' ? ' ' : *c, out);
        }
        fputs("</small></b><span>", out);
        html_escaped(out, a->text);
        fputs("</span></li>\n", out);
    }
    fputs("</ol>\n", out);
}

// Causes in descending order; those without bytes are left out.
static void put_causes(FILE *out, const struct delta_explanation *e)
{
    uint32_t size = e->report.info.package_size;
    bool is_done[DELTA_SPENT_COUNT] = {false};
    uint32_t largest = 0;
    char number[REPORT_NUMBER_SIZE];

    fputs("<h2>Bytes by cause</h2>\n<div class=\"scroll\"><table>\n"
          "<tr><th class=\"l\" scope=\"col\">Cause</th>"
          "<th scope=\"col\">Bytes</th><th scope=\"col\">Share</th>"
          "<td></td></tr>\n",
          out);
    for (int n = 0; n < DELTA_SPENT_COUNT; n++) {
        int best = -1;

        for (int i = 0; i < DELTA_SPENT_COUNT; i++) {
            if (!is_done[i] && (best < 0 || e->spent[i] > e->spent[best])) {
                best = i;
            }
        }
        is_done[best] = true;
        if (e->spent[best] == 0) {
            break;
        }
        largest = n == 0 ? e->spent[best] : largest;
        fprintf(out,
                "<tr><td class=\"l\">%s</td><td>%s</td><td>%.1f %%</td>"
                "<td class=\"b\"><div class=\"bar\"><i class=\"c\" "
                "style=\"width:%.1f%%\"></i></div></td></tr>\n",
                explain_cause((enum delta_spent)best),
                report_number(number, e->spent[best]),
                percent(e->spent[best], size),
                percent(e->spent[best], largest));
    }
    fputs("</table></div>\n", out);
}

static void put_share(FILE *out, const char *style, double share)
{
    if (share >= 0.05) {
        fprintf(out, "<i class=\"%s\" style=\"width:%.1f%%\"></i>", style,
                share);
    }
}

static void put_part(FILE *out, const struct delta_part *p, uint32_t size,
                     double largest, bool has_section)
{
    char number[REPORT_NUMBER_SIZE];
    char moved[EXPLAIN_MOVED_SIZE];
    char bytes[REPORT_NUMBER_SIZE];

    fputs("<tr><td class=\"n\">", out);
    html_escaped(out, p->name);
    if (has_section) {
        fputs("</td><td class=\"l\">", out);
        html_escaped(out, p->section);
    }
    fprintf(out,
            "</td><td>%s</td><td>%.1f %%</td><td>%s</td><td>%.0f %%</td>"
            "<td>%s</td><td class=\"b\"><div class=\"bar\">",
            report_tenths(bytes, p->bytes), percent(p->bytes, size),
            report_number(number, p->size), percent(p->literals, p->size),
            explain_moved(moved, 2 * p->moved_size >= p->size, p->moved));
    put_share(out, "new", percent(p->literal_bytes, largest));
    put_share(out, "corrected", percent(p->correction_bytes, largest));
    put_share(out, "hit", percent(p->hit_bytes, largest));
    fputs("</div></td></tr>\n", out);
}

#define SECTION 1u // a column that some tables do not have
static const struct {
    const char *name, *meaning;
} columns[] = {
    {"Name", "of the function or object, or its addresses"},
    {"Section", "of an ELF file"},
    {"Bytes", "of the package that are spent here"},
    {"Share", "of the package"},
    {"Image", "bytes of the new image"},
    {"New", "share of these that nothing in the old image predicts"},
    {"Moved", "how far most of it has moved"},
};

static void put_parts(FILE *out, const char *title,
                      const struct delta_explanation *e,
                      const struct delta_part *parts, size_t count,
                      uint32_t top)
{
    const struct delta_part **largest =
        malloc((count + 1) * sizeof(const struct delta_part *));
    size_t shown = count < top ? count : top;
    bool has_section = parts != e->sections && explain_has_sections(e);

    if (largest == NULL || shown == 0) {
        free(largest);
        return;
    }
    explain_largest(largest, parts, count);
    fprintf(out, "<h2>%s", title);
    if (shown < count) {
        fprintf(out, ": the largest %zu of %zu", shown, count);
    }
    fputs("</h2>\n<div class=\"scroll\"><table>\n<tr>", out);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        if (i == SECTION && !has_section) {
            continue;
        }
        fprintf(out, "<th scope=\"col\"%s title=\"%s\">%s</th>",
                i <= SECTION ? " class=\"l\"" : "", columns[i].meaning,
                columns[i].name);
    }
    fputs("<td></td></tr>\n", out);
    for (size_t i = 0; i < shown; i++) {
        put_part(out, largest[i], e->report.info.package_size,
                 largest[0]->bytes, has_section);
    }
    fputs("</table></div>\n", out);
    free(largest);
}

void explain_html(FILE *out, const struct cli *cli,
                  const struct delta_explanation *e)
{
    bool has_symbols = false;

    for (size_t i = 0; i < e->part_count; i++) {
        has_symbols = has_symbols || e->parts[i].has_symbol;
    }
    html_head(out);
    put_facts(out, cli, e);
    put_advice(out, e);
    fputs("<h2>What went where, and what it costs</h2>\n", out);
    explain_picture(out, e);
    put_causes(out, e);
    put_parts(out, explain_has_sections(e) ? "Sections" : "Regions", e,
              e->sections, e->section_count, cli->top);
    put_parts(out, has_symbols ? "Functions and objects" : "Blocks", e,
              e->parts, e->part_count, cli->top);
    fprintf(out,
            "<p class=\"legend\"><span><i class=\"new\"></i>spent on new "
            "bytes</span><span><i class=\"corrected\"></i>on corrected "
            "ones</span><span><i class=\"hit\"></i>on those that are as "
            "predicted</span></p>\n"
            "</main>\n<footer>mkdfota %s</footer>\n</body>\n</html>\n",
            delta_version());
}
