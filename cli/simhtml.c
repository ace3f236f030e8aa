// SPDX-License-Identifier: MIT
// A simulation as a page for a release review: verdict, figures, and a map of
// what each block of the flash goes through. No other file, no script.

#include <string.h>

#include "htmlpage.h"
#include "report.h"
#include "simview.h"

#define ROW 64u     // cells
#define CELLS 4096u // at most, in one map
#define PITCH 15u

static const char style[] =
    "<style>\n"
    ".map rect.h0,.map rect.h1,.map rect.h2,.map rect.h3,.map rect.h4"
    "{stroke:none}\n"
    ".map{max-width:960px;margin:0 0 8px}\n"
    "i.h0{background:var(--h0)}i.h1{background:var(--h1)}"
    "i.h2{background:var(--h2)}i.h3{background:var(--h3)}"
    "i.h4{background:var(--h4)}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 20px;"
    "margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}\n"
    "</style>\n";

static void put_heading(FILE *out, const struct simview *view)
{
    const struct delta_simulation *s = view->s;
    char sentence[SIMVIEW_SENTENCE_SIZE];

    html_head(out);
    fputs(style, out);
    fputs("<title>", out);
    html_escaped(out, html_short_name(view->cli->package_path));
    fputs(" - mkdfota simulate</title>\n</head>\n<body>\n<main>\n<h1>", out);
    html_escaped(out, html_short_name(view->cli->package_path));
    fputs("</h1>\n<p class=\"sub\">Power cuts during the update, on the flash "
          "of ",
          out);
    html_escaped(out, html_short_name(view->cli->layout_path));
    fprintf(out, "</p>\n<div class=\"verdict%s\"><b>%s</b>",
            s->failures == 0 ? "" : " bad", simview_word(s));
    html_escaped(out, simview_sentence(sentence, s));
    if (s->failures != 0) {
        fputs("<br>First failure: ", out);
        html_escaped(out, s->failure);
    }
    fputs("</div>\n", out);
}

static void put_facts(FILE *out, const struct simview *view)
{
    const struct delta_simulation *s = view->s;
    struct simview_time time;
    char number[REPORT_NUMBER_SIZE];
    uint32_t most = 0;

    for (size_t i = 0; i < s->wear_count; i++) {
        most = s->wear[i].most_worst > most ? s->wear[i].most_worst : most;
    }
    fputs("<div class=\"facts\">\n", out);
    html_fact(out, report_number(number, s->operations), "erases and programs");
    html_fact(out, report_number(number, (uint32_t)s->cuts), "power cuts");
    html_fact(out, report_number(number, s->runs), "updates resumed");
    html_fact(out, report_number(number, s->failures), "bricks");
    html_fact(out, report_number(number, most), "erases of one block, at most");
    html_fact(out, report_number(number, s->refetched),
              "package bytes fetched again, at most");
    if (simview_time(&time, view)) {
        char text[96];

        snprintf(number, sizeof(number), "%.1f s", (double)time.ms / 1000);
        snprintf(text, sizeof(text),
                 "on %s, an estimate; with a cut %.1f s, at "
                 "most",
                 view->layout->profile, (double)time.ms_worst / 1000);
        html_fact(out, number, text);
    }
    fputs("</div>\n", out);
}

static void put_term(FILE *out, const char *name, const char *value)
{
    fprintf(out, "<dt>%s</dt><dd>", name);
    html_escaped(out, value);
    fputs("</dd>\n", out);
}

static void put_image(FILE *out, const char *name, uint32_t size,
                      const uint8_t sha256[32], const char *version)
{
    char number[REPORT_NUMBER_SIZE];
    char hex[REPORT_HEX_SIZE];
    char text[256];

    if (size == 0) {
        put_term(out, name, "none is needed: a full image");
        return;
    }
    snprintf(text, sizeof(text), "%s%s%s bytes, SHA-256 %s", version,
             version[0] != '\0' ? ", " : "", report_number(number, size),
             report_hex(hex, sha256, 32));
    put_term(out, name, text);
}

