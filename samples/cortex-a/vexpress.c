// SPDX-License-Identifier: MIT
// The Versatile Express with a Cortex-A9: UART 0, timer, system registers.
// Caches and MMU are off, as after reset.

#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define UART_DATA REGISTER(0x10009000u) // a PL011
#define UART_FLAGS REGISTER(0x10009018u)
#define UART_CONTROL REGISTER(0x10009030u)
#define UART_RX_EMPTY 0x10u
#define UART_TX_FULL 0x20u
#define UART_ENABLE 0x301u

#define SYS_24MHZ REGISTER(0x1000005Cu) // counts up
#define SYS_CFGDATA REGISTER(0x100000A0u)
#define SYS_CFGCTRL REGISTER(0x100000A4u)
#define CFG_SHUTDOWN 0xC0800000u

void board_init(void)
{
    UART_CONTROL = UART_ENABLE;
}

void board_put(char c)
{
    while ((UART_FLAGS & UART_TX_FULL) != 0) {
    }
    UART_DATA = (uint8_t)c;
}

int board_get(void)
{
    return (UART_FLAGS & UART_RX_EMPTY) == 0 ? (int)(UART_DATA & 0xFFu) : -1;
}

uint32_t board_ticks(void)
{
    return SYS_24MHZ;
}

_Noreturn void board_enter(uint32_t entry)
{
    __asm__ volatile("dsb\n\tisb\n\tbx %0" : : "r"(entry) : "memory");
    __builtin_unreachable();
}

_Noreturn void board_off(int status)
{
    if (status != 0) { // no exit status here: the console has to tell
        for (const char *c = "board: stopped after a fault\n"; *c != 0; c++) {
            board_put(*c);
        }
    }
    SYS_CFGDATA = 0;
    SYS_CFGCTRL = CFG_SHUTDOWN;
    for (;;) {
    }
}
