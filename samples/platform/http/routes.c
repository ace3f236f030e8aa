// SPDX-License-Identifier: MIT
// Every address that is answered.

#include "routes.h"

#include <stdio.h>
#include <string.h>

static const struct route routes[] = {
    {"GET", "/api/site/firmware_upgrade", 0, device_upgrade},
    {"POST", "/api/site/upgrade_result", 4096, device_result},
    {"GET", "/packages/:sha256", 0, device_package},
    {"GET", "/healthz", 0, health},
};

static bool is_path_of(const char *pattern, const char *path,
                       char parameter[CALL_PARAMETER_SIZE])
{
    parameter[0] = 0;
    while (*pattern != 0) {
        size_t size = strcspn(path, "/");

        if (*pattern != ':') {
            if (*pattern++ != *path++) {
                return false;
            }
            continue;
        }
        if (size == 0 || size >= CALL_PARAMETER_SIZE) {
            return false;
        }
        memcpy(parameter, path, size);
        parameter[size] = 0;
        path += size;
        pattern += strcspn(pattern, "/");
    }
    return *path == 0;
}

const struct route *route_find(const char *method, const char *path,
                               char parameter[CALL_PARAMETER_SIZE],
                               bool *is_path)
{
    // The library sends no body in answer to HEAD.
    const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;

    *is_path = false;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (is_path_of(routes[i].path, path, parameter)) {
            *is_path = true;
            if (strcmp(routes[i].method, wanted) == 0) {
                return &routes[i];
            }
        }
    }
    return NULL;
}
