// SPDX-License-Identifier: MIT
// From a package that is whole to a new image that has proved itself, or back.
//
//   phase      found at power-on         done
//   APPLY      old slot runs             boot loader goes on with the package
//   APPLY      new slot runs             TRIAL
//   TRIAL      new slot runs             self-test, for the n-th time
//   ROLL_BACK  new slot runs             the other slot is chosen
//   ROLL_BACK  old slot runs             REPORT
//   REPORT                               the platform is told

#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "modclock.h"
#include "packagefile.h"

// Power-ons that a new image has for its self-test. One that does not get that
// far, for whatever reason, is not kept.
#define TRIAL_BOOTS 3u

static bool new_slot_runs(const struct agent *a)
{
    return simflash_boot_tag(a->boot->flash) != (uint32_t)a->nv.old_tag;
}

static long read_piece(void *context, uint32_t at, uint8_t *data, size_t size)
{
    FILE *file = context;

    if (fseek(file, (long)at, SEEK_SET) != 0) {
        return -1;
    }
    size = fread(data, 1, size, file);
    return size == 0 && ferror(file) ? -1 : (long)size;
}

static void refuse_package(struct agent *a, const char *reason)
{
    (void)bootloader_discard(a->boot);
    package_file_drop(a->config.package_path);
    agent_remember_failure(a, NV_REPORT, "patch", reason);
    agent_fail(a, AGENT_BAD_FIRMWARE, 0);
}

// The boot loader's turn. False: power went.
static bool apply(struct agent *a)
{
    FILE *file = fopen(a->config.package_path, "rb");
    enum dfp_status status;

    if (file == NULL) {
        refuse_package(a, "package: is gone");
        return true;
    }
    a->boot->source = read_piece;
    a->boot->source_context = file;
    status = bootloader_update(a->boot);
    fclose(file);
    if (a->boot->flash->off) {
        return false;
    }
    if (status != DFP_DONE) {
        refuse_package(a, status < 0 ? dfp_strerror(status)
                                     : "package: ended early");
    }
    return true;
}

static void begin_trial(struct agent *a)
{
    a->nv.phase = NV_TRIAL;
    a->nv.boots = 0;
    agent_keep(a);
}

// The journal first: it says "complete" of the image that is given up. A cut
// in between finds the new slot still running, and does both again.
static void roll_back(struct agent *a)
{
    if (new_slot_runs(a)) {
        (void)bootloader_discard(a->boot);
        simflash_swap(a->boot->flash, (uint32_t)a->nv.old_tag);
    }
    package_file_drop(a->config.package_path);
    a->nv.phase = NV_REPORT;
    agent_keep(a);
    agent_fail(a, AGENT_OTHER, 0);
}

// Counted before anything of it can go wrong. False: it had its chances.
static bool count_boot(struct agent *a)
{
    if (a->nv.boots >= TRIAL_BOOTS) {
        return false;
    }
    a->nv.boots++;
    agent_keep(a);
    return true;
}

void agent_end_test(struct agent *a)
{
    const char *bad = a->config.selftest_fails;
    char text[NV_TEXT_MAX + 20];

    if (bad != NULL && strcmp(bad, a->nv.to_version) == 0) {
        agent_remember_failure(a, NV_ROLL_BACK, "selftest", "self-test failed");
        agent_boot(a);
        return;
    }
    snprintf(a->nv.version, sizeof(a->nv.version), "%s", a->nv.to_version);
    a->nv.phase = NV_REPORT;
    a->nv.is_success = 1;
    agent_keep(a);
    package_file_drop(a->config.package_path);
    a->has_result = true;
    a->error = AGENT_NO_ERROR;
    snprintf(text, sizeof(text), "+UPGRADEVER: %s", a->nv.version);
    a->config.say(a->config.context, text);
    agent_report(a);
}

void agent_boot(struct agent *a)
{
    a->doing = AGENT_NOTHING;
    if (a->nv.phase == NV_APPLY) {
        if (!new_slot_runs(a) && !apply(a)) {
            return;
        }
        if (new_slot_runs(a)) {
            begin_trial(a);
        }
    }
    if (a->nv.phase == NV_TRIAL && !count_boot(a)) {
        agent_remember_failure(a, NV_ROLL_BACK, "selftest",
                               "the new image never came up");
    }
    if (a->nv.phase == NV_ROLL_BACK) {
        roll_back(a);
    }
    a->config.say(a->config.context, "RDY");
    if (a->nv.phase == NV_TRIAL) {
        a->doing = AGENT_TESTING;
        a->due = mod_clock() + a->config.selftest_time * (uint64_t)1000;
    } else if (a->nv.phase == NV_REPORT) {
        agent_report(a);
    } else if (a->nv.phase == NV_DOWNLOAD) {
        agent_start(a);
    }
}
