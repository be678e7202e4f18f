/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/event_members.h"

#include "base/mem.h"

#include <math.h>
#include <roaring/roaring.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_INLINE = 64, PART_ENTRIES = 256, MOST_BITS = 24, MOST_TALLIES = 2 };

/* How a tally is kept: 0 bits, in the head; b bits, in 2^(b - 1) parts. */
struct kept {
    uint8_t bits;
    size_t size;
    struct tally inlined;
};

struct head {
    struct event_summary summary;
    struct kept kept[MOST_TALLIES];
    size_t count; /* of tallies */
};

/* ---- heads --------------------------------------------------------------------------------------------- */

static void head_init(struct head *head, const struct input *input)
{
    *head = (struct head){.summary = {.has_numbers = event_has_number(input)}, .count = input_tallies(input)};
}

static void head_free(struct head *head)
{
    for (size_t t = 0; t < head->count; t++)
        tally_free(&head->kept[t].inlined);
}

/* Returns how much of it is the summary. */
static size_t head_encode(const struct head *head, struct buf *out)
{
    event_summary_encode(&head->summary, out);
    const size_t summary = out->size;
    for (size_t t = 0; t < head->count; t++) {
        const struct kept *kept = &head->kept[t];
        buf_put_u8(out, kept->bits);
        if (kept->bits)
            buf_put_varint(out, kept->size);
        else
            tally_encode(&kept->inlined, out);
    }
    return summary;
}

static int damaged(const struct input *input, struct error *error)
{
    return error_set(error, ERROR_FAILED,
                     "a cell of input \"%s\" cannot be read: the store is damaged; restore a backup",
                     input->definition);
}

static int head_decode(struct head *head, const struct input *input, const void *bytes, size_t size,
                       struct error *error)
{
    struct reader reader = reader_of(bytes, size);
    head_init(head, input);
    if (size == 0)
        return 0;
    event_summary_decode(&head->summary, &reader);
    for (size_t t = 0; t < head->count; t++) {
        struct kept *kept = &head->kept[t];
        kept->bits = read_u8(&reader);
        if (kept->bits > MOST_BITS)
            reader.failed = true;
        if (kept->bits)
            kept->size = (size_t)read_varint(&reader);
        else
            tally_decode(&kept->inlined, &reader);
        if (!kept->bits)
            kept->size = kept->inlined.size;
    }
    if (!reader.failed && reader_left(&reader) == 0)
        return 0;
    head_free(head);
    return damaged(input, error);
}

/* ---- members ------------------------------------------------------------------------------------------- */

static uint32_t parts_of(uint8_t bits)
{
    return (uint32_t)1 << (bits - 1);
}

/* Few enough that a part is small, also when it has grown some more. */
static uint8_t bits_for(size_t size)
{
    uint8_t bits = 0;
    if (size > MOST_INLINE)
        for (bits = 1; bits < MOST_BITS && size > (size_t)PART_ENTRIES * parts_of(bits);)
            bits++;
    return bits;
}

static bool has_room(const struct kept *kept, size_t size)
{
    return kept->bits ? kept->bits == MOST_BITS || size <= (size_t)PART_ENTRIES * parts_of(kept->bits)
                      : size <= MOST_INLINE;
}

/* The finalizer of splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
 */
static uint32_t part_of(double value, uint8_t bits)
{
    uint64_t hash;
    memcpy(&hash, &value, sizeof hash);
    hash += 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)(hash ^ hash >> 31) & (parts_of(bits) - 1);
}

static struct store_member member_of(const struct event_place *place, size_t tally, uint32_t part)
{
    return (struct store_member){place->input->id, place->period, place->group, (uint32_t)tally, part};
}

struct loading {
    void (*take)(void *data, const struct tally_entry *entry);
    void *data;
    bool failed;
};

static int load_part(void *data, const void *bytes, size_t size)
{
    struct loading *loading = data;
    struct reader reader = reader_of(bytes, size);
    struct tally tally = {0};
    tally_decode(&tally, &reader);
    loading->failed |= reader.failed || reader_left(&reader);
    for (size_t i = 0; i < tally.size; i++)
        loading->take(loading->data, &tally.entries[i]);
    tally_free(&tally);
    return loading->failed;
}

