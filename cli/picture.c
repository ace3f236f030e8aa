// SPDX-License-Identifier: MIT
// The picture of an explanation: both images, what went where, and what each
// stretch of the new image costs. Inline SVG; its colours are the page's.

#include <stdlib.h>
#include <string.h>

#include "explainview.h"
#include "htmlpage.h"
#include "report.h"

#define WIDTH 1000.0
#define SLICES 400u
#define OLD_Y 24.0
#define BAR_HEIGHT 26.0
#define BAND_Y (OLD_Y + BAR_HEIGHT)
#define NEW_Y 230.0
#define HEAT_Y 302.0 // of the top of the cost chart
#define HEAT_HEIGHT 96.0
#define AXIS_Y (HEAT_Y + HEAT_HEIGHT)
#define HEIGHT (AXIS_Y + 28.0)
#define MARGIN 34.0 // for figures beside the chart
#define THIN 0.35   // narrower bands are left out
#define LABELS 8u   // functions and objects that may be named

struct picture {
    FILE *out;
    const struct delta_explanation *e;
    struct explain_shift shifts[EXPLAIN_SHIFTS_MAX];
    size_t shift_count;
    double scale; // of one byte
};

static double x_of(const struct picture *p, uint32_t at)
{
    return at * p->scale;
}

// The style of what has moved by so much: "s0" is unmoved, "s1" to "s7" the
// most frequent, "s8" all others.
static unsigned style_of(const struct picture *p, int32_t moved)
{
    unsigned style = 1;

    if (moved == 0) {
        return 0;
    }
    for (size_t i = 0; i < p->shift_count && style < EXPLAIN_SHIFTS_MAX; i++) {
        if (p->shifts[i].moved == moved) {
            return style;
        }
        style += p->shifts[i].moved != 0;
    }
    return EXPLAIN_SHIFTS_MAX;
}

static void put_title(const struct picture *p, const struct delta_move *m)
{
    char moved[EXPLAIN_MOVED_SIZE];
    char number[REPORT_NUMBER_SIZE];

    fprintf(p->out, "<title>%s bytes, moved by %s: 0x%08lx to 0x%08lx</title>",
            report_number(number, m->matched),
            explain_moved(moved, true, m->moved), (unsigned long)m->old_address,
            (unsigned long)m->new_address);
}

// From the old bar to the new one.
static void put_band(const struct picture *p, const struct delta_move *m)
{
    double a = x_of(p, m->old_start), b = x_of(p, m->old_start + m->size);
    double c = x_of(p, m->new_start), d = x_of(p, m->new_start + m->size);
    double middle = (BAND_Y + NEW_Y) / 2;

    if (b - a < THIN) {
        return;
    }
    fprintf(p->out,
            "<path class=\"band s%u\" d=\"M%.2f %.0fC%.2f %.0f %.2f %.0f %.2f "
            "%.0fH%.2fC%.2f %.0f %.2f %.0f %.2f %.0fZ\">",
            style_of(p, m->moved), a, BAND_Y, a, middle, c, middle, c, NEW_Y, d,
            d, middle, b, middle, b, BAND_Y);
    put_title(p, m);
    fputs("</path>\n", p->out);
}

// Unmoved ones first, so that the others lie above them.
static void put_bands(const struct picture *p)
{
    for (int moved = 0; moved < 2; moved++) {
        for (size_t i = 0; i < p->e->move_count; i++) {
            if ((p->e->moves[i].moved != 0) == (moved != 0)) {
                put_band(p, &p->e->moves[i]);
            }
        }
    }
}

static void put_bar(const struct picture *p, bool is_new)
{
    double y = is_new ? NEW_Y : OLD_Y;
    uint32_t size = is_new ? p->e->new_size : p->e->old_size;

    fprintf(p->out,
            "<rect class=\"%s\" x=\"0\" y=\"%.0f\" width=\"%.2f\" "
            "height=\"%.0f\"/>\n",
            is_new ? "gap" : "gone", y, x_of(p, size), BAR_HEIGHT);
    for (size_t i = 0; i < p->e->move_count; i++) {
        const struct delta_move *m = &p->e->moves[i];
        uint32_t start = is_new ? m->new_start : m->old_start;

        fprintf(p->out,
                "<rect class=\"s%u\" x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" "
                "height=\"%.0f\">",
                style_of(p, m->moved), x_of(p, start), y, x_of(p, m->size),
                BAR_HEIGHT);
        put_title(p, m);
        fputs("</rect>\n", p->out);
    }
}

struct slice {
    uint32_t start, end;
    double bytes;   // of the package
    double literal; // share of its bytes
};

