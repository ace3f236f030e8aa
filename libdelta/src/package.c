// SPDX-License-Identifier: MIT
// Framing: preamble, manifest, seal and the chain of chunks.

#include "package.h"

#include <bearssl.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "bytes.h"
#include "errors.h"

uint32_t delta_chunk_size(uint32_t ram)
{
    // 1,088 keeps the digests of signed packages below 1.5 %; with so little
    // memory the model needs it more.
    if (ram < 6144) {
        return 256;
    }
    if (ram < 16384) {
        return 1088;
    }
    if (ram < 32768) {
        return 1536;
    }
    return ram < 65536 ? 2048 : 4096;
}

uint32_t delta_ram_field(uint32_t codec, uint32_t param, uint32_t table_entries,
                         uint32_t chunk_size)
{
    uint32_t model = 0;

    if (codec == DFOTA_CODEC_RANGE) {
        model = 64 * param;
    } else if (codec == DFOTA_CODEC_DEFLATE) {
        model = DFOTA_RAM_INFLATE + (1u << param);
    }
    uint32_t sum = DFOTA_RAM_STATE + 8 * table_entries + model +
                   DFOTA_RAM_PAGE + DFOTA_RAM_CARRY + chunk_size;
    return (sum + 7) & ~7u;
}

uint32_t delta_ram_more(uint32_t features, uint32_t manifest_size)
{
    return features != 0 ? DFOTA_RAM_MORE + ((manifest_size + 7) & ~7u) : 0;
}

void delta_draft_record(struct delta_draft *draft, uint8_t tag,
                        const void *value, size_t size)
{
    uint8_t *record = draft->records + draft->records_size;

    record[0] = tag;
    record[1] = (uint8_t)size;
    memcpy(record + 2, value, size);
    draft->records_size += 2 + (uint32_t)size;
}

static uint32_t digest_size_of(uint32_t seal)
{
    return seal == DFOTA_SEAL_ECDSA ? DFOTA_DIGEST_SHA256 : DFOTA_DIGEST_XXH64;
}

static uint32_t seal_size_of(uint32_t seal)
{
    return seal == DFOTA_SEAL_ECDSA ? DFOTA_SEAL_ECDSA_SIZE
                                    : DFOTA_SEAL_XXH64_SIZE;
}

size_t delta_body_size(uint32_t stream_size, uint32_t chunk_size, uint32_t seal)
{
    uint32_t digest_size = digest_size_of(seal);
    uint32_t step = chunk_size - digest_size;
    size_t more = 0; // chunks before the last, which needs no digest

    if (stream_size > chunk_size) {
        more = ((size_t)stream_size - chunk_size + step - 1) / step;
    }
    return stream_size + more * digest_size;
}

size_t delta_body_size_before(uint32_t stream_size, uint32_t chunk_size,
                              uint32_t seal)
{
    uint32_t digest_size = digest_size_of(seal);
    uint32_t step = chunk_size - digest_size;
    size_t count = ((size_t)stream_size + step - 1) / step;

    return stream_size + count * digest_size;
}

struct delta_chunks delta_cut(size_t body_size, uint32_t chunk_size,
                              uint32_t seal)
{
    struct delta_chunks chunks = {.digest_size = digest_size_of(seal)};
    size_t more = (body_size - 1) / chunk_size;

    chunks.count = (uint32_t)more + 1;
    chunks.step = chunk_size - chunks.digest_size;
    chunks.last_size = (uint32_t)(body_size - more * chunk_size);
    return chunks;
}

uint32_t delta_seal_at(const uint8_t *package)
{
    return DFOTA_PREAMBLE_SIZE + dfc_get16(package + DFOTA_PRE_MANIFEST_SIZE);
}

uint32_t delta_body_at(const uint8_t *package)
{
    return delta_seal_at(package) + seal_size_of(package[DFOTA_PRE_SEAL]);
}

uint32_t delta_package_parts(const uint8_t *package)
{
    return package[DFOTA_PREAMBLE_SIZE + DFOTA_MAN_PARTS];
}

