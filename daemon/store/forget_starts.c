/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a wave begins is when its first response was submitted: of one that goes, that must not stay behind.
 */
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
    starts->all[starts->count++] =
        (struct wave_start){.period = period->id, .was = period->starts, .is = INT64_MIN};
    return 0;
}

static int visit_bodies(struct store_view *view, sqlite3_stmt *select,
                        void (*visit)(struct wave_start *start, int64_t submitted),
                        struct wave_starts *starts, struct error *error)
{
    struct response response = {0};
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        const void *bytes;
        const size_t size = column_bytes(select, 0, &bytes);
        struct wave_start *start =
            response_decode(&response, bytes, size) == 0 ? find(starts, response.period) : NULL;
        if (start && response.submitted != INT64_MIN)
            visit(start, response.submitted);
    }
    statement_end(select);
    response_free(&response);
    return row < 0 ? -1 : 0;
}

static void note_first(struct wave_start *start, int64_t submitted)
{
    start->goes |= submitted == start->was;
}

int wave_starts_find(struct wave_starts *starts, struct store_view *view, uint64_t forgetting,
                     struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database,
        "SELECT body FROM log WHERE kind = 1 AND seq IN (SELECT seq FROM forgotten WHERE forgetting = ?1)",
        error);
    if (!select || store_periods(view, take_period, starts, error) != 0)
        return -1;
    bind_number(select, 1, (int64_t)forgetting);
    return visit_bodies(view, select, note_first, starts, error);
}

/* ---- when they begin without it ------------------------------------------------------------------------ */

static void note_earliest(struct wave_start *start, int64_t submitted)
{
    if (start->is == INT64_MIN || submitted < start->is)
        start->is = submitted;
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

static bool any_goes(const struct wave_starts *starts)
{
    for (size_t i = 0; i < starts->count; i++)
        if (starts->all[i].goes)
            return true;
    return false;
}

int wave_starts_renew(struct wave_starts *starts, struct store_tx *tx, struct error *error)
{
    if (!any_goes(starts))
        return 0;
    sqlite3_stmt *select =
        database_statement(tx->view.database, "SELECT body FROM log WHERE kind = 1", error);
    if (!select || visit_bodies(&tx->view, select, note_earliest, starts, error) != 0)
        return -1;
    for (size_t i = 0; i < starts->count; i++)
        if (starts->all[i].goes && starts->all[i].is != starts->all[i].was &&
            keep_start(tx, &starts->all[i], error) != 0)
            return -1;
    names_clear(&tx->names); /* they know when waves began */
    return 0;
}

void wave_starts_free(struct wave_starts *starts)
{
    free(starts->all);
    *starts = (struct wave_starts){0};
}
