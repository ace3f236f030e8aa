// SPDX-License-Identifier: MIT
// References in AArch64 code, FORMAT.md section 6.6.
//
// Encodings: Arm Architecture Reference Manual for A-profile, C4.1: B, BL,
// B.cond, CBZ, TBZ, ADR, ADRP, LDR (literal), ADD (immediate), loads and
// stores with unsigned offset.

#include "bytes.h"
#include "reference.h"

#if DFP_ARCHS & DFOTA_ARCH_A64

// An ADRP and the instruction that adds the low bits are at most this many
// bytes apart; as codec range reads it, low parts may be further behind.
#define PAIR_REACH 32u
#define FAR_REACH 128u

// Conditional branches, literals and ADR point less far than this: what seems
// to point further is text, whose third byte is never 0x00..0x1F or 0xE0..0xFF.
#define NEAR_MAX 0x40000u

static uint32_t word_at(const struct dfc_view *view, uint32_t s)
{
    return dfc_get32(view->bytes + (s - view->first));
}

static uint32_t sign_extend(uint32_t value, uint32_t bits)
{
    uint32_t sign = 1u << (bits - 1);

    return (value ^ sign) - sign;
}

// B and BL.
static uint32_t is_branch(uint32_t word)
{
    return (word & 0x7C000000u) == 0x14000000u;
}

static uint32_t is_adrp(uint32_t word)
{
    return (word & 0x9F000000u) == 0x90000000u;
}

// ADD (immediate) of 64 bits, not shifted.
static uint32_t is_add(uint32_t word)
{
    return (word & 0xFFC00000u) == 0x91000000u;
}

// Load or store, unsigned offset, any size.
static uint32_t is_access(uint32_t word)
{
    return (word & 0x3B000000u) == 0x39000000u;
}

// Low bits that the offset of an instruction leaves out.
static uint32_t low_scale(uint32_t word)
{
    if (is_add(word)) {
        return 0;
    }
    // Size 0 of a vector register may stand for 128 bits.
    return (word & 0x04800000u) == 0x04800000u && word >> 30 == 0 ? 4
                                                                  : word >> 30;
}

static uint32_t low_part(uint32_t word)
{
    return (word >> 10 & 0xFFFu) << low_scale(word);
}

// May the instruction add the low 12 bits of an address to its page?
static uint32_t is_low_part(uint32_t word)
{
    return (is_add(word) || is_access(word)) && low_part(word) <= 0xFFFu;
}

// 21 bits, of ADR and ADRP.
static uint32_t wide_immediate(uint32_t word)
{
    return sign_extend((word >> 5 & 0x7FFFFu) << 2 | (word >> 29 & 3u), 21);
}

// Number of the page; not below 2^20 if it is beyond 32-bit addresses.
static uint32_t page_of(const struct dfc_view *view, uint32_t s, uint32_t word)
{
    return ((view->base + s) >> 12) + wide_immediate(word);
}

// Does the instruction set the register whose number is its lowest 5 bits?
// Branches and stores do not.
static uint32_t sets_register(uint32_t word)
{
    if ((word & 0x1C000000u) == 0x14000000u) {
        return 0;
    }
    return (word & 0x0A000000u) != 0x08000000u || (word & 0x00400000u) != 0;
}

// The ADRP that the low part at s belongs to; s itself when there is none.
static uint32_t find_adrp(const struct dfc_view *view, uint32_t s,
                          uint32_t word, uint32_t reach)
{
    uint32_t base = word >> 5 & 31u;
    uint32_t distance;

    for (distance = 4; distance <= reach && distance <= s; distance += 4) {
        uint32_t other = word_at(view, s - distance);

        if ((other & 31u) != base) {
            continue;
        }
        if (is_adrp(other)) {
            return s - distance;
        }
        if (sets_register(other)) {
            break;
        }
    }
    return s;
}

// The first low part for the ADRP at s; 0 when there is none.
static uint32_t find_low_part(const struct dfc_view *view, uint32_t s,
                              uint32_t word)
{
    uint32_t base = word & 31u;
    uint32_t distance;

    for (distance = 4; distance <= PAIR_REACH; distance += 4) {
        uint32_t other;

        if (distance + 4 > view->size - s) {
            break;
        }
        other = word_at(view, s + distance);
        if ((other >> 5 & 31u) == base && is_low_part(other)) {
            return low_part(other);
        }
        if ((other & 31u) == base && sets_register(other)) {
            break;
        }
    }
    return 0;
}

static uint32_t half_at(const struct dfc_view *view, uint32_t s, uint32_t word,
                        struct dfc_reference *ref, uint32_t reach)
{
    uint32_t adrp = s;
    uint32_t page;

    if (!is_adrp(word)) {
        adrp = find_adrp(view, s, word, reach);
        if (adrp == s) {
            return 0;
        }
    }
    page = page_of(view, adrp, word_at(view, adrp));
    if (page >> 20 != 0) {
        return 0;
    }
    ref->kind = DFC_HALF;
    ref->target = page << 12 |
                  (adrp == s ? find_low_part(view, s, word) : low_part(word));
    return 1;
}

