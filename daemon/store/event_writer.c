/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event_writer.h"
#include "store/event_posting.h"
#include "store/internal.h"

#include "base/clock.h"
#include "base/mem.h"

#include <roaring/roaring.h>
#include <stdlib.h>

/* Of hashes that come in order as many are added at a time. */
enum { HASHES_AT_ONCE = 4096 };

struct event_writer {
    roaring_bitmap_t *known; /* by the first 32 bits of their hashes: it may be too many, and never too few */
    struct event_clock *clock;
    int64_t stored, committed; /* last */
    size_t events, bytes;      /* in the tail */
    struct event_reader reader;
};

/* ---- the filter ---------------------------------------------------------------------------------------- */

static uint32_t short_hash(uint64_t hash)
{
    return (uint32_t)(hash >> (ID_HASH_BITS - 32));
}

bool event_writer_may_know(const struct event_writer *writer, const uint8_t id[16])
{
    return roaring_bitmap_contains(writer->known, short_hash(id_hash(id)));
}

bool event_writer_know(struct event_writer *writer, const uint8_t id[16])
{
    return !roaring_bitmap_add_checked(writer->known, short_hash(id_hash(id)));
}

struct filling {
    roaring_bitmap_t *known;
    uint32_t hashes[HASHES_AT_ONCE];
    size_t count;
};

static void add_all(struct filling *filling)
{
    roaring_bitmap_add_many(filling->known, filling->count, filling->hashes);
    filling->count = 0;
}

static void add_hash(void *data, uint64_t hash)
{
    struct filling *filling = data;
    filling->hashes[filling->count++] = short_hash(hash);
    if (filling->count == HASHES_AT_ONCE)
        add_all(filling);
}

static int add_ids(struct event_writer *writer, struct store_view *view, sqlite3_stmt *select,
                   struct error *error)
{
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        const void *id;
        if (column_bytes(select, 0, &id) == 16)
            event_writer_know(writer, id);
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static int fill(struct event_writer *writer, struct store_view *view, struct error *error)
{
    struct filling filling = {.known = writer->known};
    if (runs_hashes(view, add_hash, &filling, error) != 0)
        return -1;
    add_all(&filling);
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT id FROM event_tail UNION ALL SELECT id FROM event_awaited", error);
    return select ? add_ids(writer, view, select, error) : -1;
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
    sqlite3_stmt *select =
        database_statement(view->database,
                           "SELECT coalesce((SELECT stored FROM event_tail ORDER BY seq DESC LIMIT 1),"
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

/* ---- the tail ------------------------------------------------------------------------------------------ */

void event_writer_grown(struct event_writer *writer, size_t bytes)
{
    writer->events++;
    writer->bytes += bytes;
}

bool event_writer_wants_packing(const struct event_writer *writer, bool resting)
{
    const size_t segments = resting ? 1 : 2;
    return writer->events >= segments * SEGMENT_EVENTS || writer->bytes >= segments * SEGMENT_BYTES;
}

void event_writer_packed(struct event_writer *writer, size_t events, size_t bytes)
{
    writer->events -= events < writer->events ? events : writer->events;
    writer->bytes -= bytes < writer->bytes ? bytes : writer->bytes;
    event_reader_forget(&writer->reader);
}

int event_writer_recount(struct event_writer *writer, struct store_view *view, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT count(*), coalesce(sum(length(body)), 0) FROM event_tail", error);
    if (!select)
        return -1;
    const int row = statement_next(view->database, select, error);
    if (row > 0) {
        writer->events = (size_t)sqlite3_column_int64(select, 0);
        writer->bytes = (size_t)sqlite3_column_int64(select, 1);
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* ---- life ---------------------------------------------------------------------------------------------- */

int event_writer_make(struct event_writer **out, struct store_view *view, struct event_clock *clock,
                      struct error *error)
{
    struct event_writer *writer = mem_alloc(sizeof *writer);
    writer->known = roaring_bitmap_create();
    writer->clock = clock;
    *out = writer;
    if (fill(writer, view, error) != 0 || event_last_stored(view, &writer->stored, error) != 0 ||
        event_writer_recount(writer, view, error) != 0)
        return -1;
    roaring_bitmap_shrink_to_fit(writer->known);
    writer->committed = writer->stored;
    return 0;
}

void event_writer_free(struct event_writer *writer)
{
    if (!writer)
        return;
    roaring_bitmap_free(writer->known);
    event_reader_free(&writer->reader);
    free(writer);
}

void event_writer_undone(struct event_writer *writer)
{
    event_reader_forget(&writer->reader);
}

void event_writer_rest(struct event_writer *writer)
{
    event_reader_free(&writer->reader);
}

struct event_reader *event_writer_reader(struct event_writer *writer)
{
    return &writer->reader;
}
