// SPDX-License-Identifier: MIT
// The time of an update: counts, multiplied by a profile. All in microseconds
// until the end; for work and profiles in range no product reaches 2^64.

#include "delta_estimate.h"

#include <string.h>

#include "errors.h"
#include "profile.h"

#define SETUP_ROUND_TRIPS 2u // name and connection, before the first request

// Bytes that the decoder reads for a byte of the new image, and in tenths for
// one of the stream. Measured by bench/instructions.py --fit; the sources of
// many short copies are why the stream counts.
#define READ_OUTPUT 3u
#define READ_RANGE_TENTHS 240u
#define READ_DEFLATE_TENTHS 24u

// The journal, docs/CHECKPOINT.md: header and commit of a record, marks, and
// the package bytes after which a state is saved by default.
#define RECORD_SIZE 56u
#define MARK_SIZE 8u
#define STATE_EVERY 57344u

#define WORK_MAX (1ull << 36) // bytes of anything

// The most that is done in place: erases of a block, and bytes programmed in
// tenths of the image.
#define IN_PLACE_ERASES 2u
#define IN_PLACE_TENTHS 22u

static uint64_t divide_up(uint64_t value, uint64_t by)
{
    return (value + by - 1) / by;
}

// --- Work of a package -----------------------------------------------------

// Two start records, a mark for each block and, for large packages, states, all
// with room for the marks. A state is taken to be all of the work memory.
static void count_journal(struct delta_area_work *journal,
                          const struct delta_info *info,
                          const struct delta_profile *profile)
{
    uint32_t block_size = profile->flash_erase_size;
    uint64_t marks = divide_up(info->new_size, block_size) + 1;
    uint64_t states = (info->package_size - 1) / STATE_EVERY;
    uint64_t start = RECORD_SIZE + MARK_SIZE * marks;
    uint64_t state = start + info->ram;

    journal->block_size = block_size;
    journal->blocks = 2 * divide_up(start, block_size) +
                      states * divide_up(state, block_size);
    journal->programmed = 2 * RECORD_SIZE + MARK_SIZE * marks +
                          states * (RECORD_SIZE + info->ram);
    journal->programs =
        2 + marks +
        states * divide_up(RECORD_SIZE + info->ram, profile->flash_page_size);
}

static enum delta_work_codec codec_of(const struct delta_info *info)
{
    if (strcmp(info->codec_name, "range") == 0) {
        return DELTA_WORK_RANGE;
    }
    return strcmp(info->codec_name, "deflate") == 0 ? DELTA_WORK_DEFLATE
                                                    : DELTA_WORK_STORED;
}

static uint64_t read_besides(const struct delta_work *work)
{
    uint64_t tenths = work->codec == DELTA_WORK_RANGE ? READ_RANGE_TENTHS
                                                      : READ_DEFLATE_TENTHS;

    return work->codec == DELTA_WORK_STORED
               ? 0
               : (uint64_t)READ_OUTPUT * work->output_size +
                     work->stream_size * tenths / 10;
}

enum delta_status delta_estimate_package(struct delta_work *work,
                                         const struct delta_info *info,
                                         const struct delta_profile *profile,
                                         struct delta_error *error)
{
    struct delta_area_work *image = &work->areas[DELTA_WORK_IMAGE];
    struct delta_area_work *staging = &work->areas[DELTA_WORK_STAGING];
    enum delta_status status = delta_profile_check(profile, error);

    memset(work, 0, sizeof(*work));
    if (status != DELTA_OK) {
        return status;
    }
    uint32_t block_size = profile->flash_erase_size;
    work->codec = codec_of(info);
    work->is_signed = info->is_signed;
    work->is_staged = strcmp(info->mode_name, "in-place") == 0;
    work->package_size = info->package_size;
    work->stream_size = info->package_size - info->overhead;
    work->output_size = info->new_size;
    work->image_size = (uint64_t)info->old_size + info->new_size;
    work->read_size = read_besides(work);
    image->block_size = block_size;
    image->blocks = divide_up(info->new_size, block_size);
    image->programmed = info->new_size;
    count_journal(&work->areas[DELTA_WORK_JOURNAL], info, profile);
    if (work->is_staged) {
        image->blocks *= IN_PLACE_ERASES;
        image->programmed = (uint64_t)info->new_size * IN_PLACE_TENTHS / 10;
        staging->block_size = block_size;
        staging->blocks = divide_up(info->package_size, block_size);
        staging->programmed = info->package_size;
        work->read_size += info->package_size;
    }
    return DELTA_OK;
}

