// SPDX-License-Identifier: MIT
// dfota-module: a module in a file. See README.md.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader.h"
#include "bootoptions.h"
#include "flashfile.h"
#include "images.h"
#include "options.h"
#include "run.h"

static int complain(const char *file, const char *reason)
{
    fprintf(stderr, "dfota-module: %s: %s\n", file, reason);
    return EXIT_IO;
}

static int complain_image(const char *file)
{
    return complain(file, "cannot be read, or is empty or too large");
}

// --- format ----------------------------------------------------------------

static int format_module(struct options *o)
{
    struct sim_geometry *g = &o->geometry;
    struct simflash flash;
    struct image image = image_read(o->argument);

    if (image.data == NULL) {
        return complain_image(o->argument);
    }
    if (g->slot_size == 0 && g->slot_erase != 0) {
        g->slot_size = (image.size + image.size / 4 + g->slot_erase - 1) /
                       g->slot_erase * g->slot_erase;
    }
    if (simflash_store_size(g) == 0 || g->slot_size < image.size) {
        image_free(&image);
        fprintf(stderr, "dfota-module: %s: sizes do not go together\n",
                o->flash);
        return EXIT_USAGE;
    }
    if (!flashfile_create(&flash, o->flash, g)) {
        image_free(&image);
        return complain(o->flash, strerror(errno));
    }
    simflash_load(&flash, DFP_OLD, image.data, image.size);
    flashfile_close(&flash);
    image_free(&image);
    return EXIT_DONE;
}

// --- update ----------------------------------------------------------------

// A package in a file, or on stdin from package byte `at` on.
struct download {
    FILE *file;
    bool is_pipe;
    uint32_t at; // where a pipe stands
};

static long read_package(void *context, uint32_t at, uint8_t *data, size_t size)
{
    struct download *d = context;

    if (!d->is_pipe) {
        if (fseek(d->file, (long)at, SEEK_SET) != 0) {
            return -1;
        }
    } else if (at < d->at) {
        errno = ESPIPE;
        return -1;
    }
    while (d->is_pipe && d->at < at) {
        if (getc(d->file) == EOF) {
            return ferror(d->file) ? -1 : 0;
        }
        d->at++;
    }
    size = fread(data, 1, size, d->file);
    d->at += (uint32_t)size;
    return size == 0 && ferror(d->file) ? -1 : (long)size;
}

static void report_progress(void *context, const struct dfp_progress *p)
{
    static uint32_t shown = UINT32_MAX;
    uint32_t percent =
        p->new_size == 0 ? 0
                         : (uint32_t)((uint64_t)p->new_at * 100 / p->new_size);

    (void)context;
    if (percent / 10 != shown) {
        shown = percent / 10;
        fprintf(stderr, "%3lu %% package %lu of %lu, image %lu of %lu\n",
                (unsigned long)percent, (unsigned long)p->package_at,
                (unsigned long)p->package_size, (unsigned long)p->new_at,
                (unsigned long)p->new_size);
    }
}

static void print_work(const struct simflash *flash,
                       const struct sim_totals *before)
{
    struct sim_totals now;

    simflash_totals(flash, &now);
    for (int area = DFP_NEW; area <= DFP_JOURNAL; area++) {
        printf("%s: %llu blocks erased, %llu bytes programmed\n",
               area == DFP_NEW ? "slot" : "journal",
               (unsigned long long)(now.erased[area] - before->erased[area]),
               (unsigned long long)(now.programmed[area] -
                                    before->programmed[area]));
    }
}

static int tell_error(const char *subject, const struct bootloader *b,
                      enum dfp_status status)
{
    const struct dfp_fault *fault = &b->fault;

    fprintf(stderr, "dfota-module: %s: %s: %s (found 0x%lx, expected 0x%lx)\n",
            subject, dfp_strerror(status),
            fault->field == NULL ? "setting" : fault->field,
            (unsigned long)fault->found, (unsigned long)fault->expected);
    return EXIT_REFUSED;
}

