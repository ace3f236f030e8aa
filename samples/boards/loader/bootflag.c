// SPDX-License-Identifier: MIT
// The boot flag: records are appended in one block until it is full, then in
// the other one. The valid record of the highest sequence counts. A torn record
// is not valid, and its cell is not used again before an erase.

#include "bootflag.h"

#include <stdbool.h>
#include <string.h>

#include "flash_layout.h"
#include "nor.h"

#define BLOCKS 2u
#define CELLS (FLASH_BLOCK / sizeof(struct record))

struct record {
    struct bootflag flag;
    uint32_t check;
};

static uint32_t address(uint32_t block, uint32_t cell)
{
    return FLASH_FLAG + block * FLASH_BLOCK +
           cell * (uint32_t)sizeof(struct record);
}

// FNV-1a.
static uint32_t check_of(const struct bootflag *flag)
{
    const uint8_t *bytes = (const uint8_t *)flag;
    uint32_t check = 0x811C9DC5u;

    for (uint32_t i = 0; i < sizeof(*flag); i++) {
        check = (check ^ bytes[i]) * 0x01000193u;
    }
    return check;
}

static bool is_erased(const struct record *r)
{
    static const uint8_t erased[] = {
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    };

    _Static_assert(sizeof(erased) == sizeof(*r), "a record is 16 bytes");
    return memcmp(r, erased, sizeof(erased)) == 0;
}

// What a block holds: its best record, and where the next one may go.
struct search {
    struct bootflag best; // sequence 0: none
    uint32_t block;       // of the best
    uint32_t free[BLOCKS];
};

static int search_flag(struct search *s)
{
    memset(s, 0, sizeof(*s));
    for (uint32_t block = 0; block < BLOCKS; block++) {
        for (uint32_t cell = 0; cell < CELLS; cell++) {
            struct record r;
            int result = nor_read(address(block, cell), &r, sizeof(r));

            if (result != 0) {
                return result;
            }
            if (is_erased(&r)) {
                continue;
            }
            s->free[block] = cell + 1;
            if (r.check == check_of(&r.flag) && r.flag.slot < 2 &&
                r.flag.sequence > s->best.sequence) {
                s->best = r.flag;
                s->block = block;
            }
        }
    }
    return 0;
}

int bootflag_read(struct bootflag *flag)
{
    struct search s;
    int result = search_flag(&s);

    *flag = s.best;
    return result;
}

int bootflag_write(uint32_t slot, uint32_t tag)
{
    struct search s;
    struct record r;
    int result = search_flag(&s);

    if (result == 0 && s.free[s.block] == CELLS) {
        s.block ^= 1u;
        s.free[s.block] = 0;
        result = nor_erase(address(s.block, 0));
    }
    r.flag = (struct bootflag){s.best.sequence + 1, slot, tag};
    r.check = check_of(&r.flag);
    if (result == 0) {
        result = nor_program(address(s.block, s.free[s.block]), &r, sizeof(r));
    }
    return result;
}
