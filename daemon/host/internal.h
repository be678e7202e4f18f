/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the host room: a plugin, its instances, and the documents on their way through them. */
#ifndef HOST_INTERNAL_H
#define HOST_INTERNAL_H

#include "config/keep.h"
#include "host/credentials.h"
#include "host/decoder.h"
#include "host/host.h"
#include "host/waves.h"
#include "plugin/options.h"
#include "plugin/plugin_file.h"
#include "plugin/timers.h"
#include "store/forget.h"

#include <sys/stat.h>
#include <wijzer/plugin.h>

/* By which it shows that a file has been written to. */
struct file_state {
    off_t size;
    struct timespec changed;
};
struct file_state file_state_of(const struct stat *status);
bool file_state_equal(const struct file_state *left, const struct file_state *right);

/* One document on its way in. */
struct wz_delivery {
    struct wz_delivery *next; /* in the instance's queue */
    struct wz_instance *instance;
    char *name, *path; /* path: where it lies in the watched folder, or NULL */
    int document;
    struct file_state as_read; /* when reading began */
    uint64_t size, done_bytes, rows;
    struct delivery *records; /* NULL: not begun */
    struct decoder *decoder;  /* NULL: none runs */
    struct waves *waves;      /* NULL: no response has come whose wave was open */
    char *decoder_error;      /* of a decoder that ended before the last waves were made, or NULL */
    bool lacks_script;        /* that makes the waves; with it, the document may be good */
    bool handed_over;         /* the plugin has it, and has not finished yet */
    char *key;                /* to cancel it by, or NULL */
    bool cancelled;           /* what still comes of it is not taken */
    int64_t since;            /* when reading began */
    const char *held;         /* the instrument, of which the engine was told that this comes; or NULL */
    bool is_named, dry_run;   /* as in struct delivery_source */
    uint64_t replay;          /* likewise */
    int64_t user;             /* likewise */
    const uint8_t *sought;    /* likewise */
    feed_done_fn done;
    void *done_data;
};

struct route {
    struct route *next;
    struct wz_instance *instance;
    char *method; /* NULL: every method, for whoever has the feed's key and secret */
    bool is_open; /* of every method: for whoever asks */
    char *path;
    wz_route_fn handle;
};

enum instance_stage { LOADED, INITIALISED, STARTED, STOPPED };

/* Requests that were refused; ever, kept in the store. */
struct refusals {
    uint64_t count;
    int64_t last_at; /* 0: never */
    char *last;      /* why, or NULL */
};

/* One configured section. */
struct wz_instance {
    struct host *host;
    const struct config_section *section;
    const struct plugin *plugin;
    struct option_values options;
    enum instance_stage stage;
    bool awaits_deinit; /* it has been stopped, and something of it still runs aside */
    void *state;
    char *failure; /* why it cannot go on, or NULL */
    bool failing;  /* fail() was called; taken down once the plugin has returned */
    struct timers timers;
    wz_alerts_grew_fn alerts_grew; /* NULL: it does not follow them */
    struct wz_delivery *queue;     /* the first one is under way */
    struct watch *watch;           /* NULL: none */
    char *watch_path;
    bool keeps; /* its keep is set */
    struct keep keep;
    int min_group_size;                                 /* 0: it asks for no more than [wijzer] does */
    struct credentials *credentials;                    /* NULL: the section has none */
    struct wz_header answer_headers[WZ_ANSWER_HEADERS]; /* the first without a name ends them */

    /* Ever, kept in the store. */
    uint64_t accepted, duplicate, replaced, rejected;
    int64_t last_at;
    char *last_document, *last_error;
    struct refusals refusals;
    bool totals_are_loaded;
    uv_timer_t *save_totals; /* NULL: they are saved as they are */
};

/* Counts a request that was refused; `reason` tells nobody who somebody is. */
void instance_refused(struct wz_instance *instance, const char *reason);

/* Nothing is told to a plugin that has been stopped meanwhile. */
static inline bool instance_is_listening(const struct wz_instance *instance)
{
    return instance->stage == STARTED || instance->stage == INITIALISED;
}

