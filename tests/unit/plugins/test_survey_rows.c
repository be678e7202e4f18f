/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of an export to responses: what is an answer, what is none, and what is wrong. */
#include "survey_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"

/* A row of which only the answer to `a` is given. */
static struct reading read_answer(const char *cell)
{
    char *row = mem_format("r1,2025-10-01,2025,S,A,%s,2,1\n", cell);
    struct reading reading = read_rows(row);
    free(row);
    return reading;
}

static void assert_answer(const char *cell, double expected)
{
    struct reading reading = read_answer(cell);
    assert_all_good(&reading, 1);
    const double answer = answer_to(&reading.responses[0], "a");
    if (!(answer == expected))
        fail_msg("'%s' became %g", cell, answer);
    reading_free(&reading);
}

static void assert_unanswered(const char *cell)
{
    struct reading reading = read_answer(cell);
    assert_all_good(&reading, 1);
    assert_true(isnan(answer_to(&reading.responses[0], "a")));
    assert_int_equal(reading.responses[0].answer_count, 2);
    reading_free(&reading);
}

static void assert_wrong_answer(const char *cell, const char *said)
{
    struct reading reading = read_answer(cell);
    assert_one_problem(&reading, 2, "a", said);
    assert_int_equal(reading.response_count, 0);
    reading_free(&reading);
}

static void a_good_row_is_read_whole(void **state)
{
    (void)state;
    struct reading reading = read_rows("r1,2025-07-15 12:00:00,2025,School Noord,Zorg,4,2,1.5\n");
    assert_all_good(&reading, 1);
    const struct seen_response *response = &reading.responses[0];
    assert_int_equal(response->row, 2);
    assert_string_equal(response->instrument, "m");
    assert_string_equal(response->wave, "2025");
    assert_string_equal(response->respondent, "r1");
    assert_true(response->submitted == 1752573600000); /* 10:00 UTC */
    assert_false(response->partial);
    assert_int_equal(response->group_count, 2);
    assert_string_equal(response->groups[0].level, "institution");
    assert_string_equal(response->groups[0].name, "School Noord");
    assert_string_equal(response->groups[1].level, "team");
    assert_string_equal(response->groups[1].name, "Zorg");
    assert_int_equal(response->answer_count, 3);
    assert_true(answer_to(response, "a") == 4);
    assert_true(answer_to(response, "b") == 2);
    assert_true(answer_to(response, "c") == 1.5);
    reading_free(&reading);
}

static void groups_stand_in_the_order_of_the_levels_and_not_of_the_columns(void **state)
{
    (void)state;
    struct reading reading =
        read_document("c,b,a,team,school,year,date,token\n3,2,1,T,S,2025,2025-10-01,r\n");
    assert_all_good(&reading, 1);
    assert_string_equal(reading.responses[0].groups[0].name, "S");
    assert_string_equal(reading.responses[0].groups[1].name, "T");
    assert_true(answer_to(&reading.responses[0], "a") == 1);
    assert_true(answer_to(&reading.responses[0], "c") == 3);
    reading_free(&reading);
}

static void columns_that_nobody_asks_for_do_not_matter(void **state)
{
    (void)state;
    struct reading reading = read_document("remark,token,date,year,school,team,a,b,c,remark\n"
                                           "\"x, y\",r1,,2025,S,A,1,2,3,7\n");
    assert_all_good(&reading, 1);
    assert_int_equal(reading.responses[0].answer_count, 3);
    reading_free(&reading);
}

static void an_answer_is_a_number_however_it_is_written(void **state)
{
    (void)state;
    assert_answer("1", 1);
    assert_answer("\"5\"", 5);
    assert_answer("4.0", 4);
    assert_answer("3.25", 3.25);
    assert_answer("+2", 2);
    assert_answer("04", 4);
    assert_answer("  4  ", 4);
    assert_answer("0.3e1", 3);
}

