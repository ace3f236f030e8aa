// SPDX-License-Identifier: MIT
// Reads the command line: options may stand anywhere, "--" ends them.

#include "cmdline.h"

#include <string.h>

#include "optionvalues.h"
#include "partoptions.h"
#include "report.h"

enum option_id {
    OPTION_OUTPUT,
    OPTION_CODEC,
    OPTION_RAM,
    OPTION_BASE,
    OPTION_KEY,
    OPTION_PRODUCT,
    OPTION_FROM_VERSION,
    OPTION_TO_VERSION,
    OPTION_COUNTER,
    OPTION_OLD,
    OPTION_NEW,
    OPTION_SIGNATURE,
    OPTION_DIGEST,
    OPTION_JSON,
    OPTION_FORCE,
    OPTION_QUIET,
    OPTION_VERBOSE,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_LEVEL,
    OPTION_ARCH,
    OPTION_THREADS,
    OPTION_FORMAT,
    OPTION_HTML,
    OPTION_TOP,
    OPTION_TRY_RAM,
    OPTION_IN_PLACE,
    OPTION_SCRATCH,
    OPTION_ERASE_BLOCK,
    OPTION_MINIMIZE,
    OPTION_PART_IDS,
    OPTION_UNMANAGED,
    OPTION_LAYOUT,
    OPTION_CUTS,
    OPTION_SEED,
    OPTION_ESTIMATE,
    OPTION_SHARD,
    OPTION_CACHE,
    OPTION_MERGE,
    OPTION_DRY_RUN,
    OPTION_MAX_SIZE,
    OPTION_FAIL_OVER,
    OPTION_BASELINE,
    OPTION_LIST,
};

#define MAKE (1u << CLI_MAKE)
#define APPLY (1u << CLI_APPLY)
#define INFO (1u << CLI_INFO)
#define VERIFY (1u << CLI_VERIFY)
#define SIGN (1u << CLI_SIGN)
#define EXPLAIN (1u << CLI_EXPLAIN)
#define SIMULATE (1u << CLI_SIMULATE)
#define MATRIX (1u << CLI_MATRIX)
#define CONVERT (1u << CLI_CONVERT)
#define MAKING (MAKE | CONVERT)
#define EXTRACT (1u << CLI_EXTRACT)
#define ALL ((1u << CLI_COMMANDS) - 1)

