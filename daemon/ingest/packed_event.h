/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An event on its way from the loop to the store's thread: whole, with pseudonyms in the place of
 * identifiers. The loop packs it; a writing job unpacks it, finds the store's numbers for its names and
 * appends it.
 */
#ifndef INGEST_PACKED_EVENT_H
#define INGEST_PACKED_EVENT_H

#include "ingest/pseudonym.h"
#include "store/events.h"

#include <wijzer/record.h>

/* Puts an event that check_record found sound behind what `out` holds. */
void event_pack(struct buf *out, const struct pseudonym_key *key, const struct wz_event *event);

/* Room to unpack in, used again and again. Zeroed is ready. */
struct event_unpacker {
    struct event facts;
    uint32_t *people;
    uint64_t *keys;
    struct store_attachment *attachments;
    size_t people_capacity, key_capacity, attachment_capacity;
};
void event_unpacker_free(struct event_unpacker *unpacker);

/* In a writing job: appends the next event of what was packed. */
int event_append_packed(struct store_tx *tx, struct event_unpacker *unpacker, struct reader *packed,
                        enum store_outcome *outcome, uint64_t *position, struct error *error);

#endif
