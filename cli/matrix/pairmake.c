// SPDX-License-Identifier: MIT
// What a worker does: one package, from the store or made.

#include "pairmake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "cacheentry.h"
#include "pairrecord.h"

// One package on its way.
struct making {
    struct job_result *result;
    const struct matrix *m;
    const struct job *job;
    unsigned threads;
    struct pair_images images;
    uint64_t compressed; // bytes of the new images by zlib
    struct delta_bytes package;
};

static void progress(void *context, unsigned permille)
{
    struct making *k = context;

    k->result->permille = permille;
}

static const struct list_release *new_release(const struct making *k)
{
    return &k->m->list.releases[k->job->pair->to];
}

// Messages name the file that is meant, else the option.
static enum cli_exit fail(const struct making *k,
                          const struct delta_error *error)
{
    const struct pair *pair = k->job->pair;
    bool is_old = strncmp(error->subject, "old", 3) == 0;
    bool is_new = strncmp(error->subject, "new", 3) == 0;
    const char *subject = error->subject;

    if (is_new || (is_old && pair->from != LIST_NONE)) {
        size_t release = is_old ? pair->from : pair->to;
        size_t part =
            error->subject[3] == ' ' ? (size_t)(error->subject[4] - '0') : 0;

        if (part < k->m->list.releases[release].part_count) {
            subject = k->m->list.releases[release].parts[part].path;
        }
    }
    report_error(subject, "%s", error->text);
    return (enum cli_exit)(-error->status / 100);
}

// --- From the store --------------------------------------------------------

// A package may be well-formed and still not what was asked for.
static bool is_as_asked(const struct making *k, const struct delta_info *info)
{
    const struct list_options *o = &k->job->pair->rule->options;
    const struct pair *pair = k->job->pair;
    const char *from =
        pair->from == LIST_NONE ? "" : k->m->list.releases[pair->from].version;
    const char *product = k->m->list.product;
    uint32_t ram = o->make.ram != 0 ? o->make.ram : DELTA_RAM_DEFAULT;
    bool is_in_place = strcmp(info->mode_name, "in-place") == 0;

    return info->ram <= ram && info->counter == new_release(k)->counter &&
           strcmp(info->product, product != NULL ? product : "") == 0 &&
           strcmp(info->from_version, from) == 0 &&
           strcmp(info->to_version, new_release(k)->version) == 0 &&
           info->is_signed == k->m->has_key &&
           is_in_place == (o->make.mode == DELTA_IN_PLACE) &&
           (strcmp(info->codec_name, "stored") == 0 ||
            strcmp(info->codec_name,
                   o->make.codec == DELTA_RANGE ? "range" : "deflate") == 0);
}

static bool is_ours(const struct making *k, const void *package, size_t size)
{
    struct delta_content olds[DELTA_PARTS_MAX];
    struct delta_content news[DELTA_PARTS_MAX];
    struct delta_info info;
    struct delta_key key = k->m->key;
    size_t count = k->images.count;

    key.is_private = false;
    memset(key.scalar, 0, sizeof(key.scalar));
    for (size_t i = 0; i < count; i++) {
        const struct delta_image *a = &k->images.old_images[i];
        const struct delta_image *b = &k->images.new_images[i];

        olds[i] = (struct delta_content){a->data, a->size};
        news[i] = (struct delta_content){b->data, b->size};
    }
    return delta_verify_parts(&info, package, size, olds, news, count, &key,
                              k->m->has_key ? 1 : 0, NULL) == DELTA_OK &&
           is_as_asked(k, &info);
}

// Take the package from the store, if it has one and it is what we would make.
static bool fetch(struct making *k)
{
    struct file_bytes entry;
    size_t size = 0;

    if (!k->m->has_store ||
        store_get(&k->m->store, k->job->recipe, &entry) != STORE_FOUND) {
        return false;
    }
    const uint8_t *package =
        cache_entry_read(&size, k->job->recipe, entry.data, entry.size);
    bool ok = package != NULL && is_ours(k, package, size);

    if (ok) {
        k->package.data = malloc(size);
        ok = k->package.data != NULL;
        if (ok) {
            memcpy(k->package.data, package, size);
            k->package.size = size;
        }
    } else {
        k->result->had_bad_entry = true;
    }
    file_free(&entry);
    k->result->is_cached = ok;
    return ok;
}

static void offer(const struct making *k)
{
    struct file_bytes entry;

    if (k->m->has_store && cache_entry_make(&entry, k->job->recipe,
                                            k->package.data, k->package.size)) {
        (void)store_put(&k->m->store, k->job->recipe, entry.data, entry.size);
        file_free(&entry);
    }
}

// --- Made ------------------------------------------------------------------

