// SPDX-License-Identifier: MIT
// Choice of direction, epoch and memory.

#include "geometry.h"

#include <string.h>

#define STARTS_SIZE 384u // of the journal's records before the first epoch
#define MARK_SIZE 8u     // of the journal, before it is rounded to its page
#define EPOCH_MARKS 2u   // besides one for each block

// Estimates, measured on patch releases of 100 kB to 1 MB: what a byte costs
// that cannot be copied any more, in 1/16 byte, and what part of the stream is
// added by little memory, times memory squared: 4 % with 4,400 bytes; what a new
// model costs in each epoch, in bytes, and what part of the stream in all.
#define LOST_PRICE 8u
#define MEMORY_PRICE 774400u
#define FRESH_PRICE 6u
#define FRESH_SHARE 100u

// Of each kind, with a saved model or a fresh one.
#define KEPT 2u

#define BEYOND ((uint64_t)1 << 62) // more than any cost

static uint64_t count_blocks(const struct delta_inplace *g, bool saved)
{
    uint32_t blocks = delta_inplace_blocks(g, g->new_size);
    uint32_t old_blocks = delta_inplace_blocks(g, g->old_size);
    uint64_t count = 0;
    uint32_t i;

    for (i = 0; i < blocks; i++) {
        count += (g->kept == NULL || !g->kept[i]) && (!saved || i < old_blocks);
    }
    return count;
}

static uint32_t round_up(uint32_t size, uint32_t page)
{
    return (size + page - 1) / page * page;
}

// What may be programmed, less blocks, their copies and the marks.
static uint64_t journal_room(const struct delta_inplace *g,
                             const struct delta_place_limits *limits)
{
    uint64_t most = (uint64_t)g->new_size * DELTA_PROGRAMMED_MAX / 10;
    uint64_t written = count_blocks(g, false);
    uint64_t marks = written + (uint64_t)EPOCH_MARKS * delta_epoch_count(g);
    uint64_t spent = ((written + count_blocks(g, true)) << g->block_bits) +
                     marks * round_up(MARK_SIZE, limits->journal_page) +
                     round_up(STARTS_SIZE, limits->journal_page);

    return most > spent ? most - spent : 0;
}

// What a half of the journal has room for: a checkpoint, and the marks of an
// epoch.
static uint32_t half_room(const struct delta_inplace *g,
                          const struct delta_place_limits *limits,
                          uint32_t fixed)
{
    uint32_t page = round_up(MARK_SIZE, limits->journal_page);
    uint64_t marks = (uint64_t)(g->epoch + EPOCH_MARKS + 1) * page;

    if (limits->journal_half == 0) {
        return UINT32_MAX;
    }
    return limits->journal_half > marks + fixed
               ? (uint32_t)(limits->journal_half - marks - fixed)
               : 0;
}

uint32_t delta_geometry_memory(const struct delta_inplace *g,
                               const struct delta_place_limits *limits)
{
    uint32_t checkpoints = delta_epoch_count(g) - 1;
    uint32_t fixed = round_up(DELTA_CHECKPOINT_SIZE + limits->manifest_size,
                              limits->journal_page);
    uint32_t most = half_room(g, limits, fixed);
    uint64_t each;

    if (checkpoints == 0) {
        return most;
    }
    each = journal_room(g, limits) / checkpoints;
    each = each > fixed ? each - fixed : 0;
    return each < most ? (uint32_t)each : most;
}

// Bytes of a segment that cannot be read where it needs them.
static uint32_t lost_of(const struct delta_inplace *g,
                        const struct delta_segment *segment)
{
    uint32_t block = 1u << g->block_bits;
    uint32_t at = segment->new_at, source = segment->source;
    uint32_t end = at + segment->length;
    uint32_t lost = 0;

    while (at < end) {
        struct delta_epoch epoch = delta_epoch_at(g, g->new_size, at);
        uint32_t size = (epoch.end < end ? epoch.end : end) - at;
        bool is_there;

        if (source < g->old_size) {
            uint32_t left = block - (source & (block - 1));

            left = left < g->old_size - source ? left : g->old_size - source;
            size = left < size ? left : size;
            is_there = delta_inplace_has_old(g, &epoch, source);
        } else {
            is_there =
                delta_inplace_has_new(g, &epoch, at, source - g->old_size);
        }
        lost += is_there ? 0 : size;
        at += size;
        source += size;
    }
    return lost;
}

static uint64_t lost_bytes(const struct delta_inplace *g,
                           const struct delta_segments *segments)
{
    uint64_t sum = 0;
    uint32_t i;

    for (i = 0; i < segments->count; i++) {
        sum += lost_of(g, &segments->list[i]);
    }
    return sum;
}

