// SPDX-License-Identifier: MIT
// Packages in the background.

#include "generate.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "decide.h"
#include "delta_parts.h"
#include "log.h"
#include "packagecheck.h"
#include "prune.h"

#define STALE_SECONDS 60
#define HEARD_SECONDS 5
#define LOOK_SECONDS 1
#define PRUNE_SECONDS 3600

struct generator {
    struct platform *platform;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopping;
};

// A package that is being made.
struct work {
    struct generator *generator;
    int64_t id;
    int64_t project_id;
    uint32_t ram;
    bool is_in_place;
    struct delta_in_place in_place;
    char firmware_name[FIRMWARE_NAME_SIZE];
    char from[VERSION_SIZE];
    char to[VERSION_SIZE];
    char product[DELTA_TEXT_MAX + 1];
    char *public_key; // that the project demands; NULL: none
    int64_t area_size;
    int64_t demands;             // their number
    char sha256[BLOB_NAME_SIZE]; // of the package, once there is one
    int64_t size;
    bool is_uploaded;
    time_t heard; // when this was last said to be at work
    bool is_left; // for a later try, as if whoever makes it was gone
    bool is_full; // the disk: for a later try as well
    char reason[PACKAGE_REASON_SIZE];
};

static bool is_stopping(struct generator *g)
{
    pthread_mutex_lock(&g->lock);
    bool stopping = g->is_stopping;
    pthread_mutex_unlock(&g->lock);
    return stopping;
}

static void pause_a_while(struct generator *g)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LOOK_SECONDS;
    pthread_mutex_lock(&g->lock);
    if (!g->is_stopping) {
        pthread_cond_timedwait(&g->changed, &g->lock, &until);
    }
    pthread_mutex_unlock(&g->lock);
}

// While the database is away, work waits for it rather than fail.
static bool waits(struct generator *g, enum db_status status)
{
    if (status != DB_GONE || is_stopping(g)) {
        return false;
    }
    pause_a_while(g);
    return true;
}

static enum db_status run_one(struct generator *g, const char *sql,
                              const struct db_value *values, size_t count)
{
    struct db_conn *c = db_take(g->platform->db);
    enum db_status status = db_change(c, sql, values, count);

    if (status != DB_OK) {
        log_line("generator: database: %s", db_message(c));
    }
    db_give(c);
    return status;
}

// --- Taking work -----------------------------------------------------------

// Both images of a package are here, without the old one a full image would be
// made; or what was uploaded is, to be checked once more.
#define CAN_BE_MADE                                                            \
    "(packages.is_uploaded = 1 OR ("                                           \
    "EXISTS (SELECT 1 FROM images i WHERE i.project_id = f.project_id AND "    \
    "i.firmware_name = f.firmware_name AND i.version = f.version) AND EXISTS " \
    "(SELECT 1 FROM images i WHERE i.project_id = f.project_id AND "           \
    "i.firmware_name = f.firmware_name AND i.version = "                       \
    "packages.from_version)))"

enum db_status generate_again(struct db_conn *c, int64_t firmware_id,
                              int64_t *count)
{
    struct db_rows rows;
    enum db_status status = db_query(
        c, &rows,
        "UPDATE packages SET state = 'waiting', reason = NULL, worked_at = "
        "NULL FROM firmware f WHERE f.id = packages.firmware_id AND f.id = $1 "
        "AND (packages.state = 'failed' OR (packages.state = 'waiting' AND "
        "packages.reason IS NOT NULL)) AND " CAN_BE_MADE
        " RETURNING packages.id",
        DB_WITH(db_int(firmware_id)));

    *count = 0;
    while (status == DB_OK && db_next(&rows)) {
        (*count)++;
    }
    return db_end(&rows, status);
}

enum db_status generate_check(struct db_conn *c, int64_t project_id,
                              bool is_anew)
{
    return db_run(
        c,
        "UPDATE packages SET state = 'waiting', reason = NULL, worked_at = "
        "NULL, sha256 = CASE WHEN is_uploaded = 1 OR CAST($2 AS BIGINT) = 0 "
        "THEN sha256 END FROM firmware f WHERE f.id = packages.firmware_id AND "
        "f.project_id = $1 AND " CAN_BE_MADE,
        DB_WITH(db_int(project_id), db_int(is_anew)));
}

