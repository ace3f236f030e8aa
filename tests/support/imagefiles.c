// SPDX-License-Identifier: MIT
// Made-up image files of every format, for tests and seeds.

#include "imagefiles.h"

#include <stdio.h>
#include <string.h>

void imagefile_bytes(struct imagefile *f, const void *bytes, size_t size)
{
    size_t left = sizeof(f->data) - f->size;

    size = size < left ? size : left;
    if (size > 0) {
        memcpy(f->data + f->size, bytes, size);
        f->size += size;
    }
}

void imagefile_set(struct imagefile *f, size_t at, uint64_t value,
                   unsigned size)
{
    for (unsigned i = 0; i < size && at + i < f->size; i++) {
        f->data[at + i] =
            (uint8_t)(value >> 8 * (f->is_big ? size - 1 - i : i));
    }
}

void imagefile_number(struct imagefile *f, uint64_t value, unsigned size)
{
    imagefile_fill(f, 0, size);
    imagefile_set(f, f->size - size, value, size);
}

void imagefile_fill(struct imagefile *f, uint8_t byte, size_t size)
{
    while (size-- > 0) {
        imagefile_bytes(f, &byte, 1);
    }
}

void imagefile_text(struct imagefile *f, const char *text)
{
    imagefile_bytes(f, text, strlen(text));
}

static void put_digits(struct imagefile *f, const uint8_t *bytes, size_t size)
{
    char digits[3];

    for (size_t i = 0; i < size; i++) {
        snprintf(digits, sizeof(digits), "%02X", (unsigned)bytes[i]);
        imagefile_text(f, digits);
    }
}

static uint8_t sum_of(const uint8_t *bytes, size_t size)
{
    uint8_t sum = 0;

    while (size-- > 0) {
        sum = (uint8_t)(sum + bytes[size]);
    }
    return sum;
}

void imagefile_ihex(struct imagefile *f, unsigned type, unsigned offset,
                    const void *bytes, unsigned size)
{
    uint8_t record[5 + 255] = {(uint8_t)size, (uint8_t)(offset >> 8),
                               (uint8_t)offset, (uint8_t)type};

    if (size > 0) {
        memcpy(record + 4, bytes, size);
    }
    record[4 + size] = (uint8_t)(0u - sum_of(record, 4 + size));
    imagefile_text(f, ":");
    put_digits(f, record, 5 + size);
    imagefile_text(f, "\n");
}

void imagefile_srec(struct imagefile *f, unsigned type, uint32_t address,
                    const void *bytes, unsigned size)
{
    static const unsigned address_sizes[10] = {2, 2, 3, 4, 2, 2, 3, 4, 3, 2};
    unsigned head = address_sizes[type] + 1;
    uint8_t record[6 + 255];
    char start[3];

    record[0] = (uint8_t)(head + size);
    for (unsigned i = 1; i < head; i++) {
        record[i] = (uint8_t)(address >> 8 * (head - 1 - i));
    }
    if (size > 0) {
        memcpy(record + head, bytes, size);
    }
    record[head + size] = (uint8_t)~sum_of(record, head + size);
    snprintf(start, sizeof(start), "S%u", type % 10);
    imagefile_text(f, start);
    put_digits(f, record, head + size + 1);
    imagefile_text(f, "\r\n");
}

void imagefile_uf2(struct imagefile *f, uint32_t flags, uint32_t address,
                   uint32_t number, uint32_t total, uint32_t family,
                   const void *bytes, uint32_t size)
{
    size_t start = f->size;
    const uint32_t head[8] = {0x0A324655, 0x9E5D5157, flags, address,
                              size,       number,     total, family};

    for (unsigned i = 0; i < 8; i++) {
        imagefile_number(f, head[i], 4);
    }
    imagefile_bytes(f, bytes, size);
    imagefile_fill(f, 0, start + 508 - f->size);
    imagefile_number(f, 0x0AB16F30, 4);
}

void imagefile_esp_header(struct imagefile *f, unsigned segments, long chip)
{
    imagefile_number(f, 0xE9, 1);
    imagefile_number(f, segments, 1);
    imagefile_number(f, 0x2002, 2);
    imagefile_number(f, 0x40100004, 4);
    if (chip >= 0) {
        imagefile_number(f, 0xEE, 4);
        imagefile_number(f, (uint64_t)chip, 2);
        imagefile_fill(f, 0, 10);
    }
}

