// SPDX-License-Identifier: MIT
// What the module keeps over power cuts beside its flash: settings, identity,
// and how far an upgrade has come.

#ifndef MODULE_NVSTORE_H
#define MODULE_NVSTORE_H

#include <stdbool.h>
#include <stdint.h>

#define NV_TEXT_MAX 64u
#define NV_URL_MAX 256u
#define NV_ETAG_MAX 80u

#define NV_PERIOD_LEAST 60u
#define NV_PERIOD_DEFAULT 86400u

// What the host program sets by AT+UPGRADE.
struct nv_settings {
    char key[NV_TEXT_MAX + 1];
    char url[NV_URL_MAX + 1]; // of the platform, without a path
    uint64_t is_auto;
    uint64_t period; // seconds
};

// An upgrade from one power-on to the next. Never renumber.
enum nv_phase {
    NV_IDLE = 0,
    NV_DOWNLOAD = 1,  // the package file holds its beginning
    NV_APPLY = 2,     // it is whole: the boot loader's turn
    NV_TRIAL = 3,     // the new image runs, its self-test has not passed
    NV_ROLL_BACK = 4, // it failed: the other slot is to run again
    NV_REPORT = 5,    // the result is to be told to the platform
};

struct nv {
    struct nv_settings settings;

    // From the factory.
    char imei[NV_TEXT_MAX + 1];
    char name[NV_TEXT_MAX + 1]; // of the firmware
    // Of the image that the module goes back to, or has if there is no trial.
    char version[NV_TEXT_MAX + 1];

    // The upgrade.
    uint64_t phase;             // enum nv_phase
    char etag[NV_ETAG_MAX + 1]; // of the package, "" when it has none
    uint64_t package_size;
    uint64_t is_polled; // a poll began it, not AT+UPGRADE
    char to_version[NV_TEXT_MAX + 1];
    uint64_t old_tag; // simflash_boot_tag before
    uint64_t boots;   // of the trial
    // The result, for NV_REPORT.
    uint64_t is_success;
    char failed_phase[NV_TEXT_MAX + 1];
    char failed_error[NV_TEXT_MAX + 1];

    // Seconds since 1970.
    uint64_t next_poll;   // 0: not known
    uint64_t quiet_until; // no poll before that, the platform wants none

    // The package that was refused last.
    char refused_etag[NV_ETAG_MAX + 1];
    uint64_t refused_size; // 0: none
    uint64_t refused_times;
};

// What a module that was never set up holds.
void nv_default(struct nv *nv);

enum nv_status {
    NV_OK,
    NV_NONE, // no such file: nv is the default
    NV_BAD,  // it is damaged, or cannot be read or written; a text has a line
             // feed
};

enum nv_status nv_read(struct nv *nv, const char *path);

// All of it at once: after a cut the file is as before or as after.
enum nv_status nv_write(const struct nv *nv, const char *path);

#endif
