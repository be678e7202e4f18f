/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the store room: what its files share. */
#ifndef STORE_INTERNAL_H
#define STORE_INTERNAL_H

#include "base/map.h"
#include "store/database.h"
#include "store/event/reader.h"
#include "store/event/tail.h"
#include "store/store.h"

struct store_view {
    struct database *database;
    const char *path; /* of the database file */
    /* Up to here every event that was stored is on disk, and seen; INT64_MIN: not known. */
    int64_t events_through;
    /* What the writer, or a trial, knows of the newest events; NULL: it is looked for in the table. */
    const struct event_tail *tail;
};

/* The numbers of names, as the writer knows them. Emptied when a transaction is undone: some may never have
 * been. */
struct names {
    struct map groups, items, periods; /* periods: index into `period` */
    struct map subjects;               /* those that were asked for lately */
    struct known_period {
        uint32_t id;
        int64_t starts;
    } * period;
    size_t period_count;
};

void names_clear(struct names *names);
void names_free(struct names *names);

/* Counted along with the log, so that nobody has to count rows. */
struct counts {
    uint64_t position, responses, events;
    int64_t arrived; /* when the log grew, as it was noted last */
    struct tail_counts tail;
};

struct store_tx {
    struct store_view view;
    struct store_trial *trial; /* NULL: it is meant */
    struct names names;
    struct event_writer *events; /* NULL in a trial */
    struct counts counts, committed;
    struct response scratch;
    struct buf body, ids;
};

/* Brings an opened database to the schema of this version. */
int schema_migrate(struct database *database, struct error *error);
/* Of version 14: rows of the table event_tail become blocks, and the table goes. */
int event_tail_to_blocks(struct database *database, struct error *error);
/* The newest schema version known. */
int schema_version(void);

/* Before the results of the indicator are removed. */
int store_publications_forget(struct store_tx *tx, uint32_t indicator, struct error *error);

/* Of a response, one way or the other? */
static inline bool log_is_withdrawal(enum store_kind kind)
{
    return kind == STORE_WITHDRAWAL || kind == STORE_REMOVAL;
}

/* As store_append_withdrawal, of what is to be removed for good: the entry is a STORE_REMOVAL. */
int log_append_removal(struct store_tx *tx, uint32_t period, const uint8_t respondent[PSEUDONYM_SIZE],
                       enum store_outcome *outcome, uint64_t *position, struct error *error);

/* Appends the facts of an event. */
int log_append_event(struct store_tx *tx, int64_t time, const void *facts, size_t size, struct error *error);
struct store_event;
/* Whether there is one of an event's id, and whether that is the event. */
int events_look_up(struct store_view *view, struct event_reader *reader, const struct store_event *event,
                   bool *found, bool *is_same, struct error *error);

/* Appends the withdrawal of an event, where the entry is one. */
int log_withdraw_event(struct store_tx *tx, uint64_t position, bool *is_event, struct error *error);

/* What becomes of a body, for an entry with its identity and the body `there` counts now. */
enum store_outcome log_outcome(enum store_kind kind, const void *body, size_t size, const void *there,
                               size_t there_size);

/* The entry that counts for a respondent of a wave; 0: none does. */
int log_current(struct store_view *view, uint32_t period, const uint8_t respondent[PSEUDONYM_SIZE],
                uint64_t *position, struct error *error);
/* What an entry took the place of, or withdrew; 0: nothing. */
int log_before(struct store_view *view, uint64_t position, uint64_t *before, struct error *error);
/* The response at a position; *found says whether there is one. */
int log_response(struct store_view *view, uint64_t position, struct response *response, bool *found,
                 struct error *error);
/* When an entry of the log came in, at the latest: milliseconds since 1970 UTC. */
int log_arrival(struct store_view *view, uint64_t position, int64_t *at, struct error *error);

int counts_load(struct store_tx *tx, struct error *error);
int counts_save(struct store_tx *tx, struct error *error);

#endif
