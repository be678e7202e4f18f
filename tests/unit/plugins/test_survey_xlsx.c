/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workbooks as ECMA-376, Office Open XML File Formats, part 1 writes them: section 18.3.1 (sheets), 18.4
 * (shared strings), 18.8.30 and 18.8.31 (number formats), 18.17.4 (dates), 22.9.2.19 (texts with escapes). */
#include "workbook.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define T(reference, text) "<c r=\"" reference "\" t=\"inlineStr\"><is><t>" text "</t></is></c>"
#define N(reference, number) "<c r=\"" reference "\"><v>" number "</v></c>"
/* The heading of what read_texts reads. */
#define TEXTS_HEAD "<row r=\"1\">" T("A1", "n") T("B1", "x") T("C1", "y") T("D1", "z") "</row>"
#define MONITOR_HEAD                                                                                         \
    "<row r=\"1\">" T("A1", "token") T("B1", "date") T("C1", "year") T("D1", "school") T("E1", "team")       \
        T("F1", "a") T("G1", "b") T("H1", "c") "</row>"
#define MONITOR_BEGIN(row, token) T("A" row, token) N("C" row, "2025") T("D" row, "S") T("E" row, "A")

static void assert_cell(const struct reading *reading, size_t response, const char *column, const char *text)
{
    if (reading->refused)
        fail_msg("refused: %s", reading->refused);
    assert_string_equal(cell_of(reading, response, column), text);
}

/* ---- cells ---- */

static void every_type_of_cell_is_its_text(void **state)
{
    (void)state;
    struct reading reading = read_texts(
        &(struct workbook_case){
            .strings = "<si><t>shared</t></si><si><r><rPr><b/></rPr><t xml:space=\"preserve\">rich "
                       "</t></r><r><t>text"
                       "</t></r><rPh sb=\"0\" eb=\"1\"><t>phonetic</t></rPh></si><si/>",
            .rows = TEXTS_HEAD
            "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\" t=\"s\"><v>0</v></c>"
            "<c r=\"C2\" t=\"s\"><v>1</v></c><c r=\"D2\" t=\"s\"><v>2</v></c></row>"
            "<row r=\"3\"><c r=\"A3\" t=\"n\"><v>2</v></c><c r=\"B3\" t=\"b\"><v>1</v></c>"
            "<c r=\"C3\" t=\"b\"><v>0</v></c><c r=\"D3\" t=\"str\"><f>A1</f><v>made</v></c></row>"
            "<row r=\"4\"><c r=\"A4\"><f>1+2</f><v>3</v></c><c r=\"B4\" t=\"e\"><v>#N/A</v></c>"
            "<c r=\"C4\" t=\"inlineStr\"><is><r><t>in</t></r><r><t>line</t></r><rPh sb=\"0\" eb=\"1\">"
            "<t>no</t></rPh></is></c><c r=\"D4\" t=\"d\"><v>2025-03-30T14:05:00</v></c></row>"},
        NULL);
    assert_all_good(&reading, 3);
    assert_cell(&reading, 0, "x", "shared");
    assert_cell(&reading, 0, "y", "rich text");
    assert_cell(&reading, 0, "z", "");
    assert_cell(&reading, 1, "x", "TRUE");
    assert_cell(&reading, 1, "y", "FALSE");
    assert_cell(&reading, 1, "z", "made");
    assert_cell(&reading, 2, "x", "#N/A");
    assert_cell(&reading, 2, "y", "inline");
    assert_cell(&reading, 2, "z", "2025-03-30T14:05:00");
    assert_float_equal(answer_to(&reading.responses[2], "n"), 3, 0);
    reading_free(&reading);
}

static void texts_have_their_escapes_undone_and_no_blanks_around(void **state)
{
    (void)state;
    struct reading reading =
        read_texts(&(struct workbook_case){.rows = TEXTS_HEAD "<row r=\"2\">" N("A2", "1")
                                               T("B2", " \t two  words\n") T("C2", "a_x000A_b_x005F_x_x00E9_")
                                                   T("D2", "_xD83D__xDE00_ _xD83D_ _xZZZZ_ _x41_") "</row>"},
                   NULL);
    assert_all_good(&reading, 1);
    assert_cell(&reading, 0, "x", "two  words");
    assert_cell(&reading, 0, "y", "a\nb_x\xc3\xa9");
    assert_cell(&reading, 0, "z", "\xf0\x9f\x98\x80 _xD83D_ _xZZZZ_ _x41_");
    reading_free(&reading);
}

