// SPDX-License-Identifier: MIT
// Any bytes at the serial port of samples/module, or, after a first byte of 0, a
// segment of AT+UARTUPGRADE. The agent behind the commands is replaced.

#include <ctype.h>

#include "atcommands.h"
#include "atupload.h"
#include "packagefile.h"
#include "target.h"

// --- A module that hears and says ------------------------------------------

struct said {
    char data[65536];
    size_t size;
    size_t answers; // OK, ERROR, +CME ERROR
    size_t uploaded;
    uint8_t sum; // of what was uploaded
};

static struct said *said;
static const uint8_t *heard; // what is left of it
static size_t heard_size;
static size_t piece; // bytes at a time

size_t at_port_read(struct at_port *port, char *data, size_t size)
{
    (void)port;
    size = size < piece ? size : piece;
    size = size < heard_size ? size : heard_size;
    memcpy(data, heard, size);
    heard += size;
    heard_size -= size;
    return size;
}

void at_port_write(struct at_port *port, const char *data, size_t size)
{
    (void)port;
    require(size <= sizeof(said->data) - said->size, "not much is said");
    memcpy(said->data + said->size, data, size);
    said->size += size;
}

void at_port_say(struct at_port *port, const char *text)
{
    said->answers += strcmp(text, "OK") == 0 || strcmp(text, "ERROR") == 0 ||
                     strncmp(text, "+CME ERROR: ", 12) == 0;
    require(strlen(text) < 512, "a line is short");
    at_port_write(port, "\r\n", 2);
    at_port_write(port, text, strlen(text));
    at_port_write(port, "\r\n", 2);
}

static void check_settings(const struct nv_settings *s)
{
    require(memchr(s->key, 0, sizeof(s->key)) != NULL &&
                memchr(s->url, 0, sizeof(s->url)) != NULL,
            "a text keeps its bounds");
    require(strpbrk(s->key, "\r\n\"") == NULL &&
                strpbrk(s->url, "\r\n\"") == NULL,
            "a text is a line's part");
    require(s->is_auto <= 1 && s->period >= NV_PERIOD_LEAST &&
                s->period <= UINT32_MAX,
            "a number keeps its bounds");
}

bool agent_store(struct agent *a)
{
    check_settings(&a->nv.settings);
    return a->nv.settings.key[0] != '!';
}

bool agent_start(struct agent *a)
{
    bool ok = a->doing == AGENT_NOTHING;

    a->doing = AGENT_ASKING;
    a->percent = 101;
    return ok;
}

void agent_await_upload(struct agent *a)
{
    (void)a;
}

bool agent_begin_upload(struct agent *a)
{
    a->is_uploading = true;
    a->segments = 0;
    said->uploaded = 0;
    said->sum = 0;
    return true;
}

void agent_plan_poll(struct agent *a)
{
    a->nv.next_poll = a->settings.period;
}

const char *agent_version(const struct agent *a)
{
    return a->nv.version;
}

bool agent_is_loading(const struct agent *a)
{
    return a->doing == AGENT_ASKING;
}

bool package_file_add(const char *path, const void *data, size_t size)
{
    (void)path;
    require(size >= AT_SEGMENT_LEAST && size <= AT_SEGMENT_MOST,
            "a segment has a size");
    for (size_t i = 0; i < size; i++) {
        said->sum ^= ((const uint8_t *)data)[i];
    }
    said->uploaded += size;
    return true;
}

uint64_t package_file_size(const char *path)
{
    (void)path;
    return said->uploaded;
}

bool agent_check_package(struct agent *a)
{
    memset(a->nv.to_version, '9', NV_TEXT_MAX);
    a->nv.to_version[NV_TEXT_MAX] = 0;
    return said->uploaded % 2 == 0;
}

// --- The same from pieces of any size --------------------------------------

static void run(struct said *to, struct agent *agent, size_t size_of_piece,
                const uint8_t *data, size_t size)
{
    static struct at_port port;

    memset(to, 0, sizeof(*to));
    memset(agent, 0, sizeof(*agent));
    memset(&port, 0, sizeof(port));
    nv_default(&agent->nv);
    memset(agent->nv.imei, '8', NV_TEXT_MAX);
    memset(agent->nv.name, 'n', NV_TEXT_MAX);
    memset(agent->nv.version, '1', NV_TEXT_MAX);
    agent->settings = agent->nv.settings;
    agent->config.area = UINT32_MAX;
    said = to;
    heard = data;
    heard_size = size;
    piece = size_of_piece;
    while (heard_size > 0) {
        at_serve(&port, agent);
        check_settings(&agent->settings);
        require(port.line.size <= AT_LINE_MAX, "a line keeps its bounds");
    }
}

// --- Lines and commands ----------------------------------------------------

// The command as a line, to be read again.
static void write_command(char *line, size_t room,
                          const struct at_command *command)
{
    static const char *const ends[] = {"", "?", "=?", ""};
    size_t at = 0;

    at += (size_t)snprintf(line, room, "AT%s%s", command->name,
                           ends[command->kind]);
    for (size_t i = 0; i < command->count; i++) {
        const struct at_argument *argument = &command->arguments[i];
        const char *before = i > 0 ? "," : "=";
        const char *quote = argument->is_quoted ? "\"" : "";

        at += (size_t)snprintf(line + at, room - at, "%s%s%s%s", before, quote,
                               argument->text, quote);
    }
    require(at < room, "a command is no longer than its line");
}

