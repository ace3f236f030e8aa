// SPDX-License-Identifier: MIT
// What the next run wants to know of a package.

#include "pairrecord.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sha256.h"

#define RECORD_MAX 65536u

// NULL if there is none, or none that can be read.
static cJSON *load(const char *path, size_t most)
{
    struct file_bytes bytes;
    cJSON *json = NULL;

    if (access(path, F_OK) != 0 || file_read(&bytes, path, most) != CLI_DONE) {
        return NULL;
    }
    if (bytes.size > 0) {
        json = cJSON_ParseWithLength((const char *)bytes.data, bytes.size);
    }
    file_free(&bytes);
    return json;
}

static const char *text_of(const cJSON *json, const char *name)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));

    return text != NULL ? text : "";
}

static bool is_of(const cJSON *json, const struct job *job)
{
    return strcmp(text_of(json, "recipe"), job->recipe) == 0;
}

static enum cli_exit save(const struct matrix *m, const char *name, cJSON *json)
{
    char *text = cJSON_Print(json);
    enum cli_exit status = CLI_IO;

    if (text == NULL) {
        report_error(name, "out of memory");
    } else {
        status = out_write_state(&m->folder, name, ".json", text, strlen(text));
    }
    cJSON_free(text);
    cJSON_Delete(json);
    return status;
}

bool pair_describe(struct job *job, const void *package, size_t package_size)
{
    struct delta_info info;

    if (delta_inspect_part(&job->info, package, package_size, 0, NULL) !=
        DELTA_OK) {
        return false;
    }
    job->size = (uint32_t)package_size;
    job->full_parts = job->info.old_size == 0;
    job->new_size = job->info.new_size;
    for (uint32_t i = 1; i < job->info.part_count; i++) {
        if (delta_inspect_part(&info, package, package_size, i, NULL) !=
            DELTA_OK) {
            return false;
        }
        job->full_parts += info.old_size == 0;
        job->new_size += info.new_size;
    }
    return true;
}

static bool load_package(struct job *job, const struct matrix *m,
                         const cJSON *record)
{
    char path[OUT_PATH_MAX];
    struct file_bytes bytes;

    (void)out_path(path, &m->folder, job->pair->name, ".dfota");
    if (access(path, F_OK) != 0 ||
        file_read(&bytes, path, DELTA_PACKAGE_MAX) != CLI_DONE) {
        return false;
    }
    sha256_hex(job->sha256, bytes.data, bytes.size);
    bool ok = strcmp(job->sha256, text_of(record, "sha256")) == 0 &&
              pair_describe(job, bytes.data, bytes.size);
    file_free(&bytes);
    return ok;
}

bool pair_record_load(struct job *job, const struct matrix *m)
{
    char path[OUT_PATH_MAX];
    cJSON *record = load(
        out_state_path(path, &m->folder, job->pair->name, ".json"), RECORD_MAX);
    const cJSON *compressed =
        cJSON_GetObjectItemCaseSensitive(record, "compressed_size");
    bool ok =
        record != NULL && is_of(record, job) && load_package(job, m, record);

    if (ok) {
        bool is_cached = strcmp(text_of(record, "state"), "cached") == 0;
        job->state = is_cached ? JOB_CACHED : JOB_BUILT;
        job->compressed =
            cJSON_IsNumber(compressed) ? (uint64_t)compressed->valuedouble : 0;
    }
    cJSON_Delete(record);
    return ok;
}

enum cli_exit pair_record_save(const struct matrix *m, const struct job *job,
                               enum job_state state, uint64_t compressed,
                               const void *package, size_t package_size)
{
    cJSON *json = cJSON_CreateObject();
    char sha256[REPORT_HEX_SIZE];

    sha256_hex(sha256, package, package_size);
    cJSON_AddStringToObject(json, "recipe", job->recipe);
    cJSON_AddStringToObject(json, "sha256", sha256);
    cJSON_AddStringToObject(json, "state", job_state_name(state));
    cJSON_AddNumberToObject(json, "compressed_size", (double)compressed);
    return save(m, job->pair->name, json);
}