void imagefile_esp_segment(struct imagefile *f, uint32_t address,
                           const void *bytes, uint32_t size)
{
    imagefile_number(f, address, 4);
    imagefile_number(f, size, 4);
    imagefile_bytes(f, bytes, size);
}

void imagefile_esp_end(struct imagefile *f, size_t header)
{
    uint8_t sum = 0xEF;
    size_t at = header + 8;
    unsigned count = f->data[header + 1];

    // Nothing at 8 is a segment: then the header is the long one.
    if (f->data[at + 3] == 0) {
        at += 16;
    }
    while (count-- > 0) {
        size_t size = (size_t)f->data[at + 4] | (size_t)f->data[at + 5] << 8;

        at += 8;
        while (size-- > 0) {
            sum ^= f->data[at++];
        }
    }
    imagefile_fill(f, 0, 15 - f->size % 16);
    imagefile_bytes(f, &sum, 1);
}

void imagefile_mcuboot(struct imagefile *f, uint32_t header_size,
                       uint32_t program_size, uint32_t flags,
                       uint32_t load_address, unsigned protected_size)
{
    size_t start = f->size;

    imagefile_number(f, 0x96F3B83D, 4);
    imagefile_number(f, load_address, 4);
    imagefile_number(f, header_size, 2);
    imagefile_number(f, protected_size, 2);
    imagefile_number(f, program_size, 4);
    imagefile_number(f, flags, 4);
    imagefile_fill(f, 1, 8); // version
    imagefile_fill(f, 0, start + header_size - f->size);
    imagefile_fill(f, 0x5A, program_size);
    if (protected_size > 0) {
        imagefile_number(f, 0x6908, 2);
        imagefile_number(f, protected_size, 2);
        imagefile_fill(f, 3, protected_size - 4);
    }
    imagefile_number(f, 0x6907, 2);
    imagefile_number(f, 40, 2);
    imagefile_number(f, 0x10, 2); // a digest
    imagefile_number(f, 32, 2);
    imagefile_fill(f, 0xA5, 32);
}

#define NAMES_MAX 1024u

struct names {
    char text[NAMES_MAX];
    unsigned size;
};

static unsigned add_name(struct names *names, const char *name)
{
    unsigned at = names->size;
    size_t size = strlen(name) + 1;

    if (size > NAMES_MAX - at) {
        return 0;
    }
    memcpy(names->text + at, name, size);
    names->size += (unsigned)size;
    return at;
}

static void put_symbol(struct imagefile *f, bool is_64, unsigned name,
                       const struct imagefile_symbol *s)
{
    imagefile_number(f, name, 4);
    if (is_64) {
        imagefile_number(f, s->info, 1);
        imagefile_number(f, 0, 1);
        imagefile_number(f, s->section, 2);
        imagefile_number(f, s->value, 8);
        imagefile_number(f, s->size, 8);
    } else {
        imagefile_number(f, s->value, 4);
        imagefile_number(f, s->size, 4);
        imagefile_number(f, s->info, 1);
        imagefile_number(f, 0, 1);
        imagefile_number(f, s->section, 2);
    }
}

static void put_segment(struct imagefile *f, bool is_64,
                        const struct imagefile_section *s, uint64_t offset,
                        uint64_t before)
{
    unsigned size = is_64 ? 8 : 4;
    uint32_t flags = (s->flags & 4) != 0 ? 5 : 6;
    uint64_t file_size = s->type == 8 ? 0 : s->size + before;

    imagefile_number(f, 1, 4);
    if (is_64) {
        imagefile_number(f, flags, 4);
    }
    imagefile_number(f, offset - before, size);
    imagefile_number(f, s->address - before, size);
    imagefile_number(f, s->place - before, size);
    imagefile_number(f, file_size, size);
    imagefile_number(f, s->size + before, size);
    if (!is_64) {
        imagefile_number(f, flags, 4);
    }
    imagefile_number(f, 4, size);
}

struct elf_header {
    uint64_t flags, address, offset, size;
    uint32_t name, type, link, each;
};

