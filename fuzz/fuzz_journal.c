// SPDX-License-Identifier: MIT
// Any bytes as the journal: resuming from it is safe, and the module ends up
// with the new image. The first byte chooses the codec, one slot or two, and
// whether checks and commits are put right first, so that what lies behind them
// is reached.

#include "bytes.h"
#include "digest.h"
#include "record.h"
#include "target.h"

// docs/CHECKPOINT.md: two headers of 13 words, the last one their check;
// payload; commit of 8 bytes; parity of 64; marks of 8 bytes. What follows the
// commit begins at program units.
#define HEADER_SIZE (4u * REC_WORDS)
#define PAYLOAD_AT (2u * HEADER_SIZE)
#define COMMIT_SIZE 8u
#define UNIT 16u
#define ATTEMPTS 8

static void fix_mark(const uint8_t *header, uint32_t slot, uint8_t *mark)
{
    struct dfp_digest digest;
    uint8_t covered[20];

    memcpy(covered, mark, 4);
    dfc_put32(covered + 4, slot);
    memcpy(covered + 8, header + 4 * REC_SEQUENCE, 4);
    memcpy(covered + 12, header + 4 * REC_ID, 8);
    dfc_put32(mark + 4, dfp_check32(&digest, covered, sizeof(covered)));
}

static uint32_t whole_units(uint32_t size)
{
    return (size + UNIT - 1) / UNIT * UNIT;
}

// Put right what one half of the journal says of itself.
static void fix_half(uint8_t *half, uint32_t size)
{
    uint32_t payload = dfc_get32(half + 4 * REC_PAYLOAD);
    struct dfp_digest digest;
    uint8_t commit[DFP_DIGEST_MAX];
    uint32_t end, slot;

    dfc_put32(half + 4 * REC_CHECK, dfp_check32(&digest, half, 4 * REC_CHECK));
    memcpy(half + HEADER_SIZE, half, HEADER_SIZE);
    if (payload > size - PAYLOAD_AT - COMMIT_SIZE) {
        return;
    }
    end = PAYLOAD_AT + payload;
    dfp_digest_init(&digest, DFP_XXH64);
    dfp_digest_update(&digest, half, HEADER_SIZE);
    dfp_digest_update(&digest, half + PAYLOAD_AT, payload);
    dfp_digest_final(&digest, commit);
    memcpy(half + end, commit, COMMIT_SIZE);
    end = whole_units(end + COMMIT_SIZE) + whole_units(DFP_PARITY_SIZE);
    for (slot = 0; end + UNIT <= size; end += UNIT, slot++) {
        if (dfc_get32(half + end) != 0xFFFFFFFFu) {
            fix_mark(half, slot, half + end);
        }
    }
}

static void load_journal(struct simflash *flash, const uint8_t *data,
                         uint32_t size, bool fix)
{
    uint32_t room = simflash_area_size(flash, DFP_JOURNAL);
    uint8_t *journal = malloc(room);

    require(journal != NULL, "memory for the journal");
    memset(journal, 0xFF, room);
    // Each half takes half of the input.
    memcpy(journal, data, size / 2);
    memcpy(journal + room / 2, data + size / 2, size / 2);
    if (fix) {
        fix_half(journal, room / 2);
        fix_half(journal + room / 2, room / 2);
    }
    simflash_load(flash, DFP_JOURNAL, journal, room);
    free(journal);
}

// A forged journal may ask for bytes beyond the package, call an update
// complete, or belong to another old image: then the owner forgets it.
static void forget_journal(struct simflash *flash)
{
    static uint64_t work[DFOTA_RAM_STATE / 8 + 32];
    struct dfp_config config;
    struct dfp *p;

    memset(&config, 0, sizeof(config));
    simflash_bind(flash, &config);
    require(dfp_open(&p, work, sizeof(work), &config) == DFP_OK, "opens");
    require(dfp_discard(p) == DFP_OK, "a journal can be discarded");
}

// A forged journal may say that the old image is overwritten in part. The
// owner has to put it back then.
static void restore(struct simflash *flash, const struct image *old_image,
                    bool one_slot)
{
    forget_journal(flash);
    if (one_slot) {
        simflash_load(flash, DFP_OLD, old_image->data, old_image->size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct update_case *c;
    struct sim_result result;
    struct simflash flash;
    struct sim_update u;
    int attempts = 0;
    bool one_slot;

    if (size < 3 || size > 32768) {
        return 0;
    }
    one_slot = (data[0] & 0x80) != 0;
    c = one_slot ? target_case_in_place((data[0] & 0x7Fu) / 2 % CASE_CODECS)
                 : target_case(data[0] / 2 % CASE_CODECS);
    u = case_update(c);
    target_slot(&flash, &c->old_image, one_slot);
    load_journal(&flash, data + 1, (uint32_t)size - 1, (data[0] & 1) != 0);
    u.config.checkpoint_bytes = 300;
    u.piece = 100;
    while (sim_run(&u, &flash, &result) != DFP_DONE ||
           !target_is_promised(&flash, u.package, u.package_size)) {
        require(flash.breach[0] == '\0', flash.breach);
        require(++attempts < ATTEMPTS, "a good package gets through");
        if (result.status >= 0 || attempts == ATTEMPTS / 2) {
            restore(&flash, &c->old_image, one_slot);
        }
        simflash_reboot(&flash, 1);
    }
    require(one_slot || memcmp(simflash_area(&flash, DFP_OLD),
                               c->old_image.data, c->old_image.size) == 0,
            "the old image is untouched");
    simflash_free(&flash);
    return 0;
}
