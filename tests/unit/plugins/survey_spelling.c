/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "survey_spelling.h"

#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint32_t code_of(const char *character, size_t length)
{
    static const uint8_t first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (uint8_t)character[0] & first[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((uint8_t)character[i] & 0x3f);
    return code;
}

static void put_unit(enum set set, uint32_t unit, struct buf *out)
{
    buf_put_u8(out, (uint8_t)(set == SET_UTF_16BE ? unit >> 8 : unit));
    buf_put_u8(out, (uint8_t)(set == SET_UTF_16BE ? unit : unit >> 8));
}

static void put_code(enum set set, uint32_t code, struct buf *out)
{
    if (set == SET_WINDOWS_1252) {
        const uint32_t byte = code == 0x20ac ? 0x80 : code == 0x2019 ? 0x92 : code;
        assert_in_range(byte, 1, 0xff);
        buf_put_u8(out, (uint8_t)byte);
    } else if (code < 0x10000) {
        put_unit(set, code, out);
    } else {
        put_unit(set, 0xd800 + ((code - 0x10000) >> 10), out);
        put_unit(set, 0xdc00 + ((code - 0x10000) & 0x3ff), out);
    }
}

struct buf in_set(enum set set, const char *text)
{
    struct buf out = {0};
    for (size_t length; *text; text += length) {
        length = utf8_character(text, strlen(text));
        assert_true(length > 0);
        if (set == SET_UTF_8)
            buf_put(&out, text, length);
        else
            put_code(set, code_of(text, length), &out);
    }
    return out;
}

static void put_cell(const struct spelling *spelling, const char *cell, struct buf *text)
{
    const char special[] = {'"', '\r', '\n', spelling->delimiter, '\0'};
    const bool quoted = spelling->all_quoted || strpbrk(cell, special) ||
                        (spelling->decimal == spelling->delimiter && strchr(cell, '#'));
    if (quoted)
        buf_put_u8(text, '"');
    for (; *cell; cell++) {
        if (*cell == '"')
            buf_put_u8(text, '"');
        buf_put_u8(text, (uint8_t)(*cell == '#' ? spelling->decimal : *cell));
    }
    if (quoted)
        buf_put_u8(text, '"');
}

static void end_line(const struct spelling *spelling, size_t row, size_t trailing, struct buf *text)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    for (size_t i = 0; i < trailing; i++)
        buf_put_u8(text, (uint8_t)spelling->delimiter);
    buf_append_text(text, spelling->line_end ? spelling->line_end : ends[row % 3]);
}

static void put_row(const struct spelling *spelling, const char *const *cells, size_t columns, size_t row,
                    struct buf *text)
{
    for (size_t i = 0; i < columns; i++) {
        if (i)
            buf_put_u8(text, (uint8_t)spelling->delimiter);
        put_cell(spelling, cells[i], text);
    }
    end_line(spelling, row, row || spelling->heading_trails ? spelling->trailing : 0, text);
}

struct buf spell(const struct spelling *spelling, const char *const *cells, size_t columns, size_t rows)
{
    struct buf text = {0};
    if (spelling->mark && spelling->set != SET_WINDOWS_1252)
        buf_append_text(&text, "\ufeff");
    if (spelling->first_line) {
        buf_append_format(&text, "sep=%c", spelling->delimiter);
        end_line(spelling, 0, 0, &text);
    }
    for (size_t row = 0; row < rows; row++)
        put_row(spelling, cells + row * columns, columns, row, &text);
    for (size_t i = 0; i < spelling->trailing; i++)
        end_line(spelling, i, columns - 1 + spelling->trailing, &text);
    buf_put_u8(&text, 0);
    struct buf spelled = in_set(spelling->set, (const char *)text.data);
    buf_free(&text);
    return spelled;
}