const uint8_t *delta_package_part(const uint8_t *package, uint32_t part)
{
    return package + DFOTA_PREAMBLE_SIZE + DFOTA_MAN_DIGEST +
           digest_size_of(package[DFOTA_PRE_SEAL]) +
           (size_t)DFOTA_PART_SIZE * part;
}

struct delta_chunks delta_package_cut(const uint8_t *package, uint32_t part)
{
    uint32_t seal = package[DFOTA_PRE_SEAL];
    uint32_t chunk_size =
        dfc_get16(package + DFOTA_PREAMBLE_SIZE + DFOTA_MAN_CHUNK_SIZE);
    size_t body =
        dfc_get32(package + DFOTA_PRE_PACKAGE_SIZE) - delta_body_at(package);
    uint32_t last = delta_package_parts(package) - 1;

    for (uint32_t i = 0; i < last; i++) {
        size_t size = delta_body_size_before(
            dfc_get32(delta_package_part(package, i) + DFOTA_PART_STREAM_SIZE),
            chunk_size, seal);

        if (i == part) {
            return delta_cut(size, chunk_size, seal);
        }
        body -= size;
    }
    return delta_cut(body, chunk_size, seal);
}

const uint8_t *delta_package_record(const uint8_t *package, uint8_t tag,
                                    uint32_t *size)
{
    const uint8_t *end = package + delta_seal_at(package);
    const uint8_t *record =
        delta_package_part(package, delta_package_parts(package));

    for (; record < end; record += 2u + record[1]) {
        if (record[0] == tag) {
            *size = record[1];
            return record + 2;
        }
    }
    return NULL;
}

void delta_sha256(uint8_t digest[32], const void *data, size_t size)
{
    br_sha256_context sha;

    br_sha256_init(&sha);
    br_sha256_update(&sha, data, size);
    br_sha256_out(&sha, digest);
}

void delta_xxh64(uint8_t digest[8], const void *data, size_t size)
{
    uint64_t hash = XXH64(data, size, 0);

    dfc_put32(digest, (uint32_t)hash);
    dfc_put32(digest + 4, (uint32_t)(hash >> 32));
}

void delta_chunk_digest(uint8_t *digest, uint32_t seal, const uint8_t *chunk,
                        size_t size)
{
    uint8_t whole[32];

    if (seal == DFOTA_SEAL_ECDSA) {
        delta_sha256(whole, chunk, size);
        memcpy(digest, whole, DFOTA_DIGEST_SHA256);
    } else {
        delta_xxh64(digest, chunk, size);
    }
}

void delta_package_hash(uint8_t digest[32], const uint8_t *package)
{
    delta_sha256(digest, package, delta_seal_at(package));
}

// The records as they go into the manifest: key id in, when there is one, and
// the XXH64 of the images out, which serves only patchers without SHA-256.
static uint32_t put_records(uint8_t *out, const struct delta_draft *draft,
                            const uint8_t *key_id)
{
    struct delta_draft sorted = {.records_size = 0};
    bool is_pending = key_id != NULL;

    for (uint32_t at = 0; at < draft->records_size;) {
        const uint8_t *record = draft->records + at;
        at += 2u + record[1];
        if (is_pending && record[0] >= DFOTA_TAG_KEY_ID) {
            delta_draft_record(&sorted, DFOTA_TAG_KEY_ID, key_id, 4);
            is_pending = false;
        }
        if (record[0] == DFOTA_TAG_KEY_ID ||
            (record[0] == DFOTA_TAG_IMAGE_CHECK && key_id != NULL)) {
            continue;
        }
        delta_draft_record(&sorted, record[0], record + 2, record[1]);
    }
    if (is_pending) {
        delta_draft_record(&sorted, DFOTA_TAG_KEY_ID, key_id, 4);
    }
    memcpy(out, sorted.records, sorted.records_size);
    return sorted.records_size;
}

static uint32_t stream_size_of(const struct delta_draft *draft, uint32_t part)
{
    return dfc_get32(draft->parts[part] + DFOTA_PART_STREAM_SIZE);
}

