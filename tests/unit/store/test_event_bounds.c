/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times of storing as positions, beside a plain list: in segments, in rows behind them and in the block that
 * is open, with some of the events gone again. */
#include "shelf.h"

#include "store/event/bounds.h"
#include "store/event/tail.h"
#include "store/event/writer.h"
#include "store/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROUNDS = 150, MOST_EVENTS = 60, MOST_ROWS = 12 };

struct kept {
    uint64_t position;
    int64_t stored;
    bool gone;
};

struct row {
    size_t begin, end; /* its events in the list */
};

struct layout {
    uint64_t random, position;
    int64_t stored;
    struct kept events[MOST_EVENTS];
    size_t count;
    struct row rows[MOST_ROWS];
    size_t row_count;
};

static uint32_t roll(struct layout *layout, uint32_t sides)
{
    layout->random = layout->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(layout->random >> 33) % sides;
}

/* ---- making -------------------------------------------------------------------------------------------- */

static int add_events(struct store_tx *tx, struct layout *layout, struct error *error)
{
    for (uint32_t i = roll(layout, 4) + 1; i > 0; i--) {
        struct kept *kept = &layout->events[layout->count++];
        layout->position += 1 + roll(layout, 3);
        layout->stored += roll(layout, 3);
        *kept = (struct kept){.position = layout->position, .stored = layout->stored};
        const struct block_entry entry = {.position = kept->position, .stored = kept->stored};
        if (tail_add(tx, &entry, "x", 1, error) != 0)
            return -1;
    }
    return 0;
}

static int add_row(struct store_tx *tx, struct layout *layout, struct error *error)
{
    struct row *row = &layout->rows[layout->row_count++];
    row->begin = layout->count;
    const int result = add_events(tx, layout, error);
    row->end = layout->count;
    return result == 0 ? tail_close(tx, error) : -1;
}

static int put_segment(struct store_tx *tx, const struct kept *first, const struct kept *last,
                       struct error *error)
{
    sqlite3_stmt *insert =
        database_statement(tx->view.database, "INSERT INTO event_segment VALUES (?1, ?2, ?3, ?4, 0)", error);
    if (!insert)
        return -1;
    bind_number(insert, 1, (int64_t)first->position);
    bind_number(insert, 2, (int64_t)last->position);
    bind_number(insert, 3, first->stored);
    bind_number(insert, 4, last->stored);
    return statement_run(tx->view.database, insert, error);
}

/* Of the first so many rows, one to three to a segment. */
static int put_segments(struct store_tx *tx, struct layout *layout, struct error *error)
{
    const size_t rows = roll(layout, (uint32_t)layout->row_count + 1);
    for (size_t from = 0, to; from < rows; from = to) {
        to = from + 1 + roll(layout, 3);
        if (to > rows)
            to = rows;
        if (put_segment(tx, &layout->events[layout->rows[from].begin],
                        &layout->events[layout->rows[to - 1].end - 1], error) != 0)
            return -1;
    }
    return 0;
}

/* As forgetting does. */
static int take_some_away(struct store_tx *tx, struct layout *layout, const struct row *row,
                          struct error *error)
{
    struct event_reader reader = {0};
    const struct block *block;
    const uint64_t first = layout->events[row->begin].position;
    const bool all = roll(layout, 3) == 0;
    int result = event_block_at(&reader, &tx->view, first, &block, error);
    for (size_t i = row->end; i > row->begin && result == 0; i--)
        if (all || roll(layout, 2)) {
            block_remove(&reader.block, i - 1 - row->begin);
            layout->events[i - 1].gone = true;
        }
    if (result == 0)
        result = block_rewrite_row(tx, &reader.block, first, error);
    event_reader_free(&reader);
    return result;
}

static int empty(struct store_tx *tx, struct error *error)
{
    return database_execute(tx->view.database, "DELETE FROM event_block; DELETE FROM event_segment", error);
}

static int make(struct store_tx *tx, struct layout *layout, struct error *error)
{
    layout->count = layout->row_count = 0;
    layout->stored = 100;
    if (empty(tx, error) != 0)
        return -1;
    for (uint32_t i = roll(layout, MOST_ROWS); i > 0; i--)
        if (add_row(tx, layout, error) != 0)
            return -1;
    if (put_segments(tx, layout, error) != 0)
        return -1;
    for (size_t i = 0; i < layout->row_count; i++)
        if (roll(layout, 3) == 0 && take_some_away(tx, layout, &layout->rows[i], error) != 0)
            return -1;
    return roll(layout, 2) ? add_events(tx, layout, error) : 0;
}

/* ---- asking -------------------------------------------------------------------------------------------- */

static int check(struct store_tx *tx, const struct layout *layout, int64_t time, struct error *error)
{
    struct event_reader reader = {0};
    uint64_t bound;
    int result = event_last_by(&reader, &tx->view, time, &bound, error);
    if (result == 0 && bound > layout->position)
        result = error_set(error, ERROR_FAILED, "at %lld the bound is behind all", (long long)time);
    for (size_t i = 0; i < layout->count && result == 0; i++) {
        const struct kept *event = &layout->events[i];
        if (!event->gone && (event->position <= bound) != (event->stored <= time))
            result = error_set(error, ERROR_FAILED, "at %lld the bound is %llu, and event %llu is of %lld",
                               (long long)time, (unsigned long long)bound,
                               (unsigned long long)event->position, (long long)event->stored);
    }
    event_reader_free(&reader);
    return result;
}

static int make_and_ask(struct store_tx *tx, void *data, struct error *error)
{
    struct layout *layout = data;
    int result = make(tx, layout, error);
    if (result == 0)
        result = check(tx, layout, -1, error); /* before 1970 */
    for (int64_t time = 99; time <= layout->stored + 1 && result == 0; time++)
        result = check(tx, layout, time, error);
    return result == 0 ? tail_close(tx, error) : -1;
}

static void a_time_is_a_position(void **state)
{
    struct layout layout = {.random = 5};
    for (int round = 0; round < ROUNDS; round++)
        shelf_run(*state, make_and_ask, &layout);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_time_is_a_position, shelf_open, shelf_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
