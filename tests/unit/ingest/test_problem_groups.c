/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/problem_groups.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add(struct problem_groups *groups, uint64_t count, uint64_t row, const char *column,
                const char *text)
{
    for (uint64_t i = 0; i < count; i++)
        problem_groups_add(groups, row + i, column, text);
}

static void assert_group(const struct problem_group *group, uint64_t count, uint64_t row, const char *column,
                         const char *text)
{
    assert_int_equal(group->count, count);
    assert_int_equal(group->first_row, row);
    assert_string_equal(group->text, text);
    if (column)
        assert_string_equal(group->column, column);
    else
        assert_null(group->column);
}

static void the_same_in_the_same_column_is_one_group(void **state)
{
    (void)state;
    const struct problem_group *largest[GROUPS_TOLD];
    struct problem_groups *groups = problem_groups_make();
    add(groups, 7, 2, "a", "wrong");
    add(groups, 9, 3, "b", "wrong");
    add(groups, 7, 4, NULL, "wrong");
    add(groups, 200, 5, "a", "bad");
    add(groups, 1, 300, "a", "wrong");
    assert_int_equal(problem_groups_largest(groups, largest), 4);
    assert_group(largest[0], 200, 5, "a", "bad");
    assert_group(largest[1], 9, 3, "b", "wrong");
    assert_group(largest[2], 8, 2, "a", "wrong");
    assert_group(largest[3], 7, 4, NULL, "wrong");
    problem_groups_free(groups);
}

static void what_few_rows_have_is_not_told(void **state)
{
    (void)state;
    const struct problem_group *largest[GROUPS_TOLD];
    struct problem_groups *groups = problem_groups_make();
    assert_int_equal(problem_groups_largest(groups, largest), 0);
    add(groups, GROUP_LEAST - 1, 2, "a", "what somebody wrote");
    assert_int_equal(problem_groups_largest(groups, largest), 0);
    add(groups, 1, 9, "a", "what somebody wrote");
    assert_int_equal(problem_groups_largest(groups, largest), 1);
    problem_groups_free(groups);
}

static void a_million_different_ones_take_no_more_memory_and_hide_none_that_came_before(void **state)
{
    (void)state;
    const struct problem_group *largest[GROUPS_TOLD];
    struct problem_groups *groups = problem_groups_make();
    char text[30];
    for (uint64_t i = 0; i < 30; i++) {
        snprintf(text, sizeof text, "group %llu", (unsigned long long)i);
        add(groups, 100 + i, i, "a", text);
    }
    for (size_t i = 0; i < 1000000; i++) {
        snprintf(text, sizeof text, "answer %zu", i);
        problem_groups_add(groups, i, "a", text);
    }
    add(groups, 500, 2, "a", "group 3");
    assert_int_equal(problem_groups_largest(groups, largest), GROUPS_TOLD);
    assert_group(largest[0], 603, 3, "a", "group 3");
    assert_group(largest[1], 129, 29, "a", "group 29");
    assert_group(largest[GROUPS_TOLD - 1], 111, 11, "a", "group 11");
    problem_groups_free(groups);
}

static void a_text_that_is_very_long_is_passed_over(void **state)
{
    (void)state;
    const struct problem_group *largest[GROUPS_TOLD];
    struct problem_groups *groups = problem_groups_make();
    char *text = mem_alloc(LONGEST_GROUP_TEXT + 2);
    memset(text, 'x', LONGEST_GROUP_TEXT);
    add(groups, 10, 2, "a", text);
    assert_int_equal(problem_groups_largest(groups, largest), 1);
    text[LONGEST_GROUP_TEXT] = 'x';
    add(groups, 10, 2, "b", text);
    assert_int_equal(problem_groups_largest(groups, largest), 1);
    free(text);
    problem_groups_free(groups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_in_the_same_column_is_one_group),
        cmocka_unit_test(what_few_rows_have_is_not_told),
        cmocka_unit_test(a_million_different_ones_take_no_more_memory_and_hide_none_that_came_before),
        cmocka_unit_test(a_text_that_is_very_long_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
