// SPDX-License-Identifier: MIT
// Names what is no dfota package by what it begins with. The facts are those
// of each format's own reader or specification, named beside it.

#include "delta_foreign.h"

#include <string.h>

// Reads on from a position; past the end, or a number too large, is_bad stays.
struct reader {
    const uint8_t *data;
    size_t size;
    size_t at;
    bool is_bad;
};

static uint8_t take(struct reader *r)
{
    if (r->at >= r->size) {
        r->is_bad = true;
        return 0;
    }
    return r->data[r->at++];
}

// Little-endian, count is at most 8.
static uint64_t take_le(struct reader *r, unsigned count)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < count; i++) {
        value |= (uint64_t)take(r) << (8 * i);
    }
    return value;
}

// Seven bits a byte, the highest first: VCDIFF and HDiffPatch.
static uint64_t take_high_first(struct reader *r)
{
    uint64_t value = 0;
    uint8_t byte;

    do {
        byte = take(r);
        r->is_bad |= value >> 57 != 0;
        value = value << 7 | (byte & 0x7F);
    } while ((byte & 0x80) != 0 && !r->is_bad);
    return value;
}

// Six bits, then seven a byte, the lowest first; bit 6 is a sign: detools.
static uint64_t take_low_first(struct reader *r)
{
    uint8_t byte = take(r);
    uint64_t value = byte & 0x3F;

    r->is_bad |= (byte & 0x40) != 0;
    for (unsigned shift = 6; (byte & 0x80) != 0 && !r->is_bad; shift += 7) {
        byte = take(r);
        r->is_bad |= shift > 55;
        if (!r->is_bad) {
            value |= (uint64_t)(byte & 0x7F) << shift;
        }
    }
    return value;
}

// A field counts only if all of it was there.
static void add(struct delta_foreign *f, const struct reader *r,
                const char *name, uint64_t value)
{
    if (!r->is_bad && f->field_count < DELTA_FOREIGN_FIELDS) {
        f->fields[f->field_count++] = (struct delta_foreign_field){name, value};
    }
}

// bspatch.c of bsdiff 4: sign and magnitude, and no size is negative.
static void add_offtin(struct delta_foreign *f, struct reader *r,
                       const char *name)
{
    uint64_t value = take_le(r, 8);

    r->is_bad |= value >> 63 != 0;
    add(f, r, name, value);
}

static void read_bsdiff40(struct delta_foreign *f, struct reader *r)
{
    f->compression = "bzip2";
    add_offtin(f, r, "control_size");
    add_offtin(f, r, "diff_size");
    add_offtin(f, r, "new_size");
    if (f->field_count == 3 && f->fields[0].value <= r->size - r->at &&
        f->fields[1].value <= r->size - r->at - f->fields[0].value) {
        add(f, r, "extra_size",
            r->size - r->at - f->fields[0].value - f->fields[1].value);
    }
}

// bsdiff.c of mendsley/bsdiff: control, diff and extra in one bzip2 stream.
static void read_bsdiff43(struct delta_foreign *f, struct reader *r)
{
    f->compression = "bzip2";
    add_offtin(f, r, "new_size");
}

// HPatch/patch.c of HDiffPatch: a compressor's name up to 0, then numbers.
static void read_hdiff(struct delta_foreign *f, struct reader *r)
{
    while (take(r) != 0) {
    }
    add(f, r, "new_size", take_high_first(r));
    add(f, r, "old_size", take_high_first(r));
    add(f, r, "cover_count", take_high_first(r));
}

