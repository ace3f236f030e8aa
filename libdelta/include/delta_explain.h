// SPDX-License-Identifier: MIT
// libdelta: says where the bytes of a package go, and what to do about it.
//
//   struct delta_explanation e;
//   struct delta_error error;
//   if (delta_explain(&e, &old_image, &new_image, NULL, &error) != DELTA_OK) {
//       fprintf(stderr, "%s: %s\n", error.subject, error.text);
//       return 1;
//   }
//   for (size_t i = 0; i < e.advice_count; i++) {
//       puts(e.advice[i].text);
//   }
//   delta_explanation_free(&e);
//
// The package is really made, as delta_make_images makes it, and applied; the
// bits that the coder spends are noted byte by byte of the new image. So
// there are two views of the same bytes:
//  - by cause: the sum is the package's size, exactly;
//  - by part of the new image: the sum is the package's size without what
//    belongs to no byte: header, digests, tables, rest.

#ifndef DELTA_EXPLAIN_H
#define DELTA_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delta.h"
#include "delta_image.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DELTA_NAME_MAX 95u    // bytes of a part's name; longer ones are cut
#define DELTA_SECTION_MAX 31u // likewise of a section
#define DELTA_ADVICE_MAX 319u // bytes of an advice

// What bytes of a package are spent on.
enum delta_spent {
    DELTA_SPENT_HEADER = 0,   // preamble, manifest, seal or signature
    DELTA_SPENT_DIGESTS = 1,  // of chunks
    DELTA_SPENT_TABLES = 2,   // regions, pointer ranges, address map
    DELTA_SPENT_HITS = 3,     // flags: predicted, not predicted, by the map
    DELTA_SPENT_BRANCHES = 4, // corrections in calls and branches
    DELTA_SPENT_POINTERS = 5, // ... in pointers, loads, halves of addresses
    DELTA_SPENT_OTHER = 6,    // ... in everything else
    DELTA_SPENT_SOURCES = 7,  // where copies begin and come from
    DELTA_SPENT_LITERALS = 8, // bytes that are in no old content, with flags
    DELTA_SPENT_REST = 9,     // end of the stream, and rounding of the others
    DELTA_SPENT_COUNT = 10,
};

// How a byte of the new image came about.
enum delta_byte_kind {
    DELTA_BYTE_LITERAL = 0,   // new: nothing predicts it
    DELTA_BYTE_HIT = 1,       // as predicted
    DELTA_BYTE_CORRECTED = 2, // predicted, but it has another value
};

// A part of the new image: a function or an object, what lies between two of
// them, a block, a section or a region.
struct delta_part {
    uint32_t start;                      // position in the new image
    uint32_t size;                       // bytes
    uint32_t address;                    // from DELTA_ADDRESS_NONE on: at none
    char name[DELTA_NAME_MAX + 1];       // else the range of addresses
    char section[DELTA_SECTION_MAX + 1]; // "" when not known
    bool has_symbol;                     // name is one of the ELF file
    uint32_t literals;                   // its bytes that are new
    uint32_t corrections;                // ... that are predicted wrongly
    uint32_t hits;                       // ... that are as predicted
    // Bytes of the package that are spent here, then on bytes of each kind;
    // flags and sources are included.
    double bytes;            // all of them
    double literal_bytes;    // on what is new
    double correction_bytes; // on what is predicted wrongly
    double hit_bytes;        // on what is as predicted
    // More of it comes from old places that are moved by so much than by any
    // other amount.
    bool has_move;
    int32_t moved;       // by how much; only with has_move
    uint32_t moved_size; // bytes of which that is so
};

// Bytes that come from one place of the old image; gaps of up to 256 bytes,
// in which other content lies, are passed over.
struct delta_move {
    uint32_t new_start;   // position in the new image
    uint32_t old_start;   // position in the old image
    uint32_t size;        // bytes
    uint32_t matched;     // bytes that really come from there
    uint32_t new_address; // of new_start at run time
    uint32_t old_address; // of old_start at run time
    int32_t moved;        // new_address - old_address
};

