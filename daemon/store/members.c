/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/internal.h"

static sqlite3_stmt *prepare(struct database *database, const char *sql, const struct store_member *member,
                             struct error *error)
{
    sqlite3_stmt *statement = database_statement(database, sql, error);
    if (!statement)
        return NULL;
    bind_number(statement, 1, member->input);
    bind_number(statement, 2, member->period);
    bind_number(statement, 3, member->group);
    bind_number(statement, 4, member->tally);
    return statement;
}

#define TALLY "input = ?1 AND period = ?2 AND grp = ?3 AND tally = ?4"

int store_member_get(struct store_view *view, const struct store_member *member, struct buf *out,
                     struct error *error)
{
    sqlite3_stmt *select =
        prepare(view->database, "SELECT state FROM member WHERE " TALLY " AND part = ?5", member, error);
    if (!select)
        return -1;
    bind_number(select, 5, member->part);
    return statement_take(view->database, select, out, error) < 0 ? -1 : 0;
}

int store_member_put(struct store_tx *tx, const struct store_member *member, const void *bytes, size_t size,
                     struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *statement = prepare(
        database,
        size ? "REPLACE INTO member (input, period, grp, tally, part, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
             : "DELETE FROM member WHERE " TALLY " AND part = ?5",
        member, error);
    if (!statement)
        return -1;
    bind_number(statement, 5, member->part);
    if (size)
        bind_bytes(statement, 6, bytes, size);
    return statement_run(database, statement, error);
}

int store_members(struct store_view *view, const struct store_member *member,
                  int (*visit)(void *data, const void *bytes, size_t size), void *data, struct error *error)
{
    sqlite3_stmt *select =
        prepare(view->database, "SELECT state FROM member WHERE " TALLY " ORDER BY part", member, error);
    if (!select)
        return -1;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        const void *bytes;
        const size_t size = column_bytes(select, 0, &bytes);
        if (visit(data, bytes, size) != 0)
            break;
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}
