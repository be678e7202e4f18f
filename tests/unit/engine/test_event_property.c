/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is kept of events equals what is recomputed: random events in any order of their times, in random
 * batches, some of which are taken back; days pass, scripts come and go, and the engine and the store are
 * stopped and started in between. Then every result is held against a plain count of the events that are
 * left, and the engine's own recompute finds no difference.
 */
#include "world.h"

#include "engine/calendar.h"
#include "engine/check.h"
#include "store/events.h"

#include "base/mem.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    PEOPLE = 1200, /* so many that a day of a school is kept with a set of them */
    REGULARS = 100,
    VERBS = 3,
    OBJECTS = 90,
    SCHOOLS = 2,
    COURSES = 3, /* of each; the first has most events */
    STEPS = 36,
    MOST_ADDED = 160,
    MOST_EVENTS = 1 << 14,
    MOST_PERIODS = 512,
    MOST_GROUPS = 32,
    SPAN_DAYS = 60
};

static const int64_t hour_ms = 3600000;
static const int64_t begin_at = 1774569600000; /* 2026-03-27, two days before the clocks change */

/* ---- scripts ------------------------------------------------------------------------------------------- */

static const char script[] =
    "local w = require 'wijzer'\n"
    "local function indicator(id, time)\n"
    "  w.indicator { id = '%s' .. id, source = w.events { %s }, by = { 'school', 'course' }, period = "
    "time.period,\n"
    "    window = time.window, inputs = { c = w.count(), a = w.distinct 'actor', o = w.distinct 'object',\n"
    "      m = w.sum 'duration', d = w.derive(function(e) return e.verb ~= 'verb-0' and e.duration and\n"
    "        math.floor(e.duration) + #e.object or nil end), r = w.rate 'actor' },\n"
    "    compute = function(g) return { value = g.c.value, extra = { people = g.a.value, objects = "
    "g.o.value,\n"
    "      minutes = g.m.value, mean = g.m.mean, min = g.m.min, max = g.m.max, made = g.d.value, most = "
    "g.d.max,\n"
    "      makers = g.d.n, each = g.r.value } } end }\n"
    "end\n"
    "indicator('day', { period = 'day' })\n"
    "indicator('week', { period = 'week' })\n"
    "indicator('month', { period = 'month' })\n"
    "indicator('year', { period = 'school_year' })\n"
    "indicator('short', { window = '3d' })\n"
    "indicator('long', { window = '28d' })\n";

static const struct {
    const char *name;
    enum period_kind kind;
    int days;
} indicators[] = {{"day", PERIOD_DAY, 0},          {"week", PERIOD_WEEK, 0},    {"month", PERIOD_MONTH, 0},
                  {"year", PERIOD_SCHOOL_YEAR, 0}, {"short", PERIOD_WINDOW, 3}, {"long", PERIOD_WINDOW, 28}};
enum { INDICATORS = sizeof indicators / sizeof *indicators };

/* The later script counts one verb only. */
enum side { EARLY, LATE, SIDES };
static const char *const side_names[] = {"early-", "late-"};

static char *script_of(enum side side)
{
    return mem_format(script, side_names[side], side == LATE ? "verb = 'verb-1'" : "");
}

/* ---- what happened ------------------------------------------------------------------------------------- */

struct happened {
    unsigned actor, verb, object, school, course; /* COURSES: in none */
    int64_t time;
    double duration; /* NaN: none */
    uint64_t position;
    bool gone, is_nowhere;
};

struct story {
    struct world world;
    struct clock clock;
    atomic_llong now;
    struct happened *all;
    size_t count, first; /* of what is to be written */
    size_t gone[MOST_ADDED], gone_count;
    bool has_late;
};

static int64_t read_clock(void *data)
{
    return atomic_load((atomic_llong *)data);
}

/* Half of them on one busy day, of which a cell is kept in parts. */
static int64_t draw_time(struct story *story)
{
    struct world *world = &story->world;
    if (world_draw(world, 2))
        return begin_at - world_draw(world, 12) * hour_ms;
    return atomic_load(&story->now) - (int64_t)world_draw(world, SPAN_DAYS * 24) * hour_ms +
           world_draw(world, 36) * hour_ms - world_draw(world, 3600000);
}

