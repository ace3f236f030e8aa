// SPDX-License-Identifier: MIT
// References in RISC-V code. Vectors were worked out by hand from The RISC-V
// Instruction Set Manual, volume I, 2.5 (JAL, branches), 2.4 (LUI, AUIPC) and
// 16.4 (C.J, C.JAL).

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bytes.h"
#include "isa_check.h"

#define BASE 0x42001000u
#define HALVES_MAX 64u

struct code {
    uint8_t bytes[2 * HALVES_MAX];
    struct dfc_view view;
};

static void put_code(struct code *c, const uint16_t *halves, uint32_t count,
                     uint32_t base)
{
    assert_true(count <= HALVES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        dfc_put16(c->bytes + 2 * i, halves[i]);
    }
    c->view = isa_view(c->bytes, 2 * count, base);
}

static void check_at(const struct code *c, uint32_t at, uint32_t size,
                     uint32_t kind, uint32_t target)
{
    for (uint32_t s = at; s < at + size; s++) {
        struct dfc_reference ref;

        assert_int_equal(dfc_riscv_at(&c->view, s, &ref), 1);
        assert_int_equal(ref.at, at);
        assert_int_equal(ref.size, size);
        assert_int_equal(ref.kind, kind);
        assert_int_equal(ref.target, target);
    }
}

static void check_plain(const struct code *c, uint32_t s)
{
    struct dfc_reference ref;

    assert_int_equal(dfc_riscv_at(&c->view, s, &ref), 0);
    assert_int_equal(ref.at, s & ~1u);
    assert_int_equal(ref.size, c->view.size - ref.at < 2 ? 1 : 2);
}

// --- Encodings -------------------------------------------------------------

struct vector {
    uint32_t word;
    uint32_t size;
    uint32_t at; // address of the instruction
    uint32_t kind;
    uint32_t target;
};

