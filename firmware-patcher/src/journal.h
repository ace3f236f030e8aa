// SPDX-License-Identifier: MIT
// Journal: how far an update has come, kept in flash (docs/CHECKPOINT.md).
//
// Two halves, in each a record (where to continue from) and marks (erase
// blocks of the new slot finished since). The newest valid record is the one
// in force; the next one is written to the other half.

#ifndef DFOTA_JOURNAL_H
#define DFOTA_JOURNAL_H

#include "state.h"

enum dfp_journal_kind {
    DFP_JOURNAL_NONE = 0,  // nothing in force
    DFP_JOURNAL_START = 1, // decode the package from its beginning
    DFP_JOURNAL_STATE = 2, // continue from the saved state
    DFP_JOURNAL_DONE = 3,  // update complete: only in p->journal
};

// A mark that says that the new image is complete and verified; all others
// are a number of finished blocks.
#define DFP_MARK_DONE 0x80000000u
// Added to such a number while p->saved is set: the old blocks of the epoch are
// in the scratch area.
#define DFP_MARK_SAVED 0x40000000u

// Is there one?
static inline bool dfp_has_journal(const struct dfp_config *config)
{
    return DFP_WITH_JOURNAL && config->journal_size != 0;
}

// What p->journal.kind says.
static inline uint32_t dfp_journal_kind(const struct dfp *p)
{
    return DFP_WITH_JOURNAL ? p->journal.kind : DFP_JOURNAL_NONE;
}

// Bytes of one half.
uint32_t dfp_journal_room(const struct dfp_config *config);

// Find the record in force and take over what it says: p->journal,
// p->finished and p->s (for DFP_JOURNAL_START and _DONE only what progress
// reports).
enum dfp_status dfp_journal_scan(struct dfp *p);

// Write a record with the present p->finished, and put it in force. For
// DFP_JOURNAL_STATE p->s must be fit for a checkpoint.
enum dfp_status dfp_journal_record(struct dfp *p, enum dfp_journal_kind kind);

// Add a mark to the record in force. The page buffer must be free.
enum dfp_status dfp_journal_mark(struct dfp *p, uint32_t value);

enum dfp_status dfp_journal_erase(struct dfp *p);

#endif
