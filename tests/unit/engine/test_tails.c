/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes into a large cell of events waits in a tail, and who is in it is kept in memory: within bounds.
 * (That it is what a plain count says is seen by test_crowds.) */
#include "world.h"

#include "engine/event/members.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct scored_item object = {.name = (char *)"object"};

struct test {
    struct world world;
    struct known_cells *known;
    struct input input;
    struct cell change;
};

static void open_test(struct test *test)
{
    *test = (struct test){.known = known_cells_new(),
                          .input = {.id = 1,
                                    .definition = (char *)"objects",
                                    .calendar = (char *)"day",
                                    .kind = INPUT_DISTINCT,
                                    .items = &object,
                                    .item_count = 1,
                                    .caught_up = true}};
    world_open(&test->world, 1);
    world_start(&test->world);
}

static void close_test(struct test *test)
{
    known_cells_free(test->known);
    world_stop(&test->world);
    world_close(&test->world);
}

/* ---- what is written ----------------------------------------------------------------------------------- */

static int append_part(void *data, const void *bytes, size_t size)
{
    buf_put(data, bytes, size);
    return 0;
}

struct parts {
    struct buf bytes;
    size_t head_size;
};

struct reading {
    const struct test *test;
    struct parts *parts;
};

static int read_stored(struct store_view *view, void *data, struct error *error)
{
    const struct reading *reading = data;
    const uint32_t input = reading->test->input.id;
    struct buf head = {0};
    int result = store_cell_get(view, input, 1, 1, &head, error);
    for (uint32_t tally = 0; tally < 2 && result == 0; tally++) {
        const struct store_member member = {.input = input, .period = 1, .group = 1, .tally = tally};
        result = store_members(view, &member, append_part, &reading->parts->bytes, error);
    }
    reading->parts->head_size = head.size;
    buf_free(&head);
    return result;
}

static struct parts read_parts(struct test *test)
{
    struct parts parts = {0};
    struct reading reading = {test, &parts};
    world_read(&test->world, read_stored, &reading);
    return parts;
}

static int write_change(struct store_tx *tx, void *data, struct error *error)
{
    const struct test *test = data;
    const struct event_place place = {&test->input, 1, 1};
    return event_members_apply(&place, &test->change, test->known, tx, error);
}

/* So many people, from the first on, have one thing. */
static void apply(struct test *test, uint32_t first, uint32_t count)
{
    cell_init(&test->change, 2);
    for (uint32_t i = 0; i < count; i++)
        tally_add(&test->change.tallies[0], first + i, 1);
    tally_add(&test->change.tallies[1], 1, count);
    cell_settle(&test->change);
    world_write(&test->world, write_change, test);
    cell_free(&test->change);
}

/* Of a large cell a few more touch its head alone, for a while. */
static void parts_are_written_when_many_have_come(void **state)
{
    (void)state;
    struct test test;
    open_test(&test);
    apply(&test, 1, 900);
    struct parts before = read_parts(&test);
    for (uint32_t i = 0; i < 6; i++)
        apply(&test, 890 + 10 * i, 10); /* the first of them are there */
    struct parts after = read_parts(&test);
    assert_true(after.head_size > before.head_size);
    assert_int_equal(after.bytes.size, before.bytes.size);
    assert_memory_equal(after.bytes.data, before.bytes.data, before.bytes.size);
    for (uint32_t i = 0; i < 4; i++)
        apply(&test, 950 + 10 * i, 10);
    struct parts later = read_parts(&test);
    assert_true(later.bytes.size > before.bytes.size);
    assert_true(later.head_size < after.head_size);
    assert_true(known_cells_members(test.known)->count > 0);
    known_cells_clear(test.known);
    assert_int_equal(known_cells_members(test.known)->count, 0);
    buf_free(&before.bytes);
    buf_free(&after.bytes);
    buf_free(&later.bytes);
    close_test(&test);
}

/* Not while an input adds up what was stored long ago. */
static void who_is_not_at_the_end_writes_parts_at_once(void **state)
{
    (void)state;
    struct test test;
    open_test(&test);
    test.input.caught_up = false;
    apply(&test, 1, 900);
    struct parts before = read_parts(&test);
    apply(&test, 901, 1);
    struct parts after = read_parts(&test);
    assert_true(after.bytes.size > before.bytes.size);
    buf_free(&before.bytes);
    buf_free(&after.bytes);
    close_test(&test);
}

/* ---- bounds -------------------------------------------------------------------------------------------- */

enum { LARGE = 40000, MANY = 800 };

struct asking {
    const struct input *input;
    struct known_members known;
    struct tally people;
    size_t were_known, added;
    uint32_t first, last; /* groups */
};

static int ask(struct store_view *view, void *data, struct error *error)
{
    struct asking *asking = data;
    const struct head head = {.count = 1, .kept[0].bits = 1};
    asking->were_known = 0;
    for (uint32_t group = asking->first; group <= asking->last; group++) {
        const struct event_place place = {asking->input, 1, group};
        bool are_known;
        assert_int_equal(known_members_add(&asking->known, &place, &head, 0, &asking->people, view,
                                           &are_known, &asking->added, error),
                         0);
        asking->were_known += are_known;
    }
    return 0;
}

static void ask_groups(struct test *test, struct asking *asking, uint32_t first, uint32_t last)
{
    asking->first = first;
    asking->last = last;
    world_read(&test->world, ask, asking);
}

static void only_so_many_are_kept_in_memory(void **state)
{
    (void)state;
    struct test test;
    struct asking asking = {.input = &test.input};
    open_test(&test);
    for (uint32_t i = 0; i < LARGE; i++)
        tally_add(&asking.people, 1 + i * 2, 1);
    tally_settle(&asking.people);
    ask_groups(&test, &asking, 1, MANY);
    const uint32_t kept = (uint32_t)asking.were_known;
    assert_in_range(kept, 50, MANY - 50);
    assert_in_range(asking.known.bytes, 8 << 20, 9 << 20);

    ask_groups(&test, &asking, 1, kept); /* these are known still, and nothing in them is new */
    assert_int_equal(asking.were_known, kept);
    assert_int_equal(asking.added, 0);
    ask_groups(&test, &asking, kept + 1, MANY);
    assert_int_equal(asking.were_known, 0);

    for (int i = 0; i < 20; i++) /* nobody asks for those that are kept: others take their place */
        ask_groups(&test, &asking, MANY + 1, MANY + kept / 2);
    assert_int_equal(asking.were_known, kept / 2);
    known_members_clear(&asking.known);
    tally_free(&asking.people);
    close_test(&test);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {cmocka_unit_test(parts_are_written_when_many_have_come),
                                       cmocka_unit_test(who_is_not_at_the_end_writes_parts_at_once),

                                       cmocka_unit_test(only_so_many_are_kept_in_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
