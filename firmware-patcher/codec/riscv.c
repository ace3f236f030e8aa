// SPDX-License-Identifier: MIT
// References in RISC-V code, RV32 and RV64 with or without C.
//
// C.BEQZ and C.BNEZ reach 256 bytes: reading them gained nothing.
//
// Encodings: The RISC-V Instruction Set Manual, volume I, 2.2 to 2.6, 16.5
// and 16.8 of version 20191213. An address takes two instructions: AUIPC or
// LUI for the upper 20 bits, then one whose 12-bit signed immediate is added.

#include "bytes.h"
#include "reference.h"

#if DFP_ARCHS & DFOTA_ARCH_RISCV

// How many bytes before and after an instruction are looked at, for the other
// one of its pair and to tell where instructions start: as many as a window
// holds around any of its bytes.
#define REACH 36u

// As codec range reads it, a low part may be further behind; and what is added
// to the global pointer, whose value is not known, is taken for an address
// around this one.
#define FAR_REACH 124u
#define GLOBAL_START 0xF0000000u

// Opcodes: the lowest 7 bits of a 32-bit instruction.
#define OP_LOAD 0x03u
#define OP_LOAD_FP 0x07u
#define OP_IMM 0x13u
#define OP_AUIPC 0x17u
#define OP_STORE 0x23u
#define OP_STORE_FP 0x27u
#define OP_LUI 0x37u
#define OP_BRANCH 0x63u
#define OP_JALR 0x67u
#define OP_JAL 0x6Fu

#define STACK_POINTER 2u
#define GLOBAL_POINTER 3u

// One bit per opcode that can be a reference: most code is not.
#define BIT(opcode) (1u << ((opcode) >> 2))
#define LOW_OPCODES                                                 \
    (BIT(OP_LOAD) | BIT(OP_LOAD_FP) | BIT(OP_IMM) | BIT(OP_STORE) | \
     BIT(OP_STORE_FP) | BIT(OP_JALR))
#define CANDIDATES \
    (LOW_OPCODES | BIT(OP_AUIPC) | BIT(OP_LUI) | BIT(OP_JAL) | BIT(OP_BRANCH))

// As many of them; even, so a longer run may end there.
#define RUN_MAX (REACH / 2u)

static uint32_t half(const struct dfc_view *view, uint32_t s)
{
    return dfc_get16(view->bytes + (s - view->first));
}

static uint32_t word(const struct dfc_view *view, uint32_t s)
{
    return half(view, s) | half(view, s + 2) << 16;
}

static uint32_t is_wide(uint32_t h)
{
    return (h & 3u) == 3u;
}

static uint32_t bits(uint32_t value, uint32_t low, uint32_t count)
{
    return value >> low & ((1u << count) - 1u);
}

static uint32_t sign_extend(uint32_t value, uint32_t count)
{
    uint32_t sign = 1u << (count - 1);

    return (value ^ sign) - sign;
}

static uint32_t window_start(uint32_t s)
{
    return s < REACH ? 0 : s - REACH;
}

// How many halfwords directly before s are wide. Nothing before first is
// looked at.
static uint32_t wide_run(const struct dfc_view *view, uint32_t s,
                         uint32_t first)
{
    const uint8_t *bytes = view->bytes + (s - view->first);
    uint32_t run = 0;

    while (s >= first + 2 && is_wide(bytes[-2])) {
        s -= 2;
        bytes -= 2;
        run++;
    }
    return run;
}

// A halfword that is not wide ends an instruction whatever it is; so a run of
// wide ones before s holds whole instructions if its length is even.
static uint32_t starts_instruction(const struct dfc_view *view, uint32_t s,
                                   uint32_t first)
{
    return (wide_run(view, s, first) & 1u) == 0;
}

static uint32_t register_of(uint32_t h) // rd
{
    return h >> 7 & 31u;
}

static uint32_t base_register(uint32_t w) // rs1
{
    return w >> 15 & 31u;
}

// Does it add a 12-bit immediate to a register?
static uint32_t is_low(uint32_t w)
{
    uint32_t opcode = w & 0x7Fu;

    if ((BIT(opcode) & LOW_OPCODES) == 0) {
        return 0;
    }
    return (opcode != OP_IMM && opcode != OP_JALR) || (w & 0x7000u) == 0;
}

