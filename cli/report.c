// SPDX-License-Identifier: MIT
// Messages, progress and descriptions of packages.

#include "report.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "estimateview.h"
#include "placereport.h"

#define REASON_MIN 1024u
#define REASON_PERCENT 95u

static void message(const char *subject, const char *kind, const char *format,
                    va_list args)
{
    fprintf(stderr, "mkdfota: %s: %s", subject, kind);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

void report_error(const char *subject, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    message(subject, "", format, args);
    va_end(args);
}

void report_warning(const char *subject, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    message(subject, "warning: ", format, args);
    va_end(args);
}

const char *report_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "(stdin)" : path;
}

const char *report_output_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "(stdout)" : path;
}

enum cli_exit report_failure(const struct cli *cli,
                             const struct delta_error *error)
{
    const struct {
        const char *subject;
        const char *path;
    } files[] = {
        {"old", cli->old_path},
        {"new", cli->new_path},
        {"package",
         cli->package_path != NULL ? cli->package_path : cli->output_path},
        {"key", cli->key_paths[0]},
        {"signature", cli->signature_path},
        {"layout", cli->layout_path},
        {"profile", cli->profile},
    };

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

static void print_image(const char *title, uint32_t size,
                        const uint8_t sha256[32], const char *version)
{
    char number[REPORT_NUMBER_SIZE];
    char hex[REPORT_HEX_SIZE];

    printf("%-14s %s bytes%s%s\n", title, report_number(number, size),
           version[0] != 0 ? ", version " : "", version);
    printf("%-14s %s\n", "  SHA-256", report_hex(hex, sha256, 32));
}

static void print_number(const char *title, uint32_t value, const char *unit)
{
    char number[REPORT_NUMBER_SIZE];

    printf("%-14s %s%s\n", title, report_number(number, value), unit);
}

void report_info(const char *path, const struct delta_info *info,
                 bool is_intact)
{
    char number[REPORT_NUMBER_SIZE];
    char hex[REPORT_HEX_SIZE];

    printf("%-14s %s, %s bytes, format %lu\n", "package", report_name(path),
           report_number(number, info->package_size),
           (unsigned long)info->format_version);
    printf("%-14s %s\n", "digests", is_intact ? "all match" : "DAMAGED");
    if (info->is_signed) {
        printf("%-14s by key %s (verify --key checks it)\n", "signed",
               report_hex(hex, info->key_id, sizeof(info->key_id)));
    } else {
        printf("%-14s no: protected against damage, not against anybody\n",
               "signed");
    }
    print_image("from", info->old_size, info->old_sha256, info->from_version);
    print_image("to", info->new_size, info->new_sha256, info->to_version);
    printf("%-14s %s\n", "product",
           info->product[0] != 0 ? info->product : "(any)");
    print_number("counter", info->counter, "");
    printf("%-14s %s, version %lu\n", "codec", info->codec_name,
           (unsigned long)info->codec_version);
    print_number("patcher RAM", info->ram, " bytes");
    printf("%-14s %s\n", "mode", info->mode_name);
    place_report_info(info);
    printf("%-14s %s\n", "architecture", info->arch_name);
    printf("%-14s 0x%08lx\n", "base", (unsigned long)info->old_base);
    if (info->new_base != info->old_base) {
        printf("%-14s 0x%08lx\n", "new base", (unsigned long)info->new_base);
    }
    print_number("map entries", info->map_entries, "");
    printf("%-14s %lu of up to %s bytes\n", "chunks",
           (unsigned long)info->chunk_count,
           report_number(number, info->chunk_size));
    print_number("overhead", info->overhead, " bytes");
}

static cJSON *json_image(uint32_t size, const uint8_t sha256[32],
                         const char *version)
{
    char hex[REPORT_HEX_SIZE];
    cJSON *image = cJSON_CreateObject();

    cJSON_AddNumberToObject(image, "size", size);
    cJSON_AddStringToObject(image, "sha256", report_hex(hex, sha256, 32));
    if (version[0] != 0) {
        cJSON_AddStringToObject(image, "version", version);
    } else {
        cJSON_AddNullToObject(image, "version");
    }
    return image;
}

static void json_text(cJSON *json, const char *name, const char *text)
{
    if (text[0] != 0) {
        cJSON_AddStringToObject(json, name, text);
    } else {
        cJSON_AddNullToObject(json, name);
    }
}

enum cli_exit report_json(const struct delta_info *info, bool is_intact,
                          const struct estimate_view *view)
{
    char hex[REPORT_HEX_SIZE] = "";
    cJSON *json = cJSON_CreateObject();

    cJSON_AddNumberToObject(json, "package_size", info->package_size);
    cJSON_AddNumberToObject(json, "format_version", info->format_version);
    cJSON_AddNumberToObject(json, "features", info->features);
    cJSON_AddBoolToObject(json, "intact", is_intact);
    cJSON_AddItemToObject(
        json, "from",
        json_image(info->old_size, info->old_sha256, info->from_version));
    cJSON_AddItemToObject(
        json, "to",
        json_image(info->new_size, info->new_sha256, info->to_version));
    cJSON_AddStringToObject(json, "codec", info->codec_name);
    cJSON_AddNumberToObject(json, "codec_version", info->codec_version);
    cJSON_AddNumberToObject(json, "ram", info->ram);
    cJSON_AddStringToObject(json, "mode", info->mode_name);
    place_report_json(json, info);
    cJSON_AddStringToObject(json, "arch", info->arch_name);
    cJSON_AddNumberToObject(json, "base", info->old_base);
    cJSON_AddNumberToObject(json, "new_base", info->new_base);
    json_text(json, "product", info->product);
    cJSON_AddNumberToObject(json, "counter", info->counter);
    cJSON_AddBoolToObject(json, "signed", info->is_signed);
    if (info->is_signed) {
        report_hex(hex, info->key_id, sizeof(info->key_id));
    }
    json_text(json, "key_id", hex);
    cJSON_AddNumberToObject(json, "chunk_size", info->chunk_size);
    cJSON_AddNumberToObject(json, "chunks", info->chunk_count);
    cJSON_AddNumberToObject(json, "map_entries", info->map_entries);
    cJSON_AddNumberToObject(json, "overhead", info->overhead);
    estimate_json(json, view);
    // Every call above fails without harm when memory is short; so does this.
    char *text = cJSON_Print(json);
    cJSON_Delete(json);
    if (text == NULL) {
        report_error("--json", "out of memory");
        return CLI_IO;
    }
    puts(text);
    cJSON_free(text);
    return CLI_DONE;
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
            report_number(a, info->package_size - info->overhead),
            report->is_stored ? " (the new image: no delta was smaller)" : "",
            report_number(b, info->overhead));
    print_causes(report);
}

void report_summary(const char *path, const struct delta_info *info)
{
    char size[REPORT_NUMBER_SIZE];
    char ram[REPORT_NUMBER_SIZE];
    char from[REPORT_HEX_SIZE];
    char to[REPORT_HEX_SIZE];
    unsigned long permille =
        (unsigned long)(((uint64_t)info->package_size * 1000 +
                         info->new_size / 2) /
                        info->new_size);

    fprintf(stderr,
            "%s: %s bytes (%lu.%lu %% of new), patcher RAM %s, old %s..., "
            "new %s...\n",
            report_output_name(path), report_number(size, info->package_size),
            permille / 10, permille % 10, report_number(ram, info->ram),
            report_hex(from, info->old_sha256, 4),
            report_hex(to, info->new_sha256, 4));
}

void report_reason(const struct delta_report *report)
{
    uint32_t size = report->info.package_size;
    uint32_t spent = report->is_stored ? size - report->info.overhead
                                       : report->bytes_literals;
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
