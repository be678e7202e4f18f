/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The feeds, as those see them who look at them or hand documents in. The host room makes the table, the api
 * room uses it; both stand on the same floor, so it lies one below, and parts.c carries it across.
 */
#ifndef INGEST_FEEDS_H
#define INGEST_FEEDS_H

#include "base/error.h"
#include "ingest/ingest.h"
#include "store/quarantine.h"

#include <wijzer/plugin.h>

enum feed_state { FEED_ACTIVE = 1, FEED_FAILED = 2 };

/* A document on its way to a feed. */
struct feed_document {
    const char *name;
    int descriptor; /* read-only and at its beginning; the host closes it */
    /* As in struct delivery_source. */
    bool is_named, dry_run;
    uint64_t replay;
    const char *key; /* a word of whoever sends it, to cancel it by; or NULL */
    int64_t user;
    const uint8_t *sought;
};

/* What is under way or was last, of a feed. */
struct feed_info {
    const char *name, *plugin;
    const char *instrument; /* what it brings responses of; NULL: it brings events */
    enum feed_state state;
    const char *error;                                /* why it failed, or NULL */
    const char *watch;                                /* folder, or NULL */
    const char *watch_problem;                        /* the last that is still there, or NULL */
    uint64_t accepted, duplicate, replaced, rejected; /* ever */
    bool importing, dry_run;                          /* dry_run: what is under way is one */
    const char *document; /* its name: of the one under way, else of the last; or NULL */
    uint64_t document_bytes, done_bytes, document_rows; /* of the one under way */
    int64_t since;                                      /* when reading it began */
    size_t waiting;                                     /* documents behind it */
    int64_t last_at;        /* when the last one ended, or the last events came; 0: never */
    const char *last_error; /* why the last one was refused as a whole, or NULL */
    uint64_t refused;       /* requests, of a plugin that serves them; ever */
    int64_t refused_at;     /* when the last one was; 0: never */
    const char *refusal;    /* why, or NULL */
};

typedef void (*feed_visit_fn)(void *data, const struct feed_info *info);
typedef void (*feed_done_fn)(void *data, const struct delivery_report *report);

/* What became of rows of the quarantine that were read again. */
struct replay_report {
    uint64_t rows;       /* that were meant */
    uint64_t unreadable; /* of these: nothing was kept of them that could be read */
    uint64_t accepted, replaced, duplicate;
    uint64_t rejected; /* again */
    const char *error; /* why some of them were not read, or NULL */
    enum error_kind error_kind;
};
typedef void (*feed_replayed_fn)(void *data, const struct replay_report *report);

/* What there was of a person, and is gone. */
struct forget_report {
    uint64_t responses, events, resources, quarantined;
    uint64_t files;      /* documents in done/ and failed/ that were removed, for the person was in them */
    uint64_t unreadable; /* others there, that could not be looked into */
    bool goes_on;        /* it takes longer; the counts are not there yet */
    const char *error;   /* why it has not begun, or NULL */
    enum error_kind error_kind;
};
typedef void (*feed_forgotten_fn)(void *data, const struct forget_report *report);

/* A response that is to be taken back, of the instrument of a feed. */
struct feed_withdrawal {
    const char *wave, *respondent;
    int64_t user; /* who wants it, see store/audit.h */
};

/* May the caller of a path have what a plugin has there? */
enum feed_access {
    FEED_NO_ROUTE,
    FEED_OPEN,    /* it is the plugin's, for whoever may use the socket */
    FEED_GRANTED, /* the key and the secret are those of a feed that serves it, or none are needed */
    FEED_DENIED,  /* a feed serves it, and they are not */
};
struct feed_caller {
    const char *method, *path;
    const char *authorization; /* the header as sent, or NULL */
    bool is_preflight;         /* a browser asks what it may ask; it says nothing of whom for */
};
struct feed_route {
    enum feed_access access;
    const char *path;   /* of the route; lives until the loop goes on */
    const char *feed;   /* of FEED_GRANTED: the one that is to have it; lives as long as the host */
    const char *reason; /* of FEED_DENIED: for the caller; a literal */
    /* WZ_ANSWER_HEADERS that every answer there has, or NULL; the first without a name ends them. They live
     * as `path` does. */
    const struct wz_header *headers;
};
typedef void (*feed_reply_fn)(void *data, const struct wz_http_reply *reply);

struct feeds {
    void *host; /* goes back as the first argument of each */

    /* Visits the feeds in the order of the configuration. */
    void (*each)(void *host, feed_visit_fn visit, void *data);

    /* Hands a document to a feed. `done` is called on the loop when everything is committed; the report lives
     * for the call. -1 where there is no such feed, it takes no documents or has failed (then the descriptor
     * is the caller's still). Documents of one feed are taken in turn. */
    int (*receive)(void *host, const char *feed, const struct feed_document *document, feed_done_fn done,
                   void *data, struct error *error);

    /* Cancels the document that was sent with the key, or (NULL) the one that is under way: what is in stays
     * in, the rest is not read, and `done` of the document says so. -1: there is none. `name` gets the
     * document's, which lives until the loop goes on. */
    int (*cancel)(void *host, const char *feed, const char *key, const char **name, struct error *error);

    /* Reads rows of the quarantine again; those that are taken leave it. `done` as for receive, and -1 too.
     */
    int (*replay)(void *host, const struct quarantine_choice *choice, int64_t user, feed_replayed_fn done,
                  void *data, struct error *error);

    /* Takes a response back. `done` comes on the loop, and not where this gives -1. */
    int (*withdraw)(void *host, const char *feed, const struct feed_withdrawal *withdrawal,
                    ingest_withdrawn_fn done, void *data, struct error *error);

    /* Forgets a person: everything that any feed has brought of one. `done` as for receive, when nothing is
     * left, or after a minute; then it goes on by itself, also after a restart. */
    void (*forget)(void *host, const char *identifier, int64_t user, feed_forgotten_fn done, void *data);

    /* Routes of plugins. */
    void (*find_route)(void *host, const struct feed_caller *caller, struct feed_route *found);
    /* `feed` is that of FEED_GRANTED, or NULL. `http` lives until `reply` is called, which it is once, on the
     * loop; what it is given lives for the call. */
    void (*request)(void *host, const char *feed, const struct wz_http *http, feed_reply_fn reply,
                    void *data);
};

#endif