static void draw_event(struct story *story)
{
    struct world *world = &story->world;
    assert_true(story->count < MOST_EVENTS);
    const unsigned kind = world_draw(world, 3), people = world_draw(world, 4) ? PEOPLE : REGULARS;
    story->all[story->count++] =
        (struct happened){.actor = world_draw(world, people),
                          .verb = world_draw(world, VERBS),
                          .object = world_draw(world, OBJECTS),
                          .school = world_draw(world, SCHOOLS),
                          .course = world_draw(world, 4) ? 0 : world_draw(world, COURSES + 1),
                          .is_nowhere = world_draw(world, 40) == 0,
                          .time = draw_time(story),
                          .duration = kind == 0   ? NAN
                                      : kind == 1 ? 1 + world_draw(world, 3)
                                                  : (double)world_draw(world, 100000) / 700};
}

static int find_subject(struct store_tx *tx, enum store_subject kind, const char *word, unsigned number,
                        uint32_t *id, struct error *error)
{
    char key[32];
    const int size = snprintf(key, sizeof key, "%s-%u", word, number);
    return store_subject_intern(tx, kind, key, (size_t)size, id, error);
}

static int find_group(struct store_tx *tx, const struct happened *happened, uint32_t *group,
                      struct error *error)
{
    char school[8], course[8];
    *group = 0;
    if (happened->is_nowhere)
        return 0;
    snprintf(school, sizeof school, "S%u", happened->school);
    snprintf(course, sizeof course, "C%u", happened->course);
    if (store_group_intern(tx, 0, "school", school, group, error) != 0)
        return -1;
    return happened->course == COURSES ? 0 : store_group_intern(tx, *group, "course", course, group, error);
}

static int store_it(struct store_tx *tx, const struct store_event *event, uint64_t *position,
                    struct error *error)
{
    enum store_outcome outcome;
    const int result = store_event_append(tx, event, &outcome, position, error);
    if (result == 0)
        assert_int_equal(outcome, STORE_ACCEPTED);
    return result;
}

/* The event with this number. */
static void name_event(uint8_t id[16], size_t number)
{
    memset(id, 0, 16);
    memcpy(id, &number, sizeof number);
}

static int append(struct store_tx *tx, size_t number, struct happened *happened, struct error *error)
{
    struct event event = {0};
    struct store_event stored = {.time = happened->time, .facts = &event, .raw = "{}", .raw_size = 2};
    uint32_t duration;
    name_event(stored.id, number);
    if (store_item_intern(tx, "duration", &duration, error) != 0 ||
        find_subject(tx, STORE_ACTOR, "actor", happened->actor, &event.actor, error) != 0 ||
        find_subject(tx, STORE_VERB, "verb", happened->verb, &event.verb, error) != 0 ||
        find_subject(tx, STORE_OBJECT, "object", happened->object, &event.object, error) != 0 ||
        find_group(tx, happened, &event.group, error) != 0)
        return -1;
    if (!isnan(happened->duration))
        event_add(&event, duration, happened->duration);
    const int result = store_it(tx, &stored, &happened->position, error);
    event_free(&event);
    return result;
}

/* By an event that is in no group itself; the one that is taken back may not be there yet. */
static int take_back(struct store_tx *tx, size_t number, struct error *error)
{
    uint8_t target[16];
    struct event facts = {0};
    struct store_event stored = {
        .time = begin_at, .facts = &facts, .target = target, .voids = true, .raw = "{}", .raw_size = 2};
    uint64_t position;
    name_event(target, number);
    name_event(stored.id, number);
    stored.id[15] = 1;
    if (find_subject(tx, STORE_ACTOR, "actor", 0, &facts.actor, error) != 0 ||
        find_subject(tx, STORE_VERB, "verb", VERBS, &facts.verb, error) != 0 ||
        find_subject(tx, STORE_OBJECT, "object", OBJECTS, &facts.object, error) != 0)
        return -1;
    return store_it(tx, &stored, &position, error);
}

static int take_all_gone(struct store_tx *tx, const struct story *story, bool early, struct error *error)
{
    for (size_t i = 0; i < story->gone_count; i++) {
        const bool comes_first = story->gone[i] >= story->first && story->gone[i] % 2;
        if (comes_first == early && take_back(tx, story->gone[i], error) != 0)
            return -1;
    }
    return 0;
}

static int write_all(struct store_tx *tx, void *data, struct error *error)
{
    struct story *story = data;
    if (take_all_gone(tx, story, true, error) != 0)
        return -1;
    for (size_t i = story->first; i < story->count; i++)
        if (append(tx, i, &story->all[i], error) != 0)
            return -1;
    return take_all_gone(tx, story, false, error);
}

