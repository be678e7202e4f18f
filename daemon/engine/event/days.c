/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/event/days.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

static void add_summary(struct event_summary *whole, const struct event_summary *day)
{
    if (whole->events == 0 || day->min < whole->min)
        whole->min = day->min;
    if (whole->events == 0 || day->max > whole->max)
        whole->max = day->max;
    whole->events += day->events;
    exact_sum_merge(&whole->sum, &day->sum);
}

/* Of numbers nobody asks how many different ones there are. */
static size_t set_count(const struct event_days *days)
{
    return days->has_kinds ? 2 : 1;
}

static int unite(const struct event_place *place, const struct head *day, size_t t, roaring_bitmap_t *whole,
                 struct store_view *view, struct buf *bytes, struct error *error)
{
    const struct tally *tail = &day->kept[t].tail;
    if (!wants_set(day->kept[t].bits))
        return visit_entries(place, day, t, view, take_into_set, whole, error);
    for (size_t i = 0; i < tail->size; i++)
        take_into_set(whole, &tail->entries[i]);
    roaring_bitmap_t *set = read_set(place, t, view, bytes, error);
    if (!set)
        return -1;
    roaring_bitmap_or_inplace(whole, set);
    roaring_bitmap_free(set);
    return 0;
}

static int add_day(struct event_days *whole, const struct event_place *place, struct store_view *view,
                   struct buf *bytes, struct error *error)
{
    struct head day;
    buf_clear(bytes);
    if (store_cell_get(view, place->input->id, place->period, place->group, bytes, error) != 0)
        return -1;
    if (bytes->size == 0)
        return 0;
    if (head_decode(&day, place->input, bytes->data, bytes->size, error) != 0)
        return -1;
    int result = 0;
    add_summary(&whole->summary, &day.summary);
    for (size_t t = 0; t < set_count(whole) && result == 0; t++)
        result = unite(place, &day, t, whole->sets[t], view, bytes, error);
    head_free(&day);
    return result;
}

void event_days_init(struct event_days *days, const struct input *input)
{
    const bool has_numbers = event_has_number(input);
    *days = (struct event_days){.summary = {.has_numbers = has_numbers},
                                .has_kinds = !has_numbers && input_tallies(input) > 1};
    for (size_t t = 0; t < set_count(days); t++)
        days->sets[t] = roaring_bitmap_create();
}

void event_days_free(struct event_days *days)
{
    for (size_t t = 0; t < set_count(days); t++)
        roaring_bitmap_free(days->sets[t]);
}

int event_days_read(struct event_days *whole, const struct input *input, const uint32_t *days,
                    size_t day_count, uint32_t group, struct store_view *view, struct error *error)
{
    struct buf bytes = {0};
    int result = 0;
    for (size_t i = 0; i < day_count && result == 0; i++) {
        const struct event_place place = {input, days[i], group};
        result = add_day(whole, &place, view, &bytes, error);
    }
    buf_free(&bytes);
    return result;
}

static bool takes_back(const struct cell *change)
{
    for (size_t t = 0; t < change->count; t++)
        for (size_t i = 0; i < change->tallies[t].size; i++)
            if (change->tallies[t].entries[i].count < 0)
                return true;
    return false;
}

bool event_days_add(struct event_days *days, const struct cell *change)
{
    struct event_summary *summary = &days->summary;
    if (takes_back(change))
        return false;
    for (size_t t = 0; t < set_count(days); t++)
        for (size_t i = 0; i < change->tallies[t].size; i++)
            take_into_set(days->sets[t], &change->tallies[t].entries[i]);
    if (summary->events == 0) {
        summary->min = INFINITY;
        summary->max = -INFINITY;
    }
    for (size_t i = 0; i < change->tallies[0].size; i++)
        summary->events += change->tallies[0].entries[i].count;
    for (size_t i = 0; summary->has_numbers && i < change->tallies[1].size; i++) {
        exact_sum_add(&summary->sum, change->tallies[1].entries[i].value,
                      change->tallies[1].entries[i].count);
        take_extremes(summary, &change->tallies[1].entries[i]);
    }
    return true;
}

void event_days_encode(const struct event_days *days, struct buf *out)
{
    struct event_summary summary = days->summary;
    summary.people = (int64_t)roaring_bitmap_get_cardinality(days->sets[0]);
    summary.kinds = days->has_kinds ? (int64_t)roaring_bitmap_get_cardinality(days->sets[1]) : 0;
    if (summary.events)
        event_summary_encode(&summary, out);
}

size_t event_days_bytes(const struct event_days *days)
{
    size_t bytes = 0;
    for (size_t t = 0; t < set_count(days); t++)
        bytes += roaring_bitmap_portable_size_in_bytes(days->sets[t]);
    return bytes;
}
