/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Declarations as script/PROTOCOL.md writes them, and what a worker might send instead. */
#include "script/declaration.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The examples of the protocol's description. */
static const char example[] =
    "{\"instruments\": [{ \"id\": \"monitor-ict\", \"file\": \"m.lua\", \"line\": 7,"
    "\"title\": {\"nl\": \"Monitor\", \"en\": \"The monitor\"},"
    "\"respondent\": \"token\", \"levels\": [\"institution\", \"team\"],"
    "\"groups\": {\"institution\": \"instelling\", \"team\": \"team\"},"
    "\"items\": [ {\"id\": \"ai_1\", \"nl\": \"Vraag\", \"reverse\": true, \"range\": [1, 5]},"
    "             {\"id\": \"ai_2\", \"reverse\": false} ] }],"
    "\"indicators\": [{ \"id\": \"genai_readiness\", \"title\": {\"nl\": \"Gereedheid\"},"
    "\"unit\": \"score 1-5\", \"instrument\": \"monitor-ict\", \"period\": \"wave\", \"by\": "
    "[\"institution\", \"team\"],"
    "\"file\": \"genai.lua\", \"line\": 3, \"params\": [\"fewest\"], \"inputs\": ["
    "{\"name\": \"age\", \"kind\": \"item\", \"items\": [\"age\"]},"
    "{\"name\": \"gap\", \"kind\": \"derive\"},"
    "{\"name\": \"knowledge\", \"kind\": \"scale\", \"items\": [\"ai_1\", \"ai_2\"], \"min_answered\": 1},"
    "{\"name\": \"uses_ai\", \"kind\": \"share\", \"items\": [\"ai_10\"], \"at_least\": 4} ]}]}";

static void the_protocols_example_is_read_whole(void **state)
{
    (void)state;
    struct declarations declarations;
    struct error error;
    assert_int_equal(declarations_parse(&declarations, example, &error), 0);
    assert_int_equal(declarations.instrument_count, 1);
    const struct instrument_declaration *instrument = &declarations.instruments[0];
    assert_string_equal(instrument->id, "monitor-ict");
    assert_string_equal(instrument->title.en, "The monitor");
    assert_int_equal(instrument->level_count, 2);
    assert_string_equal(instrument->levels[0], "institution");
    assert_int_equal(instrument->item_count, 2);
    assert_true(instrument->items[0].reverse && instrument->items[0].has_range);
    assert_true(instrument->items[0].low == 1 && instrument->items[0].high == 5);
    assert_null(instrument->items[0].text.en);
    assert_false(instrument->items[1].has_range);
    assert_non_null(strstr(instrument->json, "\"respondent\":\"token\"")); /* for the plugin */
    assert_string_equal(instrument->file, "m.lua");
    assert_int_equal(instrument->line, 7);
    assert_null(strstr(instrument->json, "\"line\"")); /* moved to another line it is still the same */
    assert_null(instrument->wave_function);

    assert_int_equal(declarations.indicator_count, 1);
    const struct indicator_declaration *indicator = &declarations.indicators[0];
    assert_string_equal(indicator->file, "genai.lua");
    assert_int_equal(indicator->line, 3);
    assert_int_equal(indicator->param_count, 1);
    assert_string_equal(indicator->params[0], "fewest");
    assert_int_equal(indicator->input_count, 4);
    assert_int_equal(indicator->inputs[0].kind, INPUT_ITEM);
    assert_int_equal(indicator->inputs[1].kind, INPUT_DERIVE);
    assert_int_equal(indicator->inputs[2].kind, INPUT_SCALE);
    assert_int_equal(indicator->inputs[2].min_answered, 1);
    assert_int_equal(indicator->inputs[3].kind, INPUT_SHARE);
    assert_true(indicator->inputs[3].has_least && !indicator->inputs[3].has_most);
    assert_true(indicator->inputs[3].at_least == 4);
    declarations_free(&declarations);
}

static void a_wave_is_of_a_column_or_of_a_function(void **state)
{
    (void)state;
    struct declarations declarations;
    struct error error;
    assert_int_equal(declarations_parse(
                         &declarations,
                         "{\"instruments\":[{\"id\":\"m\",\"file\":\"m.lua\",\"wave_function\":\"m.lua:7\"},"
                         "{\"id\":\"n\",\"file\":\"m.lua\",\"wave\":\"jaar\"}]}",
                         &error),
                     0);
    assert_string_equal(declarations.instruments[0].wave_function, "m.lua:7");
    assert_non_null(strstr(declarations.instruments[0].json, "\"wave_function\":true"));
    assert_null(strstr(declarations.instruments[1].json, "wave_function"));
    assert_null(declarations.instruments[1].wave_function);
    declarations_free(&declarations);
}