/* Some of them may be of this very batch. */
static void draw_gone(struct story *story, unsigned most)
{
    story->gone_count = 0;
    for (unsigned i = world_draw(&story->world, most); i > 0 && story->count; i--) {
        const size_t number = world_draw(&story->world, (unsigned)story->count);
        if (story->all[number].gone)
            continue;
        story->all[number].gone = true;
        story->gone[story->gone_count++] = number;
    }
}

static void happen(struct story *story, unsigned most_added, unsigned most_gone)
{
    story->first = story->count;
    for (unsigned i = world_draw(&story->world, most_added) + 1; i > 0; i--)
        draw_event(story);
    draw_gone(story, most_gone);
    world_write(&story->world, write_all, story);
    engine_wake(story->world.engine);
}

/* ---- what should be ------------------------------------------------------------------------------------ */

struct total {
    bool exists;
    unsigned events, people, objects, makers, measured;
    double minutes, min, max, made, most;
};

static bool is_in(const struct story *story, size_t of, const char *label, const struct happened *happened)
{
    if (indicators[of].kind != PERIOD_WINDOW)
        return strcmp(calendar_find(indicators[of].kind, happened->time).label, label) == 0;
    const int64_t now = atomic_load(&story->now);
    return happened->time >= calendar_days_before(now, indicators[of].days - 1) &&
           happened->time < calendar_find(PERIOD_DAY, now).ends;
}

static bool is_of(const struct happened *happened, const char *path)
{
    char school[16], course[16];
    if (happened->is_nowhere)
        return false;
    snprintf(school, sizeof school, "S%u", happened->school);
    snprintf(course, sizeof course, "S%u/C%u", happened->school, happened->course);
    return strcmp(path, school) == 0 || (happened->course < COURSES && strcmp(path, course) == 0);
}

static unsigned count_of(const bool *seen, size_t size)
{
    unsigned count = 0;
    for (size_t i = 0; i < size; i++)
        count += seen[i];
    return count;
}

static void measure(struct total *total, const struct happened *happened)
{
    total->minutes += happened->duration;
    if (total->measured == 0 || happened->duration < total->min)
        total->min = happened->duration;
    if (total->measured == 0 || happened->duration > total->max)
        total->max = happened->duration;
    total->measured++;
}

static double length_of(const char *word, unsigned number)
{
    char key[32];
    return snprintf(key, sizeof key, "%s-%u", word, number);
}

static struct total expected_total(const struct story *story, enum side side, size_t of, const char *label,
                                   const char *path)
{
    bool people[PEOPLE] = {false}, objects[OBJECTS] = {false}, makers[PEOPLE] = {false};
    struct total total = {.most = -1};
    for (size_t i = 0; i < story->count; i++) {
        const struct happened *one = &story->all[i];
        if (one->gone || (side == LATE && one->verb != 1) || !is_of(one, path) ||
            !is_in(story, of, label, one))
            continue;
        total.exists = true;
        total.events++;
        people[one->actor] = objects[one->object] = true;
        if (isnan(one->duration))
            continue;
        measure(&total, one);
        if (one->verb == 0)
            continue;
        const double made = floor(one->duration) + length_of("object", one->object);
        makers[one->actor] = true;
        total.made += made;
        total.most = made > total.most ? made : total.most;
    }
    total.people = count_of(people, PEOPLE);
    total.objects = count_of(objects, OBJECTS);
    total.makers = count_of(makers, PEOPLE);
    return total;
}

/* ---- comparing ----------------------------------------------------------------------------------------- */

struct comparison {
    const struct story *story;
    char *labels[MOST_PERIODS], *calendars[MOST_PERIODS], *paths[MOST_GROUPS];
    enum side side;
    size_t of;
    bool seen[MOST_PERIODS][MOST_GROUPS];
};

static int take_period(void *data, const struct store_period *period)
{
    struct comparison *comparison = data;
    assert_true(period->id < MOST_PERIODS);
    comparison->labels[period->id] = mem_copy_text(period->label);
    comparison->calendars[period->id] = mem_copy_text(period->calendar);
    return 0;
}

static int take_group(void *data, const struct store_group *group)
{
    assert_true(group->id < MOST_GROUPS);
    ((struct comparison *)data)->paths[group->id] = mem_copy_text(group->path);
    return 0;
}

