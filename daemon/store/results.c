/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* A mark that was there is as good as a new one: what was decided of it no longer holds. */
#define MARK_AGAIN " ON CONFLICT DO UPDATE SET decided = 0"

/* Runs a statement whose parameters are an indicator and, where they are not 0, a period and a group. */
static int run_for(struct store_tx *tx, const char *sql, uint32_t indicator, uint32_t period, uint32_t group,
                   struct error *error)
{
    sqlite3_stmt *statement = database_statement(tx->view.database, sql, error);
    if (!statement)
        return -1;
    bind_number(statement, 1, indicator);
    if (period) {
        bind_number(statement, 2, period);
        bind_number(statement, 3, group);
    }
    return statement_run(tx->view.database, statement, error);
}

int store_indicator_intern(struct store_tx *tx, const char *name, uint32_t *id, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *insert = database_statement(
        database, "INSERT INTO indicator (name) VALUES (?1) ON CONFLICT DO NOTHING", error);
    sqlite3_stmt *select = database_statement(database, "SELECT id FROM indicator WHERE name = ?1", error);
    if (!insert || !select)
        return -1;
    bind_text(insert, 1, name);
    if (statement_run(database, insert, error) != 0)
        return -1;
    bind_text(select, 1, name);
    const int row = statement_next(database, select, error);
    if (row > 0)
        *id = (uint32_t)sqlite3_column_int64(select, 0);
    statement_end(select);
    return row > 0 ? 0 : -1;
}

