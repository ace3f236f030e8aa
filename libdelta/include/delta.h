// SPDX-License-Identifier: MIT
// libdelta: makes, checks and signs dfota.bin packages on a build host.
//
//   struct delta_options options = {0};           // zero: defaults
//   struct delta_bytes package;
//   struct delta_error error;
//   if (delta_make(&package, NULL, old_data, old_size, new_data, new_size,
//                  &options, &error) != DELTA_OK) {
//       fprintf(stderr, "%s: %s\n", error.subject, error.text);
//       return 1;
//   }
//   fwrite(package.data, 1, package.size, file);
//   delta_free(&package);
//
// Rules for every call:
//  1. The output comes first, every pointer is followed by its size, inputs
//     are never changed. On failure outputs are zeroed, unless said otherwise.
//  2. No global state: calls may run in several threads at once.
//  3. Same inputs and options give the same bytes on every machine.
//  4. `error` may be NULL. When it is given it is filled in by every failure.
//  5. Whoever applies a package here runs the code of firmware-patcher on a
//     simulated flash, in exactly the work memory that the package names.
//
// What a program compiled with these headers may count on:
//  - As libdelta.so.0 this library keeps every function (symbol version
//    DELTA_0), every struct's size and fields, every number of an enum and
//    every default. New functions come with a symbol version of their own.
//  - A struct that callers allocate grows at its end only, by fields whose zero
//    is what was before, and only with the next number: libdelta.so.1. The same
//    source compiles for both, if it zeroes structs and names fields.
//  - An enum may get more numbers at any time: have a case for those unknown.

#ifndef DELTA_H
#define DELTA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DELTA_VERSION "0.1.0"         // of this library
#define DELTA_FORMAT_VERSION 1u       // of the packages that are made
#define DELTA_IMAGE_MAX 0x20000000u   // bytes of an image, 512 MiB
#define DELTA_PACKAGE_MAX 0x40000000u // bytes of a package that are read
#define DELTA_RAM_DEFAULT 16384u      // bytes
#define DELTA_LEVEL_DEFAULT 6         // of 1 to 9
#define DELTA_SCRATCH_DEFAULT 65536u  // bytes
#define DELTA_BLOCK_DEFAULT 4096u     // bytes
#define DELTA_TEXT_MAX 64u            // bytes of a product id or a version text

// --- Results ---------------------------------------------------------------
// Zero is success. The hundreds tell the group, and so the remedy; values are
// pinned.
enum delta_status {
    DELTA_OK = 0,

    // 1xx, refused: an image, a package or a key is not what it must be.
    DELTA_ERR_IMAGE = -101,     // image empty or beyond the limit
    DELTA_ERR_FORMAT = -102,    // no dfota package, or against the format
    DELTA_ERR_VERSION = -103,   // needs a newer version of this library
    DELTA_ERR_DAMAGED = -104,   // cut short, or a digest does not match
    DELTA_ERR_TRUST = -105,     // unsigned, other key, or false signature
    DELTA_ERR_BASE = -106,      // made for another old image
    DELTA_ERR_RESULT = -107,    // makes another new image than the one given
    DELTA_ERR_KEY = -108,       // no P-256 key of the kind that is needed
    DELTA_ERR_SIGNATURE = -109, // signature to attach is not one of this key
    DELTA_ERR_LAYOUT = -110,    // flash layout invalid, or the update does not
                                // fit into it
    DELTA_ERR_PROFILE = -111,   // no profile of a module (delta_estimate.h)
    DELTA_ERR_PATCH = -112,     // no patch of bsdiff, or damaged
                                // (delta_foreign.h)

    // 2xx, usage: an option is out of range.
    DELTA_ERR_OPTION = -201, // see delta_error.subject
    DELTA_ERR_LIMIT = -202,  // RAM budget too small for the codec

    // 3xx, resources.
    DELTA_ERR_NOMEM = -301, // out of memory