static void numbers_are_the_shortest_text_of_the_same_double(void **state)
{
    (void)state;
    static const char *const numbers[][2] = {
        {"1", "1"},
        {"1.0", "1"},
        {"-0", "0"},
        {"007", "7"},
        {"+4", "4"},
        {"4.", "4"},
        {"2.50", "2.5"},
        {"0.10000000000000001", "0.1"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"3.5E0", "3.5"},
        {"1E-3", "0.001"},
        {"1.2345E+3", "1234.5"},
        {"123456789012345", "123456789012345"},
        {"9007199254740992", "9007199254740992"},
        {"-2.75", "-2.75"},
        {"1e300", "1e+300"},
        {"0.00001234", "1.234e-05"},
        {"1.234E-5", "1.234e-05"},
        {" 5 ", "5"},
        /* no numbers: they stay what they are */
        {"0x10", "0x10"},
        {"nan", "nan"},
        {"1,5", "1,5"},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        char *rows = mem_format("%s<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\"><v>%s</v></c></row>",
                                TEXTS_HEAD, numbers[i][0]);
        struct reading reading = read_texts(&(struct workbook_case){.rows = rows}, NULL);
        assert_cell(&reading, 0, "x", numbers[i][1]);
        if (strspn(numbers[i][1], "0123456789.e+-") == strlen(numbers[i][1]))
            assert_true(strtod(numbers[i][0], NULL) == strtod(numbers[i][1], NULL));
        reading_free(&reading);
        free(rows);
    }
}

static void a_number_has_a_decimal_point_whatever_texts_have(void **state)
{
    (void)state;
    const struct workbook_case workbook = {.rows = MONITOR_HEAD "<row r=\"2\">" MONITOR_BEGIN("2", "r1")
                                               N("H2", "1.234") "</row>"
                                                                "<row r=\"3\">" MONITOR_BEGIN("3", "r2")
                                                                    T("H3", "3,25") "</row>"};
    const struct archive archive = workbook_of(&workbook);
    struct reading guessed = read_raw(archive.bytes, archive.size),
                   told = read_told("\"decimal\":\"comma\"", archive.bytes, archive.size);
    assert_all_good(&guessed, 2);
    assert_all_good(&told, 2);
    assert_string_equal(note_of(&guessed, "decimal"), "comma");
    assert_float_equal(answer_to(&guessed.responses[0], "c"), 1.234, 0);
    assert_float_equal(answer_to(&guessed.responses[1], "c"), 3.25, 0);
    assert_float_equal(answer_to(&told.responses[0], "c"), 1.234, 0);
    reading_free(&guessed);
    reading_free(&told);
    free(archive.bytes);
}

static void an_error_is_a_problem_of_the_cell_that_is_needed(void **state)
{
    (void)state;
    struct reading answer = read_workbook(&(struct workbook_case){
                       .rows = MONITOR_HEAD "<row r=\"2\">" MONITOR_BEGIN(
                           "2", "r1") "<c r=\"F2\" t=\"e\"><v>#DIV/0!</v></c></row>"}),
                   name = read_workbook(&(struct workbook_case){
                       .rows = MONITOR_HEAD "<row r=\"2\"><c r=\"A2\" t=\"e\"><v>#REF!</v></c>" N(
                           "C2", "2025") T("D2", "S") T("E2", "A") "</row>"}),
                   beside = read_workbook(&(struct workbook_case){
                       .rows = "<row r=\"1\">" T("A1", "token") T("B1", "date") T("C1", "year")
                           T("D1", "school") T("E1", "team") T("F1", "a") T("G1", "b") T("H1", "c")
                               T("I1", "help") "</row><row r=\"2\">" MONITOR_BEGIN("2", "r1")
                                   N("F2", "3") "<c r=\"I2\" t=\"e\"><v>#N/A</v></c></row>"});
    assert_one_problem(&answer, 2, "a", "the cell is the error #DIV/0!");
    assert_one_problem(&name, 2, "token", "the cell is the error #REF!");
    assert_all_good(&beside, 1);
    reading_free(&answer);
    reading_free(&name);
    reading_free(&beside);
}