static void compare_number(const struct comparison *comparison, const struct store_result *result,
                           const cJSON *extra, const char *name, bool exists, double wanted)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(extra, name);
    const double found = item ? cJSON_GetNumberValue(item) : NAN;
    if (exists ? !(fabs(found - wanted) <= 1e-9 * (1 + fabs(wanted))) : item != NULL)
        fail_msg("seed %u: %s of %s%s, %s, %s is %.17g, and should be %.17g", comparison->story->world.seed,
                 name, side_names[comparison->side], indicators[comparison->of].name,
                 comparison->paths[result->group], comparison->labels[result->period], found,
                 exists ? wanted : NAN);
}

static int compare_result(void *data, const struct store_result *result)
{
    struct comparison *comparison = data;
    const struct total total =
        expected_total(comparison->story, comparison->side, comparison->of,
                       comparison->labels[result->period], comparison->paths[result->group]);
    if (!total.exists || result->kind != STORE_INTEGER || result->integer != total.events)
        fail_msg("seed %u: %s%s, %s, %s is %lld, and should be %u", comparison->story->world.seed,
                 side_names[comparison->side], indicators[comparison->of].name,
                 comparison->paths[result->group], comparison->labels[result->period],
                 (long long)result->integer, total.events);
    cJSON *extra = cJSON_Parse(result->extra);
    const bool measured = total.measured, made = total.makers;
    compare_number(comparison, result, extra, "people", true, total.people);
    compare_number(comparison, result, extra, "objects", true, total.objects);
    compare_number(comparison, result, extra, "each", true, (double)total.events / total.people);
    compare_number(comparison, result, extra, "minutes", measured, total.minutes);
    compare_number(comparison, result, extra, "mean", measured, total.minutes / total.measured);
    compare_number(comparison, result, extra, "min", measured, total.min);
    compare_number(comparison, result, extra, "max", measured, total.max);
    compare_number(comparison, result, extra, "made", made, total.made);
    compare_number(comparison, result, extra, "most", made, total.most);
    compare_number(comparison, result, extra, "makers", true, total.makers);
    cJSON_Delete(extra);
    comparison->seen[result->period][result->group] = true;
    return 0;
}

/* What has events has a result. */
static void look_for_missing(const struct comparison *comparison)
{
    const bool window = indicators[comparison->of].kind == PERIOD_WINDOW;
    char calendar[16];
    snprintf(calendar, sizeof calendar, "%s",
             period_kind_word(window ? PERIOD_DAY : indicators[comparison->of].kind));
    for (size_t period = 0; period < MOST_PERIODS && !window; period++)
        for (size_t group = 0; comparison->labels[period] && group < MOST_GROUPS; group++)
            if (strcmp(comparison->calendars[period], calendar) == 0 && comparison->paths[group] &&
                !comparison->seen[period][group] &&
                expected_total(comparison->story, comparison->side, comparison->of,
                               comparison->labels[period], comparison->paths[group])
                    .exists)
                fail_msg("seed %u: %s%s has nothing of %s, %s", comparison->story->world.seed,
                         side_names[comparison->side], indicators[comparison->of].name,
                         comparison->paths[group], comparison->labels[period]);
    for (size_t group = 0; window && group < MOST_GROUPS; group++) {
        bool seen = false;
        for (size_t period = 0; period < MOST_PERIODS; period++)
            seen |= comparison->seen[period][group];
        if (comparison->paths[group] && !seen)
            assert_false(expected_total(comparison->story, comparison->side, comparison->of, "",
                                        comparison->paths[group])
                             .exists);
    }
}

static int compare(struct store_view *view, void *data, struct error *error)
{
    struct comparison *comparison = data;
    if (store_periods(view, take_period, comparison, error) != 0 ||
        store_groups(view, take_group, comparison, error) != 0)
        return -1;
    for (int side = 0; side <= comparison->story->has_late; side++)
        for (size_t i = 0; i < INDICATORS; i++) {
            char name[32];
            uint32_t number;
            comparison->side = (enum side)side;
            comparison->of = i;
            memset(comparison->seen, 0, sizeof comparison->seen);
            snprintf(name, sizeof name, "%s%s", side_names[side], indicators[i].name);
            if (store_indicator_find(view, name, &number, error) != 0 ||
                store_results(view, number, 0, compare_result, comparison, error) != 0)
                return -1;
            look_for_missing(comparison);
        }
    return 0;
}

