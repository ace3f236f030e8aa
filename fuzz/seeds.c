// SPDX-License-Identifier: MIT
// Writes the seed corpora: fuzz_seeds FOLDER (fuzz/corpus). The same bytes on
// every machine.

#include <errno.h>
#include <sys/stat.h>

#include "delta_image.h"
#include "imagefiles.h"
#include "target.h"

#define VECTORS TEST_SOURCE_DIR "/tests/vectors"

static const char *root;

// A seed is one leading byte, or more, and a body.
static void write_seed(const char *target, const char *name,
                       const uint8_t *lead, size_t lead_size,
                       const uint8_t *body, size_t body_size)
{
    char path[4096];
    FILE *file;
    bool good;

    snprintf(path, sizeof(path), "%s/fuzz_%s", root, target);
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        perror(path);
        exit(1);
    }
    snprintf(path, sizeof(path), "%s/fuzz_%s/%s", root, target, name);
    file = fopen(path, "wb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    good = fwrite(lead, 1, lead_size, file) == lead_size &&
           fwrite(body, 1, body_size, file) == body_size;
    if (fclose(file) != 0 || !good) {
        perror(path);
        exit(1);
    }
}

static void write_package(const struct update_case *c, uint32_t kind)
{
    uint8_t lead = (uint8_t)(13 * kind + (c->is_signed ? 0x80 : 0));

    write_seed("package", c->name, &lead, 1, c->package.data, c->package.size);
    write_seed("signed", c->name, &lead, 1, c->package.data, c->package.size);
}

static void write_packages(void)
{
    struct update_case c;

    for (uint32_t kind = 0; kind < CASE_KINDS; kind++) {
        require(case_make(&c, kind, TARGET_SEED, TARGET_IMAGE), "a package");
        write_package(&c, kind);
        case_free(&c);
    }
    require(case_regions(&c, TARGET_SEED, TARGET_IMAGE), "regions");
    write_package(&c, CASE_RANGE);
    case_free(&c);
    for (uint32_t kind = 0; kind < CASE_CODECS; kind++) {
        const struct update_case *one = target_case_in_place(kind);
        uint8_t lead = (uint8_t)(17 * kind);
        char name[64];

        snprintf(name, sizeof(name), "in-place-%.31s", one->name);
        write_seed("package", name, &lead, 1, one->package.data,
                   one->package.size);
        write_seed("signed", name, &lead, 1, one->package.data,
                   one->package.size);
    }
}

// Golden packages, for their features: parts, full images, unmanaged ranges,
// geometries. They are for other old images, which is put right.
static void write_vectors(void)
{
    static const char *const names[] = {
        "full-deflate",
        "full-range",
        "full-stored",
        "inplace-back-riscv-range",
        "inplace-back-thumb-deflate",
        "inplace-back-thumb-range",
        "inplace-cross-thumb",
        "inplace-front-a64-deflate",
        "inplace-front-thumb-stored",
        "inplace-segments",
        "inplace-sources-range",
        "mixed-all",
        "mixed-full-first",
        "mixed-full-own",
        "mixed-two",
        "own-back-last-range",
        "own-front-deflate",
        "parts-chunk-0",
        "parts-full",
        "parts-full-all",
        "parts-three",
        "parts-three-signed",
        "unmanaged-all-deflate",
        "unmanaged-full",
        "unmanaged-parts",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        // Full images go into the only slot.
        uint8_t lead = (11 * i & 0xBF) | (names[i][0] == 'f' ? 0x40 : 0);
        struct image package;
        char path[4096];

        snprintf(path, sizeof(path), "%s/good-%s.dfota", VECTORS, names[i]);
        package = image_read(path);
        require(package.data != NULL, path);
        write_seed("signed", names[i], &lead, 1, package.data, package.size);
        image_free(&package);
    }
}

static size_t used_size(const uint8_t *data, size_t size)
{
    while (size > 0 && data[size - 1] == 0xFF) {
        size--;
    }
    return size;
}

