/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of SPSS that are cut off, damaged, or made to do harm: a clear refusal with the place, and no harm
 * done. How they are built is in PSPP's description of system files ("System File Format", PSPP developers
 * guide). */
#include "spss_case.h"

#include "base/mem.h"

#include <readstat.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OF(item) "{\"id\":\"i\",\"wave_function\":true,\"items\":[{\"id\":\"" item "\"}]}"

static const struct {
    const char *file, *instrument;
} whole_files[] = {
    {"made/monitor.zsav", OF("nr")},        {"made/monitor_plain.sav", OF("nr")},
    {"pyreadstat/sample.sav", OF("mynum")}, {"pyreadstat/sample.zsav", OF("mynum")},
    {"pyreadstat/sample.por", OF("MYNUM")}, {"pyreadstat/tegulu.sav", OF("record")},
    {"pspp/windows-1252.sav", OF("nr")},    {"pspp/windows-1252.zsav", OF("nr")},
    {"pspp/plain.sav", OF("nr")},
};
enum {
    WHOLE_FILES = sizeof whole_files / sizeof *whole_files,
    STEP = 5 /* odd: every place in a value of 8 bytes */
};

/* ---- cut off ---- */

static void assert_same_beginning(const struct reading *cut, const struct reading *whole)
{
    assert_true(cut->response_count <= whole->response_count);
    for (size_t i = 0; i < cut->response_count; i++) {
        const struct seen_response *left = &cut->responses[i], *right = &whole->responses[i];
        assert_int_equal(left->row, right->row);
        assert_int_equal(left->cell_count, right->cell_count);
        for (size_t cell = 0; cell < left->cell_count; cell++)
            assert_string_equal(left->cells[cell].text, right->cells[cell].text);
    }
}

/* Wherever, nearly, a file ends: what is given of it is true, and where it is not all, that is said. */
static void a_file_that_is_cut_off_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < WHOLE_FILES; i++) {
        struct bytes bytes = spss_bytes(whole_files[i].file);
        struct reading whole = spss_read(&bytes, whole_files[i].instrument, "");
        assert_null(whole.refused);
        for (size_t size = 0; size < bytes.size; size += STEP) {
            const struct bytes beginning = {bytes.bytes, size};
            struct reading cut = spss_read(&beginning, whole_files[i].instrument, "");
            assert_same_beginning(&cut, &whole);
            if (!cut.refused && cut.response_count < whole.response_count)
                fail_msg("%s is cut off at %zu, and nobody says so", whole_files[i].file, size);
            reading_free(&cut);
        }
        reading_free(&whole);
        free(bytes.bytes);
    }
}

/* Where it does not say how many cases it has, its end is taken for theirs; but not within a value. */
static void a_file_that_does_not_know_its_cases_is_read_to_its_end(void **state)
{
    (void)state;
    static const char *const files[] = {"pspp/windows-1252.sav", "pspp/windows-1252.zsav", "pspp/plain.sav"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct bytes bytes = spss_bytes(files[i]);
        spss_set_cases(&bytes, -1);
        struct reading reading = spss_read(&bytes, OF("nr"), "");
        assert_all_good(&reading, 6);
        reading_free(&reading);
        bytes.size -= 3;
        reading = spss_read(&bytes, OF("nr"), "");
        assert_refused(&reading, "cut off");
        reading_free(&reading);
        free(bytes.bytes);
    }
    struct bytes bytes = spss_bytes("pspp/plain.sav");
    spss_set_cases(&bytes, -1);
    bytes.size -= 16;
    struct reading reading = spss_read(&bytes, OF("nr"), "");
    assert_refused(&reading, "nothing after case 5 can be read");
    reading_free(&reading);
    free(bytes.bytes);
}

