// SPDX-License-Identifier: MIT
// The MPS2 boards: UART 0 and timer 0 of ARM's CMSDK, the rest by semihosting.

#include "board.h"

#include "semihost.h"

struct uart {
    volatile uint32_t data, state, ctrl, interrupt, divider;
};
#define UART ((struct uart *)0x40004000u)
#define UART_TX_FULL 1u
#define UART_RX_FULL 2u
#define UART_ENABLE 3u // both ways

struct timer {
    volatile uint32_t ctrl, value, reload, interrupt;
};
#define TIMER ((struct timer *)0x40000000u)

void board_init(void)
{
    UART->divider = 16;
    UART->ctrl = UART_ENABLE;
    TIMER->reload = 0xFFFFFFFFu;
    TIMER->value = 0xFFFFFFFFu;
    TIMER->ctrl = 1;
}

void board_put(char c)
{
    while ((UART->state & UART_TX_FULL) != 0) {
    }
    UART->data = (uint8_t)c;
}

int board_get(void)
{
    return (UART->state & UART_RX_FULL) != 0 ? (int)(UART->data & 0xFFu) : -1;
}

uint32_t board_ticks(void)
{
    return 0u - TIMER->value; // it counts down, at 25 MHz
}

_Noreturn void board_enter(uint32_t entry)
{
    __asm__ volatile("dsb\n\tisb\n\tbx %0" : : "r"(entry) : "memory");
    __builtin_unreachable();
}

_Noreturn void board_off(int status)
{
    semihost_exit(status);
}
