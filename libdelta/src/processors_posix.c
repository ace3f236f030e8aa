// SPDX-License-Identifier: MIT
// Processors of a POSIX host.

#include "processors.h"

#include <unistd.h>

long delta_processors(void)
{
    return sysconf(_SC_NPROCESSORS_ONLN);
}
