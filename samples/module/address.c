// SPDX-License-Identifier: MIT
// Where the module asks, and where it reports.

#include "address.h"

#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#define UPGRADE_PATH "/api/site/firmware_upgrade"
#define RESULT_PATH "/api/site/upgrade_result"

// Bytes of scheme and host; 0 when the URL has none.
static size_t host_end(const char *url)
{
    const char *host = strstr(url, "://");

    if (host == NULL || host[3] == 0 || host[3] == '/') {
        return 0;
    }
    host += 3;
    return (size_t)(host - url) + strcspn(host, "/?#");
}

static void add_parameter(char *to, size_t size, const char *name,
                          const char *value)
{
    size_t length = strlen(to);
    char *escaped = curl_easy_escape(NULL, value, 0);

    snprintf(to + length, size - length, "%c%s=%s",
             strchr(to, '?') == NULL ? '?' : '&', name,
             escaped == NULL ? "" : escaped);
    curl_free(escaped);
}

void address_upgrade(char *to, size_t size, const struct nv *nv,
                     const struct nv_settings *settings)
{
    size_t end = host_end(settings->url);
    const char *path = settings->url + end;

    if (strcmp(path, "/") == 0 || path[0] == 0) {
        path = UPGRADE_PATH;
    }
    to[0] = 0;
    if (end == 0) {
        return;
    }
    snprintf(to, size, "%.*s%s", (int)end, settings->url, path);
    add_parameter(to, size, "project_key", settings->key);
    add_parameter(to, size, "imei", nv->imei);
    add_parameter(to, size, "firmware_name", nv->name);
    add_parameter(to, size, "version", nv->version);
}

void address_result(char *to, size_t size, const struct nv_settings *settings)
{
    size_t end = host_end(settings->url);

    to[0] = 0;
    if (end != 0) {
        snprintf(to, size, "%.*s%s", (int)end, settings->url, RESULT_PATH);
    }
}
