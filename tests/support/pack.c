// SPDX-License-Identifier: MIT
// A small package writer for tests, independent of libdelta.

#include "pack.h"

#include <bearssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zlib.h>

static const uint8_t signing_scalar[32] = {
    0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA, 0xBB,
    0xCC, 0xDD, 0xEE, 0xF0, 0x01, 0x12, 0x23, 0x34, 0x45, 0x56, 0x67,
    0x78, 0x89, 0x9A, 0xAB, 0xBC, 0xCD, 0xDE, 0xEF, 0x01, 0x02};
static const uint8_t other_scalar[32] = {[31] = 7};

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "pack: %s failed\n", what);
        abort();
    }
}

// --- Bytes -----------------------------------------------------------------

void pack_free(struct pack_bytes *b)
{
    free(b->data);
    memset(b, 0, sizeof(*b));
}

void pack_append(struct pack_bytes *b, const void *data, size_t size)
{
    if (b->room - b->size < size) {
        b->room = 2 * b->room + size + 64;
        b->data = realloc(b->data, b->room);
        require(b->data != NULL, "realloc");
    }
    if (size != 0) {
        memcpy(b->data + b->size, data, size);
    }
    b->size += size;
}

void pack_u8(struct pack_bytes *b, uint32_t value)
{
    uint8_t byte = (uint8_t)value;

    pack_append(b, &byte, 1);
}

void pack_u16(struct pack_bytes *b, uint32_t value)
{
    pack_u8(b, value);
    pack_u8(b, value >> 8);
}

void pack_u32(struct pack_bytes *b, uint32_t value)
{
    pack_u16(b, value);
    pack_u16(b, value >> 16);
}

static void pack_u64(struct pack_bytes *b, uint64_t value)
{
    pack_u32(b, (uint32_t)value);
    pack_u32(b, (uint32_t)(value >> 32));
}

void pack_varint(struct pack_bytes *b, uint32_t value)
{
    while (value >= 0x80) {
        pack_u8(b, (value & 0x7F) | 0x80);
        value >>= 7;
    }
    pack_u8(b, value);
}

void pack_svarint(struct pack_bytes *b, int32_t value)
{
    uint32_t doubled = (uint32_t)value << 1;

    pack_varint(b, value < 0 ? ~doubled : doubled);
}

void pack_segment(struct pack_bytes *b, const void *data, size_t size,
                  int window_bits)
{
    z_stream z = {0};
    size_t bound;
    uint8_t *out;

    require(deflateInit2(&z, 9, Z_DEFLATED, -window_bits, 8,
                         Z_DEFAULT_STRATEGY) == Z_OK,
            "deflateInit2");
    bound = deflateBound(&z, (uLong)size) + 16;
    out = malloc(bound);
    require(out != NULL, "malloc");
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)bound;
    require(deflate(&z, Z_FINISH) == Z_STREAM_END, "deflate");
    pack_append(b, out, z.total_out);
    require(deflateEnd(&z) == Z_OK, "deflateEnd");
    free(out);
}

// --- Keys ------------------------------------------------------------------

static struct dfp_key public_half(const uint8_t scalar[32])
{
    uint8_t copy[32];
    br_ec_private_key secret = {BR_EC_secp256r1, copy, sizeof(copy)};
    struct dfp_key key;

    memcpy(copy, scalar, sizeof(copy));
    require(br_ec_compute_pub(&br_ec_p256_m31, NULL, key.point, &secret) ==
                sizeof(key.point),
            "br_ec_compute_pub");
    return key;
}

struct dfp_key pack_key(void)
{
    return public_half(signing_scalar);
}

struct dfp_key pack_other_key(void)
{
    return public_half(other_scalar);
}

// --- Digests ---------------------------------------------------------------

static void sha256(uint8_t out[32], const void *data, size_t size)
{
    br_sha256_context c;

    br_sha256_init(&c);
    br_sha256_update(&c, data, size);
    br_sha256_out(&c, out);
}

