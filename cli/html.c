// SPDX-License-Identifier: MIT
// An explanation as a page that needs no other file and no script.

#include <stdlib.h>
#include <string.h>

#include "explainview.h"
#include "report.h"

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<style>\n"
    ":root{--back:#fcfcfb;--card:#f3f2ef;--ink:#1d1c1a;--soft:#6a6760;"
    "--line:#dddad3;--grid:#e6e3dd;--keep:#c9c5bc;--gone:#f0eeea;"
    "--new:#d1362f;--gap:#f6d5d2;--t1:#2f6fb5;--t2:#e08a1e;--t3:#3a9d73;"
    "--t4:#8659b5;--t5:#c2539b;--t6:#7d7a2a;--t7:#2aa0b8;--t8:#4d5560;"
    "--h0:#f3c9a6;--h1:#eda36e;--h2:#e07b43;--h3:#c9511f;--h4:#8f2d0b}\n"
    "@media(prefers-color-scheme:dark){:root{--back:#191817;--card:#242321;"
    "--ink:#eceae5;--soft:#a29e96;--line:#3a3835;--grid:#2d2b29;"
    "--keep:#5b5852;--gone:#262522;--new:#f0645a;--gap:#4a2623;--t1:#5f9ee0;"
    "--t2:#efa643;--t3:#57bd91;--t4:#aa83d6;--t5:#e07dbd;--t6:#b5b04f;"
    "--t7:#4fc1d8;--t8:#93a0b3;--h0:#5e3421;--h1:#86431f;--h2:#b55a26;"
    "--h3:#e17f40;--h4:#ffb27d}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:1120px;padding:28px 32px 60px;"
    "background:var(--back);color:var(--ink);"
    "font:15px/1.5 system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\","
    "sans-serif}\n"
    "h1{font-size:23px;line-height:1.25;margin:0 0 4px;font-weight:650;"
    "overflow-wrap:anywhere}\n"
    "h2{font-size:16px;margin:36px 0 10px;font-weight:650}\n"
    ".sub{color:var(--soft);margin:0 0 22px}\n"
    ".facts{display:flex;flex-wrap:wrap;gap:12px 30px;margin:0 0 24px}\n"
    ".facts div{min-width:84px}.facts b{display:block;font-size:20px;"
    "font-weight:600;font-variant-numeric:tabular-nums}\n"
    ".facts span{color:var(--soft);font-size:13px}\n"
    "ol.advice{list-style:none;margin:0;padding:0;display:grid;gap:8px}\n"
    ".advice li{background:var(--card);border-radius:4px;padding:10px 16px;"
    "display:grid;grid-template-columns:132px 1fr;gap:4px 18px}\n"
    ".advice b{font-variant-numeric:tabular-nums;font-weight:650}\n"
    ".advice b small{display:block;color:var(--soft);font-weight:400;"
    "font-size:12px}\n"
    "svg{display:block;width:100%;height:auto;overflow:visible}\n"
    "svg text{font-size:12.5px;fill:var(--ink)}svg .note{font-size:11px;"
    "fill:var(--soft)}\n"
    ".grid{stroke:var(--grid);fill:none}.axis{stroke:var(--soft);fill:none}\n"
    ".band{opacity:.5}.band.s0{opacity:.38}.band:hover{opacity:.95}\n"
    ".s0{fill:var(--keep)}.s1{fill:var(--t1)}.s2{fill:var(--t2)}"
    ".s3{fill:var(--t3)}.s4{fill:var(--t4)}.s5{fill:var(--t5)}"
    ".s6{fill:var(--t6)}.s7{fill:var(--t7)}.s8{fill:var(--t8)}\n"
    ".new{fill:var(--new)}.gap{fill:var(--gap)}"
    ".gone{fill:var(--gone);stroke:var(--line);stroke-width:.5}\n"
    ".h0{fill:var(--h0)}.h1{fill:var(--h1)}.h2{fill:var(--h2)}"
    ".h3{fill:var(--h3)}.h4{fill:var(--h4)}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:4px 20px;margin:12px 0 0;"
    "font-size:13px;color:var(--soft)}\n"
    ".legend i{display:inline-block;width:12px;height:12px;margin-right:6px;"
    "vertical-align:-1px;border-radius:2px}\n"
    "i.s0{background:var(--keep)}i.s1{background:var(--t1)}"
    "i.s2{background:var(--t2)}i.s3{background:var(--t3)}"
    "i.s4{background:var(--t4)}i.s5{background:var(--t5)}"
    "i.s6{background:var(--t6)}i.s7{background:var(--t7)}"
    "i.s8{background:var(--t8)}i.new{background:var(--new)}"
    "i.gap{background:var(--gap)}"
    "i.gone{background:var(--gone);border:1px solid var(--line)}"
    "i.corrected{background:var(--t2)}i.hit{background:var(--keep)}\n"
    ".scroll{overflow-x:auto}.scroll svg{min-width:720px;overflow:hidden}\n"
    "table{border-collapse:collapse;width:100%;font-size:13.5px;"
    "font-variant-numeric:tabular-nums}\n"
    "th{font-weight:500;color:var(--soft);text-align:right;"
    "padding:4px 12px 4px 0;border-bottom:1px solid var(--line);"
    "white-space:nowrap}\n"
    "td{text-align:right;padding:3px 12px 3px 0;"
    "border-bottom:1px solid var(--grid);white-space:nowrap}\n"
    "th.l,td.l{text-align:left}td.n{text-align:left;white-space:normal;"
    "overflow-wrap:anywhere;min-width:11em;font-family:ui-monospace,\"DejaVu "
    "Sans Mono\","
    "monospace;font-size:12.5px}\n"
    "td.b{width:34%;padding-right:0}\n"
    ".bar{display:flex;height:11px}.bar i{display:block;height:100%}"
    ".bar i:first-child{border-radius:2px 0 0 2px}"
    ".bar i:last-child{border-radius:0 2px 2px 0}\n"
    ".bar .c{background:var(--t1)}\n"
    "footer{margin-top:36px;color:var(--soft);font-size:13px}\n"
    "@media(max-width:640px){body{padding:18px 16px}"
    ".advice li{grid-template-columns:1fr}}\n"
    "</style>\n";

