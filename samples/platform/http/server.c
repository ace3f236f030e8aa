// SPDX-License-Identifier: MIT
// The HTTP server.

#include "server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "access.h"
#include "asking.h"
#include "flood.h"
#include "log.h"
#include "routes.h"
#include "rows.h"
#include "sending.h"
#include "utf8.h"

#define SITE "/api/site/"        // what modules ask
#define PASSWORD_RATE 2u         // a second, of one address
#define CONNECTION_MEMORY 16384u // headers and the write buffer

struct server {
    struct platform *platform;
    struct flood *flood;
    struct sending *sending;
    struct asking *asking;
    struct MHD_Daemon *daemon;
};

// --- Connections -----------------------------------------------------------

static void connection_changed(void *context, struct MHD_Connection *connection,
                               void **asker,
                               enum MHD_ConnectionNotificationCode code)
{
    struct asking *asking = ((struct server *)context)->asking;

    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *asker = asking_begin(
            asking, MHD_get_connection_info(connection,
                                            MHD_CONNECTION_INFO_CONNECTION_FD)
                        ->connect_fd);
    } else {
        asking_end(asking, *asker);
    }
}

static void wait_for_request(struct server *server,
                             struct MHD_Connection *connection, bool is_waiting)
{
    asking_wait(
        server->asking,
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)
            ->socket_context,
        is_waiting);
}

// --- Requests --------------------------------------------------------------

static void put_address(struct call *call)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        call->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info != NULL ? info->client_addr : NULL;

    if (address != NULL) {
        socklen_t size = address->sa_family == AF_INET6
                             ? sizeof(struct sockaddr_in6)
                             : sizeof(struct sockaddr_in);

        (void)getnameinfo(address, size, call->address, sizeof(call->address),
                          NULL, 0, NI_NUMERICHOST);
    }
}

static enum MHD_Result find_forwarded(void *context, enum MHD_ValueKind kind,
                                      const char *name, const char *value)
{
    const char **last = context;

    (void)kind;
    if (strcasecmp(name, "X-Forwarded-For") == 0) {
        *last = value;
    }
    return MHD_YES;
}

// What our proxy has added, to the last of such headers or as one more; what
// came before it may be made up.
static void take_forwarded(struct call *call)
{
    const char *value = NULL;
    (void)MHD_get_connection_values(call->connection, MHD_HEADER_KIND,
                                    find_forwarded, &value);
    const char *last = value != NULL ? strrchr(value, ',') : NULL;
    unsigned char bytes[sizeof(struct in6_addr)];
    char text[CALL_ADDRESS_SIZE];

    last = last != NULL ? last + 1 : value;
    if (last == NULL) {
        return;
    }
    last += strspn(last, " ");
    snprintf(text, sizeof(text), "%.*s", (int)strcspn(last, " "), last);
    if (inet_pton(AF_INET, text, bytes) == 1 ||
        inet_pton(AF_INET6, text, bytes) == 1) {
        memcpy(call->address, text, sizeof(text));
    }
}

static enum MHD_Result check_text(void *context, enum MHD_ValueKind kind,
                                  const char *name, const char *value)
{
    bool *is_text = context;

    (void)kind;
    if (!utf8_is_valid(name, strlen(name)) ||
        (value != NULL && !utf8_is_valid(value, strlen(value)))) {
        *is_text = false;
    }
    return MHD_YES;
}

// Texts are UTF-8 from here on: what comes in goes into the database, and out
// again as JSON.
static bool is_text(const struct call *call, const char *path)
{
    bool is_good = utf8_is_valid(path, strlen(path));

    (void)MHD_get_connection_values(call->connection, MHD_GET_ARGUMENT_KIND,
                                    check_text, &is_good);
    return is_good;
}

// Before anything of the body is taken.
static void check_sender(struct call *call)
{
    if (call->route->role == ROLE_NONE) {
        return;
    }
    call->db = db_take(call->platform->db);
    call->failed = access_check(call);
    db_give(call->db);
    call->db = NULL;
}

struct lengths {
    unsigned given, chunked, odd;
};

static enum MHD_Result count_length(void *context, enum MHD_ValueKind kind,
                                    const char *name, const char *value)
{
    struct lengths *lengths = context;

    (void)kind;
    (void)value;
    lengths->given += strcasecmp(name, "Content-Length") == 0;
    lengths->chunked += strcasecmp(name, "Transfer-Encoding") == 0;
    lengths->odd += strpbrk(name, " \t") != NULL; // before the colon
    return MHD_YES;
}

