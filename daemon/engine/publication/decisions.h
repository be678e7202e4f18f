/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the engine room: what is published of groups whose cells changed. It is decided for a whole tree of
 * groups and a period at once, for all indicators of the source (engine/publication/publication.h), from the
 * cells as they are, and before any of these groups is computed; so no result of new cells is shown by an old
 * decision. The cost follows the trees that changed. Between what is read and what is kept no cell changes,
 * for the engine takes one step at a time.
 */
#ifndef ENGINE_DECISIONS_H
#define ENGINE_DECISIONS_H

#include "engine/publication/source.h"

struct decision {
    uint32_t indicator, period, group; /* the store's numbers */
    const struct indicator *of;        /* NULL: of one that no script declares now */
    bool published, changed;
    bool is_due;  /* what is in the cells is not all of it: it is to be decided again */
    bool to_stay; /* withheld, from now on for as long as there is the period (engine/release/release.h) */
};

/* Zeroed is empty. */
struct decisions {
    struct decision *all;
    size_t count, capacity;
};

/* Decides on the trees that these places of an indicator are in. Runs in a reading job. */
int decisions_make(struct decisions *decisions, const struct engine *engine, const struct indicator *of,
                   const struct changed_place *places, size_t count, struct store_view *view,
                   const struct relation_names *names, struct error *error);
/* Adds what has been decided of a tree. */
void decisions_take(struct decisions *decisions, const struct source *source, const struct source_tree *tree);
/* In a writing job: keeps them, and marks what has to be computed, and judged, because of what changed. */
int decisions_keep(struct store_tx *tx, const struct engine *engine, const struct decisions *decisions,
                   const struct relation_names *names, struct error *error);
void decisions_free(struct decisions *decisions);

#endif
