// SPDX-License-Identifier: MIT
// Descriptions of packages: what info prints, for people and for programs.

#include <cjson/cJSON.h>
#include <stdio.h>

#include "estimateview.h"
#include "placereport.h"
#include "jsonprint.h"
#include "report.h"

static void print_image(const char *title, uint32_t size,
                        const uint8_t sha256[32], const char *version)
{
    char number[REPORT_NUMBER_SIZE];
    char hex[REPORT_HEX_SIZE];

    if (size == 0) {
        printf("%-14s nothing: a full image\n", title);
        return;
    }
    printf("%-14s %s bytes%s%s\n", title, report_number(number, size),
           version[0] != 0 ? ", version " : "", version);
    printf("%-14s %s\n", "  SHA-256", report_hex(hex, sha256, 32));
}

static void print_number(const char *title, uint32_t value, const char *unit)
{
    char number[REPORT_NUMBER_SIZE];

    printf("%-14s %s%s\n", title, report_number(number, value), unit);
}

static void print_bases(const struct delta_info *info)
{
    printf("%-14s %s\n", "architecture", info->arch_name);
    printf("%-14s 0x%08lx\n", "base", (unsigned long)info->old_base);
    if (info->new_base != info->old_base) {
        printf("%-14s 0x%08lx\n", "new base", (unsigned long)info->new_base);
    }
    print_number("map entries", info->map_entries, "");
    if (info->unmanaged_bytes != 0) {
        print_number("unmanaged", info->unmanaged_bytes, " bytes");
    }
}

static void print_images(const struct delta_info *info)
{
    print_image("from", info->old_size, info->old_sha256, info->from_version);
    print_image("to", info->new_size, info->new_sha256, info->to_version);
}

static void print_codec(const struct delta_info *info)
{
    printf("%-14s %s, version %lu\n", "codec", info->codec_name,
           (unsigned long)info->codec_version);
}

// What is of one of several parts.
static void print_part(const struct delta_info *info)
{
    printf("\n%-14s %lu\n", "part", (unsigned long)info->part_id);
    print_images(info);
    print_codec(info);
    place_report_info(info);
    print_bases(info);
    print_number("stream", info->stream_size, " bytes");
}

void report_info(const char *path, const struct delta_info *infos,
                 bool is_intact)
{
    const struct delta_info *info = &infos[0];
    bool is_one = info->part_count == 1;
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
    if (is_one) {
        print_images(info);
    }
    printf("%-14s %s\n", "product",
           info->product[0] != 0 ? info->product : "(any)");
    print_number("counter", info->counter, "");
    if (is_one) {
        print_codec(info);
    }
    print_number("patcher RAM", info->ram, " bytes");
    printf("%-14s %s\n", "mode", info->mode_name);
    if (is_one) {
        place_report_info(info);
        print_bases(info);
    }
    printf("%-14s %lu of up to %s bytes\n", "chunks",
           (unsigned long)info->chunk_count,
           report_number(number, info->chunk_size));
    print_number("overhead", info->overhead, " bytes");
    for (uint32_t i = 0; !is_one && i < info->part_count; i++) {
        print_part(&infos[i]);
    }
}

static void json_text(cJSON *json, const char *name, const char *text)
{
    if (text[0] != 0) {
        cJSON_AddStringToObject(json, name, text);
    } else {
        cJSON_AddNullToObject(json, name);
    }
}

static cJSON *json_image(uint32_t size, const uint8_t sha256[32],
                         const char *version)
{
    char hex[REPORT_HEX_SIZE];
    cJSON *image = cJSON_CreateObject();

    cJSON_AddNumberToObject(image, "size", size);
    json_text(image, "sha256", size != 0 ? report_hex(hex, sha256, 32) : "");
    json_text(image, "version", version);
    return image;
}

static void json_images(cJSON *json, const struct delta_info *info)
{
    cJSON_AddItemToObject(
        json, "from",
        json_image(info->old_size, info->old_sha256, info->from_version));
    cJSON_AddItemToObject(
        json, "to",
        json_image(info->new_size, info->new_sha256, info->to_version));
    cJSON_AddStringToObject(json, "codec", info->codec_name);
    cJSON_AddNumberToObject(json, "codec_version", info->codec_version);
}

static void json_bases(cJSON *json, const struct delta_info *info)
{
    place_report_json(json, info);
    cJSON_AddStringToObject(json, "arch", info->arch_name);
    cJSON_AddNumberToObject(json, "base", info->old_base);
    cJSON_AddNumberToObject(json, "new_base", info->new_base);
}

static void json_parts(cJSON *json, const struct delta_info *infos)
{
    cJSON *parts = cJSON_AddArrayToObject(json, "parts");

    for (uint32_t i = 0; i < infos[0].part_count; i++) {
        cJSON *part = cJSON_CreateObject();

        cJSON_AddNumberToObject(part, "id", infos[i].part_id);
        json_images(part, &infos[i]);
        json_bases(part, &infos[i]);
        cJSON_AddNumberToObject(part, "map_entries", infos[i].map_entries);
        cJSON_AddNumberToObject(part, "stream_size", infos[i].stream_size);
        cJSON_AddNumberToObject(part, "unmanaged_bytes",
                                infos[i].unmanaged_bytes);
        cJSON_AddItemToArray(parts, part);
    }
}

enum cli_exit report_json(const struct delta_info *infos, bool is_intact,
                          const struct estimate_view *view)
{
    const struct delta_info *info = &infos[0];
    char hex[REPORT_HEX_SIZE] = "";
    cJSON *json = cJSON_CreateObject();

    cJSON_AddNumberToObject(json, "package_size", info->package_size);
    cJSON_AddNumberToObject(json, "format_version", info->format_version);
    cJSON_AddNumberToObject(json, "features", info->features);
    cJSON_AddBoolToObject(json, "intact", is_intact);
    json_images(json, info);
    cJSON_AddNumberToObject(json, "ram", info->ram);
    cJSON_AddStringToObject(json, "mode", info->mode_name);
    json_bases(json, info);
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
    json_parts(json, infos);
    return json_print(json, true);
}
