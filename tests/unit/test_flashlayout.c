// SPDX-License-Identifier: MIT
// Flash layouts: what is read, and that every refusal names the key.

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "delta_layout.h"
#include "images.h"

static enum delta_status parse(struct delta_flash_layout *layout,
                               const char *json, struct delta_error *error)
{
    return delta_layout_read(layout, json, strlen(json), error);
}

static void areas_and_defaults_are_read(void **state)
{
    struct delta_flash_layout layout;
    struct delta_error error;

    (void)state;
    assert_int_equal(
        parse(&layout,
              "{\"about\": \"x\", \"slot\": {\"size\": \"0x10000\"},"
              " \"new_slot\": {\"size\": \"64KiB\", \"erase\": 65536},"
              " \"journal\": {\"size\": 8192, \"program\": \"8\","
              "               \"address\": \"1M\"},"
              " \"profile\": \"air724\", \"program\": 256, \"erase\": \"4K\"}",
              &error),
        DELTA_OK);
    assert_int_equal(layout.parts[0].slot.size, 65536);
    assert_int_equal(layout.parts[0].slot.erase, 4096);
    assert_int_equal(layout.parts[0].slot.program, 256);
    assert_false(layout.parts[0].slot.has_address);
    assert_int_equal(layout.parts[0].new_slot.size, 65536);
    assert_int_equal(layout.parts[0].new_slot.erase, 65536);
    assert_int_equal(layout.journal.program, 8);
    assert_true(layout.journal.has_address);
    assert_int_equal(layout.journal.address, 1048576);
    assert_int_equal(layout.scratch.size, 0);
    assert_int_equal(layout.scratch.erase, 0);
    assert_string_equal(layout.profile, "air724");
}

// What stands in an area of 4 KiB blocks and 256-byte pages, and behind it.
#define AREA(keys) "{\"erase\": 4096, \"program\": 256, \"slot\": {" keys "}}"
#define WITH(keys) \
    "{\"erase\": 4096, \"program\": 256, \"slot\": {\"size\": 8192}, " keys "}"

#define PARTS(list) "{\"erase\": 4096, \"program\": 256, \"parts\": [" list "]}"
#define PART(more) "{\"slot\": {\"size\": 4096}, " more "}"

