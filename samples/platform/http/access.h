// SPDX-License-Identifier: MIT
// Who sends a request, and whether he may.

#ifndef PLATFORM_ACCESS_H
#define PLATFORM_ACCESS_H

#include "call.h"

#define ACCESS_COOKIE "dfota_session"

// For routes that take a role. Sets call->person, from a session's cookie or "Authorization: Bearer TOKEN".
// 0, or the status to answer: 401, 403, or that of a database that fails, where
// the answer is made already. A change with a cookie must carry
// the session's X-CSRF-Token: another site's page has the cookie too.
unsigned access_check(struct call *call);

// The session's secret; NULL when there is none.
const char *access_cookie(const struct call *call);

#endif