static const struct vector vectors[] = {
    // JAL: imm[20|10:1|11|19:12] rd 1101111
    {0x000000EF, 4, BASE, DFC_CALL, BASE},                // 0: itself
    {0x002000EF, 4, BASE, DFC_CALL, BASE + 2},            // imm[1]
    {0x7FE000EF, 4, BASE, DFC_CALL, BASE + 0x7FE},        // imm[10:1]
    {0x001000EF, 4, BASE, DFC_CALL, BASE + 0x800},        // imm[11]
    {0x000010EF, 4, BASE, DFC_CALL, BASE + 0x1000},       // imm[12]
    {0x000FF0EF, 4, BASE, DFC_CALL, BASE + 0xFF000},      // imm[19:12]
    {0x7FFFF0EF, 4, BASE + 2, DFC_CALL, BASE + 0x100000}, // farthest
    {0x800000EF, 4, BASE, DFC_CALL, BASE - 0x100000},     // farthest back
    {0xFFDFF0EF, 4, BASE, DFC_CALL, BASE - 4},            // -4
    {0xFFDFF06F, 4, BASE, DFC_BRANCH, BASE - 4},          // rd = x0: j
    {0x008002EF, 4, BASE, DFC_CALL, BASE + 8},            // rd = t0
    {0xFFDFF0EF, 4, 0, DFC_CALL, 0xFFFFFFFC},             // wraps
    // BEQ and others: imm[12|10:5] rs2 rs1 funct3 imm[4:1|11] 1100011
    {0x00F70463, 4, BASE, DFC_BRANCH, BASE + 8},      // beq a4, a5
    {0xFEF71EE3, 4, BASE, DFC_BRANCH, BASE - 4},      // bne
    {0x00F740E3, 4, BASE, DFC_BRANCH, BASE + 0x800},  // blt: imm[11]
    {0x02F75063, 4, BASE, DFC_BRANCH, BASE + 0x20},   // bge: imm[5]
    {0x7EF76FE3, 4, BASE, DFC_BRANCH, BASE + 0xFFE},  // bltu: farthest
    {0x80F77063, 4, BASE, DFC_BRANCH, BASE - 0x1000}, // bgeu: back
    // C.J 101 and C.JAL 001: imm[11|4|9:8|10|6|7|3:1|5] 01
    {0xA001, 2, BASE, DFC_BRANCH, BASE},         // itself
    {0xB001, 2, BASE, DFC_BRANCH, BASE - 0x800}, // imm[11]
    {0xA801, 2, BASE, DFC_BRANCH, BASE + 0x10},  // imm[4]
    {0xA401, 2, BASE, DFC_BRANCH, BASE + 0x200}, // imm[9]
    {0xA201, 2, BASE, DFC_BRANCH, BASE + 0x100}, // imm[8]
    {0xA101, 2, BASE, DFC_BRANCH, BASE + 0x400}, // imm[10]
    {0xA081, 2, BASE, DFC_BRANCH, BASE + 0x40},  // imm[6]
    {0xA041, 2, BASE, DFC_BRANCH, BASE + 0x80},  // imm[7]
    {0xA009, 2, BASE, DFC_BRANCH, BASE + 2},     // imm[1]
    {0xA021, 2, BASE, DFC_BRANCH, BASE + 8},     // imm[3]
    {0xA005, 2, BASE, DFC_BRANCH, BASE + 0x20},  // imm[5]
    {0xBFFD, 2, BASE, DFC_BRANCH, BASE - 2},     // -2
    {0x2001, 2, BASE + 2, DFC_CALL, BASE + 2},   // c.jal
    {0x3FFD, 2, BASE, DFC_CALL, BASE - 2},
    {0x2FFD, 2, BASE, DFC_CALL, BASE + 0x7FE}, // farthest
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static void put_vector(struct code *c, const struct vector *v)
{
    const uint16_t halves[] = {(uint16_t)v->word, (uint16_t)(v->word >> 16)};

    put_code(c, halves, v->size == 2 ? 1 : 2, v->at);
}

static void branches_are_decoded_as_the_manual_says(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VECTORS; i++) {
        struct code c;

        put_vector(&c, &vectors[i]);
        check_at(&c, 0, vectors[i].size, vectors[i].kind, vectors[i].target);
    }
}

// Bits of a displacement, its sign among them.
static uint32_t reach_of(const struct vector *v)
{
    return v->size == 2 ? 12 : (v->word & 0x7F) == 0x6F ? 21 : 13;
}

static uint32_t kept_bits(const struct vector *v)
{
    return v->size == 2               ? 0xE003
           : (v->word & 0x7F) == 0x6F ? 0xFFF
                                      : 0x01FFF07F;
}

static void targets_survive_a_move(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        const struct vector *v = &vectors[i % VECTORS];
        uint32_t at = chance_word(&random) & ~1u;
        uint32_t target = chance_word(&random) & ~1u;
        uint32_t mask = (1u << reach_of(v)) - 1;
        struct dfc_reference ref;
        struct code c;
        uint32_t word;

        put_vector(&c, v);
        assert_int_equal(dfc_riscv_at(&c.view, 0, &ref), 1);
        word = dfc_riscv_bytes(&c.view, &ref, at, target);
        assert_int_equal((word ^ v->word) & kept_bits(v), 0);
        dfc_put16(c.bytes, word & 0xFFFF);
        dfc_put16(c.bytes + 2, word >> 16);
        c.view.base = at;
        assert_int_equal(dfc_riscv_at(&c.view, 0, &ref), 1);
        assert_int_equal((ref.target - target) & mask, 0);
    }
}

static void branches_are_encoded_as_the_manual_says(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VECTORS; i++) {
        const struct vector *v = &vectors[i];
        // The same instruction, pointing to itself at first.
        struct vector other = *v;
        struct dfc_reference ref;
        struct code c;

        other.word &= kept_bits(v);
        put_vector(&c, &other);
        assert_int_equal(dfc_riscv_at(&c.view, 0, &ref), 1);
        assert_int_equal(ref.target, v->at);
        assert_int_equal(dfc_riscv_bytes(&c.view, &ref, v->at, v->target),
                         v->word);
    }
}