static size_t body_size_of(const struct delta_draft *draft, uint32_t part,
                           uint32_t seal)
{
    return (part + 1 < draft->part_count ? delta_body_size_before
                                         : delta_body_size)(
        stream_size_of(draft, part), draft->chunk_size, seal);
}

// Chunks of one part, whose body and stream end here. `digest` is that of the
// chunk behind them, which the package's last one lacks, and becomes that of
// the first.
static void put_part_chunks(uint8_t *digest, uint8_t *body_end,
                            const uint8_t *stream_end,
                            const struct delta_draft *draft, uint32_t part,
                            uint32_t seal)
{
    struct delta_chunks chunks =
        delta_cut(body_size_of(draft, part, seal), draft->chunk_size, seal);
    bool is_last = part + 1 == draft->part_count;

    for (uint32_t k = chunks.count; k-- > 0;) {
        bool is_end = k + 1 == chunks.count;
        uint32_t size = is_end ? chunks.last_size : draft->chunk_size;
        uint32_t more = is_end && is_last ? 0 : chunks.digest_size;

        body_end -= size;
        stream_end -= size - more;
        memcpy(body_end, digest, more);
        memcpy(body_end + more, stream_end, size - more);
        delta_chunk_digest(digest, seal, body_end, size);
    }
}

// Fill in the chunks from the last to the first, so that each digest is known
// when it is needed; first receives that of chunk 0.
static void put_chunks(uint8_t *first, uint8_t *body_end,
                       const struct delta_draft *draft, uint32_t seal)
{
    const uint8_t *stream_end = draft->stream + draft->stream_size;
    uint8_t digest[DFOTA_DIGEST_MAX] = {0};

    for (uint32_t part = draft->part_count; part-- > 0;) {
        put_part_chunks(digest, body_end, stream_end, draft, part, seal);
        body_end -= body_size_of(draft, part, seal);
        stream_end -= stream_size_of(draft, part);
    }
    memcpy(first, digest, digest_size_of(seal));
}

// All of the manifest but the digest of chunk 0; returns its size.
static uint32_t put_manifest(uint8_t *manifest, const struct delta_draft *draft,
                             uint32_t digest_size, const uint8_t *key_id)
{
    uint32_t size = DFOTA_MAN_DIGEST + digest_size;

    memset(manifest, 0, size);
    manifest[DFOTA_MAN_MODE] = (uint8_t)draft->mode;
    manifest[DFOTA_MAN_PARTS] = (uint8_t)draft->part_count;
    dfc_put16(manifest + DFOTA_MAN_CHUNK_SIZE, draft->chunk_size);
    dfc_put32(manifest + DFOTA_MAN_COUNTER, draft->counter);
    for (uint32_t i = 0; i < draft->part_count; i++) {
        memcpy(manifest + size, draft->parts[i], DFOTA_PART_SIZE);
        size += DFOTA_PART_SIZE;
    }
    return size + put_records(manifest + size, draft, key_id);
}

static void put_preamble(uint8_t *preamble, const struct delta_draft *draft,
                         uint32_t seal, uint32_t manifest_size,
                         size_t package_size)
{
    memset(preamble, 0, DFOTA_PREAMBLE_SIZE);
    dfc_put32(preamble + DFOTA_PRE_MAGIC, DFOTA_MAGIC);
    preamble[DFOTA_PRE_VERSION] = DFOTA_FORMAT_VERSION;
    preamble[DFOTA_PRE_SEAL] = (uint8_t)seal;
    dfc_put16(preamble + DFOTA_PRE_MANIFEST_SIZE, manifest_size);
    dfc_put32(preamble + DFOTA_PRE_FEATURES, draft->features);
    dfc_put32(preamble + DFOTA_PRE_PACKAGE_SIZE, (uint32_t)package_size);
    dfc_put32(preamble + DFOTA_PRE_RAM,
              draft->ram + delta_ram_more(draft->features, manifest_size));
}

