/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of whoever is forgotten nothing is left in the store of events, and what is left of others is theirs. */
#include "forgetting.h"
#include "given.h"

#include "store/event/writer.h"
#include "store/forget.h"
#include "store/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* ---- forgetting ---------------------------------------------------------------------------------------- */

static void of_who_is_forgotten_nothing_is_left(void **state)
{
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1, .count = SEGMENT, .attachments = 1, .attached = 1});
    shelf_run(shelf, pack, NULL);
    give(shelf, (struct given){.id = 50000, .count = 3, .attachments = 1, .attached = 1});
    assert_int_equal(left(shelf, "SELECT count(*) FROM event_attachment"), SEGMENT + 3);
    assert_true(left(shelf, "SELECT count(*) FROM event_block") > 0);
    shelf_run(shelf, begin_ann, NULL);
    shelf_run(shelf, forget_steps, NULL);
    static const char *const tables[] = {
        "SELECT count(*) FROM event_block",      "SELECT count(*) FROM event_run",
        "SELECT count(*) FROM event_voided",     "SELECT count(*) FROM event_posting",
        "SELECT count(*) FROM event_attachment", "SELECT count(*) FROM log"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        assert_int_equal(left(shelf, tables[i]), 0);
    give(shelf, (struct given){.id = 1}); /* its id is free again */
}

static int look_whether_full(struct store_tx *tx, void *data, struct error *error)
{
    (void)error;
    *(bool *)data = events_fill(tx, 1);
    return 0;
}

static void who_is_forgotten_fills_no_segment(void **state)
{
    struct shelf *shelf = *state;
    bool is_full;
    give(shelf, (struct given){.id = 1, .count = SEGMENT});
    shelf_run(shelf, begin_ann, NULL);
    shelf_run(shelf, forget_steps, NULL);
    shelf_run(shelf, look_whether_full, &is_full);
    assert_false(is_full);
}

static void a_mark_of_who_is_forgotten_is_never_anothers(void **state)
{
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1, .actor = bob, .other = ann});
    shelf_run(shelf, begin_ann, NULL);
    shelf_run(shelf, forget_steps, NULL);
    give(shelf, (struct given){.id = 2, .actor = cas, .other = bob}); /* gets a number */
    struct asked asked = ask_for(shelf, (struct store_event_question){.limit = 1, .ascending = true});
    assert_string_equal(asked.text, "{\"a\":\"bb000000000000000000000000000000\","
                                    "\"b\":\"00000000000000000000000000000000\"}");
    assert_int_equal(left(shelf, "SELECT count(*) FROM subject WHERE key = x''"), 1);
}

struct tried {
    enum store_outcome outcome;
    bool done;
};

/* With another number for whoever was forgotten, the digest is another. */
static int try_other(struct store_tx *tx, void *data, struct error *error)
{
    struct tried *tried = data;
    uint64_t position;
    const struct event facts = {.actor = 1};
    const struct store_event event = {
        .id = {1}, .time = 1, .facts = &facts, .digest = 8, .raw = "{}", .raw_size = 2};
    return store_event_append(tx, &event, &tried->outcome, &position, error);
}

static void on_tried(void *data, const struct error *error)
{
    assert_null(error);
    ((struct tried *)data)->done = true;
}

static enum store_outcome outcome_in(struct shelf *shelf, struct store_trial *trial)
{
    struct tried tried = {0};
    store_trial_run(trial, try_other, on_tried, &tried);
    while (!tried.done)
        uv_run(&shelf->loop, UV_RUN_ONCE);
    return tried.outcome;
}

static enum store_outcome outcome_of_trial(struct shelf *shelf)
{
    struct store_trial *trial = store_trial_begin(shelf->store);
    const enum store_outcome outcome = outcome_in(shelf, trial);
    store_trial_end(trial);
    return outcome;
}

static enum store_outcome outcome_of_other(struct shelf *shelf)
{
    struct tried tried = {0};
    shelf_run(shelf, try_other, &tried);
    return tried.outcome;
}