// The journal as power cuts leave it, both halves cut to the same length.
static void write_journal(const char *name, const struct simflash *flash,
                          uint8_t lead)
{
    const uint8_t *journal = simflash_area(flash, DFP_JOURNAL);
    size_t half = simflash_area_size(flash, DFP_JOURNAL) / 2;
    size_t first = used_size(journal, half);
    size_t second = used_size(journal + half, half);
    size_t size = first > second ? first : second;
    uint8_t *both = malloc(2 * size + 1);

    require(both != NULL && size > 0, "a journal");
    memcpy(both, journal, size);
    memcpy(both + size, journal + half, size);
    write_seed("journal", name, &lead, 1, both, 2 * size);
    free(both);
}

// Run an update into a cut at that operation; 0: to its end. Returns the
// number of operations.
static uint32_t run_into_cut(struct simflash *flash,
                             const struct update_case *c, bool one_slot,
                             uint32_t number)
{
    struct sim_update u = case_update(c);
    struct sim_cut cut = {number, SIM_MIX, 0};
    struct sim_result result;

    u.config.checkpoint_bytes = c->codec == CASE_STORED ? 300 : 0;
    target_slot(flash, &c->old_image, one_slot);
    simflash_clear(flash, DFP_JOURNAL);
    simflash_reboot(flash, 1);
    simflash_arm(flash, &cut);
    sim_run(&u, flash, &result);
    return flash->number;
}

static void write_journals_of(const struct update_case *c, bool one_slot)
{
    const char *mode = one_slot ? "in-place-" : "";
    struct simflash flash;
    uint32_t all = run_into_cut(&flash, c, one_slot, 0);

    simflash_free(&flash);
    // Within the last fifth of its operations, and after all of them.
    for (uint32_t i = 0; i < 3; i++) {
        uint8_t lead = (uint8_t)(2 * c->codec + (one_slot ? 0x80 : 0));
        char name[64];

        run_into_cut(&flash, c, one_slot,
                     all - all / 5 + i * (all / 10) + i / 2);
        snprintf(name, sizeof(name), "%s%.31s-%u", mode, c->name, (unsigned)i);
        write_journal(name, &flash, lead);
        snprintf(name, sizeof(name), "%s%.31s-%u-fixed", mode, c->name,
                 (unsigned)i);
        write_journal(name, &flash, lead | 1);
        simflash_free(&flash);
    }
}

static void write_journals(void)
{
    for (uint32_t kind = 0; kind < CASE_CODECS; kind++) {
        write_journals_of(target_case(kind), false);
        write_journals_of(target_case_in_place(kind), true);
    }
}

static void write_roundtrips(void)
{
    for (uint32_t i = 0; i < 4; i++) {
        struct image old_image = image_make(TARGET_SEED + i, 0, 600);
        struct image new_image = image_make(TARGET_SEED + i, 1, 600);
        size_t size = (size_t)old_image.size + new_image.size;
        uint8_t *both = malloc(size);
        uint32_t part = old_image.size - 1;
        uint8_t lead[4] = {(uint8_t)(37 * i), (uint8_t)(60 * i + 40),
                           (uint8_t)(part >> 8), (uint8_t)part};
        char name[64];

        require(both != NULL, "memory");
        memcpy(both, old_image.data, old_image.size);
        memcpy(both + old_image.size, new_image.data, new_image.size);
        snprintf(name, sizeof(name), "pair-%u", (unsigned)i);
        write_seed("roundtrip", name, lead, sizeof(lead), both, size);
        free(both);
        image_free(&old_image);
        image_free(&new_image);
    }
}

static void write_cuts(void)
{
    uint64_t random = 1;

    for (uint32_t i = 0; i < 12; i++) {
        uint8_t schedule[1 + 4 * 8];
        char name[64];

        for (size_t k = 0; k < sizeof(schedule); k++) {
            schedule[k] = (uint8_t)sim_random(&random);
        }
        snprintf(name, sizeof(name), "schedule-%u", (unsigned)i);
        write_seed("cuts", name, schedule, 1, schedule + 1, 4 + 4 * (i % 8));
    }
}

// Names and kinds of an archive's members.
static void write_members(void)
{
    static const struct {
        const char *name;
        const char *members; // size of the name, kind, name; none is 0
    } seeds[] = {
        {"names-plain", "\x08\x80"
                        "core.bin\x04\x40"
                        "app/\x05\x80"
                        "app/a"},
        {"names-utf8", "\x07\x02"
                       "f\xC3\xBC"
                       "r.bi"},
        {"names-link", "\x04\xA0"
                       "link"},
        {"names-sealed", "\x04\x81"
                         "seal"},
        {"names-case", "\x01\x80"
                       "a\x01\x80"
                       "A"},
        {"names-up", "\x07\x80"
                     "../evil"},
    };

    for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
        const uint8_t *members = (const uint8_t *)seeds[i].members;

        write_seed("zip", seeds[i].name, members, 0, members,
                   strlen(seeds[i].members));
    }
}

