/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is asked for of a range: names above a number, cells of a period, decisions on some groups. */
#include "shelf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { INDICATOR = 1, OTHER = 2, PERIOD = 7 };

/* ---- names --------------------------------------------------------------------------------------------- */

static int make_groups(struct store_tx *tx, struct error *error)
{
    uint32_t school, team;
    return store_group_intern(tx, 0, "school", "S/1", &school, error) != 0 ||
                   store_group_intern(tx, school, "team", "A", &team, error) != 0 ||
                   store_group_intern(tx, school, "team", "B", &team, error) != 0 ||
                   store_group_intern(tx, 0, "school", "T", &school, error) != 0
               ? -1
               : 0;
}

static int tell_group(void *data, const struct store_group *group)
{
    buf_append_format(data, "%u %s in %u: %s\n", group->id, group->level, group->parent, group->path);
    return 0;
}

static const char *path_of(void *data, uint32_t group)
{
    (void)data;
    return group == 1 ? "as it was given" : NULL;
}

static int tell_groups_above(struct store_tx *tx, void *data, struct error *error)
{
    return make_groups(tx, error) == 0
               ? store_groups_above(store_tx_view(tx), 2, path_of, tell_group, data, error)
               : -1;
}

static void groups_above_a_number_have_paths(void **state)
{
    char *said = shelf_told(*state, tell_groups_above);
    assert_string_equal(said, "3 team in 1: as it was given/B\n4 school in 0: T\n");
    free(said);
}

static int tell_period(void *data, const struct store_period *period)
{
    buf_append_format(data, "%u %s %s\n", period->id, period->calendar, period->label);
    return 0;
}

static int tell_periods_above(struct store_tx *tx, void *data, struct error *error)
{
    static const char *const made[][2] = {{"survey:m", "2023"},
                                          {"week", "2025-W01"},
                                          {"survey", "x"},
                                          {"day", "2025-01-01"},
                                          {"survey:m", "2025"}};
    uint32_t id;
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        if (store_period_intern(tx, made[i][0], made[i][1], 1, &id, error) != 0)
            return -1;
    return store_periods_above(store_tx_view(tx), 3, tell_period, data, error);
}

static void waves_are_among_periods_above_a_number(void **state)
{
    char *said = shelf_told(*state, tell_periods_above);
    assert_string_equal(said, "1 survey:m 2023\n4 day 2025-01-01\n5 survey:m 2025\n");
    free(said);
}

/* ---- cells --------------------------------------------------------------------------------------------- */

static int tell_cell(void *data, uint32_t period, uint32_t group, const void *bytes, size_t size)
{
    buf_append_format(data, "%u %u %.*s\n", period, group, (int)size, (const char *)bytes);
    return 0;
}

static int tell_cells(struct store_tx *tx, void *data, struct error *error)
{
    static const uint32_t cells[][3] = {{1, 7, 9}, {1, 7, 3}, {1, 6, 4}, {1, 8, 4}, {2, 7, 5}};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++)
        if (store_cell_put(tx, cells[i][0], cells[i][1], cells[i][2], "abcde" + i, 1, error) != 0)
            return -1;
    return store_cells_of_period(store_tx_view(tx), 1, PERIOD, tell_cell, data, error);
}

static void cells_of_a_period_come_in_order_of_their_groups(void **state)
{
    char *said = shelf_told(*state, tell_cells);
    assert_string_equal(said, "7 3 b\n7 9 a\n");
    free(said);
}

/* ---- decisions ----------------------------------------------------------------------------------------- */

static int publish(struct store_tx *tx, struct error *error)
{
    for (uint32_t group = 1; group <= 5; group++)
        for (uint32_t indicator = INDICATOR; indicator <= OTHER; indicator++)
            if (store_publication_put(tx, indicator, PERIOD, group, true, error) != 0)
                return -1;
    return store_publication_put(tx, INDICATOR, PERIOD + 1, 3, true, error);
}

static int tell_publication(void *data, uint32_t group, uint32_t indicator)
{
    buf_append_format(data, "%u of %u\n", indicator, group);
    return 0;
}

static int tell_publications(struct store_tx *tx, void *data, struct error *error)
{
    return publish(tx, error) == 0
               ? store_publications(store_tx_view(tx), PERIOD, 2, 3, tell_publication, data, error)
               : -1;
}

static void publications_of_some_groups_are_theirs_alone(void **state)
{
    char *said = shelf_told(*state, tell_publications);
    assert_string_equal(said, "1 of 2\n2 of 2\n1 of 3\n2 of 3\n");
    free(said);
}

static int tell_mark(void *data, uint32_t period, uint32_t group, bool decided)
{
    buf_append_format(data, "%u %u%s\n", period, group, decided ? " decided" : "");
    return 0;
}

static int tell_decided(struct store_tx *tx, void *data, struct error *error)
{
    if (publish(tx, error) != 0 || store_stale_decided(tx, INDICATOR, PERIOD, 2, 4, error) != 0 ||
        store_stale(store_tx_view(tx), INDICATOR, 99, tell_mark, data, error) != 0)
        return -1;
    buf_append_text(data, "other\n");
    return store_stale(store_tx_view(tx), OTHER, 99, tell_mark, data, error);
}

static void a_decision_on_some_groups_is_noted_of_them_alone(void **state)
{
    char *said = shelf_told(*state, tell_decided);
    assert_string_equal(said, "7 1\n7 2 decided\n7 3 decided\n7 4 decided\n7 5\n8 3\n"
                              "other\n7 1\n7 2\n7 3\n7 4\n7 5\n");
    free(said);
}

/* ---- what may be shown --------------------------------------------------------------------------------- */

static int tell_shown(struct store_tx *tx, uint32_t group, struct buf *said, struct error *error)
{
    bool published, is_shown;
    if (store_publication_get(store_tx_view(tx), INDICATOR, PERIOD, group, &published, &is_shown, error) != 0)
        return -1;
    buf_append_format(said, "%u%s%s\n", group, published ? " published" : "", is_shown ? " shown" : "");
    return 0;
}

/* Of one of which it is said that the one before might be shown, nothing is noted. */
static int tell_computed(struct store_tx *tx, void *data, struct error *error)
{
    struct store_result result = {.period = PERIOD, .group = 1, .value = 1, .n = 9, .computed_at = 1};
    if (publish(tx, error) != 0 || store_result_put(tx, INDICATOR, &result, error) != 0)
        return -1;
    result.group = 2;
    result.published = true;
    if (store_result_put(tx, INDICATOR, &result, error) != 0)
        return -1;
    for (uint32_t group = 1; group <= 6; group++)
        if ((group < 3 || group > 4) && tell_shown(tx, group, data, error) != 0)
            return -1;
    return 0;
}

static void what_is_published_is_shown_once_it_is_computed(void **state)
{
    char *said = shelf_told(*state, tell_computed);
    assert_string_equal(said, "1 published shown\n2 published\n5 published\n6\n");
    free(said);
}

int main(void)
{
#define AT_A_SHELF(test) cmocka_unit_test_setup_teardown(test, shelf_open, shelf_close)
    const struct CMUnitTest tests[] = {
        AT_A_SHELF(groups_above_a_number_have_paths),
        AT_A_SHELF(waves_are_among_periods_above_a_number),
        AT_A_SHELF(cells_of_a_period_come_in_order_of_their_groups),
        AT_A_SHELF(publications_of_some_groups_are_theirs_alone),
        AT_A_SHELF(a_decision_on_some_groups_is_noted_of_them_alone),
        AT_A_SHELF(what_is_published_is_shown_once_it_is_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
