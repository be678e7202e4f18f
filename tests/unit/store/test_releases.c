/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits to be released, how far that has been, what stays withheld, and when a period was last seen. */
#include "shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_told(struct shelf *shelf, store_write_fn tell, const char *expected)
{
    char *said = shelf_told(shelf, tell);
    assert_string_equal(said, expected);
    free(said);
}

/* ---- cells that wait ----------------------------------------------------------------------------------- */

struct pending {
    uint32_t period, group, input;
    const char *bytes; /* NULL: none */
};

static int put_pending(struct store_tx *tx, void *data, struct error *error)
{
    const struct pending *one = data;
    return store_pending_put(tx, one->period, one->group, one->input, one->bytes,
                             one->bytes ? strlen(one->bytes) : 0, error);
}

static void put(struct shelf *shelf, uint32_t period, uint32_t group, uint32_t input, const char *bytes)
{
    struct pending one = {period, group, input, bytes};
    shelf_run(shelf, put_pending, &one);
}

static int tell_cell(void *data, uint32_t period, uint32_t group, uint32_t input, const void *bytes,
                     size_t size)
{
    buf_append_format(data, "%u/%u/%u=%.*s ", period, group, input, (int)size, (const char *)bytes);
    return 0;
}

static int tell_pending(struct store_tx *tx, void *data, struct error *error)
{
    return store_pending(store_tx_view(tx), 0, tell_cell, data, error);
}

static int tell_pending_of_2(struct store_tx *tx, void *data, struct error *error)
{
    return store_pending(store_tx_view(tx), 2, tell_cell, data, error);
}

static int tell_one_cell(void *data, uint32_t period, uint32_t group, uint32_t input, const void *bytes,
                         size_t size)
{
    tell_cell(data, period, group, input, bytes, size);
    return 1;
}

static int tell_first_pending(struct store_tx *tx, void *data, struct error *error)
{
    return store_pending(store_tx_view(tx), 0, tell_one_cell, data, error);
}

/* One that is there, and one that is not. */
static int tell_gotten(struct store_tx *tx, void *data, struct error *error)
{
    struct buf *said = data;
    buf_append_text(said, "so: ");
    return store_pending_get(store_tx_view(tx), 2, 7, 1, said, error) != 0
               ? -1
               : store_pending_get(store_tx_view(tx), 2, 1, 7, said, error);
}

static void what_waits_is_found_by_period_group_and_input(void **state)
{
    struct shelf *shelf = *state;
    put(shelf, 2, 7, 1, "first");
    put(shelf, 2, 7, 1, "second");
    put(shelf, 2, 3, 9, "b");
    put(shelf, 1, 8, 1, "c");
    put(shelf, 2, 3, 2, "d");
    put(shelf, 3, 1, 1, "e");
    put(shelf, 2, 5, 2, "gone");
    put(shelf, 2, 5, 2, NULL);
    put(shelf, 2, 5, 3, NULL);
    assert_told(shelf, tell_pending, "1/8/1=c 2/3/2=d 2/3/9=b 2/7/1=second 3/1/1=e ");
    assert_told(shelf, tell_pending_of_2, "2/3/2=d 2/3/9=b 2/7/1=second ");
    assert_told(shelf, tell_first_pending, "1/8/1=c ");
    assert_told(shelf, tell_gotten, "so: second");
}

/* Inputs 1, 2 and 3, of which 1 is behind; each has a cell, and one that waits. */
static int make_inputs(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    static const char *const definitions[] = {"a", "b", "c"};
    static const uint64_t positions[] = {4, 5, 6};
    for (size_t i = 0; i < 3; i++) {
        uint32_t input;
        uint64_t position;
        if (store_input_intern(tx, definitions[i], &input, &position, error) != 0 ||
            store_input_advance(tx, input, positions[i], error) != 0 ||
            store_cell_put(tx, input, 1, 1, "x", 1, error) != 0 ||
            store_pending_put(tx, 1, 1, input, definitions[i], 1, error) != 0)
            return -1;
    }
    return 0;
}

static int reset_2(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return store_input_reset(tx, 2, error);
}

static int reset_behind_5(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return store_inputs_reset_behind(tx, 5, error);
}

static int keep_1_and_3(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    static const uint32_t keep[] = {3, 1};
    return store_inputs_keep(tx, keep, 2, error);
}

static int tell_place(void *data, uint32_t period, uint32_t group)
{
    buf_append_format(data, "%u/%u ", period, group);
    return 0;
}

static int tell_pending_groups(struct store_tx *tx, void *data, struct error *error)
{
    return store_pending_groups(store_tx_view(tx), tell_place, data, error);
}

