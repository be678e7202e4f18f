/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/internal.h"

int store_input_intern(struct store_tx *tx, const char *definition, uint32_t *id, uint64_t *position,
                       struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *insert = database_statement(
        database, "INSERT INTO input (definition, position) VALUES (?1, 0) ON CONFLICT DO NOTHING", error);
    sqlite3_stmt *select =
        database_statement(database, "SELECT id, position FROM input WHERE definition = ?1", error);
    if (!insert || !select)
        return -1;
    bind_text(insert, 1, definition);
    if (statement_run(database, insert, error) != 0)
        return -1;
    bind_text(select, 1, definition);
    const int row = statement_next(database, select, error);
    if (row > 0) {
        *id = (uint32_t)sqlite3_column_int64(select, 0);
        *position = (uint64_t)sqlite3_column_int64(select, 1);
    }
    statement_end(select);
    return row > 0 ? 0 : -1;
}

int store_input_advance(struct store_tx *tx, uint32_t input, uint64_t position, struct error *error)
{
    sqlite3_stmt *update =
        database_statement(tx->view.database, "UPDATE input SET position = ?2 WHERE id = ?1", error);
    if (!update)
        return -1;
    bind_number(update, 1, input);
    bind_number(update, 2, (int64_t)position);
    return statement_run(tx->view.database, update, error);
}

/* Runs statements that have one parameter, in turn. */
static int run_all(struct store_tx *tx, const char *const *statements, size_t count, uint64_t parameter,
                   struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        sqlite3_stmt *statement = database_statement(tx->view.database, statements[i], error);
        if (!statement)
            return -1;
        bind_number(statement, 1, (int64_t)parameter);
        if (statement_run(tx->view.database, statement, error) != 0)
            return -1;
    }
    return 0;
}

static int remove_cells(struct store_tx *tx, uint32_t input, struct error *error)
{
    static const char *const statements[] = {"DELETE FROM cell WHERE input = ?1",
                                             "DELETE FROM pending_cell WHERE input = ?1",
                                             "DELETE FROM member WHERE input = ?1"};
    return run_all(tx, statements, sizeof statements / sizeof *statements, input, error);
}

static int remove_input(struct store_tx *tx, uint32_t input, struct error *error)
{
    static const char *const statement = "DELETE FROM input WHERE id = ?1";
    return run_all(tx, &statement, 1, input, error) == 0 ? remove_cells(tx, input, error) : -1;
}

static bool is_among(uint32_t input, const uint32_t *inputs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (inputs[i] == input)
            return true;
    return false;
}

/* 1: *input is the first one above `above`; 0: there is none; -1. */
static int next_input(struct store_tx *tx, uint32_t above, uint32_t *input, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        tx->view.database, "SELECT id FROM input WHERE id > ?1 ORDER BY id LIMIT 1", error);
    if (!select)
        return -1;
    bind_number(select, 1, above);
    const int row = statement_next(tx->view.database, select, error);
    if (row > 0)
        *input = (uint32_t)sqlite3_column_int64(select, 0);
    statement_end(select);
    return row;
}

int store_inputs_keep(struct store_tx *tx, const uint32_t *keep, size_t count, struct error *error)
{
    uint32_t input = 0;
    int row;
    while ((row = next_input(tx, input, &input, error)) > 0)
        if (!is_among(input, keep, count) && remove_input(tx, input, error) != 0)
            return -1;
    return row;
}

int store_input_reset(struct store_tx *tx, uint32_t input, struct error *error)
{
    if (remove_cells(tx, input, error) != 0)
        return -1;
    return store_input_advance(tx, input, 0, error);
}

int store_inputs_reset_behind(struct store_tx *tx, uint64_t through, struct error *error)
{
    static const char *const statements[] = {
        "DELETE FROM cell WHERE input IN (SELECT id FROM input WHERE position < ?1)",
        "DELETE FROM pending_cell WHERE input IN (SELECT id FROM input WHERE position < ?1)",
        "DELETE FROM member WHERE input IN (SELECT id FROM input WHERE position < ?1)",
        "UPDATE input SET position = 0 WHERE position < ?1"};
    return run_all(tx, statements, sizeof statements / sizeof *statements, through, error);
}

int store_cell_get(struct store_view *view, uint32_t input, uint32_t period, uint32_t group, struct buf *out,
                   struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT state FROM cell WHERE input = ?1 AND period = ?2 AND grp = ?3", error);
    if (!select)
        return -1;
    bind_number(select, 1, input);
    bind_number(select, 2, period);
    bind_number(select, 3, group);
    return statement_take(view->database, select, out, error) < 0 ? -1 : 0;
}

int store_cell_put(struct store_tx *tx, uint32_t input, uint32_t period, uint32_t group, const void *bytes,
                   size_t size, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *statement =
        size ? database_statement(
                   database, "REPLACE INTO cell (input, period, grp, state) VALUES (?1, ?2, ?3, ?4)", error)
             : database_statement(database, "DELETE FROM cell WHERE input = ?1 AND period = ?2 AND grp = ?3",
                                  error);
    if (!statement)
        return -1;
    bind_number(statement, 1, input);
    bind_number(statement, 2, period);
    bind_number(statement, 3, group);
    if (size)
        bind_bytes(statement, 4, bytes, size);
    return statement_run(database, statement, error);
}

static int visit_cells(struct store_view *view, sqlite3_stmt *select,
                       int (*visit)(void *data, uint32_t period, uint32_t group, const void *bytes,
                                    size_t size),
                       void *data, struct error *error)
{
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        const void *bytes;
        const size_t size = column_bytes(select, 2, &bytes);
        if (visit(data, (uint32_t)sqlite3_column_int64(select, 0), (uint32_t)sqlite3_column_int64(select, 1),
                  bytes, size) != 0)
            break;
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_cells(struct store_view *view, uint32_t input,
                int (*visit)(void *data, uint32_t period, uint32_t group, const void *bytes, size_t size),
                void *data, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT period, grp, state FROM cell WHERE input = ?1 ORDER BY period, grp", error);
    if (!select)
        return -1;
    bind_number(select, 1, input);
    return visit_cells(view, select, visit, data, error);
}

int store_cells_of_period(struct store_view *view, uint32_t input, uint32_t period,
                          int (*visit)(void *data, uint32_t period, uint32_t group, const void *bytes,
                                       size_t size),
                          void *data, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT period, grp, state FROM cell WHERE input = ?1 AND period = ?2 ORDER BY grp",
        error);
    if (!select)
        return -1;
    bind_number(select, 1, input);
    bind_number(select, 2, period);
    return visit_cells(view, select, visit, data, error);
}