#define SEED(name, text)             \
    {                                \
        name, text, sizeof(text) - 1 \
    }

#define SAMPLE(target, name, text)           \
    {                                        \
        target, name, text, sizeof(text) - 1 \
    }

// What foreign formats begin with.
static void write_foreign(void)
{
    static const struct {
        const char *name;
        const char *bytes;
        size_t size;
    } seeds[] = {
        SEED("bsdiff40", "BSDIFF40"),
        SEED("bsdiff43", "ENDSLEY/BSDIFF43"),
        SEED("vcdiff", "\xD6\xC3\xC4\x01\x01\x02\x01\x10\x11\x12\x13"),
        SEED("hdiff13", "HDIFF13&zlib"),
        SEED("hdiffsf20", "HDIFFSF20&"),
        SEED("hpatchlite", "hI\x01\x51\x10\x20"),
        SEED("luatos", "\x16\x8C\xF1\xEA"),
        SEED("at-container", "\x7E\0\0\0\x01\x7D"),
        SEED("zstd", "\x28\xB5\x2F\xFD\x64\x10\x20\x30"),
        SEED("detools", "\x01\x8D\x12\x5D"),
    };

    for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
        uint8_t bytes[48] = {0}; // numbers behind it: zeros

        memcpy(bytes, seeds[i].bytes, seeds[i].size);
        write_seed("foreign", seeds[i].name, bytes, 0, bytes, sizeof(bytes));
    }
}

static void write_layouts(void)
{
    static const char *const names[] = {"air724", "air724-parts", "ec618",
                                        "stm32l4", "two-slot"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[4096];
        struct image file;

        snprintf(path, sizeof(path), "%s/samples/layouts/%s.json",
                 TEST_SOURCE_DIR, names[i]);
        file = image_read(path);
        require(file.data != NULL, "a sample layout");
        write_seed("layout", names[i], file.data, 0, file.data, file.size);
        image_free(&file);
    }
}

