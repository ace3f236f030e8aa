// SPDX-License-Identifier: MIT
// libcurl, loaded when a cache is behind HTTP. Linked, it would bring some 30
// libraries into every run of mkdfota, one of which prints what it misses when
// memory is limited.

#ifndef MKDFOTA_CURLAPI_H
#define MKDFOTA_CURLAPI_H

#include <curl/curl.h>
#include <stdbool.h>

struct curl_api {
    CURLcode (*global_init)(long flags);
    void (*global_cleanup)(void);
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *curl, CURLoption option, ...);
    CURLcode (*easy_perform)(CURL *curl);
    CURLcode (*easy_getinfo)(CURL *curl, CURLINFO info, ...);
    void (*easy_cleanup)(CURL *curl);
    const char *(*easy_strerror)(CURLcode code);
    struct curl_slist *(*slist_append)(struct curl_slist *list,
                                       const char *text);
    void (*slist_free_all)(struct curl_slist *list);
    CURLU *(*url)(void);
    CURLUcode (*url_set)(CURLU *url, CURLUPart part, const char *text,
                         unsigned flags);
    void (*url_cleanup)(CURLU *url);
};

// Stays loaded. A message has been printed when this is false.
bool curl_api_load(struct curl_api *api);

#endif
