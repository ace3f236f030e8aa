// SPDX-License-Identifier: MIT
// Preamble and manifest: from bytes to struct dfp_info, with all checks that
// need neither keys nor a module (FORMAT.md 2.1, 2.2).

#include "manifest.h"

#include <string.h>

#include "bytes.h"
#include "dfota/config.h"
#include "digest.h"
#include "fault.h"
#include "model.h"

#define FEATURES                                                               \
    ((DFP_WITH_IN_PLACE ? DFOTA_FEATURE_IN_PLACE : 0u) |                       \
     (DFP_WITH_PARTS                                                           \
          ? DFOTA_FEATURE_PARTS | DFOTA_FEATURE_FULL | DFOTA_FEATURE_UNMANAGED \
          : 0u))

// A manifest on its way into struct dfp_info.
struct parse {
    const uint8_t *manifest;
    uint32_t size;
    uint32_t index; // of the part that is wanted
    struct dfp_info *info;
    struct dfp_records *records;
    struct dfp_fault *fault;
};

uint32_t dfp_head_size(uint8_t seal, uint32_t manifest_size)
{
    return DFOTA_PREAMBLE_SIZE + manifest_size +
           (seal == DFOTA_SEAL_XXH64 ? DFOTA_SEAL_XXH64_SIZE
                                     : DFOTA_SEAL_ECDSA_SIZE);
}

enum dfp_status dfp_preamble_parse(const uint8_t *head, struct dfp_info *info,
                                   uint32_t *manifest_size,
                                   struct dfp_fault *fault)
{
    uint32_t magic = dfc_get32(head + DFOTA_PRE_MAGIC);
    uint32_t unknown;

    if (magic != DFOTA_MAGIC) {
        return dfp_refuse(fault, DFP_ERR_FORMAT, "magic", DFOTA_MAGIC, magic);
    }
    info->format_version = head[DFOTA_PRE_VERSION];
    if (info->format_version != DFOTA_FORMAT_VERSION) {
        return dfp_refuse(fault, DFP_ERR_VERSION, "format version",
                          DFOTA_FORMAT_VERSION, info->format_version);
    }
    info->seal = head[DFOTA_PRE_SEAL];
    if (info->seal > DFOTA_SEAL_ECDSA) {
        return dfp_refuse(fault, DFP_ERR_FEATURE, "seal", DFOTA_SEAL_ECDSA,
                          info->seal);
    }
    info->features = dfc_get32(head + DFOTA_PRE_FEATURES);
    unknown = info->features & ~FEATURES;
    if (unknown != 0) {
        return dfp_refuse(fault, DFP_ERR_FEATURE, "features", FEATURES,
                          info->features);
    }
    *manifest_size = dfc_get16(head + DFOTA_PRE_MANIFEST_SIZE);
    if (*manifest_size > DFOTA_MANIFEST_MAX) {
        return dfp_refuse(fault, DFP_ERR_LIMIT, "manifest size",
                          DFOTA_MANIFEST_MAX, *manifest_size);
    }
    info->manifest_size = (uint16_t)*manifest_size;
    info->package_size = dfc_get32(head + DFOTA_PRE_PACKAGE_SIZE);
    info->ram = dfc_get32(head + DFOTA_PRE_RAM);
    return DFP_OK;
}

// Is the feature set? (No, at once, if it is not built in.)
static bool has(const struct parse *m, uint32_t feature)
{
    return (FEATURES & m->info->features & feature) != 0;
}

// Number of parts, once it has been checked.
static uint32_t part_count(const struct parse *m)
{
    return DFP_WITH_PARTS ? m->info->parts : 1;
}

// --- Part records ----------------------------------------------------------

static const uint8_t *part_at(const struct parse *m, uint32_t index)
{
    return m->manifest + DFOTA_MAN_DIGEST +
           dfp_chunk_digest_size(m->info->seal) + DFOTA_PART_SIZE * index;
}

