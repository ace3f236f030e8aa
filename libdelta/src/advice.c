// SPDX-License-Identifier: MIT
// Advice on smaller packages: one function for each, with its thresholds.

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "advice.h"
#include "stamps.h"
#include "text.h"

#define NOISE_BLOCK 256u
#define NOISE_MIN 2048u // bytes; below nobody can tell noise
#define NOISE_BITS 7.8  // entropy of each byte
#define NOISE_COST 75u  // of 100: bytes of the package for each, in any block
#define NEW_SHARE 25u   // of 100: literals that are worth a word
#define NEW_PARTS 3u    // are named
#define NEAR 16u        // bytes around a stamp that must be old content
#define QUOTE_MAX 32u
#define VERSION_ENOUGH 16u // bytes that several copies cost
#define SPREAD_NEW 20u     // of 100 of a part: literals that make it new
#define SPREAD_MIN 64u     // bytes of a part that counts
#define SPREAD_SHARE 60u   // of 100 of the image: new parts

const char *delta_advice_name(enum delta_advice_kind kind)
{
    switch (kind) {
    case DELTA_ADVICE_SAME: return "same";
    case DELTA_ADVICE_TIME: return "time";
    case DELTA_ADVICE_BUILD_ID: return "build-id";
    case DELTA_ADVICE_VERSION: return "version";
    case DELTA_ADVICE_INCOMPRESSIBLE: return "incompressible";
    case DELTA_ADVICE_NEW_CONTENT: return "new-content";
    case DELTA_ADVICE_ORDER: return "order";
    case DELTA_ADVICE_SECTION_MOVED: return "section-moved";
    case DELTA_ADVICE_EVERYTHING_MOVED: return "everything-moved";
    case DELTA_ADVICE_NO_BASE: return "no-base";
    case DELTA_ADVICE_NO_ARCH: return "no-arch";
    case DELTA_ADVICE_RAM: return "ram";
    case DELTA_ADVICE_GOOD: return "good";
    case DELTA_ADVICE_COMPILER: return "compiler";
    case DELTA_ADVICE_LINKED_ELSEWHERE: return "linked-elsewhere";
    }
    return NULL;
}

bool delta_advise(struct delta_explanation *e, struct delta_advice advice,
                  const char *format, ...)
{
    struct delta_advice *list =
        realloc(e->advice, (e->advice_count + 1) * sizeof(*list));
    size_t at = e->advice_count;
    va_list args;

    if (list == NULL) {
        return false;
    }
    e->advice = list;
    va_start(args, format);
    vsnprintf(advice.text, sizeof(advice.text), format, args);
    va_end(args);
    for (; at > 0 && list[at - 1].bytes < advice.bytes; at--) {
        list[at] = list[at - 1];
    }
    list[at] = advice;
    e->advice_count++;
    return true;
}

bool delta_is_worth(const struct delta_explanation *e, uint32_t bytes,
                    uint32_t share)
{
    return bytes >= DELTA_ENOUGH &&
           (uint64_t)bytes * 100 >=
               (uint64_t)e->report.info.package_size * share;
}

static uint32_t cost_of(const struct delta_explanation *e, uint32_t start,
                        uint32_t size)
{
    uint64_t cost = DELTA_COST_BYTE / 2;

    for (uint32_t at = start; at < start + size; at++) {
        cost += e->costs[at];
    }
    return (uint32_t)(cost / DELTA_COST_BYTE);
}

struct delta_words delta_place(const struct delta_evidence *ev, uint32_t at)
{
    uint32_t address = delta_new_address(ev, at);
    struct delta_words p;

    if (address >= DELTA_ADDRESS_NONE) {
        snprintf(p.text, sizeof(p.text), "offset 0x%lx", (unsigned long)at);
    } else {
        snprintf(p.text, sizeof(p.text), "0x%08lx", (unsigned long)address);
    }
    return p;
}

struct delta_words delta_number(uint32_t value)
{
    struct delta_words n;

    delta_text_number(n.text, sizeof(n.text), value);
    return n;
}

uint32_t delta_reference_bytes(const struct delta_explanation *e)
{
    return e->spent[DELTA_SPENT_TABLES] + e->spent[DELTA_SPENT_BRANCHES] +
           e->spent[DELTA_SPENT_POINTERS];
}

// --- What a build leaves behind --------------------------------------------

struct stamps {
    struct delta_stamp first;
    uint32_t count;
    uint64_t cost;
};

