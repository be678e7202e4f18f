/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The records that travel through Wijzer, as a plugin sees them.
 *
 * A plugin turns some outside format into these and emits them. All text is UTF-8 and NUL-terminated; a
 * pointer only has to stay valid for the duration of the call it is handed to, the callee copies what it
 * keeps. Identifiers of people are passed as they come in: the core replaces them by pseudonyms before
 * anything is stored.
 */
#ifndef WIJZER_RECORD_H
#define WIJZER_RECORD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A time that is not known. All other times are milliseconds since 1970-01-01T00:00:00Z. */
#define WZ_NO_TIME INT64_MIN

/* One step of a group path: { "team", "Verpleegkunde" }. */
struct wz_group_step {
    const char *level;
    const char *name;
};

/* One answer, already coded as a number. An item that was not answered is left out. */
struct wz_answer {
    const char *item;
    double value;
};

/* One cell of a row as it stands in the document, under the heading of its column. */
struct wz_cell {
    const char *column;
    const char *text; /* "" where it is empty */
};

/*
 * One completed (or partial) questionnaire. A response that comes again for the same instrument, wave and
 * respondent replaces the earlier one, unless that was submitted later, or is complete and this one partial.
 */
struct wz_response {
    const char *instrument;
    /* NULL where a function of the instrument's script makes it, of `cells`; only `decode` may leave it so.
     */
    const char *wave;
    /* The identifier in the export, or NULL where the export has none: then `content` and `row` identify it.
     */
    const char *respondent;
    /* A digest over the whole row as it stands in the file; needed only where `respondent` is NULL. */
    const uint8_t *content;
    size_t content_size;
    int64_t submitted;                  /* or WZ_NO_TIME */
    int partial;                        /* 1: never submitted to the end */
    const struct wz_group_step *groups; /* outermost first */
    size_t group_count;
    const struct wz_answer *answers;
    size_t answer_count;
    /* The whole row, every column of it; needed, and looked at, only where `wave` is NULL. */
    const struct wz_cell *cells;
    size_t cell_count;
    /* As in wz_problem, for a row of which the function can make no wave; looked at only where `wave` is
     * NULL.
     */
    const char *heading, *body;
};

/* A response that is taken back: it leaves every indicator, as if it had never been given. */
struct wz_withdrawal {
    const char *instrument;
    const char *wave;
    const char *respondent;
};

/* A number that an event carries. Where an event has them they are called "duration" (in minutes), "score"
 * (-1 to 1), "success" and "completion" (0 or 1); others are the plugin's own. */
struct wz_measure {
    const char *name;
    double value;
};

/* By what an event can be found: in a role of the plugin's own numbering, somebody or something. */
struct wz_reference {
    uint32_t role;
    const char *key; /* an IRI, an id ...; NULL: a person */
    size_t person;   /* where key is NULL: which of the event's `people` */
};

/* Bytes that belong to an event and are kept beside it. */
struct wz_attachment {
    const char *key; /* what the event calls them */
    const char *content_type;
    const void *bytes;
    size_t size;
};

/*
 * In the text of an event a person stands as a mark: WZ_PERSON_MARK, the index into `people` as a decimal
 * number, WZ_PERSON_MARK. The byte stands nowhere in JSON, so nothing else can be one. Where the event is
 * read again, the mark and what is in it has become the person's pseudonym, as WZ_PSEUDONYM_DIGITS
 * hexadecimal digits; of somebody who has been forgotten, as many noughts. A pseudonym that was read may be
 * handed in again, as a mark with its digits in place of the identifier: it is the same person.
 */
#define WZ_PERSON_MARK "\001"
enum { WZ_PSEUDONYM_DIGITS = 32 };

/* Something that happened, once. The same id twice is one event; the same id with another content is refused.
 */
struct wz_event {
    uint8_t id[16];
    const char *actor;
    const char *verb;
    const char *object;
    int64_t time;
    const struct wz_group_step *groups; /* outermost first */
    size_t group_count;
    const struct wz_measure *measures;
    size_t measure_count;
    const char *raw; /* the event as it came in, as JSON; with marks for people, see above */

    /* Identifiers of those whom the event names, the actor or not, as in `actor`. */
    const char *const *people;
    size_t people_count;
    /* The event in a form in which the same event always reads the same; may have marks. NULL: `raw`. */
    const char *content;
    const struct wz_reference *references;
    size_t reference_count;
    /* The id of an event that this one speaks about, 16 bytes; it is found by what finds that one, too, where
     * that came first. NULL: it speaks about none. */
    const uint8_t *target;
    /* 1: it takes the target back. That leaves every indicator, and is found by its id alone; also if it
     * comes later. What takes something back cannot be taken back itself. */
    int voids;
    const struct wz_attachment *attachments;
    size_t attachment_count;
    /* Which bytes of `content` tell its time, with what they need to be left out, where that time may have
     * been given here: a known event of the content without them is the same if it was stored at `time`. No
     * mark is in them. Size 0: it was not. */
    size_t content_time_at, content_time_size;
};

enum wz_record_kind {
    WZ_RESPONSE = 1,
    WZ_WITHDRAWAL = 2,
    WZ_EVENT = 3,
};

struct wz_record {
    uint32_t kind; /* enum wz_record_kind; more kinds may come */
    uint32_t reserved;
    uint64_t row; /* where in its document it stands, counted in rows (the heading is 1, blank lines are
                     none); or 0 */
    union {
        struct wz_response response;
        struct wz_withdrawal withdrawal;
        struct wz_event event;
    } as;
};

/* Something in a document that a person has to mend. The row it stands in is refused, the others go on. */
struct wz_problem {
    uint64_t row;       /* as in wz_record; 0: the document as a whole */
    const char *column; /* its heading, or NULL: the row as a whole */
    const char *text;   /* what is wrong and what to do, one sentence without a full stop */

    /*
     * What the plugin needs to read the row again, once a person has mended what was wrong (the labels of a
     * script, say). The core keeps it in the quarantine and hands it back to `receive` as a document of its
     * own: the heading and a newline, then the body of one or more rows of that heading and a newline each.
     * Records and problems of it have the row numbers of the first time. NULL: the row cannot be read again.
     *
     * Each is a line of JSON, so that administrators can be shown it: the heading an object with an array of
     * texts "columns", the body one with an array of texts "cells"; what else they hold is the plugin's own.
     * `heading` is what many rows have in common, and is kept once. What is longer than WZ_LONGEST_HEADING or
     * WZ_LONGEST_BODY bytes is not kept.
     */
    const char *heading, *body;
    /* Whose row it is, as in wz_response, so that what is kept of a person can be found and removed; NULL:
     * not known. */
    const char *respondent;
};

enum { WZ_LONGEST_HEADING = 1 << 20, WZ_LONGEST_BODY = 256 << 10 };

#ifdef __cplusplus
}
#endif
#endif
