// SPDX-License-Identifier: MIT
// Constants of the package format v1 (docs/FORMAT.md). No code.

#ifndef DFOTA_FORMAT_H
#define DFOTA_FORMAT_H

// All integers in a package are little-endian.
//
//   preamble | manifest | seal | chunk 0 | chunk 1 | ... | chunk n-1
//
// The seal covers preamble and manifest, the manifest holds the digest of
// chunk 0, each chunk holds the digest of the next one.

// --- Preamble: DFOTA_PREAMBLE_SIZE bytes -----------------------------------
#define DFOTA_MAGIC 0x544F4644u    // "DFOT"
#define DFOTA_FORMAT_VERSION 1u    // of the preamble
#define DFOTA_PREAMBLE_SIZE 24u    // bytes
#define DFOTA_PRE_MAGIC 0u         // u32
#define DFOTA_PRE_VERSION 4u       // u8
#define DFOTA_PRE_SEAL 5u          // u8, DFOTA_SEAL_*
#define DFOTA_PRE_MANIFEST_SIZE 6u // u16
#define DFOTA_PRE_FEATURES 8u      // u32, DFOTA_FEATURE_*
#define DFOTA_PRE_PACKAGE_SIZE 12u // u32, the whole file
#define DFOTA_PRE_RAM 16u          // u32, work memory the patcher needs
#define DFOTA_PRE_RESERVED 20u     // u32, 0

// How manifest and chunks are protected.
#define DFOTA_SEAL_XXH64 0u // against damage only: development packages
#define DFOTA_SEAL_ECDSA 1u // ECDSA P-256 over SHA-256

#define DFOTA_SEAL_XXH64_SIZE 8u  // bytes
#define DFOTA_SEAL_ECDSA_SIZE 64u // bytes: r, s

// Bytes of a chunk digest: XXH64, or SHA-256 cut to its first 16 bytes.
#define DFOTA_DIGEST_XXH64 8u   // packages without a signature
#define DFOTA_DIGEST_SHA256 16u // packages with a signature
#define DFOTA_DIGEST_MAX 16u    // bytes of the longest

// A package that sets a bit unknown to the patcher is refused.
#define DFOTA_FEATURE_PARTS (1u << 0)     // more than one part
#define DFOTA_FEATURE_IN_PLACE (1u << 1)  // mode 1
#define DFOTA_FEATURE_REGIONS (1u << 2)   // images of several address regions
#define DFOTA_FEATURE_FULL (1u << 3)      // a part without an old image
#define DFOTA_FEATURE_UNMANAGED (1u << 4) // ranges that are the module's own

// --- Manifest: fixed head, part records, optional records ------------------
#define DFOTA_MAN_MODE 0u       // u8, DFOTA_MODE_*
#define DFOTA_MAN_PARTS 1u      // u8
#define DFOTA_MAN_CHUNK_SIZE 2u // u16
#define DFOTA_MAN_COUNTER 4u    // u32, security counter
#define DFOTA_MAN_DIGEST 8u     // digest of chunk 0

#define DFOTA_MODE_TWO_SLOT 0u // the new image goes beside the old one
#define DFOTA_MODE_IN_PLACE 1u // it overwrites the old one

#define DFOTA_PART_SIZE 88u         // bytes of a part record
#define DFOTA_PART_ID 0u            // u8
#define DFOTA_PART_CODEC 1u         // u8, DFOTA_CODEC_*
#define DFOTA_PART_CODEC_VERSION 2u // u8
#define DFOTA_PART_ARCH 3u          // u8, set of DFOTA_ARCH_*
#define DFOTA_PART_MAP_ENTRIES 4u   // u16, entries of 8 bytes in its tables
#define DFOTA_PART_PARAM 6u         // u16, meaning set by the codec
#define DFOTA_PART_OLD_SIZE 8u      // u32
#define DFOTA_PART_NEW_SIZE 12u     // u32
#define DFOTA_PART_BASE 16u         // u32, load address of old and new image
#define DFOTA_PART_STREAM_SIZE 20u  // u32, payload bytes of this part
#define DFOTA_PART_OLD_SHA256 24u   // 32 bytes
#define DFOTA_PART_NEW_SHA256 56u   // 32 bytes

