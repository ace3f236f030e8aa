// SPDX-License-Identifier: MIT
// The command line.

#include "platformoptions.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"

void platform_help(void)
{
    fputs(
        "Usage: dfota-platform --data DIR [option ...]\n"
        "\n"
        "Holds firmware and hands it out to modules.\n"
        "\n"
        "  --data DIR           folder of the packages, and of the database\n"
        "                       if it is SQLite\n"
        "  --database PLACE     sqlite:PATH or postgresql://...; default\n"
        "                       sqlite:DIR/platform.db\n"
        "  --address ADDRESS    to listen at, default 127.0.0.1; :: for all\n"
        "  --port N             default 8070; 0 for any, which is printed\n"
        "  --threads N          that answer, default 4\n"
        "  --connections N      at most at a time, default 4000\n"
        "  --address-connections N  of them from one address, default 500; 0\n"
        "                       for any; not looked at behind a proxy\n"
        "  --idle SECONDS       without progress close one, default 60; after\n"
        "                       twice that also one whose request still comes\n"
        "  --address-rate N     requests a second that one address may make,\n"
        "                       default 200; 0 for any\n"
        "  --signing-keys DIR   private keys of projects, ID.pem, for "
        "packages\n"
        "                       that are made here\n"
        "  --keep-days N        of requests and of the audit, default 180\n"
        "  --accel PREFIX       nginx sends the packages, from this internal\n"
        "                       location (X-Accel-Redirect)\n"
        "  --secure             a proxy before it speaks HTTPS: cookies only "
        "go\n"
        "                       there\n"
        "  --behind-proxy       a proxy of ours is before it: a sender's "
        "address is\n"
        "                       the last one of X-Forwarded-For\n"
        "  --certificate FILE   with --key: HTTPS, PEM files\n"
        "  --key FILE\n"
        "  -h, --help\n",
        stdout);
}

enum { // options without a letter
    OPTION_DATA = 256,
    OPTION_DATABASE,
    OPTION_ADDRESS,
    OPTION_PORT,
    OPTION_THREADS,
    OPTION_CONNECTIONS,
    OPTION_ADDRESS_CONNECTIONS,
    OPTION_IDLE,
    OPTION_RATE,
    OPTION_ACCEL,
    OPTION_CERTIFICATE,
    OPTION_KEY,
    OPTION_SECURE,
    OPTION_SIGNING_KEYS,
    OPTION_KEEP_DAYS,
    OPTION_BEHIND_PROXY,
};

static const struct option names[] = {
    {"data", required_argument, NULL, OPTION_DATA},
    {"database", required_argument, NULL, OPTION_DATABASE},
    {"address", required_argument, NULL, OPTION_ADDRESS},
    {"port", required_argument, NULL, OPTION_PORT},
    {"threads", required_argument, NULL, OPTION_THREADS},
    {"connections", required_argument, NULL, OPTION_CONNECTIONS},
    {"idle", required_argument, NULL, OPTION_IDLE},
    {"address-rate", required_argument, NULL, OPTION_RATE},
    {"accel", required_argument, NULL, OPTION_ACCEL},
    {"certificate", required_argument, NULL, OPTION_CERTIFICATE},
    {"key", required_argument, NULL, OPTION_KEY},
    {"signing-keys", required_argument, NULL, OPTION_SIGNING_KEYS},
    {"address-connections", required_argument, NULL,
     OPTION_ADDRESS_CONNECTIONS},
    {"keep-days", required_argument, NULL, OPTION_KEEP_DAYS},
    {"behind-proxy", no_argument, NULL, OPTION_BEHIND_PROXY},
    {"secure", no_argument, NULL, OPTION_SECURE},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static bool read_number(unsigned *number, const char *name, unsigned least,
                        unsigned most)
{
    char *end;
    unsigned long value = strtoul(optarg, &end, 10);

    if (*optarg < '0' || *optarg > '9' || *end != 0 || value < least ||
        value > most) {
        log_line("--%s: not a number in range (found \"%s\", expected %u to "
                 "%u)",
                 name, optarg, least, most);
        return false;
    }
    *number = (unsigned)value;
    return true;
}

static bool read_option(struct platform_options *o, int option)
{
    struct platform_settings *s = &o->settings;
    unsigned port = s->port;
    bool ok = true;

    switch (option) {
    case OPTION_DATA: o->data = optarg; break;
    case OPTION_DATABASE: o->database = optarg; break;
    case OPTION_ADDRESS: s->address = optarg; break;
    case OPTION_PORT:
        ok = read_number(&port, "port", 0, UINT16_MAX);
        s->port = (uint16_t)port;
        break;
    case OPTION_THREADS: ok = read_number(&s->threads, "threads", 1, 64); break;
    case OPTION_CONNECTIONS:
        ok = read_number(&s->connections_max, "connections", 8, 1000000);
        break;
    case OPTION_ADDRESS_CONNECTIONS:
        ok = read_number(&s->address_connections, "address-connections", 0,
                         1000000);
        break;
    case OPTION_IDLE:
        ok = read_number(&s->idle_seconds, "idle", 1, 3600);
        break;
    case OPTION_RATE:
        ok = read_number(&s->address_rate, "address-rate", 0, 1000000);
        break;
    case OPTION_ACCEL: s->accel_prefix = optarg; break;
    case OPTION_CERTIFICATE: o->certificate_path = optarg; break;
    case OPTION_KEY: o->key_path = optarg; break;
    case OPTION_KEEP_DAYS:
        ok = read_number(&s->keep_days, "keep-days", 1, 36500);
        break;
    case OPTION_BEHIND_PROXY: s->is_behind_proxy = true; break;
    case OPTION_SIGNING_KEYS: s->signing_keys = optarg; break;
    case OPTION_SECURE: s->is_secure = true; break;
    case 'h': o->is_help = true; break;
    default: // getopt has said why
        ok = false;
    }
    return ok;
}

bool platform_options_read(struct platform_options *options, int argc,
                           char **argv)
{
    int option;

    *options = (struct platform_options){
        .settings = {.address = "127.0.0.1",
                     .port = 8070,
                     .threads = 4,
                     .connections_max = 4000,
                     .idle_seconds = 60,
                     .keep_days = 180,
                     .address_rate = 200,
                     .address_connections = 500},
    };
    while ((option = getopt_long(argc, argv, "h", names, NULL)) != -1) {
        if (!read_option(options, option)) {
            return false;
        }
    }
    if (options->is_help) {
        return true;
    }
    if (optind < argc || options->data == NULL) {
        log_line(optind < argc ? "%s: unexpected argument"
                               : "%s: is missing; see --help",
                 optind < argc ? argv[optind] : "--data");
        return false;
    }
    if ((options->certificate_path == NULL) != (options->key_path == NULL)) {
        log_line("--certificate and --key: only both together");
        return false;
    }
    return true;
}
