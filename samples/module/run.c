// SPDX-License-Identifier: MIT
// The module in operation: one loop over two AT ports and the update agent.

#include "run.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "atcommands.h"
#include "atport.h"
#include "bootoptions.h"
#include "modclock.h"

#define PORTS 2

static volatile sig_atomic_t is_over;

static void on_signal(int number)
{
    (void)number;
    is_over = 1;
}

struct module {
    struct at_port ports[PORTS];
    struct agent agent;
    struct bootloader boot;
    struct dfp_key key;
    uint32_t percent; // of the image, last said
    char nv_path[AGENT_PATH_MAX];
    char package_path[AGENT_PATH_MAX];
};

static void say(void *context, const char *text)
{
    struct module *m = context;

    for (int i = 0; i < PORTS && !m->boot.flash->off; i++) {
        at_port_say(&m->ports[i], text);
    }
}

static void say_progress(void *context, const struct dfp_progress *p)
{
    struct module *m = context;
    uint64_t done = (uint64_t)p->new_at * 100;
    uint32_t percent =
        p->new_size == 0 ? 0 : (uint32_t)(done / p->new_size / 10 * 10);
    char text[40];

    if (percent != m->percent) {
        m->percent = percent;
        snprintf(text, sizeof(text), "+UPGRADEDL: %u", (unsigned)percent);
        say(m, text);
    }
}

static int complain(const char *path, const char *reason)
{
    fprintf(stderr, "dfota-module: %s: %s\n", path, reason);
    return EXIT_IO;
}

// What the factory gives a module, once.
static bool make_store(const struct options *o, const char *path)
{
    struct nv nv;
    enum nv_status status = nv_read(&nv, path);

    if (status == NV_NONE) {
        snprintf(nv.imei, sizeof(nv.imei), "%s", o->imei);
        snprintf(nv.name, sizeof(nv.name), "%s", o->firmware_name);
        snprintf(nv.version, sizeof(nv.version), "%s", o->version);
        status = nv_write(&nv, path);
    }
    return status == NV_OK;
}

static bool open_ports(struct module *m, const struct options *o)
{
    static const char *const names[PORTS] = {"UART1", "USB"};
    const char *const links[PORTS] = {o->uart1, o->usb};

    for (int i = 0; i < PORTS; i++) {
        if (!at_port_open(&m->ports[i], names[i], links[i])) {
            complain(links[i] != NULL ? links[i] : names[i],
                     errno == EEXIST ? "exists, and is no link to a port"
                                     : strerror(errno));
            while (i-- > 0) {
                at_port_close(&m->ports[i]);
            }
            return false;
        }
        printf("%s: %s\n", names[i], m->ports[i].path);
    }
    fflush(stdout);
    return true;
}

static void serve(struct module *m)
{
    struct curl_waitfd fds[PORTS];
    bool is_on = !m->boot.flash->off && !m->agent.is_stuck;

    while (is_on && !is_over) {
        for (int i = 0; i < PORTS; i++) {
            fds[i] = (struct curl_waitfd){m->ports[i].fd, CURL_WAIT_POLLIN, 0};
        }
        is_on = agent_wait(&m->agent, fds, PORTS);
        for (int i = 0; i < PORTS && is_on; i++) {
            at_serve(&m->ports[i], &m->agent);
        }
    }
}

static void catch_signals(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

static bool set_paths(struct module *m, const char *flash)
{
    size_t size = AGENT_PATH_MAX;

    return (size_t)snprintf(m->nv_path, size, "%s.nv", flash) < size &&
           (size_t)snprintf(m->package_path, size, "%s.package", flash) < size;
}

int run_module(const struct options *o, struct simflash *flash)
{
    static struct module m;
    struct agent_config config = {
        .nv_path = m.nv_path,
        .package_path = m.package_path,
        .area = o->area == 0 ? UINT32_MAX : o->area,
        .streams = o->streams,
        .wait = o->wait,
        .poll_now = o->poll_now,
        .selftest_fails = o->selftest_fails,
        .selftest_time = o->selftest_time,
        .link = {o->link_rate, o->link_delay, o->link_loss, o->link_cut_after},
        .say = say,
        .context = &m,
    };

    if (o->streams && simflash_geometry(flash)->one_slot) {
        complain("--stream", "this module has one slot only");
        return EXIT_USAGE;
    }
    if (!set_paths(&m, o->flash) || !make_store(o, m.nv_path)) {
        return complain(m.nv_path, "no settings, or they cannot be written");
    }
    if (!boot_from_options(&m.boot, &m.key, flash, o) || !open_ports(&m, o)) {
        return EXIT_IO;
    }
    m.percent = UINT32_MAX;
    m.boot.report = say_progress;
    m.boot.report_context = &m;
    mod_clock_speed(o->clock_speed);
    catch_signals();
    boot_power_on(flash, o);
    if (!agent_open(&m.agent, &config, &m.boot)) {
        return complain(m.nv_path, "damaged");
    }
    serve(&m);
    agent_close(&m.agent);
    for (int i = 0; i < PORTS; i++) {
        at_port_close(&m.ports[i]);
    }
    if (flash->off) {
        printf("power cut at operation %lu\n", (unsigned long)flash->number);
        return EXIT_CUT;
    }
    if (m.agent.is_stuck) {
        complain(o->flash, "is half new, and cannot go on: give it the package "
                           "by \"update\"");
        return EXIT_REFUSED;
    }
    return EXIT_DONE;
}