static void chunk_digest(uint8_t *out, bool is_signed, const void *data,
                         size_t size)
{
    uint8_t digest[32];

    if (is_signed) {
        sha256(digest, data, size);
        memcpy(out, digest, DFOTA_DIGEST_SHA256);
    } else {
        uint64_t value = XXH64(data, size, 0);

        for (int i = 0; i < 8; i++) {
            out[i] = (uint8_t)(value >> 8 * i);
        }
    }
}

static void seal(uint8_t *out, bool is_signed, const void *head, size_t size)
{
    uint8_t copy[32];
    uint8_t digest[32];
    br_ec_private_key secret = {BR_EC_secp256r1, copy, sizeof(copy)};

    if (!is_signed) {
        chunk_digest(out, false, head, size);
        return;
    }
    memcpy(copy, signing_scalar, sizeof(copy));
    sha256(digest, head, size);
    require(br_ecdsa_i31_sign_raw(&br_ec_p256_m31, &br_sha256_vtable, digest,
                                  &secret, out) == DFOTA_SEAL_ECDSA_SIZE,
            "br_ecdsa_i31_sign_raw");
}

// --- The package -----------------------------------------------------------

static size_t seal_size(bool is_signed)
{
    return is_signed ? DFOTA_SEAL_ECDSA_SIZE : DFOTA_SEAL_XXH64_SIZE;
}

static size_t digest_size(bool is_signed)
{
    return is_signed ? DFOTA_DIGEST_SHA256 : DFOTA_DIGEST_XXH64;
}

// Chunks of the stream, chained from the last one backwards; `first` gets the
// digest of chunk 0.
static struct pack_bytes make_chunks(const struct pack *p, uint8_t *first)
{
    size_t chunk = p->chunk_size != 0 ? p->chunk_size : 64;
    size_t digest = digest_size(p->is_signed);
    const uint8_t *stream = p->stream != NULL ? p->stream : p->new_data;
    size_t size = p->stream != NULL ? p->stream_size : p->new_size;
    size_t full = size <= chunk ? 0 : (size - chunk - 1) / (chunk - digest) + 1;
    struct pack_bytes body = {0};

    for (size_t i = 0; i < full; i++) {
        pack_append(&body, (uint8_t[DFOTA_DIGEST_MAX]){0}, digest);
        pack_append(&body, stream + i * (chunk - digest), chunk - digest);
    }
    pack_append(&body, stream + full * (chunk - digest),
                size - full * (chunk - digest));
    for (size_t i = full + 1; i-- > 0;) {
        uint8_t *to = i == 0 ? first : body.data + (i - 1) * chunk;
        size_t end = i == full ? body.size : (i + 1) * chunk;

        chunk_digest(to, p->is_signed, body.data + i * chunk, end - i * chunk);
    }
    return body;
}

static void append_text(struct pack_bytes *m, uint32_t tag, const char *text)
{
    if (text != NULL) {
        pack_u8(m, tag);
        pack_u8(m, (uint32_t)strlen(text));
        pack_append(m, text, strlen(text));
    }
}

static void append_records(struct pack_bytes *m, const struct pack *p)
{
    append_text(m, DFOTA_TAG_PRODUCT, p->product);
    append_text(m, DFOTA_TAG_FROM_VERSION, p->from_version);
    append_text(m, DFOTA_TAG_TO_VERSION, p->to_version);
    if (p->is_signed) {
        struct dfp_key key = pack_key();
        uint8_t digest[32];

        sha256(digest, key.point, sizeof(key.point));
        pack_u8(m, DFOTA_TAG_KEY_ID);
        pack_u8(m, 4);
        pack_append(m, digest, 4);
    }
    if (!p->no_image_check) {
        pack_u8(m, DFOTA_TAG_IMAGE_CHECK);
        pack_u8(m, 16);
        pack_u64(m, XXH64(p->old_data, p->old_size, 0));
        pack_u64(m, XXH64(p->new_data, p->new_size, 0));
    }
    if (p->new_base != p->base) {
        pack_u8(m, DFOTA_TAG_NEW_BASE);
        pack_u8(m, 4);
        pack_u32(m, p->new_base);
    }
    pack_append(m, p->records.data, p->records.size);
}

