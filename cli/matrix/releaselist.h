// SPDX-License-Identifier: MIT
// A release list: what there is, and from what to what packages are made.
//
//   {
//     "product": "sensor-a",
//     "key": "private.pem",                  or {"env": "SIGNING_KEY"}
//     "options": {"ram": "16K", "layout": "flash.json"},
//     "releases": [                          oldest first
//       {"version": "1.0.0", "counter": 1, "image": "v1.elf"},
//       {"version": "1.1.0", "counter": 2, "parts": [
//         {"id": 0, "image": "core.bin", "base": "0x8004000"},
//         {"id": 3, "image": "modem.bin"}]}
//     ],
//     "pairs": [{"from": "last 5", "to": "newest", "max_size": "20%"}]
//   }
//
// docs/schema/releases.schema.json describes every field. Paths are relative
// to the list's folder.

#ifndef MKDFOTA_RELEASELIST_H
#define MKDFOTA_RELEASELIST_H

#include "listoptions.h"

#define LIST_SIZE_MAX (1u << 20) // bytes of a list
#define LIST_RELEASES_MAX 1000u
#define LIST_RULES_MAX 100u
#define LIST_PAIRS_MAX 20000u
#define LIST_PATH_MAX 4000u
#define LIST_NONE SIZE_MAX // instead of an old release: a full image

struct list_part {
    uint8_t id;
    char *path; // as it is to be opened
    bool has_base;
    uint32_t base;
};

struct list_release {
    const char *version;
    uint32_t counter;
    size_t part_count;
    struct list_part parts[DELTA_PARTS_MAX]; // ascending by id
};

// A limit of a package: bytes, or hundredths of the new images, if not 0.
struct list_limit {
    uint32_t bytes, percent;
};

// Which releases a rule means.
enum list_which {
    LIST_ALL,     // from: all before the one that is made for
    LIST_LAST,    // from: so many before it; to: so many newest
    LIST_NOTHING, // from only: full images
    LIST_NAMED,
};

struct list_choice {
    enum list_which which;
    size_t count;   // LIST_LAST
    bool *is_named; // LIST_NAMED: of each release
};

struct list_rule {
    struct list_choice from, to;
    struct list_options options;
    struct list_limit limit;
};

struct release_list {
    cJSON *json;  // owns the texts
    char *folder; // that the file is in, "" for the current one
    char sha256[65];
    const char *product; // NULL: none
    char *key_path;      // NULL: none
    const char *key_env; // name of a variable with the key, or its path
    size_t release_count;
    struct list_release *releases;
    size_t rule_count;
    struct list_rule *rules;
};

// Read a list. Messages have been printed when this is not CLI_DONE; the list
// is then zeroed.
enum cli_exit release_list_read(struct release_list *list, const char *path);

// The same from memory; `path` is what messages call it.
enum cli_exit release_list_parse(struct release_list *list, const char *path,
                                 const void *text, size_t size);

void release_list_free(struct release_list *list);

// Read the key that the list names, if any.
enum cli_exit release_list_key(struct delta_key *key, bool *has_key,
                               const struct release_list *list);

// "10000", "64K" or "40%".
enum cli_exit list_limit_read(struct list_limit *limit, const char *name,
                              const char *text);

// releaserules.c: the rules of a list whose releases have been read.
enum cli_exit release_rules_read(struct release_list *list, struct json_walk *w,
                                 const struct list_options *options,
                                 const cJSON *item);

#endif
