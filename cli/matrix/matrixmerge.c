// SPDX-License-Identifier: MIT
// Joins the outputs of shards into one folder.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "matrixindex.h"
#include "sha256.h"

struct merge {
    struct out_folder out;
    const char *const *folders;
    cJSON **indexes; // of each folder; NULL: could not be read
    int count;
    size_t missing;
    size_t too_large;
};

static const char *text_of(const cJSON *json, const char *name)
{
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, name));

    return text != NULL ? text : "";
}

static cJSON *pairs_of(const cJSON *index)
{
    return cJSON_GetObjectItemCaseSensitive(index, "pairs");
}

static bool is_made(const cJSON *pair)
{
    const char *state = text_of(pair, "state");

    return strcmp(state, "built") == 0 || strcmp(state, "cached") == 0;
}

// Shards of one run say the same of all but their packages.
static enum cli_exit check(const struct merge *m, int a, int b)
{
    static const char *const fields[] = {"tool", "format", "product",
                                         "list_sha256", "releases"};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (!cJSON_Compare(
                cJSON_GetObjectItemCaseSensitive(m->indexes[a], fields[i]),
                cJSON_GetObjectItemCaseSensitive(m->indexes[b], fields[i]),
                true)) {
            report_error(m->folders[b],
                         "index.json: not of the same build as %s (found "
                         "another \"%s\")",
                         m->folders[a], fields[i]);
            return CLI_REFUSED;
        }
    }
    if (cJSON_GetArraySize(pairs_of(m->indexes[a])) !=
        cJSON_GetArraySize(pairs_of(m->indexes[b]))) {
        report_error(m->folders[b],
                     "index.json: not of the same build as %s (found other "
                     "pairs)",
                     m->folders[a]);
        return CLI_REFUSED;
    }
    return CLI_DONE;
}

// A name of ours: nothing that leads out of the folder.
static bool is_name(const char *name)
{
    size_t size = strlen(name);

    return size > 6 && size < PAIR_NAME_MAX + 8 && name[0] != '.' &&
           strchr(name, '/') == NULL && strcmp(name + size - 6, ".dfota") == 0;
}

// Copy the package, if it is the one that the index means.
static bool copy(const struct merge *m, const char *folder, const cJSON *pair)
{
    const struct out_folder from = {folder, -1};
    const char *name = text_of(pair, "file");
    char path[OUT_PATH_MAX];
    char sha256[REPORT_HEX_SIZE];
    struct file_bytes bytes;

    if (!is_name(name)) {
        report_error(folder,
                     "index.json: not the name of a package (found "
                     "\"%s\")",
                     name);
        return false;
    }
    if (file_read(&bytes, out_path(path, &from, name, ""), DELTA_PACKAGE_MAX) !=
        CLI_DONE) {
        return false;
    }
    sha256_hex(sha256, bytes.data, bytes.size);
    bool ok = strcmp(sha256, text_of(pair, "sha256")) == 0;
    if (!ok) {
        report_error(path,
                     "not the package that the index means (found "
                     "SHA-256 %.8s..., expected %.8s...)",
                     sha256, text_of(pair, "sha256"));
    } else {
        ok = out_write(&m->out, name, "", bytes.data, bytes.size) == CLI_DONE;
    }
    file_free(&bytes);
    return ok;
}

static void note_too_large(struct merge *m, const cJSON *pair)
{
    const cJSON *limit = cJSON_GetObjectItemCaseSensitive(pair, "max_size");
    const cJSON *size = cJSON_GetObjectItemCaseSensitive(pair, "size");

    if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(pair, "too_large")) &&
        cJSON_IsNumber(limit) && cJSON_IsNumber(size)) {
        fprintf(stderr, "too large: %s to %s: %.0f bytes, limit %.0f\n",
                text_of(pair, "from"), text_of(pair, "to"), size->valuedouble,
                limit->valuedouble);
        m->too_large++;
    }
}

