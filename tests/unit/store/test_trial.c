/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trial sees the store and what it was given itself, and leaves nothing behind. */
#include "store/events.h"
#include "store/internal.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct shelf {
    uv_loop_t loop;
    char folder[64];
    struct store *store;
    struct store_trial *trial;
    uint64_t position; /* the log's end, as it was looked at last */
    unsigned periods;
};

static void ignore(void *data)
{
    (void)data;
}

static int open_shelf(void **state)
{
    struct shelf *shelf = mem_alloc(sizeof *shelf);
    struct error error;
    strcpy(shelf->folder, "/tmp/wijzer-trial-XXXXXX");
    *state = shelf;
    if (!mkdtemp(shelf->folder) || uv_loop_init(&shelf->loop) != 0 ||
        store_open(&shelf->store, &shelf->loop, shelf->folder, &error) != 0)
        return -1;
    shelf->trial = store_trial_begin(shelf->store);
    return 0;
}

static int close_shelf(void **state)
{
    struct shelf *shelf = *state;
    if (shelf->trial)
        store_trial_end(shelf->trial);
    store_close(shelf->store, ignore, NULL);
    uv_run(&shelf->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&shelf->loop), 0);
    char *command = mem_format("rm -r '%s'", shelf->folder);
    const int result = system(command);
    free(command);
    free(shelf);
    return result;
}

/* ---- jobs ---------------------------------------------------------------------------------------------- */

enum what { RESPONSE, WITHDRAWAL, REMOVAL, EVENT };

struct job {
    enum what what;
    const char *wave;
    uint8_t id;
    double answer; /* of an event: its object */
    int64_t later; /* of a response: than others */
    int64_t
        untimed; /* of an event: it is one without a time of its own if it was stored then; 0: it has one */
    bool partial;
    bool fail, done;
    enum store_outcome outcome;
    enum error_kind error;
};

static int append_event(struct store_tx *tx, struct job *job, struct error *error)
{
    const uint8_t key = (uint8_t)job->answer;
    struct event facts = {0};
    const struct store_event event = {.id = {job->id},
                                      .time = job->untimed,
                                      .facts = &facts,
                                      .digest = key,
                                      .is_untimed = job->untimed != 0,
                                      .raw = "{}",
                                      .raw_size = 2};
    uint64_t position;
    if (store_subject_intern(tx, STORE_OBJECT, &key, 1, &facts.object, error) != 0)
        return -1;
    return store_event_append(tx, &event, &job->outcome, &position, error);
}

static int append_response(struct store_tx *tx, struct job *job, struct error *error)
{
    struct response response = {
        .submitted = 1000 + job->later, .partial = job->partial, .respondent = {job->id}};
    uint32_t item;
    uint64_t position;
    int result = store_period_intern(tx, "survey:m", job->wave, 1000, &response.period, error);
    if (result == 0)
        result = store_item_intern(tx, "a", &item, error);
    if (result == 0)
        result = store_period_seen(tx, response.period, 1000, error);
    if (result == 0)
        result = store_group_intern(tx, 0, "team", "A", &response.group, error);
    if (result == 0 && job->what == WITHDRAWAL) {
        result = store_append_withdrawal(tx, response.period, response.respondent, &job->outcome, &position,
                                         error);
    } else if (result == 0 && job->what == REMOVAL) {
        result =
            log_append_removal(tx, response.period, response.respondent, &job->outcome, &position, error);
    } else if (result == 0) {
        response_add(&response, item, job->answer);
        result = store_append_response(tx, &response, &job->outcome, &position, error);
    }
    response_free(&response);
    return result;
}

static int append(struct store_tx *tx, void *data, struct error *error)
{
    struct job *job = data;
    const int result = job->what == EVENT ? append_event(tx, job, error) : append_response(tx, job, error);
    return job->fail ? error_set(error, ERROR_INPUT, "on purpose") : result;
}

static void on_done(void *data, const struct error *error)
{
    struct job *job = data;
    job->done = true;
    job->error = error ? error->kind : ERROR_NONE;
}

static enum store_outcome run(struct shelf *shelf, bool is_trial, struct job job)
{
    if (is_trial)
        store_trial_run(shelf->trial, append, on_done, &job);
    else
        store_write(shelf->store, append, on_done, &job);
    while (!job.done)
        uv_run(&shelf->loop, UV_RUN_ONCE);
    assert_int_equal(job.error, job.fail ? ERROR_INPUT : ERROR_NONE);
    return job.outcome;
}