static const struct option {
    const char *name;
    char letter; // 0: none
    bool has_value;
    enum option_id id;
    unsigned commands; // that have it
    unsigned repeated; // that may have it several times
} options[] = {
    {"output", 'o', true, OPTION_OUTPUT,
     MAKING | APPLY | SIGN | MATRIX | EXTRACT, APPLY},
    {"codec", 0, true, OPTION_CODEC, MAKING, 0},
    {"ram", 0, true, OPTION_RAM, MAKING | EXPLAIN, 0},
    {"base", 0, true, OPTION_BASE, MAKING | EXPLAIN, 0},
    {"arch", 0, true, OPTION_ARCH, MAKING | EXPLAIN, 0},
    {"format", 0, true, OPTION_FORMAT,
     MAKING | APPLY | VERIFY | EXPLAIN | SIMULATE, 0},
    {"key", 0, true, OPTION_KEY, MAKING | APPLY | VERIFY | SIGN | SIMULATE,
     APPLY | VERIFY | SIMULATE},
    {"product", 0, true, OPTION_PRODUCT, MAKING, 0},
    {"from-version", 0, true, OPTION_FROM_VERSION, MAKING, 0},
    {"to-version", 0, true, OPTION_TO_VERSION, MAKING, 0},
    {"counter", 0, true, OPTION_COUNTER, MAKING, 0},
    {"old", 0, true, OPTION_OLD, VERIFY | SIMULATE, VERIFY | SIMULATE},
    {"new", 0, true, OPTION_NEW, VERIFY, VERIFY},
    {"signature", 0, true, OPTION_SIGNATURE, SIGN, 0},
    {"digest", 0, false, OPTION_DIGEST, SIGN, ALL},
    {"json", 0, false, OPTION_JSON, INFO | EXPLAIN | SIMULATE | EXTRACT, ALL},
    {"estimate", 0, true, OPTION_ESTIMATE, INFO, 0},
    {"html", 0, true, OPTION_HTML, EXPLAIN | SIMULATE, 0},
    {"top", 0, true, OPTION_TOP, EXPLAIN, 0},
    {"try-ram", 0, true, OPTION_TRY_RAM, EXPLAIN, 0},
    {"in-place", 0, false, OPTION_IN_PLACE, MAKING | APPLY, ALL},
    {"scratch", 0, true, OPTION_SCRATCH, MAKING, 0},
    {"erase-block", 0, true, OPTION_ERASE_BLOCK, MAKING, 0},
    {"minimize", 0, true, OPTION_MINIMIZE, MAKING, 0},
    {"part-ids", 0, true, OPTION_PART_IDS, MAKE, 0},
    {"unmanaged", 0, true, OPTION_UNMANAGED, MAKING, MAKING},
    {"layout", 0, true, OPTION_LAYOUT, MAKING | SIMULATE, 0},
    {"cuts", 0, true, OPTION_CUTS, SIMULATE, 0},
    {"seed", 0, true, OPTION_SEED, SIMULATE, 0},
    {"shard", 0, true, OPTION_SHARD, MATRIX, 0},
    {"cache", 0, true, OPTION_CACHE, MATRIX, 0},
    {"merge", 0, false, OPTION_MERGE, MATRIX, ALL},
    {"dry-run", 0, false, OPTION_DRY_RUN, MATRIX, ALL},
    {"max-size", 0, true, OPTION_MAX_SIZE, MATRIX, 0},
    {"fail-over", 0, true, OPTION_FAIL_OVER, MATRIX, 0},
    {"baseline", 0, true, OPTION_BASELINE, MATRIX, 0},
    {"list", 0, false, OPTION_LIST, EXTRACT, ALL},
    {"threads", 'j', true, OPTION_THREADS, MAKING | EXPLAIN | SIMULATE | MATRIX,
     0},
    {"force", 'f', false, OPTION_FORCE,
     MAKING | APPLY | SIGN | EXPLAIN | SIMULATE | EXTRACT, ALL},
    {"quiet", 'q', false, OPTION_QUIET, ALL & ~INFO, ALL},
    {"verbose", 'v', false, OPTION_VERBOSE, MAKING, ALL},
    {"help", 'h', false, OPTION_HELP, ALL, ALL},
    {"version", 'V', false, OPTION_VERSION, ALL, ALL},
};
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

// The options -1 to -9.
static const struct option level_option = {
    "level", 0, false, OPTION_LEVEL, MAKING | EXPLAIN, ALL};

#define OPERANDS_MAX (1 + CLI_FOLDERS_MAX)

// What parsing keeps beside the result.
struct parser {
    struct cli *cli;
    const char *operands[OPERANDS_MAX]; // command and files
    int operand_count;
    bool starts_with_file;       // "--" came before the first operand
    int count[OPTION_COUNT + 1]; // of each option; the last is the level
};

const char *command_name(enum cli_command command)
{
    static const char *const names[CLI_COMMANDS] = {
        "make",    "apply",    "info",   "verify",  "sign",
        "explain", "simulate", "matrix", "convert", "extract"};
    return names[command];
}

static enum cli_exit parse_threads(uint32_t *threads, const char *name,
                                   const char *text)
{
    const char *end;

    if (!value_digits(threads, text, &end) || *end != 0 || *threads == 0) {
        return value_bad(name, "a number of threads", text, "at least 1");
    }
    return CLI_DONE;
}

static enum cli_exit parse_cuts(uint32_t *schedules, const char *name,
                                const char *text)
{
    const char *end;

    *schedules = 0;
    if (strcmp(text, "all") == 0 ||
        (value_digits(schedules, text, &end) && *end == 0 && *schedules != 0)) {
        return CLI_DONE;
    }
    return value_bad(name, "a number of schedules", text,
                     "all, or 1 to 4294967295");
}

static enum cli_exit parse_fail_over(struct cli *cli, const char *name,
                                     const char *text)
{
    const char *end;

    cli->has_fail_over = true;
    if (value_digits(&cli->fail_over, text, &end) &&
        (*end == 0 || strcmp(end, "%") == 0) && cli->fail_over <= 1000) {
        return CLI_DONE;
    }
    return value_bad(name, "a percentage", text, "0 to 1000, as 10%");
}

static enum cli_exit add_key(struct cli *cli, const char *name,
                             const char *path)
{
    if (cli->key_count == CLI_KEYS_MAX) {
        report_error(name,
                     "too many (found more than %d, expected at most "
                     "%d)",
                     CLI_KEYS_MAX, CLI_KEYS_MAX);
        return CLI_USAGE;
    }
    cli->key_paths[cli->key_count++] = path;
    return CLI_DONE;
}