// The entry of a pair from the first folder that has its package; else from one
// that says why not.
static cJSON *choose(struct merge *m, int at)
{
    const cJSON *said = NULL;

    for (int i = 0; i < m->count; i++) {
        const cJSON *pair =
            m->indexes[i] != NULL
                ? cJSON_GetArrayItem(pairs_of(m->indexes[i]), at)
                : NULL;

        if (pair != NULL && is_made(pair) && copy(m, m->folders[i], pair)) {
            note_too_large(m, pair);
            return cJSON_Duplicate(pair, true);
        }
        if (pair != NULL && !is_made(pair) &&
            (said == NULL || strcmp(text_of(pair, "state"), "failed") == 0)) {
            said = pair;
        }
    }
    m->missing++;
    cJSON *json = cJSON_CreateObject();
    const cJSON *any = said;

    for (int i = 0; any == NULL && i < m->count; i++) {
        any = m->indexes[i] != NULL
                  ? cJSON_GetArrayItem(pairs_of(m->indexes[i]), at)
                  : NULL;
    }
    const char *reason = text_of(said, "reason");
    if (strcmp(text_of(said, "state"), "failed") == 0) {
        cJSON_Delete(json);
        json = cJSON_Duplicate(said, true);
    } else {
        reason = "in no output";
        cJSON_AddStringToObject(json, "from", text_of(any, "from"));
        cJSON_AddStringToObject(json, "to", text_of(any, "to"));
        cJSON_AddStringToObject(json, "state", "missing");
        cJSON_AddStringToObject(json, "reason", reason);
    }
    fprintf(stderr, "missing: %s to %s", report_plain(text_of(any, "from")),
            report_plain(text_of(any, "to")));
    fprintf(stderr, ": %s\n", report_plain(reason));
    return json;
}

// `first` is one whose index could be read.
static enum cli_exit join(struct merge *m, int first)
{
    cJSON *json = cJSON_Duplicate(m->indexes[first], true);
    cJSON *pairs = cJSON_CreateArray();
    int count = cJSON_GetArraySize(pairs_of(m->indexes[first]));

    for (int i = 0; i < count; i++) {
        cJSON_AddItemToArray(pairs, choose(m, i));
    }
    cJSON_ReplaceItemInObjectCaseSensitive(json, "shard", cJSON_CreateNull());
    cJSON_ReplaceItemInObjectCaseSensitive(json, "complete",
                                           cJSON_CreateBool(m->missing == 0));
    cJSON_ReplaceItemInObjectCaseSensitive(json, "pairs", pairs);
    return matrix_index_save(&m->out, json);
}

static enum cli_exit merge(struct merge *m, bool is_quiet)
{
    enum cli_exit status = CLI_DONE;
    char path[OUT_PATH_MAX];
    int first = -1;
    int unread = 0;

    for (int i = 0; i < m->count && status == CLI_DONE; i++) {
        const struct out_folder folder = {m->folders[i], -1};

        m->indexes[i] =
            matrix_index_read(out_path(path, &folder, "index.json", ""));
        if (m->indexes[i] == NULL) {
            unread++;
        } else if (first < 0) {
            first = i;
        } else {
            status = check(m, first, i);
        }
    }
    if (status == CLI_DONE && first < 0) {
        report_error("--merge", "no output that can be read");
        status = CLI_REFUSED;
    }
    if (status == CLI_DONE) {
        status = join(m, first);
    }
    if (status == CLI_DONE && !is_quiet) {
        fprintf(stderr,
                "%s: %d outputs merged, %zu packages missing, %zu too large\n",
                report_plain(m->out.path), m->count - unread, m->missing,
                m->too_large);
    }
    bool is_good = m->missing == 0 && m->too_large == 0 && unread == 0;
    return status == CLI_DONE && !is_good ? CLI_REFUSED : status;
}

enum cli_exit matrix_merge(const char *output, const char *const *folders,
                           int count, bool is_quiet)
{
    struct merge m = {.folders = folders, .count = count};

    m.indexes = calloc((size_t)count, sizeof(cJSON *));
    if (m.indexes == NULL) {
        report_error("--merge", "out of memory");
        return CLI_IO;
    }
    enum cli_exit status = out_open(&m.out, output);
    if (status == CLI_DONE) {
        status = merge(&m, is_quiet);
        out_close(&m.out);
    }
    for (int i = 0; i < count; i++) {
        cJSON_Delete(m.indexes[i]);
    }
    free(m.indexes);
    return status;
}