static void parse_part(const uint8_t *part, struct dfp_info *info)
{
    info->part_id = part[DFOTA_PART_ID];
    info->codec = part[DFOTA_PART_CODEC];
    info->codec_version = part[DFOTA_PART_CODEC_VERSION];
    info->arch = part[DFOTA_PART_ARCH];
    info->map_entries = (uint16_t)dfc_get16(part + DFOTA_PART_MAP_ENTRIES);
    info->codec_param = (uint16_t)dfc_get16(part + DFOTA_PART_PARAM);
    info->old_size = dfc_get32(part + DFOTA_PART_OLD_SIZE);
    info->new_size = dfc_get32(part + DFOTA_PART_NEW_SIZE);
    info->old_base = dfc_get32(part + DFOTA_PART_BASE);
    info->new_base = info->old_base;
    info->stream_size = dfc_get32(part + DFOTA_PART_STREAM_SIZE);
    memcpy(info->old_sha256, part + DFOTA_PART_OLD_SHA256, 32);
    memcpy(info->new_sha256, part + DFOTA_PART_NEW_SHA256, 32);
}

// Bounds of a part record that hold for any codec.
static enum dfp_status check_part(const struct parse *m, const uint8_t *part)
{
    uint32_t old_size = dfc_get32(part + DFOTA_PART_OLD_SIZE);
    uint32_t new_size = dfc_get32(part + DFOTA_PART_NEW_SIZE);
    uint32_t entries = dfc_get16(part + DFOTA_PART_MAP_ENTRIES);
    bool full = has(m, DFOTA_FEATURE_FULL);

    // Off by one, so that 0 is beyond the limit as well.
    if (old_size - 1 >= DFOTA_IMAGE_MAX && !(full && old_size == 0)) {
        return dfp_refuse(m->fault, DFP_ERR_LIMIT, "old size", DFOTA_IMAGE_MAX,
                          old_size);
    }
    if (new_size - 1 >= DFOTA_IMAGE_MAX) {
        return dfp_refuse(m->fault, DFP_ERR_LIMIT, "new size", DFOTA_IMAGE_MAX,
                          new_size);
    }
    if (entries > DFOTA_MAP_MAX) {
        return dfp_refuse(m->fault, DFP_ERR_LIMIT, "map entries", DFOTA_MAP_MAX,
                          entries);
    }
    return DFP_OK;
}

// Bytes of package that a part takes whose last chunk is not the package's.
static uint64_t part_bytes(const struct parse *m, const uint8_t *part)
{
    uint32_t stream = dfc_get32(part + DFOTA_PART_STREAM_SIZE);
    uint32_t digest = dfp_chunk_digest_size(m->info->seal);
    uint32_t room = m->info->chunk_size - digest;
    uint32_t chunks = stream / room + (stream % room != 0);

    return (uint64_t)stream + (uint64_t)chunks * digest;
}

// Sizes of the last part's chunks, FORMAT.md 2.4; the others take `before`.
static enum dfp_status check_last(const struct parse *m, uint64_t before)
{
    const struct dfp_info *info = m->info;
    const uint8_t *part = part_at(m, part_count(m) - 1u);
    uint32_t stream = dfc_get32(part + DFOTA_PART_STREAM_SIZE);
    uint32_t digest = dfp_chunk_digest_size(info->seal);
    uint32_t body, digests;

    if (info->package_size <= before) {
        return dfp_refuse(m->fault, DFP_ERR_MANIFEST, "package size",
                          (uint32_t)before + 1, info->package_size);
    }
    body = info->package_size - (uint32_t)before;
    digests = (body - 1) / info->chunk_size * digest; // in all but the last
    if (stream != body - digests) {
        return dfp_refuse(m->fault, DFP_ERR_MANIFEST, "stream size",
                          body - digests, stream);
    }
    return DFP_OK;
}