static void put_section(struct imagefile *f, bool is_64,
                        const struct elf_header *h)
{
    unsigned size = is_64 ? 8 : 4;

    imagefile_number(f, h->name, 4);
    imagefile_number(f, h->type, 4);
    imagefile_number(f, h->flags, size);
    imagefile_number(f, h->address, size);
    imagefile_number(f, h->offset, size);
    imagefile_number(f, h->size, size);
    imagefile_number(f, h->link, 4);
    imagefile_number(f, 0, 4);
    imagefile_number(f, 1, size);
    imagefile_number(f, h->each, size);
}

static void align(struct imagefile *f)
{
    imagefile_fill(f, 0, (8 - f->size % 8) % 8);
}

static void put_elf_header(struct imagefile *f, const struct imagefile_elf *e)
{
    unsigned size = e->is_64 ? 8 : 4;

    imagefile_bytes(f, "\177ELF", 4);
    imagefile_number(f, e->is_64 ? 2 : 1, 1);
    imagefile_number(f, e->is_big ? 2 : 1, 1);
    imagefile_number(f, 1, 1);
    imagefile_fill(f, 0, 9);
    imagefile_number(f, e->type != 0 ? e->type : 2, 2);
    imagefile_number(f, e->machine, 2);
    imagefile_number(f, 1, 4);
    imagefile_number(f, e->entry, size);
    imagefile_fill(f, 0, 2 * size); // known later
    imagefile_number(f, e->header_flags, 4);
    imagefile_number(f, e->is_64 ? 64 : 52, 2);
    imagefile_number(f, e->is_64 ? 56 : 32, 2);
    imagefile_fill(f, 0, 2);
    imagefile_number(f, e->is_64 ? 64 : 40, 2);
    imagefile_fill(f, 0, 4);
}

static void put_symbols(struct imagefile *f, const struct imagefile_elf *e,
                        struct names *names)
{
    static const struct imagefile_symbol none;

    put_symbol(f, e->is_64, 0, &none);
    for (unsigned i = 0; i < e->symbol_count; i++) {
        put_symbol(f, e->is_64, add_name(names, e->symbols[i].name),
                   e->symbols + i);
    }
}

void imagefile_elf(struct imagefile *f, const struct imagefile_elf *e)
{
    struct names names = {{0}, 1};
    struct elf_header headers[24] = {{0}};
    unsigned size = e->is_64 ? 8 : 4;
    unsigned count = e->section_count, segments = 0;
    size_t segments_at;

    f->is_big = e->is_big;
    put_elf_header(f, e);
    for (unsigned i = 0; i < count; i++) {
        const struct imagefile_section *s = e->sections + i;

        align(f);
        headers[i + 1] = (struct elf_header){
            s->flags, s->address, f->size, s->size, add_name(&names, s->name),
            s->type,  0,          0};
        imagefile_bytes(f, s->bytes, s->type == 8 ? 0 : s->size);
    }
    align(f);
    headers[count + 1] = (struct elf_header){
        0, 0,         f->size,           0, add_name(&names, ".symtab"),
        2, count + 2, e->is_64 ? 24 : 16};
    put_symbols(f, e, &names);
    headers[count + 1].size = f->size - headers[count + 1].offset;
    headers[count + 2] = (struct elf_header){
        0, 0, f->size, 0, add_name(&names, ".strtab"), 3, 0, 0};
    headers[count + 2].size = names.size;
    imagefile_bytes(f, names.text, names.size);
    align(f);
    segments_at = f->size;
    for (unsigned i = 0; i < count; i++) {
        if ((e->sections[i].flags & 2) != 0) {
            uint64_t offset = headers[i + 1].offset;

            put_segment(f, e->is_64, e->sections + i, offset,
                        e->with_header && segments == 0 ? offset : 0);
            segments++;
        }
    }
    imagefile_set(f, e->is_64 ? 32 : 28, segments_at, size);
    imagefile_set(f, e->is_64 ? 56 : 44, segments, 2);
    if (!e->no_sections) {
        imagefile_set(f, e->is_64 ? 40 : 32, f->size, size);
        imagefile_set(f, e->is_64 ? 60 : 48, count + 3, 2);
        imagefile_set(f, e->is_64 ? 62 : 50, count + 2, 2);
        for (unsigned i = 0; i < count + 3; i++) {
            put_section(f, e->is_64, headers + i);
        }
    }
}