static uint32_t is_store(uint32_t w)
{
    return (w & 0x7Bu) == OP_STORE;
}

// Does the instruction that begins with h write this register?
static uint32_t writes(uint32_t h, uint32_t reg)
{
    uint32_t opcode = h & 0x7Fu;
    uint32_t form = h >> 13; // funct3 of a 16-bit instruction

    if (is_wide(h)) {
        return register_of(h) == reg && (opcode & 0x7Bu) != OP_STORE &&
               opcode != OP_BRANCH && opcode != OP_LOAD_FP;
    }
    if ((h & 3u) == 0) {
        return form < 4 && (h >> 2 & 7u) + 8u == reg;
    }
    if ((h & 3u) == 1 && form == 4) {
        return (h >> 7 & 7u) + 8u == reg;
    }
    return form < ((h & 3u) == 1 ? 4u : 5u) && register_of(h) == reg;
}

// Does a register keep its value from the instruction at s to the one at end?
static uint32_t is_kept(const struct dfc_view *view, uint32_t s, uint32_t end,
                        uint32_t reg)
{
    while (s < end) {
        uint32_t h = half(view, s);

        if (writes(h, reg)) {
            return 0;
        }
        s += is_wide(h) ? 4u : 2u;
    }
    return s == end;
}

// The AUIPC or LUI before s that makes this register; s: there is none.
static uint32_t find_high(const struct dfc_view *view, uint32_t s, uint32_t reg,
                          uint32_t reach)
{
    uint32_t first = s < reach ? 0 : s - reach;
    const uint8_t *bytes = view->bytes + (s - view->first);
    uint32_t p = s;

    while (p >= first + 2) {
        uint32_t h;

        p -= 2;
        bytes -= 2;
        h = dfc_get16(bytes);
        if (register_of(h) != reg || !starts_instruction(view, p, first)) {
            continue;
        }
        if ((h & 0x5Fu) == OP_AUIPC && is_kept(view, p + 4, s, reg)) {
            return p;
        }
        // From wherever one comes that starts before p, it passes p.
        if (writes(h, reg)) {
            break;
        }
    }
    return s;
}

// The first instruction after the AUIPC or LUI at s that completes its
// register; s: there is none.
static uint32_t find_low(const struct dfc_view *view, uint32_t s, uint32_t reg)
{
    uint32_t other = s + 4;

    while (other <= s + REACH && other + 4 <= view->size) {
        uint32_t h = half(view, other);

        if (is_wide(h)) {
            uint32_t w = word(view, other);

            if (is_low(w) && base_register(w) == reg) {
                return other;
            }
        }
        if (writes(h, reg)) {
            break;
        }
        other += is_wide(h) ? 4u : 2u;
    }
    return s;
}

static uint32_t low_immediate(uint32_t w)
{
    uint32_t value = is_store(w) ? w >> 25 << 5 | (w >> 7 & 31u) : w >> 20;

    return sign_extend(value, 12);
}

static uint32_t is_high(uint32_t w)
{
    return (w & 0x5Fu) == OP_AUIPC;
}

// What a pair adds its immediates to; at: address of the AUIPC or LUI.
static uint32_t pair_origin(uint32_t high, uint32_t at)
{
    return (high & 0x7Fu) == OP_AUIPC ? at : 0;
}

// One of a pair?
static uint32_t half_at(const struct dfc_view *view, uint32_t s, uint32_t w,
                        struct dfc_reference *ref, uint32_t reach)
{
    uint32_t reg = is_high(w) ? register_of(w) : base_register(w);
    uint32_t high = s;
    uint32_t low = s;

    if (reg == 0 || reg == STACK_POINTER) {
        return 0;
    }
    ref->kind = DFC_HALF;
    if (reg == GLOBAL_POINTER && reach == FAR_REACH && !is_high(w)) {
        ref->target = GLOBAL_START + low_immediate(w);
        return 1;
    }
    if (is_high(w)) {
        low = find_low(view, s, reg);
    } else {
        high = find_high(view, s, reg, reach);
    }
    if (low == high) {
        return 0;
    }
    w = word(view, high);
    ref->target = pair_origin(w, view->base + high) + (w & 0xFFFFF000u) +
                  low_immediate(word(view, low));
    return 1;
}

