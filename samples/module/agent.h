// SPDX-License-Identifier: MIT
// The update agent: asks the platform, downloads, has the boot loader apply the
// package, tries the new image, reports. It never blocks but in the boot
// loader, where a module does nothing else either.

#ifndef MODULE_AGENT_H
#define MODULE_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "address.h"
#include "bootloader.h"
#include "httpget.h"
#include "nvstore.h"

#define AGENT_PATH_MAX 4096u
#define AGENT_REASON_MAX 127u

// Bytes that hold preamble, manifest and seal of any package.
#define AGENT_HEAD_MAX \
    (DFOTA_PREAMBLE_SIZE + DFOTA_MANIFEST_MAX + DFOTA_SEAL_ECDSA_SIZE)

// What +UPGRADE says of an upgrade that failed.
enum agent_error {
    AGENT_NO_ERROR = 0,
    AGENT_BAD_URL = -1000,
    AGENT_NETWORK = -1001,
    AGENT_NO_CONNECT = -1002,
    AGENT_BAD_FIRMWARE = -1003,
    AGENT_HTTP_ANSWER = -1004,
    AGENT_CANNOT_STORE = -1005,
    AGENT_OTHER = -1006,
};

// Codes of the platform.
enum agent_code {
    AGENT_CODE_FORBIDDEN = 40,
    AGENT_CODE_WAIT = 43,
};

// Why no more bytes of an answer are taken, if the package is not whole.
enum agent_stop {
    AGENT_CANNOT_KEEP,
    AGENT_REFUSES,        // `refusal` says why
    AGENT_REFUSED_BEFORE, // and that was told
    AGENT_HAS_ANOTHER,    // they do not go on with what is there
};

struct agent_refusal {
    enum agent_error error;
    const char *phase;
    bool is_hopeless; // the same package would be refused again
    char reason[AGENT_REASON_MAX + 1];
};

struct agent_config {
    const char *nv_path;
    const char *package_path;
    uint32_t area;              // bytes that a package may have
    bool streams;               // it is applied while it comes
    uint32_t wait;              // seconds after a 43
    bool poll_now;              // the first poll comes at once
    const char *selftest_fails; // version that does not work; NULL: all do
    uint32_t selftest_time;     // seconds
    struct http_link link;
    void (*say)(void *context, const char *text); // a line on all ports
    void *context;
};

enum agent_doing {
    AGENT_NOTHING,
    AGENT_ASKING,   // or downloading
    AGENT_PAUSING,  // asks again at `due`
    AGENT_TESTING,  // the new image has until `due`
    AGENT_TELLING,  // the report is on its way
    AGENT_RETELLING // reports again at `due`
};

struct agent {
    struct agent_config config;
    struct bootloader *boot;
    struct nv nv;                // as stored
    struct nv_settings settings; // as they hold; not all are stored
    struct http http;
    char address[ADDRESS_MAX];

    enum agent_doing doing;
    uint64_t due;
    uint32_t tries; // without progress
    uint64_t most;  // bytes of a package that there were at any time
    uint32_t percent;
    enum agent_stop stop;
    struct agent_refusal refusal; // of the package
    uint64_t random;

    // The package's beginning: in a file it was looked at; what is applied
    // while it comes waits here until it was.
    bool is_head_checked;
    uint8_t head[AGENT_HEAD_MAX];
    uint32_t head_size;

    bool is_uploading;   // the package file is the host's, not a download's
    uint32_t segments;   // of it so far
    uint64_t upload_due; // given up then, if no more came
    bool is_applying;    // what it uploaded, as soon as that was answered

    bool has_result;
    enum agent_error error;
    long http_status;
    uint32_t cause; // code of the platform

    bool is_stuck; // one slot, half new, and no package to go on with
};

// Power comes on. False: the store or the network cannot be used.
bool agent_open(struct agent *a, const struct agent_config *config,
                struct bootloader *boot);
void agent_close(struct agent *a);

// AT+UPGRADE. False: it is busy with an upgrade.
bool agent_start(struct agent *a);

// The host sends a package: forget what was downloaded. False: cannot be stored.
bool agent_begin_upload(struct agent *a);

// Its next segment was stored, or is waited for: polls are put off.
void agent_await_upload(struct agent *a);

// Store the settings that hold, but only that one: see AT+UPGRADE's <save>.
bool agent_store(struct agent *a);

// PERIOD or AUTO has changed.
void agent_plan_poll(struct agent *a);

// The version that runs.
const char *agent_version(const struct agent *a);

// Is a download going on, or about to?
bool agent_is_loading(const struct agent *a);

// Wait until something happens here or on those descriptors, and deal with what
// happens here. False: power is off (bootloader's flash), or it is stuck.
bool agent_wait(struct agent *a, struct curl_waitfd *also, unsigned count);

// --- Of its own files ------------------------------------------------------

// Power-on: what the stored phase asks of the boot loader and the new image.
void agent_boot(struct agent *a);

// Its self-test's time is over.
void agent_end_test(struct agent *a);

// Power-on found a download: go on, if who began it still wants that.
void agent_go_on(struct agent *a);

// Tell the platform of the result in nv; take its answer.
void agent_report(struct agent *a);
void agent_take_report(struct agent *a);

// Ask for the package; take the end of the answer.
void agent_ask(struct agent *a);
void agent_take_answer(struct agent *a);

// The package is whole, as far as its size goes.
void agent_apply(struct agent *a);

// The package is no good, for the reason in `refusal`. The report is to follow.
void agent_refuse(struct agent *a);

// The package: get ready to add to it; its bytes so far; have none; forget it;
// add bytes. False: that does not work, or must not be: see `stop`.
bool agent_open_package(struct agent *a);
uint64_t agent_have(const struct agent *a);
bool agent_begin_package(struct agent *a, uint64_t size, const char *etag);
void agent_drop_package(struct agent *a);
bool agent_add_package(struct agent *a, const void *data, size_t size);

// The one in the file: would the boot loader take it? Sets to_version.
bool agent_check_package(struct agent *a);

// The boot loader's turn, as bootloader_update.
enum dfp_status agent_patch(struct agent *a);

// Have `due` come after a pause that grows with the number of tries.
void agent_pause(struct agent *a, enum agent_doing doing);

// An upgrade has failed: the result, and a line. No report.
void agent_fail(struct agent *a, enum agent_error error, uint32_t cause);

// Remember why an upgrade failed, for the report, and what comes next.
void agent_remember_failure(struct agent *a, enum nv_phase next,
                            const char *phase, const char *error);

// Write nv, if there is power; a module that cannot has no use going on.
void agent_keep(struct agent *a);

#endif
