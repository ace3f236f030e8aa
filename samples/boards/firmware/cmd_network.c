// SPDX-License-Identifier: MIT
// Commands about the network: countries, signal, addresses.

#include <stddef.h>

#include "say.h"
#include "operators.h"
#include "shell.h"

static const struct country *find_country(uint32_t code)
{
    for (const struct country *c = countries; c->code != 0; c++) {
        if (c->code == code) {
            return c;
        }
    }
    return NULL;
}

int cmd_operator(int count, char **words)
{
    const struct country *c;
    uint32_t code;

    if (count < 2) {
        for (c = countries; c->code != 0; c++) {
            say("%3u B%-2u %s\n", c->code, c->band, c->name);
        }
        return 0;
    }
    if (!shell_number(words[1], &code)) {
        return CME_PARAMETERS;
    }
    c = find_country(code);
    if (c == NULL) {
        return CME_NOT_FOUND;
    }
    say("%s, band %u\n", c->name, c->band);
    return 0;
}

// 3GPP TS 27.007, +CSQ: 0 is -113 dBm or less, 31 is -51 dBm or more.
int cmd_signal(int count, char **words)
{
    static const char *const verdicts[] = {
        "none", "marginal", "fair", "good", "excellent",
    };
    uint32_t level;

    if (count < 2 || !shell_number(words[1], &level)) {
        return CME_PARAMETERS;
    }
    if (level > 31) {
        return CME_INVALID_INDEX;
    }
    say("%d dBm, %s\n", -113 + 2 * (int)level,
        verdicts[level < 2 ? 0 : (level + 4) / 9]);
    return 0;
}

// An IPv4 address in dots; false: it is none.
static int read_address(const char *text, uint32_t *address)
{
    uint32_t part = 0;
    int parts = 0;
    int digits = 0;

    *address = 0;
    for (const char *at = text;; at++) {
        if (*at >= '0' && *at <= '9' && digits < 3) {
            part = part * 10 + (uint32_t)(*at - '0');
            digits++;
        } else if ((*at == '.' || *at == '\0') && digits > 0 && part < 256) {
            *address = *address << 8 | part;
            part = 0;
            digits = 0;
            parts++;
            if (*at == '\0') {
                return parts == 4;
            }
        } else {
            return 0;
        }
    }
}

static void say_address(const char *what, uint32_t address)
{
    say("%-10s %u.%u.%u.%u\n", what, address >> 24, address >> 16 & 255,
        address >> 8 & 255, address & 255);
}

int cmd_address(int count, char **words)
{
    uint32_t address;
    uint32_t bits = 24;
    uint32_t mask;

    if (count < 2 || !read_address(words[1], &address) ||
        (count > 2 && !shell_number(words[2], &bits))) {
        return CME_PARAMETERS;
    }
    if (bits == 0 || bits > 32) {
        return CME_INVALID_INDEX;
    }
    mask = 0xFFFFFFFFu << (32 - bits);
    say_address("address", address);
    say_address("network", address & mask);
    say_address("broadcast", address | ~mask);
    return 0;
}