static enum dfp_status check_parts(const struct parse *m)
{
    struct dfp_info *info = m->info;
    uint64_t before = dfp_head_size(info->seal, m->size);
    uint64_t total = 0;
    bool full = false;
    enum dfp_status status = DFP_OK;
    uint32_t i;

    if (info->chunk_size < DFOTA_CHUNK_MIN ||
        info->chunk_size > DFOTA_CHUNK_MAX) {
        return dfp_refuse(m->fault, DFP_ERR_LIMIT, "chunk size",
                          DFOTA_CHUNK_MAX, info->chunk_size);
    }
    for (i = 0; status == DFP_OK && i < part_count(m); i++) {
        const uint8_t *part = part_at(m, i);

        status = check_part(m, part);
        total += dfc_get32(part + DFOTA_PART_NEW_SIZE);
        full = full || dfc_get32(part + DFOTA_PART_OLD_SIZE) == 0;
        if (i + 1 < part_count(m)) {
            before += part_bytes(m, part);
            if (part[DFOTA_PART_ID] >= part[DFOTA_PART_SIZE + DFOTA_PART_ID] ||
                dfc_get32(part + DFOTA_PART_STREAM_SIZE) == 0) {
                return dfp_refuse(m->fault, DFP_ERR_MANIFEST, "part", i,
                                  part[DFOTA_PART_ID]);
            }
        }
    }
    if (status == DFP_OK && full != has(m, DFOTA_FEATURE_FULL)) {
        status = dfp_refuse(m->fault, DFP_ERR_MANIFEST, "full part", full,
                            info->features);
    }
    if (status == DFP_OK && total > UINT32_MAX) {
        status = dfp_refuse(m->fault, DFP_ERR_LIMIT, "new sizes", UINT32_MAX,
                            (uint32_t)(total >> 32));
    }
    info->total_size = (uint32_t)total;
    return status == DFP_OK ? check_last(m, before) : status;
}

// --- Records ---------------------------------------------------------------

static bool holds_nul(const uint8_t *text, uint32_t size)
{
    uint32_t i;

    for (i = 0; i < size; i++) {
        if (text[i] == 0) {
            return true;
        }
    }
    return false;
}

// The text that a record holds, or NULL for records of another kind.
static char *text_of(struct dfp_info *info, uint32_t tag)
{
    switch (tag) {
    case DFOTA_TAG_PRODUCT: return info->product;
    case DFOTA_TAG_FROM_VERSION: return info->from_version;
    case DFOTA_TAG_TO_VERSION: return info->to_version;
    default: return NULL;
    }
}

static bool parse_geometry(const struct parse *m, const uint8_t *value,
                           uint32_t size)
{
    struct dfp_info *info = m->info;
    uint32_t i;

    if (size != DFOTA_GEO_SIZE * part_count(m)) {
        return false;
    }
    for (i = 0; i < part_count(m); i++, value += DFOTA_GEO_SIZE) {
        uint32_t order = value[DFOTA_GEO_ORDER];
        uint32_t bits = value[DFOTA_GEO_BLOCK_BITS];
        uint32_t scratch = dfc_get16(value + DFOTA_GEO_SCRATCH);
        uint32_t epoch = dfc_get16(value + DFOTA_GEO_EPOCH);

        if ((order & ~(DFOTA_ORDER_BACKWARD | DFOTA_ORDER_FRESH)) != 0 ||
            bits < DFOTA_BLOCK_BITS_MIN || bits > DFOTA_BLOCK_BITS_MAX ||
            epoch == 0 || epoch > scratch) {
            return false;
        }
        if (i == m->index && info->old_size != 0) {
            info->block_size = (uint32_t)1 << bits;
            info->scratch_blocks = (uint16_t)scratch;
            info->epoch_blocks = (uint16_t)epoch;
            info->order = (uint8_t)order;
        }
    }
    return true;
}

