// SPDX-License-Identifier: MIT
// Answers.

#include "call.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

const char *call_query(const struct call *call, const char *name)
{
    return MHD_lookup_connection_value(call->connection, MHD_GET_ARGUMENT_KIND,
                                       name);
}

const char *call_header(const struct call *call, const char *name)
{
    return MHD_lookup_connection_value(call->connection, MHD_HEADER_KIND, name);
}

static void set_response(struct call *call, unsigned status,
                         struct MHD_Response *response)
{
    if (call->response != NULL) {
        MHD_destroy_response(call->response);
    }
    call->status = response != NULL ? status : 0;
    call->response = response;
}

void call_answer(struct call *call, unsigned status, const char *type,
                 const char *text)
{
    set_response(call, status,
                 MHD_create_response_from_buffer(strlen(text), (void *)text,
                                                 MHD_RESPMEM_MUST_COPY));
    call_add_header(call, "Content-Type", type);
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

void call_answer_db(struct call *call, enum db_status status,
                    const char *message)
{
    bool is_full = status == DB_FULL;
    bool is_busy = status == DB_AGAIN || status == DB_GONE;

    log_line("%s: database: %s", call->route->path, message);
    call_answer(call,
                is_full   ? 507u
                : is_busy ? 503u
                          : 500u,
                "application/json",
                is_full   ? "{\"error\":\"no room on the disk\"}"
                : is_busy ? "{\"error\":\"the database cannot be reached\"}"
                          : "{\"error\":\"a fault of the platform\"}");
    if (is_busy) {
        call_add_header(call, "Retry-After", "10");
    }
}
