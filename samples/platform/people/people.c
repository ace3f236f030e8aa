// SPDX-License-Identifier: MIT
// Users, sessions, tokens, and who did what.

#include "people.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const roles[] = {"none", "viewer", "operator", "admin"};

const char *role_name(enum role role)
{
    return roles[role];
}

bool role_of(enum role *role, const char *name)
{
    for (size_t i = ROLE_VIEWER; i <= ROLE_ADMIN; i++) {
        if (name != NULL && strcmp(name, roles[i]) == 0) {
            *role = (enum role)i;
            return true;
        }
    }
    return false;
}

// --- The first start -------------------------------------------------------

static enum db_status begin_in(struct db_conn *c, void *context)
{
    char *secret = context;
    char hash[SECRET_SIZE];
    int64_t users = 1;

    secret[0] = 0;
    enum db_status status =
        db_query_int(c, &users, 1, "SELECT count(*) FROM users", DB_NOTHING);
    if (status != DB_OK || users > 0) {
        return status;
    }
    if (!secret_make(secret)) {
        return DB_ERROR;
    }
    secret_hash(hash, secret);
    status = db_run(c, "DELETE FROM setup", DB_NOTHING);
    return status == DB_OK
               ? db_run(c, "INSERT INTO setup (secret_hash) VALUES ($1)",
                        DB_WITH(db_text(hash)))
               : status;
}

enum db_status people_begin(struct db_conn *c, char secret[SECRET_SIZE])
{
    return db_transact(c, begin_in, secret);
}

struct addition {
    const char *secret; // of the first start; NULL: none
    const char *name;
    const char *hash;
    enum role role;
    int64_t now;
};

static enum db_status add_in(struct db_conn *c, void *context)
{
    const struct addition *a = context;
    enum db_status status = DB_OK;

    if (a->secret != NULL) {
        char hash[SECRET_SIZE];
        struct db_rows rows;

        secret_hash(hash, a->secret);
        status = db_query(
            c, &rows, "DELETE FROM setup WHERE secret_hash = $1 RETURNING 1",
            DB_WITH(db_text(hash)));
        bool was_there = status == DB_OK && db_next(&rows);
        status = db_end(&rows, status);
        if (status == DB_OK && !was_there) {
            return DB_TAKEN;
        }
    }
    return status == DB_OK
               ? db_run(c,
                        "INSERT INTO users (name, password_hash, role, "
                        "created_at) VALUES ($1, $2, $3, $4)",
                        DB_WITH(db_text(a->name), db_text(a->hash),
                                db_text(role_name(a->role)), db_int(a->now)))
               : status;
}

static enum db_status add(struct db_conn *c, struct addition *a,
                          const char *password)
{
    char hash[PASSWORD_HASH_SIZE];

    if (!password_hash(hash, password)) {
        return DB_ERROR;
    }
    a->hash = hash;
    return db_transact(c, add_in, a);
}

enum db_status people_set_up(struct db_conn *c, const char *secret,
                             const char *name, const char *password,
                             int64_t now)
{
    struct addition a = {secret, name, NULL, ROLE_ADMIN, now};

    return add(c, &a, password);
}

enum db_status people_add(struct db_conn *c, const char *name,
                          const char *password, enum role role, int64_t now)
{
    struct addition a = {NULL, name, NULL, role, now};

    return add(c, &a, password);
}

// --- Changes ---------------------------------------------------------------

struct user_change {
    int64_t user;
    const char *role;
    const char *hash; // of the password
    int64_t is_locked;
};

// All admins' rows are taken first: two of them must not both be the last but
// one.
static enum db_status change_in(struct db_conn *c, void *context)
{
    const struct user_change *change = context;
    int64_t admins = 0;
    enum db_status status = db_run(
        c, "UPDATE users SET role = role WHERE role = 'admin'", DB_NOTHING);

