// SPDX-License-Identifier: MIT
// Draws sizes over releases. Inline SVG; its colours are the page's.

#include <stdlib.h>
#include <string.h>

#include "htmlpage.h"
#include "matrixchart.h"

#define WIDTH 1000.0
#define HEIGHT 352.0
#define LEFT 92.0
#define RIGHT 950.0
#define TOP 26.0
#define BOTTOM 290.0
#define LABEL_MAX 18u // characters

static uint32_t value_of(const struct chart_line *line,
                         const struct page_pair *pair)
{
    return line->is_full ? pair->compressed : pair->size;
}

// --- Axes ------------------------------------------------------------------

// 1, 2, 5, 10, 20 ...
static double tick_value(unsigned tick)
{
    static const double digits[] = {1, 2, 5};
    double value = digits[tick % 3];

    for (; tick >= 3; tick -= 3) {
        value *= 10;
    }
    return value;
}

// To 20 binary digits, whatever the C library.
static double log2_of(double value)
{
    double result = 0, digit = 0.5;

    while (value >= 2) {
        value /= 2;
        result++;
    }
    for (int i = 0; i < 20; i++, digit /= 2) {
        value *= value;
        if (value >= 2) {
            value /= 2;
            result += digit;
        }
    }
    return result;
}

static double y_of(const struct chart *c, double value)
{
    double low = log2_of(tick_value(c->low));
    double high = log2_of(tick_value(c->high));

    return BOTTOM - (log2_of(value) - low) / (high - low) * (BOTTOM - TOP);
}

static double x_of(const struct chart *c, size_t at)
{
    return LEFT + (RIGHT - LEFT) * ((double)at + 0.5) / (double)c->count;
}

static bool find_ticks(struct chart *c)
{
    uint32_t least = UINT32_MAX, most = 0;

    for (size_t i = 0; i < c->line_count; i++) {
        for (size_t x = 0; x < c->count; x++) {
            const struct page_pair *pair = c->lines[i].at[x];

            if (pair != NULL) {
                uint32_t value = value_of(&c->lines[i], pair);

                least = value < least ? value : least;
                most = value > most ? value : most;
            }
        }
    }
    while (tick_value(c->low + 1) <= least && most > 0) {
        c->low++;
    }
    c->high = c->low + 1;
    while (tick_value(c->high) < most) {
        c->high++;
    }
    return most > 0;
}

static void put_ticks(const struct chart *c)
{
    unsigned step = c->high - c->low > 12 ? 3 : 1;
    char number[REPORT_NUMBER_SIZE];

    for (unsigned tick = c->low; tick <= c->high; tick++) {
        double value = tick_value(tick);

        if (tick % step == 0) {
            fprintf(c->out,
                    "<path class=\"grid\" d=\"M%.0f %.1fH%.0f\"/><text "
                    "class=\"note\" x=\"%.0f\" y=\"%.1f\" "
                    "text-anchor=\"end\">%s</text>\n",
                    LEFT, y_of(c, value), RIGHT, LEFT - 8, y_of(c, value) + 4,
                    report_number(number, value < UINT32_MAX ? (uint32_t)value
                                                             : UINT32_MAX));
        }
    }
    fprintf(c->out,
            "<path class=\"axis\" d=\"M%.0f %.0fV%.0fH%.0f\"/>\n"
            "<text class=\"note\" x=\"%.0f\" y=\"%.0f\">bytes, logarithmic"
            "</text>\n",
            LEFT, TOP, BOTTOM, RIGHT, LEFT - 60, TOP - 14);
}

// As much of a version as there is room for; returns the characters.
static size_t shorten(char *text, size_t size, const char *version)
{
    size_t at = 0, characters = 0;

    // Characters may have several bytes, all but the first like 10xxxxxx.
    while (version[at] != 0 && at + 8 < size) {
        bool begins = (version[at] & 0xc0) != 0x80;

        if (begins && characters == LABEL_MAX) {
            break;
        }
        characters += begins;
        text[at] = version[at];
        at++;
    }
    strcpy(text + at, version[at] != 0 ? "…" : "");
    return characters + (version[at] != 0);
}