enum db_status generate_order(struct db_conn *c, int64_t firmware_id,
                              int64_t now)
{
    int64_t count;
    enum db_status status = generate_again(c, firmware_id, &count);

    if (status != DB_OK) {
        return status;
    }
    return db_run(
        c,
        "INSERT INTO packages (firmware_id, from_version, state, created_at) "
        "SELECT DISTINCT f.id, d.version, 'waiting', CAST($2 AS BIGINT) FROM "
        "firmware f JOIN devices d ON d.project_id = f.project_id AND "
        "d.firmware_name = f.firmware_name AND d.version_rank < f.version_rank "
        "JOIN "
        "images o ON o.project_id = f.project_id AND o.firmware_name = "
        "f.firmware_name AND o.version = d.version JOIN images n ON "
        "n.project_id = f.project_id AND n.firmware_name = f.firmware_name AND "
        "n.version = f.version WHERE f.id = $1 "
        "ON CONFLICT (firmware_id, from_version) DO NOTHING",
        DB_WITH(db_int(firmware_id), db_int(now)));
}

static void copy(char *to, size_t size, const char *from)
{
    snprintf(to, size, "%s", from != NULL ? from : "");
}

static enum db_status take_in(struct db_conn *c, void *context)
{
    struct work *w = context;
    struct db_rows rows;
    time_t now = time(NULL);
    enum db_status status = db_query_int(
        c, &w->id, 0,
        "UPDATE packages SET state = 'building', worked_at = $1 WHERE id = "
        "(SELECT id FROM packages WHERE state IN ('waiting', 'building') AND "
        "coalesce(worked_at, 0) < $2 ORDER BY id LIMIT 1) AND state IN "
        "('waiting', 'building') AND coalesce(worked_at, 0) < $2 RETURNING id",
        DB_WITH(db_int(now), db_int(now - STALE_SECONDS)));

    if (status != DB_OK || w->id == 0) {
        return status;
    }
    status = db_query(
        c, &rows,
        "SELECT f.project_id, f.firmware_name, k.from_version, f.version, "
        "p.product, p.public_key, p.area_size, p.ram, p.is_in_place, "
        "p.scratch_size, p.block_size, p.demands, k.sha256, k.is_uploaded, "
        "k.size FROM packages k JOIN "
        "firmware f ON f.id = k.firmware_id JOIN projects p ON p.id = "
        "f.project_id WHERE k.id = $1",
        DB_WITH(db_int(w->id)));
    if (status == DB_OK && db_next(&rows)) {
        w->project_id = db_int_at(&rows, 0);
        copy(w->firmware_name, sizeof(w->firmware_name), db_text_at(&rows, 1));
        copy(w->from, sizeof(w->from), db_text_at(&rows, 2));
        copy(w->to, sizeof(w->to), db_text_at(&rows, 3));
        copy(w->product, sizeof(w->product), db_text_at(&rows, 4));
        free(w->public_key); // of a first try
        w->public_key =
            db_null_at(&rows, 5) ? NULL : strdup(db_text_at(&rows, 5));
        w->area_size = db_int_at(&rows, 6);
        w->ram = (uint32_t)db_int_at(&rows, 7);
        w->is_in_place = db_int_at(&rows, 8) != 0;
        w->in_place.scratch_size = (uint32_t)db_int_at(&rows, 9);
        w->in_place.block_size = (uint32_t)db_int_at(&rows, 10);
        w->demands = db_int_at(&rows, 11);
        copy(w->sha256, sizeof(w->sha256), db_text_at(&rows, 12));
        w->is_uploaded = db_int_at(&rows, 13) != 0;
        w->size = db_int_at(&rows, 14);
    }
    w->heard = now;
    return db_end(&rows, status);
}

static bool take(struct work *w, struct generator *g)
{
    struct db_conn *c = db_take(g->platform->db);

    memset(w, 0, sizeof(*w));
    w->generator = g;
    enum db_status status = db_transact(c, take_in, w);
    if (status != DB_OK) {
        log_line("generator: database: %s", db_message(c));
        free(w->public_key);
    }
    db_give(c);
    return status == DB_OK && w->id != 0;
}

// Says that this is still at work.
static void say(void *context, unsigned permille)
{
    struct work *w = context;
    time_t now = time(NULL);

    (void)permille;
    if (now >= w->heard + HEARD_SECONDS) {
        w->heard = now;
        (void)run_one(w->generator,
                      "UPDATE packages SET worked_at = $2 WHERE id = $1 AND "
                      "state = 'building'",
                      DB_WITH(db_int(w->id), db_int(now)));
    }
}

// --- Making ----------------------------------------------------------------

struct parts {
    struct delta_image old_images[DELTA_PARTS_MAX];
    struct delta_image new_images[DELTA_PARTS_MAX];
    struct delta_part_input inputs[DELTA_PARTS_MAX];
    size_t count;
};

static void parts_free(struct parts *parts)
{
    for (size_t i = 0; i < DELTA_PARTS_MAX; i++) {
        delta_image_free(&parts->old_images[i]);
        delta_image_free(&parts->new_images[i]);
    }
}

