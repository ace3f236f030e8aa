// SPDX-License-Identifier: MIT
// Every address that is answered.

#include "routes.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 65536u
#define LIST_MAX (16u << 20) // of identities
#define IMAGE_MAX (64u << 20)
#define NOTHING BODY_NONE, 0
#define TEXT BODY_TEXT, TEXT_MAX

static const struct route routes[] = {
    {"GET", "/api/site/firmware_upgrade", ROLE_NONE, NOTHING, device_upgrade},
    {"POST", "/api/site/upgrade_result", ROLE_NONE, BODY_TEXT, 4096,
     device_result},
    {"GET", "/packages/:sha256", ROLE_NONE, NOTHING, device_package},
    {"GET", "/", ROLE_NONE, NOTHING, web_file},
    {"GET", "/app.css", ROLE_NONE, NOTHING, web_file},
    {"GET", "/app.js", ROLE_NONE, NOTHING, web_file},
    {"GET", "/texts.js", ROLE_NONE, NOTHING, web_file},
    {"GET", "/healthz", ROLE_NONE, NOTHING, health},
    {"GET", "/metrics", ROLE_NONE, NOTHING, metrics_page},

    {"POST", "/api/v1/setup", ROLE_NONE, TEXT, api_setup},
    {"POST", "/api/v1/login", ROLE_NONE, TEXT, api_login},
    {"POST", "/api/v1/logout", ROLE_VIEWER, TEXT, api_logout},
    {"GET", "/api/v1/me", ROLE_VIEWER, NOTHING, api_me},
    {"POST", "/api/v1/me/password", ROLE_VIEWER, TEXT, api_me_password},
    {"GET", "/api/v1/users", ROLE_ADMIN, NOTHING, api_users},
    {"POST", "/api/v1/users", ROLE_ADMIN, TEXT, api_user_add},
    {"PATCH", "/api/v1/users/:id", ROLE_ADMIN, TEXT, api_user_change},
    {"GET", "/api/v1/tokens", ROLE_ADMIN, NOTHING, api_tokens},
    {"POST", "/api/v1/tokens", ROLE_ADMIN, TEXT, api_token_add},
    {"DELETE", "/api/v1/tokens/:id", ROLE_ADMIN, NOTHING, api_token_remove},
    {"GET", "/api/v1/audit", ROLE_ADMIN, NOTHING, api_audit},

    {"GET", "/api/v1/projects", ROLE_VIEWER, NOTHING, api_projects},
    {"POST", "/api/v1/projects", ROLE_ADMIN, TEXT, api_project_add},
    {"GET", "/api/v1/projects/:id", ROLE_VIEWER, NOTHING, api_project},
    {"PATCH", "/api/v1/projects/:id", ROLE_ADMIN, TEXT, api_project_change},
    {"GET", "/api/v1/projects/:id/images", ROLE_VIEWER, NOTHING, api_images},
    {"PUT", "/api/v1/projects/:id/images", ROLE_OPERATOR, BODY_FILE, IMAGE_MAX,
     api_image_put},
    {"DELETE", "/api/v1/projects/:id/images", ROLE_OPERATOR, NOTHING,
     api_image_remove},

    {"GET", "/api/v1/projects/:id/firmware", ROLE_VIEWER, NOTHING,
     api_firmware_list},
    {"POST", "/api/v1/projects/:id/firmware", ROLE_OPERATOR, TEXT,
     api_firmware_add},
    {"GET", "/api/v1/firmware/:id", ROLE_VIEWER, NOTHING, api_firmware},
    {"PATCH", "/api/v1/firmware/:id", ROLE_OPERATOR, TEXT, api_firmware_change},
    {"GET", "/api/v1/firmware/:id/targets", ROLE_VIEWER, NOTHING, api_targets},
    {"PUT", "/api/v1/firmware/:id/targets", ROLE_OPERATOR, BODY_TEXT, LIST_MAX,
     api_targets_put},
    {"GET", "/api/v1/firmware/:id/packages", ROLE_VIEWER, NOTHING,
     api_packages},
    {"PUT", "/api/v1/firmware/:id/packages", ROLE_OPERATOR, BODY_FILE,
     IMAGE_MAX, api_package_put},
    {"POST", "/api/v1/firmware/:id/packages/retry", ROLE_OPERATOR, TEXT,
     api_packages_retry},

    {"GET", "/api/v1/projects/:id/devices", ROLE_VIEWER, NOTHING, api_devices},
    {"GET", "/api/v1/devices", ROLE_VIEWER, NOTHING, api_device_find},
    {"GET", "/api/v1/devices/:id", ROLE_VIEWER, NOTHING, api_device},
    {"PATCH", "/api/v1/devices/:id", ROLE_OPERATOR, TEXT, api_device_change},
    {"POST", "/api/v1/devices/:id/release", ROLE_OPERATOR, TEXT,
     api_device_release},
    {"GET", "/api/v1/devices/:id/requests", ROLE_VIEWER, NOTHING,
     api_device_requests},
    {"GET", "/api/v1/devices/:id/upgrades", ROLE_VIEWER, NOTHING,
     api_device_upgrades},
    {"GET", "/api/v1/projects/:id/upgrades", ROLE_VIEWER, NOTHING,
     api_upgrades},
    {"GET", "/api/v1/projects/:id/statistics", ROLE_VIEWER, NOTHING,
     api_statistics},
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
    bool is_head = strcmp(method, "HEAD") == 0;

    *is_path = false;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        if (is_path_of(routes[i].path, path, parameter)) {
            *is_path = true;
            // The library sends no body in answer to HEAD. Nothing is begun by
            // it.
            const char *wanted =
                is_head && routes[i].handle != device_upgrade ? "GET" : method;

            if (strcmp(routes[i].method, wanted) == 0) {
                return &routes[i];
            }
        }
    }
    return NULL;
}
