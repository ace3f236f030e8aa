// SPDX-License-Identifier: MIT
// Packages in the background.

#include "generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "background.h"
#include "delta_parts.h"
#include "log.h"
#include "outcome.h"
#include "packagecheck.h"
#include "packageimages.h"
#include "packagequeue.h"
#include "prune.h"

#define HEARD_SECONDS 5
#define LOOK_SECONDS 1
#define PRUNE_SECONDS 3600

struct generator {
    struct platform *platform;
    struct background background;
};

// A package that is being made.
struct work {
    struct generator *generator;
    struct queued package;
    time_t heard; // when this was last said to be at work
    bool is_left; // for a later try, as if whoever makes it was gone
    bool is_full; // the disk: for a later try as well
    char reason[PACKAGE_REASON_SIZE];
};

static bool is_stopping(struct generator *g)
{
    pthread_mutex_lock(&g->background.lock);
    bool stopping = g->background.is_stopping;
    pthread_mutex_unlock(&g->background.lock);
    return stopping;
}

static void pause_a_while(struct generator *g)
{
    pthread_mutex_lock(&g->background.lock);
    background_wait(&g->background, LOOK_SECONDS);
    pthread_mutex_unlock(&g->background.lock);
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

// Progress is a sign of life.
static void say(void *context, unsigned permille)
{
    struct work *w = context;
    time_t now = time(NULL);

    (void)permille;
    if (now >= w->heard + HEARD_SECONDS) {
        struct db_conn *c = db_take(w->generator->platform->db);

        w->heard = now;
        (void)queue_say(c, &w->package, now);
        db_give(c);
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

static enum db_status find_parts(struct work *w,
                                 struct queued_part found[DELTA_PARTS_MAX],
                                 size_t *count)
{
    enum db_status status;

    do {
        struct db_conn *c = db_take(w->generator->platform->db);

        status = queue_images(c, &w->package, found, count);
        if (status != DB_OK) {
            log_line("generator: database: %s", db_message(c));
        }
        db_give(c);
    } while (waits(w->generator, status));
    return status;
}

static bool read_parts(struct work *w, struct parts *parts)
{
    struct queued_part found[DELTA_PARTS_MAX];

    w->is_left = find_parts(w, found, &parts->count) != DB_OK;
    bool ok = !w->is_left && parts->count > 0;
    if (!ok) {
        snprintf(w->reason, sizeof(w->reason), "the new image is missing");
    }
    for (size_t i = 0; ok && i < parts->count; i++) {
        struct delta_part_input *input = &parts->inputs[i];

        input->id = found[i].id;
        input->new_image = &parts->new_images[i];
        ok = read_image(&parts->new_images[i], w, found[i].new_sha256);
        if (ok && found[i].old_sha256[0] != 0) {
            input->old_image = &parts->old_images[i];
            ok = read_image(&parts->old_images[i], w, found[i].old_sha256);
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
             (long long)w->package.project_id);
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
    struct package_demands demands = {
        w->package.product[0] != 0 ? w->package.product : NULL,
        w->package.public_key, (uint64_t)w->package.area_size, w->package.to};
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
        .ram = w->package.ram,
        .product = w->package.product[0] != 0 ? w->package.product : NULL,
        .from_version = w->package.from,
        .to_version = w->package.to,
        .key = has_key ? &key : NULL,
        .threads = 1,
        .mode = w->package.is_in_place ? DELTA_IN_PLACE : DELTA_TWO_SLOT,
        .in_place = w->package.in_place,
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

// Those that it was checked against may have been taken back.
static bool check_images(struct work *w, const void *package, size_t size)
{
    struct package_images images = {w->package.firmware_id, w->package.from,
                                    w->package.to};
    enum db_status status;

    do {
        struct db_conn *c = db_take(w->generator->platform->db);

        status = package_check_images(c, &w->generator->platform->blobs,
                                      &images, package, size, w->reason);
        if (status != DB_OK) {
            log_line("generator: database: %s", db_message(c));
        }
        db_give(c);
    } while (waits(w->generator, status));
    w->is_left = status != DB_OK;
    return status == DB_OK && w->reason[0] == 0;
}

// One that was made before, for other demands.
static bool check_again(struct work *w)
{
    uint64_t size = 0;
    char *data = NULL;
    int fd;

    if (w->package.sha256[0] == 0) { // for one that was uploaded
        snprintf(w->reason, sizeof(w->reason), "its file is lost");
        return false;
    }
    if (blob_read(&w->generator->platform->blobs, w->package.sha256, &fd,
                  &size) == BLOB_OK) {
        data = blob_load(fd, size);
        close(fd);
    }
    snprintf(w->reason, sizeof(w->reason), "the package cannot be read");
    bool ok = data != NULL && check(w, data, (size_t)size) &&
              (!w->package.is_uploaded || check_images(w, data, (size_t)size));
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
            status = blob_keep(&writer, w->package.sha256);
        } else {
            blob_drop(&writer);
        }
    }
    w->package.size = (int64_t)package->size;
    w->is_full = status == BLOB_FULL;
    if (status != BLOB_OK) {
        snprintf(w->reason, sizeof(w->reason), "%s",
                 status == BLOB_FULL ? "no room on the disk"
                                     : "the package cannot be written");
    }
    return status == BLOB_OK;
}

static void finish(struct work *w, bool ok)
{
    struct queued *package = &w->package;
    const char *state = ok ? "ready" : w->is_full ? "waiting" : "failed";
    enum db_status status;

    if (!ok && !package->is_uploaded) {
        package->sha256[0] = 0;
    }
    do {
        struct db_conn *c = db_take(w->generator->platform->db);

        status = queue_finish(c, package, state, ok ? NULL : w->reason);
        if (status != DB_OK) {
            log_line("generator: database: %s", db_message(c));
        }
        db_give(c);
    } while (waits(w->generator, status));
    log_line("package %s %s to %s: %s", package->firmware_name, package->from,
             package->to, ok ? "made" : w->reason);
}

static void do_work(struct work *w)
{
    struct parts *parts = calloc(1, sizeof(*parts));
    struct delta_bytes package = {NULL, 0};
    bool ok = check_again(w) || (!w->package.is_uploaded && parts != NULL &&
                                 read_parts(w, parts) &&
                                 make(w, parts, &package) && keep(w, &package));

    if (!w->is_left) {
        finish(w, ok);
    }
    delta_free(&package);
    if (parts != NULL) {
        parts_free(parts);
    }
    free(parts);
    queue_free(&w->package);
}

// --- The thread ------------------------------------------------------------

static void prune_old(struct generator *g)
{
    const struct platform_settings *settings = &g->platform->settings;
    struct db_conn *c = db_take(g->platform->db);

    if (prune(c, time(NULL), settings->keep_days) != DB_OK) {
        log_line("old requests: database: %s", db_message(c));
    }
    if (outcome_give_up(c, time(NULL),
                        settings->is_behind_proxy ||
                            settings->accel_prefix != NULL) != DB_OK) {
        log_line("silent upgrades: database: %s", db_message(c));
    }
    unsigned files = prune_files(c, &g->platform->blobs);
    if (files > 0) {
        log_line("files that nothing refers to: %u removed", files);
    }
    db_give(c);
}

static bool take(struct work *w, struct generator *g)
{
    struct db_conn *c = db_take(g->platform->db);

    memset(w, 0, sizeof(*w));
    w->generator = g;
    w->heard = time(NULL);
    enum db_status status = queue_take(c, &w->package, w->heard);
    if (status != DB_OK) {
        log_line("generator: database: %s", db_message(c));
    }
    db_give(c);
    return status == DB_OK && w->package.id != 0;
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
    if (!background_start(&g->background, run, g)) {
        free(g);
        return NULL;
    }
    return g;
}

void generator_stop(struct generator *generator)
{
    if (generator != NULL) {
        background_stop(&generator->background);
        free(generator);
    }
}
