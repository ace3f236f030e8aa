// SPDX-License-Identifier: MIT
// ZIP archives, by libzip: all members in memory, or none.

#include "archive.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "membername.h"
#include "report.h"

#define FIRST_ROOM 65536u

// File types of Unix, in the upper half of a member's attributes.
#define TYPE_MASK 0170000u
#define TYPE_FILE 0100000u
#define TYPE_FOLDER 0040000u

struct reading {
    struct archive *archive;
    zip_t *zip;
    const char *path; // for messages
    size_t total;
};

static enum cli_exit fail_memory(const char *path)
{
    report_error(path, "cannot read: out of memory");
    return CLI_IO;
}

static enum cli_exit fail_archive(const char *path, zip_error_t *error)
{
    if (zip_error_code_zip(error) == ZIP_ER_MEMORY) {
        return fail_memory(path);
    }
    report_error(path, "no usable ZIP archive: %s",
                 zip_error_code_zip(error) == ZIP_ER_EXISTS
                     ? "two members have the same name"
                     : zip_error_strerror(error));
    return CLI_REFUSED;
}

static enum cli_exit fail_member(const struct reading *r, const char *name,
                                 zip_error_t *error)
{
    if (zip_error_code_zip(error) == ZIP_ER_MEMORY) {
        return fail_memory(r->path);
    }
    report_error(r->path, "%s: cannot be taken out: %s", name,
                 zip_error_strerror(error));
    return CLI_REFUSED;
}

static enum cli_exit refuse(const struct reading *r, const char *name,
                            const char *fault)
{
    report_error(r->path, "%s: %s", name, fault);
    return CLI_REFUSED;
}

// A message must not show what may be in a name that is refused.
static enum cli_exit check_name(const struct reading *r, zip_uint64_t index,
                                char *name)
{
    const char *raw = zip_get_name(r->zip, index, ZIP_FL_ENC_RAW);
    const char *text = zip_get_name(r->zip, index, ZIP_FL_ENC_GUESS);
    const char *fault = "is neither ASCII nor UTF-8";

    // Where they differ libzip had to guess at a character set, or showed
    // control characters, NUL among them, in some other way.
    if (raw != NULL && text != NULL && strcmp(raw, text) == 0) {
        size_t size = strlen(raw);

        fault = "is too long (expected at most 255 bytes)";
        if (size <= MEMBER_NAME_MAX + 1) {
            memcpy(name, raw, size + 1);
            if (size > 1 && name[size - 1] == '/') {
                name[size - 1] = 0; // a folder
            }
            fault = member_name_fault(name);
        }
    }
    if (fault != NULL) {
        report_error(r->path, "member %llu: its name %s",
                     (unsigned long long)index + 1, fault);
        return CLI_REFUSED;
    }
    return CLI_DONE;
}

static enum cli_exit check_twins(const struct reading *r, const char *name)
{
    for (size_t i = 0; i < r->archive->count; i++) {
        if (member_names_clash(r->archive->members[i].name, name)) {
            report_error(r->path, "%s: clashes with the member %s", name,
                         r->archive->members[i].name);
            return CLI_REFUSED;
        }
    }
    return CLI_DONE;
}

static enum cli_exit check_kind(const struct reading *r, zip_uint64_t index,
                                const char *name, bool *is_folder,
                                zip_uint64_t *stated)
{
    const char *raw = zip_get_name(r->zip, index, ZIP_FL_ENC_RAW);
    zip_stat_t stat;
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;

    if (zip_stat_index(r->zip, index, 0, &stat) != 0 ||
        zip_file_get_external_attributes(r->zip, index, 0, &system,
                                         &attributes) != 0) {
        return fail_member(r, name, zip_get_error(r->zip));
    }
    *stated = stat.size;
    zip_uint32_t type = attributes >> 16 & TYPE_MASK;
    *is_folder = raw[strlen(raw) - 1] == '/';
    if (type != 0 && type != (*is_folder ? TYPE_FOLDER : TYPE_FILE)) {
        return refuse(r, name,
                      "is a link, a device or the like (expected a file)");
    }
    if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 &&
        stat.encryption_method != ZIP_EM_NONE) {
        return refuse(r, name,
                      "is encrypted (expected an archive without a password)");
    }
    return CLI_DONE;
}

