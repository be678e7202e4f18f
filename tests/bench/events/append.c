/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a disk and SQLite give at best: a loop that appends statements to a table without any index beside its
 * rowid, WAL, synchronous=FULL, and commits after so many.
 *
 *     bench-append FILE COUNT PER_COMMIT     prints the seconds that it took
 *     bench-append FILE COUNT facts          makes a table `events (time, student, course)` of them instead,
 * all numbers, to ask of it what an indicator keeps current
 */
#include "statements.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void check(sqlite3 *database, int status)
{
    if (status != SQLITE_OK && status != SQLITE_DONE && status != SQLITE_ROW) {
        fprintf(stderr, "bench-append: %s\n", sqlite3_errmsg(database));
        exit(EXIT_FAILURE);
    }
}

static void run(sqlite3 *database, const char *sql)
{
    check(database, sqlite3_exec(database, sql, NULL, NULL, NULL));
}

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *statement;
    check(database, sqlite3_prepare_v2(database, sql, -1, &statement, NULL));
    return statement;
}

static void append_texts(sqlite3 *database, const struct statements *statements, uint64_t count,
                         uint64_t per_commit)
{
    run(database, "CREATE TABLE events (position INTEGER PRIMARY KEY, body BLOB)");
    sqlite3_stmt *insert = prepare(database, "INSERT INTO events (body) VALUES (?)");
    char *body = malloc(statement_size());
    if (!body)
        exit(EXIT_FAILURE);
    for (uint64_t i = 0; i < count; i++) {
        if (i % per_commit == 0)
            run(database, "BEGIN");
        statement_put(statements, i, body);
        check(database, sqlite3_bind_blob(insert, 1, body, (int)statement_size(), SQLITE_STATIC));
        check(database, sqlite3_step(insert));
        check(database, sqlite3_reset(insert));
        if ((i + 1) % per_commit == 0 || i + 1 == count)
            run(database, "COMMIT");
    }
    free(body);
    sqlite3_finalize(insert);
}

static void append_facts(sqlite3 *database, const struct statements *statements, uint64_t count)
{
    run(database, "CREATE TABLE events (time INTEGER, student INTEGER, course INTEGER)");
    sqlite3_stmt *insert = prepare(database, "INSERT INTO events VALUES (?, ?, ?)");
    run(database, "BEGIN");
    for (uint64_t i = 0; i < count; i++) {
        check(database, sqlite3_bind_int64(insert, 1, statement_time(statements, i)));
        check(database, sqlite3_bind_int64(insert, 2, statement_student(i)));
        check(database, sqlite3_bind_int64(insert, 3, statement_course(i)));
        check(database, sqlite3_step(insert));
        check(database, sqlite3_reset(insert));
    }
    run(database, "COMMIT");
    sqlite3_finalize(insert);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    if (argc != 4 && argc != 6) {
        fprintf(stderr, "Usage: bench-append FILE COUNT PER_COMMIT|facts [BEGIN STEP]\n");
        return 2;
    }
    const uint64_t count = number_argument(argv[2]);
    const struct statements statements = {
        .begin = argc == 6 ? (int64_t)number_argument(argv[4]) : 0,
        .step = argc == 6 ? (int64_t)number_argument(argv[5]) : 1,
    };
    sqlite3 *database;
    check(NULL, sqlite3_open(argv[1], &database));
    run(database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    const double begun = now();
    if (strcmp(argv[3], "facts") == 0)
        append_facts(database, &statements, count);
    else
        append_texts(database, &statements, count, number_argument(argv[3]));
    printf("%.6f\n", now() - begun);
    sqlite3_close(database);
    return 0;
}
