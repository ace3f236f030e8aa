// SPDX-License-Identifier: MIT
// One budget for the encoder.

#ifndef TEST_BUDGET_H
#define TEST_BUDGET_H

#include "encode.h"

// Set a coding's only budget: so many bytes for tables and model.
static inline void give_memory(struct delta_coding *coding,
                               struct delta_budget *budget, uint32_t memory)
{
    *budget = (struct delta_budget){.ram = memory + 2000u,
                                    .memory = memory,
                                    .chunk_size = 1088,
                                    .digest_size = 8};
    coding->budgets = budget;
    coding->budget_count = 1;
}

#endif
