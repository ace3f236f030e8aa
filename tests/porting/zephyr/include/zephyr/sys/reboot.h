// SPDX-License-Identifier: MIT
// Stub: Zephyr's sys_reboot.

#ifndef STUB_ZEPHYR_REBOOT_H
#define STUB_ZEPHYR_REBOOT_H

#define SYS_REBOOT_COLD 1

_Noreturn void sys_reboot(int type);

#endif