static void the_place_is_told(void **state)
{
    (void)state;
    struct bytes bytes = spss_bytes("made/monitor_plain.sav");
    bytes.size -= 12;
    struct reading reading = spss_read(&bytes, OF("nr"), "");
    assert_refused(&reading, "it says that it has 12 cases, and 11 can be read; save it again in SPSS");
    assert_int_equal(reading.response_count, 11);
    reading_free(&reading);
    bytes.size = 400;
    reading = spss_read(&bytes, OF("nr"), "");
    assert_refused(&reading, "its list of variables cannot be read on at byte ");
    assert_refused(&reading, " of 400; save it again in SPSS");
    reading_free(&reading);
    free(bytes.bytes);
}

/* ---- damaged ---- */

/* The host's side of `decode` checks what it is given: valid UTF-8, numbers that are numbers. */
static void a_byte_of_the_list_of_variables_may_be_wrong(void **state)
{
    (void)state;
    static const unsigned char wrong[] = {0, 0x7f, 0xff};
    enum { LIST = 2200 };
    for (size_t i = 0; i < WHOLE_FILES; i++) {
        struct bytes bytes = spss_bytes(whole_files[i].file);
        for (size_t at = 4; at < bytes.size && at < LIST; at += STEP) {
            const char right = bytes.bytes[at];
            bytes.bytes[at] = (char)wrong[at % sizeof wrong];
            struct reading reading = spss_read(&bytes, whole_files[i].instrument, "");
            assert_true(reading.refused || reading.response_count + reading.problem_count <= 240);
            reading_free(&reading);
            bytes.bytes[at] = right;
        }
        free(bytes.bytes);
    }
}

/* ---- made to do harm ---- */

static void put_at(struct bytes *bytes, size_t at, const void *value, size_t size)
{
    assert_true(at + size <= bytes->size);
    memcpy(bytes->bytes + at, value, size);
}

/* The record of value labels says how many there are: 2 billion, in a file of a few bytes. */
static void a_count_that_asks_for_memory_is_refused(void **state)
{
    (void)state;
    static const char labels[] = "\x03\0\0\0";
    static const int32_t many = 0x7fffffff;
    struct bytes bytes = spss_bytes("pspp/plain.sav");
    const char *record = memmem(bytes.bytes + 176, bytes.size - 176, labels, sizeof labels - 1);
    assert_non_null(record);
    put_at(&bytes, (size_t)(record - bytes.bytes) + 4, &many, sizeof many);
    struct reading reading = spss_read(&bytes, OF("nr"), "");
    assert_refused(&reading, "its list of variables cannot be read on at byte");
    reading_free(&reading);
    free(bytes.bytes);
}

enum { ROOM = 16 << 20 }; /* of what is written here */

static ssize_t append(const void *data, size_t size, void *context)
{
    struct bytes *bytes = context;
    assert_true(bytes->size + size <= ROOM);
    memcpy(bytes->bytes + bytes->size, data, size);
    bytes->size += size;
    return (ssize_t)size;
}

static double always_one(void)
{
    return 1;
}

static struct bytes write_zsav(int variables, int cases, double (*value)(void))
{
    struct bytes bytes = {.bytes = mem_alloc(ROOM)};
    char name[16];
    readstat_writer_t *writer = readstat_writer_init();
    readstat_set_data_writer(writer, append);
    readstat_writer_set_compression(writer, READSTAT_COMPRESS_BINARY);
    for (int i = 0; i < variables; i++) {
        snprintf(name, sizeof name, "v%d", i);
        readstat_add_variable(writer, name, READSTAT_TYPE_DOUBLE, 0);
    }
    assert_int_equal(readstat_begin_writing_sav(writer, &bytes, cases), READSTAT_OK);
    for (int row = 0; row < cases; row++) {
        readstat_begin_row(writer);
        for (int i = 0; i < variables; i++)
            readstat_insert_double_value(writer, readstat_get_variable(writer, i), value());
        assert_int_equal(readstat_end_row(writer), READSTAT_OK);
    }
    assert_int_equal(readstat_end_writing(writer), READSTAT_OK);
    readstat_writer_free(writer);
    return bytes;
}

