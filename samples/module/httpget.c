// SPDX-License-Identifier: MIT
// One HTTP request at a time, by libcurl.

#include "httpget.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "modclock.h"
#include "simflash.h"

// What fielded modules do: a minute without a byte is too long.
#define SILENCE_SECONDS 60L
#define REDIRECTS_MAX 5L

#define RETRY_AFTER_MAX 3600 // seconds

#define RETRANSMISSION 1000u // milliseconds

bool http_open(struct http *http, const struct http_link *link)
{
    memset(http, 0, sizeof(*http));
    http->link = *link;
    http->random = mod_clock();
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return false;
    }
    http->multi = curl_multi_init();
    return http->multi != NULL;
}

void http_stop(struct http *http)
{
    if (http->easy != NULL) {
        curl_multi_remove_handle(http->multi, http->easy);
        curl_easy_cleanup(http->easy);
        curl_slist_free_all(http->headers);
        http->easy = NULL;
        http->headers = NULL;
    }
}

void http_close(struct http *http)
{
    http_stop(http);
    curl_multi_cleanup(http->multi);
    curl_global_cleanup();
}

// --- Headers of the answer -------------------------------------------------

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// The value of a header line if it is that one, copied; else false.
static bool header_value(char *to, size_t to_size, const char *name,
                         const char *line, size_t size)
{
    size_t length = strlen(name);

    if (size <= length || strncasecmp(line, name, length) != 0 ||
        line[length] != ':') {
        return false;
    }
    line += length + 1;
    size -= length + 1;
    while (size > 0 && is_space(*line)) {
        line++;
        size--;
    }
    while (size > 0 && is_space(line[size - 1])) {
        size--;
    }
    if (size >= to_size) {
        size = 0;
    }
    memcpy(to, line, size);
    to[size] = 0;
    return true;
}

// "bytes 100-199/200"; another unit is not understood.
static bool read_range(struct http_begin *head, const char *value)
{
    static const char unit[] = "bytes ";
    const char *slash = strchr(value, '/');

    if (strncasecmp(value, unit, sizeof(unit) - 1) != 0 || slash == NULL) {
        return false;
    }
    head->from = strtoull(value + sizeof(unit) - 1, NULL, 10);
    head->size = strtoull(slash + 1, NULL, 10);
    return true;
}

static size_t take_header(char *line, size_t one, size_t size, void *context)
{
    struct http *http = context;
    char value[96];

    (void)one;
    if (size > 5 && strncmp(line, "HTTP/", 5) == 0) { // also after a redirect
        memset(&http->head, 0, sizeof(http->head));
        http->has_range = false;
    } else if (header_value(http->head.etag, sizeof(http->head.etag), "ETag",
                            line, size)) {
        return size;
    } else if (header_value(value, sizeof(value), "Content-Range", line,
                            size)) {
        http->has_range = read_range(&http->head, value);
    } else if (header_value(value, sizeof(value), "Content-Length", line,
                            size) &&
               !http->has_range) {
        http->head.size = strtoull(value, NULL, 10);
    }
    return size;
}

// --- Its body --------------------------------------------------------------

static size_t keep_text(struct http *http, const char *data, size_t size)
{
    struct http_result *r = &http->result;
    size_t more = size;

    if (more > HTTP_BODY_MAX - r->body_size) {
        more = HTTP_BODY_MAX - r->body_size;
    }
    memcpy(r->body + r->body_size, data, more);
    r->body_size += more;
    r->body[r->body_size] = 0;
    return size;
}

static enum http_error begin_body(struct http *http)
{
    long status = 0;

    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &status);
    http->has_begun = true;
    http->is_package = !http->is_post && (status == 200 || status == 206);
    if (status == 200) {
        http->head.from = 0;
    }
    if (!http->is_package) {
        return HTTP_OK;
    }
    if (http->head.size == 0 || (status == 206 && !http->has_range)) {
        return HTTP_BAD_ANSWER;
    }
    return http->request.begin(http->request.context, &http->head)
               ? HTTP_OK
               : HTTP_CANNOT_KEEP;
}

static bool is_slow(const struct http_link *link)
{
    return link->rate != 0 || link->delay != 0 || link->loss != 0;
}

// Has the next piece of this answer come over the link?
static bool has_come(struct http *http, size_t size)
{
    const struct http_link *link = &http->link;

    if (!http->is_fated) {
        http->is_fated = true;
        if (sim_random(&http->random) % 100 < link->loss) {
            http->late += RETRANSMISSION;
        }
    }
    http->due = http->began + link->delay + http->late;
    if (link->rate != 0) {
        http->due += (http->paced + size) * 8000 / link->rate;
    }
    if (http->due > mod_clock()) {
        http->is_paused = true;
        return false;
    }
    http->is_fated = false;
    http->paced += size;
    return true;
}

