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

// Sizes of preamble and chunks around one part, FORMAT.md 2.4.
static enum dfp_status check_sizes(const struct dfp_info *info, uint32_t head,
                                   struct dfp_fault *fault)
{
    uint32_t chunk = info->chunk_size;
    uint32_t digest = dfp_chunk_digest_size(info->seal);
    uint32_t body = info->package_size - head;
    uint32_t digests;

    if (chunk < DFOTA_CHUNK_MIN || chunk > DFOTA_CHUNK_MAX) {
        return dfp_refuse(fault, DFP_ERR_LIMIT, "chunk size", DFOTA_CHUNK_MAX,
                          chunk);
    }
    if (info->package_size <= head) {
        return dfp_refuse(fault, DFP_ERR_MANIFEST, "package size", head + 1,
                          info->package_size);
    }
    digests = (body - 1) / chunk * digest; // in every chunk but the last
    if (info->stream_size != body - digests) {
        return dfp_refuse(fault, DFP_ERR_MANIFEST, "stream size",
                          body - digests, info->stream_size);
    }
    return DFP_OK;
}

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
    unknown = info->features & ~DFOTA_FEATURES_KNOWN;
    if (unknown != 0) {
        return dfp_refuse(fault, DFP_ERR_FEATURE, "features",
                          DFOTA_FEATURES_KNOWN, info->features);
    }
    *manifest_size = dfc_get16(head + DFOTA_PRE_MANIFEST_SIZE);
    if (*manifest_size > DFOTA_MANIFEST_MAX) {
        return dfp_refuse(fault, DFP_ERR_LIMIT, "manifest size",
                          DFOTA_MANIFEST_MAX, *manifest_size);
    }
    info->package_size = dfc_get32(head + DFOTA_PRE_PACKAGE_SIZE);
    info->ram = dfc_get32(head + DFOTA_PRE_RAM);
    return DFP_OK;
}

static void parse_part(const uint8_t *part, struct dfp_info *info)
{
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

// One optional record; false if its size or contents are not allowed.
static bool parse_record(uint32_t tag, const uint8_t *value, uint32_t size,
                         struct dfp_info *info, const uint8_t **image_check)
{
    char *text = text_of(info, tag);

    if (text != NULL) {
        if (size == 0 || size > DFOTA_TEXT_MAX || holds_nul(value, size)) {
            return false;
        }
        memcpy(text, value, size); // the rest is zero already
        return true;
    }
    switch (tag) {
    case DFOTA_TAG_KEY_ID:
        if (size == 4 && info->seal == DFOTA_SEAL_ECDSA) {
            memcpy(info->key_id, value, 4);
            return true;
        }
        return false;
    case DFOTA_TAG_IMAGE_CHECK: *image_check = value; return size == 16;
    case DFOTA_TAG_NEW_BASE:
        if (size == 4) {
            info->new_base = dfc_get32(value);
        }
        return size == 4;
    default: return true; // of a later version
    }
}

// Records fill the manifest from `at` to its end.
static enum dfp_status parse_records(const uint8_t *manifest, uint32_t at,
                                     uint32_t end, struct dfp_info *info,
                                     const uint8_t **image_check,
                                     struct dfp_fault *fault)
{
    uint32_t last = 0;
    bool key = false;

    while (at < end) {
        uint32_t tag = manifest[at];
        uint32_t size;

        if (tag <= last) {
            return dfp_refuse(fault, DFP_ERR_MANIFEST, "record tag", last + 1,
                              tag);
        }
        if (end - at < 2 || end - at - 2 < manifest[at + 1]) {
            return dfp_refuse(fault, DFP_ERR_MANIFEST, "record beyond the end",
                              end, tag);
        }
        size = manifest[at + 1];
        if (!parse_record(tag, manifest + at + 2, size, info, image_check)) {
            return dfp_refuse(fault, DFP_ERR_MANIFEST, "record", tag, size);
        }
        key = key || tag == DFOTA_TAG_KEY_ID;
        last = tag;
        at += 2 + size;
    }
    if (key != (info->seal == DFOTA_SEAL_ECDSA)) {
        return dfp_refuse(fault, DFP_ERR_MANIFEST, "key id", 4, 0);
    }
    return DFP_OK;
}

// Bounds of the part record that hold for any codec.
static enum dfp_status check_part(const struct dfp_info *info,
                                  struct dfp_fault *fault)
{
    // Off by one, so that 0 is beyond the limit as well.
    if (info->old_size - 1 >= DFOTA_IMAGE_MAX) {
        return dfp_refuse(fault, DFP_ERR_LIMIT, "old size", DFOTA_IMAGE_MAX,
                          info->old_size);
    }
    if (info->new_size - 1 >= DFOTA_IMAGE_MAX) {
        return dfp_refuse(fault, DFP_ERR_LIMIT, "new size", DFOTA_IMAGE_MAX,
                          info->new_size);
    }
    if (info->map_entries > DFOTA_MAP_MAX) {
        return dfp_refuse(fault, DFP_ERR_LIMIT, "map entries", DFOTA_MAP_MAX,
                          info->map_entries);
    }
    return DFP_OK;
}

enum dfp_status dfp_manifest_parse(const uint8_t *head, uint32_t manifest_size,
                                   struct dfp_info *info,
                                   const uint8_t **image_check,
                                   struct dfp_fault *fault)
{
    const uint8_t *manifest = head + DFOTA_PREAMBLE_SIZE;
    uint32_t part = DFOTA_MAN_DIGEST + dfp_chunk_digest_size(info->seal);
    enum dfp_status status;

    *image_check = NULL;
    if (manifest_size < part + DFOTA_PART_SIZE) {
        return dfp_refuse(fault, DFP_ERR_MANIFEST, "manifest size",
                          part + DFOTA_PART_SIZE, manifest_size);
    }
    if (manifest[DFOTA_MAN_PARTS] != 1) { // more would need a feature bit
        return dfp_refuse(fault, DFP_ERR_MANIFEST, "parts", 1,
                          manifest[DFOTA_MAN_PARTS]);
    }
    info->mode = manifest[DFOTA_MAN_MODE];
    info->chunk_size = (uint16_t)dfc_get16(manifest + DFOTA_MAN_CHUNK_SIZE);
    info->counter = dfc_get32(manifest + DFOTA_MAN_COUNTER);
    parse_part(manifest + part, info);
    status = parse_records(manifest, part + DFOTA_PART_SIZE, manifest_size,
                           info, image_check, fault);
    if (status == DFP_OK) {
        status = check_part(info, fault);
    }
    if (status == DFP_OK) {
        status =
            check_sizes(info, dfp_head_size(info->seal, manifest_size), fault);
    }
    return status;
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
    enum dfp_status status;

    if (info->mode != DFOTA_MODE_TWO_SLOT) {
        return dfp_refuse(fault, DFP_ERR_MODE, "mode", DFOTA_MODE_TWO_SLOT,
                          info->mode);
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

enum dfp_status dfp_peek(const void *data, size_t size, struct dfp_info *info,
                         size_t *wanted)
{
    const uint8_t *head = data;
    const uint8_t *image_check;
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
    status =
        dfp_manifest_parse(head, manifest_size, info, &image_check, &fault);
    if (status == DFP_OK) {
        status = dfp_manifest_support(info, &fault);
    }
    return status;
}