static struct delta_area_work work_of(const struct delta_area_use *use)
{
    return (struct delta_area_work){.block_size = use->block_size,
                                    .blocks = use->erased,
                                    .programmed = use->programmed};
}

enum delta_status delta_estimate_made(struct delta_work *work,
                                      const struct delta_report *report,
                                      const struct delta_profile *profile,
                                      struct delta_error *error)
{
    enum delta_status status =
        delta_estimate_package(work, &report->info, profile, error);

    if (status == DELTA_OK && work->is_staged) {
        work->areas[DELTA_WORK_IMAGE] = work_of(&report->slot);
        work->areas[DELTA_WORK_SCRATCH] = work_of(&report->scratch);
        work->areas[DELTA_WORK_JOURNAL] = work_of(&report->journal);
    }
    return status;
}

// --- Times -----------------------------------------------------------------

static uint64_t processor_us(const struct delta_profile *profile,
                             uint64_t instructions)
{
    uint64_t cycles = instructions * profile->cpu_cycles_per_100 / 100;
    uint32_t khz = profile->cpu_khz;

    return cycles / khz * 1000 + cycles % khz * 1000 / khz;
}

static uint64_t download_us(const struct delta_profile *profile,
                            uint32_t package_size)
{
    uint32_t request = profile->link_request_size;
    uint64_t requests = request == 0 ? 1 : divide_up(package_size, request);
    uint64_t trips = package_size == 0 ? 0 : SETUP_ROUND_TRIPS + requests;

    return trips * profile->link_round_trip_ms * 1000 +
           divide_up(package_size * 8000000ull, profile->link_bits_per_second);
}

static uint64_t read_us(const struct delta_profile *profile, uint64_t size)
{
    return divide_up(size * 1000000, profile->flash_read_bytes_per_second);
}

// One block, by as few commands as erase it.
static uint64_t block_us(const struct delta_profile *profile, uint32_t size)
{
    uint32_t large = profile->flash_large_size;
    uint64_t larges = large == 0 ? 0 : size / large;
    uint64_t rest = size - larges * large;

    return larges * profile->flash_large_us +
           divide_up(rest, profile->flash_erase_size) * profile->flash_erase_us;
}

static uint64_t erase_us(const struct delta_profile *profile,
                         const struct delta_area_work *area)
{
    return area->blocks == 0
               ? 0
               : area->blocks * block_us(profile, area->block_size);
}

static uint64_t program_us(const struct delta_profile *profile,
                           const struct delta_area_work *area)
{
    uint64_t pages = divide_up(area->programmed, profile->flash_page_size);

    return (area->programs > pages ? area->programs : pages) *
           profile->flash_page_us;
}

static uint64_t decode_us(const struct delta_profile *profile,
                          const struct delta_work *work)
{
    uint64_t output = profile->stored_output;
    uint64_t stream = 0;

    if (work->codec == DELTA_WORK_RANGE) {
        output = profile->range_output;
        stream = profile->range_stream;
    } else if (work->codec == DELTA_WORK_DEFLATE) {
        output = profile->deflate_output;
        stream = profile->deflate_stream;
    }
    return processor_us(profile, output * work->output_size +
                                     stream * work->stream_size);
}

static enum delta_status check_size(uint64_t size, struct delta_error *error)
{
    if (size > WORK_MAX) {
        return delta_fail(error, DELTA_ERR_OPTION, "work",
                          "too much for an estimate (found %llu, expected at "
                          "most %llu)",
                          (unsigned long long)size,
                          (unsigned long long)WORK_MAX);
    }
    return DELTA_OK;
}

static enum delta_status check_area(const struct delta_area_work *area,
                                    struct delta_error *error)
{
    enum delta_status status = check_size(area->blocks, error);

