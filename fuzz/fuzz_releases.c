// SPDX-License-Identifier: MIT
// Fuzzes release lists and cache entries, which mkdfota matrix reads: whatever
// they hold, names of packages are safe, and an entry is what it says.

#include "cacheentry.h"
#include "keyfile.h"
#include "layoutfile.h"
#include "pairlist.h"
#include "target.h"
#include "target_report.h"

// --- In place of mkdfota's own ---------------------------------------------

const char *report_hex(char out[REPORT_HEX_SIZE], const uint8_t *data,
                       size_t size)
{
    for (size_t i = 0; i < size; i++) {
        snprintf(out + 2 * i, 3, "%02x", data[i]);
    }
    return out;
}

// No file is opened, whatever the list names.
enum cli_exit file_read(struct file_bytes *bytes, const char *path,
                        size_t limit)
{
    (void)path;
    (void)limit;
    memset(bytes, 0, sizeof(*bytes));
    return CLI_IO;
}

void file_free(struct file_bytes *bytes)
{
    (void)bytes;
}

enum cli_exit layoutfile_read(struct delta_flash_layout *layout,
                              const char *path)
{
    (void)path;
    memset(layout, 0, sizeof(*layout));
    layout->part_count = 1;
    layout->parts[0].slot =
        (struct delta_flash_area){65536, 4096, 16, 0, false};
    layout->journal = layout->parts[0].slot;
    return CLI_DONE;
}

enum cli_exit keyfile_read(struct delta_key keys[CLI_KEYS_MAX],
                           const struct cli *cli, bool want_private)
{
    (void)keys;
    (void)cli;
    (void)want_private;
    return CLI_IO;
}

// --- Targets ---------------------------------------------------------------

static void check_name(const char *name)
{
    size_t size = strlen(name);

    require(size > 0 && size <= PAIR_NAME_MAX, "a name fits");
    require(name[0] != '.' && name[0] != '-',
            "a name is no option, not hidden");
    for (size_t i = 0; i < size; i++) {
        require((unsigned char)name[i] > ' ' && name[i] != '/' &&
                    name[i] != '\\',
                "a name stays in its folder");
    }
}

static void fuzz_list(const uint8_t *data, size_t size)
{
    struct release_list list;
    struct pair_list pairs;

    if (release_list_parse(&list, "list", data, size) != CLI_DONE) {
        return;
    }
    if (pair_list_make(&pairs, &list, "list") == CLI_DONE) {
        for (size_t i = 0; i < pairs.count; i++) {
            const struct pair *pair = &pairs.pairs[i];

            check_name(pair->name);
            require(pair->from != pair->to, "no release is its own");
            require(i == 0 || pair[-1].to < pair->to ||
                        (pair[-1].to == pair->to &&
                         pair[-1].from + 1 < pair->from + 1),
                    "pairs ascend");
        }
        pair_list_free(&pairs);
    }
    release_list_free(&list);
}

static void fuzz_entry(const uint8_t *data, size_t size)
{
    static const char recipe[] =
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    struct file_bytes entry;
    size_t package_size = 0;
    const uint8_t *package =
        cache_entry_read(&package_size, recipe, data, size);

    if (package != NULL) {
        require(package + package_size == data + size,
                "all of it is the package");
    }
    if (size == 0) {
        return;
    }
    require(cache_entry_make(&entry, recipe, data, size), "memory");
    package = cache_entry_read(&package_size, recipe, entry.data, entry.size);
    require(package != NULL && package_size == size &&
                memcmp(package, data, size) == 0,
            "an entry that was made can be read");
    require(cache_entry_read(&package_size, recipe, entry.data,
                             entry.size - 1) == NULL,
            "a shorter one cannot");
    entry.data[entry.size - 1] ^= 1;
    require(cache_entry_read(&package_size, recipe, entry.data, entry.size) ==
                NULL,
            "nor a changed one");
    free(entry.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_list(data, size);
    fuzz_entry(data, size);
    return 0;
}
