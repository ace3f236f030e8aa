// SPDX-License-Identifier: MIT
// The options of a release list.

#include "listoptions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layoutfile.h"
#include "optionvalues.h"
#include "report.h"

static const char *const names[] = {
    "codec",     "level",   "ram",         "base",     "arch",
    "format",    "mode",    "erase_block", "minimize", "layout",
    "unmanaged", "scratch", NULL};

char *list_path(const char *folder, const char *path)
{
    size_t size = strlen(folder) + strlen(path) + 2;
    char *joined = malloc(size);

    if (joined != NULL) {
        bool is_alone = path[0] == '/' || folder[0] == 0;
        snprintf(joined, size, "%s%s%s", is_alone ? "" : folder,
                 is_alone ? "" : "/", path);
    }
    return joined;
}

static enum cli_exit read_level(int *level, const struct json_walk *w,
                                const char *text)
{
    if (text[0] < '1' || text[0] > '9' || text[1] != 0) {
        return value_bad(w->place, "a level", text, "1 to 9");
    }
    *level = text[0] - '0';
    return CLI_DONE;
}

static enum cli_exit read_mode(enum delta_mode *mode, const struct json_walk *w,
                               const char *text)
{
    if (strcmp(text, "two-slot") == 0) {
        *mode = DELTA_TWO_SLOT;
    } else if (strcmp(text, "in-place") == 0) {
        *mode = DELTA_IN_PLACE;
    } else {
        return value_bad(w->place, "a mode", text, "two-slot or in-place");
    }
    return CLI_DONE;
}

static enum cli_exit take(struct list_options *o, const struct json_walk *w,
                          const char *name, const char *text)
{
    if (strcmp(name, "codec") == 0) {
        return value_codec(&o->make.codec, w->place, text);
    }
    if (strcmp(name, "level") == 0) {
        return read_level(&o->make.level, w, text);
    }
    if (strcmp(name, "ram") == 0) {
        return value_size(&o->make.ram, w->place, text);
    }
    if (strcmp(name, "base") == 0) {
        o->make.has_base = true;
        return value_number(&o->make.base, w->place, "an address", text);
    }
    if (strcmp(name, "arch") == 0) {
        return value_arch(&o->make.arch, w->place, text);
    }
    if (strcmp(name, "format") == 0) {
        return value_format(&o->format, w->place, text);
    }
    if (strcmp(name, "mode") == 0) {
        return read_mode(&o->make.mode, w, text);
    }
    if (strcmp(name, "scratch") == 0) {
        return value_size(&o->make.in_place.scratch_size, w->place, text);
    }
    if (strcmp(name, "erase_block") == 0) {
        return value_size(&o->make.in_place.block_size, w->place, text);
    }
    return value_minimize(&o->make.in_place.minimize, w->place, text);
}

// [{"part": 0, "start": "0x1000", "end": "0x2000"}, ...]
static enum cli_exit read_range(struct cli_range *range, struct json_walk *w,
                                const cJSON *item)
{
    static const char *const fields[] = {"part", "start", "end", NULL};
    uint32_t values[3] = {0};
    enum cli_exit status = json_object(w, item, fields);

    for (int i = 0; status == CLI_DONE && i < 3; i++) {
        const cJSON *field = cJSON_GetObjectItemCaseSensitive(item, fields[i]);
        size_t mark = json_field(w, fields[i]);
        char text[JSON_VALUE_MAX];

        if (field != NULL || i > 0) {
            status = json_value(text, w, field);
            if (status == CLI_DONE) {
                status = value_number(&values[i], w->place, "a number", text);
            }
        }
        json_back(w, mark);
    }
    *range = (struct cli_range){true, values[0], {values[1], values[2]}};
    if (status == CLI_DONE && values[1] >= values[2]) {
        return json_fail(w, "an empty range (found %lu to %lu)",
                         (unsigned long)values[1], (unsigned long)values[2]);
    }
    return status;
}

static enum cli_exit read_ranges(struct list_options *o, struct json_walk *w,
                                 const cJSON *list)
{
    enum cli_exit status = json_list(w, list, DELTA_UNMANAGED_MAX);
    const cJSON *item;

    o->unmanaged_count = 0;
    if (status != CLI_DONE) {
        return status;
    }
    cJSON_ArrayForEach(item, list)
    {
        size_t mark = json_element(w, o->unmanaged_count);

        status = read_range(&o->unmanaged[o->unmanaged_count], w, item);
        if (status != CLI_DONE) {
            return status;
        }
        o->unmanaged_count++;
        json_back(w, mark);
    }
    return CLI_DONE;
}

static enum cli_exit read_layout(struct list_options *o,
                                 const struct json_walk *w, const cJSON *item,
                                 const char *folder)
{
    const char *name = NULL;
    enum cli_exit status = json_text(&name, w, item, 4095, true);

    if (status != CLI_DONE) {
        return status;
    }
    char *path = list_path(folder, name);
    if (path == NULL) {
        report_error(w->place, "out of memory");
        return CLI_IO;
    }
    status = layoutfile_read(&o->layout, path);
    o->has_layout = status == CLI_DONE;
    free(path);
    return status;
}

static enum cli_exit read_fields(struct list_options *o, struct json_walk *w,
                                 const cJSON *item, const char *folder)
{
    const cJSON *field;

    cJSON_ArrayForEach(field, item)
    {
        size_t mark = json_field(w, field->string);
        char text[JSON_VALUE_MAX];
        enum cli_exit status;

        if (strcmp(field->string, "layout") == 0) {
            status = read_layout(o, w, field, folder);
        } else if (strcmp(field->string, "unmanaged") == 0) {
            status = read_ranges(o, w, field);
        } else {
            status = json_value(text, w, field);
            if (status == CLI_DONE) {
                status = take(o, w, field->string, text);
            }
        }
        if (status != CLI_DONE) {
            return status;
        }
        json_back(w, mark);
    }
    return CLI_DONE;
}

// The same that the command line checks; the layout says the rest.
static enum cli_exit check_place(const struct list_options *o,
                                 struct json_walk *w, const cJSON *item)
{
    bool has_sizes = cJSON_HasObjectItem(item, "scratch") ||
                     cJSON_HasObjectItem(item, "erase_block");
    bool is_in_place = o->make.mode == DELTA_IN_PLACE;

    if (has_sizes && o->has_layout) {
        return json_fail(w, "scratch or erase_block beside layout, which says "
                            "it");
    }
    if ((has_sizes || cJSON_HasObjectItem(item, "minimize")) && !is_in_place &&
        !o->has_layout) {
        return json_fail(w, "scratch, erase_block or minimize without mode "
                            "in-place or layout");
    }
    if (is_in_place && o->has_layout && o->layout.parts[0].new_slot.size != 0) {
        return json_fail(w, "mode in-place, but the layout has two slots "
                            "(found new_slot, expected none)");
    }
    return CLI_DONE;
}

enum cli_exit list_options_read(struct list_options *options,
                                struct json_walk *w, const cJSON *item,
                                const char *folder)
{
    enum cli_exit status = json_object(w, item, names);

    if (status == CLI_DONE) {
        status = read_fields(options, w, item, folder);
    }
    if (status == CLI_DONE) {
        status = check_place(options, w, item);
    }
    if (status == CLI_DONE && options->has_layout) {
        delta_layout_options(&options->make, &options->layout,
                             &options->layout.parts[0]);
    }
    return status;
}
