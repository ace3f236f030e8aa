// SPDX-License-Identifier: MIT
// Reads a package's description and walks the chain of its chunks.

#include "inspect.h"

#include <string.h>

#include "apply.h"
#include "bytes.h"
#include "errors.h"
#include "package.h"
#include "text.h"

// More than any package of format version 1 can ask for: 64 x 65,535 bytes of
// model, 8,192 map entries and a chunk of 32 KiB are below 4.5 MiB.
#define RAM_MAX 0x800000u

// Enough for the patcher to read any manifest.
#define MANIFEST_RAM 4096u

static const char *codec_name(uint8_t codec)
{
    static const char *const names[] = {"stored", "deflate", "range"};
    return codec <= DFOTA_CODEC_RANGE ? names[codec] : "unknown";
}

static const char *arch_name(uint8_t arch)
{
    switch (arch) {
    case DFOTA_ARCH_NONE: return "none";
    case DFOTA_ARCH_THUMB: return "thumb";
    case DFOTA_ARCH_A32: return "a32";
    case DFOTA_ARCH_A64: return "a64";
    case DFOTA_ARCH_RISCV: return "riscv";
    case DFOTA_ARCH_XTENSA: return "xtensa";
    case DFOTA_ARCH_AVR: return "avr";
    case DFOTA_ARCH_BIG: return "none, big-endian";
    default: return "several";
    }
}

static const char *mode_name(uint8_t mode)
{
    static const char *const names[] = {"two-slot", "in-place"};
    return mode <= DFOTA_MODE_IN_PLACE ? names[mode] : "unknown";
}

static uint32_t model_size(const struct dfp_info *raw)
{
    if (raw->codec == DFOTA_CODEC_RANGE) {
        return 64u * raw->codec_param;
    }
    return raw->codec == DFOTA_CODEC_DEFLATE ? 1u << raw->codec_param : 0;
}

static void copy_text(char *out, const char *text)
{
    memcpy(out, text, DELTA_TEXT_MAX + 1);
    delta_text_clean(out);
}

static uint32_t kept_blocks(const uint8_t *package, const struct dfp_info *raw,
                            uint32_t part)
{
    uint32_t size = 0;
    const uint8_t *runs = delta_package_record(package, DFOTA_TAG_KEPT, &size);
    uint32_t blocks = 0;

    for (uint32_t i = 0; raw->block_size != 0 && i < size;
         i += DFOTA_KEPT_SIZE) {
        if (runs[i] == part) {
            blocks += dfc_get16(runs + i + 3);
        }
    }
    return blocks;
}

uint32_t delta_unmanaged(struct delta_span *spans, const uint8_t *package,
                         uint32_t part)
{
    uint32_t size = 0;
    const uint8_t *range =
        delta_package_record(package, DFOTA_TAG_UNMANAGED, &size);
    uint32_t features = dfc_get32(package + DFOTA_PRE_FEATURES);
    uint32_t count = 0;

    if ((features & DFOTA_FEATURE_UNMANAGED) == 0) {
        return 0;
    }
    for (uint32_t i = 0; i < size; i += DFOTA_UNMANAGED_SIZE) {
        if (range[i] == part) {
            spans[count++] = (struct delta_span){dfc_get32(range + i + 1),
                                                 dfc_get32(range + i + 5)};
        }
    }
    return count;
}

static uint32_t unmanaged_bytes(const uint8_t *package, uint32_t part)
{
    struct delta_span spans[DELTA_UNMANAGED_MAX];
    uint32_t count = delta_unmanaged(spans, package, part);
    uint32_t bytes = 0;

    for (uint32_t i = 0; i < count; i++) {
        bytes += spans[i].end - spans[i].start;
    }
    return bytes;
}

// Chunks of all parts, and what is neither of their streams.
static void count_bytes(struct delta_info *info, const uint8_t *package)
{
    info->overhead = info->package_size;
    for (uint32_t i = 0; i < info->part_count; i++) {
        info->chunk_count += delta_package_cut(package, i).count;
        info->overhead -=
            dfc_get32(delta_package_part(package, i) + DFOTA_PART_STREAM_SIZE);
    }
}

