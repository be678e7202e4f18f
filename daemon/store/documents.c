/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/internal.h"

#include <stdio.h>
#include <sys/stat.h>

int store_document_put(struct store_tx *tx, const char *owner, const char *key, const void *body, size_t size,
                       struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *statement =
        size ? database_statement(database, "REPLACE INTO document (owner, key, body) VALUES (?1, ?2, ?3)",
                                  error)
             : database_statement(database, "DELETE FROM document WHERE owner = ?1 AND key = ?2", error);
    if (!statement)
        return -1;
    bind_text(statement, 1, owner);
    bind_text(statement, 2, key);
    if (size)
        bind_bytes(statement, 3, body, size);
    return statement_run(database, statement, error);
}

int store_document_get(struct store_view *view, const char *owner, const char *key, struct buf *out,
                       bool *found, struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT body FROM document WHERE owner = ?1 AND key = ?2", error);
    if (!select)
        return -1;
    bind_text(select, 1, owner);
    bind_text(select, 2, key);
    const int row = statement_take(view->database, select, out, error);
    *found = row > 0;
    return row < 0 ? -1 : 0;
}

int store_documents(struct store_view *view, const char *owner,
                    int (*visit)(void *data, const char *key, const void *body, size_t size), void *data,
                    struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT key, body FROM document WHERE owner = ?1 ORDER BY key", error);
    if (!select)
        return -1;
    bind_text(select, 1, owner);
    int row = 0;
    while ((row = statement_next(view->database, select, error)) > 0) {
        const void *body;
        const size_t size = column_bytes(select, 1, &body);
        if (visit(data, (const char *)sqlite3_column_text(select, 0), body, size) != 0)
            break;
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static uint64_t file_size(const char *path, const char *suffix)
{
    char name[4096];
    struct stat status;
    snprintf(name, sizeof name, "%s%s", path, suffix);
    return stat(name, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* The first column of the first row; 0 where there is none. */
static int first_number(struct store_view *view, const char *sql, int64_t *number, struct error *error)
{
    sqlite3_stmt *select = database_statement(view->database, sql, error);
    if (!select)
        return -1;
    const int row = statement_next(view->database, select, error);
    *number = row > 0 ? sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_figures(struct store_view *view, struct store_figures *figures, struct error *error)
{
    int64_t responses, events;
    if (first_number(view, "SELECT value FROM meta WHERE key = 'responses'", &responses, error) != 0 ||
        first_number(view, "SELECT value FROM meta WHERE key = 'events'", &events, error) != 0 ||
        first_number(view, "SELECT since FROM event_block ORDER BY first LIMIT 1", &figures->since, error) !=
            0 ||
        store_log_end(view, &figures->position, error) != 0)
        return -1;
    figures->responses = (uint64_t)responses;
    figures->events = (uint64_t)events;
    figures->bytes = file_size(view->path, "") + file_size(view->path, "-wal");
    return 0;
}
