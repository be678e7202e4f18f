/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ticks.h"

#include "base/fold.h"

#include <stdlib.h>
#include <string.h>

/* 0, or less: what Qualtrics writes, where it is told to, for a choice that was seen and not made. */
static bool is_nought(const char *text)
{
    char *end;
    const double number = strtod(text, &end);
    return end != text && !*end && number <= 0;
}

static bool is_ticked(const struct heading *heading, const struct row *row, size_t column)
{
    const char *text = column < row->count ? row->fields[column].text : "";
    return text[0] && heading->parts[column] &&
           (fold_same(text, heading->parts[column]) || (heading->is_choice[column] && !is_nought(text)));
}

/* What has no part is the text beside a choice, or nothing of any question. */
static bool is_of_other(const struct heading *heading, size_t column, size_t question)
{
    return heading->parts[column] && heading->questions[column] != question;
}

enum tick tick_read(const struct heading *heading, const struct row *row, size_t column)
{
    if (is_ticked(heading, row, column))
        return TICKED;
    const char *text = column < row->count ? row->fields[column].text : "";
    if (text[0] && heading->is_choice[column])
        return text[0] == '-' ? PASSED_OVER : NOT_TICKED;
    if (text[0])
        return NO_TICK;
    const size_t question = heading->questions[column];
    for (size_t i = question; i < heading->width && !is_of_other(heading, i, question); i++)
        if (is_ticked(heading, row, i))
            return NOT_TICKED;
    return NO_TICK;
}

/* ---- several answers in one cell --------------------------------------------------------------------------
 */

static bool is_end(const char *at, char separator)
{
    at += *at == ' ';
    return *at == '\0' || *at == separator;
}

/* The item whose choice stands there; of "ja" and "ja, soms" the longer one. item_count: there is none. */
static size_t choice_at(const struct columns *columns, size_t item_count, int column, const char *at,
                        char separator)
{
    size_t found = item_count, longest = 0;
    for (size_t i = 0; i < item_count; i++) {
        const char *choice = columns->items[i] == column ? columns->choices[i] : NULL;
        const size_t length = choice ? strlen(choice) : 0;
        if (length > longest && strncmp(at, choice, length) == 0 && is_end(at + length, separator)) {
            found = i;
            longest = length;
        }
    }
    return found;
}

static const char *next_choice(const char *at, char separator)
{
    at += strcspn(at, (const char[]){separator, '\0'});
    at += *at == separator;
    return at + (*at == ' ');
}

/* Are there only numbers, and what stands between them? */
static bool is_of_numbers(const char *text, char separator)
{
    return text[strspn(text, (const char[]){'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ' ', separator,
                                            '\0'})] == '\0';
}

enum tick choice_read(const struct columns *columns, size_t item_count, size_t item, const char *text,
                      char separator)
{
    char *folded = fold_text(text);
    bool is_chosen = false, is_known = false;
    for (const char *at = folded; *at;) {
        const size_t chosen = choice_at(columns, item_count, columns->items[item], at, separator);
        is_chosen |= chosen < item_count && strcmp(columns->choices[chosen], columns->choices[item]) == 0;
        is_known |= chosen < item_count;
        at = next_choice(chosen < item_count ? at + strlen(columns->choices[chosen]) : at, separator);
    }
    const bool is_empty = !folded[0], by_number = !is_known && is_of_numbers(folded, separator);
    free(folded);
    if (is_empty)
        return NO_TICK;
    if (by_number)
        return TICKED_BY_NUMBER;
    return is_chosen ? TICKED : NOT_TICKED;
}