// Why an engineer may want to change something.
enum delta_advice_kind {
    DELTA_ADVICE_SAME = 1,              // the images are equal
    DELTA_ADVICE_TIME = 2,              // a build date or time has changed
    DELTA_ADVICE_BUILD_ID = 3,          // so has a build id
    DELTA_ADVICE_VERSION = 4,           // a version text, in several places
    DELTA_ADVICE_INCOMPRESSIBLE = 5,    // encrypted or compressed content
    DELTA_ADVICE_NEW_CONTENT = 6,       // much that is really new
    DELTA_ADVICE_ORDER = 7,             // link order has changed
    DELTA_ADVICE_SECTION_MOVED = 8,     // a section is elsewhere
    DELTA_ADVICE_EVERYTHING_MOVED = 9,  // an insertion pushes all the rest
    DELTA_ADVICE_NO_BASE = 10,          // the load address is not known
    DELTA_ADVICE_NO_ARCH = 11,          // no instructions were recognized
    DELTA_ADVICE_RAM = 12,              // measured: see delta_explain_ram
    DELTA_ADVICE_GOOD = 13,             // nothing to improve
    DELTA_ADVICE_COMPILER = 14,         // something is new in nearly all parts
    DELTA_ADVICE_LINKED_ELSEWHERE = 15, // the whole image has another address
};

// What may make the package smaller.
struct delta_advice {
    enum delta_advice_kind kind; // reason
    uint32_t bytes; // of the package that this is about; 0: not known
    uint32_t start; // position in the new image
    uint32_t size;  // bytes there; 0: no place in particular
    char text[DELTA_ADVICE_MAX + 1]; // sentences
};

// Where the bytes of a package go.
struct delta_explanation {
    struct delta_report report;        // of the package
    uint32_t old_size;                 // bytes of the old image
    uint32_t new_size;                 // bytes of the new image
    uint32_t spent[DELTA_SPENT_COUNT]; // bytes by cause
    struct delta_part *parts;    // functions, objects and what lies between, or
                                 // blocks of the same size; ascending by start,
                                 // without gaps from 0 to new_size
    size_t part_count;           // of parts
    struct delta_part *sections; // or regions, if there are no symbols
    size_t section_count;        // of sections
    struct delta_move *moves;    // ascending by new_start
    size_t move_count;           // of moves
    struct delta_advice *advice; // the most worthwhile first
    size_t advice_count;         // of advice
    // Of each byte of the new image: what it costs, in 1/4096 bit, and how it
    // came about.
    uint32_t *costs;
    uint8_t *kinds; // enum delta_byte_kind
};

// Explain the package that delta_make_images would make. options may be NULL;
// the codec must be DELTA_RANGE. Errors are those of delta_make_images.
enum delta_status delta_explain(struct delta_explanation *explanation,
                                const struct delta_image *old_image,
                                const struct delta_image *new_image,
                                const struct delta_options *options,
                                struct delta_error *error);

// Make the package again with another RAM budget and add an advice that says
// what this saves. package_size may be NULL. On failure nothing is changed.
enum delta_status delta_explain_ram(struct delta_explanation *explanation,
                                    uint32_t *package_size,
                                    const struct delta_image *old_image,
                                    const struct delta_image *new_image,
                                    const struct delta_options *options,
                                    uint32_t ram, struct delta_error *error);

// Accepts NULL and zeroed ones; leaves them zeroed.
void delta_explanation_free(struct delta_explanation *explanation);

// Short names for tables and programs, "header", "digests" ...; NULL for a
// number that is none.
const char *delta_spent_name(enum delta_spent spent);

// Likewise, "time", "build-id" ...
const char *delta_advice_name(enum delta_advice_kind kind);

#ifdef __cplusplus
}
#endif

#endif
