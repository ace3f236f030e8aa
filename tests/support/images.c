// SPDX-License-Identifier: MIT
// Synthetic firmware: a linker in miniature over random functions.

#include "images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simflash.h"

#define VECTORS 16u // words of the vector table
#define RAM_BASE 0x20000000u
#define FUNCTIONS_MAX 8192u
#define CALL_CHANCE 9u // one halfword in so many begins a BL
#define POOL_MAX 4u    // words in a function's literal pool

// A function is its id: id and edit count give its body.
struct function {
    uint32_t id;
    uint32_t edits;
    uint32_t halfwords; // of code
    uint32_t pool;      // words after the code
    uint32_t at;        // offset in the image
};

struct firmware {
    uint32_t seed;
    uint64_t random; // of the changes
    struct function *list;
    uint32_t count;
    uint32_t first_count; // functions of release 0, ids 0 .. first_count - 1
    uint32_t next_id;
    uint32_t tables_at; // pointer tables, after the functions
    uint32_t ram_shift; // .data grows from release to release
};

static uint32_t pick(uint64_t *random, uint32_t bound)
{
    return (uint32_t)(sim_random(random) >> 32) % bound;
}

static void put16(uint8_t *at, uint32_t v)
{
    at[0] = (uint8_t)v;
    at[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *at, uint32_t v)
{
    put16(at, v);
    put16(at + 2, v >> 16);
}

// --- Releases --------------------------------------------------------------

static uint64_t body_seed(const struct firmware *fw, uint32_t id)
{
    return (uint64_t)fw->seed << 32 | id;
}

static struct function new_function(struct firmware *fw)
{
    struct function f = {fw->next_id++, 0, 0, 0, 0};
    uint64_t random = body_seed(fw, f.id);

    f.halfwords = 8 + 2 * pick(&random, 40);
    f.pool = pick(&random, POOL_MAX + 1);
    return f;
}

static uint32_t function_size(const struct function *f)
{
    return 2 * f->halfwords + 4 * f->pool;
}

static void insert_function(struct firmware *fw, uint32_t place,
                            const struct function *f)
{
    if (fw->count < FUNCTIONS_MAX) {
        memmove(fw->list + place + 1, fw->list + place,
                (fw->count - place) * sizeof(*fw->list));
        fw->list[place] = *f;
        fw->count++;
    }
}

static struct function remove_function(struct firmware *fw, uint32_t place)
{
    struct function f = fw->list[place];

    fw->count--;
    memmove(fw->list + place, fw->list + place + 1,
            (fw->count - place) * sizeof(*fw->list));
    return f;
}

static void move_function(struct firmware *fw)
{
    struct function f = remove_function(fw, pick(&fw->random, fw->count));

    insert_function(fw, pick(&fw->random, fw->count), &f);
}

// One in 32 functions or so changes, moves, comes or goes.
static void next_release(struct firmware *fw)
{
    uint32_t changes = 1 + fw->count / 32;

    for (uint32_t i = 0; i < changes; i++) {
        struct function f = new_function(fw);

        insert_function(fw, pick(&fw->random, fw->count), &f);
        fw->list[pick(&fw->random, fw->count)].edits++;
        remove_function(fw, pick(&fw->random, fw->count));
        move_function(fw);
    }
    fw->ram_shift += 4 * pick(&fw->random, 8);
}

// --- Linking ---------------------------------------------------------------

static uint32_t lay_out(struct firmware *fw)
{
    uint32_t at = 4 * VECTORS;

    for (uint32_t i = 0; i < fw->count; i++) {
        fw->list[i].at = at;
        at += function_size(fw->list + i);
    }
    fw->tables_at = at;
    return at + 4 * (fw->count / 2);
}

// Where one of the first release's functions lives; another, if it is gone.
static uint32_t target_of(const struct firmware *fw, uint32_t number)
{
    uint32_t id = number % fw->first_count;

    for (uint32_t i = 0; i < fw->count; i++) {
        if (fw->list[i].id == id) {
            return IMAGES_BASE + fw->list[i].at;
        }
    }
    return IMAGES_BASE + fw->list[id % fw->count].at;
}

static void put_call(uint8_t *at, uint32_t from, uint32_t to)
{
    uint32_t offset = to - (from + 4);
    uint32_t sign = offset >> 31;
    uint32_t j1 = ((offset >> 23) ^ sign ^ 1) & 1;
    uint32_t j2 = ((offset >> 22) ^ sign ^ 1) & 1;

    put16(at, 0xF000 | sign << 10 | (offset >> 12 & 0x3FF));
    put16(at + 2, 0xD000 | j1 << 13 | j2 << 11 | (offset >> 1 & 0x7FF));
}

static void put_function(const struct firmware *fw, uint8_t *image,
                         const struct function *f)
{
    uint64_t random = body_seed(fw, f->id) ^ 0xB0D7u;
    uint32_t at = f->at;
    uint32_t end = f->at + 2 * f->halfwords;
    uint32_t edit = f->edits == 0 ? end : f->at + 4 * (f->edits % 4 + 1);

    put16(image + at, 0xB510); // push {r4, lr}
    at += 2;
    while (at < end) {
        uint32_t number = pick(&random, 1u << 30);

        if (at + 4 <= end && pick(&random, CALL_CHANCE) == 0) {
            put_call(image + at, IMAGES_BASE + at, target_of(fw, number));
            at += 4;
        } else {
            // A 16-bit instruction: never the first half of a wide one.
            put16(image + at, at == edit ? f->edits : number % 0xE000);
            at += 2;
        }
    }
    for (uint32_t i = 0; i < f->pool; i++, at += 4) {
        uint32_t number = pick(&random, 1u << 30);
        uint32_t ram = RAM_BASE + 64 + fw->ram_shift + number % 2048 * 4;

        put32(image + at, i % 2 == 0 ? target_of(fw, number) + 1 : ram);
    }
}

static void put_image(const struct firmware *fw, uint8_t *image)
{
    put32(image, RAM_BASE + 0x4000);
    for (uint32_t i = 1; i < VECTORS; i++) {
        put32(image + 4 * i, target_of(fw, i) + 1);
    }
    for (uint32_t i = 0; i < fw->count; i++) {
        put_function(fw, image, fw->list + i);
    }
    for (uint32_t i = 0; i < fw->count / 2; i++) {
        put32(image + fw->tables_at + 4 * i, target_of(fw, 3 * i) + 1);
    }
}

static void fill_firmware(struct firmware *fw, uint32_t size)
{
    uint32_t made = 4 * VECTORS;

    while (made < size && fw->count < FUNCTIONS_MAX / 2) {
        fw->list[fw->count] = new_function(fw);
        made += function_size(fw->list + fw->count) + 2;
        fw->count++;
    }
}

struct image image_make(uint32_t seed, uint32_t release, uint32_t size)
{
    struct firmware fw = {.seed = seed, .random = seed};
    struct image image = {NULL, 0};

    fw.list = malloc(FUNCTIONS_MAX * sizeof(*fw.list));
    if (fw.list == NULL) {
        return image;
    }
    fill_firmware(&fw, size);
    fw.first_count = fw.count;
    for (uint32_t i = 0; i < release; i++) {
        next_release(&fw);
    }
    image.size = lay_out(&fw);
    image.data = malloc(image.size);
    if (image.data != NULL) {
        put_image(&fw, image.data);
    }
    free(fw.list);
    return image;
}

// --- Other images ----------------------------------------------------------

struct image image_copy(const void *data, uint32_t size)
{
    struct image image = {malloc(size), size};

    if (image.data != NULL) {
        memcpy(image.data, data, size);
    }
    return image;
}

static uint32_t read_stream(FILE *file, struct image *image)
{
    long size;

    if (fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) <= 0 ||
        size > (long)DFOTA_IMAGE_MAX || fseek(file, 0, SEEK_SET) != 0) {
        return 0;
    }
    image->data = malloc((size_t)size);
    if (image->data == NULL) {
        return 0;
    }
    return (uint32_t)fread(image->data, 1, (size_t)size, file) == (uint32_t)size
               ? (uint32_t)size
               : 0;
}

struct image image_read(const char *path)
{
    struct image image = {NULL, 0};
    FILE *file = fopen(path, "rb");

    if (file != NULL) {
        image.size = read_stream(file, &image);
        fclose(file);
    }
    if (image.size == 0) {
        image_free(&image);
    }
    return image;
}

void image_free(struct image *image)
{
    free(image->data);
    image->data = NULL;
    image->size = 0;
}
