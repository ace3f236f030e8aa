// SPDX-License-Identifier: MIT
// One HTTP request at a time, while the module goes on with other things.

#ifndef MODULE_HTTPGET_H
#define MODULE_HTTPGET_H

#include <curl/curl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nvstore.h"

#define HTTP_BODY_MAX 1024u // of an answer that is no package
#define HTTP_ETAG_MAX NV_ETAG_MAX

// The link between the module and its network.
struct http_link {
    uint32_t rate;      // bits a second of the module's clock, 0: no limit
    uint32_t delay;     // milliseconds from a request to its answer
    uint32_t loss;      // percent of its pieces, which come a second later
    uint32_t cut_after; // package bytes after which it breaks, once; 0: never
};

enum http_error {
    HTTP_OK,          // there is an answer
    HTTP_BAD_URL,     //
    HTTP_NO_CONNECT,  // nobody there
    HTTP_BROKEN,      // broke off, or is no HTTP
    HTTP_BAD_ANSWER,  // does not say which bytes of how many it has
    HTTP_CANNOT_KEEP, // `begin` or `take` refused
};

struct http_result {
    enum http_error error;
    long status;                  // 0: none came
    char body[HTTP_BODY_MAX + 1]; // unless it went to `take`
    size_t body_size;
    uint32_t
        retry_after; // seconds that the answer asks to wait; 0: nothing said
};

// Of a 200 or 206: where the body begins in the whole, and how long the whole
// is.
struct http_begin {
    uint64_t from;
    uint64_t size;
    char etag[HTTP_ETAG_MAX + 1]; // "" when there is none
};

struct http_request {
    const char *url;
    const char *body; // JSON to POST; NULL: GET
    // For GET:
    uint64_t from;    // first byte wanted
    const char *etag; // of what is there, "" when not known
    bool (*begin)(void *context, const struct http_begin *begin);
    bool (*take)(void *context, const void *data, size_t size);
    void *context;
};

struct http {
    struct http_link link;
    CURLM *multi;
    CURL *easy; // NULL: idle
    struct curl_slist *headers;
    struct http_request request;
    struct http_begin head;
    bool is_post;
    bool is_package; // the answer is 200 or 206
    bool has_range;  // Content-Range was there
    bool has_begun;
    uint64_t taken; // since the link was up, for cut_after
    // What the link does to this answer: since when, its bytes so far and how
    // much later than by its rate they came; paused until `due`, while the next
    // piece, whose fate is known then, is on its way.
    uint64_t began;
    uint64_t paced;
    uint64_t late;
    uint64_t due;
    bool is_paused;
    bool is_fated;
    uint64_t random;
    struct http_result result;
};

bool http_open(struct http *http, const struct http_link *link);
void http_close(struct http *http);

// Begin. Texts of the request must last until its end.
void http_start(struct http *http, const struct http_request *request);

// Forget the request that runs, if one does.
void http_stop(struct http *http);

// Is it an answer that may be another one in a while: 429, or 5xx?
bool http_may_pass(const struct http_result *result);

// Wait until something happens here or on those descriptors, then go on. True
// when the request has just ended: see http->result.
bool http_wait(struct http *http, struct curl_waitfd *also, unsigned count,
               int milliseconds);

#endif
