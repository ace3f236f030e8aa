// SPDX-License-Identifier: MIT
// Messages, progress, and what is said of a package that was made.

#include "report.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define REASON_MIN 1024u
#define REASON_PERCENT 95u
#define LINE_SIZE (3 * PATH_MAX) // two names and a sentence
#define PLAIN_COUNT 2u           // names in one line

// Where errors go instead; NULL: stderr.
static char *diverted;
static size_t diverted_size;

// Bytes of the control character at s, else 0: those of ASCII, and those that
// UTF-8 has two bytes for.
static size_t control_size(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;

    if (s[0] == 0xC2 && s[1] >= 0x80 && s[1] < 0xA0) {
        return 2;
    }
    return s[0] < 0x20 || s[0] == 0x7F ? 1 : 0;
}

static bool is_plain(const char *text)
{
    while (*text != 0 && control_size(text) == 0) {
        text++;
    }
    return *text == 0;
}

const char *report_plain(const char *text)
{
    static char buffers[PLAIN_COUNT][LINE_SIZE];
    static unsigned next;

    if (is_plain(text)) {
        return text;
    }
    char *out = buffers[next++ % PLAIN_COUNT];
    size_t used = 0;
    size_t left = 0; // of the control character

    for (; *text != 0 && used + 5 < LINE_SIZE; text++) {
        left = left > 0 ? left : control_size(text);
        if (left > 0) {
            left--;
            used += (size_t)snprintf(out + used, 5, "\\x%02x",
                                     (unsigned)(unsigned char)*text);
        } else {
            out[used++] = *text;
        }
    }
    out[used] = 0;
    return out;
}

static void message(const char *subject, const char *kind, const char *format,
                    va_list args)
{
    char text[LINE_SIZE];

    vsnprintf(text, sizeof(text), format, args);
    fprintf(stderr, "mkdfota: %s: %s%s\n", report_plain(subject), kind,
            report_plain(text));
}

void report_error(const char *subject, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (diverted == NULL) {
        message(subject, "", format, args);
    } else if (diverted[0] == 0) {
        int size = snprintf(diverted, diverted_size, "%s: ", subject);

        if (size > 0 && (size_t)size < diverted_size) {
            vsnprintf(diverted + size, diverted_size - (size_t)size, format,
                      args);
        }
    }
    va_end(args);
}

void report_warning(const char *subject, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    message(subject, "warning: ", format, args);
    va_end(args);
}

void report_divert(char *text, size_t size)
{
    diverted = text;
    diverted_size = size;
}

const char *report_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "(stdin)" : report_plain(path);
}

const char *report_output_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "(stdout)" : report_plain(path);
}

// The file that "old" or "new 2" means; NULL for another subject.
static const char *image_path(const struct cli *cli, const char *subject)
{
    bool is_new = strncmp(subject, "new", 3) == 0;
    int part = 0;

    if (!is_new && strncmp(subject, "old", 3) != 0) {
        return NULL;
    }
    if (subject[3] == ' ') {
        part = subject[4] - '0';
    }
    return is_new ? cli->new_paths[part] : cli->old_paths[part];
}

enum cli_exit report_failure(const struct cli *cli,
                             const struct delta_error *error)
{
    const struct {
        const char *subject;
        const char *path;
    } files[] = {
        {"package",
         cli->package_path != NULL ? cli->package_path : cli->output_paths[0]},
        {"key", cli->key_paths[0]},
        {"signature", cli->signature_path},
        {"layout", cli->layout_path},
        {"profile", cli->profile},
    };

    if (image_path(cli, error->subject) != NULL) {
        report_error(report_name(image_path(cli, error->subject)), "%s",
                     error->text);
        return (enum cli_exit)(-error->status / 100);
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (strcmp(error->subject, files[i].subject) == 0 &&
            files[i].path != NULL) {
            report_error(report_name(files[i].path), "%s", error->text);
            return (enum cli_exit)(-error->status / 100);
        }
    }
    char option[40];
    snprintf(option, sizeof(option), "--%s", error->subject);
    report_error(option, "%s", error->text);
    return (enum cli_exit)(-error->status / 100);
}

const char *report_number(char out[REPORT_NUMBER_SIZE], uint32_t value)
{
    char digits[REPORT_NUMBER_SIZE];
    int count = snprintf(digits, sizeof(digits), "%lu", (unsigned long)value);
    char *to = out;

    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            *to++ = ',';
        }
        *to++ = digits[i];
    }
    *to = 0;
    return out;
}

const char *report_tenths(char out[REPORT_NUMBER_SIZE], double value)
{
    uint64_t tenths = (uint64_t)(value * 10 + 0.5);
    size_t size = strlen(report_number(out, (uint32_t)(tenths / 10)));

    snprintf(out + size, REPORT_NUMBER_SIZE - size, ".%u",
             (unsigned)(tenths % 10));
    return out;
}

const char *report_hex(char out[REPORT_HEX_SIZE], const uint8_t *data,
                       size_t size)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        out[2 * i] = digits[data[i] >> 4];
        out[2 * i + 1] = digits[data[i] & 15];
    }
    out[2 * size] = 0;
    return out;
}

