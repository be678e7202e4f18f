/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is a cell of events what it should be? */
#include "engine/event/members.h"

#include <stdlib.h>
#include <string.h>

static bool same_bytes(struct buf *one, struct buf *other)
{
    const bool same = one->size == other->size && memcmp(one->data, other->data, one->size) == 0;
    buf_free(one);
    buf_free(other);
    return same;
}

static bool same_tally(const struct tally *one, const struct tally *other)
{
    struct buf a = {0}, b = {0};
    tally_encode(one, &a);
    tally_encode(other, &b);
    return same_bytes(&a, &b);
}

/* From the cell itself, not by what keeps it current. */
static void summarize(const struct cell *cell, struct event_summary *summary)
{
    const struct tally *actors = &cell->tallies[0], *second = cell->count > 1 ? &cell->tallies[1] : NULL;
    for (size_t i = 0; i < actors->size; i++)
        summary->events += actors->entries[i].count;
    summary->people = (int64_t)actors->size;
    if (!summary->has_numbers) {
        summary->kinds = second ? (int64_t)second->size : 0;
        return;
    }
    for (size_t i = 0; i < second->size; i++)
        exact_sum_add(&summary->sum, second->entries[i].value, second->entries[i].count);
    summary->min = second->entries[0].value;
    summary->max = second->entries[second->size - 1].value;
}

static bool same_summary(const struct event_summary *kept, const struct cell *expected)
{
    struct event_summary wanted = {.has_numbers = kept->has_numbers};
    struct buf a = {0}, b = {0};
    summarize(expected, &wanted);
    event_summary_encode(kept, &a);
    event_summary_encode(&wanted, &b);
    return same_bytes(&a, &b);
}

/* Has a tally in parts the set of what is in them? */
static int compare_set(const struct event_place *place, const struct head *head, size_t t,
                       const struct tally *expected, struct store_view *view, bool *same, struct error *error)
{
    struct buf bytes = {0};
    *same = true;
    if (!wants_set(head->kept[t].bits) || !may_have_set(place->input, head, t))
        return 0;
    roaring_bitmap_t *set = read_set(place, t, view, &bytes, error);
    buf_free(&bytes);
    if (!set)
        return -1;
    *same = roaring_bitmap_get_cardinality(set) == expected->size;
    for (size_t i = 0; i < expected->size && *same; i++)
        *same = roaring_bitmap_contains(set, (uint32_t)expected->entries[i].value);
    roaring_bitmap_free(set);
    return 0;
}

int event_members_compare(const struct event_place *place, const void *bytes, size_t size,
                          const struct cell *expected, struct store_view *view, bool *same,
                          struct error *error)
{
    struct head head;
    int result = head_decode(&head, place->input, bytes, size, error);
    if (result != 0)
        return -1;
    *same = head.count == expected->count && !cell_empty(expected) && same_summary(&head.summary, expected);
    for (size_t t = 0; t < head.count && result == 0 && *same; t++) {
        struct tally kept;
        result = load_tally(place, &head, t, view, &kept, error);
        *same = head.kept[t].size == kept.size;
        if (result == 0 && *same)
            result = compare_set(place, &head, t, &kept, view, same, error);
        tally_merge(&kept, &head.kept[t].tail);
        *same = *same && same_tally(&kept, &expected->tallies[t]);
        tally_free(&kept);
    }
    head_free(&head);
    return result;
}