// Until the end, where libzip compares the checksum.
static enum cli_exit read_data(struct reading *r, struct archive_member *m,
                               zip_file_t *file)
{
    size_t room = 0;

    for (;;) {
        if (m->size == room) {
            room = room == 0 ? FIRST_ROOM : room * 2;
            uint8_t *data = realloc(m->data, room);
            if (data == NULL) {
                return fail_memory(r->path);
            }
            m->data = data;
        }
        zip_int64_t count = zip_fread(file, m->data + m->size, room - m->size);
        if (count < 0) {
            return fail_member(r, m->name, zip_file_get_error(file));
        }
        if (count == 0) {
            return CLI_DONE;
        }
        m->size += (size_t)count;
        r->total += (size_t)count;
        if (r->total > ARCHIVE_SIZE_MAX) {
            report_error(r->path,
                         "%s: the members are too large (found more than %lu "
                         "bytes, expected at most so many together)",
                         m->name, (unsigned long)ARCHIVE_SIZE_MAX);
            return CLI_REFUSED;
        }
    }
}

static enum cli_exit add_member(struct reading *r, zip_uint64_t index,
                                const char *name, zip_uint64_t stated)
{
    struct archive_member *m = &r->archive->members[r->archive->count++];
    size_t size = strlen(name) + 1;

    m->name = malloc(size);
    if (m->name == NULL) {
        return fail_memory(r->path);
    }
    memcpy(m->name, name, size);
    zip_file_t *file = zip_fopen_index(r->zip, index, 0);
    if (file == NULL) {
        return fail_member(r, name, zip_get_error(r->zip));
    }
    enum cli_exit status = read_data(r, m, file);
    (void)zip_fclose(file);
    if (status == CLI_DONE && m->size != stated) {
        report_error(r->path,
                     "%s: not of the size that the archive states (found %zu "
                     "bytes, expected %llu)",
                     name, m->size, (unsigned long long)stated);
        status = CLI_REFUSED;
    }
    return status;
}

static enum cli_exit read_member(struct reading *r, zip_uint64_t index)
{
    char name[MEMBER_NAME_MAX + 2];
    bool is_folder = false;
    zip_uint64_t stated = 0;
    enum cli_exit status = check_name(r, index, name);

    if (status == CLI_DONE) {
        status = check_kind(r, index, name, &is_folder, &stated);
    }
    if (status != CLI_DONE || is_folder) {
        return status;
    }
    status = check_twins(r, name);
    return status == CLI_DONE ? add_member(r, index, name, stated) : status;
}

static enum cli_exit read_members(struct reading *r)
{
    zip_int64_t count = zip_get_num_entries(r->zip, 0);
    enum cli_exit status = CLI_DONE;

    if (count <= 0 || count > (zip_int64_t)ARCHIVE_MEMBERS_MAX) {
        report_error(r->path,
                     "wrong number of members (found %lld, expected 1 to %u)",
                     (long long)count, ARCHIVE_MEMBERS_MAX);
        return CLI_REFUSED;
    }
    for (zip_uint64_t i = 0; status == CLI_DONE && i < (zip_uint64_t)count;
         i++) {
        status = read_member(r, i);
    }
    return status;
}

static zip_t *open_bytes(const uint8_t *data, size_t size, zip_error_t *error)
{
    zip_source_t *source = zip_source_buffer_create(data, size, 0, error);

    if (source == NULL) {
        return NULL;
    }
    zip_t *zip =
        zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, error);
    if (zip == NULL) {
        zip_source_free(source);
    }
    return zip;
}

enum cli_exit archive_read(struct archive *archive, const char *path,
                           const uint8_t *data, size_t size)
{
    struct reading r = {archive, NULL, report_name(path), 0};
    zip_error_t error;

    memset(archive, 0, sizeof(*archive));
    zip_error_init(&error);
    r.zip = open_bytes(data, size, &error);
    enum cli_exit status =
        r.zip != NULL ? read_members(&r) : fail_archive(r.path, &error);
    zip_error_fini(&error);
    if (r.zip != NULL) {
        zip_discard(r.zip);
    }
    if (status != CLI_DONE) {
        archive_free(archive);
    }
    return status;
}

void archive_free(struct archive *archive)
{
    for (size_t i = 0; i < archive->count; i++) {
        free(archive->members[i].name);
        free(archive->members[i].data);
    }
    memset(archive, 0, sizeof(*archive));
}
