// SPDX-License-Identifier: MIT
// Options of packages with several parts.

#include "partoptions.h"

#include <stdlib.h>

#include "optionvalues.h"
#include "report.h"

#define ID_MAX 255u

static enum cli_exit too_many(const char *name, unsigned most)
{
    report_error(name, "too many (found more than %u, expected at most %u)",
                 most, most);
    return CLI_USAGE;
}

enum cli_exit part_path(const char **paths, int *count, const char *name,
                        const char *path)
{
    if (*count == (int)DELTA_PARTS_MAX) {
        return too_many(name, DELTA_PARTS_MAX);
    }
    paths[(*count)++] = path;
    return CLI_DONE;
}

enum cli_exit part_ids(struct cli *cli, const char *name, const char *text)
{
    const char *at = text;

    for (;;) {
        uint32_t id = 0;

        if (cli->id_count == (int)DELTA_PARTS_MAX) {
            return too_many(name, DELTA_PARTS_MAX);
        }
        if (!value_digits(&id, at, &at) || id > ID_MAX ||
            (*at != ',' && *at != 0)) {
            report_error(name,
                         "not ids (found \"%s\", expected numbers up to %u "
                         "with commas between them)",
                         text, ID_MAX);
            return CLI_USAGE;
        }
        cli->part_ids[cli->id_count++] = (uint8_t)id;
        if (*at++ == 0) {
            return CLI_DONE;
        }
    }
}

enum cli_exit part_range(struct cli *cli, const char *name, const char *text)
{
    struct cli_range range = {.has_part = false};
    const char *at = text;
    bool ok = value_digits(&range.span.start, at, &at);

    if (cli->unmanaged_count == (int)DELTA_UNMANAGED_MAX) {
        return too_many(name, DELTA_UNMANAGED_MAX);
    }
    if (ok && *at == ':') {
        range.has_part = true;
        range.part = range.span.start;
        ok = value_digits(&range.span.start, at + 1, &at);
    }
    if (!ok || *at != '-' || !value_digits(&range.span.end, at + 1, &at) ||
        *at != 0) {
        report_error(name,
                     "not a range (found \"%s\", expected START-END or "
                     "PART:START-END, as 0x1000-0x2000)",
                     text);
        return CLI_USAGE;
    }
    cli->unmanaged[cli->unmanaged_count++] = range;
    return CLI_DONE;
}

uint8_t part_id(const struct cli *cli, int part)
{
    return cli->id_count != 0 ? cli->part_ids[part] : (uint8_t)part;
}

static bool is_of(const struct cli *cli, const struct cli_range *range,
                  int part)
{
    return range->has_part ? range->part == part_id(cli, part) : part == 0;
}

static int by_start(const void *a, const void *b)
{
    const struct delta_span *x = a;
    const struct delta_span *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

size_t part_ranges(struct delta_span *spans, const struct cli *cli, int part)
{
    size_t count = 0;

    for (int i = 0; i < cli->unmanaged_count; i++) {
        if (is_of(cli, &cli->unmanaged[i], part)) {
            spans[count++] = cli->unmanaged[i].span;
        }
    }
    qsort(spans, count, sizeof(*spans), by_start);
    return count;
}

// A range without a part is clear only where there is one.
static enum cli_exit check_ranges(const struct cli *cli)
{
    for (int i = 0; i < cli->unmanaged_count; i++) {
        const struct cli_range *range = &cli->unmanaged[i];
        bool is_found = false;

        for (int part = 0; part < cli->old_count; part++) {
            is_found |= is_of(cli, range, part);
        }
        if (!range->has_part && cli->old_count > 1) {
            report_error("--unmanaged", "does not say of which part (found "
                                        "START-END, expected PART:START-END)");
            return CLI_USAGE;
        }
        if (!is_found) {
            report_error("--unmanaged", "no such part (found %lu)",
                         (unsigned long)range->part);
            return CLI_USAGE;
        }
    }
    return CLI_DONE;
}

static enum cli_exit check_count(const char *name, int found, int expected)
{
    if (found == 0 || found == expected) {
        return CLI_DONE;
    }
    report_error(name, "not one for each part (found %d, expected %d)", found,
                 expected);
    return CLI_USAGE;
}

enum cli_exit part_check(const struct cli *cli)
{
    enum cli_exit status = CLI_DONE;

    if (cli->command == CLI_MAKE) {
        status = check_count("--part-ids", cli->id_count, cli->old_count);
        return status == CLI_DONE ? check_ranges(cli) : status;
    }
    if (cli->command == CLI_APPLY) {
        return check_count("--output", cli->output_count, cli->old_count);
    }
    if (cli->command == CLI_VERIFY && cli->old_count != 0) {
        status = check_count("--new", cli->new_count, cli->old_count);
    }
    return status;
}
