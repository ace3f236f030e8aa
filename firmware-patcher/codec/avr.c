// SPDX-License-Identifier: MIT
// References in AVR code.
//
// Encodings: AVR Instruction Set Manual: CALL, JMP, RCALL, RJMP, LDS, STS and
// LDI. Code is counted in words there; targets here are byte addresses.
// Conditional branches reach 128 bytes: reading them cost more than it gained.

#include "bytes.h"
#include "reference.h"

#if DFP_ARCHS & DFOTA_ARCH_AVR

// Words looked at to tell where instructions start.
#define PARITY_REACH 16u

// Where compilers put data memory in the address space.
#define DATA_START 0x800000u

static uint32_t half(const struct dfc_view *view, uint32_t s)
{
    return dfc_get16(view->bytes + (s - view->first));
}

static uint32_t sign_extend(uint32_t value, uint32_t count)
{
    uint32_t sign = 1u << (count - 1);

    return (value ^ sign) - sign;
}

static uint32_t is_long(uint32_t h) // CALL, JMP
{
    return (h & 0xFE0Cu) == 0x940Cu;
}

static uint32_t is_direct(uint32_t h) // LDS, STS
{
    return (h & 0xFC0Fu) == 0x9000u;
}

static uint32_t is_relative(uint32_t h) // RCALL, RJMP
{
    return (h & 0xE000u) == 0xC000u;
}

// Two LDI of one constant: into an even register and the one after it.
static uint32_t is_pair(uint32_t h, uint32_t next)
{
    return (h & 0xF010u) == 0xE000u &&
           (next & 0xF0F0u) == ((h & 0xF0F0u) | 0x10u);
}

static uint32_t load_immediate(uint32_t h)
{
    return (h >> 4 & 0xF0u) | (h & 0xFu);
}

// An instruction that is not of two words ends where it began, and so does
// the second word before it; so a run of words that could be the first of two
// before s holds whole instructions if its length is even.
static uint32_t starts_instruction(const struct dfc_view *view, uint32_t s)
{
    uint32_t run = 0;

    while (run < PARITY_REACH && s >= 2) {
        uint32_t h = half(view, s - 2);

        if (!is_long(h) && !is_direct(h)) {
            break;
        }
        s -= 2;
        run++;
    }
    return (run & 1u) == 0;
}

// A reference in the two words at s?
static uint32_t long_at(const struct dfc_view *view, uint32_t s, uint32_t h,
                        struct dfc_reference *ref)
{
    uint32_t next = half(view, s + 2);

    if (is_long(h)) {
        ref->kind = (h & 2u) != 0 ? DFC_CALL : DFC_BRANCH;
        ref->target = (h & 0x1F0u) << 14 | (h & 1u) << 17 | next << 1;
    } else if (is_direct(h)) {
        ref->kind = DFC_LOAD;
        ref->target = DATA_START | next;
    } else if (is_pair(h, next)) {
        ref->kind = DFC_HALF;
        ref->target =
            DATA_START | load_immediate(next) << 8 | load_immediate(h);
    } else {
        return 0;
    }
    ref->at = s;
    ref->size = 4;
    return starts_instruction(view, s);
}

// A reference in the word at s?
static uint32_t short_at(const struct dfc_view *view, uint32_t s, uint32_t h,
                         struct dfc_reference *ref)
{
    if (!is_relative(h) || !starts_instruction(view, s)) {
        return 0;
    }
    ref->kind = (h & 0x1000u) != 0 ? DFC_CALL : DFC_BRANCH;
    ref->target = view->base + s + 2u + (sign_extend(h & 0xFFFu, 12) << 1);
    return 1;
}

uint32_t dfc_avr_at(const struct dfc_view *view, uint32_t s,
                    struct dfc_reference *ref)
{
    uint32_t even = s & ~1u;
    uint32_t left = view->size - even;
    uint32_t h = left >= 2 ? half(view, even) : 0;

    if (left >= 4 && long_at(view, even, h, ref)) {
        return 1;
    }
    if (left >= 2 && even >= 2 &&
        long_at(view, even - 2, half(view, even - 2), ref)) {
        return 1;
    }
    ref->at = even;
    ref->size = left < 2 ? 1 : 2;
    return short_at(view, even, h, ref);
}

uint32_t dfc_avr_calm(const struct dfc_view *view, uint32_t s, uint32_t end)
{
    uint32_t at = s < 2 ? s : s - 2;
    struct dfc_reference ref;

    for (; at + 2 <= end; at += 2) {
        uint32_t h = half(view, at);

        // Upper four bits of references: 9, C, D, E.
        if ((0x7200u >> (h >> 12) & 1u) != 0 &&
            ((view->size - at >= 4 && long_at(view, at, h, &ref)) ||
             (at >= s && short_at(view, at, h, &ref)))) {
            break;
        }
    }
    return at < s ? s : at;
}

static uint32_t pair_bytes(uint32_t h, uint32_t next, uint32_t target)
{
    h = (h & 0xF0F0u) | (target & 0xFu) | (target << 4 & 0xF00u);
    next = (next & 0xF0F0u) | (target >> 8 & 0xFu) | (target >> 4 & 0xF00u);
    return next << 16 | h;
}

uint32_t dfc_avr_bytes(const struct dfc_view *view,
                       const struct dfc_reference *ref, uint32_t at,
                       uint32_t target)
{
    uint32_t h = half(view, ref->at);

    if (ref->size == 2) {
        return (h & 0xF000u) | ((target - at - 2u) >> 1 & 0xFFFu);
    }
    if (ref->kind == DFC_LOAD) {
        return target << 16 | h;
    }
    if (ref->kind == DFC_HALF) {
        return pair_bytes(h, half(view, ref->at + 2), target);
    }
    return (h & 0xFE0Eu) | (target >> 14 & 0x1F0u) | (target >> 17 & 1u) |
           (target >> 1 & 0xFFFFu) << 16;
}

#endif
