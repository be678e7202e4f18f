/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sheet.h"
#include "cell_text.h"
#include "number.h"
#include "serial.h"
#include "text.h"
#include "tool.h"
#include "xml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAST_ROW = 1048576, LAST_COLUMN = 16384, LONGEST_COLUMN_NAME = 3 };

enum place { WORKSHEET = 1, DATA, ROW, CELL, VALUE, FORMULA, INLINE, INLINE_TEXT, RUN, RUN_TEXT };

static const struct xml_step steps[] = {{ROW, "c", CELL},
                                        {CELL, "v", VALUE},
                                        {DATA, "row", ROW},
                                        {CELL, "f", FORMULA},
                                        {CELL, "is", INLINE},
                                        {INLINE, "r", RUN},
                                        {INLINE, "t", INLINE_TEXT},
                                        {RUN, "t", RUN_TEXT},
                                        {WORKSHEET, "sheetData", DATA},
                                        {XML_OUTSIDE, "worksheet", WORKSHEET},
                                        {0, NULL, 0}};

enum cell_type { NUMBER, SHARED, TEXT, BOOLEAN, ERROR, DATE };

struct sheet {
    const struct sheet_source *source;
    const struct row_taker *taker;
    void (*piece)(void *data);
    void *piece_data;

    uint64_t row; /* 0: none yet */
    struct row_builder builder;
    size_t given;          /* rows */
    size_t width;          /* of the longest of those that may be the heading; 0: there was none yet */
    uint64_t named;        /* cells that the sheet has */
    uint64_t cells, bytes; /* handed over, those that are left out too */

    size_t column; /* of the cell, from 1; 0: none of the row yet */
    enum cell_type type;
    unsigned parts;   /* of a date that its format shows */
    unsigned noughts; /* it shows whole numbers with at least so many digits */
    bool has_formula, has_value;
    struct cell_text text;

    char *why;
    bool wrong;
};

/* ---- what is wrong with a sheet ------------------------------------------------------------------------ */

static void name_column(size_t column, char name[LONGEST_COLUMN_NAME + 1])
{
    char reversed[LONGEST_COLUMN_NAME];
    size_t length = 0;
    for (; column && length < LONGEST_COLUMN_NAME; column = (column - 1) / 26)
        reversed[length++] = (char)('A' + (column - 1) % 26);
    for (size_t i = 0; i < length; i++)
        name[i] = reversed[length - 1 - i];
    name[length] = '\0';
}

/* false, so that nothing more is read. */
__attribute__((format(printf, 2, 3))) static bool complain(struct sheet *sheet, const char *format, ...)
{
    char shown[SHOWN_TEXT + 1], column[LONGEST_COLUMN_NAME + 1], what[140];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    text_show(sheet->source->workbook->sheet, shown);
    name_column(sheet->column, column);
    snprintf(sheet->why, LONGEST_REASON, "sheet '%s', %s %s%llu: %s; nothing from there on was read", shown,
             sheet->column ? "cell" : "row", column, (unsigned long long)sheet->row, what);
    sheet->wrong = true;
    return false;
}

/* ---- where a row and a cell stand ---------------------------------------------------------------------- */

/* Digits and nothing else. */
static bool read_count(const char *text, uint64_t most, uint64_t *count)
{
    const char *at = text;
    for (*count = 0; *at >= '0' && *at <= '9' && *count <= most; at++)
        *count = *count * 10 + (uint64_t)(*at - '0');
    return at != text && !*at && *count <= most;
}

static bool enter_row(struct sheet *sheet, const char **attributes)
{
    const char *told = xml_attribute(attributes, "r");
    const uint64_t before = sheet->row;
    uint64_t number = before + 1;
    sheet->column = 0;
    if (told && !read_count(told, LAST_ROW, &number))
        return complain(sheet, "below it is a row with a number that no row has");
    if (number <= before || number > LAST_ROW)
        return complain(sheet, "row %llu stands below it, out of order", (unsigned long long)number);
    sheet->row = number;
    return true;
}

static bool has_few_cells(struct sheet *sheet)
{
    if (sheet->named <= MOST_CELLS && sheet->cells <= MOST_CELLS && sheet->bytes <= MOST_CELL_BYTES)
        return true;
    return complain(sheet, "the sheet has more than %d cells or %d MiB of text until here; divide it",
                    MOST_CELLS, MOST_CELL_BYTES >> 20);
}

