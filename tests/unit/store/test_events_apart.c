/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the store of events promises beside finding them: limits, times, and what it says when it is damaged.
 */
#include "given.h"

#include "base/clock.h"
#include "base/mem.h"
#include "store/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- limits -------------------------------------------------------------------------------------------- */

static void a_page_ends_when_it_is_full(void **state)
{
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1, .count = 5, .attachments = 2, .attached = 1000});
    const struct store_event_question all = {.limit = 10, .ascending = true};
    struct store_event_question few = {
        .limit = 10, .most_bytes = 4100, .with_attachments = true, .ascending = true};
    assert_int_equal(ask_for(shelf, all).count, 5);
    assert_int_equal(ask_for(shelf, all).attachments, 0);
    struct asked page = ask_for(shelf, few);
    assert_int_equal(page.count, 2);
    assert_int_equal(page.attached, 4000);
    assert_string_equal(page.kinds, "text/plain image/png");
    assert_int_equal(page.page.next, page.last + 1);
    few.from = page.page.next;
    page = ask_for(shelf, few);
    assert_int_equal(page.count, 2);
    few.from = page.page.next;
    page = ask_for(shelf, few);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.page.next, 0);
    few.from = 0;
    few.most_bytes = 1; /* but one event, if there is any */
    page = ask_for(shelf, few);
    assert_int_equal(page.count, 1);
    assert_true(page.page.next != 0);
    assert_int_equal(ask_for(shelf, (struct store_event_question){.limit = 0}).count, 0);
}

static size_t count_of(struct shelf *shelf, struct store_event_question question)
{
    struct asked asked = {.question = question};
    asked.question.limit = asked.question.most_bytes = SIZE_MAX;
    shelf_run(shelf, ask, &asked);
    return asked.count;
}

static int64_t stored_at(struct shelf *shelf, uint64_t position)
{
    return ask_for(shelf, (struct store_event_question){.limit = 1, .from = position}).stored;
}

/* Of so many events: the one at `at` is a row, and was stored at a time of its own. */
static void assert_edge_is_exact(struct shelf *shelf, uint64_t count, uint64_t at)
{
    const int64_t any = INT64_MIN, stored = stored_at(shelf, at);
    const struct {
        struct store_event_question question;
        uint64_t count;
    } asked[] = {
        {{.since = any, .until = any, .from = at, .ascending = true}, count + 1 - at},
        {{.since = any, .until = any, .from = at}, at},
        {{.since = any, .until = stored}, at},
        {{.since = any, .until = stored - 1}, at - 1},
        {{.since = any, .until = stored, .ascending = true}, at},
        {{.since = stored, .until = any}, count - at},
        {{.since = stored - 1, .until = any}, count + 1 - at},
    };
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        assert_int_equal(count_of(shelf, asked[i].question), asked[i].count);
}

static void what_is_between_rows_is_exact(void **state)
{
    enum { ROWS = 5 };
    struct shelf *shelf = *state;
    for (uint32_t id = 1; id <= ROWS; id++)
        give(shelf, (struct given){.id = id});
    for (uint64_t at = 1; at <= ROWS; at++)
        assert_edge_is_exact(shelf, ROWS, at);
}

/* A segment is full with the first row after which another of 1,024 would not fit. */
static void what_is_between_segments_is_exact(void **state)
{
    enum { FULL = SEGMENT - 1024 + 1, EVENTS = 2 * FULL + 1 };
    static const uint64_t edges[] = {1, FULL - 1, FULL, FULL + 1, 2 * FULL, EVENTS};
    struct shelf *shelf = *state;
    for (uint32_t segment = 0; segment < 2; segment++) {
        const uint32_t id = 1 + segment * FULL;
        give(shelf, (struct given){.id = id, .raw = "x"});
        give(shelf, (struct given){.id = id + 1, .count = FULL - 3, .raw = "x"});
        give(shelf, (struct given){.id = id + FULL - 2, .raw = "x"});
        give(shelf, (struct given){.id = id + FULL - 1, .raw = "x"});
        shelf_run(shelf, pack, NULL);
    }
    give(shelf, (struct given){.id = EVENTS, .raw = "x"});
    assert_int_equal(left(shelf, "SELECT max(last) FROM event_segment"), 2 * FULL);
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
        assert_edge_is_exact(shelf, EVENTS, edges[i]);
}

static void what_is_too_large_is_refused(void **state)
{
    char *raw = mem_alloc((16 << 20) + 2);
    memset(raw, 'x', (16 << 20) + 1);
    give_in_vain(*state, (struct given){.id = 1, .raw = raw},
                 "the event is too large to be kept; send it in parts");
    free(raw);
}

/* ---- what speaks about something ----------------------------------------------------------------------- */

enum { KEYS = 1000 };

static int append_two_of_a_kind(struct store_tx *tx, void *data, struct error *error)
{
    uint64_t *keys = data, position;
    enum store_outcome outcome;
    const struct event facts = {.actor = 1};
    for (uint32_t i = 0; i < KEYS; i++)
        keys[i] = store_event_key_of_person(1, i);
    struct store_event event = {
        .id = {1}, .facts = &facts, .keys = keys, .key_count = KEYS, .raw = "{}", .raw_size = 2};
    if (store_event_append(tx, &event, &outcome, &position, error) != 0)
        return -1;
    const uint8_t target[16] = {1};
    const uint64_t own = 1;
    event.id[0] = 2;
    event.target = target;
    event.keys = &own;
    event.key_count = 1;
    return store_event_append(tx, &event, &outcome, &position, error);
}

