/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a wave was last seen, by what comes in of it. */
#include "ingest/ingest.h"

#include "base/clock.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct door {
    uv_loop_t loop;
    char folder[64];
    struct store *store;
    struct ingest *ingest;
};

static int open_door(void **state)
{
    struct door *door = mem_alloc(sizeof *door);
    struct error error;
    const struct ingest_options options = {.state_dir = door->folder};
    strcpy(door->folder, "/tmp/wijzer-ingest-XXXXXX");
    *state = door;
    if (!mkdtemp(door->folder) || uv_loop_init(&door->loop) != 0 ||
        store_open(&door->store, &door->loop, door->folder, &error) != 0)
        return -1;
    return ingest_open(&door->ingest, door->store, &options, &error);
}

static void ignore(void *data)
{
    (void)data;
}

static int close_door(void **state)
{
    struct door *door = *state;
    ingest_close(door->ingest);
    store_close(door->store, ignore, NULL);
    uv_run(&door->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&door->loop), 0);
    char *command = mem_format("rm -r '%s'", door->folder);
    const int result = system(command);
    free(command);
    free(door);
    return result;
}

/* ---- what comes in ------------------------------------------------------------------------------------- */

struct row {
    const char *person, *wave;
    int64_t submitted;
    double value;
};

struct outcome {
    uint64_t accepted, duplicate, replaced, withdrawn, rejected;
    bool done;
};

static void on_done(void *data, const struct delivery_report *report)
{
    struct outcome *outcome = data;
    *outcome = (struct outcome){report->accepted,  report->duplicate, report->replaced,
                                report->withdrawn, report->rejected,  true};
}

static struct outcome finish(struct door *door, struct delivery *delivery, struct outcome *outcome)
{
    ingest_finish(delivery, ERROR_NONE, NULL);
    while (!outcome->done)
        uv_run(&door->loop, UV_RUN_ONCE);
    return *outcome;
}

static struct outcome deliver(struct door *door, const struct row *rows, size_t count, bool dry_run)
{
    struct outcome outcome = {0};
    const struct delivery_source source = {.feed = "m", .document = "m.csv", .dry_run = dry_run};
    struct delivery *delivery = ingest_begin(door->ingest, &source, on_done, &outcome);
    for (size_t i = 0; i < count; i++) {
        const struct wz_answer answer = {.item = "a", .value = rows[i].value};
        const struct wz_record record = {.kind = WZ_RESPONSE,
                                         .row = i + 2,
                                         .as.response = {.instrument = "m",
                                                         .wave = rows[i].wave,
                                                         .respondent = rows[i].person,
                                                         .submitted = rows[i].submitted,
                                                         .answers = &answer,
                                                         .answer_count = 1}};
        ingest_record(delivery, &record);
    }
    return finish(door, delivery, &outcome);
}

static struct outcome answer(struct door *door, const char *person, int64_t submitted, double value)
{
    const struct row row = {person, "2025", submitted, value};
    return deliver(door, &row, 1, false);
}

static struct outcome withdraw(struct door *door, const char *person)
{
    struct outcome outcome = {0};
    const struct delivery_source source = {.feed = "m", .document = "m.csv"};
    const struct wz_record record = {
        .kind = WZ_WITHDRAWAL,
        .row = 2,
        .as.withdrawal = {.instrument = "m", .wave = "2025", .respondent = person}};
    struct delivery *delivery = ingest_begin(door->ingest, &source, on_done, &outcome);
    ingest_record(delivery, &record);
    return finish(door, delivery, &outcome);
}

/* ---- when waves were last seen ------------------------------------------------------------------------- */

struct wanted {
    const char *wave;
    int64_t latest;
    bool found;
};

static int take_period(void *data, const struct store_period *period)
{
    struct wanted *wanted = data;
    if (strcmp(period->calendar, "survey:m") != 0 || strcmp(period->label, wanted->wave) != 0)
        return 0;
    wanted->latest = period->latest;
    wanted->found = true;
    return 1;
}

static int find_latest(struct store_tx *tx, void *data, struct error *error)
{
    return store_periods(store_tx_view(tx), take_period, data, error);
}