static void a_file_that_unpacks_without_end_is_refused(void **state)
{
    (void)state;
    enum { VARIABLES = 200, CASES = 60000, ENOUGH = 64 << 20 };
    struct bytes bytes = write_zsav(VARIABLES, CASES, always_one);
    struct reading reading = spss_read(&bytes, "{\"id\":\"i\",\"items\":[{\"id\":\"v0\"}]}", "");
    assert_refused(&reading, "more than 1000 times its size");
    const size_t unpacked = reading.response_count * VARIABLES * 8;
    assert_in_range(unpacked, ENOUGH, 1000 * (bytes.size + 2) + VARIABLES * 8);
    reading_free(&reading);
    free(bytes.bytes);
}

/* Of 0 to 150, which take a byte each: nothing that gets smaller. */
static double noise(void)
{
    static uint32_t state = 1;
    state = state * 1664525 + 1013904223;
    return (double)((state >> 16) % 151);
}

/* The end of a .zsav lists its blocks: here all of them are the first one, more often than the file has bytes
 * for. */
static void blocks_on_top_of_each_other_are_refused(void **state)
{
    (void)state;
    enum {
        VARIABLES = 200,
        CASES = 21000,
        BLOCKS = 40,
        COUNT_AT = 20,
        TRAILER = 24,
        BLOCK = 24,
        BLOCK_AFTER = 8
    };
    struct bytes bytes = write_zsav(VARIABLES, CASES, noise);
    /* The file ends with its trailer, which has two blocks; the header of the data says where that is. */
    const uint64_t at = bytes.size - TRAILER - 2 * BLOCK, length = TRAILER + (uint64_t)BLOCKS * BLOCK;
    char *offset = memmem(bytes.bytes, bytes.size, &at, sizeof at);
    const int32_t count = BLOCKS;
    assert_non_null(offset);
    memcpy(offset + BLOCK_AFTER, &length, sizeof length);
    put_at(&bytes, at + COUNT_AT, &count, sizeof count);
    spss_set_cases(&bytes, -1);
    bytes.size = at + TRAILER + BLOCK;
    char first[BLOCK];
    memcpy(first, bytes.bytes + bytes.size - BLOCK, BLOCK);
    for (size_t i = 1; i < BLOCKS; i++)
        append(first, BLOCK, &bytes);
    struct reading reading = spss_read(&bytes, "{\"id\":\"i\",\"items\":[{\"id\":\"v0\"}]}", "");
    assert_refused(&reading, "parts of it lie on top of each other");
    assert_true(reading.response_count < (size_t)5 * CASES);
    reading_free(&reading);
    free(bytes.bytes);
}

static void too_many_variables_are_refused(void **state)
{
    (void)state;
    struct bytes bytes = write_zsav(10001, 1, always_one);
    struct reading reading = spss_read(&bytes, "{\"id\":\"i\",\"items\":[{\"id\":\"v0\"}]}", "");
    assert_refused(&reading, "the file has 10001 variables, and 10000 is the most that is read");
    reading_free(&reading);
    free(bytes.bytes);
    bytes = write_zsav(10000, 1, always_one);
    reading = spss_read(&bytes, "{\"id\":\"i\",\"items\":[{\"id\":\"v9999\"}]}", "");
    assert_all_good(&reading, 1);
    reading_free(&reading);
    free(bytes.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_is_cut_off_says_so),
        cmocka_unit_test(a_file_that_does_not_know_its_cases_is_read_to_its_end),
        cmocka_unit_test(the_place_is_told),
        cmocka_unit_test(a_byte_of_the_list_of_variables_may_be_wrong),
        cmocka_unit_test(a_count_that_asks_for_memory_is_refused),
        cmocka_unit_test(blocks_on_top_of_each_other_are_refused),
        cmocka_unit_test(a_file_that_unpacks_without_end_is_refused),
        cmocka_unit_test(too_many_variables_are_refused),
    };
    return cmocka_run_group_tests(tests, survey_begin, NULL);
}
