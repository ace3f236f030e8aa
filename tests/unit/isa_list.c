// SPDX-License-Identifier: MIT
// Lists the references in code that the predictor sees in an image, one a
// line: address, target, kind, bytes; numbers are hexadecimal. For
// objdump_isa.py.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images.h"
#include "reference.h"

typedef uint32_t (*look_up)(const struct dfc_view *view, uint32_t s,
                            struct dfc_reference *ref);

static look_up find_architecture(const char *name)
{
    static const struct {
        const char *name;
        look_up at;
    } list[] = {
        {"avr", dfc_avr_at},
        {"riscv", dfc_riscv_at},
        {"thumb", dfc_thumb_at},
        {"xtensa", dfc_xtensa_at},
    };

    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        if (strcmp(name, list[i].name) == 0) {
            return list[i].at;
        }
    }
    return NULL;
}

static void list_references(look_up at, const struct dfc_view *view)
{
    static const char *const kinds[] = {"plain", "call",    "branch",
                                        "half",  "pointer", "load"};
    uint32_t s = 0;

    while (s < view->size) {
        struct dfc_reference ref;

        if (at(view, s, &ref)) {
            printf("%" PRIx32 " %" PRIx32 " %s %" PRIx32 "\n",
                   view->base + ref.at, ref.target, kinds[ref.kind], ref.size);
        }
        s = ref.at + ref.size;
    }
}

int main(int argc, char **argv)
{
    struct image image;
    struct dfc_view view;
    look_up at = argc == 4 ? find_architecture(argv[1]) : NULL;

    if (at == NULL) {
        fprintf(stderr, "usage: isa_list avr|riscv|thumb|xtensa IMAGE BASE\n");
        return 2;
    }
    image = image_read(argv[2]);
    if (image.data == NULL) {
        perror(argv[2]);
        return 1;
    }
    view = (struct dfc_view){image.data, 0, image.size, image.size,
                             (uint32_t)strtoul(argv[3], NULL, 0)};
    list_references(at, &view);
    image_free(&image);
    return 0;
}
