// SPDX-License-Identifier: MIT
// Finds what a build leaves in an image.

#include "stamps.h"

#include <string.h>

#define ID_MIN 8u // bytes of a GNU build id
#define ID_MAX 64u
#define ESP_SHA_AT 144u // in the description of an ESP program
#define ESP_SHA_SIZE 32u
#define VERSION_MAX 24u

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// In a shape 0 is a digit, 1 a digit or a blank, all else itself.
static bool fits(const uint8_t *s, uint32_t left, const char *shape)
{
    uint32_t i;

    for (i = 0; shape[i] != 0; i++) {
        if (i >= left) {
            return false;
        }
        bool ok = shape[i] == '0'   ? is_digit(s[i])
                  : shape[i] == '1' ? is_digit(s[i]) || s[i] == ' '
                                    : s[i] == (uint8_t)shape[i];
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool is_month(const uint8_t *s, uint32_t left)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (uint32_t i = 0; left >= 3 && i < 36; i += 3) {
        if (memcmp(s, months + i, 3) == 0) {
            return true;
        }
    }
    return false;
}

// Bytes of a date or time that begins at s, or 0.
static uint32_t time_size(const uint8_t *s, uint32_t left)
{
    // As __DATE__ has it, with or without a time behind it.
    if (is_month(s, left) && fits(s + 3, left - 3, " 10 2000")) {
        return fits(s + 11, left - 11, " 00:00:00") ? 20 : 11;
    }
    if (fits(s, left, "2000-00-00")) {
        return left > 10 && (s[10] == ' ' || s[10] == 'T') &&
                       fits(s + 11, left - 11, "00:00")
                   ? 16
                   : 10;
    }
    return fits(s, left, "00:00:00") ? 8 : 0;
}

// Numbers with one dot between two of them, and what is tied to them.
static uint32_t version_size(const uint8_t *s, uint32_t left)
{
    uint32_t size = left > 0 && (s[0] == 'v' || s[0] == 'V') ? 1 : 0;
    uint32_t dots = 0;

    if (size >= left || !is_digit(s[size])) {
        return 0;
    }
    while (size < left && size < VERSION_MAX) {
        bool is_dot =
            s[size] == '.' && size + 1 < left && is_digit(s[size + 1]);

        dots += is_dot;
        if (!is_dot && !is_digit(s[size]) &&
            (dots == 0 ||
             (!is_letter(s[size]) && s[size] != '-' && s[size] != '+'))) {
            break;
        }
        size++;
    }
    return dots > 0 ? size : 0;
}

// A note "GNU" of type 3, behind whose name the id follows: three words in the
// byte order of the image, then the name.
static bool build_id_at(struct delta_stamp *stamp, const uint8_t *s,
                        uint32_t left, uint32_t at)
{
    static const uint8_t zero[3] = {0};
    uint32_t low = left > 0 && s[0] == 0 ? 3 : 0; // of the byte that counts
    uint32_t rest = low == 0 ? 1 : 0;

    if (left < 16 || memcmp(s + 12, "GNU", 4) != 0) {
        return false;
    }
    for (uint32_t word = 0; word < 12; word += 4) {
        if (memcmp(s + word + rest, zero, sizeof(zero)) != 0) {
            return false;
        }
    }
    uint32_t size = s[4 + low];
    if (s[low] != 4 || s[8 + low] != 3 || size < ID_MIN || size > ID_MAX ||
        left - 16 < size) {
        return false;
    }
    *stamp = (struct delta_stamp){DELTA_STAMP_BUILD_ID, at + 16, size};
    return true;
}

static bool esp_sha_at(struct delta_stamp *stamp, const uint8_t *s,
                       uint32_t left, uint32_t at)
{
    static const uint8_t magic[] = {0x32, 0x54, 0xCD, 0xAB};

    if (at % 4 != 0 || left < ESP_SHA_AT + ESP_SHA_SIZE ||
        memcmp(s, magic, sizeof(magic)) != 0) {
        return false;
    }
    *stamp = (struct delta_stamp){DELTA_STAMP_BUILD_ID, at + ESP_SHA_AT,
                                  ESP_SHA_SIZE};
    return true;
}

bool delta_stamp_at(struct delta_stamp *stamp, const uint8_t *data,
                    uint32_t size, uint32_t at)
{
    const uint8_t *s = data + at;
    uint32_t left = size - at;
    uint32_t found;

    if (build_id_at(stamp, s, left, at) || esp_sha_at(stamp, s, left, at)) {
        return true;
    }
    if (at > 0 && (is_digit(s[-1]) || is_letter(s[-1]) || s[-1] == '.')) {
        return false; // within a word
    }
    found = time_size(s, left);
    if (found > 0) {
        *stamp = (struct delta_stamp){DELTA_STAMP_TIME, at, found};
        return true;
    }
    found = version_size(s, left);
    if (found > 0) {
        *stamp = (struct delta_stamp){DELTA_STAMP_VERSION, at, found};
        return true;
    }
    return false;
}