// Replaced in place: within there is something new, around it is old content.
static bool is_replaced(const struct delta_evidence *ev,
                        const struct delta_stamp *s)
{
    uint32_t start = s->start > NEAR ? s->start - NEAR : 0;
    uint32_t end = s->start + s->size + NEAR;
    uint32_t changed = 0, around = 0, kept = 0;

    end = end < ev->new_image->size ? end : ev->new_image->size;
    for (uint32_t at = start; at < end; at++) {
        bool is_hit = ev->places[at].origin == DELTA_ORIGIN_HIT;

        if (at - s->start < s->size) {
            changed += !is_hit;
        } else {
            around++;
            kept += is_hit;
        }
    }
    return changed > 0 && 2 * kept >= around;
}

static void find_stamps(struct stamps *found, const struct delta_explanation *e,
                        const struct delta_evidence *ev)
{
    const struct delta_image *image = ev->new_image;
    uint32_t at = 0;

    while (at < image->size) {
        struct delta_stamp s;
        struct stamps *kind;

        if (!delta_stamp_at(&s, image->data, image->size, at)) {
            at++;
            continue;
        }
        at = s.start + s.size;
        if (!is_replaced(ev, &s)) {
            continue;
        }
        kind = &found[s.kind];
        if (kind->count++ == 0) {
            kind->first = s;
        }
        for (uint32_t i = s.start; i < at; i++) {
            kind->cost += e->costs[i];
        }
    }
}

static struct delta_advice stamp_advice(const struct stamps *s,
                                        enum delta_advice_kind kind)
{
    return (struct delta_advice){
        .kind = kind,
        .bytes = (uint32_t)((s->cost + DELTA_COST_BYTE / 2) / DELTA_COST_BYTE),
        .start = s->first.start,
        .size = s->first.size,
    };
}

static void quote(char out[QUOTE_MAX + 1], const struct delta_evidence *ev,
                  const struct delta_stamp *s)
{
    uint32_t size = s->size < QUOTE_MAX ? s->size : QUOTE_MAX;

    memcpy(out, ev->new_image->data + s->start, size);
    out[size] = 0;
}

// Any date or time: without it, builds can be the same bytes.
static bool advise_time(struct delta_explanation *e,
                        const struct delta_evidence *ev, const struct stamps *s)
{
    struct delta_advice advice = stamp_advice(s, DELTA_ADVICE_TIME);
    char text[QUOTE_MAX + 1];

    if (s->count == 0) {
        return true;
    }
    quote(text, ev, &s->first);
    return delta_advise(
        e, advice,
        "A build date or time has changed in %lu place%s, first \"%s\" at %s: "
        "%s bytes. Leave __DATE__ and __TIME__ out of the build, or set "
        "SOURCE_DATE_EPOCH, or keep them in one place.",
        (unsigned long)s->count, s->count == 1 ? "" : "s", text,
        delta_place(ev, s->first.start).text, delta_number(advice.bytes).text);
}

static bool advise_build_id(struct delta_explanation *e,
                            const struct delta_evidence *ev,
                            const struct stamps *s)
{
    struct delta_advice advice = stamp_advice(s, DELTA_ADVICE_BUILD_ID);

    if (s->count == 0) {
        return true;
    }
    return delta_advise(
        e, advice,
        "The build id at %s (%lu bytes) has changed: %s bytes, and it changes "
        "with every build. If nothing reads it, link with "
        "-Wl,--build-id=none.",
        delta_place(ev, s->first.start).text, (unsigned long)s->first.size,
        delta_number(advice.bytes).text);
}

// One version text has to change; several copies of it need not be.
static bool advise_version(struct delta_explanation *e,
                           const struct delta_evidence *ev,
                           const struct stamps *s)
{
    struct delta_advice advice = stamp_advice(s, DELTA_ADVICE_VERSION);
    char text[QUOTE_MAX + 1];

    if ((s->count < 2 || advice.bytes < VERSION_ENOUGH) &&
        !delta_is_worth(e, advice.bytes, DELTA_SHARE)) {
        return true;
    }
    quote(text, ev, &s->first);
    return delta_advise(
        e, advice,
        "Version texts have changed in %lu place%s, first \"%s\" at %s: %s "
        "bytes. Keep the version once and refer to it.",
        (unsigned long)s->count, s->count == 1 ? "" : "s", text,
        delta_place(ev, s->first.start).text, delta_number(advice.bytes).text);
}

// --- Content ---------------------------------------------------------------

// Binary logarithm in 1/4096.
static uint32_t logarithm(uint32_t value)
{
    uint32_t whole = 31, part = 0;
    uint64_t x;

    while (whole > 0 && value >> whole == 0) {
        whole--;
    }
    x = ((uint64_t)value << 32) >> whole; // [1, 2) * 2^32
    for (int i = 0; i < 12; i++) {
        x = (x >> 1) * (x >> 1) >> 30;
        part <<= 1;
        if (x >> 33 != 0) {
            x >>= 1;
            part |= 1;
        }
    }
    return whole * 4096 + part;
}

