/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the gate lists of results and of what is pending: schools with departments and teams, of which an
 * indicator is computed for schools and teams. Of events there are days, in which schools have results. */
#include "engine/publication/gate.h"

#include "base/buf.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include <cmocka.h>

enum { LEAST = 5, SOME_INPUT = 1, ANOTHER_INPUT = 2 };
enum { TOMORROW = 100000, A_DAY = 1000 }; /* not as long as in life */

static const char *const levels[] = {"school", "team"};

struct desk {
    uv_loop_t loop;
    char folder[64];
    struct store *store;
    bool closed;
    uint32_t indicator, school, team_a, team_b, other_school, team_c, team_d; /* groups */
    uint32_t wave_23, wave_25, other_wave;
    uint32_t of_events, today, tomorrow;
    struct gate_filter filter; /* of the next listing */
    struct buf listed;
    char *last_group, *last_period;
    bool more;
};

/* ---- what there is ------------------------------------------------------------------------------------- */

static int intern_names(struct desk *desk, struct store_tx *tx, struct error *error)
{
    uint32_t department;
    const bool named = store_indicator_intern(tx, "i", &desk->indicator, error) == 0 &&
                       store_group_intern(tx, 0, "school", "S", &desk->school, error) == 0 &&
                       store_group_intern(tx, desk->school, "department", "D", &department, error) == 0 &&
                       store_group_intern(tx, department, "team", "A", &desk->team_a, error) == 0 &&
                       store_group_intern(tx, department, "team", "B", &desk->team_b, error) == 0 &&
                       store_group_intern(tx, 0, "school", "T", &desk->other_school, error) == 0 &&
                       store_group_intern(tx, desk->other_school, "team", "C", &desk->team_c, error) == 0 &&
                       store_group_intern(tx, desk->other_school, "team", "D", &desk->team_d, error) == 0 &&
                       store_period_intern(tx, "survey:m", "2025", 2000, &desk->wave_25, error) == 0 &&
                       store_period_intern(tx, "survey:m", "2023", 1000, &desk->wave_23, error) == 0 &&
                       store_period_intern(tx, "survey:other", "2025", 2000, &desk->other_wave, error) == 0;
    return named ? 0 : -1;
}

static int put_result(const struct desk *desk, struct store_tx *tx, uint32_t period, uint32_t group,
                      double value, int64_t n, struct error *error)
{
    const struct store_result result = {
        .period = period, .group = group, .kind = STORE_NUMBER, .value = value, .n = n, .computed_at = 3000};
    return store_publication_put(tx, desk->indicator, period, group, n >= LEAST, error) == 0
               ? store_result_put(tx, desk->indicator, &result, error)
               : -1;
}

static int put_pending(struct store_tx *tx, uint32_t period, uint32_t group, struct error *error)
{
    return store_pending_put(tx, period, group, SOME_INPUT, "x", 1, error) == 0
               ? store_pending_put(tx, period, group, ANOTHER_INPUT, "x", 1, error)
               : -1;
}

/* Team A had its results in 2023; of the others nothing was released yet, of C in either wave. D has answers
 * in another survey. */
static int fill(struct store_tx *tx, void *data, struct error *error)
{
    struct desk *desk = data;
    const bool filled = intern_names(desk, tx, error) == 0 &&
                        put_result(desk, tx, desk->wave_23, desk->school, 1.5, 16, error) == 0 &&
                        put_result(desk, tx, desk->wave_23, desk->team_a, 2.5, 8, error) == 0 &&
                        put_result(desk, tx, desk->wave_25, desk->school, 3.5, 12, error) == 0 &&
                        put_pending(tx, desk->wave_25, desk->team_a, error) == 0 &&
                        put_pending(tx, desk->wave_25, desk->team_b, error) == 0 &&
                        put_pending(tx, desk->wave_23, desk->team_c, error) == 0 &&
                        put_pending(tx, desk->wave_25, desk->team_c, error) == 0 &&
                        put_pending(tx, desk->other_wave, desk->team_d, error) == 0;
    return filled ? 0 : -1;
}

/* S has results of both days, T of tomorrow alone: a clock there is wrong. */
static int fill_days(struct store_tx *tx, void *data, struct error *error)
{
    struct desk *desk = data;
    struct desk of_days = *desk;
    const bool filled =
        store_indicator_intern(tx, "e", &desk->of_events, error) == 0 &&
        store_period_intern(tx, "day", "2026-11-27", TOMORROW, &desk->tomorrow, error) == 0 &&
        store_period_intern(tx, "day", "2026-11-26", TOMORROW - A_DAY, &desk->today, error) == 0 &&
        (of_days.indicator = desk->of_events) != 0 &&
        put_result(&of_days, tx, desk->today, desk->school, 1.5, 16, error) == 0 &&
        put_result(&of_days, tx, desk->tomorrow, desk->school, 2.5, 8, error) == 0 &&
        put_result(&of_days, tx, desk->tomorrow, desk->other_school, 3.5, 8, error) == 0;
    return filled ? 0 : -1;
}

