/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events: what the log says of each (store/event/event.h) is what is counted; here is what they are found and
 * read by.
 *
 * All that comes in is appended, by position: an entry of the log, and the event whole in a *block* of those
 * that came with it, compressed together. Nothing on that way depends on how many events there are: whether
 * an id is new is asked of a filter in memory, which knows better in all but one of some hundred cases. The
 * blocks that came last are the *tail*, which is looked through. When it has grown long, a *segment* of it is
 * packed in one go: the positions into a list for each key that finds them, the ids into a sorted run; each
 * goes to the end of its table. A block is written again only where it is small, to be joined with others.
 */
#ifndef STORE_EVENTS_H
#define STORE_EVENTS_H

#include "store/event/event.h"
#include "store/store.h"

/* Of one event: keys that find it, and people that it names. */
enum { MOST_EVENT_KEYS = 65536, MOST_EVENT_PEOPLE = 32768 };

/* What the bytes of an attachment are, beside those of struct wz_attachment. */
struct store_attachment {
    const char *key, *content_type;
    const void *bytes;
    size_t size;
};

struct store_event {
    uint8_t id[16];
    int64_t time, stored; /* milliseconds since 1970 UTC; `stored` is given by store_event_append */
    const struct event *facts;
    /* Of its content: the same id with another one is another event. It is made with the numbers of people,
     * not with their pseudonyms, so that it stays the same when those are renewed. */
    uint64_t digest;
    /* The digest is as those of stores of before are: of the same content it is another one now. */
    bool has_digest_of_before;
    bool is_untimed; /* the digest is of what had no time of its own: it is the event that is known by this id
                        only where that was stored at `time`. It is known, for a digest with the time was
                        STORE_CONFLICT */
    /* The people that it names: numbers of subjects (STORE_ACTOR), in the order of the marks in the text. */
    const uint32_t *people;
    size_t people_count;
    const uint64_t *keys; /* by which it is found, see below; in any order */
    size_t key_count;
    const uint8_t *target; /* as in struct wz_event; of its keys no more than 256 find this one */
    bool voids;
    const char *raw; /* with marks for people: WZ_PERSON_MARK, the index into people, WZ_PERSON_MARK */
    size_t raw_size;
    const struct store_attachment *attachments;
    size_t attachment_count;
};

/* What finds an event: a role, and somebody or something in it. Two of them are taken to be equal when these
 * 64 bits are, which for a million of them happens once in 37 million stores. */
uint64_t store_event_key(uint32_t role, const char *text);
uint64_t store_event_key_of_person(uint32_t role, uint32_t subject);

/* Appends one. STORE_ACCEPTED, STORE_DUPLICATE or STORE_CONFLICT (then nothing was written); one that
 * names somebody who has been forgotten is known by its id alone; the position is
 * that of the one there is. An event that is taken back by it, or was before it came, gets its
 * STORE_EVENT_GONE in the log. */
int store_event_append(struct store_tx *tx, const struct store_event *event, enum store_outcome *outcome,
                       uint64_t *position, struct error *error);

struct store_event_question {
    const uint8_t *id; /* as in struct wz_events_question, all of them */
    const uint64_t *keys;
    size_t key_count;
    int64_t since, until;
    uint64_t from;
    bool ascending, with_attachments;
    size_t limit, most_bytes;
};

struct store_event_found {
    uint64_t position;
    int64_t time, stored;
    uint8_t id[16];
    bool voided;
    const char *raw; /* people as pseudonyms, NUL-terminated */
    size_t raw_size;
    const struct store_attachment *attachments;
    size_t attachment_count;
};

struct store_event_page {
    uint64_t next;   /* 0: nothing follows */
    int64_t through; /* as in struct wz_events_page */
};

/* Visits those that are wanted, in order; what is visited lives for the call. A visitor that returns non-zero
 * ends the visit. */
int store_events_find(struct store_view *view, const struct store_event_question *question,
                      int (*visit)(void *data, const struct store_event_found *event), void *data,
                      struct store_event_page *page, struct error *error);

#endif
