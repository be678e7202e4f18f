/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What forgetting leaves in the log while it is under way, and of waves once it is done. */
#include "forgetting.h"
#include "shelf.h"

#include "base/clock.h"
#include "base/mem.h"
#include "store/forget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ANNA = 1, BERT = 2, CARL = 3, WAVE = 1, HOUR_MS = 3600 * 1000 };

/* ---- jobs ---------------------------------------------------------------------------------------------- */

struct answer {
    uint8_t person;
    int64_t submitted;
    double value;
    int64_t seen; /* of the wave, with it; INT64_MIN: nothing is said of that */
};

static int append(struct store_tx *tx, void *data, struct error *error)
{
    const struct answer *answer = data;
    struct response response = {.respondent = {answer->person}, .submitted = answer->submitted};
    uint32_t item;
    uint64_t position;
    enum store_outcome outcome;
    int result = store_period_intern(tx, "survey:m", "2025", answer->submitted, &response.period, error);
    if (result == 0)
        result = store_item_intern(tx, "a", &item, error);
    if (result == 0) {
        response_add(&response, item, answer->value);
        result = store_append_response(tx, &response, &outcome, &position, error);
    }
    if (result == 0)
        result = store_period_seen(tx, response.period, answer->seen, error);
    response_free(&response);
    return result;
}

static void answer(struct shelf *shelf, uint8_t person, int64_t submitted, double value, int64_t seen)
{
    struct answer one = {person, submitted, value, seen};
    shelf_run(shelf, append, &one);
}

static int withdraw_bert(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    static const uint8_t person[PSEUDONYM_SIZE] = {BERT};
    enum store_outcome outcome;
    uint64_t position;
    return store_append_withdrawal(tx, WAVE, person, &outcome, &position, error);
}

static int begin_anna(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    static const uint8_t person[PSEUDONYM_SIZE] = {ANNA};
    uint64_t id;
    return store_forget_begin(tx, person, 0, &id, error);
}

static int begin_old(struct store_tx *tx, void *data, struct error *error)
{
    return store_forget_begin_old(tx, "m", "survey:m", *(const int64_t *)data, error);
}

static void take_steps(struct shelf *shelf, size_t count)
{
    bool found;
    for (size_t i = 0; i < count; i++) {
        shelf_run(shelf, forget_step, &found);
        assert_true(found);
    }
}

static void forget_all(struct shelf *shelf)
{
    bool found = true;
    while (found)
        shelf_run(shelf, forget_step, &found);
}

static int tell_entry(void *data, const struct store_entry *entry)
{
    static const char *const kinds[] = {
        [STORE_RESPONSE] = "said", [STORE_WITHDRAWAL] = "withdrawn", [STORE_REMOVAL] = "removed"};
    const struct response *response = entry->response ? entry->response : entry->before;
    buf_append_format(data, "%d %s %g; ", response->respondent[0], kinds[entry->kind], response->values[0]);
    return 0;
}

static int tell_log(struct store_tx *tx, void *data, struct error *error)
{
    return store_log_after(store_tx_view(tx), 0, 100, tell_entry, data, error);
}

static void assert_log(struct shelf *shelf, const char *expected)
{
    char *said = shelf_told(shelf, tell_log);
    assert_string_equal(said, expected);
    free(said);
}

static int take_latest(void *data, const struct store_period *period)
{
    *(int64_t *)data = period->latest;
    return 0;
}

static int find_latest(struct store_tx *tx, void *data, struct error *error)
{
    return store_periods(store_tx_view(tx), take_latest, data, error);
}

static int64_t latest(struct shelf *shelf)
{
    int64_t found = 0;
    shelf_run(shelf, find_latest, &found);
    return found;
}

/* ---- withdrawals --------------------------------------------------------------------------------------- */

static void who_is_forgotten_is_removed_and_who_withdraws_is_withdrawn(void **state)
{
    struct shelf *shelf = *state;
    answer(shelf, ANNA, 1000, 3, INT64_MIN);
    answer(shelf, BERT, 1000, 4, INT64_MIN);
    answer(shelf, CARL, 1000, 5, INT64_MIN);
    shelf_run(shelf, withdraw_bert, NULL);
    shelf_run(shelf, begin_anna, NULL);
    assert_log(shelf, "1 said 3; 2 said 4; 3 said 5; 2 withdrawn 4; 1 removed 3; ");
    forget_all(shelf);
    assert_log(shelf, "2 said 4; 3 said 5; 2 withdrawn 4; ");
}

