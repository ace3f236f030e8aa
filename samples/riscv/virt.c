// SPDX-License-Identifier: MIT
// QEMU's virt machine with one RV32 hart: a 16550 UART and the test device.

#include "board.h"

#define UART ((volatile uint8_t *)0x10000000u)
#define UART_DATA 0
#define UART_LINE_STATUS 5
#define UART_RX_READY 0x01
#define UART_TX_EMPTY 0x20

#define TEST_DEVICE (*(volatile uint32_t *)0x00100000u)
#define TEST_PASS 0x5555u
#define TEST_FAIL 0x3333u // the status stands above

void board_init(void)
{
}

void board_put(char c)
{
    while ((UART[UART_LINE_STATUS] & UART_TX_EMPTY) == 0) {
    }
    UART[UART_DATA] = (uint8_t)c;
}

int board_get(void)
{
    return (UART[UART_LINE_STATUS] & UART_RX_READY) != 0 ? (int)UART[UART_DATA]
                                                         : -1;
}

uint32_t board_ticks(void)
{
    uint32_t count;

    __asm__ volatile(".option push\n\t.option arch, +zicsr\n\t"
                     "csrr %0, minstret\n\t.option pop"
                     : "=r"(count));
    return count;
}

_Noreturn void board_enter(uint32_t entry)
{
    __asm__ volatile(".option push\n\t.option arch, +zifencei\n\t"
                     "fence.i\n\t.option pop\n\tjr %0"
                     :
                     : "r"(entry)
                     : "memory");
    __builtin_unreachable();
}

_Noreturn void board_off(int status)
{
    for (;;) {
        TEST_DEVICE =
            status == 0 ? TEST_PASS : TEST_FAIL | (uint32_t)status << 16;
    }
}
