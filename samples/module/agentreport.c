// SPDX-License-Identifier: MIT
// Telling the platform what became of an upgrade.

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent.h"

#define TRIES_MAX 8u

static char *make_body(const struct agent *a)
{
    cJSON *json = cJSON_CreateObject();
    char *text;

    cJSON_AddStringToObject(json, "project_key", a->settings.key);
    cJSON_AddStringToObject(json, "imei", a->nv.imei);
    cJSON_AddStringToObject(json, "version", a->nv.version);
    cJSON_AddBoolToObject(json, "success", a->nv.is_success != 0);
    if (a->nv.to_version[0] != 0) {
        cJSON_AddStringToObject(json, "to_version", a->nv.to_version);
    }
    if (a->nv.is_success == 0) {
        cJSON_AddStringToObject(json, "phase", a->nv.failed_phase);
        cJSON_AddStringToObject(json, "error", a->nv.failed_error);
    }
    text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    return text;
}

void agent_report(struct agent *a)
{
    struct http_request request = {0};
    char *body = make_body(a);

    if (a->doing != AGENT_RETELLING) {
        a->tries = 0;
    }
    a->doing = AGENT_TELLING;
    address_result(a->address, sizeof(a->address), &a->settings);
    request.url = a->address;
    request.body = body == NULL ? "" : body;
    http_start(&a->http, &request); // copies the body
    free(body);
}

// Reports that cannot be made are given up after a while: the version in the
// next request tells as much.
void agent_take_report(struct agent *a)
{
    const struct http_result *r = &a->http.result;
    bool is_made = r->error == HTTP_OK && r->status == 200;
    bool may_work = r->error == HTTP_NO_CONNECT || r->error == HTTP_BROKEN ||
                    http_may_pass(r);

    if (!is_made && may_work && a->tries < TRIES_MAX) {
        agent_pause(a, AGENT_RETELLING);
        return;
    }
    a->nv.phase = NV_IDLE;
    agent_keep(a);
    a->doing = AGENT_NOTHING;
    a->http_status = a->nv.is_success != 0 ? r->status : a->http_status;
    if (a->nv.is_success != 0) {
        a->config.say(a->config.context,
                      is_made ? "+UPGRADEVER: 1" : "+UPGRADEVER: 0");
    }
}
