// SPDX-License-Identifier: MIT
// Reads release lists.

#include "releaselist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fileio.h"
#include "keyfile.h"
#include "optionvalues.h"
#include "report.h"
#include "sha256.h"

static enum cli_exit no_memory(const struct json_walk *w)
{
    report_error(w->place, "out of memory");
    return CLI_IO;
}

static enum cli_exit read_number(uint32_t *value, struct json_walk *w,
                                 const cJSON *object, const char *name,
                                 const char *what, uint32_t most)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);
    size_t mark = json_field(w, name);
    char text[JSON_VALUE_MAX];
    enum cli_exit status = CLI_DONE;

    if (item != NULL) {
        status = json_value(text, w, item);
    }
    if (item != NULL && status == CLI_DONE) {
        status = value_number(value, w->place, what, text);
    }
    if (status == CLI_DONE && *value > most) {
        status = json_fail(w, "too large (found %lu, expected at most %lu)",
                           (unsigned long)*value, (unsigned long)most);
    }
    json_back(w, mark);
    return status;
}

static enum cli_exit read_path(char **path, struct json_walk *w,
                               const cJSON *object, const char *name,
                               const char *folder)
{
    const char *text = NULL;
    size_t mark = json_field(w, name);
    enum cli_exit status =
        json_text(&text, w, cJSON_GetObjectItemCaseSensitive(object, name),
                  LIST_PATH_MAX, true);

    if (status == CLI_DONE) {
        *path = list_path(folder, text);
        status = *path != NULL ? CLI_DONE : no_memory(w);
    }
    json_back(w, mark);
    return status;
}

// --- Releases --------------------------------------------------------------

// The image of an object that has "image", "base" and perhaps "id".
static enum cli_exit read_image(struct list_part *part, struct json_walk *w,
                                const cJSON *object, const char *folder)
{
    uint32_t id = part->id;
    enum cli_exit status = read_path(&part->path, w, object, "image", folder);

    part->has_base = cJSON_HasObjectItem(object, "base");
    if (status == CLI_DONE) {
        status = read_number(&part->base, w, object, "base", "an address",
                             UINT32_MAX);
    }
    if (status == CLI_DONE) {
        status = read_number(&id, w, object, "id", "a part's id", 255);
    }
    part->id = (uint8_t)id;
    return status;
}

static enum cli_exit read_part(struct list_release *release,
                               struct json_walk *w, const cJSON *item,
                               const char *folder)
{
    static const char *const fields[] = {"id", "image", "base", NULL};
    size_t at = release->part_count;
    size_t mark = json_element(w, at);
    struct list_part *part = &release->parts[at];
    enum cli_exit status = json_object(w, item, fields);

    part->id = (uint8_t)at;
    release->part_count++;
    if (status == CLI_DONE) {
        status = read_image(part, w, item, folder);
    }
    if (status == CLI_DONE && at > 0 && part->id <= part[-1].id) {
        status = json_fail(w, "ids are not ascending (found %u behind %u)",
                           (unsigned)part->id, (unsigned)part[-1].id);
    }
    json_back(w, mark);
    return status;
}

static enum cli_exit read_parts(struct list_release *release,
                                struct json_walk *w, const cJSON *item,
                                const char *folder)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(item, "parts");
    const cJSON *part;

    if (list == NULL) {
        release->part_count = 1;
        return read_image(&release->parts[0], w, item, folder);
    }
    size_t mark = json_field(w, "parts");
    enum cli_exit status = json_list(w, list, DELTA_PARTS_MAX);

    if (status == CLI_DONE && (cJSON_HasObjectItem(item, "image") ||
                               cJSON_HasObjectItem(item, "base"))) {
        status = json_fail(w, "beside image or base, expected one of them");
    }
    cJSON_ArrayForEach(part, list)
    {
        if (status == CLI_DONE) {
            status = read_part(release, w, part, folder);
        }
    }
    json_back(w, mark);
    return status;
}

