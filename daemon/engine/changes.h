/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the engine room: what a stretch of the log does to cells, gathered before it is applied. */
#ifndef ENGINE_CHANGES_H
#define ENGINE_CHANGES_H

#include "engine/relations.h"

/* The cells of one period and group, one per input; those that are not touched have no tallies. */
struct change {
    uint32_t period, group;
    struct cell *cells;
};

struct changes {
    struct input *const *inputs;
    size_t input_count;
    struct change *all;
    size_t count, capacity;
    struct map places; /* of a period and group in `all` */
};

void changes_init(struct changes *changes, struct input *const *inputs, size_t input_count);
void changes_free(struct changes *changes);
/* The cell to add to. */
struct cell *changes_cell(struct changes *changes, uint32_t period, uint32_t group, size_t input);

/* Periods from `fresh` on were numbers of the caller's own; these are the store's, in their order. The last
 * thing before changes_apply. */
void changes_name_periods(struct changes *changes, uint32_t fresh, const uint32_t *numbers);

/* Visits the places at which the cells of an input are not those of the store; after changes_name_periods,
 * and once. All are counted into *compared. */
int changes_compare(struct changes *changes, size_t input, struct store_view *view,
                    void (*differs)(void *data, uint32_t period, uint32_t group), void *data,
                    uint64_t *compared, struct error *error);

/* The same for what waits to be released. */
int changes_compare_pending(struct changes *pending, struct store_view *view,
                            void (*differs)(void *data, uint32_t period, uint32_t group), void *data,
                            uint64_t *compared, struct error *error);

/* A cell of the input, of the store's bytes. */
int changes_decode(struct cell *cell, const struct input *input, const void *bytes, size_t size,
                   struct error *error);

/* Adds every change to the store's cells and marks what is to be computed. An input whose cells would not add
 * up (a count below zero: its derive function gave something else for the same row) is started anew instead,
 * and told in `unsound` (one per input): then catch_up_anew. */
int changes_apply(struct changes *changes, struct store_tx *tx, const struct engine *engine,
                  const struct relation_names *names, bool *unsound, struct error *error);

/* Adds what waits to what of it is in the store, but for inputs that are `unsound`. */
int changes_keep_pending(struct changes *pending, const bool *unsound, struct store_tx *tx,
                         struct error *error);

#endif