static int open_desk(void **state)
{
    struct desk *desk = mem_alloc(sizeof *desk);
    struct error error;
    strcpy(desk->folder, "/tmp/wijzer-gate-XXXXXX");
    if (!mkdtemp(desk->folder))
        return -1;
    uv_loop_init(&desk->loop);
    *state = desk;
    if (store_open(&desk->store, &desk->loop, desk->folder, &error) != 0 ||
        store_write_now(desk->store, fill, desk, &error) != 0 ||
        store_write_now(desk->store, fill_days, desk, &error) != 0)
        fail_msg("%s", error.text);
    desk->filter = (struct gate_filter){
        .indicator = "i", .begun_by = INT64_MAX, .calendar = "survey:m", .levels = levels, .level_count = 2};
    return 0;
}

static void on_closed(void *data)
{
    ((struct desk *)data)->closed = true;
}

static int close_desk(void **state)
{
    struct desk *desk = *state;
    store_close(desk->store, on_closed, desk);
    uv_run(&desk->loop, UV_RUN_DEFAULT);
    assert_true(desk->closed);
    assert_int_equal(uv_loop_close(&desk->loop), 0);
    char *command = mem_format("rm -r '%s'", desk->folder);
    const int result = system(command);
    free(command);
    free(desk->last_group);
    free(desk->last_period);
    buf_free(&desk->listed);
    free(desk);
    return result;
}

/* ---- what is listed ------------------------------------------------------------------------------------ */

static int list_value(void *data, const struct published *value)
{
    struct desk *desk = data;
    buf_append_format(&desk->listed, "%s %s %s ", value->group, value->level, value->period);
    if (value->withheld)
        buf_append_format(&desk->listed, "%s; ", value->withheld);
    else
        buf_append_format(&desk->listed, "%g; ", value->value);
    if (value->withheld) {
        assert_int_equal(value->kind, STORE_NO_VALUE);
        assert_false(value->has_n || value->has_ci || value->extra || value->reason);
    }
    if (value->withheld && strcmp(value->withheld, "pending_change") == 0) {
        assert_int_equal(value->computed_at, 0);
        assert_false(value->stale);
    }
    free(desk->last_group);
    free(desk->last_period);
    desk->last_group = mem_copy_text(value->group);
    desk->last_period = mem_copy_text(value->period);
    return 0;
}

static int read_values(struct store_tx *tx, void *data, struct error *error)
{
    struct desk *desk = data;
    return gate_values(store_tx_view(tx), LEAST, &desk->filter, list_value, desk, &desk->more, error);
}

static void read_page(struct desk *desk)
{
    struct error error;
    if (store_write_now(desk->store, read_values, desk, &error) != 0)
        fail_msg("%s", error.text);
}

static void assert_listed(struct desk *desk, const char *expected)
{
    buf_put_u8(&desk->listed, 0);
    assert_string_equal((const char *)desk->listed.data, expected);
    buf_clear(&desk->listed);
}

static void assert_lists(struct desk *desk, const char *expected)
{
    read_page(desk);
    assert_false(desk->more);
    assert_listed(desk, expected);
}

/* Pages of one entry each, which the cursor of the API leads along. */
static void assert_pages(struct desk *desk, const char *expected)
{
    size_t pages = 0;
    desk->filter.limit = 1;
    do {
        char *group = desk->last_group, *period = desk->last_period;
        desk->last_group = desk->last_period = NULL;
        desk->filter.after_group = pages ? group : NULL;
        desk->filter.after_period = pages ? period : NULL;
        read_page(desk);
        free(group);
        free(period);
    } while (desk->more && ++pages < 20);
    desk->filter.limit = 0;
    desk->filter.after_group = desk->filter.after_period = NULL;
    assert_listed(desk, expected);
}

/* ---- tests --------------------------------------------------------------------------------------------- */

#define LATEST                                                                                               \
    "S school 2025 3.5; S/D/A team 2023 2.5; S/D/B team 2025 pending_change; "                               \
    "T school 2025 pending_change; T/C team 2025 pending_change; "
#define ALL                                                                                                  \
    "S school 2023 1.5; S school 2025 3.5; S/D/A team 2023 2.5; S/D/A team 2025 pending_change; "            \
    "S/D/B team 2025 pending_change; T school 2023 pending_change; T school 2025 pending_change; "           \
    "T/C team 2023 pending_change; T/C team 2025 pending_change; "

static void a_group_shows_its_latest_result_and_else_that_it_waits(void **state)
{
    struct desk *desk = *state;
    assert_lists(desk, LATEST);
    desk->filter.lag = LAG_ALL; /* what waits is no last good value */
    assert_lists(desk, LATEST);
}

