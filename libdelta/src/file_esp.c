// SPDX-License-Identifier: MIT
// Program images of Espressif chips: a header, segments with their addresses,
// a checksum.
//
// 0xE9: header of 8 bytes (ESP8266), or 24 (later chips, with the chip's id).
// 0xEA (ESP8266, version 2): header of 8 bytes and one segment that runs from
// flash, without its address; then an image as above with the rest.
// Behind an image there may be digests, and at multiples of 4 KiB other
// images: ESP8266 programs of the Arduino core come with their loader, and the
// contents of a whole flash are a loader, tables and programs. The loader of
// some chips is in the second or third page, behind empty ones.

#include <string.h>

#include "bytes.h"
#include "dfota/format.h"
#include "errors.h"
#include "files.h"
#include "regions.h"

#define NAME "ESP"
#define MAGIC 0xE9u
#define MAGIC_2 0xEAu
#define MAGIC_2_SEGMENTS 4u // what the second byte then is
#define HEADER 8u
#define LONG_HEADER 24u
#define PAGE 0x1000u
#define SEGMENTS_MAX 16u
#define CHECKSUM_SEED 0xEFu
#define ESP8266 0x10000u // no chip's id: those have 16 bits
#define ESP8266_FLASH 0x40200000u
#define ESP8266_FLASH_SIZE 0x100000u // as much as is mapped at a time
#define APP_DESCRIPTION 0xABCD5432u  // begins the constants of a program

// Addresses with instructions, [from, to).
struct code_range {
    uint32_t chip, from, to;
};
static const struct code_range code_ranges[] = {
    {ESP8266, 0x40100000, 0x40110000}, // RAM
    {ESP8266, 0x40200000, 0x40300000}, // flash
    {0x0000, 0x40070000, 0x40C00000},  // ESP32: RAM, RTC RAM, flash
    {0x0002, 0x40020000, 0x40072000},  // ESP32-S2: RAM, RTC RAM
    {0x0002, 0x40080000, 0x40B80000},  // flash
    {0x0005, 0x4037C000, 0x403E0000},  // ESP32-C3: RAM
    {0x0005, 0x42000000, 0x42800000},  // flash
    {0x0009, 0x40370000, 0x403E0000},  // ESP32-S3: RAM
    {0x0009, 0x42000000, 0x44000000},  // flash
    {0x000C, 0x4037C000, 0x403C0000},  // ESP32-C2: RAM
    {0x000C, 0x42000000, 0x42400000},  // flash
    {0x000D, 0x40800000, 0x40880000},  // ESP32-C6: RAM, data too
    {0x000D, 0x42000000, 0x43000000},  // flash, constants too
    {0x0010, 0x40800000, 0x40850000},  // ESP32-H2: likewise
    {0x0010, 0x42000000, 0x43000000},  //
    {0x0012, 0x40000000, 0x44000000},  // ESP32-P4: flash, constants too
    {0x0012, 0x4FF00000, 0x4FFC0000},  // RAM, data too
    {0x0014, 0x40800000, 0x40850000},  // ESP32-C61: as ESP32-C6
    {0x0014, 0x42000000, 0x44000000},  //
    {0x0017, 0x40800000, 0x40860000},  // ESP32-C5: likewise
    {0x0017, 0x42000000, 0x44000000},  //
};

struct segment {
    uint32_t at, size; // its data
    uint32_t address;
};

struct esp {
    uint32_t chip;
    uint32_t count;
    struct segment segments[SEGMENTS_MAX + 1];
    bool has_flash_part; // the first one is that of version 2
    uint32_t end;        // behind the checksum
};

static enum delta_status bad(struct delta_error *error, uint32_t at,
                             const char *what, unsigned long found,
                             unsigned long expected)
{
    return delta_fail(error, DELTA_ERR_IMAGE, "image",
                      NAME ": byte 0x%lx: %s (found 0x%lx, expected 0x%lx)",
                      (unsigned long)at, what, found, expected);
}

