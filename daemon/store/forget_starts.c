/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a wave begins is when its first response was submitted, and it ends with the last one: of one that
 * goes, that must not stay behind. */
#include "store/forget_starts.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- waves that begin with what goes ------------------------------------------------------------------- */

static struct wave_start *find(const struct wave_starts *starts, uint32_t period)
{
    for (size_t i = 0; i < starts->count; i++)
        if (starts->all[i].period == period)
            return &starts->all[i];
    return NULL;
}

static int take_period(void *data, const struct store_period *period)
{
    struct wave_starts *starts = data;
    if (strncmp(period->calendar, "survey:", strlen("survey:")) != 0)
        return 0;
    starts->all = mem_resize(starts->all, starts->count + 1, sizeof *starts->all);
    starts->all[starts->count++] = (struct wave_start){.period = period->id,
                                                       .was = period->starts,
                                                       .is = INT64_MIN,
                                                       .latest_was = period->latest,
                                                       .latest_is = INT64_MIN};
    return 0;
}

typedef int (*visit_fn)(struct wave_start *start, struct store_view *view, uint64_t position,
                        int64_t submitted, struct error *error);

static int visit_responses(struct store_view *view, sqlite3_stmt *select, visit_fn visit,
                           struct wave_starts *starts, struct error *error)
{
    struct response response = {0};
    int row, result = 0;
    while (result == 0 && (row = statement_next(view->database, select, error)) > 0) {
        const void *bytes;
        const size_t size = column_bytes(select, 1, &bytes);
        struct wave_start *start =
            response_decode(&response, bytes, size) == 0 ? find(starts, response.period) : NULL;
        if (start)
            result = visit(start, view, (uint64_t)sqlite3_column_int64(select, 0), response.submitted, error);
    }
    statement_end(select);
    response_free(&response);
    return result != 0 || row < 0 ? -1 : 0;
}

static int note_goes(struct wave_start *start, struct store_view *view, uint64_t position, int64_t submitted,
                     struct error *error)
{
    (void)view, (void)position, (void)error;
    start->goes |= submitted != INT64_MIN && submitted == start->was;
    start->latest_goes |= submitted != INT64_MIN && submitted == start->latest_was;
    return 0;
}

int wave_starts_find(struct wave_starts *starts, struct store_view *view, uint64_t forgetting,
                     struct error *error)
{
    sqlite3_stmt *select = database_statement(view->database,
                                              "SELECT seq, body FROM log WHERE kind = 1 AND seq IN (SELECT "
                                              "seq FROM forgotten WHERE forgetting = ?1)",
                                              error);
    if (!select || store_periods(view, take_period, starts, error) != 0)
        return -1;
    bind_number(select, 1, (int64_t)forgetting);
    return visit_responses(view, select, note_goes, starts, error);
}

/* ---- when they begin without it ------------------------------------------------------------------------ */

/* As when it was taken in (ingest/batch.c): nothing was submitted later than it came. */
static int note_latest(struct wave_start *start, struct store_view *view, uint64_t position,
                       int64_t submitted, struct error *error)
{
    int64_t arrived;
    if (submitted != INT64_MIN && submitted <= start->latest_is)
        return 0;
    if (log_arrival(view, position, &arrived, error) != 0)
        return -1;
    const int64_t time = submitted == INT64_MIN || submitted > arrived ? arrived : submitted;
    if (time > start->latest_is)
        start->latest_is = time;
    return 0;
}

static int note_left(struct wave_start *start, struct store_view *view, uint64_t position, int64_t submitted,
                     struct error *error)
{
    if (submitted != INT64_MIN && (start->is == INT64_MIN || submitted < start->is))
        start->is = submitted;
    return start->latest_goes ? note_latest(start, view, position, submitted, error) : 0;
}

/* Waves may follow each other in another order now. */
static int keep_start(struct store_tx *tx, const struct wave_start *start, struct error *error)
{
    static const char *const statements[] = {
        "UPDATE period SET starts = ?2 WHERE id = ?1",
        "INSERT INTO stale (indicator, period, grp) SELECT indicator, period, grp FROM result WHERE period "
        "IN "
        "(SELECT id FROM period WHERE calendar = (SELECT calendar FROM period WHERE id = ?1)) "
        "ON CONFLICT DO UPDATE SET decided = 0"};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        sqlite3_stmt *statement = database_statement(tx->view.database, statements[i], error);
        if (!statement)
            return -1;
        bind_number(statement, 1, start->period);
        if (i == 0)
            bind_number(statement, 2, start->is);
        if (statement_run(tx->view.database, statement, error) != 0)
            return -1;
    }
    return 0;
}

static int keep_latest(struct store_tx *tx, const struct wave_start *start, struct error *error)
{
    sqlite3_stmt *update =
        database_statement(tx->view.database, "UPDATE period SET latest = ?2 WHERE id = ?1", error);
    if (!update)
        return -1;
    bind_number(update, 1, start->period);
    bind_number(update, 2, start->latest_is);
    return statement_run(tx->view.database, update, error);
}

static int keep(struct store_tx *tx, const struct wave_start *start, struct error *error)
{
    if (start->goes && start->is != start->was && keep_start(tx, start, error) != 0)
        return -1;
    return start->latest_goes ? keep_latest(tx, start, error) : 0;
}

static bool any_goes(const struct wave_starts *starts)
{
    for (size_t i = 0; i < starts->count; i++)
        if (starts->all[i].goes || starts->all[i].latest_goes)
            return true;
    return false;
}

int wave_starts_renew(struct wave_starts *starts, struct store_tx *tx, struct error *error)
{
    if (!any_goes(starts))
        return 0;
    sqlite3_stmt *select =
        database_statement(tx->view.database, "SELECT seq, body FROM log WHERE kind = 1", error);
    if (!select || visit_responses(&tx->view, select, note_left, starts, error) != 0)
        return -1;
    for (size_t i = 0; i < starts->count; i++)
        if (keep(tx, &starts->all[i], error) != 0)
            return -1;
    names_clear(&tx->names); /* they know when waves began */
    return 0;
}

void wave_starts_free(struct wave_starts *starts)
{
    free(starts->all);
    *starts = (struct wave_starts){0};
}
