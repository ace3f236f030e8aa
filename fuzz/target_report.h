// SPDX-License-Identifier: MIT
// What mkdfota's own code says in a fuzz target, in place of report.c: nothing,
// but it has to say something. Include it once, behind `require`.

#ifndef FUZZ_TARGET_REPORT_H
#define FUZZ_TARGET_REPORT_H

#include <stdarg.h>
#include <stdio.h>

#include "report.h"

void report_error(const char *subject, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    require(subject[0] != 0 && text[0] != 0, "an error says something");
}

const char *report_name(const char *path)
{
    return path;
}

#endif
