// SPDX-License-Identifier: MIT
// Columns that an operator may set.

#include "settings.h"

#include <string.h>

static const struct setting *find(const struct setting *settings, size_t count,
                                  const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(settings[i].name, name) == 0) {
            return &settings[i];
        }
    }
    return NULL;
}

static bool is_among(const char *const *names, const char *name)
{
    while (names != NULL && *names != NULL && strcmp(*names, name) != 0) {
        names++;
    }
    return names != NULL && *names != NULL;
}

static void check_one(struct fields *f, const struct setting *s,
                      const cJSON *item)
{
    if (cJSON_IsNull(item)) {
        if (!s->may_be_null) {
            f->is_bad = true;
            call_answer_error(f->call, 400, "%s: cannot be null", s->name);
        }
        return;
    }
    switch (s->type) {
    case SETTING_TEXT:
        (void)fields_text(f, s->name, (size_t)s->least, (size_t)s->most);
        break;
    case SETTING_INT: (void)fields_int(f, s->name, 0, s->least, s->most); break;
    case SETTING_BOOL: (void)fields_bool(f, s->name, false); break;
    }
}

bool settings_check(struct fields *f, const struct setting *settings,
                    size_t count, const char *const *others)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, f->json)
    {
        const struct setting *s = find(settings, count, item->string);

        if (f->is_bad) {
            break;
        }
        if (s != NULL) {
            check_one(f, s, item);
        } else if (!is_among(others, item->string)) {
            f->is_bad = true;
            call_answer_error(f->call, 400, "%.60s: there is no such field",
                              item->string);
        }
    }
    return !f->is_bad;
}

static struct db_value value_of(const struct setting *s, const cJSON *item)
{
    if (cJSON_IsNull(item)) {
        return db_null();
    }
    switch (s->type) {
    case SETTING_TEXT: return db_text(item->valuestring);
    case SETTING_INT: return db_int((int64_t)item->valuedouble);
    default: return db_int(cJSON_IsTrue(item));
    }
}

enum db_status settings_write(struct db_conn *c, const struct fields *f,
                              const struct setting *settings, size_t count,
                              int64_t id, unsigned *effect)
{
    enum db_status status = DB_OK;

    for (size_t i = 0; status == DB_OK && i < count; i++) {
        const struct setting *s = &settings[i];
        const cJSON *item = cJSON_GetObjectItemCaseSensitive(f->json, s->name);
        int64_t changed = 0;

        if (item != NULL) {
            status = db_query_int(c, &changed, 0, s->sql,
                                  DB_WITH(db_int(id), value_of(s, item)));
        }
        if (changed != 0 && s->effect > *effect) {
            *effect = s->effect;
        }
    }
    return status;
}
