// SPDX-License-Identifier: MIT
// References in little-endian Xtensa code with the density option (LX106,
// LX6).
//
// Encodings: Xtensa Instruction Set Architecture Reference Manual, 7.3: CALL0,
// CALL8, J, BEQZ/BNEZ/BLTZ/BGEZ, L32R. Branches with 8-bit displacements lost
// more by data that looks like them than they gained, and no compiler makes
// CALL4 and CALL12.

#include "bytes.h"
#include "reference.h"

#if DFP_ARCHS & DFOTA_ARCH_XTENSA

// How far back the instructions before one are looked at.
#define WALK_REACH 36u

// A jump that goes further is data.
#define JUMP_REACH 0x2000u

#define OP_L32R 1u // the lowest 4 bits
#define OP_CALL 5u

#define FORM_JUMP 0x06u // the lowest 6 bits
#define FORM_ZERO 0x16u // BEQZ and so on

// One bit per value of the lowest 5 bits: those that a reference can have.
#define CANDIDATES                                                             \
    (1u << OP_L32R | 1u << (OP_L32R + 16u) | 1u << OP_CALL | 1u << FORM_JUMP | \
     1u << FORM_ZERO)

static uint32_t byte(const struct dfc_view *view, uint32_t s)
{
    return view->bytes[s - view->first];
}

static uint32_t word(const struct dfc_view *view, uint32_t s) // of 3 bytes
{
    return byte(view, s) | byte(view, s + 1) << 8 | byte(view, s + 2) << 16;
}

static uint32_t sign_extend(uint32_t value, uint32_t count)
{
    uint32_t sign = 1u << (count - 1);

    return (value ^ sign) - sign;
}

static uint32_t after(const struct dfc_view *view, uint32_t s)
{
    return s + ((byte(view, s) & 8u) != 0 ? 2u : 3u);
}

// Does the chain of instructions from one position meet another?
static uint32_t meets(const struct dfc_view *view, uint32_t from, uint32_t s)
{
    while (from < s) {
        from = after(view, from);
    }
    return from == s;
}

// RET.N or RETW.N before s, and at most two bytes to fill up the word? s is at
// least 4.
static uint32_t follows_return(const struct dfc_view *view, uint32_t s)
{
    uint32_t end = s;

    while (s - end < 2 && byte(view, end - 1) == 0) {
        end--;
    }
    return byte(view, end - 1) == 0xF0u &&
           (byte(view, end - 2) & 0xEFu) == 0x0Du;
}

// Does a function begin here: ADDI a1, a1, -n or ENTRY a1, n?
static uint32_t is_entry(const struct dfc_view *view, uint32_t s)
{
    uint32_t w = word(view, s);

    return ((w & 0xFFFFu) == 0xC112u && w >= 0x800000u) ||
           ((w & 0xFFFu) == 0x136u && w < 0x100000u);
}

// Instructions have 2 or 3 bytes and no mark where they start. Functions are
// aligned, so the chain from the last one that begins nearby tells; without
// one, most of the chains from three positions side by side.
static uint32_t starts_instruction(const struct dfc_view *view, uint32_t s)
{
    uint32_t from = s < WALK_REACH ? 0 : s - WALK_REACH;
    uint32_t odd = (view->base + s) & 3u;
    uint32_t p = s < odd ? 0 : s - odd;
    const uint8_t *bytes = view->bytes + (p - view->first);
    uint32_t a, b;

    for (; p >= from + 4; p -= 4, bytes -= 4) {
        if (((bytes[0] == 0x12u || bytes[0] == 0x36u) && is_entry(view, p)) ||
            ((bytes[-1] & 15u) == 0 && follows_return(view, p))) {
            return meets(view, p, s);
        }
    }
    if (from == 0) {
        return meets(view, 0, s);
    }
    // Two that meet each other decide.
    a = from;
    b = from + 1;
    while (a != b && (a < s || b < s)) {
        if (a < b) {
            a = after(view, a);
        } else {
            b = after(view, b);
        }
    }
    return a == b ? meets(view, a, s)
                  : (a == s || b == s) && meets(view, from + 2, s);
}

