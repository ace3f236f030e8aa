// SPDX-License-Identifier: MIT
// Lists the branches and calls that the predictor sees in an image, one a
// line: address and target, hexadecimal. For thumb_objdump.py.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "images.h"
#include "reference.h"

static void list_branches(const struct dfc_view *view)
{
    uint32_t s = 0;

    while (s < view->size) {
        struct dfc_reference ref;

        if (dfc_thumb_at(view, s, &ref) &&
            (ref.kind == DFC_CALL || ref.kind == DFC_BRANCH)) {
            printf("%" PRIx32 " %" PRIx32 "\n", view->base + ref.at,
                   ref.target);
        }
        s = ref.at + ref.size;
    }
}

int main(int argc, char **argv)
{
    struct image image;
    struct dfc_view view;

    if (argc != 3) {
        fprintf(stderr, "usage: thumb_list IMAGE BASE\n");
        return 2;
    }
    image = image_read(argv[1]);
    if (image.data == NULL) {
        perror(argv[1]);
        return 1;
    }
    view = (struct dfc_view){image.data, 0, image.size, image.size,
                             (uint32_t)strtoul(argv[2], NULL, 0)};
    list_branches(&view);
    image_free(&image);
    return 0;
}
