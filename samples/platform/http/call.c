// SPDX-License-Identifier: MIT
// Requests and answers.

#include "call.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decide.h"
#include "log.h"
#include "utf8.h"

static const char json_type[] = "application/json; charset=utf-8";

// --- Requests --------------------------------------------------------------

const char *call_query(const struct call *call, const char *name)
{
    return MHD_lookup_connection_value(call->connection, MHD_GET_ARGUMENT_KIND,
                                       name);
}

const char *call_header(const struct call *call, const char *name)
{
    return MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
}

int64_t call_id(const struct call *call)
{
    char *end;
    int64_t id = strtoll(call->parameter, &end, 10);

    return call->parameter[0] >= '0' && call->parameter[0] <= '9' && *end == 0
               ? id
               : 0;
}

cJSON *call_body(const struct call *call)
{
    // A zero would end a text early.
    if (call->body == NULL || strstr(call->body, "\\u0000") != NULL) {
        return NULL;
    }
    cJSON *json =
        cJSON_ParseWithLengthOpts(call->body, call->body_size + 1, NULL, true);
    if (!cJSON_IsObject(json)) {
        cJSON_Delete(json);
        return NULL;
    }
    return json;
}

cJSON *call_json(struct call *call)
{
    cJSON *json = call_body(call);

    if (json == NULL) {
        call_answer_error(call, 400, "the body is no JSON object");
        return NULL;
    }
    return json;
}

// --- Answers ---------------------------------------------------------------

static void set_response(struct call *call, unsigned status,
                         struct MHD_Response *response)
{
    if (call->response != NULL) {
        MHD_destroy_response(call->response);
    }
    call->status = response != NULL ? status : 0;
    call->response = response;
    call_add_header(call, "X-Content-Type-Options", "nosniff");
}

void call_answer(struct call *call, unsigned status, const char *type,
                 const char *text)
{
    set_response(call, status,
                 MHD_create_response_from_buffer(strlen(text), (void *)text,
                                                 MHD_RESPMEM_MUST_COPY));
    call_add_header(call, "Content-Type", type);
}

void call_answer_json(struct call *call, unsigned status, cJSON *json)
{
    char *text = json != NULL ? cJSON_PrintUnformatted(json) : NULL;

    cJSON_Delete(json);
    if (text == NULL) {
        call_answer_error(call, 503, "out of memory");
        return;
    }
    set_response(call, status,
                 MHD_create_response_from_buffer(strlen(text), text,
                                                 MHD_RESPMEM_MUST_FREE));
    call_add_header(call, "Content-Type", json_type);
    call_add_header(call, "Cache-Control", "no-store");
}

static void answer_site_error(struct call *call, unsigned status,
                              const char *text)
{
    char body[200];
    bool is_passing = status == 429 || status == 503;
    size_t at = (size_t)snprintf(body, sizeof(body), "{\"code\":%u,\"msg\":\"",
                                 is_passing ? (unsigned)CODE_WAIT : status);

    for (; *text != 0 && at + 10 < sizeof(body); text++) {
        if (*text == ' ') {
            at += (size_t)snprintf(body + at, sizeof(body) - at, "\\u0020");
        } else if (*text > ' ' && *text < 0x7f &&
                   strchr("\"\\", *text) == NULL) {
            body[at++] = *text;
        }
    }
    snprintf(body + at, sizeof(body) - at, "\"}");
    call_answer(call, status, "application/json", body);
}

void call_answer_error(struct call *call, unsigned status, const char *format,
                       ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (call->is_site) {
        answer_site_error(call, status, text);
        return;
    }
    cJSON *json = cJSON_CreateObject();
    utf8_mend(text); // it may quote what was sent, or a part of that
    if (cJSON_AddStringToObject(json, "error", text) == NULL) {
        cJSON_Delete(json);
        call_answer(call, 503, json_type, "{\"error\":\"out of memory\"}");
        return;
    }
    call_answer_json(call, status, json);
}

void call_answer_file(struct call *call, unsigned status, int fd, uint64_t from,
                      uint64_t size)
{
    struct MHD_Response *response =
        MHD_create_response_from_fd_at_offset64(size, fd, from);

    if (response == NULL) {
        close(fd);
    }
    set_response(call, status, response);
    call_add_header(call, "Content-Type", "application/octet-stream");
}

void call_answer_empty(struct call *call, unsigned status)
{
    set_response(
        call, status,
        MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT));
}

void call_add_header(struct call *call, const char *name, const char *value)
{
    if (call->response != NULL) {
        (void)MHD_add_response_header(call->response, name, value);
    }
}

void call_answer_db(struct call *call, enum db_status status)
{
    switch (status) {
    case DB_TAKEN:
        call_answer_error(call, 409, "there is one of this name already");
        return;
    case DB_FULL: call_answer_error(call, 507, "no room on the disk"); break;
    case DB_AGAIN:
    case DB_GONE:
        call_answer_error(call, 503, "the database cannot be reached");
        call_add_header(call, "Retry-After", "10");
        break;
    default: call_answer_error(call, 500, "a fault of the platform");
    }
    log_line("%s: database: %s", call->route->path, db_message(call->db));
}

void call_answer_blob(struct call *call, enum blob_status status)
{
    switch (status) {
    case BLOB_FULL: call_answer_error(call, 507, "no room on the disk"); break;
    case BLOB_LARGE:
        call_answer_error(call, 413, "the file is too large (at most %llu)",
                          (unsigned long long)call->route->body_max);
        return;
    default: call_answer_error(call, 500, "the file cannot be kept");
    }
    log_line("%s: %s", call->platform->blobs.folder, strerror(errno));
}
