/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/database.h"

#include <stdio.h>
#include <string.h>

/* Of a connection only: whose the file is, is not known yet. */
static const char settings[] = "PRAGMA synchronous = FULL;"
                               "PRAGMA secure_delete = ON;" /* what is removed is somebody's */
                               "PRAGMA trusted_schema = OFF;"
                               "PRAGMA cell_size_check = ON;"
                               "PRAGMA mmap_size = 0;"
                               "PRAGMA journal_size_limit = 67108864;"
                               "PRAGMA wal_autocheckpoint = 16000;";

static const char reader_settings[] = "PRAGMA query_only = ON;"
                                      "PRAGMA trusted_schema = OFF;"
                                      "PRAGMA mmap_size = 0;";

int database_open(struct database *database, const char *path, bool read_only, int cache_kib,
                  struct error *error)
{
    const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                      (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    *database = (struct database){.starts = !read_only};
    if (sqlite3_open_v2(path, &database->handle, flags, NULL) != SQLITE_OK) {
        database_error(database, "could not be opened", error);
        goto failed;
    }
    sqlite3_busy_timeout(database->handle, 10000);
    char cache[64];
    snprintf(cache, sizeof cache, "PRAGMA cache_size = -%d;", cache_kib);
    if (database_execute(database, read_only ? reader_settings : settings, error) != 0 ||
        database_execute(database, cache, error) != 0)
        goto failed;
    return 0;

failed:
    database_close(database);
    return error_at(error, "%s", path);
}

void database_shrink(struct database *database)
{
    sqlite3_db_release_memory(database->handle);
}

void database_close(struct database *database)
{
    for (size_t i = 0; i < STATEMENT_SLOTS; i++)
        sqlite3_finalize(database->prepared[i].statement);
    sqlite3_close(database->handle);
    *database = (struct database){0};
}

/* SQLite says SQLITE_FULL where a write met ENOSPC, and an I/O error where it met a quota, a limit or the
 * index of the WAL did not fit; all of them pass when there is room again. */
static bool is_full(int code)
{
    return (code & 0xff) == SQLITE_FULL || code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_SHMSIZE;
}

int database_error(struct database *database, const char *doing, struct error *error)
{
    if (is_full(sqlite3_extended_errcode(database->handle)))
        return error_set(error, ERROR_FULL, "the disk is full, or cannot be written; free some space and %s",
                         database->starts ? "start wijzerd again: the store is as it was"
                                          : "send it again: what was kept already is recognised");
    return error_set(error, ERROR_FAILED, "the store %s: %s", doing, sqlite3_errmsg(database->handle));
}

int database_execute(struct database *database, const char *sql, struct error *error)
{
    if (sqlite3_exec(database->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        return database_error(database, "could not do its work", error);
    return 0;
}

sqlite3_stmt *database_statement(struct database *database, const char *sql, struct error *error)
{
    size_t slot = ((uintptr_t)sql >> 3) & (STATEMENT_SLOTS - 1);
    while (database->prepared[slot].sql && database->prepared[slot].sql != sql)
        slot = (slot + 1) & (STATEMENT_SLOTS - 1);
    struct prepared *prepared = &database->prepared[slot];
    if (!prepared->statement) {
        if (sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared->statement,
                               NULL) != SQLITE_OK) {
            database_error(database, "could not prepare a question", error);
            return NULL;
        }
        prepared->sql = sql;
    }
    return prepared->statement;
}

int statement_next(struct database *database, sqlite3_stmt *statement, struct error *error)
{
    switch (sqlite3_step(statement)) {
    case SQLITE_ROW:
        return 1;
    case SQLITE_DONE:
        return 0;
    default:
        return database_error(database, "could not do its work", error);
    }
}

int statement_run(struct database *database, sqlite3_stmt *statement, struct error *error)
{
    const int row = statement_next(database, statement, error);
    statement_end(statement);
    return row < 0 ? -1 : 0;
}

int database_run(struct database *database, const char *sql, struct error *error)
{
    sqlite3_stmt *statement = database_statement(database, sql, error);
    return statement ? statement_run(database, statement, error) : -1;
}

int database_run_for(struct database *database, const char *sql, int64_t number, struct error *error)
{
    sqlite3_stmt *statement = database_statement(database, sql, error);
    if (!statement)
        return -1;
    bind_number(statement, 1, number);
    return statement_run(database, statement, error);
}

void statement_end(sqlite3_stmt *statement)
{
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

void bind_number(sqlite3_stmt *statement, int index, int64_t value)
{
    sqlite3_bind_int64(statement, index, value);
}

void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

void bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, size_t size)
{
    sqlite3_bind_blob64(statement, index, size ? bytes : "", size, SQLITE_STATIC);
}

size_t column_bytes(sqlite3_stmt *statement, int index, const void **bytes)
{
    *bytes = sqlite3_column_blob(statement, index);
    return (size_t)sqlite3_column_bytes(statement, index);
}

int statement_take(struct database *database, sqlite3_stmt *statement, struct buf *out, struct error *error)
{
    const int row = statement_next(database, statement, error);
    if (row > 0) {
        const void *bytes;
        const size_t size = column_bytes(statement, 0, &bytes);
        buf_put(out, bytes, size);
    }
    statement_end(statement);
    return row;
}
