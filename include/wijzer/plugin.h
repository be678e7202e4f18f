/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Everything a Wijzer plugin may know.
 *
 * A plugin is a shared object that exports one function, `wijzer_plugin`, and links against nothing of the
 * daemon: all it can call comes in through `struct wz_host`. Both tables are versioned and only ever grow at
 * the end, so that a plugin built against an older header keeps working.
 *
 *     const struct wz_plugin *wijzer_plugin(void) { return &descriptor; }
 *
 * One plugin may be used by several sections of wijzer.conf; each is an *instance* with options and state of
 * its own. The life of an instance:
 *
 *     init   reads options, allocates state. If it fails, nothing else is called for this instance. It is
 *            called by `wijzerd --check`, too, with deinit behind it: of the host it uses the options only.
 *     start  the loop runs: timers, routes, documents may come.
 *     stop   nothing is called any more but deinit. Timers and routes of the instance are taken down by the
 *            host.
 *     deinit frees the state.
 *
 * Everything but `decode` is called on the one loop thread of its process and must not block: what takes more
 * than a moment is put aside (see wz_host.aside). `decode` is called in a confined process of its own: see
 * there.
 *
 * wijzerd never opens a connection. What fetches from or sends to other machines does so in another process,
 * wijzer-courier: such a plugin has `courier_init` instead of `init`, and is given `struct wz_courier`.
 */
#ifndef WIJZER_PLUGIN_H
#define WIJZER_PLUGIN_H

#include <wijzer/record.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WZ_ABI_VERSION 1u
#define WZ_PLUGIN_SYMBOL "wijzer_plugin"

struct wz_instance; /* the host's handle of one configured section */
struct wz_delivery; /* one document on its way in */
struct wz_timer;
struct wz_request; /* one HTTP request on a route of the plugin */

/* ---- options ------------------------------------------------------------------------------------------- */

enum wz_option_type {
    WZ_OPTION_STRING = 1,
    WZ_OPTION_INTEGER = 2, /* a whole number, within [min, max] */
    WZ_OPTION_NUMBER = 3,  /* within [min, max] */
    WZ_OPTION_BOOLEAN = 4, /* yes no true false on off 1 0 */
    WZ_OPTION_CHOICE = 5,  /* one of `choices`, separated by '|' */
    WZ_OPTION_PATH = 6,    /* relative ones are taken from the folder of the configuration file */
};

/* One key of a section. A table ends with an entry whose name is NULL. Checked before init is called. */
struct wz_option {
    const char *name;
    uint32_t type; /* enum wz_option_type */
    int required;
    const char *default_value; /* as it would stand in the file; NULL: none */
    double min, max;           /* both 0: no range */
    const char *choices;
    const char *help; /* one line */
};

/* ---- what the host offers ------------------------------------------------------------------------------ */

enum wz_log_level { WZ_LOG_ERROR = 3, WZ_LOG_WARNING = 4, WZ_LOG_INFO = 6 };

typedef void (*wz_timer_fn)(void *state, struct wz_timer *timer);

/* A document of the plugin's own: `body` is NULL where there is none, or where the write is done. */
typedef void (*wz_document_fn)(void *context, const void *body, size_t size, const char *error);

/* One event of a query, newest position last. */
struct wz_stored_event {
    uint64_t position; /* in the log */
    int64_t time;
    const char *raw;
};
/* Called once a query is done; the events live for the call. `error` is NULL on success. */
typedef void (*wz_events_fn)(void *context, const struct wz_stored_event *events, size_t count,
                             const char *error);

/* What became of an event that was handed in. */
enum wz_event_fate {
    WZ_EVENT_TAKEN = 0,
    WZ_EVENT_KNOWN = 1,    /* it was there */
    WZ_EVENT_CONFLICT = 2, /* there is another one of its id */
    WZ_EVENT_INVALID = 3,  /* it cannot be kept */
};

