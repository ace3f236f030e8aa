// SPDX-License-Identifier: MIT
// Parsing by price: forward dynamic programming over the new image with a beam
// of states. A state is either "literals" or "aligned": source - position is
// constant while an alignment lasts. Where alignments begin is taken from the
// suffix array's candidates and from the alignments that a path used before.

#include "parse.h"

#include "anchors.h"
#include "bits.h"
#include "epochs.h"
#include "model.h"
#include "rangecode.h"

#include <stdlib.h>
#include <string.h>

#define BEAM_MAX 32u
#define LITERAL 0xFFFFFFFFu // alignment of the literal state
#define NO_NODE 0xFFFFFFFFu
#define MATCH_MIN 2u    // bytes that a candidate must predict
#define SETTLED_RUN 32u // hits

// One turn of a path, kept once another state grew from it.
struct node {
    uint32_t parent;
    uint32_t at; // where the alignment began
    uint32_t alignment;
};

struct state {
    uint64_t cost;
    uint32_t alignment;  // source - position, or LITERAL
    uint32_t run;        // hits since the last miss
    uint32_t difference; // of the last correction
    uint32_t parent;     // node that it grew from
    uint32_t at;         // where it began
    uint32_t node;       // its own node, NO_NODE until needed
    uint32_t rep[3];     // alignments used before, newest first
    uint32_t anchor;     // the last long one with the old image
};

struct parser {
    const struct delta_scene *scene;
    const struct delta_prices *prices;
    uint32_t beam;
    struct node *nodes;
    uint32_t node_count, node_room;
    struct state states[BEAM_MAX + 1];
    uint32_t state_count;                // the first one is the literal state
    const struct delta_stretch *stretch; // of expected sources, or NULL
    const struct delta_stretch *stretch_end;
    struct delta_epoch epoch; // of the position that is parsed
    bool failed;
};

static void renumber(uint32_t *node, const uint32_t *places)
{
    if (*node != NO_NODE) {
        *node = places[*node];
    }
}

// Keep only the nodes that a state has grown from. A parent is older than what
// grew from it.
static bool drop_nodes(struct parser *p)
{
    uint32_t *places = calloc(p->node_count + 1u, sizeof(*places));
    uint32_t kept = 0;
    uint32_t i, n;

    if (places == NULL) {
        return false;
    }
    for (i = 0; i < p->state_count; i++) {
        const struct state *s = &p->states[i];

        n = s->node != NO_NODE ? s->node : s->parent;
        for (; n != NO_NODE && !places[n]; n = p->nodes[n].parent) {
            places[n] = 1;
        }
    }
    for (n = 0; n < p->node_count; n++) {
        if (places[n]) {
            p->nodes[kept] = p->nodes[n];
            renumber(&p->nodes[kept].parent, places);
            places[n] = kept++;
        }
    }
    p->node_count = kept;
    for (i = 0; i < p->state_count; i++) {
        renumber(&p->states[i].parent, places);
        renumber(&p->states[i].node, places);
    }
    free(places);
    return true;
}

// Room for one more node: most of them are of no use any more.
static bool make_room(struct parser *p)
{
    uint32_t room = p->node_room == 0 ? 4096 : p->node_room * 2;
    struct node *nodes;

    if (p->node_count < p->node_room) {
        return true;
    }
    if (!drop_nodes(p)) {
        return false;
    }
    if (p->node_count < p->node_room / 2) {
        return true;
    }
    nodes = realloc(p->nodes, room * sizeof(*nodes));
    if (nodes == NULL) {
        return false;
    }
    p->nodes = nodes;
    p->node_room = room;
    return true;
}

static uint32_t node_of(struct parser *p, struct state *s)
{
    if (s->node == NO_NODE) {
        if (!make_room(p)) {
            p->failed = true;
            return 0;
        }
        p->nodes[p->node_count] = (struct node){s->parent, s->at, s->alignment};
        s->node = p->node_count++;
    }
    return s->node;
}

// May source be read at this position?
static bool exists(const struct parser *p, uint32_t at, uint32_t source)
{
    uint32_t old_size = p->scene->old_view.size;
    const struct delta_inplace *g = p->scene->inplace;

    if (source < old_size) {
        return g == NULL || delta_inplace_has_old(g, &p->epoch, source);
    }
    return delta_inplace_has_new(g, &p->epoch, at, source - old_size);
}

// The state of an alignment, or NULL.
static struct state *find_state(struct parser *p, uint32_t alignment)
{
    uint32_t i;

    for (i = 1; i < p->state_count; i++) {
        if (p->states[i].alignment == alignment) {
            return &p->states[i];
        }
    }
    return NULL;
}

