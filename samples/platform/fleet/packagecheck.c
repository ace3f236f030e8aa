// SPDX-License-Identifier: MIT
// Whether a package is one that modules of a project can take.

#include "packagecheck.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "version.h"

__attribute__((format(printf, 2, 3))) static bool
refuse(char reason[PACKAGE_REASON_SIZE], const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason, PACKAGE_REASON_SIZE, format, arguments);
    va_end(arguments);
    return false;
}

static bool check_signature(const struct package_demands *demands,
                            const void *package, size_t size,
                            char reason[PACKAGE_REASON_SIZE])
{
    struct delta_error error;
    struct delta_key key;

    if (demands->public_key == NULL) {
        return true;
    }
    if (delta_key_read(&key, demands->public_key, strlen(demands->public_key),
                       &error) != DELTA_OK) {
        return refuse(reason, "the project's public key: %s", error.text);
    }
    if (delta_verify(NULL, package, size, NULL, 0, NULL, 0, &key, 1, &error) !=
        DELTA_OK) {
        return refuse(reason, "%s", error.text);
    }
    return true;
}

bool package_check(const struct package_demands *demands, const void *package,
                   size_t size, struct delta_info *info,
                   char reason[PACKAGE_REASON_SIZE])
{
    struct delta_error error;

    if (delta_inspect(info, package, size, &error) != DELTA_OK) {
        return refuse(reason, "%s", error.text);
    }
    if (!check_signature(demands, package, size, reason)) {
        return false;
    }
    if (demands->product != NULL &&
        strcmp(info->product, demands->product) != 0) {
        return refuse(reason,
                      "it is for another product (found \"%s\", expected "
                      "\"%s\")",
                      info->product, demands->product);
    }
    if (size > demands->area_size) {
        return refuse(reason,
                      "it is larger than the area that modules have for it "
                      "(found %zu bytes, expected at most %llu)",
                      size, (unsigned long long)demands->area_size);
    }
    if (info->to_version[0] != 0 &&
        !version_is_same(info->to_version, demands->version)) {
        return refuse(reason,
                      "it leads to another version (found \"%s\", expected "
                      "\"%s\")",
                      info->to_version, demands->version);
    }
    return true;
}