static int tell_end(const struct options *o, const struct bootloader *b,
                    enum dfp_status status)
{
    if (b->source_failed) {
        return complain(o->argument, strerror(errno));
    }
    if (b->flash->breach[0] != '\0') {
        fprintf(stderr, "dfota-module: flash rule broken: %s\n",
                b->flash->breach);
        return EXIT_REFUSED;
    }
    if (b->flash->off) {
        printf("power cut at operation %lu\n", (unsigned long)b->flash->number);
        return EXIT_CUT;
    }
    if (status == DFP_DONE) {
        printf("done: the new image runs\n");
        return EXIT_DONE;
    }
    if (status == DFP_OK) {
        printf("package ended early: go on from byte %lu\n",
               (unsigned long)b->reached.package_at);
        return EXIT_MORE;
    }
    return tell_error(o->argument, b, status);
}

static int run_update(const struct options *o, struct bootloader *b)
{
    struct sim_totals before;
    enum dfp_status status;

    boot_power_on(b->flash, o);
    simflash_totals(b->flash, &before);
    status = bootloader_update(b);
    if (!o->quiet) {
        printf("resumed at package byte %lu, image byte %lu\n",
               (unsigned long)b->resumed.package_at,
               (unsigned long)b->resumed.new_at);
        print_work(b->flash, &before);
    }
    return tell_end(o, b, status);
}

static int update_module(const struct options *o, struct simflash *flash)
{
    bool is_pipe = strcmp(o->argument, "-") == 0;
    struct download download = {stdin, is_pipe, is_pipe ? o->offset : 0};
    struct bootloader b;
    struct dfp_key key;
    int result;

    if (!boot_from_options(&b, &key, flash, o)) {
        return EXIT_IO;
    }
    b.source = read_package;
    b.source_context = &download;
    b.report = o->quiet ? NULL : report_progress;
    if (!is_pipe) {
        download.file = fopen(o->argument, "rb");
        if (download.file == NULL) {
            return complain(o->argument, strerror(errno));
        }
    }
    result = run_update(o, &b);
    if (!is_pipe) {
        fclose(download.file);
    }
    return result;
}

// --- status and check ------------------------------------------------------

static int discard_update(struct simflash *flash)
{
    struct bootloader b;
    enum dfp_status status;

    memset(&b, 0, sizeof(b));
    b.flash = flash;
    b.ram = BOOTLOADER_RAM_MAX;
    status = bootloader_discard(&b);
    return status == DFP_OK ? EXIT_DONE : tell_error("journal", &b, status);
}

static int show_status(struct simflash *flash)
{
    struct bootloader b;
    enum dfp_status status;
    struct sim_totals none;

    memset(&b, 0, sizeof(b));
    memset(&none, 0, sizeof(none));
    b.flash = flash;
    b.ram = BOOTLOADER_RAM_MAX;
    status = bootloader_status(&b);
    if (status < 0) {
        return tell_error("journal", &b, status);
    }
    printf("package: %s, byte %lu of %lu\n",
           status == DFP_DONE          ? "complete"
           : b.resumed.package_id != 0 ? "in progress"
                                       : "none",
           (unsigned long)b.resumed.package_at,
           (unsigned long)b.resumed.package_size);
    printf("image: byte %lu of %lu\n", (unsigned long)b.resumed.new_at,
           (unsigned long)b.resumed.new_size);
    print_work(flash, &none);
    return EXIT_DONE;
}

static int check_image(const struct options *o, const struct simflash *flash)
{
    struct image image = image_read(o->argument);
    bool same;

    if (image.data == NULL) {
        return complain_image(o->argument);
    }
    same = image.size <= simflash_area_size(flash, DFP_OLD) &&
           memcmp(image.data, simflash_area(flash, DFP_OLD), image.size) == 0;
    image_free(&image);
    printf("%s\n", same ? "the module runs this image"
                        : "the module runs another image");
    return same ? EXIT_DONE : EXIT_REFUSED;
}

int main(int argc, char **argv)
{
    struct options o;
    struct simflash flash;
    int result;

    options_read(&o, argc, argv);
    if (strcmp(o.command, "format") == 0) {
        return format_module(&o);
    }
    if (!flashfile_open(&flash, o.flash)) {
        return complain(o.flash, errno == EINVAL ? "no simulated module"
                                                 : strerror(errno));
    }
    if (strcmp(o.command, "update") == 0) {
        result = update_module(&o, &flash);
    } else if (strcmp(o.command, "status") == 0) {
        result = show_status(&flash);
    } else if (strcmp(o.command, "discard") == 0) {
        result = discard_update(&flash);
    } else if (strcmp(o.command, "run") == 0) {
        result = run_module(&o, &flash);
    } else {
        result = check_image(&o, &flash);
    }
    flashfile_close(&flash);
    return result;
}
