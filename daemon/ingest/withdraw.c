/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One response is taken back, because a person asks for it. */
#include "ingest/check.h"
#include "ingest/internal.h"
#include "ingest/told.h"
#include "store/quarantine.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { WAVES_NAMED = 10 };

struct withdrawing {
    struct ingest *ingest;
    char *feed, *instrument, *calendar, *wave;
    uint8_t person[PSEUDONYM_SIZE];
    int64_t user;
    struct withdrawal_report report;
    ingest_withdrawn_fn done;
    void *done_data;
};

/* ---- on the store's thread ----------------------------------------------------------------------------- */

struct wave_names {
    const char *calendar;
    struct buf text;
    size_t count;
};

static int name_wave(void *data, const struct store_period *period)
{
    struct wave_names *names = data;
    if (strcmp(period->calendar, names->calendar) != 0 || names->count == WAVES_NAMED)
        return 0;
    buf_append_format(&names->text, "%s'%s'", names->count++ ? ", " : "", period->label);
    return 0;
}

/* A name that is misspelled must not become one. */
static int refuse_wave(struct store_tx *tx, const struct withdrawing *withdrawing, struct error *error)
{
    struct wave_names names = {.calendar = withdrawing->calendar};
    int result = store_periods(store_tx_view(tx), name_wave, &names, error);
    buf_put_u8(&names.text, 0);
    if (result == 0)
        result = error_set(error, ERROR_NOT_FOUND, "instrument '%s' has no wave '%.100s'; it has %s",
                           withdrawing->instrument, withdrawing->wave,
                           names.count ? (const char *)names.text.data : "none yet");
    buf_free(&names.text);
    return result;
}

static int append_withdrawal(struct store_tx *tx, void *data, struct error *error)
{
    struct withdrawing *withdrawing = data;
    struct withdrawal_report *report = &withdrawing->report;
    enum store_outcome outcome;
    uint32_t period;
    if (store_period_find(store_tx_view(tx), withdrawing->calendar, withdrawing->wave, &period, error) != 0)
        return -1;
    if (!period)
        return refuse_wave(tx, withdrawing, error);
    if (store_append_withdrawal(tx, period, withdrawing->person, &outcome, &report->position, error) != 0 ||
        store_quarantine_of(store_tx_view(tx), withdrawing->feed, withdrawing->person, &report->quarantined,
                            error) != 0)
        return -1;
    report->was_there = outcome == STORE_ACCEPTED;
    if (report->was_there)
        return told_withdrawn(tx, withdrawing->feed, withdrawing->wave, withdrawing->user, error);
    return 0;
}

/* ---- on the loop --------------------------------------------------------------------------------------- */

static void on_appended(void *data, const struct error *error)
{
    struct withdrawing *withdrawing = data;
    const struct ingest *ingest = withdrawing->ingest;
    if (!error && withdrawing->report.was_there && ingest->grew)
        ingest->grew(ingest->grew_data);
    withdrawing->done(withdrawing->done_data, &withdrawing->report, error);
    free(withdrawing->feed);
    free(withdrawing->instrument);
    free(withdrawing->calendar);
    free(withdrawing->wave);
    free(withdrawing);
}

int ingest_withdraw(struct ingest *ingest, const char *feed, const struct wz_withdrawal *withdrawal,
                    int64_t user, ingest_withdrawn_fn done, void *data, struct error *error)
{
    const struct wz_record record = {.kind = WZ_WITHDRAWAL, .as.withdrawal = *withdrawal};
    if (check_record(&record, error) != 0)
        return -1;
    struct withdrawing *withdrawing = mem_alloc(sizeof *withdrawing);
    *withdrawing = (struct withdrawing){.ingest = ingest,
                                        .feed = mem_copy_text(feed),
                                        .instrument = mem_copy_text(withdrawal->instrument),
                                        .calendar = mem_format("survey:%s", withdrawal->instrument),
                                        .wave = mem_copy_text(withdrawal->wave),
                                        .user = user,
                                        .done = done,
                                        .done_data = data};
    pseudonym_of_person(&ingest->key, withdrawal->respondent, withdrawing->person);
    store_write(ingest->store, append_withdrawal, on_appended, withdrawing);
    return 0;
}
