// SPDX-License-Identifier: MIT
// Command line of dfota-module.

#ifndef MODULE_OPTIONS_H
#define MODULE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "simflash.h"

// Exit status.
enum {
    EXIT_DONE = 0,
    EXIT_REFUSED = 1, // package refused, or images differ
    EXIT_USAGE = 2,
    EXIT_IO = 3,
    EXIT_CUT = 4,  // power was cut: run the update again
    EXIT_MORE = 5, // the package ended early: run again with the rest
};

struct options {
    // format
    struct sim_geometry geometry; // slot_size 0: fits the image
    // update
    uint32_t ram;         // work memory
    uint32_t piece;       // bytes per dfp_feed
    uint64_t random_seed; // not 0: pieces of random size up to that
    uint32_t offset;      // package byte that stdin begins with
    uint32_t op_delay;    // microseconds per erase and program
    uint32_t step;        // dfp_config.step_bytes
    uint32_t checkpoint;  // dfp_config.checkpoint_bytes
    struct sim_cut cut;
    const char *product;
    uint32_t counter;
    const char *key; // public key, PEM file
    bool quiet;
    // run; also those of update
    const char *uart1; // links to the ports, NULL: none
    const char *usb;
    const char *imei; // these three for a module that has no settings yet
    const char *firmware_name;
    const char *version;
    uint32_t area; // bytes that a download may have, 0: any
    bool streams;  // the package is applied while it comes
    uint32_t wait; // seconds
    bool poll_now;
    uint32_t clock_speed;
    const char *selftest_fails; // version
    uint32_t selftest_time;     // seconds
    uint32_t link_rate;         // bits a second
    uint32_t link_delay;        // milliseconds
    uint32_t link_loss;         // percent
    uint32_t link_cut_after;    // bytes

    const char *command;
    const char *flash;    // file
    const char *argument; // image or package, NULL: none given
};

// Fill in from the command line. Ends the process after --help and, with
// EXIT_USAGE, after a mistake.
void options_read(struct options *options, int argc, char **argv);

#endif
