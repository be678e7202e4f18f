/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/tail.h"
#include "store/event/writer.h"
#include "store/internal.h"

#include "base/mem.h"

#include <sodium.h>
#include <stdlib.h>

enum { LEAST_SLOTS = 1024 };

void tail_free(struct event_tail *tail)
{
    block_free(&tail->open);
    free(tail->slots);
    *tail = (struct event_tail){0};
}

/* ---- ids ----------------------------------------------------------------------------------------------- */

/* The first slot that a hash may be in: the highest bits of its product with a secret odd number
 * (Dietzfelbinger and others, A reliable randomized algorithm for the closest-pair problem, 1997). */
static size_t slot_of(const struct event_tail *tail, uint64_t hash)
{
    return (size_t)(hash * tail->secret >> (64 - __builtin_ctzll(tail->slot_count)));
}

static void put_id(struct event_tail *tail, struct run_entry entry)
{
    size_t slot = slot_of(tail, entry.hash);
    while (tail->slots[slot].position)
        slot = (slot + 1) & (tail->slot_count - 1);
    tail->slots[slot] = entry;
    tail->used++;
}

/* Makes it anew, with those from `first` to `last`, in so many slots. */
static void keep_ids(struct event_tail *tail, uint64_t first, uint64_t last, size_t slot_count)
{
    struct run_entry *const were = tail->slots;
    const size_t count = tail->slot_count;
    tail->slots = mem_alloc(slot_count * sizeof *tail->slots);
    tail->slot_count = slot_count;
    tail->used = 0;
    if (!tail->secret) {
        randombytes_buf(&tail->secret, sizeof tail->secret);
        tail->secret |= 1;
    }
    for (size_t i = 0; i < count; i++)
        if (were[i].position && were[i].position >= first && were[i].position <= last)
            put_id(tail, were[i]);
    free(were);
}

/* Those up to `packed` are no longer needed. */
static void make_room(struct event_tail *tail, uint64_t packed)
{
    if (tail->slot_count)
        keep_ids(tail, packed + 1, UINT64_MAX, tail->slot_count);
    if (4 * tail->used >= tail->slot_count)
        keep_ids(tail, packed + 1, UINT64_MAX, tail->slot_count ? 2 * tail->slot_count : LEAST_SLOTS);
}

/* Half of the slots at least stay free. */
static void add_id(struct event_tail *tail, const uint8_t id[16], uint64_t position, uint64_t packed)
{
    if (2 * tail->used >= tail->slot_count)
        make_room(tail, packed);
    if (position > tail->newest)
        tail->newest = position;
    put_id(tail, (struct run_entry){.hash = id_hash(id), .position = position});
}

int tail_find(const struct event_tail *tail, uint64_t hash,
              int (*visit)(void *data, uint64_t position, struct error *error), void *data,
              struct error *error)
{
    int result = 0;
    if (!tail->slot_count)
        return 0;
    for (size_t slot = slot_of(tail, hash); tail->slots[slot].position && result == 0;
         slot = (slot + 1) & (tail->slot_count - 1))
        if (tail->slots[slot].hash == hash)
            result = visit(data, tail->slots[slot].position, error);
    return result;
}

static int stop(void *data, uint64_t position, struct error *error)
{
    (void)data;
    (void)position;
    (void)error;
    return 1;
}

bool tail_has(const struct event_tail *tail, uint64_t hash)
{
    return tail_find(tail, hash, stop, NULL, NULL) != 0;
}

void tail_undone(struct event_tail *tail, uint64_t position)
{
    block_clear(&tail->open);
    if (tail->newest <= position)
        return;
    keep_ids(tail, 0, position, tail->slot_count);
    tail->newest = position;
}

void tail_rest(struct event_tail *tail, uint64_t packed)
{
    block_free(&tail->open);
    if (!tail->slot_count)
        return;
    keep_ids(tail, packed + 1, UINT64_MAX, tail->slot_count);
    size_t slots = LEAST_SLOTS;
    while (slots <= 2 * tail->used)
        slots *= 2;
    keep_ids(tail, packed + 1, UINT64_MAX, slots);
}

/* ---- counts -------------------------------------------------------------------------------------------- */

static bool is_small(uint64_t events, uint64_t bytes)
{
    return events < BLOCK_EVENTS / 2 && bytes < BLOCK_BYTES / 2;
}

/* A row has come to the end. */
static void count_row(struct tail_counts *counts, uint64_t first, uint64_t events, uint64_t bytes)
{
    counts->events += events;
    counts->bytes += bytes;
    if (!is_small(events, bytes)) {
        counts->small_first = counts->small_events = counts->small_bytes = 0;
        return;
    }
    if (!counts->small_first)
        counts->small_first = first;
    counts->small_events += events;
    counts->small_bytes += bytes;
}

static void lose(uint64_t *count, uint64_t lost)
{
    *count -= lost < *count ? lost : *count;
}

void tail_lost(struct tail_counts *counts, uint64_t events, uint64_t bytes)
{
    lose(&counts->events, events);
    lose(&counts->bytes, bytes);
}

void tail_lost_event(struct tail_counts *counts, uint64_t position, uint64_t bytes)
{
    tail_lost(counts, 1, bytes);
    if (!counts->small_first || position < counts->small_first)
        return;
    lose(&counts->small_events, 1);
    lose(&counts->small_bytes, bytes);
}

