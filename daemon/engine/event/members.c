/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/event/members.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- adding -------------------------------------------------------------------------------------------- */

struct applying {
    const struct event_place *place;
    struct known_cells *known;
    struct store_tx *tx;
    struct head head;
    roaring_bitmap_t *set; /* of the tally that is added to; NULL: it has none */
    struct buf bytes;
    struct error *error;
};

static int put_part(struct applying *applying, size_t t, uint32_t part, const struct tally *tally)
{
    const struct store_member member = member_of(applying->place, t, part);
    buf_clear(&applying->bytes);
    if (tally->size)
        tally_encode(tally, &applying->bytes);
    return store_member_put(applying->tx, &member, applying->bytes.data, applying->bytes.size,
                            applying->error);
}

static int put_set(const struct event_place *place, size_t t, const roaring_bitmap_t *set,
                   struct store_tx *tx, struct error *error)
{
    const struct store_member member = set_of(place, t);
    const bool some = !roaring_bitmap_is_empty(set);
    char *bytes = mem_alloc(some ? roaring_bitmap_portable_size_in_bytes(set) : 1);
    const size_t size = some ? roaring_bitmap_portable_serialize(set, bytes) : 0;
    const int result = store_member_put(tx, &member, bytes, size, error);
    free(bytes);
    return result;
}

struct part_entry {
    uint32_t part;
    struct tally_entry entry;
};

static int by_part(const void *left, const void *right)
{
    const struct part_entry *a = left, *b = right;
    if (a->part != b->part)
        return a->part < b->part ? -1 : 1;
    return (a->entry.value > b->entry.value) - (a->entry.value < b->entry.value);
}

/* Calls `each` with the entries of a part, for every part that has any. */
static int divide(struct applying *applying, size_t t, const struct tally *tally,
                  int (*each)(struct applying *applying, size_t t, uint32_t part,
                              const struct tally *entries))
{
    const uint8_t bits = applying->head.kept[t].bits;
    struct part_entry *sorted = mem_alloc(tally->size * sizeof *sorted);
    struct tally part = {0};
    int result = 0;
    for (size_t i = 0; i < tally->size; i++)
        sorted[i] = (struct part_entry){part_of(tally->entries[i].value, bits), tally->entries[i]};
    qsort(sorted, tally->size, sizeof *sorted, by_part);
    part.entries = mem_alloc(tally->size * sizeof *part.entries);
    for (size_t i = 0; i < tally->size && result == 0;) {
        const uint32_t number = sorted[i].part;
        for (part.size = 0; i < tally->size && sorted[i].part == number; i++)
            part.entries[part.size++] = sorted[i].entry;
        part.sorted = part.size;
        result = each(applying, t, number, &part);
    }
    free(part.entries);
    free(sorted);
    return result;
}

/* Of the entries that changed, those that the tally has still are in the set. */
static void update_set(roaring_bitmap_t *set, const struct tally *tally, const struct tally *changed)
{
    for (size_t i = 0, at = 0; i < changed->size; i++) {
        const double value = changed->entries[i].value;
        while (at < tally->size && tally->entries[at].value < value)
            at++;
        if (at < tally->size && tally->entries[at].value == value)
            roaring_bitmap_add(set, (uint32_t)value);
        else
            roaring_bitmap_remove(set, (uint32_t)value);
    }
}

static int add_to_part(struct applying *applying, size_t t, uint32_t part, const struct tally *entries)
{
    const struct store_member member = member_of(applying->place, t, part);
    struct tally stored = {0};
    buf_clear(&applying->bytes);
    if (store_member_get(store_tx_view(applying->tx), &member, &applying->bytes, applying->error) != 0)
        return -1;
    struct reader reader = reader_of(applying->bytes.data, applying->bytes.size);
    if (applying->bytes.size)
        tally_decode(&stored, &reader);
    if (reader.failed)
        return event_cell_damaged(applying->place->input, applying->error);
    struct kept *kept = &applying->head.kept[t];
    kept->size -= stored.size;
    tally_merge(&stored, entries);
    kept->size += stored.size;
    const int result = tally_sound(&stored) ? put_part(applying, t, part, &stored) : 1;
    if (applying->set)
        update_set(applying->set, &stored, entries);
    tally_free(&stored);
    return result;
}

