/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/writer.h"
#include "store/internal.h"

#include "base/clock.h"
#include "base/mem.h"

#include <roaring/roaring.h>
#include <stdlib.h>

/* The filter is in parts, for a bitmap of numbers all over the place takes the longer to add one the more
 * stretches of numbers it has. Of hashes that come in order as many are added to one at a time. */
enum { PART_BITS = 26, PARTS = 1 << (32 - PART_BITS), HASHES_AT_ONCE = 4096 };

struct event_writer {
    /* Of all that are not in the tail, by the first 32 bits of their hashes, the first few of which say the
     * part: it may be too many, and never too few. */
    roaring_bitmap_t *known[PARTS];
    struct event_clock *clock;
    int64_t stored, committed; /* last */
    struct event_tail tail;
    struct event_reader reader;
};

/* ---- the filter ---------------------------------------------------------------------------------------- */

static uint32_t short_hash(uint64_t hash)
{
    return (uint32_t)(hash >> (ID_HASH_BITS - 32));
}

static uint32_t part_of(uint32_t hash)
{
    return hash >> PART_BITS;
}

static uint32_t in_part(uint32_t hash)
{
    return hash & ((1u << PART_BITS) - 1);
}

bool event_writer_may_know(const struct event_writer *writer, const uint8_t id[16])
{
    const uint64_t hash = id_hash(id);
    const uint32_t few = short_hash(hash);
    return tail_has(&writer->tail, hash) ||
           roaring_bitmap_contains(writer->known[part_of(few)], in_part(few));
}

void event_writer_know(struct event_writer *writer, const uint8_t id[16])
{
    const uint32_t hash = short_hash(id_hash(id));
    roaring_bitmap_add(writer->known[part_of(hash)], in_part(hash));
}

struct filling {
    struct event_writer *writer;
    uint32_t part, hashes[HASHES_AT_ONCE]; /* all of one part */
    size_t count;
};

static void add_all(struct filling *filling)
{
    roaring_bitmap_add_many(filling->writer->known[filling->part], filling->count, filling->hashes);
    filling->count = 0;
}

static void add_hash(void *data, uint64_t hash)
{
    struct filling *filling = data;
    const uint32_t part = part_of(short_hash(hash));
    if (filling->count == HASHES_AT_ONCE || part != filling->part)
        add_all(filling);
    filling->part = part;
    filling->hashes[filling->count++] = in_part(short_hash(hash));
}

void event_writer_know_packed(struct event_writer *writer, const struct run_entry *entries, size_t count)
{
    struct filling filling = {.writer = writer};
    for (size_t i = 0; i < count; i++)
        add_hash(&filling, entries[i].hash);
    add_all(&filling);
}

static int fill(struct event_writer *writer, struct store_view *view, struct error *error)
{
    struct filling filling = {.writer = writer};
    if (runs_hashes(view, add_hash, &filling, error) != 0)
        return -1;
    add_all(&filling);
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT id FROM event_awaited WHERE length(id) = 16", error);
    if (!select)
        return -1;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0)
        event_writer_know(writer, sqlite3_column_blob(select, 0));
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* ---- times --------------------------------------------------------------------------------------------- */

/* The clock is looked at after it is said that something stores, and before it is said since when: whoever
 * sees that nothing does has looked at the clock before. */
int64_t event_writer_stamp(struct event_writer *writer)
{
    const bool is_first = atomic_load(&writer->clock->since) == NOTHING_STORES;
    if (is_first)
        atomic_store(&writer->clock->since, SOMETHING_STORES);
    const int64_t now = clock_now(), least = is_first ? writer->committed + 1 : writer->stored;
    writer->stored = now > least ? now : least;
    if (is_first)
        atomic_store(&writer->clock->since, writer->stored);
    return writer->stored;
}

int64_t event_clock_through(struct event_clock *clock)
{
    const int64_t now = clock_now(), since = atomic_load(&clock->since);
    if (since == SOMETHING_STORES)
        return INT64_MIN;
    return (since == NOTHING_STORES ? now : since) - 1;
}

int event_last_stored(struct store_view *view, int64_t *stored, struct error *error)
{
    const struct block *open = event_open_block(view);
    if (open) {
        *stored = open->entries[open->count - 1].stored;
        return 0;
    }
    sqlite3_stmt *select =
        database_statement(view->database,
                           "SELECT coalesce((SELECT until FROM event_block ORDER BY first DESC LIMIT 1),"
                           " (SELECT until FROM event_segment ORDER BY first DESC LIMIT 1), 0)",
                           error);
    if (!select)
        return -1;
    const int row = statement_next(view->database, select, error);
    *stored = row > 0 ? sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

void event_writer_committed(struct event_writer *writer)
{
    writer->committed = writer->stored;
    atomic_store(&writer->clock->since, NOTHING_STORES);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

int event_writer_make(struct store_tx *tx, struct event_clock *clock, struct error *error)
{
    struct event_writer *writer = mem_alloc(sizeof *writer);
    for (size_t i = 0; i < PARTS; i++)
        writer->known[i] = roaring_bitmap_create();
    writer->clock = clock;
    tx->events = writer;
    tx->view.tail = &writer->tail;
    if (fill(writer, &tx->view, error) != 0 || event_last_stored(&tx->view, &writer->stored, error) != 0 ||
        tail_count(&tx->counts.tail, &tx->view, error) != 0 ||
        tail_load(&writer->tail, tx->counts.tail.packed, &tx->view, error) != 0)
        return -1;
    for (size_t i = 0; i < PARTS; i++)
        roaring_bitmap_shrink_to_fit(writer->known[i]);
    writer->committed = writer->stored;
    tx->committed = tx->counts;
    return 0;
}

void event_writer_free(struct event_writer *writer)
{
    if (!writer)
        return;
    for (size_t i = 0; i < PARTS; i++)
        roaring_bitmap_free(writer->known[i]);
    event_reader_free(&writer->reader);
    tail_free(&writer->tail);
    free(writer);
}

void event_writer_undone(struct event_writer *writer, uint64_t position)
{
    tail_undone(&writer->tail, position);
    event_reader_forget(&writer->reader);
}

void event_writer_moved(struct event_writer *writer)
{
    event_reader_forget(&writer->reader);
}

void event_writer_rest(struct store_tx *tx)
{
    event_reader_free(&tx->events->reader);
    tail_rest(&tx->events->tail, tx->committed.tail.packed);
}

struct event_reader *event_writer_reader(struct event_writer *writer)
{
    return &writer->reader;
}

struct event_tail *event_writer_tail(struct event_writer *writer)
{
    return &writer->tail;
}