static void remember(struct state *s, uint32_t alignment)
{
    uint32_t i = 0;

    while (i < 2 && s->rep[i] != alignment) {
        i++;
    }
    for (; i > 0; i--) {
        s->rep[i] = s->rep[i - 1];
    }
    s->rep[0] = alignment;
}

static uint32_t source_price(const struct parser *p, const struct state *from,
                             uint32_t at, uint32_t source)
{
    const struct delta_prices *prices = p->prices;
    uint32_t alignment = source - at;
    uint32_t moved = alignment - from->anchor;
    uint32_t old_size = p->scene->old_view.size;
    uint32_t near, far;
    uint32_t i;

    if (p->stretch != NULL && p->stretch->alignment == alignment) {
        return prices->recent;
    }
    for (i = 0; i < 3; i++) {
        if (from->rep[i] == alignment) {
            return prices->recent;
        }
    }
    if (moved >> 31) {
        moved = ~moved;
    }
    near = prices->near + 64 * (1 + delta_bit_length(moved));
    far = source < old_size
              ? prices->far_old
              : prices->far_new +
                    64 * delta_bit_length(at - (source - old_size) - 1);
    if (near < far) {
        far = near;
    }
    return source >= old_size && far < prices->least_new ? prices->least_new
                                                         : far;
}

// Where a new state of this cost goes in the beam. One with the same alignment
// or, when the beam is full, the dearest one gives way if it costs more. NULL:
// there is no room.
static struct state *find_room(struct parser *p, uint32_t alignment,
                               uint64_t cost)
{
    struct state *worst = find_state(p, alignment);
    uint32_t i;

    if (worst == NULL && p->state_count <= p->beam) {
        return &p->states[p->state_count];
    }
    if (worst == NULL) {
        worst = &p->states[1];
        for (i = 2; i < p->state_count; i++) {
            if (p->states[i].cost > worst->cost) {
                worst = &p->states[i];
            }
        }
    }
    return cost < worst->cost ? worst : NULL;
}

// Does a source predict enough for an alignment to begin here?
static bool is_match(const struct parser *p, uint32_t at, uint32_t source)
{
    uint32_t size = p->scene->new_view.size;
    uint32_t i;

    for (i = 0; i < MATCH_MIN && at + i < size; i++) {
        if (!exists(p, at + i, source + i) ||
            (i > 0 && source + i == p->scene->old_view.size) ||
            delta_match_at(p->scene, at + i, source + i) != DELTA_HIT) {
            return false;
        }
    }
    return true;
}

// Consider a new alignment at this position, grown from the best state. What
// touches memory far apart, the images, comes last.
static void propose(struct parser *p, struct state *best, uint64_t cost,
                    uint32_t at, uint32_t source)
{
    struct state *room;
    struct state s;

    cost += p->prices->copy + source_price(p, best, at, source);
    room = find_room(p, source - at, cost);
    if (source - at == LITERAL || room == NULL || !is_match(p, at, source)) {
        return;
    }
    s = *best;
    s.cost = cost;
    s.parent = node_of(p, best);
    s.at = at;
    s.alignment = source - at;
    s.node = NO_NODE;
    s.run = 0;
    remember(&s, s.alignment);
    if (room == &p->states[p->state_count]) {
        p->state_count++;
    }
    *room = s;
}

static struct state *cheapest(struct parser *p)
{
    struct state *best = &p->states[0];
    uint32_t i;

    for (i = 1; i < p->state_count; i++) {
        if (p->states[i].cost < best->cost) {
            best = &p->states[i];
        }
    }
    return best;
}

// An alignment can be left where its source can be looked up, even if it reads
// as something else, and where the old image ends.
static bool can_leave(const struct parser *p, const struct state *s,
                      uint32_t at)
{
    uint32_t source = s->alignment + at;

    return source <= p->scene->old_view.size || exists(p, at, source);
}

// An alignment can be left for literals; a source then follows at once or
// later.
static void leave(struct parser *p, uint32_t at)
{
    const struct delta_prices *prices = p->prices;
    struct state *literal = &p->states[0];
    struct state *best = NULL;
    uint64_t least = literal->cost;
    uint32_t i;

    for (i = 1; i < p->state_count; i++) {
        struct state *s = &p->states[i];
        uint64_t cost =
            s->cost + prices->miss[delta_run_class(s->run)] + prices->leave;

        if (cost < least && can_leave(p, s, at)) {
            least = cost;
            best = s;
        }
    }
    if (best != NULL) {
        uint32_t parent = node_of(p, best);
        uint32_t age = at - best->at + 1u; // with the miss that ends it

        *literal = *best;
        if (best->alignment + best->at < p->scene->old_view.size &&
            age >= DFC_ANCHOR_AGE) {
            literal->anchor = best->alignment;
        }
        literal->cost = least;
        literal->parent = parent;
        literal->at = at;
        literal->alignment = LITERAL;
        literal->node = NO_NODE;
    }
}

