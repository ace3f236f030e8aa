// SPDX-License-Identifier: MIT
// Stub: the hook that MCUboot's main calls before boot_go.

#ifndef STUB_BOOT_HOOKS_H
#define STUB_BOOT_HOOKS_H

fih_ret boot_go_hook(struct boot_rsp *rsp);

#endif
