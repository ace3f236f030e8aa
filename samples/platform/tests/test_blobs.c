// SPDX-License-Identifier: MIT
// Files by their content: whole or not at all.

#define _DEFAULT_SOURCE // mkdtemp

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "blobs.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static struct blobs blobs;
static char folder[] = "/tmp/blobs-XXXXXX";

static unsigned left(void)
{
    char path[64];
    unsigned count = 0;

    snprintf(path, sizeof(path), "%s/new", folder);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        count += entry->d_name[0] != '.';
    }
    closedir(dir);
    return count;
}

static int set_up(void **state)
{
    (void)state;
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    return mkdtemp(folder) != NULL && blobs_open(&blobs, folder) == BLOB_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

static void put_abc(char name[BLOB_NAME_SIZE])
{
    struct blob_writer w;

    assert_int_equal(blob_begin(&w, &blobs, 3), BLOB_OK);
    assert_int_equal(blob_write(&w, "a", 1), BLOB_OK);
    assert_int_equal(blob_write(&w, "bc", 2), BLOB_OK);
    assert_int_equal(blob_keep(&w, name), BLOB_OK);
}

static void test_keeps(void **state)
{
    char name[BLOB_NAME_SIZE];
    char text[4] = "";
    uint64_t size;
    int fd;

    (void)state;
    assert_int_equal(blob_read(&blobs, ABC, &fd, &size), BLOB_MISSING);
    assert_int_equal(fd, -1);
    put_abc(name);
    put_abc(name); // again: the same file
    assert_string_equal(name, ABC);
    assert_int_equal(blob_read(&blobs, name, &fd, &size), BLOB_OK);
    assert_int_equal(size, 3);
    assert_int_equal(read(fd, text, 3), 3);
    assert_string_equal(text, "abc");
    char *whole = blob_load(fd, size);
    assert_non_null(whole);
    assert_string_equal(whole, "abc");
    free(whole);
    assert_null(blob_load(fd, 4)); // it has no more than three
    close(fd);
    assert_int_equal(left(), 0);
}

static void test_drops(void **state)
{
    struct blob_writer w;
    char name[BLOB_NAME_SIZE];

    (void)state;
    assert_int_equal(blob_begin(&w, &blobs, 2), BLOB_OK);
    assert_int_equal(left(), 1);
    assert_int_equal(blob_write(&w, "ab", 2), BLOB_OK);
    assert_int_equal(blob_write(&w, "c", 1), BLOB_LARGE);
    blob_drop(&w);
    blob_drop(&w);
    assert_int_equal(left(), 0);
    // The folder goes away meanwhile.
    assert_int_equal(blob_begin(&w, &blobs, 9), BLOB_OK);
    assert_int_equal(unlink(blob_path(&w)), 0);
    assert_int_equal(blob_keep(&w, name), BLOB_MISSING);
}

static void test_names(void **state)
{
    uint64_t size;
    int fd;

    (void)state;
    assert_true(blob_is_name(ABC));
    assert_false(blob_is_name(ABC "0"));
    assert_false(blob_is_name(""));
    assert_false(blob_is_name("../../etc/passwd"));
    assert_int_equal(blob_read(&blobs, "../../../etc/passwd", &fd, &size),
                     BLOB_MISSING);
}

static void test_leftovers(void **state)
{
    struct blob_writer old, young;
    char command[600];

    (void)state;
    assert_int_equal(blob_begin(&old, &blobs, 9), BLOB_OK);
    assert_int_equal(blob_begin(&young, &blobs, 9), BLOB_OK);
    snprintf(command, sizeof(command), "touch -d '2 days ago' %.500s",
             blob_path(&old));
    assert_int_equal(system(command), 0);
    assert_int_equal(blobs_open(&blobs, folder), BLOB_OK);
    assert_int_equal(left(), 1);
    blob_drop(&old);
    blob_drop(&young);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keeps, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_drops, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_leftovers, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