static size_t take_body(char *data, size_t one, size_t size, void *context)
{
    struct http *http = context;
    uint32_t cut = http->link.cut_after;
    size_t good = size;

    (void)one;
    if (is_slow(&http->link) && !has_come(http, size)) {
        return CURL_WRITEFUNC_PAUSE;
    }
    if (!http->has_begun) {
        http->result.error = begin_body(http);
    }
    if (http->result.error != HTTP_OK) {
        return 0;
    }
    if (!http->is_package) {
        return keep_text(http, data, size);
    }
    if (cut != 0 && http->taken + size > cut) {
        good = (size_t)(cut - http->taken);
        http->link.cut_after = 0;
        http->result.error = HTTP_BROKEN;
    }
    http->taken += good;
    if (!http->request.take(http->request.context, data, good)) {
        http->result.error = HTTP_CANNOT_KEEP;
        return 0;
    }
    return good;
}

// --- Requests --------------------------------------------------------------

static void set_get(struct http *http)
{
    const struct http_request *r = &http->request;
    char text[HTTP_ETAG_MAX + 32];

    // Also from 0, as fielded modules do.
    snprintf(text, sizeof(text), "%llu-", (unsigned long long)r->from);
    curl_easy_setopt(http->easy, CURLOPT_RANGE, text);
    if (r->from > 0 && r->etag[0] != 0) {
        snprintf(text, sizeof(text), "If-Range: %.*s", (int)HTTP_ETAG_MAX,
                 r->etag);
        http->headers = curl_slist_append(http->headers, text);
    }
}

// Elsewhere it is a POST too, whatever the status of the redirect is.
static void set_post(struct http *http)
{
    curl_easy_setopt(http->easy, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
    curl_easy_setopt(http->easy, CURLOPT_COPYPOSTFIELDS, http->request.body);
    http->headers =
        curl_slist_append(http->headers, "Content-Type: application/json");
}

void http_start(struct http *http, const struct http_request *request)
{
    http_stop(http);
    http->request = *request;
    http->is_post = request->body != NULL;
    http->is_package = false;
    http->has_begun = false;
    http->has_range = false;
    http->is_paused = false;
    http->is_fated = false;
    http->paced = 0;
    http->late = 0;
    http->began = mod_clock();
    memset(&http->head, 0, sizeof(http->head));
    memset(&http->result, 0, sizeof(http->result));
    http->easy = curl_easy_init();
    if (http->easy == NULL) {
        abort(); // out of memory
    }
    CURL *easy = http->easy;

    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, SILENCE_SECONDS);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, SILENCE_SECONDS);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
    if (is_slow(&http->link)) {
        curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 1024L);
    }
    if (http->is_post) {
        set_post(http);
    } else {
        set_get(http);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
    curl_multi_add_handle(http->multi, easy);
}

// libcurl takes an answer that is no HTTP for one of version 0.9, which it then
// does not support.
static bool has_connected(CURL *easy)
{
    char *address = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
    return address != NULL && address[0] != 0;
}

static enum http_error error_of(CURL *easy, CURLcode code)
{
    switch (code) {
    case CURLE_OK: return HTTP_OK;
    case CURLE_URL_MALFORMAT: return HTTP_BAD_URL;
    case CURLE_UNSUPPORTED_PROTOCOL:
        return has_connected(easy) ? HTTP_BROKEN : HTTP_BAD_URL;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR: return HTTP_NO_CONNECT;
    default: return HTTP_BROKEN;
    }
}

// Also a date that has passed, which libcurl makes a negative number.
static uint32_t seconds_of(curl_off_t wait)
{
    if (wait < 0) {
        return 0;
    }
    return wait > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : (uint32_t)wait;
}

// Take the answer, which may have no body.
static void end(struct http *http, CURLcode code)
{
    struct http_result *r = &http->result;
    curl_off_t wait = 0;

    if (r->error == HTTP_OK) {
        r->error = error_of(http->easy, code);
    }
    curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &r->status);
    curl_easy_getinfo(http->easy, CURLINFO_RETRY_AFTER, &wait);
    r->retry_after = seconds_of(wait);
    http_stop(http);
}

bool http_may_pass(const struct http_result *result)
{
    return result->status == 429 || result->status >= 500;
}

// What has ended, if anything has.
static CURLMsg *go_on(struct http *http)
{
    int running;
    int left;

    if (http->is_paused && mod_clock() >= http->due) {
        http->is_paused = false;
        curl_easy_pause(http->easy, CURLPAUSE_CONT);
    }
    curl_multi_perform(http->multi, &running);
    return curl_multi_info_read(http->multi, &left);
}

bool http_wait(struct http *http, struct curl_waitfd *also, unsigned count,
               int milliseconds)
{
    CURLMsg *message = go_on(http);

    if (message == NULL) {
        if (http->is_paused) {
            milliseconds = mod_clock_until(http->due, milliseconds);
        }
        curl_multi_poll(http->multi, also, count, milliseconds, NULL);
        message = go_on(http);
    }
    if (message == NULL || message->msg != CURLMSG_DONE) {
        return false;
    }
    end(http, message->data.result);
    return true;
}