/* "AB12" of row 12 is 28; 0: it is no cell of the row. */
static size_t read_reference(const char *reference, uint64_t row)
{
    size_t column = 0;
    uint64_t number;
    const char *at = reference;
    for (; *at >= 'A' && *at <= 'Z' && column <= LAST_COLUMN; at++)
        column = column * 26 + (size_t)(*at - 'A' + 1);
    return column <= LAST_COLUMN && read_count(at, LAST_ROW, &number) && number == row ? column : 0;
}

static bool place_cell(struct sheet *sheet, const char *reference)
{
    const size_t before = sheet->column,
                 column = reference ? read_reference(reference, sheet->row) : before + 1;
    if (!column || column > LAST_COLUMN)
        return complain(sheet, "after it is a cell with a reference that no cell of the row has");
    if (column <= before)
        return complain(sheet, "a cell of an earlier column stands after it, out of order");
    sheet->column = column;
    sheet->named++;
    return has_few_cells(sheet);
}

/* ---- what a cell is ------------------------------------------------------------------------------------ */

static bool read_type(struct sheet *sheet, const char *type)
{
    static const struct {
        const char *name;
        enum cell_type type;
    } known[] = {{"s", SHARED},  {"n", NUMBER}, {"str", TEXT}, {"inlineStr", TEXT},
                 {"b", BOOLEAN}, {"e", ERROR},  {"d", DATE}};
    sheet->type = NUMBER;
    if (!type)
        return true;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(type, known[i].name) == 0) {
            sheet->type = known[i].type;
            return true;
        }
    return complain(sheet, "the cell is of a type that no workbook has");
}

static bool read_style(struct sheet *sheet, const char *style)
{
    const struct styles *styles = sheet->source->styles;
    uint64_t number = 0;
    sheet->parts = HAS_NO_DATE;
    sheet->noughts = 0;
    if (!style || (style[0] == '0' && !style[1] && !styles->count))
        return true;
    if (!read_count(style, MOST_STYLES, &number) || number >= styles->count)
        return complain(sheet, "the cell has a format that the workbook lacks; save it again");
    sheet->parts = styles->parts[number];
    sheet->noughts = styles->noughts[number];
    return true;
}

static bool enter_cell(struct sheet *sheet, const char **attributes)
{
    const char *reference = NULL, *type = NULL, *style = NULL;
    for (; attributes[0]; attributes += 2)
        if (attributes[0][0] && !attributes[0][1])
            switch (attributes[0][0]) {
            case 'r':
                reference = attributes[1];
                break;
            case 't':
                type = attributes[1];
                break;
            case 's':
                style = attributes[1];
                break;
            default:
                break;
            }
    sheet->has_formula = sheet->has_value = false;
    cell_text_begin(&sheet->text);
    return place_cell(sheet, reference) && read_type(sheet, type) && read_style(sheet, style);
}

/* ---- what a cell holds --------------------------------------------------------------------------------- */

/* The cells before it that the sheet leaves out. */
static void fill_up(struct sheet *sheet, size_t count)
{
    while (sheet->builder.count < count && sheet->builder.count < MOST_COLUMNS)
        row_add(&sheet->builder, "", 0, NO_FAULT);
}

static bool has_room(const struct sheet *sheet)
{
    return sheet->builder.text_size <= LARGEST_ROW;
}

static void add_text(struct sheet *sheet, const char *text, size_t length, enum fault fault)
{
    if (!length && !fault)
        return;
    fill_up(sheet, sheet->column - 1);
    row_add(&sheet->builder, text, length, fault || has_room(sheet) ? fault : ROW_TOO_LONG);
}

static void add_kind(struct sheet *sheet, const char *text, size_t length, enum field_kind kind)
{
    fill_up(sheet, sheet->column - 1);
    row_add_kind(&sheet->builder, text, length, kind);
}

static bool add_shared(struct sheet *sheet)
{
    const struct strings *strings = sheet->source->strings;
    uint64_t number;
    if (!read_count(sheet->text.text, MOST_STRINGS, &number) || number >= strings->count)
        return complain(sheet, "the cell names a text that the workbook lacks; save it again");
    if (!strings->all[number].length)
        return true;
    if (!has_room(sheet)) {
        add_text(sheet, "", 0, ROW_TOO_LONG);
        return true;
    }
    fill_up(sheet, sheet->column - 1);
    strings_add(strings, number, &sheet->builder);
    return true;
}

