/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/runs.h"
#include "store/event/sort.h"
#include "store/internal.h"

#include "base/mem.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* A chunk of so many entries fills about a page. */
enum { CHUNK_ENTRIES = 384, TOP_LEVEL = 1 };

static const uint64_t last_hash = (UINT64_C(1) << ID_HASH_BITS) - 1;
static const uint64_t most_runs = UINT64_C(1) << (63 - ID_HASH_BITS);

uint64_t id_hash(const uint8_t id[16])
{
    static const uint8_t key[crypto_shorthash_KEYBYTES] = "event ids";
    uint64_t hash;
    crypto_shorthash((uint8_t *)&hash, id, 16, key);
    return hash >> (64 - ID_HASH_BITS);
}

static int damaged(struct error *error)
{
    return error_set(error, ERROR_FAILED,
                     "the list of ids of events cannot be read: the store is damaged; restore a backup");
}

/* ---- chunks: keyed by the run's number and the first hash ---------------------------------------------- */

static int64_t place_of(uint32_t run, uint64_t hash)
{
    return (int64_t)((uint64_t)run << ID_HASH_BITS | hash);
}

static void encode_chunk(const struct run_entry *entries, size_t count, struct buf *out)
{
    uint64_t hash = entries[0].hash;
    int64_t position = 0;
    for (size_t i = 0; i < count; i++) {
        buf_put_varint(out, entries[i].hash - hash);
        buf_put_signed(out, (int64_t)entries[i].position - position);
        hash = entries[i].hash;
        position = (int64_t)entries[i].position;
    }
}

/* Reads the next entry; `entry` is the one before. */
static void read_entry(struct reader *reader, struct run_entry *entry)
{
    entry->hash += read_varint(reader);
    entry->position += (uint64_t)read_signed(reader);
}

static struct run_entry first_of(int64_t place)
{
    return (struct run_entry){.hash = (uint64_t)place & last_hash};
}

static int put_chunk(struct store_tx *tx, uint32_t run, const struct run_entry *entries, size_t count,
                     struct error *error)
{
    sqlite3_stmt *insert =
        database_statement(tx->view.database, "REPLACE INTO event_run (place, body) VALUES (?1, ?2)", error);
    if (!insert)
        return -1;
    buf_clear(&tx->body);
    encode_chunk(entries, count, &tx->body);
    bind_number(insert, 1, place_of(run, entries[0].hash));
    bind_bytes(insert, 2, tx->body.data, tx->body.size);
    return statement_run(tx->view.database, insert, error);
}

static int put_chunks(struct store_tx *tx, uint32_t run, const struct run_entry *entries, size_t count,
                      struct error *error)
{
    for (size_t from = 0, to; from < count; from = to) {
        to = from + CHUNK_ENTRIES < count ? from + CHUNK_ENTRIES : count;
        while (to < count && entries[to].hash == entries[to - 1].hash)
            to++;
        if (put_chunk(tx, run, entries + from, to - from, error) != 0)
            return -1;
    }
    return 0;
}

/* ---- looking ------------------------------------------------------------------------------------------- */

void runs_free(struct runs *runs)
{
    free(runs->numbers);
    *runs = (struct runs){0};
}

int runs_load(struct runs *runs, struct store_view *view, struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT run FROM event_level ORDER BY run DESC", error);
    if (!select)
        return -1;
    int row;
    runs->count = 0;
    while ((row = statement_next(view->database, select, error)) > 0) {
        if (runs->count == runs->capacity) {
            runs->capacity = runs->capacity ? 2 * runs->capacity : 32;
            runs->numbers = mem_resize(runs->numbers, runs->capacity, sizeof *runs->numbers);
        }
        runs->numbers[runs->count++] = (uint32_t)sqlite3_column_int64(select, 0);
    }
    statement_end(select);
    runs->loaded = row == 0;
    return row < 0 ? -1 : 0;
}

/* The chunk that the hash would be in is appended to `out`; *place is where it stands, -1 where there is
 * none.
 */
