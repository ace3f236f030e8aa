// SPDX-License-Identifier: MIT
// Lines for the operator of the machine, on the error output.

#ifndef PLATFORM_LOG_H
#define PLATFORM_LOG_H

// One line with the time before it; control characters become '?'.
__attribute__((format(printf, 1, 2))) void log_line(const char *format, ...);

#endif