static enum cli_exit check_version(const struct release_list *list,
                                   const struct json_walk *w, size_t at)
{
    for (size_t i = 0; i < at; i++) {
        if (strcmp(list->releases[i].version, list->releases[at].version) ==
            0) {
            return json_fail(w, "the same as that of releases[%zu]", i);
        }
    }
    return CLI_DONE;
}

static enum cli_exit read_release(struct release_list *list,
                                  struct json_walk *w, const cJSON *item)
{
    static const char *const fields[] = {"version", "counter", "image",
                                         "base",    "parts",   NULL};
    size_t at = list->release_count;
    struct list_release *release = &list->releases[at];
    enum cli_exit status = json_object(w, item, fields);

    list->release_count++;
    if (status == CLI_DONE) {
        size_t mark = json_field(w, "version");
        status = json_text(&release->version, w,
                           cJSON_GetObjectItemCaseSensitive(item, "version"),
                           DELTA_TEXT_MAX, false);
        if (status == CLI_DONE) {
            status = check_version(list, w, at);
        }
        json_back(w, mark);
    }
    if (status == CLI_DONE) {
        status = read_number(&release->counter, w, item, "counter", "a counter",
                             UINT32_MAX);
    }
    return status == CLI_DONE ? read_parts(release, w, item, list->folder)
                              : status;
}

static enum cli_exit read_releases(struct release_list *list,
                                   struct json_walk *w, const cJSON *item)
{
    size_t mark = json_field(w, "releases");
    enum cli_exit status = json_list(w, item, LIST_RELEASES_MAX);
    const cJSON *release;

    if (status != CLI_DONE) {
        return status;
    }
    list->releases =
        calloc((size_t)cJSON_GetArraySize(item), sizeof(struct list_release));
    if (list->releases == NULL) {
        return no_memory(w);
    }
    cJSON_ArrayForEach(release, item)
    {
        size_t inner = json_element(w, list->release_count);

        status = read_release(list, w, release);
        if (status != CLI_DONE) {
            return status;
        }
        json_back(w, inner);
    }
    json_back(w, mark);
    return CLI_DONE;
}

// --- The whole -------------------------------------------------------------

// A path, or {"env": NAME}.
static enum cli_exit read_key(struct release_list *list, struct json_walk *w)
{
    static const char *const fields[] = {"env", NULL};
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(list->json, "key");

    if (item == NULL) {
        return CLI_DONE;
    }
    if (!cJSON_IsObject(item)) {
        return read_path(&list->key_path, w, list->json, "key", list->folder);
    }
    size_t mark = json_field(w, "key");
    enum cli_exit status = json_object(w, item, fields);
    size_t inner = json_field(w, "env");

    if (status == CLI_DONE) {
        status = json_text(&list->key_env, w,
                           cJSON_GetObjectItemCaseSensitive(item, "env"), 255,
                           false);
    }
    json_back(w, inner);
    json_back(w, mark);
    return status;
}

static enum cli_exit read_product(struct release_list *list,
                                  struct json_walk *w)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(list->json, "product");
    size_t mark = json_field(w, "product");
    enum cli_exit status = item == NULL ? CLI_DONE
                                        : json_text(&list->product, w, item,
                                                    DELTA_TEXT_MAX, false);

    json_back(w, mark);
    return status;
}

static enum cli_exit read_options(struct list_options *options,
                                  struct release_list *list,
                                  struct json_walk *w)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(list->json, "options");
    size_t mark = json_field(w, "options");
    enum cli_exit status =
        item == NULL ? CLI_DONE
                     : list_options_read(options, w, item, list->folder);

    json_back(w, mark);
    return status;
}

static enum cli_exit read_all(struct release_list *list, struct json_walk *w)
{
    static const char *const fields[] = {
        "$schema", "product", "key", "options", "releases", "pairs", NULL};
    struct list_options options;
    enum cli_exit status = json_object(w, list->json, fields);