/* All of it is written anew, in more parts than there were. */
static int spread(struct applying *applying, size_t t, struct tally *whole)
{
    struct kept *kept = &applying->head.kept[t];
    tally_free(&kept->inlined);
    kept->size = whole->size;
    kept->bits = bits_for(whole->size);
    if (applying->set)
        roaring_bitmap_clear(applying->set);
    if (kept->bits) {
        for (size_t i = 0; applying->set && i < whole->size; i++)
            take_into_set(applying->set, &whole->entries[i]);
        return divide(applying, t, whole, put_part);
    }
    kept->inlined = *whole;
    *whole = (struct tally){0};
    return 0;
}

static int add_whole(struct applying *applying, size_t t, const struct tally *change)
{
    struct tally whole;
    const struct head *head = &applying->head;
    const uint32_t parts = head->kept[t].bits ? parts_of(head->kept[t].bits) : 0;
    int result = load_tally(applying->place, head, t, store_tx_view(applying->tx), &whole, applying->error);
    if (result == 0)
        tally_merge(&whole, change);
    if (result == 0 && !tally_sound(&whole))
        result = 1;
    for (uint32_t part = 0; part < parts && result == 0; part++)
        result = put_part(applying, t, part, &(struct tally){0});
    if (result == 0)
        result = spread(applying, t, &whole);
    tally_free(&whole);
    return result;
}

static int add_entries(struct applying *applying, size_t t, const struct tally *change)
{
    const struct kept *kept = &applying->head.kept[t];
    const size_t size = kept->size > change->size ? kept->size : change->size;
    if (!kept->bits || !has_room(kept, size))
        return add_whole(applying, t, change);
    return divide(applying, t, change, add_to_part);
}

static int add_with_set(struct applying *applying, size_t t, const struct tally *change)
{
    struct store_view *view = store_tx_view(applying->tx);
    applying->set = read_set(applying->place, t, view, &applying->bytes, applying->error);
    if (!applying->set)
        return -1;
    const bool had_set = wants_set(applying->head.kept[t].bits);
    int result = add_entries(applying, t, change);
    if (!wants_set(applying->head.kept[t].bits))
        roaring_bitmap_clear(applying->set);
    if (result == 0 && (had_set || !roaring_bitmap_is_empty(applying->set)))
        result = put_set(applying->place, t, applying->set, applying->tx, applying->error);
    roaring_bitmap_free(applying->set);
    applying->set = NULL;
    return result;
}

static int write_entries(struct applying *applying, size_t t, const struct tally *change)
{
    const struct kept *kept = &applying->head.kept[t];
    const bool is_large = wants_set(kept->bits) || wants_set(bits_for(kept->size + change->size));
    return is_large && may_have_set(applying->place->input, &applying->head, t)
               ? add_with_set(applying, t, change)
               : add_entries(applying, t, change);
}

/* What waited in the tail is written with it. */
static int write_tail(struct applying *applying, size_t t, const struct tally *change)
{
    struct kept *kept = &applying->head.kept[t];
    if (!kept->tail.size)
        return write_entries(applying, t, change);
    struct tally all = kept->tail;
    kept->tail = (struct tally){0};
    tally_merge(&all, change);
    const int result = write_entries(applying, t, &all);
    tally_free(&all);
    return result;
}

/* ---- waiting in the tail ------------------------------------------------------------------------------- */

/* Where the summary says how many members a tally has; NULL: of numbers nobody asks. */
static int64_t *members_of(struct head *head, size_t t)
{
    return t == 0 ? &head->summary.people : head->summary.has_numbers ? NULL : &head->summary.kinds;
}