void report_progress(void *context, unsigned permille)
{
    static const char full[] = "########################################";
    struct report_bar *bar = context;
    unsigned percent = permille / 10;

    if (bar->shown == percent + 1 || !isatty(STDERR_FILENO)) {
        return;
    }
    bar->shown = percent + 1;
    fprintf(stderr, "\r[%-40.*s] %3u %%", (int)(percent * 2 / 5), full,
            percent);
    fflush(stderr);
}

void report_progress_end(struct report_bar *bar)
{
    if (bar->shown != 0) {
        fprintf(stderr, "\r%50s\r", "");
    }
    bar->shown = 0;
}

// Where the stream's bytes went, as far as the codec can tell.
static void print_causes(const struct delta_report *report)
{
    const struct {
        const char *name;
        uint32_t bytes;
    } causes[] = {
        {"map", report->bytes_map},
        {"hits", report->bytes_hits},
        {"corrections", report->bytes_corrections},
        {"sources", report->bytes_sources},
        {"literals", report->bytes_literals},
    };
    const char *separator = "of these: ";
    char number[REPORT_NUMBER_SIZE];

    for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
        if (causes[i].bytes > 0) {
            fprintf(stderr, "%s%s %s", separator, causes[i].name,
                    report_number(number, causes[i].bytes));
            separator = ", ";
        }
    }
    if (separator[0] == ',') {
        fputc('\n', stderr);
    }
}

void report_decisions(const struct delta_report *report, bool is_given)
{
    const struct delta_info *info = &report->info;
    char a[REPORT_NUMBER_SIZE];
    char b[REPORT_NUMBER_SIZE];
    char c[REPORT_NUMBER_SIZE];

    if (report->has_base && report->regions > 1) {
        fprintf(stderr, "base by region (%lu of them), architecture %s\n",
                (unsigned long)report->regions, info->arch_name);
    } else if (report->has_base) {
        fprintf(stderr, "base 0x%08lx (%s), architecture %s\n",
                (unsigned long)info->old_base, is_given ? "given" : "found",
                info->arch_name);
    } else {
        fprintf(stderr, "no base stands out (see --base), architecture %s\n",
                info->arch_name);
    }
    fprintf(stderr,
            "codec %s, version %lu: %s %s bytes, map %s entries, chunks of "
            "%s bytes\n",
            info->codec_name, (unsigned long)info->codec_version,
            strcmp(info->codec_name, "deflate") == 0 ? "window" : "model",
            report_number(a, info->model_size),
            report_number(b, info->map_entries),
            report_number(c, info->chunk_size));
    fprintf(stderr, "stream %s bytes%s, framing %s\n",
            report_number(a, info->stream_size),
            report->is_stored ? " (the new image: no delta was smaller)" : "",
            report_number(b, info->overhead));
    print_causes(report);
}

// One digest in short, or none.
static const char *short_digest(char hex[REPORT_HEX_SIZE], uint32_t size,
                                const uint8_t sha256[32])
{
    if (size == 0) {
        return "none: a full image";
    }
    report_hex(hex, sha256, 4);
    strcat(hex, "...");
    return hex;
}

void report_part(const char *path, const struct delta_info *info)
{
    char size[REPORT_NUMBER_SIZE];
    char from[REPORT_HEX_SIZE];
    char to[REPORT_HEX_SIZE];

    fprintf(stderr, "part %lu, %s: %s bytes, old %s, new %s\n",
            (unsigned long)info->part_id, path,
            report_number(size, info->stream_size),
            short_digest(from, info->old_size, info->old_sha256),
            short_digest(to, info->new_size, info->new_sha256));
}

void report_summary(const char *path, const struct delta_report *reports)
{
    const struct delta_info *info = &reports[0].info;
    char size[REPORT_NUMBER_SIZE];
    char ram[REPORT_NUMBER_SIZE];
    char from[REPORT_HEX_SIZE];
    char to[REPORT_HEX_SIZE];
    uint64_t all = info->new_size;

    for (uint32_t i = 1; i < info->part_count; i++) {
        all += reports[i].info.new_size;
    }
    unsigned long permille =
        (unsigned long)(((uint64_t)info->package_size * 1000 + all / 2) / all);

    fprintf(stderr, "%s: %s bytes (%lu.%lu %% of new), patcher RAM %s, ",
            report_output_name(path), report_number(size, info->package_size),
            permille / 10, permille % 10, report_number(ram, info->ram));
    if (info->part_count > 1) {
        fprintf(stderr, "%lu parts\n", (unsigned long)info->part_count);
        return;
    }
    fprintf(stderr, "old %s, new %s\n",
            short_digest(from, info->old_size, info->old_sha256),
            short_digest(to, info->new_size, info->new_sha256));
}

void report_reason(const struct delta_report *report)
{
    uint32_t size = report->info.package_size;
    uint32_t spent =
        report->is_stored ? report->info.stream_size : report->bytes_literals;
    char number[REPORT_NUMBER_SIZE];

    // Near 8 bits for each literal, and the larger part of the package.
    if (report->literals < REASON_MIN || spent <= size / 2 ||
        (uint64_t)spent * 100 < (uint64_t)report->literals * REASON_PERCENT) {
        return;
    }
    fprintf(stderr,
            "%s bytes of the new image are in no old content and do not "
            "compress, as if encrypted or compressed; see mkdfota explain\n",
            report_number(number, report->literals));
}

enum cli_exit report_finish(void)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        report_error("(stdout)", "cannot write: %s", strerror(errno));
        return CLI_IO;
    }
    return CLI_DONE;
}