/* Visits every entry of a tally, in no order. */
static int visit_entries(const struct event_place *place, const struct head *head, size_t t,
                         struct store_view *view, void (*take)(void *data, const struct tally_entry *entry),
                         void *data, struct error *error)
{
    const struct kept *kept = &head->kept[t];
    for (size_t i = 0; i < kept->inlined.size; i++)
        take(data, &kept->inlined.entries[i]);
    if (!kept->bits)
        return 0;
    struct loading loading = {.take = take, .data = data};
    const struct store_member member = member_of(place, t, 0);
    if (store_members(view, &member, load_part, &loading, error) != 0)
        return -1;
    return loading.failed ? damaged(place->input, error) : 0;
}

static void take_into_tally(void *data, const struct tally_entry *entry)
{
    tally_add(data, entry->value, entry->count);
}

static int load(const struct event_place *place, const struct head *head, size_t t, struct store_view *view,
                struct tally *tally, struct error *error)
{
    *tally = (struct tally){0};
    const int result = visit_entries(place, head, t, view, take_into_tally, tally, error);
    tally_settle(tally);
    return result;
}

/* ---- sets ---------------------------------------------------------------------------------------------- */

/* Days are put together to windows. Which numbers a tally in members has is kept once more for that, as a
 * bitmap: one row instead of many, and sets unite faster than tallies are read. */
static bool has_set(const struct input *input, const struct head *head, size_t t)
{
    return strcmp(input->calendar, event_calendar(PERIOD_WINDOW)) == 0 &&
           !(t == 1 && head->summary.has_numbers);
}

static struct store_member set_of(const struct event_place *place, size_t tally)
{
    return member_of(place, MOST_TALLIES + tally, 0);
}

/* NULL: an error. Where there is none it is empty. */
static roaring_bitmap_t *read_set(const struct event_place *place, size_t t, struct store_view *view,
                                  struct buf *bytes, struct error *error)
{
    const struct store_member member = set_of(place, t);
    buf_clear(bytes);
    if (store_member_get(view, &member, bytes, error) != 0)
        return NULL;
    roaring_bitmap_t *set =
        bytes->size ? roaring_bitmap_portable_deserialize_safe((const char *)bytes->data, bytes->size)
                    : roaring_bitmap_create();
    if (!set)
        damaged(place->input, error);
    return set;
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

static void take_into_set(void *data, const struct tally_entry *entry)
{
    roaring_bitmap_add(data, (uint32_t)entry->value);
}

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
        return damaged(applying->place->input, applying->error);
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
    int result = load(applying->place, head, t, store_tx_view(applying->tx), &whole, applying->error);
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
    int result = add_entries(applying, t, change);
    if (result == 0)
        result = put_set(applying->place, t, applying->set, applying->tx, applying->error);
    roaring_bitmap_free(applying->set);
    applying->set = NULL;
    return result;
}

/* A small one in a head needs no set, and stays there mostly. */
static int add_to_tally(struct applying *applying, size_t t, const struct tally *change)
{
    const struct kept *kept = &applying->head.kept[t];
    if (change->size == 0)
        return 0;
    const bool stays_small = !kept->bits && kept->size + change->size <= MOST_INLINE;
    return !stays_small && has_set(applying->place->input, &applying->head, t)
               ? add_with_set(applying, t, change)
               : add_entries(applying, t, change);
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

static void take_extremes(void *data, const struct tally_entry *entry)
{
    struct event_summary *summary = data;
    if (entry->value < summary->min)
        summary->min = entry->value;
    if (entry->value > summary->max)
        summary->max = entry->value;
}

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
    head->summary.people = (int64_t)head->kept[0].size;
    if (head->count > 1 && !head->summary.has_numbers)
        head->summary.kinds = (int64_t)head->kept[1].size;
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

/* ---- several days -------------------------------------------------------------------------------------- */

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
    if (!day->kept[t].bits)
        return visit_entries(place, day, t, view, take_into_set, whole, error);
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

/* ---- comparing ----------------------------------------------------------------------------------------- */

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

/* Has a tally in members the set that it should have? */
static int compare_set(const struct event_place *place, const struct head *head, size_t t,
                       const struct tally *expected, struct store_view *view, bool *same, struct error *error)
{
    struct buf bytes = {0};
    *same = true;
    if (!head->kept[t].bits || !has_set(place->input, head, t))
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
        result = load(place, &head, t, view, &kept, error);
        *same = head.kept[t].size == kept.size && same_tally(&kept, &expected->tallies[t]);
        tally_free(&kept);
        if (result == 0 && *same)
            result = compare_set(place, &head, t, &expected->tallies[t], view, same, error);
    }
    head_free(&head);
    return result;
}