static enum delta_status read_segment(struct esp *esp,
                                      const struct delta_image *image,
                                      uint32_t *at, struct delta_error *error)
{
    struct segment *s = esp->segments + esp->count;

    if (image->size - *at < 8) {
        return bad(error, *at, "cut short in a segment's header", image->size,
                   (unsigned long)*at + 8);
    }
    s->address = dfc_get32(image->data + *at);
    s->size = dfc_get32(image->data + *at + 4);
    s->at = *at + 8;
    if (s->size > image->size - s->at) {
        return bad(error, *at + 4, "segment reaches beyond the file", s->size,
                   image->size - s->at);
    }
    *at = s->at + s->size;
    esp->count++;
    return DELTA_OK;
}

// The checksum stands in the last byte of a line of 16.
static enum delta_status check_sum(struct esp *esp,
                                   const struct delta_image *image,
                                   uint32_t end, struct delta_error *error)
{
    uint8_t sum = CHECKSUM_SEED;

    esp->end = (end | 15u) + 1;
    if (esp->end > image->size) {
        return bad(error, end, "cut short before the checksum", image->size,
                   esp->end);
    }
    for (uint32_t i = esp->has_flash_part; i < esp->count; i++) {
        const struct segment *s = esp->segments + i;

        for (uint32_t k = 0; k < s->size; k++) {
            sum ^= image->data[s->at + k];
        }
    }
    if (image->data[esp->end - 1] != sum) {
        return bad(error, esp->end - 1, "checksum does not match",
                   image->data[esp->end - 1], sum);
    }
    return DELTA_OK;
}

// An image with a header of that size.
static enum delta_status read_segments(struct esp *esp,
                                       const struct delta_image *image,
                                       uint32_t at, uint32_t header,
                                       struct delta_error *error)
{
    uint32_t count;
    enum delta_status status;

    if (image->size - at < header) {
        return bad(error, at, "cut short in the header", image->size,
                   (unsigned long)at + header);
    }
    if (image->data[at] != MAGIC) {
        return bad(error, at, "no header", image->data[at], MAGIC);
    }
    count = image->data[at + 1];
    if (count < 1 || count > SEGMENTS_MAX) {
        return bad(error, at + 1, "number of segments out of range", count,
                   SEGMENTS_MAX);
    }
    esp->chip =
        header == LONG_HEADER ? dfc_get16(image->data + at + 12) : ESP8266;
    at += header;
    while (count-- > 0) {
        status = read_segment(esp, image, &at, error);
        if (status != DELTA_OK) {
            return status;
        }
    }
    return check_sum(esp, image, at, error);
}

static enum delta_status read_image(struct esp *esp,
                                    const struct delta_image *image,
                                    uint32_t at, struct delta_error *error)
{
    enum delta_status status;

    memset(esp, 0, sizeof(*esp));
    if (image->size - at < HEADER) {
        return bad(error, at, "cut short in the header", image->size,
                   (unsigned long)at + HEADER);
    }
    if (image->data[at] != MAGIC && image->data[at] != MAGIC_2) {
        return bad(error, at, "no header", image->data[at], MAGIC);
    }
    if (image->data[at] == MAGIC_2) {
        if (image->data[at + 1] != MAGIC_2_SEGMENTS) {
            return bad(error, at + 1, "not version 2", image->data[at + 1],
                       MAGIC_2_SEGMENTS);
        }
        at += HEADER;
        esp->has_flash_part = true;
        status = read_segment(esp, image, &at, error);
        return status == DELTA_OK ? read_segments(esp, image, at, HEADER, error)
                                  : status;
    }
    // Only one header size fits: the sum would hardly match by chance.
    if (read_segments(esp, image, at, HEADER, NULL) == DELTA_OK) {
        return DELTA_OK;
    }
    memset(esp, 0, sizeof(*esp));
    return read_segments(esp, image, at, LONG_HEADER, error);
}

static uint8_t arch_of(uint32_t chip)
{
    switch (chip) {
    case ESP8266:
    case 0x0000:
    case 0x0002:
    case 0x0009: return DFOTA_ARCH_XTENSA;
    case 0x0005:
    case 0x000C:
    case 0x000D:
    case 0x0010:
    case 0x0012:
    case 0x0014:
    case 0x0017: return DFOTA_ARCH_RISCV;
    default: return DELTA_ARCH_UNKNOWN;
    }
}

