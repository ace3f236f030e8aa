// SPDX-License-Identifier: MIT
// Writes index.json, its page, and run.json.

#include "matrixindex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "matrixpage.h"

static const char *const states[] = {"missing", "built", "cached", "failed"};

const char *job_state_name(enum job_state state)
{
    return states[state];
}

static void add_number(cJSON *json, const char *name, double value,
                       bool is_known)
{
    if (is_known) {
        cJSON_AddNumberToObject(json, name, value);
    } else {
        cJSON_AddNullToObject(json, name);
    }
}

static void add_text(cJSON *json, const char *name, const char *text)
{
    if (text != NULL && text[0] != 0) {
        cJSON_AddStringToObject(json, name, text);
    } else {
        cJSON_AddNullToObject(json, name);
    }
}

static void add_releases(cJSON *json, const struct matrix *m)
{
    cJSON *list = cJSON_AddArrayToObject(json, "releases");

    for (size_t i = 0; i < m->list.release_count; i++) {
        const struct list_release *r = &m->list.releases[i];
        cJSON *release = cJSON_CreateObject();

        cJSON_AddStringToObject(release, "version", r->version);
        cJSON_AddNumberToObject(release, "counter", r->counter);
        cJSON *parts = cJSON_AddArrayToObject(release, "parts");
        for (size_t k = 0; k < r->part_count; k++) {
            const struct matrix_file *file = matrix_file(m, i, k);
            cJSON *part = cJSON_CreateObject();

            cJSON_AddNumberToObject(part, "id", r->parts[k].id);
            add_number(part, "file_size", (double)file->size,
                       file->status == CLI_DONE);
            add_text(part, "file_sha256", file->sha256);
            cJSON_AddItemToArray(parts, part);
        }
        cJSON_AddItemToArray(list, release);
    }
}

static const char *kind_of(const struct job *job)
{
    if (job->full_parts == 0) {
        return "delta";
    }
    return job->full_parts == job->info.part_count ? "full" : "mixed";
}

// What a package says of itself.
static void add_package(cJSON *json, const struct job *job)
{
    const struct delta_info *info = &job->info;
    char hex[REPORT_HEX_SIZE];
    char name[PAIR_NAME_MAX + 8];

    snprintf(name, sizeof(name), "%s.dfota", job->pair->name);
    cJSON_AddStringToObject(json, "file", name);
    cJSON_AddNumberToObject(json, "size", job->size);
    cJSON_AddStringToObject(json, "sha256", job->sha256);
    cJSON_AddStringToObject(json, "kind", kind_of(job));
    add_number(json, "compressed_size", (double)job->compressed,
               job->compressed != 0);
    cJSON_AddNumberToObject(json, "new_size", (double)job->new_size);
    cJSON_AddStringToObject(json, "mode", info->mode_name);
    cJSON_AddStringToObject(json, "codec", info->codec_name);
    cJSON_AddStringToObject(json, "arch", info->arch_name);
    cJSON_AddNumberToObject(json, "ram", info->ram);
    cJSON_AddNumberToObject(json, "counter", info->counter);
    cJSON_AddNumberToObject(json, "parts", info->part_count);
    add_text(json, "old_sha256",
             info->old_size != 0 ? report_hex(hex, info->old_sha256, 32)
                                 : NULL);
    add_text(json, "new_sha256", report_hex(hex, info->new_sha256, 32));
    add_text(json, "key_id",
             info->is_signed ? report_hex(hex, info->key_id, 4) : NULL);
    add_number(json, "max_size", job->limit, job->limit != UINT32_MAX);
    cJSON_AddBoolToObject(json, "too_large", job->size > job->limit);
    if (job->why != NULL) {
        cJSON_AddItemToObject(json, "why", cJSON_Duplicate(job->why, true));
    }
}

static cJSON *pair_json(const struct matrix *m, const struct job *job)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "from", pair_from(&m->list, job->pair));
    cJSON_AddStringToObject(json, "to",
                            m->list.releases[job->pair->to].version);
    cJSON_AddStringToObject(json, "state", job_state_name(job->state));
    if (job->state == JOB_MISSING) {
        cJSON_AddStringToObject(json, "reason",
                                job->is_mine ? "not made" : "of another shard");
    } else if (job->state == JOB_FAILED) {
        cJSON_AddStringToObject(json, "reason", job->reason);
        cJSON_AddNumberToObject(json, "status", job->status);
    } else {
        add_package(json, job);
    }
    return json;
}

