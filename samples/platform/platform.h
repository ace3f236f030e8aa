// SPDX-License-Identifier: MIT
// What every part of a running platform shares.

#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

#include "blobs.h"
#include "db.h"
#include "metrics.h"

struct flood;

struct platform_settings {
    const char *address; // to listen at
    uint16_t port;       // 0: any, see server_port
    unsigned threads;
    unsigned connections_max;
    unsigned address_connections; // of one address at a time; 0: any
    unsigned idle_seconds;        // a connection without progress is closed
    unsigned keep_days;           // of requests and of who did what
    unsigned address_rate;        // requests a second of one address; 0: any
    const char *accel_prefix;     // nginx sends the packages; NULL: we do
    const char *signing_keys;     // folder of ID.pem for projects; NULL: none
    const char *certificate;      // PEM texts; NULL: plain HTTP
    const char *private_key;
    bool is_behind_proxy; // addresses are those of X-Forwarded-For
    bool is_secure;       // cookies only over HTTPS: TLS is ours, or a proxy's
};

struct platform {
    struct platform_settings settings;
    struct flood *logins; // passwords that are tried
    struct db *db;
    struct metrics metrics;
    struct blobs blobs;
};

#endif