static void an_error_that_is_declared_missing_is_no_answer(void **state)
{
    (void)state;
    const struct archive archive = workbook_of(
        &(struct workbook_case){.rows = "<row>" T("A1", "n") "</row><row><c t=\"e\"><v>#N/A</v></c></row>"});
    static const char job[] =
        "{\"instrument\":{\"id\":\"t\",\"levels\":[],\"groups\":{},\"missing\":[\"#N/A\"],"
        "\"items\":[{\"id\":\"n\"}]}}";
    struct reading reading = fake_host_decode(survey, job, archive.bytes, archive.size);
    assert_all_good(&reading, 1);
    assert_int_equal(reading.responses[0].answer_count, 0);
    reading_free(&reading);
    free(archive.bytes);
}

static void a_formula_that_was_never_computed_is_not_taken_for_no_answer(void **state)
{
    (void)state;
    static const char *const cells[] = {"<c r=\"F2\"><f>1+2</f></c>", "<c r=\"F2\"><f>1+2</f><v/></c>",
                                        "<c r=\"F2\" t=\"str\"><f>G2</f></c>"};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        char *rows =
            mem_format("%s<row r=\"2\">%s%s</row>", MONITOR_HEAD, MONITOR_BEGIN("2", "r1"), cells[i]);
        struct reading reading = read_workbook(&(struct workbook_case){.rows = rows});
        assert_one_problem(&reading, 2, "a", "a formula that was never computed");
        reading_free(&reading);
        free(rows);
    }
}

static void a_formula_whose_result_is_an_empty_text_is_no_answer(void **state)
{
    (void)state;
    struct reading reading = read_workbook(&(struct workbook_case){
        .rows = MONITOR_HEAD "<row r=\"2\">" MONITOR_BEGIN(
            "2", "r1") "<c r=\"F2\" t=\"str\"><f>\"\"</f><v></v></c>" N("G2", "2") "</row>"});
    assert_all_good(&reading, 1);
    assert_true(isnan(answer_to(&reading.responses[0], "a")));
    assert_float_equal(answer_to(&reading.responses[0], "b"), 2, 0);
    reading_free(&reading);
}

/* ---- rows and columns ---- */

static void rows_have_the_sheets_numbers_and_may_be_left_out(void **state)
{
    (void)state;
    struct reading reading = read_workbook(&(struct workbook_case){
        .rows = "<row r=\"3\">" T("B3", "token") T("C3", "date") T("D3", "year") T("E3", "school") T(
            "F3", "team") T("H3", "a") T("I3", "b")
            T("J3", "c") "</row>"
                         "<row r=\"4\" spans=\"1:3\"><c r=\"B4\" s=\"0\"/></row>"
                         "<row r=\"7\" hidden=\"1\">" T("B7", "r1") N("D7", "2025") T("E7", "S") T("F7", "A")
                             N("H7", "4") "</row>"
                                          "<row r=\"1048576\">" T("B1048576", "r2") N("D1048576", "2025")
                                              T("E1048576", "S") T("F1048576", "A")
                                                  N("H1048576", "9") "</row>"});
    assert_int_equal(reading.response_count, 1);
    assert_int_equal(reading.responses[0].row, 7);
    assert_float_equal(answer_to(&reading.responses[0], "a"), 4, 0);
    assert_true(isnan(answer_to(&reading.responses[0], "b")));
    assert_one_problem(&reading, 1048576, "a", "outside 1-5");
    reading_free(&reading);
}

static void a_heading_that_does_not_fit_is_told_with_its_row(void **state)
{
    (void)state;
    struct reading reading = read_workbook(
        &(struct workbook_case){.rows = "<row r=\"3\">" T("B3", "token") T("C3", "jaar") "</row>"});
    assert_refused(&reading, "row 3, the heading, does not fit instrument 'm'");
    assert_refused(&reading, "column 'year' is missing");
    reading_free(&reading);
}

static void references_may_be_left_out(void **state)
{
    (void)state;
    struct reading reading = read_texts(
        &(struct workbook_case){
            .rows =
                "<row><c t=\"inlineStr\"><is><t>n</t></is></c><c t=\"inlineStr\"><is><t>x</t></is></c></row>"
                "<row><c><v>1</v></c><c><v>2</v></c></row><row r=\"5\"><c><v>3</v></c></row><row><c "
                "r=\"B6\"><v>4</v></c>"
                "</row>"},
        NULL);
    assert_all_good(&reading, 3);
    assert_cell(&reading, 0, "x", "2");
    assert_int_equal(reading.responses[0].row, 2);
    assert_int_equal(reading.responses[1].row, 5);
    assert_int_equal(reading.responses[2].row, 6);
    assert_cell(&reading, 2, "x", "4");
    reading_free(&reading);
}

