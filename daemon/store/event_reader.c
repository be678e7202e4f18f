/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event_reader.h"
#include "store/internal.h"

#include <string.h>

void event_reader_free(struct event_reader *reader)
{
    runs_free(&reader->runs);
    block_free(&reader->block);
    buf_free(&reader->tail);
    *reader = (struct event_reader){0};
}

void event_reader_forget(struct event_reader *reader)
{
    reader->runs.loaded = false;
    reader->block_first = 0;
}

int event_damaged(uint64_t position, struct error *error)
{
    return error_set(error, ERROR_FAILED, "event %llu cannot be read: the store is damaged; restore a backup",
                     (unsigned long long)position);
}

/* ---- by position --------------------------------------------------------------------------------------- */

void event_of_row(sqlite3_stmt *row, struct kept_event *event)
{
    const void *id, *bytes;
    *event = (struct kept_event){.position = (uint64_t)sqlite3_column_int64(row, 0),
                                 .stored = sqlite3_column_int64(row, 1)};
    if (column_bytes(row, 2, &id) == sizeof event->id)
        memcpy(event->id, id, sizeof event->id);
    event->size = column_bytes(row, 3, &bytes);
    event->bytes = bytes;
}

/* Keeps the row, where there is one, and ends the statement. */
static int take_row(struct event_reader *reader, struct store_view *view, sqlite3_stmt *select,
                    struct kept_event *event, bool *found, struct error *error)
{
    const int row = statement_next(view->database, select, error);
    *found = row > 0;
    if (row > 0) {
        event_of_row(select, event);
        buf_clear(&reader->tail);
        buf_put(&reader->tail, event->bytes, event->size);
        event->bytes = reader->tail.data;
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static int read_tail(struct event_reader *reader, struct store_view *view, uint64_t position,
                     struct kept_event *event, bool *found, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT seq, stored, id, body FROM event_tail WHERE seq = ?1", error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    return take_row(reader, view, select, event, found, error);
}

int event_read_block(struct event_reader *reader, struct store_view *view, uint64_t position, bool *found,
                     struct error *error)
{
    const struct block *block = &reader->block;
    *found = reader->block_first && reader->block_first <= position && block->count &&
             position <= block->entries[block->count - 1].position;
    if (*found)
        return 0;
    sqlite3_stmt *select = database_statement(
        view->database,
        "SELECT first, last, body FROM event_block WHERE first <= ?1 ORDER BY first DESC LIMIT 1", error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    const int row = statement_next(view->database, select, error);
    int result = row < 0 ? -1 : 0;
    if (row > 0 && position <= (uint64_t)sqlite3_column_int64(select, 1)) {
        const void *bytes;
        const size_t size = column_bytes(select, 2, &bytes);
        *found = true;
        reader->block_first = (uint64_t)sqlite3_column_int64(select, 0);
        if (block_unpack(&reader->block, bytes, size) != 0) {
            reader->block_first = 0;
            result = event_damaged(position, error);
        }
    }
    statement_end(select);
    return result;
}

static int read_packed(struct event_reader *reader, struct store_view *view, uint64_t position,
                       struct kept_event *event, bool *found, struct error *error)
{
    if (event_read_block(reader, view, position, found, error) != 0)
        return -1;
    if (!*found)
        return 0;
    const struct block_entry *entry = block_find(&reader->block, position);
    *found = entry != NULL;
    if (!entry)
        return 0;
    *event = (struct kept_event){.position = position,
                                 .stored = entry->stored,
                                 .bytes = reader->block.details.data + entry->offset,
                                 .size = entry->size};
    memcpy(event->id, entry->id, sizeof event->id);
    return 0;
}

int event_read(struct event_reader *reader, struct store_view *view, uint64_t position,
               struct kept_event *event, bool *found, struct error *error)
{
    if (read_packed(reader, view, position, event, found, error) != 0)
        return -1;
    return *found ? 0 : read_tail(reader, view, position, event, found, error);
}

/* ---- by id --------------------------------------------------------------------------------------------- */

struct sought {
    struct event_reader *reader;
    struct store_view *view;
    const uint8_t *id;
    struct kept_event *event;
};

static int is_sought(void *data, uint64_t position, struct error *error)
{
    struct sought *sought = data;
    bool found;
    if (read_packed(sought->reader, sought->view, position, sought->event, &found, error) != 0)
        return -1;
    return found && memcmp(sought->event->id, sought->id, sizeof sought->event->id) == 0;
}

/* Asks every 256 positions of the tail that have events, the last one first. */
static int read_tail_by_id(struct event_reader *reader, struct store_view *view, const uint8_t id[16],
                           struct kept_event *event, bool *found, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database,
        "WITH RECURSIVE few (n) AS (SELECT max(seq) >> 8 FROM event_tail UNION ALL"
        " SELECT (SELECT max(seq) >> 8 FROM event_tail WHERE seq < n << 8) FROM few WHERE n NOTNULL)"
        "SELECT seq, stored, id, body FROM few CROSS JOIN event_tail ON seq >> 8 = n AND id = ?1 LIMIT "
        "1",
        error);
    if (!select)
        return -1;
    bind_bytes(select, 1, id, 16);
    return take_row(reader, view, select, event, found, error);
}

int event_read_by_id(struct event_reader *reader, struct store_view *view, const uint8_t id[16],
                     struct kept_event *event, bool *found, struct error *error)
{
    if (read_tail_by_id(reader, view, id, event, found, error) != 0)
        return -1;
    if (*found)
        return 0;
    if (!reader->runs.loaded && runs_load(&reader->runs, view, error) != 0)
        return -1;
    struct sought sought = {reader, view, id, event};
    const int result = runs_find(&reader->runs, view, id_hash(id), is_sought, &sought, error);
    *found = result > 0;
    return result < 0 ? -1 : 0;
}
