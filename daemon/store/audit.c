/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/audit.h"
#include "store/internal.h"

#include <sodium.h>
#include <string.h>

/* ---- the chain ----------------------------------------------------------------------------------------- */

static void hash_number(crypto_generichash_state *state, int64_t number)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)((uint64_t)number >> (8 * i));
    crypto_generichash_update(state, bytes, sizeof bytes);
}

static void hash_text(crypto_generichash_state *state, const char *text)
{
    crypto_generichash_update(state, (const uint8_t *)text, strlen(text) + 1);
}

static void hash_entry(const uint8_t before[AUDIT_HASH_SIZE], const struct store_audit *entry,
                       uint8_t hash[AUDIT_HASH_SIZE])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, AUDIT_HASH_SIZE);
    crypto_generichash_update(&state, before, AUDIT_HASH_SIZE);
    hash_number(&state, (int64_t)entry->position);
    hash_number(&state, entry->at);
    hash_number(&state, entry->user);
    hash_text(&state, entry->what);
    hash_text(&state, entry->facts);
    crypto_generichash_final(&state, hash, AUDIT_HASH_SIZE);
}

/* ---- writing ------------------------------------------------------------------------------------------- */

/* Where the chain ends. 0 and zeros where it has not begun. */
static int read_end(struct store_view *view, uint64_t *position, uint8_t hash[AUDIT_HASH_SIZE],
                    struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", error);
    if (!select)
        return -1;
    const int row = statement_next(view->database, select, error);
    const void *bytes;
    *position = row > 0 ? (uint64_t)sqlite3_column_int64(select, 0) : 0;
    memset(hash, 0, AUDIT_HASH_SIZE);
    if (row > 0 && column_bytes(select, 1, &bytes) == AUDIT_HASH_SIZE)
        memcpy(hash, bytes, AUDIT_HASH_SIZE);
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_audit_append(struct store_tx *tx, const struct store_audit *given, struct error *error)
{
    struct database *database = tx->view.database;
    struct store_audit entry = *given;
    uint8_t before[AUDIT_HASH_SIZE], hash[AUDIT_HASH_SIZE];
    sqlite3_stmt *insert = database_statement(
        database, "INSERT INTO audit (seq, at, user, what, facts, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        error);
    if (!insert || read_end(&tx->view, &entry.position, before, error) != 0)
        return -1;
    entry.position++;
    hash_entry(before, &entry, hash);
    bind_number(insert, 1, (int64_t)entry.position);
    bind_number(insert, 2, entry.at);
    bind_number(insert, 3, entry.user);
    bind_text(insert, 4, entry.what);
    bind_text(insert, 5, entry.facts);
    bind_bytes(insert, 6, hash, sizeof hash);
    return statement_run(database, insert, error);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static const char *text_of(sqlite3_stmt *row, int column)
{
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text ? text : "";
}

/* false: the hash is none. */
static bool read_row(sqlite3_stmt *row, struct store_audit *entry)
{
    const void *hash;
    *entry = (struct store_audit){.position = (uint64_t)sqlite3_column_int64(row, 0),
                                  .at = sqlite3_column_int64(row, 1),
                                  .user = sqlite3_column_int64(row, 2),
                                  .what = text_of(row, 3),
                                  .facts = text_of(row, 4)};
    const bool sound = column_bytes(row, 5, &hash) == AUDIT_HASH_SIZE;
    entry->hash = hash;
    return sound;
}

static int damaged(uint64_t position, struct error *error)
{
    return error_set(error, ERROR_FAILED,
                     "entry %llu of the audit log is damaged; see wijzer audit --check, and restore a backup",
                     (unsigned long long)position);
}

int store_audit_after(struct store_view *view, uint64_t position, size_t limit,
                      int (*visit)(void *data, const struct store_audit *entry), void *data,
                      struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database,
        "SELECT seq, at, user, what, facts, hash FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2", error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    bind_number(select, 2, (int64_t)limit);
    struct store_audit entry;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        if (!read_row(select, &entry)) {
            row = damaged(entry.position, error);
            break;
        }
        if (visit(data, &entry) != 0)
            break;
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* How many were ever written: SQLite counts them apart from the table. */
static int read_written(struct store_view *view, uint64_t *written, struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT seq FROM sqlite_sequence WHERE name = 'audit'", error);
    if (!select)
        return -1;
    const int row = statement_next(view->database, select, error);
    *written = row > 0 ? (uint64_t)sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_audit_check(struct store_view *view, struct store_audit_verdict *verdict, struct error *error)
{
    uint64_t written;
    *verdict = (struct store_audit_verdict){0};
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT seq, at, user, what, facts, hash FROM audit ORDER BY seq", error);
    if (!select || read_written(view, &written, error) != 0)
        return -1;
    struct store_audit entry;
    int row = 0;
    while (!verdict->broken && (row = statement_next(view->database, select, error)) > 0) {
        uint8_t hash[AUDIT_HASH_SIZE];
        verdict->entries++;
        const bool readable = read_row(select, &entry) && entry.position == verdict->entries;
        hash_entry(verdict->hash, &entry, hash);
        if (!readable || memcmp(hash, entry.hash, sizeof hash) != 0)
            verdict->broken = verdict->entries;
        memcpy(verdict->hash, hash, sizeof hash);
    }
    statement_end(select);
    if (!verdict->broken && row < 0)
        return -1;
    if (!verdict->broken && verdict->entries != written)
        verdict->broken = verdict->entries + 1;
    if (written > verdict->entries)
        verdict->entries = written;
    return 0;
}
