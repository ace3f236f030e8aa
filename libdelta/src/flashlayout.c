// SPDX-License-Identifier: MIT
// Reads and judges the JSON file that states a module's flash.

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "delta_layout.h"
#include "errors.h"

#define AREAS 5
#define ERASE_MIN 8u
#define ERASE_MAX 0x1000000u
#define PROGRAM_MAX 4096u

static const char *const area_names[AREAS] = {
    "slot", "new_slot", "staging", "scratch", "journal",
};

// What is read, and where a failure goes.
struct reader {
    struct delta_flash_layout *layout;
    struct delta_error *error;
    uint32_t erase, program; // for areas that do not say; 0: not given
};

static struct delta_flash_area *area_of(struct delta_flash_layout *layout,
                                        int index)
{
    struct delta_flash_area *areas[AREAS] = {
        &layout->slot,    &layout->new_slot, &layout->staging,
        &layout->scratch, &layout->journal,
    };

    return areas[index];
}

// --- Values ----------------------------------------------------------------

// A key as a message names it: "slot.size".
struct key {
    char name[48];
};

static struct key name_key(const char *area, const char *name)
{
    struct key key;

    snprintf(key.name, sizeof(key.name), "%s%s%.24s", area == NULL ? "" : area,
             area == NULL ? "" : ".", name);
    return key;
}

static enum delta_status refuse(struct reader *r, const struct key *key,
                                const char *found, const char *expected)
{
    return delta_fail(r->error, DELTA_ERR_LAYOUT, "layout",
                      "%s: found %.40s, expected %s", key->name, found,
                      expected);
}

static enum delta_status refuse_number(struct reader *r, const struct key *key,
                                       uint32_t found, const char *expected)
{
    char text[16];

    snprintf(text, sizeof(text), "%lu", (unsigned long)found);
    return refuse(r, key, text, expected);
}

// Decimal or hexadecimal digits; *end is what follows. False: none, or too
// many.
static bool read_digits(const char *text, uint64_t *value, const char **end)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    uint32_t base = 10;
    const char *start;

    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    start = text;
    for (*value = 0; *text != '\0' && *value <= UINT32_MAX; text++) {
        const char *digit = strchr(digits, *text);
        uint32_t n = digit == NULL ? base : (uint32_t)(digit - digits) % 16;

        if (n >= base) {
            break;
        }
        *value = *value * base + n;
    }
    *end = text;
    return text != start && *value <= UINT32_MAX;
}

static bool read_text(const char *text, uint32_t *value)
{
    static const struct {
        const char *suffix;
        unsigned shift;
    } units[] = {{"", 0}, {"K", 10}, {"KiB", 10}, {"M", 20}, {"MiB", 20}};
    const char *end;
    uint64_t number;

    if (!read_digits(text, &number, &end)) {
        return false;
    }
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(end, units[i].suffix) == 0 &&
            number <= UINT32_MAX >> units[i].shift) {
            *value = (uint32_t)number << units[i].shift;
            return true;
        }
    }
    return false;
}

static enum delta_status read_number(struct reader *r, const struct key *key,
                                     const cJSON *item, uint32_t *value)
{
    char text[44];
    double number = item->valuedouble;

    if (cJSON_IsString(item) && read_text(item->valuestring, value)) {
        return DELTA_OK;
    }
    if (cJSON_IsNumber(item) && number >= 0 && number <= UINT32_MAX &&
        number == (double)(uint32_t)number) {
        *value = (uint32_t)number;
        return DELTA_OK;
    }
    if (cJSON_IsString(item)) {
        snprintf(text, sizeof(text), "\"%.36s\"", item->valuestring);
    } else if (cJSON_IsNumber(item)) {
        snprintf(text, sizeof(text), "%g", number);
    } else {
        snprintf(text, sizeof(text), "no number");
    }
    return refuse(r, key, text,
                  "0 to 4294967295, as 65536, \"64K\", \"1M\" or \"0x10000\"");
}