// A proxy before us might find another end of a request that says two (RFC 9112,
// 6.3), and we take what follows for another sender's.
static bool has_one_length(const struct call *call)
{
    struct lengths lengths = {0, 0, 0};

    (void)MHD_get_connection_values(call->connection, MHD_HEADER_KIND,
                                    count_length, &lengths);
    return lengths.given + lengths.chunked <= 1 && lengths.odd == 0;
}

static struct call *begin(struct server *server,
                          struct MHD_Connection *connection, const char *path,
                          const char *method)
{
    struct call *call = calloc(1, sizeof(*call));
    bool is_path;

    if (call == NULL) {
        return NULL;
    }
    call->platform = server->platform;
    call->connection = connection;
    call->file.fd = -1;
    call->is_site = strncmp(path, SITE, sizeof(SITE) - 1) == 0;
    put_address(call);
    if (server->platform->settings.is_behind_proxy) {
        take_forwarded(call);
    }
    call->route = route_find(method, path, call->parameter, &is_path);
    if (call->route == NULL) {
        call->failed = is_path ? 405 : 404;
    } else if (!flood_allows(server->flood, call->address, time(NULL))) {
        call->failed = 429;
    } else if (!has_one_length(call)) {
        call->failed = 400;
        call->is_last = true;
    } else if (!is_text(call, path)) {
        call->failed = 400;
    } else {
        check_sender(call);
    }
    return call;
}

static void take_text(struct call *call, const char *data, size_t size)
{
    char *grown = realloc(call->body, call->body_size + size + 1);

    if (grown == NULL) {
        call->failed = 503;
        return;
    }
    memcpy(grown + call->body_size, data, size);
    call->body = grown;
    call->body_size += size;
    call->body[call->body_size] = 0;
}

static void take_file(struct call *call, const char *data, size_t size)
{
    enum blob_status status = BLOB_OK;

    if (call->file.fd < 0) {
        status = blob_begin(&call->file, &call->platform->blobs,
                            call->route->body_max);
    }
    if (status == BLOB_OK) {
        status = blob_write(&call->file, data, size);
    }
    if (status != BLOB_OK) {
        blob_drop(&call->file);
        call->failed = status == BLOB_LARGE  ? 413
                       : status == BLOB_FULL ? 507
                                             : 500;
    }
}

// Nothing is taken from somebody who may not send it.
static void take_body(struct call *call, const char *data, size_t size)
{
    if (call->failed != 0) {
        return;
    }
    if (call->route->body == BODY_FILE) {
        take_file(call, data, size);
    } else if (size > call->route->body_max - call->body_size) {
        call->failed = 413;
    } else {
        take_text(call, data, size);
    }
}

static void answer_failed(struct call *call)
{
    static const struct {
        unsigned status;
        const char *text;
    } texts[] = {
        {400, "expected UTF-8"},
        {401, "log in first"},
        {403, "you may not do this"},
        {404, "there is no such address"},
        {405, "this address has no such method"},
        {413, "the request is too large"},
        {429, "too many requests from this address"},
        {500, "a fault of the platform"},
        {503, "out of memory"},
        {507, "no room on the disk"},
    };

    if (call->response != NULL) {
        return; // who found the failure has said it
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].status == call->failed) {
            call_answer_error(call, call->failed, "%s", texts[i].text);
        }
    }
    if (call->failed == 429) {
        call_add_header(call, "Retry-After", "60");
    }
}

static void run_handler(struct call *call)
{
    if (call->route->role != ROLE_NONE && !query_check(call)) {
        return;
    }
    call->db = db_take(call->platform->db);
    call->route->handle(call);
    call->failed = call->status == 0 ? 500 : 0;
    db_give(call->db);
    call->db = NULL;
}

static void count_answer(const struct call *call)
{
    struct metrics *m = &call->platform->metrics;

    if (call->status / 100 < 6) {
        atomic_fetch_add(&m->statuses[call->status / 100], 1);
    }
    if (call->status == 429) {
        atomic_fetch_add(&m->refused, 1);
    }
}

