/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Archives and workbooks that are broken, are something else, or want more than they may have. */
#include "workbook.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include <cmocka.h>

#define T(reference, text) "<c r=\"" reference "\" t=\"inlineStr\"><is><t>" text "</t></is></c>"
#define HEAD "<row r=\"1\">" T("A1", "n") T("B1", "x") "</row>"
#define SHEET(rows) "<worksheet xmlns=\"" MAIN_SPACE "\"><sheetData>" rows "</sheetData></worksheet>"

static void assert_texts_refused(const struct workbook_case *workbook, const char *said)
{
    struct reading reading = read_texts(workbook, NULL);
    if (!reading.refused)
        fail_msg("not refused: \"%s\"", said);
    assert_refused(&reading, said);
    reading_free(&reading);
}

static void assert_archive_refused(const struct archive *archive, const char *said)
{
    struct reading reading = read_raw(archive->bytes, archive->size);
    assert_refused(&reading, said);
    assert_int_equal(reading.response_count + reading.problem_count, 0);
    reading_free(&reading);
}

/* "begin", then `count` times `again`, then "end"; to be freed. */
static char *repeated(const char *begin, const char *again, size_t count, const char *end, size_t *size)
{
    const size_t before = strlen(begin), each = strlen(again), after = strlen(end);
    char *text = mem_alloc(before + count * each + after + 1), *at = text + before;
    memcpy(text, begin, before);
    for (size_t i = 0; i < count; i++, at += each)
        memcpy(at, again, each);
    memcpy(at, end, after);
    *size = before + count * each + after;
    return text;
}

/* ---- broken archives ---- */

static void an_archive_that_is_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    const struct archive whole = workbook_of(&(struct workbook_case){.rows = HEAD});
    for (size_t size = 4; size < whole.size; size += 7) {
        const struct archive cut = {whole.bytes, size};
        assert_archive_refused(&cut, "cut off or damaged");
    }
    free(whole.bytes);
}

/* What may come of it is anything but a crash: most bytes are of no consequence. */
static void a_changed_byte_does_not_break_it(void **state)
{
    (void)state;
    const struct archive whole =
        workbook_of(&(struct workbook_case){.rows = HEAD "<row r=\"2\"><c><v>1</v></c></row>"});
    size_t refused = 0;
    for (size_t i = 4; i < whole.size; i++) {
        uint8_t *byte = (uint8_t *)whole.bytes + i;
        const uint8_t before = *byte;
        *byte ^= 0x55;
        struct reading reading = read_raw(whole.bytes, whole.size);
        refused += reading.refused != NULL;
        reading_free(&reading);
        *byte = before;
    }
    assert_true(refused > whole.size / 4);
    free(whole.bytes);
}

static void damaged_data_of_a_part_is_told_with_its_name(void **state)
{
    (void)state;
    struct archive whole = workbook_of(&(struct workbook_case){.rows = HEAD});
    char *name = memmem(whole.bytes, whole.size, "xl/worksheets/sheet1.xml", 24);
    assert_non_null(name);
    memset(name + 24 + 20, 0, 20); /* in the packed bytes behind the header */
    assert_archive_refused(&whole, "part 'xl/worksheets/sheet1.xml' of the workbook cannot be");
    free(whole.bytes);
}