static void of_all_periods_those_that_wait_are_there_too(void **state)
{
    struct desk *desk = *state;
    desk->filter.period = "*";
    assert_lists(desk, ALL);
    desk->filter.period = "2025";
    assert_lists(desk, "S school 2025 3.5; S/D/A team 2025 pending_change; S/D/B team 2025 pending_change; "
                       "T school 2025 pending_change; T/C team 2025 pending_change; ");
    desk->filter.period = "2024";
    assert_lists(desk, "");
}

static void a_group_and_a_level_are_asked_for_as_of_results(void **state)
{
    struct desk *desk = *state;
    desk->filter.level = "school";
    assert_lists(desk, "S school 2025 3.5; T school 2025 pending_change; ");
    desk->filter.level = NULL;
    desk->filter.group = "T/C";
    assert_lists(desk, "T/C team 2025 pending_change; ");
    desk->filter.group = "S/D/A";
    desk->filter.period = "2025";
    assert_lists(desk, "S/D/A team 2025 pending_change; ");
}

static void pages_follow_each_other_through_what_waits(void **state)
{
    struct desk *desk = *state;
    assert_pages(desk, LATEST);
    desk->filter.period = "*";
    assert_pages(desk, ALL);
}

static void a_page_goes_on_when_what_waited_is_released_meanwhile(void **state)
{
    struct desk *desk = *state;
    desk->filter.after_group = "S/D/AA"; /* it is there no more */
    desk->filter.after_period = "2025";
    assert_lists(desk, "S/D/B team 2025 pending_change; T school 2025 pending_change; "
                       "T/C team 2025 pending_change; ");
}

static int put_small_result(struct store_tx *tx, void *data, struct error *error)
{
    const struct desk *desk = data;
    return put_result(desk, tx, desk->wave_25, desk->team_b, 1, 2, error);
}

static void a_group_with_a_result_is_what_the_result_is(void **state)
{
    struct desk *desk = *state;
    struct error error;
    if (store_write_now(desk->store, put_small_result, desk, &error) != 0)
        fail_msg("%s", error.text);
    desk->filter.group = "S/D/B";
    assert_lists(desk, "S/D/B team 2025 small_group; ");
}

static void what_waits_is_of_the_indicators_survey_and_levels(void **state)
{
    struct desk *desk = *state;
    static const char *const departments[] = {"department"};
    desk->filter.calendar = "survey:other";
    desk->filter.group = "T/D";
    assert_lists(desk, "T/D team 2025 pending_change; ");
    desk->filter.calendar = NULL; /* as of events */
    assert_lists(desk, "");
    desk->filter.group = NULL;
    desk->filter.calendar = "survey:m";
    desk->filter.period = "2025";
    desk->filter.levels = departments;
    desk->filter.level_count = 1;
    assert_lists(desk, "S school 2025 3.5; S/D department 2025 pending_change; ");
}

static void an_indicator_that_was_declared_a_moment_ago_has_no_values(void **state)
{
    struct desk *desk = *state;
    desk->filter.indicator = "new";
    assert_lists(desk, "");
}

static void the_latest_period_has_begun(void **state)
{
    struct desk *desk = *state;
    desk->filter.indicator = "e";
    desk->filter.calendar = NULL;
    desk->filter.begun_by = TOMORROW - 1;
    assert_lists(desk, "S school 2026-11-26 1.5; ");
    desk->filter.begun_by = TOMORROW;
    assert_pages(desk, "S school 2026-11-27 2.5; T school 2026-11-27 3.5; ");
}

static void a_period_to_come_is_there_for_whoever_asks_for_it(void **state)
{
    struct desk *desk = *state;
    desk->filter.indicator = "e";
    desk->filter.calendar = NULL;
    desk->filter.begun_by = TOMORROW - 1;
    desk->filter.period = "*";
    assert_pages(desk, "S school 2026-11-26 1.5; S school 2026-11-27 2.5; T school 2026-11-27 3.5; ");
    desk->filter.period = "2026-11-27";
    assert_lists(desk, "S school 2026-11-27 2.5; T school 2026-11-27 3.5; ");
}

#define AT_A_DESK(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_A_DESK(a_group_shows_its_latest_result_and_else_that_it_waits),
        AT_A_DESK(of_all_periods_those_that_wait_are_there_too),
        AT_A_DESK(a_group_and_a_level_are_asked_for_as_of_results),
        AT_A_DESK(pages_follow_each_other_through_what_waits),
        AT_A_DESK(a_page_goes_on_when_what_waited_is_released_meanwhile),
        AT_A_DESK(a_group_with_a_result_is_what_the_result_is),
        AT_A_DESK(what_waits_is_of_the_indicators_survey_and_levels),
        AT_A_DESK(an_indicator_that_was_declared_a_moment_ago_has_no_values),
        AT_A_DESK(the_latest_period_has_begun),
        AT_A_DESK(a_period_to_come_is_there_for_whoever_asks_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