static const struct {
    const char *json;
    const char *text; // how the message begins
} bad[] = {
    {"", "line 1: found no JSON"},
    {"[]", "line 1: found no JSON"},
    {"{\"erase\": 4096,\n \"slot\" {}}", "line 2: found no JSON"},
    {"{\"slots\": 1}", "slots: found this key, expected about"},
    {"{}", "slot: found nothing, expected the area"},
    {"{\"slot\": 7}", "slot: found no object"},
    {"{\"slot\": {\"size\": 4096}}", "slot.erase: found nothing"},
    {"{\"slot\": {\"size\": 4096, \"erase\": 4096}}",
     "slot.program: found nothing"},
    {AREA("\"sise\": 4096"), "slot.sise: found this key, expected size"},
    {AREA("\"size\": 4096, \"size\": 8192"), "slot.size: found it twice"},
    {AREA("\"address\": 0"), "slot.size: found 0, expected a multiple"},
    {AREA("\"size\": 6000"), "slot.size: found 6000, expected a multiple"},
    {AREA("\"size\": \"1G\""), "slot.size: found \"1G\", expected 0 to"},
    {AREA("\"size\": \"K\""), "slot.size: found \"K\", expected 0 to"},
    {AREA("\"size\": \"\""), "slot.size: found \"\", expected 0 to"},
    {AREA("\"size\": \"0x\""), "slot.size: found \"0x\", expected 0 to"},
    {AREA("\"size\": \"4096M\""), "slot.size: found \"4096M\", expected 0"},
    {AREA("\"size\": \"99999999999999999999\""), "slot.size: found \"9999"},
    {AREA("\"size\": 4096.5"), "slot.size: found 4096.5, expected 0 to"},
    {AREA("\"size\": -4096"), "slot.size: found -4096, expected 0 to"},
    {AREA("\"size\": true"), "slot.size: found no number"},
    {AREA("\"size\": \"1024M\""), "slot.size: found 1073741824, expected at"},
    {AREA("\"size\": 8192, \"erase\": 3000"),
     "slot.erase: found 3000, expected a power of two"},
    {AREA("\"size\": 8192, \"erase\": 4"), "slot.erase: found 4, expected a"},
    {AREA("\"size\": 8192, \"program\": 0"), "slot.program: found 0, expected"},
    {AREA("\"size\": 8192, \"program\": 8192"), "slot.program: found 8192"},
    {AREA("\"size\": 8192, \"erase\": 128"),
     "slot.program: found 256, expected at most the erase block, 128"},
    {AREA("\"size\": 8192, \"address\": 100"),
     "slot.address: found 100, expected a multiple"},
    {AREA("\"size\": 8192, \"address\": \"0xFFFFF000\""),
     "slot.address: found 4294963200, expected an area that ends"},
    {WITH("\"erase\": 8192"), "erase: found it twice"},
    {WITH("\"journal\": {\"size\": 4096}"),
     "journal.size: found 4096, expected at least two"},
    {WITH("\"profile\": \"\""), "profile: found , expected a name"},
    {WITH("\"profile\": 1"), "profile: found no text"},
    {WITH("\"about\": 1"), "about: found no text"},
    {"{\"parts\": 1}", "parts: found no list of parts, expected a list"},
    {"{\"parts\": []}", "parts: found no list of parts, expected a list"},
    {"{\"parts\": [1,2,3,4,5,6,7,8,9]}", "parts: found more parts"},
    {"{\"parts\": [1]}", "parts[0]: found no object"},
    {PARTS("{}"), "parts[0].slot: found nothing"},
    {PARTS("{\"sloth\": 1}"), "parts[0].sloth: found this key, expected id"},
    {PARTS("{\"id\": 256}"), "parts[0].id: found 256, expected 0 to 255"},
    {PARTS("{\"name\": \"\"}"), "parts[0].name: found , expected a name"},
    {PARTS("{\"slot\": 1}"), "parts[0].slot: found no object"},
    {PARTS("{\"slot\": {\"size\": 5}}"), "parts[0].slot.size: found 5"},
    {PARTS("{\"id\": 1, \"id\": 1}"), "parts[0].id: found it twice"},
    {PARTS("{\"slot\": {\"size\": 1, \"size\": 1}}"),
     "parts[0].slot.size: found it twice"},
    {PARTS(PART("\"id\": 1") "," PART("\"id\": 1")),
     "parts[1].id: found 1, expected more than"},
    {PARTS(PART("\"new_slot\": {\"size\": 4096}") "," PART("\"id\": 1")),
     "parts[1].new_slot: found nothing, expected all parts"},
    {PARTS(PART("\"id\": 0") "], \"slot\": [{}"),
     "slot: found it beside parts"},
    {WITH("\"parts\": [{}]"), "parts: found it beside slot"},
    {"{\"erase\": 4096, \"program\": 256, \"parts\": ["
     "{\"slot\": {\"size\": 8192, \"address\": 4096}},"
     "{\"slot\": {\"size\": 8192, \"address\": 8192}}]}",
     "parts[1].slot.address: found 0x00002000 inside parts[0].slot"},
    {"{\"erase\": 5}", "erase: found 5, expected a power of two"},
    {"{\"program\": 5}", "program: found 5, expected a power of two"},
    {"{\"erase\": 4096, \"program\": 256,"
     " \"slot\": {\"size\": 8192, \"address\": 4096},"
     " \"new_slot\": {\"size\": 8192, \"address\": 8192}}",
     "new_slot.address: found 0x00002000 inside slot, expected areas"},
    {"{\"erase\": 4096, \"program\": 256,"
     " \"slot\": {\"size\": 8192, \"address\": 8192},"
     " \"scratch\": {\"size\": 8192, \"address\": 4096}}",
     "scratch.address: found slot inside it, expected areas"},
};

