// SPDX-License-Identifier: MIT
// GET /metrics, in the text format of Prometheus: what this instance has
// answered since it was started, and what the database holds.

#include <stdio.h>
#include <stdlib.h>

#include "routes.h"

static void put_counts(FILE *out, const struct platform *platform)
{
    const struct metrics *m = &platform->metrics;

    fputs("# HELP dfota_device_requests_total Answers to modules, by code; 0 "
          "is a package.\n"
          "# TYPE dfota_device_requests_total counter\n",
          out);
    for (unsigned i = 0; i < METRICS_CODES; i++) {
        unsigned long long count = atomic_load(&m->codes[i]);

        if (count > 0) {
            fprintf(out, "dfota_device_requests_total{code=\"%u\"} %llu\n", i,
                    count);
        }
    }
    fputs("# HELP dfota_device_results_total Results that modules reported.\n"
          "# TYPE dfota_device_results_total counter\n",
          out);
    fprintf(out,
            "dfota_device_results_total{success=\"false\"} %llu\n"
            "dfota_device_results_total{success=\"true\"} %llu\n",
            (unsigned long long)atomic_load(&m->results[0]),
            (unsigned long long)atomic_load(&m->results[1]));
    fputs("# HELP dfota_http_answers_total Answers, by class of status.\n"
          "# TYPE dfota_http_answers_total counter\n",
          out);
    for (unsigned i = 2; i < 6; i++) {
        fprintf(out, "dfota_http_answers_total{status=\"%uxx\"} %llu\n", i,
                (unsigned long long)atomic_load(&m->statuses[i]));
    }
    fprintf(out,
            "# HELP dfota_flood_refused_total Requests beyond the rate of "
            "their address.\n"
            "# TYPE dfota_flood_refused_total counter\n"
            "dfota_flood_refused_total %llu\n",
            (unsigned long long)atomic_load(&m->refused));
}

static const struct gauge {
    const char *name, *help, *sql;
} gauges[] = {
    {"dfota_devices", "Devices that are known.",
     "SELECT count(*) FROM devices"},
    {"dfota_devices_forbidden", "Devices that asked too often.",
     "SELECT count(*) FROM devices WHERE forbidden_at IS NOT NULL"},
    {"dfota_upgrades_running", "Upgrades without a result yet.",
     "SELECT count(*) FROM upgrades WHERE state = 'running'"},
    {"dfota_upgrades_done", "Upgrades that succeeded.",
     "SELECT count(*) FROM upgrades WHERE state = 'done'"},
    {"dfota_upgrades_failed", "Upgrades that failed.",
     "SELECT count(*) FROM upgrades WHERE state = 'failed'"},
    {"dfota_packages_waiting", "Packages that are to be made.",
     "SELECT count(*) FROM packages WHERE state IN ('waiting', 'building')"},
};

static enum db_status put_gauges(FILE *out, struct db_conn *c)
{
    enum db_status status = DB_OK;

    for (size_t i = 0;
         status == DB_OK && i < sizeof(gauges) / sizeof(gauges[0]); i++) {
        int64_t value = 0;

        status = db_query_int(c, &value, 0, gauges[i].sql, DB_NOTHING);
        fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n%s %lld\n", gauges[i].name,
                gauges[i].help, gauges[i].name, gauges[i].name,
                (long long)value);
    }
    return status;
}

void metrics_page(struct call *call)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    enum db_status status = DB_ERROR;

    if (out != NULL) {
        put_counts(out, call->platform);
        status = put_gauges(out, call->db);
        fclose(out);
    }
    if (status != DB_OK || text == NULL) {
        call_answer_db(call, status);
    } else {
        call_answer(call, 200, "text/plain; version=0.0.4; charset=utf-8",
                    text);
    }
    free(text);
}
