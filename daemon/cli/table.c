/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { GAP = 2 };

void table_column(struct table *table, const char *heading, bool right)
{
    table->headings[table->column_count] = heading;
    table->right[table->column_count++] = right;
}

void table_cell(struct table *table, const char *text)
{
    table->cells = mem_resize(table->cells, table->cell_count + 1, sizeof *table->cells);
    table->cells[table->cell_count++] = one_line(text ? text : "");
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i]);
    free(table->cells);
    *table = (struct table){0};
}

size_t display_width(const char *text)
{
    mbstate_t state = {0};
    size_t width = 0, length;
    wchar_t character;
    for (const char *at = text; *at; at += length) {
        length = mbrtowc(&character, at, MB_CUR_MAX, &state);
        if (length == 0 || length == (size_t)-1 || length == (size_t)-2)
            return strlen(text); /* not in the user's character set: a byte a column */
        const int columns = wcwidth(character);
        width += columns > 0 ? (size_t)columns : 0;
    }
    return width;
}

static void find_widths(const struct table *table, size_t widths[MOST_COLUMNS])
{
    for (size_t i = 0; i < table->column_count; i++)
        widths[i] = display_width(table->headings[i]);
    for (size_t i = 0; i < table->cell_count; i++) {
        const size_t width = display_width(table->cells[i]), column = i % table->column_count;
        if (width > widths[column])
            widths[column] = width;
    }
}

static void print_cell(const struct table *table, size_t column, const char *text, size_t width)
{
    const int padding = (int)(width - display_width(text));
    const bool last = column + 1 == table->column_count;
    if (table->right[column])
        printf("%*s%s", padding, "", text);
    else
        printf("%s%*s", text, last ? 0 : padding, "");
    printf("%*s", last ? 0 : GAP, "");
    if (last)
        putchar('\n');
}

static void print_columns(const struct table *table)
{
    size_t widths[MOST_COLUMNS];
    find_widths(table, widths);
    for (size_t i = 0; i < table->column_count; i++)
        print_cell(table, i, table->headings[i], widths[i]);
    for (size_t i = 0; i < table->cell_count; i++)
        print_cell(table, i % table->column_count, table->cells[i], widths[i % table->column_count]);
}

/* RFC 4180; a text that a spreadsheet would take for a formula gets an apostrophe before it. */
static void print_csv_cell(const char *text, bool is_text, bool last)
{
    const bool quoted = strpbrk(text, ",\"\r\n") != NULL;
    if (quoted)
        putchar('"');
    if (is_text && text[0] && strchr("=+-@", text[0]))
        putchar('\'');
    for (; *text; text++) {
        if (*text == '"')
            putchar('"');
        putchar(*text);
    }
    fputs(quoted ? "\"" : "", stdout);
    fputs(last ? "\r\n" : ",", stdout);
}

static void print_csv(const struct table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        print_csv_cell(table->headings[i], true, i + 1 == table->column_count);
    for (size_t i = 0; i < table->cell_count; i++)
        print_csv_cell(table->cells[i], !table->right[i % table->column_count],
                       (i + 1) % table->column_count == 0);
}

void table_print(const struct table *table, enum format format)
{
    if (format == FORMAT_CSV)
        print_csv(table);
    else
        print_columns(table);
}

const char *in_own_language(const cJSON *bilingual)
{
    const char *locale = setlocale(LC_MESSAGES, NULL);
    const bool dutch = locale && strncmp(locale, "nl", 2) == 0;
    const char *text = json_text(bilingual, dutch ? "nl" : "en");
    return text ? text : json_text(bilingual, dutch ? "en" : "nl");
}
