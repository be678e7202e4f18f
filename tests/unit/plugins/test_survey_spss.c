/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an instrument gets out of a file of SPSS. The files, and what stands in them: tests/data/spss. */
#include "spss_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEAMS                                                                                                \
    "\"respondent\":\"nr\",\"levels\":[\"team\"],\"groups\":{\"team\":\"team_van_de_docent_bij_de_"          \
    "instelling\"}"
#define MADE(items) "{\"id\":\"m\"," TEAMS ",\"submitted\":\"ingevuld\",\"items\":[" items "]}"
#define PSPP(items) "{\"id\":\"p\",\"respondent\":\"nr\",\"items\":[" items "]}"

/* ---- variables ---- */

static void an_item_is_a_variable_by_its_name_or_its_label(void **state)
{
    (void)state;
    struct reading reading = spss_read_file(
        "made/monitor.sav", MADE("{\"id\":\"wg_1\"},{\"id\":\"tijd\",\"nl\":\"ict kost mij  te veel tijd\"},"
                                 "{\"id\":\"u\",\"en\":\"Uren per week\"}"));
    assert_all_good(&reading, 240);
    assert_string_equal(note_of(&reading, "items_by"), "id and text");
    assert_string_equal(note_of(&reading, "format"), "sav");
    assert_string_equal(note_of(&reading, "decimal"), ""); /* numbers are no texts there */
    /* Case 2 in monitor.sav.tsv; case 1 did not give any hours. */
    assert_true(answer_to(&reading.responses[1], "tijd") == 3);
    assert_true(answer_to(&reading.responses[1], "u") == 12.4);
    assert_true(isnan(answer_to(&reading.responses[0], "u")));
    reading_free(&reading);
}

static void a_variable_that_is_missing_is_told_as_one(void **state)
{
    (void)state;
    struct reading reading = spss_read_file("made/monitor.zsav", MADE("{\"id\":\"wg_1\"},{\"id\":\"wg_7\"}"));
    assert_refused(&reading, "the list of variables does not fit instrument 'm': column 'wg_7' is missing");
    assert_null(strstr(reading.refused, "row 1"));
    reading_free(&reading);
}

static void a_number_names_people_and_groups_as_spss_shows_it(void **state)
{
    (void)state;
    struct reading reading = spss_read_file("made/monitor.sav", MADE("{\"id\":\"wg_1\"}"));
    assert_all_good(&reading, 240);
    assert_string_equal(reading.responses[0].respondent, "1001");
    assert_string_equal(reading.responses[239].respondent, "1240");
    assert_string_equal(reading.responses[1].groups[0].name, "Techniek \u00e9");
    assert_int_equal(reading.responses[239].row, 240); /* the number of the case, as SPSS counts */
    reading_free(&reading);
}

/* Case 1: 2025-03-24 08:40:00 on a Dutch clock, which is an hour ahead of UTC. `date -u -d 2025-03-24T07:40Z
 * +%s` */
/* N8 shows 00000001; 16 is its number in PSPP's description of system files, "Variable Record". */
static void noughts_that_spss_shows_are_there(void **state)
{
    (void)state;
    enum { FORMAT_N = 16, WIDTH = 8, VARIABLE = 2, PRINT = 16 };
    static const char name[] = "NR      ";
    struct bytes bytes = spss_bytes("pspp/plain.sav");
    char *found = memmem(bytes.bytes, bytes.size, name, sizeof name - 1);
    assert_non_null(found);
    assert_int_equal(found[-8 - PRINT], VARIABLE);
    found[-8 + 1] = WIDTH;
    found[-8 + 2] = FORMAT_N;
    struct reading reading =
        spss_read(&bytes, "{\"id\":\"m\",\"respondent\":\"nr\",\"items\":[{\"id\":\"graad\"}]}", "");
    assert_int_equal(reading.problem_count, 0);
    assert_string_equal(reading.responses[0].respondent, "00000001");
    reading_free(&reading);
    free(bytes.bytes);
}

