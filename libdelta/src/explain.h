// SPDX-License-Identifier: MIT
// What an explanation is made from, and its steps.

#ifndef DELTA_EXPLAIN_STEPS_H
#define DELTA_EXPLAIN_STEPS_H

#include "delta_explain.h"
#include "rangecode.h"

// Costs are counted in 1/4096 bit.
#define DELTA_COST_BYTE 32768u

// All that is known of a package that was made.
struct delta_evidence {
    const struct delta_image *old_image, *new_image;
    const struct delta_place *places; // one for each byte of the new image
    uint32_t old_base, new_base;      // where images without addresses are
    bool is_stated;                   // the images tell the addresses
};

// Where a byte of each image is at run time; from DELTA_ADDRESS_NONE on:
// nowhere.
uint32_t delta_old_address(const struct delta_evidence *ev, uint32_t at);
uint32_t delta_new_address(const struct delta_evidence *ev, uint32_t at);

// By how much a byte has moved: in memory, or in the image if it is in no
// memory.
int32_t delta_moved(const struct delta_evidence *ev, uint32_t new_at,
                    uint32_t old_at);

// Whether a byte of the new image comes from the old one.
static inline bool delta_is_kept(const struct delta_evidence *ev, uint32_t at)
{
    return ev->places[at].source < ev->old_image->size;
}

// false: out of memory.
bool delta_explain_moves(struct delta_explanation *e,
                         const struct delta_evidence *ev);
bool delta_explain_parts(struct delta_explanation *e,
                         const struct delta_evidence *ev);
// After the others.
bool delta_explain_advice(struct delta_explanation *e,
                          const struct delta_evidence *ev);

// Add one and keep them sorted. The text is the format's.
bool delta_advise(struct delta_explanation *e, struct delta_advice advice,
                  const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
