// SPDX-License-Identifier: MIT
// Power-cut runner: branches a module at every flash operation.

#include "powercut.h"

#include <stdio.h>
#include <string.h>

#include "simparts.h"

// A module on its way through a run.
struct session {
    struct powercut *p;
    struct simflash flash;
    struct sim_cut cuts[POWERCUT_DEPTH_MAX];
    uint32_t depth;    // cuts made
    uint32_t levels;   // cuts yet to be branched off during this boot
    uint32_t branches; // places where that was possible
    uint32_t fetched;  // package bytes handed in so far
    uint32_t stored;   // new image bytes once called safely stored
    uint32_t finished[SIM_IMAGES]; // below this a new slot must not be touched
                                   // again
    bool touched;                  // ... but was
    uint32_t covered;              // cuts in the block that is being written
    struct sim_result *boot;       // of the boot that goes on
};

// --- Failures --------------------------------------------------------------

static bool fail(struct session *s, const char *what, uint32_t found,
                 uint32_t expected)
{
    struct powercut *p = s->p;
    char name[POWERCUT_NAME_SIZE];

    p->failures++;
    if (p->failure[0] == '\0') {
        powercut_name(name, s->cuts, s->depth);
        snprintf(p->failure, sizeof(p->failure),
                 "%s (found %ld, expected %ld) in run \"%s\"", what,
                 (long)(int32_t)found, (long)(int32_t)expected, name);
    }
    return false;
}

// Of the host: the module cannot help it.
static bool fail_memory(struct session *s)
{
    s->p->is_out_of_memory = true;
    return fail(s, "out of memory", 0, 0);
}

