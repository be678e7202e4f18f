/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/event/head.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_INLINE = 64, MOST_TAIL = 64, PART_ENTRIES = 256, MOST_BITS = 24, SET_BITS = 3 };
enum { HAS_TAIL = 0x80 /* beside the bits */ };

/* ---- heads --------------------------------------------------------------------------------------------- */

static void head_init(struct head *head, const struct input *input)
{
    *head = (struct head){.summary = {.has_numbers = event_has_number(input)}, .count = input_tallies(input)};
}

void head_free(struct head *head)
{
    for (size_t t = 0; t < head->count; t++) {
        tally_free(&head->kept[t].inlined);
        tally_free(&head->kept[t].tail);
    }
}

size_t head_encode(const struct head *head, struct buf *out)
{
    event_summary_encode(&head->summary, out);
    const size_t summary = out->size;
    for (size_t t = 0; t < head->count; t++) {
        const struct kept *kept = &head->kept[t];
        buf_put_u8(out, kept->tail.size ? kept->bits | HAS_TAIL : kept->bits);
        if (kept->bits)
            buf_put_varint(out, kept->size);
        else
            tally_encode(&kept->inlined, out);
        if (kept->tail.size)
            tally_encode(&kept->tail, out);
    }
    return summary;
}

int event_cell_damaged(const struct input *input, struct error *error)
{
    return error_set(error, ERROR_FAILED,
                     "a cell of input \"%s\" cannot be read: the store is damaged; restore a backup",
                     input->definition);
}

int head_decode(struct head *head, const struct input *input, const void *bytes, size_t size,
                struct error *error)
{
    struct reader reader = reader_of(bytes, size);
    head_init(head, input);
    if (size == 0)
        return 0;
    event_summary_decode(&head->summary, &reader);
    for (size_t t = 0; t < head->count; t++) {
        struct kept *kept = &head->kept[t];
        const uint8_t bits = read_u8(&reader);
        kept->bits = bits & (HAS_TAIL - 1);
        if (kept->bits > MOST_BITS)
            reader.failed = true;
        if (kept->bits)
            kept->size = (size_t)read_varint(&reader);
        else
            tally_decode(&kept->inlined, &reader);
        if (!kept->bits)
            kept->size = kept->inlined.size;
        if (bits & HAS_TAIL)
            tally_decode(&kept->tail, &reader);
    }
    if (!reader.failed && reader_left(&reader) == 0)
        return 0;
    head_free(head);
    return event_cell_damaged(input, error);
}

/* ---- members ------------------------------------------------------------------------------------------- */

uint32_t parts_of(uint8_t bits)
{
    return (uint32_t)1 << (bits - 1);
}

uint8_t bits_for(size_t size)
{
    uint8_t bits = 0;
    if (size > MOST_INLINE)
        for (bits = 1; bits < MOST_BITS && size > (size_t)PART_ENTRIES * parts_of(bits);)
            bits++;
    return bits;
}

bool has_room(const struct kept *kept, size_t size)
{
    return kept->bits ? kept->bits == MOST_BITS || size <= (size_t)PART_ENTRIES * parts_of(kept->bits)
                      : size <= MOST_INLINE;
}

bool fits_tail(const struct kept *kept, const struct tally *change)
{
    return kept->tail.size + change->size <= MOST_TAIL;
}

/* The finalizer of splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
 */
uint32_t part_of(double value, uint8_t bits)
{
    uint64_t hash;
    memcpy(&hash, &value, sizeof hash);
    hash += 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ hash >> 27) * 0x94d049bb133111ebu;
    return (uint32_t)(hash ^ hash >> 31) & (parts_of(bits) - 1);
}

struct store_member member_of(const struct event_place *place, size_t tally, uint32_t part)
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

static int visit_parts(const struct event_place *place, size_t t, struct store_view *view,
                       void (*take)(void *data, const struct tally_entry *entry), void *data,
                       struct error *error)
{
    struct loading loading = {.take = take, .data = data};
    const struct store_member member = member_of(place, t, 0);
    if (store_members(view, &member, load_part, &loading, error) != 0)
        return -1;
    return loading.failed ? event_cell_damaged(place->input, error) : 0;
}

static void visit_tally(const struct tally *tally, void (*take)(void *data, const struct tally_entry *entry),
                        void *data)
{
    for (size_t i = 0; i < tally->size; i++)
        take(data, &tally->entries[i]);
}

int visit_entries(const struct event_place *place, const struct head *head, size_t t, struct store_view *view,
                  void (*take)(void *data, const struct tally_entry *entry), void *data, struct error *error)
{
    const struct kept *kept = &head->kept[t];
    visit_tally(&kept->inlined, take, data);
    visit_tally(&kept->tail, take, data);
    return kept->bits ? visit_parts(place, t, view, take, data, error) : 0;
}

void take_extremes(void *data, const struct tally_entry *entry)
{
    struct event_summary *summary = data;
    if (entry->value < summary->min)
        summary->min = entry->value;
    if (entry->value > summary->max)
        summary->max = entry->value;
}

static void take_into_tally(void *data, const struct tally_entry *entry)
{
    tally_add(data, entry->value, entry->count);
}

int load_tally(const struct event_place *place, const struct head *head, size_t t, struct store_view *view,
               struct tally *tally, struct error *error)
{
    const struct tally *inlined = &head->kept[t].inlined;
    *tally = (struct tally){0};
    if (!head->kept[t].bits) {
        tally_merge(tally, inlined);
        return 0;
    }
    const int result = visit_parts(place, t, view, take_into_tally, tally, error);
    tally_settle(tally);
    return result;
}

/* ---- sets ---------------------------------------------------------------------------------------------- */

bool may_have_set(const struct input *input, const struct head *head, size_t t)
{
    return strcmp(input->calendar, event_calendar(PERIOD_WINDOW)) == 0 &&
           !(t == 1 && head->summary.has_numbers);
}

bool wants_set(uint8_t bits)
{
    return bits >= SET_BITS;
}

struct store_member set_of(const struct event_place *place, size_t tally)
{
    return member_of(place, MOST_TALLIES + tally, 0);
}

roaring_bitmap_t *read_set(const struct event_place *place, size_t t, struct store_view *view,
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
        event_cell_damaged(place->input, error);
    return set;
}

void take_into_set(void *data, const struct tally_entry *entry)
{
    roaring_bitmap_add(data, (uint32_t)entry->value);
}
