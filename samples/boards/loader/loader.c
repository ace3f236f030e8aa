// SPDX-License-Identifier: MIT
// A boot loader: takes the package in staging, if there is one, then copies
// the image of the chosen slot to RAM and runs it. Both slots therefore hold
// images linked for the same address.

#include <stdint.h>

#include "areas.h"
#include "board.h"
#include "bootflag.h"
#include "flash_layout.h"
#include "imagehead.h"
#include "nor.h"
#include "print.h"
#include "staged.h"

static int fail(const char *reason, int result)
{
    print_text("loader: ");
    print_text(reason);
    print_text(", flash ");
    print_number((uint32_t)-result);
    print_text("\n");
    return 1;
}

static int run_image(uint32_t slot)
{
    struct imagehead head;
    uint32_t at = areas_slot(slot);
    int result = nor_read(at, &head, sizeof(head));

    if (result == 0 &&
        (head.magic != IMAGEHEAD_MAGIC || head.size > FLASH_SLOT_SIZE)) {
        return fail("no image in the slot", 0);
    }
    if (result == 0) {
        result = nor_read(at, (void *)(uintptr_t)head.load, head.size);
    }
    if (result != 0) {
        return fail("slot cannot be read", result);
    }
    board_enter(head.entry);
}

int main(void)
{
    struct bootflag flag;
    int result = nor_open();

    if (result == 0) {
        result = bootflag_read(&flag);
    }
    if (result != 0) {
        return fail("no flash", result);
    }
    print_text("\nloader: slot ");
    print_number(flag.slot);
    print_text("\n");
    if (!staged_update(&flag)) {
        return fail("the update in place must go on first", 0);
    }
    print_text("loader: runs slot ");
    print_number(flag.slot);
    print_text("\n");
    return run_image(flag.slot);
}
