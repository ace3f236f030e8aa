// SPDX-License-Identifier: MIT
// Command line of dfota-module.

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader.h"

static const char help[] =
    "usage: dfota-module format FLASH IMAGE [option...]\n"
    "       dfota-module update FLASH PACKAGE [option...]\n"
    "       dfota-module status FLASH\n"
    "       dfota-module discard FLASH\n"
    "       dfota-module check FLASH IMAGE\n"
    "       dfota-module run FLASH [option...]\n"
    "\n"
    "A module in a file: two slots, or one, and a journal of NOR flash,\n"
    "stricter than hardware, and a boot loader with the dfota patcher in it.\n"
    "\n"
    "  format   make FLASH, a module that runs IMAGE\n"
    "  update   apply PACKAGE ('-': from stdin) and boot the result; run it\n"
    "           again after a cut, a kill or a broken download to go on\n"
    "  status   print what the journal holds and the wear\n"
    "  discard  forget an update that cannot be finished any more\n"
    "  check    compare the running image with IMAGE\n"
    "  run      be a module: two AT ports, updates from a platform; settings\n"
    "           are in FLASH.nv, a download in FLASH.package\n"
    "\n"
    "Options of format (SIZE: bytes, 0x..., or with K or M):\n"
    "  --slot SIZE         of each slot; default: a quarter more than IMAGE\n"
    "  --erase SIZE        erase block, default 4K\n"
    "  --page SIZE         program page, default 256\n"
    "  --journal SIZE      default 64K\n"
    "  --journal-page SIZE smallest unit programmed there, default 16\n"
    "  --scratch SIZE      one slot, updated in place, and a scratch area\n"
    "\n"
    "Options of update:\n"
    "  --ram SIZE          work memory of the patcher, default 16K\n"
    "  --piece N           bytes per piece fed to the patcher, default 512\n"
    "  --random SEED       pieces of random size, 1 to N\n"
    "  --offset N          stdin begins with package byte N (see status)\n"
    "  --cut-after N       let N erases and programs pass, cut power in the\n"
    "                      middle of the next one\n"
    "  --tear KIND         what the cut leaves of it: mix (default), before,\n"
    "                      blank, noise, front, back\n"
    "  --op-delay N        microseconds per erase and program, default 0\n"
    "  --step N            output bytes per dfp_feed call, default no limit\n"
    "  --checkpoint N      package bytes between checkpoints, default 56K\n"
    "  --product ID        accept packages for this product only\n"
    "  --counter N         lowest security counter accepted\n"
    "  --key PEM           public key; unsigned packages are then refused\n"
    "  -q, --quiet         no progress\n"
    "\n"
    "Options of run, beside those of update:\n"
    "  --uart1 PATH        make PATH a link to the port; it is printed anyway\n"
    "  --usb PATH          likewise\n"
    "  --imei IMEI         of a module that has no settings yet; so are\n"
    "  --firmware-name NAME\n"
    "  --version X.Y.Z\n"
    "  --area SIZE         of what it can store of a package, default no "
    "limit\n"
    "  --stream            apply packages while they come, store nothing\n"
    "  --poll-now          the first automatic poll comes at once\n"
    "  --wait N            seconds until it asks again after a code 43,\n"
    "                      default 30\n"
    "  --clock-speed N     its clock runs N times as fast as ours\n"
    "  --selftest-fails X.Y.Z  that version does not pass its self-test\n"
    "  --selftest-time N   seconds that it takes, default 0\n"
    "  --link-rate BITS    a second that the network brings, default no limit\n"
    "  --link-delay N      milliseconds from a request to its answer\n"
    "  --link-loss N       percent of the pieces that come a second later\n"
    "  --link-cut-after N  it breaks after N bytes of packages, once\n"
    "\n"
    "Exit status: 0 done, 1 refused or different, 2 wrong usage, 3 I/O,\n"
    "4 power was cut, 5 the package ended early.\n"
    "\n"
    "Example: a cut in the middle of operation 100, then the rest:\n"
    "  dfota-module format flash.bin old.bin\n"
    "  dfota-module update flash.bin dfota.bin --cut-after 99\n"
    "  dfota-module update flash.bin dfota.bin\n"
    "  dfota-module check flash.bin new.bin\n";

enum {
    OPT_SLOT = 256,
    OPT_ERASE,
    OPT_PAGE,
    OPT_JOURNAL,
    OPT_JOURNAL_PAGE,
    OPT_SCRATCH,
    OPT_RAM,
    OPT_PIECE,
    OPT_RANDOM,
    OPT_OFFSET,
    OPT_CUT_AFTER,
    OPT_TEAR,
    OPT_OP_DELAY,
    OPT_STEP,
    OPT_CHECKPOINT,
    OPT_PRODUCT,
    OPT_COUNTER,
    OPT_KEY,
    OPT_UART1,
    OPT_USB,
    OPT_IMEI,
    OPT_FIRMWARE_NAME,
    OPT_VERSION,
    OPT_AREA,
    OPT_STREAM,
    OPT_POLL_NOW,
    OPT_WAIT,
    OPT_CLOCK_SPEED,
    OPT_SELFTEST_FAILS,
    OPT_SELFTEST_TIME,
    OPT_LINK_RATE,
    OPT_LINK_DELAY,
    OPT_LINK_LOSS,
    OPT_LINK_CUT_AFTER,
};

