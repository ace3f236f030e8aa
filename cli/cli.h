// SPDX-License-Identifier: MIT
// What all of mkdfota's files share: the command line as it was understood,
// and the exit statuses.

#ifndef MKDFOTA_CLI_H
#define MKDFOTA_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delta.h"
#include "delta_parts.h"

// Exit statuses; a delta_status belongs to the one that its hundreds say.
enum cli_exit {
    CLI_DONE = 0,
    CLI_REFUSED = 1,  // an input or package is bad, damaged or not matching
    CLI_USAGE = 2,    // the command line is wrong
    CLI_IO = 3,       // a file cannot be read or written, no memory
    CLI_INTERNAL = 4, // a bug
};

enum cli_command {
    CLI_MAKE,
    CLI_APPLY,
    CLI_INFO,
    CLI_VERIFY,
    CLI_SIGN,
    CLI_EXPLAIN,
    CLI_SIMULATE,
    CLI_MATRIX,
    CLI_CONVERT,
    CLI_EXTRACT,
};
#define CLI_COMMANDS 10

#define CLI_KEYS_MAX 8
#define CLI_FOLDERS_MAX 1024
#define CLI_TOP_DEFAULT 20u

// The command line. Paths are NULL when not given; "-" is stdin or stdout.
struct cli {
    enum cli_command command;
    bool has_command;                       // it was named; else it is CLI_MAKE
    const char *old_paths[DELTA_PARTS_MAX]; // of each part
    const char *new_paths[DELTA_PARTS_MAX];
    int old_count, new_count;
    const char *package_path;
    const char *output_paths[DELTA_PARTS_MAX];
    int output_count;
    const char *signature_path;
    const char *html_path;
    const char *layout_path;
    const char *profile; // name or path
    const char *key_paths[CLI_KEYS_MAX];
    int key_count;

    enum delta_codec codec;
    enum delta_file_format format; // of images
    uint32_t ram;                  // 0: default
    uint32_t try_ram;              // 0: none
    uint32_t threads;              // 0: one for each processor
    uint32_t top;                  // rows of tables
    uint32_t schedules;            // of power cuts; 0: all cuts, once
    uint32_t seed;
    uint32_t base;
    enum delta_arch arch;
    uint32_t counter;
    bool has_base;
    int level; // 0: default
    enum delta_mode mode;
    struct delta_in_place in_place;
    const char *product;
    const char *from_version;
    const char *to_version;
    uint8_t part_ids[DELTA_PARTS_MAX];
    int id_count; // 0: not given
    struct cli_range {
        bool has_part;
        uint32_t part; // its id
        struct delta_span span;
    } unmanaged[DELTA_UNMANAGED_MAX];
    int unmanaged_count;

    // Of matrix.
    const char *folder_paths[CLI_FOLDERS_MAX]; // to be merged
    int folder_count;
    const char *shard;    // "2/4", "auto"
    const char *cache;    // path or URL
    const char *max_size; // bytes or a percentage
    const char *baseline_path;
    uint32_t fail_over; // percent more than the baseline
    bool has_fail_over;
    bool is_merge;
    bool is_dry_run;

    bool is_list; // of extract: do not write

    bool is_digest;
    bool is_json;
    bool is_forced;
    bool is_quiet;
    bool is_verbose;
    bool wants_help;
    bool wants_version;
};

// One file each: cmd_*.c. Convert is make, with the new image from a patch.
enum cli_exit cmd_make(const struct cli *cli);
enum cli_exit cmd_apply(const struct cli *cli);
enum cli_exit cmd_info(const struct cli *cli);
enum cli_exit cmd_verify(const struct cli *cli);
enum cli_exit cmd_sign(const struct cli *cli);
enum cli_exit cmd_explain(const struct cli *cli);
enum cli_exit cmd_simulate(const struct cli *cli);
enum cli_exit cmd_matrix(const struct cli *cli);
enum cli_exit cmd_extract(const struct cli *cli);

// "libcurl 7.88.1", when matrix has it, else ""; "libzip 1.7.3" of extract.
void cmd_matrix_library(char *text, size_t size);
void cmd_extract_library(char *text, size_t size);

#endif