// Of samples/platform and samples/module. The first byte of some chooses what
// the rest is.
static void write_samples(void)
{
    static const struct {
        const char *target;
        const char *name;
        const char *bytes;
        size_t size;
    } seeds[] = {
        SAMPLE("http", "range", "\0\0\0\x01\0\0\0\0\0bytes=4-5"),
        SAMPLE("http", "range-last", "\0\0\0\x01\0\0\0\0\0Bytes= -7 "),
        SAMPLE("http", "range-if", "\0\0\0\x01\0\0\0\0\0bytes=4-\0\"0\""),
        SAMPLE("http", "range-if-other", "\0\0\0\x01\0\0\0\0\0bytes=4-\0\"1\""),
        SAMPLE("http", "version",
               "\x01"
               "1.22.333"),
        SAMPLE("http", "version-core",
               "\x01"
               "3032"),
        SAMPLE("http", "query",
               "\x02project_key=0123456789abcdef\0imei=866714040000001\0"
               "firmware_name=HUB\0version=1.2.3\0core_version=3032\0"
               "Range=bytes=7-\0search=a_b%\0limit=5\0format=csv"),
        SAMPLE("http", "query-utf8",
               "\x02"
               "firmware_name=\xe6\xa8\xa1\xe5\x9d\x97\0uid=ab-1"),
        SAMPLE("http", "query-mac", "\x02mac=00:11:22:33:44:55"),
        SAMPLE("http", "fields",
               "\x03{\"t\":\"abc\",\"o\":\"x\",\"n\":5,\"b\":true}"),
        SAMPLE("http", "fields-unknown",
               "\x03{\"t\":\"abc\",\"a-field-with-a-name-that-is-told-only-up-"
               "to-its-sixtieth-by"
               "\xe6\xa8\xa1\":1}"),
        SAMPLE("http", "settings",
               "\x04{\"name\":\"abc\",\"product\":null,\"size\":5,\"count\":7,"
               "\"hold\":true,\"state\":\"x\"}"),
        SAMPLE("http", "report",
               "\x05{\"project_key\":\"k\",\"imei\":\"866714040000001\","
               "\"version\":\"1.2.3\",\"success\":false,"
               "\"phase\":\"download\",\"error\":\"n\\u00e9\\n\"}"),
        SAMPLE("targets", "lines",
               "imei,note\r\n866714040000001,a b\r\n\r\n# none\n"
               "\"00:11:22:33:44:55\";x\nab-1"),
        SAMPLE("targets", "faults",
               "1234567890123\n123456789012345678\nabc\nab+1\n"),
        SAMPLE("targets", "mark",
               "\xef\xbb\xbf"
               "86671404000001\n"),
        SAMPLE("targets", "full-width",
               "\xef\xbc\xa1"
               "1234"),
        SAMPLE("targets", "long",
               "1-------------------------------------------------------------"
               "--\n"),
        SAMPLE("targets", "long-character",
               "1------------------------------------------------------------"
               "\xe6\xa8\xa1\xe6\xa8\xa1\n"),
        SAMPLE("nv", "file",
               "key=0123456789abcdef\nurl=http://h\nauto=1\nperiod=86400\n"
               "imei=866714040000001\nname=HUB\nversion=1.0.0\nphase=3\n"
               "etag=\"a=b\"\npackage_size=1000\nto_version=1.1.0\n"
               "old_tag=5\nboots=1\nis_success=0\nfailed_phase=boot\n"
               "failed_error=none\nnext_poll=18446744073709551615\n"),
        SAMPLE("nv", "later", "later=1\nauto=0\nkey=a\nkey=\n"),
        SAMPLE("nv", "settings",
               "\0key\0http://h\0"
               "866714040000001\0HUB\0"
               "1.0.0\0\"e\"\0"
               "1.1.0\0boot\0none\0\x01\0\x02\0\x03\0\x04"),
        SAMPLE("nv", "settings-line", "\0key\nphase=3"),
        SAMPLE("nv", "half", "url=http://h\nperiod=864"),
        SAMPLE("nv", "no-period", "period=0\n"),
        SAMPLE("nv", "zero", "key=a\0b\n"),
        SAMPLE("at", "identity",
               "AT\rate0\r\nATI\rAT+CGMR\rAT+CGMR=?\rAT+CGSN\rAT+VER\r"
               "AT+WIMEI?\rATE1\rATE2\rATE\r"),
        SAMPLE("at", "several", "AT+CGSN;+UPGRADE=\"URL\",\"h;\";E0 ; +NO;I\r"),
        SAMPLE("at", "settings",
               "AT+UPGRADE=\"KEY\",\"abc\"\rAT+UPGRADE=\"URL\",\"http://h\",1\r"
               "AT+UPGRADE=\"AUTO\",0\rAT+UPGRADE=\"PERIOD\",3600,0\r"
               "AT+UPGRADE=\"KEY\"\rAT+UPGRADE=\"PERIOD\"\rAT+UPGRADE=?\r"),
        SAMPLE("at", "upgrade",
               "AT+UPGRADE?\rAT+UPGRADE\rAT+UPGRADE?\rAT+UPGRADE\r"),
        SAMPLE("at", "upload",
               "AT+UARTUPGRADE=0\rAT+UARTUPGRADE=1,0,4,01020304,4\r"
               "AT+UARTUPGRADE=1,0,4,01020304,4\rAT+UARTUPGRADE=1,1,5,"
               "aAbBcCdDeE,238\rAT+UARTUPGRADE=2\rAT+UARTUPGRADE=3\r"
               "AT+UARTUPGRADE=4\rAT+UARTUPGRADE=5\rAT+UARTUPGRADE=2\r"),
        SAMPLE("at", "refused",
               "hello\rAT+X=1,2,3,4,5,6\rAT+X=\"a\"b\rAT+X!\rAT\b\bB\r A\r"),
        SAMPLE("at", "segment", "\0\0\0\0\0\0\0"),
        SAMPLE("at", "segment-digits",
               "\0\x04"
               "01020304"),
    };

    for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
        const uint8_t *bytes = (const uint8_t *)seeds[i].bytes;

        write_seed(seeds[i].target, seeds[i].name, bytes, 0, bytes,
                   seeds[i].size);
    }
}