/* Why nothing was done. */
enum wz_failure {
    WZ_NO_FAILURE = 0,
    WZ_REFUSED = 1,  /* what is asked cannot be done; asking again does not help */
    WZ_FULL = 2,     /* the disk is; nothing is lost, and it may be asked again later */
    WZ_STOPPING = 3, /* likewise, wijzerd stops */
    WZ_FAILED = 4,
    WZ_BUSY = 5, /* as of WZ_FULL, but soon: too much is under way */
};

struct wz_events_taken {
    enum wz_failure failure; /* other than WZ_NO_FAILURE: none was taken */
    const char *error;       /* for people, or NULL */
    size_t at;               /* of WZ_REFUSED: the first that is at fault */
    const uint8_t *fates; /* enum wz_event_fate, by event; of WZ_REFUSED only that of `at` says something */
    size_t count;
};
/* Once it is on disk. Everything lives for the call. */
typedef void (*wz_events_taken_fn)(void *context, const struct wz_events_taken *taken);

/* Events that are made ready to be handed in. */
struct wz_parcel;

/* A piece of work that takes longer than the loop can wait: see wz_host.aside. */
typedef void (*wz_aside_fn)(void *context);
/* It is over. `stopped`: the instance has stopped, or stops; what was to be done may not have been begun. */
typedef void (*wz_aside_done_fn)(void *context, int stopped);

/* By what events are looked for. A person is an identifier. */
struct wz_wanted {
    uint32_t role;
    const char *key;    /* NULL: a person */
    const char *person; /* where key is NULL */
};

struct wz_events_question {
    const uint8_t
        *id; /* 16 bytes: only this one, also if it was taken back, and no more is looked at; or NULL
              */
    const struct wz_wanted *wanted; /* every one of them, each in its role */
    size_t wanted_count;
    int64_t since, until; /* stored later than, and no later than; WZ_NO_TIME: any time */
    uint64_t from;        /* the `next` of the page before; 0: from the newest on, or the oldest */
    int ascending;        /* oldest first, by when they were stored */
    size_t limit;         /* at most so many; 0: no events are wanted, only `through` */
    size_t most_bytes;    /* of texts and attachments; but one event, if there is any */
    int with_attachments;
};

struct wz_event_found {
    uint64_t position;    /* in the log */
    int64_t time, stored; /* milliseconds since 1970 UTC; what is stored later has no smaller one */
    uint8_t id[16];
    int voided; /* it was taken back */
    const char *raw;
    size_t raw_size;
    const struct wz_attachment *attachments; /* where they were asked for */
    size_t attachment_count;
};

struct wz_events_page {
    const struct wz_event_found *const *events;
    size_t count;
    uint64_t next;   /* where the next page begins; 0: there is none */
    int64_t through; /* everything that was stored up to this time has been looked at */
};
/* `page` or `error` is NULL. Everything lives for the call. */
typedef void (*wz_events_found_fn)(void *context, const struct wz_events_page *page, const char *error);

/*
 * Where a resource is kept: a text, or bytes, of the plugin's own that may belong to a person. Whoever is
 * forgotten takes theirs along. Any but `collection` may be NULL, which is a value like any other where one
 * resource is meant.
 */
struct wz_resource_key {
    const char *collection;
    const char *person; /* an identifier */
    const char *scope, *part;
    const char *name;
};

struct wz_resource {
    const char *content_type;
    const void *body;
    size_t size;
    int64_t updated;  /* milliseconds since 1970 UTC; of one that is put: passed over */
    uint64_t version; /* grows with each change; likewise */
};

#define WZ_ANY_VERSION UINT64_MAX

/* `resource` is NULL where there is none, or an error. */
typedef void (*wz_resource_fn)(void *context, const struct wz_resource *resource, const char *error);
/* Once it is on disk. `changed` is 0 where the version was not the expected one: then nothing was done. */
typedef void (*wz_resource_changed_fn)(void *context, int changed, enum wz_failure failure,
                                       const char *error);
/* `updated`: when the one of them that was changed last was, or WZ_NO_TIME where there is none. */
typedef void (*wz_resource_names_fn)(void *context, const char *const *names, size_t count, int64_t updated,
                                     const char *error);