// Ranges of a part: ascending, none empty, each within what `part` allows.
static bool parse_unmanaged(const struct parse *m, const uint8_t *value,
                            uint32_t size)
{
    uint32_t count = size / DFOTA_UNMANAGED_SIZE;
    uint32_t part = 0, last = 0;
    uint32_t i;

    if (count == 0 || size != count * DFOTA_UNMANAGED_SIZE) {
        return false;
    }
    m->records->unmanaged = value;
    m->records->unmanaged_count = count;
    for (i = 0; i < count; i++, value += DFOTA_UNMANAGED_SIZE) {
        uint32_t start = dfc_get32(value + 1);
        uint32_t end = dfc_get32(value + 5);
        const uint8_t *record;
        uint32_t old_size;

        if (value[0] < part || value[0] >= m->info->parts) {
            return false;
        }
        last = value[0] > part ? 0 : last;
        part = value[0];
        record = part_at(m, part);
        old_size = dfc_get32(record + DFOTA_PART_OLD_SIZE);
        if (start < last || start >= end ||
            end > dfc_get32(record + DFOTA_PART_NEW_SIZE) ||
            (old_size != 0 && end > old_size)) {
            return false;
        }
        last = end;
    }
    return true;
}

// Runs of blocks: what they say cannot harm, so only their order is checked.
static bool parse_kept(const struct parse *m, const uint8_t *value,
                       uint32_t size)
{
    uint32_t count = size / DFOTA_KEPT_SIZE;
    uint32_t next = 0; // part and block that the next run may begin with
    uint32_t i;

    if (count == 0 || size != count * DFOTA_KEPT_SIZE) {
        return false;
    }
    m->records->kept = value;
    m->records->kept_count = count;
    for (i = 0; i < count; i++, value += DFOTA_KEPT_SIZE) {
        uint32_t first = (uint32_t)value[0] << 17 | dfc_get16(value + 1);

        if (first < next || value[0] >= m->info->parts ||
            dfc_get16(value + 3) == 0) {
            return false;
        }
        next = first + dfc_get16(value + 3);
    }
    return true;
}

static bool parse_key_id(const struct parse *m, const uint8_t *value,
                         uint32_t size)
{
    if (size != 4 || m->info->seal != DFOTA_SEAL_ECDSA) {
        return false;
    }
    memcpy(m->info->key_id, value, 4);
    return true;
}

// Records that belong to a feature: without its bit they say nothing.
static bool parse_feature(const struct parse *m, uint32_t tag,
                          const uint8_t *value, uint32_t size)
{
    switch (tag) {
    case DFOTA_TAG_GEOMETRY:
        return !has(m, DFOTA_FEATURE_IN_PLACE) ||
               parse_geometry(m, value, size);
    case DFOTA_TAG_UNMANAGED:
        return !has(m, DFOTA_FEATURE_UNMANAGED) ||
               parse_unmanaged(m, value, size);
    case DFOTA_TAG_KEPT:
        return !has(m, DFOTA_FEATURE_IN_PLACE) || parse_kept(m, value, size);
    default: return true; // of a later version
    }
}

// One optional record; false if its size or contents are not allowed.
static bool parse_record(const struct parse *m, uint32_t tag,
                         const uint8_t *value, uint32_t size)
{
    struct dfp_info *info = m->info;
    char *text = text_of(info, tag);

    if (text != NULL) {
        if (size == 0 || size > DFOTA_TEXT_MAX || holds_nul(value, size)) {
            return false;
        }
        memcpy(text, value, size); // the rest is zero already
        return true;
    }
    switch (tag) {
    case DFOTA_TAG_KEY_ID: return parse_key_id(m, value, size);
    case DFOTA_TAG_IMAGE_CHECK:
        m->records->image_check = value + 16 * m->index;
        return size == 16u * part_count(m);
    case DFOTA_TAG_NEW_BASE:
        if (size == 4u * part_count(m)) {
            info->new_base = dfc_get32(value + 4 * m->index);
        }
        return size == 4u * part_count(m);
    default: return parse_feature(m, tag, value, size);
    }
}

