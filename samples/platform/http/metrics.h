// SPDX-License-Identifier: MIT
// What this instance has answered, for Prometheus.

#ifndef PLATFORM_METRICS_H
#define PLATFORM_METRICS_H

#include <stdatomic.h>

#define METRICS_CODES 64u

struct metrics {
    atomic_ullong codes[METRICS_CODES]; // of devices' requests; 0: a package
    atomic_ullong results[2];           // reported: failures, successes
    atomic_ullong statuses[6];          // of all answers: 2xx is [2]
    atomic_ullong refused;              // for their address' rate
};

#endif