/* One entry of the alert log: an alert became pending, fires, or is over. */
struct wz_alert {
    uint64_t position;
    const char
        *json; /* an object: "alert", "state", "was", "time" (milliseconds since 1970 UTC), "group" ... */
};
/* As wz_events_fn. */
typedef void (*wz_alerts_fn)(void *context, const struct wz_alert *alerts, size_t count, const char *error);
typedef void (*wz_alerts_grew_fn)(void *state);

/* Of a request or a reply. */
struct wz_header {
    const char *name, *value;
};

/* A request on a route. `body` is whole; everything lives until the reply. */
struct wz_http {
    const char *method;
    const char *path;
    const char *query;        /* the part after '?', as sent, or "" */
    const char *content_type; /* or "" */
    const void *body;
    size_t body_size;
    const struct wz_header *headers; /* all of them, as sent; names are told apart without case */
    size_t header_count;
};
/* What is sent back. Everything is copied. Of the answer to a HEAD, and of a 304, the body gives the length
 * and is not sent. */
struct wz_http_reply {
    int status;
    const struct wz_header *headers; /* Content-Type among them, where a body is sent */
    size_t header_count;
    const void *body;
    size_t body_size;
    /* Why the request was refused, for those who look after the feed: one sentence, without anything that was
     * sent and may tell who somebody is. NULL: it was not refused. */
    const char *refusal;
};
typedef void (*wz_route_fn)(void *state, struct wz_request *request, const struct wz_http *http);

enum { WZ_ANSWER_HEADERS = 4 };

/*
 * The host's functions. `struct_size` is the size the host knows: a plugin that wants a function from a later
 * header first checks that the table reaches that far. Functions are called on the loop thread only, but for
 * those of which it is said.
 */
struct wz_host {
    uint32_t abi_version;
    uint32_t struct_size;

    /* The value of an option of the plugin's table, or its default; NULL where neither is set. Lives as long
     * as the instance. Numbers and booleans come through the typed forms. */
    const char *(*option)(struct wz_instance *self, const char *name);
    int64_t (*option_integer)(struct wz_instance *self, const char *name);
    double (*option_number)(struct wz_instance *self, const char *name);
    int (*option_boolean)(struct wz_instance *self, const char *name);

    /* One line in the daemon's log, with the instance's name before it. Never put an answer or a name in it.
     */
    void (*log)(struct wz_instance *self, int level, const char *text);

    /* Says that the instance cannot go on. It is marked failed with the reason, stopped, and the rest goes
     * on. */
    void (*fail)(struct wz_instance *self, const char *reason);

    /* The declaration of an instrument as JSON (see daemon/script/PROTOCOL.md), or NULL while no script
     * declares it. Valid until the plugin returns to the loop. */
    const char *(*instrument)(struct wz_instance *self, const char *id);

    /* Records and problems of a delivery. A record is copied; it is checked, committed and counted later. */
    void (*emit)(struct wz_instance *self, struct wz_delivery *delivery, const struct wz_record *record);
    void (*problem)(struct wz_instance *self, struct wz_delivery *delivery, const struct wz_problem *problem);

    /* Ends a delivery: `error` is NULL, or says why the document is refused as a whole. Rows already emitted
     * stay. */
    void (*finish)(struct wz_instance *self, struct wz_delivery *delivery, const char *error);

    /* Hands the delivery's document to the plugin's `decode` in a confined process, with `job` as its order.
     * What it emits flows into the delivery, which the host ends when the process does. Returns at once. */
    void (*decode)(struct wz_instance *self, struct wz_delivery *delivery, const char *job);

    /* Calls `fire` after `first_ms` and then every `repeat_ms` (0: once). NULL only where memory is out. */
    struct wz_timer *(*timer_start)(struct wz_instance *self, uint64_t first_ms, uint64_t repeat_ms,
                                    wz_timer_fn fire);
    void (*timer_stop)(struct wz_instance *self, struct wz_timer *timer);

    /* Serves `path` and everything below it for one method. 0, or -1 where it is taken (the reason is
     * logged). */
    int (*route)(struct wz_instance *self, const char *method, const char *path, wz_route_fn handle);
    void (*reply)(struct wz_request *request, int status, const char *content_type, const void *body,
                  size_t size);