// Records that must be there. (A key id alone is refused where it stands.)
static enum dfp_status check_present(const struct parse *m, uint32_t tags)
{
    uint32_t wanted = 0;

    if (m->info->seal == DFOTA_SEAL_ECDSA) {
        wanted |= 1u << DFOTA_TAG_KEY_ID;
    }
    if (has(m, DFOTA_FEATURE_IN_PLACE)) {
        wanted |= 1u << DFOTA_TAG_GEOMETRY;
    }
    if (has(m, DFOTA_FEATURE_UNMANAGED)) {
        wanted |= 1u << DFOTA_TAG_UNMANAGED;
    }
    if ((tags & wanted) != wanted) {
        return dfp_refuse(m->fault, DFP_ERR_MANIFEST, "records", wanted,
                          tags & wanted);
    }
    return DFP_OK;
}

// Records fill the manifest from `at` to its end.
static enum dfp_status parse_records(const struct parse *m, uint32_t at)
{
    const uint8_t *manifest = m->manifest;
    uint32_t last = 0;
    uint32_t tags = 0; // those below 32 that are there

    while (at < m->size) {
        uint32_t tag = manifest[at];
        uint32_t size;

        if (tag <= last) {
            return dfp_refuse(m->fault, DFP_ERR_MANIFEST, "record tag",
                              last + 1, tag);
        }
        if (m->size - at < 2 || m->size - at - 2 < manifest[at + 1]) {
            return dfp_refuse(m->fault, DFP_ERR_MANIFEST,
                              "record beyond the end", m->size, tag);
        }
        size = manifest[at + 1];
        if (!parse_record(m, tag, manifest + at + 2, size)) {
            return dfp_refuse(m->fault, DFP_ERR_MANIFEST, "record", tag, size);
        }
        tags |= tag < 32 ? 1u << tag : 0;
        last = tag;
        at += 2 + size;
    }
    return check_present(m, tags);
}

// Mode and number of parts, each of which goes with a feature bit.
static enum dfp_status parse_head(const struct parse *m)
{
    struct dfp_info *info = m->info;
    bool many = has(m, DFOTA_FEATURE_PARTS);
    uint32_t parts = m->manifest[DFOTA_MAN_PARTS];

    info->mode = m->manifest[DFOTA_MAN_MODE];
    info->chunk_size = (uint16_t)dfc_get16(m->manifest + DFOTA_MAN_CHUNK_SIZE);
    info->counter = dfc_get32(m->manifest + DFOTA_MAN_COUNTER);
    info->parts = (uint8_t)parts;
    if (many ? parts < 2 || parts > DFOTA_PARTS_MAX : parts != 1) {
        return dfp_refuse(m->fault, DFP_ERR_MANIFEST, "parts", many ? 2 : 1,
                          parts);
    }
    return DFP_OK;
}

enum dfp_status dfp_manifest_parse(const uint8_t *manifest,
                                   uint32_t manifest_size, uint32_t index,
                                   struct dfp_info *info,
                                   struct dfp_records *records,
                                   struct dfp_fault *fault)
{
    struct parse m = {manifest, manifest_size, index, info, records, fault};
    uint32_t part = DFOTA_MAN_DIGEST + dfp_chunk_digest_size(info->seal);
    uint32_t end;
    enum dfp_status status;

    memset(records, 0, sizeof(*records));
    if (manifest_size < part + DFOTA_PART_SIZE) {
        return dfp_refuse(fault, DFP_ERR_MANIFEST, "manifest size",
                          part + DFOTA_PART_SIZE, manifest_size);
    }
    status = parse_head(&m);
    if (status != DFP_OK) {
        return status;
    }
    if (index >= part_count(&m)) {
        return dfp_refuse(fault, DFP_ERR_ARGUMENT, "part", info->parts, index);
    }
    end = part + DFOTA_PART_SIZE * part_count(&m);
    if (manifest_size < end) {
        return dfp_refuse(fault, DFP_ERR_MANIFEST, "manifest size", end,
                          manifest_size);
    }
    info->block_size = 0; // as without record 7
    parse_part(part_at(&m, index), info);
    status = parse_records(&m, end);
    return status == DFP_OK ? check_parts(&m) : status;
}