static void fill_in(struct delta_info *info, const struct dfp_info *raw,
                    const uint8_t *package, uint32_t part)
{
    info->package_size = raw->package_size;
    info->format_version = raw->format_version;
    info->features = raw->features;
    info->ram = raw->ram;
    info->counter = raw->counter;
    info->old_size = raw->old_size;
    info->new_size = raw->new_size;
    info->old_base = raw->old_base;
    info->new_base = raw->new_base;
    info->chunk_size = raw->chunk_size;
    info->map_entries = raw->map_entries;
    info->codec_version = raw->codec_version;
    info->model_size = model_size(raw);
    info->codec_name = codec_name(raw->codec);
    info->mode_name = mode_name(raw->mode);
    info->arch_name = arch_name(raw->arch);
    info->is_signed = raw->seal == DFOTA_SEAL_ECDSA;
    memcpy(info->key_id, raw->key_id, sizeof(info->key_id));
    memcpy(info->old_sha256, raw->old_sha256, sizeof(info->old_sha256));
    memcpy(info->new_sha256, raw->new_sha256, sizeof(info->new_sha256));
    copy_text(info->product, raw->product);
    copy_text(info->from_version, raw->from_version);
    copy_text(info->to_version, raw->to_version);
    info->block_size = raw->block_size;
    info->scratch_blocks = raw->scratch_blocks;
    info->epoch_blocks = raw->epoch_blocks;
    info->is_backwards = (raw->order & DFOTA_ORDER_BACKWARD) != 0;
    info->is_fresh = (raw->order & DFOTA_ORDER_FRESH) != 0;
    info->kept_blocks = kept_blocks(package, raw, part);
    info->part_count = raw->parts;
    info->part_id = raw->part_id;
    info->stream_size = raw->stream_size;
    info->unmanaged_bytes = unmanaged_bytes(package, part);
    count_bytes(info, package);
}

// dfp_peek tells no numbers, so the patcher itself is asked: it refuses the
// manifest before it looks at anything else.
static enum delta_status fail_peek(const uint8_t *package, size_t package_size,
                                   struct delta_error *error)
{
    struct dfp_info module = {
        .ram = MANIFEST_RAM,
        .package_size = (uint32_t)package_size,
        .new_size = 1,
    };
    struct delta_content old_image = {package, package_size};
    struct delta_run run = {
        .old_images = &old_image,
        .package = package,
        .info = &module,
    };
    struct delta_bytes made;
    enum delta_status status = delta_run_patcher(&made, &run, error);

    delta_free(&made);
    return status;
}

static enum delta_status check_size(const struct dfp_info *raw, size_t found,
                                    struct delta_error *error)
{
    if (found != raw->package_size) {
        return delta_fail(error, DELTA_ERR_DAMAGED, "package",
                          "%s (found %zu bytes, expected %lu)",
                          found < raw->package_size
                              ? "package is cut short"
                              : "bytes follow the end of the package",
                          found, (unsigned long)raw->package_size);
    }
    if (raw->ram > RAM_MAX) {
        return delta_fail(error, DELTA_ERR_FORMAT, "package",
                          "work memory out of range (found %lu, expected at "
                          "most %lu)",
                          (unsigned long)raw->ram, (unsigned long)RAM_MAX);
    }
    return DELTA_OK;
}

static enum delta_status check_seal(const uint8_t *package,
                                    struct delta_error *error)
{
    uint32_t seal_at = delta_seal_at(package);
    uint8_t digest[DFOTA_SEAL_XXH64_SIZE];

    if (package[DFOTA_PRE_SEAL] != DFOTA_SEAL_XXH64) {
        return DELTA_OK; // that takes a key
    }
    delta_xxh64(digest, package, seal_at);
    if (memcmp(digest, package + seal_at, sizeof(digest)) != 0) {
        return delta_fail(error, DELTA_ERR_DAMAGED, "package",
                          "manifest is damaged (found digest %08lx, expected "
                          "%08lx)",
                          (unsigned long)dfc_get32(digest),
                          (unsigned long)dfc_get32(package + seal_at));
    }
    return DELTA_OK;
}

