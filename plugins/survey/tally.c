/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tally.h"
#include "number.h"

#include "base/fold.h"
#include "base/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What people and programs write where there is no answer; Qualtrics -99. */
static bool is_word_for_none(const char *folded)
{
    static const char *const words[] = {"na",   "n/a", "n.v.t.",        "n.v.t",     "nvt", "-",   "#null!",
                                        "null", "nan", "geen antwoord", "no answer", "-99", "-999"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], folded) == 0)
            return true;
    return false;
}

static bool is_like(const char *text, const char *folded)
{
    char other[FOLD_ROOM(LONGEST_VALUE)];
    fold_into(text, other, sizeof other);
    return strcmp(other, folded) == 0;
}

static void add_missing(struct tally *tally, const char *text, const char *folded)
{
    for (size_t i = 0; i < tally->missing_count; i++)
        if (is_like(tally->missing[i], folded))
            return;
    if (tally->missing_count < MOST_MISSING)
        tally->missing[tally->missing_count++] = mem_copy_text(text);
}

static void add_value(struct tally *tally, const char *text, const char *folded)
{
    for (size_t i = 0; i < tally->value_count; i++)
        if (strcmp(tally->values[i].folded, folded) == 0) {
            tally->values[i].count++;
            return;
        }
    if (tally->value_count < MOST_VALUES)
        tally->values[tally->value_count++] = (struct value){mem_copy_text(text), mem_copy_text(folded), 1};
    else
        tally->has_more = true;
}

static void add_number(struct tally *tally, double number)
{
    tally->low = tally->numbers ? fmin(tally->low, number) : number;
    tally->high = tally->numbers ? fmax(tally->high, number) : number;
    tally->numbers++;
    tally->wholes += number == floor(number);
}

void tally_add(struct tally *tally, const struct tool *tool, const char *text)
{
    static const struct decimal decimal = {.sign = '.'};
    char folded[LONGEST_ANSWER];
    double number;
    fold_into(text, folded, sizeof folded);
    tally->filled += folded[0] != '\0';
    if (!folded[0] || (tool->word && tool->word(folded, &number) == WORD_NONE))
        return;
    if (is_word_for_none(folded)) {
        add_missing(tally, text, folded);
        return;
    }
    tally->answered++;
    const enum number_kind kind = number_read(text, decimal, &number);
    if (kind == A_NUMBER || kind == TWO_NUMBERS)
        add_number(tally, number);
    if (strlen(text) > LONGEST_VALUE)
        tally->has_more = true;
    else if (!tally->has_more)
        add_value(tally, text, folded);
}

static bool value_number(const struct value *value, double *number)
{
    static const struct decimal decimal = {.sign = '.'};
    const enum number_kind kind = number_read(value->text, decimal, number);
    return kind == A_NUMBER || kind == TWO_NUMBERS;
}

bool tally_has(const struct tally *tally, double number, struct span *others)
{
    bool has = false;
    *others = empty_span;
    for (size_t i = 0; !tally->has_more && i < tally->value_count; i++) {
        double value;
        if (!value_number(&tally->values[i], &value))
            continue;
        if (value == number)
            has = true;
        else
            span_add(others, value);
    }
    return has;
}

void tally_set_missing(struct tally *tally, double number)
{
    struct span others;
    size_t kept = 0;
    tally_has(tally, number, &others);
    for (size_t i = 0; i < tally->value_count; i++) {
        struct value *value = &tally->values[i];
        double own;
        if (!value_number(value, &own) || own != number) {
            tally->values[kept++] = *value;
            continue;
        }
        add_missing(tally, value->text, value->folded);
        tally->answered -= value->count;
        tally->numbers -= value->count;
        tally->wholes -= value->count;
        free(value->text);
        free(value->folded);
    }
    tally->value_count = kept;
    tally->low = others.low;
    tally->high = others.high;
}

void tally_free(struct tally *tally)
{
    for (size_t i = 0; i < tally->value_count; i++) {
        free(tally->values[i].text);
        free(tally->values[i].folded);
    }
    for (size_t i = 0; i < tally->missing_count; i++)
        free(tally->missing[i]);
}

bool tally_code(const char *text, double *code)
{
    enum { MOST_LETTERS = 3, MOST_DIGITS = 3 };
    size_t letters = 0;
    while (isalpha((unsigned char)text[letters]))
        letters++;
    const size_t digits = strspn(text + letters, "0123456789");
    const char after = text[letters + digits];
    if (letters > MOST_LETTERS || !digits || digits > MOST_DIGITS || isalpha((unsigned char)after) ||
        (letters && after))
        return false;
    *code = atof(text + letters);
    return true;
}
