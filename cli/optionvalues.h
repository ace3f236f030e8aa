// SPDX-License-Identifier: MIT
// Reads the values of options, as the command line and release lists have them.

#ifndef MKDFOTA_OPTIONVALUES_H
#define MKDFOTA_OPTIONVALUES_H

#include "cli.h"

// `name` is what messages call the option. They have been printed when this is
// not CLI_DONE.

// A number, "a counter" for one; and bytes, as "64K" or "0x10000".
enum cli_exit value_number(uint32_t *value, const char *name, const char *what,
                           const char *text);
enum cli_exit value_size(uint32_t *value, const char *name, const char *text);
enum cli_exit value_codec(enum delta_codec *codec, const char *name,
                          const char *text);
enum cli_exit value_format(enum delta_file_format *format, const char *name,
                           const char *text);
enum cli_exit value_arch(enum delta_arch *arch, const char *name,
                         const char *text);
enum cli_exit value_minimize(enum delta_minimize *minimize, const char *name,
                             const char *text);

// "NAME: not WHAT (found "FOUND", expected EXPECTED)"
enum cli_exit value_bad(const char *name, const char *what, const char *found,
                        const char *expected);

// Decimal, or hexadecimal behind 0x, below 2^32; *end is what follows.
bool value_digits(uint32_t *value, const char *text, const char **end);

#endif
