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
    return a->config.streams ? a->boot->reached.package_at
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
    a->nv.package_size = size;
    a->nv.to_version[0] = 0;
    snprintf(a->nv.etag, sizeof(a->nv.etag), "%s", etag);
    return true;
}

void agent_drop_package(struct agent *a)
{
    if (a->config.streams && !a->boot->flash->off) {
        (void)bootloader_discard(a->boot);
    }
    package_file_drop(a->config.package_path);
    a->nv.package_size = 0;
    a->nv.etag[0] = 0;
    agent_keep(a);
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
        snprintf(a->refusal, sizeof(a->refusal),
                 "package: does not say which version it leads to");
        return false;
    }
    snprintf(a->nv.to_version, sizeof(a->nv.to_version), "%.*s",
             (int)NV_TEXT_MAX, info->to_version);
    return true;
}

static void refuse_as_patcher(struct agent *a, enum dfp_status status)
{
    snprintf(a->refusal, sizeof(a->refusal), "package: %s",
             status < 0 ? dfp_strerror(status) : "ended early");
}

static bool patch(struct agent *a, const void *data, size_t size)
{
    enum dfp_status status = bootloader_feed(a->boot, data, size);
    struct dfp_info info;

    if (a->boot->flash->off) {
        return false;
    }
    if (status < 0) {
        refuse_as_patcher(a, status);
        return false;
    }
    if (a->nv.to_version[0] == 0 && dfp_get_info(a->boot->patcher, &info)) {
        if (!take_version(a, &info)) {
            return false;
        }
        agent_keep(a);
    }
    return true;
}

bool agent_add_package(struct agent *a, const void *data, size_t size)
{
    return a->config.streams
               ? patch(a, data, size)
               : package_file_add(a->config.package_path, data, size);
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

bool agent_check_package(struct agent *a)
{
    FILE *file = fopen(a->config.package_path, "rb");
    enum dfp_status status;
    struct dfp_info info;

    if (file == NULL) {
        snprintf(a->refusal, sizeof(a->refusal), "package: is not there");
        return false;
    }
    a->boot->source = read_piece;
    a->boot->source_context = file;
    status = bootloader_check(a->boot, &info);
    fclose(file);
    if (status != DFP_DONE) {
        refuse_as_patcher(a, status);
        return false;
    }
    return take_version(a, &info);
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
        refuse_as_patcher(a, status);
    }
    return status;
}