// Displacement of B.cond, CBZ, TBZ and LDR (literal).
static uint32_t near_displacement(uint32_t word)
{
    if ((word & 0x7E000000u) == 0x36000000u) {
        return sign_extend(word >> 5 & 0x3FFFu, 14) << 2;
    }
    return sign_extend(word >> 5 & 0x7FFFFu, 19) << 2;
}

static uint32_t is_conditional(uint32_t word)
{
    return (word & 0xFF000010u) == 0x54000000u ||
           (word & 0x7C000000u) == 0x34000000u;
}

// LDR (literal); 0xDC is none.
static uint32_t is_load(uint32_t word)
{
    return (word & 0x3B000000u) == 0x18000000u && word >> 24 != 0xDCu;
}

static uint32_t is_adr(uint32_t word)
{
    return (word & 0x9F000000u) == 0x10000000u;
}

static uint32_t near_at(uint32_t address, uint32_t word,
                        struct dfc_reference *ref)
{
    uint32_t displacement =
        is_adr(word) ? wide_immediate(word) : near_displacement(word);

    ref->kind = is_conditional(word) ? DFC_BRANCH : DFC_LOAD;
    ref->target = address + displacement;
    return displacement + NEAR_MAX < 2u * NEAR_MAX;
}

static uint32_t reference_at(const struct dfc_view *view, uint32_t s,
                             struct dfc_reference *ref, uint32_t reach)
{
    uint32_t at = s & ~3u;
    uint32_t word;

    ref->at = at;
    ref->size = view->size - at < 4 ? view->size - at : 4;
    if (ref->size < 4) {
        return 0;
    }
    word = word_at(view, at);
    if (is_branch(word)) {
        ref->kind = word >> 31 ? DFC_CALL : DFC_BRANCH;
        ref->target =
            view->base + at + (sign_extend(word & 0x3FFFFFFu, 26) << 2);
        return 1;
    }
    if (is_low_part(word) || is_adrp(word)) {
        return half_at(view, at, word, ref, reach);
    }
    if (is_conditional(word) || is_adr(word) || is_load(word)) {
        return near_at(view->base + at, word, ref);
    }
    return 0;
}

uint32_t dfc_a64_at(const struct dfc_view *view, uint32_t s,
                    struct dfc_reference *ref)
{
    return reference_at(view, s, ref, PAIR_REACH);
}

uint32_t dfc_a64_far_at(const struct dfc_view *view, uint32_t s,
                        struct dfc_reference *ref)
{
    return reference_at(view, s, ref, FAR_REACH);
}

// One bit per value of bits 28..24: those that a reference can have.
#define CANDIDATES 0x33F30000u

static uint32_t calm(const struct dfc_view *view, uint32_t s, uint32_t end,
                     uint32_t reach)
{
    struct dfc_reference ref;

    for (; s + 4 <= end; s += 4) {
        uint32_t form = view->bytes[s + 3 - view->first] & 31u;

        if ((CANDIDATES >> form & 1u) != 0 &&
            reference_at(view, s, &ref, reach)) {
            break;
        }
    }
    return s;
}

uint32_t dfc_a64_calm(const struct dfc_view *view, uint32_t s, uint32_t end)
{
    return calm(view, s, end, PAIR_REACH);
}

uint32_t dfc_a64_far_calm(const struct dfc_view *view, uint32_t s, uint32_t end)
{
    return calm(view, s, end, FAR_REACH);
}

// ADR and ADRP.
static uint32_t put_wide(uint32_t word, uint32_t value)
{
    return (word & 0x9F00001Fu) | (value & 3u) << 29 |
           (value >> 2 & 0x7FFFFu) << 5;
}

static uint32_t half_bytes(uint32_t word, uint32_t at, uint32_t target)
{
    if (is_adrp(word)) {
        return put_wide(word, (target >> 12) - (at >> 12));
    }
    return (word & 0xFFC003FFu) | (target & 0xFFFu) >> low_scale(word) << 10;
}

uint32_t dfc_a64_bytes(const struct dfc_view *view,
                       const struct dfc_reference *ref, uint32_t at,
                       uint32_t target)
{
    uint32_t word = word_at(view, ref->at);
    uint32_t displacement = target - at;

    if (ref->kind == DFC_HALF) {
        return half_bytes(word, at, target);
    }
    if (is_branch(word)) {
        return (word & 0xFC000000u) | (displacement >> 2 & 0x3FFFFFFu);
    }
    if (is_adr(word)) {
        return put_wide(word, displacement);
    }
    if ((word & 0x7E000000u) == 0x36000000u) {
        return (word & 0xFFF8001Fu) | (displacement >> 2 & 0x3FFFu) << 5;
    }
    return (word & 0xFF00001Fu) | (displacement >> 2 & 0x7FFFFu) << 5;
}

#endif
