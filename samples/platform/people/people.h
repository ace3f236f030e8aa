// SPDX-License-Identifier: MIT
// Who may do what.

#ifndef PLATFORM_PEOPLE_H
#define PLATFORM_PEOPLE_H

#include "db.h"
#include "secret.h"

enum role {
    ROLE_NONE, // not logged in
    ROLE_VIEWER,
    ROLE_OPERATOR, // firmware, roll-outs, devices
    ROLE_ADMIN,    // people, projects
};

#define PERSON_NAME_SIZE 64u
#define SESSION_SECONDS (12 * 3600)

struct person {
    char name[PERSON_NAME_SIZE]; // of a user, or "token:NAME"
    enum role role;
    int64_t user;           // whose session or token this is; 0: nobody's
    char csrf[SECRET_SIZE]; // that changes must carry; empty for tokens
};

// Or it is a program, by its token.
static inline bool person_is_user(const struct person *person)
{
    return person->csrf[0] != 0;
}

// Whose changes these are, as a column has it.
static inline struct db_value person_user(const struct person *person)
{
    return person->user != 0 ? db_int(person->user) : db_null();
}

const char *role_name(enum role role);
bool role_of(enum role *role, const char *name);

// The first start: when there is no user, a secret with which the first admin
// can be made, once. Empty when there is a user already.
enum db_status people_begin(struct db_conn *c, char secret[SECRET_SIZE]);

// Make the first admin. DB_TAKEN when the secret is wrong or used up.
enum db_status people_set_up(struct db_conn *c, const char *secret,
                             const char *name, const char *password,
                             int64_t now);

// Add a user. DB_TAKEN when the name is in use.
enum db_status people_add(struct db_conn *c, const char *name,
                          const char *password, enum role role, int64_t now);

// A user's new role, password, which ends his sessions, and whether he is locked,
// which ends his tokens too, for good. DB_REFUSED: no admin would be left, and
// nothing is changed.
enum db_status people_change(struct db_conn *c, int64_t user,
                             const char *role,     // NULL: as it is
                             const char *password, // NULL: as it is
                             int64_t is_locked);   // below 0: as it is

// Change one's own password. ROLE_NONE in *ROLE: the old one is wrong.
enum db_status people_change_own(struct db_conn *c, enum role *role,
                                 const char *name, const char *old,
                                 const char *password);

// A new session's secret. person->role is ROLE_NONE when name and password do
// not go together.
enum db_status people_log_in(struct db_conn *c, struct person *person,
                             char secret[SECRET_SIZE], const char *name,
                             const char *password, int64_t now);
enum db_status people_log_out(struct db_conn *c, const char *secret);

// Whose session or token this is; ROLE_NONE when it is none. A token may do no
// more than its owner.
enum db_status people_of_session(struct db_conn *c, struct person *person,
                                 const char *secret, int64_t now);
enum db_status people_of_token(struct db_conn *c, struct person *person,
                               const char *secret, int64_t now);

// Note what somebody did: within the transaction that does it, or, where that
// is over, by itself.
enum db_status people_note(struct db_conn *c, const struct person *person,
                           const char *address, const char *action,
                           const char *object, const char *detail);
enum db_status people_note_now(struct db_conn *c, const struct person *person,
                               const char *address, const char *action,
                               const char *object, const char *detail);

#endif
