// SPDX-License-Identifier: MIT
// Source bytes: reads of both images through a small cache.

#include "source.h"

#include <string.h>

#include "decoder.h"
#include "flash.h"
#include "writer.h"

// Read [first, first + count) of an image; the newest bytes of the new one
// are still in the page buffer.
static enum dfp_status fill(struct dfp *p, enum dfp_area area, uint32_t first,
                            uint32_t count)
{
    uint32_t in_flash = count;
    enum dfp_status status = DFP_OK;

    dfp_source_forget(p);
    if (area == DFP_NEW) {
        uint32_t start = dfp_page_start(p);

        if (first + count > start) {
            in_flash = first < start ? start - first : 0;
            memcpy(p->u.cache + in_flash, p->page + (first + in_flash - start),
                   count - in_flash);
        }
    }
    if (in_flash != 0) {
        status = dfp_flash_read(p, area, first, p->u.cache, in_flash);
    }
    if (status == DFP_OK) {
        p->cache_area = (uint32_t)area;
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
    uint32_t first, end;

    if (source >= size) {
        area = DFP_NEW;
        at = source - size;
        size = p->s.new_at;
    }
    if (at >= size) {
        return dfp_fail(p, DFP_ERR_DATA, "source", size, at);
    }
    first = at < DFC_LOOKBACK ? 0 : at - DFC_LOOKBACK;
    end = size - at < DFC_LOOKAHEAD ? size : at + DFC_LOOKAHEAD;
    if ((uint32_t)area != p->cache_area || first < p->cache_first ||
        end > p->cache_first + p->cache_count) {
        uint32_t count = size - first;
        enum dfp_status status;

        if (count > DFP_CACHE_SIZE) {
            count = DFP_CACHE_SIZE;
        }
        status = fill(p, area, first, count);
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
