// SPDX-License-Identifier: MIT
// A store behind HTTP: GET, HEAD and PUT of PLACE/RECIPE, by libcurl.
//
// Any server that keeps what was put does: nginx with dav, a Bazel remote cache
// (its /ac), a gateway before S3. One that cannot be reached, or is out of
// order, is left alone for the rest of the run: it must not cost a wait for
// each package.

#define _DEFAULT_SOURCE // MAP_ANONYMOUS

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "cli.h"
#include "curlapi.h"
#include "report.h"
#include "store.h"

#define CONNECT_SECONDS 10L
#define SLOW_BYTES 10000L // a second, for so long, is too slow
#define SLOW_SECONDS 10L
#define WHOLE_SECONDS 120L
#define REDIRECTS_MAX 4L
#define FAILURES_MAX 3 // then the store is left alone
#define KEY_SIZE 65u
#define TOKEN_VARIABLE "DFOTA_CACHE_TOKEN"

// What all processes of a run know.
struct common {
    atomic_int failures;
    atomic_bool is_read_only;
};

struct http {
    struct curl_api api;
    char *url;   // without a '/' at its end
    char *shown; // the same without user and password
    struct common *common;
    char found[KEY_SIZE]; // the entry that this process got last
};

// One request and what it has led to.
struct exchange {
    const struct curl_api *api;
    CURL *curl;
    char error[CURL_ERROR_SIZE];
    long status;
    struct file_bytes *in; // NULL: thrown away
    bool is_too_large;
    const char *out;
    size_t out_left;
    size_t out_size;
};

static bool is_http(const char *place)
{
    return strncmp(place, "http://", 7) == 0 ||
           strncmp(place, "https://", 8) == 0;
}

// --- Opening ---------------------------------------------------------------

// The URL without user and password: what is before its last '@', for a '/' in
// a password may have made it a path.
static char *without_user(const char *url)
{
    const char *host = strstr(url, "://") + 3;
    const char *at = strrchr(host, '@');
    size_t scheme = (size_t)(host - url);
    char *shown = malloc(strlen(url) + 1);

    if (shown != NULL) {
        host = at != NULL ? at + 1 : host;
        memcpy(shown, url, scheme);
        memcpy(shown + scheme, host, strlen(host) + 1);
    }
    return shown;
}

// One that is none is refused here, once, and not for each entry.
static bool is_url(const struct curl_api *api, const char *place)
{
    CURLU *url = api->url();
    bool ok = url != NULL && strpbrk(place, "?#") == NULL &&
              api->url_set(url, CURLUPART_URL, place, 0) == CURLUE_OK;

    api->url_cleanup(url);
    return ok;
}

static void http_close(struct store *store)
{
    struct http *http = store->state;

    if (http != NULL) {
        http->api.global_cleanup();
        if (http->common != NULL) {
            munmap(http->common, sizeof(*http->common));
        }
        free(http->url);
        free(http->shown);
        free(http);
    }
    store->state = NULL;
}

static enum cli_exit http_open(struct store *store)
{
    struct http *http = calloc(1, sizeof(*http));
    size_t size = strlen(store->place);

