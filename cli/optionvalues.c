// SPDX-License-Identifier: MIT
// Reads the values of options, as the command line and release lists have them.

#include "optionvalues.h"

#include <string.h>

#include "report.h"

enum cli_exit value_bad(const char *name, const char *what, const char *found,
                        const char *expected)
{
    report_error(name, "not %s (found \"%s\", expected %s)", what, found,
                 expected);
    return CLI_USAGE;
}

bool value_digits(uint32_t *value, const char *text, const char **end)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
    const char *s = is_hex ? text + 2 : text;
    const char *start = s;
    uint64_t sum = 0;

    for (const char *d; *s != 0 && (d = strchr(digits, *s)) != NULL; s++) {
        unsigned digit = (unsigned)(d - digits);
        if (digit >= 10 && !is_hex) {
            break;
        }
        digit = digit >= 16 ? digit - 6 : digit;
        sum = sum * (is_hex ? 16 : 10) + digit;
        if (sum > UINT32_MAX) {
            return false;
        }
    }
    *value = (uint32_t)sum;
    *end = s;
    return s != start;
}

enum cli_exit value_number(uint32_t *value, const char *name, const char *what,
                           const char *text)
{
    const char *end;

    if (!value_digits(value, text, &end) || *end != 0) {
        return value_bad(name, what, text, "0 to 4294967295, decimal or 0x...");
    }
    return CLI_DONE;
}

enum cli_exit value_size(uint32_t *value, const char *name, const char *text)
{
    static const struct {
        const char *suffix;
        unsigned shift;
    } units[] = {{"", 0}, {"K", 10}, {"KiB", 10}, {"M", 20}, {"MiB", 20}};
    const char *end;

    if (value_digits(value, text, &end) && *value > 0) {
        for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
            if (strcmp(end, units[i].suffix) == 0 &&
                *value <= UINT32_MAX >> units[i].shift) {
                *value <<= units[i].shift;
                return CLI_DONE;
            }
        }
    }
    return value_bad(name, "a size", text,
                     "bytes from 1 on, as 16384, 16K, 16KiB, 1M or 0x4000");
}

enum cli_exit value_codec(enum delta_codec *codec, const char *name,
                          const char *text)
{
    if (strcmp(text, "range") == 0) {
        *codec = DELTA_RANGE;
    } else if (strcmp(text, "deflate") == 0) {
        *codec = DELTA_DEFLATE;
    } else {
        return value_bad(name, "a codec", text, "range or deflate");
    }
    return CLI_DONE;
}

enum cli_exit value_format(enum delta_file_format *format, const char *name,
                           const char *text)
{
    for (int i = 0; i <= DELTA_FILE_MCUBOOT; i++) {
        if (strcmp(text, delta_file_format_name((enum delta_file_format)i)) ==
            0) {
            *format = (enum delta_file_format)i;
            return CLI_DONE;
        }
    }
    return value_bad(name, "a file format", text,
                     "auto, raw, elf, ihex, srec, uf2, esp or mcuboot");
}

enum cli_exit value_arch(enum delta_arch *arch, const char *name,
                         const char *text)
{
    for (int i = 0; i <= DELTA_ARCH_BIG; i++) {
        if (strcmp(text, delta_arch_name((enum delta_arch)i)) == 0) {
            *arch = (enum delta_arch)i;
            return CLI_DONE;
        }
    }
    return value_bad(name, "an architecture", text,
                     "auto, none, thumb, a32, a64, riscv, xtensa, avr or "
                     "big-endian");
}

enum cli_exit value_minimize(enum delta_minimize *minimize, const char *name,
                             const char *text)
{
    if (strcmp(text, "size") == 0) {
        *minimize = DELTA_MINIMIZE_SIZE;
    } else if (strcmp(text, "wear") == 0) {
        *minimize = DELTA_MINIMIZE_WEAR;
    } else {
        return value_bad(name, "an aim", text, "size or wear");
    }
    return CLI_DONE;
}
