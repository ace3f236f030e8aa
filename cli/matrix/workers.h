// SPDX-License-Identifier: MIT
// Independent jobs, each in a process of its own, so many at a time. A process
// that crashes or runs out of memory is its job's failure and nobody else's.

#ifndef MKDFOTA_WORKERS_H
#define MKDFOTA_WORKERS_H

#include "matrix.h"

// A job that is being worked on.
struct worker {
    size_t index;
    double seconds; // since it was begun
    const struct job_result *result;
};

struct work {
    unsigned processes;
    size_t count;
    const size_t *order; // in which jobs are begun
    void *context;
    // Of job `index`, in a process of its own.
    void (*run)(void *context, size_t index, unsigned threads,
                struct job_result *result);
    // In this process: a job has ended; now and then, `count` are being worked
    // on.
    void (*done)(void *context, size_t index, const struct job_result *result,
                 double seconds);
    void (*show)(void *context, const struct worker *workers, size_t count);
};

// Run all jobs. Signals that end a program end the workers first: *signal is
// then its number, else 0. No process is left when this returns, nor when this
// process is killed. Messages have been printed when it is not CLI_DONE.
enum cli_exit workers_run(const struct work *work, int *signal);

#endif
