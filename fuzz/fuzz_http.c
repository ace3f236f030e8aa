// SPDX-License-Identifier: MIT
// What samples/platform reads of a request. The first byte chooses what the rest
// is: a header, a query, a body.

#include <ctype.h>
#include <strings.h>

#include "devicerequest.h"
#include "identity.h"
#include "jsonfields.h"
#include "range.h"
#include "rows.h"
#include "settings.h"
#include "target.h"
#include "target_call.h"

// --- UTF-8 -----------------------------------------------------------------

static bool is_between(uint8_t byte, uint8_t least, uint8_t most)
{
    return byte >= least && byte <= most;
}

// The grammar of RFC 3629, 4, written down again.
static bool is_utf8(const uint8_t *text, size_t size)
{
    static const struct {
        uint8_t first[2], second[2];
        size_t size;
    } forms[] = {
        {{0x00, 0x7F}, {0, 0}, 1},       {{0xC2, 0xDF}, {0x80, 0xBF}, 2},
        {{0xE0, 0xE0}, {0xA0, 0xBF}, 3}, {{0xE1, 0xEC}, {0x80, 0xBF}, 3},
        {{0xED, 0xED}, {0x80, 0x9F}, 3}, {{0xEE, 0xEF}, {0x80, 0xBF}, 3},
        {{0xF0, 0xF0}, {0x90, 0xBF}, 4}, {{0xF1, 0xF3}, {0x80, 0xBF}, 4},
        {{0xF4, 0xF4}, {0x80, 0x8F}, 4},
    };

    while (size > 0) {
        size_t i = 0;

        while (i < 9 &&
               !is_between(text[0], forms[i].first[0], forms[i].first[1])) {
            i++;
        }
        if (i == 9 || size < forms[i].size ||
            (forms[i].size > 1 &&
             !is_between(text[1], forms[i].second[0], forms[i].second[1]))) {
            return false;
        }
        for (size_t k = 2; k < forms[i].size; k++) {
            if (!is_between(text[k], 0x80, 0xBF)) {
                return false;
            }
        }
        text += forms[i].size;
        size -= forms[i].size;
    }
    return true;
}

static void check_text(const char *text, size_t room)
{
    size_t size = strnlen(text, room);

    require(size < room, "a text ends in its place");
    require(utf8_is_valid(text, size), "a text is UTF-8");
    for (size_t i = 0; i < size; i++) {
        require((unsigned char)text[i] >= ' ' && text[i] != 0x7f,
                "a text has no control characters");
    }
}

// --- Range -----------------------------------------------------------------

static void check_part(const struct range *range, uint64_t size)
{
    char header[80];

    require(range->size > 0 && range->from < size &&
                range->size <= size - range->from,
            "a part lies in the file");
    snprintf(header, sizeof(header), "bytes=%llu-%llu",
             (unsigned long long)range->from,
             (unsigned long long)(range->from + range->size - 1));
    struct range same = range_of(header, NULL, "", size);
    require(same.kind == RANGE_PART && same.from == range->from &&
                same.size == range->size,
            "a part can be asked for by its bounds");
    require(range_begin(header) == (int64_t)range->from,
            "and begins where it does");
}

// Eight bytes of size; two headers.
static void fuzz_range(const char *data, size_t data_size)
{
    static const char etag[] = "\"0\"";
    uint64_t size;

    if (data_size < sizeof(size)) {
        return;
    }
    memcpy(&size, data, sizeof(size));
    size >>= 8 + (size & 0x37); // files of any order of magnitude
    const char *header = data + sizeof(size);
    const char *end = memchr(header, 0, data_size - sizeof(size));
    const char *if_range = end != NULL ? end + 1 : NULL;
    struct range range = range_of(header, if_range, etag, size);

    switch (range.kind) {
    case RANGE_NONE:
        require(range.from == 0 && range.size == size, "all of it");
        break;
    case RANGE_PART: check_part(&range, size); break;
    case RANGE_NOT_THERE:
        require(range.from == 0 && range.size == 0, "nothing of it");
        break;
    }
    if (range.kind != RANGE_NONE) {
        require(strncasecmp(header, "bytes=", 6) == 0, "bytes were asked for");
        require(if_range == NULL || strcmp(if_range, etag) == 0,
                "of this file");
    }
    int64_t from = range_begin(header);
    require(from >= 0, "a range begins somewhere");
    require(range.kind != RANGE_PART || from == 0 ||
                (uint64_t)from == range.from,
            "a range begins where its part does");
}

