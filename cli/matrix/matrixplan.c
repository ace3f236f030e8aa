// SPDX-License-Identifier: MIT
// What a matrix build has to do.

#include "matrixplan.h"

#include <stdlib.h>
#include <string.h>

#include "pairrecord.h"
#include "recipe.h"
#include "sha256.h"

static enum cli_exit no_memory(const struct matrix *m)
{
    report_error(m->list_path, "out of memory");
    return CLI_IO;
}

// --- Inputs ----------------------------------------------------------------

static void read_file(struct matrix_file *file, const char *path)
{
    struct file_bytes bytes;

    report_divert(file->reason, sizeof(file->reason));
    file->status = file_read(&bytes, path, DELTA_IMAGE_MAX);
    if (file->status == CLI_DONE) {
        sha256_hex(file->sha256, bytes.data, bytes.size);
        file->size = bytes.size;
    }
    report_divert(NULL, 0);
    file_free(&bytes);
}

static enum cli_exit read_files(struct matrix *m)
{
    m->files = calloc(m->list.release_count * DELTA_PARTS_MAX,
                      sizeof(struct matrix_file));
    if (m->files == NULL) {
        return no_memory(m);
    }
    for (size_t i = 0; i < m->list.release_count; i++) {
        for (size_t k = 0; k < m->list.releases[i].part_count; k++) {
            read_file(&m->files[i * DELTA_PARTS_MAX + k],
                      m->list.releases[i].parts[k].path);
        }
    }
    return CLI_DONE;
}

// --- Jobs ------------------------------------------------------------------

// Adds up the work; a file that could not be read is the job's failure.
static void use_release(struct job *job, const struct matrix *m, size_t at)
{
    for (size_t i = 0; i < m->list.releases[at].part_count; i++) {
        const struct matrix_file *file = matrix_file(m, at, i);

        job->work += file->size;
        if (file->status != CLI_DONE && job->state != JOB_FAILED) {
            job->state = JOB_FAILED;
            job->status = file->status;
            memcpy(job->reason, file->reason, sizeof(job->reason));
        }
    }
}

// Releases far apart take longer: three times as long over eight releases is
// what bench/matrix.py sees.
static uint64_t effort(uint64_t bytes, const struct pair *pair)
{
    size_t apart =
        pair->from < pair->to ? pair->to - pair->from : pair->from - pair->to;

    return bytes * (3 + (apart < 8 ? apart : 8));
}

static void make_job(struct job *job, const struct matrix *m,
                     const struct pair *pair)
{
    job->pair = pair;
    job->limit = UINT32_MAX;
    use_release(job, m, pair->to);
    if (pair->from != LIST_NONE) {
        use_release(job, m, pair->from);
        job->work = effort(job->work, pair);
    }
    recipe_make(job->recipe, m, pair);
}

static enum cli_exit deal(struct matrix *m)
{
    uint64_t *work = calloc(m->job_count, sizeof(*work));
    uint32_t *shards = calloc(m->job_count, sizeof(*shards));
    bool ok = work != NULL && shards != NULL;

    for (size_t i = 0; ok && i < m->job_count; i++) {
        work[i] = m->jobs[i].work;
    }
    ok = ok && shard_deal(shards, work, m->job_count, m->shard.count);
    for (size_t i = 0; ok && i < m->job_count; i++) {
        m->jobs[i].is_mine = shards[i] == m->shard.index;
    }
    free(work);
    free(shards);
    return ok ? CLI_DONE : no_memory(m);
}

static enum cli_exit make_jobs(struct matrix *m)
{
    m->job_count = m->pairs.count;
    m->jobs = calloc(m->job_count, sizeof(struct job));
    if (m->jobs == NULL) {
        return no_memory(m);
    }
    for (size_t i = 0; i < m->job_count; i++) {
        make_job(&m->jobs[i], m, &m->pairs.pairs[i]);
    }
    return deal(m);
}

// --- The whole -------------------------------------------------------------

enum cli_exit matrix_plan(struct matrix *m, const struct cli *cli)
{
    memset(m, 0, sizeof(*m));
    m->folder.lock = -1;
    m->list_path = cli->package_path;
    enum cli_exit status = shard_read(&m->shard, cli->shard);

    if (status == CLI_DONE) {
        status = release_list_read(&m->list, m->list_path);
    }
    if (status == CLI_DONE) {
        status = release_list_key(&m->key, &m->has_key, &m->list);
    }
    if (status == CLI_DONE) {
        status = pair_list_make(&m->pairs, &m->list, m->list_path);
    }
    if (status == CLI_DONE) {
        status = read_files(m);
    }
    return status == CLI_DONE ? make_jobs(m) : status;
}

void matrix_find_kept(struct matrix *m)
{
    for (size_t i = 0; i < m->job_count; i++) {
        struct job *job = &m->jobs[i];

        job->is_kept = job->is_mine && job->state != JOB_FAILED &&
                       pair_record_load(job, m);
    }
}

void matrix_close(struct matrix *m)
{
    for (size_t i = 0; i < m->job_count && m->jobs != NULL; i++) {
        cJSON_Delete(m->jobs[i].why);
    }
    free(m->jobs);
    free(m->files);
    pair_list_free(&m->pairs);
    release_list_free(&m->list);
    if (m->has_store) {
        store_close(&m->store);
    }
    out_close(&m->folder);
    memset(&m->key, 0, sizeof(m->key));
}
