// SPDX-License-Identifier: MIT
// References in ARM (A32) code, FORMAT.md section 6.7.
//
// Encodings: Arm Architecture Reference Manual for v7-A and v7-R, A5.1: B A1,
// BL A1, BLX A2, MOVW (MOV immediate A2), MOVT A1.

#include "bytes.h"
#include "reference.h"

#if DFP_ARCHS & DFOTA_ARCH_A32

// A MOVW and its MOVT are at most this many bytes apart.
#define PAIR_REACH 32u

// In instructions: what seems to branch further is text or data, and a jump
// that is closer moves together with its target.
#define FAR_MAX 0x200000u
#define CLOSE_MAX 16u

static uint32_t word_at(const struct dfc_view *view, uint32_t s)
{
    return dfc_get32(view->bytes + (s - view->first));
}

static uint32_t sign_extend(uint32_t value, uint32_t bits)
{
    uint32_t sign = 1u << (bits - 1);

    return (value ^ sign) - sign;
}

static uint32_t is_movw(uint32_t word)
{
    return (word & 0x0FF00000u) == 0x03000000u;
}

static uint32_t is_movt(uint32_t word)
{
    return (word & 0x0FF00000u) == 0x03400000u;
}

static uint32_t move_immediate(uint32_t word)
{
    return (word >> 4 & 0xF000u) | (word & 0xFFFu);
}

// The other half of the pair that the MOVW or MOVT at s belongs to, as its
// position; s itself when there is none.
static uint32_t find_pair(const struct dfc_view *view, uint32_t s,
                          uint32_t word)
{
    uint32_t movw = is_movw(word);
    uint32_t distance;

    for (distance = 4; distance <= PAIR_REACH; distance += 4) {
        uint32_t at = movw ? s + distance : s - distance;
        uint32_t other;

        if (movw ? distance + 4 > view->size - s : s < distance) {
            break;
        }
        other = word_at(view, at);
        if ((movw ? is_movt(other) : is_movw(other)) &&
            ((word ^ other) & 0xF000F000u) == 0) {
            return at;
        }
    }
    return s;
}

static uint32_t half_at(const struct dfc_view *view, uint32_t s, uint32_t word,
                        struct dfc_reference *ref)
{
    uint32_t other = find_pair(view, s, word);
    uint32_t mine = move_immediate(word);
    uint32_t theirs;

    if (other == s) {
        return 0;
    }
    theirs = move_immediate(word_at(view, other));
    ref->kind = DFC_HALF;
    ref->target = is_movw(word) ? theirs << 16 | mine : mine << 16 | theirs;
    return 1;
}

// Is value, 24 bits with sign, between -limit and limit - 1?
static uint32_t is_within(uint32_t value, uint32_t limit)
{
    return ((value + limit) & 0xFFFFFFu) < 2u * limit;
}

static uint32_t branch_at(uint32_t address, uint32_t word,
                          struct dfc_reference *ref)
{
    uint32_t imm24 = word & 0xFFFFFFu;
    uint32_t blx = word >> 28 == 0xFu;
    uint32_t call = blx || (word & 0x01000000u) != 0;

    if (!is_within(imm24, FAR_MAX) || (!call && is_within(imm24, CLOSE_MAX))) {
        return 0;
    }
    ref->kind = call ? DFC_CALL : DFC_BRANCH;
    ref->target = address + 8u + (sign_extend(imm24, 24) << 2);
    if (blx) {
        ref->target += word >> 23 & 2u;
    }
    return 1;
}

uint32_t dfc_a32_at(const struct dfc_view *view, uint32_t s,
                    struct dfc_reference *ref)
{
    uint32_t at = s & ~3u;
    uint32_t address = view->base + at;
    uint32_t word;

    ref->at = at;
    ref->size = view->size - at;
    if (ref->size < 4) {
        return 0;
    }
    ref->size = 4;
    word = word_at(view, at);
    if ((word & 0x0E000000u) == 0x0A000000u) {
        return branch_at(address, word, ref);
    }
    if (is_movw(word) || is_movt(word)) {
        return half_at(view, at, word, ref);
    }
    return 0;
}

uint32_t dfc_a32_calm(const struct dfc_view *view, uint32_t s, uint32_t end)
{
    struct dfc_reference ref;

    for (; s + 4 <= end; s += 4) {
        uint32_t word = word_at(view, s);

        // Branches, MOVW and MOVT.
        if (((word & 0x0E000000u) == 0x0A000000u ||
             (word & 0x0FB00000u) == 0x03000000u) &&
            dfc_a32_at(view, s, &ref)) {
            break;
        }
    }
    return s;
}

uint32_t dfc_a32_bytes(const struct dfc_view *view,
                       const struct dfc_reference *ref, uint32_t at,
                       uint32_t target)
{
    uint32_t word = word_at(view, ref->at);
    uint32_t displacement = target - (at + 8u);

    if (ref->kind == DFC_HALF) {
        uint32_t value = is_movw(word) ? target : target >> 16;

        return (word & 0xFFF0F000u) | (value & 0xF000u) << 4 | (value & 0xFFFu);
    }
    if (word >> 28 == 0xFu) {
        word = (word & 0xFEFFFFFFu) | (displacement & 2u) << 23;
    }
    return (word & 0xFF000000u) | (displacement >> 2 & 0xFFFFFFu);
}

#endif
