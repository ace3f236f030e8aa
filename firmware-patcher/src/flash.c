// SPDX-License-Identifier: MIT
// The config's flash callbacks, with their errors turned into a status.

#include "flash.h"

#include <string.h>

#include "decoder.h"

// The fault names the area (as expected) and the offset (as found).
static DFP_APART enum dfp_status result(struct dfp *p, int number,
                                        const char *what, enum dfp_area area,
                                        uint32_t offset)
{
    if (number == 0) {
        return DFP_OK;
    }
    if (p->fault.status == DFP_OK) {
        p->fault.flash = number;
    }
    return dfp_fail(p, DFP_ERR_FLASH, what, (uint32_t)area, offset);
}

// Images belong to the part, the rest to the module.
static const struct dfp_config *owner(const struct dfp *p, enum dfp_area area)
{
    return area == DFP_OLD || area == DFP_NEW ? p->slot : p->config;
}

enum dfp_status dfp_flash_read(struct dfp *p, enum dfp_area area,
                               uint32_t offset, void *data, uint32_t size)
{
    const struct dfp_config *c = owner(p, area);

    return result(p, c->read(c->context, area, offset, data, size), "read",
                  area, offset);
}

// In place what was programmed must read as it should: a cell that has failed
// would else be found when what it replaced is gone.
static enum dfp_status read_back(struct dfp *p, enum dfp_area area,
                                 uint32_t offset, const uint8_t *data,
                                 uint32_t size)
{
    uint32_t at, n;

    for (at = 0; at < size; at += n) {
        uint8_t found[32];
        enum dfp_status status;

        n = size - at < sizeof(found) ? size - at : (uint32_t)sizeof(found);
        status = dfp_flash_read(p, area, offset + at, found, n);
        if (status != DFP_OK) {
            return status;
        }
        if (memcmp(found, data + at, n) != 0) {
            return dfp_fail(p, DFP_ERR_FLASH, "read back", (uint32_t)area,
                            offset + at);
        }
    }
    return DFP_OK;
}

enum dfp_status dfp_flash_program(struct dfp *p, enum dfp_area area,
                                  uint32_t offset, const void *data,
                                  uint32_t size)
{
    const struct dfp_config *c = owner(p, area);
    enum dfp_status status =
        result(p, c->program(c->context, area, offset, data, size), "program",
               area, offset);

    // With two slots the old image is still there when the new one turns out
    // to be wrong.
    if (status != DFP_OK || !DFP_WITH_IN_PLACE ||
        p->config->scratch_size == 0) {
        return status;
    }
    return read_back(p, area, offset, data, size);
}

enum dfp_status dfp_flash_erase(struct dfp *p, enum dfp_area area,
                                uint32_t offset)
{
    const struct dfp_config *c = owner(p, area);

    return result(p, c->erase(c->context, area, offset), "erase", area, offset);
}
