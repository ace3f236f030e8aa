// SPDX-License-Identifier: MIT
// Who may do what: the first start, passwords, sessions, tokens.

#include <string.h>

#include "people.h"
#include "testdb.h"

#define NOW 1000000
#define PASSWORD "correct horse battery"

static enum role log_in(const char *name, const char *password,
                        char secret[SECRET_SIZE])
{
    struct person person;

    assert_int_equal(people_log_in(c, &person, secret, name, password, NOW),
                     DB_OK);
    return person.role;
}

static void test_first_start(void **state)
{
    char first[SECRET_SIZE], second[SECRET_SIZE], session[SECRET_SIZE];

    (void)state;
    assert_int_equal(people_begin(c, first), DB_OK);
    assert_int_equal(people_begin(c, second), DB_OK); // started once more
    assert_string_not_equal(first, second);
    assert_int_equal(people_set_up(c, first, "a", PASSWORD, NOW), DB_TAKEN);
    assert_int_equal(people_set_up(c, "", "a", PASSWORD, NOW), DB_TAKEN);
    assert_int_equal(people_set_up(c, second, "a", PASSWORD, NOW), DB_OK);
    assert_int_equal(people_set_up(c, second, "b", PASSWORD, NOW), DB_TAKEN);
    assert_int_equal(people_begin(c, first), DB_OK);
    assert_string_equal(first, "");
    assert_int_equal(log_in("a", PASSWORD, session), ROLE_ADMIN);
    assert_int_equal(log_in("b", PASSWORD, session), ROLE_NONE);
}

static void test_passwords(void **state)
{
    char session[SECRET_SIZE];
    struct db_rows rows;

    (void)state;
    assert_int_equal(people_add(c, "eve", PASSWORD, ROLE_VIEWER, NOW), DB_OK);
    assert_int_equal(people_add(c, "eve", PASSWORD, ROLE_ADMIN, NOW), DB_TAKEN);
    assert_int_equal(log_in("eve", PASSWORD, session), ROLE_VIEWER);
    assert_int_equal(log_in("eve", PASSWORD "x", session), ROLE_NONE);
    assert_int_equal(log_in("eve", "", session), ROLE_NONE);
    enum db_status status =
        db_query(c, &rows, "SELECT password_hash FROM users", DB_NOTHING);
    assert_int_equal(status, DB_OK);
    assert_true(db_next(&rows));
    assert_non_null(strstr(db_text_at(&rows, 0), "$argon2id$v=19$m=19456,t=2"));
    assert_int_equal(db_end(&rows, status), DB_OK);
}

static void test_sessions(void **state)
{
    char secret[SECRET_SIZE], other[SECRET_SIZE];
    struct person person, later;

    (void)state;
    assert_int_equal(people_add(c, "op", PASSWORD, ROLE_OPERATOR, NOW), DB_OK);
    assert_int_equal(people_log_in(c, &person, secret, "op", PASSWORD, NOW),
                     DB_OK);
    assert_int_equal(people_of_session(c, &later, secret, NOW + 1), DB_OK);
    assert_int_equal(later.role, ROLE_OPERATOR);
    assert_string_equal(later.name, "op");
    assert_string_equal(later.csrf, person.csrf);
    assert_int_equal(people_of_session(c, &later, person.csrf, NOW), DB_OK);
    assert_int_equal(later.role, ROLE_NONE);
    assert_int_equal(
        people_of_session(c, &later, secret, NOW + SESSION_SECONDS), DB_OK);
    assert_int_equal(later.role, ROLE_NONE);
    assert_int_equal(log_in("op", PASSWORD, other), ROLE_OPERATOR);
    assert_int_equal(people_log_out(c, secret), DB_OK);
    assert_int_equal(people_of_session(c, &later, secret, NOW), DB_OK);
    assert_int_equal(later.role, ROLE_NONE);
    assert_int_equal(people_of_session(c, &later, other, NOW), DB_OK);
    assert_int_equal(later.role, ROLE_OPERATOR);
    int64_t id = testdb_int("SELECT id FROM users");
    assert_int_equal(people_change(c, id, NULL, "another password", -1),
                     DB_REFUSED); // for there is no admin
    assert_int_equal(people_add(c, "root", PASSWORD, ROLE_ADMIN, NOW), DB_OK);
    assert_int_equal(people_change(c, id, NULL, "another password", -1), DB_OK);
    assert_int_equal(people_of_session(c, &later, other, NOW), DB_OK);
    assert_int_equal(later.role, ROLE_NONE);
    assert_int_equal(log_in("op", "another password", other), ROLE_OPERATOR);
    assert_int_equal(db_run(c, "UPDATE users SET is_disabled = 1", DB_NOTHING),
                     DB_OK);
    assert_int_equal(people_of_session(c, &later, other, NOW), DB_OK);
    assert_int_equal(later.role, ROLE_NONE);
    assert_int_equal(log_in("op", "another password", other), ROLE_NONE);
}

static void test_tokens(void **state)
{
    char secret[SECRET_SIZE], hash[SECRET_SIZE];
    struct person person;

    (void)state;
    assert_true(secret_make(secret));
    secret_hash(hash, secret);
    assert_int_equal(db_run(c,
                            "INSERT INTO tokens (name, secret_hash, role, "
                            "created_at) VALUES ('ci', $1, 'operator', 1)",
                            DB_WITH(db_text(hash))),
                     DB_OK);
    assert_int_equal(people_of_token(c, &person, secret, NOW), DB_OK);
    assert_int_equal(person.role, ROLE_OPERATOR);
    assert_string_equal(person.name, "token:ci");
    assert_string_equal(person.csrf, "");
    assert_int_equal(testdb_int("SELECT used_at FROM tokens"), NOW);
    assert_int_equal(people_of_token(c, &person, hash, NOW), DB_OK);
    assert_int_equal(person.role, ROLE_NONE);
}

#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, testdb_set_up, testdb_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_first_start),
        TEST(test_passwords),
        TEST(test_sessions),
        TEST(test_tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