static uint32_t jal_displacement(uint32_t w)
{
    return sign_extend(bits(w, 31, 1) << 20 | bits(w, 12, 8) << 12 |
                           bits(w, 20, 1) << 11 | bits(w, 21, 10) << 1,
                       21);
}

static uint32_t branch_displacement(uint32_t w)
{
    return sign_extend(bits(w, 31, 1) << 12 | bits(w, 7, 1) << 11 |
                           bits(w, 25, 6) << 5 | bits(w, 8, 4) << 1,
                       13);
}

// C.J and C.JAL: 11|4|9:8|10|6|7|3:1|5 in bits 12..2.
static uint32_t short_displacement(uint32_t h)
{
    return sign_extend(bits(h, 12, 1) << 11 | bits(h, 8, 1) << 10 |
                           bits(h, 9, 2) << 8 | bits(h, 6, 1) << 7 |
                           bits(h, 7, 1) << 6 | bits(h, 2, 1) << 5 |
                           bits(h, 11, 1) << 4 | bits(h, 3, 3) << 1,
                       12);
}

// Can an instruction with this first halfword be a reference?
static uint32_t may_begin(uint32_t h)
{
    return is_wide(h) ? BIT(h & 0x7Fu) & CANDIDATES : (h & 0x6003u) == 0x2001u;
}

// C.J, or C.JAL, which is C.ADDIW in RV64.
static uint32_t narrow_at(const struct dfc_view *view, uint32_t s, uint32_t h,
                          struct dfc_reference *ref)
{
    ref->at = s;
    ref->size = 2;
    ref->kind = (h & 0x8000u) == 0 ? DFC_CALL : DFC_BRANCH;
    ref->target = view->base + s + short_displacement(h);
    return 1;
}

static uint32_t wide_at(const struct dfc_view *view, uint32_t s, uint32_t h,
                        struct dfc_reference *ref, uint32_t reach)
{
    uint32_t opcode = h & 0x7Fu;
    uint32_t reg = register_of(h);
    uint32_t w;

    if (view->size - s < 4) {
        return 0;
    }
    ref->at = s;
    ref->size = 4;
    w = word(view, s);
    if (opcode == OP_JAL) {
        ref->kind = reg == 0 ? DFC_BRANCH : DFC_CALL;
        ref->target = view->base + s + jal_displacement(w);
        return reg <= 1 || reg == 5;
    }
    if (opcode == OP_BRANCH) {
        ref->kind = DFC_BRANCH;
        ref->target = view->base + s + branch_displacement(w);
        return (w & 0x6000u) != 0x2000u;
    }
    return (is_high(w) || is_low(w)) && half_at(view, s, w, ref, reach);
}

// A reference in the instruction at s, whose first halfword h may begin one?
static uint32_t instruction_at(const struct dfc_view *view, uint32_t s,
                               uint32_t h, struct dfc_reference *ref,
                               uint32_t reach)
{
    return is_wide(h) ? wide_at(view, s, h, ref, reach)
                      : narrow_at(view, s, h, ref);
}

static uint32_t reference_at(const struct dfc_view *view, uint32_t s,
                             struct dfc_reference *ref, uint32_t reach)
{
    uint32_t even = s & ~1u;

    if (view->size - even >= 2) {
        uint32_t h = half(view, even);

        if (may_begin(h) &&
            starts_instruction(view, even, window_start(even)) &&
            instruction_at(view, even, h, ref, reach)) {
            return 1;
        }
    }
    if (even >= 2) {
        uint32_t h = half(view, even - 2);

        if (is_wide(h) && may_begin(h) &&
            starts_instruction(view, even - 2, window_start(even - 2)) &&
            wide_at(view, even - 2, h, ref, reach)) {
            return 1;
        }
    }
    ref->at = even;
    ref->size = view->size - even < 2 ? 1 : 2;
    return 0;
}

uint32_t dfc_riscv_at(const struct dfc_view *view, uint32_t s,
                      struct dfc_reference *ref)
{
    return reference_at(view, s, ref, REACH);
}