    if (status == DELTA_OK && area->blocks != 0 && area->block_size == 0) {
        return delta_fail(error, DELTA_ERR_OPTION, "work",
                          "blocks were erased that have no size (found %llu "
                          "blocks, expected none)",
                          (unsigned long long)area->blocks);
    }
    if (status == DELTA_OK && area->block_size != 0 &&
        area->blocks > WORK_MAX / area->block_size) {
        status = check_size(WORK_MAX + 1, error);
    }
    if (status == DELTA_OK) {
        status = check_size(area->programs, error);
    }
    return status == DELTA_OK ? check_size(area->programmed, error) : status;
}

static enum delta_status check_work(const struct delta_work *work,
                                    struct delta_error *error)
{
    enum delta_status status = check_size(work->image_size, error);

    if (status == DELTA_OK) {
        status = check_size(work->read_size, error);
    }
    for (size_t i = 0; i < DELTA_WORK_AREAS && status == DELTA_OK; i++) {
        status = check_area(&work->areas[i], error);
    }
    return status;
}

// Microseconds of what goes on together.
struct phase {
    uint64_t erase, program, read, decode, hash;
};

static uint64_t sum_of(const struct phase *phase)
{
    return phase->erase + phase->program + phase->read + phase->decode +
           phase->hash;
}

static void add_area(struct phase *phase, const struct delta_profile *profile,
                     const struct delta_area_work *area)
{
    phase->erase += erase_us(profile, area);
    phase->program += program_us(profile, area);
}

static uint64_t milliseconds(uint64_t us)
{
    return divide_up(us, 1000);
}

static void fill_in(struct delta_estimate *e, const struct delta_work *work,
                    const struct delta_profile *profile)
{
    uint64_t hash_byte =
        work->is_signed ? profile->sha256_byte : profile->xxh64_byte;
    uint64_t download = download_us(profile, work->package_size);
    uint64_t signature =
        work->is_signed ? processor_us(profile, profile->signature) : 0;
    struct phase images = {
        .read = read_us(profile, work->image_size),
        .hash = processor_us(profile, hash_byte * work->image_size),
    };
    struct phase store = {0};
    struct phase apply = {
        .read = read_us(profile, work->read_size),
        .decode = decode_us(profile, work),
        .hash = processor_us(profile, hash_byte * work->package_size),
    };

    for (size_t i = 0; i < DELTA_WORK_AREAS; i++) {
        add_area(i == DELTA_WORK_STAGING ? &store : &apply, profile,
                 &work->areas[i]);
        e->erased_blocks += work->areas[i].blocks;
        e->programmed += work->areas[i].programmed;
    }
    // What may go on while bytes arrive.
    uint64_t beside = sum_of(&store) + (work->is_staged ? 0 : sum_of(&apply));
    uint64_t overlap = beside < download ? beside : download;

    e->download_ms = milliseconds(download);
    e->erase_ms = milliseconds(store.erase + apply.erase);
    e->program_ms = milliseconds(store.program + apply.program);
    e->read_ms = milliseconds(images.read + apply.read);
    e->decode_ms = milliseconds(apply.decode);
    e->hash_ms = milliseconds(images.hash + apply.hash);
    e->signature_ms = milliseconds(signature);
    e->compute_ms =
        milliseconds(apply.decode + images.hash + apply.hash + signature);
    e->overlap_ms = milliseconds(overlap);
    e->total_ms = milliseconds(download + signature + sum_of(&images) +
                               sum_of(&store) + sum_of(&apply) - overlap);
    e->read_size = work->image_size + work->read_size;
}

enum delta_status delta_estimate(struct delta_estimate *estimate,
                                 const struct delta_work *work,
                                 const struct delta_profile *profile,
                                 struct delta_error *error)
{
    enum delta_status status = delta_profile_check(profile, error);

    memset(estimate, 0, sizeof(*estimate));
    if (status == DELTA_OK) {
        status = check_work(work, error);
    }
    if (status == DELTA_OK) {
        fill_in(estimate, work, profile);
    }
    return status;
}
