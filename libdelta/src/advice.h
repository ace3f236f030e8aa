// SPDX-License-Identifier: MIT
// What the rules for advice have in common.

#ifndef DELTA_ADVICE_H
#define DELTA_ADVICE_H

#include "explain.h"

#define DELTA_ENOUGH 64u // bytes of a package that are worth an advice ...
#define DELTA_SHARE 5u   // ... if they are so many parts of 100 of it

bool delta_is_worth(const struct delta_explanation *e, uint32_t bytes,
                    uint32_t share);

// A piece of a text.
struct delta_words {
    char text[32];
};

// An address for people: offsets where nothing is in memory.
struct delta_words delta_place(const struct delta_evidence *ev, uint32_t at);

// A number with separators.
struct delta_words delta_number(uint32_t value);

// What address map and references together cost.
uint32_t delta_reference_bytes(const struct delta_explanation *e);

// Advice on where things are and in which order.
bool delta_advise_layout(struct delta_explanation *e,
                         const struct delta_evidence *ev);

#endif