// --- Versions --------------------------------------------------------------

// x.y.z or its beginning, by other means.
static bool read_version(uint64_t parts[3], const char *text)
{
    for (int i = 0; i < 3; i++) {
        char *end;

        if (!isdigit((unsigned char)*text)) {
            return false;
        }
        parts[i] = strtoull(text, &end, 10);
        if (parts[i] > VERSION_PART_MAX || (*end != 0 && *end != '.')) {
            return false;
        }
        if (*end == 0) {
            return true;
        }
        text = end + 1;
    }
    return false; // behind the third
}

static void fuzz_version(const char *data)
{
    uint64_t parts[3] = {0};
    int64_t rank;
    int64_t again;
    char text[3 * 20];
    bool is_one = version_rank(&rank, data);

    require(is_one == read_version(parts, data), "it is a version or none");
    if (is_one) {
        snprintf(text, sizeof(text), "%llu.%llu.%llu",
                 (unsigned long long)parts[0], (unsigned long long)parts[1],
                 (unsigned long long)parts[2]);
        require(strlen(text) < VERSION_SIZE && version_rank(&again, text) &&
                    again == rank,
                "the same version, however it is written");
        parts[2]++;
        snprintf(text, sizeof(text), "%llu.%llu.%llu",
                 (unsigned long long)parts[0], (unsigned long long)parts[1],
                 (unsigned long long)parts[2]);
        require(!version_rank(&again, text) || again > rank,
                "the next one is higher");
        require(version_generation(data) == (int64_t)(parts[0] / 1000),
                "the generation is its thousands");
    }
    int64_t generation = version_generation(data);
    require(generation >= 0 && generation <= VERSION_PART_MAX / 1000,
            "a generation is a small number");
}

// --- Fields of JSON --------------------------------------------------------

static void check_fields(const struct fields *f, const char *text, int64_t n)
{
    const cJSON *t = cJSON_GetObjectItemCaseSensitive(f->json, "t");
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(f->json, "n");

    require(cJSON_IsString(t) && text == t->valuestring, "a text is one");
    require(strlen(text) >= 2 && strlen(text) <= 9, "a text keeps its bounds");
    check_text(text, 10);
    require(n >= -7 && n <= 5000000000, "a number keeps its bounds");
    require(item == NULL || cJSON_IsNull(item) ||
                (cJSON_IsNumber(item) && item->valuedouble == (double)n),
            "a number is the one that was sent");
    cJSON_ArrayForEach(item, f->json)
    {
        require(strlen(item->string) == 1 && strchr("tonb", item->string[0]),
                "there are no other fields");
    }
}

static void fuzz_fields(char *body, size_t size)
{
    static const char *const names[] = {"t", "o", "n", "b", NULL};
    struct call call;
    struct fields f;

    call_begin(&call, body, size);
    if (fields_begin(&f, &call)) {
        const char *text = fields_text(&f, "t", 2, 9);
        const char *other = fields_text(&f, "o", 0, 4);
        int64_t n = fields_int(&f, "n", 3, -7, 5000000000);

        (void)fields_bool(&f, "b", false);
        if (fields_good(&f, names)) {
            check_fields(&f, text, n);
            require(other == NULL || strlen(other) <= 4, "no longer");
        }
        require(f.is_bad == (call.status == 400), "wrong is a 400");
        require(f.is_bad || call.status == 0, "right is no answer yet");
        fields_end(&f);
    } else {
        require(call.status == 400, "no object is a 400");
    }
    call_end(&call);
}

// --- Settings --------------------------------------------------------------