static void other_instructions_are_plain(void **state)
{
    static const uint16_t others[][2] = {
        {0xF36F, 0xFFDF}, // jal t1: no compiler makes it
        {0x2063, 0x00F7}, // branch of funct3 2: reserved
        {0x3063, 0x00F7}, // of 3
        {0x07B7, 0x3FCA}, // lui without its partner
        {0x0797, 0x0001}, // auipc without its partner
        {0xA783, 0x0047}, // lw a5, 4(a5) alone
        {0x8082, 0x8082}, // ret
        {0xC111, 0xE111}, // c.beqz, c.bnez
        {0x6781, 0x4781}, // c.lui, c.li
        {0xA002, 0xA000}, // not of quadrant 1
        {0x0073, 0x0000}, // ecall
        {0x000F, 0x0FF0}, // fence
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct code c;

        put_code(&c, others[i], 2, BASE);
        for (uint32_t s = 0; s < 4; s++) {
            check_plain(&c, s);
        }
    }
}

// --- Where instructions start ----------------------------------------------

static void the_second_half_of_an_instruction_begins_none(void **state)
{
    // c.nop; xor a5, a5, a3 with a second half like c.j; jal; c.j
    static const uint16_t halves[] = {0x0001, 0xC7B3, 0xA001,
                                      0x00EF, 0x0040, 0xA001};
    struct code c;

    (void)state;
    put_code(&c, halves, 6, BASE);
    check_plain(&c, 0);
    check_plain(&c, 2);
    check_plain(&c, 4);
    check_at(&c, 6, 4, DFC_CALL, BASE + 10);
    check_at(&c, 10, 2, DFC_BRANCH, BASE + 10);
}

static void parity_is_counted_over_18_halfwords(void **state)
{
    (void)state;
    for (uint32_t run = 0; run <= 22; run++) {
        for (uint32_t edge = 0; edge < 2; edge++) {
            uint16_t halves[HALVES_MAX];
            struct dfc_reference ref;
            uint32_t count = 0;
            struct code c;

            if (edge == 1) {
                halves[count++] = 0x0001;
            }
            for (uint32_t i = 0; i < run; i++) {
                halves[count++] = 0x0033;
            }
            halves[count++] = 0x00EF;
            halves[count++] = 0x0040;
            put_code(&c, halves, count, BASE);
            assert_int_equal(dfc_riscv_at(&c.view, 2 * (count - 2), &ref),
                             run >= 18 || run % 2 == 0);
        }
    }
}

static void an_instruction_lies_wholly_in_the_image(void **state)
{
    static const uint16_t halves[] = {0x0001, 0x00EF, 0x0040, 0xA001};
    struct code c;

    (void)state;
    put_code(&c, halves, 4, BASE);
    for (uint32_t size = 1; size <= 8; size++) {
        c.view = isa_view(c.bytes, size, BASE);
        for (uint32_t s = 0; s < size; s++) {
            struct dfc_reference ref;

            assert_int_equal(dfc_riscv_at(&c.view, s, &ref),
                             (size >= 6 && s >= 2 && s < 6) ||
                                 (size == 8 && s >= 6));
        }
        isa_check_image(dfc_riscv_at, dfc_riscv_bytes, &c.view);
    }
}

// --- Pairs -----------------------------------------------------------------

// First halfwords with rd = a5, second ones with rs1 = a5.
#define LUI_A5(upper) \
    (uint16_t)(0x07B7u | ((upper)&0xFu) << 12), (uint16_t)((upper) >> 4)
#define AUIPC_A5(upper) \
    (uint16_t)(0x0797u | ((upper)&0xFu) << 12), (uint16_t)((upper) >> 4)
#define ADDI_A5(low) 0x8793, (uint16_t)((low) << 4 | 0x7)
#define LW_A4(low) 0xA703, (uint16_t)((low) << 4 | 0x7)
#define NOP 0x0001