static enum cli_exit apply_option(struct cli *cli, enum option_id id,
                                  const char *name, const char *value)
{
    switch (id) {
    case OPTION_OUTPUT:
        return part_path(cli->output_paths, &cli->output_count, name, value);
    case OPTION_CODEC: return value_codec(&cli->codec, name, value);
    case OPTION_RAM: return value_size(&cli->ram, name, value);
    case OPTION_BASE:
        cli->has_base = true;
        return value_number(&cli->base, name, "an address", value);
    case OPTION_COUNTER:
        return value_number(&cli->counter, name, "a counter", value);
    case OPTION_ARCH: return value_arch(&cli->arch, name, value);
    case OPTION_FORMAT: return value_format(&cli->format, name, value);
    case OPTION_ESTIMATE: cli->profile = value; break;
    case OPTION_HTML: cli->html_path = value; break;
    case OPTION_TOP: return value_number(&cli->top, name, "a number", value);
    case OPTION_TRY_RAM: return value_size(&cli->try_ram, name, value);
    case OPTION_LAYOUT: cli->layout_path = value; break;
    case OPTION_CUTS: return parse_cuts(&cli->schedules, name, value);
    case OPTION_SEED: return value_number(&cli->seed, name, "a seed", value);
    case OPTION_SHARD: cli->shard = value; break;
    case OPTION_CACHE: cli->cache = value; break;
    case OPTION_MERGE: cli->is_merge = true; break;
    case OPTION_DRY_RUN: cli->is_dry_run = true; break;
    case OPTION_MAX_SIZE: cli->max_size = value; break;
    case OPTION_FAIL_OVER: return parse_fail_over(cli, name, value);
    case OPTION_BASELINE: cli->baseline_path = value; break;
    case OPTION_KEY: return add_key(cli, name, value);
    case OPTION_PRODUCT: cli->product = value; break;
    case OPTION_FROM_VERSION: cli->from_version = value; break;
    case OPTION_TO_VERSION: cli->to_version = value; break;
    case OPTION_OLD:
        return part_path(cli->old_paths, &cli->old_count, name, value);
    case OPTION_NEW:
        return part_path(cli->new_paths, &cli->new_count, name, value);
    case OPTION_SIGNATURE: cli->signature_path = value; break;
    case OPTION_LIST: cli->is_list = true; break;
    case OPTION_DIGEST: cli->is_digest = true; break;
    case OPTION_JSON: cli->is_json = true; break;
    case OPTION_FORCE: cli->is_forced = true; break;
    case OPTION_QUIET: cli->is_quiet = true; break;
    case OPTION_VERBOSE: cli->is_verbose = true; break;
    case OPTION_HELP: cli->wants_help = true; break;
    case OPTION_VERSION: cli->wants_version = true; break;
    case OPTION_THREADS: return parse_threads(&cli->threads, name, value);
    case OPTION_IN_PLACE: cli->mode = DELTA_IN_PLACE; break;
    case OPTION_SCRATCH:
        return value_size(&cli->in_place.scratch_size, name, value);
    case OPTION_ERASE_BLOCK:
        return value_size(&cli->in_place.block_size, name, value);
    case OPTION_MINIMIZE:
        return value_minimize(&cli->in_place.minimize, name, value);
    case OPTION_PART_IDS: return part_ids(cli, name, value);
    case OPTION_UNMANAGED: return part_range(cli, name, value);
    case OPTION_LEVEL: cli->level = name[1] - '0'; break;
    }
    return CLI_DONE;
}

static enum cli_exit take_option(struct parser *p, const struct option *o,
                                 const char *name, const char *value)
{
    size_t slot = o == &level_option ? OPTION_COUNT : (size_t)(o - options);

    p->count[slot]++;
    return apply_option(p->cli, o->id, name, value);
}

static enum cli_exit missing_value(const char *name)
{
    report_error(name, "value is missing");
    return CLI_USAGE;
}

