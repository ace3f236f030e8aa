// SPDX-License-Identifier: MIT
// dfota-platform: start, wait for a signal, stop.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "generate.h"
#include "log.h"
#include "people.h"
#include "platformoptions.h"
#include "sending.h"
#include "server.h"

enum { EXIT_OK, EXIT_START, EXIT_WRONG_USAGE };

#define PEM_MAX 65536u

// A short file as text; NULL with a message.
static char *read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, PEM_MAX);
    size_t size =
        file != NULL && text != NULL ? fread(text, 1, PEM_MAX, file) : 0;

    if (file != NULL) {
        fclose(file);
    }
    if (size == 0 || size == PEM_MAX) {
        log_line("%s: cannot be read as a PEM file", path);
        free(text);
        return NULL;
    }
    return text;
}

// The key does not stay in memory that somebody else may get.
static void forget_text(const char *text)
{
    if (text != NULL) {
        memset((char *)text, 0, PEM_MAX);
        free((char *)text);
    }
}

static bool read_tls(struct platform_settings *settings,
                     const struct platform_options *options)
{
    if (options->certificate_path == NULL) {
        return true;
    }
    settings->certificate = read_text(options->certificate_path);
    settings->private_key = read_text(options->key_path);
    return settings->certificate != NULL && settings->private_key != NULL;
}

static void raise_file_limit(unsigned connections)
{
    struct rlimit limit;
    rlim_t wanted =
        2 * (rlim_t)connections + SENDING_MAX + 256; // each may have a file

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool open_data(struct platform *platform,
                      const struct platform_options *options)
{
    char message[DB_MESSAGE_SIZE];
    char place[BLOBS_PATH_MAX + 32];

    if (blobs_open(&platform->blobs, options->data) != BLOB_OK) {
        log_line("%s: cannot be used: %s", options->data, strerror(errno));
        return false;
    }
    snprintf(place, sizeof(place), "sqlite:%s/platform.db", options->data);
    platform->db =
        db_open(options->database != NULL ? options->database : place,
                platform->settings.threads + 3, message);
    if (platform->db == NULL) {
        log_line("--database: %s", message);
    }
    return platform->db != NULL;
}

// Nobody is known yet: who starts the platform gets a link, once.
static bool print_setup_link(struct platform *platform, uint16_t port)
{
    char secret[SECRET_SIZE];
    struct db_conn *c = db_take(platform->db);
    enum db_status status = people_begin(c, secret);

    if (status != DB_OK) {
        log_line("database: %s", db_message(c));
    } else if (secret[0] != 0) {
        log_line("first start: make the first account at "
                 "%s://%s:%u/#setup=%s",
                 platform->settings.certificate != NULL ? "https" : "http",
                 platform->settings.address, port, secret);
    }
    db_give(c);
    return status == DB_OK;
}

static int serve(struct platform *platform, const sigset_t *signals)
{
    char message[256];
    int number;
    struct server *server = server_start(platform, message, sizeof(message));

    if (server == NULL) {
        log_line("%s", message);
        return EXIT_START;
    }
    log_line("listening at %s port %u", platform->settings.address,
             server_port(server));
    if (!print_setup_link(platform, server_port(server))) {
        server_stop(server);
        return EXIT_START;
    }
    printf("%u\n", server_port(server));
    fflush(stdout);
    struct generator *generator = generator_start(platform);
    if (generator == NULL) {
        log_line("generator: no memory");
    } else {
        sigwait(signals, &number);
        log_line("stopping");
    }
    generator_stop(generator);
    server_stop(server);
    return generator != NULL ? EXIT_OK : EXIT_START;
}

int main(int argc, char **argv)
{
    struct platform_options options;
    struct platform platform = {.db = NULL};
    sigset_t signals;

    if (!platform_options_read(&options, argc, argv)) {
        return EXIT_WRONG_USAGE;
    }
    if (options.is_help) {
        platform_help();
        return EXIT_OK;
    }
    // Threads inherit it: only sigwait gets them.
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);

    platform.settings = options.settings;
    platform.settings.is_secure |= options.certificate_path != NULL;
    raise_file_limit(options.settings.connections_max);
    int status =
        read_tls(&platform.settings, &options) && open_data(&platform, &options)
            ? serve(&platform, &signals)
            : EXIT_START;
    db_close(platform.db);
    forget_text(platform.settings.certificate);
    forget_text(platform.settings.private_key);
    return status;
}
