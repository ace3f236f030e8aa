// SPDX-License-Identifier: MIT
// The operators' page: files that are part of the program.

#include <string.h>

#include "embedded.h"
#include "routes.h"

static const char *type_of(const char *name)
{
    const char *dot = strrchr(name, '.');

    if (strcmp(dot, ".css") == 0) {
        return "text/css; charset=utf-8";
    }
    return strcmp(dot, ".js") == 0 ? "text/javascript; charset=utf-8"
                                   : "text/html; charset=utf-8";
}

// Nothing from elsewhere is loaded, no script in a page is run, and no other
// page shows this one in itself.
static void add_headers(struct call *call)
{
    call_add_header(call, "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; "
                    "connect-src 'self'; img-src 'self' data:; form-action "
                    "'self'; base-uri 'none'; frame-ancestors 'none'");
    call_add_header(call, "X-Content-Type-Options", "nosniff");
    call_add_header(call, "Referrer-Policy", "no-referrer");
    call_add_header(call, "Cache-Control", "no-cache");
}

void web_file(struct call *call)
{
    const char *name = call->route->path + 1;

    name = *name != 0 ? name : "index.html";
    for (size_t i = 0; web_files[i].name != NULL; i++) {
        if (strcmp(web_files[i].name, name) == 0) {
            call_answer(call, 200, type_of(name),
                        (const char *)web_files[i].data);
            add_headers(call);
            return;
        }
    }
}