static bool fail_fault(struct session *s, const struct sim_result *r)
{
    char what[160];

    if (r->status == DFP_ERR_MEMORY && r->fault.field == NULL) {
        return fail_memory(s);
    }
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

static bool may_go_on(const struct powercut *p)
{
    return p->keeps_going || p->failures == 0;
}

// --- Sessions --------------------------------------------------------------

static const struct sim_geometry *geometry(const struct session *s)
{
    return simflash_geometry(&s->flash);
}

static bool has_journal(const struct session *s)
{
    return geometry(s)->journal_size != 0;
}

static bool begin_session(struct session *s, struct powercut *p)
{
    memset(s, 0, sizeof(*s));
    s->p = p;
    return simflash_clone(&s->flash, p->start) || fail_memory(s);
}

static void end_session(struct session *s)
{
    simflash_free(&s->flash);
}

static bool check_progress(struct session *s, const struct sim_result *r)
{
    uint32_t erase = geometry(s)->slot_erase;
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
        return fail(s, "finished block written again", 0, s->finished[0]);
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
    if (geometry(s)->more_count == 0 &&
        s->stored / erase * erase > s->finished[0]) {
        s->finished[0] = s->stored / erase * erase;
    }
    return true;
}

// Whether a block of the new slot is written that was finished before. In
// place that is in order: what a block needs may stand in another one.
static void watch_blocks(struct session *s, const struct sim_op *op)
{
    uint32_t *finished = &s->finished[op->area / SIM_AREAS];

    if (op->area % SIM_AREAS != DFP_NEW || !has_journal(s) ||
        geometry(s)->one_slot) {
        return;
    }
    if (op->offset < *finished) {
        s->touched = true;
    }
    if (op->kind == SIM_ERASE && op->offset > *finished) {
        *finished = op->offset;
    }
}

static void branch(struct session *s, const struct sim_op *op);
static void cut_block(struct session *s, uint32_t number);

static void watch(void *context, const struct sim_op *op)
{
    struct session *s = context;

    if (s->depth == 0 && s->levels != 0 && s->p->reached != NULL) {
        s->p->reached(s->p->context, op->number);
    }
    if (s->levels != 0) {
        branch(s, op);
    }
    watch_blocks(s, op);
}

static void boot(struct session *s, const struct sim_cut *cut,
                 struct sim_result *r)
{
    uint64_t seed = s->p->seed + s->depth * 1000003u;

    if (s->p->booting != NULL) {
        s->p->booting(s->p->context, &s->flash);
    }
    simflash_reboot(&s->flash, seed);
    if (cut != NULL) {
        s->cuts[s->depth++] = *cut;
        s->flash.random = seed + cut->number;
        simflash_arm(&s->flash, cut);
    }
    s->flash.watch = watch;
    s->flash.watch_context = s;
    s->boot = r;
    sim_run(&s->p->update, &s->flash, r);
    s->p->torn_reads += s->flash.torn_reads;
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

static bool check_image(struct session *s, uint32_t image, const uint8_t *data,
                        uint32_t size)
{
    enum dfp_area old_area = sim_place(image, DFP_OLD);
    const uint8_t *made = simflash_area(&s->flash, sim_place(image, DFP_NEW));
    uint32_t i = 0;

    while (i < size && made[i] == data[i]) {
        i++;
    }
    if (i < size) {
        return fail(s, "new image wrong, first at", i, size);
    }
    if (!geometry(s)->one_slot &&
        memcmp(simflash_area(&s->flash, old_area),
               simflash_area(s->p->start, old_area),
               simflash_area_size(s->p->start, old_area)) != 0) {
        return fail(s, "old slot changed, that of image", image, 0);
    }
    return true;
}

static bool check_flash(struct session *s)
{
    const struct powercut *p = s->p;
    bool good = check_image(s, 0, p->new_image, p->new_size);

    for (uint32_t i = 0; good && i < geometry(s)->more_count; i++) {
        good = check_image(s, i + 1, p->more[i].data, p->more[i].size);
    }
    return good;
}

// Boot without a cut: the update must finish, and stay finished.
static bool boot_to_end(struct session *s)
{
    struct sim_result r;

    boot(s, NULL, &r);
    if (s->covered != 0) {
        cut_block(s, s->flash.number + 1);
    }
    s->levels = 0;
    s->p->runs += s->depth != 0;
    if (s->depth == 0) {
        s->p->operations = s->flash.number;
    }
    if (r.status != DFP_DONE) {
        return fail_fault(s, &r);
    }
    if (!check_progress(s, &r) || !check_flash(s)) {
        return false;
    }
    if (s->p->ended != NULL) {
        s->p->ended(s->p->context, &s->flash);
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

// --- Branches --------------------------------------------------------------

// The nth way to cut an operation; false when there are no more.
static bool nth_cut(const struct powercut *p, const struct sim_op *op,
                    uint32_t n, struct sim_cut *cut)
{
    static const enum sim_tear erase_tears[] = {
        SIM_BEFORE, SIM_BLANK, SIM_MIX,      SIM_NOISE,
        SIM_FRONT,  SIM_BACK,  SIM_UNSTABLE,
    };
    static const enum sim_tear program_tears[] = {
        SIM_BEFORE,
        SIM_BLANK,
        SIM_MIX,
        SIM_UNSTABLE,
    };
    uint32_t step = p->prefix_step != 0 ? p->prefix_step : (op->size + 1) / 2;

    cut->number = op->number;
    cut->bytes = 0;
    if (op->kind == SIM_ERASE) {
        cut->tear = n < 7 ? erase_tears[n] : SIM_BEFORE;
        return n < 7;
    }
    if (n < 4) {
        cut->tear = program_tears[n];
        return true;
    }
    cut->tear = SIM_PREFIX;
    cut->bytes = (n - 4) * step;
    return cut->bytes < op->size;
}

// Cut `s` here, and see it through.
static void cut_here(const struct session *s, const struct sim_op *op,
                     const struct sim_cut *cut)
{
    struct session t = *s;

    t.levels = s->levels - 1;
    t.branches = 0;
    t.covered = 0;
    t.cuts[t.depth++] = *cut;
    s->p->cut_points++;
    if (!simflash_fork(&t.flash, &s->flash, op, cut,
                       s->p->seed + s->depth * 1000003u + cut->number)) {
        fail_memory(&t);
        return;
    }
    if (check_progress(&t, s->boot)) {
        boot_to_end(&t);
    }
    end_session(&t);
}

// The journal is read by whoever resumes; nothing else should be.
static bool is_grouped(const struct session *s, const struct sim_op *op)
{
    return s->p->is_grouped && op->area != DFP_JOURNAL;
}

static bool is_same_block(const struct session *s, const struct sim_op *a,
                          const struct sim_op *b)
{
    uint32_t erase = sim_find_part(&s->flash, a->area).erase;

    return a->area == b->area && a->offset / erase == b->offset / erase;
}

// Whether this piece of work is one of ours.
static bool is_mine(struct session *s)
{
    const struct powercut *p = s->p;

    return may_go_on(p) && (s->depth != 0 || p->shares < 2 ||
                            s->branches++ % p->shares == p->share);
}

static uint32_t count_ways(const struct session *s, const struct sim_op *op)
{
    struct sim_cut cut;
    uint32_t n = 0;

    while (nth_cut(s->p, op, n, &cut)) {
        n++;
    }
    return n;
}

// All cuts in the block that was written before operation `number`, as one.
static void cut_block(struct session *s, uint32_t number)
{
    struct sim_op op = {.number = number};
    struct sim_cut cut = {number, SIM_ANY, 0};

    if (is_mine(s)) {
        s->p->cut_points += s->covered - 1;
        cut_here(s, &op, &cut);
    }
    s->covered = 0;
}

// Cut power at this operation in every way.
static void branch(struct session *s, const struct sim_op *op)
{
    const struct sim_op *last = &s->flash.last;
    struct sim_cut cut;

    if (s->covered != 0 && !is_same_block(s, last, op)) {
        cut_block(s, op->number);
    }
    if (is_grouped(s, op)) {
        s->covered += count_ways(s, op);
        return;
    }
    if (!is_mine(s)) {
        return;
    }
    for (uint32_t n = 0; may_go_on(s->p) && nth_cut(s->p, op, n, &cut); n++) {
        cut_here(s, op, &cut);
    }
}

// Finish the update, and on the way branch off with up to `depth` cuts.
static bool explore(struct powercut *p, uint32_t depth)
{
    struct session s;
    uint32_t before = p->failures;

    if (begin_session(&s, p)) {
        s.levels = depth;
        boot_to_end(&s);
    }
    end_session(&s);
    return p->failures == before;
}

static void forget_results(struct powercut *p)
{
    p->failure[0] = '\0';
    p->failures = 0;
    p->cut_points = 0;
    p->runs = 0;
    p->torn_reads = 0;
    p->refetched = 0;
}

// The update without a cut, for its figures.
static bool measure(struct powercut *p)
{
    struct session s;
    struct sim_totals before;
    struct sim_totals after;
    bool good;

    forget_results(p);
    if (p->is_measured) {
        return true;
    }
    if (!begin_session(&s, p)) {
        return false;
    }
    simflash_totals(&s.flash, &before);
    good = boot_to_end(&s);
    simflash_totals(&s.flash, &after);
    end_session(&s);
    p->new_bytes = 0;
    p->new_erases = 0;
    for (int i = DFP_NEW; i < (int)SIM_PLACES; i += SIM_AREAS) {
        p->new_bytes += (uint32_t)(after.programmed[i] - before.programmed[i]);
        p->new_erases += (uint32_t)(after.erased[i] - before.erased[i]);
    }
    p->journal_bytes = (uint32_t)(after.programmed[DFP_JOURNAL] -
                                  before.programmed[DFP_JOURNAL]);
    p->journal_erases =
        (uint32_t)(after.erased[DFP_JOURNAL] - before.erased[DFP_JOURNAL]);
    return good;
}

bool powercut_linear(struct powercut *p)
{
    return measure(p) && explore(p, 1);
}

bool powercut_pairs(struct powercut *p)
{
    return measure(p) && explore(p, 2);
}

// --- Single runs -----------------------------------------------------------

bool powercut_run(struct powercut *p, const struct sim_cut *cuts,
                  uint32_t count)
{
    struct session s;
    bool reached = true;
    bool good = begin_session(&s, p);

    for (uint32_t i = 0; good && reached && i < count; i++) {
        good = boot_cut(&s, cuts + i, &reached);
    }
    good = good && boot_to_end(&s);
    end_session(&s);
    return good;
}

// A run with up to `depth` cuts; the same whoever else is run.
static void sample(struct powercut *p, uint32_t run, uint32_t depth)
{
    uint64_t random = p->seed ^ (run + 1ull) << 32;
    uint32_t count = 1 + (uint32_t)(sim_random(&random) % depth);
    uint32_t left = p->operations;
    struct sim_cut cuts[POWERCUT_DEPTH_MAX];

    for (uint32_t i = 0; i < count; i++) {
        cuts[i].number = 1 + (uint32_t)(sim_random(&random) % left);
        cuts[i].tear = (enum sim_tear)(sim_random(&random) % SIM_TEARS);
        cuts[i].bytes = (uint32_t)(sim_random(&random) % 256);
        left = left - cuts[i].number + 1;
    }
    if (p->reached != NULL) {
        p->reached(p->context, run);
    }
    powercut_run(p, cuts, count);
}

bool powercut_sample(struct powercut *p, uint32_t runs, uint32_t depth)
{
    if (!measure(p)) {
        return false;
    }
    for (uint32_t run = 0; may_go_on(p) && run < runs; run++) {
        if (p->shares < 2 || run % p->shares == p->share) {
            sample(p, run, depth);
        }
    }
    return p->failures == 0;
}

bool powercut_replay(struct powercut *p, const char *name)
{
    struct sim_cut cuts[POWERCUT_DEPTH_MAX];
    uint32_t count;

    if (!powercut_parse(name, cuts, &count)) {
        snprintf(p->failure, sizeof(p->failure), "no run has this name");
        return false;
    }
    return measure(p) && powercut_run(p, cuts, count);
}
