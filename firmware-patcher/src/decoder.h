// SPDX-License-Identifier: MIT
// The seam between the patcher and its codecs.
//
// A codec turns the payload bytes of a part's chunks into the new image. It is
// entered with a chunk in memory that has been authenticated, and left when it
// wants the next one. All that it keeps between calls is in p->s (plain words,
// part of a checkpoint) and in the model memory.

#ifndef DFOTA_DECODER_H
#define DFOTA_DECODER_H

#include "fault.h"
#include "state.h"

// --- What a codec offers ---------------------------------------------------
// begin: the stream starts; model memory is uninitialised. (Codec stored has
//      nothing to begin.)
// run: decode until p->s.new_at reaches stop or the image's end: DFP_OK; or
//      until more input is wanted: DFP_YIELD. A codec may leave up to
//      DFOTA_RAM_CARRY bytes unread; the patcher hands them in again, directly
//      in front of the next chunk's payload. When p->in_last is set no more
//      input will come: wanting more then is DFP_ERR_DATA, and so is input
//      left over when the image is complete.
// jump: in place, an epoch has ended at `ended`, the next one begins at
//      p->s.new_at: they are equal when a checkpoint taken there was loaded.
// check: p->s has come from a checkpoint: DFP_ERR_DATA unless every field is
//      one that decoding could have left behind.
enum dfp_status dfp_stored_run(struct dfp *p, uint32_t stop);
enum dfp_status dfp_stored_check(const struct dfp *p);
void dfp_deflate_begin(struct dfp *p);
enum dfp_status dfp_deflate_run(struct dfp *p, uint32_t stop);
void dfp_deflate_jump(struct dfp *p, uint32_t ended);
enum dfp_status dfp_deflate_check(const struct dfp *p);
void dfp_range_begin(struct dfp *p);
enum dfp_status dfp_range_run(struct dfp *p, uint32_t stop);
void dfp_range_jump(struct dfp *p, uint32_t ended);
enum dfp_status dfp_range_check(const struct dfp *p);

// --- What a codec uses -----------------------------------------------------
// p->in, p->in_at, p->in_end: payload bytes p->in[in_at .. in_end), in_at is
//      the codec's to move. p->in_last: these are the part's last ones.
// p->s.new_at: bytes of the new image made so far; dfp_put moves it.
// p->space: sizes, regions, ranges and map; regions (codec range), ranges and
//      map are filled in by the codec from its stream, and restored after a
//      checkpoint. p->tables has p->s.part.map_entries places of 8 bytes: two
//      for a region, one for an entry of the map.
// p->model: memory for the codec, of dfp_model_size(), aligned to 8, saved.

// The map, writable.
static inline struct dfc_map_entry *dfp_map(const struct dfp *p)
{
    return (struct dfc_map_entry *)(void *)p->tables +
           2u * (p->s.old_region_count + p->s.new_region_count);
}

// Append one byte to the new image, or several: at most dfp_page_left(p).
enum dfp_status dfp_put(struct dfp *p, uint8_t byte);
enum dfp_status dfp_put_run(struct dfp *p, const uint8_t *bytes,
                            uint32_t count);
static inline uint32_t dfp_page_left(const struct dfp *p)
{
    uint32_t page = p->slot->new_program_size;

    return page - (p->s.new_at & (page - 1));
}

// Show the surroundings of a source position (cursor.h: old image, then new
// image so far): the view covers [s - DFC_LOOKBACK, s + DFC_LOOKAHEAD) of that
// image as far as it exists; *s is the position within it. DFP_ERR_DATA when
// source is outside both images. Valid until the next call or dfp_put.
enum dfp_status dfp_view(struct dfp *p, uint32_t source, struct dfc_view *view,
                         uint32_t *s);

// Record a fault and return its status.
enum dfp_status dfp_fail(struct dfp *p, enum dfp_status status,
                         DFP_FIELD(const char *field) uint32_t expected,
                         uint32_t found);
#ifdef DFP_NO_STRERROR
#define dfp_fail(p, status, field, expected, found) \
    ((void)(field), (dfp_fail)(p, status, expected, found))
#endif

#endif
