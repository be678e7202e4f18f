/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the levels of an event's group come from. */
#include "case.h"

#include "statement/groups.h"

#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct error error;

static void assert_wrong(const char *option, const char *said)
{
    struct group_rules *rules = group_rules_read(option, &error);
    if (rules)
        fail_msg("taken: %s", option);
    if (!strstr(error.text, said))
        fail_msg("%s: not '%s' but: %s", option, said, error.text);
}

static void what_is_wrong_with_the_option_is_told(void **state)
{
    (void)state;
    assert_wrong("", "a level is written as");
    assert_wrong("team", "not as \"team\"");
    assert_wrong("team: team,", "a level is written as");
    assert_wrong("team: squad", "level \"team\": \"squad\" is no source");
    assert_wrong("team: team|", "level \"team\": \"\" is no source");
    assert_wrong("a b: team", "\"a b\" is no name of a level");
    assert_wrong(": team", "\"\" is no name of a level");
    assert_wrong("a: team, b: parent, a: object", "\"a\" comes twice");
    assert_wrong("a: extension:course", "level \"a\": behind \"extension:\"");
    assert_wrong("a: team, b: team, c: team, d: team, e: team, f: team, g: team, h: team, i: team",
                 "more than 8 levels");
    assert_wrong("a: team|team|team|team|team|team|team|team|team", "more than 8 sources");
}

/* The names that an option finds in a statement, with '/' between them. */
static void assert_groups(const char *option, const char *statement, const char *wanted)
{
    struct group_rules *rules = group_rules_read(option, &error);
    assert_non_null(rules);
    const struct xapi xapi = {.groups = rules};
    struct statement_event *event = event_of(&xapi, statement);
    struct buf path = {0};
    for (size_t i = 0; i < event->event.group_count; i++)
        buf_append_format(&path, "%s%s=%s", i ? "/" : "", event->event.groups[i].level,
                          event->event.groups[i].name);
    buf_put_u8(&path, '\0');
    if (strcmp((const char *)path.data, wanted) != 0)
        fail_msg("%s: '%s' instead of '%s'", option, (const char *)path.data, wanted);
    buf_free(&path);
    drop_event(event);
    group_rules_free(rules);
}

static const char full[] = WITH(
    "'context':{'platform':'Moodle','team':{'objectType':'Group','name':'Zorg 1','mbox':'mailto:z@x.nl'},"
    "'extensions':{'https://x.nl/class':'2B','https://x.nl/year':2},'contextActivities':{"
    "'grouping':[{'id':'https://x.nl/g','definition':{'name':{'en':'Care','fr':'Soin','nl-NL':'Zorg'}}},"
    "{'id':'https://x.nl/g2'}],'parent':{'id':'https://x.nl/p','definition':{'name':{'fr':'F','en-GB':'E'}}},"
    "'category':[{'id':'https://x.nl/c'}]}}");

static void each_source_finds_its_own(void **state)
{
    (void)state;
    assert_groups("a: team", full, "a=Zorg 1");
    assert_groups("a: grouping", full, "a=Zorg");
    assert_groups("a: parent", full, "a=E");
    assert_groups("a: category", full, "a=https://x.nl/c");
    assert_groups("a: object", full, "a=https://example.com/course");
    assert_groups("a: platform", full, "a=Moodle");
    assert_groups("a: extension:https://x.nl/class", full, "a=2B");
    assert_groups(GROUPS_DEFAULT, full, "course=Zorg");
}

static void levels_stand_in_their_order_and_the_first_source_counts(void **state)
{
    (void)state;
    assert_groups(" team : team , course:grouping | parent", full, "team=Zorg 1/course=Zorg");
    assert_groups("a: extension:https://x.nl/none|category|team", full, "a=https://x.nl/c");
}

static void a_level_that_nothing_is_found_for_is_left_out(void **state)
{
    (void)state;
    static const char bare[] = "{" ACTOR "," VERB "," OBJECT "}";
    assert_groups("a: team, b: object, c: parent|grouping|platform", bare, "b=https://example.com/course");
    assert_groups("a: extension:https://x.nl/year, b: platform", full, "b=Moodle");
    assert_groups("a: parent", WITH("'context':{'contextActivities':{'parent':[]}}"), "");
    assert_groups("a: object", "{" ACTOR "," VERB ",'object':{'objectType':'Agent','mbox':'mailto:b@x.nl'}}",
                  "");
    assert_groups("a: platform", WITH("'context':{'platform':''}"), "");
}

/* The host takes names of 512 bytes. What is cut is told apart all the same, and stays UTF-8. */
static void a_long_name_is_cut(void **state)
{
    (void)state;
    static const char *const ends[] = {"", "a", "b", "\u00eb"};
    struct group_rules *rules = group_rules_read("a: platform", &error);
    char names[4][513];
    assert_non_null(rules);
    for (size_t i = 0; i < 4; i++) {
        struct buf text = {0}, name = {0};
        struct json json = {0};
        buf_append_text(&text, "{\"context\":{\"platform\":\"");
        for (size_t j = 0; j < 256; j++)
            buf_append_text(&text, i % 2 ? "\u00eb" : "\u20ac");
        buf_append_format(&text, "%s\"}}", ends[i]);
        assert_int_equal(json_read(&json, (const char *)text.data, text.size, &error), 0);
        assert_true(group_rules_find(rules, 0, &json, 0, &name));
        assert_in_range(name.size, 480, 513);
        assert_true(utf8_valid((const char *)name.data, name.size - 1));
        strcpy(names[i], (const char *)name.data);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
        json_free(&json);
        buf_free(&text);
        buf_free(&name);
    }
    group_rules_free(rules);
}

/* The team of somebody in a team without a name; never an address. */
static void a_team_without_a_name_has_that_of_its_account_alone(void **state)
{
    (void)state;
    assert_groups(
        "a: team",
        WITH("'context':{'team':{'objectType':'Group','account':{'homePage':'https://x.nl','name':'T1'}}}"),
        "a=T1");
    assert_groups("a: team", WITH("'context':{'team':{'objectType':'Group','mbox':'mailto:t@x.nl'}}"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_with_the_option_is_told),
        cmocka_unit_test(each_source_finds_its_own),
        cmocka_unit_test(levels_stand_in_their_order_and_the_first_source_counts),
        cmocka_unit_test(a_level_that_nothing_is_found_for_is_left_out),
        cmocka_unit_test(a_long_name_is_cut),
        cmocka_unit_test(a_team_without_a_name_has_that_of_its_account_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
