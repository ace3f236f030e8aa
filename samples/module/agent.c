// SPDX-License-Identifier: MIT
// The update agent: when it does what.

#include "agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modclock.h"

#define PAUSE_MAX 60u          // seconds
#define FORBIDDEN_PAUSE 86400u // seconds, after a 40
#define IDLE_WAIT 60000        // milliseconds

// --- What all of it shares -------------------------------------------------

void agent_keep(struct agent *a)
{
    if (a->boot->flash->off) {
        return;
    }
    if (nv_write(&a->nv, a->config.nv_path) != NV_OK) {
        fprintf(stderr, "dfota-module: %s: cannot be written\n",
                a->config.nv_path);
        exit(EXIT_FAILURE);
    }
}

bool agent_store(struct agent *a)
{
    return nv_write(&a->nv, a->config.nv_path) == NV_OK;
}

void agent_pause(struct agent *a, enum agent_doing doing)
{
    uint32_t seconds = a->tries < 6 ? 1u << a->tries : PAUSE_MAX;

    if (seconds < a->http.result.retry_after) {
        seconds = a->http.result.retry_after;
    }
    a->doing = doing;
    a->due = mod_clock() + (uint64_t)seconds * 1000;
    a->tries++;
}

void agent_remember_failure(struct agent *a, enum nv_phase next,
                            const char *phase, const char *error)
{
    a->nv.phase = next;
    a->nv.is_success = 0;
    snprintf(a->nv.failed_phase, sizeof(a->nv.failed_phase), "%s", phase);
    snprintf(a->nv.failed_error, sizeof(a->nv.failed_error), "%.*s",
             (int)NV_TEXT_MAX, error);
    agent_keep(a);
}

static void plan_poll_at(struct agent *a, uint64_t when)
{
    a->nv.next_poll = when > a->nv.quiet_until ? when : a->nv.quiet_until;
    agent_keep(a);
}

void agent_fail(struct agent *a, enum agent_error error, uint32_t cause)
{
    char text[40];

    a->doing = AGENT_NOTHING;
    a->has_result = true;
    a->error = error;
    a->cause = cause;
    if (cause == AGENT_CODE_FORBIDDEN) { // asking on does not help
        a->nv.quiet_until = mod_clock() / 1000 + FORBIDDEN_PAUSE;
        plan_poll_at(a, a->nv.next_poll);
    }
    snprintf(text, sizeof(text), "+UPGRADEIND: %d", (int)error);
    a->config.say(a->config.context, text);
}

// --- Polls -----------------------------------------------------------------

// A tenth earlier or later, so that modules do not all come at once.
void agent_plan_poll(struct agent *a)
{
    uint64_t period = a->settings.period;
    uint64_t spread = period / 5;

    plan_poll_at(a, mod_clock() / 1000 + period - spread / 2 +
                        (spread > 0 ? sim_random(&a->random) % spread : 0));
}

// A new module's first poll comes at any time of its first period. A clock that
// was set back must not put it off for longer than a day that is forbidden.
static void plan_first_poll(struct agent *a)
{
    uint64_t now = mod_clock() / 1000;
    uint64_t most = a->settings.period * 2 + FORBIDDEN_PAUSE;

    if (a->nv.quiet_until > now + FORBIDDEN_PAUSE) {
        a->nv.quiet_until = 0;
    }
    if (a->config.poll_now) {
        a->nv.next_poll = now;
    } else if (a->nv.next_poll == 0) {
        a->nv.next_poll = now + sim_random(&a->random) % a->settings.period;
    } else if (a->nv.next_poll > now + most) {
        a->nv.next_poll = now + a->settings.period;
    }
    agent_keep(a);
}

static void start(struct agent *a)
{
    agent_plan_poll(a);
    a->has_result = false;
    a->http_status = 0;
    a->tries = 0;
    a->most = 0;
    a->percent = 0;
    agent_ask(a);
}

bool agent_start(struct agent *a)
{
    if (a->doing != AGENT_NOTHING || a->is_applying) {
        return false;
    }
    a->nv.is_polled = 0;
    start(a);
    return true;
}

static void start_poll(struct agent *a)
{
    a->nv.is_polled = 1;
    start(a);
}

// A poll's upgrade that nobody wants any more.
static bool is_unwanted(const struct agent *a)
{
    return a->nv.is_polled != 0 && a->settings.is_auto == 0;
}

void agent_go_on(struct agent *a)
{
    if (!is_unwanted(a)) {
        start(a);
    }
}

// What is there stays, for AT+UPGRADE.
static void stop_unwanted(struct agent *a)
{
    if (agent_is_loading(a) && is_unwanted(a)) {
        http_stop(&a->http);
        a->doing = AGENT_NOTHING;
        a->nv.phase = NV_IDLE;
        agent_keep(a);
    }
}

// When a poll is due. It waits for an upload that goes on.
static uint64_t poll_due(const struct agent *a)
{
    uint64_t due = a->nv.next_poll * 1000;

    if (a->doing != AGENT_NOTHING || a->settings.is_auto == 0 ||
        a->settings.url[0] == 0) {
        return UINT64_MAX;
    }
    return a->is_uploading && a->upload_due > due ? a->upload_due : due;
}

// --- From outside ----------------------------------------------------------

const char *agent_version(const struct agent *a)
{
    return a->nv.phase == NV_TRIAL ? a->nv.to_version : a->nv.version;
}

bool agent_is_loading(const struct agent *a)
{
    return a->doing == AGENT_ASKING || a->doing == AGENT_PAUSING;
}

bool agent_open(struct agent *a, const struct agent_config *config,
                struct bootloader *boot)
{
    memset(a, 0, sizeof(*a));
    a->config = *config;
    a->boot = boot;
    a->random = mod_clock() ^ (uint64_t)getpid() << 32;
    if (nv_read(&a->nv, config->nv_path) != NV_OK ||
        !http_open(&a->http, &config->link)) {
        return false;
    }
    a->settings = a->nv.settings;
    plan_first_poll(a);
    agent_boot(a);
    return true;
}

void agent_close(struct agent *a)
{
    http_close(&a->http);
}

static void on_due(struct agent *a)
{
    switch (a->doing) {
    case AGENT_PAUSING: agent_ask(a); break;
    case AGENT_TESTING: agent_end_test(a); break;
    case AGENT_RETELLING: agent_report(a); break;
    default: break;
    }
}

static bool has_due(const struct agent *a)
{
    return a->doing == AGENT_PAUSING || a->doing == AGENT_TESTING ||
           a->doing == AGENT_RETELLING;
}

static bool has_power(const struct agent *a)
{
    return !a->boot->flash->off && !a->is_stuck;
}

bool agent_wait(struct agent *a, struct curl_waitfd *also, unsigned count)
{
    uint64_t due;

    if (a->is_applying) {
        a->is_applying = false;
        agent_apply(a);
        return has_power(a);
    }
    stop_unwanted(a);
    due = has_due(a) ? a->due : poll_due(a);
    if (http_wait(&a->http, also, count, mod_clock_until(due, IDLE_WAIT))) {
        if (a->doing == AGENT_TELLING) {
            agent_take_report(a);
        } else {
            agent_take_answer(a);
        }
    } else if (mod_clock() >= due) {
        if (has_due(a)) {
            on_due(a);
        } else {
            start_poll(a);
        }
    }
    return has_power(a);
}
