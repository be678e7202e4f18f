/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "columns.h"
#include "text.h"

#include "base/fold.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A name is at most 200 bytes and a text is shown cut, so what one complaint adds always fits. */
enum { LONGEST_COMPLAINTS = 2000, LONGEST_COMPLAINT = 700 };

struct search {
    struct columns *columns;
    const struct tool *tool;
    const struct heading *heading;
    char **same;   /* the names in the form in which the tool's names are compared; NULL: it has none */
    char **folded; /* the heading's texts; NULL where the column is something else by its name */
    char **parts;  /* the same of the heading's parts */
    int *item_of;  /* by column: the item that has it, or NO_COLUMN */
    char complaints[LONGEST_COMPLAINTS];
    size_t length, more; /* more: columns there was no room to look for */
};

__attribute__((format(printf, 2, 3))) static void complain(struct search *search, const char *format, ...)
{
    const size_t room = sizeof search->complaints - search->length;
    char complaint[LONGEST_COMPLAINT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(complaint, sizeof complaint, format, arguments);
    va_end(arguments);
    const int written =
        snprintf(search->complaints + search->length, room, "%s%s", search->length ? "; " : "", complaint);
    if (written > 0 && (size_t)written < room)
        search->length += (size_t)written;
    else
        search->complaints[search->length] = '\0'; /* not half a name */
}

static bool is_full(struct search *search)
{
    const bool full = search->length > sizeof search->complaints - LONGEST_COMPLAINT;
    search->more += full;
    return full;
}

/* ---- by name ------------------------------------------------------------------------------------------- */

/* The next of the texts, one for each column, that is this one; NULL in them is none. */
static int next_of(char *const *texts, size_t width, const char *text, int after)
{
    for (size_t i = (size_t)(after + 1); i < width; i++)
        if (texts[i] && strcmp(texts[i], text) == 0)
            return (int)i;
    return NO_COLUMN;
}

static void complain_double(struct search *search, const char *name, int found, int again)
{
    char *const *codes = search->heading->codes;
    char first[SHOWN_TEXT + 1] = "", second[SHOWN_TEXT + 1] = "";
    const bool have_codes = codes[found] && codes[again] && strcmp(codes[found], codes[again]) != 0;
    if (have_codes) {
        text_show(codes[found], first);
        text_show(codes[again], second);
    }
    complain(search,
             "column '%s' is there twice, as columns %d and %d, and which is meant is not known%s%s%s%s%s",
             name, found + 1, again + 1, have_codes ? "; call it '" : "", first, have_codes ? "' or '" : "",
             second, have_codes ? "'" : "");
}

/* NO_COLUMN: there is none, or more than one, which is complained of. */
static int find_in(struct search *search, char *const *names, const char *text, const char *name,
                   bool *missing)
{
    const size_t width = search->columns->width;
    const int found = next_of(names, width, text, NO_COLUMN);
    const int again = found == NO_COLUMN ? NO_COLUMN : next_of(names, width, text, found);
    *missing = found == NO_COLUMN;
    if (again != NO_COLUMN) {
        complain_double(search, name, found, again);
        return NO_COLUMN;
    }
    return found;
}

/* By its name, or another of the tool, or another form of the same name. */
static int find_named(struct search *search, const char *name, bool *missing)
{
    int found = find_in(search, search->columns->names, name, name, missing);
    if (*missing)
        found = find_in(search, search->heading->codes, name, name, missing);
    if (!*missing || !search->same)
        return found;
    char *same = search->tool->same_name(name);
    found = find_in(search, search->same, same, name, missing);
    free(same);
    return found;
}

static void complain_missing(struct search *search, const char *name, const char *also)
{
    const char *nearest =
        nearest_name(name, (const char *const *)search->columns->names, search->columns->width);
    complain(search, "column '%s' is missing%s%s%s%s", name, also, nearest ? " (is it '" : "",
             nearest ? nearest : "", nearest ? "'?)" : "");
}

/* By the text of a column that is named by something else, or its part of a question. */
static int find_titled(struct search *search, const char *name, bool *missing)
{
    char *folded = fold_text(name);
    int found = find_in(search, search->folded, folded, name, missing);
    if (*missing)
        found = find_in(search, search->parts, folded, name, missing);
    free(folded);
    return found;
}

static int find_column(struct search *search, const char *name)
{
    bool missing;
    if (is_full(search))
        return NO_COLUMN;
    int found = find_named(search, name, &missing);
    if (missing && search->tool->name)
        found = find_titled(search, name, &missing);
    if (missing)
        complain_missing(search, name, "");
    return found;
}

static int optional_column(struct search *search, const char *name)
{
    return name ? find_column(search, name) : NO_COLUMN;
}

/* ---- items by their texts ------------------------------------------------------------------------------ */

static bool is_declared(const struct job *job, const char *name)
{
    const char *const single[] = {job->respondent, job->submitted, job->wave};
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        if (single[i] && strcmp(single[i], name) == 0)
            return true;
    for (size_t i = 0; i < job->level_count; i++)
        if (strcmp(job->levels[i].column, name) == 0)
            return true;
    for (size_t i = 0; i < job->item_count; i++)
        if (strcmp(job->items[i].name, name) == 0)
            return true;
    return false;
}

static void fold_headings(struct search *search, const struct job *job)
{
    const struct heading *heading = search->heading;
    for (size_t i = 0; i < search->columns->width; i++) {
        if (search->same)
            search->same[i] = search->tool->same_name(heading->names[i]);
        if (is_declared(job, heading->names[i]) || (heading->codes[i] && is_declared(job, heading->codes[i])))
            continue;
        search->folded[i] = heading->texts[i] ? fold_text(heading->texts[i]) : NULL;
        search->parts[i] = heading->parts[i] ? fold_text(heading->parts[i]) : NULL;
    }
}

static bool is_text_of(const struct item *item, const char *folded)
{
    for (size_t i = 0; i < LANGUAGES; i++)
        if (item->texts[i] && folded && strcmp(item->texts[i], folded) == 0)
            return true;
    return false;
}

static int next_with_text(const struct search *search, char *const *texts, const struct item *item, int after)
{
    for (size_t i = (size_t)(after + 1); i < search->columns->width; i++)
        if (is_text_of(item, texts[i]))
            return (int)i;
    return NO_COLUMN;
}

static int find_by_text(struct search *search, const struct item *item)
{
    char first[SHOWN_TEXT + 1], second[SHOWN_TEXT + 1];
    char **texts = search->folded;
    int found = next_with_text(search, texts, item, NO_COLUMN);
    if (found == NO_COLUMN)
        found = next_with_text(search, texts = search->parts, item, NO_COLUMN);
    const int again = found == NO_COLUMN ? NO_COLUMN : next_with_text(search, texts, item, found);
    if (again != NO_COLUMN) {
        text_show(search->columns->names[found], first);
        text_show(search->columns->names[again], second);
        complain(search,
                 "columns %d, '%s', and %d, '%s', both have the text of item '%s', and which is meant is "
                 "not known",
                 found + 1, first, again + 1, second, item->name);
        return NO_COLUMN;
    }
    if (found == NO_COLUMN)
        complain_missing(search, item->name,
                         item->texts[0] || item->texts[1] ? ", and so is one with the item's text" : "");
    return found;
}

/* "welke gebruik je? - chatgpt" is a choice of a column "Welke gebruik je?". NULL: it is none. */
static const char *choice_of(const char *text, const char *question)
{
    static const char dash[] = " - ";
    const size_t length = question ? strlen(question) : 0;
    if (!text || length == 0 || strncmp(text, question, length) != 0 ||
        strncmp(text + length, dash, sizeof dash - 1) != 0)
        return NULL;
    return text + length + sizeof dash - 1;
}

/* NO_COLUMN: there is none, or more than one. */
static int find_choice(const struct search *search, const struct item *item, const char **choice)
{
    int found = NO_COLUMN;
    for (size_t i = 0; i < search->columns->width; i++)
        for (size_t language = 0; language < LANGUAGES; language++) {
            const char *here = choice_of(item->texts[language], search->folded[i]);
            if (!here || found == (int)i)
                continue;
            if (found != NO_COLUMN)
                return NO_COLUMN;
            found = (int)i;
            *choice = here;
        }
    return found;
}

static bool has_text(const struct search *search, const struct item *item)
{
    return next_with_text(search, search->folded, item, NO_COLUMN) != NO_COLUMN ||
           next_with_text(search, search->parts, item, NO_COLUMN) != NO_COLUMN;
}

/* Of columns with the name of the item, the one that has its text too. */
static int find_double(const struct search *search, const struct item *item)
{
    const struct columns *columns = search->columns;
    int found = NO_COLUMN;
    for (int i = next_of(columns->names, columns->width, item->name, NO_COLUMN); i != NO_COLUMN;
         i = next_of(columns->names, columns->width, item->name, i)) {
        char *folded = search->heading->texts[i] ? fold_text(search->heading->texts[i]) : NULL;
        const bool is_it = is_text_of(item, folded);
        free(folded);
        if (is_it && found != NO_COLUMN)
            return NO_COLUMN;
        found = is_it ? i : found;
    }
    return found;
}

static void claim(struct search *search, const struct job *job, size_t item, int column, const char *by)
{
    char shown[SHOWN_TEXT + 1];
    const int earlier = search->item_of[column];
    search->item_of[column] = (int)item;
    if (earlier == NO_COLUMN)
        return;
    text_show(search->columns->names[column], shown);
    complain(search, "column %d, '%s', has the %s of two items, '%s' and '%s'", column + 1, shown, by,
             job->items[earlier].name, job->items[item].name);
}

static int find_item(struct search *search, const struct job *job, size_t index)
{
    const struct item *item = &job->items[index];
    bool missing;
    if (is_full(search))
        return NO_COLUMN;
    int found = find_double(search, item);
    missing = false;
    if (found == NO_COLUMN)
        found = find_named(search, item->name, &missing);
    if (missing && search->tool->name)
        found = find_titled(search, item->name, &missing);
    if (found != NO_COLUMN) {
        search->columns->by_id = true;
        claim(search, job, index, found, "name or text");
    }
    if (!missing)
        return found;
    const char *choice = NULL;
    if (search->tool->separator && !has_text(search, item))
        found = find_choice(search, item, &choice);
    if (found != NO_COLUMN) {
        search->columns->by_text = true;
        search->columns->choices[index] = choice;
        return found;
    }
    found = find_by_text(search, item);
    if (found == NO_COLUMN)
        return found;
    search->columns->by_text = true;
    claim(search, job, index, found, "text");
    return found;
}

/* ---- all of them --------------------------------------------------------------------------------------- */

static void order_items(struct columns *columns, size_t count)
{
    columns->item_order = mem_alloc(count * sizeof *columns->item_order);
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && columns->items[columns->item_order[at - 1]] > columns->items[i]; at--)
            columns->item_order[at] = columns->item_order[at - 1];
        columns->item_order[at] = i;
    }
}

