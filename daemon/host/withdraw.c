/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/internal.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>

/* It holds the host open while the store has it. */
struct withdrawing {
    struct wz_instance *instance;
    char *wave;
    ingest_withdrawn_fn done;
    void *done_data;
};

static void on_withdrawn(void *data, const struct withdrawal_report *report, const struct error *error)
{
    struct withdrawing *withdrawing = data;
    struct host *host = withdrawing->instance->host;
    if (!error && report->was_there)
        log_info("feed %s: a response of wave %s was withdrawn", withdrawing->instance->section->name,
                 withdrawing->wave);
    withdrawing->done(withdrawing->done_data, report, error);
    free(withdrawing->wave);
    free(withdrawing);
    host_release(host);
}

int withdraw(struct wz_instance *instance, const struct feed_withdrawal *given, ingest_withdrawn_fn done,
             void *data, struct error *error)
{
    const char *name = instance->section->name;
    const char *instrument = options_text(&instance->options, "instrument");
    if (!instrument)
        return error_set(error, ERROR_INPUT,
                         "feed '%s' is not that of an instrument, whose responses could be withdrawn", name);
    const struct wz_withdrawal withdrawal = {
        .instrument = instrument, .wave = given->wave, .respondent = given->respondent};
    struct withdrawing *withdrawing = mem_alloc(sizeof *withdrawing);
    *withdrawing = (struct withdrawing){
        .instance = instance, .wave = mem_copy_text(given->wave), .done = done, .done_data = data};
    host_hold(instance->host);
    if (ingest_withdraw(instance->host->parts.ingest, name, &withdrawal, given->user, on_withdrawn,
                        withdrawing, error) == 0)
        return 0;
    free(withdrawing->wave);
    free(withdrawing);
    host_release(instance->host);
    return -1;
}