    /* Small documents of the instance, kept in the store by key. `body` NULL removes. `done` comes after the
     * commit. */
    void (*document_put)(struct wz_instance *self, const char *key, const void *body, size_t size,
                         wz_document_fn done, void *context);
    void (*document_get)(struct wz_instance *self, const char *key, wz_document_fn done, void *context);

    /* Up to `limit` stored events after a position of the log, in order. */
    void (*events_after)(struct wz_instance *self, uint64_t position, size_t limit, wz_events_fn done,
                         void *context);

    /* Calls `grew` whenever the alert log may have grown, until the instance stops; NULL: no more. Who
     * follows the log keeps the position up to which it has done its work, as a document, and asks from
     * there: at its start, and when it is called. */
    void (*alerts_watch)(struct wz_instance *self, wz_alerts_grew_fn grew);
    /* Up to `limit` entries of the alert log after a position, in order. Everything in them may leave the
     * daemon. */
    void (*alerts_after)(struct wz_instance *self, uint64_t position, size_t limit, wz_alerts_fn done,
                         void *context);

    /* Serves `path` and everything below it, for every method. Who asks has to know the `key` of the feed's
     * section, and the secret in its `secret_file` (RFC 7617), in the header Authorization or, of a form that
     * is posted without it, in a field of that name. Only a browser's
     * preflight, an OPTIONS with Access-Control-Request-Method, comes without them. Several feeds of one
     * plugin may serve the same path, each for its own key. 0, or -1 where the path is taken or the section
     * has no key (the reason is logged). */
    int (*serve)(struct wz_instance *self, const char *path, wz_route_fn handle);
    /* The same for what everybody may know: a GET or HEAD is answered without key and secret. */
    int (*serve_openly)(struct wz_instance *self, const char *path, wz_route_fn handle);
    /* One of more than a mebibyte may become a 503 with Retry-After, where callers read too many such answers
     * too slowly: what writes answers with less. */
    void (*respond)(struct wz_request *request, const struct wz_http_reply *reply);

    /* Takes events in: all of them, or none where one conflicts or is no event. Everything is copied. Those
     * that are handed in by many requests at once are committed together. */
    void (*events_put)(struct wz_instance *self, const struct wz_event *const *events, size_t count,
                       wz_events_taken_fn done, void *context);
    /* Looks for events, in the order in which they were stored. What was committed before is seen. */
    void (*events_find)(struct wz_instance *self, const struct wz_events_question *question,
                        wz_events_found_fn done, void *context);

    /* Resources belong to the plugin: its instances share them. */
    void (*resource_get)(struct wz_instance *self, const struct wz_resource_key *key, wz_resource_fn done,
                         void *context);
    /* `expected`: 0, there is none yet; a version; or WZ_ANY_VERSION. `resource` NULL removes: then a `name`,
     * `scope` or `part` that is NULL stands for every one, and `expected` has to be WZ_ANY_VERSION where more
     * than one can be meant. */
    void (*resource_put)(struct wz_instance *self, const struct wz_resource_key *key,
                         const struct wz_resource *resource, uint64_t expected, wz_resource_changed_fn done,
                         void *context);
    /* The names of those with this collection and person that were updated later than `since` (WZ_NO_TIME:
     * ever), in byte order. A `scope` or `part` that is NULL stands for every one; `name` is passed over. */
    void (*resource_names)(struct wz_instance *self, const struct wz_resource_key *key, int64_t since,
                           wz_resource_names_fn done, void *context);

    /* A header that every answer has on what the instance serves, also one that is not the plugin's: where a
     * key is wrong, a body too large, or wijzerd stops. A later call replaces one of the same name, and there
     * are at most WZ_ANSWER_HEADERS. What the plugin replies itself has a header of that name as the plugin
     * gives it. 0, or -1 where it cannot be sent. */
    int (*answer_header)(struct wz_instance *self, const char *name, const char *value);

