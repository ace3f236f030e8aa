// SPDX-License-Identifier: MIT
// Any bytes as an archive that mkdfota extract reads, or as names and kinds of
// members for one: what it takes has names that stay in a folder, each once, and
// keeps the limits.

#include "archive.h"
#include "membername.h"
#include "target.h"
#include "target_archive.h"
#include "target_report.h"

// --- Target ----------------------------------------------------------------

static void check_name(const struct archive *archive, size_t at)
{
    const char *name = archive->members[at].name;

    require(name[0] != 0 && name[0] != '/' && strchr(name, '\\') == NULL &&
                strchr(name, ':') == NULL && strstr(name, "//") == NULL,
            "a relative name");
    for (const char *part = name; part != NULL; part = strchr(part, '/')) {
        part += *part == '/';
        require(strcmp(part, "..") != 0 && strncmp(part, "../", 3) != 0,
                "a name stays in its folder");
    }
    for (const char *c = name; *c != 0; c++) {
        require((unsigned char)*c >= ' ' && *c != 0x7F, "a name is plain");
    }
    for (size_t i = 0; i < at; i++) {
        require(strcmp(archive->members[i].name, name) != 0, "a name is once");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t built[ARCHIVE_ROOM];
    struct archive archive;
    size_t total = 0;

    // Archives begin with P; else the two headers of a member hardly ever agree.
    if (size > 0 && data[0] != 'P') {
        size = archive_build(built, data, size);
        data = built;
    }
    enum cli_exit status = archive_read(&archive, "archive", data, size);

    require(status == CLI_DONE || status == CLI_REFUSED || status == CLI_IO,
            "taken or refused");
    require(status == CLI_DONE || archive.count == 0, "all or nothing");
    require(archive.count <= ARCHIVE_MEMBERS_MAX, "not too many");
    for (size_t i = 0; i < archive.count; i++) {
        check_name(&archive, i);
        total += archive.members[i].size;
    }
    require(total <= ARCHIVE_SIZE_MAX, "not too large");
    archive_free(&archive);
    return 0;
}
