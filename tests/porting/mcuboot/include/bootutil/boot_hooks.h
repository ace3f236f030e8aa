// SPDX-License-Identifier: MIT
// Stub: the hook that MCUboot's main calls before boot_go.

#ifndef STUB_BOOT_HOOKS_H
#define STUB_BOOT_HOOKS_H

#include "bootutil/bootutil.h"
#include "bootutil/fault_injection_hardening.h"

fih_ret boot_go_hook(struct boot_rsp *rsp);

#endif