static void a_label_is_its_code_whatever_its_case_and_blanks(void **state)
{
    (void)state;
    assert_answer("Mee eens", 4);
    assert_answer("MEE EENS", 4);
    assert_answer("\"  mee   eens \"", 4);
    assert_answer("\"mee\neens\"", 4);
    assert_answer("Helemaal Mee Oneens", 1);
}

/* By Unicode's NFC and full case folding. */
static void letters_beyond_ascii_are_the_same_however_they_are_written(void **state)
{
    (void)state;
    static const char words[] =
        "{\"id\":\"m\",\"respondent\":\"r\",\"missing\":[\"geen idee\u00eb\"],\"labels\":{"
        "\"\u00c9\u00c9n keer\":1," /* composed */
        "\"Groot\u00a0 lyceum\":2," /* a blank that does not break */
        "\"Stra\u00dfe\":3,"
        "\"\u0130yi\":4,\"\u0131yi\":5,\"iyi\":6," /* a dotted capital, a dotless small one, an i */
        "\"Coo\u0308rdinatie\":7},"                /* the accent beside its letter, as macOS writes it */
        "\"items\":[{\"id\":\"a\"}]}";
    static const struct {
        const char *answer;
        double code; /* NAN: it counts as not given */
    } answers[] = {
        {"\xc3\x89\xc3\x89n keer", 1},
        {"\xc3\xa9\xc3\xa9N Keer", 1},
        {"e\xcc\x81"
         "e\xcc\x81n\xc2\xa0keer",
         1},
        {"E\xcc\x81\xc3\xa9N\xe2\x80\xafKEER", 1}, /* a narrow blank that does not break */
        {"groot lyceum", 2},
        {"Groot\xc2\xa0lyceum\xc2\xa0", 2},
        {"STRASSE", 3},
        {"stra\xe1\xba\x9e"
         "e",
         3},
        {"i\xcc\x87yi", 4},
        {"\xc4\xb0YI", 4},
        {"\xc4\xb1YI", 5},
        {"IYI", 6},
        {"CO\xc3\x96RDINATIE", 7},
        {"Geen idee\xc3\x8b", NAN},
        {"Geen ideee\xcc\x88", NAN},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        char *document = mem_format("r,a\n1,%s\n", answers[i].answer);
        struct reading reading = read_as(words, "auto", document);
        assert_all_good(&reading, 1);
        const double code = answer_to(&reading.responses[0], "a");
        if (isnan(answers[i].code) ? !isnan(code) : code != answers[i].code)
            fail_msg("'%s' became %g", answers[i].answer, code);
        reading_free(&reading);
        free(document);
    }
}

/* A label has at most 200 bytes. By Unicode's exclusions from composition, this one takes three times as many
 * once it is folded. */
static void a_long_label_that_grows_is_found(void **state)
{
    (void)state;
    struct buf label = {0};
    for (size_t i = 0; i < 49; i++)
        buf_append_text(&label, "\xf0\x9d\x85\xa0"); /* an eighth note */
    buf_put_u8(&label, 0);
    char *words = mem_format("{\"id\":\"m\",\"respondent\":\"r\",\"labels\":{\"%sja\":1,\"%snee\":2},"
                             "\"items\":[{\"id\":\"a\"}]}",
                             (char *)label.data, (char *)label.data);
    char *document = mem_format("r,a\n1,%sJa\n2,%sNee\n", (char *)label.data, (char *)label.data);
    struct reading reading = read_as(words, "auto", document);
    assert_all_good(&reading, 2);
    assert_true(answer_to(&reading.responses[0], "a") == 1);
    assert_true(answer_to(&reading.responses[1], "a") == 2);
    reading_free(&reading);
    free(document);
    free(words);
    buf_free(&label);
}

static void an_empty_cell_and_a_missing_marker_are_no_answer(void **state)
{
    (void)state;
    assert_unanswered("");
    assert_unanswered("\"\"");
    assert_unanswered("   ");
    assert_unanswered("99");
    assert_unanswered("\"99\"");
    assert_unanswered("99.0");
    assert_unanswered("n.v.t.");
    assert_unanswered("\" N.V.T. \"");
}

