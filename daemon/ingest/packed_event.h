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

/* Packs the events of one call. Who was in the event before, as the authority of a feed is in each, keeps the
 * pseudonym that was made then; so it holds identifiers, and is freed with the call. */
struct event_packer {
    const struct pseudonym_key *key;
    struct buf *out;
    struct buf known; /* the identifiers of the event before, each with NUL */
    size_t known_count;
    size_t pseudonyms; /* theirs: where they begin in `out` */
};
void event_packer_free(struct event_packer *packer); /* `out` and `key` are the caller's */
/* Puts an event that check_record found sound behind what `out` holds. */
void event_pack(struct event_packer *packer, const struct wz_event *event);

/* Room to unpack in, used again and again. Zeroed is ready. */
struct event_unpacker {
    struct event facts;
    uint32_t *people;
    uint64_t *keys;
    struct store_attachment *attachments;
    size_t people_capacity, key_capacity, attachment_capacity;
    struct buf told; /* what a digest is made of */
};
void event_unpacker_free(struct event_unpacker *unpacker);

/* In a writing job: appends the next event of what was packed. */
int event_append_packed(struct store_tx *tx, struct event_unpacker *unpacker, struct reader *packed,
                        enum store_outcome *outcome, uint64_t *position, struct error *error);

#endif
