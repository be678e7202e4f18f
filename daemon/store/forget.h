/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forgetting a person: all there is of one leaves the store, in steps, each of which is kept, so that it goes
 * on where it was after any end of wijzerd. What is kept no longer, for its age, leaves it in the same way.
 *
 *   FORGET_FILES   what counts has been withdrawn; documents that hold the person are being looked for
 *   FORGET_LOG     the log is being read for what else there is; events are withdrawn
 *   FORGET_PURGE   every cell and result may have followed; then all of it is removed
 *   FORGET_SCRUB   the pseudonym is no longer known; its bytes may stand in parts of the files that are free
 */
#ifndef STORE_FORGET_H
#define STORE_FORGET_H

#include "store/store.h"

enum forget_stage { FORGET_FILES = 1, FORGET_LOG = 2, FORGET_PURGE = 3, FORGET_SCRUB = 4 };

struct store_forgetting {
    uint64_t id;
    enum forget_stage stage;
    int64_t user;                   /* who wants it, see store/audit.h */
    uint8_t person[PSEUDONYM_SIZE]; /* zeros from FORGET_SCRUB on, and for what goes for its age */
    bool for_age;                   /* what goes is `calendar`'s, and from before `older` */
    char feed[600];                 /* likewise: whose documents and rows of the quarantine go too */
    char calendar[600];
    int64_t older;    /* milliseconds since 1970 UTC */
    uint64_t scanned; /* of FORGET_LOG: the log has been read up to here */
    uint64_t through; /* up to here it is about; what comes later stays */
    /* What there was of the person. A response counts once, however often it was replaced. */
    uint64_t responses, events, resources, quarantined;
    uint64_t files, unreadable; /* removed; could not be looked into */
};

/* Withdraws what counts, and keeps that the rest is to follow. */
int store_forget_begin(struct store_tx *tx, const uint8_t person[PSEUDONYM_SIZE], int64_t user, uint64_t *id,
                       struct error *error);
/* Begins to remove the responses of a calendar that were submitted, or came in where that is not known,
 * before `older`. One of the feed that waits to begin takes this over. */
int store_forget_begin_old(struct store_tx *tx, const char *feed, const char *calendar, int64_t older,
                           struct error *error);
/* The first that is under way. */
int store_forget_first(struct store_view *view, struct store_forgetting *forgetting, bool *found,
                       struct error *error);
/* Ends FORGET_FILES. */
int store_forget_files_done(struct store_tx *tx, const struct store_forgetting *forgetting,
                            struct error *error);

/* What a stretch of the log holds that is to go. Zeroed is ready; free `entries`. */
struct forget_stretch {
    struct forget_entry {
        uint64_t position;
        bool counts; /* a response that counts, and is too old; its earlier versions go with it */
        uint32_t period;
        uint8_t respondent[PSEUDONYM_SIZE];
    } * entries;
    size_t count, capacity;
    uint64_t to; /* the log was read up to here */
    uint64_t responses, events;
};
/* Reads the next stretch after forgetting->scanned. */
int store_forget_read(struct store_view *view, const struct store_forgetting *forgetting,
                      struct forget_stretch *stretch, struct error *error);
/* Notes what it holds, and withdraws its events. With the last one, FORGET_LOG ends. */
int store_forget_note(struct store_tx *tx, const struct store_forgetting *forgetting,
                      const struct forget_stretch *stretch, struct error *error);

/* Removes everything, once no cell holds it; fills in what there was in the quarantine. Ends FORGET_PURGE. */
int store_forget_purge(struct store_tx *tx, struct store_forgetting *forgetting, struct error *error);
/* Nothing is left to do. */
int store_forget_done(struct store_tx *tx, uint64_t id, struct error *error);

#endif