// hpatch_lite.c of HPatchLite: version and the sizes of sizes in one byte;
// 1: ordinary, 2: in place, with one size more.
static void read_hpatchlite(struct delta_foreign *f, struct reader *r)
{
    static const char *const compressions[] = {"none", "tuz"};
    uint8_t kind = take(r);
    uint8_t sizes = take(r);
    bool is_in_place = sizes >> 6 == 2;
    uint8_t extra = is_in_place ? take(r) : 0;

    f->compression = kind < 2 ? compressions[kind] : NULL;
    // Its compressors are numbered from 0 on, a handful: text is none of them.
    r->is_bad |= kind > 15 || extra > 8 || (sizes >> 6 != 1 && !is_in_place);
    if (r->is_bad) {
        *f = (struct delta_foreign){0}; // two letters alone are no evidence
        return;
    }
    add(f, r, "new_size", take_le(r, sizes & 7));
    add(f, r, "uncompressed_size", take_le(r, sizes >> 3 & 7));
    if (is_in_place) {
        add(f, r, "extra_safe_size", take_le(r, extra));
    }
}

// RFC 3284, section 4; bit 2, an application header, is xdelta3's.
static void read_vcdiff(struct delta_foreign *f, struct reader *r)
{
    uint8_t version = take(r);
    uint8_t indicator = take(r);

    add(f, r, "version", version);
    if ((indicator & 1) != 0) {
        add(f, r, "secondary_compressor", take(r));
    }
    if ((indicator & 6) != 0) {
        return; // a code table, or bytes for the application
    }
    uint8_t window = take(r);
    if ((window & 3) != 0) {
        add(f, r, "first_source_size", take_high_first(r));
        (void)take_high_first(r); // its position
    }
    (void)take_high_first(r); // size of the delta
    add(f, r, "first_target_size", take_high_first(r));
}

// RFC 8878, section 3.1.1.1.
static void read_zstd(struct delta_foreign *f, struct reader *r)
{
    static const uint8_t id_sizes[] = {0, 1, 2, 4};
    uint8_t descriptor = take(r);
    bool is_single = (descriptor & 0x20) != 0;
    unsigned flag = descriptor >> 6;

    if (!is_single) {
        (void)take(r); // window
    }
    (void)take_le(r, id_sizes[descriptor & 3]);
    if (flag != 0 || is_single) {
        uint64_t size = take_le(r, 1u << flag);

        add(f, r, "content_size", flag == 1 ? size + 256 : size);
    }
}

// ota.rs of luatos-cli: magic, CRC, two versions of five words around a third,
// then the sizes of what follows, whole parts and the delta of the others.
static void read_luatos(struct delta_foreign *f, struct reader *r)
{
    for (unsigned words = 0; words < 12; words++) {
        (void)take_le(r, 4);
    }
    add(f, r, "common_size", take_le(r, 4));
    add(f, r, "sdk_size", take_le(r, 4));
}

// doc/upgrade_pkg.md of luatos-soc-2022, for firmware with AT commands: 0x7E, 1
// and 0x7D around words with the highest byte first, then the delta's size.
static void read_at_container(struct delta_foreign *f, struct reader *r)
{
    uint32_t size = 0;

    for (unsigned i = 0; i < 4; i++) {
        size = size << 8 | take(r);
    }
    add(f, r, "patch_size", size);
}

static const struct {
    const char *name;
    const char *title;
    const char *magic;
    uint8_t magic_size;
    void (*read)(struct delta_foreign *f, struct reader *r); // may be NULL
} formats[] = {
    {"bsdiff40", "a BSDIFF40 patch (bsdiff 4)", "BSDIFF40", 8, read_bsdiff40},
    {"bsdiff43", "an ENDSLEY/BSDIFF43 patch", "ENDSLEY/BSDIFF43", 16,
     read_bsdiff43},
    {"vcdiff", "a VCDIFF patch (xdelta3, open-vcdiff)", "\xD6\xC3\xC4", 3,
     read_vcdiff},
    {"hdiff13", "an HDIFF13 patch (HDiffPatch)", "HDIFF13&", 8, read_hdiff},
    {"hdiffsf20", "an HDIFFSF20 patch (HDiffPatch)", "HDIFFSF20&", 10,
     read_hdiff},
    {"hdiff19", "an HDIFF19 patch of folders (HDiffPatch)", "HDIFF19&", 8,
     NULL},
    {"hpatchlite", "an HPatchLite patch", "hI", 2, read_hpatchlite},
    {"rdaota02", "a vendor's RDAOTA02 package", "RDAOTA02", 8, NULL},
    {"luatos", "a LuatOS update (EC618)", "\x16\x8C\xF1\xEA", 4, read_luatos},
    {"luatos", "a LuatOS update (EC718)", "\x18\x72\xC3\xEA", 4, read_luatos},
    {"at-container", "a vendor's 0x7E container around a delta (EC618, AT)",
     "\x7E\0\0\0\x01\x7D", 6, read_at_container},
    {"zstd", "a zstd frame", "\x28\xB5\x2F\xFD", 4, read_zstd},
    {"gzip", "a gzip file", "\x1F\x8B\x08", 3, NULL},
    {"xz", "an xz file", "\xFD\x37zXZ\0", 6, NULL},
    {"zip", "a ZIP archive", "PK\x03\x04", 4, NULL},
};

