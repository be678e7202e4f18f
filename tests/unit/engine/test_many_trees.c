/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Courses that lie in nothing else are decided on together, and each by itself: of every second one somebody
 * is taken back, and then it has too few people. */
#include "lms.h"
#include "world.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { COURSES = 40, PEOPLE = 5, TAKEN_BACK = COURSES * PEOPLE, BACK_AGAIN = 2 * TAKEN_BACK };

static const char counts[] =
    "local w = require 'wijzer'\n"
    "for id, verb in pairs { a = 'v', b = false } do\n"
    "  w.indicator { id = id, source = w.events { verb = verb or nil }, by = { 'course' }, period = 'week',\n"
    "    inputs = { x = w.distinct 'actor' }, compute = function(g) return g.x.value end }\n"
    "end\n";

/* Of these, one of the two indicators sees nothing. */
static const char *verb_of(size_t course)
{
    return course % 4 == 2 ? "w" : "v";
}

/* The event of a person in a course; or what takes that back. */
static int append(struct store_tx *tx, size_t number, size_t course, size_t person, const size_t *voids,
                  struct error *error)
{
    char name[16];
    snprintf(name, sizeof name, "C%zu", course);
    const struct lms_event event = {.number = number,
                                    .time = 1774569600000,
                                    .actor = person,
                                    .verb = verb_of(course),
                                    .course = voids ? NULL : name,
                                    .voids = voids};
    return lms_append(tx, &event, error);
}

static int append_all(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    for (size_t i = 0; i < COURSES * PEOPLE; i++)
        if (append(tx, i, i / PEOPLE, i % PEOPLE, NULL, error) != 0)
            return -1;
    return 0;
}

static int take_some_back(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    for (size_t course = 0; course < COURSES; course += 2) {
        const size_t number = course * PEOPLE;
        if (append(tx, TAKEN_BACK + number, course, 0, &number, error) != 0)
            return -1;
    }
    return 0;
}

static int bring_them_back(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    for (size_t course = 0; course < COURSES; course += 2)
        if (append(tx, BACK_AGAIN + course, course, 0, NULL, error) != 0)
            return -1;
    return 0;
}

struct seen {
    size_t shown, withheld;
};

static int take_result(void *data, const struct store_result *result)
{
    struct seen *seen = data;
    assert_int_equal(result->n, result->published ? PEOPLE : PEOPLE - 1);
    if (result->published)
        seen->shown++;
    else
        seen->withheld++;
    return 0;
}

static void assert_seen(struct world *world, const char *indicator, size_t shown, size_t withheld)
{
    struct seen seen = {0};
    world_wait_until_idle(world);
    world_results(world, indicator, take_result, &seen);
    assert_int_equal(seen.shown, shown);
    assert_int_equal(seen.withheld, withheld);
}

static void who_is_taken_back_is_missed_in_each_course(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, 1);
    world.min_group_size = PEOPLE;
    world_put_script(&world, "counts.lua", counts);
    world_start(&world);
    world_write(&world, append_all, NULL);
    assert_seen(&world, "a", 3 * COURSES / 4, 0);
    assert_seen(&world, "b", COURSES, 0);
    world_write(&world, take_some_back, NULL);
    assert_seen(&world, "a", COURSES / 2, COURSES / 4);
    assert_seen(&world, "b", COURSES / 2, COURSES / 2);
    world_write(&world, bring_them_back, NULL);
    assert_seen(&world, "a", 3 * COURSES / 4, 0);
    assert_seen(&world, "b", COURSES, 0);
    world_stop(&world);
    world_close(&world);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {cmocka_unit_test(who_is_taken_back_is_missed_in_each_course)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
