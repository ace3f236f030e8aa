// SPDX-License-Identifier: MIT
// The config's flash callbacks, with their errors turned into a status.

#include "flash.h"

#include "decoder.h"

// The fault names the area (as expected) and the offset (as found).
static enum dfp_status result(struct dfp *p, int number, const char *what,
                              enum dfp_area area, uint32_t offset)
{
    if (number == 0) {
        return DFP_OK;
    }
    if (p->fault.status == DFP_OK) {
        p->fault.flash = number;
    }
    return dfp_fail(p, DFP_ERR_FLASH, what, (uint32_t)area, offset);
}

enum dfp_status dfp_flash_read(struct dfp *p, enum dfp_area area,
                               uint32_t offset, void *data, uint32_t size)
{
    const struct dfp_config *c = p->config;

    return result(p, c->read(c->context, area, offset, data, size), "read",
                  area, offset);
}

enum dfp_status dfp_flash_program(struct dfp *p, enum dfp_area area,
                                  uint32_t offset, const void *data,
                                  uint32_t size)
{
    const struct dfp_config *c = p->config;

    return result(p, c->program(c->context, area, offset, data, size),
                  "program", area, offset);
}

enum dfp_status dfp_flash_erase(struct dfp *p, enum dfp_area area,
                                uint32_t offset)
{
    const struct dfp_config *c = p->config;

    return result(p, c->erase(c->context, area, offset), "erase", area, offset);
}
