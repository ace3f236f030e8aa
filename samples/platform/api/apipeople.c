// SPDX-License-Identifier: MIT
// Logging in, users, tokens, and who did what.

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "access.h"
#include "fields.h"
#include "routes.h"
#include "rows.h"

static void answer_person(struct call *call, unsigned status)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "name", call->person.name);
    cJSON_AddStringToObject(json, "role", role_name(call->person.role));
    cJSON_AddStringToObject(json, "csrf", call->person.csrf);
    call_answer_json(call, status, json);
}

static void add_cookie(struct call *call, const char *secret, int seconds)
{
    char text[192];

    snprintf(text, sizeof(text),
             ACCESS_COOKIE "=%s; Path=/; Max-Age=%d; HttpOnly; "
                           "SameSite=Strict%s",
             secret, seconds,
             call->platform->settings.is_secure ? "; Secure" : "");
    call_add_header(call, "Set-Cookie", text);
}

static bool note(struct call *call, const char *action, const char *object,
                 const char *detail)
{
    return people_note(call->db, &call->person, call->address, action, object,
                       detail) == DB_OK;
}

void api_setup(struct call *call)
{
    static const char *const names[] = {"secret", "name", "password", NULL};
    struct fields f;

    if (!fields_begin(&f, call)) {
        return;
    }
    const char *secret = fields_text(&f, "secret", 1, SECRET_SIZE);
    const char *name = fields_text(&f, "name", 1, PERSON_NAME_SIZE - 1);
    const char *password =
        fields_text(&f, "password", PASSWORD_LEAST, PASSWORD_MOST);
    if (fields_good(&f, names)) {
        enum db_status status =
            people_set_up(call->db, secret, name, password, time(NULL));

        if (status == DB_TAKEN) {
            call_answer_error(call, 403, "the link is wrong or was used");
        } else if (status != DB_OK) {
            call_answer_db(call, status);
        } else {
            call_answer_empty(call, 204);
        }
    }
    fields_end(&f);
}

void api_login(struct call *call)
{
    static const char *const names[] = {"name", "password", NULL};
    char secret[SECRET_SIZE] = "";
    struct fields f;

    if (!fields_begin(&f, call)) {
        return;
    }
    const char *name = fields_text(&f, "name", 1, PERSON_NAME_SIZE - 1);
    const char *password = fields_text(&f, "password", 1, PASSWORD_MOST);
    enum db_status status = DB_OK;
    bool is_good = fields_good(&f, names);
    if (is_good) {
        status = people_log_in(call->db, &call->person, secret, name, password,
                               time(NULL));
    }
    fields_end(&f);
    if (status != DB_OK) {
        call_answer_db(call, status);
    } else if (is_good && call->person.role == ROLE_NONE) {
        call_answer_error(call, 401, "name and password do not go together");
    } else if (is_good) {
        (void)note(call, "log in", call->person.name, NULL);
        answer_person(call, 200);
        add_cookie(call, secret, SESSION_SECONDS);
    }
}

void api_logout(struct call *call)
{
    const char *cookie = access_cookie(call);
    enum db_status status =
        cookie != NULL ? people_log_out(call->db, cookie) : DB_OK;

    if (status != DB_OK) {
        call_answer_db(call, status);
        return;
    }
    call_answer_empty(call, 204);
    add_cookie(call, "", 0);
}

void api_me(struct call *call)
{
    answer_person(call, 200);
}

// --- Users -----------------------------------------------------------------

void api_users(struct call *call)
{
    answer_rows(call, "id:i name:s role:s is_disabled:b created_at:i",
                "SELECT id, name, role, is_disabled, created_at FROM users "
                "ORDER BY name",
                DB_NOTHING);
}

void api_user_add(struct call *call)
{
    static const char *const names[] = {"name", "password", "role", NULL};
    struct fields f;
    enum role role;

    if (!fields_begin(&f, call)) {
        return;
    }
    const char *name = fields_text(&f, "name", 1, PERSON_NAME_SIZE - 1);
    const char *password =
        fields_text(&f, "password", PASSWORD_LEAST, PASSWORD_MOST);
    const char *role_text = fields_text(&f, "role", 1, 16);
    if (fields_good(&f, names)) {
        if (!role_of(&role, role_text)) {
            call_answer_error(call, 400,
                              "role: expected viewer, operator or admin");
        } else {
            enum db_status status =
                people_add(call->db, name, password, role, time(NULL));

            if (status != DB_OK) {
                call_answer_db(call, status);
            } else {
                (void)note(call, "add user", name, role_text);
                call_answer_empty(call, 204);
            }
        }
    }
    fields_end(&f);
}

void api_tokens(struct call *call)
{
    answer_rows(call, "id:i name:s role:s created_at:i used_at:i",
                "SELECT id, name, role, created_at, used_at FROM tokens "
                "ORDER BY name",
                DB_NOTHING);
}

void api_audit(struct call *call)
{
    answer_rows(call, "id:i at:i who:s address:s action:s object:s detail:s",
                "SELECT id, at, who, address, action, object, detail FROM "
                "audit WHERE id < $1 ORDER BY id DESC LIMIT $2",
                DB_WITH(db_int(query_number(call, "before", INT64_MAX)),
                        db_int(rows_limit(call))));
}
