/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an input is, in words: equal words are equal cells, and equal measures give each other away. */
#include "engine/internal.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A filter holds any text, so its length stands before it. */
static void describe_filter(const char *name, const char *filter, struct buf *text)
{
    if (filter)
        buf_append_format(text, "|%s%zu:%s", name, strlen(filter), filter);
}

static void describe_source(const struct input *input, struct buf *text)
{
    if (input->instrument)
        buf_append_format(text, "survey:%s|by", input->instrument);
    else
        buf_append_format(text, "events:%s|kept:3|by",
                          input->calendar); /* how cells are kept: engine/event/members.h */
    for (size_t i = 0; i < input->level_count; i++)
        buf_append_format(text, ":%s", input->levels[i]);
}

/* How many events each actor has: that is how many there are, how often, and of how many actors. */
static bool counts_events(const struct input *input)
{
    return input->kind == INPUT_COUNT || input->kind == INPUT_RATE ||
           (input->kind == INPUT_DISTINCT && strcmp(input->items[0].name, "actor") == 0);
}

/* The number that it makes of a response or an event. */
static void describe_number(const struct input *input, const char *fingerprint, struct buf *text)
{
    const bool counts = counts_events(input);
    buf_append_format(text, "|%s", input_kind_word(counts ? INPUT_COUNT : input->kind));
    describe_filter("verb", input->verb, text);
    describe_filter("object", input->object, text);
    for (size_t i = 0; i < input->item_count && !counts; i++) {
        buf_append_format(text, ":%s", input->items[i].name);
        if (input->items[i].reverse)
            buf_append_format(text, "(%.17g-x)", input->items[i].low_plus_high);
    }
    if (input->kind == INPUT_SCALE)
        buf_append_format(text, "|min:%d", input->min_answered);
    if (input->kind == INPUT_SHARE)
        buf_append_format(text, "|from:%.17g|to:%.17g", input->at_least, input->at_most);
    if (input_is_derived(input->kind))
        buf_append_format(text, "|%s|%s|%s", fingerprint, input->indicator, input->name);
}

static int by_name(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* Whose answers or events it counts. What else is made of the same ones says the same: a share, its item. */
static void describe_counted(const struct input *input, const char *fingerprint, struct buf *text)
{
    if (input_is_derived(input->kind)) {
        describe_number(input, fingerprint, text);
        return;
    }
    buf_append_text(text, "counted");
    describe_filter("verb", input->verb, text);
    describe_filter("object", input->object, text);
    if (!input->instrument && input->kind != INPUT_SUM)
        return;
    const char **names = mem_alloc(input->item_count * sizeof *names);
    for (size_t i = 0; i < input->item_count; i++)
        names[i] = input->items[i].name;
    qsort(names, input->item_count, sizeof *names, by_name);
    for (size_t i = 0; i < input->item_count; i++)
        buf_append_format(text, ":%s", names[i]);
    if (input->item_count > 1)
        buf_append_format(text, "|min:%d", input->min_answered);
    free(names);
}

static char *text_of(struct buf *buf)
{
    buf_put_u8(buf, 0);
    return (char *)buf->data;
}

/* Who answered nearly everything is in nearly every number of a survey, and numbers of one response follow
 * from each other: a scale from its items. So all inputs of a survey are one measure, "everybody", besides
 * their own. Events of different kinds do not tell of each other like that. */
void definitions_describe(struct input *input, const char *fingerprint)
{
    struct buf definition = {0}, number = {0}, counted = {0};
    describe_source(input, &definition);
    describe_number(input, fingerprint, &definition);
    describe_number(input, fingerprint, &number);
    describe_counted(input, fingerprint, &counted);
    input->definition = text_of(&definition);
    input->measures[0] = text_of(&counted);
    input->measures[1] = text_of(&number);
    input->measures[2] = mem_copy_text(input->instrument ? "everybody" : input->measures[0]);
}
