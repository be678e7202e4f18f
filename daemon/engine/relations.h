/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The groups that a group is compared with: g.previous, g.parent, g.peers and g:children(level) of a script.
 * Which of them an indicator looks at is learned from its script when it does, and kept with its results;
 * from then on a change of one group marks those that are compared with it.
 */
#ifndef ENGINE_RELATIONS_H
#define ENGINE_RELATIONS_H

#include "engine/known_cells.h"

/* A group in a period with the bytes of an indicator's cells. */
struct place {
    uint32_t period, group;
    size_t *offsets, *sizes; /* in `bytes`, one per input; size 0: no cell. The offsets own both. */
    bool empty;              /* nobody answered any of the inputs */
    bool withheld, is_shown; /* of one that is to be computed: it is not published; a result of it is */
    int64_t people;          /* of a withheld one: the fewest behind any of its inputs */
};

/* Each place once. Zeroed but for the indicator and, where that has a window, its days. */
struct places {
    const struct indicator *indicator;
    uint32_t *days; /* periods; owned */
    size_t day_count;
    struct window_sums *sums;  /* of the engine; NULL: the days are read */
    struct known_cells *known; /* of the engine */
    struct place *all;
    size_t count, capacity;
    struct map numbers; /* of a period and group in `all` */
    struct buf bytes;
};

/* The days of the indicator's window as it stands now. Before the first place is added. */
void places_take_window(struct places *places, const struct engine *engine,
                        const struct period_names *periods);
void places_free(struct places *places);
/* Many of a period will be added: what they have is read at once. */
int places_expect(const struct places *places, uint32_t period, struct store_view *view, struct error *error);
/* The first input of the indicator with the same cells. */
size_t places_first_like(const struct places *places, size_t number);
/* Appends the cell of one input to `bytes`, without adding a place. */
int places_read_cell(struct places *places, uint32_t period, uint32_t group, size_t number,
                     struct store_view *view, struct error *error);
/* The number of a place, with its cells read; 0 on success. */
int places_add(struct places *places, struct store_view *view, uint32_t period, uint32_t group,
               size_t *number, struct error *error);

/* Is the indicator computed for groups of this level? NULL: that of no group. */
bool is_by_level(const struct indicator *indicator, const char *level);

/* What one group is compared with, as numbers of places; NO_PLACE: nothing is there. Empty places are left
 * out. */
#define NO_PLACE SIZE_MAX
struct relatives {
    size_t previous, parent;
    size_t *peers, *children;
    size_t peer_count, child_count;
};

/* Where relations are looked up. */
struct relation_names {
    const struct group_names *groups;
    const struct period_names *periods;
};

/* Adds the relatives of a place that the indicator looks at. Free with relatives_free, also after an error.
 */
int relatives_find(struct relatives *relatives, struct places *places, size_t of, struct store_view *view,
                   const struct relation_names *names, struct error *error);
void relatives_free(struct relatives *relatives);

/* Places whose cells changed, once each. */
struct changed_place {
    uint32_t period, group;
};

/* Marks as stale what is compared with places that changed. After their cells are in the store. */
int relations_mark(struct store_tx *tx, const struct indicator *indicator,
                   const struct changed_place *changed, size_t count, const struct relation_names *names,
                   struct error *error);

#endif