static const struct option table[] = {
    {"slot", required_argument, NULL, OPT_SLOT},
    {"erase", required_argument, NULL, OPT_ERASE},
    {"page", required_argument, NULL, OPT_PAGE},
    {"journal", required_argument, NULL, OPT_JOURNAL},
    {"journal-page", required_argument, NULL, OPT_JOURNAL_PAGE},
    {"scratch", required_argument, NULL, OPT_SCRATCH},
    {"ram", required_argument, NULL, OPT_RAM},
    {"piece", required_argument, NULL, OPT_PIECE},
    {"random", required_argument, NULL, OPT_RANDOM},
    {"offset", required_argument, NULL, OPT_OFFSET},
    {"cut-after", required_argument, NULL, OPT_CUT_AFTER},
    {"tear", required_argument, NULL, OPT_TEAR},
    {"op-delay", required_argument, NULL, OPT_OP_DELAY},
    {"step", required_argument, NULL, OPT_STEP},
    {"checkpoint", required_argument, NULL, OPT_CHECKPOINT},
    {"product", required_argument, NULL, OPT_PRODUCT},
    {"counter", required_argument, NULL, OPT_COUNTER},
    {"key", required_argument, NULL, OPT_KEY},
    {"uart1", required_argument, NULL, OPT_UART1},
    {"usb", required_argument, NULL, OPT_USB},
    {"imei", required_argument, NULL, OPT_IMEI},
    {"firmware-name", required_argument, NULL, OPT_FIRMWARE_NAME},
    {"version", required_argument, NULL, OPT_VERSION},
    {"area", required_argument, NULL, OPT_AREA},
    {"stream", no_argument, NULL, OPT_STREAM},
    {"poll-now", no_argument, NULL, OPT_POLL_NOW},
    {"wait", required_argument, NULL, OPT_WAIT},
    {"clock-speed", required_argument, NULL, OPT_CLOCK_SPEED},
    {"selftest-fails", required_argument, NULL, OPT_SELFTEST_FAILS},
    {"selftest-time", required_argument, NULL, OPT_SELFTEST_TIME},
    {"link-rate", required_argument, NULL, OPT_LINK_RATE},
    {"link-delay", required_argument, NULL, OPT_LINK_DELAY},
    {"link-loss", required_argument, NULL, OPT_LINK_LOSS},
    {"link-cut-after", required_argument, NULL, OPT_LINK_CUT_AFTER},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

static _Noreturn void refuse(const char *format, ...)
{
    va_list args;

    fputs("dfota-module: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputs("; see --help\n", stderr);
    exit(EXIT_USAGE);
}

static uint32_t read_number(const char *option, const char *text, uint32_t max)
{
    char *end;
    unsigned long long n;
    unsigned shift = 0;

    errno = 0;
    n = strtoull(text, &end, 0);
    if (*end == 'K' || *end == 'k') {
        shift = 10;
    } else if (*end == 'M' || *end == 'm') {
        shift = 20;
    }
    end += shift != 0;
    if (errno != 0 || end == text || *end != '\0' || *text == '-' ||
        n > max >> shift) {
        refuse("--%s: no number up to %lu (found %s)", option,
               (unsigned long)max, text);
    }
    return (uint32_t)n << shift;
}

static enum sim_tear read_tear(const char *text)
{
    static const struct {
        const char *name;
        enum sim_tear tear;
    } tears[] = {
        {"mix", SIM_MIX},     {"before", SIM_BEFORE}, {"blank", SIM_BLANK},
        {"noise", SIM_NOISE}, {"front", SIM_FRONT},   {"back", SIM_BACK},
    };

    for (size_t i = 0; i < sizeof(tears) / sizeof(tears[0]); i++) {
        if (strcmp(text, tears[i].name) == 0) {
            return tears[i].tear;
        }
    }
    refuse("--tear: no such kind (found %s)", text);
}

static bool set_format_option(struct options *o, int id, uint32_t n)
{
    switch (id) {
    case OPT_SLOT: o->geometry.slot_size = n; return true;
    case OPT_ERASE:
        o->geometry.slot_erase = n;
        o->geometry.journal_erase = n;
        o->geometry.scratch_erase = n;
        return true;
    case OPT_PAGE:
        o->geometry.slot_program = n;
        o->geometry.scratch_program = n;
        return true;
    case OPT_JOURNAL: o->geometry.journal_size = n; return true;
    case OPT_JOURNAL_PAGE: o->geometry.journal_program = n; return true;
    case OPT_SCRATCH:
        o->geometry.scratch_size = n;
        o->geometry.one_slot = n != 0;
        return true;
    default: return false;
    }
}

static void set_update_option(struct options *o, int id, uint32_t n)
{
    switch (id) {
    case OPT_RAM: o->ram = n; break;
    case OPT_PIECE: o->piece = n == 0 ? 1 : n; break;
    case OPT_RANDOM: o->random_seed = (uint64_t)n + 1; break;
    case OPT_OFFSET: o->offset = n; break;
    case OPT_CUT_AFTER: o->cut.number = n + 1; break;
    case OPT_OP_DELAY: o->op_delay = n; break;
    case OPT_STEP: o->step = n; break;
    case OPT_CHECKPOINT: o->checkpoint = n; break;
    case OPT_AREA: o->area = n; break;
    case OPT_WAIT: o->wait = n; break;
    case OPT_CLOCK_SPEED: o->clock_speed = n == 0 ? 1 : n; break;
    case OPT_SELFTEST_TIME: o->selftest_time = n; break;
    case OPT_LINK_RATE: o->link_rate = n; break;
    case OPT_LINK_DELAY: o->link_delay = n; break;
    case OPT_LINK_LOSS: o->link_loss = n; break;
    case OPT_LINK_CUT_AFTER: o->link_cut_after = n; break;
    default: o->counter = n; break;
    }
}

static const char *option_name(int id)
{
    const struct option *o = table;

    while (o->val != id) {
        o++;
    }
    return o->name;
}

static uint32_t largest(int id)
{
    switch (id) {
    case OPT_COUNTER: return UINT32_MAX;
    case OPT_PIECE: return BOOTLOADER_PIECE_MAX;
    case OPT_RAM: return BOOTLOADER_RAM_MAX;
    default: return DFOTA_IMAGE_MAX;
    }
}

static void set_option(struct options *o, int id, const char *text)
{
    switch (id) {
    case OPT_TEAR: o->cut.tear = read_tear(text); break;
    case OPT_PRODUCT: o->product = text; break;
    case OPT_KEY: o->key = text; break;
    case OPT_UART1: o->uart1 = text; break;
    case OPT_USB: o->usb = text; break;
    case OPT_IMEI: o->imei = text; break;
    case OPT_FIRMWARE_NAME: o->firmware_name = text; break;
    case OPT_VERSION: o->version = text; break;
    case OPT_STREAM: o->streams = true; break;
    case OPT_POLL_NOW: o->poll_now = true; break;
    case OPT_SELFTEST_FAILS: o->selftest_fails = text; break;
    case 'q': o->quiet = true; break;
    default: {
        uint32_t n = read_number(option_name(id), text, largest(id));

        if (!set_format_option(o, id, n)) {
            set_update_option(o, id, n);
        }
    }
    }
}

static void set_operands(struct options *o, int count, char **words)
{
    static const char *const commands[] = {
        "format", "update", "check", "status", "discard", "run",
    };
    int wanted = 0;

    for (int i = 0; count > 0 && i < 6; i++) {
        if (strcmp(words[0], commands[i]) == 0) {
            wanted = i < 3 ? 3 : 2;
        }
    }
    if (wanted == 0) {
        refuse("no such command (found %s)", count > 0 ? words[0] : "none");
    }
    if (count != wanted) {
        refuse("%s: wrong number of operands (found %d, expected %d)", words[0],
               count - 1, wanted - 1);
    }
    o->command = words[0];
    o->flash = words[1];
    o->argument = wanted == 3 ? words[2] : NULL;
}

void options_read(struct options *o, int argc, char **argv)
{
    static const struct sim_geometry geometry = {.slot_erase = 4096,
                                                 .slot_program = 256,
                                                 .journal_size = 65536,
                                                 .journal_erase = 4096,
                                                 .journal_program = 16,
                                                 .scratch_erase = 4096,
                                                 .scratch_program = 256};
    int id;

    memset(o, 0, sizeof(*o));
    o->geometry = geometry;
    o->ram = 16384;
    o->piece = 512;
    o->cut.tear = SIM_MIX;
    o->imei = "";
    o->firmware_name = "";
    o->version = "1.0.0";
    o->wait = 30;
    o->clock_speed = 1;
    while ((id = getopt_long(argc, argv, "qh", table, NULL)) != -1) {
        if (id == '?') {
            exit(EXIT_USAGE);
        }
        if (id == 'h') {
            fputs(help, stdout);
            exit(EXIT_DONE);
        }
        set_option(o, id, optarg);
    }
    set_operands(o, argc - optind, argv + optind);
}
