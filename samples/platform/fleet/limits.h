// SPDX-License-Identifier: MIT
// Modules that ask again and again from one version are in a loop: an upgrade
// that never takes, or a program that never stops asking. They are forbidden
// until somebody releases them.

#ifndef PLATFORM_LIMITS_H
#define PLATFORM_LIMITS_H

#include "device.h"

// Whether this request is the one too many; sets device->is_forbidden. The
// request is not noted yet.
enum db_status limits_check(struct db_conn *c, struct device *device,
                            const struct device_request *request);

// Let it ask again; its requests until now no longer count. Within a transaction.
enum db_status limits_release(struct db_conn *c, int64_t device_id);

#endif
