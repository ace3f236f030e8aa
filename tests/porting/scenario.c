// SPDX-License-Identifier: MIT
// Updates of a module through an integration: cut at every flash operation,
// refused, and given up for another package.
// Usage: PROGRAM OLD NEW PACKAGE OTHER-PACKAGE; both packages lead to NEW.

#include "scenario.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fakeflash.h"

#define BOOTS_MAX 12

static struct blob old_image, new_image, package, other;

static void require(bool holds, const char *what, unsigned long cut)
{
    if (!holds) {
        fprintf(stderr, "FAILED: %s, power cut at operation %lu\n", what, cut);
        exit(1);
    }
}

static struct blob read_blob(const char *path)
{
    struct blob blob = {malloc(1 << 20), 0};
    FILE *file = fopen(path, "rb");

    if (blob.data == NULL || file == NULL) {
        perror(path);
        exit(1);
    }
    blob.size = fread(blob.data, 1, 1 << 20, file);
    fclose(file);
    return blob;
}

static bool runs(const struct blob *image)
{
    return memcmp(module_image(), image->data, image->size) == 0 &&
           module_is_confirmed();
}

// Boots again and again, as resets demand, until the module is at rest. Power
// fails after `cut` operations, and then once more soon.
static void run(unsigned long cut)
{
    static volatile unsigned boots; // survives the jump

    boots = 0;
    fake_power(cut);
    if (setjmp(fake_boot) != 0) {
        require(++boots < BOOTS_MAX, "comes to rest", cut);
        if (fake_operations() > cut) {
            fake_power(boots == 1 ? cut % 23 : FAKE_NEVER);
        }
    }
    module_boot();
}

static void start(const struct blob *image, const struct blob *stored)
{
    fake_free();
    module_make(image);
    module_store(stored);
}

static unsigned long check_update(void)
{
    unsigned long operations = 0;

    start(&old_image, &package);
    run(FAKE_NEVER);
    operations = fake_operations();
    require(runs(&new_image), "the new image runs", FAKE_NEVER);
    require(!module_has_package(), "the package is gone", FAKE_NEVER);
    run(FAKE_NEVER);
    require(runs(&new_image), "nothing more happens", FAKE_NEVER);
    return operations;
}

// A cut before the new image has confirmed itself leads back to the old one:
// that is the platform's way. The package has to be sent again then.
static bool check_cut(unsigned long cut)
{
    bool is_back;

    start(&old_image, &package);
    run(cut);
    run(FAKE_NEVER);
    is_back = module_rolled_back();
    if (is_back) {
        require(runs(&old_image), "the old image runs again", cut);
        module_store(&package);
        run(FAKE_NEVER);
    }
    require(runs(&new_image), "the new image runs", cut);
    require(!module_has_package(), "the package is gone", cut);
    run(FAKE_NEVER);
    require(runs(&new_image), "nothing more happens", cut);
    return is_back;
}

// Made for another image: it is refused, and not met again.
static void check_refused(void)
{
    start(&new_image, &package);
    run(FAKE_NEVER);
    require(runs(&new_image), "the image that ran runs", FAKE_NEVER);
    require(!module_has_package(), "the package is gone", FAKE_NEVER);
}

// Another package is stored in the middle of an update.
static void check_changed(unsigned long cut)
{
    static volatile bool is_cut;

    is_cut = false;
    start(&old_image, &package);
    fake_power(cut);
    if (setjmp(fake_boot) == 0) {
        module_boot();
    } else {
        is_cut = true;
    }
    require(is_cut && runs(&old_image), "cut in the middle", cut);
    module_store(&other);
    run(FAKE_NEVER);
    run(FAKE_NEVER);
    require(runs(&new_image), "the other package is applied", cut);
}

int main(int argc, char **argv)
{
    unsigned long operations;
    unsigned back = 0;

    if (argc != 5) {
        return 2;
    }
    old_image = read_blob(argv[1]);
    new_image = read_blob(argv[2]);
    package = read_blob(argv[3]);
    other = read_blob(argv[4]);
    operations = check_update();
    require(operations > 400, "an update worth cutting", FAKE_NEVER);
    for (unsigned long cut = 0; cut < operations; cut++) {
        back += check_cut(cut);
    }
    require(back <= 4, "the update stays", FAKE_NEVER);
    check_refused();
    if (!module_is_in_place()) {
        check_changed(operations / 2);
    }
    printf("cut at each of %lu operations; %u times the platform went back\n",
           operations, back);
    fake_free();
    free(old_image.data);
    free(new_image.data);
    free(package.data);
    free(other.data);
    return 0;
}
