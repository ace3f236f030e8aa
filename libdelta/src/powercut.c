// SPDX-License-Identifier: MIT
// Power-cut runner: branches a module at every flash operation.

#include "powercut.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const tear_names[SIM_TEARS] = {
    "before", "blank", "mix", "prefix", "noise", "front", "back",
};

// The operations of one boot.
struct trace {
    struct sim_op *ops;
    uint32_t count;
    uint32_t room;
};

// A module on its way through a run.
struct session {
    struct powercut *p;
    struct simflash flash;
    struct sim_cut cuts[POWERCUT_DEPTH_MAX];
    uint32_t depth;    // cuts made
    uint32_t fetched;  // package bytes handed in so far
    uint32_t stored;   // new image bytes once called safely stored
    uint32_t finished; // new slot below this must not be touched again
    bool touched;      // ... but was
    struct trace *trace;
};

// --- Names -----------------------------------------------------------------

static void name_run(const struct session *s, char *text, size_t size)
{
    size_t at = 0;

    text[0] = '\0';
    for (uint32_t i = 0; i < s->depth && at < size; i++) {
        const struct sim_cut *c = s->cuts + i;

        at +=
            (size_t)snprintf(text + at, size - at, "%s%u:%s", i == 0 ? "" : ",",
                             (unsigned)c->number, tear_names[c->tear]);
        if (c->tear == SIM_PREFIX && at < size) {
            at += (size_t)snprintf(text + at, size - at, ":%u",
                                   (unsigned)c->bytes);
        }
    }
}

static bool parse_tear(const char *word, enum sim_tear *tear)
{
    for (int i = 0; i < SIM_TEARS; i++) {
        if (strcmp(word, tear_names[i]) == 0) {
            *tear = (enum sim_tear)i;
            return true;
        }
    }
    return false;
}

// One cut of a name. Returns what follows it, NULL when it is malformed.
static const char *parse_cut(const char *text, struct sim_cut *cut)
{
    char word[8];
    unsigned number;
    unsigned bytes = 0;
    int used = 0;

    if (sscanf(text, "%u:%7[a-z]%n", &number, word, &used) != 2 ||
        !parse_tear(word, &cut->tear)) {
        return NULL;
    }
    text += used;
    if (cut->tear == SIM_PREFIX) {
        if (sscanf(text, ":%u%n", &bytes, &used) != 1) {
            return NULL;
        }
        text += used;
    }
    cut->number = number;
    cut->bytes = bytes;
    return text;
}

static bool fail(struct session *s, const char *what, uint32_t found,
                 uint32_t expected)
{
    struct powercut *p = s->p;
    char name[160];

    if (p->failure[0] == '\0') {
        name_run(s, name, sizeof(name));
        snprintf(p->failure, sizeof(p->failure),
                 "%s (found %ld, expected %ld) in run \"%s\"", what,
                 (long)(int32_t)found, (long)(int32_t)expected, name);
    }
    return false;
}

static bool fail_fault(struct session *s, const struct sim_result *r)
{
    char what[160];

    if (s->flash.breach[0] != '\0') {
        snprintf(what, sizeof(what), "flash rule: %s", s->flash.breach);
    } else {
        snprintf(what, sizeof(what), "status %d, %s, expected %ld, found %ld,",
                 (int)r->status,
                 r->fault.field == NULL ? "no field" : r->fault.field,
                 (long)r->fault.expected, (long)r->fault.found);
    }
    return fail(s, what, (uint32_t)r->fault.flash, 0);
}

// --- Sessions --------------------------------------------------------------

static bool has_journal(const struct session *s)
{
    return simflash_geometry(&s->flash)->journal_size != 0;
}

static void record(struct trace *t, const struct sim_op *op)
{
    if (t->count == t->room) {
        uint32_t room = t->room == 0 ? 64 : 2 * t->room;
        struct sim_op *ops = realloc(t->ops, room * sizeof(*ops));

        if (ops == NULL) {
            abort();
        }
        t->ops = ops;
        t->room = room;
    }
    t->ops[t->count++] = *op;
}

static void watch(void *context, const struct sim_op *op)
{
    struct session *s = context;

    if (s->trace != NULL) {
        record(s->trace, op);
    }
    if (op->area != DFP_NEW || !has_journal(s)) {
        return;
    }
    if (op->offset < s->finished) {
        s->touched = true;
    }
    if (op->kind == SIM_ERASE && op->offset > s->finished) {
        s->finished = op->offset;
    }
}

static void begin_session(struct session *s, const struct session *from,
                          struct powercut *p)
{
    if (from != NULL) {
        *s = *from;
    } else {
        memset(s, 0, sizeof(*s));
        s->p = p;
    }
    s->trace = NULL;
    if (!simflash_clone(&s->flash, from != NULL ? &from->flash : p->start)) {
        abort();
    }
}

