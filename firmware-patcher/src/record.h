// SPDX-License-Identifier: MIT
// A record of the journal: one header, the payload, and what makes both sure
// (docs/CHECKPOINT.md, section 3).
//
//   header | header | payload | commit | padding | parity | padding
//
// A record that has lost one line of 64 bytes of payload and commit, or one of
// its headers, is still read as it was written.

#ifndef DFOTA_RECORD_H
#define DFOTA_RECORD_H

#include "bytes.h"
#include "state.h"

// Header: 32-bit little-endian words.
enum {
    REC_MAGIC,    // DFJ1
    REC_SEQUENCE, // the higher one of two records is the newer
    REC_ID,       // package id, low word
    REC_ID_HIGH,
    REC_KIND,         // enum dfp_journal_kind
    REC_LAYOUT,       // of the payload, DFP_CHECKPOINT_LAYOUT
    REC_PAYLOAD,      // bytes of checkpoint behind the header
    REC_FINISHED,     // a mark's value: what was complete
    REC_MARKS,        // most marks that follow
    REC_BLOCKS,       // of all parts
    REC_PACKAGE_SIZE, // for progress
    REC_NEW_SIZE,     // for progress
    REC_CHECK,        // over the words before
    REC_WORDS
};
typedef char dfp_header_has_words[DFP_HEADER_WORDS == REC_WORDS ? 1 : -1];

// A word of the header at hand, p->u.work.header. It is there, and all of
// p->u, until that is used for something else.
static inline uint32_t dfp_record_get(const struct dfp *p, uint32_t word)
{
    return dfc_little(p->u.work.header[word]);
}

static inline void dfp_record_put(struct dfp *p, uint32_t word, uint32_t value)
{
    p->u.work.header[word] = dfc_little(value);
}

#define DFP_RECORD_MAGIC 0x314A4644u // "DFJ1"

// Unit in which the journal is laid out: a mark fits, and one program
// operation can write it.
uint32_t dfp_record_unit(const struct dfp_config *config);

// Bytes of a record.
uint32_t dfp_record_size(const struct dfp_config *config, uint32_t payload);

// Read the header of the record at journal offset `at`; REC_MAGIC is 0 when
// there is none.
enum dfp_status dfp_record_header(struct dfp *p, uint32_t at);

// Whether the record whose header is at hand is all there, and within `room`
// bytes: DFP_ERR_DATA if not.
enum dfp_status dfp_record_check(struct dfp *p, uint32_t at, uint32_t room);

// Bytes [offset, offset + size) of the payload of the record that was checked.
enum dfp_status dfp_record_read(struct dfp *p, uint32_t at, uint32_t offset,
                                void *data, uint32_t size);

// Write a record with the header at hand into erased blocks; magic and check
// are set here. `from` is the offset of a record that was checked just now,
// whose payload is copied; DFP_RECORD_STATE: the payload is the checkpoint in
// memory.
#define DFP_RECORD_STATE 0xFFFFFFFFu
enum dfp_status dfp_record_write(struct dfp *p, uint32_t at, uint32_t from);

#endif
