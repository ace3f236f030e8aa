// SPDX-License-Identifier: MIT
// The settings of samples/module: any bytes as their file, or, after a first byte
// of 0, any settings. What is read is what the file says, and what is written is
// read again.

#include "nvstore.h"
#include "target.h"
#include "target_file.h"

static const char *path;

// --- Files -----------------------------------------------------------------

struct text {
    char data[4096];
    size_t size;
};

static void put(const uint8_t *data, size_t size)
{
    FILE *file = fopen(path, "wb");

    require(file != NULL && fwrite(data, 1, size, file) == size &&
                fclose(file) == 0,
            "a file is written");
}

static void get(struct text *text)
{
    FILE *file = fopen(path, "rb");

    require(file != NULL, "a file is there");
    text->size = fread(text->data, 1, sizeof(text->data), file);
    require(text->size < sizeof(text->data), "a file has a size");
    fclose(file);
}

// --- What it says ----------------------------------------------------------

struct piece {
    const char *at;
    size_t size;
};

// The first line of a text; moves on to the next.
static struct piece take_line(struct piece *text)
{
    const char *end = memchr(text->at, '\n', text->size);
    struct piece line = {text->at,
                         end != NULL ? (size_t)(end - text->at) : text->size};
    size_t used = line.size + (end != NULL);

    text->at += used;
    text->size -= used;
    return line;
}

// The value of the last line with the name of this one.
static bool find_value(struct piece *value, struct piece text,
                       const struct piece *named)
{
    const char *end = memchr(named->at, '=', named->size);
    size_t size = (size_t)(end - named->at) + 1;
    bool is_found = false;

    while (text.size > 0) {
        struct piece line = take_line(&text);

        if (line.size >= size && memcmp(line.at, named->at, size) == 0) {
            *value = (struct piece){line.at + size, line.size - size};
            is_found = true;
        }
    }
    return is_found;
}

// Numbers are written without the zeros before them.
static bool is_same(const struct piece *a, const struct piece *b)
{
    size_t zeros = 0;

    if (a->size == b->size && memcmp(a->at, b->at, a->size) == 0) {
        return true;
    }
    while (zeros + 1 < a->size && a->at[zeros] == '0') {
        zeros++;
    }
    return a->size - zeros == b->size &&
           memcmp(a->at + zeros, b->at, b->size) == 0;
}

// Each setting is that of its last line, or the default.
static void check_values(const uint8_t *data, size_t size,
                         const struct text *written)
{
    static struct text defaults;
    struct piece rest = {written->data, written->size};

    if (defaults.size == 0) {
        struct nv nv;

        nv_default(&nv);
        require(nv_write(&nv, path) == NV_OK, "defaults are written");
        get(&defaults);
    }
    while (rest.size > 0) {
        struct piece line = take_line(&rest);
        struct piece said = {NULL, 0};
        struct piece kept = {NULL, 0};

        require(find_value(&kept, (struct piece){written->data, written->size},
                           &line),
                "a setting is written once");
        if (!find_value(&said, (struct piece){(const char *)data, size},
                        &line)) {
            require(find_value(&said,
                               (struct piece){defaults.data, defaults.size},
                               &line),
                    "a setting has a default");
        }
        require(is_same(&said, &kept), "a setting is as its file says");
    }
}

static void fuzz_file(const uint8_t *data, size_t size)
{
    static struct text once;
    static struct text twice;
    struct nv nv;
    struct nv again;

    put(data, size);
    enum nv_status status = nv_read(&nv, path);
    require(status == NV_OK || status == NV_BAD, "read or refused");
    if (status != NV_OK) {
        return;
    }
    require(nv.settings.period >= NV_PERIOD_LEAST, "a period is one");
    require(nv_write(&nv, path) == NV_OK, "what was read is written");
    get(&once);
    require(nv_read(&again, path) == NV_OK, "and read");
    require(nv_write(&again, path) == NV_OK, "and written");
    get(&twice);
    require(once.size == twice.size &&
                memcmp(once.data, twice.data, once.size) == 0,
            "it stays the same");
    check_values(data, size, &once);
}

// --- Settings --------------------------------------------------------------

static void fill(struct piece *from, char *to, size_t room)
{
    size_t size = from->size < room - 1 ? from->size : room - 1;

    size = strnlen(from->at, size);
    memcpy(to, from->at, size);
    size += size < from->size;
    from->at += size;
    from->size -= size;
}

static uint64_t number_of(struct piece *from)
{
    uint64_t number = 0;

    fill(from, (char *)&number, sizeof(number));
    return number;
}

static void fuzz_settings(const uint8_t *data, size_t size)
{
    struct piece from = {(const char *)data, size};
    struct nv nv;
    struct nv again;

    nv_default(&nv);
    fill(&from, nv.settings.key, sizeof(nv.settings.key));
    fill(&from, nv.settings.url, sizeof(nv.settings.url));
    fill(&from, nv.imei, sizeof(nv.imei));
    fill(&from, nv.name, sizeof(nv.name));
    fill(&from, nv.version, sizeof(nv.version));
    fill(&from, nv.etag, sizeof(nv.etag));
    fill(&from, nv.to_version, sizeof(nv.to_version));
    fill(&from, nv.failed_phase, sizeof(nv.failed_phase));
    fill(&from, nv.failed_error, sizeof(nv.failed_error));
    nv.settings.is_auto = number_of(&from);
    nv.settings.period = NV_PERIOD_LEAST + number_of(&from);
    nv.phase = number_of(&from);
    nv.package_size = number_of(&from);
    nv.old_tag = number_of(&from);
    nv.boots = number_of(&from);
    nv.is_success = number_of(&from);
    nv.next_poll = ~number_of(&from);

    enum nv_status status = nv_write(&nv, path);
    require(status == NV_OK || memchr(data, '\n', size) != NULL,
            "what has no lines is written");
    if (status == NV_OK) {
        require(nv_read(&again, path) == NV_OK, "what is written is read");
        require(memcmp(&nv, &again, sizeof(nv)) == 0, "and the same");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    path = target_file_path();
    if (size > 0 && data[0] == 0) {
        fuzz_settings(data + 1, size - 1);
    } else {
        fuzz_file(data, size);
    }
    return 0;
}
