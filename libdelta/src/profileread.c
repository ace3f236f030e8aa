// SPDX-License-Identifier: MIT
// Reads a profile from JSON.

#include <cjson/cJSON.h>
#include <string.h>

#include "errors.h"
#include "profile.h"
#include "text.h"

#define SHOWN_MAX 40 // bytes of a member's name

static enum delta_status refuse(struct delta_error *error, const char *member,
                                const char *what, const char *expected)
{
    char shown[SHOWN_MAX + 1];

    strncpy(shown, member, SHOWN_MAX);
    shown[SHOWN_MAX] = 0;
    delta_text_clean(shown);
    return delta_fail(error, DELTA_ERR_PROFILE, "profile",
                      "%s %s (expected %s)", shown, what, expected);
}

static const struct delta_profile_field *find_field(const char *name)
{
    const struct delta_profile_field *f = delta_profile_fields;

    while (f->name != NULL && strcmp(f->name, name) != 0) {
        f++;
    }
    return f->name != NULL ? f : NULL;
}

static enum delta_status read_name(struct delta_profile *profile,
                                   const cJSON *member,
                                   struct delta_error *error)
{
    const char *text = cJSON_GetStringValue(member);

    if (text == NULL || text[0] == 0 || strlen(text) > DELTA_TEXT_MAX ||
        !delta_text_is_clean(text)) {
        return refuse(error, "name", "is no name", "a text of 1 to 64 bytes");
    }
    strcpy(profile->name, text);
    return DELTA_OK;
}

static enum delta_status read_field(struct delta_profile *profile,
                                    const struct delta_profile_field *field,
                                    const cJSON *member,
                                    struct delta_error *error)
{
    double found = member->valuedouble;

    if (!cJSON_IsNumber(member)) {
        return refuse(error, field->name, "is no number", "an integer");
    }
    if (!(found >= field->min && found <= field->max) ||
        found != (double)(uint32_t)found) {
        return delta_fail(error, DELTA_ERR_PROFILE, "profile",
                          "%s is out of range (found %.15g, expected an "
                          "integer from %lu to %lu)",
                          field->name, found, (unsigned long)field->min,
                          (unsigned long)field->max);
    }
    uint32_t value = (uint32_t)found;
    memcpy((char *)profile + field->offset, &value, sizeof(value));
    return DELTA_OK;
}

static enum delta_status read_member(struct delta_profile *profile,
                                     const cJSON *member,
                                     struct delta_error *error)
{
    const struct delta_profile_field *field = find_field(member->string);

    for (const cJSON *m = member->next; m != NULL; m = m->next) {
        if (strcmp(m->string, member->string) == 0) {
            return refuse(error, m->string, "is given twice",
                          "each member once");
        }
    }
    if (strcmp(member->string, "like") == 0) {
        return DELTA_OK; // read first
    }
    if (strcmp(member->string, "name") == 0) {
        return read_name(profile, member, error);
    }
    if (field == NULL) {
        return refuse(error, member->string, "is unknown",
                      "a field of struct delta_profile, name or like");
    }
    return read_field(profile, field, member, error);
}

// What the profile begins as: another one, or nothing, so that every field
// must be there.
static enum delta_status read_like(struct delta_profile *profile,
                                   const cJSON *object,
                                   struct delta_error *error)
{
    const cJSON *like = cJSON_GetObjectItemCaseSensitive(object, "like");

    if (like != NULL) {
        const char *name = cJSON_GetStringValue(like);
        const struct delta_profile *found =
            name != NULL ? delta_profile_find(name) : NULL;
        if (found == NULL) {
            return refuse(error, "like", "names no profile that is built in",
                          delta_profile_names());
        }
        *profile = *found;
        return DELTA_OK;
    }
    if (cJSON_GetObjectItemCaseSensitive(object, "name") == NULL) {
        return refuse(error, "name", "is missing", "every field, or \"like\"");
    }
    for (const struct delta_profile_field *f = delta_profile_fields;
         f->name != NULL; f++) {
        if (cJSON_GetObjectItemCaseSensitive(object, f->name) == NULL) {
            return refuse(error, f->name, "is missing",
                          "every field, or \"like\"");
        }
    }
    return DELTA_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// The one object that the text is; NULL, and where it is something else.
static cJSON *parse(const char *json, size_t size, size_t *bad_at)
{
    const char *end = json;
    cJSON *object = cJSON_ParseWithLengthOpts(json, size, &end, false);

    *bad_at = 0;
    if (object == NULL || cJSON_IsObject(object)) {
        *bad_at = (size_t)(end - json);
        while (object != NULL && *bad_at < size && is_blank(json[*bad_at])) {
            (*bad_at)++;
        }
        if (object != NULL && *bad_at == size) {
            return object;
        }
    }
    cJSON_Delete(object);
    return NULL;
}

enum delta_status delta_profile_read(struct delta_profile *profile,
                                     const void *json, size_t json_size,
                                     struct delta_error *error)
{
    size_t bad_at;
    cJSON *object = parse(json, json_size, &bad_at);

    memset(profile, 0, sizeof(*profile));
    if (object == NULL) {
        return delta_fail(error, DELTA_ERR_PROFILE, "profile",
                          "no JSON object (found something else at byte %zu)",
                          bad_at);
    }
    enum delta_status status = read_like(profile, object, error);
    for (const cJSON *m = object->child; m != NULL && status == DELTA_OK;
         m = m->next) {
        status = read_member(profile, m, error);
    }
    if (status == DELTA_OK) {
        status = delta_profile_check(profile, error);
    }
    if (status != DELTA_OK) {
        memset(profile, 0, sizeof(*profile));
    }
    cJSON_Delete(object);
    return status;
}