static void what_is_wrong_with_a_file_comes_beside_what_could_be_read(void **state)
{
    (void)state;
    struct declarations declarations;
    struct error error;
    assert_int_equal(declarations_parse(&declarations,
                                        "{\"instruments\":[{\"id\":\"m\",\"file\":\"a.lua\"}],\"problems\":["
                                        "{\"code\":\"unknown-key\",\"text\":\"a.lua:2: no\"},"
                                        "{\"code\":\"error\",\"text\":\"a.lua:3: nor this\"}]}",
                                        &error),
                     0);
    assert_int_equal(declarations.instrument_count, 1);
    assert_int_equal(declarations.problem_count, 2);
    assert_string_equal(declarations.problems[0].code, "unknown-key");
    assert_string_equal(declarations.problems[1].text, "a.lua:3: nor this");
    declarations_free(&declarations);
}

/* 14 days where it is not given, or makes no sense. */
static void a_wave_closes_after_a_fortnight_unless_the_script_says_otherwise(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        int days;
    } cases[] = {
        {"", 14},
        {",\"closes_after\":0", 0},
        {",\"closes_after\":30", 30},
        {",\"closes_after\":3650", 3650},
        {",\"closes_after\":-1", 14},
        {",\"closes_after\":3651", 14},
        {",\"closes_after\":1e999", 14},
        {",\"closes_after\":-1e999", 14},
        {",\"closes_after\":\"0\"", 14},
        {",\"closes_after\":null", 14},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *json = mem_format("{\"instruments\":[{\"id\":\"m\",\"file\":\"m.lua\"%s}]}", cases[i].given);
        struct declarations declarations;
        struct error error;
        assert_int_equal(declarations_parse(&declarations, json, &error), 0);
        assert_int_equal(declarations.instruments[0].closes_after_days, cases[i].days);
        declarations_free(&declarations);
        free(json);
    }
}

/* `min_answered` is all of the items where it is not given (DESIGN: "default: all"), or makes no sense. */
static void a_scale_wants_all_answers_unless_it_says_otherwise(void **state)
{
    (void)state;
    static const char *const given[] = {"", ",\"min_answered\":0", ",\"min_answered\":4",
                                        ",\"min_answered\":-1e300", ",\"min_answered\":\"2\""};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        char *json =
            mem_format("{\"indicators\":[{\"id\":\"a\",\"instrument\":\"m\",\"period\":\"wave\",\"by\":["
                       "\"t\"],\"file\":\"a.lua\","
                       "\"inputs\":[{\"name\":\"x\",\"kind\":\"scale\",\"items\":[\"a\",\"b\",\"c\"]%s}]}]}",
                       given[i]);
        struct declarations declarations;
        struct error error;
        assert_int_equal(declarations_parse(&declarations, json, &error), 0);
        assert_int_equal(declarations.indicators[0].inputs[0].min_answered, 3);
        declarations_free(&declarations);
        free(json);
    }
}

