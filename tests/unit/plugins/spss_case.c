/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "spss_case.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    LARGEST_FILE = 1 << 20,
    CASES_AT = 80,
    CHARSET_IN_RECORD = 16 + 7 * 4,
    SUBTYPE_IN_RECORD = 4,
    LENGTH_IN_RECORD = 12,
    NAME_IN_RECORD = 16
};

struct bytes spss_bytes(const char *name)
{
    char *path = mem_format("%s/tests/data/spss/%s", SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s is not there", path);
    struct bytes bytes = {.bytes = mem_alloc(LARGEST_FILE)};
    bytes.size = fread(bytes.bytes, 1, LARGEST_FILE, file);
    assert_true(bytes.size > 0 && feof(file));
    fclose(file);
    free(path);
    return bytes;
}

static void put_number(char *at, int number)
{
    const int32_t little_endian = number;
    memcpy(at, &little_endian, sizeof little_endian);
}

static char *find_record(const struct bytes *bytes, const char *record, size_t size)
{
    char *found = memmem(bytes->bytes, bytes->size, record, size);
    assert_non_null(found);
    return found;
}

void spss_set_charset(struct bytes *bytes, int number, const char *name)
{
    static const char numbers[] = "\x07\0\0\0\x03\0\0\0\x04\0\0\0\x08\0\0";
    static const char encoding[] = "\x07\0\0\0\x14\0\0\0\x01\0\0";
    enum { NOT_KNOWN = 99 };
    put_number(find_record(bytes, numbers, sizeof numbers) + CHARSET_IN_RECORD, number);
    char *record = find_record(bytes, encoding, sizeof encoding);
    if (!name) {
        put_number(record + SUBTYPE_IN_RECORD, NOT_KNOWN);
        return;
    }
    assert_true(strlen(name) <= (size_t)record[LENGTH_IN_RECORD]);
    memset(record + NAME_IN_RECORD, 0, (size_t)record[LENGTH_IN_RECORD]);
    memcpy(record + NAME_IN_RECORD, name, strlen(name));
}

void spss_set_cases(struct bytes *bytes, int count)
{
    put_number(bytes->bytes + CASES_AT, count);
}

struct reading spss_read(const struct bytes *bytes, const char *instrument, const char *told)
{
    char *job = mem_format("{\"instrument\":%s%s%s}", instrument, told[0] ? "," : "", told);
    struct reading reading = fake_host_decode(survey, job, bytes->bytes, bytes->size);
    free(job);
    return reading;
}

struct reading spss_read_file(const char *name, const char *instrument)
{
    struct bytes bytes = spss_bytes(name);
    struct reading reading = spss_read(&bytes, instrument, "");
    free(bytes.bytes);
    return reading;
}
