/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of the log one step takes: what it gathers for all its inputs is bounded, and of events, of which
 * nearly each falls into a cell of its own, it takes fewer than of responses. */
#include "lms.h"
#include "world.h"

#include "engine/stretch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { EVENTS = 6000, MANY = 200 /* inputs */ };

static struct input of_survey = {
    .id = 1, .instrument = (char *)"monitor", .calendar = (char *)"survey:monitor", .kind = INPUT_COUNT};
/* Of a verb that there is not. */
static struct input of_events = {
    .id = 2, .verb = (char *)"never", .calendar = (char *)"day", .kind = INPUT_COUNT};

static int append_all(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    for (size_t number = 0; number < EVENTS; number++) {
        const struct lms_event event = {.number = number, .time = 1774569600000, .verb = "v"};
        if (lms_append(tx, &event, error) != 0)
            return -1;
    }
    return 0;
}

/* How many entries a step takes for so many inputs of a kind. */
static uint64_t taken_for(struct world *world, struct input *input, size_t count)
{
    struct engine engine = {0};
    struct stretch *stretch = stretch_new(&engine, count);
    for (size_t i = 0; i < count; i++)
        stretch->inputs[i] = input;
    world_read(world, stretch_read, stretch);
    const uint64_t taken = stretch->to;
    stretch_free(stretch);
    group_names_free(&engine.groups);
    period_names_free(&engine.periods);
    return taken;
}

static void what_a_step_gathers_is_bounded(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1);
    world_start(&world);
    world_write(&world, append_all, NULL);
    assert_int_equal(taken_for(&world, &of_events, 1), EVENTS);
    const uint64_t some = taken_for(&world, &of_events, MANY),
                   fewer = taken_for(&world, &of_events, 2 * MANY);
    assert_in_range(some, 1, EVENTS / 2);
    assert_in_range(fewer, some / 2 - 1, some / 2 + 1);
    assert_true(taken_for(&world, &of_survey, MANY) >= 3 * some);
    assert_true(taken_for(&world, &of_survey, 4 * MANY) < EVENTS);
    world_stop(&world);
    world_close(&world);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_a_step_gathers_is_bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