static void a_pair_makes_one_target(void **state)
{
    static const uint16_t absolute[] = {LUI_A5(0x3FCA1), LW_A4(0x123)};
    static const uint16_t negative[] = {LUI_A5(0x3FCA1), NOP, ADDI_A5(0xFFF)};
    static const uint16_t relative[] = {AUIPC_A5(0x00002), NOP, ADDI_A5(0x800)};
    struct code c;

    (void)state;
    put_code(&c, absolute, 4, BASE);
    check_at(&c, 0, 4, DFC_HALF, 0x3FCA1123);
    check_at(&c, 4, 4, DFC_HALF, 0x3FCA1123);
    put_code(&c, negative, 5, BASE);
    check_at(&c, 0, 4, DFC_HALF, 0x3FCA0FFF);
    check_at(&c, 6, 4, DFC_HALF, 0x3FCA0FFF);
    put_code(&c, relative, 5, BASE);
    check_at(&c, 0, 4, DFC_HALF, BASE + 0x2000 - 0x800);
    check_at(&c, 6, 4, DFC_HALF, BASE + 0x2000 - 0x800);
}

static void pairs_are_encoded_as_the_manual_says(void **state)
{
    // auipc ra, 0; jalr ra, 0(ra) and lui a5, 0; sw a4, 0(a5)
    static const uint16_t call[] = {0x0097, 0x0000, 0x80E7, 0x0000};
    static const uint16_t store[] = {0x07B7, 0x0000, 0xA023, 0x00E7};
    struct dfc_reference ref;
    struct code c;

    (void)state;
    put_code(&c, call, 4, BASE);
    // From 0x1000 to 0x12345FFF: 0x12344FFF = 0x12345 << 12 - 1.
    assert_int_equal(dfc_riscv_at(&c.view, 0, &ref), 1);
    assert_int_equal(dfc_riscv_bytes(&c.view, &ref, 0x1000, 0x12345FFF),
                     0x12345097);
    assert_int_equal(dfc_riscv_at(&c.view, 4, &ref), 1);
    assert_int_equal(dfc_riscv_bytes(&c.view, &ref, 0x1004, 0x12345FFF),
                     0xFFF080E7);
    put_code(&c, store, 4, BASE);
    // imm[11:5] = 0x55, imm[4:0] = 0x13.
    assert_int_equal(dfc_riscv_at(&c.view, 0, &ref), 1);
    assert_int_equal(dfc_riscv_bytes(&c.view, &ref, 77, 0x3FCA1AB3),
                     0x3FCA27B7);
    assert_int_equal(dfc_riscv_at(&c.view, 4, &ref), 1);
    assert_int_equal(dfc_riscv_bytes(&c.view, &ref, 77, 0x3FCA1AB3),
                     0xAAE7A9A3);
}

static void any_target_survives_in_a_pair(void **state)
{
    static const uint16_t halves[] = {AUIPC_A5(0), NOP, ADDI_A5(0)};
    uint64_t random = 3;

    (void)state;
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t target = chance_word(&random);
        uint32_t at = chance_word(&random) & ~1u;
        struct dfc_reference high, low;
        uint32_t auipc, addi;
        struct code c;

        put_code(&c, halves, 5, BASE);
        assert_int_equal(dfc_riscv_at(&c.view, 0, &high), 1);
        assert_int_equal(dfc_riscv_at(&c.view, 6, &low), 1);
        auipc = dfc_riscv_bytes(&c.view, &high, at, target);
        addi = dfc_riscv_bytes(&c.view, &low, at + 6, target);
        dfc_put32(c.bytes, auipc);
        dfc_put32(c.bytes + 6, addi);
        c.view.base = at;
        check_at(&c, 0, 4, DFC_HALF, target);
        check_at(&c, 6, 4, DFC_HALF, target);
    }
}