static void take_names(struct columns *columns, const struct heading *heading)
{
    columns->width = heading->width;
    columns->names = heading->names;
    for (size_t i = 0; i < heading->width; i++)
        if (heading->names[i][0] || heading->codes[i] || (heading->texts[i] && heading->texts[i][0]))
            columns->count = i + 1;
}

static void find_all(struct search *search, const struct job *job)
{
    struct columns *columns = search->columns;
    columns->respondent = optional_column(search, job->respondent);
    columns->wave = optional_column(search, job->wave);
    columns->submitted = optional_column(search, job->submitted);
    columns->levels = mem_alloc(job->level_count * sizeof *columns->levels);
    for (size_t i = 0; i < job->level_count; i++)
        columns->levels[i] = find_column(search, job->levels[i].column);
    columns->items = mem_alloc(job->item_count * sizeof *columns->items);
    columns->choices = mem_alloc(job->item_count * sizeof *columns->choices);
    for (size_t i = 0; i < job->item_count; i++)
        columns->items[i] = find_item(search, job, i);
    order_items(columns, job->item_count);
}

static void begin(struct search *search, const struct job *job)
{
    const size_t width = search->columns->width;
    search->same = search->tool->same_name ? mem_alloc(width * sizeof *search->same) : NULL;
    search->folded = mem_alloc(width * sizeof *search->folded);
    search->parts = mem_alloc(width * sizeof *search->parts);
    search->item_of = mem_alloc(width * sizeof *search->item_of);
    for (size_t i = 0; i < width; i++)
        search->item_of[i] = NO_COLUMN;
    fold_headings(search, job);
}

