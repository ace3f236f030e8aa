// SPDX-License-Identifier: MIT
// What the module does on an AT command.

#include "atcommands.h"

#include <stdio.h>
#include <string.h>

#include "atupload.h"

// Numbers of +CME ERROR.
enum answer {
    ANSWER_OK = 0,
    ANSWER_ERROR = -1, // no such command
    ANSWER_NOT_NOW = 3,
    ANSWER_NOT_POSSIBLE = 4,
    ANSWER_BAD_ARGUMENT = 50,
};

struct doing {
    struct at_port *port;
    struct agent *agent;
    const struct at_command *command;
};

typedef enum answer at_action(const struct doing *d);

// --- Identity --------------------------------------------------------------

static enum answer identify(const struct doing *d)
{
    char text[3 * NV_TEXT_MAX];

    snprintf(text, sizeof(text), "dfota-module\r\n%s\r\nRevision: %s",
             d->agent->nv.name, agent_version(d->agent));
    at_port_say(d->port, text);
    return ANSWER_OK;
}

static enum answer say_revision(const struct doing *d)
{
    at_port_say(d->port, agent_version(d->agent));
    return ANSWER_OK;
}

static enum answer say_version(const struct doing *d)
{
    char text[3 * NV_TEXT_MAX];

    snprintf(text, sizeof(text), "+VER: %s_%s", d->agent->nv.name,
             agent_version(d->agent));
    at_port_say(d->port, text);
    return ANSWER_OK;
}

static enum answer say_imei(const struct doing *d)
{
    at_port_say(d->port, d->agent->nv.imei);
    return ANSWER_OK;
}

static enum answer say_written_imei(const struct doing *d)
{
    char text[NV_TEXT_MAX + 20];

    snprintf(text, sizeof(text), "+WIMEI: \"%s\"", d->agent->nv.imei);
    at_port_say(d->port, text);
    return ANSWER_OK;
}

static enum answer set_echo(const struct doing *d)
{
    uint32_t on = 0;

    if (d->command->count > 1 ||
        (d->command->count == 1 &&
         !at_number(&on, &d->command->arguments[0], 1))) {
        return ANSWER_BAD_ARGUMENT;
    }
    d->port->is_quiet = on == 0;
    return ANSWER_OK;
}

static enum answer do_nothing(const struct doing *d)
{
    (void)d;
    return ANSWER_OK;
}

// --- AT+UPGRADE ------------------------------------------------------------

static enum answer start(const struct doing *d)
{
    return agent_start(d->agent) ? ANSWER_OK : ANSWER_NOT_NOW;
}

static enum answer say_state(const struct doing *d)
{
    const struct agent *a = d->agent;
    char text[80] = "+UPGRADE: 0";

    if (agent_is_loading(a)) {
        snprintf(text, sizeof(text), "+UPGRADE: 1,%u",
                 (unsigned)(a->percent <= 100 ? a->percent : 0));
    } else if (a->has_result) {
        snprintf(text, sizeof(text), "+UPGRADE: 2,[%d,%ld,%lu]", (int)a->error,
                 a->http_status, (unsigned long)a->cause);
    }
    at_port_say(d->port, text);
    return ANSWER_OK;
}

enum setting {
    SETTING_KEY,
    SETTING_URL,
    SETTING_AUTO,
    SETTING_PERIOD,
    SETTINGS
};

static const char *const setting_names[SETTINGS] = {"KEY", "URL", "AUTO",
                                                    "PERIOD"};

static enum answer say_setting(const struct doing *d, enum setting setting)
{
    const struct nv_settings *s = &d->agent->settings;
    char text[NV_URL_MAX + 40];

    switch (setting) {
    case SETTING_KEY:
        snprintf(text, sizeof(text), "+UPGRADE: \"KEY\",\"%s\"", s->key);
        break;
    case SETTING_URL:
        snprintf(text, sizeof(text), "+UPGRADE: \"URL\",\"%s\"", s->url);
        break;
    case SETTING_AUTO:
        snprintf(text, sizeof(text), "+UPGRADE: \"AUTO\",%u",
                 (unsigned)s->is_auto);
        break;
    default:
        snprintf(text, sizeof(text), "+UPGRADE: \"PERIOD\",%lu",
                 (unsigned long)s->period);
        break;
    }
    at_port_say(d->port, text);
    return ANSWER_OK;
}

static bool set_text(char *to, size_t size, const struct at_argument *from)
{
    if (!from->is_quoted || strlen(from->text) >= size) {
        return false;
    }
    snprintf(to, size, "%s", from->text);
    return true;
}

static bool set_number(uint64_t *to, const struct at_argument *from,
                       uint32_t least, uint32_t most)
{
    uint32_t number;

    if (!at_number(&number, from, most) || number < least) {
        return false;
    }
    *to = number;
    return true;
}

