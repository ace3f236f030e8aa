// SPDX-License-Identifier: MIT
// Whether this module takes a package: everything after the seal and before
// the old image is looked at.

#ifndef DFOTA_POLICY_H
#define DFOTA_POLICY_H

#include "state.h"

// Checks p->s.part against the build, p->config and the work memory, which it
// divides: mode, codec, architecture, product, counter, memory, slots,
// journal.
enum dfp_status dfp_policy_check(struct dfp *p);

#endif
