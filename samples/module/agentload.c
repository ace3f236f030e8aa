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
    a->is_too_large = true;
    snprintf(a->refusal, sizeof(a->refusal),
             "package: has %llu bytes, the area for it %lu",
             (unsigned long long)size, (unsigned long)a->config.area);
    return false;
}

static bool begin(void *context, const struct http_begin *begin)
{
    struct agent *a = context;

    if (begin->from == 0) {
        a->nv.to_version[0] = 0; // not known yet
    }
    if (!fits(a, begin->size)) {
        return false;
    }
    if (begin->from == 0) {
        if (!agent_begin_package(a, begin->size, begin->etag)) {
            return false;
        }
    } else if (begin->from != agent_have(a) ||
               begin->size != a->nv.package_size) {
        agent_drop_package(a);
        return false;
    }
    a->nv.phase = NV_DOWNLOAD;
    agent_keep(a);
    a->percent = 101; // none was said
    say_percent(a);
    return true;
}

static bool take(void *context, const void *data, size_t size)
{
    struct agent *a = context;

    if (!agent_add_package(a, data, size)) {
        return false;
    }
    say_percent(a);
    return true;
}

void agent_refuse(struct agent *a, enum agent_error error, const char *phase)
{
    agent_drop_package(a);
    agent_fail(a, error, 0);
    agent_remember_failure(a, NV_REPORT, phase, a->refusal);
}

void agent_apply(struct agent *a)
{
    a->refusal[0] = 0;
    if (!a->config.streams || a->is_uploading) {
        if (!agent_check_package(a)) {
            agent_refuse(a, AGENT_BAD_FIRMWARE, "verify");
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
    a->segments_seen = UINT32_MAX;
    return a->is_uploading;
}

void agent_ask(struct agent *a)
{
    struct http_request request;

    a->doing = AGENT_ASKING;
    a->is_uploading = false;
    a->is_too_large = false;
    a->refusal[0] = 0;
    if (!agent_open_package(a)) {
        agent_fail(a, AGENT_CANNOT_STORE, 0);
        return;
    }
    a->got_before = agent_have(a);
    if (a->got_before != 0 && a->got_before == a->nv.package_size) {
        agent_apply(a);
        return;
    }
    if (a->got_before > a->nv.package_size) {
        agent_drop_package(a);
        a->got_before = 0;
    }
    address_upgrade(a->address, sizeof(a->address), &a->nv, &a->settings);
    memset(&request, 0, sizeof(request));
    request.url = a->address;
    request.from = a->got_before;
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

static void try_again(struct agent *a, enum agent_error error)
{
    if (agent_have(a) > a->got_before) {
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

// Of the bytes: by the patcher, by the disk, or because they do not go on with
// what is there.
static void take_refusal(struct agent *a)
{
    if (a->boot->flash->off) {
        return;
    }
    if (a->refusal[0] != 0) {
        agent_refuse(a,
                     a->is_too_large ? AGENT_CANNOT_STORE : AGENT_BAD_FIRMWARE,
                     a->is_too_large ? "download" : "patch");
        agent_report(a);
    } else if (a->got_before != 0 && a->nv.package_size == 0) {
        try_again(a, AGENT_NETWORK);
    } else {
        give_up(a, AGENT_CANNOT_STORE, 0);
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
    case HTTP_CANNOT_KEEP: take_refusal(a); return;
    case HTTP_OK: break;
    }
    if (status == 416) { // it became another one
        agent_drop_package(a);
        try_again(a, AGENT_HTTP_ANSWER);
    } else if (status != 200 && status != 206) {
        take_code(a);
    } else if (agent_have(a) != 0 && agent_have(a) == a->nv.package_size) {
        agent_apply(a);
    } else {
        try_again(a, AGENT_NETWORK);
    }
}
