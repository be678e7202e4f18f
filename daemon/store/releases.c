/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits to be released, and how far what came in has been. */
#include "store/internal.h"

/* ---- cells that wait ----------------------------------------------------------------------------------- */

int store_pending_get(struct store_view *view, uint32_t period, uint32_t group, uint32_t input,
                      struct buf *out, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT state FROM pending_cell WHERE period = ?1 AND grp = ?2 AND input = ?3",
        error);
    if (!select)
        return -1;
    bind_number(select, 1, period);
    bind_number(select, 2, group);
    bind_number(select, 3, input);
    return statement_take(view->database, select, out, error) < 0 ? -1 : 0;
}

int store_pending_put(struct store_tx *tx, uint32_t period, uint32_t group, uint32_t input, const void *bytes,
                      size_t size, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *statement =
        size ? database_statement(
                   database, "REPLACE INTO pending_cell (period, grp, input, state) VALUES (?1, ?2, ?3, ?4)",
                   error)
             : database_statement(
                   database, "DELETE FROM pending_cell WHERE period = ?1 AND grp = ?2 AND input = ?3", error);
    if (!statement)
        return -1;
    bind_number(statement, 1, period);
    bind_number(statement, 2, group);
    bind_number(statement, 3, input);
    if (size)
        bind_bytes(statement, 4, bytes, size);
    return statement_run(database, statement, error);
}

static sqlite3_stmt *select_pending(struct store_view *view, uint32_t period, struct error *error)
{
    if (!period)
        return database_statement(
            view->database, "SELECT period, grp, input, state FROM pending_cell ORDER BY period, grp, input",
            error);
    sqlite3_stmt *select = database_statement(
        view->database,
        "SELECT period, grp, input, state FROM pending_cell WHERE period = ?1 ORDER BY grp, input", error);
    if (select)
        bind_number(select, 1, period);
    return select;
}

