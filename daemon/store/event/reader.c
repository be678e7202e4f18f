/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/reader.h"
#include "store/event/tail.h"
#include "store/internal.h"

#include <string.h>

void event_reader_free(struct event_reader *reader)
{
    runs_free(&reader->runs);
    block_free(&reader->block);
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

/* ---- blocks -------------------------------------------------------------------------------------------- */

const struct block *event_open_block(const struct store_view *view)
{
    return view->tail && view->tail->open.count ? &view->tail->open : NULL;
}

int event_take_block(struct event_reader *reader, sqlite3_stmt *row, struct error *error)
{
    const void *ids, *body;
    const size_t ids_size = column_bytes(row, 1, &ids), size = column_bytes(row, 2, &body);
    reader->block_first = (uint64_t)sqlite3_column_int64(row, 0);
    if (block_unpack(&reader->block, ids, ids_size, body, size) == 0)
        return 0;
    const uint64_t first = reader->block_first;
    reader->block_first = 0;
    return event_damaged(first, error);
}

static bool is_at_hand(const struct event_reader *reader, uint64_t position)
{
    const struct block *block = &reader->block;
    return reader->block_first && reader->block_first <= position && block->count &&
           position <= block->entries[block->count - 1].position;
}

static int read_block(struct event_reader *reader, struct store_view *view, uint64_t position, bool *found,
                      struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database,
        "SELECT first, ids, body, last FROM event_block WHERE first <= ?1 ORDER BY first DESC LIMIT 1",
        error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    const int row = statement_next(view->database, select, error);
    int result = row < 0 ? -1 : 0;
    *found = row > 0 && position <= (uint64_t)sqlite3_column_int64(select, 3);
    if (*found)
        result = event_take_block(reader, select, error);
    statement_end(select);
    return result;
}

int event_block_at(struct event_reader *reader, struct store_view *view, uint64_t position,
                   const struct block **block, struct error *error)
{
    const struct block *open = event_open_block(view);
    bool found = true;
    *block = open;
    if (open && position >= open->entries[0].position)
        return 0;
    if (!is_at_hand(reader, position) && read_block(reader, view, position, &found, error) != 0)
        return -1;
    *block = found ? &reader->block : NULL;
    return 0;
}

struct kept_event event_of_entry(const struct block *block, const struct block_entry *entry)
{
    struct kept_event event = {.position = entry->position,
                               .stored = entry->stored,
                               .bytes = block->details.data + entry->offset,
                               .size = entry->size};
    memcpy(event.id, entry->id, sizeof event.id);
    return event;
}

int event_read(struct event_reader *reader, struct store_view *view, uint64_t position,
               struct kept_event *event, bool *found, struct error *error)
{
    const struct block *block;
    if (event_block_at(reader, view, position, &block, error) != 0)
        return -1;
    const struct block_entry *entry = block ? block_find(block, position) : NULL;
    *found = entry != NULL;
    if (entry)
        *event = event_of_entry(block, entry);
    return 0;
}

/* ---- by id --------------------------------------------------------------------------------------------- */

struct sought {
    struct event_reader *reader;
    struct store_view *view;
    const uint8_t *id;
    struct kept_event *event;
};

/* In the block of a position. */
static int find_in_block(void *data, uint64_t position, struct error *error)
{
    struct sought *sought = data;
    const struct block *block;
    if (event_block_at(sought->reader, sought->view, position, &block, error) != 0)
        return -1;
    for (size_t i = 0; block && i < block->count; i++)
        if (memcmp(block->entries[i].id, sought->id, sizeof block->entries[i].id) == 0) {
            *sought->event = event_of_entry(block, &block->entries[i]);
            return 1;
        }
    return 0;
}

static bool has_id(sqlite3_stmt *row, const uint8_t id[16])
{
    const void *ids;
    const size_t size = column_bytes(row, 1, &ids);
    for (size_t at = 0; at + 16 <= size; at += 16)
        if (memcmp((const uint8_t *)ids + at, id, 16) == 0)
            return true;
    return false;
}

/* Looks through the ids of the tail's rows, the last one first. */
static int find_in_rows(struct sought *sought, struct error *error)
{
    struct database *database = sought->view->database;
    sqlite3_stmt *select =
        database_statement(database,
                           "SELECT first, ids FROM event_block WHERE first > "
                           "coalesce((SELECT last FROM event_segment ORDER BY first DESC LIMIT 1), 0)"
                           " ORDER BY first DESC",
                           error);
    if (!select)
        return -1;
    uint64_t first = 0;
    int row;
    while (!first && (row = statement_next(database, select, error)) > 0)
        if (has_id(select, sought->id))
            first = (uint64_t)sqlite3_column_int64(select, 0);
    statement_end(select);
    if (!first)
        return row < 0 ? -1 : 0;
    return find_in_block(sought, first, error);
}

static int find_in_runs(struct sought *sought, struct error *error)
{
    struct runs *runs = &sought->reader->runs;
    if (!runs->loaded && runs_load(runs, sought->view, error) != 0)
        return -1;
    return runs_find(runs, sought->view, id_hash(sought->id), find_in_block, sought, error);
}

int event_read_by_id(struct event_reader *reader, struct store_view *view, const uint8_t id[16],
                     struct kept_event *event, bool *found, struct error *error)
{
    struct sought sought = {reader, view, id, event};
    int result = view->tail ? tail_find(view->tail, id_hash(id), find_in_block, &sought, error)
                            : find_in_rows(&sought, error);
    if (result == 0)
        result = find_in_runs(&sought, error);
    *found = result > 0;
    return result < 0 ? -1 : 0;
}