static const struct setting settings[] = {
    {"name", "n", SETTING_TEXT, 1, 10, false, 0},
    {"product", "p", SETTING_TEXT, 1, 6, true, 1},
    {"size", "s", SETTING_INT, 1, UINT32_MAX, false, 2},
    {"count", "c", SETTING_INT, 0, 100, true, 0},
    {"hold", "h", SETTING_BOOL, 0, 0, false, 2},
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static bool is_checked;
static size_t writes;

static void check_value(const struct setting *s, const struct db_value *value)
{
    if (value->kind == DB_NULL) {
        require(s->may_be_null, "nothing is allowed");
    } else if (s->type == SETTING_TEXT) {
        require(value->kind == DB_TEXT, "a text is written");
        require(strlen(value->text) >= (size_t)s->least &&
                    strlen(value->text) <= (size_t)s->most,
                "of a length that is allowed");
        check_text(value->text, (size_t)s->most + 1);
    } else {
        require(value->kind == DB_INT && value->number >= s->least &&
                    value->number <= (s->type == SETTING_BOOL ? 1 : s->most),
                "a number is written that is allowed");
    }
}

enum db_status db_query(struct db_conn *c, struct db_rows *rows,
                        const char *sql, const struct db_value *values,
                        size_t count)
{
    size_t i = 0;

    (void)c;
    if (rows != NULL) {
        memset(rows, 0, sizeof(*rows));
    }
    while (i < SETTINGS && strcmp(settings[i].sql, sql) != 0) {
        i++;
    }
    require(is_checked && i < SETTINGS && count == 2 && values[0].number == 17,
            "only what was checked is written");
    check_value(&settings[i], &values[1]);
    writes++;
    return DB_OK;
}

enum db_status db_query_int(struct db_conn *c, int64_t *value,
                            int64_t otherwise, const char *sql,
                            const struct db_value *values, size_t count)
{
    (void)otherwise;
    *value = 17; // it is another value
    return db_query(c, NULL, sql, values, count);
}

// The largest of all that are there.
static unsigned effect_of(const cJSON *json)
{
    unsigned effect = 0;

    for (size_t i = 0; i < SETTINGS; i++) {
        if (cJSON_GetObjectItemCaseSensitive(json, settings[i].name) != NULL &&
            settings[i].effect > effect) {
            effect = settings[i].effect;
        }
    }
    return effect;
}

static void fuzz_settings(char *body, size_t size)
{
    static const char *const others[] = {"state", NULL};
    struct call call;
    struct fields f;

    call_begin(&call, body, size);
    if (fields_begin(&f, &call)) {
        is_checked = settings_check(&f, settings, SETTINGS, others);
        require(is_checked == (call.status == 0), "wrong is an answer");
        writes = 0;
        if (is_checked) {
            unsigned effect = 0;

            require(settings_write(NULL, &f, settings, SETTINGS, 17, &effect) ==
                        DB_OK,
                    "it is written");
            require(effect == effect_of(f.json), "an effect is told");
            require(writes <= (size_t)cJSON_GetArraySize(f.json),
                    "no more than was sent");
        }
        is_checked = false;
        fields_end(&f);
    }
    call_end(&call);
}

// --- Queries ---------------------------------------------------------------

// As the query says it, or nothing.
static void check_copy(const char *text, size_t room, const struct call *call,
                       const char *name)
{
    const char *value = call_query(call, name);

    check_text(text, room);
    require(text[0] == 0 || (value != NULL && strcmp(value, text) == 0),
            "a text is as it was sent");
    require(strchr(text, ' ') == NULL, "a text has no blanks");
    bool is_plain = value != NULL && strlen(value) < room;
    for (const char *at = value; is_plain && *at != 0; at++) {
        is_plain = (unsigned char)*at > ' ' && *at != 0x7f;
    }
    require(!is_plain || strcmp(name, "imei") == 0 || strcmp(text, value) == 0,
            "what is plain and fits is taken");
}

static void check_identity(const struct device_request *r,
                           const struct call *call)
{
    size_t size = strlen(r->identity);
    bool is_imei = strcmp(r->identity_kind, "imei") == 0;

    for (size_t i = 0; i < size; i++) {
        require(is_imei ? isdigit((unsigned char)r->identity[i])
                        : isalnum((unsigned char)r->identity[i]) ||
                              strchr("-_:.", r->identity[i]) != NULL,
                "an identity has the characters of its kind");
    }
    if (size > 0) {
        check_copy(r->identity, sizeof(r->identity), call, r->identity_kind);
        require(size >= 4 && (!is_imei || (size >= 14 && size <= 17)),
                "an identity has a length of its kind");
    }
}

static void check_pattern(const char *pattern, const char *text)
{
    size_t at = 1;

    require(pattern[0] == '%', "anything before it");
    require(utf8_is_valid(pattern, strlen(pattern)), "a pattern is UTF-8");
    if (text == NULL || *text == 0) {
        require(pattern[1] == 0, "anything");
        return;
    }
    for (; pattern[at] != '%'; at++, text++) {
        require(pattern[at] != 0 && pattern[at] != '_', "no other wildcards");
        at += pattern[at] == '!';
        require(pattern[at] == *text, "the text is what is searched");
    }
    require(pattern[at + 1] == 0 && at + 2 <= PATTERN_SIZE,
            "anything behind it");
}

// A MAC without its separators, else the text as it is.
static void check_identity_pattern(const char *pattern, const char *text)
{
    char digits[PATTERN_SIZE];

    check_pattern(pattern,
                  text != NULL && identity_part(digits, sizeof(digits), text)
                      ? digits
                      : text);
}

static void fuzz_query(const char *data, size_t size)
{
    struct device_request r;
    struct call call;
    char pattern[PATTERN_SIZE];

    // server.c has refused all others.
    for (size_t at = 0; at < size; at += strlen(data + at) + 1) {
        if (!utf8_is_valid(data + at, strlen(data + at))) {
            return;
        }
    }
    request.pairs = data;
    request.size = size;
    call_begin(&call, NULL, 0);
    device_request_read(&r, &call);
    check_copy(r.project_key, sizeof(r.project_key), &call, "project_key");
    check_copy(r.firmware_name, sizeof(r.firmware_name), &call,
               "firmware_name");
    check_copy(r.version, sizeof(r.version), &call, "version");
    check_copy(r.core_version, sizeof(r.core_version), &call, "core_version");
    check_identity(&r, &call);
    require(r.range_from >= 0, "a range begins somewhere");
    query_pattern(&call, pattern);
    check_pattern(pattern, call_query(&call, "search"));
    query_identity(&call, pattern);
    check_identity_pattern(pattern, call_query(&call, "search"));
    int64_t limit = rows_limit(&call);
    require(limit >= 1 && limit <= 1000000, "a limit is one");
    request.size = 0;
    call_end(&call);
}

// --- Reports ---------------------------------------------------------------

static void fuzz_report(char *body, size_t size)
{
    struct outcome_report r;
    struct call call;

    call_begin(&call, body, size);
    bool is_report = device_report_read(&r, &call);
    require(is_report || r.now == 0, "it is a report or none");
    require(!is_report || (r.project_key[0] != 0 && r.identity[0] != 0 &&
                           r.version[0] != 0),
            "a report says whose and of what");
    check_text(r.project_key, sizeof(r.project_key));
    check_text(r.identity, sizeof(r.identity));
    check_text(r.version, sizeof(r.version));
    check_text(r.phase, sizeof(r.phase));
    check_text(r.reason, sizeof(r.reason));
    call_end(&call);
}

// --- Of rows.c, for what is not called here --------------------------------

bool db_next(struct db_rows *rows)
{
    (void)rows;
    return false;
}

int64_t db_int_at(const struct db_rows *rows, int column)
{
    (void)rows;
    return column;
}

const char *db_text_at(const struct db_rows *rows, int column)
{
    (void)rows;
    (void)column;
    return NULL;
}

bool db_null_at(const struct db_rows *rows, int column)
{
    (void)rows;
    return column < 0;
}

enum db_status db_end(struct db_rows *rows, enum db_status status)
{
    (void)rows;
    return status;
}

// --- Target ----------------------------------------------------------------

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    bool is_text = utf8_is_valid((const char *)data + 1, size - 1);
    char *text = malloc(size);

    require(text != NULL, "memory");
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    require(is_text == is_utf8(data + 1, size - 1), "it is UTF-8 or not");
    switch (data[0] % 6) {
    case 0: fuzz_range(text, size - 1); break;
    case 1: fuzz_version(text); break;
    case 2: fuzz_query(text, size); break;
    // server.c has refused other bodies.
    case 3: is_text ? fuzz_fields(text, size - 1) : (void)0; break;
    case 4: is_text ? fuzz_settings(text, size - 1) : (void)0; break;
    case 5: is_text ? fuzz_report(text, size - 1) : (void)0; break;
    }
    free(text);
    return 0;
}