static void cells_beyond_the_heading_are_nothing(void **state)
{
    (void)state;
    struct reading reading = read_texts(
        &(struct workbook_case){
            .rows = "<row r=\"1\">" T("A1", "n") "<c r=\"XFD1\"/></row><row r=\"2\">" N("A2", "1")
                T("C2", "a remark") T("XFD2", "far away") "</row><row r=\"3\">" T(
                    "B3", "alone") "</row>"
                                   "<row r=\"4\">" N("A4", "2") "</row><row r=\"5\">" N("A5", "3")
                                       T("B5", "a remark") "</row>"
                                                           "<row r=\"6\">" T("B6", "alone") "</row>"},
        NULL);
    assert_all_good(&reading, 3);
    assert_int_equal(reading.responses[0].cell_count, 1);
    reading_free(&reading);
}

static void of_merged_cells_the_first_has_the_value(void **state)
{
    (void)state;
    struct reading reading = read_workbook(&(struct workbook_case){
        .rows = MONITOR_HEAD "<row r=\"2\">" MONITOR_BEGIN("2", "r1") "</row><row r=\"3\">" T("A3", "r2")
            N("C3", "2025") T("D3", "S") "<c r=\"E3\"/></row>",
        .behind = "<mergeCells count=\"1\"><mergeCell ref=\"E2:E3\"/></mergeCells>"});
    assert_int_equal(reading.response_count, 1);
    assert_one_problem(&reading, 3, "team", "the team is empty");
    reading_free(&reading);
}

static void a_csv_that_was_opened_as_one_column_is_told(void **state)
{
    (void)state;
    struct reading reading = read_workbook(&(struct workbook_case){
        .rows = "<row r=\"1\">" T("A1", "token,date,year,school,team,a,b,c") "</row>"});
    assert_refused(&reading, "was a CSV file opened as one column?");
    reading_free(&reading);
}

static void a_sheet_without_cells_is_refused(void **state)
{
    (void)state;
    struct reading reading = read_workbook(&(struct workbook_case){0});
    assert_refused(&reading, "its first row names the columns");
    reading_free(&reading);
}

/* ---- dates ---- */

/* One cell with a number and a format. */
static void assert_date(const char *number, unsigned format, const char *code, bool is_1904, const char *text)
{
    char *styles = mem_format("<numFmts><numFmt numFmtId=\"%u\" formatCode=\"%s\"/></numFmts>"
                              "<cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>"
                              "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"%u\"/></cellXfs>",
                              code ? format : 999, code ? code : "0", format);
    char *rows = mem_format(
        TEXTS_HEAD "<row r=\"2\"><c r=\"A2\" s=\"0\"><v>1</v></c><c r=\"B2\" s=\"1\"><v>%s</v></c></row>",
        number);
    struct reading reading = read_texts(
        &(struct workbook_case){
            .rows = rows, .styles = styles, .properties = is_1904 ? "date1904=\"1\"" : NULL},
        NULL);
    assert_string_equal(note_of(&reading, "dates"), is_1904 ? "from 1904" : "");
    if (strcmp(cell_of(&reading, 0, "x"), text) != 0)
        fail_msg("%s in format %u %s is '%s' and not '%s'", number, format, code ? code : "",
                 cell_of(&reading, 0, "x"), text);
    reading_free(&reading);
    free(rows);
    free(styles);
}

/* A number of somebody who is called so in a CSV file of the same sheet. */
static void noughts_that_a_format_shows_are_there(void **state)
{
    (void)state;
    assert_date("42", 164, "000000", false, "000042");
    assert_date("42", 164, "0000;[Red]-0000", false, "0042");
    assert_date("123456", 164, "0000", false, "123456");
    assert_date("4.5", 164, "0000", false, "4.5");
    assert_date("-42", 164, "0000", false, "-42");
    assert_date("42", 164, "0", false, "42");
    assert_date("42", 164, "#0000", false, "42");
    assert_date("42", 164, "0000000000000000000000000000000000000000", false, "42");
}

