// SPDX-License-Identifier: MIT
// Rows of the database as JSON or CSV.

#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "identity.h"

#define NUMBER_DIGITS 18u // of what fits

struct column {
    char name[40];
    char type;
};

// The next "name:type"; false at the end.
static bool next_column(struct column *column, const char **columns)
{
    *columns += strspn(*columns, " ");
    size_t size = strcspn(*columns, ":");
    if (size == 0 || size >= sizeof(column->name) || (*columns)[size] == 0) {
        return false;
    }
    memcpy(column->name, *columns, size);
    column->name[size] = 0;
    column->type = (*columns)[size + 1];
    *columns += size + 2;
    return true;
}

static cJSON *value_of(const struct db_rows *rows, int at, char type)
{
    if (db_null_at(rows, at)) {
        return cJSON_CreateNull();
    }
    switch (type) {
    case 'i': return cJSON_CreateNumber((double)db_int_at(rows, at));
    case 'b': return cJSON_CreateBool(db_int_at(rows, at) != 0);
    default: return cJSON_CreateString(db_text_at(rows, at));
    }
}

static cJSON *object_of(const struct db_rows *rows, const char *columns)
{
    cJSON *object = cJSON_CreateObject();
    struct column column;

    for (int at = 0; next_column(&column, &columns); at++) {
        cJSON_AddItemToObject(object, column.name,
                              value_of(rows, at, column.type));
    }
    return object;
}

// --- CSV -------------------------------------------------------------------

// Quoted where it must be. What a table calculation would take for a formula
// gets a quote before it: reasons come from devices.
static void put_text(FILE *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL && strchr("=+-@\t", text[0]) == NULL) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    if (text[0] != 0 && strchr("=+-@\t", text[0]) != NULL) {
        fputc('\'', out);
    }
    for (; *text != 0; text++) {
        if (*text == '"') {
            fputc('"', out);
        }
        fputc(*text, out);
    }
    fputc('"', out);
}

static void put_line(FILE *out, const struct db_rows *rows, const char *columns)
{
    struct column column;

    for (int at = 0; next_column(&column, &columns); at++) {
        fputs(at > 0 ? "," : "", out);
        if (rows == NULL) {
            fputs(column.name, out);
        } else if (db_null_at(rows, at)) {
            continue;
        } else if (column.type == 's') {
            put_text(out, db_text_at(rows, at));
        } else {
            fprintf(out, "%lld", (long long)db_int_at(rows, at));
        }
    }
    fputs("\r\n", out);
}

static bool is_csv(const struct call *call)
{
    const char *format = call_query(call, "format");

    return format != NULL && strcmp(format, "csv") == 0;
}

// By the last part of the address.
static void name_file(struct call *call)
{
    char text[80];

    snprintf(text, sizeof(text), "attachment; filename=\"%.40s.csv\"",
             strrchr(call->route->path, '/') + 1);
    call_add_header(call, "Content-Disposition", text);
}

static enum db_status answer_csv(struct call *call, const char *columns,
                                 struct db_rows *rows, enum db_status status)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (out != NULL) {
        put_line(out, NULL, columns);
        while (db_next(rows)) {
            put_line(out, rows, columns);
        }
        fclose(out);
    }
    status = db_end(rows, status);
    if (status == DB_OK && text != NULL) {
        call_answer(call, 200, "text/csv; charset=utf-8", text);
        name_file(call);
    }
    free(text);
    return status;
}

// --- The whole -------------------------------------------------------------

static cJSON *array_of(struct db_rows *rows, const char *columns)
{
    cJSON *array = cJSON_CreateArray();

    while (db_next(rows)) {
        cJSON_AddItemToArray(array, object_of(rows, columns));
    }
    return array;
}

cJSON *rows_array(struct call *call, const char *columns, const char *sql,
                  const struct db_value *values, size_t count)
{
    struct db_rows rows;
    cJSON *array = NULL;
    enum db_status status = db_query(call->db, &rows, sql, values, count);

    if (status == DB_OK) {
        array = array_of(&rows, columns);
    }
    status = db_end(&rows, status);
    if (status != DB_OK) {
        cJSON_Delete(array);
        call_answer_db(call, status);
        return NULL;
    }
    return array;
}