static bool read_image(struct delta_image *image, struct work *w,
                       const char *sha256)
{
    struct delta_error error;
    uint64_t size = 0;
    int fd;
    char *data = NULL;

    if (blob_read(&w->generator->platform->blobs, sha256, &fd, &size) ==
        BLOB_OK) {
        data = blob_load(fd, size);
        close(fd);
    }
    if (data == NULL) {
        snprintf(w->reason, sizeof(w->reason), "image %.12s: cannot be read",
                 sha256);
        return false;
    }
    bool ok = delta_image_read(image, data, (size_t)size, DELTA_FILE_AUTO,
                               &error) == DELTA_OK;
    if (!ok) {
        snprintf(w->reason, sizeof(w->reason), "%s", error.text);
    }
    free(data);
    return ok;
}

// The digests of both images of each part of the new version; a part without an
// old image goes as a whole.
static enum db_status find_parts(struct db_conn *c, const struct work *w,
                                 struct parts *parts,
                                 char digests[2 * DELTA_PARTS_MAX][SHA256_SIZE])
{
    struct db_rows rows;
    enum db_status status = db_query(
        c, &rows,
        "SELECT n.part, n.sha256, o.sha256 FROM images n LEFT JOIN images o ON "
        "o.project_id = n.project_id AND o.firmware_name = n.firmware_name AND "
        "o.part = n.part AND o.version = $4 WHERE n.project_id = $1 AND "
        "n.firmware_name = $2 AND n.version = $3 ORDER BY n.part",
        DB_WITH(db_int(w->project_id), db_text(w->firmware_name),
                db_text(w->to), db_text(w->from)));

    parts->count = 0;
    while (status == DB_OK && parts->count < DELTA_PARTS_MAX &&
           db_next(&rows)) {
        size_t i = parts->count++;

        parts->inputs[i].id = (uint8_t)db_int_at(&rows, 0);
        copy(digests[2 * i], SHA256_SIZE, db_text_at(&rows, 1));
        copy(digests[2 * i + 1], SHA256_SIZE, db_text_at(&rows, 2));
    }
    return db_end(&rows, status);
}

static bool read_parts(struct work *w, struct parts *parts)
{
    char digests[2 * DELTA_PARTS_MAX][SHA256_SIZE];
    enum db_status status;

    do {
        struct db_conn *c = db_take(w->generator->platform->db);

        status = find_parts(c, w, parts, digests);
        if (status != DB_OK) {
            log_line("generator: database: %s", db_message(c));
        }
        db_give(c);
    } while (waits(w->generator, status));
    w->is_left = status != DB_OK;
    bool ok = status == DB_OK && parts->count > 0;
    if (!ok) {
        snprintf(w->reason, sizeof(w->reason), "the new image is missing");
    }
    for (size_t i = 0; ok && i < parts->count; i++) {
        struct delta_part_input *input = &parts->inputs[i];

        input->new_image = &parts->new_images[i];
        ok = read_image(&parts->new_images[i], w, digests[2 * i]);
        if (ok && digests[2 * i + 1][0] != 0) {
            input->old_image = &parts->old_images[i];
            ok = read_image(&parts->old_images[i], w, digests[2 * i + 1]);
        }
    }
    return ok;
}

// The private key of the project: KEYS/ID.pem, if there are keys.
static bool read_key(struct delta_key *key, const struct work *w)
{
    const char *folder = w->generator->platform->settings.signing_keys;
    char path[BLOBS_PATH_MAX + 32];
    char text[4096];

    if (folder == NULL) {
        return false;
    }
    snprintf(path, sizeof(path), "%.500s/%lld.pem", folder,
             (long long)w->project_id);
    FILE *file = fopen(path, "rb");
    size_t size = file != NULL ? fread(text, 1, sizeof(text), file) : 0;
    if (file != NULL) {
        fclose(file);
    }
    bool ok = size > 0 && delta_key_read(key, text, size, NULL) == DELTA_OK &&
              key->is_private;
    memset(text, 0, sizeof(text));
    return ok;
}

static bool check(struct work *w, const void *package, size_t size)
{
    struct package_demands demands = {w->product[0] != 0 ? w->product : NULL,
                                      w->public_key, (uint64_t)w->area_size,
                                      w->to};
    struct delta_info info;

    return package_check(&demands, package, size, &info, w->reason);
}

static bool make(struct work *w, const struct parts *parts,
                 struct delta_bytes *package)
{
    struct delta_report reports[DELTA_PARTS_MAX];
    struct delta_key key;
    struct delta_error error;
    bool has_key = read_key(&key, w);
    struct delta_options options = {
        .ram = w->ram,
        .product = w->product[0] != 0 ? w->product : NULL,
        .from_version = w->from,
        .to_version = w->to,
        .key = has_key ? &key : NULL,
        .threads = 1,
        .mode = w->is_in_place ? DELTA_IN_PLACE : DELTA_TWO_SLOT,
        .in_place = w->in_place,
        .progress = say,
        .context = w,
    };
    bool ok = delta_make_parts(package, reports, parts->inputs, parts->count,
                               &options, &error) == DELTA_OK;