static void check_command(const struct at_command *command)
{
    static char line[AT_LINE_MAX + 8];
    struct at_command again;
    uint32_t number;

    require(strlen(command->name) <= AT_NAME_MAX, "a name keeps its bounds");
    for (const char *at = command->name; *at != 0; at++) {
        require(toupper((unsigned char)*at) == (unsigned char)*at,
                "a name is in upper case");
    }
    require(command->count <= AT_ARGUMENTS_MAX &&
                (command->count > 0) == (command->kind == AT_SET),
            "only what is set has arguments");
    write_command(line, sizeof(line), command);
    char *rest = at_begin(line);
    require(rest != NULL && at_parse(&again, &rest) && rest == NULL,
            "a command is one");
    require(strcmp(again.name, command->name) == 0 &&
                again.kind == command->kind && again.count == command->count,
            "and the same");
    for (size_t i = 0; i < again.count; i++) {
        const struct at_argument *a = &command->arguments[i];

        require(strcmp(again.arguments[i].text, a->text) == 0 &&
                    again.arguments[i].is_quoted == a->is_quoted,
                "with the same arguments");
        require(!at_number(&number, a, 5000) ||
                    (number <= 5000 && !a->is_quoted &&
                     strtoull(a->text, NULL, 10) == number),
                "a number is as it is written");
    }
}

// Each command of a line. Does it want an answer?
static bool check_line(char *line)
{
    struct at_command command;
    char *rest = at_begin(line);
    bool is_one = rest != NULL;

    while (rest != NULL && at_parse(&command, &rest)) {
        check_command(&command);
    }
    return is_one;
}

// How many lines want an answer.
static size_t count_lines(const uint8_t *data, size_t size)
{
    static struct at_line line;
    size_t count = 0;

    memset(&line, 0, sizeof(line));
    for (size_t i = 0; i < size; i++) {
        enum at_input input = at_line_add(&line, (char)data[i]);

        if (input == AT_TOO_LONG) {
            count++;
        } else if (input == AT_LINE) {
            count += check_line(line.text);
        }
    }
    return count;
}

static void fuzz_port(const uint8_t *data, size_t size)
{
    static struct said all;
    static struct said pieces;
    static struct agent agents[2];

    run(&all, &agents[0], 512, data, size);
    run(&pieces, &agents[1], 1 + data[size - 1] % 7, data, size);
    require(all.size == pieces.size && all.uploaded == pieces.uploaded &&
                all.sum == pieces.sum &&
                memcmp(all.data, pieces.data, all.size) == 0,
            "pieces of another size change nothing");
    require(memcmp(&agents[0], &agents[1], sizeof(agents[0])) == 0,
            "nor what they lead to");
    require(all.answers == count_lines(data, size),
            "each command has one answer");
}

// --- Segments --------------------------------------------------------------

static void check_segment(const uint8_t *data, uint32_t n)
{
    static uint8_t read[AT_SEGMENT_MOST];
    static char text[2 * AT_SEGMENT_MOST + 1];
    uint8_t sum = 0;

    for (uint32_t i = 0; i < n; i++) {
        const char *format = (data[i] & 1) != 0 ? "%02X" : "%02x";

        snprintf(text + (size_t)2 * i, 3, format, data[i]);
        sum ^= data[i];
    }
    require(at_segment(read, n, text, sum) == (n >= AT_SEGMENT_LEAST),
            "a segment is taken if it is long enough");
    if (n >= AT_SEGMENT_LEAST) {
        require(memcmp(read, data, n) == 0, "as it was");
        require(!at_segment(read, n, text, sum ^ 1u), "only with its sum");
        require(!at_segment(read, n - 1, text, sum), "and its size");
        text[n] ^= 3; // another digit, or none
        require(!at_segment(read, n, text, sum), "and its digits");
    }
}

// A byte of its sum, then digits or what stands for them.
static void fuzz_segment(const uint8_t *data, size_t size)
{
    static uint8_t bytes[AT_SEGMENT_MOST];
    uint32_t n = size < AT_SEGMENT_MOST ? (uint32_t)size : AT_SEGMENT_MOST;

    check_segment(data, n);
    char *text = malloc(size + 1);
    require(text != NULL, "memory");
    memcpy(text, data + 1, size - 1);
    text[size - 1] = 0;
    size_t length = strlen(text);
    n = (uint32_t)(length / 2);
    if (at_segment(bytes, n, text, data[0])) {
        require(length == (size_t)2 * n &&
                    strspn(text, "0123456789abcdefABCDEF") == length,
                "only digits are taken");
        check_segment(bytes, n);
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 8192) {
        return 0;
    }
    if (data[0] == 0 && size > 1) {
        fuzz_segment(data + 1, size - 1);
    } else {
        fuzz_port(data, size);
    }
    return 0;
}
