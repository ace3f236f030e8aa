// SPDX-License-Identifier: MIT
// Writer of the new image: page by page, each block erased just before its
// first page. Blocks that a former run has finished are left alone.

#include "writer.h"

#include <string.h>

#include "decoder.h"
#include "flash.h"
#include "inplace.h"
#include "journal.h"
#include "part.h"

uint32_t dfp_page_start(const struct dfp *p)
{
    uint32_t page = p->slot->new_program_size;

    // A page that the image's end has cut short is programmed all the same.
    if (p->s.new_at == p->s.part.new_size) {
        return p->s.new_at;
    }
    return p->s.new_at & ~(page - 1);
}

// In place flash must hold a page that is replayed, else what is decoded is not
// what it was before the cut, and would be written over what is left.
static enum dfp_status compare(struct dfp *p, uint32_t start, uint32_t used)
{
    uint32_t at, n;

    if (!dfp_in_place(p)) {
        return DFP_OK;
    }
    for (at = 0; at < used; at += n) {
        uint8_t buffer[32];
        enum dfp_status status;

        n = used - at < sizeof(buffer) ? used - at : (uint32_t)sizeof(buffer);
        status = dfp_flash_read(p, DFP_NEW, start + at, buffer, n);
        if (status != DFP_OK) {
            return status;
        }
        if (dfp_has_unmanaged(p)) {
            dfp_unmanaged_hide(p, start + at, buffer, n);
        }
        if (memcmp(buffer, p->page + at, n) != 0) {
            return dfp_fail(p, DFP_ERR_VERIFY, "replayed page", start, at);
        }
    }
    return DFP_OK;
}

static enum dfp_status write_page(struct dfp *p, uint32_t start, uint32_t used)
{
    uint32_t page = p->slot->new_program_size;
    enum dfp_status status = DFP_OK;

    if (dfp_has_unmanaged(p)) {
        status = dfp_unmanaged_fetch(p, start, p->page, used);
    }
    if (status == DFP_OK && start % p->slot->new_erase_size == 0) {
        status = dfp_flash_erase(p, DFP_NEW, start);
    }
    if (status == DFP_OK) {
        memset(p->page + used, 0xFF, page - used);
        status = dfp_flash_program(p, DFP_NEW, start, p->page, page);
    }
    return status;
}

// The page that starts at `start` is full, holding `used` bytes of image.
static enum dfp_status flush(struct dfp *p, uint32_t start, uint32_t used)
{
    uint32_t size = dfp_block_size(p);
    uint32_t block = start / size;
    uint32_t order = dfp_block_order(p, block);
    uint32_t end = start + used;
    bool last = end % size == 0 || end == p->s.part.new_size;
    enum dfp_status status;

    order += dfp_has_more(p) ? dfp_more(p)->blocks : 0;
    if (order < p->finished) {
        return compare(p, start, used);
    }
    if (dfp_block_kept(p, block)) {
        return compare(p, start, used); // finished with the one behind it
    }
    status = write_page(p, start, used);
    if (status == DFP_OK && last) {
        p->finished = order + 1;
        status = dfp_journal_mark(p, p->finished);
    }
    return status;
}

// The page buffer is full, or the image complete.
static enum dfp_status finish_page(struct dfp *p)
{
    uint32_t page = p->slot->new_program_size;
    uint32_t used = p->s.new_at & (page - 1);

    used = used == 0 ? page : used;
    return flush(p, p->s.new_at - used, used);
}

static bool page_goes_on(const struct dfp *p)
{
    return (p->s.new_at & (p->slot->new_program_size - 1)) != 0 &&
           p->s.new_at < p->s.part.new_size;
}

static enum dfp_status too_long(struct dfp *p)
{
    return dfp_fail(p, DFP_ERR_DATA, "new image size", p->s.part.new_size,
                    p->s.new_at);
}

enum dfp_status dfp_put(struct dfp *p, uint8_t byte)
{
    if (p->s.new_at >= p->s.part.new_size) {
        return too_long(p);
    }
    p->page[p->s.new_at & (p->slot->new_program_size - 1)] = byte;
    p->s.new_at++;
    return page_goes_on(p) ? DFP_OK : finish_page(p);
}

enum dfp_status dfp_put_run(struct dfp *p, const uint8_t *bytes, uint32_t count)
{
    if (count > p->s.part.new_size - p->s.new_at) {
        return too_long(p);
    }
    if (count == 0) {
        return DFP_OK;
    }
    memcpy(p->page + (p->s.new_at & (p->slot->new_program_size - 1)), bytes,
           count);
    p->s.new_at += count;
    return page_goes_on(p) ? DFP_OK : finish_page(p);
}