static bool set_one(struct nv_settings *s, enum setting setting,
                    const struct at_argument *value)
{
    switch (setting) {
    case SETTING_KEY: return set_text(s->key, sizeof(s->key), value);
    case SETTING_URL: return set_text(s->url, sizeof(s->url), value);
    case SETTING_AUTO: return set_number(&s->is_auto, value, 0, 1);
    default: return set_number(&s->period, value, NV_PERIOD_LEAST, UINT32_MAX);
    }
}

// <save>: 0, which is the default, keeps it over a power-off, 1 does not.
static enum answer change_setting(const struct doing *d, enum setting setting)
{
    const struct at_argument *arguments = d->command->arguments;
    struct agent *a = d->agent;
    uint32_t forget = 0;

    if (d->command->count > 3 ||
        (d->command->count == 3 && !at_number(&forget, &arguments[2], 1)) ||
        !set_one(&a->settings, setting, &arguments[1])) {
        return ANSWER_BAD_ARGUMENT;
    }
    if (forget == 0) {
        (void)set_one(&a->nv.settings, setting, &arguments[1]);
        if (!agent_store(a)) {
            return ANSWER_NOT_POSSIBLE;
        }
    }
    if (setting == SETTING_PERIOD) {
        agent_plan_poll(a);
    }
    return ANSWER_OK;
}

static enum answer set_upgrade(const struct doing *d)
{
    const struct at_command *c = d->command;
    int setting = 0;

    while (setting < SETTINGS &&
           strcmp(c->arguments[0].text, setting_names[setting]) != 0) {
        setting++;
    }
    if (setting == SETTINGS || !c->arguments[0].is_quoted) {
        return ANSWER_BAD_ARGUMENT;
    }
    return c->count == 1 ? say_setting(d, (enum setting)setting)
                         : change_setting(d, (enum setting)setting);
}

// --- AT+UARTUPGRADE --------------------------------------------------------

static enum answer upload(const struct doing *d)
{
    struct at_upload_answer answer;

    at_upload(&answer, d->agent, d->command);
    switch (answer.outcome) {
    case AT_UPLOAD_SAID: at_port_say(d->port, answer.text); break;
    case AT_UPLOAD_OK: break;
    case AT_UPLOAD_BAD: return ANSWER_BAD_ARGUMENT;
    case AT_UPLOAD_NOT_NOW: return ANSWER_NOT_NOW;
    case AT_UPLOAD_NOT_KEPT: return ANSWER_NOT_POSSIBLE;
    }
    return ANSWER_OK;
}

// --- All of them -----------------------------------------------------------

static const struct {
    const char *name;
    enum at_kind kind;
    at_action *action;
} commands[] = {
    {"", AT_RUN, do_nothing},
    {"E", AT_RUN, set_echo},
    {"E", AT_SET, set_echo},
    {"I", AT_RUN, identify},
    {"+CGMR", AT_RUN, say_revision},
    {"+CGMR", AT_TEST, do_nothing},
    {"+CGSN", AT_RUN, say_imei},
    {"+CGSN", AT_TEST, do_nothing},
    {"+VER", AT_RUN, say_version},
    {"+WIMEI", AT_READ, say_written_imei},
    {"+UPGRADE", AT_RUN, start},
    {"+UPGRADE", AT_READ, say_state},
    {"+UPGRADE", AT_TEST, do_nothing},
    {"+UPGRADE", AT_SET, set_upgrade},
    {"+UARTUPGRADE", AT_TEST, do_nothing},
    {"+UARTUPGRADE", AT_SET, upload},
};

static enum answer act(const struct doing *d)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (commands[i].kind == d->command->kind &&
            strcmp(commands[i].name, d->command->name) == 0) {
            return commands[i].action(d);
        }
    }
    return ANSWER_ERROR;
}

static void say_answer(struct at_port *port, enum answer answer)
{
    char text[32];

    if (answer == ANSWER_OK) {
        at_port_say(port, "OK");
    } else if (answer == ANSWER_ERROR) {
        at_port_say(port, "ERROR");
    } else {
        snprintf(text, sizeof(text), "+CME ERROR: %d", (int)answer);
        at_port_say(port, text);
    }
}

static void serve_line(struct at_port *port, struct agent *agent)
{
    struct at_command command;
    struct doing d = {port, agent, &command};
    char *rest = at_begin(port->line.text);
    enum answer answer = ANSWER_OK;

    if (rest == NULL) {
        return;
    }
    while (rest != NULL && answer == ANSWER_OK) {
        answer = at_parse(&command, &rest) ? act(&d) : ANSWER_ERROR;
    }
    say_answer(port, answer);
}

void at_serve(struct at_port *port, struct agent *agent)
{
    char data[512];
    size_t size = at_port_read(port, data, sizeof(data));

    for (size_t i = 0; i < size; i++) {
        if (!port->is_quiet) {
            at_port_write(port, &data[i], 1);
        }
        switch (at_line_add(&port->line, data[i])) {
        case AT_LINE: serve_line(port, agent); break;
        case AT_TOO_LONG: say_answer(port, ANSWER_ERROR); break;
        case AT_MORE: break;
        }
    }
}
