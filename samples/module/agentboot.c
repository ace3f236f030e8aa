// SPDX-License-Identifier: MIT
// From a package that is whole to a new image that has proved itself, or back.
//
//   phase      found at power-on         done
//   APPLY      old image runs            boot loader goes on with the package
//   APPLY      new image runs            TRIAL
//   TRIAL      new image runs            self-test, for the n-th time
//   ROLL_BACK  new image runs            the other slot is chosen
//   ROLL_BACK  old image runs            REPORT
//   REPORT                               the platform is told
//
// With one slot there is no image to go back to: one that fails is reported,
// and stays, for the next upgrade to mend.

#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "modclock.h"
#include "packagefile.h"

// Power-ons that a new image has for its self-test. One that does not get that
// far, for whatever reason, is not kept.
#define TRIAL_BOOTS 3u

static bool has_one_slot(const struct agent *a)
{
    return simflash_geometry(a->boot->flash)->one_slot;
}

static bool new_image_runs(const struct agent *a)
{
    return simflash_boot_tag(a->boot->flash) != (uint32_t)a->nv.old_tag;
}

// Half new, an image in one slot is nothing that could run.
static bool is_begun(struct agent *a)
{
    return has_one_slot(a) && bootloader_status(a->boot) == DFP_OK &&
           a->boot->resumed.package_id != 0;
}

// The boot loader's turn. False: power went, or it cannot go on.
static bool apply(struct agent *a)
{
    enum dfp_status status = agent_patch(a);

    if (status == DFP_DONE) {
        return true;
    }
    a->is_stuck = !a->boot->flash->off && is_begun(a);
    if (a->boot->flash->off || a->is_stuck) {
        return false;
    }
    (void)bootloader_discard(a->boot);
    agent_refuse(a);
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
    if (has_one_slot(a)) {
        snprintf(a->nv.version, sizeof(a->nv.version), "%s", a->nv.to_version);
    } else if (new_image_runs(a)) {
        (void)bootloader_discard(a->boot);
        simflash_swap(a->boot->flash, (uint32_t)a->nv.old_tag);
    }
    agent_drop_package(a);
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
        if (!new_image_runs(a) && !apply(a)) {
            return;
        }
        if (new_image_runs(a)) {
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
        agent_go_on(a);
    }
}
