// SPDX-License-Identifier: MIT
// Any bytes as an image file. The first byte chooses the format; what is read
// keeps all that delta_image.h promises.

#include "delta_image.h"
#include "dfota/format.h"
#include "target.h"

static void check_regions(const struct delta_image *image)
{
    uint32_t count = image->region_count;

    require(count >= 1 && count <= DELTA_REGIONS_MAX, "1 to 32 regions");
    require(image->regions[0].start == 0, "the first region begins at 0");
    for (uint32_t i = 0; i < count; i++) {
        const struct delta_region *r = image->regions + i;

        require(i == 0 || r->start > r[-1].start, "regions are sorted");
        require(r->start < image->size, "regions are in the image");
        require(r->arch <= DFOTA_ARCH_BIG || r->arch == DELTA_ARCH_UNKNOWN,
                "an architecture");
        require(image->has_addresses || r->address == r->start,
                "without addresses they are positions");
    }
}

static void check_sections(const struct delta_image *image)
{
    for (size_t i = 0; i < image->section_count; i++) {
        const struct delta_section *s = image->sections + i;

        require(i == 0 || s->start >= s[-1].start, "sections are sorted");
        require(s->size > 0 && s->start < image->size &&
                    s->size <= image->size - s->start,
                "sections are in the image");
        require(strlen(s->name) < (size_t)1 << 30, "sections have names");
    }
}

static void check_symbols(const struct delta_image *image)
{
    for (size_t i = 0; i < image->symbol_count; i++) {
        const struct delta_symbol *s = image->symbols + i;

        require(i == 0 || s->start >= s[-1].start, "symbols are sorted");
        require(s->size > 0 && s->start < image->size &&
                    s->size <= image->size - s->start,
                "symbols are in the image");
        require(strlen(s->name) + strlen(s->section) < (size_t)1 << 30,
                "names end");
    }
}

static void check_image(const struct delta_image *image, const uint8_t *data,
                        size_t size)
{
    require(image->data != NULL && image->size > 0, "there is an image");
    require(image->format > DELTA_FILE_AUTO &&
                image->format <= DELTA_FILE_MCUBOOT,
            "the format is known");
    require(image->fill_size < image->size, "not all is filled");
    if (image->format == DELTA_FILE_RAW || image->format == DELTA_FILE_ESP ||
        image->format == DELTA_FILE_MCUBOOT) {
        require(image->size == size && memcmp(image->data, data, size) == 0,
                "taken as it is");
    } else {
        require(image->has_addresses && image->size <= DELTA_SPAN_MAX,
                "laid out by address");
    }
    check_regions(image);
    check_sections(image);
    check_symbols(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct delta_image image;
    struct delta_error error;
    enum delta_status status;

    if (size < 1) {
        return 0;
    }
    status = delta_image_read(&image, data + 1, size - 1,
                              (enum delta_file_format)(data[0] % 8), &error);
    if (status == DELTA_OK) {
        check_image(&image, data + 1, size - 1);
    } else {
        require(status == DELTA_ERR_IMAGE, "refused as an image");
        require(error.status == status && error.text[0] != '\0', "it says why");
        require(image.data == NULL && image.symbols == NULL,
                "nothing is left after a failure");
    }
    delta_image_free(&image);
    return 0;
}