// detools/apply.py and common.py: no magic, a byte of patch type and
// compression, then sizes. Only where the compressor's own magic follows is
// that evidence enough: none, crle and heatshrink have none.
static const struct {
    const char *compression;
    const char *magic;
    uint8_t magic_size;
    uint8_t number;
} detools_streams[] = {
    {"lzma", "\x5D\0\0", 3, 1},
    {"bz2", "BZh", 3, 3},
    {"zstd", "\x28\xB5\x2F\xFD", 4, 5},
    {"lz4", "\x04\x22\x4D\x18", 4, 6},
};

static const struct {
    const char *name;
    const char *title;
    const char *sizes[5];
} detools_types[] = {
    {"detools-sequential", "a detools patch, sequential", {"new_size"}},
    {"detools-in-place",
     "a detools patch, in place",
     {"memory_size", "segment_size", "shift_size", "old_size", "new_size"}},
    {"detools-hdiffpatch",
     "a detools patch, hdiffpatch",
     {"new_size", "patch_size"}},
};

static bool begins_with(const struct reader *r, const char *magic, size_t size)
{
    return r->size - r->at >= size && memcmp(r->data + r->at, magic, size) == 0;
}

static bool identify_detools(struct delta_foreign *f, struct reader *r)
{
    uint8_t first = take(r);
    unsigned type = first >> 4;

    if (type >= sizeof(detools_types) / sizeof(detools_types[0])) {
        return false;
    }
    f->name = detools_types[type].name;
    f->title = detools_types[type].title;
    for (size_t i = 0; i < 5 && detools_types[type].sizes[i] != NULL; i++) {
        add(f, r, detools_types[type].sizes[i], take_low_first(r));
    }
    for (size_t i = 0; i < sizeof(detools_streams) / sizeof(detools_streams[0]);
         i++) {
        if (detools_streams[i].number == (first & 15) && !r->is_bad &&
            begins_with(r, detools_streams[i].magic,
                        detools_streams[i].magic_size)) {
            f->compression = detools_streams[i].compression;
            return true;
        }
    }
    return false;
}

static bool identify_magic(struct delta_foreign *f, struct reader *r)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (begins_with(r, formats[i].magic, formats[i].magic_size)) {
            f->name = formats[i].name;
            f->title = formats[i].title;
            r->at = formats[i].magic_size;
            if (formats[i].read != NULL) {
                formats[i].read(f, r);
            }
            return f->name != NULL;
        }
    }
    return false;
}

bool delta_foreign_identify(struct delta_foreign *foreign, const void *data,
                            size_t size)
{
    struct reader r = {data, size, 0, false};

    *foreign = (struct delta_foreign){0};
    if (size == 0) {
        return false;
    }
    if (identify_magic(foreign, &r)) {
        return true;
    }
    r = (struct reader){data, size, 0, false};
    if (identify_detools(foreign, &r)) {
        return true;
    }
    *foreign = (struct delta_foreign){0};
    return false;
}