// Packages that lead to a version, or to what is none.
static void write_offers(void)
{
    static const struct {
        const char *name;
        uint8_t demands;
        const char *to_version;
        const char *product;
        bool is_signed;
    } seeds[] = {
        {"any", 0, "1.1.0", CASE_PRODUCT, false},
        {"signed", 3, "1.1.0", CASE_PRODUCT, true},
        {"unsigned", 3, "1.1.0", CASE_PRODUCT, false},
        {"other-key", 7, "1.1.0", CASE_PRODUCT, true},
        {"area", 8, "1.1.0", CASE_PRODUCT, false},
        {"other-product", 1, "1.1.0", "other-module", false},
        {"other-version", 16, "1.1.1", CASE_PRODUCT, false},
        {"no-version", 16, NULL, NULL, false},
        {"version-line", 16, "1.1.0~phase=3", CASE_PRODUCT, false},
        {"version-quote", 16, "1.1.0\",\"", CASE_PRODUCT, false},
    };

    for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
        const struct update_case *c = target_case(CASE_RANGE);
        struct delta_bytes package = {0};
        struct delta_error error;
        struct delta_key key;
        struct delta_options options = {
            .codec = DELTA_RANGE,
            .ram = 24576,
            .has_base = true,
            .base = IMAGES_BASE,
            .product = seeds[i].product,
            .to_version = seeds[i].to_version,
            .key = seeds[i].is_signed ? &key : NULL,
        };

        require(case_signing_key(&key), "a key");
        require(delta_make(&package, NULL, c->old_image.data, c->old_image.size,
                           c->new_image.data, c->new_image.size, &options,
                           &error) == DELTA_OK,
                "a package");
        // A line feed, which delta_make refuses.
        for (size_t at = 0; at + 6 < package.size; at++) {
            if (memcmp(package.data + at, "1.1.0~", 6) == 0) {
                package.data[at + 5] = '\n';
            }
        }
        write_seed("demands", seeds[i].name, &seeds[i].demands, 1, package.data,
                   package.size);
        delta_free(&package);
    }
}

// A search of which the pattern holds a part only.
static void write_search(void)
{
    uint8_t text[8 + 300] = "\x02search=";

    for (size_t i = 8; i < sizeof(text); i++) {
        text[i] = (uint8_t) "\xe6\xa8\xa1"[(i - 8) % 3];
    }
    write_seed("http", "query-search", text, 0, text, sizeof(text));
}

// A line of which the end would be read as another one.
static void write_long_line(void)
{
    static const char end[] = "key=other\n";
    uint8_t text[399 + sizeof(end) - 1] = "later=";

    memset(text + 6, 'x', 399 - 6);
    memcpy(text + 399, end, sizeof(end) - 1);
    write_seed("nv", "long-line", text, 0, text, sizeof(text));
}

static void write_image(const char *name, enum delta_file_format format,
                        const struct imagefile *f)
{
    uint8_t lead = (uint8_t)format;

    write_seed("image", name, &lead, 1, f->data, f->size);
}

static void write_texts(void)
{
    static const uint8_t bytes[16] = {1, 2, 3};
    struct imagefile ihex = {0};
    struct imagefile marked = {0};
    struct imagefile srec = {0};

    imagefile_ihex(&ihex, 2, 0, "\x10\x00", 2);
    imagefile_ihex(&ihex, 0, 0xFFFE, bytes, 4);
    imagefile_ihex(&ihex, 4, 0, "\x00\x02", 2);
    imagefile_ihex(&ihex, 0, 0x0010, bytes, 16);
    imagefile_ihex(&ihex, 5, 0, bytes, 4);
    imagefile_ihex(&ihex, 1, 0, NULL, 0);
    write_image("ihex", DELTA_FILE_IHEX, &ihex);
    write_image("ihex-auto", DELTA_FILE_AUTO, &ihex);
    imagefile_text(&marked, "\xEF\xBB\xBF\r\n ");
    imagefile_bytes(&marked, ihex.data, ihex.size);
    write_image("ihex-marked", DELTA_FILE_AUTO, &marked);
    imagefile_srec(&srec, 0, 0, "name", 4);
    imagefile_srec(&srec, 1, 0x1000, bytes, 16);
    imagefile_srec(&srec, 2, 0x1020, bytes, 16);
    imagefile_srec(&srec, 3, 0x1010, bytes, 16);
    imagefile_srec(&srec, 5, 3, NULL, 0);
    imagefile_srec(&srec, 9, 0, NULL, 0);
    write_image("srec", DELTA_FILE_SREC, &srec);
    write_image("srec-auto", DELTA_FILE_AUTO, &srec);
}

