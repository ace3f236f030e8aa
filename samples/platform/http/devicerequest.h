// SPDX-License-Identifier: MIT
// What a module says when it asks or reports: anybody can send it. What does not
// fit or is none is left empty.

#ifndef PLATFORM_DEVICEREQUEST_H
#define PLATFORM_DEVICEREQUEST_H

#include "call.h"
#include "outcome.h"

// Of the query and the Range header.
void device_request_read(struct device_request *r, const struct call *call);

// Of the body; false when it is no report.
bool device_report_read(struct outcome_report *report, const struct call *call);

#endif
