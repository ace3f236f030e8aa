// SPDX-License-Identifier: MIT
// Fields of a JSON object.

#include "jsonfields.h"

#include <string.h>

void fields_end(struct fields *f)
{
    cJSON_Delete(f->json);
    f->json = NULL;
}

// One name twice: who sends it, and who looks at it, may mean either.
static bool is_clear(struct fields *f)
{
    for (const cJSON *one = f->json->child; one != NULL; one = one->next) {
        for (const cJSON *other = one->next; other != NULL;
             other = other->next) {
            if (strcmp(one->string, other->string) == 0) {
                call_answer_error(f->call, 400, "%.60s: is there twice",
                                  one->string);
                return false;
            }
        }
    }
    return true;
}

bool fields_begin(struct fields *f, struct call *call)
{
    *f = (struct fields){.call = call, .json = call_json(call)};
    if (f->json != NULL && !is_clear(f)) {
        fields_end(f);
    }
    return f->json != NULL;
}

static const cJSON *find(const struct fields *f, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(f->json, name);

    return cJSON_IsNull(item) ? NULL : item;
}

bool fields_has(const struct fields *f, const char *name)
{
    return find(f, name) != NULL;
}

static bool is_plain(const char *text)
{
    for (; *text != 0; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f) {
            return false;
        }
    }
    return true;
}

const char *fields_text(struct fields *f, const char *name, size_t least,
                        size_t most)
{
    const cJSON *item = find(f, name);
    const char *text = cJSON_IsString(item) ? item->valuestring : NULL;

    if (f->is_bad || (item == NULL && least == 0)) {
        return NULL;
    }
    if (text == NULL || strlen(text) < least || strlen(text) > most ||
        !is_plain(text)) {
        f->is_bad = true;
        call_answer_error(f->call, 400,
                          "%s: expected a text of %zu to %zu bytes without "
                          "control characters",
                          name, least, most);
        return NULL;
    }
    return text;
}

int64_t fields_int(struct fields *f, const char *name, int64_t otherwise,
                   int64_t least, int64_t most)
{
    const cJSON *item = find(f, name);

    if (f->is_bad || item == NULL) {
        return otherwise;
    }
    double value = cJSON_IsNumber(item) ? item->valuedouble : 0.5;
    if (!(value >= (double)least && value <= (double)most) ||
        (double)(int64_t)value != value) {
        f->is_bad = true;
        call_answer_error(f->call, 400,
                          "%s: expected a whole number from %lld to %lld", name,
                          (long long)least, (long long)most);
        return otherwise;
    }
    return (int64_t)value;
}

bool fields_bool(struct fields *f, const char *name, bool otherwise)
{
    const cJSON *item = find(f, name);

    if (f->is_bad || item == NULL) {
        return otherwise;
    }
    if (!cJSON_IsBool(item)) {
        f->is_bad = true;
        call_answer_error(f->call, 400, "%s: expected true or false", name);
    }
    return cJSON_IsTrue(item);
}

bool fields_good(struct fields *f, const char *const *names)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, f->json)
    {
        size_t i = 0;

        while (names[i] != NULL && strcmp(names[i], item->string) != 0) {
            i++;
        }
        if (names[i] == NULL && !f->is_bad) {
            f->is_bad = true;
            call_answer_error(f->call, 400, "%.60s: there is no such field",
                              item->string);
        }
    }
    return !f->is_bad;
}
