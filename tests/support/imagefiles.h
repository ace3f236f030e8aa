// SPDX-License-Identifier: MIT
// Made-up image files of every format, for tests and seeds.

#ifndef TESTS_IMAGEFILES_H
#define TESTS_IMAGEFILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Zero it to begin. What does not fit is left out.
struct imagefile {
    uint8_t data[16384];
    size_t size;
    bool is_big; // byte order of numbers
};

void imagefile_bytes(struct imagefile *f, const void *bytes, size_t size);
// A number of 1 to 8 bytes.
void imagefile_number(struct imagefile *f, uint64_t value, unsigned size);
// The same in place of what is there.
void imagefile_set(struct imagefile *f, size_t at, uint64_t value,
                   unsigned size);
void imagefile_fill(struct imagefile *f, uint8_t byte, size_t size);
void imagefile_text(struct imagefile *f, const char *text);

// Records with their checksum and a line end.
void imagefile_ihex(struct imagefile *f, unsigned type, unsigned offset,
                    const void *bytes, unsigned size);
void imagefile_srec(struct imagefile *f, unsigned type, uint32_t address,
                    const void *bytes, unsigned size);

void imagefile_uf2(struct imagefile *f, uint32_t flags, uint32_t address,
                   uint32_t number, uint32_t total, uint32_t family,
                   const void *bytes, uint32_t size);

// ESP: header (chip < 0: the short one), segments, then the checksum.
// imagefile_esp_end wants the place of the header that it belongs to.
void imagefile_esp_header(struct imagefile *f, unsigned segments, long chip);
void imagefile_esp_segment(struct imagefile *f, uint32_t address,
                           const void *bytes, uint32_t size);
void imagefile_esp_end(struct imagefile *f, size_t header);

// MCUboot: header, program of 0x5A, trailers; protected_size 0: only one.
void imagefile_mcuboot(struct imagefile *f, uint32_t header_size,
                       uint32_t program_size, uint32_t flags,
                       uint32_t load_address, unsigned protected_size);

// ELF: what is given here is written behind the header in this order:
// sections' data, symbols, names, headers of segments and of sections.
struct imagefile_section {
    const char *name;
    uint32_t type, flags;
    uint64_t address; // at run time
    uint64_t place;   // in the flash
    const void *bytes;
    uint32_t size;
};

struct imagefile_symbol {
    const char *name;
    uint64_t value;
    uint32_t size;
    uint8_t info; // binding << 4 | type
    uint8_t section;
};

struct imagefile_elf {
    bool is_64, is_big;
    bool no_sections; // leave their headers out
    bool with_header; // the first segment begins with the file's header
    uint16_t type, machine;
    uint32_t header_flags; // of the machine
    uint64_t entry;
    const struct imagefile_section *sections; // numbered from 1
    unsigned section_count;
    const struct imagefile_symbol *symbols;
    unsigned symbol_count;
};

// One segment per section that has SHF_ALLOC.
void imagefile_elf(struct imagefile *f, const struct imagefile_elf *elf);

#endif