static bool has_code(const struct esp *esp, const struct segment *s,
                     const uint8_t *data)
{
    if (arch_of(esp->chip) == DELTA_ARCH_UNKNOWN) {
        return true;
    }
    if (s->size >= 4 && dfc_get32(data + s->at) == APP_DESCRIPTION) {
        return false; // constants, where the chip has one range for both
    }
    for (size_t i = 0; i < sizeof(code_ranges) / sizeof(*code_ranges); i++) {
        const struct code_range *range = code_ranges + i;

        if (range->chip == esp->chip && s->address >= range->from &&
            s->address < range->to) {
            return true;
        }
    }
    return false;
}

// Pointers to functions in the part that runs from flash: with which of 256
// pages as its start do most of them meet "addi a1, a1, -n", the first
// instruction of a function?
static uint32_t flash_address(const struct delta_image *image,
                              const struct esp *esp)
{
    const struct segment *flash = esp->segments;
    uint32_t inside = (flash->at & 0xFFFu) | ESP8266_FLASH;
    uint32_t best = 1; // by default it follows the loader's page
    uint32_t votes[256] = {0};
    uint32_t end = esp->end; // no real one is longer

    end = end < 2 * ESP8266_FLASH_SIZE ? end : 2 * ESP8266_FLASH_SIZE;
    for (uint32_t at = flash->at & ~3u; at + 4 <= end; at += 4) {
        uint32_t word = dfc_get32(image->data + at);

        if (word % 4 != 0 || word < inside ||
            word - inside >= ESP8266_FLASH_SIZE) {
            continue;
        }
        for (uint32_t page = 0; page < 256; page++) {
            uint32_t place = word - inside - (page << 12);

            if (place < flash->size && flash->size - place >= 2 &&
                dfc_get16(image->data + flash->at + place) == 0xC112u) {
                votes[page]++;
            }
        }
    }
    for (uint32_t page = 0; page < 256; page++) {
        best = votes[page] > votes[best] ? page : best;
    }
    return inside + (best << 12);
}

static void add_regions(struct delta_regions *regions,
                        const struct delta_image *image, struct esp *esp,
                        uint32_t at)
{
    uint8_t arch = arch_of(esp->chip);

    if (esp->has_flash_part) {
        esp->segments[0].address = flash_address(image, esp);
    }
    delta_regions_add(regions, at, DELTA_ADDRESS_NONE, arch, false);
    for (uint32_t i = 0; i < esp->count; i++) {
        const struct segment *s = esp->segments + i;

        if (s->size > 0) {
            delta_regions_add(regions, s->at, s->address, arch,
                              has_code(esp, s, image->data));
        }
    }
    delta_regions_add(regions, esp->end, DELTA_ADDRESS_NONE, arch, false);
}

static bool is_empty(const uint8_t *page)
{
    uint32_t i;

    for (i = 0; i < PAGE && page[i] == 0xFF; i++) {
    }
    return i == PAGE;
}

// The next image for the same chip from `at` on; the image's end, if there is
// none.
static uint32_t find_image(struct esp *esp, const struct delta_image *image,
                           uint32_t at)
{
    uint32_t chip = esp->chip;

    while (at < image->size && (read_image(esp, image, at, NULL) != DELTA_OK ||
                                esp->chip != chip)) {
        at = image->size - at > PAGE ? at + PAGE : image->size;
    }
    return at;
}

enum delta_status delta_file_esp(struct delta_image *image,
                                 struct delta_error *error)
{
    struct delta_regions regions = {0};
    struct esp esp;
    uint32_t at = 0;
    enum delta_status status;

    while (image->size - at > PAGE && is_empty(image->data + at)) {
        at += PAGE;
    }
    status = read_image(&esp, image, at, error);
    if (status != DELTA_OK) {
        return status;
    }
    delta_regions_add(&regions, 0, DELTA_ADDRESS_NONE, arch_of(esp.chip),
                      false);
    while (at < image->size) {
        add_regions(&regions, image, &esp, at);
        at = find_image(&esp, image, (esp.end + PAGE - 1) & ~(PAGE - 1));
    }
    image->has_addresses = true;
    return delta_regions_finish(&regions, image, error);
}