// The nearest short matches: in the old image around where it would go on, and
// in the new image the last one, and the next one from behind the epoch.
static void propose_nearby(struct parser *p, struct state *best, uint64_t cost,
                           uint32_t at, const struct delta_nearby *nearby)
{
    uint32_t old_size = p->scene->old_view.size;
    uint32_t expected = best->anchor + at;
    uint32_t s = old_size + at;
    uint32_t source;

    if (expected < old_size) {
        source = delta_nearby_before(nearby, s, expected);
        if (source != DELTA_NO_SOURCE) {
            propose(p, best, cost, at, source);
        }
        source = delta_nearby_after(nearby, s, expected, old_size);
        if (source != DELTA_NO_SOURCE) {
            propose(p, best, cost, at, source);
        }
    }
    source = delta_nearby_before(nearby, s, s);
    if (source != DELTA_NO_SOURCE && source >= old_size) {
        propose(p, best, cost, at, source);
    }
    if (p->scene->inplace != NULL && p->scene->inplace->backwards) {
        source = delta_nearby_after(nearby, s, old_size + p->epoch.end,
                                    old_size + p->scene->new_view.size);
        if (source != DELTA_NO_SOURCE) {
            propose(p, best, cost, at, source);
        }
    }
}

// In a long run of hits nothing cheaper can be found.
static bool is_settled(const struct parser *p, const struct state *best,
                       uint32_t at)
{
    uint32_t source = best->alignment + at;

    return best->run >= SETTLED_RUN && exists(p, at, source) &&
           exists(p, at + 1, source + 1) && source != p->scene->old_view.size &&
           delta_match_at(p->scene, at, source) == DELTA_HIT;
}

static void propose_alignment(struct parser *p, struct state *origin,
                              uint64_t cost, uint32_t at, uint32_t alignment)
{
    if (alignment + at < p->scene->old_view.size + at) {
        propose(p, origin, cost, at, alignment + at);
    }
}

// Go on to the stretch of this position.
static void expect(struct parser *p, uint32_t at)
{
    if (p->stretch != NULL) {
        while (p->stretch + 1 != p->stretch_end && p->stretch[1].at <= at) {
            p->stretch++;
        }
    }
}

static void propose_all(struct parser *p, uint32_t at)
{
    uint32_t anchors[DELTA_CANDIDATES];
    const uint32_t *from = anchors;
    struct state *origin = &p->states[0];
    uint64_t cost;
    uint32_t i;

    if (is_settled(p, cheapest(p), at)) {
        return;
    }
    if (p->scene->anchors != NULL) {
        delta_anchors_find(p->scene->anchors, at, anchors);
    } else {
        from = p->scene->candidates->at[at];
    }
    expect(p, at);
    leave(p, at);
    cost = origin->cost;
    for (i = 0; i < DELTA_CANDIDATES; i++) {
        if (from[i] != DELTA_NO_SOURCE) {
            propose(p, origin, cost, at, from[i]);
        }
    }
    for (i = 0; i < p->scene->nearby_count; i++) {
        propose_nearby(p, origin, cost, at, &p->scene->nearby[i]);
    }
    for (i = 0; i < 3; i++) {
        propose_alignment(p, origin, cost, at, origin->rep[i]);
    }
    if (p->stretch != NULL) {
        propose_alignment(p, origin, cost, at, p->stretch->alignment);
    }
}

// A state that is dearer than to move there from the best one is of no use.
static void drop_hopeless(struct parser *p)
{
    const struct delta_prices *prices = p->prices;
    uint64_t limit = cheapest(p)->cost + prices->miss[3] + prices->leave +
                     prices->copy + prices->far_old;
    uint32_t kept = 1;
    uint32_t i;

    for (i = 1; i < p->state_count; i++) {
        if (p->states[i].cost <= limit) {
            p->states[kept++] = p->states[i];
        }
    }
    p->state_count = kept;
}

static void step(struct parser *p, uint32_t at)
{
    const struct delta_prices *prices = p->prices;
    uint32_t old_size = p->scene->old_view.size;
    uint32_t kept = 1;
    uint32_t i;

    p->states[0].cost += prices->literal + prices->go_on;
    for (i = 1; i < p->state_count; i++) {
        struct state *s = &p->states[i];
        uint32_t source = s->alignment + at;
        enum delta_match match;

        // An alignment ends where its image ends.
        if (!exists(p, at, source) || (source == old_size && s->at != at)) {
            continue;
        }
        match = delta_match_at(p->scene, at, source);
        if (match == DELTA_MISS) {
            uint32_t difference = delta_difference_at(p->scene, at, source);

            s->cost += prices->miss[delta_run_class(s->run)] + prices->stay +
                       (difference == s->difference ? prices->repeat
                                                    : prices->correction);
            s->difference = difference;
            s->run = 0;
        } else {
            s->cost += prices->hit[delta_run_class(s->run)] +
                       (match == DELTA_HIT_PLAIN ? prices->choice : 0);
            s->run++;
        }
        p->states[kept++] = *s;
    }
    p->state_count = kept;
    drop_hopeless(p);
}

