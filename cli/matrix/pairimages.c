// SPDX-License-Identifier: MIT
// The images of a pair.

#include <string.h>

#include "pairmake.h"
#include "sha256.h"

// The list's base: the file must not say it, too.
static enum cli_exit place(struct delta_image *image,
                           const struct list_part *part)
{
    if (!part->has_base) {
        return CLI_DONE;
    }
    if (image->has_addresses) {
        report_error(part->path,
                     "the file has addresses of its own (found base 0x%08lx in "
                     "the list, expected none)",
                     (unsigned long)part->base);
        return CLI_REFUSED;
    }
    for (uint32_t i = 0; i < image->region_count; i++) {
        if (image->regions[i].address < DELTA_ADDRESS_NONE) {
            image->regions[i].address += part->base;
        }
    }
    image->has_addresses = true;
    return CLI_DONE;
}

static enum cli_exit read_image(struct delta_image *image,
                                const struct matrix *m, size_t release,
                                size_t at, enum delta_file_format format)
{
    const struct list_part *part = &m->list.releases[release].parts[at];
    struct file_bytes bytes;
    struct delta_error error;
    char sha256[REPORT_HEX_SIZE];
    enum cli_exit status = file_read(&bytes, part->path, DELTA_IMAGE_MAX);

    if (status != CLI_DONE) {
        return status;
    }
    sha256_hex(sha256, bytes.data, bytes.size);
    if (strcmp(sha256, matrix_file(m, release, at)->sha256) != 0) {
        report_error(part->path, "changed while the packages were made");
        status = CLI_REFUSED;
    } else if (delta_image_read(image, bytes.data, bytes.size, format,
                                &error) != DELTA_OK) {
        report_error(part->path, "%s", error.text);
        status = (enum cli_exit)(-error.status / 100);
    }
    file_free(&bytes);
    return status == CLI_DONE ? place(image, part) : status;
}

enum cli_exit pair_images_read(struct pair_images *images,
                               const struct matrix *m, const struct pair *pair)
{
    const struct list_release *to = &m->list.releases[pair->to];
    enum delta_file_format format = pair->rule->options.format;
    enum cli_exit status = CLI_DONE;

    memset(images, 0, sizeof(*images));
    images->count = to->part_count;
    for (size_t i = 0; status == CLI_DONE && i < to->part_count; i++) {
        status = read_image(&images->new_images[i], m, pair->to, i, format);
    }
    if (pair->from == LIST_NONE) {
        return status;
    }
    // A part that the old release has not got is a full image.
    const struct list_release *from = &m->list.releases[pair->from];
    for (size_t i = 0, k = 0; i < to->part_count; i++) {
        while (k < from->part_count && from->parts[k].id < to->parts[i].id) {
            k++;
        }
        if (status == CLI_DONE && k < from->part_count &&
            from->parts[k].id == to->parts[i].id) {
            status =
                read_image(&images->old_images[i], m, pair->from, k, format);
        }
    }
    return status;
}

void pair_images_free(struct pair_images *images)
{
    for (size_t i = 0; i < images->count; i++) {
        delta_image_free(&images->old_images[i]);
        delta_image_free(&images->new_images[i]);
    }
}