static void put_package(FILE *out, const struct simview *view)
{
    const struct delta_info *info = view->s->parts;
    char label[SIMVIEW_LABEL_SIZE];
    char number[REPORT_NUMBER_SIZE];
    char hex[REPORT_HEX_SIZE];
    char text[160];

    fputs("<h2>Package</h2>\n<dl>\n", out);
    snprintf(text, sizeof(text), "%s bytes, codec %s, %s, %s",
             report_number(number, info->package_size), info->codec_name,
             view->s->is_in_place ? "in place" : "two slots",
             simview_trust(view->s));
    put_term(out, "Package", text);
    put_term(out, "SHA-256", report_hex(hex, view->s->package_sha256, 32));
    if (info->product[0] != '\0') {
        put_term(out, "Product", info->product);
    }
    put_term(out, "Counter", report_number(number, info->counter));
    for (size_t i = 0; i < view->s->part_count; i++, info++) {
        put_image(out, simview_label(label, view, "Old", i), info->old_size,
                  info->old_sha256, info->from_version);
        put_image(out, simview_label(label, view, "New", i), info->new_size,
                  info->new_sha256, info->to_version);
    }
    fputs("</dl>\n", out);
}

static void put_layout(FILE *out, const struct simview *view)
{
    char size[REPORT_NUMBER_SIZE];
    char number[REPORT_NUMBER_SIZE];
    char text[128];

    fputs("<h2>Layout and cuts</h2>\n<dl>\n", out);
    put_term(out, "Layout", report_name(view->cli->layout_path));
    for (size_t i = 0; i < DELTA_LAYOUT_AREAS; i++) {
        char name[DELTA_AREA_NAME_SIZE];
        const struct delta_flash_area *area =
            delta_layout_area(view->layout, i, name);
        char at[24] = "";

        if (area == NULL) {
            continue;
        }
        if (area->has_address) {
            snprintf(at, sizeof(at), " at 0x%08lx",
                     (unsigned long)area->address);
        }
        snprintf(text, sizeof(text),
                 "%s bytes%s, blocks of %lu, written in units of %lu",
                 report_number(size, area->size), at,
                 (unsigned long)area->erase, (unsigned long)area->program);
        put_term(out, name, text);
    }
    snprintf(text, sizeof(text), "%s%s",
             view->s->is_exhaustive
                 ? "all, one in each update"
                 : "up to 20 in each update, at random; updates: ",
             view->s->is_exhaustive ? ""
                                    : report_number(number, view->s->runs));
    put_term(out, "Cuts", text);
    put_term(out, "Seed", report_number(number, view->cli->seed));
    fputs("</dl>\n", out);
}

// --- Wear ------------------------------------------------------------------

static void put_wear_row(FILE *out, const struct delta_wear *w)
{
    const uint32_t figures[] = {
        w->block_count, w->block_size, w->erased,     w->erased_worst,
        w->most,        w->most_worst, w->programmed, w->programmed_worst,
    };
    char number[REPORT_NUMBER_SIZE];

    fprintf(out, "<tr><td class=\"l\">%s</td>", w->area);
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        fprintf(out, "<td>%s</td>", report_number(number, figures[i]));
    }
    fputs("</tr>\n", out);
}

static void put_wear_table(FILE *out, const struct delta_simulation *s)
{
    fputs("<h2>Flash</h2>\n<div class=\"scroll\"><table>\n<tr>"
          "<th class=\"l\" scope=\"col\">Area</th><th scope=\"col\">Blocks</th>"
          "<th scope=\"col\">of bytes</th><th scope=\"col\">Blocks erased</th>"
          "<th scope=\"col\">at worst</th>"
          "<th scope=\"col\">Erases of one block</th>"
          "<th scope=\"col\">at worst</th>"
          "<th scope=\"col\">Bytes programmed</th>"
          "<th scope=\"col\">at worst</th></tr>\n",
          out);
    for (size_t i = 0; i < s->wear_count; i++) {
        put_wear_row(out, &s->wear[i]);
    }
    fputs("</table></div>\n", out);
}

static const char *heat_of(unsigned erases)
{
    static const char *const heats[] = {"gone", "h0", "h1", "h2", "h3"};

    return erases < 5 ? heats[erases] : "h4";
}

