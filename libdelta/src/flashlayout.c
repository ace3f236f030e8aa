// SPDX-License-Identifier: MIT
// Reads and judges the JSON file that states a module's flash.

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "delta_layout.h"
#include "errors.h"

#define ERASE_MIN 8u
#define ERASE_MAX 0x1000000u
#define PROGRAM_MAX 4096u

// What is read, and where a failure goes.
struct reader {
    struct delta_flash_layout *layout;
    struct delta_error *error;
    uint32_t erase, program; // for areas that do not say; 0: not given
};

// The areas of the whole module; slots may stand here if there is one image.
static struct delta_flash_area *area_of(struct delta_flash_layout *layout,
                                        const char *name)
{
    struct {
        const char *name;
        struct delta_flash_area *area;
    } const areas[] = {
        {"slot", &layout->parts[0].slot},
        {"new_slot", &layout->parts[0].new_slot},
        {"staging", &layout->staging},
        {"scratch", &layout->scratch},
        {"journal", &layout->journal},
    };

    for (size_t i = 0; i < sizeof(areas) / sizeof(areas[0]); i++) {
        if (strcmp(name, areas[i].name) == 0) {
            return areas[i].area;
        }
    }
    return NULL;
}

// --- Values ----------------------------------------------------------------

// A key as a message names it: "slot.size".
struct key {
    char name[80];
};

static struct key name_key(const char *area, const char *name)
{
    struct key key;

    snprintf(key.name, sizeof(key.name), "%.48s%s%.24s",
             area == NULL ? "" : area, area == NULL ? "" : ".", name);
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

// --- Parts -----------------------------------------------------------------

static enum delta_status read_text_key(struct reader *r, const struct key *key,
                                       const cJSON *item, char *to, size_t most)
{
    const char *text = cJSON_GetStringValue(item);
    char expected[32];

    if (text == NULL || text[0] == '\0' || strlen(text) > most) {
        snprintf(expected, sizeof(expected), "a name of 1 to %zu bytes", most);
        return refuse(r, key, text == NULL ? "no text" : text, expected);
    }
    memcpy(to, text, strlen(text) + 1);
    return DELTA_OK;
}

static enum delta_status read_id(struct reader *r, const struct key *key,
                                 const cJSON *item,
                                 struct delta_flash_part *part)
{
    uint32_t id = 0;
    enum delta_status status = read_number(r, key, item, &id);

    if (status == DELTA_OK && id > UINT8_MAX) {
        return refuse_number(r, key, id, "0 to 255");
    }
    part->id = (uint8_t)id;
    return status;
}

static enum delta_status read_part_key(struct reader *r, const char *name,
                                       const cJSON *item,
                                       struct delta_flash_part *part)
{
    struct key key = name_key(name, item->string);

    if (strcmp(item->string, "slot") == 0) {
        return read_area(r, key.name, item, &part->slot);
    }
    if (strcmp(item->string, "new_slot") == 0) {
        return read_area(r, key.name, item, &part->new_slot);
    }
    if (strcmp(item->string, "id") == 0) {
        return read_id(r, &key, item, part);
    }
    if (strcmp(item->string, "name") == 0) {
        return read_text_key(r, &key, item, part->name, DELTA_PART_NAME_MAX);
    }
    return refuse(r, &key, "this key", "id, name, slot or new_slot");
}

static enum delta_status check_part(struct reader *r, const char *name,
                                    size_t index)
{
    const struct delta_flash_part *part = &r->layout->parts[index];
    struct key id = name_key(name, "id");
    struct key slot = name_key(name, "slot");
    struct key new_slot = name_key(name, "new_slot");

    if (part->slot.size == 0) {
        return refuse(r, &slot, "nothing", "the area of the running image");
    }
    if (index > 0 && part->id <= part[-1].id) {
        return refuse_number(r, &id, part->id,
                             "more than that of the part before");
    }
    if ((part->new_slot.size != 0) !=
        (r->layout->parts[0].new_slot.size != 0)) {
        return refuse(r, &new_slot,
                      part->new_slot.size != 0 ? "an area" : "nothing",
                      "all parts to have one, or none");
    }
    return DELTA_OK;
}

static enum delta_status read_part(struct reader *r, const cJSON *object,
                                   size_t index)
{
    struct delta_flash_part *part = &r->layout->parts[index];
    enum delta_status status = DELTA_OK;
    char name[16];

    snprintf(name, sizeof(name), "parts[%u]", (unsigned)index % 10u);
    if (!cJSON_IsObject(object)) {
        struct key key = name_key(NULL, name);

        return refuse(r, &key, "no object", "{\"slot\": {...}, ...}");
    }
    part->id = (uint8_t)index;
    for (const cJSON *item = object->child; item != NULL && status == DELTA_OK;
         item = item->next) {
        status = read_part_key(r, name, item, part);
    }
    return status == DELTA_OK ? check_part(r, name, index) : status;
}

static enum delta_status read_parts(struct reader *r, const cJSON *list)
{
    struct key key = name_key(NULL, "parts");
    int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    enum delta_status status = DELTA_OK;
    size_t index = 0;