/* false: it is none. */
static bool add_date(struct sheet *sheet)
{
    char date[LONGEST_NUMBER_TEXT], *end;
    const double serial = strtod(sheet->text.text, &end);
    const size_t length =
        *end ? 0 : serial_text(serial, sheet->parts, sheet->source->workbook->is_1904, date);
    add_text(sheet, date, length, NO_FAULT);
    return length > 0;
}

static void add_number(struct sheet *sheet)
{
    const char *text = sheet->text.text;
    char shown[LONGEST_NUMBER_TEXT];
    if (sheet->parts && add_date(sheet))
        return;
    const size_t length = number_text(text, shown);
    if (length)
        add_kind(sheet, shown, number_fill(shown, length, sheet->noughts, sizeof shown), FIELD_NUMBER);
    else
        add_text(sheet, text, sheet->text.length, NO_FAULT);
}

static void add_boolean(struct sheet *sheet)
{
    const char *word = xml_is_true(sheet->text.text, false) ? "TRUE" : "FALSE";
    add_text(sheet, word, strlen(word), NO_FAULT);
}

static bool add_value(struct sheet *sheet)
{
    const struct cell_text *text = &sheet->text;
    switch (sheet->type) {
    case SHARED:
        return add_shared(sheet);
    case NUMBER:
        add_number(sheet);
        return true;
    case BOOLEAN:
        add_boolean(sheet);
        return true;
    case ERROR:
        add_kind(sheet, text->text, text->length, FIELD_ERROR);
        return true;
    default:
        add_text(sheet, text->text, text->length, NO_FAULT);
        return true;
    }
}

static bool add_cell(struct sheet *sheet)
{
    struct cell_text *text = &sheet->text;
    if (sheet->given >= MOST_HEADING_ROWS && sheet->column > sheet->width)
        return true;
    cell_text_end(text);
    if (text->length && !text->fault)
        return add_value(sheet);
    if (text->fault)
        add_text(sheet, "", text->length, text->fault);
    else if (sheet->has_formula && (!sheet->has_value || sheet->type == NUMBER))
        add_kind(sheet, "?", 1, FIELD_UNCOMPUTED);
    return true;
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

static bool give_row(struct sheet *sheet)
{
    struct row_builder *builder = &sheet->builder;
    if (builder->count == 0)
        return true;
    if (sheet->given++ < MOST_HEADING_ROWS && builder->count > sheet->width)
        sheet->width = builder->count;
    fill_up(sheet, sheet->width);
    sheet->cells += builder->count;
    sheet->bytes += builder->text_size;
    sheet->column = 0;
    if (!has_few_cells(sheet))
        return false;
    return row_give(builder, sheet->row, sheet->taker);
}

static bool enter(void *data, int place, const char **attributes)
{
    struct sheet *sheet = data;
    switch (place) {
    case ROW:
        return enter_row(sheet, attributes);
    case CELL:
        return enter_cell(sheet, attributes);
    case VALUE:
    case INLINE:
        sheet->has_value = true;
        return true;
    case FORMULA:
        sheet->has_formula = true;
        return true;
    default:
        return true;
    }
}

static void take_text(void *data, int place, const char *text, size_t length)
{
    struct sheet *sheet = data;
    if (place == VALUE || place == INLINE_TEXT || place == RUN_TEXT)
        cell_text_add(&sheet->text, text, length);
}

static bool leave(void *data, int place)
{
    struct sheet *sheet = data;
    return place == CELL ? add_cell(sheet) : place == ROW ? give_row(sheet) : true;
}

static void on_piece(void *data)
{
    const struct sheet *sheet = data;
    if (sheet->piece)
        sheet->piece(sheet->piece_data);
}

const char *sheet_read(const struct sheet_source *source, const struct row_taker *taker, uint64_t most,
                       void (*piece)(void *data), void *data, char why[LONGEST_REASON])
{
    struct sheet sheet = {.source = source, .taker = taker, .piece = piece, .piece_data = data, .why = why};
    const char *failed =
        xml_read(source->package, source->workbook->sheet_part, &(struct xml_grammar){steps, xml_spreadsheet},
                 &(struct xml_taker){enter, take_text, leave, on_piece, &sheet}, most, why);
    row_builder_free(&sheet.builder);
    cell_text_free(&sheet.text);
    return sheet.wrong ? why : failed;
}
