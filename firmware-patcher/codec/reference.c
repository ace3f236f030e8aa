// SPDX-License-Identifier: MIT
// References of any image: code by its architecture, then pointers.
// FORMAT.md sections 6.2 to 6.5.

#include "reference.h"

#include "bytes.h"

// Is this one in question? What the patcher is built without is left out here
// by the compiler, and then by the linker.
#define IS(arch, which) ((DFP_ARCHS & (which)) != 0 && (arch) == (which))
#define IS_FAR(arch, which) \
    ((DFP_ARCHS & (which)) != 0 && (arch) == ((which) | DFC_ARCH_FAR))

static uint32_t in_ranges(const struct dfc_range *ranges, uint32_t count,
                          uint32_t address)
{
    uint32_t i;

    for (i = 0; i < count; i++) {
        if (address >= ranges[i].start && address < ranges[i].end) {
            return 1;
        }
    }
    return 0;
}

uint32_t dfc_plain_step(uint32_t arch)
{
    switch (arch) {
    case DFOTA_ARCH_THUMB:
    case DFOTA_ARCH_RISCV:
    case DFOTA_ARCH_RISCV | DFC_ARCH_FAR:
    case DFOTA_ARCH_AVR: return 2;
    case DFOTA_ARCH_XTENSA: return 1;
    default: return 4;
    }
}

// References in code; 0 where s is no part of one, a plain field then.
static uint32_t code_at(uint32_t arch, const struct dfc_view *view, uint32_t s,
                        struct dfc_reference *ref)
{
    if (IS(arch, DFOTA_ARCH_THUMB)) {
        return dfc_thumb_at(view, s, ref);
    }
    if (IS(arch, DFOTA_ARCH_A32)) {
        return dfc_a32_at(view, s, ref);
    }
    if (IS(arch, DFOTA_ARCH_A64)) {
        return dfc_a64_at(view, s, ref);
    }
    if (IS_FAR(arch, DFOTA_ARCH_A64)) {
        return dfc_a64_far_at(view, s, ref);
    }
    if (IS(arch, DFOTA_ARCH_RISCV)) {
        return dfc_riscv_at(view, s, ref);
    }
    if (IS_FAR(arch, DFOTA_ARCH_RISCV)) {
        return dfc_riscv_far_at(view, s, ref);
    }
    if (IS(arch, DFOTA_ARCH_XTENSA)) {
        return dfc_xtensa_at(view, s, ref);
    }
    if (IS(arch, DFOTA_ARCH_AVR)) {
        return dfc_avr_at(view, s, ref);
    }
    ref->at = s & ~3u;
    ref->size = view->size - ref->at < 4 ? view->size - ref->at : 4;
    return 0;
}

static uint32_t swap(uint32_t word)
{
    return word << 24 | (word & 0xFF00u) << 8 | (word >> 8 & 0xFF00u) |
           word >> 24;
}

void dfc_reference_at(uint32_t arch, const struct dfc_range *ranges,
                      uint32_t range_count, const struct dfc_view *view,
                      uint32_t s, struct dfc_reference *ref)
{
    uint32_t word = s & ~3u;

    if (code_at(arch, view, s, ref)) {
        return;
    }
    ref->kind = DFC_PLAIN;
    ref->target = 0;
    if (range_count != 0 && view->size - word >= 4) {
        uint32_t value = dfc_get32(view->bytes + (word - view->first));

        value = arch == DFOTA_ARCH_BIG ? swap(value) : value;
        if (in_ranges(ranges, range_count, value)) {
            ref->at = word;
            ref->size = 4;
            ref->kind = DFC_POINTER;
            ref->target = value;
        }
    }
}

