/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event_lists.h"
#include "store/event_writer.h"
#include "store/internal.h"

#include "base/mem.h"

#include <stdlib.h>

/* A segment ends, too, when its events have so many keys together. */
enum { SEGMENT_KEYS = 1 << 20 };

/* Finds every event of a segment. No key is this one (store_event_key). */
enum { KEY_OF_ALL = 0 };

struct keyed {
    uint64_t key;
    uint32_t at; /* from the segment's first */
};

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
    packing->keys[packing->key_count++] = (struct keyed){key, at};
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

enum { DIGITS = sizeof(uint64_t), VALUES_OF_A_DIGIT = 256 };

/* A key's byte, from the lowest on; the highest so that keys are in order as the table has them, as signed
 * numbers. */
static unsigned digit_of(uint64_t key, int digit)
{
    const uint64_t order = key ^ UINT64_C(1) << 63;
    return (unsigned)(order >> (8 * digit)) & 0xff;
}

/* One digit after the other, each time leaving in order what is equal in it (Knuth, The Art of Computer
 * Programming 3, 5.2.5): a key's positions stay in theirs. */
static void sort_keys(struct packing *packing)
{
    const size_t count = packing->key_count;
    struct keyed *from = packing->keys, *to = mem_alloc((count + 1) * sizeof *to);
    for (int digit = 0; digit < DIGITS; digit++) {
        size_t ends[VALUES_OF_A_DIGIT + 1] = {0};
        for (size_t i = 0; i < count; i++)
            ends[digit_of(from[i].key, digit) + 1]++;
        for (size_t value = 1; value < VALUES_OF_A_DIGIT; value++)
            ends[value] += ends[value - 1];
        for (size_t i = 0; i < count; i++)
            to[ends[digit_of(from[i].key, digit)]++] = from[i];
        struct keyed *const sorted = to;
        to = from;
        from = sorted;
    }
    packing->keys = from; /* there is an even number of digits: the block that was there before */
    free(to);
}

static int put_postings(struct packing *packing, struct error *error)
{
    struct lists_writer writer = {.tx = packing->tx, .segment = packing->first};
    int result = 0;
    sort_keys(packing);
    for (size_t from = 0, to; from < packing->key_count && result == 0; from = to) {
        packing->posting.count = 0;
        for (to = from; to < packing->key_count && packing->keys[to].key == packing->keys[from].key; to++)
            posting_add(&packing->posting, packing->keys[to].at);
        result = lists_put(&writer, packing->keys[from].key, &packing->posting, error);
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

bool events_want_packing(const struct store_tx *tx, bool resting)
{
    const struct tail_counts *tail = &tx->counts.tail;
    const size_t segments = resting ? 1 : 2;
    return tail->events >= segments * SEGMENT_EVENTS || tail->bytes >= segments * SEGMENT_BYTES;
}

static void count_packed(struct tail_counts *tail, const struct packing *packing)
{
    tail_lost(tail, packing->count, packing->bytes);
    tail->packed = packing->last;
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
        result = put_segment(packing, error);
    if (result == 0)
        count_packed(&tx->counts.tail, packing);
    packing_free(packing);
    return result;
}
