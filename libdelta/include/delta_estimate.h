// SPDX-License-Identifier: MIT
// libdelta: how long an update takes on a module.
//
//   struct delta_work work;
//   struct delta_estimate e;
//   const struct delta_profile *profile = delta_profile_find("air724");
//   if (delta_estimate_package(&work, &info, profile, &error) == DELTA_OK &&
//       delta_estimate(&e, &work, profile, &error) == DELTA_OK) {
//       printf("%llu ms\n", (unsigned long long)e.total_ms);
//   }
//
// A struct delta_work counts what is done: bytes received, decoded and hashed,
// flash erased and programmed. A struct delta_profile says what each of these
// costs on a module. The counts come from a package's description
// (delta_estimate_package), or from whoever knows them better.

#ifndef DELTA_ESTIMATE_H
#define DELTA_ESTIMATE_H

#include "delta.h"

#ifdef __cplusplus
extern "C" {
#endif

// --- Profiles --------------------------------------------------------------
// A module. Zero is allowed where the comment says so.
struct delta_profile {
    char name[DELTA_TEXT_MAX + 1]; // for people

    // The link, as the application sees it.
    uint32_t link_bits_per_second; // payload, without headers and repetitions
    uint32_t link_round_trip_ms;   // may be 0
    uint32_t link_request_size;    // bytes asked for at once; 0: all of them

    // The flash part.
    uint32_t flash_read_bytes_per_second; // through its bus, into memory
    uint32_t flash_page_size;             // bytes programmed by one command
    uint32_t flash_page_us;               // time of one, however full
    uint32_t flash_erase_size;            // smallest erase block
    uint32_t flash_erase_us;              // time of one
    uint32_t flash_large_size; // a larger one, a multiple; 0: not used
    uint32_t flash_large_us;   // with 0: 0

    // The processor.
    uint32_t cpu_khz;            // clock, at least 1000
    uint32_t cpu_cycles_per_100; // cycles for 100 instructions, with all waits

    // Instructions of the patcher; see bench/instructions.py.
    uint32_t range_output;   // codec range, for a byte of the new image
    uint32_t range_stream;   // and for a byte of the stream
    uint32_t deflate_output; // the same for codec deflate
    uint32_t deflate_stream; // likewise
    uint32_t stored_output;  // and for codec stored
    uint32_t sha256_byte;    // digest of a byte, signed packages
    uint32_t xxh64_byte;     // digest of a byte, unsigned packages
    uint32_t signature;      // check of a signature
};

// A profile that is built in: "air724" or "ec618"; NULL for other names. Where
// its figures come from is told in libdelta/src/profile.c.
const struct delta_profile *delta_profile_find(const char *name);

// The names of all profiles that are built in, "air724, ec618".
const char *delta_profile_names(void);

// Read a profile from JSON in memory: one object whose members are the fields
// of struct delta_profile by name, numbers all of them but name. With a member
// "like", the name of a profile that is built in, what is missing is taken from
// there; without it every field must be given.
//
//   {"name": "hub", "like": "ec618", "link_bits_per_second": 200000}
//
// An error's subject is "profile", its text begins with the member.
enum delta_status delta_profile_read(struct delta_profile *profile,
                                     const void *json, size_t json_size,
                                     struct delta_error *error);

// --- Work ------------------------------------------------------------------

// What is decoded.
enum delta_work_codec {
    DELTA_WORK_RANGE,   // adaptive range coder
    DELTA_WORK_DEFLATE, // zlib's inflate
    DELTA_WORK_STORED,  // the new image as it is
};

// What of the flash is erased and programmed.
enum delta_work_area {
    DELTA_WORK_IMAGE,   // the slot that the new image is written to
    DELTA_WORK_JOURNAL, // checkpoints
    DELTA_WORK_SCRATCH, // of in-place updates
    DELTA_WORK_STAGING, // where a package lies that is applied later
};
#define DELTA_WORK_AREAS 4 // numbers of enum delta_work_area

// What is done to one area.
struct delta_area_work {
    uint32_t block_size; // of the blocks erased; 0 only without any
    uint64_t blocks;     // erased, each as often as it was
    uint64_t programmed; // bytes
    uint64_t programs;   // program operations, of at most a page each; 0: as
                         // few as the bytes take
};

// All that an update does. Zero the struct first: zero is nothing done.
struct delta_work {
    enum delta_work_codec codec; // of the stream
    bool is_signed; // digests are SHA-256 and there is a signature to check
    bool is_staged; // applied only after all of it was received and stored
    uint32_t package_size; // received, and hashed by chunks
    uint32_t stream_size;  // bytes of it that are coded stream
    uint32_t output_size;  // bytes decoded: of the new image, or more if some
                           // are decoded again
    uint64_t image_size;   // bytes of images read and hashed, before and after
    uint64_t read_size;    // bytes read besides
    struct delta_area_work areas[DELTA_WORK_AREAS]; // by enum delta_work_area
};

// The work that a package takes in an update without a cut.
//
// Image and journal are erased in blocks of profile->flash_erase_size. In
// two-slot mode each block of the new image is erased and programmed once. In
// place it is the most that is allowed: twice, and 2.2 times the bytes. How
// much the decoder reads is known by a rule: see docs/DESIGN.md.
enum delta_status delta_estimate_package(struct delta_work *work,
                                         const struct delta_info *info,
                                         const struct delta_profile *profile,
                                         struct delta_error *error);

// The same for a package that was just made: in place with what was counted
// when it was applied.
enum delta_status delta_estimate_made(struct delta_work *work,
                                      const struct delta_report *report,
                                      const struct delta_profile *profile,
                                      struct delta_error *error);

// --- Times -----------------------------------------------------------------

// What the work takes, by kind.
struct delta_estimate {
    uint64_t download_ms;   // connection, requests and payload
    uint64_t erase_ms;      // of all areas
    uint64_t program_ms;    // likewise
    uint64_t read_ms;       // flash into memory
    uint64_t decode_ms;     // processor
    uint64_t hash_ms;       // processor
    uint64_t signature_ms;  // processor
    uint64_t compute_ms;    // the three above together
    uint64_t overlap_ms;    // what goes on while bytes arrive: not waited for
    uint64_t total_ms;      // from the first byte asked to the image verified
    uint64_t erased_blocks; // of all areas
    uint64_t programmed;    // bytes, likewise
    uint64_t read_size;     // bytes
};

// How long the work takes. What is applied as it arrives keeps the flash and
// the processor busy while the link is: the slower of both counts. What is
// staged is only stored meanwhile. Digests of the images and the signature
// are never beside the download. Fails when a field of the profile is out of
// range or a size in work is.
enum delta_status delta_estimate(struct delta_estimate *estimate,
                                 const struct delta_work *work,
                                 const struct delta_profile *profile,
                                 struct delta_error *error);

#ifdef __cplusplus
}
#endif

#endif