// Optional records: tag u8, size u8, value; tags strictly ascending.
#define DFOTA_TAG_PRODUCT 1u      // UTF-8, 1..64 bytes
#define DFOTA_TAG_FROM_VERSION 2u // UTF-8, 1..64 bytes
#define DFOTA_TAG_TO_VERSION 3u   // UTF-8, 1..64 bytes
#define DFOTA_TAG_KEY_ID 4u       // 4 bytes, present exactly when signed
#define DFOTA_TAG_IMAGE_CHECK 5u  // per part: XXH64 of old, XXH64 of new
#define DFOTA_TAG_NEW_BASE 6u     // u32 per part: load address of the new image
#define DFOTA_TAG_GEOMETRY 7u     // per part, mode 1: DFOTA_GEO_*
#define DFOTA_TAG_UNMANAGED 8u    // ranges that are the module's own
#define DFOTA_TAG_PART_NAMES 9u   // reserved
#define DFOTA_TAG_KEPT 10u        // blocks that do not change, mode 1

// Geometry of an update in place (FORMAT.md section 11.1).
#define DFOTA_GEO_SIZE 6u
#define DFOTA_GEO_ORDER 0u       // u8, DFOTA_ORDER_*
#define DFOTA_GEO_BLOCK_BITS 1u  // u8, 6..24
#define DFOTA_GEO_SCRATCH 2u     // u16, blocks of the scratch area
#define DFOTA_GEO_EPOCH 4u       // u16, blocks written in one epoch
#define DFOTA_ORDER_BACKWARD 1u  // bit: the image's end is written first
#define DFOTA_ORDER_FRESH 128u   // bit: each epoch begins with a new model
#define DFOTA_BLOCK_BITS_MIN 6u  // blocks of 64 bytes
#define DFOTA_BLOCK_BITS_MAX 24u // blocks of 16 MiB

// An unmanaged range: u8 part, u32 start, u32 end.
#define DFOTA_UNMANAGED_SIZE 9u
// A run of kept blocks: u8 part, u16 first block, u16 count.
#define DFOTA_KEPT_SIZE 5u

// Codecs. Version 0x80 | n of a codec is draft n of it, never to be fielded.
#define DFOTA_CODEC_STORED 0u    // the new image as it is
#define DFOTA_CODEC_DEFLATE 1u   // param: window bits, 9..15
#define DFOTA_CODEC_RANGE 2u     // param: size of the model, units of 64 bytes
#define DFOTA_STORED_VERSION 1u  // of codec stored
#define DFOTA_DEFLATE_VERSION 1u // of codec deflate
#define DFOTA_RANGE_VERSION 1u   // of codec range

// Architectures: how references in code are read. A part names the set of
// those that its images hold.
#define DFOTA_ARCH_NONE 0u    // plain pointers only
#define DFOTA_ARCH_THUMB 1u   // Thumb and Thumb-2
#define DFOTA_ARCH_A32 2u     // Arm, 32-bit instructions
#define DFOTA_ARCH_A64 4u     // AArch64
#define DFOTA_ARCH_RISCV 8u   // RV32 and RV64 with C
#define DFOTA_ARCH_XTENSA 16u // Xtensa: ESP8266, ESP32
#define DFOTA_ARCH_AVR 32u    // AVR
#define DFOTA_ARCH_BIG 64u    // plain pointers only, big-endian
#define DFOTA_ARCH_KNOWN 127u // all of them

// --- Limits ----------------------------------------------------------------
#define DFOTA_MANIFEST_MAX 1024u    // bytes
#define DFOTA_PARTS_MAX 8u          // of a package
#define DFOTA_TEXT_MAX 64u          // bytes of a product id or a version
#define DFOTA_CHUNK_MIN 64u         // bytes
#define DFOTA_CHUNK_MAX 32768u      // bytes
#define DFOTA_IMAGE_MAX 0x20000000u // 512 MiB
#define DFOTA_MAP_MAX 8192u         // entries
#define DFOTA_RANGES_MAX 8u         // pointer ranges
#define DFOTA_REGIONS_MAX 32u       // regions of an image

// --- Work memory -----------------------------------------------------------
// What the preamble's RAM field counts, so that host and module agree:
//   DFOTA_RAM_STATE + 8 * table entries + model + page buffer + carry + chunk
// with a page buffer of DFOTA_RAM_PAGE bytes; codec deflate adds
// DFOTA_RAM_INFLATE + 2^window bits. Sums are rounded up to 8.
#define DFOTA_RAM_STATE 1152u
#define DFOTA_RAM_PAGE 256u     // page buffer
#define DFOTA_RAM_CARRY 128u    // what the chunk before left over
#define DFOTA_RAM_INFLATE 7424u // state of inflate
// Added, with the manifest's size, where any feature bit is set: the manifest
// stays in memory then.
#define DFOTA_RAM_MORE 64u

#endif