    // 4xx, internal: please report.
    DELTA_ERR_CHECK = -401, // the patcher does not make the new image
};

// Why a call failed.
struct delta_error {
    enum delta_status status; // what the call returned
    const char *subject; // what is at fault: "old", "new", "package", "key",
                         // "signature", "profile", or the option: "ram",
                         // "product" ...
    char text[160];      // one line, "reason (found ..., expected ...)"
};

// Bytes that the library allocated: release them with delta_free.
struct delta_bytes {
    uint8_t *data; // NULL: none
    size_t size;   // bytes
};

// --- Keys ------------------------------------------------------------------
// An ECDSA key on P-256. Wipe it after use if it is private.
struct delta_key {
    bool is_private;    // scalar is set
    uint8_t point[65];  // public key, uncompressed: 0x04, X, Y
    uint8_t scalar[32]; // private key, zero when there is none
    uint8_t id[4];      // first bytes of SHA-256 over point
};

// Read one key from a PEM file in memory: "EC PRIVATE KEY" (with or without
// "EC PARAMETERS" before it), "PRIVATE KEY" (PKCS#8) or "PUBLIC KEY".
// Encrypted keys and other curves are refused.
enum delta_status delta_key_read(struct delta_key *key, const void *pem,
                                 size_t pem_size, struct delta_error *error);

// --- Packages --------------------------------------------------------------

// How the stream of a package is coded.
enum delta_codec {
    DELTA_RANGE = 0,   // adaptive range coder, the smallest packages
    DELTA_DEFLATE = 1, // for modules that have an inflate in ROM
};

// Whose references an image has. Data that is read big-endian has no others.
enum delta_arch {
    DELTA_ARCH_AUTO = 0, // what the files say, or what is found in them
    DELTA_ARCH_NONE = 1, // pointers only
    DELTA_ARCH_THUMB = 2,
    DELTA_ARCH_A32 = 3,
    DELTA_ARCH_A64 = 4,
    DELTA_ARCH_RISCV = 5,
    DELTA_ARCH_XTENSA = 6,
    DELTA_ARCH_AVR = 7,
    DELTA_ARCH_BIG = 8, // big-endian pointers only
};

// "auto", "none", "thumb", "a32", "a64", "riscv", "xtensa", "avr",
// "big-endian"; NULL for a number that is none.
const char *delta_arch_name(enum delta_arch arch);

// Where the new image goes.
enum delta_mode {
    DELTA_TWO_SLOT = 0, // the new image goes beside the old one
    DELTA_IN_PLACE = 1, // it overwrites the old one, block by block
};

// What an update in place should spare.
enum delta_minimize {
    DELTA_MINIMIZE_SIZE = 0, // the smallest package that holds the limits
    DELTA_MINIMIZE_WEAR = 1, // fewest bytes programmed, package included
};

// The flash of a module that has one slot. No block of the slot is erased more
// than once, and what is programmed, copies in the scratch area and checkpoints
// in the journal included, stays within 2.2 times the new image, unless the
// scratch area is too small for that: 8 KiB in blocks of 4 KiB will do.
struct delta_in_place {
    uint32_t scratch_size;  // bytes of the scratch area, in whole erase blocks,
                            // rounded down; 0: DELTA_SCRATCH_DEFAULT
    uint32_t block_size;    // of erase blocks of slot and scratch area, a power
                            // of two, 64 to 16 Mi; 0: DELTA_BLOCK_DEFAULT
    uint32_t journal_page;  // bytes that the journal is programmed in, a power
                            // of two up to 4,096; 0: 16
    uint32_t journal_block; // and erased in, a power of two; 0: 4,096
    uint32_t journal_size;  // bytes that it has; 0: as many as it takes
    enum delta_minimize minimize; // the package, or the wear
};