static void what_is_not_a_declaration_is_refused(void **state)
{
    (void)state;
#define INSTRUMENT_WITH(members) "{\"instruments\":[{" members "}]}"
#define INDICATOR_WITH(members)                                                                              \
    "{\"indicators\":[{\"id\":\"a\",\"instrument\":\"m\",\"period\":\"wave\",\"by\":[\"t\"],\"file\":\"a."   \
    "lua\"" members "}]}"
    static const char *const wrong[] = {
        "",
        "{",
        "nonsense",
        INSTRUMENT_WITH(""),
        INSTRUMENT_WITH("\"id\":3"),
        INSTRUMENT_WITH("\"id\":\"m\""),
        INSTRUMENT_WITH("\"id\":\"m\",\"file\":\"m.lua\",\"items\":[7]"),
        INSTRUMENT_WITH("\"id\":\"m\",\"file\":\"m.lua\",\"wave\":\"jaar\",\"wave_function\":\"m.lua:7\""),
        INSTRUMENT_WITH("\"id\":\"m\",\"file\":\"m.lua\",\"items\":[{\"id\":null}]"),
        INSTRUMENT_WITH("\"id\":\"m\",\"file\":\"m.lua\",\"items\":[{\"id\":\"a\",\"reverse\":true}]"),
        INSTRUMENT_WITH(
            "\"id\":\"m\",\"file\":\"m.lua\",\"items\":[{\"id\":\"a\",\"reverse\":true,\"range\":[1]}]"),
        "{\"problems\":[{\"code\":\"syntax\"}]}",
        "{\"indicators\":[[]]}",
        "{\"indicators\":[{\"id\":\"a\"}]}",
        INDICATOR_WITH(""),
        INDICATOR_WITH(",\"inputs\":[]"),
        INDICATOR_WITH(",\"inputs\":\"x\""),
        INDICATOR_WITH(",\"inputs\":[{\"name\":\"x\"}]"),
        INDICATOR_WITH(",\"inputs\":[{\"name\":\"x\",\"kind\":\"sum\",\"items\":[\"a\"]}]"),
        INDICATOR_WITH(",\"inputs\":[{\"name\":\"x\",\"kind\":\"scale\",\"items\":[]}]"),
        INDICATOR_WITH(",\"inputs\":[{\"name\":\"x\",\"kind\":\"item\",\"items\":[1,2]}]"),
        INDICATOR_WITH(",\"inputs\":[{\"name\":\"x\",\"kind\":\"derive\",\"items\":[\"a\"]}]"),
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct declarations declarations;
        struct error error = {0};
        if (declarations_parse(&declarations, wrong[i], &error) == 0)
            fail_msg("accepted: %s", wrong[i]);
        assert_int_equal(error.kind, ERROR_INPUT);
        assert_null(declarations.instruments);
        assert_null(declarations.indicators);
    }
}

/* Every way to cut the example short, and every byte of it replaced: whatever comes of it, nothing is read
 * outside and nothing is left behind (the sanitizers look). */
static void no_damage_to_the_example_does_damage(void **state)
{
    (void)state;
    struct declarations declarations;
    struct error error;
    char damaged[sizeof example];
    for (size_t at = 0; at < sizeof example - 1; at++)
        for (const char *with = "\"{}[]0,:x"; with[0]; with++) {
            memcpy(damaged, example, sizeof example);
            damaged[at] = with[0];
            if (declarations_parse(&declarations, damaged, &error) == 0)
                declarations_free(&declarations);
        }
    for (size_t at = 0; at < sizeof example - 1; at++) {
        memcpy(damaged, example, sizeof example);
        damaged[at] = '\0';
        assert_int_equal(declarations_parse(&declarations, damaged, &error), -1);
    }
}

static void numbers_beyond_all_bounds_are_kept_within_them(void **state)
{
    (void)state;
    struct declarations declarations;
    struct error error;
    assert_int_equal(declarations_parse(
                         &declarations,
                         INDICATOR_WITH(",\"line\":1e300,\"inputs\":[{\"name\":\"x\",\"kind\":\"derive\"}]"),
                         &error),
                     0);
    assert_int_equal(declarations.indicators[0].line, 0);
    declarations_free(&declarations);
    /* A reversed item's scores would be infinite, or not numbers. */
    static const char *const ranges[] = {"[1,1e999]", "[-1e999,1e999]", "[5,1]"};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        char *json = mem_format(
            "{\"instruments\":[{\"id\":\"m\",\"file\":\"m.lua\",\"items\":[{\"id\":\"a\",\"reverse\":true,"
            "\"range\":%s}]}]}",
            ranges[i]);
        const int result = declarations_parse(&declarations, json, &error);
        free(json);
        if (result == 0)
            declarations_free(&declarations);
        assert_int_equal(result, -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_protocols_example_is_read_whole),
        cmocka_unit_test(what_is_wrong_with_a_file_comes_beside_what_could_be_read),
        cmocka_unit_test(a_wave_is_of_a_column_or_of_a_function),
        cmocka_unit_test(a_wave_closes_after_a_fortnight_unless_the_script_says_otherwise),
        cmocka_unit_test(a_scale_wants_all_answers_unless_it_says_otherwise),
        cmocka_unit_test(what_is_not_a_declaration_is_refused),
        cmocka_unit_test(no_damage_to_the_example_does_damage),
        cmocka_unit_test(numbers_beyond_all_bounds_are_kept_within_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
