# SPDX-License-Identifier: MIT
"""The good vectors of codec range."""

import range_pairs
from far import far_pairs
from good import (EDGE_TEXT, NOISE_TEXT, RANGE, RECORDS, SECRET, add_pair,
                  edge_pairs, noise_pairs, table_pair)
from range_pairs import PARAM_MIN, with_plan
from refencode import build, make_pair, range_stream
from refexample import range_example

PARAM_LARGE = 96  # the least with 128 counters for an input
PARAM_FULL = 2200  # of more than 65,536 slots


def add(out, name, images, text, pair, param=PARAM_MIN, chunk_size=256,
        doubt=False, **more):
    """images: the name of the pair's images if they are there already."""
    images = images or add_pair(out, name, pair)
    stream = range_stream(pair, pair.plan, param, doubt=doubt)
    out.add("good-range-" + name, images, text,
            build(pair, RANGE, stream, param, chunk_size, **more),
            key="secret" in more)


def add_basic(out, pairs):
    code, moved, plain = pairs["code"], pairs["moved"], pairs["plain"]
    out.add("good-range-example", "example",
            "the worked example of docs/FORMAT.md, section 10.",
            range_example())
    add(out, "code", "code", "what good-deflate-code has, in several chunks.",
        code, 64, 64)
    add(out, "signed", "moved",
        "signed; the new image has another base (record 6); a model of 12 KiB.",
        moved, 192, 100, secret=SECRET, records=RECORDS)
    add(out, "plain", "plain",
        "no architecture; a copy that ends because the old image does; the "
        "smallest model.", plain, PARAM_MIN, 128)
    same = make_pair(plain.old, plain.old, 0, plain.old_base)
    add(out, "same", None, "both images are equal.",
        with_plan(same, [(0, len(plain.old), 0)]))
    tables = table_pair(plain)
    add(out, "tables", "plain", "the tables of good-deflate-tables.", tables)
    for name, pair in edge_pairs(out):
        add(out, name, name, "what good-deflate-edge-* have.", pair)


def add_ends(out):
    """Of streams."""
    pair, stream = range_pairs.dropped_pair()
    out.add("good-range-dropped", add_pair(out, "dropped", pair),
            "the stream's last four bytes are zero and were left away.",
            build(pair, RANGE, stream, PARAM_MIN))
    out.add("good-range-kept", "dropped",
            "the same with these four bytes.",
            build(pair, RANGE, stream + bytes(4), PARAM_MIN))
    pair = range_pairs.long_number_pair(pair)
    stream = range_stream(pair, pair.plan, PARAM_MIN, longest=63)
    out.add("good-range-long-number", "dropped",
            "a number whose bit length is sent as 63: it counts as 32.",
            build(pair, RANGE, stream, PARAM_MIN))


def add_sources(out):
    add(out, "sources", None,
        "all four classes of sources and all three of the last alignments; an "
        "old image of less than 256 bytes.", range_pairs.source_pair())
    small = make_pair(bytes(range(40)), bytes(range(5, 40)) + b"ab")
    add(out, "small", None,
        "an old image of 40 bytes: a position takes 6 bits.",
        with_plan(small, [(5, 35, 2, "old")]))
    add(out, "tiny", None,
        "an old image of 5 bytes: a position takes 5 bits all the same.",
        range_pairs.low_pair(5, 12))
    add(out, "low", None,
        "positions of the old image whose two low bits are sent by their "
        "difference from where they are wanted, in all 16 combinations.",
        range_pairs.low_pair(300, 60))
    add(out, "anchor", None,
        "sources near the anchor, which moves after a source in the old image "
        "that lasted 16 bytes, counting the one at which it ended: after 15 "
        "and 16, with and without a miss at the end, and after a source in the "
        "new image.", range_pairs.anchor_pair())
    add(out, "expected", None,
        "sources that the address map expects: below its first entry, in "
        "pieces that overlap at their new place, between them, and in the new "
        "image.",
        range_pairs.expected_pair())
    add(out, "expected-regions", None,
        "the same with regions, two of which overlap in their addresses; in "
        "none of them.", range_pairs.expected_regions_pair())
    for name, pair in far_pairs():
        add(out, name, name, "the further references of section 6.11: every "
            "distance between the parts of a pair that is just near enough, or "
            "just too far.", pair)


def add_regions(out):
    add(out, "regions", None,
        "regions of several architectures and bases in both images; the new "
        "one has fewer.", range_pairs.region_pair(), 300)
    add(out, "regions-more", None,
        "the new image has more regions: the last one of the old image is what "
        "they differ from.", range_pairs.more_regions_pair(), 300)
    add(out, "regions-32", None, "32 regions in each image.",
        range_pairs.all_regions_pair(), PARAM_MIN)


def add_units(out):
    add(out, "choices", None, "references of every kind, mapped and plain ones "
        "in turn.", range_pairs.choice_pair())
    units = range_pairs.unit_pair()
    add_pair(out, "units", units)
    for param, name in ((PARAM_MIN, "small"), (PARAM_LARGE - 1, "last-small"),
                        (PARAM_LARGE, "large")):
        size = "large" if param >= PARAM_LARGE else "small"
        add(out, "units-" + name, "units",
            f"long runs of hits; the {size} tables of hit counters: a model of "
            f"{64 * param:,} bytes.", units, param)
    add(out, "units-doubt", "units",
        "every unit is said to have a miss, also those that have none.", units,
        doubt=True)
    add(out, "units-code", None,
        "units that references cut short, and those that are a reference; in "
        "the old image and in the new one.", range_pairs.unit_code_pair())
    for seed, p in ((13, 255), (6, 256)):  # found by trying
        add(out, f"units-sure-{p}", None,
            "so many hits that a unit of them teaches nothing any more, then "
            f"misses; one has a probability of {p}, which "
            f"{'teaches nothing' if p < 256 else 'still teaches'}.",
            range_pairs.sure_pair(seed))


def add_bounds(out):
    long = make_pair(b"0123456789abcdef", b"0123456789abcdef" * 150)
    long.plan = [(0, 16, 0), (16, len(long.new) - 16, 0)]
    add(out, "long", None,
        "a long copy of what has just been written: probabilities and counts "
        "go to their bounds.", long)
    text = make_pair(b"x", b"\x00\xff" * 250 + b"\x55" * 200)
    add(out, "literals", None,
        "hundreds of equal literals: their slots go to their bounds.",
        with_plan(text, [(None, 0, len(text.new))]))
    add(out, "weights-hits", None,
        "hits and misses, each what its inputs do not expect: weights of hit "
        "flags come to their lower limit, where a step beyond is not made.",
        range_pairs.contrary_hits_pair())
    add(out, "weights-low", None,
        "literals, each what their inputs do not expect: weights come to their "
        "lower limit.", range_pairs.contrary_literals_pair())
    add(out, "weights-high", None,
        "literals that one input tells and another does not: weights come to "
        "their upper limit; slots are taken over all the time.",
        range_pairs.fresh_literals_pair())
    add(out, "model-full", "weights-high",
        "a model that has room for more than 65,536 slots.",
        range_pairs.fresh_literals_pair(), PARAM_FULL)


def add_all(out, pairs):
    out.chapter("Good: codec range")
    add_basic(out, pairs)
    add_ends(out)
    add_sources(out)
    add_regions(out)
    add_units(out)
    add_bounds(out)
    for name, pair in noise_pairs(out):
        add(out, name, name, NOISE_TEXT, pair, 300)
