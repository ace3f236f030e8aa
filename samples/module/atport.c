// SPDX-License-Identifier: MIT
// A serial port of the module: a pseudo-terminal.

#include "atport.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

// The other side is opened once here, for good: a terminal that nobody has
// open would say "hung up" without end. It passes bytes on as they are.
static bool set_up(struct at_port *port)
{
    struct termios mode;
    const char *path;
    int other;

    if (grantpt(port->fd) != 0 || unlockpt(port->fd) != 0 ||
        (path = ptsname(port->fd)) == NULL) {
        return false;
    }
    snprintf(port->path, sizeof(port->path), "%s", path);
    other = open(port->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (other < 0 || tcgetattr(other, &mode) != 0) {
        return false;
    }
    mode.c_iflag &= (tcflag_t) ~(ICRNL | INLCR | IGNCR | IXON | ISTRIP);
    mode.c_oflag &= (tcflag_t)~OPOST;
    mode.c_lflag &= (tcflag_t) ~(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    return tcsetattr(other, TCSANOW, &mode) == 0;
}

// Only what is a link: a file of that name is somebody's.
static void drop_link(const char *link)
{
    struct stat st;

    if (lstat(link, &st) == 0 && S_ISLNK(st.st_mode)) {
        unlink(link);
    }
}

static bool set_link(const struct at_port *port)
{
    if (port->link == NULL) {
        return true;
    }
    drop_link(port->link);
    return symlink(port->path, port->link) == 0;
}

bool at_port_open(struct at_port *port, const char *name, const char *link)
{
    memset(port, 0, sizeof(*port));
    port->name = name;
    port->link = link;
    port->fd = posix_openpt(O_RDWR | O_NOCTTY);
    if (port->fd < 0) {
        return false;
    }
    return fcntl(port->fd, F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(port->fd, F_SETFD, FD_CLOEXEC) == 0 && set_up(port) &&
           set_link(port);
}

void at_port_close(struct at_port *port)
{
    if (port->link != NULL) {
        drop_link(port->link);
    }
    close(port->fd);
}

size_t at_port_read(struct at_port *port, char *data, size_t size)
{
    ssize_t got = read(port->fd, data, size);

    return got > 0 ? (size_t)got : 0;
}

void at_port_write(struct at_port *port, const char *data, size_t size)
{
    ssize_t done = write(port->fd, data, size);

    (void)done;
}

void at_port_say(struct at_port *port, const char *text)
{
    at_port_write(port, "\r\n", 2);
    at_port_write(port, text, strlen(text));
    at_port_write(port, "\r\n", 2);
}