    memset(&options, 0, sizeof(options));
    if (status == CLI_DONE) {
        status = read_product(list, w);
    }
    if (status == CLI_DONE) {
        status = read_key(list, w);
    }
    if (status == CLI_DONE) {
        status = read_options(&options, list, w);
    }
    if (status == CLI_DONE) {
        status = read_releases(
            list, w, cJSON_GetObjectItemCaseSensitive(list->json, "releases"));
    }
    if (status == CLI_DONE) {
        status = release_rules_read(
            list, w, &options,
            cJSON_GetObjectItemCaseSensitive(list->json, "pairs"));
    }
    return status;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash != NULL ? (size_t)(slash - path) : 0;
    char *folder;

    if (slash == path) {
        size = 1; // the root
    }
    folder = malloc(size + 1);
    if (folder != NULL) {
        memcpy(folder, path, size);
        folder[size] = 0;
    }
    return folder;
}

enum cli_exit release_list_parse(struct release_list *list, const char *path,
                                 const void *text, size_t size)
{
    struct json_walk w;

    memset(list, 0, sizeof(*list));
    json_begin(&w, path);
    sha256_hex(list->sha256, text, size);
    list->folder = folder_of(path);
    enum cli_exit status = list->folder != NULL
                               ? json_parse(&list->json, &w, text, size)
                               : no_memory(&w);
    if (status == CLI_DONE) {
        status = read_all(list, &w);
    }
    if (status != CLI_DONE) {
        release_list_free(list);
    }
    // A value that would be wrong usage in a command line.
    return status == CLI_USAGE ? CLI_REFUSED : status;
}

enum cli_exit release_list_read(struct release_list *list, const char *path)
{
    struct file_bytes bytes;
    enum cli_exit status = file_read(&bytes, path, LIST_SIZE_MAX);

    memset(list, 0, sizeof(*list));
    if (status == CLI_DONE) {
        status = release_list_parse(list, path, bytes.data, bytes.size);
    }
    file_free(&bytes);
    return status;
}

void release_list_free(struct release_list *list)
{
    for (size_t i = 0; i < list->release_count; i++) {
        for (size_t k = 0; k < list->releases[i].part_count; k++) {
            free(list->releases[i].parts[k].path);
        }
    }
    for (size_t i = 0; i < list->rule_count; i++) {
        free(list->rules[i].from.is_named);
        free(list->rules[i].to.is_named);
    }
    free(list->releases);
    free(list->rules);
    free(list->key_path);
    free(list->folder);
    cJSON_Delete(list->json);
    memset(list, 0, sizeof(*list));
}

// --- Key -------------------------------------------------------------------

// Variables often lack the last newline, which PEM has.
static enum cli_exit key_from_text(struct delta_key *key, const char *name,
                                   const char *text)
{
    struct delta_error error;
    size_t size = strlen(text);
    char *pem = malloc(size + 2);

    if (pem == NULL) {
        report_error(name, "out of memory");
        return CLI_IO;
    }
    snprintf(pem, size + 2, "%s\n", text);
    enum delta_status status = delta_key_read(key, pem, size + 1, &error);

    memset(pem, 0, size);
    free(pem);
    if (status != DELTA_OK) {
        report_error(name, "%s", error.text);
        return CLI_REFUSED;
    }
    if (!key->is_private) {
        report_error(name, "wrong kind of key (found a public key, expected a "
                           "private key)");
        return CLI_REFUSED;
    }
    return CLI_DONE;
}

enum cli_exit release_list_key(struct delta_key *key, bool *has_key,
                               const struct release_list *list)
{
    struct delta_key keys[CLI_KEYS_MAX];
    struct cli named = {.key_count = 1};
    const char *path = list->key_path;

    *has_key = path != NULL || list->key_env != NULL;
    if (!*has_key) {
        return CLI_DONE;
    }
    if (list->key_env != NULL) {
        path = getenv(list->key_env);
        if (path == NULL || path[0] == 0) {
            report_error(list->key_env, "environment variable is not set "
                                        "(expected a key, or its path)");
            return CLI_REFUSED;
        }
        if (strstr(path, "-----BEGIN") != NULL) {
            return key_from_text(key, list->key_env, path);
        }
    }
    named.key_paths[0] = path;
    enum cli_exit status = keyfile_read(keys, &named, true);
    *key = keys[0];
    return status;
}