    /* Has `run` called on another thread, and `done` on the loop once it has returned. Of everything that
     * plugins have put aside one piece is done at a time, in the order in which they were, and none is begun
     * while much waits for the disk. While a piece waits or runs, the loop goes on: `run` shares with it only
     * what neither of them changes, and calls no function of the host but those of parcels. `done` is called
     * once for each, always before deinit: of an instance that stops, the piece that runs is run to its end,
     * and others are not begun. Where `done` is told so, it replies and frees, and asks the host for nothing
     * else. */
    void (*aside)(struct wz_instance *self, wz_aside_fn run, wz_aside_done_fn done, void *context);

    /* Events are handed in as by events_put, but one after the other: none of them has to stay until the last
     * is there. All but parcel_put may be called on any thread, of one parcel on one at a time. */
    struct wz_parcel *(*parcel_begin)(struct wz_instance *self);
    /* Copies it. -1: it cannot be kept, and parcel_put will say so; nothing is added any more. */
    int (*parcel_add)(struct wz_parcel *parcel, const struct wz_event *event);
    /* What it holds, in bytes. */
    size_t (*parcel_size)(const struct wz_parcel *parcel);
    /* Hands it in; it is the host's from here on. */
    void (*parcel_put)(struct wz_instance *self, struct wz_parcel *parcel, wz_events_taken_fn done,
                       void *context);
    /* Instead of parcel_put. */
    void (*parcel_drop)(struct wz_parcel *parcel);
};

/* ---- what the courier offers --------------------------------------------------------------------------- */

/* A request to another machine. Everything is copied. Redirections are not followed. */
struct wz_http_order {
    const char *method;
    const char *url;          /* https; http only to this machine */
    const char *content_type; /* of the body; NULL where there is none */
    const void *body;
    size_t body_size;
    uint64_t most_bytes; /* of the answer's body; more is an error */
    uint32_t timeout_ms; /* for all of it */
};
struct wz_http_answer {
    int status;
    const void *body;
    size_t body_size;
};
/* Either is NULL. Everything lives until it returns. */
typedef void (*wz_http_fn)(void *context, const struct wz_http_answer *answer, const char *error);

/* What wijzerd says of a document that it was given. */
struct wz_receipt {
    uint64_t accepted, duplicate, replaced, rejected;
    const char *problem; /* the first, as people read it; NULL: there is none */
};
/* Either is NULL. */
typedef void (*wz_receipt_fn)(void *context, const struct wz_receipt *receipt, const char *error);

/* As struct wz_host, for plugins that run in wijzer-courier. */
struct wz_courier {
    uint32_t abi_version;
    uint32_t struct_size;

    const char *(*option)(struct wz_instance *self, const char *name);
    int64_t (*option_integer)(struct wz_instance *self, const char *name);
    double (*option_number)(struct wz_instance *self, const char *name);
    int (*option_boolean)(struct wz_instance *self, const char *name);

    void (*log)(struct wz_instance *self, int level, const char *text);
    /* One line on how it stands with the instance: systemctl status shows it. */
    void (*status)(struct wz_instance *self, const char *text);

    struct wz_timer *(*timer_start)(struct wz_instance *self, uint64_t first_ms, uint64_t repeat_ms,
                                    wz_timer_fn fire);
    void (*timer_stop)(struct wz_instance *self, struct wz_timer *timer);

    /* The first line of the file that an option names: it is looked for in $CREDENTIALS_DIRECTORY, then
     * beside the configuration. NULL: *error says why. Lives as long as the instance. */
    const char *(*secret)(struct wz_instance *self, const char *option, const char **error);

    /* A small text of the instance that outlives the process. NULL: there is none. Lives until the next call.
     */
    const char *(*state)(struct wz_instance *self);
    /* On disk when it returns. 0, or -1 with *error. */
    int (*state_put)(struct wz_instance *self, const char *text, const char **error);

    /* Would it be asked? 0, or -1 with *error. For the start, so that a wrong one is told at once. */
    int (*check_url)(struct wz_instance *self, const char *url, const char **error);
    /* `done` is called later, and never once the instance has stopped. */
    void (*http)(struct wz_instance *self, const struct wz_http_order *order, wz_http_fn done, void *context);
    /* Gives a document to the feed of the instance's section. Copied. What it says is committed. */
    void (*deliver)(struct wz_instance *self, const char *name, const void *body, size_t size,
                    wz_receipt_fn done, void *context);
};

