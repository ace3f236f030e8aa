// SPDX-License-Identifier: MIT
// The command shell and the table of its commands.

#ifndef FIRMWARE_SHELL_H
#define FIRMWARE_SHELL_H

#include <stdint.h>

#define SHELL_WORDS_MAX 8

// A command gets its name as word 0; returns 0, or a +CME ERROR number.
struct command {
    const char *name;
    const char *usage;
    const char *help;
    int (*run)(int count, char **words);
};

extern const struct command commands[]; // ends with a name of NULL
extern const uint32_t firmware_version;

// +CME ERROR numbers of 3GPP TS 27.007 that are used here.
enum {
    CME_NOT_ALLOWED = 3,
    CME_NOT_FOUND = 22,
    CME_INVALID_INDEX = 21,
    CME_TEXT_TOO_LONG = 24,
    CME_PARAMETERS = 50,
    CME_UNKNOWN = 100,
};

// Runs until there is no more input.
void shell_run(void);

// A number, decimal or 0x...; false: it is none.
int shell_number(const char *text, uint32_t *n);

int cmd_help(int count, char **words);
int cmd_version(int count, char **words);
int cmd_off(int count, char **words);
int cmd_dump(int count, char **words);
int cmd_calc(int count, char **words);
int cmd_crc(int count, char **words);
int cmd_errors(int count, char **words);
int cmd_operator(int count, char **words);
int cmd_signal(int count, char **words);
int cmd_address(int count, char **words);
int cmd_selftest(int count, char **words);
int cmd_hash(int count, char **words);
int cmd_prompt(int count, char **words);
int cmd_gnss(int count, char **words);

#endif
