/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Digests of what events are compared by. The people of a text count by the store's numbers, so that a digest
 * stays the same when their pseudonyms become others. Those numbers are known on the store's thread only,
 * which has the most to do: all else that a digest is made of is gathered before, in a fingerprint.
 */
#ifndef INGEST_EVENT_DIGEST_H
#define INGEST_EVENT_DIGEST_H

#include "base/buf.h"

/* Marks and time are sound, as check_event has it. */
struct event_content {
    const char *text;
    size_t time_at, time_size; /* its own time in the text; 0 bytes: it has none */
};

enum { FINGERPRINT_SIZE = 16 };

/* Of the text without its time, whoever its marks stand for: BLAKE2b of 16 bytes. */
void event_fingerprint(const struct event_content *content, uint8_t out[FINGERPRINT_SIZE]);

/* SipHash-2-4, by the fingerprint, of the number of whoever each mark stands for, and the time. `room` is
 * used to put them together. */
uint64_t event_digest(const struct event_content *content, const uint8_t fingerprint[FINGERPRINT_SIZE],
                      const uint32_t *people, bool with_time, struct buf *room);

/* As it was made of events that were stored before there were fingerprints: the first half of BLAKE2b of the
 * text with numbers in the place of marks. */
uint64_t event_digest_of_before(const struct event_content *content, const uint32_t *people, bool with_time);

#endif