/* What plugins have put aside. */
struct aside {
    struct aside_piece *first;   /* of those that wait */
    struct aside_piece *running; /* NULL: none */
    uv_work_t work;
};

/* Resources that are read. */
struct resource_reads {
    struct resource_call *first; /* of those that wait */
    size_t running;
};

struct host {
    struct host_parts parts;
    char *decoder_path;
    struct plugin *plugins;
    size_t plugin_count;
    struct wz_instance **instances; /* in the order of the configuration */
    size_t instance_count;
    struct route *routes;
    struct wz_request *requests;      /* that plugins have not answered yet */
    struct wrong_logins wrong_logins; /* with the key of no feed */
    struct feeds feeds;
    struct forgetter *forgetter; /* NULL: not started, or stopped */
    struct aside aside;
    struct resource_reads reads;
    uv_async_t attention; /* something is to be done once plugins have returned */
    bool stopping;
    size_t open; /* handles, decoders, deliveries and store jobs that will call back */
    void (*closed)(void *data);
    void *closed_data;
};

/* Things that will call back hold the host open. */
void host_hold(struct host *host);
void host_release(struct host *host);
/* Wakes `attention`. */
void host_attend(struct host *host);

extern const struct wz_host host_functions;

/* Stops an instance that runs: its timers, routes, watch and documents. Then, once nothing of it runs aside
 * any more, instance_end. */
void instance_stop(struct wz_instance *instance);
void instance_end(struct wz_instance *instance);
void instance_fail(struct wz_instance *instance, const char *reason);

/* Questions of plugins to the store; struct wz_host has them. */
void queries_document_put(struct wz_instance *instance, const char *key, const void *body, size_t size,
                          wz_document_fn done, void *context);
void queries_document_get(struct wz_instance *instance, const char *key, wz_document_fn done, void *context);
void queries_events_after(struct wz_instance *instance, uint64_t position, size_t limit, wz_events_fn done,
                          void *context);
void queries_alerts_after(struct wz_instance *instance, uint64_t position, size_t limit, wz_alerts_fn done,
                          void *context);

void events_put(struct wz_instance *instance, const struct wz_event *const *events, size_t count,
                wz_events_taken_fn done, void *context);
struct wz_parcel *events_parcel_begin(struct wz_instance *instance);
void events_parcel_put(struct wz_instance *instance, struct wz_parcel *parcel, wz_events_taken_fn done,
                       void *context);
void events_find(struct wz_instance *instance, const struct wz_events_question *question,
                 wz_events_found_fn done, void *context);
void resources_get(struct wz_instance *instance, const struct wz_resource_key *key, wz_resource_fn done,
                   void *context);
void resources_put(struct wz_instance *instance, const struct wz_resource_key *key,
                   const struct wz_resource *resource, uint64_t expected, wz_resource_changed_fn done,
                   void *context);
void resources_names(struct wz_instance *instance, const struct wz_resource_key *key, int64_t since,
                     wz_resource_names_fn done, void *context);

/* As struct wz_host has it. */
void aside_add(struct wz_instance *instance, wz_aside_fn run, wz_aside_done_fn done, void *context);
/* Less may wait for the disk than before. */
void aside_go_on(struct host *host);
/* Ends what an instance has in line. true: a piece of it runs; when it is over, instance_end is called. */
bool aside_stop(struct wz_instance *instance);

/* As struct feeds has them. */
void routes_find_for(void *host, const struct feed_caller *caller, struct feed_route *found);
void routes_request(void *host, const char *feed, const struct wz_http *http, feed_reply_fn reply,
                    void *data);
/* An instance stops. Of one that failed, what it served stays, so that callers are told to come again. */
void routes_remove(struct wz_instance *instance);
/* Answers in its place what it has not answered. */
void routes_abandon(struct wz_instance *instance);
/* As struct wz_host has them. */
int routes_add(struct wz_instance *instance, const char *method, const char *path, wz_route_fn handle);
void routes_reply(struct wz_request *request, int status, const char *content_type, const void *body,
                  size_t size);