static void what_goes_for_its_age_is_removed(void **state)
{
    struct shelf *shelf = *state;
    int64_t older = 5000;
    answer(shelf, ANNA, 1000, 3, INT64_MIN);
    answer(shelf, BERT, 9000, 4, INT64_MIN);
    shelf_run(shelf, begin_old, &older);
    take_steps(shelf, 2); /* up to FORGET_PURGE */
    assert_log(shelf, "1 said 3; 2 said 4; 1 removed 3; ");
    forget_all(shelf);
    assert_log(shelf, "2 said 4; ");
}

/* The one for its age comes first, and is taken over once Anna's has begun: it finds what that removed. */
static void a_removal_of_another_goes_for_its_age(void **state)
{
    struct shelf *shelf = *state;
    int64_t older = 5000;
    answer(shelf, ANNA, 1000, 3, INT64_MIN);
    answer(shelf, BERT, 9000, 4, INT64_MIN);
    shelf_run(shelf, begin_old, &older);
    shelf_run(shelf, begin_anna, NULL);
    shelf_run(shelf, begin_old, &older);
    assert_log(shelf, "1 said 3; 2 said 4; 1 removed 3; ");
    take_steps(shelf, 4); /* all of the first */
    assert_log(shelf, "2 said 4; ");
    forget_all(shelf);
    assert_log(shelf, "2 said 4; ");
}

/* ---- when the wave was last seen ----------------------------------------------------------------------- */

static void a_wave_ends_with_who_is_left(void **state)
{
    struct shelf *shelf = *state;
    answer(shelf, BERT, 2000, 4, 2000);
    answer(shelf, ANNA, 3000, 3, 3000);
    answer(shelf, CARL, 1000, 5, 1000);
    assert_int_equal(latest(shelf), 3000);
    shelf_run(shelf, begin_anna, NULL);
    forget_all(shelf);
    assert_int_equal(latest(shelf), 2000);
}

static void a_wave_of_which_nobody_is_left_was_never_seen(void **state)
{
    struct shelf *shelf = *state;
    answer(shelf, ANNA, 3000, 3, 3000);
    shelf_run(shelf, begin_anna, NULL);
    forget_all(shelf);
    assert_int_equal(latest(shelf), INT64_MIN);
}

/* When others came in is nothing of hers. */
static void a_wave_that_ends_with_another_stays_as_it_is(void **state)
{
    struct shelf *shelf = *state;
    answer(shelf, BERT, INT64_MIN, 4, 5000);
    answer(shelf, ANNA, 3000, 3, 3000);
    answer(shelf, CARL, 2000, 5, 2000);
    shelf_run(shelf, begin_anna, NULL);
    forget_all(shelf);
    assert_int_equal(latest(shelf), 5000);
}

/* Of an earlier version's store only the first time is known, and stands for the last. */
static void the_last_time_may_be_later_than_it_was_known_to_be(void **state)
{
    struct shelf *shelf = *state;
    answer(shelf, ANNA, 1000, 3, 1000);
    answer(shelf, BERT, 2000, 4, INT64_MIN);
    shelf_run(shelf, begin_anna, NULL);
    forget_all(shelf);
    assert_int_equal(latest(shelf), 2000);
}

/* When something came in is known to the hour. */
static void assert_came_in_now(struct shelf *shelf, int64_t submitted)
{
    const int64_t before = clock_now();
    answer(shelf, BERT, submitted, 4, INT64_MIN);
    answer(shelf, ANNA, before - 10, 3, before - 10);
    shelf_run(shelf, begin_anna, NULL);
    forget_all(shelf);
    assert_in_range(latest(shelf), before, clock_now() + HOUR_MS);
}

static void without_a_time_it_is_as_old_as_it_came(void **state)
{
    assert_came_in_now(*state, INT64_MIN);
}

static void nothing_is_younger_than_it_came(void **state)
{
    assert_came_in_now(*state, clock_now() * 2);
}

#define AT_A_SHELF(test) cmocka_unit_test_setup_teardown(test, shelf_open, shelf_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_A_SHELF(who_is_forgotten_is_removed_and_who_withdraws_is_withdrawn),
        AT_A_SHELF(what_goes_for_its_age_is_removed),
        AT_A_SHELF(a_removal_of_another_goes_for_its_age),
        AT_A_SHELF(a_wave_ends_with_who_is_left),
        AT_A_SHELF(a_wave_of_which_nobody_is_left_was_never_seen),
        AT_A_SHELF(a_wave_that_ends_with_another_stays_as_it_is),
        AT_A_SHELF(the_last_time_may_be_later_than_it_was_known_to_be),
        AT_A_SHELF(without_a_time_it_is_as_old_as_it_came),
        AT_A_SHELF(nothing_is_younger_than_it_came),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
