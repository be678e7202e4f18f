/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the engine room: how a cell of events is kept (engine/event/members.h says what for), and reading
 * it.
 */
#ifndef ENGINE_EVENT_HEAD_H
#define ENGINE_EVENT_HEAD_H

#include "engine/event/cells.h"
#include "stats/event_summary.h"

#include <roaring/roaring.h>

enum { MOST_TALLIES = 2 };

/* The cell of an input. */
struct event_place {
    const struct input *input;
    uint32_t period, group;
};

/* How a tally is kept: 0 bits, in the head; b bits, in 2^(b - 1) parts, but for what came since they were
 * written, which is the tail. */
struct kept {
    uint8_t bits;
    size_t size; /* entries, without the tail */
    struct tally inlined;
    struct tally tail; /* settled; nothing is taken away in it, and what is in the parts may be in it, too */
};

struct head {
    struct event_summary summary;
    struct kept kept[MOST_TALLIES];
    size_t count; /* of tallies */
};

/* Of the bytes of a cell; size 0: there is none yet. Free with head_free, unless it failed. */
int head_decode(struct head *head, const struct input *input, const void *bytes, size_t size,
                struct error *error);
void head_free(struct head *head);
/* Appends it, and returns how much of it is the summary. */
size_t head_encode(const struct head *head, struct buf *out);

/* ---- members ------------------------------------------------------------------------------------------- */

uint32_t parts_of(uint8_t bits);
/* Few enough that a part is small, also when it has grown some more. */
uint8_t bits_for(size_t size);
bool has_room(const struct kept *kept, size_t size);
/* Of a tally in parts: is there room for so much in its tail? */
bool fits_tail(const struct kept *kept, const struct tally *change);
/* The part that a value is in. */
uint32_t part_of(double value, uint8_t bits);
struct store_member member_of(const struct event_place *place, size_t tally, uint32_t part);
/* Visits every entry of a tally, in no order; a value that is in the tail may come twice. */
int visit_entries(const struct event_place *place, const struct head *head, size_t tally,
                  struct store_view *view, void (*take)(void *data, const struct tally_entry *entry),
                  void *data, struct error *error);
/* A visitor: `data` is the summary whose extremes it widens. */
void take_extremes(void *data, const struct tally_entry *entry);
/* All of a tally but for its tail, settled; free it, also after an error. */
int load_tally(const struct event_place *place, const struct head *head, size_t t, struct store_view *view,
               struct tally *tally, struct error *error);

/* ---- sets ---------------------------------------------------------------------------------------------- */

/* Is it kept in days, of which windows are put together? Then a tally that has many parts is kept once more
 * as a set of its values: one row instead of many, and sets unite faster than tallies are read. */
bool may_have_set(const struct input *input, const struct head *head, size_t tally);
/* Of a tally that is kept so. */
bool wants_set(uint8_t bits);
struct store_member set_of(const struct event_place *place, size_t tally);
/* Of all but the tail. NULL: an error. Where there is none it is empty. */
roaring_bitmap_t *read_set(const struct event_place *place, size_t tally, struct store_view *view,
                           struct buf *bytes, struct error *error);
/* A visitor: `data` is the set. */
void take_into_set(void *data, const struct tally_entry *entry);

/* The cell cannot be read. */
int event_cell_damaged(const struct input *input, struct error *error);

#endif