static void answer_array(struct call *call, cJSON *array)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddItemToObject(json, "rows", array);
    call_answer_json(call, 200, json);
}

void answer_rows(struct call *call, const char *columns, const char *sql,
                 const struct db_value *values, size_t count)
{
    struct db_rows rows;

    if (!is_csv(call)) {
        cJSON *array = rows_array(call, columns, sql, values, count);

        if (array != NULL) {
            answer_array(call, array);
        }
        return;
    }
    enum db_status status = db_query(call->db, &rows, sql, values, count);
    if (status == DB_OK) {
        status = answer_csv(call, columns, &rows, status);
    }
    if (status != DB_OK) {
        call_answer_db(call, status);
    }
}

cJSON *row_of(struct call *call, const char *columns, const char *sql,
              const struct db_value *values, size_t count)
{
    struct db_rows rows;
    cJSON *object = NULL;
    enum db_status status = db_query(call->db, &rows, sql, values, count);

    if (status == DB_OK && db_next(&rows)) {
        object = object_of(&rows, columns);
    }
    status = db_end(&rows, status);
    if (status != DB_OK) {
        cJSON_Delete(object);
        call_answer_db(call, status);
        return NULL;
    }
    return object;
}

// --- The query -------------------------------------------------------------

// One of the words, if it is there; 400 is the answer when false.
static bool is_word(struct call *call, const char *name,
                    const char *const *words, const char *expected)
{
    const char *text = call_query(call, name);
    bool is_good = text == NULL || text[0] == 0;

    for (; !is_good && *words != NULL; words++) {
        is_good = strcmp(text, *words) == 0;
    }
    if (is_good) {
        return true;
    }
    call_answer_error(call, 400, "%s: expected %s", name, expected);
    return false;
}

bool query_check(struct call *call)
{
    static const char *const states[] = {"running", "done", "failed", NULL};
    static const char *const formats[] = {"json", "csv", NULL};
    static const char *const numbers[] = {
        "limit",     "before",   "after",  "append", "days",
        "forbidden", "firmware", "device", "part",
    };

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const char *text = call_query(call, numbers[i]);

        if (text != NULL && (text[0] == 0 || strlen(text) > NUMBER_DIGITS ||
                             strspn(text, "0123456789") != strlen(text))) {
            call_answer_error(call, 400, "%s: expected a whole number",
                              numbers[i]);
            return false;
        }
    }
    return is_word(call, "state", states, "running, done or failed") &&
           is_word(call, "format", formats, "json or csv");
}

int64_t query_number(const struct call *call, const char *name,
                     int64_t otherwise)
{
    const char *text = call_query(call, name);
    char *end;

    if (text == NULL || *text < '0' || *text > '9') {
        return otherwise;
    }
    int64_t number = strtoll(text, &end, 10);
    return *end == 0 ? number : otherwise;
}

int64_t rows_limit(const struct call *call)
{
    int64_t most = is_csv(call) ? ROWS_CSV_MAX : ROWS_MAX;
    int64_t limit =
        query_number(call, "limit", is_csv(call) ? ROWS_CSV_MAX : ROWS_DEFAULT);

    return limit < 1 ? 1 : limit > most ? most : limit;
}

static void put_pattern(char pattern[PATTERN_SIZE], const char *text)
{
    size_t at = 0;

    pattern[at++] = '%';
    for (; text != NULL && *text != 0 && at + 4 < PATTERN_SIZE; text++) {
        if (strchr("%_!", *text) != NULL) {
            pattern[at++] = '!';
        }
        pattern[at++] = *text;
    }
    while (at > 1 && ((unsigned char)*text & 0xc0) == 0x80) {
        at--; // not a part of a character
        text--;
    }
    if (at > 1) {
        pattern[at++] = '%';
    }
    pattern[at] = 0;
}

void query_pattern(const struct call *call, char pattern[PATTERN_SIZE])
{
    put_pattern(pattern, call_query(call, "search"));
}

void query_identity(const struct call *call, char pattern[PATTERN_SIZE])
{
    const char *text = call_query(call, "search");
    char digits[PATTERN_SIZE];
    bool is_mac = text != NULL && identity_part(digits, sizeof(digits), text);

    put_pattern(pattern, is_mac ? digits : text);
}