static void an_answer_out_of_its_range_is_a_problem(void **state)
{
    (void)state;
    assert_wrong_answer("7", "answer 7 is outside 1-5");
    assert_wrong_answer("0", "answer 0 is outside 1-5");
    assert_wrong_answer("5.5", "answer 5.5 is outside 1-5");
    assert_wrong_answer("-1", "answer -1 is outside 1-5");
}

static void an_item_without_a_range_takes_any_number(void **state)
{
    (void)state;
    struct reading reading = read_rows("r1,,2025,S,A,1,2,-1234.5\n");
    assert_all_good(&reading, 1);
    assert_true(answer_to(&reading.responses[0], "c") == -1234.5);
    reading_free(&reading);
}

static void what_is_neither_a_number_nor_a_label_is_named(void **state)
{
    (void)state;
    assert_wrong_answer("purple", "'purple' is neither a number nor a known answer");
    assert_wrong_answer("1e999", "'1e999' is neither");
    assert_wrong_answer("nan", "'nan' is neither");
    assert_wrong_answer("inf", "'inf' is neither");
    assert_wrong_answer("0x10", "'0x10' is neither");
    assert_wrong_answer("4 of 5", "'4 of 5' is neither");
    assert_wrong_answer("\"1,5,0\"", "'1,5,0' is neither");
    assert_wrong_answer("--1", "'--1' is neither");
    assert_wrong_answer(".", "'.' is neither");
}

static void the_nearest_label_is_offered(void **state)
{
    (void)state;
    assert_wrong_answer("mee ens",
                        "'mee ens' is neither a number nor a known answer; did you mean 'mee eens'?");
    static const char accents[] = "{\"id\":\"m\",\"respondent\":\"r\",\"labels\":{\"Categorie\u00ebn\":1},"
                                  "\"items\":[{\"id\":\"a\"}]}";
    struct reading reading = read_as(accents, "auto", "r,a\n1,Categorie\xcc\x88n\n2,CATEGORIEE\xcc\x88N\n");
    assert_one_problem(
        &reading, 2, "a",
        "'Categorie\xcc\x88n' is neither a number nor a known answer; did you mean 'categorie\u00ebn'?");
    reading_free(&reading);
}

static void a_long_wrong_answer_is_shown_in_forty_characters(void **state)
{
    (void)state;
    char cell[200] = "";
    for (int i = 0; i < 100; i++)
        strcat(cell, "q");
    struct reading reading = read_answer(cell);
    assert_int_equal(reading.problem_count, 1);
    const char *shown = strchr(reading.problems[0].text, 'q');
    assert_in_range(strspn(shown, "q"), 1, 40);
    reading_free(&reading);
}

/* 39 letters and then two-byte ones: forty bytes end inside one. fake_host.c checks that the text is UTF-8.
 */
static void a_shown_answer_is_not_cut_inside_a_character(void **state)
{
    (void)state;
    assert_wrong_answer("qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\u00e9\u00e9\u00e9", "'qqq");
}

static void a_row_with_another_number_of_fields_is_a_problem(void **state)
{
    (void)state;
    struct reading fewer = read_rows("r1,,2025,S,A,1,2\n"), more = read_rows("r1,,2025,S,A,1,2,3,4\n");
    assert_one_problem(&fewer, 2, NULL, "7 fields");
    assert_one_problem(&fewer, 2, NULL, "heading 8");
    assert_one_problem(&more, 2, NULL, "9 fields");
    reading_free(&fewer);
    reading_free(&more);
}