// The codec's stream version and whether its parameter is in range.
static enum dfp_status check_codec(const struct dfp_info *info,
                                   struct dfp_fault *fault)
{
    uint32_t version;
    bool param;

    if (info->codec == DFOTA_CODEC_STORED) {
        version = DFOTA_STORED_VERSION;
        param = info->codec_param == 0 && info->map_entries == 0 &&
                info->stream_size == info->new_size;
    } else if (DFP_WITH_DEFLATE && info->codec == DFOTA_CODEC_DEFLATE) {
        version = DFOTA_DEFLATE_VERSION;
        param = info->codec_param >= 9 && info->codec_param <= 15;
    } else if (DFP_WITH_RANGE && info->codec == DFOTA_CODEC_RANGE) {
        version = DFOTA_RANGE_VERSION;
        param = info->codec_param >= (DFC_MODEL_MIN + 63u) / 64u;
    } else {
        return dfp_refuse(fault, DFP_ERR_CODEC, "codec", DFOTA_CODEC_RANGE,
                          info->codec);
    }
    if (info->codec_version != version) {
        return dfp_refuse(fault, DFP_ERR_CODEC_VERSION, "codec version",
                          version, info->codec_version);
    }
    if (!param) {
        return dfp_refuse(fault, DFP_ERR_MANIFEST, "codec parameter",
                          info->codec, info->codec_param);
    }
    return DFP_OK;
}

enum dfp_status dfp_manifest_support(const struct dfp_info *info,
                                     struct dfp_fault *fault)
{
    uint32_t mode = (info->features & DFOTA_FEATURE_IN_PLACE) != 0
                        ? DFOTA_MODE_IN_PLACE
                        : DFOTA_MODE_TWO_SLOT;
    enum dfp_status status;

    if (info->mode != mode) {
        return dfp_refuse(fault, DFP_ERR_MODE, "mode", mode, info->mode);
    }
    status = check_codec(info, fault);
    if (status != DFP_OK) {
        return status;
    }
    if ((info->arch & ~(DFOTA_ARCH_KNOWN & DFP_ARCHS)) != 0) {
        return dfp_refuse(fault, DFP_ERR_ARCH, "architecture",
                          DFOTA_ARCH_KNOWN & DFP_ARCHS, info->arch);
    }
    return DFP_OK;
}

enum dfp_status dfp_peek_part(const void *data, size_t size, uint32_t part,
                              struct dfp_info *info, size_t *wanted)
{
    const uint8_t *head = data;
    struct dfp_records records;
    struct dfp_fault fault; // only its status is of interest here
    uint32_t manifest_size = 0;
    enum dfp_status status;

    memset(info, 0, sizeof(*info));
    *wanted = DFP_PEEK_SIZE;
    if (size < DFP_PEEK_SIZE) {
        return DFP_OK;
    }
    status = dfp_preamble_parse(head, info, &manifest_size, &fault);
    if (status != DFP_OK) {
        return status;
    }
    *wanted = DFOTA_PREAMBLE_SIZE + manifest_size;
    if (size < *wanted) {
        return DFP_OK;
    }
    *wanted = 0;
    status = dfp_manifest_parse(head + DFOTA_PREAMBLE_SIZE, manifest_size, part,
                                info, &records, &fault);
    if (status == DFP_OK) {
        status = dfp_manifest_support(info, &fault);
    }
    return status;
}

enum dfp_status dfp_peek(const void *data, size_t size, struct dfp_info *info,
                         size_t *wanted)
{
    return dfp_peek_part(data, size, 0, info, wanted);
}