static enum store_outcome try(struct shelf *shelf, enum what what, uint8_t id, double answer)
{
    return run(shelf, true, (struct job){.what = what, .wave = "2025", .id = id, .answer = answer});
}

static enum store_outcome write_now(struct shelf *shelf, enum what what, uint8_t id, double answer)
{
    return run(shelf, false, (struct job){.what = what, .wave = "2025", .id = id, .answer = answer});
}

static int count_period(void *data, const struct store_period *period)
{
    (void)period;
    ((struct shelf *)data)->periods++;
    return 0;
}

static int look(struct store_tx *tx, void *data, struct error *error)
{
    struct shelf *shelf = data;
    shelf->periods = 0;
    return store_log_end(store_tx_view(tx), &shelf->position, error) != 0
               ? -1
               : store_periods(store_tx_view(tx), count_period, shelf, error);
}

static void assert_holds(struct shelf *shelf, uint64_t entries, unsigned periods)
{
    struct error error;
    assert_int_equal(store_write_now(shelf->store, look, shelf, &error), 0);
    assert_int_equal(shelf->position, entries);
    assert_int_equal(shelf->periods, periods);
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void what_it_was_given_counts(void **state)
{
    struct shelf *shelf = *state;
    assert_int_equal(try(shelf, RESPONSE, 1, 4), STORE_ACCEPTED);
    assert_int_equal(try(shelf, RESPONSE, 1, 4), STORE_DUPLICATE);
    assert_int_equal(try(shelf, RESPONSE, 1, 5), STORE_REPLACED);
    assert_int_equal(try(shelf, RESPONSE, 1, 4), STORE_REPLACED);
    assert_int_equal(try(shelf, WITHDRAWAL, 1, 0), STORE_ACCEPTED);
    assert_int_equal(try(shelf, WITHDRAWAL, 1, 0), STORE_ABSENT);
    assert_int_equal(try(shelf, RESPONSE, 1, 4), STORE_ACCEPTED);
    assert_holds(shelf, 0, 0);
}

static void what_the_store_holds_counts(void **state)
{
    struct shelf *shelf = *state;
    write_now(shelf, RESPONSE, 1, 4);
    assert_int_equal(try(shelf, RESPONSE, 1, 4), STORE_DUPLICATE);
    assert_int_equal(try(shelf, RESPONSE, 1, 5), STORE_REPLACED);
    assert_int_equal(try(shelf, RESPONSE, 1, 5), STORE_DUPLICATE);
    assert_int_equal(try(shelf, WITHDRAWAL, 1, 0), STORE_ACCEPTED);
    assert_int_equal(try(shelf, RESPONSE, 1, 5), STORE_ACCEPTED);
    write_now(shelf, RESPONSE, 2, 3); /* while the trial lasts */
    assert_int_equal(try(shelf, RESPONSE, 2, 3), STORE_DUPLICATE);
    assert_holds(shelf, 2, 1);
    assert_int_equal(write_now(shelf, RESPONSE, 1, 4), STORE_DUPLICATE);
}

static void a_removal_is_a_withdrawal(void **state)
{
    struct shelf *shelf = *state;
    write_now(shelf, RESPONSE, 1, 4);
    assert_int_equal(try(shelf, REMOVAL, 1, 0), STORE_ACCEPTED);
    assert_int_equal(try(shelf, REMOVAL, 1, 0), STORE_ABSENT);
    assert_int_equal(try(shelf, RESPONSE, 1, 4), STORE_ACCEPTED);
    assert_holds(shelf, 1, 1);
}

static void what_counts_for_less_takes_no_place(void **state)
{
    struct shelf *shelf = *state;
    for (int is_trial = 1; is_trial >= 0; is_trial--) { /* the store itself, after what was only tried */
        const struct {
            struct job job;
            enum store_outcome outcome;
        } steps[] = {
            {{.partial = true, .answer = 1}, STORE_ACCEPTED},
            {{.partial = true, .answer = 2}, STORE_REPLACED},
            {{.later = -5, .answer = 2}, STORE_REPLACED}, /* it was sent off, whenever */
            {{.partial = true, .later = 9, .answer = 2}, STORE_UNFINISHED},
            {{.later = -6, .answer = 3}, STORE_OLDER},
            {{.later = -5, .answer = 3}, STORE_REPLACED},
            {{.later = 7, .answer = 3}, STORE_REPLACED},
            {{.later = 6, .answer = 3}, STORE_OLDER},
            {{.later = 7, .answer = 3}, STORE_DUPLICATE},
        };
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
            struct job job = steps[i].job;
            job.wave = "2025";
            assert_int_equal(run(shelf, is_trial, job), steps[i].outcome);
        }
    }
    assert_holds(shelf, 5, 1);
}