static void pairs_are_4_to_36_bytes_apart(void **state)
{
    (void)state;
    for (uint32_t gap = 0; gap <= 20; gap++) {
        static const uint16_t pair[] = {LUI_A5(0x3FCA1), LW_A4(0x123)};
        uint16_t halves[HALVES_MAX];
        struct code c;

        memcpy(halves, pair, 4);
        for (uint32_t i = 0; i < gap; i++) {
            halves[2 + i] = NOP;
        }
        memcpy(halves + 2 + gap, pair + 2, 4);
        put_code(&c, halves, 4 + gap, BASE);
        if (4 + 2 * gap <= 36) {
            check_at(&c, 0, 4, DFC_HALF, 0x3FCA1123);
            check_at(&c, 4 + 2 * gap, 4, DFC_HALF, 0x3FCA1123);
        } else {
            check_plain(&c, 0);
            check_plain(&c, 4 + 2 * gap);
        }
    }
}

// What stands between the two of a pair; kept: they remain a pair.
struct between {
    uint16_t halves[2];
    uint32_t count;
    uint32_t kept;
};

static void a_pair_ends_where_its_register_is_written(void **state)
{
    static const struct between list[] = {
        {{0x4781}, 1, 0},         // c.li a5
        {{0x6785}, 1, 0},         // c.lui a5
        {{0x0785}, 1, 0},         // c.addi a5
        {{0x0786}, 1, 0},         // c.slli a5
        {{0x87AA}, 1, 0},         // c.mv a5, a0
        {{0x47B2}, 1, 0},         // c.lwsp a5
        {{0x479C}, 1, 0},         // c.lw a5, 8(a5)
        {{0x081C}, 1, 0},         // c.addi4spn a5
        {{0x8B85}, 1, 0},         // c.andi a5
        {{0x8782}, 1, 0},         // c.jr a5: nothing comes after it
        {{0x07B3, 0x00B5}, 2, 0}, // add a5, a0, a1
        {{0x4701}, 1, 1},         // c.li a4
        {{0x479A}, 1, 0},         // c.lwsp a5
        {{0xC7BE}, 1, 1},         // c.swsp a5
        {{0xC79C}, 1, 1},         // c.sw a5, 8(a5)
        {{0xA789}, 1, 1},         // c.j
        {{0xC789}, 1, 1},         // c.beqz a5
        {{0x0763, 0x00F5}, 2, 1}, // beq: bits 11..7 are no register
        {{0xA7A3, 0x00A5}, 2, 1}, // sw a0, 15(a1): the same
        {{0x0733, 0x00F5}, 2, 1}, // add a4, a0, a5
    };

    (void)state;
    for (uint32_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        uint16_t halves[6] = {LUI_A5(0x3FCA1)};
        static const uint16_t low[] = {LW_A4(0x123)};
        uint32_t count = list[i].count;
        struct code c;

        memcpy(halves + 2, list[i].halves, 2 * count);
        memcpy(halves + 2 + count, low, 4);
        put_code(&c, halves, 4 + count, BASE);
        if (list[i].kept) {
            check_at(&c, 0, 4, DFC_HALF, 0x3FCA1123);
            check_at(&c, 4 + 2 * count, 4, DFC_HALF, 0x3FCA1123);
        } else {
            check_plain(&c, 0);
            check_plain(&c, 4 + 2 * count);
        }
    }
}

static void pairs_may_interleave_and_share_their_upper_half(void **state)
{
    // lui a5; lui a4 = 0x0737; lw a4', 0(a5) into a3; lw a2, 4(a4);
    // sw a0, 8(a5)
    static const uint16_t halves[] = {LUI_A5(0x3FCA1), 0x0737, 0x3FCB,
                                      0xA683,          0x0007, 0x2603,
                                      0x0047,          0xA423, 0x00A7};
    struct code c;

    (void)state;
    put_code(&c, halves, 10, BASE);
    check_at(&c, 0, 4, DFC_HALF, 0x3FCA1000);
    check_at(&c, 4, 4, DFC_HALF, 0x3FCB0004);
    check_at(&c, 8, 4, DFC_HALF, 0x3FCA1000);
    check_at(&c, 12, 4, DFC_HALF, 0x3FCB0004);
    check_at(&c, 16, 4, DFC_HALF, 0x3FCA1008);
}

