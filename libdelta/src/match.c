// SPDX-License-Identifier: MIT
// What a source predicts.

#include "match.h"

static uint32_t predicted_bytes(const struct delta_scene *scene, uint32_t at,
                                uint32_t source)
{
    const struct delta_field *field = &scene->fields[source];
    uint32_t old_size = scene->old_view.size;
    uint32_t from_old = source < old_size;
    const struct dfc_view *view =
        from_old ? &scene->old_view : &scene->new_view;
    struct dfc_reference ref = {(from_old ? source : source - old_size) -
                                    field->offset,
                                field->size, field->kind, field->target};
    uint32_t base = dfc_region_at(&scene->space->new_regions, at)->base;

    return dfc_reference_bytes(
        field->arch, view, &ref, base + at - field->offset,
        from_old ? scene->mapped[source] : field->target);
}

static uint8_t plain_byte(const struct delta_scene *scene, uint32_t source)
{
    uint32_t old_size = scene->old_view.size;

    return source < old_size ? scene->old_view.bytes[source]
                             : scene->new_view.bytes[source - old_size];
}

static uint8_t mapped_byte(const struct delta_scene *scene, uint32_t at,
                           uint32_t source)
{
    const struct delta_field *field = &scene->fields[source];

    if (field->kind == DFC_PLAIN) {
        return plain_byte(scene, source);
    }
    return (uint8_t)(predicted_bytes(scene, at, source) >> 8 * field->offset);
}

enum delta_match delta_match_at(const struct delta_scene *scene, uint32_t at,
                                uint32_t source)
{
    uint8_t byte = scene->new_view.bytes[at];

    if (mapped_byte(scene, at, source) == byte) {
        return DELTA_HIT;
    }
    return scene->fields[source].kind != DFC_PLAIN &&
                   plain_byte(scene, source) == byte
               ? DELTA_HIT_PLAIN
               : DELTA_MISS;
}

uint32_t delta_difference_at(const struct delta_scene *scene, uint32_t at,
                             uint32_t source)
{
    return (uint8_t)(scene->new_view.bytes[at] -
                     mapped_byte(scene, at, source));
}

// A field at a time.
uint32_t delta_count_hits(const struct delta_scene *scene, uint32_t at,
                          uint32_t source, uint32_t most)
{
    uint32_t old_size = scene->old_view.size;
    const uint8_t *from = source < old_size
                              ? scene->old_view.bytes + source
                              : scene->new_view.bytes + (source - old_size);
    const uint8_t *to = scene->new_view.bytes + at;
    const struct delta_field *field = &scene->fields[source];
    uint32_t n = 0;

    while (n < most) {
        uint32_t bytes, left;

        for (; n < most && field[n].kind == DFC_PLAIN; n++) {
            if (from[n] != to[n]) {
                return n;
            }
        }
        if (n == most) {
            break;
        }
        bytes =
            predicted_bytes(scene, at + n, source + n) >> 8 * field[n].offset;
        left = (uint32_t)field[n].size - field[n].offset;
        for (; left > 0 && n < most; left--, n++, bytes >>= 8) {
            if ((uint8_t)bytes != to[n]) {
                return n;
            }
        }
    }
    return n;
}
