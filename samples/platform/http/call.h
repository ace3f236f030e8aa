// SPDX-License-Identifier: MIT
// One request and its answer.
//
// A handler gets the call when its body is here, and answers it by one of the
// functions below, once. What it does not answer becomes a 500.

#ifndef PLATFORM_CALL_H
#define PLATFORM_CALL_H

#include <microhttpd.h>

#include "platform.h"

#define CALL_ADDRESS_SIZE 64u
#define CALL_PARAMETER_SIZE 160u

struct call;

struct route {
    const char *method;
    const char *path; // a part that begins with ':' stands for any one part
    size_t body_max;  // bytes; more is answered by 413
    void (*handle)(struct call *call);
};

struct call {
    struct platform *platform;
    struct MHD_Connection *connection;
    const struct route *route;
    char parameter[CALL_PARAMETER_SIZE]; // of the path
    char address[CALL_ADDRESS_SIZE];     // of the other side
    char *body;                          // zero-terminated; NULL: none
    size_t body_size;
    unsigned failed; // status that the body's arrival has led to; 0: none

    unsigned status; // of the answer; 0: none yet
    struct MHD_Response *response;
    int64_t upgrade_id; // whose package's last byte this answer has; 0: none
};

// A parameter of the query; NULL when it is missing.
const char *call_query(const struct call *call, const char *name);
const char *call_header(const struct call *call, const char *name);

// Answer with a text of this type; it is copied.
void call_answer(struct call *call, unsigned status, const char *type,
                 const char *text);

// Answer with a part of an open file, which is closed. The headers that make it
// resumable are the caller's.
void call_answer_file(struct call *call, unsigned status, int fd, uint64_t from,
                      uint64_t size);

// Answer without a body.
void call_answer_empty(struct call *call, unsigned status);

// Before or after the answer is made: once there is a response.
void call_add_header(struct call *call, const char *name, const char *value);

// A fault of ours or of the database: 500, 503 or 507; logged.
void call_answer_db(struct call *call, enum db_status status,
                    const char *message);

#endif