static void append_part(struct pack_bytes *m, const struct pack *p)
{
    static const uint8_t versions[] = {
        DFOTA_STORED_VERSION, DFOTA_DEFLATE_VERSION, DFOTA_RANGE_VERSION};
    uint32_t version = p->codec_version;
    uint8_t digest[32];

    if (version == 0 && p->codec < sizeof(versions)) {
        version = versions[p->codec];
    }
    pack_u8(m, 0);
    pack_u8(m, p->codec);
    pack_u8(m, version);
    pack_u8(m, p->arch);
    pack_u16(m, p->map_entries);
    pack_u16(m, p->param);
    pack_u32(m, p->old_size);
    pack_u32(m, p->new_size);
    pack_u32(m, p->base);
    pack_u32(m, p->stream != NULL ? p->stream_size : p->new_size);
    sha256(digest, p->old_data, p->old_size);
    pack_append(m, digest, 32);
    sha256(digest, p->new_data, p->new_size);
    pack_append(m, digest, 32);
}

static uint32_t ram_of(const struct pack *p)
{
    uint32_t model = 0;

    if (p->codec == DFOTA_CODEC_DEFLATE) {
        model = 7424 + (1u << p->param);
    } else if (p->codec == DFOTA_CODEC_RANGE) {
        model = 64 * p->param;
    }
    return (1152 + 8 * p->map_entries + model + 256 + 128 +
            (p->chunk_size != 0 ? p->chunk_size : 64) + 7) &
           ~7u;
}

struct pack_bytes pack_make(const struct pack *p)
{
    uint8_t first[DFOTA_DIGEST_MAX];
    uint8_t sealed[DFOTA_SEAL_ECDSA_SIZE];
    struct pack_bytes body = make_chunks(p, first);
    struct pack_bytes m = {0};
    struct pack_bytes out = {0};

    pack_u8(&m, p->mode);
    pack_u8(&m, 1);
    pack_u16(&m, p->chunk_size != 0 ? p->chunk_size : 64);
    pack_u32(&m, p->counter);
    pack_append(&m, first, digest_size(p->is_signed));
    append_part(&m, p);
    append_records(&m, p);

    pack_u32(&out, DFOTA_MAGIC);
    pack_u8(&out, p->format_version != 0 ? p->format_version : 1);
    pack_u8(&out, p->is_signed ? DFOTA_SEAL_ECDSA : DFOTA_SEAL_XXH64);
    pack_u16(&out, (uint32_t)m.size);
    pack_u32(&out, p->features);
    pack_u32(&out, (uint32_t)(DFOTA_PREAMBLE_SIZE + m.size +
                              seal_size(p->is_signed) + body.size));
    pack_u32(&out, p->ram != 0 ? p->ram : ram_of(p));
    pack_u32(&out, 0);
    pack_append(&out, m.data, m.size);
    seal(sealed, p->is_signed, out.data, out.size);
    pack_append(&out, sealed, seal_size(p->is_signed));
    pack_append(&out, body.data, body.size);
    pack_free(&m);
    pack_free(&body);
    return out;
}

size_t pack_head_size(const struct pack_bytes *package)
{
    const uint8_t *size = package->data + DFOTA_PRE_MANIFEST_SIZE;
    bool is_signed = package->data[DFOTA_PRE_SEAL] == DFOTA_SEAL_ECDSA;

    return DFOTA_PREAMBLE_SIZE + size[0] + 256u * size[1] +
           seal_size(is_signed);
}

void pack_reseal(struct pack_bytes *package)
{
    bool is_signed = package->data[DFOTA_PRE_SEAL] == DFOTA_SEAL_ECDSA;
    size_t covered = pack_head_size(package) - seal_size(is_signed);

    seal(package->data + covered, is_signed, package->data, covered);
}
