// SPDX-License-Identifier: MIT
// What the test of an integration supplies: a module with its platform around
// the sample's code.

#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob {
    uint8_t *data;
    size_t size;
};

// A new module: areas made, the old image runs.
void module_make(const struct blob *old_image);

// Store a package where the sample looks for it.
void module_store(const struct blob *package);

// From reset until the application has nothing more to do.
void module_boot(void);

// What runs, and whether it stays after a reset.
const uint8_t *module_image(void);
bool module_is_confirmed(void);

// The platform has gone back to the old image, as the new one had not
// confirmed itself.
bool module_rolled_back(void);

// One slot: there is no way back, and no other package before this one is done.
bool module_is_in_place(void);

// The sample has taken the package away.
bool module_has_package(void);

#endif
