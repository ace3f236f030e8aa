// SPDX-License-Identifier: MIT
// A request to samples/platform in a fuzz target, in place of libmicrohttpd and
// the database. Include it once, behind target.h.

#ifndef FUZZ_TARGET_CALL_H
#define FUZZ_TARGET_CALL_H

#include "call.h"
#include "log.h"
#include "utf8.h"

// Parameters and headers, "name=value", each ended by a zero.
static struct {
    const char *pairs;
    size_t size;
} request;

struct MHD_Response {
    char *text;
};

const char *MHD_lookup_connection_value(struct MHD_Connection *connection,
                                        enum MHD_ValueKind kind,
                                        const char *key)
{
    size_t length = strlen(key);
    size_t at = 0;

    (void)connection;
    (void)kind;
    while (at < request.size) {
        const char *pair = request.pairs + at;

        if (strncmp(pair, key, length) == 0 && pair[length] == '=') {
            return pair + length + 1;
        }
        at += strlen(pair) + 1;
    }
    return NULL;
}

// Whatever is answered can be read by the other side.
struct MHD_Response *
MHD_create_response_from_buffer(size_t size, void *buffer,
                                enum MHD_ResponseMemoryMode mode)
{
    struct MHD_Response *response = malloc(sizeof(*response));

    require(response != NULL, "memory");
    require(size == 0 || utf8_is_valid(buffer, size), "an answer is UTF-8");
    response->text = mode == MHD_RESPMEM_MUST_FREE ? buffer : NULL;
    return response;
}

struct MHD_Response *
MHD_create_response_from_fd_at_offset64(uint64_t size, int fd, uint64_t offset)
{
    (void)size;
    (void)fd;
    (void)offset;
    return NULL;
}

void MHD_destroy_response(struct MHD_Response *response)
{
    free(response->text);
    free(response);
}

enum MHD_Result MHD_add_response_header(struct MHD_Response *response,
                                        const char *header, const char *content)
{
    (void)response;
    return header[0] != 0 && content[0] != 0 ? MHD_YES : MHD_NO;
}

void log_line(const char *format, ...)
{
    (void)format;
}

const char *db_message(const struct db_conn *c)
{
    (void)c;
    return "";
}

// --- Of one request --------------------------------------------------------

static inline void call_begin(struct call *call, char *body, size_t size)
{
    static const struct route route = {.method = "", .path = ""};

    memset(call, 0, sizeof(*call));
    call->route = &route;
    call->body = body;
    call->body_size = size;
    call->file.fd = -1;
}

static inline void call_end(struct call *call)
{
    if (call->response != NULL) {
        MHD_destroy_response(call->response);
    }
}

#endif
