// SPDX-License-Identifier: MIT
// References: fields of an image that hold an address.
//
// dfc_reference_at() decides from the bytes around a position whether it
// belongs to a reference, so that any position of an image can be asked for
// at any time. dfc_reference_bytes() writes the same reference to another
// target at another place. One file per architecture answers for code
// (thumb.c ...); words that lie in a pointer range are references everywhere.

#ifndef DFOTA_REFERENCE_H
#define DFOTA_REFERENCE_H

#include <stdint.h>

#include "addrmap.h"
#include "dfota/config.h"
#include "dfota/format.h"

// A window into an image. Answers for position s depend only on image bytes
// within [s - DFC_LOOKBACK, s + DFC_LOOKAHEAD), which the window must cover as
// far as they exist, i.e. lie in [0, size).
#define DFC_LOOKBACK 132u
#define DFC_LOOKAHEAD 40u

struct dfc_view {
    const uint8_t *bytes; // image bytes [first, first + count)
    uint32_t first;
    uint32_t count;
    uint32_t size; // of the image, as far as it exists
    uint32_t base; // address of its byte 0, as the region of s has it
};

// A stretch of an image that has one load address and one architecture.
struct dfc_region {
    uint32_t start; // positions [start, end)
    uint32_t end;
    uint32_t base; // address of the image's byte 0, were it in this region
    uint32_t arch; // DFOTA_ARCH_*
};

// The regions of an image: ascending, without gaps, from 0 to its end.
struct dfc_regions {
    const struct dfc_region *list;
    uint32_t count; // at least 1
};

// The region of position s; the last one, if none has it.
static inline const struct dfc_region *
dfc_region_at(const struct dfc_regions *regions, uint32_t s)
{
    const struct dfc_region *r = regions->list;
    const struct dfc_region *last = r + regions->count - 1;

    while (r < last && s >= r->end) {
        r++;
    }
    return r;
}

// Added to an architecture: codec range reads pairs that stand further apart,
// and what lies around RISC-V's global pointer (FORMAT.md section 6.11). No
// package holds this bit.
#define DFC_ARCH_FAR 0x80u

// How codec range reads an architecture.
static inline uint32_t dfc_far_arch(uint32_t arch)
{
    return arch == DFOTA_ARCH_A64 || arch == DFOTA_ARCH_RISCV
               ? arch | DFC_ARCH_FAR
               : arch;
}

// Addresses [start, end) that make a word a pointer.
struct dfc_range {
    uint32_t start;
    uint32_t end;
};

enum dfc_kind {
    DFC_PLAIN = 0,   // no reference
    DFC_CALL = 1,    // branch with link
    DFC_BRANCH = 2,  // wide branch
    DFC_HALF = 3,    // one instruction of a pair that builds an address
    DFC_POINTER = 4, // word in memory
    DFC_LOAD = 5,    // PC-relative data: literal load or address
};
#define DFC_KINDS 6u

struct dfc_reference {
    uint32_t at; // position of the field's first byte
    uint32_t
        size; // bytes: 1..4, of a reference 2..4; a plain field reaches to the next place
    // where another field could begin
    uint32_t kind;   // enum dfc_kind
    uint32_t target; // absolute address; 0 for plain fields
};

// The field that byte s of the image belongs to. s < view->size.
void dfc_reference_at(uint32_t arch, const struct dfc_range *ranges,
                      uint32_t range_count, const struct dfc_view *view,
                      uint32_t s, struct dfc_reference *ref);

// Plain fields begin at multiples of this.
uint32_t dfc_plain_step(uint32_t arch);

// The end of the plain fields that begin one after the other at s, all of them
// whole, at most `end`; s if there is none. `end` is a position for which the
// view has an answer, or the image's end.
uint32_t dfc_plain_end(uint32_t arch, const struct dfc_range *ranges,
                       uint32_t range_count, const struct dfc_view *view,
                       uint32_t s, uint32_t end);

// The field's bytes, little-endian in one word, when it stands at address
// `at` and refers to `target`. Bits beyond the encoding's reach are dropped.
uint32_t dfc_reference_bytes(uint32_t arch, const struct dfc_view *view,
                             const struct dfc_reference *ref, uint32_t at,
                             uint32_t target);

// One architecture each. *_at returns 0 where s is no part of a reference in
// code, and then sets only ref->at and ->size of the plain field. *_calm is the
// end of the bytes from s on that no reference in code covers, at most `end`,
// in whole fields: the same answers, faster. A field can begin at s.
uint32_t dfc_thumb_at(const struct dfc_view *view, uint32_t s,
                      struct dfc_reference *ref);
uint32_t dfc_thumb_bytes(const struct dfc_view *view,
                         const struct dfc_reference *ref, uint32_t at,
                         uint32_t target);
uint32_t dfc_thumb_calm(const struct dfc_view *view, uint32_t s, uint32_t end);
uint32_t dfc_a32_at(const struct dfc_view *view, uint32_t s,
                    struct dfc_reference *ref);
uint32_t dfc_a32_bytes(const struct dfc_view *view,
                       const struct dfc_reference *ref, uint32_t at,
                       uint32_t target);
uint32_t dfc_a32_calm(const struct dfc_view *view, uint32_t s, uint32_t end);
uint32_t dfc_a64_at(const struct dfc_view *view, uint32_t s,
                    struct dfc_reference *ref);
uint32_t dfc_a64_far_at(const struct dfc_view *view, uint32_t s,
                        struct dfc_reference *ref);
uint32_t dfc_a64_bytes(const struct dfc_view *view,
                       const struct dfc_reference *ref, uint32_t at,
                       uint32_t target);
uint32_t dfc_a64_calm(const struct dfc_view *view, uint32_t s, uint32_t end);
uint32_t dfc_a64_far_calm(const struct dfc_view *view, uint32_t s,
                          uint32_t end);
uint32_t dfc_riscv_at(const struct dfc_view *view, uint32_t s,
                      struct dfc_reference *ref);
uint32_t dfc_riscv_far_at(const struct dfc_view *view, uint32_t s,
                          struct dfc_reference *ref);
uint32_t dfc_riscv_bytes(const struct dfc_view *view,
                         const struct dfc_reference *ref, uint32_t at,
                         uint32_t target);
uint32_t dfc_riscv_far_bytes(const struct dfc_view *view,
                             const struct dfc_reference *ref, uint32_t at,
                             uint32_t target);
uint32_t dfc_riscv_calm(const struct dfc_view *view, uint32_t s, uint32_t end);
uint32_t dfc_riscv_far_calm(const struct dfc_view *view, uint32_t s,
                            uint32_t end);
uint32_t dfc_xtensa_at(const struct dfc_view *view, uint32_t s,
                       struct dfc_reference *ref);
uint32_t dfc_xtensa_bytes(const struct dfc_view *view,
                          const struct dfc_reference *ref, uint32_t at,
                          uint32_t target);
uint32_t dfc_xtensa_calm(const struct dfc_view *view, uint32_t s, uint32_t end);
uint32_t dfc_avr_at(const struct dfc_view *view, uint32_t s,
                    struct dfc_reference *ref);
uint32_t dfc_avr_bytes(const struct dfc_view *view,
                       const struct dfc_reference *ref, uint32_t at,
                       uint32_t target);
uint32_t dfc_avr_calm(const struct dfc_view *view, uint32_t s, uint32_t end);

#endif