// Where the check of the chain stands.
struct chain {
    const uint8_t *chunk, *expected; // its digest
    uint32_t number;
};

static enum delta_status check_part(struct chain *chain, const uint8_t *package,
                                    const struct dfp_info *raw, uint32_t part,
                                    struct delta_error *error)
{
    struct delta_chunks chunks = delta_package_cut(package, part);
    uint8_t found[DFOTA_DIGEST_MAX];

    for (uint32_t k = 0; k < chunks.count; k++, chain->number++) {
        bool is_last = k + 1 == chunks.count;
        size_t size = is_last ? chunks.last_size : raw->chunk_size;
        delta_chunk_digest(found, raw->seal, chain->chunk, size);
        if (memcmp(found, chain->expected, chunks.digest_size) != 0) {
            return delta_fail(error, DELTA_ERR_DAMAGED, "package",
                              "chunk %lu at offset %zu is damaged (found "
                              "digest %08lx, expected %08lx)",
                              (unsigned long)chain->number,
                              (size_t)(chain->chunk - package),
                              (unsigned long)dfc_get32(found),
                              (unsigned long)dfc_get32(chain->expected));
        }
        chain->expected = chain->chunk;
        chain->chunk += size;
    }
    return DELTA_OK;
}

static enum delta_status check_chain(const uint8_t *package,
                                     const struct dfp_info *raw,
                                     struct delta_error *error)
{
    struct chain chain = {
        package + delta_body_at(package),
        package + DFOTA_PREAMBLE_SIZE + DFOTA_MAN_DIGEST,
        0,
    };
    enum delta_status status = DELTA_OK;

    for (uint32_t i = 0; status == DELTA_OK && i < raw->parts; i++) {
        status = check_part(&chain, package, raw, i, error);
    }
    return status;
}

enum delta_status delta_examine(struct delta_info *info, struct dfp_info *raw,
                                const uint8_t *package, size_t package_size,
                                uint32_t part, struct delta_error *error)
{
    size_t wanted = 0;

    memset(info, 0, sizeof(*info));
    memset(raw, 0, sizeof(*raw));
    if (package_size < DFOTA_PREAMBLE_SIZE) {
        return delta_fail(error, DELTA_ERR_FORMAT, "package",
                          "no dfota package (found %zu bytes, expected at "
                          "least %lu)",
                          package_size, (unsigned long)DFOTA_PREAMBLE_SIZE);
    }
    if (dfp_peek(package, package_size, raw, &wanted) != DFP_OK) {
        return fail_peek(package, package_size, error);
    }
    if (wanted == 0 && part > 0 &&
        dfp_peek_part(package, package_size, part, raw, &wanted) != DFP_OK) {
        return delta_fail(error, DELTA_ERR_OPTION, "part",
                          "no such part (found %lu, expected 0 to %lu)",
                          (unsigned long)part,
                          (unsigned long)delta_package_parts(package) - 1);
    }
    if (wanted != 0 || package_size <= delta_body_at(package)) {
        return delta_fail(error, DELTA_ERR_DAMAGED, "package",
                          "package is cut short (found %zu bytes, expected "
                          "%lu)",
                          package_size, (unsigned long)raw->package_size);
    }
    fill_in(info, raw, package, part);
    enum delta_status status = check_seal(package, error);
    if (status == DELTA_OK) {
        status = check_size(raw, package_size, error);
    }
    if (status == DELTA_OK) {
        status = check_chain(package, raw, error);
    }
    if (status != DELTA_OK && status != DELTA_ERR_DAMAGED) {
        memset(info, 0, sizeof(*info));
    }
    return status;
}

enum delta_status delta_inspect(struct delta_info *info, const void *package,
                                size_t package_size, struct delta_error *error)
{
    return delta_inspect_part(info, package, package_size, 0, error);
}

enum delta_status delta_inspect_part(struct delta_info *info,
                                     const void *package, size_t package_size,
                                     size_t part, struct delta_error *error)
{
    struct dfp_info raw;

    return delta_examine(info, &raw, package, package_size, (uint32_t)part,
                         error);
}
