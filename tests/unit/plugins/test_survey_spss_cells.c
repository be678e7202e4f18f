/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every cell of real files of SPSS is what R's haven reads in it: see tests/data/spss/cells.R. */
#include "survey_case.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* By file: one of its columns, for every instrument has an item, and the set that its texts are written in,
 * by the number in its record of integers ("Machine Integer Info Record" in PSPP's description of system
 * files). */
static const struct known {
    const char *file, *item, *charset;
} files[] = {
    {"haven/datetime.sav", "time", "windows-1252"},
    {"haven/iris.sav", "Sepal.Length", "utf-8"},
    {"haven/labelled-num-na.sav", "VAR00002", "utf-8"},
    {"haven/labelled-num.sav", "VAR00002", "utf-8"},
    {"haven/labelled-str.sav", "gender", "utf-8"},
    {"haven/umlauts.sav", "var1", "utf-8"},
    {"haven/variable-label.sav", "sex", "utf-8"},
    {"pyreadstat/hebrews.sav", "\u05d5\u05ea\u05e7_\u05d1", "utf-8"},
    {"pyreadstat/missing_char.sav", "mychar", "windows-1252"},
    {"pyreadstat/missing_test.sav", "var1", "windows-1252"},
    {"pyreadstat/ordered_category.sav", "Col1", "utf-8"},
    {"pyreadstat/sample.por", "MYNUM", "utf-8"},
    {"pyreadstat/sample.sav", "mynum", "windows-1252"},
    {"pyreadstat/sample.zsav", "mynum", "windows-1252"},
    {"pyreadstat/sample_missing.sav", "mynum", "windows-1252"},
    {"pyreadstat/simple_alltypes.sav", "x", "windows-1252"},
    {"pyreadstat/tegulu.sav", "record", "utf-8"},
    {"pyreadstat/test_width.sav", "Finished", "utf-8"},
    {"pspp/windows-1252.sav", "nr", "windows-1252"},
    {"pspp/windows-1252.zsav", "nr", "windows-1252"},
    {"pspp/plain.sav", "nr", "windows-1252"},
    {"made/monitor.sav", "wg_1", "utf-8"},
    {"made/monitor.zsav", "wg_1", "utf-8"},
    {"made/monitor_plain.sav", "wg_1", "utf-8"},
};

static char *read_text(const char *name)
{
    char *path = mem_format("%s/tests/data/spss/%s.tsv", SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is not there", path);
    char *text = mem_alloc(1 << 20);
    const size_t size = fread(text, 1, (1 << 20) - 1, file);
    assert_true(size > 0 && feof(file));
    fclose(file);
    free(path);
    return text;
}

static struct reading read_file(const char *name, const char *item)
{
    char *path = mem_format("%s/tests/data/spss/%s", SOURCE_DIR, name);
    char *instrument = mem_format("{\"id\":\"i\",\"wave_function\":true,\"labels\":{\"m\":1,\"f\":2,\"a\":3},"
                                  "\"items\":[{\"id\":\"%s\"}]}",
                                  item);
    char *job = survey_job(instrument, "auto");
    struct reading reading = fake_host_decode_file(survey, job, path);
    free(job);
    free(instrument);
    free(path);
    return reading;
}

static const char *cell_of(const struct seen_response *response, const char *column)
{
    for (size_t i = 0; i < response->cell_count; i++)
        if (strcmp(response->cells[i].column, column) == 0)
            return response->cells[i].text;
    fail_msg("there is no column '%s'", column);
    return NULL;
}

/* Compares one case; `names` and `line` are cut apart. */
static void compare_case(const char *file, const struct seen_response *response, char *names, char *line)
{
    char *name;
    size_t width = 0;
    while ((name = strsep(&names, "\t"))) {
        const char *expected = strsep(&line, "\t");
        assert_non_null(expected);
        const char *text = cell_of(response, name);
        if (strcmp(text, expected) != 0)
            fail_msg("%s, case %llu, %s: '%s' and not '%s'", file, (unsigned long long)response->row, name,
                     text, expected);
        width++;
    }
    assert_null(line);
    assert_int_equal(response->cell_count, width);
}

static void compare_file(const char *file, const struct reading *reading)
{
    char *text = read_text(file), *lines = text, *line;
    const char *names = strsep(&lines, "\n");
    size_t response = 0;
    strsep(&lines, "\n"); /* the labels */
    for (uint64_t row = 1; (line = strsep(&lines, "\n")) && lines; row++) {
        if (strspn(line, "\t") == strlen(line))
            continue; /* an empty case says nothing */
        char *copy = mem_copy_text(names);
        assert_true(response < reading->response_count);
        assert_int_equal(reading->responses[response].row, row);
        compare_case(file, &reading->responses[response], copy, line);
        response++;
        free(copy);
    }
    assert_int_equal(response, reading->response_count);
    free(text);
}

/* As counts.tsv has it; `cases` hold anything. */
static void find_counts(const char *file, size_t *cases, char user_missing[24])
{
    char *text = read_text("counts");
    char *sought = mem_format("%s\t", file);
    const char *line = strstr(text, sought);
    assert_non_null(line);
    assert_int_equal(sscanf(line + strlen(sought), "%zu\t%23s", cases, user_missing), 2);
    free(sought);
    free(text);
}

static void compare(const struct known *known)
{
    char user_missing[24];
    size_t cases;
    struct reading reading = read_file(known->file, known->item);
    find_counts(known->file, &cases, user_missing);
    print_message("%s\n", known->file);
    assert_all_good(&reading, cases);
    compare_file(known->file, &reading);
    assert_string_equal(note_of(&reading, "charset"), known->charset);
    assert_string_equal(note_of(&reading, "user_missing"), user_missing);
    reading_free(&reading);
}

static void every_cell_is_what_haven_reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        compare(&files[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_what_haven_reads),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
