// SPDX-License-Identifier: MIT
// One request and its answer.
//
// A handler gets the call when its body is here and its sender may do it, and
// answers it by one of the functions below. What it does not answer becomes a
// 500.

#ifndef PLATFORM_CALL_H
#define PLATFORM_CALL_H

#include <cjson/cJSON.h>
#include <microhttpd.h>

#include "people.h"
#include "platform.h"

#define CALL_ADDRESS_SIZE 64u
#define CALL_PARAMETER_SIZE 160u

struct call;

struct route {
    const char *method;
    const char *path; // a part that begins with ':' stands for any one part
    enum role role;   // that it takes
    enum {
        BODY_NONE,
        BODY_TEXT, // in memory
        BODY_FILE, // written to a new blob, which the handler keeps or not
    } body;
    uint64_t body_max; // bytes; more is answered by 413
    void (*handle)(struct call *call);
};

struct call {
    struct platform *platform;
    struct db_conn *db; // while a handler runs
    struct MHD_Connection *connection;
    const struct route *route;
    bool is_last; // what follows on this connection is not looked at
    bool is_site; // a module asks: it reads errors in a form of their own
    struct person person;
    char parameter[CALL_PARAMETER_SIZE]; // of the path
    char address[CALL_ADDRESS_SIZE];     // of the other side
    char *body;                          // zero-terminated; NULL: none
    size_t body_size;
    struct blob_writer file; // of BODY_FILE; fd is -1 otherwise
    unsigned failed;         // status that its arrival has led to; 0: none

    unsigned status; // of the answer; 0: none yet
    struct MHD_Response *response;
    int64_t upgrade_id; // whose package's last byte this answer has; 0: none
    int64_t asked;      // its request's number
};

// A parameter of the query; NULL when it is missing.
const char *call_query(const struct call *call, const char *name);
const char *call_header(const struct call *call, const char *name);

// The path's parameter as a number; 0 when it is none.
int64_t call_id(const struct call *call);

// The body as a JSON object, to be freed with cJSON_Delete; NULL when it is none.
// After call_json 400 is the answer then.
cJSON *call_body(const struct call *call);
cJSON *call_json(struct call *call);

// Answer with a text of this type; it is copied.
void call_answer(struct call *call, unsigned status, const char *type,
                 const char *text);

// Answer with a JSON value, which is freed.
void call_answer_json(struct call *call, unsigned status, cJSON *json);

// Answer {"error": ...}, or to modules {"code":STATUS,"msg":...}: short, without
// blanks and in ASCII. A 429 and a 503 have code 43 there, which makes them ask
// again soon.
__attribute__((format(printf, 3, 4))) void
call_answer_error(struct call *call, unsigned status, const char *format, ...);

// Answer with a part of an open file, which is closed. The headers that make it
// resumable are the caller's.
void call_answer_file(struct call *call, unsigned status, int fd, uint64_t from,
                      uint64_t size);

// Answer without a body.
void call_answer_empty(struct call *call, unsigned status);

// Once there is an answer.
void call_add_header(struct call *call, const char *name, const char *value);

// A fault of ours or of the database: 409, 500, 503 or 507; logged.
void call_answer_db(struct call *call, enum db_status status);
void call_answer_blob(struct call *call, enum blob_status status);

#endif
