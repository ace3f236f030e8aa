// SPDX-License-Identifier: MIT
// The recipe of a package: a text with a line for each thing that its bytes
// depend on, hashed.

#include "recipe.h"

#include <bearssl.h>
#include <stdarg.h>
#include <stdio.h>

#include "sha256.h"

static void line(br_sha256_context *sha, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void line(br_sha256_context *sha, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    int size = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    // With its end, so that no two sequences of lines are alike.
    br_sha256_update(sha, text, (size_t)size + 1);
}

static void add_release(br_sha256_context *sha, const struct matrix *m,
                        const char *name, size_t at)
{
    const struct list_release *r = &m->list.releases[at];

    line(sha, "%s %zu", name, r->part_count);
    line(sha, "%s", r->version);
    for (size_t i = 0; i < r->part_count; i++) {
        const struct list_part *part = &r->parts[i];

        line(sha, "part %u %d %lu %s", (unsigned)part->id, part->has_base,
             (unsigned long)part->base, matrix_file(m, at, i)->sha256);
    }
}

static void add_area(br_sha256_context *sha, const struct delta_flash_area *a)
{
    line(sha, "area %lu %lu %lu %lu %d", (unsigned long)a->size,
         (unsigned long)a->erase, (unsigned long)a->program,
         (unsigned long)a->address, a->has_address);
}

static void add_options(br_sha256_context *sha, const struct list_options *o)
{
    const struct delta_options *make = &o->make;
    const struct delta_in_place *place = &make->in_place;

    line(sha, "make %d %d %lu %d %lu %d %d %d", (int)make->codec, make->level,
         (unsigned long)make->ram, make->has_base, (unsigned long)make->base,
         (int)make->arch, (int)make->mode, (int)o->format);
    line(sha, "place %lu %lu %lu %lu %lu %d",
         (unsigned long)place->scratch_size, (unsigned long)place->block_size,
         (unsigned long)place->journal_page,
         (unsigned long)place->journal_block,
         (unsigned long)place->journal_size, (int)place->minimize);
    for (size_t i = 0; i < o->unmanaged_count; i++) {
        line(sha, "unmanaged %lu %lu %lu", (unsigned long)o->unmanaged[i].part,
             (unsigned long)o->unmanaged[i].span.start,
             (unsigned long)o->unmanaged[i].span.end);
    }
    if (o->has_layout) {
        // What it says beyond the options is checked when a package is made.
        for (size_t i = 0; i < o->layout.part_count; i++) {
            line(sha, "slots %u", (unsigned)o->layout.parts[i].id);
            add_area(sha, &o->layout.parts[i].slot);
            add_area(sha, &o->layout.parts[i].new_slot);
        }
        add_area(sha, &o->layout.staging);
        add_area(sha, &o->layout.scratch);
        add_area(sha, &o->layout.journal);
    }
}

void recipe_make(char recipe[REPORT_HEX_SIZE], const struct matrix *m,
                 const struct pair *pair)
{
    br_sha256_context sha;
    uint8_t digest[32];
    char hex[REPORT_HEX_SIZE] = "none";

    br_sha256_init(&sha);
    line(&sha, "dfota-recipe 1");
    line(&sha, "tool %s %u", delta_version(), DELTA_FORMAT_VERSION);
    if (m->has_key) {
        sha256_bytes(digest, m->key.point, sizeof(m->key.point));
        report_hex(hex, digest, sizeof(digest));
    }
    line(&sha, "key %s", hex);
    line(&sha, "product %s", m->list.product != NULL ? m->list.product : "");
    line(&sha, "counter %lu",
         (unsigned long)m->list.releases[pair->to].counter);
    add_options(&sha, &pair->rule->options);
    if (pair->from != LIST_NONE) {
        add_release(&sha, m, "from", pair->from);
    }
    add_release(&sha, m, "to", pair->to);
    br_sha256_out(&sha, digest);
    report_hex(recipe, digest, sizeof(digest));
}