static void end_session(struct session *s)
{
    simflash_free(&s->flash);
}

static bool check_progress(struct session *s, const struct sim_result *r)
{
    uint32_t erase = simflash_geometry(&s->flash)->slot_erase;
    uint32_t at = r->resumed.package_at;
    bool fed = r->fetched_to != 0;
    uint32_t again = fed && s->fetched > at ? s->fetched - at : 0;

    if (r->resume_ops != 0) {
        return fail(s, "dfp_resume wrote to flash", r->resume_ops, 0);
    }
    if (!has_journal(s)) {
        return true;
    }
    if (r->resumed.new_at < s->stored) {
        return fail(s, "progress went back", r->resumed.new_at, s->stored);
    }
    if (s->touched) {
        return fail(s, "finished block written again", 0, s->finished);
    }
    if (again > s->p->refetch_max) {
        return fail(s, "package fetched again", again, s->p->refetch_max);
    }
    if (again > s->p->refetched) {
        s->p->refetched = again;
    }
    if (r->fetched_to > s->fetched) {
        s->fetched = r->fetched_to;
    }
    if (r->reached.new_at > s->stored) {
        s->stored = r->reached.new_at;
    }
    if (s->stored / erase * erase > s->finished) {
        s->finished = s->stored / erase * erase;
    }
    return true;
}

static void boot(struct session *s, const struct sim_cut *cut,
                 struct sim_result *r)
{
    uint64_t seed = s->p->seed + s->depth * 1000003u;

    if (cut != NULL) {
        s->cuts[s->depth++] = *cut;
        simflash_reboot(&s->flash, seed + cut->number);
        simflash_arm(&s->flash, cut);
    } else {
        simflash_reboot(&s->flash, seed);
    }
    s->flash.watch = watch;
    s->flash.watch_context = s;
    sim_run(&s->p->update, &s->flash, r);
}

// Boot into a cut. *reached: the cut was made, not the end of the update.
static bool boot_cut(struct session *s, const struct sim_cut *cut,
                     bool *reached)
{
    struct sim_result r;

    boot(s, cut, &r);
    *reached = s->flash.off && s->flash.breach[0] == '\0';
    if (*reached) {
        s->p->cut_points++;
        if (r.status != DFP_ERR_FLASH || r.fault.flash != SIM_ERR_OFF) {
            return fail_fault(s, &r);
        }
    } else if (r.status != DFP_DONE) {
        return fail_fault(s, &r);
    }
    return check_progress(s, &r);
}

static bool check_flash(struct session *s)
{
    const struct powercut *p = s->p;
    const uint8_t *made = simflash_area(&s->flash, DFP_NEW);
    uint32_t i = 0;

    while (i < p->new_size && made[i] == p->new_image[i]) {
        i++;
    }
    if (i < p->new_size) {
        return fail(s, "new image wrong, first at", i, p->new_size);
    }
    if (memcmp(simflash_area(&s->flash, DFP_OLD),
               simflash_area(p->start, DFP_OLD),
               simflash_area_size(p->start, DFP_OLD)) != 0) {
        return fail(s, "old slot changed", 0, 0);
    }
    return true;
}

// Boot without a cut: the update must finish, and stay finished.
static bool boot_to_end(struct session *s, struct trace *trace)
{
    struct sim_result r;

    s->trace = trace;
    boot(s, NULL, &r);
    s->trace = NULL;
    if (r.status != DFP_DONE) {
        return fail_fault(s, &r);
    }
    if (!check_progress(s, &r) || !check_flash(s)) {
        return false;
    }
    if (!has_journal(s)) {
        return true;
    }
    boot(s, NULL, &r);
    if (r.status != DFP_DONE || s->flash.number != 0) {
        return fail(s, "completion forgotten", (uint32_t)r.status, DFP_DONE);
    }
    return true;
}

// --- Ways to cut -----------------------------------------------------------

// The nth way to cut an operation; false when there are no more.
static bool nth_cut(const struct powercut *p, const struct sim_op *op,
                    uint32_t n, struct sim_cut *cut)
{
    static const enum sim_tear erase_tears[] = {
        SIM_BEFORE, SIM_BLANK, SIM_MIX, SIM_NOISE, SIM_FRONT, SIM_BACK,
    };
    static const enum sim_tear program_tears[] = {
        SIM_BEFORE,
        SIM_BLANK,
        SIM_MIX,
    };
    uint32_t step = p->prefix_step != 0 ? p->prefix_step : (op->size + 1) / 2;

    cut->number = op->number;
    cut->bytes = 0;
    if (op->kind == SIM_ERASE) {
        cut->tear = n < 6 ? erase_tears[n] : SIM_BEFORE;
        return n < 6;
    }
    if (n < 3) {
        cut->tear = program_tears[n];
        return true;
    }
    cut->tear = SIM_PREFIX;
    cut->bytes = (n - 3) * step;
    return cut->bytes < op->size;
}

