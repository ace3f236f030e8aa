// SPDX-License-Identifier: MIT
// The command shell: a line, its words, the command.

#include "shell.h"

#include <stddef.h>
#include <string.h>

#include "board.h"
#include "cme.h"
#include "say.h"

#define LINE_MAX_SIZE 120

// A line without its end, echoed; what is too long is cut off.
static void read_line(char *line)
{
    size_t size = 0;
    int c;

    for (;;) {
        do {
            c = board_get();
        } while (c < 0);
        board_put((char)c);
        if (c == '\n' || c == '\r') {
            break;
        }
        if (c == '\b' && size > 0) {
            size--;
        } else if (c >= ' ' && size + 1 < LINE_MAX_SIZE) {
            line[size++] = (char)c;
        }
    }
    line[size] = '\0';
}

static int split(char *line, char **words)
{
    int count = 0;
    char *at = line;

    while (*at != '\0' && count < SHELL_WORDS_MAX) {
        while (*at == ' ') {
            *at++ = '\0';
        }
        if (*at != '\0') {
            words[count++] = at;
        }
        while (*at != ' ' && *at != '\0') {
            at++;
        }
    }
    return count;
}

int shell_number(const char *text, uint32_t *n)
{
    uint32_t base = 10;
    const char *at = text;

    if (at[0] == '0' && at[1] == 'x') {
        base = 16;
        at += 2;
    }
    *n = 0;
    do {
        uint32_t digit = base;

        if (*at >= '0' && *at <= '9') {
            digit = (uint32_t)(*at - '0');
        } else if (*at >= 'a' && *at <= 'f') {
            digit = (uint32_t)(*at - 'a') + 10;
        }
        if (digit >= base || *n > (UINT32_MAX - digit) / base) {
            return 0;
        }
        *n = *n * base + digit;
    } while (*++at != '\0');
    return 1;
}

static const struct command *find(const char *name)
{
    for (const struct command *c = commands; c->name != NULL; c++) {
        if (strcmp(c->name, name) == 0) {
            return c;
        }
    }
    return NULL;
}

int cmd_help(int count, char **words)
{
    if (count > 1) {
        const struct command *c = find(words[1]);

        if (c == NULL) {
            return CME_NOT_FOUND;
        }
        say("%s %s: %s\n", c->name, c->usage, c->help);
        return 0;
    }
    for (const struct command *c = commands; c->name != NULL; c++) {
        say("  %-10s %-24s %s\n", c->name, c->usage, c->help);
    }
    return 0;
}

void shell_run(void)
{
    char line[LINE_MAX_SIZE];
    char *words[SHELL_WORDS_MAX];

    for (;;) {
        const struct command *command;
        int count;
        int error = CME_NOT_FOUND;

        say("> ");
        read_line(line);
        count = split(line, words);
        if (count == 0) {
            continue;
        }
        command = find(words[0]);
        if (command != NULL) {
            error = command->run(count, words);
        }
        if (error == 0) {
            say("OK\n");
        } else {
            say("+CME ERROR: %d (%s)\n", error, cme_text(error));
        }
    }
}