static void what_was_packed_while_a_trial_lasts_is_there_in_it(void **state)
{
    struct shelf *shelf = *state;
    struct store_trial *trial = store_trial_begin(shelf->store);
    assert_int_equal(outcome_in(shelf, trial), STORE_ACCEPTED);
    give(shelf, (struct given){.id = 1, .count = SEGMENT});
    shelf_run(shelf, pack, NULL);
    assert_int_equal(outcome_in(shelf, trial), STORE_CONFLICT);
    store_trial_end(trial);
}

/* What was looked at last is at hand still. */
static void an_id_that_was_looked_for_is_free_once_it_is_forgotten(void **state)
{
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1});
    assert_int_equal(outcome_of_other(shelf), STORE_CONFLICT);
    shelf_run(shelf, begin_ann, NULL);
    shelf_run(shelf, forget_steps, NULL);
    assert_int_equal(outcome_of_other(shelf), STORE_ACCEPTED);
}

static void what_names_somebody_forgotten_is_there_in_a_trial_too(void **state)
{
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1, .actor = bob, .other = ann});
    assert_int_equal(outcome_of_trial(shelf), STORE_CONFLICT);
    assert_int_equal(outcome_of_other(shelf), STORE_CONFLICT);
    shelf_run(shelf, begin_ann, NULL);
    shelf_run(shelf, forget_steps, NULL);
    assert_int_equal(outcome_of_trial(shelf), STORE_DUPLICATE);
    assert_int_equal(outcome_of_other(shelf), STORE_DUPLICATE);
}

/* In one row. */
static int append_ann_and_bob(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    const struct given first = {.id = 1, .actor = ann}, second = {.id = 2, .actor = bob, .other = cas};
    return append(tx, (void *)(uintptr_t)&first, error) == 0 ? append(tx, (void *)(uintptr_t)&second, error)
                                                             : -1;
}

/* The rows are joined after a start, which learns of an id the row that it is in, and no more. */
static void who_came_in_one_row_with_somebody_forgotten_is_known_once_rows_are_joined(void **state)
{
    struct shelf *shelf = *state;
    shelf_run(shelf, append_ann_and_bob, NULL);
    shelf_reopen_store(shelf);
    shelf_run(shelf, begin_ann, NULL);
    shelf_run(shelf, forget_steps, NULL);
    give_in_vain(shelf, (struct given){.id = 2, .actor = bob, .other = cas}, "1");
    give_until_joined(shelf);
    give_in_vain(shelf, (struct given){.id = 2, .actor = bob, .other = cas}, "1");
}

/* ---- new pseudonyms ------------------------------------------------------------------------------------ */

static void turn(void *data, const uint8_t old[PSEUDONYM_SIZE], uint8_t out[PSEUDONYM_SIZE])
{
    (void)data;
    memcpy(out, old, PSEUDONYM_SIZE);
    out[15] = 0xff;
}

static int renew(struct store_tx *tx, void *data, struct error *error)
{
    return store_pseudonyms_renew(tx, turn, data, error);
}

static void texts_follow_new_pseudonyms(void **state)
{
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1});
    shelf_run(shelf, renew, NULL);
    assert_string_equal(ask_for(shelf, (struct store_event_question){.limit = 1}).text,
                        "{\"a\":\"aa0000000000000000000000000000ff\","
                        "\"b\":\"bb0000000000000000000000000000ff\"}");
}

int main(void)
{
#define AT_A_SHELF(test) cmocka_unit_test_setup_teardown(test, shelf_open, shelf_close)
    const struct CMUnitTest tests[] = {
        AT_A_SHELF(of_who_is_forgotten_nothing_is_left),
        AT_A_SHELF(an_id_that_was_looked_for_is_free_once_it_is_forgotten),
        AT_A_SHELF(who_is_forgotten_fills_no_segment),
        AT_A_SHELF(a_mark_of_who_is_forgotten_is_never_anothers),
        AT_A_SHELF(what_was_packed_while_a_trial_lasts_is_there_in_it),
        AT_A_SHELF(what_names_somebody_forgotten_is_there_in_a_trial_too),
        AT_A_SHELF(who_came_in_one_row_with_somebody_forgotten_is_known_once_rows_are_joined),
        AT_A_SHELF(texts_follow_new_pseudonyms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