static int find_chunk(struct store_view *view, uint32_t run, uint64_t hash, struct buf *out, int64_t *place,
                      struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database,
        "SELECT body, place FROM event_run WHERE place BETWEEN ?1 AND ?2 ORDER BY place DESC LIMIT 1", error);
    if (!select)
        return -1;
    bind_number(select, 1, place_of(run, 0));
    bind_number(select, 2, place_of(run, hash));
    const int row = statement_next(view->database, select, error);
    *place = row > 0 ? sqlite3_column_int64(select, 1) : -1;
    if (row > 0) {
        const void *bytes;
        const size_t size = column_bytes(select, 0, &bytes);
        buf_put(out, bytes, size);
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static int look_in(struct store_view *view, uint32_t run, uint64_t hash, struct buf *chunk,
                   int (*visit)(void *data, uint64_t position, struct error *error), void *data,
                   struct error *error)
{
    int64_t place;
    buf_clear(chunk);
    if (find_chunk(view, run, hash, chunk, &place, error) != 0)
        return -1;
    struct reader reader = reader_of(chunk->data, chunk->size);
    struct run_entry entry = first_of(place);
    int result = 0;
    while (place >= 0 && result == 0 && reader_left(&reader) && !reader.failed) {
        read_entry(&reader, &entry);
        if (entry.hash > hash)
            return 0;
        if (entry.hash == hash && !reader.failed)
            result = visit(data, entry.position, error);
    }
    return reader.failed ? damaged(error) : result;
}

static void move_to_front(struct runs *runs, size_t index)
{
    const uint32_t number = runs->numbers[index];
    memmove(runs->numbers + 1, runs->numbers, index * sizeof *runs->numbers);
    runs->numbers[0] = number;
}

int runs_find(struct runs *runs, struct store_view *view, uint64_t hash,
              int (*visit)(void *data, uint64_t position, struct error *error), void *data,
              struct error *error)
{
    struct buf chunk = {0};
    int result = 0;
    for (size_t i = 0; i < runs->count && result == 0; i++) {
        result = look_in(view, runs->numbers[i], hash, &chunk, visit, data, error);
        if (result > 0)
            move_to_front(runs, i);
    }
    buf_free(&chunk);
    return result;
}

/* Visits the entries of chunks whose places `select` gives with their bodies. */
static int visit_chunks(struct store_view *view, sqlite3_stmt *select,
                        void (*visit)(void *data, const struct run_entry *entry), void *data,
                        struct error *error)
{
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        const void *bytes;
        const size_t size = column_bytes(select, 1, &bytes);
        struct reader reader = reader_of(bytes, size);
        struct run_entry entry = first_of(sqlite3_column_int64(select, 0));
        while (reader_left(&reader) && !reader.failed) {
            read_entry(&reader, &entry);
            if (!reader.failed)
                visit(data, &entry);
        }
        if (reader.failed) {
            row = damaged(error);
            break;
        }
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

struct hash_visit {
    void (*visit)(void *data, uint64_t hash);
    void *data;
};

static void visit_hash(void *data, const struct run_entry *entry)
{
    const struct hash_visit *hashes = data;
    hashes->visit(hashes->data, entry->hash);
}

int runs_hashes(struct store_view *view, void (*visit)(void *data, uint64_t hash), void *data,
                struct error *error)
{
    struct hash_visit hashes = {visit, data};
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT place, body FROM event_run ORDER BY place", error);
    return select ? visit_chunks(view, select, visit_hash, &hashes, error) : -1;
}

/* ---- adding -------------------------------------------------------------------------------------------- */

/* Entries come in the order of their positions, at least where they have the same hash. */
static int put_run(struct store_tx *tx, int level, struct run_entry *entries, size_t count,
                   struct error *error)
{
    struct database *database = tx->view.database;
    if (database_run_for(database, "INSERT INTO event_level (level) VALUES (?1)", level, error) != 0)
        return -1;
    const uint64_t run = (uint64_t)sqlite3_last_insert_rowid(database->handle);
    if (run >= most_runs)
        return error_set(error, ERROR_FAILED, "the store has as many events as it can hold");
    sort_records(entries, count, (ID_HASH_BITS + 7) / 8);
    return put_chunks(tx, (uint32_t)run, entries, count, error);
}

struct gathered {
    struct run_entry *entries;
    size_t count, capacity;
};

static void gather(void *data, const struct run_entry *entry)
{
    struct gathered *gathered = data;
    if (gathered->count == gathered->capacity) {
        gathered->capacity = gathered->capacity ? 2 * gathered->capacity : 1 << 16;
        gathered->entries = mem_resize(gathered->entries, gathered->capacity, sizeof *gathered->entries);
    }
    gathered->entries[gathered->count++] = *entry;
}

static int run_between(struct store_tx *tx, const char *sql, uint32_t run, struct error *error)
{
    sqlite3_stmt *statement = database_statement(tx->view.database, sql, error);
    if (!statement)
        return -1;
    bind_number(statement, 1, place_of(run, 0));
    bind_number(statement, 2, place_of(run, last_hash));
    return statement_run(tx->view.database, statement, error);
}

/* Takes a run's entries out of the store. */
static int take_run(struct store_tx *tx, uint32_t run, struct gathered *gathered, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *select = database_statement(
        database, "SELECT place, body FROM event_run WHERE place BETWEEN ?1 AND ?2 ORDER BY place", error);
    if (!select)
        return -1;
    bind_number(select, 1, place_of(run, 0));
    bind_number(select, 2, place_of(run, last_hash));
    if (visit_chunks(&tx->view, select, gather, gathered, error) != 0 ||
        run_between(tx, "DELETE FROM event_run WHERE place BETWEEN ?1 AND ?2", run, error) != 0)
        return -1;
    return database_run_for(database, "DELETE FROM event_level WHERE run = ?1", run, error);
}

/* The numbers of a level's runs, at most RUNS_MERGED. */
static int runs_of_level(struct store_tx *tx, int level, uint32_t *numbers, size_t *count,
                         struct error *error)
{
    sqlite3_stmt *select = database_statement(
        tx->view.database, "SELECT run FROM event_level WHERE level = ?1 ORDER BY run LIMIT ?2", error);
    if (!select)
        return -1;
    bind_number(select, 1, level);
    bind_number(select, 2, RUNS_MERGED);
    int row;
    *count = 0;
    while ((row = statement_next(tx->view.database, select, error)) > 0)
        numbers[(*count)++] = (uint32_t)sqlite3_column_int64(select, 0);
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* *merged: there were as many as are merged. */
static int merge(struct store_tx *tx, int level, bool *merged, struct error *error)
{
    uint32_t numbers[RUNS_MERGED];
    size_t count;
    if (runs_of_level(tx, level, numbers, &count, error) != 0)
        return -1;
    *merged = count == RUNS_MERGED;
    if (!*merged)
        return 0;
    struct gathered gathered = {0};
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++)
        result = take_run(tx, numbers[i], &gathered, error);
    if (result == 0 && gathered.count)
        result = put_run(tx, level + 1, gathered.entries, gathered.count, error);
    free(gathered.entries);
    return result;
}

int runs_add(struct store_tx *tx, struct run_entry *entries, size_t count, struct error *error)
{
    return put_run(tx, 0, entries, count, error);
}

/* Runs of the top level stay as they are: to merge them would keep a commit waiting. */
int runs_merge(struct store_tx *tx, bool *merged, struct error *error)
{
    int result = 0;
    *merged = false;
    for (int level = 0; level < TOP_LEVEL && !*merged && result == 0; level++)
        result = merge(tx, level, merged, error);
    return result;
}

/* ---- removing ------------------------------------------------------------------------------------------ */

static int remove_chunk(struct store_tx *tx, int64_t place, struct error *error)
{
    return database_run_for(tx->view.database, "DELETE FROM event_run WHERE place = ?1", place, error);
}

static int remove_from(struct store_tx *tx, uint32_t run, uint64_t hash, uint64_t position,
                       struct gathered *kept, struct error *error)
{
    struct buf chunk = {0};
    int64_t place;
    bool found = false;
    int result = find_chunk(&tx->view, run, hash, &chunk, &place, error);
    struct reader reader = reader_of(chunk.data, chunk.size);
    struct run_entry entry = first_of(place);
    kept->count = 0;
    while (result == 0 && reader_left(&reader) && !reader.failed) {
        read_entry(&reader, &entry);
        if (entry.hash == hash && entry.position == position)
            found = true;
        else
            gather(kept, &entry);
    }
    if (result == 0 && reader.failed)
        result = damaged(error);
    if (result == 0 && found)
        result = remove_chunk(tx, place, error);
    if (result == 0 && found && kept->count)
        result = put_chunk(tx, run, kept->entries, kept->count, error);
    buf_free(&chunk);
    return result != 0 ? -1 : found;
}

int runs_remove(struct runs *runs, struct store_tx *tx, uint64_t hash, uint64_t position, struct error *error)
{
    struct gathered kept = {0};
    int result = runs->loaded ? 0 : runs_load(runs, &tx->view, error);
    for (size_t i = 0; i < runs->count && result == 0; i++) {
        result = remove_from(tx, runs->numbers[i], hash, position, &kept, error);
        if (result > 0)
            move_to_front(runs, i);
    }
    free(kept.entries);
    return result < 0 ? -1 : 0;
}