static int make_more(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    static const uint32_t places[][3] = {{2, 7, 1}, {1, 9, 3}, {1, 1, 8}, {1, 9, 2}, {2, 1, 1}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (store_pending_put(tx, places[i][0], places[i][1], places[i][2], "x", 1, error) != 0)
            return -1;
    return 0;
}

static void a_group_is_visited_once(void **state)
{
    struct shelf *shelf = *state;
    assert_told(shelf, tell_pending_groups, "");
    shelf_run(shelf, make_more, NULL);
    assert_told(shelf, tell_pending_groups, "1/1 1/9 2/1 2/7 ");
}

static void it_goes_with_the_cells_of_its_input(void **state)
{
    struct shelf *shelf = *state;
    shelf_run(shelf, make_inputs, NULL);
    assert_told(shelf, tell_pending, "1/1/1=a 1/1/2=b 1/1/3=c ");
    shelf_run(shelf, reset_2, NULL);
    assert_told(shelf, tell_pending, "1/1/1=a 1/1/3=c ");
    shelf_run(shelf, make_inputs, NULL);
    shelf_run(shelf, reset_behind_5, NULL);
    assert_told(shelf, tell_pending, "1/1/2=b 1/1/3=c ");
    shelf_run(shelf, make_inputs, NULL);
    shelf_run(shelf, keep_1_and_3, NULL);
    assert_told(shelf, tell_pending, "1/1/1=a 1/1/3=c ");
}

/* ---- how far ------------------------------------------------------------------------------------------- */

struct release {
    uint32_t period, group;
    uint64_t position;
};

static int put_release(struct store_tx *tx, void *data, struct error *error)
{
    const struct release *one = data;
    return store_release_put(tx, one->period, one->group, one->position, error);
}

static int want_release(struct store_tx *tx, void *data, struct error *error)
{
    const struct release *one = data;
    return store_release_want(tx, one->period, one->group, one->position, error);
}

static void release(struct shelf *shelf, uint32_t period, uint32_t group, uint64_t position)
{
    struct release one = {period, group, position};
    shelf_run(shelf, put_release, &one);
}

static void want(struct shelf *shelf, uint32_t period, uint32_t group, uint64_t through)
{
    struct release one = {period, group, through};
    shelf_run(shelf, want_release, &one);
}

static int tell_release(void *data, uint32_t period, uint32_t group, uint64_t position, bool wanted)
{
    buf_append_format(data, "%u/%u:%llu%s ", period, group, (unsigned long long)position, wanted ? "!" : "");
    return 0;
}

static int tell_releases(struct store_tx *tx, void *data, struct error *error)
{
    return store_releases(store_tx_view(tx), tell_release, data, error);
}

static int tell_one_release(void *data, uint32_t period, uint32_t group, uint64_t position, bool wanted)
{
    tell_release(data, period, group, position, wanted);
    return 1;
}

static int tell_first_release(struct store_tx *tx, void *data, struct error *error)
{
    return store_releases(store_tx_view(tx), tell_one_release, data, error);
}

static void a_group_is_wanted_until_it_is_released(void **state)
{
    struct shelf *shelf = *state;
    release(shelf, 2, 3, 10);
    release(shelf, 1, 4, 11);
    want(shelf, 2, 3, 12);
    want(shelf, 2, 3, 11);
    want(shelf, 2, 1, 5);
    assert_told(shelf, tell_releases, "1/4:11 2/1:0! 2/3:10! ");
    assert_told(shelf, tell_first_release, "1/4:11 ");
    release(shelf, 2, 3, 11);
    assert_told(shelf, tell_releases, "1/4:11 2/1:0! 2/3:11! ");
    release(shelf, 2, 3, 12);
    assert_told(shelf, tell_releases, "1/4:11 2/1:0! 2/3:12 ");
    release(shelf, 2, 1, 1ull << 40);
    assert_told(shelf, tell_releases, "1/4:11 2/1:1099511627776 2/3:12 ");
}

static void a_whole_period_takes_the_place_of_its_groups(void **state)
{
    struct shelf *shelf = *state;
    for (uint32_t group = 1; group <= 5; group++)
        release(shelf, 1, group, 9 + group);
    release(shelf, 2, 1, 3);
    want(shelf, 1, 2, 12);
    want(shelf, 1, 4, 14);
    want(shelf, 1, 9, 13);
    want(shelf, 2, 1, 4);
    release(shelf, 1, 0, 12);
    assert_told(shelf, tell_releases, "1/0:12 1/4:13! 1/5:14 1/9:0! 2/1:3! ");
    release(shelf, 1, 0, 20);
    assert_told(shelf, tell_releases, "1/0:20 2/1:3! ");
    release(shelf, 1, 3, 21);
    want(shelf, 1, 4, 22);
    assert_told(shelf, tell_releases, "1/0:20 1/3:21 1/4:0! 2/1:3! ");
}

/* ---- who moved ----------------------------------------------------------------------------------------- */

static int move(struct store_tx *tx, void *data, struct error *error)
{
    const struct release *one = data;
    return store_moved_note(tx, one->period, one->group, one->position, error);
}

static void note_move(struct shelf *shelf, uint32_t period, uint32_t group, uint64_t position)
{
    struct release one = {period, group, position};
    shelf_run(shelf, move, &one);
}

static int tell_people(void *data, uint32_t period, uint32_t group, int64_t people)
{
    buf_append_format(data, "%u/%u:%lld ", period, group, (long long)people);
    return 0;
}

static int tell_moved(struct store_tx *tx, void *data, struct error *error)
{
    return store_moved(store_tx_view(tx), tell_people, data, error);
}

static void who_moved_counts_once_until_the_group_is_released(void **state)
{
    struct shelf *shelf = *state;
    note_move(shelf, 1, 4, 7);
    note_move(shelf, 1, 4, 9);
    note_move(shelf, 1, 2, 8);
    note_move(shelf, 2, 4, 10);
    assert_told(shelf, tell_moved, "1/2:1 1/4:2 2/4:1 ");
    note_move(shelf, 1, 4, 7); /* the log is read once more, for another input */
    note_move(shelf, 1, 4, 9);
    assert_told(shelf, tell_moved, "1/2:1 1/4:2 2/4:1 ");
    release(shelf, 1, 4, 8);
    assert_told(shelf, tell_moved, "1/2:1 1/4:2 2/4:1 ");
    release(shelf, 1, 4, 9);
    assert_told(shelf, tell_moved, "1/2:1 2/4:1 ");
    note_move(shelf, 1, 4, 11);
    release(shelf, 1, 0, 11);
    assert_told(shelf, tell_moved, "2/4:1 ");
}

/* ---- what stays withheld ------------------------------------------------------------------------------- */

static int tell_group(void *data, uint32_t group, uint32_t indicator)
{
    buf_append_format(data, "%u of %u ", group, indicator);
    return 0;
}

static int tell_withheld(struct store_tx *tx, void *data, struct error *error)
{
    buf_append_text(data, "1: ");
    if (store_withheld(store_tx_view(tx), 1, tell_group, data, error) != 0)
        return -1;
    buf_append_text(data, "2: ");
    return store_withheld(store_tx_view(tx), 2, tell_group, data, error);
}

static int withhold(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    static const uint32_t places[][3] = {{2, 1, 7}, {1, 1, 7}, {1, 1, 7}, {1, 1, 5}, {2, 2, 5}, {3, 2, 5}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (store_withheld_put(tx, places[i][0], places[i][1], places[i][2], error) != 0)
            return -1;
    return 0;
}

static int forget_withheld_of_2(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return store_withheld_forget(tx, 2, error);
}

static int remove_indicator_1(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return store_indicator_remove(tx, 1, error);
}

static void what_is_withheld_stays_so_while_its_indicator_does(void **state)
{
    struct shelf *shelf = *state;
    shelf_run(shelf, withhold, NULL);
    assert_told(shelf, tell_withheld, "1: 5 of 1 7 of 1 7 of 2 2: 5 of 2 5 of 3 ");
    shelf_run(shelf, forget_withheld_of_2, NULL);
    assert_told(shelf, tell_withheld, "1: 5 of 1 7 of 1 2: 5 of 3 ");
    shelf_run(shelf, remove_indicator_1, NULL);
    assert_told(shelf, tell_withheld, "1: 2: 5 of 3 ");
}

/* ---- when a period was last seen ----------------------------------------------------------------------- */

static int make_periods(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    uint32_t period;
    return store_period_intern(tx, "survey:m", "2023", 9000, &period, error) != 0
               ? -1
               : store_period_intern(tx, "survey:m", "2025", 9000, &period, error);
}

static int see(struct store_tx *tx, void *data, struct error *error)
{
    return store_period_seen(tx, 2, *(const int64_t *)data, error);
}

static int tell_period(void *data, const struct store_period *period)
{
    if (period->latest == INT64_MIN)
        buf_append_format(data, "%s never ", period->label);
    else
        buf_append_format(data, "%s at %lld ", period->label, (long long)period->latest);
    return 0;
}

static int tell_periods(struct store_tx *tx, void *data, struct error *error)
{
    return store_periods(store_tx_view(tx), tell_period, data, error);
}

static void the_last_time_never_moves_back(void **state)
{
    struct shelf *shelf = *state;
    int64_t times[] = {INT64_MIN, -5, 3000, 2000, INT64_MIN, 3001};
    static const char *const expected[] = {"2023 never 2025 never ",   "2023 never 2025 at -5 ",
                                           "2023 never 2025 at 3000 ", "2023 never 2025 at 3000 ",
                                           "2023 never 2025 at 3000 ", "2023 never 2025 at 3001 "};
    shelf_run(shelf, make_periods, NULL);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        shelf_run(shelf, see, &times[i]);
        assert_told(shelf, tell_periods, expected[i]);
        shelf_run(shelf, make_periods, NULL); /* says when it begins, not that it was seen */
        assert_told(shelf, tell_periods, expected[i]);
    }
}

#define AT_A_SHELF(test) cmocka_unit_test_setup_teardown(test, shelf_open, shelf_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_A_SHELF(what_waits_is_found_by_period_group_and_input),
        AT_A_SHELF(a_group_is_visited_once),
        AT_A_SHELF(it_goes_with_the_cells_of_its_input),
        AT_A_SHELF(a_group_is_wanted_until_it_is_released),
        AT_A_SHELF(a_whole_period_takes_the_place_of_its_groups),
        AT_A_SHELF(who_moved_counts_once_until_the_group_is_released),
        AT_A_SHELF(what_is_withheld_stays_so_while_its_indicator_does),
        AT_A_SHELF(the_last_time_never_moves_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
