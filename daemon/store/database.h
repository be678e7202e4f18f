/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: a connection to SQLite with its prepared statements, and the errors it can have. */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include "base/buf.h"
#include "base/error.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STATEMENT_SLOTS = 1024 }; /* a power of two, over twice the statements there are */

struct prepared {
    const char *sql;
    sqlite3_stmt *statement;
};

struct database {
    sqlite3 *handle;
    struct prepared prepared[STATEMENT_SLOTS];
    bool starts; /* nobody has sent anything yet that is to be sent again; so of each that is opened to be
                    written, until its owner says otherwise */
};

/* `cache_kib`: the most the page cache takes. */
int database_open(struct database *database, const char *path, bool read_only, int cache_kib,
                  struct error *error);
/* Gives back the pages that are kept in memory. Between transactions. */
void database_shrink(struct database *database);
void database_close(struct database *database);

/* Says what SQLite said; a full disk is ERROR_FULL. Returns -1. */
int database_error(struct database *database, const char *doing, struct error *error);

/* Statements that give nothing back, one after the other. */
int database_execute(struct database *database, const char *sql, struct error *error);

/* The statement of a literal, prepared once per connection (literals are told apart by their address) and
 * ready to be bound; NULL with the error set. Every use ends with statement_run or statement_end. */
sqlite3_stmt *database_statement(struct database *database, const char *sql, struct error *error);
/* Runs a literal without anything to bind, prepared once per connection. */
int database_run(struct database *database, const char *sql, struct error *error);
/* The same of a literal that has one number to bind. */
int database_run_for(struct database *database, const char *sql, int64_t number, struct error *error);
/* Steps once, expecting no row, and ends. */
int statement_run(struct database *database, sqlite3_stmt *statement, struct error *error);
/* 1: a row; 0: no more; -1: error. Does not end. */
int statement_next(struct database *database, sqlite3_stmt *statement, struct error *error);
void statement_end(sqlite3_stmt *statement);

void bind_number(sqlite3_stmt *statement, int index, int64_t value);
void bind_text(sqlite3_stmt *statement, int index, const char *text);                /* lives until the end */
void bind_bytes(sqlite3_stmt *statement, int index, const void *bytes, size_t size); /* likewise */
size_t column_bytes(sqlite3_stmt *statement, int index, const void **bytes);
/* Appends the bytes of the first row's first column, and ends the statement; returned is what statement_next
 * returns. */
int statement_take(struct database *database, sqlite3_stmt *statement, struct buf *out, struct error *error);

#endif
