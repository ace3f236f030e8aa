// SPDX-License-Identifier: MIT
// dfota patcher: applies a dfota.bin package on a module, streaming, within
// the memory that the caller hands in, and survives losing power at any time.
//
//   struct dfp *p;
//   status = dfp_open(&p, work, sizeof(work), &config);
//   if (status == DFP_OK)
//       status = dfp_resume(p, &progress);      // where to download from
//   while (status == DFP_OK || status == DFP_YIELD)
//       get package bytes from progress.package_at on, in any pieces;
//       status = dfp_feed(p, bytes, size, &used);
//   DFP_DONE: the new image is complete and was verified: boot it.
//
// Contract, proved by tests/system:
//  1. Nothing is erased before manifest, seal, product, counter, base digest,
//     memory, slot and journal have all been accepted.
//  2. DFP_OLD is never programmed or erased in two-slot mode.
//  3. After a power cut at any instant dfp_open + dfp_resume yields a
//     package_at from which feeding on leads to the same image. No block
//     marked as finished is erased or programmed again. In place the old image
//     is gone once the first block was erased: from then on the only way is
//     on, with the same package, which must be at hand whole (staged).
//  4. DFP_DONE is returned only if the digest of the new image, as read back
//     from flash, matches the manifest.
//  5. Every chunk is authenticated before a byte of it is decoded.
//  6. Memory: the work buffer and a bounded stack, nothing else. No recursion,
//     no allocation, no floating point, no changing globals.

#ifndef DFOTA_PATCHER_H
#define DFOTA_PATCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dfota/format.h"

