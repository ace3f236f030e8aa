// SPDX-License-Identifier: MIT
// The commands of version 1.

#include <stddef.h>

#include "shell.h"

const uint32_t firmware_version = 1;

const struct command commands[] = {
    {"help", "[command]", "this list", cmd_help},
    {"version", "", "version and checksum", cmd_version},
    {"selftest", "", "cryptography and checksums", cmd_selftest},
    {"hash", "[text]", "SHA-256 of the image or a text", cmd_hash},
    {"crc", "text", "CRC-32 of a text", cmd_crc},
    {"calc", "words", "reverse Polish, 32 bits", cmd_calc},
    {"dump", "offset [size]", "bytes of the image", cmd_dump},
    {"errors", "", "error numbers", cmd_errors},
    {"operator", "[mcc]", "countries and bands", cmd_operator},
    {"signal", "level", "level of +CSQ in dBm", cmd_signal},
    {"address", "a.b.c.d [bits]", "network and broadcast", cmd_address},
    {"prompt", "[number]", "voice prompts", cmd_prompt},
    {"off", "", "power off", cmd_off},
    {NULL, NULL, NULL, NULL},
};