int routes_serve(struct wz_instance *instance, const char *path, wz_route_fn handle);
int routes_answer_header(struct wz_instance *instance, const char *name, const char *value);
void routes_forget_headers(struct wz_instance *instance);
int routes_serve_openly(struct wz_instance *instance, const char *path, wz_route_fn handle);
void routes_respond(struct wz_request *request, const struct wz_http_reply *reply);
/* -1: the section has a key that opens nothing. */
int routes_check(const struct wz_instance *instance, struct error *error);

/* key and secret_file of a section, while sections are loaded; -1 says what is wrong. */
int logins_read(struct wz_instance *instance, struct error *error);
/* Who is it that wants `path`? Fills all of `found` but the route's path. */
void logins_find(struct host *host, const char *path, const char *authorization, struct feed_route *found);

/* Puts a document into the instance's queue. It owns the descriptor from then on. */
void deliveries_add(struct wz_instance *instance, const struct feed_document *document, const char *path,
                    feed_done_fn done, void *data);
/* As struct feeds has it. NULL: there is no such document. */
const char *deliveries_cancel(struct wz_instance *instance, const char *key);
/* Ends those that wait and were cancelled. */
void deliveries_end_cancelled(struct wz_instance *instance);
/* Ends what is under way, and refuses what waits. */
void deliveries_stop(struct wz_instance *instance, const char *reason);
/* Puts rows of the quarantine through the instance again; `done` comes later, on the loop. */
void replay_begin(struct wz_instance *instance, const struct quarantine_choice *choice, int64_t user,
                  feed_replayed_fn done, void *data);
/* Takes a response of the instance's instrument back, as struct feeds has it. */
int withdraw(struct wz_instance *instance, const struct feed_withdrawal *given, ingest_withdrawn_fn done,
             void *data, struct error *error);
void delivery_finish(struct wz_delivery *delivery, const char *error);
void delivery_decode(struct wz_delivery *delivery, const char *job);

/* A folder in which documents appear. */
int watch_start(struct wz_instance *instance, struct error *error);
void watch_stop(struct wz_instance *instance);
/* A document of the folder is recorded: it is put away, or, when it was written to meanwhile, read again. */
void watch_delivered(const struct wz_delivery *delivery, const struct delivery_report *report);
/* The last problem of the folder that is still there, or NULL. */
const char *watch_problem(const struct wz_instance *instance);
/* Moves a document of the folder to one below it, with a report beside it. */
int put_away(const char *inbox, const char *name, const char *below, const char *report, struct error *error);

/* Looks for a person in the documents that were put away, removes those that hold one, and counts them. */
struct search;
typedef void (*search_done_fn)(void *data, uint64_t removed, uint64_t unreadable);
/* `person` lives until `done`, which comes later, on the loop; not at all where the host stops. */
struct search *search_begin(struct host *host, const uint8_t person[PSEUDONYM_SIZE], search_done_fn done,
                            void *data);
/* Removes what was put away of a feed before a time; as above. */
struct search *search_begin_old(struct host *host, const char *feed, int64_t before, search_done_fn done,
                                void *data);
/* Whoever wanted it is gone. */
void search_abandon(struct search *search);

/* What has begun before goes on. */
void forgetter_start(struct host *host);
void forgetter_stop(struct host *host);
/* There may be something to do. */
void forgetter_look(struct host *host);
/* As struct feeds has it. */
void forgetter_forget(void *host, const char *identifier, int64_t user, feed_forgotten_fn done, void *data);

/* What a feed does not keep any longer. The first two while sections are loaded; -1 says what is wrong. */
int retention_read(struct wz_instance *instance, struct error *error);
int retention_check(const struct host *host, struct error *error);
void retention_begin(struct host *host);

/* How many people a feed asks for. Read while sections are loaded; -1 says what is wrong. */
int minimum_read(struct wz_instance *instance, struct error *error);
/* Tells the engine. */
void minimum_hand_over(const struct host *host);

/* Totals in the store. */
void totals_load(struct wz_instance *instance);
void totals_save(struct wz_instance *instance);
/* After a while, and at the stop: for what changes many times a second. */
void totals_save_soon(struct wz_instance *instance);
void totals_stop(struct wz_instance *instance);

#endif