static void write_binaries(void)
{
    static const uint8_t bytes[256] = {0x12, 0xC1, 3};
    struct imagefile uf2 = {0};
    struct imagefile esp = {0};
    struct imagefile flash = {0};
    struct imagefile esp2 = {0};
    struct imagefile mcuboot = {0};

    imagefile_uf2(&uf2, 0x2000, 0x10000000, 0, 2, 7, bytes, 256);
    imagefile_uf2(&uf2, 0x2000, 0x10000200, 1, 2, 7, bytes, 256);
    write_image("uf2", DELTA_FILE_UF2, &uf2);
    write_image("uf2-auto", DELTA_FILE_AUTO, &uf2);
    imagefile_esp_header(&esp, 2, 5);
    imagefile_esp_segment(&esp, 0x42000020, bytes, 32);
    imagefile_esp_segment(&esp, 0x40380000, bytes, 32);
    imagefile_esp_end(&esp, 0);
    write_image("esp", DELTA_FILE_ESP, &esp);
    write_image("esp-auto", DELTA_FILE_AUTO, &esp);
    imagefile_bytes(&flash, esp.data, esp.size); // a loader and a program
    imagefile_fill(&flash, 0, 0x1000 - flash.size);
    imagefile_bytes(&flash, esp.data, esp.size);
    write_image("esp-flash", DELTA_FILE_AUTO, &flash);
    memset(flash.data, 0xFF, 0x1000);
    write_image("esp-flash-empty", DELTA_FILE_AUTO, &flash);
    imagefile_text(&esp2, "\xEA\x04......");
    imagefile_esp_segment(&esp2, 0, bytes, 48);
    imagefile_esp_header(&esp2, 1, -1);
    imagefile_esp_segment(&esp2, 0x40100000, "\x10\x10\x20\x40", 4);
    imagefile_esp_end(&esp2, 64);
    write_image("esp-2", DELTA_FILE_ESP, &esp2);
    imagefile_mcuboot(&mcuboot, 32, 64, 0, 0, 20);
    write_image("mcuboot", DELTA_FILE_MCUBOOT, &mcuboot);
    write_image("mcuboot-auto", DELTA_FILE_AUTO, &mcuboot);
}

static void write_elves(void)
{
    static const uint8_t bytes[64] = {1, 2, 3};
    static const uint8_t attributes[] = "A\x13\0\0\0aeabi\0\x01\x09\0\0\0"
                                        "\x07M\x09\x02";
    static const struct imagefile_section sections[] = {
        {".text", 1, 6, 0x8000, 0x8000, bytes, 64},
        {".data", 1, 3, 0x20000000, 0x8040, bytes, 32},
        {".ARM.attributes", 0x70000003, 0, 0, 0, attributes,
         sizeof(attributes) - 1},
    };
    static const struct imagefile_symbol symbols[] = {
        {"$a", 0x8000, 0, 0, 1},
        {"$t", 0x8020, 0, 0, 1},
        {"main", 0x8021, 16, 2, 1},
        {"table", 0x20000000, 16, 1, 2},
    };

    for (unsigned i = 0; i < 5; i++) {
        const struct imagefile_elf elf = {.is_64 = (i & 1) != 0,
                                          .is_big = i >= 2,
                                          .header_flags =
                                              i == 4 ? 0x00800000 : 0,
                                          .with_header = i == 0,
                                          .machine = 40,
                                          .sections = sections,
                                          .section_count = 3,
                                          .symbols = symbols,
                                          .symbol_count = 4};
        struct imagefile f = {0};
        char name[64];

        imagefile_elf(&f, &elf);
        snprintf(name, sizeof(name), "elf-%u", i);
        write_image(name, DELTA_FILE_ELF, &f);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
        return 2;
    }
    root = argv[1];
    write_packages();
    write_vectors();
    write_journals();
    write_roundtrips();
    write_cuts();
    write_texts();
    write_binaries();
    write_layouts();
    write_foreign();
    write_members();
    write_elves();
    write_samples();
    write_offers();
    write_search();
    write_long_line();
    return 0;
}
