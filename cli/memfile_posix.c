// SPDX-License-Identifier: MIT
// A file in memory, as POSIX has it.

#include "memfile.h"

bool memfile_open(struct memfile *memory)
{
    memory->data = NULL;
    memory->size = 0;
    memory->file = open_memstream(&memory->data, &memory->size);
    return memory->file != NULL;
}

bool memfile_close(struct memfile *memory)
{
    bool ok = !ferror(memory->file);

    return fclose(memory->file) == 0 && ok;
}