static void a_date_is_of_the_clock_on_the_wall(void **state)
{
    (void)state;
    struct reading reading = spss_read_file("made/monitor.sav", MADE("{\"id\":\"wg_1\"}"));
    assert_all_good(&reading, 240);
    assert_true(reading.responses[0].submitted == 1742802000000);
    assert_false(reading.responses[0].partial);
    reading_free(&reading);
}

/* ---- missing ---- */

static size_t count_answers(const struct reading *reading, const char *item)
{
    size_t count = 0;
    for (size_t i = 0; i < reading->response_count; i++)
        count += isnan(answer_to(&reading->responses[i], item)) ? 0 : 1;
    return count;
}

/* make.R: 12 times 9, 7 times 8 and 5 times nothing, over each other; 8 and 9 are called missing in three
 * ways. What is left is outside no range. */
static void what_the_file_calls_missing_is_no_answer(void **state)
{
    (void)state;
    struct reading reading = spss_read_file(
        "made/monitor.sav", MADE("{\"id\":\"wg_1\",\"range\":[1,5]},{\"id\":\"wg_3\",\"range\":[1,5]},"
                                 "{\"id\":\"v_4\",\"range\":[1,5]},{\"id\":\"v_5\",\"range\":[1,5]},"
                                 "{\"id\":\"uren\",\"range\":[0.1,40]}"));
    assert_all_good(&reading, 240);
    static const char *const items[] = {"wg_1", "wg_3", "v_4", "v_5"};
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        assert_in_range(count_answers(&reading, items[i]), 240 - 12 - 7 - 5, 240 - 12);
    assert_true(count_answers(&reading, "uren") <= 240 - 9);
    assert_string_not_equal(note_of(&reading, "user_missing"), "0");
    reading_free(&reading);
}

/* make.sps: 97 THRU HI and 9; LO THRU -1. */
static void ranges_without_an_end_call_missing(void **state)
{
    (void)state;
    struct reading reading =
        spss_read_file("pspp/plain.sav",
                       PSPP("{\"id\":\"antwoord_op_de_vraag_naar_het_gebruik_van_ict\"},{\"id\":\"graad\"}"));
    assert_all_good(&reading, 6);
    assert_int_equal(count_answers(&reading, "antwoord_op_de_vraag_naar_het_gebruik_van_ict"), 3);
    assert_int_equal(count_answers(&reading, "graad"), 4);
    assert_true(answer_to(&reading.responses[2], "graad") == 1e300);
    assert_true(answer_to(&reading.responses[5], "graad") == 3.14159265358979);
    reading_free(&reading);
}

/* ---- what the feed's section tells is of texts ---- */

static void numbers_have_no_decimal_sign_to_be_told(void **state)
{
    (void)state;
    struct bytes bytes = spss_bytes("pspp/plain.sav");
    struct reading reading =
        spss_read(&bytes, PSPP("{\"id\":\"graad\"}"), "\"decimal\":\"comma\",\"delimiter\":\"tab\"");
    assert_all_good(&reading, 6);
    assert_true(answer_to(&reading.responses[4], "graad") == 123456789.125);
    reading_free(&reading);
    free(bytes.bytes);
}

/* ---- character sets ---- */

static void a_character_set_that_is_not_read_is_named(void **state)
{
    (void)state;
    static const struct {
        int number;
        const char *said;
    } sets[] = {{10000, "MACROMAN"}, {1, "EBCDIC-US"}, {932, "SHIFT-JIS"}, {31337, "not known"}};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct bytes bytes = spss_bytes("pspp/plain.sav");
        spss_set_charset(&bytes, sets[i].number, NULL);
        struct reading reading = spss_read(&bytes, PSPP("{\"id\":\"graad\"}"), "");
        assert_refused(&reading, sets[i].said);
        assert_refused(&reading, "save it in SPSS with Unicode on");
        assert_int_equal(reading.response_count, 0);
        reading_free(&reading);
        free(bytes.bytes);
    }
}