static void a_part_that_is_missing_is_named(void **state)
{
    (void)state;
    static const char *const parts[][2] = {
        {"[Content_Types].xml", "a ZIP archive, and no workbook; unpack it first"},
        {"_rels/.rels", "lacks its part '_rels/.rels'"},
        {"xl/workbook.xml", "lacks its part 'xl/workbook.xml'"},
        {"xl/_rels/workbook.xml.rels", "lacks its part 'xl/_rels/workbook.xml.rels'"},
        {"xl/worksheets/sheet1.xml", "lacks its part 'xl/worksheets/sheet1.xml'"},
        {"xl/sharedStrings.xml", "lacks its part 'xl/sharedStrings.xml'"},
        {"xl/styles.xml", "lacks its part 'xl/styles.xml'"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        assert_texts_refused(&(struct workbook_case){.rows = HEAD, .left_out = parts[i][0]}, parts[i][1]);
}

/* ---- other files ---- */

static void assert_part_refused(const char *name, const char *text, const char *said)
{
    const struct archive_part parts[] = {{name, text, strlen(text)}};
    struct archive archive = archive_of(parts, 1);
    assert_archive_refused(&archive, said);
    free(archive.bytes);
}

static void another_archive_is_told_as_what_it_is(void **state)
{
    (void)state;
    assert_part_refused("mimetype", "application/vnd.oasis.opendocument.spreadsheet",
                        "an OpenDocument spreadsheet (ODS)");
    assert_part_refused("mimetype", "application/vnd.oasis.opendocument.text", "an OpenDocument text");
    assert_part_refused("export.csv", "token,date\n", "a ZIP archive, and no workbook; unpack it first");
#define OFFICE "application/vnd.openxmlformats-officedocument."
    static const char *const types[][2] = {
        {"application/vnd.ms-excel.sheet.macroEnabled.main+xml",
         "with macros (XLSM); save it as XLSX or CSV"},
        {"application/vnd.ms-excel.sheet.binary.macroEnabled.main", "a binary workbook (XLSB)"},
        {OFFICE "wordprocessingml.document.main+xml", "a Word document"},
        {OFFICE "presentationml.presentation.main+xml", "a presentation"},
        {"application/x-unknown", "no workbook"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_texts_refused(&(struct workbook_case){.rows = HEAD, .type = types[i][0]}, types[i][1]);
}

static void an_empty_archive_is_no_workbook(void **state)
{
    (void)state;
    char bytes[22] = "PK\5\6";
    assert_archive_refused(&(struct archive){bytes, sizeof bytes}, "no workbook");
}

/* [MS-CFB] 2.2 and 2.6: a header, and a directory whose entries begin with a name in UTF-16. */
static void assert_compound_refused(const char *stream, const char *said)
{
    char bytes[512 * 5] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    bytes[30] = 9;
    bytes[48] = 3; /* the directory's sector; sector 0 is behind the header */
    for (size_t i = 0; stream[i]; i++)
        bytes[512 * 4 + 128 + 2 * i] = stream[i];
    assert_archive_refused(&(struct archive){bytes, sizeof bytes}, said);
}

static void a_compound_file_is_told_by_what_it_holds(void **state)
{
    (void)state;
    assert_compound_refused("EncryptedPackage", "protected by a password; take that off");
    assert_compound_refused("Workbook", "an old Excel spreadsheet (XLS); save it as XLSX or CSV");
    assert_compound_refused("Book", "an old Excel spreadsheet (XLS)");
    assert_compound_refused("WordDocument", "of before 2007");
}

static void an_archive_with_a_password_is_told(void **state)
{
    (void)state;
    struct archive whole = workbook_of(&(struct workbook_case){.rows = HEAD});
    /* The bit of encryption, in the directory and before each part. */
    for (size_t i = 0; i + 10 < whole.size; i++) {
        char *at = (char *)whole.bytes + i;
        if (memcmp(at, "PK\1\2", 4) == 0)
            at[8] |= 1;
        if (memcmp(at, "PK\3\4", 4) == 0)
            at[6] |= 1;
    }
    assert_archive_refused(&whole, "the archive is protected by a password");
    free(whole.bytes);
}

static void a_way_of_packing_that_xlsx_does_not_have_is_refused(void **state)
{
    (void)state;
    static const char text[] = "<Types/>";
    zip_error_t error;
    zip_source_t *whole = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(whole);
    zip_t *zip = zip_open_from_source(whole, ZIP_TRUNCATE, &error);
    static const char *const names[] = {"[Content_Types].xml", "_rels/.rels"};
    for (size_t i = 0; i < 2; i++) {
        const zip_int64_t at =
            zip_file_add(zip, names[i], zip_source_buffer(zip, text, sizeof text - 1, 0), 0);
        assert_int_equal(zip_set_file_compression(zip, (zip_uint64_t)at, ZIP_CM_BZIP2, 0), 0);
    }
    assert_int_equal(zip_close(zip), 0);
    char bytes[2000];
    assert_int_equal(zip_source_open(whole), 0);
    const zip_int64_t size = zip_source_read(whole, bytes, sizeof bytes);
    zip_source_close(whole);
    zip_source_free(whole);
    assert_in_range(size, 1, sizeof bytes);
    assert_archive_refused(&(struct archive){bytes, (size_t)size},
                           "packed in a way (12) that XLSX does not have");
}

/* ---- broken sheets ---- */

static void what_stands_where_it_cannot_is_told_with_its_place(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {HEAD "<row r=\"2\"><c r=\"B2\"><v>1</v></c><c r=\"A2\"><v>1</v></c></row>",
         "sheet 'Data', cell B2: a cell of an earlier column stands after it, out of order"},
        {HEAD "<row r=\"2\"><c r=\"A2\"/><c r=\"A2\"/></row>", "cell A2: a cell of an earlier column"},
        {HEAD "<row r=\"5\"/><row r=\"4\"/>", "row 5: row 4 stands below it, out of order"},
        {HEAD "<row r=\"1\"/>", "row 1: row 1 stands below it, out of order"},
        {HEAD "<row r=\"1048577\"/>", "row 1: below it is a row with a number that no row has"},
        {HEAD "<row r=\"1048576\"/><row/>", "row 1048576: row 1048577 stands below it"},
        {HEAD "<row r=\"99999999999999999999\"/>", "a number that no row has"},
        {HEAD "<row r=\"\"/>", "a number that no row has"},
        {HEAD "<row r=\"-2\"/>", "a number that no row has"},
        {HEAD "<row r=\"2\"><c r=\"XFE2\"/></row>",
         "row 2: after it is a cell with a reference that no cell"},
        {HEAD "<row r=\"2\"><c r=\"XFD2\"/><c/></row>",
         "cell XFD2: after it is a cell with a reference that no cell"},
        {HEAD "<row r=\"2\"><c r=\"AAAAAAAAAAAAAAAAAAAA2\"/></row>", "a reference that no cell"},
        {HEAD "<row r=\"2\"><c r=\"A3\"/></row>", "a reference that no cell of the row has"},
        {HEAD "<row r=\"2\"><c r=\"2\"/></row>", "a reference that no cell"},
        {HEAD "<row r=\"2\"><c r=\"A\"/></row>", "a reference that no cell"},
        {HEAD "<row r=\"2\"><c r=\"a2\"/></row>", "a reference that no cell"},
        {HEAD "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0</v></c></row>",
         "cell A2: the cell names a text that the workbook lacks"},
        {HEAD "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>-1</v></c></row>",
         "the cell names a text that the workbook lacks"},
        {HEAD "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>18446744073709551616</v></c></row>",
         "names a text that the workbook lacks"},
        {HEAD "<row r=\"2\"><c r=\"A2\" s=\"1\"><v>0</v></c></row>",
         "cell A2: the cell has a format that the workbook lacks"},
        {HEAD "<row r=\"2\"><c r=\"A2\" s=\"-1\"><v>0</v></c></row>",
         "the cell has a format that the workbook lacks"},
        {HEAD "<row r=\"2\"><c r=\"A2\" t=\"x\"><v>0</v></c></row>",
         "cell A2: the cell is of a type that no workbook has"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_texts_refused(&(struct workbook_case){.rows = rows[i][0]}, rows[i][1]);
}

static void the_last_cell_of_a_sheet_is_one(void **state)
{
    (void)state;
    struct reading reading =
        read_texts(&(struct workbook_case){.rows = HEAD "<row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c>" T(
                                               "XFD1048576", "last") "</row>"},
                   NULL);
    assert_all_good(&reading, 1);
    assert_int_equal(reading.responses[0].row, 1048576);
    reading_free(&reading);
}

static void xml_that_is_none_is_told_with_its_line(void **state)
{
    (void)state;
    static const char *const sheets[][2] = {
        {SHEET(HEAD "\n<row r=\"2\"><c r=\"A2\"><v>1</c></row>"), "at line 2: mismatched tag"},
        {SHEET("\xff"), "at line 1: not well-formed"},
        {"<worksheet xmlns=\"" MAIN_SPACE "\"><sheetData>", "no element found"},
        {"", "no element found"},
        {"<!DOCTYPE worksheet [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>" SHEET(
             T("A1", "&b;")),
         "it has a DOCTYPE, which no workbook has"},
        {"<!DOCTYPE w SYSTEM \"file:///etc/passwd\">" SHEET(""), "it has a DOCTYPE"},
        {SHEET(T("A1", "&unknown;")), "undefined entity"},
    };
    for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++) {
        assert_texts_refused(&(struct workbook_case){.sheet_part = sheets[i][0][0] ? sheets[i][0] : " "},
                             sheets[i][1]);
        assert_texts_refused(&(struct workbook_case){.sheet_part = sheets[i][0][0] ? sheets[i][0] : " "},
                             "xl/worksheets/sheet1.xml");
    }
}

/* What is read is what stands before the place. */
static void rows_before_a_fault_are_read(void **state)
{
    (void)state;
    struct reading reading = read_texts(
        &(struct workbook_case){.rows = HEAD "<row r=\"2\"><c r=\"A2\"><v>1</v></c></row><row r=\"1\"/>"},
        NULL);
    assert_refused(&reading, "nothing from there on was read");
    assert_int_equal(reading.response_count, 1);
    reading_free(&reading);
}

static void a_part_that_leads_back_is_read_once(void **state)
{
    (void)state;
    /* The sheet is the workbook itself: it has no cells. */
    assert_texts_refused(&(struct workbook_case){.sheet_part = "<workbook xmlns=\"" MAIN_SPACE "\"/>"},
                         "its first row names the columns");
}

/* ---- too much ---- */

static void elements_in_elements_are_bounded(void **state)
{
    (void)state;
    size_t size;
    char *text = repeated("<worksheet xmlns=\"" MAIN_SPACE "\">", "<a>", 1000000, "", &size);
    assert_texts_refused(&(struct workbook_case){.sheet_part = text, .sheet_size = size}, "nested too deep");
    free(text);
}

static void a_tag_without_an_end_is_bounded(void **state)
{
    (void)state;
    static const char *const begins[] = {"<worksheet xmlns=\"" MAIN_SPACE "\" a=\"", "<worksheet ", "<!--",
                                         "<?pi "};
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        size_t size;
        char *text = repeated(begins[i], "          ", 10000000, "", &size); /* 100 MB */
        assert_texts_refused(&(struct workbook_case){.sheet_part = text, .sheet_size = size},
                             "a tag or comment is longer than 1 MiB");
        free(text);
    }
}

static void a_hundred_megabytes_of_blanks_are_nothing(void **state)
{
    (void)state;
    size_t size;
    char *text = repeated("<worksheet xmlns=\"" MAIN_SPACE "\"><sheetData>" HEAD
                          "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\" t=\"inlineStr\"><is><t>seen",
                          "          ", 10000000, "</t></is></c></row></sheetData></worksheet>", &size);
    struct reading reading =
        read_texts(&(struct workbook_case){.sheet_part = text, .sheet_size = size}, NULL);
    assert_all_good(&reading, 1);
    assert_string_equal(cell_of(&reading, 0, "x"), "seen");
    reading_free(&reading);
    free(text);
}

static void a_text_that_is_too_long_is_a_problem_of_its_cell(void **state)
{
    (void)state;
    size_t size;
    char *inline_text =
        repeated(HEAD "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\" t=\"inlineStr\"><is><t>", "x", 65537,
                 "</t></is></c></row>", &size);
    char *shared = repeated("<si><t>", "x", 65537, "</t></si><si><t>a_x0000_b</t></si>", &size);
    struct reading reading = read_texts(&(struct workbook_case){.rows = inline_text}, NULL);
    assert_one_problem(&reading, 2, "x", "a field of 65537 bytes is longer than 65536");
    struct reading of_shared = read_texts(
        &(struct workbook_case){
            .strings = shared,
            .rows = HEAD "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\" t=\"s\"><v>0</v></c></row>"},
        NULL);
    assert_one_problem(&of_shared, 2, "x", "a field of 65537 bytes is longer than 65536");
    struct reading of_nul = read_texts(
        &(struct workbook_case){
            .strings = shared,
            .rows = HEAD "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\" t=\"s\"><v>1</v></c></row>"},
        NULL);
    assert_one_problem(&of_nul, 2, "x", "the field holds a NUL byte");
    reading_free(&reading);
    reading_free(&of_shared);
    reading_free(&of_nul);
    free(inline_text);
    free(shared);
}

static void a_million_shared_texts_are_read(void **state)
{
    (void)state;
    size_t size;
    char *text = repeated("<sst xmlns=\"" MAIN_SPACE "\">", "<si><t>a text</t></si>", 1000000,
                          "<si><t>last</t></si></sst>", &size);
    struct reading reading = read_texts(
        &(struct workbook_case){
            .strings_part = text,
            .strings_size = size,
            .rows = HEAD "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\" t=\"s\"><v>1000000</v></c></row>"},
        NULL);
    assert_all_good(&reading, 1);
    assert_string_equal(cell_of(&reading, 0, "x"), "last");
    reading_free(&reading);
    free(text);
}

static void shared_texts_are_bounded(void **state)
{
    (void)state;
    size_t size;
    char *item = repeated("<si><t>", "x", 60000, "</t></si>", &size);
    char *large = repeated("<sst xmlns=\"" MAIN_SPACE "\">", item, 1200, "</sst>", &size);
    assert_texts_refused(&(struct workbook_case){.strings_part = large, .strings_size = size, .rows = HEAD},
                         "more than 64 MiB of them");
    free(large);
    free(item);
    char *many = repeated("<sst xmlns=\"" MAIN_SPACE "\">", "<si/>", 4200000, "</sst>", &size);
    assert_texts_refused(&(struct workbook_case){.strings_part = many, .strings_size = size, .rows = HEAD},
                         "more than 4194304 different texts");
    free(many);
}

static void cells_that_are_only_meant_are_bounded(void **state)
{
    (void)state;
    size_t size;
    char *text = repeated("<worksheet xmlns=\"" MAIN_SPACE "\"><sheetData><row r=\"1\">" T("A1", "n")
                              T("XFD1", "x") "</row>",
                          "<row><c><v>1</v></c></row>", 11000, "</sheetData></worksheet>", &size);
    assert_texts_refused(&(struct workbook_case){.sheet_part = text, .sheet_size = size},
                         "more than 50000000 cells");
    free(text);
}

/* Each row is below the bound of one, and together they would be 1.3 GB. */
static void a_text_that_is_meant_very_often_is_bounded(void **state)
{
    (void)state;
    size_t size;
    char *shared = repeated("<si><t>", "x", 65536, "</t></si>", &size);
    char *head = repeated("<worksheet xmlns=\"" MAIN_SPACE "\"><sheetData><row>" T("A1", "n"),
                          "<c t=\"inlineStr\"><is><t>x</t></is></c>", 100, "</row>", &size);
    char *row = repeated("<row><c><v>1</v></c>", "<c t=\"s\"><v>0</v></c>", 100, "</row>", &size);
    char *sheet = repeated(head, row, 200, "</sheetData></worksheet>", &size);
    const struct archive archive =
        workbook_of(&(struct workbook_case){.strings = shared, .sheet_part = sheet, .sheet_size = size});
    static const char job[] =
        "{\"instrument\":{\"id\":\"t\",\"levels\":[],\"groups\":{},\"items\":[{\"id\":\"n\"}]}}";
    struct reading reading = fake_host_decode(survey, job, archive.bytes, archive.size);
    assert_refused(&reading, "cells or 1024 MiB of text until here; divide it");
    reading_free(&reading);
    free(archive.bytes);
    free(shared);
    free(head);
    free(row);
    free(sheet);
}

static void a_row_is_bounded(void **state)
{
    (void)state;
    size_t size;
    char *shared = repeated("<si><t>", "x", 65536, "</t></si>", &size);
    char *wide = repeated("<row r=\"1\">" T("A1", "n"), "<c t=\"inlineStr\"><is><t>x</t></is></c>", 200,
                          "</row>", &size);
    char *text = repeated("<row r=\"2\"><c><v>1</v></c>", "<c t=\"s\"><v>0</v></c>", 200, "</row>", &size);
    char *rows = mem_format("%s%s", wide, text);
    struct reading reading = read_texts(&(struct workbook_case){.strings = shared, .rows = rows}, NULL);
    assert_one_problem(&reading, 2, "x", "the row is longer than 8 MiB");
    reading_free(&reading);
    free(shared);
    free(wide);
    free(text);
    free(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_archive_that_is_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_changed_byte_does_not_break_it),
        cmocka_unit_test(damaged_data_of_a_part_is_told_with_its_name),
        cmocka_unit_test(a_part_that_is_missing_is_named),
        cmocka_unit_test(another_archive_is_told_as_what_it_is),
        cmocka_unit_test(an_empty_archive_is_no_workbook),
        cmocka_unit_test(a_compound_file_is_told_by_what_it_holds),
        cmocka_unit_test(an_archive_with_a_password_is_told),
        cmocka_unit_test(a_way_of_packing_that_xlsx_does_not_have_is_refused),
        cmocka_unit_test(what_stands_where_it_cannot_is_told_with_its_place),
        cmocka_unit_test(the_last_cell_of_a_sheet_is_one),
        cmocka_unit_test(xml_that_is_none_is_told_with_its_line),
        cmocka_unit_test(rows_before_a_fault_are_read),
        cmocka_unit_test(a_part_that_leads_back_is_read_once),
        cmocka_unit_test(elements_in_elements_are_bounded),
        cmocka_unit_test(a_tag_without_an_end_is_bounded),
        cmocka_unit_test(a_hundred_megabytes_of_blanks_are_nothing),
        cmocka_unit_test(a_text_that_is_too_long_is_a_problem_of_its_cell),
        cmocka_unit_test(a_million_shared_texts_are_read),
        cmocka_unit_test(shared_texts_are_bounded),
        cmocka_unit_test(cells_that_are_only_meant_are_bounded),
        cmocka_unit_test(a_text_that_is_meant_very_often_is_bounded),
        cmocka_unit_test(a_row_is_bounded),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
