// SPDX-License-Identifier: MIT
// Where the bytes of a package go: into a file, to be applied when it is whole,
// or, with `streams`, through the patcher into the other slot at once. What is
// there already is then what the journal says, and nothing is stored.

#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "packagefile.h"

uint64_t agent_have(const struct agent *a)
{
    if (a->nv.package_size == 0) {
        return 0;
    }
    return a->config.streams ? a->boot->reached.package_at + a->head_size
                             : package_file_size(a->config.package_path);
}

// Of an update that a power cut broke off the journal knows. One that only the
// network broke off is still being fed.
bool agent_open_package(struct agent *a)
{
    enum dfp_status status = DFP_OK;

    if (a->config.streams && a->boot->patcher == NULL) {
        status = bootloader_begin(a->boot);
    }
    if (status == DFP_DONE) {
        a->boot->reached.package_at = (uint32_t)a->nv.package_size;
    }
    return status >= 0;
}

static bool forget(struct agent *a)
{
    if (!a->config.streams) {
        return package_file_add(a->config.package_path, NULL, 0);
    }
    package_file_drop(a->config.package_path); // the host's
    return bootloader_discard(a->boot) >= 0 && bootloader_begin(a->boot) >= 0;
}

bool agent_begin_package(struct agent *a, uint64_t size, const char *etag)
{
    if (!forget(a)) {
        return false;
    }
    a->head_size = 0;
    a->is_head_checked = false;
    a->nv.package_size = size;
    a->nv.to_version[0] = 0; // not known yet
    snprintf(a->nv.etag, sizeof(a->nv.etag), "%s", etag);
    return true;
}

void agent_drop_package(struct agent *a)
{
    if (a->config.streams && !a->boot->flash->off) {
        (void)bootloader_discard(a->boot);
    }
    package_file_drop(a->config.package_path);
    a->head_size = 0;
    a->nv.package_size = 0;
    a->nv.etag[0] = 0;
    agent_keep(a);
}

// --- Whether it is taken ---------------------------------------------------

static bool refuse(struct agent *a, const char *phase, bool is_hopeless,
                   const char *reason)
{
    a->stop = AGENT_REFUSES;
    a->refusal.error = AGENT_BAD_FIRMWARE;
    a->refusal.phase = phase;
    a->refusal.is_hopeless = is_hopeless;
    snprintf(a->refusal.reason, sizeof(a->refusal.reason), "package: %s",
             reason);
    return false;
}

// Neither damage nor the flash's faults say anything of the same package when
// it comes again.
static bool is_hopeless(enum dfp_status status)
{
    return status <= DFP_ERR_FORMAT && status > DFP_ERR_FLASH &&
           (status > DFP_ERR_MANIFEST || status < DFP_ERR_DATA);
}

static bool refuse_as_patcher(struct agent *a, const char *phase,
                              enum dfp_status status)
{
    return refuse(a, phase, is_hopeless(status),
                  status < 0 ? dfp_strerror(status) : "ended early");
}

// It is to be stored, told, and sent: no more than visible characters.
static bool is_plain(const char *text)
{
    while (*text > ' ' && *text < 0x7f && *text != '"') {
        text++;
    }
    return *text == 0;
}

static bool take_version(struct agent *a, const struct dfp_info *info)
{
    const char *to = info->to_version;

    if (to[0] == 0 || !is_plain(to)) {
        return refuse(a, "verify", true,
                      "does not say which version it leads to");
    }
    snprintf(a->nv.to_version, sizeof(a->nv.to_version), "%.*s",
             (int)NV_TEXT_MAX, info->to_version);
    return true;
}

// Before flash is touched: what the source has of the package, to its end or,
// with DFP_OK, only its head.
static bool check(struct agent *a, bootloader_source *source, void *context,
                  enum dfp_status least)
{
    struct dfp_info info;
    enum dfp_status status;

    a->boot->source = source;
    a->boot->source_context = context;
    status = bootloader_check(a->boot, &info);
    if (status < least || info.new_size == 0) {
        return refuse_as_patcher(a, "verify", status);
    }
    if (bootloader_runs(a->boot, &info)) {
        return refuse(a, "verify", true,
                      "leads to the image that runs already");
    }
    return take_version(a, &info);
}

// --- A package in the file -------------------------------------------------

static long read_piece(void *context, uint32_t at, uint8_t *data, size_t size)
{
    FILE *file = context;

    if (fseek(file, (long)at, SEEK_SET) != 0) {
        return -1;
    }
    size = fread(data, 1, size, file);
    return size == 0 && ferror(file) ? -1 : (long)size;
}

static bool check_file(struct agent *a, enum dfp_status least)
{
    FILE *file = fopen(a->config.package_path, "rb");
    bool ok;

    if (file == NULL) {
        return refuse(a, "verify", false, "is not there");
    }
    ok = check(a, read_piece, file, least);
    fclose(file);
    return ok;
}

bool agent_check_package(struct agent *a)
{
    return check_file(a, DFP_DONE);
}

// What cannot be taken is not paid for any further.
static bool store(struct agent *a, const void *data, size_t size)
{
    if (!package_file_add(a->config.package_path, data, size)) {
        return false;
    }
    if (a->is_head_checked || agent_have(a) < AGENT_HEAD_MAX) {
        return true;
    }
    a->is_head_checked = true;
    return check_file(a, DFP_OK);
}

enum dfp_status agent_patch(struct agent *a)
{
    FILE *file = fopen(a->config.package_path, "rb");
    enum dfp_status status;

    // Without one, the journal has it all.
    a->boot->source = file == NULL ? NULL : read_piece;
    a->boot->source_context = file;
    status = bootloader_update(a->boot);
    if (file != NULL) {
        fclose(file);
    }
    if (status != DFP_DONE && !a->boot->flash->off) {
        (void)refuse_as_patcher(a, "patch", status);
    }
    return status;
}

// --- One that is applied while it comes ------------------------------------

static long read_head(void *context, uint32_t at, uint8_t *data, size_t size)
{
    const struct agent *a = context;
    size_t left = a->head_size - at;

    size = size < left ? size : left;
    memcpy(data, a->head + at, size);
    return (long)size;
}

static bool patch(struct agent *a, const void *data, size_t size)
{
    enum dfp_status status = bootloader_feed(a->boot, data, size);

    if (a->boot->flash->off) {
        return false;
    }
    if (status == DFP_DONE) { // what is behind its end does not matter
        a->boot->reached.package_at = (uint32_t)a->nv.package_size;
    }
    return status >= 0 || refuse_as_patcher(a, "patch", status);
}

// The patcher begins afresh: the check had its memory.
static bool patch_head(struct agent *a)
{
    uint32_t size = a->head_size;

    if (!check(a, read_head, a, DFP_OK)) {
        return false;
    }
    agent_keep(a); // the version
    a->head_size = 0;
    return bootloader_begin(a->boot) >= 0 && patch(a, a->head, size);
}

static bool patch_on(struct agent *a, const uint8_t *data, size_t size)
{
    uint64_t left = AGENT_HEAD_MAX;
    size_t n;

    if (a->nv.to_version[0] != 0) {
        return patch(a, data, size);
    }
    left = left < a->nv.package_size ? left : a->nv.package_size;
    left -= a->head_size;
    n = size < left ? size : (size_t)left;
    memcpy(a->head + a->head_size, data, n);
    a->head_size += (uint32_t)n;
    if (n < left) {
        return true;
    }
    return patch_head(a) && patch(a, data + n, size - n);
}

bool agent_add_package(struct agent *a, const void *data, size_t size)
{
    return a->config.streams ? patch_on(a, data, size) : store(a, data, size);
}
