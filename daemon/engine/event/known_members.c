/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/event/known_members.h"

#include "base/mem.h"

#include <stdlib.h>

enum { MOST_BYTES = 8 << 20, BYTES_A_SET = 384 /* about what it takes besides its members */ };
/* Without room it is decided anew after so many questions for each set. */
enum { ASKED_A_SET = 8 };

struct known_set {
    roaring_bitmap_t *members; /* NULL: they are to be read */
    size_t bytes;
};

static void forget_set(struct known_members *known, struct known_set *set)
{
    if (set->members)
        roaring_bitmap_free(set->members);
    known->bytes -= set->bytes;
    *set = (struct known_set){0};
}

void known_members_clear(struct known_members *known)
{
    for (size_t i = 0; i < known->count; i++)
        forget_set(known, &known->sets[i]);
    free(known->sets);
    map_free(&known->numbers);
    *known = (struct known_members){0};
}

static struct known_set *find_set(const struct known_members *known, const struct event_place *place,
                                  size_t tally)
{
    const uint32_t key[] = {place->input->id, place->period, place->group, (uint32_t)tally};
    const uint32_t *number = map_find(&known->numbers, key, sizeof key);
    return number ? &known->sets[*number] : NULL;
}

static struct known_set *add_set(struct known_members *known, const struct event_place *place, size_t tally)
{
    const uint32_t key[] = {place->input->id, place->period, place->group, (uint32_t)tally};
    if (known->count == known->capacity) {
        known->capacity = known->capacity ? 2 * known->capacity : 64;
        known->sets = mem_resize(known->sets, known->capacity, sizeof *known->sets);
    }
    map_add(&known->numbers, key, sizeof key, (uint32_t)known->count);
    known->sets[known->count] = (struct known_set){0};
    return &known->sets[known->count++];
}

static void measure(struct known_members *known, struct known_set *set)
{
    known->bytes -= set->bytes;
    set->bytes = BYTES_A_SET + roaring_bitmap_portable_size_in_bytes(set->members);
    known->bytes += set->bytes;
}

/* What is kept is of use as long as most of what is asked for is among it. It is not given up for every one
 * that is not: where there are more than there is room for, all would be read every time. */
static bool make_room(struct known_members *known)
{
    if (known->bytes > MOST_BYTES) {
        const size_t asked = ++known->missed + known->found;
        if (asked < ASKED_A_SET * known->count)
            return false;
        if (known->missed > asked / 4)
            known_members_clear(known);
    }
    known->found = known->missed = 0;
    return known->bytes <= MOST_BYTES;
}

/* NULL in *set: there is no room for it. */
static int get_set(struct known_members *known, const struct event_place *place, const struct head *head,
                   size_t tally, struct store_view *view, struct known_set **set, struct error *error)
{
    *set = find_set(known, place, tally);
    if (*set && (*set)->members) {
        known->found++;
        return 0;
    }
    *set = NULL;
    if (!make_room(known))
        return 0;
    roaring_bitmap_t *members = roaring_bitmap_create();
    if (visit_entries(place, head, tally, view, take_into_set, members, error) != 0) {
        roaring_bitmap_free(members);
        return -1;
    }
    *set = find_set(known, place, tally);
    if (!*set)
        *set = add_set(known, place, tally);
    (*set)->members = members;
    return 0;
}

int known_members_add(struct known_members *known, const struct event_place *place, const struct head *head,
                      size_t tally, const struct tally *change, struct store_view *view, bool *are_known,
                      size_t *added, struct error *error)
{
    struct known_set *set;
    *added = 0;
    if (get_set(known, place, head, tally, view, &set, error) != 0)
        return -1;
    *are_known = set != NULL;
    if (!set)
        return 0;
    for (size_t i = 0; i < change->size; i++)
        *added += roaring_bitmap_add_checked(set->members, (uint32_t)change->entries[i].value);
    measure(known, set);
    return 0;
}

void known_members_forget(struct known_members *known, const struct event_place *place, size_t tally)
{
    struct known_set *set = find_set(known, place, tally);
    if (set)
        forget_set(known, set);
}