// How to make a package. Zero the struct first: zero is the default of every
// field, now and in later versions.
struct delta_options {
    enum delta_codec codec; // of the stream
    int level;              // 1 fast .. 9 small; 0: DELTA_LEVEL_DEFAULT
    uint32_t ram;  // upper bound of the patcher's work memory in bytes; 0:
                   // DELTA_RAM_DEFAULT. Codec range makes use of 4, 6, 8, 12,
                   // 16 ... 768 KiB: the largest that is not above it
    bool has_base; // false: the load address is searched for
    uint32_t base; // load address of both images
    uint32_t counter; // security counter: a module refuses lower ones
    const struct delta_key *key; // private key to sign with; NULL: unsigned
    const char *product;         // product id, 1..64 bytes of UTF-8; NULL: none
    const char *from_version;    // text for people, likewise
    const char *to_version;      // likewise

    // Called now and then with 0..1000; NULL: not at all.
    void (*progress)(void *context, unsigned permille);
    void *context; // handed to progress

    enum delta_arch arch; // of all code in both images
    unsigned threads;     // at most; 0: one for each processor. The package is
                          // the same whatever the number

    enum delta_mode mode;           // two slots, or one
    struct delta_in_place in_place; // read with DELTA_IN_PLACE only
};

// What a package says of itself. Texts are NUL-terminated and "" when absent;
// control characters and invalid UTF-8 in them are shown as '?'.
struct delta_info {
    const char *codec_name;  // "stored", "deflate", "range"
    const char *mode_name;   // "two-slot", "in-place"
    const char *arch_name;   // "none", "thumb"
    uint32_t package_size;   // bytes
    uint32_t format_version; // of the preamble
    uint32_t features;       // mask of what a patcher must know
    uint32_t ram;            // work memory in bytes that the patcher needs
    uint32_t counter;        // security counter
    uint32_t old_size;       // bytes; 0: a full image, no old one needed
    uint32_t new_size;       // bytes
    uint32_t old_base;       // load address of the old image
    uint32_t new_base;       // load address of the new image
    uint32_t chunk_size;     // bytes that are authenticated together
    uint32_t chunk_count;    // the last one may be shorter
    uint32_t map_entries;    // of the address map and the tables of regions
    uint32_t codec_version;  // of its stream
    uint32_t model_size;     // bytes of the codec's tables or window
    uint32_t overhead;       // bytes that are not coded stream
    // Of several parts (delta_parts.h) sizes, digests, bases, codec and flash
    // are those of one, the rest is of the package.
    uint32_t part_count;
    uint32_t part_id;         // which image of the module: its id there
    uint32_t stream_size;     // of its coded stream
    uint32_t unmanaged_bytes; // of its image that are the module's own
    // In place: what the flash must have, else all 0.
    uint32_t block_size;     // bytes that slot and scratch area are erased in
    uint32_t scratch_blocks; // of the scratch area
    uint32_t epoch_blocks;   // written between two checkpoints
    uint32_t kept_blocks;    // neither erased nor programmed
    bool is_backwards;       // the end of the image is written first
    bool is_fresh;          // each epoch begins with a new model: none is saved
    bool is_signed;         // else key_id is zero
    uint8_t key_id[4];      // zero when unsigned
    uint8_t old_sha256[32]; // digest of the old image
    uint8_t new_sha256[32]; // digest of the new image
    char product[DELTA_TEXT_MAX + 1];      // for which modules
    char from_version[DELTA_TEXT_MAX + 1]; // text for people
    char to_version[DELTA_TEXT_MAX + 1];   // likewise
};

// What an update does to an area of the flash.
struct delta_area_use {
    uint32_t block_size;  // of its erase blocks
    uint32_t erased;      // blocks, each as often as it is
    uint32_t erased_most; // times that one block is
    uint64_t programmed;  // bytes
};