// argument is "--name" or "--name=value"; *next is a value that follows.
static enum cli_exit take_long(struct parser *p, const char *argument,
                               const char *next, bool *next_used)
{
    const char *equals = strchr(argument, '=');
    size_t size =
        equals != NULL ? (size_t)(equals - argument) : strlen(argument);

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = &options[i];
        char name[32] = "--";
        strcat(name, o->name);
        if (strlen(name) != size || memcmp(name, argument, size) != 0) {
            continue;
        }
        if (!o->has_value && equals != NULL) {
            report_error(name, "takes no value (found \"%s\")", equals + 1);
            return CLI_USAGE;
        }
        if (!o->has_value || equals != NULL) {
            return take_option(p, o, name, o->has_value ? equals + 1 : NULL);
        }
        *next_used = true;
        return next != NULL ? take_option(p, o, name, next)
                            : missing_value(name);
    }
    report_error(argument, "unknown option");
    return CLI_USAGE;
}

static const struct option *find_letter(char letter)
{
    if (letter >= '1' && letter <= '9') {
        return &level_option;
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (options[i].letter != 0 && options[i].letter == letter) {
            return &options[i];
        }
    }
    return NULL;
}

// argument is "-x", "-xyz" or "-xVALUE".
static enum cli_exit take_letters(struct parser *p, const char *argument,
                                  const char *next, bool *next_used)
{
    for (const char *s = argument + 1; *s != 0; s++) {
        const struct option *o = find_letter(*s);
        char name[3] = {'-', *s, 0};
        enum cli_exit status;

        if (o == NULL) {
            report_error(name, "unknown option");
            return CLI_USAGE;
        }
        if (o->has_value) {
            *next_used = s[1] == 0;
            const char *value = s[1] != 0 ? s + 1 : next;
            return value != NULL ? take_option(p, o, name, value)
                                 : missing_value(name);
        }
        status = take_option(p, o, name, NULL);
        if (status != CLI_DONE) {
            return status;
        }
    }
    return CLI_DONE;
}

static enum cli_exit take_operand(struct parser *p, const char *operand)
{
    if (p->operand_count == OPERANDS_MAX) {
        report_error(operand, "one file too many");
        return CLI_USAGE;
    }
    p->operands[p->operand_count++] = operand;
    return CLI_DONE;
}

static enum cli_exit take_all(struct parser *p, int argc, char *const argv[])
{
    bool is_literal = false;
    enum cli_exit status = CLI_DONE;

    for (int i = 1; i < argc && status == CLI_DONE; i++) {
        const char *argument = argv[i];
        const char *next = i + 1 < argc ? argv[i + 1] : NULL;
        bool next_used = false;

        if (is_literal || argument[0] != '-' || argument[1] == 0) {
            status = take_operand(p, argument);
        } else if (strcmp(argument, "--") == 0) {
            is_literal = true;
            p->starts_with_file = p->operand_count == 0;
        } else if (argument[1] == '-') {
            status = take_long(p, argument, next, &next_used);
        } else {
            status = take_letters(p, argument, next, &next_used);
        }
        i += next_used;
    }
    return status;
}

// The first operand may name a command; its place is then given up.
static void find_command(struct parser *p)
{
    p->cli->command = CLI_MAKE;
    if (p->operand_count == 0 || p->starts_with_file) {
        return;
    }
    for (int i = 0; i < CLI_COMMANDS; i++) {
        if (strcmp(p->operands[0], command_name((enum cli_command)i)) == 0) {
            p->cli->command = (enum cli_command)i;
            p->cli->has_command = true;
            p->operand_count--;
            memmove(p->operands, p->operands + 1,
                    (size_t)p->operand_count * sizeof(p->operands[0]));
            return;
        }
    }
}

static enum cli_exit check_seen(const struct parser *p)
{
    unsigned command = 1u << p->cli->command;

    for (size_t i = 0; i <= OPTION_COUNT; i++) {
        const struct option *o = i < OPTION_COUNT ? &options[i] : &level_option;
        char name[32] = "--";
        if (p->count[i] == 0) {
            continue;
        }
        strcat(name, o->name);
        if ((o->commands & command) == 0) {
            report_error(name, "no option of the command %s",
                         command_name(p->cli->command));
            return CLI_USAGE;
        }
        if (p->count[i] > 1 && (o->repeated & command) == 0) {
            report_error(name, "given several times (found %d, expected 1)",
                         p->count[i]);
            return CLI_USAGE;
        }
    }
    return CLI_DONE;
}

// How many files the command wants, being given so many.
static int wanted_operands(const struct parser *p)
{
    int least = p->operand_count < 2 ? 2 : p->operand_count;

    switch (p->cli->command) {
    case CLI_MAKE: return least + least % 2; // pairs
    case CLI_APPLY: return least;
    case CLI_CONVERT:
    case CLI_EXPLAIN: return 2;
    default: return 1;
    }
}

