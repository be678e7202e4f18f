/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* `instrument` NULL: of events. `own`: what the script asks for, 0: nothing. */
static int asked(const struct engine *engine, char *instrument, int own)
{
    const struct indicator_declaration declaration = {.instrument = instrument, .min_group_size = own};
    return least_of(engine, &declaration);
}

static void without_feeds_the_script_raises_it_alone(void **state)
{
    (void)state;
    const struct engine engine = {.min_group_size = 5};
    assert_int_equal(asked(&engine, "m", 0), 5);
    assert_int_equal(asked(&engine, NULL, 0), 5);
    assert_int_equal(asked(&engine, "m", 7), 7);
}

static void what_is_asked_of_an_instrument_holds_for_it_alone(void **state)
{
    (void)state;
    struct engine engine = {.min_group_size = 5};
    engine_raise_least(&engine, "m", 8);
    assert_int_equal(asked(&engine, "m", 0), 8);
    assert_int_equal(asked(&engine, "m", 7), 8);
    assert_int_equal(asked(&engine, "m", 9), 9);
    assert_int_equal(asked(&engine, "mm", 0), 5);
    assert_int_equal(asked(&engine, NULL, 0), 5);
    least_free(&engine);
}

static void what_is_asked_of_events_holds_for_all_of_them_and_for_no_survey(void **state)
{
    (void)state;
    struct engine engine = {.min_group_size = 5};
    engine_raise_least(&engine, NULL, 8);
    assert_int_equal(asked(&engine, NULL, 0), 8);
    assert_int_equal(asked(&engine, "m", 0), 5);
    least_free(&engine);
}

static void of_several_the_most_is_asked_whatever_their_order(void **state)
{
    (void)state;
    static const int orders[][3] = {{6, 9, 7}, {9, 7, 6}, {6, 7, 9}};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct engine engine = {.min_group_size = 5};
        for (size_t k = 0; k < 3; k++)
            engine_raise_least(&engine, "m", orders[i][k]);
        engine_raise_least(&engine, "n", 20);
        assert_int_equal(asked(&engine, "m", 0), 9);
        assert_int_equal(asked(&engine, "n", 0), 20);
        least_free(&engine);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_feeds_the_script_raises_it_alone),
        cmocka_unit_test(what_is_asked_of_an_instrument_holds_for_it_alone),
        cmocka_unit_test(what_is_asked_of_events_holds_for_all_of_them_and_for_no_survey),
        cmocka_unit_test(of_several_the_most_is_asked_whatever_their_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