uint32_t dfc_riscv_far_at(const struct dfc_view *view, uint32_t s,
                          struct dfc_reference *ref)
{
    return reference_at(view, s, ref, FAR_REACH);
}

static uint32_t calm(const struct dfc_view *view, uint32_t s, uint32_t end,
                     uint32_t reach)
{
    uint32_t at = s < 2 ? s : s - 2;
    uint32_t run = wide_run(view, at, window_start(at));
    const uint8_t *bytes = view->bytes + (at - view->first);
    struct dfc_reference ref;

    for (; at + 2 <= end; at += 2, bytes += 2) {
        uint32_t h = dfc_get16(bytes);

        if ((run & 1u) == 0 && may_begin(h) && (at >= s || is_wide(h)) &&
            instruction_at(view, at, h, &ref, reach)) {
            break;
        }
        run = is_wide(h) ? run + (run < RUN_MAX) : 0;
    }
    return at < s ? s : at;
}

uint32_t dfc_riscv_calm(const struct dfc_view *view, uint32_t s, uint32_t end)
{
    return calm(view, s, end, REACH);
}

uint32_t dfc_riscv_far_calm(const struct dfc_view *view, uint32_t s,
                            uint32_t end)
{
    return calm(view, s, end, FAR_REACH);
}

static uint32_t jal_bytes(uint32_t w, uint32_t d)
{
    return (w & 0xFFFu) | bits(d, 20, 1) << 31 | bits(d, 1, 10) << 21 |
           bits(d, 11, 1) << 20 | bits(d, 12, 8) << 12;
}

static uint32_t branch_bytes(uint32_t w, uint32_t d)
{
    return (w & 0x01FFF07Fu) | bits(d, 12, 1) << 31 | bits(d, 5, 6) << 25 |
           bits(d, 1, 4) << 8 | bits(d, 11, 1) << 7;
}

static uint32_t short_bytes(uint32_t h, uint32_t d)
{
    return (h & 0xE003u) | bits(d, 11, 1) << 12 | bits(d, 4, 1) << 11 |
           bits(d, 8, 2) << 9 | bits(d, 10, 1) << 8 | bits(d, 6, 1) << 7 |
           bits(d, 7, 1) << 6 | bits(d, 1, 3) << 3 | bits(d, 5, 1) << 2;
}

// One of a pair; the distance to the other one stays.
static uint32_t half_bytes(const struct dfc_view *view,
                           const struct dfc_reference *ref, uint32_t w,
                           uint32_t at, uint32_t target, uint32_t reach)
{
    uint32_t value = target;
    uint32_t high;

    if (is_high(w)) {
        value = target - pair_origin(w, at) + 0x800u;
        return (w & 0xFFFu) | (value & 0xFFFFF000u);
    }
    if (base_register(w) != GLOBAL_POINTER || reach != FAR_REACH) {
        high = find_high(view, ref->at, base_register(w), reach);
        value -= pair_origin(half(view, high), at - (ref->at - high));
    }
    if (is_store(w)) {
        return (w & 0x01FFF07Fu) | bits(value, 5, 7) << 25 |
               bits(value, 0, 5) << 7;
    }
    return (w & 0xFFFFFu) | value << 20;
}

static uint32_t bytes_for(const struct dfc_view *view,
                          const struct dfc_reference *ref, uint32_t at,
                          uint32_t target, uint32_t reach)
{
    uint32_t w;

    if (ref->size == 2) {
        return short_bytes(half(view, ref->at), target - at);
    }
    w = word(view, ref->at);
    if (ref->kind == DFC_HALF) {
        return half_bytes(view, ref, w, at, target, reach);
    }
    return (w & 0x7Fu) == OP_JAL ? jal_bytes(w, target - at)
                                 : branch_bytes(w, target - at);
}

uint32_t dfc_riscv_bytes(const struct dfc_view *view,
                         const struct dfc_reference *ref, uint32_t at,
                         uint32_t target)
{
    return bytes_for(view, ref, at, target, REACH);
}

uint32_t dfc_riscv_far_bytes(const struct dfc_view *view,
                             const struct dfc_reference *ref, uint32_t at,
                             uint32_t target)
{
    return bytes_for(view, ref, at, target, FAR_REACH);
}

#endif