// How a package came about.
struct delta_report {
    struct delta_info info; // of the package
    bool is_same;           // both images are equal
    bool is_stored; // the new image is packed as it is: no delta was smaller
    bool has_base;  // the load address was given, or one was found
    // Where the bytes of the coded stream went; rounded, zero when stored.
    uint32_t bytes_map;         // regions, pointer ranges, address map
    uint32_t bytes_hits;        // flags: predicted or not
    uint32_t bytes_corrections; // bytes that were predicted wrongly
    uint32_t bytes_sources;     // where copies begin and come from
    uint32_t bytes_literals;    // bytes that nothing predicts
    uint32_t literals;          // bytes of the new image that nothing predicts
    uint32_t regions; // of the old image, each with a load address of its own
    // In place: counted while the package was applied, without a power cut, to
    // a simulated flash. Otherwise all 0.
    struct delta_area_use slot;    // both images
    struct delta_area_use scratch; // old blocks, meanwhile
    struct delta_area_use journal; // checkpoints
    uint32_t journal_size;         // bytes that the journal must have for it
};

// Make the package that turns the old image into the new one. The patcher has
// applied it and the result was compared before this returns DELTA_OK; there
// is no way to skip that. report may be NULL.
enum delta_status delta_make(struct delta_bytes *package,
                             struct delta_report *report, const void *old_data,
                             size_t old_size, const void *new_data,
                             size_t new_size,
                             const struct delta_options *options,
                             struct delta_error *error);

// Apply a package. With keys it must be signed by one of them; without,
// signatures are not looked at.
enum delta_status delta_apply(struct delta_bytes *new_image,
                              const void *old_data, size_t old_size,
                              const void *package, size_t package_size,
                              const struct delta_key *keys, size_t key_count,
                              struct delta_error *error);

// Read a package's description and check every digest in it; the signature
// takes a key: see delta_verify. With DELTA_ERR_DAMAGED info is filled in
// nevertheless if the manifest could be read, else its package_size is 0.
enum delta_status delta_inspect(struct delta_info *info, const void *package,
                                size_t package_size, struct delta_error *error);

// Check a package: all digests; with keys, the signature; with an old image
// (else NULL, 0), that it is the base and that the package applies; with a new
// image, that this is what comes out. info may be NULL.
enum delta_status delta_verify(struct delta_info *info, const void *package,
                               size_t package_size, const void *old_data,
                               size_t old_size, const void *new_data,
                               size_t new_size, const struct delta_key *keys,
                               size_t key_count, struct delta_error *error);

// --- Signing ---------------------------------------------------------------
// Packages may be signed already: the signature is then replaced.

// Sign with a private key. Deterministic (RFC 6979): signing what delta_make
// made gives the bytes that delta_make gives with the key.
enum delta_status delta_sign(struct delta_bytes *out, const void *package,
                             size_t package_size, const struct delta_key *key,
                             struct delta_error *error);

// The same in two steps, for keys that never leave their device: first the
// SHA-256 to sign with ECDSA, which depends on the public key ...
enum delta_status delta_sign_digest(uint8_t digest[32], const void *package,
                                    size_t package_size,
                                    const struct delta_key *key,
                                    struct delta_error *error);

// ... then the signature, DER or 64 raw bytes (r, s), which is verified.
enum delta_status delta_sign_attach(struct delta_bytes *out,
                                    const void *package, size_t package_size,
                                    const struct delta_key *key,
                                    const void *signature,
                                    size_t signature_size,
                                    struct delta_error *error);

// --- Small things ----------------------------------------------------------
// Accepts NULL and zeroed bytes; leaves them zeroed.
void delta_free(struct delta_bytes *bytes);

// One English sentence for a status, without full stop.
const char *delta_strerror(enum delta_status status);

const char *delta_version(void); // DELTA_VERSION of the library linked in

// The libraries that this one works with, and their versions, as one line of
// at most 200 bytes: "libdivsufsort 2.0.1, zlib 1.2.13, ...".
void delta_libraries(char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
