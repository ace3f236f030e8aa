// SPDX-License-Identifier: MIT
// References in Thumb and Thumb-2 code, FORMAT.md section 6.4.
//
// Encodings: ARMv7-M Architecture Reference Manual, A5.3 and A7.7: BL T1,
// BLX T2, B T3 and T4, MOV (immediate) T3 = MOVW, MOVT T1.

#include "bytes.h"
#include "reference.h"

#if DFP_ARCHS & DFOTA_ARCH_THUMB

// A MOVW and its MOVT are at most this many bytes apart.
#define PAIR_REACH 32u

// Halfwords looked at to tell where instructions start.
#define PARITY_REACH 16u

static uint32_t half(const struct dfc_view *view, uint32_t s)
{
    return dfc_get16(view->bytes + (s - view->first));
}

// A halfword below 0xE800 ends an instruction whatever it is; so a run of
// others before s holds whole 32-bit instructions if its length is even.
static uint32_t starts_instruction(const struct dfc_view *view, uint32_t s)
{
    uint32_t run = 0;

    while (run < PARITY_REACH && s >= 2 && half(view, s - 2) >= 0xE800u) {
        s -= 2;
        run++;
    }
    return (run & 1u) == 0;
}

// The first half of MOVW; of MOVT it is with the bit MOVT_BIT.
#define MOVW_MASK 0xFBF0u
#define MOVW 0xF240u
#define MOVT_BIT 0x0080u

static uint32_t is_movw(uint32_t h1)
{
    return (h1 & MOVW_MASK) == MOVW;
}

static uint32_t move_immediate(uint32_t h1, uint32_t h2)
{
    return (h1 & 0xFu) << 12 | (h1 & 0x400u) << 1 | (h2 & 0x7000u) >> 4 |
           (h2 & 0xFFu);
}

// BL, BLX and B.W (T4), as opposed to B<cond>.W (T3).
static uint32_t is_wide(uint32_t h2)
{
    return h2 & 0x5000u;
}

// Bit 10 of the first half is the sign. Of 25 bits, two are written as they
// are in negative displacements and inverted in others.
#define SIGN 0x0400u
#define INVERTED 0x00C00000u

static uint32_t displacement(uint32_t h1, uint32_t h2)
{
    uint32_t low = (h2 & 0x7FFu) << 1;

    if (is_wide(h2)) {
        low |=
            (h1 & 0x3FFu) << 12 | (h2 & 0x0800u) << 11 | (h2 & 0x2000u) << 10;
        return low ^ ((h1 & SIGN) != 0 ? 0xFF000000u : INVERTED);
    }
    low |= (h1 & 0x3Fu) << 12 | (h2 & 0x2000u) << 5 | (h2 & 0x0800u) << 8;
    return (h1 & SIGN) != 0 ? low | 0xFFF00000u : low;
}

// BLX switches to ARM code: its target is a multiple of 4.
static uint32_t branch_origin(uint32_t h2, uint32_t address)
{
    uint32_t pc = address + 4u;

    return (h2 & 0xD001u) == 0xC000u ? pc & ~3u : pc;
}

// The address that the MOVW or MOVT at s builds with the other half of its
// pair; 0 when there is none.
static uint32_t pair_target(const struct dfc_view *view, uint32_t s,
                            uint32_t h1, uint32_t h2, uint32_t *target)
{
    uint32_t wanted = (h1 & MOVW_MASK) ^ MOVT_BIT;
    uint32_t step = is_movw(h1) ? 2u : 0u - 2u;
    uint32_t other = s + step;
    uint32_t left;

    for (left = PAIR_REACH / 2u - 1u; left != 0; left--) {
        uint32_t o1, o2, mine, theirs;

        other += step;
        if (other > view->size - 4u) { // or before the image
            break;
        }
        o1 = half(view, other);
        if ((o1 & MOVW_MASK) != wanted) {
            continue;
        }
        o2 = half(view, other + 2);
        if (((h2 ^ o2) & 0x8F00u) == 0) {
            mine = move_immediate(h1, h2);
            theirs = move_immediate(o1, o2);
            *target = is_movw(h1) ? theirs << 16 | mine : mine << 16 | theirs;
            return 1;
        }
    }
    return 0;
}

