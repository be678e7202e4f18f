/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows that were refused, kept until they are mended or dropped. They stand here as they were sent, so they
 * are as personal as the documents they came in: identifiers of respondents too.
 */
#ifndef STORE_QUARANTINE_H
#define STORE_QUARANTINE_H

#include "store/store.h"

/* Of one feed; what does not fit is counted, and not kept. */
enum { QUARANTINE_MOST_ROWS = 20000, QUARANTINE_MOST_BYTES = 32 << 20 };

struct store_refused {
    uint64_t id; /* of one that is read */
    const char *feed, *document;
    uint64_t delivery; /* a number of the time that the document came: those of a feed are all different */
    uint64_t row;      /* in the document; 0: not known */
    const char *column, *reason; /* column: or NULL */
    int64_t at;                  /* milliseconds since 1970 UTC: when it was refused last */
    const uint8_t *person;       /* the respondent's pseudonym; NULL: not known */
    /* What its plugin needs to read it again; NULL: nobody can. A heading is the same for many rows, and kept
     * once; its number is 0 where it has none yet. */
    const char *heading_text, *body;
    uint32_t heading;
};

/* *kept false: there is no room for it, and it was counted as missed. A heading without a number gets one. */
int store_quarantine_keep(struct store_tx *tx, struct store_refused *refused, bool *kept,
                          struct error *error);
/* It was read again, and refused again: column, reason and time of the row are new. */
int store_quarantine_renew(struct store_tx *tx, const struct store_refused *refused, struct error *error);
/* It was read again, and taken. */
int store_quarantine_take(struct store_tx *tx, const char *feed, const char *document, uint64_t delivery,
                          uint64_t row, struct error *error);
/* The document has come again: removes what earlier deliveries left of this row, or with `whole` of all its
 * rows. */
int store_quarantine_supersede(struct store_tx *tx, const struct store_refused *refused, bool whole,
                               struct error *error);
/* Counts rows that nobody tried to keep. */
int store_quarantine_miss(struct store_tx *tx, const char *feed, uint64_t rows, struct error *error);

/* Which rows are meant. */
struct quarantine_choice {
    const char *feed;
    const char *document; /* NULL: every one */
    const uint64_t *ids;  /* or NULL: every one */
    size_t id_count;
};

/* Rows of a choice after an id, in order of their ids, at most `limit`, without heading and body; a visitor
 * that returns non-zero ends the visit. */
int store_quarantine(struct store_view *view, const struct quarantine_choice *choice, uint64_t after,
                     size_t limit, int (*visit)(void *data, const struct store_refused *refused), void *data,
                     struct error *error);
/* One row with all there is of it. */
int store_quarantine_get(struct store_view *view, const char *feed, uint64_t id,
                         int (*visit)(void *data, const struct store_refused *refused), void *data,
                         bool *found, struct error *error);
int store_quarantine_drop(struct store_tx *tx, const struct quarantine_choice *choice, uint64_t *rows,
                          struct error *error);
/* Removes the rows of a feed that were refused last before a time, in milliseconds since 1970 UTC. */
int store_quarantine_drop_old(struct store_tx *tx, const char *feed, int64_t before, uint64_t *rows,
                              struct error *error);
/* Removes every row that is known to be of a person, of every feed. */
int store_quarantine_forget(struct store_tx *tx, const uint8_t person[PSEUDONYM_SIZE], uint64_t *rows,
                            struct error *error);

enum { QUARANTINE_MOST_OF = 100 };

/* Rows of a person that are in a quarantine: the first ones. */
struct quarantined_of {
    uint64_t ids[QUARANTINE_MOST_OF];
    size_t count;
};

int store_quarantine_of(struct store_view *view, const char *feed, const uint8_t person[PSEUDONYM_SIZE],
                        struct quarantined_of *rows, struct error *error);

struct quarantine_figures {
    uint64_t rows, bytes;
    uint64_t missed; /* had no room, since the quarantine of the feed was last empty */
};
int store_quarantine_figures(struct store_view *view, const char *feed, struct quarantine_figures *figures,
                             struct error *error);

#endif