/* How many members there are has to be known at once, also where they are not written to their parts. */
static int count_new(struct applying *applying, size_t t, const struct tally *change, bool *are_counted)
{
    struct known_members *known = known_cells_members(applying->known);
    int64_t *members = members_of(&applying->head, t);
    size_t added = 0;
    *are_counted = true;
    if (members && known_members_add(known, applying->place, &applying->head, t, change,
                                     store_tx_view(applying->tx), are_counted, &added, applying->error) != 0)
        return -1;
    if (members)
        *members += (int64_t)added;
    return 0;
}

/* What an input adds up from the log's beginning falls into all the periods there are, and into each of them
 * many at a time: nothing waits for more, and nobody is remembered. */
static int add_to_tally(struct applying *applying, size_t t, const struct tally *change)
{
    struct kept *kept = &applying->head.kept[t];
    bool are_counted = false;
    if (change->size == 0)
        return 0;
    if (!tally_sound(change))
        known_members_forget(known_cells_members(applying->known), applying->place, t);
    else if (kept->bits && applying->place->input->caught_up &&
             count_new(applying, t, change, &are_counted) != 0)
        return -1;
    if (are_counted && fits_tail(kept, change)) {
        tally_merge(&kept->tail, change);
        return 0;
    }
    const int result = write_tail(applying, t, change);
    int64_t *members = members_of(&applying->head, t);
    if (members)
        *members = (int64_t)kept->size;
    return result;
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

/* Where the lowest or highest went, the next one has to be looked for; the members are what they are by now.
 */
static int add_numbers(struct applying *applying, const struct tally *change, bool is_first)
{
    struct event_summary *summary = &applying->head.summary;
    bool lost = is_first;
    for (size_t i = 0; i < change->size; i++) {
        const struct tally_entry *entry = &change->entries[i];
        exact_sum_add(&summary->sum, entry->value, entry->count);
        lost |= entry->count < 0 && (entry->value == summary->min || entry->value == summary->max);
        if (entry->count > 0)
            take_extremes(summary, entry);
    }
    if (!lost)
        return 0;
    summary->min = INFINITY;
    summary->max = -INFINITY;
    return visit_entries(applying->place, &applying->head, 1, store_tx_view(applying->tx), take_extremes,
                         summary, applying->error);
}

/* ---- a change ------------------------------------------------------------------------------------------ */

static int apply(struct applying *applying, const struct cell *change)
{
    struct head *head = &applying->head;
    const bool is_first = head->summary.events == 0;
    for (size_t t = 0; t < head->count; t++) {
        const int result = add_to_tally(applying, t, &change->tallies[t]);
        if (result != 0)
            return result;
    }
    for (size_t i = 0; i < change->tallies[0].size; i++)
        head->summary.events += change->tallies[0].entries[i].count;
    return head->summary.has_numbers ? add_numbers(applying, &change->tallies[1], is_first) : 0;
}

static int put_head(struct applying *applying)
{
    const struct event_place *place = applying->place;
    buf_clear(&applying->bytes);
    const size_t summary = applying->head.summary.events ? head_encode(&applying->head, &applying->bytes) : 0;
    known_cells_change(applying->known, place->input, place->period, place->group, applying->bytes.data,
                       summary);
    return store_cell_put(applying->tx, place->input->id, place->period, place->group, applying->bytes.data,
                          applying->bytes.size, applying->error);
}

int event_members_apply(const struct event_place *place, const struct cell *change, struct known_cells *known,
                        struct store_tx *tx, struct error *error)
{
    struct applying applying = {.place = place, .known = known, .tx = tx, .error = error};
    int result = store_cell_get(store_tx_view(tx), place->input->id, place->period, place->group,
                                &applying.bytes, error);
    if (result == 0)
        result = head_decode(&applying.head, place->input, applying.bytes.data, applying.bytes.size, error);
    if (result == 0) {
        result = apply(&applying, change);
        if (result == 0)
            result = put_head(&applying);
        head_free(&applying.head);
    }
    buf_free(&applying.bytes);
    return result;
}