#ifdef __cplusplus
extern "C" {
#endif

// What a flash callback works on.
enum dfp_area {
    DFP_OLD = 0,     // the running image; only read
    DFP_NEW = 1,     // the slot that receives the new image
    DFP_JOURNAL = 2, // checkpoints; nothing else may live there
    DFP_SCRATCH = 3, // old blocks, kept while an update in place needs them
};

// Result of a call. Values >= 0: go on. Values < 0: an error, permanent for
// this struct dfp: every later call returns the same value. Values are pinned;
// groups tell the remedy.
enum dfp_status {
    DFP_OK = 0,    // all input used: feed more
    DFP_YIELD = 1, // step budget spent: call again with the rest
    DFP_DONE = 2,  // new image complete and verified

    // The caller's mistake.
    DFP_ERR_ARGUMENT = -1, // a config field or parameter is out of range

    // Not for this patcher: get another package, or a newer patcher.
    DFP_ERR_FORMAT = -10,        // no dfota package
    DFP_ERR_VERSION = -11,       // format version unknown
    DFP_ERR_FEATURE = -12,       // a feature bit unknown to this patcher
    DFP_ERR_MODE = -13,          // update mode unknown
    DFP_ERR_CODEC = -14,         // codec unknown or not built in
    DFP_ERR_CODEC_VERSION = -15, // stream version of the codec unknown
    DFP_ERR_ARCH = -16,          // architecture unknown or not built in
    DFP_ERR_LIMIT = -17,         // a size is beyond the format's limits

    // Damaged or hostile: download again.
    DFP_ERR_MANIFEST = -20, // a manifest field contradicts the format
    DFP_ERR_DIGEST = -21,   // manifest or chunk does not match its digest
    DFP_ERR_DATA = -22,     // coded stream invalid

    // Not trusted.
    DFP_ERR_UNSIGNED = -30,  // keys are configured, the package has none
    DFP_ERR_KEY = -31,       // signed with a key that is not configured
    DFP_ERR_SIGNATURE = -32, // signature does not verify
    DFP_ERR_COUNTER = -33,   // security counter older than the module's

    // Not for this module.
    DFP_ERR_PRODUCT = -40, // made for another product
    DFP_ERR_BASE = -41,    // made for another old image
    DFP_ERR_PART = -42,    // holds a part that the config does not

    // Does not fit.
    DFP_ERR_MEMORY = -50,  // work memory too small for this package
    DFP_ERR_SLOT = -51,    // old or new image larger than its area
    DFP_ERR_JOURNAL = -52, // journal area too small for this package
    DFP_ERR_SCRATCH = -53, // scratch area smaller, or blocks other, than the
                           // package in place was made for

    // The hardware.
    DFP_ERR_FLASH = -60,  // a callback failed: see dfp_fault.flash
    DFP_ERR_VERIFY = -61, // image read back does not match its digest
};

// A public key that packages may be signed with. Its id, as the manifest
// names it, is the first 4 bytes of SHA-256 over the 65 bytes of `point`.
struct dfp_key {
    uint8_t point[65]; // P-256, uncompressed: 0x04, X, Y
};

// Flash and policy, owned by the caller, unchanged while the patcher is open.
// Zero the struct first: zero means the default in every optional field, now
// and in later versions.
//
// Two slots: scratch_size is 0, DFP_OLD and DFP_NEW are different places.
// One slot: scratch_size is not 0, DFP_OLD and DFP_NEW are the same place.
// Packages of the other kind are refused (DFP_ERR_MODE); packages of full
// images go with both.
struct dfp_config {
    void *context; // handed to the callbacks

    // Each returns 0, or a negative number of the port's own, which stops the
    // update and is kept in dfp_fault.flash. Offsets count from the start of
    // the area.
    // read: any offset and size within the area.
    int (*read)(void *context, enum dfp_area area, uint32_t offset, void *data,
                uint32_t size);
    // program: offset and size are multiples of the area's program size; only
    // erased bytes are programmed, each once, ascending within a block, and
    // never across the end of one.
    int (*program)(void *context, enum dfp_area area, uint32_t offset,
                   const void *data, uint32_t size);
    // erase: one block; offset is a multiple of the area's erase size.
    int (*erase)(void *context, enum dfp_area area, uint32_t offset);

    uint32_t old_size;           // bytes readable in DFP_OLD
    uint32_t new_size;           // bytes of the slot DFP_NEW
    uint32_t new_erase_size;     // its erase block, power of two
    uint32_t new_program_size;   // its page, power of two, 1..4096; the page
                                 // buffer in work memory has this size
    uint32_t journal_size;       // bytes of DFP_JOURNAL; 0: no checkpoints, an
                                 // interrupted update starts from the beginning
    uint32_t journal_erase_size; // at least 8; two blocks must fit
    uint32_t journal_program_size; // power of two, 1..4096: smallest unit that
                                   // may be programmed there

    uint32_t scratch_size;         // bytes of DFP_SCRATCH, 0: two slots
    uint32_t scratch_erase_size;   // its erase block, power of two
    uint32_t scratch_program_size; // power of two, 1..4096

    uint32_t checkpoint_bytes; // package bytes after which the whole state is
                               // saved, 0: 57,344. Bounds what must be
                               // downloaded again after a cut. Codec deflate
                               // saves its small state after a quarter of
                               // it, where a segment begins.
    uint32_t step_bytes;       // output bytes after which dfp_feed returns
                               // DFP_YIELD, so that a watchdog can be served;
                               // 0: never

    bool check_only; // only look: dfp_feed makes every check that comes before
                     // the first erase, and looks at every chunk; DFP_DONE then
                     // means that the package is whole and would be applied.
                     // Nothing is written, the journal is not looked at.

    const char *product;        // package must name it; NULL: any product
    uint32_t counter;           // lowest security counter accepted
    const struct dfp_key *keys; // only packages signed by one are accepted
    uint32_t key_count;         // 0: no authentication

    // A module of several images, which packages may update together: each has
    // a config of its own, and here is the next one. Of those behind the first
    // one only context, callbacks (for DFP_OLD and DFP_NEW), the sizes of old
    // image and slot, part_id and next count. NULL: this is the last one.
    const struct dfp_config *next;
    uint8_t part_id; // the part record's id that this image has in packages
};

// What a package says of itself. Texts are NUL-terminated, "" when absent.
struct dfp_info {
    uint32_t package_size; // bytes of the whole file
    uint32_t ram;      // work memory needed with pages of DFOTA_RAM_PAGE bytes
    uint32_t features; // DFOTA_FEATURE_*
    uint8_t format_version; // DFOTA_FORMAT_VERSION
    uint8_t seal;           // DFOTA_SEAL_*
    uint8_t mode;           // DFOTA_MODE_*
    uint8_t codec;          // DFOTA_CODEC_*
    uint8_t codec_version;  // of its stream
    uint8_t arch;           // set of DFOTA_ARCH_*
    uint16_t chunk_size;    // bytes of a chunk
    uint16_t map_entries;   // of the address map and the tables of regions
    uint16_t codec_param;   // see DFOTA_CODEC_*
    uint32_t counter;       // security counter
    uint32_t old_size;      // bytes; 0: a full image
    uint32_t new_size;      // bytes
    uint32_t old_base;      // load address of the old image
    uint32_t new_base;      // load address of the new image
    uint32_t stream_size;   // bytes of the coded stream
    uint32_t total_size;    // of the new images of all parts
    uint16_t manifest_size; // bytes
    uint8_t parts;          // number of parts; the fields here are those of one
    uint8_t part_id;        // of this one
    // In place: block_size is not 0.
    uint32_t block_size;                   // bytes, power of two
    uint16_t scratch_blocks;               // that the scratch area must hold
    uint16_t epoch_blocks;                 // written between two saved states
    uint8_t order;                         // DFOTA_ORDER_*
    uint8_t old_sha256[32];                // digest of the old image
    uint8_t new_sha256[32];                // digest of the new image
    uint8_t key_id[4];                     // zero when unsigned
    char product[DFOTA_TEXT_MAX + 1];      // for which modules
    char from_version[DFOTA_TEXT_MAX + 1]; // text for people
    char to_version[DFOTA_TEXT_MAX + 1];   // likewise
};

// How far an update is.
struct dfp_progress {
    uint64_t package_id;   // of the package in progress; 0: none known yet
    uint32_t package_at;   // next package byte wanted
    uint32_t package_size; // 0: not known yet
    uint32_t new_at;       // bytes of the new image that are safely stored; of
                           // several parts with blocks of different sizes
                           // about so many: it never goes back, and is
                           // new_size when all are complete
    uint32_t new_size;     // of all parts; 0: not known yet
};

// Why the patcher stopped. expected and found are in the unit of the field:
// bytes, a version, a feature mask, a counter, or the first four bytes of a
// digest or key id, big-endian so that "%08x" prints them in order.
struct dfp_fault {
    enum dfp_status status; // DFP_OK: it did not
    const char *field;      // what was looked at, e.g. "work memory"; NULL when
                            // built with DFP_NO_STRERROR
    uint32_t expected;      // what would have been right
    uint32_t found;         // what was there
    int flash;              // the callback's number for DFP_ERR_FLASH
    uint32_t package_at;    // package offset reached
};

struct dfp; // lives at the start of the work memory; contents private

// Bytes of a package that dfp_peek needs to tell the work memory.
#define DFP_PEEK_SIZE DFOTA_PREAMBLE_SIZE

// Read the first size bytes of a package, without a patcher. With at least
// DFP_PEEK_SIZE bytes info->ram, ->package_size, ->seal and ->features are
// set, with the whole manifest everything; *wanted is then 0, otherwise the
// number of bytes needed for that. Digest and signature are not checked.
// Errors: the -1x and -20 groups.
enum dfp_status dfp_peek(const void *data, size_t size, struct dfp_info *info,
                         size_t *wanted);

// The same for part number `part`, from 0 on. DFP_ERR_ARGUMENT if there are
// fewer.
enum dfp_status dfp_peek_part(const void *data, size_t size, uint32_t part,
                              struct dfp_info *info, size_t *wanted);

// Work memory that dfp_feed will insist on for this package and this config,
// in bytes; at most info->ram when both program sizes are at most
// DFOTA_RAM_PAGE. It and the journal's size are those of one part: of several
// take the largest (dfp_peek_part).
uint32_t dfp_work_size(const struct dfp_info *info,
                       const struct dfp_config *config);

// Journal bytes that dfp_feed will insist on: two halves in whole blocks.
uint32_t dfp_journal_size(const struct dfp_info *info,
                          const struct dfp_config *config);

// Bind work memory (aligned to 8) and config. Touches no flash. *p points
// into work and is valid as long as work is. Errors: DFP_ERR_ARGUMENT, and
// DFP_ERR_MEMORY when work is too small for the patcher's own state.
enum dfp_status dfp_open(struct dfp **p, void *work, size_t work_size,
                         const struct dfp_config *config);

// Look for a checkpoint. Call it after every dfp_open: the path after a power
// cut is the only path. Reads the journal, writes nothing.
// DFP_OK: feed the package from progress->package_at on (0: nothing to
// resume, or work is replayed from the start without erasing or programming).
// DFP_DONE: the update was completed before; feeding a package begins another.
enum dfp_status dfp_resume(struct dfp *p, struct dfp_progress *progress);

// Give the next package bytes, as many as there are. *used tells how many
// were taken: all with DFP_OK. Pieces of any size give the same result.
// size 0 continues work after DFP_YIELD.
enum dfp_status dfp_feed(struct dfp *p, const void *data, size_t size,
                         size_t *used);

// Forget what the journal holds: erases it. The next update starts afresh.
enum dfp_status dfp_discard(struct dfp *p);

// How far the update is, at any time after dfp_open.
void dfp_get_progress(const struct dfp *p, struct dfp_progress *progress);

// The manifest in work; false as long as it has not been read.
bool dfp_get_info(const struct dfp *p, struct dfp_info *info);

// Why the last call failed.
void dfp_get_fault(const struct dfp *p, struct dfp_fault *fault);

// One English sentence for a status, without full stop.
const char *dfp_strerror(enum dfp_status status);

#ifdef __cplusplus
}
#endif

#endif
