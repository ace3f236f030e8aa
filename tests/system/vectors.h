// SPDX-License-Identifier: MIT
// The golden vectors of tests/vectors, and modules that they are for.

#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dfota/format.h"
#include "dfota/patcher.h"
#include "images.h"
#include "simflash.h"
#include "simupdate.h"

#define VECTOR_WORK 262144u // bytes of work memory, enough for all of them

// A line of vectors.txt. Several images are separated by commas.
struct vector {
    char package[64], old_images[256], new_images[256], key[64];
    enum dfp_status status;
};

// A module with a slot or two for each part.
struct vector_module {
    uint32_t count;
    struct simflash flash[DFOTA_PARTS_MAX];     // the first one has journal and
                                                // scratch area
    struct dfp_config configs[DFOTA_PARTS_MAX]; // those behind the first one
};

// What a module gets: zero it, read it, free it.
struct vector_update {
    struct image package;
    struct dfp_key key;
    struct sim_update update;
};

// The folder's list; fewer than `room` lines, or the test fails.
size_t vectors_read(struct vector *vectors, size_t room);

// A file of the folder. It fails the test if there is none.
struct image vector_file(const char *name);

// A package with its key, in one piece; update.config is the module's.
void vector_open(struct vector_update *u, const struct vector *v);
void vector_close(struct vector_update *u);

// Does it overwrite the old image?
bool vector_one_slot(const struct image *package);

// Flash with room for any of the images, in blocks of that size.
struct sim_geometry vector_geometry(bool one_slot, uint32_t erase);

// A module with such flash that runs the old images. It must stay where it is.
void vector_module(struct vector_module *m, const struct vector *v,
                   const struct image *package, struct sim_geometry geometry);

// What an update must know of the module.
void vector_bind(struct vector_module *m, struct sim_update *u);
void vector_module_free(struct vector_module *m);

// The slots hold the new images.
void vector_check_images(const struct vector_module *m, const struct vector *v);

// Does the package's name begin so?
bool vector_is(const struct vector *v, const char *kind);

#endif
