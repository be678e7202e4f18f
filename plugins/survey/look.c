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
    bool zone_is_unknown;
    char zone[SHOWN_TEXT + 1];
};

/* ---- what it sees ----------------------------------------------------------------------------------------
 */

static void see_zone(struct look *look, const struct heading *heading)
{
    if (!heading->zone)
        return;
    look->dates.zone = zone_named(heading->zone);
    look->zone_is_unknown = !look->dates.zone;
    text_show(heading->zone, look->zone);
}

static bool see_heading(void *data, const struct heading *heading, const struct tool *tool)
{
    struct look *look = data;
    char why[LONGEST_WHY];
    look->dates.dashes_tell_nothing = tool->dashes_tell_nothing;
    see_zone(look, heading);
    look->fits = columns_find(&look->columns, look->job, heading, tool, why);
    return look->fits;
}

static const char *cell(const struct row *row, int column)
{
    return column != NO_COLUMN && (size_t)column < row->count ? row->fields[column].text : "";
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
        const char sign = number_sign(cell(row, look->columns.items[i]));
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

static void no_progress(void *handle, uint64_t bytes)
{
    (void)handle;
    (void)bytes;
}

/* What is wrong with the document is told when it is read for good, and so is how far that is. */
static void read_quietly(const struct document *document, struct look *look)
{
    char why[LONGEST_REASON];
    struct wz_decode decode = {0};
    const size_t size = document->decode->struct_size; /* of a host that may be older, or newer */
    memcpy(&decode, document->decode, size < sizeof decode ? size : sizeof decode);
    struct document quiet = *document;
    decode.progress = no_progress;
    quiet.decode = &decode;
    document->format->read(&quiet, &(struct row_taker){take_row, look}, why);
    tool_end(&look->rows);
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
static const char *settle_order(const struct document *document, struct date_style *dates,
                                char why[LONGEST_REASON])
{
    struct look look = {.job = document->job, .dates = *dates, .rows.taker = {see_heading, see_row, &look}};
    read_quietly(document, &look);
    const char *wrong = look.fits ? set_order(dates, &look, why) : NULL;
    end(&look);
    return wrong;
}

static const char *set_dates(const struct document *document, struct date_style *dates,
                             const struct look *look, char why[LONGEST_REASON])
{
    *dates = look->dates;
    if (!look->fits || look->columns.submitted == NO_COLUMN)
        return NULL;
    if (look->zone_is_unknown) {
        snprintf(
            why, LONGEST_REASON,
            "the heading says that dates are of the time zone '%s', which is not known here; set that of "
            "the survey to Europe/Amsterdam, and export it again",
            look->zone);
        return why;
    }
    return look->dates_may_swap && !dates->order_is_told ? settle_order(document, dates, why) : NULL;
}

const char *look_at(struct document *document, struct date_style *dates, char why[LONGEST_REASON])
{
    const enum date_order told = document->job->dates;
    struct look look = {.job = document->job,
                        .dates = {.order = told, .order_is_told = told != ORDER_UNKNOWN},
                        .rows.taker = {see_heading, see_first_row, &look}};
    const struct row_taker taker = {take_row, &look};
    document->format->peek(document, &taker);
    if (!look.rows.tool) { /* the heading alone is longer than what was at hand, or there is not much more */
        tool_reader_free(&look.rows);
        look.rows = (struct tool_reader){.taker = look.rows.taker};
        read_quietly(document, &look);
    }
    set_decimal(document, &look);
    const char *wrong = set_dates(document, dates, &look, why);
    end(&look);
    return wrong;
}
