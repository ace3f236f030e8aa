// SPDX-License-Identifier: MIT
// What the patcher keeps in work memory.
//
//   struct dfp | more | tables | model | page buffer | carry | chunk
//
// The manifest is gathered right behind struct dfp, before tables and model are
// needed. It stays there, behind struct dfp_more, for packages that set a
// feature bit; others have no `more`. Everything that a checkpoint saves is in
// struct dfp_state, in space.ranges, in more, in the tables, in the model and
// in the carry: plain words, no pointers.

#ifndef DFOTA_STATE_H
#define DFOTA_STATE_H

#include "cursor.h"
#include "deflate_codec.h"
#include "dfota/config.h"
#include "dfota/patcher.h"
#include "digest.h"
#include "range_codec.h"

// Not to become a part of its caller: its locals would lie below whatever else
// the caller calls.
#ifdef __GNUC__
#define DFP_APART __attribute__((noinline))
#else
#define DFP_APART
#endif

// Change it when the meaning of a field below changes: checkpoints of another
// layout are ignored.
#define DFP_STATE_LAYOUT 3u

// Saved by a checkpoint. Invariants while decoding:
//   new_at <= part.new_size
//   chunk_at < part.package_size
// and in a checkpoint, besides: new_at is the start of a block; in_at lies in
// the payload of the chunk at chunk_at, or before the chunk, in the carry.
struct dfp_state {
    uint32_t new_at; // bytes of the new image made
    union {
        struct dfp_range_state range;
        struct dfp_deflate_state deflate;
    } codec;
    uint32_t chunk_at;    // package offset of the current chunk
    uint32_t in_at;       // next input byte; 0: not from a checkpoint
    uint32_t range_count; // of space.ranges, only set in a checkpoint
    // Regions in the tables; 0: the image is one, as the manifest has it.
    uint32_t old_region_count, new_region_count;
    uint32_t id[2];          // of the package, low word first; 0: unknown
    uint8_t image_check[16]; // manifest record 5, zero when absent
    uint8_t chunk_digest[DFOTA_DIGEST_MAX]; // expected of the current chunk
    struct dfp_info part;                   // the manifest
};

// For packages with a feature bit. The manifest follows it in memory.
struct dfp_more {
    uint32_t part;        // index of the part being worked on
    uint32_t stream_left; // its payload from chunk_at on
    uint32_t blocks;      // of the parts before it
    // In place: the epoch, bytes [start, end) of the new image.
    uint32_t start, end;
    // Where records stand in the manifest, set whenever it is parsed.
    uint32_t unmanaged, unmanaged_count;
    uint32_t kept, kept_count;
};

// A record of the journal, as far as it concerns the one in force.
struct dfp_journal {
    uint32_t half;     // 0 or 1: where it stands
    uint32_t kind;     // enum dfp_journal_kind
    uint32_t sequence; // its number
    uint32_t id[2];    // of its package
    uint32_t record;   // bytes that it takes; marks follow
    uint32_t slot;     // index of the next mark
    uint32_t slots;   // marks for which there is erased room; 0 after a resume,
                      // as a cut may have hit a place that reads erased
    uint32_t base_at; // package offset from which it lets us continue
};

// What a call of dfp_feed works on.
enum dfp_seq {
    DFP_SEQ_OPEN, // dfp_resume has not been called yet
    DFP_SEQ_PREAMBLE,
    DFP_SEQ_MANIFEST,
    DFP_SEQ_HASH_OLD,
    DFP_SEQ_BEGIN,
    DFP_SEQ_SAVE,
    DFP_SEQ_CHUNK,
    DFP_SEQ_DECODE,
    DFP_SEQ_HASH_NEW,
    DFP_SEQ_DONE,
};

// Bytes of image at hand: a view needs DFC_LOOKBACK + DFC_LOOKAHEAD, more
// saves reads. (Pointers of 8 bytes take some of the room.)
#define DFP_CACHE_SIZE (sizeof(void *) > 4 ? 240u : 256u)

// What reading and writing a record of the journal takes (record.h).
#define DFP_HEADER_WORDS 13u
#define DFP_PARITY_SIZE 64u
struct dfp_record_work {
    struct dfp_digest digest;
    uint32_t header[DFP_HEADER_WORDS]; // little-endian
    uint8_t parity[DFP_PARITY_SIZE];
    uint32_t line; // that is combined with the parity as it is read
};