// From the newest on, in two rows, as far as there is room.
static void put_labels(const struct chart *c)
{
    double free_to[] = {WIDTH, WIDTH};

    for (size_t i = c->count; i-- > 0;) {
        char text[4 * LABEL_MAX + 16];
        double room =
            6.2 * (double)shorten(text, sizeof(text),
                                  page_version(c->page, c->releases[i]));
        double x = x_of(c, i);
        bool is_low = x + room / 2 > free_to[0];

        if (x + room / 2 > free_to[is_low]) {
            continue;
        }
        free_to[is_low] = x - room / 2 - 6;
        fprintf(c->out,
                "<text class=\"note\" x=\"%.1f\" y=\"%.0f\" "
                "text-anchor=\"middle\">",
                x, BOTTOM + (is_low ? 32 : 18));
        html_escaped(c->out, text);
        fputs("</text>\n", c->out);
    }
    fprintf(c->out,
            "<text class=\"note\" x=\"%.0f\" y=\"%.0f\" text-anchor=\"end\">",
            RIGHT, BOTTOM + 52);
    if (c->has_one_target) {
        fputs("old release, of packages to ", c->out);
        html_escaped(c->out, c->target);
    } else {
        fputs("new release", c->out);
    }
    fputs("</text>\n", c->out);
}

// --- Lines -----------------------------------------------------------------

static void put_shape(FILE *out, const char *style, double x, double y)
{
    static const char *const shapes[] = {
        "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", "m-3.5 -3.5h7v7h-7z",
        "m0 -5l5 8.5h-10z", "m0 -5.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z"};
    unsigned number = (unsigned)(style[0] - '1');

    if (number < sizeof(shapes) / sizeof(shapes[0])) {
        fprintf(out, "<path class=\"s%s\" d=\"M%.1f %.1f%s\"/>", style, x, y,
                shapes[number]);
    } else {
        fprintf(out,
                "<circle class=\"s%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"2.5\"/>",
                style, x, y);
    }
}

static void put_point(const struct chart *c, const struct chart_line *line,
                      size_t at)
{
    const struct page_pair *pair = line->at[at];
    double x = x_of(c, at), y = y_of(c, value_of(line, pair));
    char number[REPORT_NUMBER_SIZE];

    fputs("<g><title>", c->out);
    if (line->is_full) {
        fputs("full image of ", c->out);
    } else {
        html_escaped(c->out, pair->from);
        fputs(" to ", c->out);
    }
    html_escaped(c->out, pair->to);
    fprintf(c->out, ": %s bytes</title>",
            report_number(number, value_of(line, pair)));
    put_shape(c->out, line->style, x, y);
    if (pair->is_too_large && !line->is_full) {
        fprintf(c->out,
                "<circle class=\"ring\" cx=\"%.1f\" cy=\"%.1f\" r=\"8\"/>", x,
                y);
    }
    fputs("</g>\n", c->out);
}

static void put_line(const struct chart *c, const struct chart_line *line)
{
    bool is_drawn = false;

    fprintf(c->out, "<path class=\"line k%s\" d=\"", line->style);
    for (size_t x = 0; x < c->count; x++) {
        if (line->at[x] != NULL) {
            fprintf(c->out, "%c%.1f %.1f", is_drawn ? 'L' : 'M', x_of(c, x),
                    y_of(c, value_of(line, line->at[x])));
        }
        is_drawn = line->at[x] != NULL;
    }
    fputs("\"/>\n", c->out);
    for (size_t x = 0; x < c->count; x++) {
        if (line->at[x] != NULL) {
            put_point(c, line, x);
        }
    }
}

static void put_legend(const struct chart *c)
{
    fputs("<p class=\"legend\">", c->out);
    for (size_t i = 0; i < c->line_count; i++) {
        fprintf(c->out,
                "<span><svg viewBox=\"0 0 34 14\" aria-hidden=\"true\"><path "
                "class=\"line k%s\" d=\"M0 7H34\"/>",
                c->lines[i].style);
        put_shape(c->out, c->lines[i].style, 17, 7);
        fprintf(c->out, "</svg>%s</span>\n", c->lines[i].name);
    }
    if (c->page->too_large > 0) {
        fputs("<span><svg viewBox=\"0 0 34 14\" aria-hidden=\"true\"><circle "
              "class=\"ring\" cx=\"17\" cy=\"7\" r=\"6\"/></svg>too large"
              "</span>\n",
              c->out);
    }
    fputs("</p>\n", c->out);
}

static void put_chart(const struct chart *c)
{
    fprintf(c->out,
            "<h2>Sizes over releases</h2>\n<div class=\"scroll\"><svg "
            "viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
            "aria-label=\"Bytes of packages over releases\">\n",
            WIDTH, HEIGHT);
    put_ticks(c);
    put_labels(c);
    for (size_t i = c->line_count; i-- > 0;) { // the first on top
        put_line(c, &c->lines[i]);
    }
    fputs("</svg></div>\n", c->out);
    put_legend(c);
}

bool page_chart(FILE *out, const struct page *page)
{
    struct chart c;
    bool ok = chart_read(&c, page);

    c.out = out;
    if (ok && c.count > 1 && find_ticks(&c)) {
        put_chart(&c);
    }
    chart_free(&c);
    return ok;
}
