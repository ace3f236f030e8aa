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

// webfiles.c
void web_file(struct call *call);

// health.c, metricspage.c
void health(struct call *call);
void metrics_page(struct call *call);

// apipeople.c
void api_setup(struct call *call);
void api_login(struct call *call);
void api_logout(struct call *call);
void api_me(struct call *call);
void api_me_password(struct call *call);
void api_users(struct call *call);
void api_user_add(struct call *call);
void api_user_change(struct call *call);
void api_tokens(struct call *call);
void api_token_add(struct call *call);
void api_token_remove(struct call *call);
void api_audit(struct call *call);

// apiprojects.c
void api_projects(struct call *call);
void api_project_add(struct call *call);
void api_project(struct call *call);
void api_project_change(struct call *call);

// apiimages.c
void api_images(struct call *call);
void api_image_put(struct call *call);
void api_image_remove(struct call *call);

// apifirmware.c
void api_firmware_list(struct call *call);
void api_firmware_add(struct call *call);
void api_firmware(struct call *call);
void api_firmware_change(struct call *call);

// apitargets.c
void api_targets(struct call *call);
void api_targets_put(struct call *call);

// apipackages.c
void api_packages(struct call *call);
void api_package_put(struct call *call);
void api_packages_retry(struct call *call);

// apidevices.c
void api_devices(struct call *call);
void api_device_find(struct call *call);
void api_device(struct call *call);
void api_device_change(struct call *call);
void api_device_release(struct call *call);
void api_device_requests(struct call *call);
void api_device_upgrades(struct call *call);
void api_upgrades(struct call *call);

// apistatistics.c
void api_statistics(struct call *call);

#endif
