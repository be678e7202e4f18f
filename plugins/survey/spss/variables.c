/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ReadStat is told to convert nothing: it would have iconv do that, which opens files, and behind the
 * decoder's walls that is its end. So texts come in the set that the file says it is written in.
 */
#include "variables.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- variables ----------------------------------------------------------------------------------------- */

/* ReadStat has NULL for what is empty. */
static char *copy_told(const char *text)
{
    return mem_copy_text(text ? text : "");
}

static size_t without_blanks_behind(const char *text)
{
    size_t length = strlen(text);
    while (length && text[length - 1] == ' ')
        length--;
    return length;
}

/* ReadStat compares them with the blanks that some programs leave behind them, and takes them off the values.
 */
static void take_missing_texts(struct variable *variable, const readstat_variable_t *told)
{
    const int count = readstat_variable_get_missing_ranges_count(told);
    for (int i = 0; i < count && i < MOST_MISSING; i++) {
        variable->missing_texts[i] =
            copy_told(readstat_string_value(readstat_variable_get_missing_range_lo(told, i)));
        variable->missing_texts[i][without_blanks_behind(variable->missing_texts[i])] = '\0';
    }
}

/* "A12", or "N8" */
static size_t width_of(const char *format, char letter)
{
    const bool is_it = format && format[0] == letter && format[1] >= '0' && format[1] <= '9';
    return is_it ? strtoul(format + 1, NULL, 10) : 0;
}

void variables_add(struct variables *variables, readstat_variable_t *told, const struct value_set *labels)
{
    if (variables->count == variables->capacity) {
        variables->capacity = variables->capacity ? 2 * variables->capacity : 64;
        variables->list = mem_resize(variables->list, variables->capacity, sizeof *variables->list);
    }
    struct variable *variable = &variables->list[variables->count++];
    const char *format = readstat_variable_get_format(told);
    const bool is_text = readstat_variable_get_type_class(told) == READSTAT_TYPE_CLASS_STRING;
    *variable = (struct variable){.name = copy_told(readstat_variable_get_name(told)),
                                  .label = copy_told(readstat_variable_get_label(told)),
                                  .kind = is_text ? A_TEXT : value_kind(format ? format : ""),
                                  .calls_some_missing = readstat_variable_get_missing_ranges_count(told) > 0};
    value_set_of_answers(is_text ? NULL : labels, told, &variable->labels);
    if (is_text) {
        take_missing_texts(variable, told);
        variable->width = width_of(format, 'A');
    } else {
        variable->noughts = width_of(format, 'N');
    }
}

void variables_free(struct variables *variables)
{
    for (size_t i = 0; i < variables->count; i++) {
        free(variables->list[i].name);
        free(variables->list[i].label);
        value_set_free(&variables->list[i].labels);
        for (size_t j = 0; j < MOST_MISSING; j++)
            free(variables->list[i].missing_texts[j]);
    }
    free(variables->list);
    *variables = (struct variables){0};
}

bool variable_calls_missing(const struct variable *variable, readstat_variable_t *told,
                            readstat_value_t value)
{
    if (!variable->calls_some_missing)
        return false;
    if (variable->kind != A_TEXT)
        return readstat_value_is_defined_missing(value, told);
    const char *text = readstat_string_value(value);
    const size_t length = without_blanks_behind(text);
    for (size_t i = 0; i < MOST_MISSING && variable->missing_texts[i]; i++)
        if (strncmp(variable->missing_texts[i], text, length) == 0 && !variable->missing_texts[i][length])
            return true;
    return false;
}

/* ---- texts --------------------------------------------------------------------------------------------- */

bool variables_set_charset(struct variables *variables, const char *said, enum charset told)
{
    static const char *const western[] = {"WINDOWS-1252", "CP1252",   "ISO-8859-1", "ISO_8859-1",
                                          "LATIN1",       "US-ASCII", "ASCII"};
    variables->is_told = told == UTF_8 || told == WINDOWS_1252;
    variables->charset = variables->is_told ? told : WINDOWS_1252;
    if (!said)
        return true;
    if (strcasecmp(said, "UTF-8") == 0) {
        variables->charset = UTF_8; /* what says so is: nothing else is written with that number */
        return true;
    }
    for (size_t i = 0; i < sizeof western / sizeof *western; i++)
        if (strcasecmp(said, western[i]) == 0)
            return true;
    return false;
}

static bool is_begun_character(const char *bytes, size_t count)
{
    const unsigned char first = (unsigned char)bytes[0];
    const size_t whole = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    bool is_begun = first >= 0xc2 && first <= 0xf4 && count < whole;
    for (size_t i = 1; i < count; i++)
        is_begun = is_begun && ((unsigned char)bytes[i] & 0xc0) == 0x80;
    return is_begun;
}

/* Programs cut a text that is too long wherever its last byte is: the beginning of a character is none. A
 * single byte where there was room for more is rather a letter of another set. */
static size_t without_cut_character(const char *text, size_t length, bool is_full)
{
    size_t good = 0, next;
    while (good < length && (next = utf8_character(text + good, length - good)) > 0)
        good += next;
    const size_t left = length - good;
    return left && (left > 1 || is_full) && is_begun_character(text + good, left) ? good : length;
}

static bool is_doubtful(const char *text, size_t length)
{
    return utf8_valid(text, length) && !utf8_is_ascii(text, length);
}

static void add_western(struct row_builder *row, const char *text, size_t length)
{
    char *converted = mem_alloc(3 * length);
    const size_t size = windows_1252_convert(text, length, converted);
    const enum fault fault = utf8_valid(converted, size) ? NO_FAULT : NOT_IN_CHARSET;
    row_add(row, converted, size, size > LONGEST_FIELD ? FIELD_TOO_LONG : fault);
    free(converted);
}

static void add_beyond_ascii(const struct variables *variables, struct row_builder *row, const char *text,
                             size_t length, size_t width)
{
    const size_t whole = without_cut_character(text, length, length == width);
    if (variables->charset == UTF_8)
        row_add(row, text, whole, utf8_valid(text, whole) ? NO_FAULT : NOT_IN_CHARSET);
    else if (!variables->is_told && is_doubtful(text, whole))
        row_add(row, text, whole, IS_UTF_8);
    else
        add_western(row, text, length);
}

void variables_add_text(const struct variables *variables, struct row_builder *row, const char *text,
                        size_t width)
{
    size_t length = strlen(text);
    for (; *text == ' ' || *text == '\t'; text++) {
        length--;
        width -= width > 0;
    }
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    if (length > LONGEST_FIELD)
        row_add(row, text, length, FIELD_TOO_LONG);
    else if (row->text_size > LARGEST_ROW)
        row_add(row, text, length, ROW_TOO_LONG);
    else if (utf8_is_ascii(text, length))
        row_add(row, text, length, NO_FAULT);
    else
        add_beyond_ascii(variables, row, text, length, width);
}