// Folders to merge, one at least; else a release list.
static enum cli_exit place_folders(struct parser *p)
{
    struct cli *cli = p->cli;

    for (int i = 0; i < p->operand_count && i < CLI_FOLDERS_MAX; i++) {
        cli->folder_paths[cli->folder_count++] = p->operands[i];
    }
    if (cli->folder_count == 0) {
        report_error("--merge", "no folders to merge (found 0, expected 1 or "
                                "more)");
        return CLI_USAGE;
    }
    return CLI_DONE;
}

static enum cli_exit place_operands(struct parser *p)
{
    struct cli *cli = p->cli;
    int count = p->operand_count;
    int wanted = wanted_operands(p);
    int most = cli->command == CLI_APPLY ? 1 + (int)DELTA_PARTS_MAX
                                         : 2 * (int)DELTA_PARTS_MAX;

    if (cli->is_merge) {
        return place_folders(p);
    }
    if (count != wanted || count > most) {
        report_error(command_name(cli->command),
                     "wrong number of files (found %d, expected %d); see "
                     "mkdfota %s --help",
                     count, count != wanted ? wanted : 2,
                     command_name(cli->command));
        return CLI_USAGE;
    }
    if (cli->command == CLI_MAKE || cli->command == CLI_EXPLAIN) {
        for (int i = 0; i < count; i += 2) {
            cli->old_paths[cli->old_count++] = p->operands[i];
            cli->new_paths[cli->new_count++] = p->operands[i + 1];
        }
        return CLI_DONE;
    }
    if (cli->command == CLI_CONVERT) {
        cli->new_paths[cli->new_count++] = p->operands[0]; // the patch
        cli->old_paths[cli->old_count++] = p->operands[1];
        return CLI_DONE;
    }
    cli->package_path = p->operands[count - 1];
    for (int i = 0; i + 1 < count; i++) {
        cli->old_paths[cli->old_count++] = p->operands[i];
    }
    return CLI_DONE;
}

static int count_stdin(const char *const *paths, int count)
{
    int found = 0;

    for (int i = 0; i < count; i++) {
        found += paths[i] != NULL && strcmp(paths[i], "-") == 0;
    }
    return found;
}

static enum cli_exit check_stdin(const struct cli *cli)
{
    const char *others[] = {cli->package_path, cli->signature_path,
                            cli->layout_path, cli->profile};
    int count = count_stdin(others, 4) +
                count_stdin(cli->old_paths, cli->old_count) +
                count_stdin(cli->new_paths, cli->new_count) +
                count_stdin(cli->key_paths, cli->key_count);

    if (count > 1) {
        report_error("-", "stdin can be one input only (found %d)", count);
        return CLI_USAGE;
    }
    return CLI_DONE;
}

// What says how an update in place is made needs to be told that it is one.
static enum cli_exit check_in_place(const struct parser *p)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        enum option_id id = options[i].id;
        char name[32] = "--";

        bool is_size = id == OPTION_SCRATCH || id == OPTION_ERASE_BLOCK;
        bool has_layout = p->cli->layout_path != NULL;

        if (p->count[i] == 0 || !(is_size || id == OPTION_MINIMIZE)) {
            continue;
        }
        strcat(name, options[i].name);
        if (is_size && has_layout) {
            report_error(name, "not with --layout, which says it");
            return CLI_USAGE;
        }
        if (p->cli->mode != DELTA_IN_PLACE && !has_layout) {
            report_error(name, "only with --in-place or --layout");
            return CLI_USAGE;
        }
    }
    return CLI_DONE;
}

enum cli_exit cmdline_parse(struct cli *cli, int argc, char *const argv[])
{
    struct parser p = {.cli = cli};

    memset(cli, 0, sizeof(*cli));
    cli->top = CLI_TOP_DEFAULT;
    enum cli_exit status = take_all(&p, argc, argv);
    if (status != CLI_DONE) {
        return status;
    }
    find_command(&p);
    if (cli->wants_help || cli->wants_version) {
        return CLI_DONE;
    }
    status = check_seen(&p);
    if (status == CLI_DONE) {
        status = check_in_place(&p);
    }
    if (status == CLI_DONE) {
        status = place_operands(&p);
    }
    if (status == CLI_DONE) {
        status = check_stdin(cli);
    }
    return status == CLI_DONE ? part_check(cli) : status;
}
