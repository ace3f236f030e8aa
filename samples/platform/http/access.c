// SPDX-License-Identifier: MIT
// Who sends a request, and whether he may.

#include "access.h"

#include <string.h>
#include <strings.h>
#include <time.h>

const char *access_cookie(const struct call *call)
{
    const char *value = MHD_lookup_connection_value(
        call->connection, MHD_COOKIE_KIND, ACCESS_COOKIE);

    return value != NULL && strlen(value) == SECRET_SIZE - 1 ? value : NULL;
}

static const char *bearer(const struct call *call)
{
    const char *value = call_header(call, "Authorization");

    return value != NULL && strncasecmp(value, "Bearer ", 7) == 0 ? value + 7
                                                                  : NULL;
}

static bool is_change(const struct call *call)
{
    return strcmp(call->route->method, "GET") != 0;
}

// In constant time: how much is right must not show.
static bool is_same(const char *a, const char *b)
{
    size_t size = strlen(a);
    unsigned differs = 0;

    if (strlen(b) != size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        differs |= (unsigned)((unsigned char)a[i] ^ (unsigned char)b[i]);
    }
    return differs == 0;
}

static enum db_status find_person(struct call *call)
{
    const char *token = bearer(call);
    const char *cookie = access_cookie(call);

    memset(&call->person, 0, sizeof(call->person));
    if (token != NULL) {
        return people_of_token(call->db, &call->person, token, time(NULL));
    }
    return cookie != NULL
               ? people_of_session(call->db, &call->person, cookie, time(NULL))
               : DB_OK;
}

unsigned access_check(struct call *call)
{
    enum db_status status = find_person(call);

    if (status != DB_OK) {
        call_answer_db(call, status);
        return call->status != 0 ? call->status : 503;
    }
    if (call->person.role == ROLE_NONE) {
        return 401;
    }
    if (person_is_user(&call->person) && is_change(call)) {
        const char *csrf = call_header(call, "X-CSRF-Token");

        if (csrf == NULL || !is_same(csrf, call->person.csrf)) {
            return 403;
        }
    }
    return call->person.role >= call->route->role ? 0 : 403;
}
