// SPDX-License-Identifier: MIT
// Finds the kind of a store, and hands on.

#include "store.h"

#include <string.h>

#include "report.h"

static const struct store_kind *const kinds[] = {&store_http, &store_folder};

enum cli_exit store_open(struct store *store, const char *place)
{
    memset(store, 0, sizeof(*store));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i]->is_place(place)) {
            *store = (struct store){kinds[i], place, NULL};
            return kinds[i]->open(store);
        }
    }
    // Not the place: it may have a password.
    report_error("--cache", "no store of this kind (expected a folder, "
                            "http://HOST/... or https://HOST/...)");
    return CLI_USAGE;
}

enum store_answer store_get(const struct store *store, const char *key,
                            struct file_bytes *entry)
{
    memset(entry, 0, sizeof(*entry));
    return store->kind->get(store, key, entry);
}

bool store_put(const struct store *store, const char *key, const void *entry,
               size_t size)
{
    return store->kind->put(store, key, entry, size);
}

void store_close(struct store *store)
{
    if (store->kind != NULL) {
        store->kind->close(store);
    }
    memset(store, 0, sizeof(*store));
}