static void an_empty_respondent_wave_or_group_is_a_problem(void **state)
{
    (void)state;
    struct {
        const char *row, *column;
    } cases[] = {{",,2025,S,A,1,2,3\n", "token"},
                 {"   ,,2025,S,A,1,2,3\n", "token"},
                 {"r1,,,S,A,1,2,3\n", "year"},
                 {"r1,,2025,,A,1,2,3\n", "school"},
                 {"r1,,2025,S,\"\",1,2,3\n", "team"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading = read_rows(cases[i].row);
        assert_one_problem(&reading, 2, cases[i].column, "is empty");
        assert_int_equal(reading.response_count, 0);
        reading_free(&reading);
    }
}

/* Or somebody, and a team, would be two. */
static void blanks_around_a_name_are_none_of_it(void **state)
{
    (void)state;
    struct reading reading = read_rows(
        "\"r1\n\",, 2025\u00a0,\"\r\nS\",\u00a0 A b\u00a0c \u00a0,1,2,\u00a03\n\"\u00a0\",,2025,S,A,1,2,3\n");
    assert_one_problem(&reading, 3, "token", "is empty");
    assert_string_equal(reading.responses[0].respondent, "r1");
    assert_string_equal(reading.responses[0].wave, "2025");
    assert_string_equal(reading.responses[0].groups[0].name, "S");
    assert_string_equal(reading.responses[0].groups[1].name, "A b\u00a0c");
    assert_true(answer_to(&reading.responses[0], "c") == 3);
    reading_free(&reading);
}

/* Missing markers are of items: 99 is a fine name for a person or a team. */
static void a_missing_marker_means_nothing_outside_items(void **state)
{
    (void)state;
    struct reading reading = read_rows("99,,99,99,n.v.t.,1,2,3\n");
    assert_all_good(&reading, 1);
    assert_string_equal(reading.responses[0].respondent, "99");
    assert_string_equal(reading.responses[0].wave, "99");
    assert_string_equal(reading.responses[0].groups[1].name, "n.v.t.");
    reading_free(&reading);
}

/* All of whom it is written would be one. */
static void what_is_nobody_s_name_is_a_problem(void **state)
{
    (void)state;
    static const char *const rows[] = {"n.v.t.,,2025,S,A,1,2,3\n", "N.V.T. ,,2025,S,A,1,2,3\n",
                                       "\"1,23457E+11\",,2025,S,A,1,2,3\n", "1.23E+11,,2025,S,A,1,2,3\n",
                                       "1E+15,,2025,S,A,1,2,3\n"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reading reading = read_rows(rows[i]);
        assert_one_problem(&reading, 2, "token", i < 2 ? "nobody" : "left the last digits out");
        assert_int_equal(reading.response_count, 0);
        reading_free(&reading);
    }
    struct reading names = read_rows("1E5,,2025,S,A,1,2,3\n12E+05,,2025,S,A,1,2,3\nE+11,,2025,S,A,1,2,3\n");
    assert_all_good(&names, 3);
    reading_free(&names);
}

static void an_unfinished_response_is_partial_and_has_no_time(void **state)
{
    (void)state;
    struct reading reading = read_rows("r1,,2025,S,A,1,2,3\nr2,2025-10-01,2025,S,A,1,2,3\n");
    assert_all_good(&reading, 2);
    assert_true(reading.responses[0].partial && reading.responses[0].submitted == WZ_NO_TIME);
    assert_false(reading.responses[1].partial);
    reading_free(&reading);
}

static void one_bad_cell_refuses_its_row_and_no_other(void **state)
{
    (void)state;
    struct reading reading = read_rows("r1,,2025,S,A,1,2,3\nr2,,2025,S,A,1,9,3\nr3,,2025,S,A,1,2,3\n");
    assert_one_problem(&reading, 3, "b", "answer 9 is outside 1-5");
    assert_int_equal(reading.response_count, 2);
    assert_int_equal(reading.responses[0].row, 2);
    assert_int_equal(reading.responses[1].row, 4);
    assert_string_equal(reading.responses[1].respondent, "r3");
    reading_free(&reading);
}

static void of_several_bad_answers_the_first_column_is_told(void **state)
{
    (void)state;
    struct reading reading = read_document("token,date,year,school,team,c,b,a\nr1,,2025,S,A,x,8,9\n");
    assert_one_problem(&reading, 2, "c", "'x' is neither");
    reading_free(&reading);
}

/* Whatever is wrong with a row, the report must not tell whose it is. */
static void a_respondent_is_never_in_a_problem(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "jan.jansen,,2025,S,A,1,2\n",   "jan.jansen,,2025,S,A,9,2,3\n",
        "jan.jansen,,2025,S,A,x,2,3\n", "jan.jansen,31-02-2025,2025,S,A,1,2,3\n",
        "jan.jansen,,2025,,A,1,2,3\n",  "jan.jansen\x81,,2025,S,A,1,2,3\n"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reading reading = read_rows(rows[i]);
        assert_int_equal(reading.problem_count, 1);
        assert_null(strstr(reading.problems[0].text, "jansen"));
        reading_free(&reading);
    }
}

