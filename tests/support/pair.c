// SPDX-License-Identifier: MIT
// A small pair of images with packages written by hand.

#include "pair.h"

#include <string.h>

#include "simflash.h"

static void put32(uint8_t *b, uint32_t v)
{
    for (int i = 0; i < 4; i++) {
        b[i] = (uint8_t)(v >> 8 * i);
    }
}

static void make_images(struct pair *t)
{
    uint64_t random = 1;

    for (size_t i = 0; i < sizeof(t->old_data); i++) {
        t->old_data[i] = (uint8_t)sim_random(&random);
    }
    put32(t->old_data + 64, PAIR_BASE + 0x300);
    // New: the old image from 20 on with the pointer moved and a byte
    // changed, a run, something new, the beginning of the old image, and
    // something new again.
    memcpy(t->new_data, t->old_data + 20, 1000);
    put32(t->new_data + 44, PAIR_BASE + 0x340);
    t->new_data[500] = (uint8_t)(t->new_data[500] + 9);
    memset(t->new_data + 1000, 0x5A, 500);
    for (size_t i = 1500; i < 2000; i++) {
        t->new_data[i] = (uint8_t)sim_random(&random);
    }
    memcpy(t->new_data + 2000, t->old_data, 600);
    for (size_t i = 2600; i < 3000; i++) {
        t->new_data[i] = (uint8_t)sim_random(&random);
    }
    put32(t->new_data + 2064, PAIR_BASE + 0x340);
}

static void end_segment(struct pair *t)
{
    pack_segment(&t->stream, t->ops.data, t->ops.size, 9);
    t->ops.size = 0;
}

// Segments begin at 768 and 2048 of the new image: in the middle of records.
static void make_ops(struct pair *t)
{
    uint8_t zeros[600] = {0};

    pack_varint(&t->ops, 2); // pointer ranges
    pack_varint(&t->ops, PAIR_BASE);
    pack_varint(&t->ops, 0x1000);
    pack_varint(&t->ops, 0x10000000);
    pack_varint(&t->ops, 0x20);
    pack_varint(&t->ops, 2); // map
    pack_varint(&t->ops, PAIR_BASE + 0x200);
    pack_svarint(&t->ops, 0x40);
    pack_varint(&t->ops, 0x600);
    pack_svarint(&t->ops, -0x40);

    pack_varint(&t->ops, 1000); // copy from 20
    pack_varint(&t->ops, 1);    // and the run's first byte
    pack_svarint(&t->ops, 20);
    pack_append(&t->ops, zeros, 500);
    pack_u8(&t->ops, 9);
    pack_append(&t->ops, zeros, 267);
    end_segment(t);
    pack_append(&t->ops, zeros, 232);
    pack_u8(&t->ops, 0x5A);
    pack_varint(&t->ops, 499); // the run, from the new image
    pack_varint(&t->ops, 0);
    pack_svarint(&t->ops, (int32_t)sizeof(t->old_data) + 1000 - 1021);
    pack_append(&t->ops, zeros, 499);
    pack_varint(&t->ops, 0);
    pack_varint(&t->ops, 500);
    pack_append(&t->ops, t->new_data + 1500, 500);
    pack_varint(&t->ops, 600);
    pack_varint(&t->ops, 400);
    pack_svarint(&t->ops, -((int32_t)sizeof(t->old_data) + 1999));
    pack_append(&t->ops, zeros, 48);
    end_segment(t);
    pack_append(&t->ops, zeros, 552);
    pack_append(&t->ops, t->new_data + 2600, 400);
    end_segment(t);
}

void pair_make(struct pair *t, uint32_t codec, bool is_signed)
{
    memset(t, 0, sizeof(*t));
    make_images(t);
    t->pack.is_signed = is_signed;
    t->pack.codec = codec;
    t->pack.product = "thing";
    t->pack.from_version = "1.0";
    t->pack.to_version = "1.1";
    t->pack.counter = 5;
    t->pack.base = PAIR_BASE;
    t->pack.new_base = PAIR_BASE;
    t->pack.old_data = t->old_data;
    t->pack.old_size = sizeof(t->old_data);
    t->pack.new_data = t->new_data;
    t->pack.new_size = sizeof(t->new_data);
    if (codec == DFOTA_CODEC_DEFLATE) {
        make_ops(t);
        t->pack.param = 9;
        t->pack.map_entries = 2;
        t->pack.stream = t->stream.data;
        t->pack.stream_size = (uint32_t)t->stream.size;
    }
    pair_pack(t);
}

void pair_free(struct pair *t)
{
    pack_free(&t->ops);
    pack_free(&t->stream);
    pack_free(&t->package);
}

void pair_pack(struct pair *t)
{
    pack_free(&t->package);
    t->package = pack_make(&t->pack);
}
