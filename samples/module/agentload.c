// SPDX-License-Identifier: MIT
// Asking for a package, and downloading it, from where an earlier download was
// broken off: by the network, or by a power cut.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "modclock.h"
#include "packagefile.h"

#define TRIES_MAX 30u
#define UPLOAD_SILENCE 600000u // milliseconds
#define REFUSALS_MAX 2u        // of a package, damage included

static void say_percent(struct agent *a)
{
    uint64_t size = agent_have(a);
    uint32_t percent =
        (uint32_t)(size * 100 / (a->nv.package_size | 1) / 10 * 10);
    char text[40];

    if (size == a->nv.package_size) {
        percent = 100;
    }
    if (percent != a->percent) {
        a->percent = percent;
        snprintf(text, sizeof(text), "+UPGRADEIND: %u", (unsigned)percent);
        a->config.say(a->config.context, text);
    }
}

// Before a byte of it is paid for.
static bool fits(struct agent *a, uint64_t size)
{
    if (size <= a->config.area) {
        return true;
    }
    a->stop = AGENT_REFUSES;
    a->refusal.error = AGENT_CANNOT_STORE;
    a->refusal.phase = "download";
    a->refusal.is_hopeless = true;
    snprintf(a->refusal.reason, sizeof(a->refusal.reason),
             "package: has %llu bytes, the area for it %lu",
             (unsigned long long)size, (unsigned long)a->config.area);
    return false;
}

static bool is_refused(const struct agent *a, const char *etag, uint64_t size)
{
    return size == a->nv.refused_size && strcmp(etag, a->nv.refused_etag) == 0;
}

// A poll does not load again what was refused.
static bool is_wanted(struct agent *a, const struct http_begin *begin)
{
    if (a->nv.is_polled != 0 && a->nv.refused_times >= REFUSALS_MAX &&
        is_refused(a, begin->etag, begin->size)) {
        a->stop = AGENT_REFUSED_BEFORE;
        return false;
    }
    return true;
}

static bool goes_on(struct agent *a, const struct http_begin *begin)
{
    bool is_same = begin->etag[0] == 0 || a->nv.etag[0] == 0 ||
                   strcmp(begin->etag, a->nv.etag) == 0;

    if (is_same && begin->from == agent_have(a) &&
        begin->size == a->nv.package_size) {
        return true;
    }
    agent_drop_package(a);
    a->stop = AGENT_HAS_ANOTHER;
    return false;
}

static bool begin(void *context, const struct http_begin *begin)
{
    struct agent *a = context;

    bool ok = is_wanted(a, begin);

    if (ok) {
        ok = begin->from == 0 ? agent_begin_package(a, begin->size, begin->etag)
                              : goes_on(a, begin);
    }
    if (!ok || !fits(a, begin->size)) {
        return false;
    }
    a->nv.phase = NV_DOWNLOAD;
    agent_keep(a);
    a->percent = 101; // none was said
    say_percent(a);
    return true;
}

static bool is_whole(const struct agent *a)
{
    return a->nv.package_size != 0 && agent_have(a) == a->nv.package_size;
}

// What comes behind the end that was announced is not the package's.
static bool take(void *context, const void *data, size_t size)
{
    struct agent *a = context;
    uint64_t left = a->nv.package_size - agent_have(a);

    if (!agent_add_package(a, data, size < left ? size : (size_t)left)) {
        return false;
    }
    say_percent(a);
    return size <= left;
}

// Damage may be of the way: such a package is loaded once more. Of one that the
// host has sent there is no size.
static void remember_refusal(struct agent *a)
{
    struct nv *nv = &a->nv;

    if (nv->package_size == 0) {
        return;
    }
    if (a->refusal.is_hopeless) {
        nv->refused_times = REFUSALS_MAX;
    } else if (is_refused(a, nv->etag, nv->package_size)) {
        nv->refused_times++;
    } else {
        nv->refused_times = 1;
    }
    nv->refused_size = nv->package_size;
    memcpy(nv->refused_etag, nv->etag, sizeof(nv->etag));
}

void agent_refuse(struct agent *a)
{
    remember_refusal(a);
    agent_drop_package(a);
    a->is_uploading = false;
    agent_fail(a, a->refusal.error, 0);
    agent_remember_failure(a, NV_REPORT, a->refusal.phase, a->refusal.reason);
}

void agent_apply(struct agent *a)
{
    if (!a->config.streams || a->is_uploading) {
        if (!agent_check_package(a)) {
            agent_refuse(a);
            agent_report(a);
            return;
        }
        if (!package_file_sync(a->config.package_path)) {
            agent_fail(a, AGENT_CANNOT_STORE, 0);
            return;
        }
    }
    a->nv.phase = NV_APPLY;
    a->nv.old_tag = simflash_boot_tag(a->boot->flash);
    a->nv.package_size = 0;
    a->nv.refused_size = 0; // another base may take it
    a->is_uploading = false;
    agent_keep(a);
    agent_boot(a);
}

