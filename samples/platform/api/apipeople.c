// SPDX-License-Identifier: MIT
// Logging in, users, tokens, and who did what.

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "access.h"
#include "apipart.h"
#include "flood.h"
#include "jsonfields.h"
#include "log.h"
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

// Too late to undo what was done: a note that fails is in the log.
static void note(struct call *call, const char *action, const char *object,
                 const char *detail)
{
    if (people_note_now(call->db, &call->person, call->address, action, object,
                        detail) != DB_OK) {
        log_line("audit: %s %s: %s", action, object, db_message(call->db));
    }
}

// Passwords take time to try, and all who answer modules would wait for that.
static bool may_try(struct call *call)
{
    if (flood_allows(call->platform->logins, call->address, time(NULL))) {
        return true;
    }
    call_answer_error(call, 429, "too many passwords from this address");
    call_add_header(call, "Retry-After", "10");
    return false;
}

void api_setup(struct call *call)
{
    static const char *const names[] = {"secret", "name", "password", NULL};
    struct fields f;

    if (!may_try(call) || !fields_begin(&f, call)) {
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
            note(call, "add user", name, "the first admin");
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

    if (!may_try(call) || !fields_begin(&f, call)) {
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
    if (is_good && status == DB_OK && call->person.role == ROLE_NONE) {
        note(call, "fail to log in", name, NULL);
    }
    fields_end(&f);
    if (status != DB_OK) {
        call_answer_db(call, status);
    } else if (is_good && call->person.role == ROLE_NONE) {
        call_answer_error(call, 401, "name and password do not go together");
    } else if (is_good) {
        note(call, "log in", call->person.name, NULL);
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

static void begin_session(struct call *call, const char *name,
                          const char *password)
{
    char secret[SECRET_SIZE] = "";
    enum db_status status = people_log_in(call->db, &call->person, secret, name,
                                          password, time(NULL));

    if (status != DB_OK) {
        call_answer_db(call, status);
        return;
    }
    answer_person(call, 200);
    add_cookie(call, secret, SESSION_SECONDS);
}

static void change_own(struct call *call, const char *old, const char *password)
{
    char name[PERSON_NAME_SIZE];
    enum role role;

    snprintf(name, sizeof(name), "%s", call->person.name);
    enum db_status status =
        people_change_own(call->db, &role, name, old, password);
    if (status != DB_OK) {
        call_answer_db(call, status);
    } else if (role == ROLE_NONE) {
        call_answer_error(call, 403, "the old password is wrong");
    } else {
        note(call, "change password", name, NULL);
        begin_session(call, name, password);
    }
}

// {"old", "password"}: all sessions end, and a new one begins. A program's token
// has no password.
void api_me_password(struct call *call)
{
    static const char *const names[] = {"old", "password", NULL};
    struct fields f;

    if (!person_is_user(&call->person)) {
        call_answer_error(call, 403, "you may not do this");
        return;
    }
    if (!may_try(call) || !fields_begin(&f, call)) {
        return;
    }
    const char *old = fields_text(&f, "old", 1, PASSWORD_MOST);
    const char *password =
        fields_text(&f, "password", PASSWORD_LEAST, PASSWORD_MOST);
    if (fields_good(&f, names)) {
        change_own(call, old, password);
    }
    fields_end(&f);
}

// --- Users -----------------------------------------------------------------

void api_users(struct call *call)
{
    answer_rows(call, "id:i name:s role:s is_disabled:b created_at:i",
                "SELECT id, name, role, is_disabled, created_at FROM users "
                "ORDER BY name LIMIT $1",
                DB_WITH(db_int(rows_limit(call))));
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
        } else if (strncmp(name, "token:", 6) == 0) {
            call_answer_error(call, 400, "name: tokens are called so");
        } else {
            enum db_status status =
                people_add(call->db, name, password, role, time(NULL));

            if (status != DB_OK) {
                call_answer_db(call, status);
            } else {
                note(call, "add user", name, role_text);
                call_answer_empty(call, 204);
            }
        }
    }
    fields_end(&f);
}

// What was changed of an account; never the password itself.
static void note_user(struct call *call, int64_t id, const char *role,
                      bool has_password, int64_t disabled)
{
    char name[PERSON_NAME_SIZE];
    char detail[128];

    snprintf(detail, sizeof(detail), "%s%s%s%s", role != NULL ? "role " : "",
             role != NULL ? role : "", has_password ? " new password" : "",
             disabled > 0    ? " locked"
             : disabled == 0 ? " unlocked"
                             : "");
    (void)db_query_text(call->db, name, sizeof(name),
                        "SELECT name FROM users WHERE id = $1",
                        DB_WITH(db_int(id)));
    note(call, "change user", name, detail + (detail[0] == ' '));
}

// A new role, a new password, locked or not.
void api_user_change(struct call *call)
{
    static const char *const names[] = {"password", "role", "is_disabled",
                                        NULL};
    struct fields f;
    enum role role = ROLE_NONE;
    enum db_status status = DB_OK;
    int64_t id = call_id(call);

    if (!exists(call, "SELECT id FROM users WHERE id = $1") ||
        !fields_begin(&f, call)) {
        return;
    }
    const char *password =
        fields_has(&f, "password")
            ? fields_text(&f, "password", PASSWORD_LEAST, PASSWORD_MOST)
            : NULL;
    const char *role_text = fields_text(&f, "role", 0, 16);
    int64_t disabled = fields_has(&f, "is_disabled")
                           ? fields_bool(&f, "is_disabled", false)
                           : -1;
    bool is_good = fields_good(&f, names);
    if (is_good && role_text != NULL && !role_of(&role, role_text)) {
        is_good = false;
        call_answer_error(call, 400,
                          "role: expected viewer, operator or admin");
    }
    if (is_good) {
        status = people_change(call->db, id, role_text, password, disabled);
    }
    if (status == DB_REFUSED) {
        call_answer_error(call, 409, "this is the last admin");
    } else if (status != DB_OK) {
        call_answer_db(call, status);
    } else if (is_good) {
        note_user(call, id, role_text, password != NULL, disabled);
        call_answer_empty(call, 204);
    }
    fields_end(&f);
}

// --- Tokens ----------------------------------------------------------------

struct token_work {
    const struct call *call;
    const char *name;
    enum role role;
    char hash[SECRET_SIZE];
};

static enum db_status add_token(struct db_conn *c, void *context)
{
    const struct token_work *w = context;
    const struct person *person = &w->call->person;
    enum db_status status = db_run(
        c,
        "INSERT INTO tokens (name, secret_hash, role, created_at, user_id) "
        "VALUES ($1, $2, $3, $4, $5)",
        DB_WITH(db_text(w->name), db_text(w->hash), db_text(role_name(w->role)),
                db_int(time(NULL)), person_user(person)));

    return status == DB_OK
               ? people_note(c, person, w->call->address, "add token", w->name,
                             role_name(w->role))
               : status;
}

// The secret is in this answer, and nowhere else.
static void answer_token(struct call *call, const char *name, enum role role)
{
    struct token_work w = {call, name, role, ""};
    char secret[SECRET_SIZE];

    if (!secret_make(secret)) {
        return;
    }
    secret_hash(w.hash, secret);
    enum db_status status = db_transact(call->db, add_token, &w);
    if (status != DB_OK) {
        call_answer_db(call, status);
        return;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "token", secret);
    call_answer_json(call, 201, json);
}

void api_token_add(struct call *call)
{
    static const char *const names[] = {"name", "role", NULL};
    struct fields f;
    enum role role;

    if (!fields_begin(&f, call)) {
        return;
    }
    const char *name = fields_text(&f, "name", 1, 50);
    const char *role_text = fields_text(&f, "role", 1, 16);
    if (fields_good(&f, names)) {
        if (role_of(&role, role_text)) {
            answer_token(call, name, role);
        } else {
            call_answer_error(call, 400,
                              "role: expected viewer, operator or admin");
        }
    }
    fields_end(&f);
}

static enum db_status remove_token(struct db_conn *c, void *context)
{
    const struct call *call = context;
    char name[PERSON_NAME_SIZE];
    enum db_status status =
        db_query_text(c, name, sizeof(name),
                      "DELETE FROM tokens WHERE id = $1 RETURNING name",
                      DB_WITH(db_int(call_id(call))));

    return status == DB_OK ? people_note(c, &call->person, call->address,
                                         "remove token", name, NULL)
                           : status;
}

void api_token_remove(struct call *call)
{
    if (!exists(call, "SELECT id FROM tokens WHERE id = $1")) {
        return;
    }
    enum db_status status = db_transact(call->db, remove_token, call);
    if (status != DB_OK) {
        call_answer_db(call, status);
    } else {
        call_answer_empty(call, 204);
    }
}

void api_tokens(struct call *call)
{
    answer_rows(call, "id:i name:s role:s created_at:i used_at:i",
                "SELECT id, name, role, created_at, used_at FROM tokens "
                "ORDER BY name LIMIT $1",
                DB_WITH(db_int(rows_limit(call))));
}

// ?search= in all that is said, ?before=ID; newest first.
void api_audit(struct call *call)
{
    char pattern[PATTERN_SIZE];

    query_pattern(call, pattern);
    answer_rows(call, "id:i at:i who:s address:s action:s object:s detail:s",
                "SELECT id, at, who, address, action, object, detail FROM "
                "audit WHERE id < $1 AND lower(who || ' ' || action || ' ' || "
                "object || ' ' || coalesce(detail, '') || ' ' || address) LIKE "
                "lower($2) ESCAPE '!' ORDER BY id DESC LIMIT $3",
                DB_WITH(db_int(query_number(call, "before", INT64_MAX)),
                        db_text(pattern), db_int(rows_limit(call))));
}
