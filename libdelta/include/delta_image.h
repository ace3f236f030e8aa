// SPDX-License-Identifier: MIT
// libdelta: reads image files, and says what they hold at which address.
//
//   struct delta_image image;
//   struct delta_error error;
//   if (delta_image_read(&image, file_data, file_size, DELTA_FILE_AUTO,
//                        &error) != DELTA_OK) {
//       fprintf(stderr, "%s\n", error.text);
//       return 1;
//   }
//   use(image.data, image.size);
//   delta_image_free(&image);
//
// An image is what the flash holds:
//  - ELF, Intel HEX, S-record and UF2 files are laid out by address, from the
//    lowest to the highest; bytes that no one gives are 0xFF, as after an
//    erase. Two values for one byte are an error, and so is a file that
//    reaches over more than DELTA_SPAN_MAX bytes.
//  - ESP and MCUboot images, and raw ones, are taken as they are.
//
// Of an ELF file this is every PT_LOAD segment with bytes in the file, at its
// physical address, without the file's own headers. "objcopy -O binary
// --gap-fill 0xff" writes the same, but for the few bytes between two sections
// of one segment: here they are the file's, mostly 0. Of an AVR program only
// the flash is taken (below 0x800000), not EEPROM and fuses.

#ifndef DELTA_IMAGE_FILE_H
#define DELTA_IMAGE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delta.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DELTA_SPAN_MAX 0x4000000u // from the first to the last address, 64 MiB
#define DELTA_REGIONS_MAX 32u     // of an image
#define DELTA_ARCH_UNKNOWN 255u   // else DFOTA_ARCH_*, see dfota/format.h

// Address of what is at no address when the program runs: the header of an ESP
// image, for one. No memory is there, so that nothing refers to it.
#define DELTA_ADDRESS_NONE 0xFF000000u

// Kinds of image files.
enum delta_file_format {
    DELTA_FILE_AUTO = 0,    // look at the file
    DELTA_FILE_RAW = 1,     // the bytes as they are
    DELTA_FILE_ELF = 2,     // 32 or 64 bit, either byte order
    DELTA_FILE_IHEX = 3,    // Intel HEX
    DELTA_FILE_SREC = 4,    // Motorola S-record: S1, S2, S3
    DELTA_FILE_UF2 = 5,     // USB flashing format
    DELTA_FILE_ESP = 6,     // ESP8266, version 1 and 2; ESP32 and later
    DELTA_FILE_MCUBOOT = 7, // header, program, trailer
};

// Part of an image that lives at one place when the program runs. It reaches
// to the start of the next region, or to the end of the image.
struct delta_region {
    uint32_t start;   // position in the image
    uint32_t address; // where that byte is at run time; 64-bit addresses are
                      // cut to their lower half
    uint8_t arch;     // DFOTA_ARCH_*, or DELTA_ARCH_UNKNOWN
    bool has_code;    // there may be instructions here
};

// A function or object of an ELF file.
struct delta_symbol {
    uint32_t start;      // position in the image
    uint32_t size;       // bytes, at least 1
    const char *name;    // as in the file
    const char *section; // name of the one it is in
};

// A section of an ELF file, with bytes in the flash.
struct delta_section {
    uint32_t start;   // position in the image
    uint32_t size;    // bytes, at least 1
    const char *name; // as in the file
};

// An image as the flash has it, and what its file says of it.
struct delta_image {
    uint8_t *data;                 // what the flash holds
    uint32_t size;                 // bytes
    enum delta_file_format format; // as read: never DELTA_FILE_AUTO

    uint32_t region_count; // at least one; the first starts at 0, they are
                           // sorted by start
    struct delta_region regions[DELTA_REGIONS_MAX]; // as they lie in data
    // The file says where its bytes are. If not (a raw image, most of
    // MCUboot), each region's address is its start: add the load address.
    bool has_addresses;

    uint32_t fill_size; // bytes that no one gives, 0xFF

    // ELF only, else NULL and 0. Both sorted by start. The texts belong to the
    // image and can be shown as they are.
    struct delta_symbol *symbols;   // functions and objects
    size_t symbol_count;            // of symbols
    struct delta_section *sections; // with bytes in the flash
    size_t section_count;           // of sections
    char *texts;                    // names of both
};

// Read an image file. With DELTA_FILE_AUTO its first bytes tell the format.
// What begins as an ELF, UF2, Intel HEX or S-record file has to be one; what
// only begins like an ESP or MCUboot image is taken as raw.
//
// DELTA_ERR_IMAGE: not well-formed. The text names the format, the place, what
// was found and what was expected. DELTA_ERR_OPTION: no such format.
enum delta_status delta_image_read(struct delta_image *image, const void *data,
                                   size_t size, enum delta_file_format format,
                                   struct delta_error *error);

// Accepts NULL and zeroed images; leaves them zeroed.
void delta_image_free(struct delta_image *image);

// Make a package from two images, as delta_make does. What is known of their
// addresses and architectures is made use of, unless options has a base.
enum delta_status delta_make_images(struct delta_bytes *package,
                                    struct delta_report *report,
                                    const struct delta_image *old_image,
                                    const struct delta_image *new_image,
                                    const struct delta_options *options,
                                    struct delta_error *error);

// "raw", "elf", "ihex", "srec", "uf2", "esp", "mcuboot", "auto"; NULL for a
// number that is no format.
const char *delta_file_format_name(enum delta_file_format format);

#ifdef __cplusplus
}
#endif

#endif
