/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is taken, and is perhaps not what was meant. -99 is what Qualtrics writes for a question that was seen
 * and not answered (its manual, "Export Options": "Recode seen but unanswered questions as -99"); 99, 999 and
 * their kin are what manuals of SPSS have people declare as missing values ("Missing Values": "999").
 */
#include "survey_case.h"

#include "base/buf.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char instrument[] =
    "{\"id\":\"m\",\"respondent\":\"token\",\"levels\":[\"team\"],\"groups\":{\"team\":\"team\"},"
    "\"missing\":[-9],\"items\":[{\"id\":\"q\"},{\"id\":\"other\"},{\"id\":\"fixed\",\"range\":[-99,99]}]}";

/* Rows of these answers to q; the others are 1. */
static struct reading read_answers(const char *const *answers)
{
    struct buf document = {0};
    buf_append_text(&document, "token,team,q,other,fixed\n");
    for (size_t i = 0; answers[i]; i++)
        buf_append_format(&document, "p%zu,A,%s,1,1\n", i, answers[i]);
    buf_put_u8(&document, 0);
    struct reading reading = read_as(instrument, "comma", (const char *)document.data);
    buf_free(&document);
    return reading;
}

static void a_number_for_no_answer_is_told_once_where_nothing_says_what_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *answers[8], *number;
    } cases[] = {
        {{"1", "5", "-99", "-99", NULL}, "-99"}, {{"1", "5", "99", NULL}, "99"},
        {{"0", "100", "999", NULL}, "999"},      {{"18", "65", "9999", NULL}, "9999"},
        {{"3.5", "-999", NULL}, "-999"},         {{"99", "99", NULL}, "99"},
        {{"1", "5", "-9999", NULL}, "-9999"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading = read_answers(cases[i].answers);
        char said[100];
        assert_int_equal(reading.problem_count, 0);
        assert_int_equal(reading.hint_count, 1);
        snprintf(said, sizeof said, "%s is among the answers to 'q', ", cases[i].number);
        if (strncmp(reading.hints[0], said, strlen(said)) != 0 || !strstr(reading.hints[0], "`missing`"))
            fail_msg("\"%s\" does not begin with \"%s\"", reading.hints[0], said);
        /* It is an answer all the same: nothing is guessed. */
        assert_int_equal(reading.responses[reading.response_count - 1].answer_count, 3);
        reading_free(&reading);
    }
}

