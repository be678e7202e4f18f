/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The survey plugin as the host sees it: its descriptor, its options, and what it does with a document. */
#include "survey_case.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct wz_option *option_named(const char *name)
{
    for (const struct wz_option *option = survey->options; option->name; option++)
        if (strcmp(option->name, name) == 0)
            return option;
    fail_msg("there is no option '%s'", name);
    return NULL;
}

static void the_descriptor_is_of_this_abi(void **state)
{
    (void)state;
    assert_int_equal(survey->abi_version, WZ_ABI_VERSION);
    assert_int_equal(survey->struct_size, sizeof *survey);
    assert_string_equal(survey->name, "survey");
    assert_true(survey->version && survey->help);
    assert_true(survey->init && survey->receive && survey->decode);
}

static void assert_choice(const char *name, const char *choices)
{
    const struct wz_option *option = option_named(name);
    assert_int_equal(option->type, WZ_OPTION_CHOICE);
    assert_false(option->required);
    assert_string_equal(option->choices, choices);
    assert_string_equal(option->default_value, "auto");
}

static void an_instrument_is_required_and_the_dialect_is_a_choice(void **state)
{
    (void)state;
    const struct wz_option *instrument = option_named("instrument");
    assert_int_equal(instrument->type, WZ_OPTION_STRING);
    assert_true(instrument->required);
    assert_choice("delimiter", "auto|comma|semicolon|tab");
    assert_choice("charset", "auto|utf-8|utf-16le|utf-16be|windows-1252");
    assert_choice("decimal", "auto|comma|point");
    assert_choice("dates", "auto|day-first|month-first");
}

static void what_the_section_tells_goes_to_the_decoder(void **state)
{
    (void)state;
    static const char document[] = HEADING "r1,10/01/2025,2025,S\xe9,A,4,2,\"1,500\"\n";
    struct fake_host host = {.instrument_id = "m",
                             .instrument = monitor,
                             .charset = "windows-1252",
                             .decimal = "comma",
                             .dates = "month-first"};
    fake_host_receive(&host, survey);
    struct reading reading = fake_host_decode(survey, host.job, document, sizeof document - 1);
    assert_all_good(&reading, 1);
    assert_true(answer_to(&reading.responses[0], "c") == 1.5);
    assert_true(reading.responses[0].submitted == 1759269600000); /* 1 October */
    reading_free(&reading);
    fake_host_free(&host);
}

/* A host of before `note` ends its table there. */
static void a_host_that_takes_no_notes_gets_none(void **state)
{
    (void)state;
    static const char document[] = HEADING "r1,2025-10-01,2025,S,A,4,2,1\n";
    char *job = survey_job(monitor, "auto");
    struct reading reading =
        fake_host_decode_as(survey, job, document, sizeof document - 1, offsetof(struct wz_decode, note));
    assert_all_good(&reading, 1);
    assert_int_equal(reading.note_count, 0);
    reading_free(&reading);
    free(job);
}

static void a_document_is_decoded_with_the_declared_instrument(void **state)
{
    (void)state;
    struct fake_host host = {
        .instrument_id = "m", .delimiter = "semicolon", .sheet = "Data", .instrument = monitor};
    fake_host_receive(&host, survey);
    assert_int_equal(host.decoded, 1);
    assert_int_equal(host.finished, 0);
    cJSON *job = cJSON_Parse(host.job), *declared = cJSON_Parse(monitor);
    assert_non_null(job);
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(job, "delimiter")), "semicolon");
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(job, "sheet")), "Data");
    assert_true(cJSON_Compare(cJSON_GetObjectItem(job, "instrument"), declared, 1));
    cJSON_Delete(declared);
    cJSON_Delete(job);
    fake_host_free(&host);
}

static void a_document_of_an_undeclared_instrument_is_refused(void **state)
{
    (void)state;
    struct fake_host host = {.instrument_id = "monitor-ict", .delimiter = "auto"};
    fake_host_receive(&host, survey);
    assert_int_equal(host.decoded, 0);
    assert_int_equal(host.finished, 1);
    assert_non_null(host.error);
    assert_non_null(strstr(host.error, "no script declares instrument 'monitor-ict'; "));
    fake_host_free(&host);
}

static void the_order_that_receive_makes_is_one_that_decode_follows(void **state)
{
    (void)state;
    static const char document[] = HEADING "r1,2025-10-01,2025,S,A,4,2,1\n";
    struct fake_host host = {.instrument_id = "m", .delimiter = "auto", .instrument = monitor};
    fake_host_receive(&host, survey);
    struct reading reading = fake_host_decode(survey, host.job, document, sizeof document - 1);
    assert_all_good(&reading, 1);
    reading_free(&reading);
    fake_host_free(&host);
}

static void an_order_that_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const jobs[] = {"",
                                       "{",
                                       "[]",
                                       "null",
                                       "{}",
                                       "{\"instrument\":null}",
                                       "{\"instrument\":{\"id\":\"m\"}}",
                                       "{\"instrument\":{\"id\":\"m\",\"items\":[]}}",
                                       "{\"instrument\":{\"id\":\"m\",\"items\":[{}]}}",
                                       "{\"instrument\":{\"id\":\"m\",\"items\":[{\"id\":\"a\"}],"
                                       "\"levels\":[\"team\"],\"groups\":{}}}",
                                       "{\"instrument\":{\"items\":[{\"id\":\"a\"}]}}"};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        struct reading reading = fake_host_decode(survey, jobs[i], "a\n1\n", 4);
        assert_non_null(reading.refused);
        assert_int_equal(reading.response_count + reading.problem_count, 0);
        reading_free(&reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_descriptor_is_of_this_abi),
        cmocka_unit_test(an_instrument_is_required_and_the_dialect_is_a_choice),
        cmocka_unit_test(what_the_section_tells_goes_to_the_decoder),
        cmocka_unit_test(a_host_that_takes_no_notes_gets_none),
        cmocka_unit_test(a_document_is_decoded_with_the_declared_instrument),
        cmocka_unit_test(a_document_of_an_undeclared_instrument_is_refused),
        cmocka_unit_test(the_order_that_receive_makes_is_one_that_decode_follows),
        cmocka_unit_test(an_order_that_is_none_is_refused),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
