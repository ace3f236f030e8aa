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

enum dfp_status dfp_put(struct dfp *p, uint8_t byte)
{
    uint32_t page = p->config->new_program_size;
    uint32_t used = p->s.new_at & (page - 1);

    if (p->s.new_at >= p->s.part.new_size) {
        return dfp_fail(p, DFP_ERR_DATA, "new image size", p->s.part.new_size,
                        p->s.new_at);
    }
    p->page[used++] = byte;
    p->s.new_at++;
    if (used < page && p->s.new_at < p->s.part.new_size) {
        return DFP_OK;
    }
    return flush(p, p->s.new_at - used, used);
}
