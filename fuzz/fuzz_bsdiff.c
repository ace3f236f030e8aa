// SPDX-License-Identifier: MIT
// Any bytes as a patch of bsdiff. The first byte says how: 0 the patch as it
// is; else its streams, of which the sizes follow, are packed by bzip2 first,
// for no fuzzer guesses a CRC.

#include <bzlib.h>

#include "delta_foreign.h"
#include "target.h"

#define STREAMS 3u
#define STREAM_MAX 4096u
#define PACKED_MAX (STREAM_MAX + STREAM_MAX / 100 + 600)

static void put_number(uint8_t *to, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
}

// The next part of the input, packed; bytes of the result.
static size_t pack(uint8_t *to, const uint8_t **data, size_t *size, size_t part)
{
    unsigned packed = PACKED_MAX;
    char source[STREAM_MAX];

    part = part < *size ? part : *size;
    part = part < STREAM_MAX ? part : STREAM_MAX;
    memcpy(source, *data, part);
    *data += part;
    *size -= part;
    require(BZ2_bzBuffToBuffCompress((char *)to, &packed, source,
                                     (unsigned)part, 1, 0, 0) == BZ_OK,
            "streams can be packed");
    return packed;
}

static void apply(const uint8_t *patch, size_t size)
{
    struct image old_image = target_old_image();
    struct delta_bytes made;
    struct delta_error error;
    enum delta_status status = delta_bsdiff_apply(
        &made, patch, size, old_image.data, old_image.size, &error);

    if (status == DELTA_OK) {
        require(made.size > 0 && made.size <= DELTA_IMAGE_MAX, "within limits");
    } else {
        require(status == DELTA_ERR_PATCH || status == DELTA_ERR_NOMEM,
                "refused as a patch");
        require(made.data == NULL && error.text[0] != 0, "with a reason");
    }
    delta_free(&made);
    image_free(&old_image);
}

// The first bytes: kind, new size (2), sizes of control and diff (2 each).
static void apply_packed(const uint8_t *data, size_t size)
{
    static uint8_t patch[32 + STREAMS * PACKED_MAX];
    size_t new_size = data[1] | (size_t)data[2] << 8;
    size_t parts[STREAMS] = {data[3] | (size_t)data[4] << 8,
                             data[5] | (size_t)data[6] << 8, STREAM_MAX};
    size_t at = 32;
    bool is_43 = data[0] % 2 == 0;

    data += 7;
    size -= 7;
    if (is_43) {
        memcpy(patch, "ENDSLEY/BSDIFF43", 16);
        put_number(patch + 16, new_size);
        apply(patch, 24 + pack(patch + 24, &data, &size, STREAM_MAX));
        return;
    }
    memcpy(patch, "BSDIFF40", 8);
    put_number(patch + 24, new_size);
    for (unsigned i = 0; i < STREAMS; i++) {
        size_t packed = pack(patch + at, &data, &size, parts[i]);

        if (i < 2) {
            put_number(patch + 8 + 8 * i, packed);
        }
        at += packed;
    }
    apply(patch, at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 7 && data[0] != 0) {
        apply_packed(data, size);
    } else if (size > 0) {
        apply(data + 1, size - 1);
    }
    return 0;
}