static struct slice slice_at(const struct delta_explanation *e, uint32_t i,
                             uint32_t count)
{
    struct slice s = {.start = (uint32_t)((uint64_t)e->new_size * i / count),
                      .end =
                          (uint32_t)((uint64_t)e->new_size * (i + 1) / count)};
    uint32_t literals = 0;
    double cost = 0;

    for (uint32_t at = s.start; at < s.end; at++) {
        cost += e->costs[at];
        literals += e->kinds[at] == DELTA_BYTE_LITERAL;
    }
    s.bytes = cost / 32768;
    s.literal = s.end > s.start ? (double)literals / (s.end - s.start) : 0;
    return s;
}

static const char *part_name(const struct delta_explanation *e, uint32_t start,
                             uint32_t end)
{
    const struct delta_part *best = NULL;

    for (size_t i = 0; i < e->part_count; i++) {
        const struct delta_part *p = &e->parts[i];

        if (p->start < end && start < p->start + p->size &&
            (best == NULL || p->bytes > best->bytes)) {
            best = p;
        }
    }
    return best != NULL ? best->name : "";
}

// Literals on the new bar, where too little is new for a gap in the moves.
static void put_literals(const struct picture *p, const struct slice *s)
{
    if (s->literal > 0.02) {
        fprintf(p->out,
                "<rect class=\"new\" x=\"%.2f\" y=\"%.0f\" width=\"%.2f\" "
                "height=\"%.0f\" opacity=\"%.2f\"/>\n",
                x_of(p, s->start), NEW_Y, x_of(p, s->end - s->start) + 0.1,
                BAR_HEIGHT, s->literal < 0.15 ? 0.3 : 0.2 + 0.8 * s->literal);
    }
}

static double root(double value)
{
    double x = value > 1 ? value : 1;

    for (int i = 0; i < 40; i++) {
        x = (x + value / x) / 2;
    }
    return value > 0 ? x : 0;
}

// The height goes with the root: otherwise the largest hides all others.
static void put_cost(const struct picture *p, const struct slice *s,
                     double largest)
{
    double share = largest > 0 ? root(s->bytes / largest) : 0;
    double height = share * HEAT_HEIGHT;
    unsigned heat = (unsigned)(share * 4.99);

    if (height < 0.3) {
        return;
    }
    fprintf(p->out,
            "<rect class=\"h%u\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" "
            "height=\"%.2f\"><title>%.1f bytes: ",
            heat, x_of(p, s->start), HEAT_Y + HEAT_HEIGHT - height,
            x_of(p, s->end - s->start), height, s->bytes);
    html_escaped(p->out, part_name(p->e, s->start, s->end));
    fputs("</title></rect>\n", p->out);
}

static void put_slices(const struct picture *p)
{
    uint32_t count = p->e->new_size < SLICES ? p->e->new_size : SLICES;
    double largest = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct slice s = slice_at(p->e, i, count);

        largest = s.bytes > largest ? s.bytes : largest;
        put_literals(p, &s);
    }
    for (uint32_t k = 1; k <= 2; k++) { // half of the height is a quarter
        double y = HEAT_Y + HEAT_HEIGHT * (1 - k / 2.0);

        fprintf(p->out,
                "<path class=\"grid\" d=\"M0 %.1fH%.2f\"/><text class=\"note\" "
                "x=\"%.2f\" y=\"%.1f\">%.*f</text>\n",
                y, WIDTH, WIDTH + 5, y + 4, largest < 40 ? 1 : 0,
                largest * k * k / 4);
    }
    for (uint32_t i = 0; i < count; i++) {
        struct slice s = slice_at(p->e, i, count);

        put_cost(p, &s, largest);
    }
}

// Names of sections, or regions, under the part of the picture that they are.
static void put_axis(const struct picture *p)
{
    double free_from = -1;

    for (size_t i = 0; i < p->e->section_count; i++) {
        const struct delta_part *s = &p->e->sections[i];
        double x = x_of(p, s->start), width = x_of(p, s->size);
        char text[DELTA_NAME_MAX + 1];
        double room = 6.2 * (double)strlen(s->name);

        fprintf(p->out, "<path class=\"axis\" d=\"M%.2f %.0fv6H%.2fv-6\"/>\n",
                x + 0.5, AXIS_Y + 2,
                x + width - 0.5 > x + 0.5 ? x + width - 0.5 : x + 0.5);
        if (x < free_from || width < 20 || x + room > WIDTH + MARGIN) {
            continue;
        }
        memcpy(text, s->name, sizeof(text));
        fprintf(p->out, "<text class=\"note\" x=\"%.2f\" y=\"%.0f\">", x,
                AXIS_Y + 22);
        html_escaped(p->out, text);
        fputs("</text>\n", p->out);
        free_from = x + room + 8;
    }
}

