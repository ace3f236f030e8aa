// SPDX-License-Identifier: MIT
// New in version 2: positions from NMEA 0183 sentences.

#include <stdbool.h>
#include <string.h>

#include "say.h"
#include "shell.h"

#define FIELDS_MAX 16

static int hex_digit(char c)
{
    const char *digits = "0123456789ABCDEF";
    const char *found = strchr(digits, c);

    return c == '\0' || found == NULL ? -1 : (int)(found - digits);
}

// "$...*hh": the exclusive or of all between is hh.
static bool checksum_holds(const char *sentence)
{
    const char *end = strchr(sentence, '*');
    int sum = 0;

    if (sentence[0] != '$' || end == NULL || strlen(end) != 3) {
        return false;
    }
    for (const char *at = sentence + 1; at < end; at++) {
        sum ^= *at;
    }
    return hex_digit(end[1]) == sum >> 4 && hex_digit(end[2]) == (sum & 15);
}

static int split_fields(char *sentence, char **fields)
{
    int count = 0;

    fields[count++] = sentence;
    for (char *at = sentence; *at != '\0' && *at != '*'; at++) {
        if (*at == ',' && count < FIELDS_MAX) {
            *at = '\0';
            fields[count++] = at + 1;
        }
    }
    return count;
}

// ddmm.mmmm to millionths of a degree; decimals beyond four are ignored.
static bool read_angle(const char *text, uint32_t *angle)
{
    uint32_t whole = 0;
    uint32_t decimals = 0;
    int places = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++) {
        whole = whole * 10 + (uint32_t)(*at - '0');
    }
    if (*at++ != '.') {
        return false;
    }
    for (; places < 4; places++) {
        bool is_digit = *at >= '0' && *at <= '9';

        decimals = decimals * 10 + (is_digit ? (uint32_t)(*at - '0') : 0);
        at += is_digit ? 1 : 0;
    }
    *angle =
        whole / 100 * 1000000u + (whole % 100 * 10000u + decimals) * 100u / 60u;
    return true;
}

static void say_angle(const char *what, uint32_t angle, const char *side)
{
    say("%-10s %u.%06u %c\n", what, angle / 1000000u, angle % 1000000u,
        side[0]);
}

int cmd_gnss(int count, char **words)
{
    static const char *const fixes[] = {
        "none", "GNSS", "differential", "PPS", "RTK", "float RTK", "estimated",
    };
    char *fields[FIELDS_MAX];
    uint32_t latitude;
    uint32_t longitude;
    uint32_t fix;
    uint32_t satellites;

    if (count < 2 || !checksum_holds(words[1])) {
        return CME_PARAMETERS;
    }
    if (split_fields(words[1], fields) < 10 ||
        strcmp(fields[0] + 3, "GGA") != 0) {
        return CME_NOT_FOUND;
    }
    if (!read_angle(fields[2], &latitude) ||
        !read_angle(fields[4], &longitude) || !shell_number(fields[6], &fix) ||
        !shell_number(fields[7], &satellites)) {
        return CME_PARAMETERS;
    }
    say("%-10s %s\n", "fix", fix < 7 ? fixes[fix] : "unknown");
    say_angle("latitude", latitude, fields[3]);
    say_angle("longitude", longitude, fields[5]);
    say("%-10s %u\n", "satellites", satellites);
    say("%-10s %s m\n", "altitude", fields[9]);
    return 0;
}
