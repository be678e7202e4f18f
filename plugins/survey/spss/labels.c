/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "labels.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SETS = 10000, MOST_LABELS = 100 };

static struct value_set *last_set(struct value_sets *sets, const char *name)
{
    if (sets->count && strcmp(sets->list[sets->count - 1].name, name) == 0)
        return &sets->list[sets->count - 1];
    if (sets->count == MOST_SETS)
        return NULL;
    if (sets->count == sets->capacity) {
        sets->capacity = sets->capacity ? 2 * sets->capacity : 16;
        sets->list = mem_resize(sets->list, sets->capacity, sizeof *sets->list);
    }
    sets->list[sets->count] = (struct value_set){.name = mem_copy_text(name)};
    return &sets->list[sets->count++];
}

static void add(struct value_set *set, double code, const char *text)
{
    if (set->count == MOST_LABELS)
        return;
    if (set->count == set->capacity) {
        set->capacity = set->capacity ? 2 * set->capacity : 8;
        set->list = mem_resize(set->list, set->capacity, sizeof *set->list);
    }
    set->list[set->count++] = (struct value_label){code, mem_copy_text(text)};
}

void value_sets_take(struct value_sets *sets, const char *set, readstat_value_t value, const char *text)
{
    if (readstat_value_type_class(value) != READSTAT_TYPE_CLASS_NUMERIC ||
        readstat_value_is_system_missing(value))
        return;
    struct value_set *found = last_set(sets, set);
    if (found)
        add(found, readstat_double_value(value), text ? text : "");
}

const struct value_set *value_sets_find(const struct value_sets *sets, const char *set)
{
    for (size_t i = 0; set && i < sets->count; i++)
        if (strcmp(sets->list[i].name, set) == 0)
            return &sets->list[i];
    return NULL;
}

void value_set_of_answers(const struct value_set *set, readstat_variable_t *variable, struct value_set *copy)
{
    *copy = (struct value_set){0};
    for (size_t i = 0; set && i < set->count; i++) {
        const readstat_value_t code = {.v.double_value = set->list[i].code, .type = READSTAT_TYPE_DOUBLE};
        if (!readstat_value_is_defined_missing(code, variable))
            add(copy, set->list[i].code, set->list[i].text);
    }
}

void value_set_free(struct value_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        free(set->list[i].text);
    free(set->list);
    free(set->name);
}

void value_sets_free(struct value_sets *sets)
{
    for (size_t i = 0; i < sets->count; i++)
        value_set_free(&sets->list[i]);
    free(sets->list);
}