    if (http == NULL) {
        report_error("--cache", "out of memory");
        return CLI_IO;
    }
    if (!curl_api_load(&http->api) ||
        http->api.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        free(http);
        return CLI_IO;
    }
    if (!is_url(&http->api, store->place)) {
        http->api.global_cleanup();
        free(http);
        report_error("--cache", "not a URL, or one with a query (expected "
                                "http://HOST/...)");
        return CLI_USAGE;
    }
    store->state = http;
    while (store->place[size - 1] == '/') {
        size--;
    }
    http->url = calloc(1, size + 1);
    http->shown = without_user(store->place);
    http->common = mmap(NULL, sizeof(*http->common), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    http->common = http->common != MAP_FAILED ? http->common : NULL;
    if (http->url == NULL || http->shown == NULL || http->common == NULL) {
        http_close(store);
        report_error("--cache", "out of memory");
        return CLI_IO;
    }
    memcpy(http->url, store->place, size);
    return CLI_DONE;
}

// --- Requests --------------------------------------------------------------

static size_t take(char *data, size_t one, size_t size, void *context)
{
    struct exchange *x = context;

    (void)one; // 1
    if (x->in == NULL) {
        return size;
    }
    if (size > STORE_ENTRY_MAX - x->in->size) {
        x->is_too_large = true;
        return 0;
    }
    uint8_t *grown = realloc(x->in->data, x->in->size + size);
    if (grown == NULL) {
        return 0;
    }
    memcpy(grown + x->in->size, data, size);
    x->in->data = grown;
    x->in->size += size;
    return size;
}

static size_t give(char *to, size_t one, size_t room, void *context)
{
    struct exchange *x = context;
    size_t size = x->out_left < one * room ? x->out_left : one * room;

    memcpy(to, x->out, size);
    x->out += size;
    x->out_left -= size;
    return size;
}

// Redirected: from the start.
static int give_again(void *context, curl_off_t at, int origin)
{
    struct exchange *x = context;
    size_t given = x->out_size - x->out_left;

    if (origin != SEEK_SET || at != 0) {
        return CURL_SEEKFUNC_CANTSEEK;
    }
    x->out -= given;
    x->out_left += given;
    return CURL_SEEKFUNC_OK;
}

static bool set_options(struct exchange *x, const char *url)
{
    const char *token = getenv(TOKEN_VARIABLE);
    CURLcode bad = CURLE_OK;

    bad |= x->api->easy_setopt(x->curl, CURLOPT_URL, url);
    bad |= x->api->easy_setopt(x->curl, CURLOPT_ERRORBUFFER, x->error);
    bad |= x->api->easy_setopt(x->curl, CURLOPT_NOSIGNAL, 1L);
    bad |= x->api->easy_setopt(x->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    bad |=
        x->api->easy_setopt(x->curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    bad |= x->api->easy_setopt(x->curl, CURLOPT_FOLLOWLOCATION, 1L);
    bad |= x->api->easy_setopt(x->curl, CURLOPT_MAXREDIRS, REDIRECTS_MAX);
    bad |=
        x->api->easy_setopt(x->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS);
    bad |= x->api->easy_setopt(x->curl, CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
    bad |= x->api->easy_setopt(x->curl, CURLOPT_LOW_SPEED_TIME, SLOW_SECONDS);
    bad |= x->api->easy_setopt(x->curl, CURLOPT_TIMEOUT, WHOLE_SECONDS);
    bad |= x->api->easy_setopt(x->curl, CURLOPT_MAXFILESIZE_LARGE,
                               (curl_off_t)STORE_ENTRY_MAX);
    bad |= x->api->easy_setopt(x->curl, CURLOPT_USERAGENT, "mkdfota");
    bad |=
        x->api->easy_setopt(x->curl, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
    bad |= x->api->easy_setopt(x->curl, CURLOPT_WRITEFUNCTION, take);
    bad |= x->api->easy_setopt(x->curl, CURLOPT_WRITEDATA, x);
    if (token != NULL && token[0] != 0) {
        bad |= x->api->easy_setopt(x->curl, CURLOPT_HTTPAUTH,
                                   (long)CURLAUTH_BEARER);
        bad |= x->api->easy_setopt(x->curl, CURLOPT_XOAUTH2_BEARER, token);
    }
    return bad == CURLE_OK;
}

// GET into IN, PUT of OUT, or HEAD when both are NULL. False when no answer
// came; what did is in x->status.
static bool exchange(struct exchange *x, const struct http *http,
                     const char *key)
{
    const struct curl_api *api = &http->api;
    char *url = malloc(strlen(http->url) + KEY_SIZE + 1);
    struct curl_slist *headers = api->slist_append(NULL, "Expect:");
    CURLcode result = CURLE_OUT_OF_MEMORY;

    x->api = api;
    x->curl = api->easy_init();
    if (url != NULL && headers != NULL && x->curl != NULL) {
        sprintf(url, "%s/%s", http->url, key);
        if (set_options(x, url)) {
            if (x->out != NULL) {
                api->easy_setopt(x->curl, CURLOPT_UPLOAD, 1L);
                api->easy_setopt(x->curl, CURLOPT_READFUNCTION, give);
                api->easy_setopt(x->curl, CURLOPT_READDATA, x);
                api->easy_setopt(x->curl, CURLOPT_SEEKFUNCTION, give_again);
                api->easy_setopt(x->curl, CURLOPT_SEEKDATA, x);
                api->easy_setopt(x->curl, CURLOPT_INFILESIZE_LARGE,
                                 (curl_off_t)x->out_left);
                api->easy_setopt(x->curl, CURLOPT_HTTPHEADER, headers);
            } else if (x->in == NULL) {
                api->easy_setopt(x->curl, CURLOPT_NOBODY, 1L);
            }
            result = api->easy_perform(x->curl);
            api->easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &x->status);
        }
    }
    if (result != CURLE_OK && x->error[0] == 0) {
        snprintf(x->error, sizeof(x->error), "%s", api->easy_strerror(result));
    }
    api->easy_cleanup(x->curl);
    api->slist_free_all(headers);
    free(url);
    return result == CURLE_OK;
}

// A failure that another entry would have too. The last one of a run says so.
static void count_failure(const struct http *http, const char *what,
                          const char *why)
{
    int before = atomic_fetch_add(&http->common->failures, 1);

    if (before < FAILURES_MAX) {
        report_warning(http->shown, "cannot %s: %s%s", what, why,
                       before + 1 == FAILURES_MAX
                           ? "; the cache is not used any more"
                           : "");
    }
}

static bool is_given_up(const struct http *http)
{
    return atomic_load(&http->common->failures) >= FAILURES_MAX;
}

static void fail(const struct http *http, const struct exchange *x,
                 const char *what)
{
    char text[64];

    snprintf(text, sizeof(text), "HTTP status %ld", x->status);
    count_failure(http, what,
                  x->is_too_large    ? "the entry is too large"
                  : x->error[0] != 0 ? x->error
                                     : text);
}

// --- Entries ---------------------------------------------------------------

static enum store_answer http_get(const struct store *store, const char *key,
                                  struct file_bytes *entry)
{
    struct http *http = store->state;
    struct exchange x = {.in = entry};

    if (is_given_up(http)) {
        return STORE_NOTHING;
    }
    bool ok = exchange(&x, http, key);
    if (ok && x.status == 200) {
        snprintf(http->found, sizeof(http->found), "%s", key);
        return STORE_FOUND;
    }
    file_free(entry);
    if (ok && (x.status == 404 || x.status == 410)) {
        return STORE_NOTHING;
    }
    fail(http, &x, "read");
    return STORE_FAILED;
}

// An entry that was there and is put all the same was no good.
static bool has_entry(const struct http *http, const char *key)
{
    struct exchange x = {.status = 0};

    return strcmp(http->found, key) != 0 && exchange(&x, http, key) &&
           x.status == 200;
}

static bool http_put(const struct store *store, const char *key,
                     const void *entry, size_t size)
{
    const struct http *http = store->state;
    struct exchange x = {.out = entry, .out_left = size, .out_size = size};

    if (is_given_up(http) || atomic_load(&http->common->is_read_only) ||
        has_entry(http, key)) {
        return false;
    }
    bool ok = exchange(&x, http, key);
    if (ok && x.status >= 200 && x.status < 300) {
        return true;
    }
    if (ok && (x.status == 401 || x.status == 403 || x.status == 405)) {
        if (!atomic_exchange(&http->common->is_read_only, true)) {
            report_warning(http->shown,
                           "cannot write: HTTP status %ld; only read from now "
                           "on",
                           x.status);
        }
    } else if (ok && x.status == 413) {
        report_warning(http->shown,
                       "cannot write: the server wants no entry of %zu bytes "
                       "(HTTP status 413)",
                       size);
    } else {
        fail(http, &x, "write");
    }
    return false;
}

const struct store_kind store_http = {
    .is_place = is_http,
    .open = http_open,
    .get = http_get,
    .put = http_put,
    .close = http_close,
};

void cmd_matrix_library(char *text, size_t size)
{
    snprintf(text, size, "libcurl " LIBCURL_VERSION " (compiled with)");
}