static enum MHD_Result finish(struct call *call)
{
    if (call->body != NULL && !utf8_is_valid(call->body, call->body_size)) {
        call->failed = call->failed == 0 ? 400 : call->failed;
    }
    if (call->failed == 0) {
        run_handler(call);
    }
    if (call->failed != 0) {
        answer_failed(call);
    }
    if (call->response == NULL) {
        return MHD_NO; // not even memory for that
    }
    if (call->is_last) {
        call_add_header(call, "Connection", "close");
    }
    count_answer(call);
    return MHD_queue_response(call->connection, call->status, call->response);
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection,
                              const char *path, const char *method,
                              const char *version, const char *data,
                              size_t *size, void **state)
{
    struct call *call = *state;

    (void)version;
    if (call == NULL) {
        call = *state = begin(context, connection, path, method);
        // Who may upload takes the time that it takes.
        if (call != NULL && call->failed == 0 &&
            call->route->role != ROLE_NONE) {
            wait_for_request(context, connection, false);
        }
        return call != NULL ? MHD_YES : MHD_NO;
    }
    if (*size > 0) {
        take_body(call, data, *size);
        *size = 0;
        return MHD_YES;
    }
    wait_for_request(context, connection, false);
    return finish(call);
}

static void end(void *context, struct MHD_Connection *connection, void **state,
                enum MHD_RequestTerminationCode code)
{
    struct server *server = context;
    struct call *call = *state;

    if (call == NULL) {
        return;
    }
    wait_for_request(server, connection, true);
    if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK && call->upgrade_id != 0) {
        sending_add(server->sending,
                    MHD_get_connection_info(connection,
                                            MHD_CONNECTION_INFO_CONNECTION_FD)
                        ->connect_fd,
                    call->upgrade_id, call->asked);
    }
    if (call->response != NULL) {
        MHD_destroy_response(call->response);
    }
    blob_drop(&call->file);
    free(call->body);
    free(call);
    *state = NULL;
}

static void log_library(void *context, const char *format, va_list arguments)
{
    char text[512];

    (void)context;
    vsnprintf(text, sizeof(text), format, arguments);
    text[strcspn(text, "\n")] = 0;
    log_line("http: %s", text);
}

// --- The server ------------------------------------------------------------

static bool find_address(struct sockaddr_storage *address,
                         const struct platform_settings *settings)
{
    struct addrinfo hints = {.ai_flags =
                                 AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char port[8];

    snprintf(port, sizeof(port), "%u", settings->port);
    if (getaddrinfo(settings->address, port, &hints, &found) != 0) {
        return false;
    }
    memcpy(address, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

static bool start(struct server *server)
{
    const struct platform_settings *settings = &server->platform->settings;
    struct sockaddr_storage address;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)settings->certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)settings->private_key},
        {MHD_OPTION_END, 0, NULL},
    };
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG;

    if (!find_address(&address, settings)) {
        return false;
    }
    if (address.ss_family == AF_INET6) {
        flags |= MHD_USE_DUAL_STACK;
    }
    if (settings->certificate != NULL) {
        flags |= MHD_USE_TLS;
    } else {
        tls[0].option = MHD_OPTION_END;
    }
    server->daemon = MHD_start_daemon(
        flags, settings->port, NULL, NULL, handle, server,
        MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL, MHD_OPTION_SOCK_ADDR,
        (struct sockaddr *)&address, MHD_OPTION_THREAD_POOL_SIZE,
        settings->threads, MHD_OPTION_CONNECTION_LIMIT,
        settings->connections_max, MHD_OPTION_CONNECTION_TIMEOUT,
        settings->idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_NOTIFY_COMPLETED, end, server,
        MHD_OPTION_NOTIFY_CONNECTION, connection_changed, server,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        settings->is_behind_proxy ? 0 : settings->address_connections,
        MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
    return server->daemon != NULL;
}

struct server *server_start(struct platform *platform, char *message,
                            size_t size)
{
    struct server *server = calloc(1, sizeof(*server));

    if (server != NULL) {
        server->platform = platform;
        server->flood = flood_open(platform->settings.address_rate);
        server->sending = sending_open(platform->db);
        server->asking = asking_open(2 * platform->settings.idle_seconds);
        platform->logins = flood_open(PASSWORD_RATE);
    }
    if (server == NULL || server->flood == NULL || server->sending == NULL ||
        server->asking == NULL || platform->logins == NULL) {
        snprintf(message, size, "out of memory");
    } else if (!start(server)) {
        snprintf(message, size, "cannot listen at %s port %u",
                 platform->settings.address, platform->settings.port);
    } else {
        return server;
    }
    server_stop(server);
    return NULL;
}

uint16_t server_port(const struct server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);

    return info != NULL ? info->port : 0;
}

void server_stop(struct server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->daemon != NULL) {
        MHD_stop_daemon(server->daemon);
    }
    sending_close(server->sending);
    asking_close(server->asking);
    flood_close(server->flood);
    flood_close(server->platform->logins);
    free(server);
}
