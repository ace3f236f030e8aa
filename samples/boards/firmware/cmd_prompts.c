// SPDX-License-Identifier: MIT
// Voice prompts: found in their table, "played" as a checksum.

#include "crc.h"
#include "say.h"
#include "shell.h"

struct prompt {
    uint32_t at; // from the start of the table
    uint32_t size;
};

struct prompt_table {
    uint32_t count;
    struct prompt prompts[];
};

extern const struct prompt_table prompts; // prompts.S

int cmd_prompt(int count, char **words)
{
    uint32_t n;
    const struct prompt *p;

    if (count < 2) {
        say("%u prompts\n", prompts.count);
        return 0;
    }
    if (!shell_number(words[1], &n)) {
        return CME_PARAMETERS;
    }
    if (n >= prompts.count) {
        return CME_INVALID_INDEX;
    }
    p = &prompts.prompts[n];
    say("prompt %u: %u samples, crc %08x\n", n, p->size,
        crc32_of((const uint8_t *)&prompts + p->at, p->size));
    return 0;
}