static double entropy_of(const uint8_t *data, uint32_t size)
{
    uint32_t count[256] = {0};
    double sum = 0;

    for (uint32_t i = 0; i < size; i++) {
        count[data[i]]++;
    }
    for (uint32_t i = 0; i < 256; i++) {
        if (count[i] > 0) {
            sum += (double)count[i] * (logarithm(size) - logarithm(count[i]));
        }
    }
    return size > 0 ? sum / size / 4096 : 0;
}

// The coder could do next to nothing about it. (Short copies by chance occur in
// noise, too.)
static bool is_dear_block(const struct delta_explanation *e, uint32_t at)
{
    return (uint64_t)cost_of(e, at, NOISE_BLOCK) * 100 >=
           (uint64_t)NOISE_BLOCK * NOISE_COST;
}

struct noise {
    uint32_t bytes, cost; // in all
    uint32_t start, size; // of the largest stretch
    uint32_t stretches;
    double entropy; // of the largest
};

// Literals over NOISE_MIN bytes and more that are as random as can be, and
// that the coder could do nothing about.
static void find_noise(struct noise *n, const struct delta_explanation *e,
                       const struct delta_evidence *ev)
{
    uint32_t size = ev->new_image->size / NOISE_BLOCK * NOISE_BLOCK;
    uint32_t at = 0;

    while (at < size) {
        uint32_t start = at;

        while (at < size && is_dear_block(e, at)) {
            at += NOISE_BLOCK;
        }
        uint32_t cost = cost_of(e, start, at - start);
        double entropy = entropy_of(ev->new_image->data + start, at - start);
        if (at - start >= NOISE_MIN && entropy >= NOISE_BITS &&
            (uint64_t)cost * 100 >= (uint64_t)(at - start) * 95) {
            n->stretches++;
            n->bytes += at - start;
            n->cost += cost;
            if (at - start > n->size) {
                n->start = start;
                n->size = at - start;
                n->entropy = entropy;
            }
        }
        at += at == start ? NOISE_BLOCK : 0;
    }
}

static bool advise_noise(struct delta_explanation *e,
                         const struct delta_evidence *ev, const struct noise *n)
{
    if (n->stretches == 0) {
        return true;
    }
    return delta_advise(
        e,
        (struct delta_advice){.kind = DELTA_ADVICE_INCOMPRESSIBLE,
                              .bytes = n->cost,
                              .start = n->start,
                              .size = n->size},
        "%s bytes are as random as encrypted or compressed data (%.2f bits "
        "each), the most of them from %s to %s: no delta can make them "
        "smaller. Keep this content plain in the image, and compress or "
        "encrypt on the way or on the device.",
        delta_number(n->bytes).text, n->entropy, delta_place(ev, n->start).text,
        delta_place(ev, n->start + n->size - 1).text);
}

// The parts with the most literals, as a list for a text.
static void name_new_parts(char *out, size_t room,
                           const struct delta_explanation *e)
{
    const struct delta_part *last = NULL;
    size_t used = 0;

    out[0] = 0;
    for (uint32_t k = 0; k < NEW_PARTS; k++) {
        const struct delta_part *best = NULL;

        for (size_t i = 0; i < e->part_count; i++) {
            const struct delta_part *p = &e->parts[i];
            bool is_next =
                last == NULL || p->literal_bytes < last->literal_bytes ||
                (p->literal_bytes <= last->literal_bytes && p > last);

            if (is_next && p->literal_bytes >= 16 &&
                (best == NULL || p->literal_bytes > best->literal_bytes)) {
                best = p;
            }
        }
        if (best == NULL || used >= room) {
            break;
        }
        int n =
            snprintf(out + used, room - used, "%s%.40s (%s)", k > 0 ? ", " : "",
                     best->has_symbol || best->section[0] == 0 ? best->name
                                                               : best->section,
                     delta_number((uint32_t)(best->literal_bytes + 0.5)).text);
        used += n > 0 ? (size_t)n : 0;
        last = best;
    }
}

// Literals that are no noise make NEW_SHARE of the package.
static bool advise_new_content(struct delta_explanation *e,
                               const struct delta_evidence *ev,
                               const struct noise *n)
{
    uint32_t spent = e->spent[DELTA_SPENT_LITERALS];
    uint32_t literals = 0;
    char names[160];

    spent -= spent < n->cost ? spent : n->cost;
    if (!delta_is_worth(e, spent, NEW_SHARE)) {
        return true;
    }
    for (uint32_t at = 0; at < e->new_size; at++) {
        literals += ev->places[at].origin == DELTA_ORIGIN_LITERAL;
    }
    name_new_parts(names, sizeof(names), e);
    return delta_advise(
        e,
        (struct delta_advice){.kind = DELTA_ADVICE_NEW_CONTENT, .bytes = spent},
        "%s bytes of the new image are in no old content and "
        "cost %s. Most is new in %s.",
        delta_number(literals - (literals < n->bytes ? literals : n->bytes))
            .text,
        delta_number(spent).text, names);
}

