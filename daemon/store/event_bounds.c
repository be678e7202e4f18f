/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event_bounds.h"
#include "store/internal.h"

/* ---- the tail ------------------------------------------------------------------------------------------ */

/* The event at a position or the next one; *found is false where there is none. */
static int tail_at(struct store_view *view, uint64_t from, uint64_t *position, int64_t *stored, bool *found,
                   struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT seq, stored FROM event_tail WHERE seq >= ?1 ORDER BY seq LIMIT 1", error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)from);
    const int row = statement_next(view->database, select, error);
    *found = row > 0;
    if (row > 0) {
        *position = (uint64_t)sqlite3_column_int64(select, 0);
        *stored = sqlite3_column_int64(select, 1);
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static int tail_end(struct store_view *view, uint64_t *end, struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT coalesce(max(seq), 0) FROM event_tail", error);
    if (!select)
        return -1;
    const int row = statement_next(view->database, select, error);
    *end = row > 0 ? (uint64_t)sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* Halves what is left of the tail: everything before `low` was stored in time, nothing from `high` on. */
static int last_of_tail(struct store_view *view, int64_t time, uint64_t *last, struct error *error)
{
    uint64_t low = 0, high, position = 0;
    int64_t stored = 0;
    bool found;
    *last = 0;
    if (tail_end(view, &high, error) != 0)
        return -1;
    high++;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (tail_at(view, middle, &position, &stored, &found, error) != 0)
            return -1;
        if (!found || stored > time) {
            high = middle;
        } else {
            *last = position;
            low = position + 1;
        }
    }
    return 0;
}

/* ---- what is packed ------------------------------------------------------------------------------------ */

/* The last segment, or block, that begins in time. */
static int last_that_begins(struct store_view *view, const char *sql, int64_t time, uint64_t *first,
                            uint64_t *last, int64_t *until, struct error *error)
{
    sqlite3_stmt *select = database_statement(view->database, sql, error);
    if (!select)
        return -1;
    bind_number(select, 1, time);
    if (*last)
        bind_number(select, 2, (int64_t)*last);
    const int row = statement_next(view->database, select, error);
    *last = 0;
    if (row > 0) {
        *first = (uint64_t)sqlite3_column_int64(select, 0);
        *last = (uint64_t)sqlite3_column_int64(select, 1);
        *until = sqlite3_column_int64(select, 2);
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static int last_of_block(struct event_reader *reader, struct store_view *view, uint64_t first, int64_t time,
                         uint64_t *last, struct error *error)
{
    bool found;
    if (event_read_block(reader, view, first, &found, error) != 0)
        return -1;
    *last = first - 1; /* what came before it was stored no later */
    for (size_t i = 0; found && i < reader->block.count && reader->block.entries[i].stored <= time; i++)
        *last = reader->block.entries[i].position;
    return 0;
}

static int last_of_packed(struct event_reader *reader, struct store_view *view, int64_t time, uint64_t *last,
                          struct error *error)
{
    static const char segment[] = "SELECT first, last, until FROM event_segment WHERE since <= ?1 "
                                  "ORDER BY first DESC LIMIT 1";
    static const char block[] =
        "SELECT first, last, until FROM event_block WHERE since <= ?1 AND first <= ?2 "
        "ORDER BY first DESC LIMIT 1";
    uint64_t first = 0;
    int64_t until = 0;
    *last = 0;
    if (last_that_begins(view, segment, time, &first, last, &until, error) != 0)
        return -1;
    if (*last == 0 || until <= time)
        return 0;
    if (last_that_begins(view, block, time, &first, last, &until, error) != 0)
        return -1;
    if (*last == 0 || until <= time)
        return 0;
    return last_of_block(reader, view, first, time, last, error);
}

int event_last_by(struct event_reader *reader, struct store_view *view, int64_t time, uint64_t *position,
                  struct error *error)
{
    if (last_of_tail(view, time, position, error) != 0)
        return -1;
    return *position ? 0 : last_of_packed(reader, view, time, position, error);
}
