// SPDX-License-Identifier: MIT
// References of any image: code by its architecture, then pointers.
// FORMAT.md sections 6.2 to 6.5.

#include "reference.h"

#include "bytes.h"

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

void dfc_reference_at(uint32_t arch, const struct dfc_range *ranges,
                      uint32_t range_count, const struct dfc_view *view,
                      uint32_t s, struct dfc_reference *ref)
{
    uint32_t word = s & ~3u;
    uint32_t whole = view->size - word >= 4;

    if (arch == DFOTA_ARCH_THUMB) {
        if (dfc_thumb_at(view, s, ref)) {
            return;
        }
    } else {
        ref->at = word;
        ref->size = whole ? 4 : view->size - word;
    }
    ref->kind = DFC_PLAIN;
    ref->target = 0;
    if (whole && range_count != 0) {
        uint32_t value = dfc_get32(view->bytes + (word - view->first));

        if (in_ranges(ranges, range_count, value)) {
            ref->at = word;
            ref->size = 4;
            ref->kind = DFC_POINTER;
            ref->target = value;
        }
    }
}

uint32_t dfc_reference_bytes(uint32_t arch, const struct dfc_view *view,
                             const struct dfc_reference *ref, uint32_t at,
                             uint32_t target)
{
    if (ref->kind == DFC_POINTER || arch != DFOTA_ARCH_THUMB) {
        return target;
    }
    return dfc_thumb_bytes(view, ref, at, target);
}