// A change of the program is new in some places, one of the compiler in nearly
// all.
static bool advise_compiler(struct delta_explanation *e, const struct noise *n)
{
    uint32_t spent = e->spent[DELTA_SPENT_LITERALS];
    uint64_t size = 0, is_new = 0;
    bool has_symbols = false;

    for (size_t i = 0; i < e->part_count; i++) {
        const struct delta_part *p = &e->parts[i];

        has_symbols |= p->has_symbol;
        if (p->size >= SPREAD_MIN) {
            size += p->size;
            is_new +=
                (uint64_t)p->literals * 100 >= (uint64_t)p->size * SPREAD_NEW
                    ? p->size
                    : 0;
        }
    }
    if (n->bytes >= e->new_size / 2 || size == 0 ||
        is_new * 100 < size * SPREAD_SHARE ||
        !delta_is_worth(e, spent, NEW_SHARE)) {
        return true;
    }
    return delta_advise(
        e, (struct delta_advice){.kind = DELTA_ADVICE_COMPILER, .bytes = spent},
        "New content is all over: %lu %% of the image is in %s of which a "
        "fifth or more is new. So it is after a change of compiler, of its "
        "version or of its options (-O, LTO). If none was meant, build both "
        "versions with the same.",
        (unsigned long)(is_new * 100 / size),
        has_symbols ? "functions and objects" : "blocks");
}

// --- What was not found out ------------------------------------------------

// How much it would save cannot be told without the address. AVR programs
// begin at 0, which is what is assumed.
static bool advise_base(struct delta_explanation *e)
{
    const char *arch = e->report.info.arch_name;

    if (e->report.has_base || strcmp(arch, "none") == 0 ||
        strcmp(arch, "avr") == 0) {
        return true;
    }
    return delta_advise(
        e, (struct delta_advice){.kind = DELTA_ADVICE_NO_BASE},
        "The load address was not found, so pointers are not followed; of the "
        "%s bytes of corrections some may be theirs. Try --base ADDRESS, or "
        "ELF or HEX files, which tell it.",
        delta_number(delta_reference_bytes(e) + e->spent[DELTA_SPENT_OTHER] -
                     e->spent[DELTA_SPENT_TABLES])
            .text);
}

// No instructions, and yet the image is no noise: then there may well be some.
static bool advise_arch(struct delta_explanation *e, const struct noise *n)
{
    uint32_t bytes = delta_reference_bytes(e) + e->spent[DELTA_SPENT_OTHER];

    if (strcmp(e->report.info.arch_name, "none") != 0 ||
        n->bytes >= e->new_size / 2 || !delta_is_worth(e, bytes, DELTA_SHARE)) {
        return true;
    }
    return delta_advise(
        e, (struct delta_advice){.kind = DELTA_ADVICE_NO_ARCH, .bytes = bytes},
        "No instructions were recognized, so calls and branches are not "
        "followed: corrections cost %s bytes. Give ELF files, which tell the "
        "architecture, or --arch, if the images are neither packed nor "
        "encrypted.",
        delta_number(bytes).text);
}

bool delta_explain_advice(struct delta_explanation *e,
                          const struct delta_evidence *ev)
{
    struct stamps stamps[4] = {{.count = 0}};
    struct noise noise = {.bytes = 0};
    bool ok;

    if (e->report.is_same) {
        return delta_advise(
            e, (struct delta_advice){.kind = DELTA_ADVICE_SAME},
            "Both images are equal: the package changes nothing.");
    }
    find_stamps(stamps, e, ev);
    find_noise(&noise, e, ev);
    ok = advise_time(e, ev, &stamps[DELTA_STAMP_TIME]) &&
         advise_build_id(e, ev, &stamps[DELTA_STAMP_BUILD_ID]) &&
         advise_version(e, ev, &stamps[DELTA_STAMP_VERSION]) &&
         advise_noise(e, ev, &noise) && advise_compiler(e, &noise) &&
         advise_new_content(e, ev, &noise) && delta_advise_layout(e, ev) &&
         advise_base(e) && advise_arch(e, &noise);
    if (ok && e->advice_count == 0) {
        ok = delta_advise(
            e, (struct delta_advice){.kind = DELTA_ADVICE_GOOD},
            "Nothing stands out: what the package has is what has changed.");
    }
    return ok;
}