static void of_many_keys_some_are_inherited(void **state)
{
    uint64_t keys[KEYS], own = 1;
    size_t both = 0;
    shelf_run(*state, append_two_of_a_kind, keys);
    for (size_t i = 0; i < KEYS; i++)
        both += ask_for(*state, (struct store_event_question){.limit = 9, .keys = &keys[i], .key_count = 1})
                    .count == 2;
    assert_int_equal(both, 256);
    assert_int_equal(
        ask_for(*state, (struct store_event_question){.limit = 9, .keys = &own, .key_count = 1}).count, 1);
}

/* ---- times --------------------------------------------------------------------------------------------- */

struct through {
    struct asked asked;
    bool done;
};

static int ask_beside(struct store_view *view, void *data, struct error *error)
{
    struct through *through = data;
    struct asked *asked = &through->asked;
    asked->question = (struct store_event_question){
        .limit = 100, .most_bytes = SIZE_MAX, .since = INT64_MIN, .until = INT64_MIN};
    return store_events_find(view, &asked->question, hear, asked, &asked->page, error);
}

static void on_asked(void *data, const struct error *error)
{
    ((struct through *)data)->done = true;
    assert_null(error);
}

static struct through through_now(struct shelf *shelf)
{
    struct through through = {0};
    store_read(shelf->store, ask_beside, on_asked, &through);
    while (!through.done)
        uv_run(&shelf->loop, UV_RUN_ONCE);
    return through;
}

struct hurried {
    struct given given;
    bool done;
};

static int append_hurried(struct store_tx *tx, void *data, struct error *error)
{
    return append(tx, &((struct hurried *)data)->given, error);
}

static void on_hurried(void *data, const struct error *error)
{
    assert_null(error);
    ((struct hurried *)data)->done = true;
}

/* Else what was said to be over would not be. What need not be on disk is faster than a millisecond. */
static void no_two_transactions_store_at_one_time(void **state)
{
    enum { JOBS = 100 };
    struct shelf *shelf = *state;
    int64_t before = 0;
    for (uint32_t id = 1; id <= JOBS; id++) {
        struct hurried hurried = {.given = {.id = id, .raw = "x"}};
        store_write_remade(shelf->store, append_hurried, on_hurried, &hurried);
        while (!hurried.done)
            uv_run(&shelf->loop, UV_RUN_ONCE);
    }
    for (uint64_t at = 1; at <= JOBS; at++) {
        const int64_t stored = stored_at(shelf, at);
        assert_true(stored > before);
        before = stored;
    }
}

/* On the writer's thread, while the loop asks. */
static int append_slowly(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    const struct given given = {.id = 77};
    if (append_one(tx, &given, 77, error) != 0)
        return -1;
    uv_sleep(300);
    return 0;
}

static void on_slow(void *data, const struct error *error)
{
    assert_null(error);
    *(bool *)data = true;
}

static void all_up_to_what_is_said_has_been_seen(void **state)
{
    struct shelf *shelf = *state;
    const int64_t start = clock_now();
    struct through through = through_now(shelf);
    assert_true(through.asked.page.through >= start - 1 && through.asked.page.through < clock_now());
    bool done = false;
    int64_t before = 0;
    store_write(shelf->store, append_slowly, on_slow, &done);
    while (!done || !through.asked.count) {
        through = through_now(shelf);
        if (!through.asked.count && through.asked.page.through > before)
            before = through.asked.page.through;
        uv_run(&shelf->loop, UV_RUN_NOWAIT);
        uv_sleep(20);
    }
    assert_true(before >= start - 1);
    assert_true(before < through.asked.stored); /* until it was on disk, its time was not said to be over */
    assert_true(through.asked.page.through >= through.asked.stored);
}

/* ---- damage -------------------------------------------------------------------------------------------- */

static int damage(struct store_tx *tx, void *data, struct error *error)
{
    return database_execute(tx->view.database, data, error);
}

static void what_is_damaged_is_said_to_be(void **state)
{
    struct shelf *shelf = *state;
    static const char *const damages[] = {
        "UPDATE event_block SET body = substr(body, 1, length(body) / 2)",
        "UPDATE event_block SET body = x''",
        "UPDATE event_posting SET seqs = x'80'",
        "UPDATE event_block SET ids = substr(ids, 1, 24)",
    };
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        struct asked asked = {
            .question = {.limit = 10, .since = INT64_MIN, .until = INT64_MIN, .ascending = true}};
        struct error error = {0};
        give(shelf, (struct given){.id = (uint32_t)(100000 * i + 1), .count = i == 3 ? 1 : SEGMENT});
        if (i < 3)
            shelf_run(shelf, pack, NULL);
        shelf_run(shelf, damage, (void *)(uintptr_t)damages[i]);
        asked.question.from = i == 3 ? 3 * SEGMENT + 1 : 0; /* behind all segments */
        assert_int_equal(store_write_now(shelf->store, ask, &asked, &error), -1);
        assert_non_null(strstr(error.text, "the store is damaged; restore a backup"));
    }
}

int main(void)
{
#define AT_A_SHELF(test) cmocka_unit_test_setup_teardown(test, shelf_open, shelf_close)
    const struct CMUnitTest tests[] = {
        AT_A_SHELF(a_page_ends_when_it_is_full),          AT_A_SHELF(what_is_between_rows_is_exact),
        AT_A_SHELF(what_is_between_segments_is_exact),    AT_A_SHELF(what_is_too_large_is_refused),
        AT_A_SHELF(of_many_keys_some_are_inherited),      AT_A_SHELF(no_two_transactions_store_at_one_time),
        AT_A_SHELF(all_up_to_what_is_said_has_been_seen), AT_A_SHELF(what_is_damaged_is_said_to_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