// The functions and objects that cost most, above what they cost, as far as
// there is room.
static void put_labels(const struct picture *p)
{
    const struct delta_part **largest =
        malloc((p->e->part_count + 1) * sizeof(const struct delta_part *));
    double taken[LABELS][2];
    size_t count = 0;

    if (largest == NULL) {
        return;
    }
    explain_largest(largest, p->e->parts, p->e->part_count);
    for (size_t i = 0; i < p->e->part_count && i < LABELS; i++) {
        const struct delta_part *part = largest[i];
        double room = 6.6 * (double)strlen(part->name) + 12;
        double left = x_of(p, part->start) + x_of(p, part->size) / 2 - room / 2;
        bool fits = part->has_symbol && part->bytes >= 1;

        left = left < 0 ? 0 : left > WIDTH - room ? WIDTH - room : left;
        for (size_t k = 0; k < count && fits; k++) {
            fits = left + room < taken[k][0] || left > taken[k][1];
        }
        if (!fits || left < 0) {
            continue;
        }
        taken[count][0] = left;
        taken[count++][1] = left + room;
        fprintf(p->out,
                "<text class=\"note\" x=\"%.2f\" y=\"%.0f\" "
                "text-anchor=\"middle\">",
                left + room / 2, HEAT_Y - 6);
        html_escaped(p->out, part->name);
        fputs("</text>\n", p->out);
    }
    free(largest);
}

static void put_headings(const struct picture *p)
{
    char number[REPORT_NUMBER_SIZE];
    uint32_t count = p->e->new_size < SLICES ? p->e->new_size : SLICES;

    fprintf(p->out, "<text x=\"0\" y=\"%.0f\">Old image, %s bytes</text>\n",
            OLD_Y - 7, report_number(number, p->e->old_size));
    fprintf(p->out, "<text x=\"0\" y=\"%.0f\">New image, %s bytes</text>\n",
            NEW_Y + BAR_HEIGHT + 16, report_number(number, p->e->new_size));
    fprintf(p->out,
            "<text class=\"note\" x=\"%.0f\" y=\"%.0f\" "
            "text-anchor=\"end\">bytes of the package for each %s bytes of "
            "it</text>\n",
            WIDTH, NEW_Y + BAR_HEIGHT + 16,
            report_number(number, (p->e->new_size + count / 2) / count));
}

static void put_legend(const struct picture *p)
{
    char moved[EXPLAIN_MOVED_SIZE];
    char number[REPORT_NUMBER_SIZE];
    bool has_more = false;

    fputs("<p class=\"legend\">\n", p->out);
    for (size_t i = 0; i < p->shift_count; i++) {
        const struct explain_shift *s = &p->shifts[i];

        if (style_of(p, s->moved) == EXPLAIN_SHIFTS_MAX) {
            continue; // one of the others
        }
        fprintf(p->out, "<span><i class=\"s%u\"></i>%s%s, %s bytes</span>\n",
                style_of(p, s->moved), s->moved == 0 ? "unmoved" : "moved ",
                s->moved == 0 ? "" : explain_moved(moved, true, s->moved),
                report_number(number, s->matched));
    }
    for (size_t i = 0; i < p->e->move_count && !has_more; i++) {
        has_more = style_of(p, p->e->moves[i].moved) == EXPLAIN_SHIFTS_MAX;
    }
    if (has_more) {
        fputs("<span><i class=\"s8\"></i>moved by other amounts</span>\n",
              p->out);
    }
    fputs("<span><i class=\"new\"></i>new content</span>\n"
          "<span><i class=\"gap\"></i>repeats of the new image, small "
          "pieces</span>\n"
          "<span><i class=\"gone\"></i>not used again</span>\n</p>\n",
          p->out);
}

void explain_picture(FILE *out, const struct delta_explanation *e)
{
    uint32_t size = e->old_size > e->new_size ? e->old_size : e->new_size;
    struct picture p = {.out = out, .e = e, .scale = WIDTH / size};

    p.shift_count = explain_shifts(p.shifts, e);
    fprintf(out,
            "<div class=\"scroll\"><svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
            "aria-label=\"What of "
            "the old image went where in the new one, and what it costs\">\n",
            WIDTH + MARGIN, HEIGHT);
    put_bar(&p, false);
    put_bands(&p);
    put_bar(&p, true);
    put_slices(&p);
    put_axis(&p);
    put_labels(&p);
    put_headings(&p);
    fputs("</svg></div>\n", out);
    put_legend(&p);
}
