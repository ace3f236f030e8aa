// SPDX-License-Identifier: MIT
// Makes a package with libdelta: make_package OLD NEW PACKAGE

#include "delta.h"

#include "wholefile.h"

static int make(FILE *out, struct wholefile old, struct wholefile new)
{
    // [README]
    struct delta_options options = {.product = "hub", .ram = 16384};
    struct delta_bytes package;
    struct delta_error error;
    if (delta_make(&package, NULL, old.data, old.size, new.data, new.size,
                   &options, &error) != DELTA_OK) {
        fprintf(stderr, "%s: %s\n", error.subject, error.text);
        return 1;
    }
    fwrite(package.data, 1, package.size, out);
    delta_free(&package);
    // [/README]
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: make_package OLD NEW PACKAGE\n");
        return 2;
    }
    struct wholefile old = wholefile_read(argv[1]);
    struct wholefile new = wholefile_read(argv[2]);
    FILE *out = fopen(argv[3], "wb");
    int failed = out == NULL || make(out, old, new);
    failed |= out != NULL && fclose(out) != 0;
    free(old.data);
    free(new.data);
    return failed;
}
