/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/scrub.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { READ_SIZE = 1 << 20 };

/* Waits for readers as long as it does for anything. */
static int shorten_log(struct database *database, struct error *error)
{
    const int code =
        sqlite3_wal_checkpoint_v2(database->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (code == SQLITE_OK)
        return 0;
    if ((code & 0xff) == SQLITE_BUSY)
        return error_set(error, ERROR_FAILED,
                         "the write-ahead log is being read, and could not be shortened");
    return database_error(database, "could not shorten its write-ahead log", error);
}

/* 1: they are in the file; 0; -1. Read through SQLite's own descriptor: to close another one of the same file
 * would take SQLite's locks away. */
static int find(struct database *database, const uint8_t *bytes, struct error *error)
{
    sqlite3_file *file = NULL;
    sqlite3_int64 size = 0, at = 0;
    if (sqlite3_file_control(database->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
        file->pMethods->xFileSize(file, &size) != SQLITE_OK)
        return database_error(database, "could not be read", error);
    uint8_t *buffer = mem_alloc(READ_SIZE);
    int result = 0;
    /* A piece begins where the one before may have cut them. */
    for (; result == 0 && at + PSEUDONYM_SIZE <= size; at += READ_SIZE - (PSEUDONYM_SIZE - 1)) {
        const int count = size - at < READ_SIZE ? (int)(size - at) : READ_SIZE;
        if (file->pMethods->xRead(file, buffer, count, at) != SQLITE_OK)
            result = database_error(database, "could not be read", error);
        else
            result = memmem(buffer, (size_t)count, bytes, PSEUDONYM_SIZE) != NULL;
    }
    free(buffer);
    return result;
}

int scrub_files(struct database *database, enum store_scrub how, const uint8_t *bytes, struct error *error)
{
    if (shorten_log(database, error) != 0)
        return -1;
    const int found = how == SCRUB_FOUND ? find(database, bytes, error) : how == SCRUB_ALL;
    if (found <= 0)
        return found;
    return database_execute(database, "VACUUM", error) == 0 ? shorten_log(database, error) : -1;
}