// The first byte from s on that is in a pointer, at most `end`.
static uint32_t pointer_free(uint32_t arch, const struct dfc_range *ranges,
                             uint32_t count, const struct dfc_view *view,
                             uint32_t s, uint32_t end)
{
    uint32_t word = s & ~3u;
    const uint8_t *bytes = view->bytes + (word - view->first);
    uint32_t low = ranges[0].start; // all ranges are within [low, high)
    uint32_t high = ranges[0].end;
    uint32_t i;

    for (i = 1; i < count; i++) {
        low = ranges[i].start < low ? ranges[i].start : low;
        high = ranges[i].end > high ? ranges[i].end : high;
    }
    for (; word < end && view->size - word >= 4; word += 4, bytes += 4) {
        uint32_t value = dfc_get32(bytes);

        value = arch == DFOTA_ARCH_BIG ? swap(value) : value;
        if (value - low < high - low && in_ranges(ranges, count, value)) {
            return word < s ? s : word;
        }
    }
    return end;
}

static uint32_t code_free(uint32_t arch, const struct dfc_view *view,
                          uint32_t s, uint32_t end)
{
    if (IS(arch, DFOTA_ARCH_THUMB)) {
        return dfc_thumb_calm(view, s, end);
    }
    if (IS(arch, DFOTA_ARCH_A32)) {
        return dfc_a32_calm(view, s, end);
    }
    if (IS(arch, DFOTA_ARCH_A64)) {
        return dfc_a64_calm(view, s, end);
    }
    if (IS_FAR(arch, DFOTA_ARCH_A64)) {
        return dfc_a64_far_calm(view, s, end);
    }
    if (IS(arch, DFOTA_ARCH_RISCV)) {
        return dfc_riscv_calm(view, s, end);
    }
    if (IS_FAR(arch, DFOTA_ARCH_RISCV)) {
        return dfc_riscv_far_calm(view, s, end);
    }
    if (IS(arch, DFOTA_ARCH_XTENSA)) {
        return dfc_xtensa_calm(view, s, end);
    }
    if (IS(arch, DFOTA_ARCH_AVR)) {
        return dfc_avr_calm(view, s, end);
    }
    return end & ~3u;
}

uint32_t dfc_plain_end(uint32_t arch, const struct dfc_range *ranges,
                       uint32_t range_count, const struct dfc_view *view,
                       uint32_t s, uint32_t end)
{
    uint32_t step = dfc_plain_step(arch);
    uint32_t clear;

    if (s % step != 0) {
        return s;
    }
    clear = code_free(arch, view, s, end);
    if (end != view->size ||
        end - clear >= step) { // else the last one is short
        end = clear;
    }
    if (range_count != 0 && end > s) {
        end = pointer_free(arch, ranges, range_count, view, s, end);
    }
    return end < s ? s : end;
}

uint32_t dfc_reference_bytes(uint32_t arch, const struct dfc_view *view,
                             const struct dfc_reference *ref, uint32_t at,
                             uint32_t target)
{
    if (ref->kind == DFC_POINTER) {
        return arch == DFOTA_ARCH_BIG ? swap(target) : target;
    }
    if (IS(arch, DFOTA_ARCH_THUMB)) {
        return dfc_thumb_bytes(view, ref, at, target);
    }
    if (IS(arch, DFOTA_ARCH_A32)) {
        return dfc_a32_bytes(view, ref, at, target);
    }
    if (IS(arch, DFOTA_ARCH_A64) || IS_FAR(arch, DFOTA_ARCH_A64)) {
        return dfc_a64_bytes(view, ref, at, target);
    }
    if (IS(arch, DFOTA_ARCH_RISCV)) {
        return dfc_riscv_bytes(view, ref, at, target);
    }
    if (IS_FAR(arch, DFOTA_ARCH_RISCV)) {
        return dfc_riscv_far_bytes(view, ref, at, target);
    }
    if (IS(arch, DFOTA_ARCH_XTENSA)) {
        return dfc_xtensa_bytes(view, ref, at, target);
    }
    if (IS(arch, DFOTA_ARCH_AVR)) {
        return dfc_avr_bytes(view, ref, at, target);
    }
    return target;
}