/* The examples of 18.17.4.1 to 18.17.4.3, and the two days that are none. */
static void days_are_counted_from_1900(void **state)
{
    (void)state;
    assert_date("1", 14, NULL, false, "1900-01-01");
    assert_date("2958465", 14, NULL, false, "9999-12-31");
    assert_date("3687.4207639", 22, NULL, false, "1910-02-03T10:05:54");
    assert_date("1.5", 22, NULL, false, "1900-01-01T12:00:00");
    assert_date("2958465.9999884", 22, NULL, false, "9999-12-31T23:59:59");
    assert_date("0", 14, NULL, false, "1900-01-00");
    assert_date("59", 14, NULL, false, "1900-02-28");
    assert_date("60", 14, NULL, false, "1900-02-29");
    assert_date("61", 14, NULL, false, "1900-03-01");
    assert_date("25569", 14, NULL, false, "1970-01-01");
    assert_date("45746", 14, NULL, false, "2025-03-30");
    assert_date("-1", 14, NULL, false, "-1");
    assert_date("2958466", 14, NULL, false, "2958466");
}

static void days_are_counted_from_1904_where_the_workbook_says_so(void **state)
{
    (void)state;
    assert_date("0", 14, NULL, true, "1904-01-01");
    assert_date("60", 14, NULL, true, "1904-03-01"); /* a leap year */
    assert_date("2957003", 14, NULL, true, "9999-12-31");
    assert_date("2225.4207639", 22, NULL, true, "1910-02-03T10:05:54");
    assert_date("44284", 14, NULL, true, "2025-03-30");
}

static void times_are_fractions_of_a_day(void **state)
{
    (void)state;
    assert_date("0.0000115741", 21, NULL, false, "00:00:01");
    assert_date("0.25", 20, NULL, false, "06:00:00");
    assert_date("0.5", 18, NULL, false, "12:00:00");
    assert_date("0.9999884259", 19, NULL, false, "23:59:59");
    assert_date("1.5", 46, NULL, false, "36:00:00");
    assert_date("0.5000011574074074", 47, NULL, false, "12:00:00.100");
    assert_date("45746.5000011574074", 22, NULL, false, "2025-03-30T12:00:00");
    assert_date("45746.999999", 22, NULL, false, "2025-03-31T00:00:00");
    assert_date("45746.25", 14, NULL, false, "2025-03-30T06:00:00"); /* hidden, and there */
    assert_date("45746", 22, NULL, false, "2025-03-30T00:00:00");
}

static void a_format_is_a_date_by_its_number_or_by_its_code(void **state)
{
    (void)state;
    static const unsigned dates[] = {14, 15, 16, 17, 22, 27, 36, 50, 58},
                          numbers[] = {0, 1, 2, 3, 4, 9, 10, 11, 12, 13, 37, 38, 39, 40, 44, 48, 49};
    static const char *const codes[] = {"yyyy-mm-dd",
                                        "dd\\-mm\\-yyyy",
                                        "[$-413]d mmmm yyyy;@",
                                        "d/m/yy",
                                        "mmm",
                                        "mm",
                                        "yyyy",
                                        "[Red]dd/mm/yyyy",
                                        "[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy",
                                        "&quot;op &quot;d\\ mmm",
                                        "_-dd\\-mm",
                                        "YYYY\\-MM\\-DD"};
    static const char *const plain[] = {"General",
                                        "0.00",
                                        "#,##0.00",
                                        "0.00E+00",
                                        "0%",
                                        "@",
                                        "&quot;dag&quot; 0",
                                        "0\\d",
                                        "[Red]0.00",
                                        "[&gt;100]0;0.0",
                                        "[$\xe2\x82\xac-413] #,##0.00",
                                        "0_d",
                                        "0*d",
                                        "0;[Red]\\-0;&quot;dd&quot;",
                                        "General;dd",
                                        "# ?/?"};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        assert_date("45746", dates[i], NULL, false, dates[i] == 22 ? "2025-03-30T00:00:00" : "2025-03-30");
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        assert_date("45746", numbers[i], NULL, false, "45746");
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        assert_date("45746", 164, codes[i], false, "2025-03-30");
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        assert_date("45746", 165, plain[i], false, "45746");
    assert_date("45746.5", 164, "d-m-yyyy h:mm", false, "2025-03-30T12:00:00");
    assert_date("0.75", 164, "hh:mm AM/PM", false, "18:00:00");
    assert_date("0.75", 164, "h:mm", false, "18:00:00");
    assert_date("0.75", 164, "mm:ss", false, "18:00:00");
    assert_date("1.25", 164, "[hh]:mm", false, "30:00:00");
    assert_date("45746.5000011574074", 164, "yyyy-mm-dd hh:mm:ss.000", false, "2025-03-30T12:00:00.100");
}