void explain_escaped(FILE *out, const char *text)
{
    for (; *text != 0; text++) {
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default:
            // A path may have anything in it.
            fputc((unsigned char)*text < 0x20 ? '?' : *text, out);
        }
    }
}

static double percent(double part, double whole)
{
    return whole > 0 ? 100 * part / whole : 0;
}

// The file's name without its folder.
static const char *short_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL && slash[1] != 0 ? slash + 1 : report_name(path);
}

static void put_fact(FILE *out, const char *value, const char *name)
{
    fputs("<div><b>", out);
    explain_escaped(out, value);
    fprintf(out, "</b><span>%s</span></div>\n", name);
}

static void put_names(FILE *out, const struct cli *cli)
{
    explain_escaped(out, short_name(cli->old_paths[0]));
    fputs(" → ", out);
    explain_escaped(out, short_name(cli->new_paths[0]));
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
    put_fact(out, report_number(number, info->package_size),
             "bytes of the package");
    snprintf(text, sizeof(text), "%.1f %%",
             percent(info->package_size, info->new_size));
    put_fact(out, text, "of the new image");
    put_fact(out, report_number(number, info->old_size), "bytes of old image");
    put_fact(out, report_number(number, info->new_size), "bytes of new image");
    put_fact(out, info->arch_name, "architecture");
    snprintf(text, sizeof(text), "0x%08lx", (unsigned long)info->old_base);
    if (e->report.regions > 1) {
        snprintf(text, sizeof(text), "by region");
    }
    put_fact(out, e->report.has_base ? text : "not found", "load address");
    put_fact(out, report_number(number, info->ram), "bytes of patcher RAM");
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
        explain_escaped(out, a->text);
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
    explain_escaped(out, p->name);
    if (has_section) {
        fputs("</td><td class=\"l\">", out);
        explain_escaped(out, p->section);
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
    fputs(head, out);
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
