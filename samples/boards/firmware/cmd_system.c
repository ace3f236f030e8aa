// SPDX-License-Identifier: MIT
// Commands about the firmware itself, and a calculator.

#include <stddef.h>
#include <string.h>

#include "board.h"
#include "cme.h"
#include "crc.h"
#include "say.h"
#include "ownimage.h"
#include "shell.h"

static const struct {
    int number;
    const char *text;
} errors[] = {
    {0, "phone failure"},
    {1, "no connection to phone"},
    {2, "phone-adaptor link reserved"},
    {3, "operation not allowed"},
    {4, "operation not supported"},
    {5, "PH-SIM PIN required"},
    {6, "PH-FSIM PIN required"},
    {10, "SIM not inserted"},
    {11, "SIM PIN required"},
    {12, "SIM PUK required"},
    {13, "SIM failure"},
    {14, "SIM busy"},
    {15, "SIM wrong"},
    {16, "incorrect password"},
    {17, "SIM PIN2 required"},
    {18, "SIM PUK2 required"},
    {20, "memory full"},
    {21, "invalid index"},
    {22, "not found"},
    {23, "memory failure"},
    {24, "text string too long"},
    {25, "invalid characters in text string"},
    {26, "dial string too long"},
    {27, "invalid characters in dial string"},
    {30, "no network service"},
    {31, "network timeout"},
    {32, "network not allowed - emergency calls only"},
    {40, "network personalisation PIN required"},
    {50, "incorrect parameters"},
    {100, "unknown"},
    {103, "illegal MS"},
    {106, "illegal ME"},
    {107, "GPRS services not allowed"},
    {111, "PLMN not allowed"},
    {112, "location area not allowed"},
    {113, "roaming not allowed in this location area"},
    {132, "service option not supported"},
    {133, "requested service option not subscribed"},
    {134, "service option temporarily out of order"},
    {148, "unspecified GPRS error"},
    {149, "PDP authentication failure"},
};

const char *cme_text(int error)
{
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        if (errors[i].number == error) {
            return errors[i].text;
        }
    }
    return "unknown";
}

int cmd_errors(int count, char **words)
{
    (void)count;
    (void)words;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        say("%4d %s\n", errors[i].number, errors[i].text);
    }
    return 0;
}

int cmd_version(int count, char **words)
{
    (void)count;
    (void)words;
    say("firmware version %u, %u bytes, crc %08x\n", firmware_version,
        (uint32_t)image_size(), crc32_of(image_start, image_size()));
    return 0;
}

int cmd_off(int count, char **words)
{
    (void)count;
    (void)words;
    say("power off\n");
    board_off(0);
}

int cmd_dump(int count, char **words)
{
    uint32_t at;
    uint32_t size = 64;

    if (count < 2 || !shell_number(words[1], &at) ||
        (count > 2 && !shell_number(words[2], &size))) {
        return CME_PARAMETERS;
    }
    if (at > image_size() || size > image_size() - at) {
        return CME_INVALID_INDEX;
    }
    for (uint32_t i = 0; i < size; i += 16) {
        say("%08x  ", at + i);
        say_bytes((const uint8_t *)image_start + at + i,
                  size - i < 16 ? size - i : 16);
        say("\n");
    }
    return 0;
}

// A line in reverse Polish notation: calc 2 3 + 4 *
static int step(const char *word, uint32_t *stack, int *depth)
{
    uint32_t a;
    uint32_t b;

    if (shell_number(word, &stack[*depth])) {
        (*depth)++;
        return 0;
    }
    if (*depth < 2 || word[1] != '\0') {
        return CME_PARAMETERS;
    }
    b = stack[--*depth];
    a = stack[*depth - 1];
    switch (word[0]) {
    case '+': a += b; break;
    case '-': a -= b; break;
    case '*': a *= b; break;
    case '&': a &= b; break;
    case '|': a |= b; break;
    case '^': a ^= b; break;
    case '/':
        if (b == 0) {
            return CME_NOT_ALLOWED;
        }
        a /= b;
        break;
    default: return CME_PARAMETERS;
    }
    stack[*depth - 1] = a;
    return 0;
}

int cmd_calc(int count, char **words)
{
    uint32_t stack[SHELL_WORDS_MAX];
    int depth = 0;

    for (int i = 1; i < count; i++) {
        int error = step(words[i], stack, &depth);

        if (error != 0) {
            return error;
        }
    }
    if (depth != 1) {
        return CME_PARAMETERS;
    }
    say("%u 0x%x %d\n", stack[0], stack[0], (int)stack[0]);
    return 0;
}

int cmd_crc(int count, char **words)
{
    if (count < 2) {
        return CME_PARAMETERS;
    }
    say("%08x\n", crc32_of(words[1], strlen(words[1])));
    return 0;
}
