// SPDX-License-Identifier: MIT
// What mkdfota says: messages and progress on stderr, results on stdout.

#ifndef MKDFOTA_REPORT_H
#define MKDFOTA_REPORT_H

#include "cli.h"

// Each prints one line, "mkdfota: subject: text".
void report_error(const char *subject, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void report_warning(const char *subject, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// From here on errors are not printed: the first one is put there, as
// "subject: text".
void report_divert(char *text, size_t size);

// A failure of libdelta: names the file or option that is at fault and
// returns the exit status of its group.
enum cli_exit report_failure(const struct cli *cli,
                             const struct delta_error *error);

// A text from outside as a line and a terminal can bear it: control characters
// become \xNN. Good until the next but one call.
const char *report_plain(const char *text);

// How the path of an input, or of an output, is called in messages.
const char *report_name(const char *path);
const char *report_output_name(const char *path);

// A number with thousands separators, and a digest as lower case hex.
#define REPORT_NUMBER_SIZE 16
const char *report_number(char out[REPORT_NUMBER_SIZE], uint32_t value);
// The same with one digit behind the point.
const char *report_tenths(char out[REPORT_NUMBER_SIZE], double value);
#define REPORT_HEX_SIZE 65
const char *report_hex(char out[REPORT_HEX_SIZE], const uint8_t *data,
                       size_t size);

// The progress bar; a callback for delta_options, context is a struct
// report_bar that was zeroed. Prints nothing unless stderr is a terminal.
struct report_bar {
    unsigned shown; // percent + 1
};
void report_progress(void *context, unsigned permille);
void report_progress_end(struct report_bar *bar);

// What a package says of itself, for people and for programs, on stdout; infos
// are those of its parts.
void report_info(const char *path, const struct delta_info *infos,
                 bool is_intact);
struct estimate_view; // may be NULL
enum cli_exit report_json(const struct delta_info *infos, bool is_intact,
                          const struct estimate_view *view);

// After a package was made: what -v adds, a line for each of several parts, and
// the last line.
void report_decisions(const struct delta_report *report, bool is_given);
void report_part(const char *path, const struct delta_info *info);
void report_summary(const char *path, const struct delta_report *reports);

// Why a package is large, if most of it is content that no old content
// predicts and that does not compress; else nothing.
void report_reason(const struct delta_report *report);

// Flush stdout; results that cannot be written are a failure.
enum cli_exit report_finish(void);

#endif
