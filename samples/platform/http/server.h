// SPDX-License-Identifier: MIT
// The HTTP server: routes, bodies, limits.

#ifndef PLATFORM_SERVER_H
#define PLATFORM_SERVER_H

#include "platform.h"

struct server;

// Serve until server_stop. NULL with a sentence when it cannot.
struct server *server_start(struct platform *platform, char *message,
                            size_t size);
uint16_t server_port(const struct server *server);

// What is being answered is answered first.
void server_stop(struct server *server);

#endif