static bool is_complete(const struct matrix *m)
{
    for (size_t i = 0; i < m->job_count; i++) {
        enum job_state state = m->jobs[i].state;

        if (state != JOB_BUILT && state != JOB_CACHED) {
            return false;
        }
    }
    return true;
}

enum cli_exit matrix_json_write(const struct out_folder *folder,
                                const char *name, cJSON *json)
{
    char *text = cJSON_Print(json);
    enum cli_exit status = CLI_IO;
    size_t size = text != NULL ? strlen(text) : 0;

    if (text == NULL) {
        report_error(name, "out of memory");
    } else {
        text[size] = '\n'; // in place of its end
        status = out_write(folder, name, "", text, size + 1);
    }
    cJSON_free(text);
    cJSON_Delete(json);
    return status;
}

enum cli_exit matrix_index_save(const struct out_folder *folder, cJSON *index)
{
    enum cli_exit page = matrix_html_write(folder, index);
    enum cli_exit status = matrix_json_write(folder, "index.json", index);

    return status != CLI_DONE ? status : page;
}

enum cli_exit matrix_index_write(const struct matrix *m)
{
    cJSON *json = cJSON_CreateObject();
    char shard[32];

    snprintf(shard, sizeof(shard), "%lu/%lu", (unsigned long)m->shard.index,
             (unsigned long)m->shard.count);
    cJSON_AddStringToObject(json, "tool", "mkdfota " DELTA_VERSION);
    cJSON_AddNumberToObject(json, "format", DELTA_FORMAT_VERSION);
    add_text(json, "product", m->list.product);
    cJSON_AddStringToObject(json, "list_sha256", m->list.sha256);
    add_text(json, "shard", m->shard.count > 1 ? shard : NULL);
    cJSON_AddBoolToObject(json, "complete", is_complete(m));
    add_releases(json, m);
    cJSON *pairs = cJSON_AddArrayToObject(json, "pairs");
    for (size_t i = 0; i < m->job_count; i++) {
        cJSON_AddItemToArray(pairs, pair_json(m, &m->jobs[i]));
    }
    return matrix_index_save(&m->folder, json);
}

enum cli_exit matrix_run_write(const struct matrix *m, double seconds)
{
    cJSON *json = cJSON_CreateObject();
    cJSON *pairs;
    size_t bad = 0;

    for (size_t i = 0; i < m->job_count; i++) {
        bad += m->jobs[i].had_bad_entry;
    }
    cJSON_AddNumberToObject(json, "seconds",
                            (double)(uint64_t)(seconds * 10 + 0.5) / 10);
    cJSON_AddNumberToObject(json, "bad_cache_entries", (double)bad);
    pairs = cJSON_AddArrayToObject(json, "pairs");
    for (size_t i = 0; i < m->job_count; i++) {
        const struct job *job = &m->jobs[i];
        cJSON *pair = cJSON_CreateObject();

        if (!job->is_mine) {
            cJSON_Delete(pair);
            continue;
        }
        cJSON_AddStringToObject(pair, "from", pair_from(&m->list, job->pair));
        cJSON_AddStringToObject(pair, "to",
                                m->list.releases[job->pair->to].version);
        cJSON_AddStringToObject(
            pair, "state", job->is_kept ? "kept" : job_state_name(job->state));
        cJSON_AddNumberToObject(
            pair, "seconds", (double)(uint64_t)(job->seconds * 10 + 0.5) / 10);
        cJSON_AddBoolToObject(pair, "bad_cache_entry", job->had_bad_entry);
        cJSON_AddItemToArray(pairs, pair);
    }
    return matrix_json_write(&m->folder, "run.json", json);
}

cJSON *matrix_index_read(const char *path)
{
    struct file_bytes bytes;
    struct json_walk w;
    cJSON *json = NULL;

    if (file_read(&bytes, path, INDEX_SIZE_MAX) != CLI_DONE) {
        return NULL;
    }
    json_begin(&w, path);
    if (json_parse(&json, &w, bytes.data, bytes.size) == CLI_DONE &&
        !cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(json, "pairs"))) {
        report_error(path, "not an index (expected a list \"pairs\")");
        cJSON_Delete(json);
        json = NULL;
    }
    file_free(&bytes);
    return json;
}