enum delta_status delta_package_build(struct delta_bytes *package,
                                      const struct delta_draft *draft,
                                      const uint8_t key_id[4],
                                      struct delta_error *error)
{
    uint32_t seal = key_id != NULL ? DFOTA_SEAL_ECDSA : DFOTA_SEAL_XXH64;
    // Records of an opened package and a key id may exceed the limit.
    uint8_t manifest[2 * DFOTA_MANIFEST_MAX];
    uint32_t manifest_size =
        put_manifest(manifest, draft, digest_size_of(seal), key_id);
    size_t size =
        (size_t)DFOTA_PREAMBLE_SIZE + manifest_size + seal_size_of(seal);

    for (uint32_t i = 0; i < draft->part_count; i++) {
        size += body_size_of(draft, i, seal);
    }
    memset(package, 0, sizeof(*package));
    if (manifest_size > DFOTA_MANIFEST_MAX || size > DELTA_PACKAGE_MAX) {
        return delta_fail(error, DELTA_ERR_FORMAT, "package",
                          "manifest or package too large (found %lu and %zu "
                          "bytes, expected at most %lu and %lu)",
                          (unsigned long)manifest_size, size,
                          (unsigned long)DFOTA_MANIFEST_MAX,
                          (unsigned long)DELTA_PACKAGE_MAX);
    }
    uint8_t *data = calloc(size, 1);
    if (data == NULL) {
        return delta_fail_memory(error, "package");
    }
    put_chunks(manifest + DFOTA_MAN_DIGEST, data + size, draft, seal);
    put_preamble(data, draft, seal, manifest_size, size);
    memcpy(data + DFOTA_PREAMBLE_SIZE, manifest, manifest_size);
    if (seal == DFOTA_SEAL_XXH64) {
        delta_xxh64(data + delta_seal_at(data), data, delta_seal_at(data));
    }
    package->data = data;
    package->size = size;
    return DELTA_OK;
}

// The streams of all parts, joined.
static void join_payload(uint8_t *stream, const uint8_t *package,
                         uint32_t chunk_size)
{
    const uint8_t *chunk = package + delta_body_at(package);
    uint32_t parts = delta_package_parts(package);

    for (uint32_t part = 0; part < parts; part++) {
        struct delta_chunks chunks = delta_package_cut(package, part);

        for (uint32_t k = 0; k < chunks.count; k++) {
            bool is_end = k + 1 == chunks.count;
            uint32_t size = is_end ? chunks.last_size : chunk_size;
            uint32_t more =
                is_end && part + 1 == parts ? 0 : chunks.digest_size;

            memcpy(stream, chunk + more, size - more);
            stream += size - more;
            chunk += size;
        }
    }
}

enum delta_status delta_package_open(struct delta_draft *draft,
                                     struct delta_bytes *stream,
                                     const uint8_t *package,
                                     struct delta_error *error)
{
    const uint8_t *manifest = package + DFOTA_PREAMBLE_SIZE;
    const uint8_t *records;

    memset(draft, 0, sizeof(*draft));
    memset(stream, 0, sizeof(*stream));
    draft->features = dfc_get32(package + DFOTA_PRE_FEATURES);
    draft->ram = dfc_get32(package + DFOTA_PRE_RAM) -
                 delta_ram_more(draft->features,
                                dfc_get16(package + DFOTA_PRE_MANIFEST_SIZE));
    draft->mode = manifest[DFOTA_MAN_MODE];
    draft->counter = dfc_get32(manifest + DFOTA_MAN_COUNTER);
    draft->chunk_size = dfc_get16(manifest + DFOTA_MAN_CHUNK_SIZE);
    draft->part_count = delta_package_parts(package);
    for (uint32_t i = 0; i < draft->part_count; i++) {
        memcpy(draft->parts[i], delta_package_part(package, i),
               DFOTA_PART_SIZE);
        draft->stream_size += stream_size_of(draft, i);
    }
    records = delta_package_part(package, draft->part_count);
    draft->records_size =
        (uint32_t)(package + delta_seal_at(package) - records);
    memcpy(draft->records, records, draft->records_size);

    stream->data = malloc(draft->stream_size);
    if (stream->data == NULL) {
        return delta_fail_memory(error, "package");
    }
    stream->size = draft->stream_size;
    join_payload(stream->data, package, draft->chunk_size);
    draft->stream = stream->data;
    return DELTA_OK;
}