static void a_cell_with_a_date_is_the_time_of_the_response(void **state)
{
    (void)state;
    struct reading reading = read_workbook(&(struct workbook_case){
        .styles = "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs>",
        .rows = MONITOR_HEAD
        "<row r=\"2\">" T("A2", "r1") "<c r=\"B2\" s=\"1\"><v>45747.586805555555</v></c>" N("C2", "2025")
            T("D2", "S") T("E2", "A") "</row>"});
    assert_all_good(&reading, 1);
    assert_int_equal(reading.responses[0].submitted, 1743422700000); /* date -d '2025-03-31 14:05 CEST' */
    reading_free(&reading);
}

/* ---- sheets ---- */

static const char several[] = "<sheet name=\"Old\" sheetId=\"1\" state=\"hidden\" r:id=\"rId4\"/>"
                              "<sheet name=\"Older\" sheetId=\"2\" state=\"veryHidden\" r:id=\"rId4\"/>"
                              "<sheet name=\"Chart\" sheetId=\"3\" r:id=\"rId5\"/>"
                              "<sheet name=\"Answers\" sheetId=\"4\" r:id=\"rId1\"/>"
                              "<sheet name=\"Codes\" sheetId=\"5\" r:id=\"rId4\"/>";

static void the_first_visible_sheet_with_cells_is_read(void **state)
{
    (void)state;
    struct reading reading = read_texts(
        &(struct workbook_case){.sheets = several, .rows = TEXTS_HEAD "<row r=\"2\">" N("A2", "1") "</row>"},
        NULL);
    assert_all_good(&reading, 1);
    assert_string_equal(note_of(&reading, "format"), "xlsx");
    assert_string_equal(note_of(&reading, "sheet"), "Answers");
    reading_free(&reading);
}

static void a_feed_may_name_the_sheet(void **state)
{
    (void)state;
    const struct workbook_case workbook = {
        .sheets = "<sheet name=\"Codes\" sheetId=\"5\" r:id=\"rId4\"/><sheet name=\"Answers\" sheetId=\"4\" "
                  "state=\"hidden\" r:id=\"rId1\"/><sheet name=\"Chart\" sheetId=\"3\" r:id=\"rId5\"/>",
        .rows = TEXTS_HEAD "<row r=\"2\">" N("A2", "1") "</row>"};
    struct reading named = read_texts(&workbook, "\"sheet\":\"answers\""),
                   mistyped = read_texts(&workbook, "\"sheet\":\"Answer\""),
                   unknown = read_texts(&workbook, "\"sheet\":\"Blad1\""),
                   chart = read_texts(&workbook, "\"sheet\":\"Chart\"");
    assert_all_good(&named, 1);
    assert_string_equal(note_of(&named, "sheet"), "Answers");
    assert_refused(&mistyped,
                   "no sheet 'Answer', which the feed's key 'sheet' names; did you mean 'Answers'?");
    assert_refused(&unknown, "no sheet 'Blad1', which the feed's key 'sheet' names; its first is 'Codes'");
    assert_refused(&chart, "has no cells");
    reading_free(&named);
    reading_free(&mistyped);
    reading_free(&unknown);
    reading_free(&chart);
}

static void a_workbook_of_hidden_sheets_is_refused(void **state)
{
    (void)state;
    struct reading reading = read_workbook(&(struct workbook_case){
        .sheets = "<sheet name=\"A\" sheetId=\"1\" state=\"hidden\" r:id=\"rId1\"/>"});
    assert_refused(&reading, "no visible sheet with cells; name a hidden one with the feed's key 'sheet'");
    reading_free(&reading);
}

/* ---- the same in other XML ---- */

