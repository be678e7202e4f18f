/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events that are dated ahead are counted where they say, and are nobody's latest until that period begins:
 * by itself, as time passes. */
#include "lms.h"
#include "world.h"

#include "engine/alert/rule.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Wednesday 2026-11-25, 12:00 UTC. */
static const int64_t wednesday = 1795608000000, day = 86400000;

enum { MANY = 3 /* events, of which the alert tells */, MOST_WAITS = 20000 };

static const char script[] =
    "local w = require 'wijzer'\n"
    "w.indicator { id = 'x', source = w.events(), by = { 'course' }, period = 'day',\n"
    "  inputs = { x = w.count() }, compute = function(g) return g.x.value end }\n"
    "w.alert { id = 'many', on = 'x', summary = { nl = '{period}: {value}' },\n"
    "  raise = function(now, before)\n"
    "    return now.value >= 3 and (not before or before.value < now.value) end }\n";

/* One of which there is nothing, one of a survey, and one over a window. */
static const char others[] =
    "local w = require 'wijzer'\n"
    "w.indicator { id = 'nothing', source = w.events { verb = 'never' }, by = { 'course' }, period = 'day',\n"
    "  inputs = { x = w.count() }, compute = function(g) return g.x.value end }\n"
    "w.instrument { id = 'm', title = { nl = 'm' }, respondent = 'token', wave = 'year', levels = { 'team' "
    "},\n"
    "  groups = { team = 'team' }, items = { q = {} } }\n"
    "w.indicator { id = 'wave', source = w.survey 'm', by = { 'team' }, inputs = { x = w.item 'q' },\n"
    "  compute = function(g) return g.x.mean end }\n"
    "w.indicator { id = 'window', source = w.events(), by = { 'course' }, window = '28d',\n"
    "  inputs = { x = w.count() }, compute = function(g) return g.x.value end }\n";

struct school {
    struct world world;
    struct clock clock;
    atomic_llong now;
    size_t events;
};

static int64_t read_clock(void *data)
{
    return atomic_load(&((struct school *)data)->now);
}

static void open_school(struct school *school)
{
    world_open(&school->world, 1);
    school->events = 0;
    school->clock = (struct clock){read_clock, school};
    atomic_store(&school->now, wednesday);
    school->world.clock = &school->clock;
    world_put_script(&school->world, "x.lua", script);
    world_put_script(&school->world, "others.lua", others);
    world_start(&school->world);
    world_wait_until_idle(&school->world);
}

static void close_school(struct school *school)
{
    world_stop(&school->world);
    world_close(&school->world);
}

/* ---- events -------------------------------------------------------------------------------------------- */

struct delivery {
    const char *course;
    int64_t time;
    size_t first, count;
};

static int append_all(struct store_tx *tx, void *data, struct error *error)
{
    const struct delivery *delivery = data;
    for (size_t i = delivery->first; i < delivery->first + delivery->count; i++) {
        const struct lms_event event = {
            .number = i, .time = delivery->time, .actor = i, .verb = "v", .course = delivery->course};
        if (lms_append(tx, &event, error) != 0)
            return -1;
    }
    return 0;
}

static void deliver(struct school *school, const char *course, int64_t time, size_t count)
{
    struct delivery delivery = {course, time, school->events, count};
    school->events += count;
    world_write(&school->world, append_all, &delivery);
    world_wait_until_idle(&school->world);
}

static void set_clock(struct school *school, int64_t now)
{
    atomic_store(&school->now, now);
    engine_clock_was_set(school->world.engine);
    world_wait_until_idle(&school->world);
}

/* ---- what is shown of it ------------------------------------------------------------------------------- */

struct listing {
    const struct school *school;
    const char *wanted; /* period */
    char text[256];
};

static int list_value(void *data, const struct published *value)
{
    struct listing *listing = data;
    const size_t at = strlen(listing->text);
    snprintf(listing->text + at, sizeof listing->text - at, "%s %s %d; ", value->group, value->period,
             (int)value->integer);
    return 0;
}

static int read_values(struct store_view *view, void *data, struct error *error)
{
    struct listing *listing = data;
    const struct gate_filter filter = {.indicator = "x",
                                       .period = listing->wanted,
                                       .begun_by = engine_latest_begins(listing->school->world.engine, "x")};
    bool more;
    return gate_values(view, 1, &filter, list_value, listing, &more, error);
}