static int64_t latest(struct door *door, const char *wave)
{
    struct wanted wanted = {.wave = wave};
    struct error error;
    assert_int_equal(store_write_now(door->store, find_latest, &wanted, &error), 0);
    assert_true(wanted.found);
    return wanted.latest;
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void it_is_the_latest_of_each_wave(void **state)
{
    struct door *door = *state;
    const struct row rows[] = {{"p1", "2025", 2000, 1}, {"p2", "2023", 70, 1},   {"p3", "2025", 4000, 1},
                               {"p4", "2025", 3000, 1}, {"p5", "2023", -500, 1}, {"p6", "2021", -500, 1}};
    assert_int_equal(deliver(door, rows, 6, false).accepted, 6);
    assert_int_equal(latest(door, "2025"), 4000);
    assert_int_equal(latest(door, "2023"), 70);
    assert_int_equal(latest(door, "2021"), -500);
    answer(door, "p7", 3500, 1);
    assert_int_equal(latest(door, "2025"), 4000);
    answer(door, "p7", 4001, 2);
    assert_int_equal(latest(door, "2025"), 4001);
    assert_int_equal(latest(door, "2023"), 70);
}

static void without_a_time_it_is_now(void **state)
{
    struct door *door = *state;
    const int64_t before = clock_now();
    const struct row rows[] = {{"p1", "2025", WZ_NO_TIME, 1}, {"p2", "2025", WZ_NO_TIME, 2}};
    deliver(door, rows, 2, false);
    assert_in_range(latest(door, "2025"), before, clock_now());
}

/* An export has those who never came to the end, without a date. */
static void where_others_have_a_time_one_without_says_nothing(void **state)
{
    struct door *door = *state;
    const struct row rows[] = {{"p1", "2025", WZ_NO_TIME, 1}, {"p2", "2025", 4000, 1}};
    deliver(door, rows, 2, false);
    assert_int_equal(latest(door, "2025"), 4000);
    answer(door, "p3", WZ_NO_TIME, 1);
    assert_int_equal(latest(door, "2025"), 4000);
}

static void a_time_to_come_is_now(void **state)
{
    struct door *door = *state;
    const int64_t before = clock_now();
    answer(door, "p1", before * 2, 1);
    assert_in_range(latest(door, "2025"), before, clock_now());
}

/* Whoever imports last year's file again does not open last year's wave. */
static void what_was_there_moves_nothing(void **state)
{
    struct door *door = *state;
    answer(door, "p2", WZ_NO_TIME, 1);
    const int64_t seen = latest(door, "2025");
    uv_sleep(5);
    assert_int_equal(answer(door, "p2", WZ_NO_TIME, 1).duplicate, 1);
    assert_int_equal(latest(door, "2025"), seen);
    assert_int_equal(answer(door, "p2", WZ_NO_TIME, 2).replaced, 1);
    assert_true(latest(door, "2025") > seen);
}

static void neither_what_is_refused_nor_what_is_withdrawn_moves_it(void **state)
{
    struct door *door = *state;
    answer(door, "p1", 1000, 1);
    assert_int_equal(answer(door, "", 2000, 1).rejected, 1);
    assert_int_equal(latest(door, "2025"), 1000);
    assert_int_equal(withdraw(door, "p1").withdrawn, 1);
    assert_int_equal(latest(door, "2025"), 1000);
}

static void a_dry_run_moves_nothing(void **state)
{
    struct door *door = *state;
    const struct row rows[] = {{"p2", "2025", 2000, 1}, {"p3", "2027", 2000, 1}};
    answer(door, "p1", 1000, 1);
    assert_int_equal(deliver(door, rows, 2, true).accepted, 2);
    assert_int_equal(latest(door, "2025"), 1000);
}

#define AT_THE_DOOR(test) cmocka_unit_test_setup_teardown(test, open_door, close_door)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_THE_DOOR(it_is_the_latest_of_each_wave),
        AT_THE_DOOR(without_a_time_it_is_now),
        AT_THE_DOOR(where_others_have_a_time_one_without_says_nothing),
        AT_THE_DOOR(a_time_to_come_is_now),
        AT_THE_DOOR(what_was_there_moves_nothing),
        AT_THE_DOOR(neither_what_is_refused_nor_what_is_withdrawn_moves_it),
        AT_THE_DOOR(a_dry_run_moves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