    if (status == DB_OK) {
        status = db_run(
            c,
            "UPDATE users SET role = coalesce($2, role), password_hash = "
            "coalesce($3, password_hash), is_disabled = CASE WHEN $4 < 0 THEN "
            "is_disabled ELSE $4 END WHERE id = $1",
            DB_WITH(db_int(change->user), db_text(change->role),
                    db_text(change->hash), db_int(change->is_locked)));
    }
    if (status == DB_OK && (change->hash != NULL || change->is_locked > 0)) {
        status = db_run(c, "DELETE FROM sessions WHERE user_id = $1",
                        DB_WITH(db_int(change->user)));
    }
    if (status == DB_OK && change->is_locked > 0) {
        status = db_run(c, "DELETE FROM tokens WHERE user_id = $1",
                        DB_WITH(db_int(change->user)));
    }
    if (status == DB_OK) {
        status = db_query_int(c, &admins, 0,
                              "SELECT count(*) FROM users WHERE role = 'admin' "
                              "AND is_disabled = 0",
                              DB_NOTHING);
    }
    return status == DB_OK && admins == 0 ? DB_REFUSED : status;
}

enum db_status people_change(struct db_conn *c, int64_t user, const char *role,
                             const char *password, int64_t is_locked)
{
    char hash[PASSWORD_HASH_SIZE];
    struct user_change change = {user, role, password != NULL ? hash : NULL,
                                 is_locked};

    return password == NULL || password_hash(hash, password)
               ? db_transact(c, change_in, &change)
               : DB_ERROR;
}

// --- Sessions --------------------------------------------------------------

struct session {
    int64_t user;
    const char *hash;
    const char *csrf;
    int64_t now;
};

static enum db_status add_session(struct db_conn *c, void *context)
{
    const struct session *s = context;
    enum db_status status =
        db_run(c, "DELETE FROM sessions WHERE expires_at <= $1",
               DB_WITH(db_int(s->now)));

    return status == DB_OK
               ? db_run(c,
                        "INSERT INTO sessions (secret_hash, user_id, csrf, "
                        "created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
                        DB_WITH(db_text(s->hash), db_int(s->user),
                                db_text(s->csrf), db_int(s->now),
                                db_int(s->now + SESSION_SECONDS)))
               : status;
}

// The user of this name; none, by person->user, when there is none that may log
// in.
static enum db_status find_user(struct db_conn *c, struct person *person,
                                char hash[PASSWORD_HASH_SIZE], const char *name)
{
    struct db_rows rows;
    enum db_status status =
        db_query(c, &rows,
                 "SELECT id, role, password_hash FROM users WHERE name = $1 "
                 "AND is_disabled = 0",
                 DB_WITH(db_text(name)));

    memset(person, 0, sizeof(*person));
    if (status == DB_OK && db_next(&rows) &&
        role_of(&person->role, db_text_at(&rows, 1))) {
        person->user = db_int_at(&rows, 0);
        snprintf(person->name, sizeof(person->name), "%s", name);
        snprintf(hash, PASSWORD_HASH_SIZE, "%s", db_text_at(&rows, 2));
    }
    return db_end(&rows, status);
}

enum db_status people_log_in(struct db_conn *c, struct person *person,
                             char secret[SECRET_SIZE], const char *name,
                             const char *password, int64_t now)
{
    char hash[PASSWORD_HASH_SIZE];
    char session_hash[SECRET_SIZE];
    enum db_status status = find_user(c, person, hash, name);

    if (status != DB_OK || person->user == 0) {
        password_waste(password);
        return status;
    }
    if (!password_is(hash, password)) {
        person->role = ROLE_NONE;
        return DB_OK;
    }
    if (!secret_make(secret) || !secret_make(person->csrf)) {
        return DB_ERROR;
    }
    secret_hash(session_hash, secret);
    struct session session = {person->user, session_hash, person->csrf, now};
    return db_transact(c, add_session, &session);
}

enum db_status people_change_own(struct db_conn *c, enum role *role,
                                 const char *name, const char *old,
                                 const char *password)
{
    struct person person;
    char hash[PASSWORD_HASH_SIZE];
    enum db_status status = find_user(c, &person, hash, name);

    *role = ROLE_NONE;
    if (status != DB_OK || person.user == 0 || !password_is(hash, old)) {
        return status;
    }
    *role = person.role;
    return people_change(c, person.user, NULL, password, -1);
}

