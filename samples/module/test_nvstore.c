// SPDX-License-Identifier: MIT
// The NV store: what was written is read, whole or not at all.

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "nvstore.h"

static char folder[] = "/tmp/nvstoreXXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/nv", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static void put(const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void nothing_there(void **state)
{
    struct nv nv;

    (void)state;
    assert_int_equal(nv_read(&nv, path), NV_NONE);
    assert_int_equal(nv.settings.is_auto, 1);
    assert_int_equal(nv.settings.period, 86400);
    assert_string_equal(nv.settings.key, "");
    assert_int_equal(nv.phase, NV_IDLE);
    assert_int_equal(nv.is_polled, 0);
    assert_int_equal(nv.quiet_until, 0);
    assert_int_equal(nv.refused_size, 0);
}

static void comes_back(void **state)
{
    struct nv nv;
    struct nv read;

    (void)state;
    nv_default(&nv);
    memset(nv.settings.key, 'k', NV_TEXT_MAX);
    memset(nv.settings.url, 'u', NV_URL_MAX);
    strcpy(nv.etag, "\"a=b\"");
    nv.settings.is_auto = 0;
    nv.settings.period = UINT32_MAX;
    strcpy(nv.refused_etag, "\"c\"");
    nv.is_polled = 1;
    nv.quiet_until = 7;
    nv.refused_size = 8;
    nv.refused_times = 2;
    nv.next_poll = UINT64_MAX;
    nv.phase = NV_TRIAL;
    nv.old_tag = 0x7fffffff;
    assert_int_equal(nv_write(&nv, path), NV_OK);
    assert_int_equal(nv_read(&read, path), NV_OK);
    assert_memory_equal(&nv, &read, sizeof(nv));
}

// Of a module that was made before there were more settings.
static void old_file(void **state)
{
    struct nv nv;

    (void)state;
    put("key=k\nauto=0\nperiod=60\nphase=1\nnext_poll=9\n");
    assert_int_equal(nv_read(&nv, path), NV_OK);
    assert_int_equal(nv.phase, NV_DOWNLOAD);
    assert_int_equal(nv.is_polled, 0);
    assert_int_equal(nv.quiet_until, 0);
    assert_int_equal(nv.refused_size, 0);
}

static void damaged(void **state)
{
    static const char *const bad[] = {
        "auto\n",     "auto=\n",     "auto=-1\n",
        "auto=1x\n",  "auto= 1\n",   "period=99999999999999999999\n",
        "period=0\n", "period=59\n", "period=864",
    };
    char text[NV_TEXT_MAX + 20] = "key=";
    struct nv nv;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        put(bad[i]);
        assert_int_equal(nv_read(&nv, path), NV_BAD);
    }
    memset(text + 4, 'k', NV_TEXT_MAX + 1);
    text[4 + NV_TEXT_MAX + 1] = '\n';
    put(text);
    assert_int_equal(nv_read(&nv, path), NV_BAD);
    put("later=1\nauto=0\n");
    assert_int_equal(nv_read(&nv, path), NV_OK);
    assert_int_equal(nv.settings.is_auto, 0);
}

// What lies behind what is read of a long line was a line of its own.
static void long_line(void **state)
{
    char text[512] = "later=";
    struct nv nv;

    (void)state;
    for (size_t size = 380; size < 420; size++) {
        memset(text + 6, 'x', size - 6);
        strcpy(text + size, "key=other\n");
        put(text);
        if (nv_read(&nv, path) == NV_OK) {
            assert_string_equal(nv.settings.key, "");
        }
    }
}

static void line_feed(void **state)
{
    struct nv nv;
    struct nv read;

    (void)state;
    nv_default(&nv);
    assert_int_equal(nv_write(&nv, path), NV_OK);
    strcpy(nv.to_version, "1.1.0\nphase=3");
    assert_int_equal(nv_write(&nv, path), NV_BAD);
    assert_int_equal(nv_read(&read, path), NV_OK);
    assert_string_equal(read.to_version, "");
}

// A write that fails leaves what was there.
static void cannot_write(void **state)
{
    struct nv nv;
    char blocked[80];

    (void)state;
    nv_default(&nv);
    strcpy(nv.imei, "1");
    assert_int_equal(nv_write(&nv, path), NV_OK);
    snprintf(blocked, sizeof(blocked), "%s.new", path);
    assert_int_equal(mkdir(blocked, 0777), 0);
    strcpy(nv.imei, "2");
    assert_int_equal(nv_write(&nv, path), NV_BAD);
    assert_int_equal(rmdir(blocked), 0);
    assert_int_equal(nv_read(&nv, path), NV_OK);
    assert_string_equal(nv.imei, "1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_there), cmocka_unit_test(comes_back),
        cmocka_unit_test(old_file),      cmocka_unit_test(damaged),
        cmocka_unit_test(long_line),     cmocka_unit_test(line_feed),
        cmocka_unit_test(cannot_write),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
