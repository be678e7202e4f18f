/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/internal.h"

/* Runs a statement whose parameters are an alert and, where it is not 0, another number. */
static int run_for(struct store_tx *tx, const char *sql, uint32_t alert, uint32_t other, struct error *error)
{
    sqlite3_stmt *statement = database_statement(tx->view.database, sql, error);
    if (!statement)
        return -1;
    bind_number(statement, 1, alert);
    if (other)
        bind_number(statement, 2, other);
    return statement_run(tx->view.database, statement, error);
}

/* ---- names --------------------------------------------------------------------------------------------- */

int store_alert_intern(struct store_tx *tx, const char *name, uint32_t *id, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *insert =
        database_statement(database, "INSERT INTO alert (name) VALUES (?1) ON CONFLICT DO NOTHING", error);
    sqlite3_stmt *select = database_statement(database, "SELECT id FROM alert WHERE name = ?1", error);
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

int store_alerts(struct store_view *view, int (*visit)(void *data, uint32_t id, const char *name), void *data,
                 struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT id, name FROM alert ORDER BY id", error);
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

int store_alert_remove(struct store_tx *tx, uint32_t alert, struct error *error)
{
    if (run_for(tx, "DELETE FROM alert_state WHERE alert = ?1", alert, 0, error) != 0 ||
        run_for(tx, "DELETE FROM alert_due WHERE alert = ?1", alert, 0, error) != 0)
        return -1;
    return run_for(tx, "DELETE FROM alert WHERE id = ?1", alert, 0, error);
}

/* ---- states -------------------------------------------------------------------------------------------- */

int store_alert_state_put(struct store_tx *tx, const struct store_alert_state *state, struct error *error)
{
    if (state->stage == 0)
        return run_for(tx, "DELETE FROM alert_state WHERE alert = ?1 AND grp = ?2", state->alert,
                       state->group, error);
    sqlite3_stmt *replace =
        database_statement(tx->view.database,
                           "REPLACE INTO alert_state (alert, grp, stage, since, lapsed, body) "
                           "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                           error);
    if (!replace)
        return -1;
    bind_number(replace, 1, state->alert);
    bind_number(replace, 2, state->group);
    bind_number(replace, 3, state->stage);
    bind_number(replace, 4, state->since);
    bind_number(replace, 5, state->lapsed);
    bind_text(replace, 6, state->body);
    return statement_run(tx->view.database, replace, error);
}

static void read_state(sqlite3_stmt *row, struct store_alert_state *state)
{
    *state = (struct store_alert_state){.alert = (uint32_t)sqlite3_column_int64(row, 0),
                                        .group = (uint32_t)sqlite3_column_int64(row, 1),
                                        .stage = sqlite3_column_int(row, 2),
                                        .since = sqlite3_column_int64(row, 3),
                                        .lapsed = sqlite3_column_int64(row, 4),
                                        .body = (const char *)sqlite3_column_text(row, 5)};
}

int store_alert_states(struct store_view *view, uint32_t alert,
                       int (*visit)(void *data, const struct store_alert_state *state), void *data,
                       struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database,
                           "SELECT alert, grp, stage, since, lapsed, body FROM alert_state "
                           "WHERE ?1 = 0 OR alert = ?1 ORDER BY alert, grp",
                           error);
    if (!select)
        return -1;
    bind_number(select, 1, alert);
    struct store_alert_state state;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        read_state(select, &state);
        if (visit(data, &state) != 0)
            break;
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_alert_state_get(struct store_view *view, uint32_t alert, uint32_t group,
                          struct store_alert_state *state, struct buf *body, struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database,
                           "SELECT alert, grp, stage, since, lapsed, body FROM alert_state "
                           "WHERE alert = ?1 AND grp = ?2",
                           error);
    if (!select)
        return -1;
    bind_number(select, 1, alert);
    bind_number(select, 2, group);
    const int row = statement_next(view->database, select, error);
    buf_clear(body);
    *state = (struct store_alert_state){.alert = alert, .group = group};
    if (row > 0) {
        read_state(select, state);
        buf_put(body, state->body, (size_t)sqlite3_column_bytes(select, 5));
    }
    buf_put_u8(body, 0);
    state->body = NULL; /* in `body` now */
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* ---- marks --------------------------------------------------------------------------------------------- */

int store_alert_due_mark(struct store_tx *tx, uint32_t alert, uint32_t group, struct error *error)
{
    return run_for(tx, "INSERT INTO alert_due (alert, grp) VALUES (?1, ?2) ON CONFLICT DO NOTHING", alert,
                   group, error);
}

int store_alert_due_clear(struct store_tx *tx, uint32_t alert, uint32_t group, struct error *error)
{
    return run_for(tx, "DELETE FROM alert_due WHERE alert = ?1 AND grp = ?2", alert, group, error);
}

int store_alert_due_mark_all(struct store_tx *tx, uint32_t alert, uint32_t indicator, struct error *error)
{
    if (run_for(tx,
                "INSERT INTO alert_due (alert, grp) SELECT alert, grp FROM alert_state WHERE alert = ?1 "
                "ON CONFLICT DO NOTHING",
                alert, 0, error) != 0)
        return -1;
    return run_for(
        tx,
        "INSERT INTO alert_due (alert, grp) SELECT DISTINCT ?1, grp FROM result WHERE indicator = ?2 "
        "ON CONFLICT DO NOTHING",
        alert, indicator, error);
}

int store_alert_due(struct store_view *view, uint32_t alert, size_t limit,
                    int (*visit)(void *data, uint32_t group), void *data, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT grp FROM alert_due WHERE alert = ?1 ORDER BY grp LIMIT ?2", error);
    if (!select)
        return -1;
    bind_number(select, 1, alert);
    bind_number(select, 2, (int64_t)limit);
    int row;
    while ((row = statement_next(view->database, select, error)) > 0)
        if (visit(data, (uint32_t)sqlite3_column_int64(select, 0)) != 0)
            break;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* ---- the log ------------------------------------------------------------------------------------------- */

int store_alert_log_append(struct store_tx *tx, const char *body, struct error *error)
{
    sqlite3_stmt *insert =
        database_statement(tx->view.database, "INSERT INTO alert_log (body) VALUES (?1)", error);
    if (!insert)
        return -1;
    bind_text(insert, 1, body);
    return statement_run(tx->view.database, insert, error);
}

int store_alert_log_after(struct store_view *view, uint64_t position, size_t limit,
                          int (*visit)(void *data, uint64_t position, const char *body), void *data,
                          struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT seq, body FROM alert_log WHERE seq > ?1 ORDER BY seq LIMIT ?2", error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    bind_number(select, 2, (int64_t)limit);
    int row;
    while ((row = statement_next(view->database, select, error)) > 0)
        if (visit(data, (uint64_t)sqlite3_column_int64(select, 0),
                  (const char *)sqlite3_column_text(select, 1)) != 0)
            break;
    statement_end(select);
    return row < 0 ? -1 : 0;
}