static void a_name_of_a_set_goes_before_its_number(void **state)
{
    (void)state;
    struct bytes bytes = spss_bytes("pspp/plain.sav");
    spss_set_charset(&bytes, 3, "macintosh");
    struct reading reading = spss_read(&bytes, PSPP("{\"id\":\"graad\"}"), "");
    assert_refused(&reading, "the file's texts are in macintosh, and only UTF-8 and Windows-1252 are read");
    reading_free(&reading);
    spss_set_charset(&bytes, 10000, "windows-1252");
    reading = spss_read(&bytes, PSPP("{\"id\":\"graad\"}"), "");
    assert_all_good(&reading, 6);
    assert_string_equal(note_of(&reading, "charset"), "windows-1252");
    reading_free(&reading);
    free(bytes.bytes);
}

/* Cases 1, 2 and 3 of plain.sav hold Windows-1252 that is no UTF-8. */
static void a_text_that_is_not_what_the_file_says_is_refused_with_its_case(void **state)
{
    (void)state;
    struct bytes bytes = spss_bytes("pspp/plain.sav");
    spss_set_charset(&bytes, 65001, NULL);
    struct reading reading = spss_read(&bytes, PSPP("{\"id\":\"graad\"}"), "");
    assert_null(reading.refused);
    assert_int_equal(reading.response_count, 3);
    assert_int_equal(reading.problem_count, 3);
    assert_int_equal(reading.problems[2].row, 3);
    assert_string_equal(reading.problems[0].column, "naam");
    assert_string_equal(
        reading.problems[0].text,
        "the text is not UTF-8, which the file says that it is; save it in SPSS with Unicode on");
    reading_free(&reading);
    free(bytes.bytes);
}

static void a_text_that_may_be_utf_8_is_doubted_until_the_set_is_told(void **state)
{
    (void)state;
    static const char instrument[] = "{\"id\":\"t\",\"wave_function\":true,\"items\":[{\"id\":\"record\"}]}";
    struct bytes bytes = spss_bytes("pyreadstat/tegulu.sav");
    spss_set_charset(&bytes, 2, NULL);
    struct reading doubted = spss_read(&bytes, instrument, "");
    assert_one_problem(&doubted, 1, "Q16br9oe_Q24br9oe", "set the feed's key 'charset'");
    struct reading told = spss_read(&bytes, instrument, "\"charset\":\"utf-8\"");
    assert_all_good(&told, 1);
    assert_memory_equal(told.responses[0].cells[1].text, "\u0c28\u0c47\u0c28\u0c41",
                        12); /* as in tegulu.sav.tsv */
    reading_free(&doubted);
    reading_free(&told);
    free(bytes.bytes);
}

/* ---- other files of SPSS ---- */

static void what_is_not_read_is_told_as_what_it_is(void **state)
{
    (void)state;
    static const char encrypted[] = "\x1c\0\0\0\0\0\0\0ENCRYPTEDSAV";
    struct reading reading = read_raw(encrypted, sizeof encrypted);
    assert_refused(&reading, "with a password; save it without one");
    reading_free(&reading);
    reading = read_document("$FL4 of another time");
    assert_refused(&reading, "save it as .sav");
    reading_free(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_is_a_variable_by_its_name_or_its_label),
        cmocka_unit_test(a_variable_that_is_missing_is_told_as_one),
        cmocka_unit_test(a_number_names_people_and_groups_as_spss_shows_it),
        cmocka_unit_test(noughts_that_spss_shows_are_there),
        cmocka_unit_test(a_date_is_of_the_clock_on_the_wall),
        cmocka_unit_test(what_the_file_calls_missing_is_no_answer),
        cmocka_unit_test(ranges_without_an_end_call_missing),
        cmocka_unit_test(numbers_have_no_decimal_sign_to_be_told),
        cmocka_unit_test(a_character_set_that_is_not_read_is_named),
        cmocka_unit_test(a_name_of_a_set_goes_before_its_number),
        cmocka_unit_test(a_text_that_is_not_what_the_file_says_is_refused_with_its_case),
        cmocka_unit_test(a_text_that_may_be_utf_8_is_doubted_until_the_set_is_told),
        cmocka_unit_test(what_is_not_read_is_told_as_what_it_is),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
