// SPDX-License-Identifier: MIT
// What must hold for the references of every architecture.

#ifndef TESTS_ISA_CHECK_H
#define TESTS_ISA_CHECK_H

#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "reference.h"

typedef uint32_t (*isa_at)(const struct dfc_view *view, uint32_t s,
                           struct dfc_reference *ref);
typedef uint32_t (*isa_bytes)(const struct dfc_view *view,
                              const struct dfc_reference *ref, uint32_t at,
                              uint32_t target);

static inline struct dfc_view isa_view(const uint8_t *bytes, uint32_t size,
                                       uint32_t base)
{
    return (struct dfc_view){bytes, 0, size, size, base};
}

static inline uint32_t isa_plain(const struct dfc_view *view,
                                 const struct dfc_reference *ref)
{
    uint32_t value = 0;

    for (uint32_t i = ref->size; i-- > 0;) {
        value = value << 8 | view->bytes[ref->at + i];
    }
    return value;
}

// The field's bytes only.
static inline uint32_t isa_cut(uint32_t value, uint32_t size)
{
    return size == 4 ? value : value & ((1u << 8 * size) - 1u);
}

// The answer for byte s does not depend on what a window leaves out, and the
// window is a block of its own, so that a sanitizer sees reads beyond it.
static inline void isa_check_window(isa_at at, isa_bytes bytes,
                                    const struct dfc_view *whole, uint32_t s,
                                    const struct dfc_reference *expected)
{
    uint32_t first = s < DFC_LOOKBACK ? 0 : s - DFC_LOOKBACK;
    uint32_t end =
        whole->size - s < DFC_LOOKAHEAD ? whole->size : s + DFC_LOOKAHEAD;
    uint8_t *copy = malloc(end - first);
    struct dfc_view view = {copy, first, end - first, whole->size, whole->base};
    struct dfc_reference ref = {0, 0, 0, 0};

    assert_non_null(copy);
    memcpy(copy, whole->bytes + first, end - first);
    if (at(&view, s, &ref)) {
        assert_int_equal(ref.kind, expected->kind);
        assert_int_equal(ref.target, expected->target);
        assert_int_equal(
            isa_cut(bytes(&view, &ref, 0x1234, ref.target + 76), ref.size),
            isa_cut(bytes(whole, expected, 0x1234, expected->target + 76),
                    ref.size));
    } else {
        assert_int_equal(expected->kind, DFC_PLAIN);
    }
    assert_int_equal(ref.at, expected->at);
    assert_int_equal(ref.size, expected->size);
    free(copy);
}

// Every byte of an image: its field lies around it and in the image, and a
// reference written to its own target at its own place is what stands there.
// Returns how many bytes belong to references.
static inline uint32_t isa_check_image(isa_at at, isa_bytes bytes,
                                       const struct dfc_view *view)
{
    uint32_t count = 0;

    for (uint32_t s = 0; s < view->size; s++) {
        struct dfc_reference ref = {0, 0, 0, 0};
        uint32_t found = at(view, s, &ref);

        assert_true(ref.size >= 1 && ref.size <= 4);
        assert_true(ref.at <= s && ref.at + ref.size > s);
        assert_true(ref.at + ref.size <= view->size);
        if (found) {
            assert_true(ref.size >= 2);
            assert_true(ref.kind != DFC_PLAIN && ref.kind != DFC_POINTER);
            assert_int_equal(
                isa_cut(bytes(view, &ref, view->base + ref.at, ref.target),
                        ref.size),
                isa_plain(view, &ref));
            count++;
        } else {
            ref.kind = DFC_PLAIN;
        }
        isa_check_window(at, bytes, view, s, &ref);
    }
    return count;
}

#endif
