// SPDX-License-Identifier: MIT
// A serial port of the module: a pseudo-terminal that others open by its path.

#ifndef MODULE_ATPORT_H
#define MODULE_ATPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "atparser.h"

#define AT_PORT_PATH_MAX 64u

struct at_port {
    const char *name; // "UART1"
    const char *link; // path that leads to it, NULL: none
    char path[AT_PORT_PATH_MAX];
    int fd;
    bool is_quiet; // no echo (ATE0)
    struct at_line line;
};

// Make the terminal, and the link if there is to be one. False: errno.
bool at_port_open(struct at_port *port, const char *name, const char *link);

void at_port_close(struct at_port *port);

// Take what has come, up to size bytes; 0 when there is nothing.
size_t at_port_read(struct at_port *port, char *data, size_t size);

// Bytes that nobody takes are lost, as on a wire.
void at_port_write(struct at_port *port, const char *data, size_t size);

// A line of the module's own accord or of an answer: CR LF around it.
void at_port_say(struct at_port *port, const char *text);

#endif