int store_pending(struct store_view *view, uint32_t period,
                  int (*visit)(void *data, uint32_t period, uint32_t group, uint32_t input, const void *bytes,
                               size_t size),
                  void *data, struct error *error)
{
    sqlite3_stmt *select = select_pending(view, period, error);
    if (!select)
        return -1;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        const void *bytes;
        const size_t size = column_bytes(select, 3, &bytes);
        if (visit(data, (uint32_t)sqlite3_column_int64(select, 0), (uint32_t)sqlite3_column_int64(select, 1),
                  (uint32_t)sqlite3_column_int64(select, 2), bytes, size) != 0)
            break;
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* A group has a cell for each input: from group to group it takes a step each, not one for each cell. */
int store_pending_groups(struct store_view *view, int (*visit)(void *data, uint32_t period, uint32_t group),
                         void *data, struct error *error)
{
    uint32_t period = 0, group = 0;
    int row;
    do {
        sqlite3_stmt *select = database_statement(view->database,
                                                  "SELECT period, grp FROM pending_cell WHERE (period, grp) "
                                                  "> (?1, ?2) ORDER BY period, grp LIMIT 1",
                                                  error);
        if (!select)
            return -1;
        bind_number(select, 1, period);
        bind_number(select, 2, group);
        row = statement_next(view->database, select, error);
        if (row > 0) {
            period = (uint32_t)sqlite3_column_int64(select, 0);
            group = (uint32_t)sqlite3_column_int64(select, 1);
        }
        statement_end(select);
    } while (row > 0 && visit(data, period, group) == 0);
    return row < 0 ? -1 : 0;
}

/* ---- how far ------------------------------------------------------------------------------------------- */

int store_releases(struct store_view *view,
                   int (*visit)(void *data, uint32_t period, uint32_t group, uint64_t position, bool wanted),
                   void *data, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT period, grp, position, wanted FROM release ORDER BY period, grp", error);
    if (!select)
        return -1;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0)
        if (visit(data, (uint32_t)sqlite3_column_int64(select, 0), (uint32_t)sqlite3_column_int64(select, 1),
                  (uint64_t)sqlite3_column_int64(select, 2), sqlite3_column_int(select, 3) != 0) != 0)
            break;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* What the whole period is released up to says nothing of a group that is further on. */
static int remove_groups_up_to(struct store_tx *tx, uint32_t period, uint64_t position, struct error *error)
{
    sqlite3_stmt *remove = database_statement(
        tx->view.database,
        "DELETE FROM release WHERE period = ?1 AND grp <> 0 AND position <= ?2 AND wanted <= ?2", error);
    if (!remove)
        return -1;
    bind_number(remove, 1, period);
    bind_number(remove, 2, (int64_t)position);
    return statement_run(tx->view.database, remove, error);
}

/* ---- who moved ----------------------------------------------------------------------------------------- */

int store_moved_note(struct store_tx *tx, uint32_t period, uint32_t group, uint64_t position,
                     struct error *error)
{
    sqlite3_stmt *note = database_statement(
        tx->view.database,
        "INSERT INTO moved (period, grp, people, position) VALUES (?1, ?2, 1, ?3) ON CONFLICT DO UPDATE "
        "SET people = people + 1, position = ?3 WHERE position < ?3",
        error);
    if (!note)
        return -1;
    bind_number(note, 1, period);
    bind_number(note, 2, group);
    bind_number(note, 3, (int64_t)position);
    return statement_run(tx->view.database, note, error);
}

int store_moved(struct store_view *view,
                int (*visit)(void *data, uint32_t period, uint32_t group, int64_t people), void *data,
                struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT period, grp, people FROM moved ORDER BY period, grp", error);
    if (!select)
        return -1;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0)
        if (visit(data, (uint32_t)sqlite3_column_int64(select, 0), (uint32_t)sqlite3_column_int64(select, 1),
                  sqlite3_column_int64(select, 2)) != 0)
            break;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* Of all groups of the period where `group` is 0. */
static int forget_moved(struct store_tx *tx, uint32_t period, uint32_t group, uint64_t position,
                        struct error *error)
{
    sqlite3_stmt *remove = database_statement(
        tx->view.database, "DELETE FROM moved WHERE period = ?1 AND (?2 = 0 OR grp = ?2) AND position <= ?3",
        error);
    if (!remove)
        return -1;
    bind_number(remove, 1, period);
    bind_number(remove, 2, group);
    bind_number(remove, 3, (int64_t)position);
    return statement_run(tx->view.database, remove, error);
}

int store_release_put(struct store_tx *tx, uint32_t period, uint32_t group, uint64_t position,
                      struct error *error)
{
    sqlite3_stmt *put = database_statement(
        tx->view.database,
        "INSERT INTO release (period, grp, position, wanted) VALUES (?1, ?2, ?3, 0) ON CONFLICT DO UPDATE "
        "SET position = ?3, wanted = CASE WHEN wanted > ?3 THEN wanted ELSE 0 END",
        error);
    if (!put || (!group && remove_groups_up_to(tx, period, position, error) != 0) ||
        forget_moved(tx, period, group, position, error) != 0)
        return -1;
    bind_number(put, 1, period);
    bind_number(put, 2, group);
    bind_number(put, 3, (int64_t)position);
    return statement_run(tx->view.database, put, error);
}

int store_release_want(struct store_tx *tx, uint32_t period, uint32_t group, uint64_t through,
                       struct error *error)
{
    sqlite3_stmt *insert = database_statement(tx->view.database,
                                              "INSERT INTO release (period, grp, position, wanted) "
                                              "VALUES (?1, ?2, 0, ?3) ON CONFLICT DO UPDATE SET wanted = "
                                              "max(wanted, ?3)",
                                              error);
    if (!insert)
        return -1;
    bind_number(insert, 1, period);
    bind_number(insert, 2, group);
    bind_number(insert, 3, (int64_t)through);
    return statement_run(tx->view.database, insert, error);
}