static void end(struct search *search)
{
    for (size_t i = 0; i < search->columns->width; i++) {
        if (search->same)
            free(search->same[i]);
        free(search->folded[i]);
        free(search->parts[i]);
    }
    free(search->same);
    free(search->folded);
    free(search->parts);
    free(search->item_of);
}

bool columns_find(struct columns *columns, const struct job *job, const struct heading *heading,
                  const struct tool *tool, char why[LONGEST_WHY])
{
    struct search search = {.columns = columns, .tool = tool, .heading = heading};
    char more[60] = "", row[60];
    take_names(columns, heading);
    begin(&search, job);
    find_all(&search, job);
    if (search.more)
        snprintf(more, sizeof more, "; %zu more columns were not looked for", search.more);
    snprintf(row, sizeof row, "row %llu, the heading,", (unsigned long long)heading->row);
    snprintf(why, LONGEST_WHY, "%s does not fit instrument '%.80s': %s%s",
             heading->called ? heading->called : row, job->instrument, search.complaints, more);
    end(&search);
    return search.length == 0;
}

void columns_free(struct columns *columns)
{
    free(columns->levels);
    free(columns->items);
    free(columns->choices);
    free(columns->item_order);
}

bool columns_is_double(const struct columns *columns, size_t column)
{
    const char *name = columns->names[column];
    const int first = next_of(columns->names, columns->width, name, NO_COLUMN);
    return first != (int)column || next_of(columns->names, columns->width, name, first) != NO_COLUMN;
}

const char *columns_kind(const struct columns *columns)
{
    return columns->by_id && columns->by_text ? "id and text" : columns->by_text ? "text" : "id";
}
