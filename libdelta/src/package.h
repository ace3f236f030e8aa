// SPDX-License-Identifier: MIT
// Framing: from a coded stream to a package and back (FORMAT.md, section 2).

#ifndef DELTA_PACKAGE_H
#define DELTA_PACKAGE_H

#include "delta.h"
#include "dfota/format.h"

// What a package is made of, apart from seal and digests.
struct delta_draft {
    uint32_t features;
    uint32_t mode;
    uint32_t counter;
    uint32_t ram; // without what features add to it
    uint32_t chunk_size;
    uint32_t part_count;
    uint8_t parts[DFOTA_PARTS_MAX][DFOTA_PART_SIZE];
    uint8_t records[DFOTA_MANIFEST_MAX]; // tags ascending
    uint32_t records_size;
    const uint8_t *stream; // of all parts, one behind the other
    uint32_t stream_size;
};

// How the body of a part, its piece of all that follows the seal, is cut into
// chunks. Chunk k lies at k * chunk_size and holds the stream from k * step on;
// all but the last one have chunk_size bytes. All but the last one of the
// package begin with the digest of the next.
struct delta_chunks {
    uint32_t digest_size;
    uint32_t count;
    uint32_t step;      // payload bytes of all but the last
    uint32_t last_size; // bytes of the last
};

// Append a record; its tag must be above those before. At most 255 bytes.
void delta_draft_record(struct delta_draft *draft, uint8_t tag,
                        const void *value, size_t size);

// Chunk size for a RAM budget: larger chunks cost less, memory allowing.
uint32_t delta_chunk_size(uint32_t ram);

// The RAM field (FORMAT.md, section 2.5).
uint32_t delta_ram_field(uint32_t codec, uint32_t param, uint32_t table_entries,
                         uint32_t chunk_size);

// What is added to it where any feature bit is set.
uint32_t delta_ram_more(uint32_t features, uint32_t manifest_size);

// Body of the last part for its stream, with as few chunks as will hold it.
size_t delta_body_size(uint32_t stream_size, uint32_t chunk_size,
                       uint32_t seal);

// The same of a part that others follow.
size_t delta_body_size_before(uint32_t stream_size, uint32_t chunk_size,
                              uint32_t seal);

struct delta_chunks delta_cut(size_t body_size, uint32_t chunk_size,
                              uint32_t seal);

// Lay out the package. Without a key id it is sealed with XXH64; with one the
// manifest names it and the seal, the last DFOTA_SEAL_ECDSA_SIZE bytes before
// the first chunk, is left zero.
enum delta_status delta_package_build(struct delta_bytes *package,
                                      const struct delta_draft *draft,
                                      const uint8_t key_id[4],
                                      struct delta_error *error);

// The reverse, for a package that delta_inspect has accepted. *stream is
// allocated and draft->stream points into it.
enum delta_status delta_package_open(struct delta_draft *draft,
                                     struct delta_bytes *stream,
                                     const uint8_t *package,
                                     struct delta_error *error);

// Where the seal of a package begins, behind preamble and manifest, and
// where chunk 0 does.
uint32_t delta_seal_at(const uint8_t *package);
uint32_t delta_body_at(const uint8_t *package);

// Number of parts, the record of one, and how its body is cut. For a package
// whose manifest has been found sound.
uint32_t delta_package_parts(const uint8_t *package);
const uint8_t *delta_package_part(const uint8_t *package, uint32_t part);
struct delta_chunks delta_package_cut(const uint8_t *package, uint32_t part);

// A record of the manifest and its size; NULL: there is none. For a package
// whose manifest has been found sound.
const uint8_t *delta_package_record(const uint8_t *package, uint8_t tag,
                                    uint32_t *size);

// SHA-256 of preamble and manifest, which a signature covers.
void delta_package_hash(uint8_t digest[32], const uint8_t *package);

// Digest of a chunk, as many bytes as the seal's kind says.
void delta_chunk_digest(uint8_t *digest, uint32_t seal, const uint8_t *chunk,
                        size_t size);

void delta_sha256(uint8_t digest[32], const void *data, size_t size);

// XXH64 as eight bytes, the way packages carry it.
void delta_xxh64(uint8_t digest[8], const void *data, size_t size);

#endif
