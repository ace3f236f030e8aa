// SPDX-License-Identifier: MIT
// Writer of the new image: page by page, each block erased just before its
// first page. Blocks that a former run has finished are left alone.

#include "writer.h"

#include <string.h>

#include "decoder.h"
#include "flash.h"
#include "journal.h"

uint32_t dfp_page_start(const struct dfp *p)
{
    uint32_t page = p->config->new_program_size;

    // A page that the image's end has cut short is programmed all the same.
    if (p->s.new_at == p->s.part.new_size) {
        return p->s.new_at;
    }
    return p->s.new_at & ~(page - 1);
}

uint32_t dfp_blocks(const struct dfp_config *config, uint32_t size)
{
    uint32_t block = config->new_erase_size;

    return size / block + (size % block != 0);
}

// Program the page that starts at `start` and holds `used` bytes of image.
static enum dfp_status flush(struct dfp *p, uint32_t start, uint32_t used)
{
    const struct dfp_config *config = p->config;
    uint32_t page = config->new_program_size;
    uint32_t block = start / config->new_erase_size;
    enum dfp_status status = DFP_OK;

    if (block < p->finished) {
        return DFP_OK; // replayed: flash holds it already
    }
    if (start % config->new_erase_size == 0) {
        status = dfp_flash_erase(p, DFP_NEW, start);
    }
    if (status == DFP_OK) {
        memset(p->page + used, 0xFF, page - used);
        status = dfp_flash_program(p, DFP_NEW, start, p->page, page);
    }
    start += used;
    if (status == DFP_OK &&
        (start % config->new_erase_size == 0 || start == p->s.part.new_size)) {
        p->finished = block + 1;
        status = dfp_journal_mark(p, p->finished);
    }
    return status;
}

// The page buffer is full, or the image complete.
static enum dfp_status finish_page(struct dfp *p)
{
    uint32_t page = p->config->new_program_size;
    uint32_t used = p->s.new_at & (page - 1);

    used = used == 0 ? page : used;
    return flush(p, p->s.new_at - used, used);
}

static bool page_goes_on(const struct dfp *p)
{
    return (p->s.new_at & (p->config->new_program_size - 1)) != 0 &&
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
    p->page[p->s.new_at & (p->config->new_program_size - 1)] = byte;
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
    memcpy(p->page + (p->s.new_at & (p->config->new_program_size - 1)), bytes,
           count);
    p->s.new_at += count;
    return page_goes_on(p) ? DFP_OK : finish_page(p);
}