int store_indicator_find(struct store_view *view, const char *name, uint32_t *id, struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT id FROM indicator WHERE name = ?1", error);
    if (!select)
        return -1;
    bind_text(select, 1, name);
    const int row = statement_next(view->database, select, error);
    *id = row > 0 ? (uint32_t)sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_indicators(struct store_view *view, int (*visit)(void *data, uint32_t id, const char *name),
                     void *data, struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT id, name FROM indicator ORDER BY id", error);
    if (!select)
        return -1;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0)
        if (visit(data, (uint32_t)sqlite3_column_int64(select, 0),
                  (const char *)sqlite3_column_text(select, 1)) != 0)
            break;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_indicator_remove(struct store_tx *tx, uint32_t indicator, struct error *error)
{
    if (store_publications_forget(tx, indicator, error) != 0 ||
        run_for(tx, "DELETE FROM result WHERE indicator = ?1", indicator, 0, 0, error) != 0 ||
        run_for(tx, "DELETE FROM stale WHERE indicator = ?1", indicator, 0, 0, error) != 0)
        return -1;
    return run_for(tx, "DELETE FROM indicator WHERE id = ?1", indicator, 0, 0, error);
}

/* ---- marks --------------------------------------------------------------------------------------------- */

int store_stale_mark(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t group,
                     struct error *error)
{
    return run_for(tx, "INSERT INTO stale (indicator, period, grp) VALUES (?1, ?2, ?3)" MARK_AGAIN, indicator,
                   period, group, error);
}

int store_stale_clear(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t group,
                      struct error *error)
{
    return run_for(tx, "DELETE FROM stale WHERE indicator = ?1 AND period = ?2 AND grp = ?3", indicator,
                   period, group, error);
}

int store_stale_mark_all(struct store_tx *tx, uint32_t indicator, uint32_t input, struct error *error)
{
    if (run_for(tx,
                "INSERT INTO stale (indicator, period, grp) SELECT indicator, period, grp FROM result "
                "WHERE indicator = ?1" MARK_AGAIN,
                indicator, 0, 0, error) != 0)
        return -1;
    sqlite3_stmt *insert =
        database_statement(tx->view.database,
                           "INSERT INTO stale (indicator, period, grp) SELECT ?1, period, grp "
                           "FROM cell WHERE input = ?2" MARK_AGAIN,
                           error);
    if (!insert)
        return -1;
    bind_number(insert, 1, indicator);
    bind_number(insert, 2, input);
    return statement_run(tx->view.database, insert, error);
}

int store_stale_mark_groups(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t input,
                            struct error *error)
{
    return run_for(tx,
                   "INSERT INTO stale (indicator, period, grp) "
                   "SELECT ?1, ?2, grp FROM (SELECT grp FROM cell WHERE input = ?3 "
                   "UNION SELECT grp FROM result WHERE indicator = ?1 AND period = ?2) WHERE true" MARK_AGAIN,
                   indicator, period, input, error);
}

int store_stale_decided(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t first,
                        uint32_t last, struct error *error)
{
    sqlite3_stmt *update =
        database_statement(tx->view.database,
                           "UPDATE stale SET decided = 1 WHERE indicator = ?1 AND period = ?2 AND grp "
                           "BETWEEN ?3 AND ?4 AND decided = 0",
                           error);
    if (!update)
        return -1;
    bind_number(update, 1, indicator);
    bind_number(update, 2, period);
    bind_number(update, 3, first);
    bind_number(update, 4, last);
    return statement_run(tx->view.database, update, error);
}

int store_stale_decided_all(struct store_tx *tx, uint32_t indicator, struct error *error)
{
    return run_for(tx, "UPDATE stale SET decided = 1 WHERE indicator = ?1", indicator, 0, 0, error);
}

int store_stale(struct store_view *view, uint32_t indicator, size_t limit,
                int (*visit)(void *data, uint32_t period, uint32_t group, bool decided), void *data,
                struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database,
        "SELECT period, grp, decided FROM stale WHERE indicator = ?1 ORDER BY period, grp LIMIT ?2", error);
    if (!select)
        return -1;
    bind_number(select, 1, indicator);
    bind_number(select, 2, (int64_t)limit);
    int row;
    while ((row = statement_next(view->database, select, error)) > 0)
        if (visit(data, (uint32_t)sqlite3_column_int64(select, 0), (uint32_t)sqlite3_column_int64(select, 1),
                  sqlite3_column_int(select, 2) != 0) != 0)
            break;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* ---- results ------------------------------------------------------------------------------------------- */

static void bind_result(sqlite3_stmt *statement, uint32_t indicator, const struct store_result *result)
{
    bind_number(statement, 1, indicator);
    bind_number(statement, 2, result->period);
    bind_number(statement, 3, result->group);
    bind_number(statement, 4, result->kind);
    if (result->kind == STORE_NUMBER)
        sqlite3_bind_double(statement, 5, result->value);
    else if (result->kind == STORE_INTEGER)
        bind_number(statement, 5, result->integer);
    bind_text(statement, 6, result->reason);
    bind_number(statement, 7, result->n);
    if (result->has_ci) {
        sqlite3_bind_double(statement, 8, result->ci[0]);
        sqlite3_bind_double(statement, 9, result->ci[1]);
    }
    bind_text(statement, 10, result->extra);
    bind_number(statement, 11, result->computed_at);
}

int store_result_put(struct store_tx *tx, uint32_t indicator, const struct store_result *result,
                     struct error *error)
{
    sqlite3_stmt *replace = database_statement(
        tx->view.database,
        "REPLACE INTO result (indicator, period, grp, kind, value, reason, n, low, high, extra, "
        "computed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        error);
    if (!replace)
        return -1;
    bind_result(replace, indicator, result);
    if (statement_run(tx->view.database, replace, error) != 0)
        return -1;
    if (!result->published &&
        run_for(tx, "UPDATE publication SET ready = 1 WHERE period = ?2 AND grp = ?3 AND indicator = ?1",
                indicator, result->period, result->group, error) != 0)
        return -1;
    return store_stale_clear(tx, indicator, result->period, result->group, error);
}

int store_result_remove(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t group,
                        struct error *error)
{
    if (run_for(tx, "DELETE FROM result WHERE indicator = ?1 AND period = ?2 AND grp = ?3", indicator, period,
                group, error) != 0 ||
        run_for(tx, "DELETE FROM publication WHERE period = ?2 AND grp = ?3 AND indicator = ?1", indicator,
                period, group, error) != 0)
        return -1;
    return store_stale_clear(tx, indicator, period, group, error);
}

int store_result_outlive(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t group,
                         struct error *error)
{
    if (run_for(tx, "UPDATE result SET outlived = 1 WHERE indicator = ?1 AND period = ?2 AND grp = ?3",
                indicator, period, group, error) != 0)
        return -1;
    return store_stale_clear(tx, indicator, period, group, error);
}

static int remove_behind(struct store_tx *tx, uint32_t indicator, bool all, struct error *error)
{
    static const char *const statements[] = {
        "INSERT INTO stale (indicator, period, grp) SELECT indicator, period, grp FROM result "
        "WHERE indicator = ?1 AND (outlived OR ?2)" MARK_AGAIN,
        "DELETE FROM result WHERE indicator = ?1 AND EXISTS (SELECT 1 FROM stale "
        "WHERE stale.indicator = result.indicator AND stale.period = result.period AND stale.grp = "
        "result.grp)"};
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        sqlite3_stmt *statement = database_statement(tx->view.database, statements[i], error);
        if (!statement)
            return -1;
        bind_number(statement, 1, indicator);
        if (i == 0)
            bind_number(statement, 2, all);
        if (statement_run(tx->view.database, statement, error) != 0)
            return -1;
    }
    return 0;
}

struct id_list {
    uint32_t *all;
    size_t count;
};

static int take_id(void *data, uint32_t id, const char *name)
{
    (void)name;
    struct id_list *list = data;
    list->all = mem_resize(list->all, list->count + 1, sizeof *list->all);
    list->all[list->count++] = id;
    return 0;
}

int store_results_remove_behind(struct store_tx *tx, const uint32_t *followed, size_t count,
                                struct error *error)
{
    struct id_list indicators = {0};
    int result = store_indicators(&tx->view, take_id, &indicators, error);
    for (size_t i = 0; i < indicators.count && result == 0; i++) {
        bool is_followed = false;
        for (size_t k = 0; k < count && !is_followed; k++)
            is_followed = followed[k] == indicators.all[i];
        result = remove_behind(tx, indicators.all[i], !is_followed, error);
    }
    free(indicators.all);
    return result;
}

#define RESULT_COLUMNS                                                                                       \
    "period, grp, kind, value, reason, n, low, high, extra, computed_at, outlived, EXISTS (SELECT 1 FROM "   \
    "stale WHERE stale.indicator = result.indicator AND stale.period = result.period AND stale.grp = "       \
    "result.grp), EXISTS (SELECT 1 FROM publication AS p WHERE p.period = result.period AND p.grp = "        \
    "result.grp AND p.indicator = result.indicator AND p.ready)"

static void read_result(sqlite3_stmt *row, struct store_result *result)
{
    *result = (struct store_result){
        .period = (uint32_t)sqlite3_column_int64(row, 0),
        .group = (uint32_t)sqlite3_column_int64(row, 1),
        .kind = (enum store_value_kind)sqlite3_column_int(row, 2),
        .reason = (const char *)sqlite3_column_text(row, 4),
        .n = sqlite3_column_int64(row, 5),
        .has_ci = sqlite3_column_type(row, 6) != SQLITE_NULL,
        .ci = {sqlite3_column_double(row, 6), sqlite3_column_double(row, 7)},
        .extra = (const char *)sqlite3_column_text(row, 8),
        .computed_at = sqlite3_column_int64(row, 9),
        .outlived = sqlite3_column_int(row, 10) != 0,
        .marked = sqlite3_column_int(row, 11) != 0,
        .published = sqlite3_column_int(row, 12) != 0,
    };
    if (result->kind == STORE_NUMBER)
        result->value = sqlite3_column_double(row, 3);
    else if (result->kind == STORE_INTEGER)
        result->integer = sqlite3_column_int64(row, 3);
}

int store_results(struct store_view *view, uint32_t indicator, uint32_t period,
                  int (*visit)(void *data, const struct store_result *result), void *data,
                  struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database,
                           "SELECT " RESULT_COLUMNS " FROM result "
                           "WHERE indicator = ?1 AND (?2 = 0 OR period = ?2) ORDER BY period, grp",
                           error);
    if (!select)
        return -1;
    bind_number(select, 1, indicator);
    bind_number(select, 2, period);
    struct store_result result;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        read_result(select, &result);
        if (visit(data, &result) != 0)
            break;
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* Moves a text behind what `texts` holds; its place, for the bytes may still move. */
static size_t keep_text(struct buf *texts, const char *text)
{
    const size_t at = texts->size;
    if (text)
        buf_put(texts, text, strlen(text) + 1);
    return at;
}

int store_result_get(struct store_view *view, uint32_t indicator, uint32_t period, uint32_t group,
                     struct store_result *result, struct buf *texts, bool *found, struct error *error)
{
    sqlite3_stmt *select = database_statement(view->database,
                                              "SELECT " RESULT_COLUMNS " FROM result "
                                              "WHERE indicator = ?1 AND period = ?2 AND grp = ?3",
                                              error);
    if (!select)
        return -1;
    bind_number(select, 1, indicator);
    bind_number(select, 2, period);
    bind_number(select, 3, group);
    const int row = statement_next(view->database, select, error);
    *found = row > 0;
    if (*found) {
        read_result(select, result);
        buf_clear(texts);
        const size_t reason = keep_text(texts, result->reason), extra = keep_text(texts, result->extra);
        result->reason = result->reason ? (const char *)texts->data + reason : NULL;
        result->extra = result->extra ? (const char *)texts->data + extra : NULL;
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}