static void waves_are_apart(void **state)
{
    struct shelf *shelf = *state;
    struct job other = {.wave = "2023", .id = 1, .answer = 4};
    write_now(shelf, RESPONSE, 1, 4);
    assert_int_equal(run(shelf, true, other), STORE_ACCEPTED);
    assert_int_equal(run(shelf, true, other), STORE_DUPLICATE);
    assert_int_equal(try(shelf, RESPONSE, 1, 4), STORE_DUPLICATE);
    assert_holds(shelf, 1, 1);
}

static void events_too(void **state)
{
    struct shelf *shelf = *state;
    write_now(shelf, EVENT, 1, 7);
    assert_int_equal(try(shelf, EVENT, 1, 7), STORE_DUPLICATE);
    assert_int_equal(try(shelf, EVENT, 1, 8), STORE_CONFLICT);
    assert_int_equal(try(shelf, EVENT, 2, 8), STORE_ACCEPTED);
    assert_int_equal(try(shelf, EVENT, 2, 8), STORE_DUPLICATE);
    assert_int_equal(try(shelf, EVENT, 2, 7), STORE_CONFLICT);
    write_now(shelf, EVENT, 3, 7); /* while the trial lasts */
    assert_int_equal(try(shelf, EVENT, 3, 8), STORE_CONFLICT);
    assert_int_equal(try(shelf, EVENT, 3, 7), STORE_DUPLICATE);
    assert_holds(shelf, 2, 0);
}

static int read_figures(struct store_tx *tx, void *data, struct error *error)
{
    return store_figures(store_tx_view(tx), data, error);
}

static void events_that_got_their_time_when_they_were_stored(void **state)
{
    struct shelf *shelf = *state;
    struct store_figures figures;
    struct error error;
    write_now(shelf, EVENT, 1, 7);
    try(shelf, EVENT, 2, 7);
    assert_int_equal(store_write_now(shelf->store, read_figures, &figures, &error), 0);
    assert_int_equal(figures.events, 1); /* of what is tried nothing is kept */
    const int64_t stored = figures.since;
    assert_int_equal(run(shelf, true, (struct job){.what = EVENT, .id = 1, .answer = 7, .untimed = stored}),
                     STORE_DUPLICATE);
    assert_int_equal(
        run(shelf, true, (struct job){.what = EVENT, .id = 1, .answer = 7, .untimed = stored + 1}),
        STORE_CONFLICT);
    assert_int_equal(run(shelf, true, (struct job){.what = EVENT, .id = 1, .answer = 8, .untimed = stored}),
                     STORE_CONFLICT);
    /* The other one is not stored, and nobody knows when it will be. */
    assert_int_equal(run(shelf, true, (struct job){.what = EVENT, .id = 2, .answer = 7, .untimed = stored}),
                     STORE_CONFLICT);
}

static void a_job_that_fails_is_forgotten(void **state)
{
    struct shelf *shelf = *state;
    run(shelf, true, (struct job){.wave = "2025", .id = 1, .answer = 4, .fail = true});
    assert_int_equal(try(shelf, RESPONSE, 1, 4), STORE_ACCEPTED);
}

static void one_that_was_given_nothing_ends(void **state)
{
    (void)state; /* the teardown does it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_it_was_given_counts, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(what_the_store_holds_counts, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(a_removal_is_a_withdrawal, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(what_counts_for_less_takes_no_place, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(waves_are_apart, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(events_too, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(events_that_got_their_time_when_they_were_stored, open_shelf,
                                        close_shelf),
        cmocka_unit_test_setup_teardown(a_job_that_fails_is_forgotten, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(one_that_was_given_nothing_ends, open_shelf, close_shelf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
