// SPDX-License-Identifier: MIT
// Which versions of other libraries are at work here.

#include "delta.h"

#include <cjson/cJSON.h>
#include <divsufsort.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>
#include <zlib.h>

#include "files.h"

void delta_libraries(char *text, size_t size)
{
    const char *bzip2 = delta_bzip2_version();

    // xxHash is compiled in, BearSSL cannot be asked.
    (void)snprintf(text, size,
                   "libdivsufsort %s, zlib %s, xxHash %d.%d.%d, cJSON %s, "
                   "%s, %s%.*s, BearSSL (states no version)",
                   divsufsort_version(), zlibVersion(), XXH_VERSION_MAJOR,
                   XXH_VERSION_MINOR, XXH_VERSION_RELEASE, cJSON_Version(),
                   delta_elf_library(), bzip2 != NULL ? "libbz2 " : "no libbz2",
                   bzip2 != NULL ? (int)strcspn(bzip2, ",") : 0,
                   bzip2 != NULL ? bzip2 : "");
}
