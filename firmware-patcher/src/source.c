// SPDX-License-Identifier: MIT
// Source bytes: reads of both images through a small cache.

#include "source.h"

#include <string.h>

#include "decoder.h"
#include "flash.h"
#include "inplace.h"
#include "part.h"
#include "writer.h"

// Read [first, first + count) of the new image, which ends at `size`, into the
// cache; its newest bytes are still in the page buffer.
static enum dfp_status fill_new(struct dfp *p, uint32_t first, uint32_t count,
                                uint32_t size)
{
    uint32_t in_flash = count;
    uint32_t start = dfp_page_start(p);

    if (size == p->s.new_at && first + count > start) {
        in_flash = first < start ? start - first : 0;
        memcpy(p->u.cache + in_flash, p->page + (first + in_flash - start),
               count - in_flash);
    }
    return in_flash == 0
               ? DFP_OK
               : dfp_flash_read(p, DFP_NEW, first, p->u.cache, in_flash);
}

// Read [first, first + count) of an image that ends at `size`; bytes before
// `lost` read as 0xFF.
static enum dfp_status fill(struct dfp *p, enum dfp_area area, uint32_t first,
                            uint32_t count, uint32_t lost, uint32_t size)
{
    enum dfp_status status;

    dfp_source_forget(p);
    status = area == DFP_OLD ? dfp_old_read(p, first, p->u.cache, count)
                             : fill_new(p, first, count, size);
    if (first < lost) {
        memset(p->u.cache, 0xFF, lost - first < count ? lost - first : count);
    }
    if (dfp_has_unmanaged(p)) {
        dfp_unmanaged_hide(p, first, p->u.cache, count);
    }
    if (status == DFP_OK) {
        p->cache_key = (uint32_t)area + 4u * lost;
        p->cache_first = first;
        p->cache_count = count;
    }
    return status;
}

enum dfp_status dfp_view(struct dfp *p, uint32_t source, struct dfc_view *view,
                         uint32_t *s)
{
    enum dfp_area area = DFP_OLD;
    uint32_t size = p->s.part.old_size;
    uint32_t at = source;
    uint32_t lost = 0;
    uint32_t first, end, key;

    if (source >= size) {
        area = DFP_NEW;
        at = source - size;
        if (!dfp_new_readable(p, at, &lost, &size)) {
            return dfp_fail(p, DFP_ERR_DATA, "source", size, at);
        }
    }
    first = at < DFC_LOOKBACK ? 0 : at - DFC_LOOKBACK;
    end = size - at < DFC_LOOKAHEAD ? size : at + DFC_LOOKAHEAD;
    key = (uint32_t)area + 4u * lost;
    if (key != p->cache_key || first < p->cache_first ||
        end > p->cache_first + p->cache_count) {
        uint32_t count = size - first;
        enum dfp_status status;

        if (count > DFP_CACHE_SIZE) {
            count = DFP_CACHE_SIZE;
        }
        status = fill(p, area, first, count, lost, size);
        if (status != DFP_OK) {
            return status;
        }
    }
    view->bytes = p->u.cache;
    view->first = p->cache_first;
    view->count = p->cache_count;
    view->size = size;
    *s = at;
    return DFP_OK;
}