static void an_upper_half_that_looks_like_auipc_is_none(void **state)
{
    // auipc a5, 0x07971: its second halfword is like auipc a5.
    static const uint16_t halves[] = {AUIPC_A5(0x07971), NOP, LW_A4(0x4)};
    struct code c;

    (void)state;
    put_code(&c, halves, 5, BASE);
    check_at(&c, 0, 4, DFC_HALF, BASE + 0x07971004);
    check_at(&c, 6, 4, DFC_HALF, BASE + 0x07971004);
}

static void other_registers_make_no_pair(void **state)
{
    (void)state;
    for (uint32_t reg = 0; reg < 32; reg++) {
        for (uint32_t base = 0; base < 32; base++) {
            // lui reg; lw t6, 0x123(base)
            uint32_t lui = 0x3FCA1037 | reg << 7;
            uint32_t lw = 0x12302F83 | base << 15;
            const uint16_t halves[] = {(uint16_t)lui, (uint16_t)(lui >> 16),
                                       (uint16_t)lw, (uint16_t)(lw >> 16)};
            struct code c;

            put_code(&c, halves, 4, BASE);
            if (reg == base && reg != 0 && reg != 2) {
                check_at(&c, 0, 4, DFC_HALF, 0x3FCA1123);
                check_at(&c, 4, 4, DFC_HALF, 0x3FCA1123);
            } else {
                check_plain(&c, 0);
                check_plain(&c, 4);
            }
        }
    }
}

// --- Any bytes -------------------------------------------------------------

// Every other instruction is of a form that can be a reference; few registers.
static void fill(uint64_t *random, uint8_t *bytes, uint32_t size)
{
    static const uint32_t forms[] = {0x6F,   0xEF,   0x63,   0x797,  0x7B7,
                                     0x8793, 0xA783, 0xA023, 0x80E7, 0x97,
                                     0xA001, 0x2001, 0x0001};

    chance_bytes(random, bytes, size);
    for (uint32_t i = 0; i + 4 <= size; i += 2) {
        if (chance_pick(random, 2) == 0) {
            uint32_t form = forms[chance_pick(random, 13)];

            dfc_put16(bytes + i, form);
            i += 2 * (uint32_t)((form & 3) == 3);
        }
    }
}

static void what_is_read_is_what_is_written(void **state)
{
    uint64_t random = 4;
    uint32_t count = 0;

    (void)state;
    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t size = 1 + chance_pick(&random, 160);
        uint8_t bytes[160];
        struct dfc_view view = isa_view(bytes, size, chance_word(&random));

        fill(&random, bytes, size);
        count += isa_check_image(dfc_riscv_at, dfc_riscv_bytes, &view);
    }
    assert_true(count > 20000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(branches_are_decoded_as_the_manual_says),
        cmocka_unit_test(branches_are_encoded_as_the_manual_says),
        cmocka_unit_test(targets_survive_a_move),
        cmocka_unit_test(other_instructions_are_plain),
        cmocka_unit_test(the_second_half_of_an_instruction_begins_none),
        cmocka_unit_test(parity_is_counted_over_18_halfwords),
        cmocka_unit_test(an_instruction_lies_wholly_in_the_image),
        cmocka_unit_test(a_pair_makes_one_target),
        cmocka_unit_test(pairs_are_encoded_as_the_manual_says),
        cmocka_unit_test(any_target_survives_in_a_pair),
        cmocka_unit_test(pairs_are_4_to_36_bytes_apart),
        cmocka_unit_test(a_pair_ends_where_its_register_is_written),
        cmocka_unit_test(pairs_may_interleave_and_share_their_upper_half),
        cmocka_unit_test(an_upper_half_that_looks_like_auipc_is_none),
        cmocka_unit_test(other_registers_make_no_pair),
        cmocka_unit_test(what_is_read_is_what_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