enum db_status people_log_out(struct db_conn *c, const char *secret)
{
    char hash[SECRET_SIZE];

    secret_hash(hash, secret);
    return db_change(c, "DELETE FROM sessions WHERE secret_hash = $1",
                     DB_WITH(db_text(hash)));
}

enum db_status people_of_session(struct db_conn *c, struct person *person,
                                 const char *secret, int64_t now)
{
    char hash[SECRET_SIZE];
    struct db_rows rows;

    memset(person, 0, sizeof(*person));
    secret_hash(hash, secret);
    enum db_status status = db_query(
        c, &rows,
        "SELECT u.name, u.role, s.csrf, u.id FROM sessions s JOIN users u "
        "ON u.id = s.user_id WHERE s.secret_hash = $1 AND "
        "s.expires_at > $2 AND u.is_disabled = 0",
        DB_WITH(db_text(hash), db_int(now)));
    if (status == DB_OK && db_next(&rows)) {
        snprintf(person->name, sizeof(person->name), "%s",
                 db_text_at(&rows, 0));
        (void)role_of(&person->role, db_text_at(&rows, 1));
        snprintf(person->csrf, sizeof(person->csrf), "%s",
                 db_text_at(&rows, 2));
        person->user = db_int_at(&rows, 3);
    }
    return db_end(&rows, status);
}

// --- Tokens ----------------------------------------------------------------

enum db_status people_of_token(struct db_conn *c, struct person *person,
                               const char *secret, int64_t now)
{
    char hash[SECRET_SIZE];
    struct db_rows rows;

    memset(person, 0, sizeof(*person));
    secret_hash(hash, secret);
    enum db_status status = db_query(
        c, &rows,
        "SELECT t.name, t.role, t.used_at, t.user_id, u.role FROM tokens t "
        "LEFT JOIN users u ON u.id = t.user_id WHERE t.secret_hash = $1",
        DB_WITH(db_text(hash)));
    enum role own;
    bool is_stale = false;
    if (status == DB_OK && db_next(&rows)) {
        snprintf(person->name, sizeof(person->name), "token:%.56s",
                 db_text_at(&rows, 0));
        (void)role_of(&person->role, db_text_at(&rows, 1));
        if (role_of(&own, db_text_at(&rows, 4)) && own < person->role) {
            person->role = own;
        }
        person->user = db_int_at(&rows, 3);
        is_stale = db_int_at(&rows, 2) < now - 60; // one write a minute does
    }
    status = db_end(&rows, status);
    return status == DB_OK && is_stale
               ? db_change(
                     c, "UPDATE tokens SET used_at = $2 WHERE secret_hash = $1",
                     DB_WITH(db_text(hash), db_int(now)))
               : status;
}

// --- Who did what ----------------------------------------------------------

// One statement, within a transaction or as one.
typedef enum db_status note_by(struct db_conn *c, const char *sql,
                               const struct db_value *values, size_t count);

static enum db_status note(note_by *run, struct db_conn *c,
                           const struct person *person, const char *address,
                           const char *action, const char *object,
                           const char *detail)
{
    return run(c,
               "INSERT INTO audit (at, who, address, action, object, detail) "
               "VALUES ($1, $2, $3, $4, $5, $6)",
               DB_WITH(db_int(time(NULL)), db_text(person->name),
                       db_text(address), db_text(action), db_text(object),
                       db_text(detail)));
}

enum db_status people_note(struct db_conn *c, const struct person *person,
                           const char *address, const char *action,
                           const char *object, const char *detail)
{
    return note(db_run, c, person, address, action, object, detail);
}

enum db_status people_note_now(struct db_conn *c, const struct person *person,
                               const char *address, const char *action,
                               const char *object, const char *detail)
{
    return note(db_change, c, person, address, action, object, detail);
}
