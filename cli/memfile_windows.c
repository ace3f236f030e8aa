// SPDX-License-Identifier: MIT
// A file in memory for Windows: a temporary one, read when it is closed.

#include "memfile.h"

#include <stdlib.h>

bool memfile_open(struct memfile *memory)
{
    char *name = _tempnam(NULL, "mkdfota");

    *memory = (struct memfile){NULL, NULL, 0};
    if (name != NULL) {
        memory->file = fopen(name, "w+bTD"); // gone when it is closed
        free(name);
    }
    return memory->file != NULL;
}

bool memfile_close(struct memfile *memory)
{
    long size = fflush(memory->file) == 0 ? ftell(memory->file) : -1;
    bool ok = size >= 0 && !ferror(memory->file);

    if (ok) {
        memory->data = malloc((size_t)size + 1);
        rewind(memory->file);
        ok = memory->data != NULL &&
             fread(memory->data, 1, (size_t)size, memory->file) == (size_t)size;
        memory->size = (size_t)size;
    }
    return fclose(memory->file) == 0 && ok;
}
