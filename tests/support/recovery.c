// SPDX-License-Identifier: MIT
// Which rows of the recovery table a boot meets.

#include "recovery.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "package.h"
#include "simparts.h"

// docs/CHECKPOINT.md, section 3.
#define HEADER_SIZE 52u
#define AT_SEQUENCE 4u
#define AT_KIND 16u
#define AT_PAYLOAD 24u
#define AT_FINISHED 28u
#define AT_MARKS 32u
#define AT_BLOCKS 36u
#define AT_NEW_SIZE 44u
#define PAYLOAD_AT (2 * HEADER_SIZE)
#define COMMIT_SIZE 8u
#define PARITY_SIZE 64u
#define MARK_SIZE 8u
#define MARK_DONE 0x80000000u
#define MARK_SAVED 0x40000000u
#define KIND_START 1u

// One half of the journal.
struct half {
    const uint8_t *data;
    const uint8_t *header; // the first one that is valid; NULL: none
    uint32_t size;
    uint32_t unit; // of a mark
    bool is_blank;
    uint32_t record; // bytes before the marks
};

static uint32_t check32(const uint8_t *data, uint32_t size)
{
    uint8_t digest[8];

    delta_xxh64(digest, data, size);
    return dfc_get32(digest);
}

static uint32_t round_up(uint32_t size, uint32_t unit)
{
    return (size + unit - 1) / unit * unit;
}

static struct half look_at(const struct simflash *flash, uint32_t index)
{
    const struct sim_geometry *g = simflash_geometry(flash);
    uint32_t room = g->journal_size / 2 & ~(g->journal_erase - 1);
    struct half h = {
        .data = simflash_area(flash, DFP_JOURNAL) + index * room,
        .size = room,
        .unit = g->journal_program > MARK_SIZE ? g->journal_program : MARK_SIZE,
        .is_blank = true,
    };

    for (uint32_t i = 0; i < room; i++) {
        h.is_blank = h.is_blank && h.data[i] == 0xFF;
    }
    for (uint32_t i = 0; i < 2 && h.header == NULL; i++) {
        const uint8_t *header = h.data + i * HEADER_SIZE;

        if (memcmp(header, "DFJ1", 4) == 0 &&
            dfc_get32(header + HEADER_SIZE - 4) ==
                check32(header, HEADER_SIZE - 4)) {
            h.header = header;
        }
    }
    if (h.header != NULL) {
        uint32_t end = PAYLOAD_AT + dfc_get32(h.header + AT_PAYLOAD);

        h.record =
            round_up(end + COMMIT_SIZE, h.unit) + round_up(PARITY_SIZE, h.unit);
    }
    return h;
}

// Whether the commit is that of header and payload. The second header stands
// before the payload, and is the one that is covered.
static bool is_committed(const struct half *h, const uint8_t *payload)
{
    uint32_t size = dfc_get32(h->header + AT_PAYLOAD);
    uint8_t *covered = malloc(HEADER_SIZE + size);
    uint8_t digest[COMMIT_SIZE];

    if (covered == NULL) {
        abort();
    }
    memcpy(covered, h->header, HEADER_SIZE);
    memcpy(covered + HEADER_SIZE, payload, size);
    delta_xxh64(digest, covered, HEADER_SIZE + size);
    free(covered);
    return memcmp(digest, payload + size, COMMIT_SIZE) == 0;
}

static bool is_erased(const uint8_t *bytes, uint32_t size)
{
    while (size != 0 && bytes[size - 1] == 0xFF) {
        size--;
    }
    return size == 0;
}

// The same with one line of payload and commit put right by the parity.
static bool is_repaired(const struct half *h)
{
    uint32_t total = dfc_get32(h->header + AT_PAYLOAD) + COMMIT_SIZE;
    const uint8_t *parity = h->data + round_up(PAYLOAD_AT + total, h->unit);
    uint8_t *payload = malloc(total);
    uint8_t change[PARITY_SIZE];
    bool is_good = false;

    if (payload == NULL) {
        abort();
    }
    memcpy(payload, h->data + PAYLOAD_AT, total);
    memcpy(change, parity, PARITY_SIZE);
    for (uint32_t i = 0; i < total; i++) {
        change[i % PARITY_SIZE] ^= payload[i];
    }
    for (uint32_t line = 0; line < total && !is_good; line += PARITY_SIZE) {
        for (int twice = 0; twice < 2 && !is_good; twice++) {
            for (uint32_t i = line; i < total && i < line + PARITY_SIZE; i++) {
                payload[i] ^= change[i % PARITY_SIZE];
            }
            is_good = twice == 0 && is_committed(h, payload);
        }
    }
    free(payload);
    return is_good && !is_erased(parity, PARITY_SIZE);
}

