// SPDX-License-Identifier: MIT
// libcurl, loaded when it is needed.

#include "curlapi.h"

#include <dlfcn.h>
#include <stddef.h>

#include "report.h"

static const char *const names[] = {"libcurl.so.4", "libcurl.4.dylib"};

// As POSIX has it: ISO C knows no way from a symbol to a function.
static bool find(void *library, const char *name, void *function)
{
    *(void **)function = dlsym(library, name);
    return *(void **)function != NULL;
}

bool curl_api_load(struct curl_api *api)
{
    void *library = NULL;

    for (size_t i = 0; library == NULL && i < sizeof(names) / sizeof(names[0]);
         i++) {
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    }
    if (library == NULL) {
        report_error("--cache",
                     "HTTP needs libcurl, which cannot be loaded (expected %s)",
                     names[0]);
        return false;
    }
    bool ok = find(library, "curl_global_init", &api->global_init) &&
              find(library, "curl_global_cleanup", &api->global_cleanup) &&
              find(library, "curl_easy_init", &api->easy_init) &&
              find(library, "curl_easy_setopt", &api->easy_setopt) &&
              find(library, "curl_easy_perform", &api->easy_perform) &&
              find(library, "curl_easy_getinfo", &api->easy_getinfo) &&
              find(library, "curl_easy_cleanup", &api->easy_cleanup) &&
              find(library, "curl_easy_strerror", &api->easy_strerror) &&
              find(library, "curl_slist_append", &api->slist_append) &&
              find(library, "curl_slist_free_all", &api->slist_free_all) &&
              find(library, "curl_url", &api->url) &&
              find(library, "curl_url_set", &api->url_set) &&
              find(library, "curl_url_cleanup", &api->url_cleanup);
    if (!ok) {
        report_error("--cache", "HTTP needs a newer libcurl than this one");
    }
    return ok;
}