static void assert_shows(struct school *school, const char *wanted, const char *expected)
{
    struct listing listing = {.school = school, .wanted = wanted};
    world_read(&school->world, read_values, &listing);
    assert_string_equal(listing.text, expected);
}

struct alarm {
    int count;
    char body[512];
};

static int take_state(void *data, const struct store_alert_state *state)
{
    struct alarm *alarm = data;
    if (state->stage != ALERT_FIRING)
        return 0;
    alarm->count++;
    snprintf(alarm->body, sizeof alarm->body, "%s", state->body);
    return 0;
}

static int read_alarm(struct store_view *view, void *data, struct error *error)
{
    return store_alert_states(view, 0, take_state, data, error);
}

/* NULL: nothing is told. */
static void assert_alarm(struct school *school, const char *summary)
{
    struct alarm alarm = {0};
    world_read(&school->world, read_alarm, &alarm);
    assert_int_equal(alarm.count, summary ? 1 : 0);
    if (summary && !strstr(alarm.body, summary))
        fail_msg("'%s' is not in %s", summary, alarm.body);
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void what_is_dated_ahead_hides_nothing_until_then(void **state)
{
    (void)state;
    struct school school;
    open_school(&school);
    deliver(&school, "C", wednesday, 1);
    deliver(&school, "C", wednesday + day, 2);
    deliver(&school, "C", wednesday + 1800 * day, 2);
    deliver(&school, "D", wednesday + day, 1);
    assert_shows(&school, NULL, "C 2026-11-25 1; ");
    assert_shows(&school, "*", "C 2026-11-25 1; C 2026-11-26 2; C 2031-10-30 2; D 2026-11-26 1; ");
    atomic_store(&school.now, wednesday + 11 * 3600000 - 1); /* 23:59:59.999 in Amsterdam */
    assert_shows(&school, NULL, "C 2026-11-25 1; ");
    atomic_store(&school.now, wednesday + 11 * 3600000);
    assert_shows(&school, NULL, "C 2026-11-26 2; D 2026-11-26 1; ");
    close_school(&school);
}

static void an_alert_is_about_the_latest_that_has_begun(void **state)
{
    (void)state;
    struct school school;
    open_school(&school);
    deliver(&school, "C", wednesday + 1800 * day, MANY);
    assert_alarm(&school, NULL);
    deliver(&school, "C", wednesday - day, MANY);
    assert_alarm(&school, "2026-11-24: 3");
    deliver(&school, "C", wednesday, MANY + 1);
    assert_alarm(&school, "2026-11-25: 4");
    close_school(&school);
}

static void a_period_that_begins_is_judged_by_itself(void **state)
{
    (void)state;
    struct school school;
    open_school(&school);
    deliver(&school, "C", wednesday, 1);
    deliver(&school, "C", wednesday + 2 * day, MANY);
    set_clock(&school, wednesday + day);
    assert_alarm(&school, NULL);
    set_clock(&school, wednesday + 2 * day);
    assert_alarm(&school, "2026-11-27: 3");
    set_clock(&school, wednesday); /* it was the clock that was wrong */
    assert_alarm(&school, NULL);
    close_school(&school);
}

/* Nobody says that the clock was set: a timer goes off. */
static void midnight_comes_by_itself(void **state)
{
    (void)state;
    const int64_t midnight = wednesday + 11 * 3600000; /* in Amsterdam */
    struct school school;
    open_school(&school);
    deliver(&school, "C", midnight, MANY);
    set_clock(&school, midnight - 20);
    atomic_store(&school.now, midnight);
    struct alarm alarm = {0};
    for (int i = 0; i < MOST_WAITS && !alarm.count; i++) {
        world_run_a_little(&school.world);
        world_read(&school.world, read_alarm, &alarm);
    }
    assert_alarm(&school, "2026-11-26: 3");
    close_school(&school);
}

static void it_is_when_nobody_ran_at_midnight(void **state)
{
    (void)state;
    struct school school;
    open_school(&school);
    deliver(&school, "C", wednesday + 2 * day, MANY);
    world_stop(&school.world);
    atomic_store(&school.now, wednesday + 5 * day);
    world_start(&school.world);
    world_wait_until_idle(&school.world);
    assert_alarm(&school, "2026-11-27: 3");
    close_school(&school);
}

static int forget_day(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return store_document_put(tx, "engine", "window-day", NULL, 0, error);
}

static void it_is_when_no_day_was_noted_before(void **state)
{
    (void)state;
    struct school school;
    open_school(&school);
    deliver(&school, "C", wednesday + day, MANY);
    world_write(&school.world, forget_day, NULL);
    world_stop(&school.world);
    atomic_store(&school.now, wednesday + day);
    world_start(&school.world);
    world_wait_until_idle(&school.world);
    assert_alarm(&school, "2026-11-26: 3");
    close_school(&school);
}

/* ---- how far ahead ----------------------------------------------------------------------------------------
 */

static int take_first_back(struct store_tx *tx, void *data, struct error *error)
{
    const size_t *number = data, first = 0;
    const struct lms_event event = {.number = *number, .time = wednesday, .verb = "v", .voids = &first};
    return lms_append(tx, &event, error);
}

struct ahead {
    const struct school *school;
    char *label;
};

static int read_ahead(struct store_view *view, void *data, struct error *error)
{
    struct ahead *ahead = data;
    return engine_dated_ahead(ahead->school->world.engine, view, &ahead->label, error);
}

static void assert_ahead(struct school *school, const char *expected)
{
    struct ahead ahead = {.school = school};
    world_read(&school->world, read_ahead, &ahead);
    assert_int_equal(ahead.label != NULL, expected != NULL);
    if (expected)
        assert_string_equal(ahead.label, expected);
    free(ahead.label);
}

/* Where the last one was taken back, it is the one before; also where not every indicator has results. */
static void how_far_ahead_events_are_dated_is_known(void **state)
{
    (void)state;
    struct school school;
    open_school(&school);
    deliver(&school, "C", wednesday + 1800 * day, 1);
    deliver(&school, "C", wednesday, 1);
    assert_ahead(&school, "2031-10-30");
    deliver(&school, "D", wednesday + day, 1);
    assert_ahead(&school, "2031-10-30");
    world_write(&school.world, take_first_back, &school.events);
    world_wait_until_idle(&school.world);
    assert_ahead(&school, "2026-11-26");
    set_clock(&school, wednesday + day);
    assert_ahead(&school, NULL);
    close_school(&school);
}

/* ---- what is no matter of time
 * ----------------------------------------------------------------------------- */

static void any_wave_may_be_the_latest(void **state)
{
    (void)state;
    struct school school;
    open_school(&school);
    world_wait_until_idle(&school.world);
    assert_true(engine_latest_begins(school.world.engine, "wave") == INT64_MAX);
    assert_true(engine_latest_begins(school.world.engine, "x") == wednesday);
    close_school(&school);
}

static int take_time(void *data, const struct store_result *result)
{
    *(int64_t *)data = result->computed_at;
    return 0;
}

static int64_t window_computed_at(struct school *school)
{
    int64_t time = 0;
    world_results(&school->world, "window", take_time, &time);
    return time;
}

static void start_again_at(struct school *school, int64_t now)
{
    world_stop(&school->world);
    atomic_store(&school->now, now);
    world_start(&school->world);
    world_wait_until_idle(&school->world);
}

static void a_window_is_computed_once_a_day(void **state)
{
    (void)state;
    struct school school;
    open_school(&school);
    deliver(&school, "C", wednesday, 1);
    assert_true(window_computed_at(&school) == wednesday);
    start_again_at(&school, wednesday + day / 24);
    assert_true(window_computed_at(&school) == wednesday);
    start_again_at(&school, wednesday + day);
    assert_true(window_computed_at(&school) == wednesday + day);
    start_again_at(&school, wednesday + day + 1);
    assert_true(window_computed_at(&school) == wednesday + day);
    set_clock(&school, wednesday + 2 * day);
    assert_true(window_computed_at(&school) == wednesday + 2 * day);
    close_school(&school);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_dated_ahead_hides_nothing_until_then),
        cmocka_unit_test(an_alert_is_about_the_latest_that_has_begun),
        cmocka_unit_test(a_period_that_begins_is_judged_by_itself),
        cmocka_unit_test(midnight_comes_by_itself),
        cmocka_unit_test(it_is_when_nobody_ran_at_midnight),
        cmocka_unit_test(it_is_when_no_day_was_noted_before),
        cmocka_unit_test(how_far_ahead_events_are_dated_is_known),
        cmocka_unit_test(any_wave_may_be_the_latest),
        cmocka_unit_test(a_window_is_computed_once_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
