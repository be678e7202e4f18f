/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/lists.h"
#include "store/event/sort.h"
#include "store/event/writer.h"
#include "store/internal.h"

#include "base/mem.h"

#include <stdlib.h>

/* A segment ends, too, when its events have so many keys together. */
enum { SEGMENT_KEYS = 1 << 20 };

/* Finds every event of a segment. No key is this one (store_event_key). */
enum { KEY_OF_ALL = 0 };

struct keyed {
    uint64_t order; /* of the key, as below */
    uint64_t at;    /* from the segment's first */
};
_Static_assert(sizeof(struct keyed) == SORTED_BYTES, "they are sorted by sort_records");

/* The table has keys in order as signed numbers: its own inverse. */
static uint64_t order_of(uint64_t key)
{
    return key ^ UINT64_C(1) << 63;
}

/* The segment that is being packed. */
struct packing {
    struct store_tx *tx;
    struct event_reader reader;
    struct detail detail;
    struct run_entry ids[SEGMENT_EVENTS];
    size_t count, bytes;
    uint64_t first, last;
    int64_t since, until;
    bool names_openly;
    struct keyed *keys;
    size_t key_count, key_capacity;
    struct posting posting;
};

static void packing_free(struct packing *packing)
{
    event_reader_free(&packing->reader);
    detail_free(&packing->detail);
    posting_free(&packing->posting);
    free(packing->keys);
    free(packing);
}

/* ---- gathering ----------------------------------------------------------------------------------------- */

static void add_key(struct packing *packing, uint64_t key, uint32_t at)
{
    if (packing->key_count == packing->key_capacity) {
        packing->key_capacity = packing->key_capacity ? 2 * packing->key_capacity : 1 << 14;
        packing->keys = mem_resize(packing->keys, packing->key_capacity, sizeof *packing->keys);
    }
    packing->keys[packing->key_count++] = (struct keyed){order_of(key), at};
}

static int add_event(struct packing *packing, const struct kept_event *event, struct error *error)
{
    struct detail *detail = &packing->detail;
    if (detail_decode(detail, event->bytes, event->size) != 0)
        return event_damaged(event->position, error);
    packing->names_openly |= detail->names_openly;
    packing->bytes += event->size;
    const uint32_t at = (uint32_t)(event->position - packing->first);
    add_key(packing, KEY_OF_ALL, at);
    for (size_t i = 0; i < detail->key_count; i++)
        add_key(packing, detail->keys[i], at);
    packing->ids[packing->count++] =
        (struct run_entry){.hash = id_hash(event->id), .position = event->position};
    return 0;
}

static int add_block(struct packing *packing, sqlite3_stmt *row, struct error *error)
{
    const struct block *block = &packing->reader.block;
    if (event_take_block(&packing->reader, row, error) != 0)
        return -1;
    if (block->count > SEGMENT_EVENTS - packing->count) /* none is written with so many */
        return event_damaged(packing->reader.block_first, error);
    if (packing->count == 0) {
        packing->first = packing->reader.block_first;
        packing->since = sqlite3_column_int64(row, 4);
    }
    packing->last = (uint64_t)sqlite3_column_int64(row, 3);
    packing->until = sqlite3_column_int64(row, 5);
    for (size_t i = 0; i < block->count; i++) {
        const struct kept_event event = event_of_entry(block, &block->entries[i]);
        if (add_event(packing, &event, error) != 0)
            return -1;
    }
    return 0;
}

/* Another block may not fit into it. */
static bool is_full(const struct packing *packing)
{
    return packing->count > SEGMENT_EVENTS - BLOCK_EVENTS || packing->bytes >= SEGMENT_BYTES ||
           packing->key_count >= SEGMENT_KEYS;
}

static int gather(struct packing *packing, struct error *error)
{
    struct database *database = packing->tx->view.database;
    sqlite3_stmt *select = database_statement(
        database,
        "SELECT first, ids, body, last, since, until FROM event_block WHERE first > "
        "coalesce((SELECT last FROM event_segment ORDER BY first DESC LIMIT 1), 0) ORDER BY first",
        error);
    if (!select)
        return -1;
    int row = 0, result = 0;
    while (result == 0 && !is_full(packing) && (row = statement_next(database, select, error)) > 0)
        result = add_block(packing, select, error);
    statement_end(select);
    return row < 0 ? -1 : result;
}

/* ---- postings ------------------------------------------------------------------------------------------ */

static int put_postings(struct packing *packing, struct error *error)
{
    struct lists_writer writer = {.tx = packing->tx, .segment = packing->first};
    int result = 0;
    const struct keyed *keys = packing->keys;
    sort_records(packing->keys, packing->key_count, sizeof keys->order);
    for (size_t from = 0, to; from < packing->key_count && result == 0; from = to) {
        packing->posting.count = 0;
        for (to = from; to < packing->key_count && keys[to].order == keys[from].order; to++)
            posting_add(&packing->posting, (uint32_t)keys[to].at);
        result = lists_put(&writer, order_of(keys[from].order), &packing->posting, error);
    }
    return lists_end(&writer, result, error);
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static int put_segment(struct packing *packing, struct error *error)
{
    struct database *database = packing->tx->view.database;
    sqlite3_stmt *insert = database_statement(
        database, "INSERT INTO event_segment (first, last, since, until, openly) VALUES (?1, ?2, ?3, ?4, ?5)",
        error);
    if (!insert)
        return -1;
    bind_number(insert, 1, (int64_t)packing->first);
    bind_number(insert, 2, (int64_t)packing->last);
    bind_number(insert, 3, packing->since);
    bind_number(insert, 4, packing->until);
    bind_number(insert, 5, packing->names_openly);
    return statement_run(database, insert, error);
}

bool events_fill(const struct store_tx *tx, size_t segments)
{
    const struct tail_counts *tail = &tx->counts.tail;
    return tail->events >= segments * SEGMENT_EVENTS || tail->bytes >= segments * SEGMENT_BYTES;
}

static void count_packed(struct tail_counts *tail, const struct packing *packing)
{
    tail_lost(tail, packing->count, packing->bytes);
    tail->packed = packing->last;
    tail->may_be_merged = true;
    if (tail->small_first <= packing->last)
        tail->small_first = tail->small_events = tail->small_bytes = 0;
}

int events_pack(struct store_tx *tx, struct error *error)
{
    struct packing *packing = mem_alloc(sizeof *packing);
    packing->tx = tx;
    int result = tail_close(tx, error);
    if (result == 0)
        result = gather(packing, error);
    if (result == 0 && !is_full(packing))
        result = error_set(error, ERROR_NOT_FOUND, "the tail of events is shorter than it was thought");
    if (result == 0)
        result = put_postings(packing, error);
    if (result == 0)
        result = runs_add(tx, packing->ids, packing->count, error);
    if (result == 0)
        event_writer_know_packed(tx->events, packing->ids, packing->count); /* which is now sorted */
    if (result == 0)
        result = put_segment(packing, error);
    if (result == 0)
        count_packed(&tx->counts.tail, packing);
    packing_free(packing);
    return result;
}