// One cell: the worst of the blocks first ... first + count - 1.
static void put_cell(FILE *out, const struct delta_flash_area *area,
                     const struct delta_wear *w, uint32_t first, uint32_t count)
{
    uint32_t cell = first / count;
    unsigned worst = 0;
    unsigned uncut = 0;

    for (uint32_t i = first; i < first + count && i < w->block_count; i++) {
        worst = w->blocks_worst[i] > worst ? w->blocks_worst[i] : worst;
        uncut = w->blocks[i] > uncut ? w->blocks[i] : uncut;
    }
    fprintf(out,
            "<rect class=\"%s\" x=\"%lu\" y=\"%lu\" width=\"13\" "
            "height=\"13\"><title>block %lu",
            heat_of(worst), (unsigned long)(cell % ROW) * PITCH,
            (unsigned long)(cell / ROW) * PITCH, (unsigned long)first);
    if (area->has_address) {
        fprintf(out, " at 0x%08lx",
                (unsigned long)area->address +
                    (unsigned long)first * w->block_size);
    }
    fprintf(out, ": %u erases without a cut, %u at worst</title></rect>\n",
            uncut, worst);
}

static const struct delta_flash_area *
area_of(const struct delta_flash_layout *layout, const struct delta_wear *w)
{
    const struct delta_flash_area *area = NULL;
    char name[DELTA_AREA_NAME_SIZE];

    for (size_t i = 0; i < DELTA_LAYOUT_AREAS; i++) {
        area = delta_layout_area(layout, i, name);
        if (area != NULL && strcmp(name, w->area) == 0) {
            break;
        }
    }
    return area;
}

static void put_map(FILE *out, const struct delta_flash_area *area,
                    const struct delta_wear *w)
{
    uint32_t count = (w->block_count + CELLS - 1) / CELLS; // blocks in a cell
    uint32_t cells = (w->block_count + count - 1) / count;
    uint32_t rows = (cells + ROW - 1) / ROW;

    fprintf(out, "<h2>Erases of each block: %s</h2>\n", w->area);
    fprintf(out,
            "<div class=\"scroll map\"><svg viewBox=\"0 0 %u %lu\" "
            "role=\"img\" aria-label=\"Erases of each block of %s\">\n",
            ROW * PITCH, (unsigned long)rows * PITCH, w->area);
    for (uint32_t i = 0; i < cells; i++) {
        put_cell(out, area, w, i * count, count);
    }
    fputs("</svg></div>\n", out);
}

static void put_legend(FILE *out)
{
    static const char *const names[] = {"none",     "1 erase",  "2 erases",
                                        "3 erases", "4 erases", "more"};

    fputs("<p class=\"legend\">", out);
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        fprintf(out, "<span><i class=\"%s\"></i>%s</span>", heat_of(i),
                names[i]);
    }
    fputs("<span>in the run that is worst for the block; from the left, row "
          "by row</span></p>\n",
          out);
}

static void
put_list(FILE *out, const char *title, const struct delta_simulation *s,
         const char *(*text_of)(const struct delta_simulation *, int))
{
    const char *text;

    fprintf(out, "<h2>%s</h2>\n<ul>\n", title);
    for (int i = 0; (text = text_of(s, i)) != NULL; i++) {
        fputs("<li>", out);
        html_escaped(out, text);
        fputs("</li>\n", out);
    }
    fputs("</ul>\n", out);
}

void simview_html(FILE *out, const struct simview *view)
{
    const struct delta_simulation *s = view->s;

    put_heading(out, view);
    put_facts(out, view);
    put_wear_table(out, s);
    for (size_t i = 0; i < s->wear_count; i++) {
        put_map(out, area_of(view->layout, &s->wear[i]), &s->wear[i]);
    }
    put_legend(out);
    put_package(out, view);
    put_layout(out, view);
    put_list(out, "Checked in every run", s, simview_checked);
    put_list(out, "Not simulated", s, simview_unchecked);
    fprintf(out, "</main>\n<footer>mkdfota %s</footer>\n</body>\n</html>\n",
            delta_version());
}
