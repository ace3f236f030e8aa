// SPDX-License-Identifier: MIT
// ZIP archives, by libzip: all members in memory, or none.

#ifndef MKDFOTA_ARCHIVE_H
#define MKDFOTA_ARCHIVE_H

#include "cli.h"

#define ARCHIVE_MEMBERS_MAX 256u
#define ARCHIVE_SIZE_MAX DELTA_IMAGE_MAX // bytes of all members together

struct archive_member {
    char *name;    // safe to write to, and to show: see membername.h
    uint8_t *data; // NULL when empty
    size_t size;
};

struct archive {
    struct archive_member members[ARCHIVE_MEMBERS_MAX];
    size_t count;
};

// Read an archive; folders are no members. One member that is not as it should
// be - its name, its checksum, a link, encrypted - and the archive is refused:
// a message that names path has been printed when this is not CLI_DONE, and
// archive is zeroed. Sizes that the archive states are not relied on.
enum cli_exit archive_read(struct archive *archive, const char *path,
                           const uint8_t *data, size_t size);

void archive_free(struct archive *archive);

#endif