bool agent_begin_upload(struct agent *a)
{
    agent_drop_package(a);
    a->nv.phase = NV_IDLE;
    agent_keep(a);
    a->is_uploading = package_file_add(a->config.package_path, NULL, 0);
    a->segments = 0;
    agent_await_upload(a);
    return a->is_uploading;
}

void agent_await_upload(struct agent *a)
{
    a->upload_due = mod_clock() + UPLOAD_SILENCE;
}

void agent_ask(struct agent *a)
{
    struct http_request request;
    uint64_t have;

    a->doing = AGENT_ASKING;
    a->is_uploading = false;
    a->stop = AGENT_CANNOT_KEEP;
    if (!agent_open_package(a)) {
        agent_fail(a, AGENT_CANNOT_STORE, 0);
        return;
    }
    if (is_whole(a)) {
        agent_apply(a);
        return;
    }
    if (agent_have(a) > a->nv.package_size) {
        agent_drop_package(a);
    }
    have = agent_have(a);
    a->most = a->most > have ? a->most : have;
    address_upgrade(a->address, sizeof(a->address), &a->nv, &a->settings);
    memset(&request, 0, sizeof(request));
    request.url = a->address;
    request.from = have;
    request.etag = a->nv.etag;
    request.begin = begin;
    request.take = take;
    request.context = a;
    http_start(&a->http, &request);
}

// Not now: what is there stays, for the next time.
static void give_up(struct agent *a, enum agent_error error, uint32_t cause)
{
    a->nv.phase = NV_IDLE;
    agent_keep(a);
    agent_fail(a, error, cause);
}

// A platform that ignores Range sends the same bytes again: no progress.
static void try_again(struct agent *a, enum agent_error error)
{
    if (agent_have(a) > a->most) {
        a->tries = 0;
    }
    if (a->tries >= TRIES_MAX) {
        give_up(a, error, 0);
    } else {
        agent_pause(a, AGENT_PAUSING);
    }
}

// The platform's code, 0 when the body is none of its own.
static uint32_t read_code(const char *body)
{
    static const char begin[] = "{\"code\":";

    if (strncmp(body, begin, sizeof(begin) - 1) != 0) {
        return 0;
    }
    return (uint32_t)strtoul(body + sizeof(begin) - 1, NULL, 10);
}

static void take_code(struct agent *a)
{
    uint32_t code = read_code(a->http.result.body);

    if (http_may_pass(&a->http.result) && code != AGENT_CODE_FORBIDDEN) {
        try_again(a, AGENT_HTTP_ANSWER);
    } else if (code == AGENT_CODE_WAIT) {
        a->doing = AGENT_PAUSING;
        a->due = mod_clock() + (uint64_t)a->config.wait * 1000;
    } else {
        give_up(a, AGENT_HTTP_ANSWER, code);
    }
}

static void take_stop(struct agent *a)
{
    if (a->boot->flash->off) {
        return;
    }
    switch (a->stop) {
    case AGENT_REFUSES:
        agent_refuse(a);
        agent_report(a);
        break;
    case AGENT_REFUSED_BEFORE: give_up(a, AGENT_BAD_FIRMWARE, 0); break;
    case AGENT_HAS_ANOTHER: try_again(a, AGENT_NETWORK); break;
    case AGENT_CANNOT_KEEP:
        if (is_whole(a)) {
            agent_apply(a);
        } else {
            give_up(a, AGENT_CANNOT_STORE, 0);
        }
        break;
    }
}

void agent_take_answer(struct agent *a)
{
    long status = a->http.result.status;

    a->http_status = status;
    switch (a->http.result.error) {
    case HTTP_BAD_URL: give_up(a, AGENT_BAD_URL, 0); return;
    case HTTP_NO_CONNECT: try_again(a, AGENT_NO_CONNECT); return;
    case HTTP_BROKEN: try_again(a, AGENT_NETWORK); return;
    case HTTP_BAD_ANSWER: give_up(a, AGENT_HTTP_ANSWER, 0); return;
    case HTTP_CANNOT_KEEP: take_stop(a); return;
    case HTTP_OK: break;
    }
    if (status == 416) { // it became another one
        agent_drop_package(a);
        try_again(a, AGENT_HTTP_ANSWER);
    } else if (status != 200 && status != 206) {
        take_code(a);
    } else if (is_whole(a)) {
        agent_apply(a);
    } else {
        try_again(a, AGENT_NETWORK);
    }
}