static int by_start(const void *a, const void *b)
{
    const struct delta_span *x = a;
    const struct delta_span *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

static size_t ranges_of(struct delta_span *spans, const struct list_options *o,
                        uint8_t id)
{
    size_t count = 0;

    for (size_t i = 0; i < o->unmanaged_count; i++) {
        if (o->unmanaged[i].part == id) {
            spans[count++] = o->unmanaged[i].span;
        }
    }
    qsort(spans, count, sizeof(*spans), by_start);
    return count;
}

// The part is made for its slots, if the layout has some: that it has is checked
// with the sizes.
static bool use_layout(struct delta_options *own,
                       const struct delta_options *options,
                       const struct list_options *o, uint8_t id)
{
    const struct delta_flash_part *slots =
        o->has_layout ? delta_layout_part(&o->layout, id) : NULL;

    if (slots == NULL) {
        return false;
    }
    *own = *options;
    delta_layout_options(own, &o->layout, slots);
    return true;
}

static enum delta_status make_with(struct delta_bytes *package,
                                   struct delta_info *info,
                                   const struct making *k, bool with_old,
                                   const struct delta_options *options,
                                   struct delta_error *error)
{
    const struct list_options *o = &k->job->pair->rule->options;
    const struct list_release *to = new_release(k);
    struct delta_span spans[DELTA_PARTS_MAX][DELTA_UNMANAGED_MAX];
    struct delta_part_input parts[DELTA_PARTS_MAX];
    struct delta_options own[DELTA_PARTS_MAX]; // by the layout
    struct delta_report reports[DELTA_PARTS_MAX];

    memset(parts, 0, sizeof(parts));
    memset(&reports[0], 0, sizeof(reports[0]));
    for (size_t i = 0; i < k->images.count; i++) {
        const struct delta_image *old_image = &k->images.old_images[i];

        parts[i] = (struct delta_part_input){
            .id = to->parts[i].id,
            .old_image = with_old && old_image->data != NULL ? old_image : NULL,
            .new_image = &k->images.new_images[i],
            .unmanaged = spans[i],
            .unmanaged_count = ranges_of(spans[i], o, to->parts[i].id),
        };
        if (use_layout(&own[i], options, o, to->parts[i].id)) {
            parts[i].options = &own[i];
        }
    }
    enum delta_status status = delta_make_parts(
        package, reports, parts, k->images.count, options, error);
    *info = reports[0].info;
    for (size_t i = 0;
         status == DELTA_OK && o->has_layout && i < k->images.count; i++) {
        status = delta_layout_check(&o->layout, &reports[i].info, error);
    }
    if (status != DELTA_OK) {
        delta_free(package);
    }
    return status;
}

static struct delta_options options_of(struct making *k)
{
    const struct pair *pair = k->job->pair;
    struct delta_options options = pair->rule->options.make;

    options.key = k->m->has_key ? &k->m->key : NULL;
    options.product = k->m->list.product;
    options.from_version = pair->from == LIST_NONE
                               ? NULL
                               : k->m->list.releases[pair->from].version;
    options.to_version = new_release(k)->version;
    options.counter = new_release(k)->counter;
    options.threads = k->threads;
    options.progress = progress;
    options.context = k;
    return options;
}

// What zlib makes of the new images, for comparison; 0 when memory is short.
static uint64_t compressed_size(const struct pair_images *images)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < images->count; i++) {
        const struct delta_image *image = &images->new_images[i];
        uLongf size = compressBound(image->size);
        Bytef *data = malloc(size);

        if (data == NULL || compress2(data, &size, image->data, image->size,
                                      Z_DEFAULT_COMPRESSION) != Z_OK) {
            free(data);
            return 0;
        }
        sum += size;
        free(data);
    }
    return sum;
}

// A full image may be no larger. Of a delta of at least a quarter of the new
// image libdelta has seen that it is not smaller; what is stored needs no old
// image either way.
static bool is_doubtful(const struct making *k, const struct delta_info *info)
{
    return k->job->pair->from != LIST_NONE && info->old_size != 0 &&
           k->package.size > k->compressed / 2 &&
           (info->stream_size < info->new_size / 4 ||
            strcmp(info->codec_name, "stored") == 0);
}

static enum cli_exit make(struct making *k)
{
    struct delta_options options = options_of(k);
    struct delta_info info;
    struct delta_error error;
    struct delta_bytes whole = {NULL, 0};

    if (make_with(&k->package, &info, k, true, &options, &error) != DELTA_OK) {
        return fail(k, &error);
    }
    if (is_doubtful(k, &info) &&
        make_with(&whole, &info, k, false, &options, NULL) == DELTA_OK &&
        whole.size <= k->package.size) {
        delta_free(&k->package);
        k->package = whole;
        return CLI_DONE;
    }
    delta_free(&whole);
    return CLI_DONE;
}

static enum cli_exit keep(const struct making *k)
{
    enum job_state state = k->result->is_cached ? JOB_CACHED : JOB_BUILT;
    enum cli_exit status =
        out_write(&k->m->folder, k->job->pair->name, ".dfota", k->package.data,
                  k->package.size);

    return status == CLI_DONE
               ? pair_record_save(k->m, k->job, state, k->compressed,
                                  k->package.data, k->package.size)
               : status;
}

void pair_make(struct job_result *result, const struct matrix *m,
               const struct job *job, unsigned threads)
{
    struct making k = {
        .result = result, .m = m, .job = job, .threads = threads};
    enum cli_exit status = pair_images_read(&k.images, m, job->pair);

    if (status == CLI_DONE) {
        k.compressed = compressed_size(&k.images);
    }
    if (status == CLI_DONE && !fetch(&k)) {
        result->reason[0] = 0; // of the store, if anything
        status = make(&k);
        if (status == CLI_DONE) {
            offer(&k);
        }
    }
    if (status == CLI_DONE) {
        status = keep(&k);
    }
    result->status = status;
    delta_free(&k.package);
    pair_images_free(&k.images);
}
