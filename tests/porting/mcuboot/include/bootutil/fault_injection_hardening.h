// SPDX-License-Identifier: MIT
// Stub: what the hook uses of MCUboot's hardened results.

#ifndef STUB_FAULT_INJECTION_HARDENING_H
#define STUB_FAULT_INJECTION_HARDENING_H

typedef int fih_ret;

extern fih_ret FIH_BOOT_HOOK_REGULAR;

#define FIH_RET(result) return result

#endif