static const char anonymous[] = "{\"id\":\"m\",\"levels\":[\"team\"],\"groups\":{\"team\":\"team\"},"
                                "\"items\":[{\"id\":\"a\"},{\"id\":\"b\"}]}";

static void an_instrument_without_a_wave_has_one_wave_called_all(void **state)
{
    (void)state;
    struct reading reading = read_as(anonymous, "auto", "team,a,b\nA,1,2\n");
    assert_all_good(&reading, 1);
    assert_string_equal(reading.responses[0].wave, "all");
    assert_null(reading.responses[0].respondent);
    assert_false(reading.responses[0].partial); /* nobody says when, so nobody says that it is unfinished */
    assert_true(reading.responses[0].submitted == WZ_NO_TIME);
    reading_free(&reading);
}

static bool same_content(const struct seen_response *left, const struct seen_response *right)
{
    return left->content_size == right->content_size &&
           memcmp(left->content, right->content, left->content_size) == 0;
}

static void a_row_without_a_respondent_is_known_by_its_32_byte_digest(void **state)
{
    (void)state;
    struct reading reading = read_as(anonymous, "auto", "team,remark,a,b\nA,,1,2\nA,,1,2\nA,x,1,2\nA,,2,1\n");
    assert_all_good(&reading, 4);
    const struct seen_response *rows = reading.responses;
    assert_int_equal(rows[0].content_size, 32);
    assert_true(same_content(&rows[0], &rows[1]));
    assert_false(same_content(&rows[0], &rows[2])); /* only an unmapped column differs */
    assert_false(same_content(&rows[0], &rows[3]));
    reading_free(&reading);
}

/* "AB" + "C" and "A" + "BC" are not the same row. */
static void a_digest_knows_where_a_field_ends(void **state)
{
    (void)state;
    struct reading reading = read_as(anonymous, "auto", "team,remark,a,b\nAB,C,1,2\nA,BC,1,2\n");
    assert_all_good(&reading, 2);
    assert_false(same_content(&reading.responses[0], &reading.responses[1]));
    reading_free(&reading);
}

/* The same row in another file, behind other rows, with other line ends and quotes, is the same content. */
static void a_digest_depends_on_the_row_alone(void **state)
{
    (void)state;
    struct reading one = read_as(anonymous, "auto", "team,a,b\nA,1,2\n");
    struct reading other = read_as(anonymous, "auto", "team,a,b\r\nB,3,4\r\n\"A\",\"1\",2\r\n");
    assert_all_good(&one, 1);
    assert_all_good(&other, 2);
    assert_true(same_content(&one.responses[0], &other.responses[1]));
    reading_free(&one);
    reading_free(&other);
}

/* What a function of the script makes a wave of: the row as it stands in the file, every column of it. */
static void an_instrument_whose_wave_is_made_hands_over_the_row(void **state)
{
    (void)state;
    struct reading reading =
        read_as("{\"id\":\"m\",\"wave_function\":true,\"levels\":[\"team\"],"
                "\"groups\":{\"team\":\"team\"},\"missing\":[99],"
                "\"items\":[{\"id\":\"a\",\"range\":[1,5]}]}",
                "auto", "submitdate,a,team,note\n 2024-01-01 ,99,T,\"x, y\"\n,6,T,\n,5,T,\n");
    assert_int_equal(reading.response_count, 2);
    const struct seen_response *response = &reading.responses[0];
    assert_null(response->wave);
    assert_int_equal(response->answer_count, 0);
    static const char *const expected[][2] = {
        {"submitdate", "2024-01-01"}, {"a", "99"}, {"team", "T"}, {"note", "x, y"}};
    assert_int_equal(response->cell_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(response->cells[i].column, expected[i][0]);
        assert_string_equal(response->cells[i].text, expected[i][1]);
    }
    assert_int_equal(reading.responses[1].row, 4);
    assert_string_equal(reading.responses[1].cells[0].text, "");
    assert_int_equal(reading.problem_count, 1); /* what is wrong otherwise is not asked about */
    assert_int_equal(reading.problems[0].row, 3);
    reading_free(&reading);
}

