// SPDX-License-Identifier: MIT
// Every address that is answered.

#ifndef PLATFORM_ROUTES_H
#define PLATFORM_ROUTES_H

#include "call.h"

// Of a method and path; NULL, and whether the path has other methods.
const struct route *route_find(const char *method, const char *path,
                               char parameter[CALL_PARAMETER_SIZE],
                               bool *is_path);

// deviceapi.c
void device_upgrade(struct call *call);
void device_result(struct call *call);
void device_package(struct call *call);

// health.c
void health(struct call *call);

#endif
