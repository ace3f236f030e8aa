// SPDX-License-Identifier: MIT
// AT commands as text: bytes become lines, a line becomes a command.

#ifndef MODULE_ATPARSER_H
#define MODULE_ATPARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AT_LINE_MAX 2304u // a segment of 1,024 bytes in hexadecimal, and more
#define AT_NAME_MAX 20u
#define AT_ARGUMENTS_MAX 5u

// --- Lines -----------------------------------------------------------------

enum at_input {
    AT_MORE,     // no end yet
    AT_LINE,     // line.text is one
    AT_TOO_LONG, // it was longer than AT_LINE_MAX
};

// Zeroed: at the beginning of a line.
struct at_line {
    char text[AT_LINE_MAX + 1];
    size_t size;
    bool is_over;
};

// Take one byte. A carriage return ends a line, a line feed is nothing,
// backspace takes one back.
enum at_input at_line_add(struct at_line *line, char c);

// --- Commands --------------------------------------------------------------

enum at_kind {
    AT_RUN,  // AT+X
    AT_READ, // AT+X?
    AT_TEST, // AT+X=?
    AT_SET,  // AT+X=...
};

struct at_argument {
    const char *text; // without its quotes; "" when left out
    bool is_quoted;
};

// Texts point into the line. Of a basic command like E0 the name is "E" and
// the number the argument of an AT_SET, or it is an AT_RUN.
struct at_command {
    char name[AT_NAME_MAX + 1]; // upper case, with its "+"; "": AT alone
    enum at_kind kind;
    size_t count;
    struct at_argument arguments[AT_ARGUMENTS_MAX];
};

// What stands behind a line's AT; NULL: it has none, nobody answers that.
char *at_begin(char *line);

// Take the next command of it apart, in place. *rest moves behind the ";" after
// it (ITU-T V.250, 5.2.1), or is NULL when it was the last one. False: malformed.
bool at_parse(struct at_command *command, char **rest);

// An argument as a decimal number of at most `most`; false when it is none.
bool at_number(uint32_t *number, const struct at_argument *argument,
               uint32_t most);

#endif
