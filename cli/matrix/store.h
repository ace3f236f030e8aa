// SPDX-License-Identifier: MIT
// Stores of packages that are shared by runs and machines, by recipe. Nothing
// that comes from one is believed: see cacheentry.h and pairmake.c.
//
// A kind of store is one file, with one struct store_kind.

#ifndef MKDFOTA_STORE_H
#define MKDFOTA_STORE_H

#include "cli.h"
#include "fileio.h"

// Bytes of an entry that are read.
#define STORE_ENTRY_MAX (DELTA_PACKAGE_MAX + 4096u)

enum store_answer {
    STORE_FOUND,
    STORE_NOTHING, // there is no such entry
    STORE_FAILED,  // a message has been printed
};

struct store {
    const struct store_kind *kind;
    const char *place; // path or URL
    void *state;       // of the kind
};

// Keys are 64 hex digits. Several processes use a store at once, also those
// that were forked after `open`. Puts are whole or not at all; the last one
// counts.
struct store_kind {
    bool (*is_place)(const char *place);
    enum cli_exit (*open)(struct store *store);
    enum store_answer (*get)(const struct store *store, const char *key,
                             struct file_bytes *entry);
    bool (*put)(const struct store *store, const char *key, const void *entry,
                size_t size);
    void (*close)(struct store *store);
};

extern const struct store_kind store_http;
extern const struct store_kind store_folder;

// The kind that a place is of. Messages have been printed when this is not
// CLI_DONE.
enum cli_exit store_open(struct store *store, const char *place);

// Free entry with file_free when STORE_FOUND. An entry that cannot be read or
// written is a warning: the package is made.
enum store_answer store_get(const struct store *store, const char *key,
                            struct file_bytes *entry);
bool store_put(const struct store *store, const char *key, const void *entry,
               size_t size);
void store_close(struct store *store);

#endif
