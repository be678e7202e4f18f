/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is published: which indicator of which group may be shown. What has no row here is withheld. */
#include "store/internal.h"

int store_publication_put(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t group,
                          bool published, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *statement =
        published
            ? database_statement(database,
                                 "INSERT INTO publication (period, grp, indicator, ready) "
                                 "VALUES (?1, ?2, ?3, 0) ON CONFLICT DO NOTHING",
                                 error)
            : database_statement(database,
                                 "DELETE FROM publication WHERE period = ?1 AND grp = ?2 AND indicator = ?3",
                                 error);
    if (!statement)
        return -1;
    bind_number(statement, 1, period);
    bind_number(statement, 2, group);
    bind_number(statement, 3, indicator);
    if (statement_run(database, statement, error) != 0)
        return -1;
    return store_stale_mark(tx, indicator, period, group, error);
}

int store_publication_get(struct store_view *view, uint32_t indicator, uint32_t period, uint32_t group,
                          bool *published, bool *is_shown, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT ready FROM publication WHERE period = ?1 AND grp = ?2 AND indicator = ?3",
        error);
    if (!select)
        return -1;
    bind_number(select, 1, period);
    bind_number(select, 2, group);
    bind_number(select, 3, indicator);
    const int row = statement_next(view->database, select, error);
    *published = row > 0;
    *is_shown = row > 0 && sqlite3_column_int(select, 0);
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_publications(struct store_view *view, uint32_t period, uint32_t first, uint32_t last,
                       int (*visit)(void *data, uint32_t group, uint32_t indicator), void *data,
                       struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database,
        "SELECT grp, indicator FROM publication WHERE period = ?1 AND grp BETWEEN ?2 AND ?3 "
        "ORDER BY grp, indicator",
        error);
    if (!select)
        return -1;
    bind_number(select, 1, period);
    bind_number(select, 2, first);
    bind_number(select, 3, last);
    int row;
    while ((row = statement_next(view->database, select, error)) > 0)
        if (visit(data, (uint32_t)sqlite3_column_int64(select, 0),
                  (uint32_t)sqlite3_column_int64(select, 1)) != 0)
            break;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* ---- what stays withheld ------------------------------------------------------------------------------- */

int store_withheld_put(struct store_tx *tx, uint32_t indicator, uint32_t period, uint32_t group,
                       struct error *error)
{
    sqlite3_stmt *insert = database_statement(
        tx->view.database,
        "INSERT INTO withheld (period, grp, indicator) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", error);
    if (!insert)
        return -1;
    bind_number(insert, 1, period);
    bind_number(insert, 2, group);
    bind_number(insert, 3, indicator);
    return statement_run(tx->view.database, insert, error);
}

int store_withheld_forget(struct store_tx *tx, uint32_t indicator, struct error *error)
{
    return database_run_for(tx->view.database, "DELETE FROM withheld WHERE indicator = ?1", indicator, error);
}

int store_withheld(struct store_view *view, uint32_t period,
                   int (*visit)(void *data, uint32_t group, uint32_t indicator), void *data,
                   struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT grp, indicator FROM withheld WHERE period = ?1 ORDER BY grp, indicator",
        error);
    if (!select)
        return -1;
    bind_number(select, 1, period);
    int row;
    while ((row = statement_next(view->database, select, error)) > 0)
        if (visit(data, (uint32_t)sqlite3_column_int64(select, 0),
                  (uint32_t)sqlite3_column_int64(select, 1)) != 0)
            break;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* ---- an indicator that is no more ---------------------------------------------------------------------- */

/* Once what an indicator published is gone, others may perhaps be shown again. */
int store_publications_forget(struct store_tx *tx, uint32_t indicator, struct error *error)
{
    struct database *database = tx->view.database;
    if (database_run_for(
            database,
            "INSERT INTO stale (indicator, period, grp) SELECT indicator, period, grp FROM result "
            "WHERE indicator <> ?1 AND period IN (SELECT DISTINCT period FROM result WHERE indicator = ?1) "
            "ON CONFLICT DO UPDATE SET decided = 0",
            indicator, error) != 0 ||
        database_run_for(database, "DELETE FROM publication WHERE indicator = ?1", indicator, error) != 0)
        return -1;
    return store_withheld_forget(tx, indicator, error);
}
