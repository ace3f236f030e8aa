// SPDX-License-Identifier: MIT
// AT+UARTUPGRADE: the host sends the package over the port.

#include "atupload.h"

#include <stdio.h>

#include "packagefile.h"

enum upload_command {
    UPLOAD_ERASE,
    UPLOAD_WRITE,
    UPLOAD_VERIFY,
    UPLOAD_NAME,
    UPLOAD_VERSION,
    UPLOAD_APPLY,
};

// Segments come in turn; the one before may come again, if its answer was lost.
static enum at_uploaded write_segment(struct agent *a,
                                      const struct at_command *c)
{
    uint8_t data[AT_SEGMENT_MOST];
    const struct at_argument *arguments = c->arguments;
    uint32_t number;
    uint32_t n;
    uint32_t sum;

    if (c->count != 5 || !at_number(&number, &arguments[1], UINT32_MAX) ||
        !at_number(&n, &arguments[2], AT_SEGMENT_MOST) ||
        !at_number(&sum, &arguments[4], UINT8_MAX) ||
        !at_segment(data, n, arguments[3].text, sum)) {
        return AT_UPLOAD_BAD;
    }
    if (!a->is_uploading) {
        return AT_UPLOAD_NOT_NOW;
    }
    if (number + 1 == a->segments) {
        return AT_UPLOAD_OK;
    }
    if (number != a->segments) {
        return AT_UPLOAD_NOT_NOW;
    }
    if (package_file_size(a->config.package_path) + n > a->config.area ||
        !package_file_add(a->config.package_path, data, n)) {
        return AT_UPLOAD_NOT_KEPT;
    }
    a->segments++;
    agent_await_upload(a);
    return AT_UPLOAD_OK;
}

static enum at_uploaded verify(struct agent *a)
{
    return agent_check_package(a) ? AT_UPLOAD_OK : AT_UPLOAD_NOT_KEPT;
}

static enum at_uploaded say_version(struct at_upload_answer *answer,
                                    struct agent *a)
{
    if (!agent_check_package(a)) {
        return AT_UPLOAD_NOT_KEPT;
    }
    snprintf(answer->text, sizeof(answer->text), "+UARTUPGRADE: 4,\"%s\"",
             a->nv.to_version);
    return AT_UPLOAD_SAID;
}

void at_upload(struct at_upload_answer *answer, struct agent *a,
               const struct at_command *c)
{
    uint32_t what;

    if (!at_number(&what, &c->arguments[0], UPLOAD_APPLY) ||
        (what != UPLOAD_WRITE && c->count != 1)) {
        answer->outcome = AT_UPLOAD_BAD;
        return;
    }
    if (a->doing != AGENT_NOTHING || a->is_applying) {
        answer->outcome = AT_UPLOAD_NOT_NOW;
        return;
    }
    switch ((enum upload_command)what) {
    case UPLOAD_ERASE:
        answer->outcome =
            agent_begin_upload(a) ? AT_UPLOAD_OK : AT_UPLOAD_NOT_KEPT;
        break;
    case UPLOAD_WRITE: answer->outcome = write_segment(a, c); break;
    case UPLOAD_VERIFY: answer->outcome = verify(a); break;
    case UPLOAD_NAME:
        snprintf(answer->text, sizeof(answer->text), "+UARTUPGRADE: 3,\"%s\"",
                 a->nv.name);
        answer->outcome = AT_UPLOAD_SAID;
        break;
    case UPLOAD_VERSION: answer->outcome = say_version(answer, a); break;
    case UPLOAD_APPLY:
        answer->outcome = verify(a);
        a->is_applying = answer->outcome == AT_UPLOAD_OK;
        break;
    }
}