/* ---- what the plugin offers ---------------------------------------------------------------------------- */

/* A document that came in: a file that appeared in the watched folder, or the body of a POST. */
struct wz_document {
    struct wz_delivery *delivery;
    const char *name;
    uint64_t size;
};

enum { WZ_NOTES = 16, WZ_NOTE_KEY = 32, WZ_NOTE_TEXT = 200, WZ_DESCRIPTION = 1 << 20, WZ_HINT = 500 };

/*
 * What `decode` works with, in the confined process: it can read `document` (also seek), and call the
 * functions below; it has no other file, no network, no other process and bounded memory and CPU time. Where
 * struct_size does not reach a function, the host is older than it.
 */
struct wz_decode {
    uint32_t abi_version;
    uint32_t struct_size;
    int document;    /* a file descriptor, read-only */
    uint64_t size;   /* in bytes */
    const char *job; /* the string given to wz_host.decode */
    void *handle;
    void (*emit)(void *handle, const struct wz_record *record);
    void (*problem)(void *handle, const struct wz_problem *problem);
    /* How many bytes of the document are done; cheap, call it as often as is handy. */
    void (*progress)(void *handle, uint64_t bytes);
    /* Refuses the document as a whole, with the reason. `decode` returns after it. */
    void (*refuse)(void *handle, const char *reason);
    /* Says what the document turned out to be: "charset", "utf-8". The report of the import carries it, as
     * its `dialect`: never put an answer or a name in it. The key is a word of a-z, 0-9 and '_', at most
     * WZ_NOTE_KEY bytes, and the text at most WZ_NOTE_TEXT; up to WZ_NOTES of them are kept, and a later one
     * replaces an earlier one of its key. */
    void (*note)(void *handle, const char *key, const char *text);
    /* Describes one piece of what the document holds, as a JSON object of at most WZ_DESCRIPTION bytes, for a
     * person who is to write an instrument for it; only where the job asks for that, and then no record is
     * emitted. Never put into it what tells one person from another. NULL: nobody listens. */
    void (*describe)(void *handle, const char *json);
    /* Says of what was taken that it is perhaps not what was meant, and what to do then: one sentence without
     * a full stop, of at most WZ_HINT bytes. The report of the import carries it among its `hints`, once, and
     * no more than a few of them: many of one kind are one. Never put into it what tells one person from
     * another.
     */
    void (*hint)(void *handle, const char *text);
};

struct wz_plugin {
    uint32_t abi_version; /* WZ_ABI_VERSION */
    uint32_t struct_size; /* sizeof(struct wz_plugin) */
    const char *name;
    const char *version;
    const char *help;                /* one line */
    const struct wz_option *options; /* NULL: none */

    /* 0, or -1 with *error set to a text that lives until the next call into the plugin. NULL: it is for the
     * courier. */
    int (*init)(const struct wz_host *host, struct wz_instance *self, void **state, const char **error);
    int (*start)(void *state, const char **error); /* may be NULL */
    void (*stop)(void *state);                     /* may be NULL */
    void (*deinit)(void *state);                   /* may be NULL */

    /* A document came in. Ends, now or later, with finish or decode. NULL: this plugin takes no documents. */
    void (*receive)(void *state, const struct wz_document *document);

    /* Runs in the confined process, without init. NULL: nothing to decode. */
    void (*decode)(const struct wz_decode *decode);

    /* As init, in wijzer-courier; of a [pull NAME]. Where it is set, init is NULL. `start` is called next,
     * and again whenever somebody asks to look now (SIGHUP). */
    int (*courier_init)(const struct wz_courier *courier, struct wz_instance *self, void **state,
                        const char **error);

    /* sizeof(struct wz_record) and sizeof(struct wz_problem): the host looks at no more of them. */
    uint32_t record_size, problem_size;
};

typedef const struct wz_plugin *(*wz_plugin_fn)(void);

#ifdef __cplusplus
}
#endif
#endif
