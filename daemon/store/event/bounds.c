/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/bounds.h"
#include "store/internal.h"

/* The last row that begins in time, among those of the last segment that does and those behind it: nothing in
 * the next segment was stored in time. *first is 0 where there is none; all of it was, up to `last`, where
 * `until` was. */
static int last_that_begins(struct store_view *view, int64_t time, uint64_t *first, uint64_t *last,
                            int64_t *until, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database,
        "SELECT first, last, until FROM event_block WHERE since <= ?1 AND first < coalesce("
        "(SELECT first FROM event_segment WHERE since > ?1 ORDER BY first LIMIT 1), 9223372036854775807)"
        " ORDER BY first DESC LIMIT 1",
        error);
    if (!select)
        return -1;
    bind_number(select, 1, time);
    const int row = statement_next(view->database, select, error);
    *first = 0;
    if (row > 0) {
        *first = (uint64_t)sqlite3_column_int64(select, 0);
        *last = (uint64_t)sqlite3_column_int64(select, 1);
        *until = sqlite3_column_int64(select, 2);
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* What came before a block that begins at `first` was stored no later than its first event. */
static uint64_t last_of_block(const struct block *block, uint64_t first, int64_t time)
{
    uint64_t last = first - 1;
    for (size_t i = 0; i < block->count && block->entries[i].stored <= time; i++)
        last = block->entries[i].position;
    return last;
}

static int last_of_rows(struct event_reader *reader, struct store_view *view, int64_t time,
                        uint64_t *position, struct error *error)
{
    uint64_t first, last = 0;
    int64_t until = 0;
    const struct block *block;
    if (last_that_begins(view, time, &first, &last, &until, error) != 0)
        return -1;
    *position = last;
    if (!first || until <= time)
        return 0;
    if (event_block_at(reader, view, first, &block, error) != 0)
        return -1;
    *position = last_of_block(block, first, time);
    return 0;
}

int event_last_by(struct event_reader *reader, struct store_view *view, int64_t time, uint64_t *position,
                  struct error *error)
{
    const struct block *open = event_open_block(view);
    if (!open || open->entries[0].stored > time)
        return last_of_rows(reader, view, time, position, error);
    *position = last_of_block(open, open->entries[0].position, time);
    return 0;
}