// How many bytes at most are read from here on, when they are hits? Never
// beyond what the epoch can read.
static uint32_t reach(const struct parser *p, uint32_t at, uint32_t source,
                      uint32_t end)
{
    const struct delta_inplace *g = p->scene->inplace;
    uint32_t old_size = p->scene->old_view.size;
    uint32_t most = (end < p->epoch.end ? end : p->epoch.end) - at;
    uint32_t left = most;

    if (source < old_size) {
        left = old_size - source;
        if (g != NULL) {
            uint32_t block = 1u << g->block_bits;
            uint32_t in_block = block - (source & (block - 1));

            left = left < in_block ? left : in_block;
        }
    } else if (source - old_size >= at) {
        // The source must not end before the alignment is left.
        left = p->scene->new_view.size - (source - old_size) - 1u;
    }
    return left < most ? left : most;
}

// While a settled alignment is the only one left, its hits leave nothing to
// choose. Returns where that ends.
static uint32_t skip_settled(struct parser *p, uint32_t at, uint32_t end)
{
    const struct delta_prices *prices = p->prices;
    uint64_t literal = prices->literal + prices->go_on;
    struct state *s = &p->states[1];
    uint32_t source = s->alignment + at;
    uint32_t hits;

    if (p->state_count != 2 || s->run < SETTLED_RUN ||
        s->cost >= p->states[0].cost || prices->hit[3] > literal ||
        !exists(p, at, source) || source == p->scene->old_view.size) {
        return at;
    }
    hits = delta_count_hits(p->scene, at, source, reach(p, at, source, end));
    s->cost += (uint64_t)hits * prices->hit[3];
    s->run += hits;
    p->states[0].cost += hits * literal;
    return at + hits;
}

// Walk the cheapest path back from `end`, then put it in order.
static bool collect(struct parser *p, struct delta_segments *out, uint32_t end)
{
    uint32_t room = 0;
    uint32_t i, n;

    out->cost = cheapest(p)->cost;
    for (n = node_of(p, cheapest(p)); n != NO_NODE && !p->failed;
         n = p->nodes[n].parent) {
        const struct node *node = &p->nodes[n];

        if (node->alignment != LITERAL && node->at < end &&
            !delta_segments_add(
                out, &room,
                (struct delta_segment){node->at, node->alignment + node->at,
                                       end - node->at})) {
            return false;
        }
        end = node->at;
    }
    for (i = 0; i < out->count / 2; i++) {
        struct delta_segment swap = out->list[i];

        out->list[i] = out->list[out->count - 1 - i];
        out->list[out->count - 1 - i] = swap;
    }
    return !p->failed;
}

static void begin(struct parser *p, const struct delta_scene *scene,
                  const struct delta_prices *prices, uint32_t beam, uint32_t at)
{
    memset(p, 0, sizeof(*p));
    p->scene = scene;
    p->prices = prices;
    p->beam = beam < BEAM_MAX ? beam : BEAM_MAX;
    p->states[0].alignment = LITERAL;
    p->states[0].parent = NO_NODE;
    p->states[0].node = NO_NODE;
    p->state_count = 1;
    p->epoch = delta_epoch_at(scene->inplace, scene->new_view.size, at);
    if (scene->expected != NULL) {
        p->stretch = scene->expected->list;
        p->stretch_end = p->stretch + scene->expected->count;
        expect(p, at);
        p->states[0].anchor = at == 0 ? 0 : p->stretch->alignment;
    }
}

bool delta_parse_part(struct delta_segments *segments,
                      const struct delta_scene *scene,
                      const struct delta_prices *prices, uint32_t beam,
                      uint32_t at, uint32_t end)
{
    struct parser *p = malloc(sizeof(*p));
    bool ok;

    memset(segments, 0, sizeof(*segments));
    if (p == NULL) {
        return false;
    }
    begin(p, scene, prices, beam, at);
    while (at < end && !p->failed) {
        uint32_t from = at;

        if (at == p->epoch.end) {
            p->epoch = delta_epoch_next(scene->inplace, &p->epoch);
        }
        at = skip_settled(p, at, end);
        if (at == from) {
            propose_all(p, at);
            step(p, at++);
        }
    }
    ok = !p->failed && collect(p, segments, end);
    if (!ok) {
        free(segments->list);
        segments->list = NULL;
    }
    free(p->nodes);
    free(p);
    return ok;
}
