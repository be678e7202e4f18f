/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Records in. Each record of a delivery is checked, its identifiers are replaced by pseudonyms, and it is
 * appended to the log in large batches; the delivery counts what became of them. Only committed records are
 * counted as anything but rejected.
 */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include "base/error.h"
#include "ingest/hints.h"
#include "ingest/outdated.h"
#include "ingest/problem_groups.h"
#include "store/quarantine.h"

#include <wijzer/plugin.h>

struct ingest;   /* owned by whoever starts it */
struct delivery; /* one document's records; owned by ingest until `done` has been called */

struct ingest_options {
    const char
        *state_dir; /* holds pseudonym.key (0600), made on first start; $CREDENTIALS_DIRECTORY goes before */
};

int ingest_open(struct ingest **ingest, struct store *store, const struct ingest_options *options,
                struct error *error);
/* Every delivery is over by now. */
void ingest_close(struct ingest *ingest);
/* `grew` is called on the loop after a commit that put something into the log. */
void ingest_on_growth(struct ingest *ingest, void (*grew)(void *data), void *data);

/* Under which pseudonym a person would come in; a mark with the digits of one is that one, see
 * wijzer/record.h. */
void ingest_pseudonym(const struct ingest *ingest, const char *identifier, uint8_t out[PSEUDONYM_SIZE]);

enum { DELIVERY_PROBLEMS_KEPT = 50 };

struct delivery_problem {
    uint64_t row;
    char *column; /* or NULL */
    char *text;
};

/* What the document turned out to be. */
struct delivery_note {
    char *key, *text;
};

struct delivery_report {
    uint64_t accepted, duplicate, replaced, withdrawn, rejected;
    uint64_t position; /* up to here the log holds all of it, what was there before too; 0: nothing came */
    /* Of the rejected: in the quarantine now; had no room there. */
    uint64_t quarantined, missed;
    bool found;   /* the person who was sought is in it */
    bool dry_run; /* nothing of it was kept: it is what would have become of it, and position is 0 */
    struct delivery_problem problems[DELIVERY_PROBLEMS_KEPT]; /* the first ones */
    size_t problem_count;
    const struct problem_groups *groups; /* of all of them; NULL: there are none */
    struct delivery_note notes[WZ_NOTES];
    size_t note_count;
    struct hints hints;
    struct outdated outdated; /* of the duplicates */
    const char *error;        /* why the document as a whole was refused or broken off, or NULL */
    /* ERROR_INPUT: the document is at fault; ERROR_CANCELLED: somebody stopped it; ERROR_NONE: nothing is
     * wrong; else it may be taken another time. */
    enum error_kind error_kind;
};

struct delivery_source {
    const char *feed, *document;
    bool is_named; /* the document's name says which one it is: coming again, it replaces its rows in the
                      quarantine */
    bool dry_run;  /* everything is checked and counted, and nothing is kept */
    /* The number of the delivery (see store/quarantine.h) whose refused rows are read again; 0: they are new.
     * Those that are taken leave the quarantine in the same commit. */
    uint64_t replay;
    int64_t user; /* whose document it is, see store/audit.h */
    /* A pseudonym: the document is only looked through for this person, and nothing of it is kept. Or NULL.
     */
    const uint8_t *sought;
};

/* Opens a delivery. `done` is called once on the loop, after ingest_finish and after everything is committed;
 * the report lives for the call. */
struct delivery *ingest_begin(struct ingest *ingest, const struct delivery_source *source,
                              void (*done)(void *data, const struct delivery_report *report), void *data);
/* A record is copied, checked and queued. A bad one is counted as rejected and becomes a problem. */
void ingest_record(struct delivery *delivery, const struct wz_record *record);
void ingest_problem(struct delivery *delivery, const struct wz_problem *problem);
/* Copied. It replaces an earlier one of the same key; more keys than are kept are passed over. */
void ingest_note(struct delivery *delivery, const char *key, const char *text);
/* Copied, once. */
void ingest_hint(struct delivery *delivery, const char *text);
/* Nothing follows. `error` NULL, or why it ends early; the kind is as in the report. */
void ingest_finish(struct delivery *delivery, enum error_kind kind, const char *error);

struct withdrawal_report {
    bool was_there;    /* there was a response, which counts no more */
    uint64_t position; /* as in delivery_report */
    /* Of the respondent, in the feed's quarantine: read again, it would come back. */
    struct quarantined_of quarantined;
};
/* On the loop, once it is on disk. `error` is NULL on success. */
typedef void (*ingest_withdrawn_fn)(void *data, const struct withdrawal_report *report,
                                    const struct error *error);
/* Takes a response back. -1, and nothing follows: what is asked is no withdrawal. */
int ingest_withdraw(struct ingest *ingest, const char *feed, const struct wz_withdrawal *withdrawal,
                    int64_t user, ingest_withdrawn_fn done, void *data, struct error *error);

/* Too much is waiting for the disk: stop feeding until `resume` is called (once, on the loop). */
bool ingest_congested(const struct delivery *delivery);
void ingest_on_resume(struct delivery *delivery, void (*resume)(void *data), void *data);
/* As it stands, for progress; counts what is committed. */
const struct delivery_report *ingest_report(const struct delivery *delivery);

#endif