static void on_checked(void *data, const struct engine_check *check, const struct error *error)
{
    if (error)
        fail_msg("%s", error->text);
    if (check->different)
        fail_msg("the check found %llu differences: %s", (unsigned long long)check->different,
                 check->said[0]);
    assert_int_equal(check->skipped, 0);
    assert_true(check->inputs > 0 && check->cells > 0 && check->results > 0);
    *(bool *)data = true;
}

static void compare_all(struct story *story, bool with_check)
{
    struct comparison *comparison = mem_alloc(sizeof *comparison);
    comparison->story = story;
    world_wait_until_idle(&story->world);
    world_read(&story->world, compare, comparison);
    for (size_t i = 0; i < MOST_PERIODS; i++) {
        free(comparison->labels[i]);
        free(comparison->calendars[i]);
    }
    for (size_t i = 0; i < MOST_GROUPS; i++)
        free(comparison->paths[i]);
    free(comparison);
    if (!with_check)
        return;
    struct error error;
    bool done = false;
    assert_int_equal(engine_check(story->world.engine, on_checked, &done, &error), 0);
    world_run_until(&story->world, &done);
}

/* ---- the property -------------------------------------------------------------------------------------- */

static void change_scripts(struct story *story)
{
    char *text = story->has_late ? mem_copy_text("local w = require 'wijzer'\n") : script_of(LATE);
    world_change_script(&story->world, "late.lua", text);
    story->has_late = !story->has_late;
    free(text);
}

static void let_days_pass(struct story *story)
{
    atomic_fetch_add(&story->now, (1 + world_draw(&story->world, 60)) * hour_ms);
    engine_clock_was_set(story->world.engine);
}

static void take_a_step(struct story *story)
{
    struct world *world = &story->world;
    happen(story, MOST_ADDED, 40);
    world_run_a_little(world);
    if (world_draw(world, 5) == 0)
        let_days_pass(story);
    if (world_draw(world, 6) == 0) {
        world_stop(world);
        world_start(world);
    }
    if (world_draw(world, 8) == 0)
        change_scripts(story);
    if (world_draw(world, 9) == 0)
        compare_all(story, false);
}

static void take_all_back(struct story *story)
{
    for (size_t begin = 0; begin < story->count; begin += MOST_ADDED) {
        story->first = story->count;
        story->gone_count = 0;
        for (size_t i = begin; i < story->count && i < begin + MOST_ADDED; i++)
            if (!story->all[i].gone) {
                story->all[i].gone = true;
                story->gone[story->gone_count++] = i;
            }
        world_write(&story->world, write_all, story);
        world_wait_until_idle(&story->world);
    }
}

static int assert_nothing(void *data, uint32_t period, uint32_t group, const void *bytes, size_t size)
{
    (void)data, (void)period, (void)group, (void)bytes, (void)size;
    fail_msg("a cell is left of nothing");
    return 0;
}

static int look_for_cells(struct store_view *view, void *data, struct error *error)
{
    (void)data;
    for (uint32_t input = 1; input < 128; input++)
        if (store_cells(view, input, assert_nothing, NULL, error) != 0)
            return -1;
    return 0;
}

static void check_seed(unsigned seed)
{
    struct story *story = mem_alloc(sizeof *story);
    story->all = mem_alloc(MOST_EVENTS * sizeof *story->all);
    world_open(&story->world, seed);
    story->clock = (struct clock){read_clock, &story->now};
    story->world.clock = &story->clock;
    atomic_store(&story->now, begin_at);
    char *early = script_of(EARLY);
    world_put_script(&story->world, "early.lua", early);
    free(early);
    world_start(&story->world);
    for (unsigned step = 0; step < STEPS; step++)
        take_a_step(story);
    compare_all(story, true);
    for (unsigned step = 0; step < 6; step++) {
        happen(story, 1, 2); /* nothing else hides what was forgotten */
        compare_all(story, false);
    }
    take_all_back(story);
    compare_all(story, false);
    world_read(&story->world, look_for_cells, NULL);
    world_stop(&story->world);
    world_close(&story->world);
    free(story->all);
    free(story);
}

static void incremental_equals_recomputed(void **state)
{
    (void)state;
    static const unsigned seeds[] = {1, 20261126, 7};
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        check_seed(seeds[i]);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {cmocka_unit_test(incremental_equals_recomputed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