static void every_refusal_names_the_key(void **state)
{
    static const struct delta_flash_layout none;
    struct delta_flash_layout layout;
    struct delta_error error;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        memset(&layout, 1, sizeof(layout));
        assert_int_equal(parse(&layout, bad[i].json, &error), DELTA_ERR_LAYOUT);
        assert_string_equal(error.subject, "layout");
        if (strncmp(error.text, bad[i].text, strlen(bad[i].text)) != 0) {
            fail_msg("%s: %s", bad[i].json, error.text);
        }
        assert_memory_equal(&layout, &none, sizeof(layout));
    }
}

static void neighbours_do_not_overlap(void **state)
{
    struct delta_flash_layout layout;

    (void)state;
    assert_int_equal(
        parse(&layout,
              "{\"erase\": 4096, \"program\": 256,"
              " \"slot\": {\"size\": 8192, \"address\": 4096},"
              " \"new_slot\": {\"size\": 4096, \"address\": 12288},"
              " \"staging\": {\"size\": 4096, \"address\": 0},"
              " \"journal\": {\"size\": 8192, \"address\": \"0xFFFFE000\"}}",
              NULL),
        DELTA_OK);
}

static void a_long_file_is_refused(void **state)
{
    static char json[DELTA_LAYOUT_MAX + 1];
    struct delta_flash_layout layout;
    struct delta_error error;

    (void)state;
    memset(json, ' ', sizeof(json));
    assert_int_equal(delta_layout_read(&layout, json, sizeof(json), &error),
                     DELTA_ERR_LAYOUT);
    assert_non_null(strstr(error.text, "too large (found 65537 bytes"));
}

static void the_samples_are_layouts(void **state)
{
    static const char *const names[] = {"air724", "air724-parts", "ec618",
                                        "stm32l4", "two-slot"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[512];
        struct delta_flash_layout layout;
        struct delta_error error;
        struct image file;

        snprintf(path, sizeof(path), "%s/samples/layouts/%s.json",
                 TEST_SOURCE_DIR, names[i]);
        file = image_read(path);
        assert_non_null(file.data);
        if (delta_layout_read(&layout, file.data, file.size, &error) !=
            DELTA_OK) {
            fail_msg("%s: %s", path, error.text);
        }
        assert_true((layout.parts[0].new_slot.size == 0) == (i < 3));
        image_free(&file);
    }
}

static void parts_are_found_by_their_id(void **state)
{
    struct delta_flash_layout layout;
    char name[DELTA_AREA_NAME_SIZE];

    (void)state;
    assert_int_equal(parse(&layout,
                           PARTS(PART("\"name\": \"core\"") "," PART(
                               "\"id\": 7") "," PART("\"id\": 9")),
                           NULL),
                     DELTA_OK);
    assert_int_equal(layout.part_count, 3);
    assert_string_equal(layout.parts[0].name, "core");
    assert_ptr_equal(delta_layout_part(&layout, 0), &layout.parts[0]);
    assert_ptr_equal(delta_layout_part(&layout, 9), &layout.parts[2]);
    assert_null(delta_layout_part(&layout, 2));
    assert_ptr_equal(delta_layout_area(&layout, 2, name),
                     &layout.parts[1].slot);
    assert_string_equal(name, "parts[1].slot");
    assert_null(delta_layout_area(&layout, 3, name));
    for (size_t i = 6; i < DELTA_LAYOUT_AREAS; i++) {
        assert_null(delta_layout_area(&layout, i, name));
    }
    // One that stands by itself serves any id.
    assert_int_equal(parse(&layout, AREA("\"size\": 4096"), NULL), DELTA_OK);
    assert_ptr_equal(delta_layout_part(&layout, 3), &layout.parts[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(areas_and_defaults_are_read),
        cmocka_unit_test(every_refusal_names_the_key),
        cmocka_unit_test(neighbours_do_not_overlap),
        cmocka_unit_test(parts_are_found_by_their_id),
        cmocka_unit_test(a_long_file_is_refused),
        cmocka_unit_test(the_samples_are_layouts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
