/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the engine room: an event as a function of w.derive sees it. Never its actor. */
#ifndef ENGINE_EVENT_ROWS_H
#define ENGINE_EVENT_ROWS_H

#include "engine/internal.h"
#include "store/event/event.h"

/* The verbs and objects of a stretch of events, each once. Zeroed has none. */
struct event_words {
    uint32_t *subjects; /* the store's numbers */
    const char **texts; /* theirs, once they are read; they point into `bytes` */
    size_t count, capacity;
    struct map numbers; /* of subjects in `subjects` */
    struct buf bytes;
};

void event_words_free(struct event_words *words);
/* Finds the texts of all that rows were filled with. */
int event_words_read(struct event_words *words, struct store_view *view, struct error *error);
/* A row of a derived input: what offers_event names, texts by their number in `words`; NaN where there is
 * none.
 */
void event_row_fill(const struct input *input, const struct event *event, int64_t time,
                    struct event_words *words, double *values);

#endif
