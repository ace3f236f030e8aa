// SPDX-License-Identifier: MIT
// The NV store: a text file of "name=value" lines that is replaced as a whole.

#include "nvstore.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_PATH_MAX 4096
#define LINE_SIZE 400

struct field {
    const char *name;
    size_t offset;
    size_t size; // of a text; 0: uint64_t
};

#define TEXT(name, member)                                                  \
    {                                                                       \
        name, offsetof(struct nv, member), sizeof(((struct nv *)0)->member) \
    }
#define NUMBER(name, member)                 \
    {                                        \
        name, offsetof(struct nv, member), 0 \
    }

static const struct field fields[] = {
    TEXT("key", settings.key),
    TEXT("url", settings.url),
    NUMBER("auto", settings.is_auto),
    NUMBER("period", settings.period),
    TEXT("imei", imei),
    TEXT("name", name),
    TEXT("version", version),
    NUMBER("phase", phase),
    TEXT("etag", etag),
    NUMBER("package_size", package_size),
    NUMBER("is_polled", is_polled),
    TEXT("to_version", to_version),
    NUMBER("old_tag", old_tag),
    NUMBER("boots", boots),
    NUMBER("is_success", is_success),
    TEXT("failed_phase", failed_phase),
    TEXT("failed_error", failed_error),
    NUMBER("next_poll", next_poll),
    NUMBER("quiet_until", quiet_until),
    TEXT("refused_etag", refused_etag),
    NUMBER("refused_size", refused_size),
    NUMBER("refused_times", refused_times),
};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))

void nv_default(struct nv *nv)
{
    memset(nv, 0, sizeof(*nv));
    nv->settings.is_auto = 1;
    nv->settings.period = NV_PERIOD_DEFAULT;
}

static bool read_value(struct nv *nv, const struct field *field,
                       const char *value)
{
    char *place = (char *)nv + field->offset;
    char *end;

    if (field->size != 0) {
        if (strlen(value) >= field->size) {
            return false;
        }
        memcpy(place, value, strlen(value) + 1);
        return true;
    }
    errno = 0;
    uint64_t number = strtoull(value, &end, 10);
    memcpy(place, &number, sizeof(number));
    return *value >= '0' && *value <= '9' && *end == 0 && errno == 0;
}

static bool read_line(struct nv *nv, char *line)
{
    char *value = strchr(line, '=');
    char *end = strchr(line, '\n');

    // Without an end it was cut, is too long, or holds a zero.
    if (value == NULL || end == NULL) {
        return false;
    }
    *value++ = 0;
    *end = 0;
    for (size_t i = 0; i < FIELDS; i++) {
        if (strcmp(fields[i].name, line) == 0) {
            return read_value(nv, &fields[i], value);
        }
    }
    return true; // of a later version
}

enum nv_status nv_read(struct nv *nv, const char *path)
{
    FILE *file = fopen(path, "r");
    char line[LINE_SIZE];
    bool ok = true;

    nv_default(nv);
    if (file == NULL) {
        return errno == ENOENT ? NV_NONE : NV_BAD;
    }
    while (ok && fgets(line, sizeof(line), file) != NULL) {
        ok = read_line(nv, line);
    }
    ok = ok && !ferror(file) && nv->settings.period >= NV_PERIOD_LEAST;
    fclose(file);
    return ok ? NV_OK : NV_BAD;
}

// A text with a line feed would be read as a line more.
static bool can_be_written(const struct nv *nv)
{
    bool ok = true;

    for (size_t i = 0; i < FIELDS; i++) {
        const char *place = (const char *)nv + fields[i].offset;

        ok = ok && (fields[i].size == 0 || strchr(place, '\n') == NULL);
    }
    return ok;
}

static void write_field(FILE *file, const struct nv *nv,
                        const struct field *field)
{
    const char *place = (const char *)nv + field->offset;
    uint64_t number;

    if (field->size != 0) {
        fprintf(file, "%s=%s\n", field->name, place);
        return;
    }
    memcpy(&number, place, sizeof(number));
    fprintf(file, "%s=%llu\n", field->name, (unsigned long long)number);
}

// The new name is durable too.
static bool sync_folder(const char *path)
{
    char copy[FILE_PATH_MAX];
    int fd;
    bool ok;

    snprintf(copy, sizeof(copy), "%s", path);
    fd = open(dirname(copy), O_RDONLY | O_CLOEXEC);
    ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

enum nv_status nv_write(const struct nv *nv, const char *path)
{
    char temporary[FILE_PATH_MAX];
    FILE *file;
    bool ok;

    if (!can_be_written(nv) ||
        (size_t)snprintf(temporary, sizeof(temporary), "%s.new", path) >=
            sizeof(temporary)) {
        return NV_BAD;
    }
    file = fopen(temporary, "w");
    if (file == NULL) {
        return NV_BAD;
    }
    for (size_t i = 0; i < FIELDS; i++) {
        write_field(file, nv, &fields[i]);
    }
    ok = fflush(file) == 0 && fsync(fileno(file)) == 0;
    ok = fclose(file) == 0 && ok;
    return ok && rename(temporary, path) == 0 && sync_folder(path) ? NV_OK
                                                                   : NV_BAD;
}