    if (count < 1 || count > (int)DELTA_PARTS_MAX) {
        return refuse(r, &key, count == 0 ? "no list of parts" : "more parts",
                      "a list of 1 to 8");
    }
    if (r->layout->parts[0].slot.size != 0 ||
        r->layout->parts[0].new_slot.size != 0) {
        return refuse(r, &key, "it beside slot or new_slot", "one of the two");
    }
    r->layout->is_list = true;
    r->layout->part_count = (size_t)count;
    for (const cJSON *item = list->child; item != NULL && status == DELTA_OK;
         item = item->next) {
        status = read_part(r, item, index++);
    }
    return status;
}

// --- The whole -------------------------------------------------------------

static enum delta_status check_overlap(struct reader *r, size_t i, size_t k)
{
    char name[DELTA_AREA_NAME_SIZE], other[DELTA_AREA_NAME_SIZE];
    const struct delta_flash_area *a = delta_layout_area(r->layout, i, name);
    const struct delta_flash_area *b = delta_layout_area(r->layout, k, other);
    struct key key;
    char found[64];

    if (a == NULL || b == NULL || !a->has_address || !b->has_address) {
        return DELTA_OK;
    }
    key = name_key(name, "address");
    if (a->address - b->address < b->size) {
        snprintf(found, sizeof(found), "0x%08lx inside %s",
                 (unsigned long)a->address, other);
        return refuse(r, &key, found, "areas that do not overlap");
    }
    if (b->address - a->address < a->size) {
        snprintf(found, sizeof(found), "%s inside it", other);
        return refuse(r, &key, found, "areas that do not overlap");
    }
    return DELTA_OK;
}

static enum delta_status check_layout(struct reader *r)
{
    const struct delta_flash_layout *layout = r->layout;
    struct key slot = name_key(NULL, "slot");
    struct key journal = name_key("journal", "size");
    enum delta_status status = DELTA_OK;

    if (layout->parts[0].slot.size == 0) {
        return refuse(r, &slot, "nothing", "the area of the running image");
    }
    if (layout->journal.size != 0 &&
        layout->journal.size < 2 * layout->journal.erase) {
        return refuse_number(r, &journal, layout->journal.size,
                             "at least two erase blocks");
    }
    for (size_t i = 0; i < DELTA_LAYOUT_AREAS; i++) {
        for (size_t k = 0; k < i && status == DELTA_OK; k++) {
            status = check_overlap(r, i, k);
        }
    }
    return status;
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
    struct delta_flash_area *area = area_of(r->layout, item->string);

    if (area != NULL && r->layout->is_list &&
        (area == &r->layout->parts[0].slot ||
         area == &r->layout->parts[0].new_slot)) {
        return refuse(r, &key, "it beside parts", "one of the two");
    }
    if (area != NULL) {
        return read_area(r, item->string, item, area);
    }
    if (strcmp(item->string, "parts") == 0) {
        return read_parts(r, item);
    }
    if (strcmp(item->string, "profile") == 0) {
        return read_text_key(r, &key, item, r->layout->profile,
                             DELTA_PROFILE_MAX);
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
                  "about, erase, program, slot, new_slot, parts, staging, "
                  "scratch, journal or profile");
}

static struct key name_inside(const char *path, const cJSON *item,
                              unsigned index)
{
    struct key key;

    if (item->string != NULL) {
        return name_key(path, item->string);
    }
    snprintf(key.name, sizeof(key.name), "%.48s[%u]", path == NULL ? "" : path,
             index);
    return key;
}

// A key that stands twice would be one of two numbers. No valid file has more
// levels than an area in a part in the list.
#define LEVELS_MAX 4

static enum delta_status check_twice(struct reader *r, const char *path,
                                     const cJSON *object, int levels)
{
    enum delta_status status = DELTA_OK;
    unsigned index = 0;

    for (const cJSON *a = object->child; a != NULL && status == DELTA_OK;
         a = a->next) {
        struct key key = name_inside(path, a, index++);

        for (const cJSON *b = a->next; a->string != NULL && b != NULL;
             b = b->next) {
            if (strcmp(a->string, b->string) == 0) {
                return refuse(r, &key, "it twice", "each key once");
            }
        }
        if (a->child != NULL && levels > 1) {
            status = check_twice(r, key.name, a, levels - 1);
        }
    }
    return status;
}

static enum delta_status read_all(struct reader *r, const cJSON *root)
{
    enum delta_status status = check_twice(r, NULL, root, LEVELS_MAX);

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
    layout->part_count = 1;
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