// What decoding touches for every byte comes first: a core with short
// instructions reaches it by them.
struct dfp {
    const struct dfp_config *config;
    const struct dfp_config *slot; // config of the part being worked on
    uint32_t seq;                  // enum dfp_seq
    uint32_t stop; // where the codec was told to stop; 0: it got there

    // Work memory behind this struct, once the manifest has been accepted.
    uint8_t *model;         // aligned to 8
    struct dfc_shape shape; // of the model, codec range
    uint8_t *page;          // page buffer: holds the new image from the last
                            // program boundary on, or scratch between pages
    uint8_t *in;            // carry and chunk

    // Payload in memory: in[in_at .. in_end); the chunk's own payload starts
    // at in_start, what lies before was carried over.
    uint32_t in_at;
    uint32_t in_end;
    uint32_t in_start;
    bool in_last;

    bool have_info; // s.part has been read
    bool saved;     // the epoch's old blocks are in the scratch area

    struct dfp_state s;

    uint32_t page_room;
    uint8_t *tables; // aligned to 8: regions of codec range, map
    uint32_t work_size;
    uint32_t finished; // blocks that are complete, in the order of writing,
                       // of all parts

    // Input that dfp_feed was called with, and what is left of the budget.
    const uint8_t *feed;
    uint32_t feed_left;
    uint32_t step_left;

    // Gathering of manifest and chunks.
    uint32_t head_size; // preamble, manifest and seal; 0: not known yet
    uint32_t filled;    // bytes gathered of what is being gathered
    uint8_t next_digest[DFOTA_DIGEST_MAX];

    struct dfp_journal journal;
    uint32_t blocks; // of all parts, as p->finished counts them; 0: not known
    struct dfp_fault fault;

    struct dfc_space space;
    struct dfc_region whole[2]; // old and new image, as the manifest has them

    // Bytes [cache_first, + cache_count) of an image. Hashing shares the
    // place and leaves the cache empty.
    uint32_t cache_key; // enum dfp_area, and what of it reads as lost
    uint32_t cache_first;
    uint32_t cache_count; // 0: empty
    // Bytes of the old image in it that are known to be plain.
    uint32_t calm_first;
    uint32_t calm_end;
    uint32_t hash_at; // bytes of the image hashed, or of the epoch saved
    uint32_t hashed;  // old images compared
    union {
        uint8_t cache[DFP_CACHE_SIZE];
        struct dfp_digest digest;
        struct dfp_record_work work;
    } u;
};

typedef char dfp_state_must_fit[sizeof(struct dfp) <= DFOTA_RAM_STATE ? 1 : -1];
typedef char
    dfp_more_must_fit[sizeof(struct dfp_more) <= DFOTA_RAM_MORE ? 1 : -1];
typedef char dfp_state_is_words[sizeof(struct dfp_state) % 4u == 0 ? 1 : -1];

// Of a package with a feature bit, once its manifest has been accepted.
static inline struct dfp_more *dfp_more(const struct dfp *p)
{
    return (struct dfp_more *)(void *)((uint8_t *)p + DFOTA_RAM_STATE);
}

static inline uint8_t *dfp_kept_manifest(const struct dfp *p)
{
    return (uint8_t *)p + DFOTA_RAM_STATE + DFOTA_RAM_MORE;
}

static inline bool dfp_has_more(const struct dfp *p)
{
    return (DFP_WITH_IN_PLACE || DFP_WITH_PARTS) && p->s.part.features != 0;
}

// Is the package for a module of one slot? (Some of its parts may be full
// images.)
static inline bool dfp_one_slot(const struct dfp *p)
{
    return DFP_WITH_IN_PLACE && p->s.part.mode == DFOTA_MODE_IN_PLACE;
}

// Is the part written over its old image?
static inline bool dfp_in_place(const struct dfp *p)
{
    return DFP_WITH_IN_PLACE && p->s.part.block_size != 0;
}

// From back to front?
static inline bool dfp_backward(const struct dfp *p)
{
    return (p->s.part.order & DFOTA_ORDER_BACKWARD) != 0;
}

#endif