static void a_wave_column_needs_no_cells(void **state)
{
    (void)state;
    struct reading reading = read_rows("r1,,2025,S,A,1,2,3\n");
    assert_all_good(&reading, 1);
    assert_string_equal(reading.responses[0].wave, "2025");
    assert_int_equal(reading.responses[0].cell_count, 0);
    reading_free(&reading);
}

static void an_item_is_the_same_pointer_in_every_row(void **state)
{
    (void)state;
    struct reading reading = read_rows("r1,,2025,S,A,1,2,3\nr2,,2025,S,A,2,2,3\nr3,,2025,S,A,3,2,3\n");
    assert_all_good(&reading, 3);
    assert_ptr_equal(reading.responses[0].first_item, reading.responses[1].first_item);
    assert_ptr_equal(reading.responses[0].first_item, reading.responses[2].first_item);
    reading_free(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_row_is_read_whole),
        cmocka_unit_test(groups_stand_in_the_order_of_the_levels_and_not_of_the_columns),
        cmocka_unit_test(columns_that_nobody_asks_for_do_not_matter),
        cmocka_unit_test(an_answer_is_a_number_however_it_is_written),
        cmocka_unit_test(a_label_is_its_code_whatever_its_case_and_blanks),
        cmocka_unit_test(letters_beyond_ascii_are_the_same_however_they_are_written),
        cmocka_unit_test(a_long_label_that_grows_is_found),
        cmocka_unit_test(an_empty_cell_and_a_missing_marker_are_no_answer),
        cmocka_unit_test(an_answer_out_of_its_range_is_a_problem),
        cmocka_unit_test(an_item_without_a_range_takes_any_number),
        cmocka_unit_test(what_is_neither_a_number_nor_a_label_is_named),
        cmocka_unit_test(the_nearest_label_is_offered),
        cmocka_unit_test(a_long_wrong_answer_is_shown_in_forty_characters),
        cmocka_unit_test(a_shown_answer_is_not_cut_inside_a_character),
        cmocka_unit_test(a_row_with_another_number_of_fields_is_a_problem),
        cmocka_unit_test(an_empty_respondent_wave_or_group_is_a_problem),
        cmocka_unit_test(blanks_around_a_name_are_none_of_it),
        cmocka_unit_test(a_missing_marker_means_nothing_outside_items),
        cmocka_unit_test(what_is_nobody_s_name_is_a_problem),
        cmocka_unit_test(an_unfinished_response_is_partial_and_has_no_time),
        cmocka_unit_test(one_bad_cell_refuses_its_row_and_no_other),
        cmocka_unit_test(of_several_bad_answers_the_first_column_is_told),
        cmocka_unit_test(a_respondent_is_never_in_a_problem),
        cmocka_unit_test(an_instrument_without_a_wave_has_one_wave_called_all),
        cmocka_unit_test(an_instrument_whose_wave_is_made_hands_over_the_row),
        cmocka_unit_test(a_wave_column_needs_no_cells),
        cmocka_unit_test(a_row_without_a_respondent_is_known_by_its_32_byte_digest),
        cmocka_unit_test(a_digest_knows_where_a_field_ends),
        cmocka_unit_test(a_digest_depends_on_the_row_alone),
        cmocka_unit_test(an_item_is_the_same_pointer_in_every_row),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