    memset(&key, 0, sizeof(key));
    if (!ok) {
        snprintf(w->reason, sizeof(w->reason), "%s", error.text);
    }
    return ok && check(w, package->data, package->size);
}

// One that was made before, for other demands.
static bool check_again(struct work *w)
{
    uint64_t size = 0;
    char *data = NULL;
    int fd;

    if (w->sha256[0] == 0) {
        return false;
    }
    if (blob_read(&w->generator->platform->blobs, w->sha256, &fd, &size) ==
        BLOB_OK) {
        data = blob_load(fd, size);
        close(fd);
    }
    snprintf(w->reason, sizeof(w->reason), "the package cannot be read");
    bool ok = data != NULL && check(w, data, (size_t)size);
    free(data);
    return ok;
}

static bool keep(struct work *w, const struct delta_bytes *package)
{
    struct blob_writer writer;
    enum blob_status status =
        blob_begin(&writer, &w->generator->platform->blobs, package->size);

    if (status == BLOB_OK) {
        status = blob_write(&writer, package->data, package->size);
        if (status == BLOB_OK) {
            status = blob_keep(&writer, w->sha256);
        } else {
            blob_drop(&writer);
        }
    }
    w->size = (int64_t)package->size;
    w->is_full = status == BLOB_FULL;
    if (status != BLOB_OK) {
        snprintf(w->reason, sizeof(w->reason), "%s",
                 status == BLOB_FULL ? "no room on the disk"
                                     : "the package cannot be written");
    }
    return status == BLOB_OK;
}

// Unless it is to be made anew meanwhile, for other demands.
static void finish(const struct work *w, bool ok)
{
    bool is_there = ok || (w->is_uploaded && w->sha256[0] != 0);
    const char *state = ok ? "ready" : w->is_full ? "waiting" : "failed";
    enum db_status status;

    do {
        status = run_one(
            w->generator,
            "UPDATE packages SET state = $2, sha256 = $3, size = $4, reason = "
            "$5 WHERE id = $1 AND state = 'building' AND (SELECT demands FROM "
            "projects WHERE id = $6) = $7",
            DB_WITH(db_int(w->id), db_text(state),
                    db_text(is_there ? w->sha256 : NULL),
                    is_there ? db_int(w->size) : db_null(),
                    db_text(ok ? NULL : w->reason), db_int(w->project_id),
                    db_int(w->demands)));
    } while (waits(w->generator, status));
    log_line("package %s %s to %s: %s", w->firmware_name, w->from, w->to,
             ok ? "made" : w->reason);
}

static void do_work(struct work *w)
{
    struct parts *parts = calloc(1, sizeof(*parts));
    struct delta_bytes package = {NULL, 0};
    bool ok = check_again(w) ||
              (!w->is_uploaded && parts != NULL && read_parts(w, parts) &&
               make(w, parts, &package) && keep(w, &package));

    if (!w->is_left) {
        finish(w, ok);
    }
    delta_free(&package);
    if (parts != NULL) {
        parts_free(parts);
    }
    free(parts);
    free(w->public_key);
}

// --- The thread ------------------------------------------------------------

static void prune_old(struct generator *g)
{
    struct db_conn *c = db_take(g->platform->db);

    if (prune(c, time(NULL), g->platform->settings.keep_days) != DB_OK) {
        log_line("old requests: database: %s", db_message(c));
    }
    unsigned files = prune_files(c, &g->platform->blobs);
    if (files > 0) {
        log_line("files that nothing refers to: %u removed", files);
    }
    db_give(c);
}

static void *run(void *context)
{
    struct generator *g = context;
    struct work w;
    time_t pruned = 0;

    while (!is_stopping(g)) {
        if (time(NULL) >= pruned + PRUNE_SECONDS) {
            prune_old(g);
            pruned = time(NULL);
        }
        if (take(&w, g)) {
            do_work(&w);
        } else {
            pause_a_while(g);
        }
    }
    return NULL;
}

struct generator *generator_start(struct platform *platform)
{
    struct generator *g = calloc(1, sizeof(*g));

    if (g == NULL) {
        return NULL;
    }
    g->platform = platform;
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->changed, NULL);
    if (pthread_create(&g->thread, NULL, run, g) != 0) {
        free(g);
        return NULL;
    }
    return g;
}

void generator_stop(struct generator *generator)
{
    if (generator == NULL) {
        return;
    }
    pthread_mutex_lock(&generator->lock);
    generator->is_stopping = true;
    pthread_cond_signal(&generator->changed);
    pthread_mutex_unlock(&generator->lock);
    pthread_join(generator->thread, NULL);
    pthread_cond_destroy(&generator->changed);
    pthread_mutex_destroy(&generator->lock);
    free(generator);
}
