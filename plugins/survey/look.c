/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "look.h"
#include "columns.h"
#include "text.h"
#include "tool.h"

#include <stdio.h>
#include <string.h>

struct look {
    const struct job *job;
    struct tool_reader rows;
    struct columns columns;
    bool fits;
    size_t commas, points;
    struct date_style dates;
    bool dates_may_swap;
    uint64_t unsettled, day_first, month_first; /* the first row with such a date; 0: none */
};

/* ---- what it sees ----------------------------------------------------------------------------------------
 */

static bool see_heading(void *data, const struct heading *heading, const struct tool *tool)
{
    struct look *look = data;
    char why[LONGEST_WHY];
    look->dates.dashes_tell_nothing = tool->dashes_tell_nothing;
    look->fits = columns_find(&look->columns, look->job, heading, tool, why);
    return look->fits;
}

static const char *cell(const struct row *row, int column)
{
    return column != NO_COLUMN && (size_t)column < row->count ? row->fields[column].text : "";
}

/* Of a document that knows its numbers: their sign tells nothing of texts. */
static bool is_number(const struct row *row, int column)
{
    return column != NO_COLUMN && (size_t)column < row->count && row->fields[column].kind == FIELD_NUMBER;
}

static void see_date(struct look *look, const struct row *row)
{
    bool may_swap;
    const enum date_order order = date_tells(cell(row, look->columns.submitted), &look->dates, &may_swap);
    uint64_t *seen = order == DAY_FIRST     ? &look->day_first
                     : order == MONTH_FIRST ? &look->month_first
                                            : &look->unsettled;
    if (!may_swap)
        return;
    look->dates_may_swap = true;
    *seen = *seen ? *seen : row->number;
}

static bool see_first_row(void *data, const struct row *row, enum row_kind kind)
{
    struct look *look = data;
    (void)kind;
    for (size_t i = 0; i < look->job->item_count; i++) {
        const int column = look->columns.items[i];
        const char sign = is_number(row, column) ? 0 : number_sign(cell(row, column));
        look->commas += sign == ',';
        look->points += sign == '.';
    }
    see_date(look, row);
    return true;
}

static bool see_row(void *data, const struct row *row, enum row_kind kind)
{
    (void)kind;
    see_date(data, row);
    return true;
}

static bool take_row(void *data, const struct row *row)
{
    struct look *look = data;
    return tool_take(&look->rows, row);
}

/* ---- a document that is read twice -----------------------------------------------------------------------
 */

static void tell_half(void *handle, uint64_t bytes)
{
    const struct halves *halves = handle;
    halves->decode->progress(halves->decode->handle, halves->begin + bytes / 2);
}

static void pass_note(void *handle, const char *key, const char *text)
{
    const struct halves *halves = handle;
    halves->decode->note(halves->decode->handle, key, text);
}

/* The document says how far it is of the half that begins there. */
static void begin_half(struct document *document, struct halves *halves, uint64_t begin)
{
    const struct wz_decode *decode = halves->decode ? halves->decode : document->decode;
    const size_t size = decode->struct_size; /* of a host that may be older, or newer */
    *halves = (struct halves){.decode = decode, .begin = begin};
    memcpy(&halves->half, decode, size < sizeof halves->half ? size : sizeof halves->half);
    halves->half.handle = halves;
    halves->half.progress = tell_half;
    halves->half.note = pass_note;
    document->decode = &halves->half;
}

/* What is wrong with the document is told when it is read for good. */
static void read_first(struct document *document, struct halves *halves, struct look *look)
{
    char why[LONGEST_REASON];
    const uint64_t size = document->decode->size;
    begin_half(document, halves, 0);
    document->format->read(document, &(struct row_taker){take_row, look}, why);
    tool_end(&look->rows);
    begin_half(document, halves, size - size / 2);
}

static void end(struct look *look)
{
    columns_free(&look->columns);
    tool_reader_free(&look->rows);
}

/* ---- what it makes of it ---------------------------------------------------------------------------------
 */

static void set_decimal(struct document *document, const struct look *look)
{
    document->decimal.is_told = document->job->decimal != 0;
    if (look->rows.tool && look->rows.tool->decimal)
        document->decimal.sign = look->rows.tool->decimal;
    if (document->job->decimal)
        document->decimal.sign = document->job->decimal;
    else if (look->commas != look->points)
        document->decimal.sign = look->commas > look->points ? ',' : '.';
}

static const char *set_order(struct date_style *dates, const struct look *look, char why[LONGEST_REASON])
{
    if (look->day_first && look->month_first) {
        snprintf(why, LONGEST_REASON,
                 "the date of row %llu has the day first, and that of row %llu the month, so those between "
                 "cannot be trusted; export the file again, or write its dates as 2025-03-30",
                 (unsigned long long)look->day_first, (unsigned long long)look->month_first);
        return why;
    }
    if (look->unsettled && !look->day_first && !look->month_first)
        return "the dates may have the day first or the month, and none of them tells which; set the feed's "
               "key 'dates' to day-first or month-first, or write them as 2025-03-30";
    dates->order = look->month_first ? MONTH_FIRST : DAY_FIRST;
    return NULL;
}

/* By every row: a single date may show that the others cannot be trusted. */
static const char *settle_order(struct document *document, struct halves *halves, struct date_style *dates,
                                char why[LONGEST_REASON])
{
    struct look look = {.job = document->job, .dates = *dates, .rows.taker = {see_heading, see_row, &look}};
    read_first(document, halves, &look);
    const char *wrong = look.fits ? set_order(dates, &look, why) : NULL;
    end(&look);
    return wrong;
}

const char *look_at(struct document *document, struct halves *halves, struct date_style *dates,
                    char why[LONGEST_REASON])
{
    const enum date_order told = document->job->dates;
    struct look look = {.job = document->job,
                        .dates = {.order = told, .order_is_told = told != ORDER_UNKNOWN},
                        .rows.taker = {see_heading, see_first_row, &look}};
    *dates = look.dates;
    if (!document->format->peek) /* nothing in it depends on how it is written */
        return NULL;
    document->format->peek(document, &(struct row_taker){take_row, &look});
    tool_end(&look.rows);
    set_decimal(document, &look);
    *dates = look.dates;
    const bool may_swap = look.fits && look.dates_may_swap && !dates->order_is_told;
    end(&look);
    return may_swap ? settle_order(document, halves, dates, why) : NULL;
}

const char *look_heading(struct date_style *dates, const struct heading *heading, const struct tool *tool,
                         char why[LONGEST_REASON])
{
    char shown[SHOWN_TEXT + 1];
    dates->dashes_tell_nothing = tool->dashes_tell_nothing;
    dates->zone = heading->zone ? zone_named(heading->zone) : NULL;
    if (!heading->zone || dates->zone)
        return NULL;
    text_show(heading->zone, shown);
    snprintf(
        why, LONGEST_REASON,
        "the heading says that dates are of the time zone '%s', which is not known here; set that of the "
        "survey to Europe/Amsterdam, and export it again",
        shown);
    return why;
}