// All references have a first half 11110..., whose upper byte comes second.
static uint32_t may_begin(const struct dfc_view *view, uint32_t s)
{
    return view->size - s >= 4 &&
           (view->bytes[s + 1 - view->first] & 0xF8u) == 0xF0u;
}

// A reference in the 32-bit instruction whose first half is at s?
static uint32_t instruction_at(const struct dfc_view *view, uint32_t s,
                               struct dfc_reference *ref)
{
    uint32_t h1 = half(view, s);
    uint32_t h2;

    if (!starts_instruction(view, s)) {
        return 0;
    }
    h2 = half(view, s + 2);
    ref->at = s;
    ref->size = 4;
    if ((h2 & 0x8000u) == 0) {
        ref->kind = DFC_HALF;
        return (is_movw(h1) || is_movw(h1 ^ MOVT_BIT)) &&
               pair_target(view, s, h1, h2, &ref->target);
    }
    ref->kind = (h2 & 0x4000u) != 0 ? DFC_CALL : DFC_BRANCH;
    // B<cond>.W has a condition, and BLX no such bit.
    if (is_wide(h2) ? (h2 & 0x5001u) == 0x4001u : (h1 & 0x0380u) == 0x0380u) {
        return 0;
    }
    ref->target = branch_origin(h2, view->base + s) + displacement(h1, h2);
    return 1;
}

uint32_t dfc_thumb_at(const struct dfc_view *view, uint32_t s,
                      struct dfc_reference *ref)
{
    uint32_t even = s & ~1u;

    if ((may_begin(view, even) && instruction_at(view, even, ref)) ||
        (even >= 2 && may_begin(view, even - 2) &&
         instruction_at(view, even - 2, ref))) {
        return 1;
    }
    ref->at = even;
    ref->size = view->size - even < 2 ? 1 : 2;
    return 0;
}

uint32_t dfc_thumb_calm(const struct dfc_view *view, uint32_t s, uint32_t end)
{
    uint32_t at = s < 2 ? s : s - 2;
    const uint8_t *upper = view->bytes + (at + 1 - view->first);
    struct dfc_reference ref;

    if ((s & 1u) != 0) {
        return s;
    }
    for (; at + 2 <= end; at += 2, upper += 2) {
        if ((*upper & 0xF8u) == 0xF0u && view->size - at >= 4 &&
            instruction_at(view, at, &ref)) {
            break;
        }
    }
    return at < s ? s : at;
}

static uint32_t branch_bytes(uint32_t h1, uint32_t h2, uint32_t value)
{
    uint32_t low = (h2 & 0xD000u) | (value >> 1 & 0x7FFu);

    if (is_wide(h2)) {
        h1 = (h1 & 0xF800u) | (value >> 14 & SIGN);
        value ^= h1 & SIGN ? 0 : INVERTED;
        h1 |= value >> 12 & 0x3FFu;
        low |= (value >> 10 & 0x2000u) | (value >> 11 & 0x0800u);
    } else {
        h1 = (h1 & 0xFBC0u) | (value >> 10 & SIGN) | (value >> 12 & 0x3Fu);
        low |= (value >> 5 & 0x2000u) | (value >> 8 & 0x0800u);
    }
    return low << 16 | h1;
}

static uint32_t move_bytes(uint32_t h1, uint32_t h2, uint32_t target)
{
    uint32_t value = is_movw(h1) ? target : target >> 16;

    h1 = (h1 & MOVW_MASK) | (value >> 12 & 0xFu) | (value >> 1 & 0x400u);
    h2 = (h2 & 0x8F00u) | (value << 4 & 0x7000u) | (value & 0xFFu);
    return h2 << 16 | h1;
}

uint32_t dfc_thumb_bytes(const struct dfc_view *view,
                         const struct dfc_reference *ref, uint32_t at,
                         uint32_t target)
{
    uint32_t h1 = half(view, ref->at);
    uint32_t h2 = half(view, ref->at + 2);

    if (ref->kind == DFC_HALF) {
        return move_bytes(h1, h2, target);
    }
    return branch_bytes(h1, h2, target - branch_origin(h2, at));
}

#endif