static void a_number_among_its_like_is_an_answer(void **state)
{
    (void)state;
    static const char *const cases[][6] = {
        {"1", "99", "98", "100", NULL}, /* a percentage */
        {"40", "60", "99", NULL},       /* an age */
        {"500", "999", "1200", NULL},   /* an amount */
        {"-99", "-98", "-10", NULL},    /* a balance */
        {"-9", "1", "5", NULL},         /* `missing` has it */
        {"1", "5", "100", "-1", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading = read_answers(cases[i]);
        if (reading.hint_count)
            fail_msg("case %zu: %s", i, reading.hints[0]);
        reading_free(&reading);
    }
}

static void a_range_says_what_an_answer_is(void **state)
{
    (void)state;
    struct reading reading =
        read_as(instrument, "comma", "token,team,q,other,fixed\na,A,1,1,99\nb,A,1,1,-99\nc,A,1,1,5\n");
    assert_int_equal(reading.hint_count, 0);
    assert_true(answer_to(&reading.responses[1], "fixed") == -99);
    reading_free(&reading);
}

static void items_with_the_same_number_are_told_together(void **state)
{
    (void)state;
    struct reading reading =
        read_as(instrument, "comma", "token,team,q,other,fixed\na,A,-99,-99,1\nb,A,1,1,1\nc,A,99,2,1\n");
    assert_int_equal(reading.hint_count, 2);
    assert_non_null(strstr(reading.hints[0], "-99 is among the answers to 'q', 'other', "));
    assert_non_null(strstr(reading.hints[1], "99 is among the answers to 'q', "));
    reading_free(&reading);
}

static void many_items_are_counted(void **state)
{
    (void)state;
    struct buf items = {0}, document = {0};
    buf_append_text(&items,
                    "{\"id\":\"m\",\"respondent\":\"token\",\"levels\":[\"team\"],\"groups\":{\"team\":"
                    "\"team\"},\"items\":[{\"id\":\"i0\"}");
    buf_append_text(&document, "token,team,i0");
    for (int i = 1; i < 40; i++) {
        buf_append_format(&items, ",{\"id\":\"i%d\"}", i);
        buf_append_format(&document, ",i%d", i);
    }
    buf_append_text(&items, "]}");
    buf_put_u8(&items, 0);
    buf_append_text(&document, "\na,A");
    for (int i = 0; i < 40; i++)
        buf_append_text(&document, ",-99");
    buf_put_u8(&document, 0);
    struct reading reading = read_as((const char *)items.data, "comma", (const char *)document.data);
    assert_int_equal(reading.hint_count, 1);
    assert_non_null(strstr(reading.hints[0], "'i0', 'i1', 'i2', 'i3', 'i4' and 35 more"));
    reading_free(&reading);
    buf_free(&items);
    buf_free(&document);
}

static void a_long_name_is_cut_between_characters(void **state)
{
    (void)state;
    struct buf items = {0}, document = {0};
    buf_append_text(&items,
                    "{\"id\":\"m\",\"respondent\":\"token\",\"levels\":[\"team\"],\"groups\":{\"team\":"
                    "\"team\"},\"items\":[{\"id\":\"z\"}");
    buf_append_text(&document, "token,team,z");
    for (int i = 0; i < 6; i++) {
        static const char characters[] = "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"
                                         "\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9";
        buf_append_format(&items, ",{\"id\":\"%.*s%s%s\"}", i % 2, "x", characters + 2 * (i / 2), characters);
        buf_append_format(&document, ",%.*s%s%s", i % 2, "x", characters + 2 * (i / 2), characters);
    }
    buf_append_text(&items, "]}");
    buf_put_u8(&items, 0);
    buf_append_text(&document, "\na,A,1,-99,-99,-99,-99,-99,-99\n");
    buf_put_u8(&document, 0);
    struct reading reading = read_as((const char *)items.data, "comma", (const char *)document.data);
    assert_int_equal(reading.hint_count, 1); /* that it is UTF-8 and fits is what the host looks at */
    reading_free(&reading);
    buf_free(&items);
    buf_free(&document);
}

/* ---- boxes of LimeSurvey ---- */

/* Its manual, "Question types - Multiple choice": "Y" where a box was ticked, and nothing where it was not;
 * "Question types - Array (Yes/No/Uncertain)": "Y", "N", "U", and nothing of a line that was passed over. */
#define LIME "id;submitdate;lastpage;startlanguage;token;Q1[SQ001];Q1[SQ002];Q2\n"
#define SENT(number) number ";2025-03-30 14:05:00;3;nl;t" number ";"

static struct reading read_boxes(const char *items, const char *rows)
{
    char *instrument_of_boxes = mem_format("{\"id\":\"m\",\"respondent\":\"token\",\"items\":[%s]}", items);
    char *document = mem_format("%s%s", LIME, rows);
    struct reading reading = read_as(instrument_of_boxes, "auto", document);
    free(document);
    free(instrument_of_boxes);
    return reading;
}

static const char both_boxes[] = "{\"id\":\"Q1[SQ001]\"},{\"id\":\"Q1_SQ002\"},{\"id\":\"Q2\"}";

static void boxes_that_are_ticked_or_empty_are_told(void **state)
{
    (void)state;
    struct reading reading = read_boxes(both_boxes, SENT("1") "Y;;Y\n" SENT("2") ";Y;\n" SENT("3") ";;Y\n");
    assert_int_equal(reading.hint_count, 1);
    assert_non_null(strstr(reading.hints[0], "the cells of 'Q1[SQ001]', 'Q1_SQ002' are Y or empty"));
    assert_non_null(strstr(reading.hints[0], "[\"\"] = 0"));
    reading_free(&reading);
}

static void what_is_no_box_is_not_told(void **state)
{
    (void)state;
    static const struct {
        const char *items, *rows;
    } cases[] = {
        /* The labels say it. */
        {"{\"id\":\"Q1[SQ001]\",\"labels\":{\"Y\":1,\"\":0}}", SENT("1") "Y;;\n" SENT("2") ";Y;\n"},
        /* Lines of an array with yes and no. */
        {both_boxes, SENT("1") "Y;N;\n" SENT("2") ";Y;\n"},
        {both_boxes,
         SENT("1") "Y;U;\n" SENT("2") ";Y;\n" SENT("3") "Y;;\n"}, /* the instrument has no word for U */
        /* Everybody ticked it, or nobody; one question of yes and no. */
        {both_boxes, SENT("1") "Y;;Y\n" SENT("2") "Y;;\n"},
        /* Who has not sent it off may come to it yet. */
        {both_boxes, SENT("1") "Y;;\n2;;1;nl;t2;;;\n"},
        /* Texts instead of codes. */
        {both_boxes, SENT("1") "Yes;No;\n" SENT("2") "No;Yes;\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading = read_boxes(cases[i].items, cases[i].rows);
        if (reading.hint_count)
            fail_msg("case %zu: %s", i, reading.hints[0]);
        reading_free(&reading);
    }
}

static void a_host_without_hints_is_told_none(void **state)
{
    (void)state;
    static const char document[] = "token,team,q,other,fixed\na,A,-99,1,1\n";
    char *job = survey_job(instrument, "comma");
    struct reading reading =
        fake_host_decode_as(survey, job, document, sizeof document - 1, offsetof(struct wz_decode, hint));
    assert_all_good(&reading, 1);
    assert_int_equal(reading.hint_count, 0);
    reading_free(&reading);
    free(job);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_for_no_answer_is_told_once_where_nothing_says_what_it_is),
        cmocka_unit_test(a_number_among_its_like_is_an_answer),
        cmocka_unit_test(a_range_says_what_an_answer_is),
        cmocka_unit_test(items_with_the_same_number_are_told_together),
        cmocka_unit_test(many_items_are_counted),
        cmocka_unit_test(a_long_name_is_cut_between_characters),
        cmocka_unit_test(boxes_that_are_ticked_or_empty_are_told),
        cmocka_unit_test(what_is_no_box_is_not_told),
        cmocka_unit_test(a_host_without_hints_is_told_none),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