static int find_packed(struct store_view *view, uint64_t *packed, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT last FROM event_segment ORDER BY first DESC LIMIT 1", error);
    if (!select)
        return -1;
    const int row = statement_next(view->database, select, error);
    *packed = row > 0 ? (uint64_t)sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* The rows behind a position, with first, ids and body, in order. */
static sqlite3_stmt *rows_behind(struct store_view *view, uint64_t packed, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT first, ids, body FROM event_block WHERE first > ?1 ORDER BY first", error);
    if (select)
        bind_number(select, 1, (int64_t)packed);
    return select;
}

int tail_count(struct tail_counts *counts, struct store_view *view, struct error *error)
{
    struct tail_counts found = {.may_be_merged = true};
    if (find_packed(view, &found.packed, error) != 0)
        return -1;
    sqlite3_stmt *select = rows_behind(view, found.packed, error);
    if (!select)
        return -1;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        const void *ids, *body;
        const size_t events = column_bytes(select, 1, &ids) / 16, size = column_bytes(select, 2, &body);
        count_row(&found, (uint64_t)sqlite3_column_int64(select, 0), events, block_plain_size(body, size));
    }
    statement_end(select);
    if (row == 0)
        *counts = found;
    return row;
}

static void load_ids(struct event_tail *tail, sqlite3_stmt *row, uint64_t packed)
{
    const void *ids;
    const size_t size = column_bytes(row, 1, &ids);
    for (size_t at = 0; at + 16 <= size; at += 16)
        add_id(tail, (const uint8_t *)ids + at, (uint64_t)sqlite3_column_int64(row, 0), packed);
}

int tail_load(struct event_tail *tail, uint64_t packed, struct store_view *view, struct error *error)
{
    sqlite3_stmt *select = rows_behind(view, packed, error);
    if (!select)
        return -1;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0)
        load_ids(tail, select, packed);
    statement_end(select);
    return row;
}

/* ---- growing ------------------------------------------------------------------------------------------- */

int tail_add(struct store_tx *tx, const struct block_entry *entry, const void *detail, size_t size,
             struct error *error)
{
    struct event_tail *tail = event_writer_tail(tx->events);
    block_add(&tail->open, entry, detail, size);
    add_id(tail, entry->id, entry->position, tx->committed.tail.packed);
    return block_is_full(&tail->open) ? tail_close(tx, error) : 0;
}

int tail_close(struct store_tx *tx, struct error *error)
{
    struct block *open = &event_writer_tail(tx->events)->open;
    if (!open->count)
        return 0;
    const uint64_t first = open->entries[0].position;
    if (block_put_row(tx, open, first, error) != 0)
        return -1;
    count_row(&tx->counts.tail, first, open->count, open->details.size);
    block_clear(open);
    return 0;
}

/* ---- joining ------------------------------------------------------------------------------------------- */

bool tail_wants_joining(const struct tail_counts *counts)
{
    return counts->small_bytes >= BLOCK_BYTES || counts->small_events >= BLOCK_EVENTS;
}

/* Of a row that was there at the start, an id is known by the row's key alone, the position of its first
 * event. That no longer leads to it where that event was forgotten since, or goes into the block before. */
static void learn_ids(struct store_tx *tx, const struct block *block, size_t from)
{
    for (size_t i = from; i < block->count; i++)
        add_id(event_writer_tail(tx->events), block->entries[i].id, block->entries[i].position,
               tx->committed.tail.packed);
}

/* Of a row that was read and removed, all to the open block. */
static int move_row(struct store_tx *tx, const struct block *block, uint64_t first, struct error *error)
{
    struct block *open = &event_writer_tail(tx->events)->open;
    if (block_remove_row(tx, first, error) != 0)
        return -1;
    if (first != block->entries[0].position)
        learn_ids(tx, block, 0);
    for (size_t i = 0; i < block->count; i++) {
        const struct block_entry *entry = &block->entries[i];
        block_add(open, entry, block->details.data + entry->offset, entry->size);
        if (!block_is_full(open))
            continue;
        if (tail_close(tx, error) != 0)
            return -1;
        learn_ids(tx, block, i + 1);
    }
    return 0;
}

/* The next row from *from on, which is moved behind its events; found is false where there is none. */
static int next_row(struct event_reader *reader, struct store_tx *tx, uint64_t *from, bool *found,
                    struct error *error)
{
    sqlite3_stmt *select =
        database_statement(tx->view.database,
                           "SELECT first, ids, body, last FROM event_block WHERE first >= ?1 ORDER BY first "
                           "LIMIT 1",
                           error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)*from);
    const int row = statement_next(tx->view.database, select, error);
    int result = row < 0 ? -1 : 0;
    *found = row > 0;
    if (row > 0) {
        *from = (uint64_t)sqlite3_column_int64(select, 3) + 1;
        result = event_take_block(reader, select, error);
    }
    statement_end(select);
    return result;
}

int tail_join(struct store_tx *tx, struct error *error)
{
    struct event_reader reader = {0};
    struct tail_counts *counts = &tx->counts.tail;
    uint64_t from = counts->small_first;
    bool found = true;
    tail_lost(counts, counts->small_events, counts->small_bytes);
    counts->small_first = counts->small_events = counts->small_bytes = 0;
    int result = 0;
    while (result == 0 && (result = next_row(&reader, tx, &from, &found, error)) == 0 && found)
        result = move_row(tx, &reader.block, reader.block_first, error);
    event_reader_free(&reader);
    return result;
}