// The most promising ones of a kind.
struct choice {
    struct delta_inplace list[KEPT];
    uint64_t cost[KEPT];
    uint32_t count;
};

static void insert(struct choice *c, const struct delta_inplace *g,
                   uint64_t cost)
{
    uint32_t i = c->count;

    while (i > 0 && cost < c->cost[i - 1]) {
        i--;
    }
    if (i == KEPT) {
        return;
    }
    c->count += c->count < KEPT;
    memmove(&c->list[i + 1], &c->list[i],
            (c->count - 1 - i) * sizeof(*c->list));
    memmove(&c->cost[i + 1], &c->cost[i],
            (c->count - 1 - i) * sizeof(*c->cost));
    c->list[i] = *g;
    c->cost[i] = cost;
}

// Estimate in 1/16 byte. What programs more than it may comes after all that
// does not, the one with the fewest checkpoints first.
static uint64_t estimate(const struct delta_inplace *g,
                         const struct delta_place_limits *limits,
                         const struct delta_geometry_costs *costs)
{
    uint64_t checkpoints = delta_epoch_count(g) - 1;
    uint64_t memory = delta_geometry_memory(g, limits);
    uint64_t cost = LOST_PRICE * lost_bytes(g, costs->segments) +
                    16 * checkpoints * costs->restart;

    if (memory < (g->fresh ? 1 : costs->least)) {
        return BEYOND + (checkpoints << 32) + cost +
               (g->fresh ? 0 : 16 * checkpoints * costs->least);
    }
    if (limits->least_wear) {
        cost += 16 * checkpoints * DELTA_CHECKPOINT_SIZE;
        return g->fresh ? cost : cost + 16 * checkpoints * costs->least;
    }
    if (g->fresh) {
        return checkpoints == 0 ? cost
                                : cost + 16 * checkpoints * FRESH_PRICE +
                                      16 * (uint64_t)costs->size / FRESH_SHARE;
    }
    memory = memory < costs->usual ? memory : costs->usual;
    memory -= costs->tables < memory / 2 ? costs->tables : memory / 2;
    if (memory == 0) { // it does not depend on that
        return cost;
    }
    return cost + 16 * MEMORY_PRICE * (uint64_t)costs->size / (memory * memory);
}

static void consider(struct choice *c, struct delta_inplace *g, bool fresh,
                     const struct delta_place_limits *limits,
                     const struct delta_geometry_costs *costs)
{
    g->fresh = fresh;
    g->backwards = false;
    insert(c, g, estimate(g, limits, costs));
    g->backwards = true;
    insert(c, g, estimate(g, limits, costs));
}

// The best of each kind, and the better one of those that come second. What
// programs more than it may comes in only where everything does.
static uint32_t pick(struct delta_inplace list[DELTA_GEOMETRIES],
                     const struct choice *saved, const struct choice *fresh)
{
    bool is_fresh = fresh->count != 0 && fresh->cost[0] < saved->cost[0];
    const struct choice *first = is_fresh ? fresh : saved;
    const struct choice *other = is_fresh ? saved : fresh;
    const struct choice *next =
        other->count > 1 && other->cost[1] < first->cost[1] ? other : first;
    uint32_t count = 0;

    list[count++] = first->list[0];
    if (other->count != 0 && other->cost[0] < BEYOND) {
        list[count++] = other->list[0];
    }
    if (next->cost[1] < BEYOND || first->cost[0] >= BEYOND) {
        list[count++] = next->list[1];
    }
    return count;
}

uint32_t delta_geometry_list(struct delta_inplace list[DELTA_GEOMETRIES],
                             const struct delta_place_limits *limits,
                             uint32_t old_size, uint32_t new_size,
                             const struct delta_geometry_costs *costs)
{
    struct choice saved = {.count = 0}, fresh = {.count = 0};
    struct delta_inplace g = {
        .old_size = old_size,
        .new_size = new_size,
        .block_bits = limits->block_bits,
        .kept = limits->kept,
    };
    uint32_t blocks = delta_inplace_blocks(&g, new_size);
    uint32_t step, i;

    g.scratch = limits->scratch < blocks ? limits->scratch : blocks;
    step = g.scratch < 16 ? 1 : g.scratch / 16;
    for (i = 0; i < g.scratch; i += step) {
        g.epoch = g.scratch - i;
        if (delta_epoch_count(&g) == 1) { // all can be read until the end
            list[0] = g;
            return 1;
        }
        consider(&saved, &g, false, limits, costs);
        if (costs->usual != 0) {
            consider(&fresh, &g, true, limits, costs);
        }
    }
    return pick(list, &saved, &fresh);
}
