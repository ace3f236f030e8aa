// SPDX-License-Identifier: MIT
// Lists the references in code that the predictor sees in an image, one a
// line: address and target, hexadecimal, and the kind. For objdump_check.py.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "images.h"
#include "reference.h"

typedef uint32_t finder(const struct dfc_view *view, uint32_t s,
                        struct dfc_reference *ref);

static const struct {
    const char *name;
    finder *find;
} archs[] = {
    {"thumb", dfc_thumb_at},
    {"a32", dfc_a32_at},
    {"a64", dfc_a64_at},
};

static finder *finder_of(const char *name)
{
    for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]); i++) {
        if (strcmp(archs[i].name, name) == 0) {
            return archs[i].find;
        }
    }
    return NULL;
}

static const char *kind_name(uint32_t kind)
{
    switch (kind) {
    case DFC_CALL: return "call";
    case DFC_BRANCH: return "branch";
    case DFC_HALF: return "half";
    case DFC_LOAD: return "load";
    default: return "other";
    }
}

static void list_references(finder *find, const struct dfc_view *view)
{
    uint32_t s = 0;

    while (s < view->size) {
        struct dfc_reference ref;

        if (find(view, s, &ref)) {
            printf("%" PRIx32 " %" PRIx32 " %s\n", view->base + ref.at,
                   ref.target, kind_name(ref.kind));
        }
        s = ref.at + ref.size;
    }
}

int main(int argc, char **argv)
{
    finder *find = argc == 4 ? finder_of(argv[1]) : NULL;
    struct image image;
    struct dfc_view view;

    if (find == NULL) {
        fprintf(stderr, "usage: reference_list ARCH IMAGE BASE\n");
        return 2;
    }
    image = image_read(argv[2]);
    if (image.data == NULL) {
        perror(argv[2]);
        return 1;
    }
    view = (struct dfc_view){image.data, 0, image.size, image.size,
                             (uint32_t)strtoul(argv[3], NULL, 0)};
    list_references(find, &view);
    image_free(&image);
    return 0;
}
