/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the engine room: one round of releasing answers that wait. A reading job finds out, tree by tree,
 * what may be released (engine/release/release.h); a writing job moves it into the cells, together with what
 * was decided to be published of them.
 */
#ifndef ENGINE_RELEASE_ROUND_H
#define ENGINE_RELEASE_ROUND_H

#include "engine/publication/decisions.h"
#include "engine/release/pending.h"

/* An instrument that indicators are about. */
struct round_instrument {
    const char *name, *calendar; /* its own, and that of its waves; the engine's */
    int64_t closes_after;        /* ms after the latest response of a wave */
    bool held;                   /* only what must not wait is released */
    bool has_pending;
};

/* What waits of a group, and period, for one input. */
struct pending_cell {
    uint32_t period, group, input;
    size_t offset, size; /* in the round's bytes */
};

struct release_round {
    struct engine *engine;
    struct round_instrument *instruments;
    size_t instrument_count;
    int64_t now;

    struct group_names *groups; /* the engine's */
    struct period_names *periods;
    struct releases releases;
    struct pending_cell *cells; /* in order of period, group and input */
    size_t cell_count, cell_capacity;
    struct buf bytes;
    struct moved_people {
        uint32_t period, group;
        int64_t people;
    } * moved; /* in order of period and group */
    size_t moved_count;

    struct decisions decisions;
    struct released_group {
        uint32_t period, group; /* group 0: all of the period */
        size_t first, end;      /* its cells; of group 0 all of the period's */
    } * released;
    size_t released_count;
    size_t waiting; /* groups that are not */
    bool *unsound;  /* by the engine's inputs, once it has been kept */
};

/* Without any instrument yet. */
struct release_round *release_round_new(struct engine *engine);
void release_round_free(struct release_round *round);
int release_round_read(struct store_view *view, void *data, struct error *error);
int release_round_keep(struct store_tx *tx, void *data, struct error *error);

/* ---- release/tree.c ------------------------------------------------------------------------------------ */

/* A group with cells that wait. */
struct leaf {
    uint32_t group;
    size_t first, end; /* of the round's cells */
    int64_t moved;     /* people who were in another group */
    bool wanted, released;
};

/* Says which of the leaves, all of one tree, are released, and adds what is then decided of it. */
int release_tree(struct release_round *round, struct source *source, uint32_t period, uint32_t root,
                 bool is_open, struct leaf *leaves, size_t count, struct error *error);

#endif