// Is the aligned word around s an address in the image? Then it is a literal.
static uint32_t is_literal(const struct dfc_view *view, uint32_t s)
{
    s &= ~3u;
    return view->size - s >= 4 &&
           dfc_get32(view->bytes + (s - view->first)) - view->base < view->size;
}

static uint32_t load_origin(uint32_t address)
{
    return (address + 3u) & ~3u;
}

static uint32_t call_origin(uint32_t address)
{
    return (address & ~3u) + 4u;
}

// Kind and target of an instruction; 0: it is no reference.
static uint32_t decode(struct dfc_reference *ref, uint32_t w,
                       const struct dfc_view *view)
{
    uint32_t address = view->base + ref->at;

    switch (w & 0xFu) {
    case OP_CALL:
        ref->kind = DFC_CALL;
        ref->target = call_origin(address) + (sign_extend(w >> 6, 18) << 2);
        return (w & 0x10u) == 0;
    case OP_L32R:
        ref->kind = DFC_LOAD;
        ref->target = load_origin(address) + (0xFFFC0000u | w >> 8 << 2);
        return ref->target - view->base < view->size;
    default: break;
    }
    ref->kind = DFC_BRANCH;
    if ((w & 0x3Fu) == FORM_ZERO) {
        ref->target = address + 4u + sign_extend(w >> 12, 12);
        return 1;
    }
    ref->target = address + 4u + sign_extend(w >> 6, 18);
    return (w & 0x3Fu) == FORM_JUMP &&
           ref->target - address + JUMP_REACH < 2 * JUMP_REACH;
}

// Can an instruction with this first byte be a reference?
static uint32_t may_begin(uint32_t first)
{
    return CANDIDATES >> (first & 31u) & 1u;
}

static uint32_t instruction_at(const struct dfc_view *view, uint32_t s,
                               struct dfc_reference *ref)
{
    if (!may_begin(byte(view, s)) || view->size - s < 3) {
        return 0;
    }
    ref->at = s;
    ref->size = 3;
    return decode(ref, word(view, s), view) && !is_literal(view, s) &&
           !is_literal(view, s + 2) && starts_instruction(view, s);
}

uint32_t dfc_xtensa_at(const struct dfc_view *view, uint32_t s,
                       struct dfc_reference *ref)
{
    uint32_t back;

    for (back = 0; back < 3 && back <= s; back++) {
        if (instruction_at(view, s - back, ref)) {
            return 1;
        }
    }
    ref->at = s;
    ref->size = 1;
    return 0;
}

uint32_t dfc_xtensa_calm(const struct dfc_view *view, uint32_t s, uint32_t end)
{
    uint32_t at = s < 2 ? 0 : s - 2;
    const uint8_t *first = view->bytes + (at - view->first);
    struct dfc_reference ref;

    for (; at < end; at++, first++) {
        if (may_begin(*first) && instruction_at(view, at, &ref)) {
            break;
        }
    }
    return at < s ? s : at;
}

uint32_t dfc_xtensa_bytes(const struct dfc_view *view,
                          const struct dfc_reference *ref, uint32_t at,
                          uint32_t target)
{
    uint32_t w = word(view, ref->at);

    if (ref->kind == DFC_CALL) {
        return (w & 0x3Fu) | ((target - call_origin(at)) >> 2 & 0x3FFFFu) << 6;
    }
    if (ref->kind == DFC_LOAD) {
        return (w & 0xFFu) | ((target - load_origin(at)) >> 2 & 0xFFFFu) << 8;
    }
    if ((w & 0x3Fu) == FORM_ZERO) {
        return (w & 0xFFFu) | ((target - at - 4u) & 0xFFFu) << 12;
    }
    return (w & 0x3Fu) | ((target - at - 4u) & 0x3FFFFu) << 6;
}

#endif
