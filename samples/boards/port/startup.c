// SPDX-License-Identifier: MIT
// From the first instruction in C to main, for loader and firmware.

#include <stdint.h>

#include "board.h"

extern uint32_t data_start[], data_end[], data_load[]; // image.ld
extern uint32_t bss_start[], bss_end[];

int main(void);
_Noreturn void startup(void);

_Noreturn void startup(void)
{
    const uint32_t *from = data_load;

    for (uint32_t *to = data_start; to < data_end; to++) {
        *to = *from++;
    }
    for (uint32_t *to = bss_start; to < bss_end; to++) {
        *to = 0;
    }
    board_init();
    board_off(main());
}