static bool is_power(uint32_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static enum delta_status check_erase(struct reader *r, const struct key *key,
                                     uint32_t erase)
{
    if (!is_power(erase) || erase < ERASE_MIN || erase > ERASE_MAX) {
        return refuse_number(r, key, erase, "a power of two, 8 to 16777216");
    }
    return DELTA_OK;
}

static enum delta_status check_program(struct reader *r, const struct key *key,
                                       uint32_t program)
{
    if (!is_power(program) || program > PROGRAM_MAX) {
        return refuse_number(r, key, program, "a power of two, 1 to 4096");
    }
    return DELTA_OK;
}

// --- Areas -----------------------------------------------------------------

static enum delta_status read_area_key(struct reader *r, const char *name,
                                       const cJSON *item,
                                       struct delta_flash_area *area)
{
    struct key key = name_key(name, item->string);
    enum delta_status status;

    if (strcmp(item->string, "size") == 0) {
        return read_number(r, &key, item, &area->size);
    }
    if (strcmp(item->string, "erase") == 0) {
        status = read_number(r, &key, item, &area->erase);
        return status == DELTA_OK ? check_erase(r, &key, area->erase) : status;
    }
    if (strcmp(item->string, "program") == 0) {
        status = read_number(r, &key, item, &area->program);
        return status == DELTA_OK ? check_program(r, &key, area->program)
                                  : status;
    }
    if (strcmp(item->string, "address") == 0) {
        area->has_address = true;
        return read_number(r, &key, item, &area->address);
    }
    return refuse(r, &key, "this key", "size, erase, program or address");
}

// What the keys of an area must be to each other.
static enum delta_status check_area(struct reader *r, const char *name,
                                    const struct delta_flash_area *area)
{
    struct key size = name_key(name, "size");
    struct key erase = name_key(name, "erase");
    struct key program = name_key(name, "program");
    struct key address = name_key(name, "address");
    char expected[64];

    if (area->erase == 0) {
        return refuse(r, &erase, "nothing", "a number here, or for all areas");
    }
    if (area->program == 0) {
        return refuse(r, &program, "nothing",
                      "a number here, or for all areas");
    }
    if (area->program > area->erase) {
        snprintf(expected, sizeof(expected), "at most the erase block, %lu",
                 (unsigned long)area->erase);
        return refuse_number(r, &program, area->program, expected);
    }
    snprintf(expected, sizeof(expected), "a multiple of the erase block, %lu",
             (unsigned long)area->erase);
    if (area->size == 0 || area->size % area->erase != 0) {
        return refuse_number(r, &size, area->size, expected);
    }
    if (area->size > DELTA_IMAGE_MAX) {
        return refuse_number(r, &size, area->size, "at most 536870912");
    }
    if (area->has_address && area->address % area->erase != 0) {
        return refuse_number(r, &address, area->address, expected);
    }
    if (area->has_address && UINT32_MAX - area->address < area->size - 1) {
        return refuse_number(r, &address, area->address,
                             "an area that ends below 4 GiB");
    }
    return DELTA_OK;
}

static enum delta_status read_area(struct reader *r, const char *name,
                                   const cJSON *object,
                                   struct delta_flash_area *area)
{
    struct key key = name_key(NULL, name);
    enum delta_status status = DELTA_OK;

    if (!cJSON_IsObject(object)) {
        return refuse(r, &key, "no object",
                      "{\"size\": ..., \"erase\": ..., ...}");
    }
    area->erase = r->erase;
    area->program = r->program;
    for (const cJSON *item = object->child; item != NULL && status == DELTA_OK;
         item = item->next) {
        status = read_area_key(r, name, item, area);
    }
    return status == DELTA_OK ? check_area(r, name, area) : status;
}

// --- The whole -------------------------------------------------------------

static enum delta_status check_overlaps(struct reader *r)
{
    for (int i = 0; i < AREAS; i++) {
        const struct delta_flash_area *a = area_of(r->layout, i);

        for (int k = 0; k < i && a->has_address; k++) {
            const struct delta_flash_area *b = area_of(r->layout, k);
            struct key key = name_key(area_names[i], "address");
            char found[40];

            if (b->has_address && a->address - b->address < b->size) {
                snprintf(found, sizeof(found), "0x%08lx inside %s",
                         (unsigned long)a->address, area_names[k]);
                return refuse(r, &key, found, "areas that do not overlap");
            }
            if (b->has_address && b->address - a->address < a->size) {
                snprintf(found, sizeof(found), "%s inside it", area_names[k]);
                return refuse(r, &key, found, "areas that do not overlap");
            }
        }
    }
    return DELTA_OK;
}

static enum delta_status check_layout(struct reader *r)
{
    const struct delta_flash_layout *layout = r->layout;
    struct key slot = name_key(NULL, "slot");
    struct key journal = name_key("journal", "size");

    if (layout->slot.size == 0) {
        return refuse(r, &slot, "nothing", "the area of the running image");
    }
    if (layout->journal.size != 0 &&
        layout->journal.size < 2 * layout->journal.erase) {
        return refuse_number(r, &journal, layout->journal.size,
                             "at least two erase blocks");
    }
    return check_overlaps(r);
}

static enum delta_status read_profile(struct reader *r, const cJSON *item)
{
    struct key key = name_key(NULL, "profile");
    const char *text = cJSON_GetStringValue(item);

    if (text == NULL || text[0] == '\0' || strlen(text) > DELTA_PROFILE_MAX) {
        return refuse(r, &key, text == NULL ? "no text" : text,
                      "a name of 1 to 32 bytes");
    }
    memcpy(r->layout->profile, text, strlen(text) + 1);
    return DELTA_OK;
}

// The keys that areas depend on; these may stand behind them.
static enum delta_status read_default(struct reader *r, const cJSON *item)
{
    struct key key = name_key(NULL, item->string);
    enum delta_status status = DELTA_OK;

    if (strcmp(item->string, "erase") == 0) {
        status = read_number(r, &key, item, &r->erase);
        status = status == DELTA_OK ? check_erase(r, &key, r->erase) : status;
    } else if (strcmp(item->string, "program") == 0) {
        status = read_number(r, &key, item, &r->program);
        status =
            status == DELTA_OK ? check_program(r, &key, r->program) : status;
    }
    return status;
}

static enum delta_status read_key(struct reader *r, const cJSON *item)
{
    struct key key = name_key(NULL, item->string);

    for (int i = 0; i < AREAS; i++) {
        if (strcmp(item->string, area_names[i]) == 0) {
            return read_area(r, area_names[i], item, area_of(r->layout, i));
        }
    }
    if (strcmp(item->string, "profile") == 0) {
        return read_profile(r, item);
    }
    if (strcmp(item->string, "erase") == 0 ||
        strcmp(item->string, "program") == 0) {
        return DELTA_OK; // read before
    }
    if (strcmp(item->string, "about") == 0) {
        return cJSON_IsString(item) ? DELTA_OK
                                    : refuse(r, &key, "no text", "a text");
    }
    return refuse(r, &key, "this key",
                  "about, erase, program, slot, new_slot, staging, scratch, "
                  "journal or profile");
}

// A key that stands twice would be one of two numbers.
static enum delta_status check_twice(struct reader *r, const char *area,
                                     const cJSON *object)
{
    for (const cJSON *a = object->child; a != NULL; a = a->next) {
        struct key key = name_key(area, a->string);

        for (const cJSON *b = a->next; b != NULL; b = b->next) {
            if (strcmp(a->string, b->string) == 0) {
                return refuse(r, &key, "it twice", "each key once");
            }
        }
        if (area == NULL && cJSON_IsObject(a)) {
            enum delta_status status = check_twice(r, a->string, a);

            if (status != DELTA_OK) {
                return status;
            }
        }
    }
    return DELTA_OK;
}

static enum delta_status read_all(struct reader *r, const cJSON *root)
{
    enum delta_status status = check_twice(r, NULL, root);

    for (const cJSON *item = root->child; item != NULL && status == DELTA_OK;
         item = item->next) {
        status = read_default(r, item);
    }
    for (const cJSON *item = root->child; item != NULL && status == DELTA_OK;
         item = item->next) {
        status = read_key(r, item);
    }
    return status == DELTA_OK ? check_layout(r) : status;
}

// Where the parser stopped, as a line number.
static unsigned line_of(const char *json, size_t size, const char *at)
{
    unsigned line = 1;

    for (const char *c = json; at != NULL && c < at && c < json + size; c++) {
        line += *c == '\n';
    }
    return line;
}

enum delta_status delta_layout_read(struct delta_flash_layout *layout,
                                    const void *json, size_t json_size,
                                    struct delta_error *error)
{
    struct reader r = {layout, error, 0, 0};
    enum delta_status status;
    const char *end = NULL;
    cJSON *root = json_size > DELTA_LAYOUT_MAX
                      ? NULL
                      : cJSON_ParseWithLengthOpts(json, json_size, &end, 0);

    memset(layout, 0, sizeof(*layout));
    if (json_size > DELTA_LAYOUT_MAX) {
        return delta_fail(error, DELTA_ERR_LAYOUT, "layout",
                          "file is too large (found %zu bytes, expected at "
                          "most %u)",
                          json_size, DELTA_LAYOUT_MAX);
    }
    if (!cJSON_IsObject(root)) {
        status = delta_fail(error, DELTA_ERR_LAYOUT, "layout",
                            "line %u: found no JSON, expected one object",
                            line_of(json, json_size, end));
    } else {
        status = read_all(&r, root);
    }
    cJSON_Delete(root);
    if (status != DELTA_OK) {
        memset(layout, 0, sizeof(*layout));
    }
    return status;
}
