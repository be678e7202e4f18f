/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/placeholders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const values[PLACEHOLDERS] = {
    [PLACEHOLDER_GROUP] = "Zorg",     [PLACEHOLDER_PATH] = "roc/Zorg", [PLACEHOLDER_LEVEL] = "team",
    [PLACEHOLDER_PERIOD] = "2025",    [PLACEHOLDER_VALUE] = "2,5",     [PLACEHOLDER_BEFORE] = "3",
    [PLACEHOLDER_CHANGE] = "-0,5",    [PLACEHOLDER_N] = "7",           [PLACEHOLDER_INDICATOR] = "{value}",
    [PLACEHOLDER_UNIT] = "score 1-5",
};

static void fills(const char *text, const char *expected)
{
    struct error error;
    struct buf out = {0};
    assert_int_equal(placeholders_check(text, &error), 0);
    placeholders_fill(text, values, &out);
    buf_put_u8(&out, 0);
    assert_string_equal((const char *)out.data, expected);
    buf_free(&out);
}

static void names_give_way_to_values_once(void **state)
{
    (void)state;
    fills("", "");
    fills("{group}: {before} -> {value} ({change}), n={n}, {path} {level} {period} {unit}",
          "Zorg: 3 -> 2,5 (-0,5), n=7, roc/Zorg team 2025 score 1-5");
    fills("{indicator}", "{value}"); /* what was filled in is not read again */
    fills("{{group}} {{{group}}} }}{{", "{group} {Zorg} }{");
}

static void refuses(const char *text, const char *reason)
{
    struct error error;
    assert_int_equal(placeholders_check(text, &error), -1);
    if (!strstr(error.text, reason))
        fail_msg("\"%s\": %s", text, error.text);
}

static void what_could_not_be_filled_in_is_refused(void **state)
{
    (void)state;
    refuses("{vlaue} fell", "did you mean {value}?");
    refuses("{answers}", "there are {group}, {path}");
    refuses("{}", "there is no placeholder {}");
    refuses("{ group }", "there is no placeholder { group }");
    refuses("{group", "'{' is not closed");
    refuses("{gro{up}", "'{' is not closed");
    refuses("group}", "'}' stands alone");
    refuses("{groupgroupgroupgroupgroupgroupgroupgroupgroupgroupgroupgroup}", "no placeholder {groupgroup");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_give_way_to_values_once),
        cmocka_unit_test(what_could_not_be_filled_in_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