static bool has_commit(struct recovery *r, const struct half *h)
{
    if (h->record > h->size) {
        return false;
    }
    if (is_committed(h, h->data + PAYLOAD_AT)) {
        return true;
    }
    if (!is_repaired(h)) {
        return false;
    }
    r->seen[RECOVERY_PARITY]++;
    return true;
}

static bool is_mark(const struct half *h, uint32_t slot, const uint8_t *mark)
{
    uint8_t covered[20];

    memcpy(covered, mark, 4);
    dfc_put32(covered + 4, slot);
    memcpy(covered + 8, h->header + AT_SEQUENCE, 12); // sequence and id
    return dfc_get32(mark + 4) == check32(covered, sizeof(covered));
}

// Blocks that the last valid mark names, or MARK_DONE.
static uint32_t read_marks(struct recovery *r, const struct half *h,
                           bool *saved)
{
    uint32_t finished = dfc_get32(h->header + AT_FINISHED);
    uint32_t most = dfc_get32(h->header + AT_MARKS);
    bool is_torn = false;

    *saved = (finished & MARK_SAVED) != 0;

    for (uint32_t slot = 0; slot < most; slot++) {
        const uint8_t *mark = h->data + h->record + slot * h->unit;

        if (mark + MARK_SIZE > h->data + h->size) {
            break;
        }
        if (is_mark(h, slot, mark)) {
            finished = dfc_get32(mark);
            *saved = *saved || (finished & MARK_SAVED) != 0;
        } else {
            is_torn = is_torn || !is_erased(mark, MARK_SIZE);
        }
    }
    r->seen[RECOVERY_TORN_MARK] += is_torn;
    return finished & ~MARK_SAVED;
}

// A block that no mark names, but that work was begun on.
static void look_at_block(struct recovery *r, const struct simflash *flash,
                          uint32_t block)
{
    const struct sim_geometry *g = simflash_geometry(flash);
    struct sim_part slot = sim_find_part(flash, DFP_NEW);

    if (block < g->slot_size / g->slot_erase &&
        slot.blocks[block].erases != 0) {
        r->seen[RECOVERY_TORN_BLOCK]++;
    }
}

// False: the other half decides.
static bool adopt(struct recovery *r, const struct simflash *flash,
                  const struct half *h)
{
    bool is_start = dfc_get32(h->header + AT_KIND) == KIND_START;
    uint32_t finished;
    bool saved;

    r->seen[RECOVERY_SECOND_HEADER] += h->header != h->data;
    if (!has_commit(r, h)) {
        r->seen[RECOVERY_NO_COMMIT]++;
        return false;
    }
    if (dfc_get32(h->header + AT_BLOCKS) !=
        (dfc_get32(h->header + AT_NEW_SIZE) - 1) /
                simflash_geometry(flash)->slot_erase +
            1) {
        r->seen[RECOVERY_OTHER_BLOCKS]++;
        return false;
    }
    finished = read_marks(r, h, &saved);
    if (finished == MARK_DONE) {
        r->last = is_start ? RECOVERY_START_DONE : RECOVERY_STATE_DONE;
    } else {
        r->last = is_start ? RECOVERY_START : RECOVERY_STATE;
        look_at_block(r, flash, finished);
        if (simflash_geometry(flash)->one_slot) {
            r->seen[saved ? RECOVERY_SAVED : RECOVERY_UNSAVED]++;
        }
    }
    return true;
}

void recovery_boot(void *recovery, const struct simflash *flash)
{
    struct recovery *r = recovery;
    struct half halves[2];
    uint32_t newest;
    bool found = false;

    r->last = RECOVERY_NONE;
    if (simflash_geometry(flash)->journal_size == 0) {
        return;
    }
    for (uint32_t i = 0; i < 2; i++) {
        halves[i] = look_at(flash, i);
        r->seen[RECOVERY_BLANK_HALF] += halves[i].is_blank;
    }
    newest = halves[0].header == NULL ||
             (halves[1].header != NULL &&
              dfc_get32(halves[1].header + AT_SEQUENCE) -
                      dfc_get32(halves[0].header + AT_SEQUENCE) <
                  0x80000000u);
    for (uint32_t i = 0; i < 2 && !found; i++) {
        const struct half *h = halves + (newest ^ i);

        found = h->header != NULL && adopt(r, flash, h);
    }
    // A half that was being written while the other one is in force.
    r->seen[RECOVERY_TORN_HALF] += found && halves[newest ^ 1].header == NULL &&
                                   !halves[newest ^ 1].is_blank;
    r->seen[r->last]++;
}

const char *recovery_name(enum recovery_row row)
{
    static const char *const names[RECOVERY_ROWS] = {
        "R1",  "R2",  "R3",  "R4",  "R5",  "R6",  "R7",  "R8",
        "R9",  "R10", "R11", "R12", "R13", "R14", "R15", "R16",
        "R17", "U1",  "U2",  "U3",  "U4",  "U5",
    };

    return names[row];
}