// Finish the update, then branch from `s` at each of the operations seen.
static bool explore(const struct session *s, uint32_t depth)
{
    struct session end;
    struct trace trace = {NULL, 0, 0};
    struct sim_cut cut;
    bool reached;
    bool good;

    begin_session(&end, s, s->p);
    good = boot_to_end(&end, &trace);
    end_session(&end);
    for (uint32_t i = 0; good && depth > 0 && i < trace.count; i++) {
        for (uint32_t n = 0; good && nth_cut(s->p, trace.ops + i, n, &cut);
             n++) {
            begin_session(&end, s, s->p);
            good = boot_cut(&end, &cut, &reached) &&
                   (reached || fail(&end, "cut not reached", 0, 0)) &&
                   explore(&end, depth - 1);
            end_session(&end);
        }
    }
    free(trace.ops);
    return good;
}

// The update without a cut, for its figures.
static bool measure(struct powercut *p)
{
    struct session s;
    struct trace trace = {NULL, 0, 0};
    struct sim_totals before;
    struct sim_totals after;
    bool good;

    p->failure[0] = '\0';
    p->cut_points = 0;
    p->refetched = 0;
    begin_session(&s, NULL, p);
    simflash_totals(&s.flash, &before);
    good = boot_to_end(&s, &trace);
    simflash_totals(&s.flash, &after);
    end_session(&s);
    free(trace.ops);
    p->operations = trace.count;
    p->new_bytes =
        (uint32_t)(after.programmed[DFP_NEW] - before.programmed[DFP_NEW]);
    p->journal_bytes = (uint32_t)(after.programmed[DFP_JOURNAL] -
                                  before.programmed[DFP_JOURNAL]);
    p->new_erases = (uint32_t)(after.erased[DFP_NEW] - before.erased[DFP_NEW]);
    p->journal_erases =
        (uint32_t)(after.erased[DFP_JOURNAL] - before.erased[DFP_JOURNAL]);
    return good;
}

static bool explore_from_start(struct powercut *p, uint32_t depth)
{
    struct session s;
    bool good;

    if (!measure(p)) {
        return false;
    }
    begin_session(&s, NULL, p);
    good = explore(&s, depth);
    end_session(&s);
    return good;
}

bool powercut_linear(struct powercut *p)
{
    return explore_from_start(p, 1);
}

bool powercut_pairs(struct powercut *p)
{
    return explore_from_start(p, 2);
}

// --- Single runs -----------------------------------------------------------

bool powercut_run(struct powercut *p, const struct sim_cut *cuts,
                  uint32_t count)
{
    struct session s;
    bool reached = true;
    bool good = true;

    begin_session(&s, NULL, p);
    for (uint32_t i = 0; good && reached && i < count; i++) {
        good = boot_cut(&s, cuts + i, &reached);
    }
    good = good && boot_to_end(&s, NULL);
    end_session(&s);
    return good;
}

bool powercut_sample(struct powercut *p, uint32_t runs, uint32_t depth)
{
    uint64_t random = p->seed;
    struct sim_cut cuts[POWERCUT_DEPTH_MAX];

    if (!measure(p)) {
        return false;
    }
    for (uint32_t run = 0; run < runs; run++) {
        uint32_t count = 1 + (uint32_t)(sim_random(&random) % depth);
        uint32_t left = p->operations;

        for (uint32_t i = 0; i < count; i++) {
            cuts[i].number = 1 + (uint32_t)(sim_random(&random) % left);
            cuts[i].tear = (enum sim_tear)(sim_random(&random) % SIM_TEARS);
            cuts[i].bytes = (uint32_t)(sim_random(&random) % 256);
            left = left - cuts[i].number + 1;
        }
        if (!powercut_run(p, cuts, count)) {
            return false;
        }
    }
    return true;
}

bool powercut_replay(struct powercut *p, const char *name)
{
    struct sim_cut cuts[POWERCUT_DEPTH_MAX];
    uint32_t count = 0;

    while (name != NULL && *name != '\0' && count < POWERCUT_DEPTH_MAX) {
        name = parse_cut(name + (*name == ','), cuts + count++);
    }
    if (name == NULL || *name != '\0' || count == 0) {
        snprintf(p->failure, sizeof(p->failure), "no run has this name");
        return false;
    }
    return measure(p) && powercut_run(p, cuts, count);
}
