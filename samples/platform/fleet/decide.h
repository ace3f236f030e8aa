// SPDX-License-Identifier: MIT
// What a module gets that asks for an upgrade.
//
// Each request is one transaction: the device is entered or found, what it
// reports settles its running upgrade, the request is counted, and the answer
// is noted before it is given. Instances that share a database decide as one.

#ifndef PLATFORM_DECIDE_H
#define PLATFORM_DECIDE_H

#include "db.h"
#include "version.h"

#define KEY_SIZE 33u
#define IDENTITY_SIZE 64u
#define FIRMWARE_NAME_SIZE 128u
#define ADDRESS_SIZE 64u
#define SHA256_SIZE 65u
#define URL_SIZE 512u

// As fielded modules know them; 0 is a package.
enum device_code {
    CODE_PACKAGE = 0,
    CODE_BAD_DEVICE = 3,        // no identity, or not one
    CODE_NO_RIGHT = 17,         // the device is of another project
    CODE_WRONG_GENERATION = 21, // the core may not jump to another generation
    CODE_BAD_PROJECT = 25,      // no project has this key
    CODE_BAD_FIRMWARE = 26,     // no firmware of this name, or not a version
    CODE_NEWEST = 27,           // nothing for this device now
    CODE_FORBIDDEN = 40,        // asked too often from one version
    CODE_WAIT = 43,             // the package is being made
    CODE_BASE_MISSING = 44,     // no package from this version can be made
};

struct device_request {
    char project_key[KEY_SIZE];
    char identity[IDENTITY_SIZE]; // empty: none was sent
    const char *identity_kind;    // "imei", "mac" or "uid"
    char firmware_name[FIRMWARE_NAME_SIZE];
    char version[VERSION_SIZE];
    char core_version[VERSION_SIZE]; // empty: none
    char address[ADDRESS_SIZE];
    int64_t range_from;         // of the Range header; 0 without
    char if_range[SHA256_SIZE]; // of the package that it has a part of; "-":
                                // none of ours, "?": whoever sends the package
                                // will compare it; empty: not said
    bool is_unseen;  // whoever sends packages does not tell if they arrive
    bool takes_copy; // of the package elsewhere, if there is one: likewise
    int64_t now;
};

struct device_answer {
    enum device_code code;
    char sha256[SHA256_SIZE]; // of the package
    int64_t size;
    char url[URL_SIZE]; // of a copy elsewhere; may be empty
    int64_t upgrade_id;
    int64_t asked; // the number of this request within the upgrade
};

// Decide on a request. When this is not DB_OK, nothing was noted.
enum db_status decide(struct db_conn *c, const struct device_request *request,
                      struct device_answer *answer);

#endif