static void prefixes_and_the_strict_namespaces_say_the_same(void **state)
{
    (void)state;
    static const char *const sheets[] = {
        "<x:worksheet xmlns:x=\"" MAIN_SPACE
        "\"><x:sheetData><x:row r=\"1\"><x:c r=\"A1\" t=\"inlineStr\"><x:is>"
        "<x:t>n</x:t></x:is></x:c></x:row><x:row r=\"2\"><x:c "
        "r=\"A2\"><x:v>7</x:v></x:c></x:row></x:sheetData>"
        "</x:worksheet>",
        "<worksheet xmlns=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"><sheetData><row r=\"1\"><c "
        "r=\"A1\" "
        "t=\"inlineStr\"><is><t>n</t></is></c></row><row r=\"2\"><c "
        "r=\"A2\"><v>7</v></c></row></sheetData></worksheet>",
        "<worksheet xmlns=\"" MAIN_SPACE
        "\" xmlns:o=\"urn:other\"><o:sheetData><o:row/></o:sheetData><sheetData>"
        "<row r=\"1\" o:r=\"9\"><o:c r=\"A1\"><v>no</v></o:c><c r=\"A1\" t=\"inlineStr\"><is><t>n<!-- not "
        "this --></t></is>"
        "</c></row><row r=\"2\"><c "
        "r=\"A2\"><v>7</v><extLst><ext><v>8</v></ext></extLst></c></row></sheetData></worksheet>",
    };
    for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++) {
        struct reading reading = read_texts(&(struct workbook_case){.sheet_part = sheets[i]}, NULL);
        assert_all_good(&reading, 1);
        assert_float_equal(answer_to(&reading.responses[0], "n"), 7, 0);
        reading_free(&reading);
    }
}

static void a_strict_workbook_is_one(void **state)
{
    (void)state;
    struct reading reading = read_texts(
        &(struct workbook_case){
            .is_strict = true,
            .sheets = several,
            .strings = "<si><t>shared</t></si>",
            .styles = "<cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs>",
            .rows = TEXTS_HEAD
            "<row r=\"2\">" N("A2", "1") "<c r=\"B2\" t=\"s\"><v>0</v></c><c r=\"C2\" s=\"1\"><v>45746</v>"
                                         "</c><c r=\"D2\" t=\"d\"><v>2025-03-30</v></c></row>"},
        NULL);
    assert_all_good(&reading, 1);
    assert_string_equal(note_of(&reading, "sheet"), "Answers");
    assert_cell(&reading, 0, "x", "shared");
    assert_cell(&reading, 0, "y", "2025-03-30");
    assert_cell(&reading, 0, "z", "2025-03-30");
    reading_free(&reading);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_of_cell_is_its_text),
        cmocka_unit_test(texts_have_their_escapes_undone_and_no_blanks_around),
        cmocka_unit_test(numbers_are_the_shortest_text_of_the_same_double),
        cmocka_unit_test(a_number_has_a_decimal_point_whatever_texts_have),
        cmocka_unit_test(an_error_is_a_problem_of_the_cell_that_is_needed),
        cmocka_unit_test(an_error_that_is_declared_missing_is_no_answer),
        cmocka_unit_test(a_formula_that_was_never_computed_is_not_taken_for_no_answer),
        cmocka_unit_test(a_formula_whose_result_is_an_empty_text_is_no_answer),
        cmocka_unit_test(rows_have_the_sheets_numbers_and_may_be_left_out),
        cmocka_unit_test(a_heading_that_does_not_fit_is_told_with_its_row),
        cmocka_unit_test(references_may_be_left_out),
        cmocka_unit_test(cells_beyond_the_heading_are_nothing),
        cmocka_unit_test(of_merged_cells_the_first_has_the_value),
        cmocka_unit_test(a_csv_that_was_opened_as_one_column_is_told),
        cmocka_unit_test(a_sheet_without_cells_is_refused),
        cmocka_unit_test(noughts_that_a_format_shows_are_there),
        cmocka_unit_test(days_are_counted_from_1900),
        cmocka_unit_test(days_are_counted_from_1904_where_the_workbook_says_so),
        cmocka_unit_test(times_are_fractions_of_a_day),
        cmocka_unit_test(a_format_is_a_date_by_its_number_or_by_its_code),
        cmocka_unit_test(a_cell_with_a_date_is_the_time_of_the_response),
        cmocka_unit_test(the_first_visible_sheet_with_cells_is_read),
        cmocka_unit_test(a_feed_may_name_the_sheet),
        cmocka_unit_test(a_workbook_of_hidden_sheets_is_refused),
        cmocka_unit_test(a_strict_workbook_is_one),
        cmocka_unit_test(prefixes_and_the_strict_namespaces_say_the_same),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
