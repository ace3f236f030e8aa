// SPDX-License-Identifier: MIT
// Processors of a Windows host.

#include "processors.h"

#include <windows.h>

long delta_processors(void)
{
    SYSTEM_INFO info;

    GetSystemInfo(&info);
    return (long)info.dwNumberOfProcessors;
}
