/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include "api/audit.h"
#include "api/request.h"

#include "base/trouble.h"

#include <sys/socket.h>

enum { MOST_CONNECTIONS = 256, MOST_TCP_CONNECTIONS = 128 };

/* Who is connected to one socket, as connections.c counts it; empty when the server has ended. */
struct connections {
    bool is_tcp;
    unsigned most;
    size_t open;
    uint64_t ended; /* so many, ever */
    bool told_full;
    struct account *accounts;
};

/* One socket that is listened on. */
struct listener {
    struct listener *next;
    struct api *api;
    struct MHD_Daemon *daemon; /* NULL: stopped */
    int socket;
    bool is_tcp;  /* nobody knows who comes there */
    bool running; /* MHD is on the stack */
    bool woken;   /* a connection can go on */
    uv_poll_t poll;
    uv_timer_t timeout;
    struct connections connections;
};

/* Requests whose bodies wait for room in memory, in the order in which they came. */
struct body_line {
    struct request *first;
    struct request *senders; /* who have room for a large body, and have not brought all of it */
    uv_timer_t patience;     /* of the first, and with the slowest sender */
};

struct api {
    struct api_parts parts;
    struct listener *listeners;
    bool own_socket; /* made by us, and removed by us */
    uv_timer_t patience;
    size_t open_handles;
    size_t under_way;    /* requests, from their first line to the end of their answer */
    size_t suspended;    /* of these, those that wait */
    uint64_t body_bytes; /* of all bodies in memory: what they have room for */
    struct body_line line;
    uint64_t served_bytes;     /* of all answers of plugins that are being sent */
    struct posted *posted;     /* documents that are with a feed */
    struct plugin_call *calls; /* requests that are with a plugin */
    struct trouble uploads;    /* why the last one could not be kept */
    struct refusals refusals;
    int64_t started_at;
    bool stopping, settled;
    bool impatient; /* it has been stopping for long enough */
    void (*closed)(void *data);
    void *closed_data;
};

/* Once nothing is under way, a stop can go on. Not from inside MHD. */
void api_settled(struct api *api);
/* The last one frees the api. */
void api_handle_closed(struct api *api);

/* Takes the socket over where it does not fail. `most_tcp`: so many connections, of a socket of TCP; else 0.
 * Nothing is heard before listener_wake. */
int listener_start(struct api *api, int socket, unsigned most_tcp, struct error *error);
/* Has MHD look at its connections soon, now that one can go on; also from inside MHD. */
void listener_wake(struct listener *listener);
/* No connection waits, and MHD is not on the stack. */
void listener_stop(struct listener *listener);

/* MHD calls them with a struct listener: at the first line of a request; for its head, each piece of its
 * body, its end, and after each resume; and when it is over. */
void *exchange_begin(void *listener, const char *target, struct MHD_Connection *connection);
enum MHD_Result exchange_go_on(void *listener, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **state);
void exchange_end(void *data, struct MHD_Connection *connection, void **state,
                  enum MHD_RequestTerminationCode code);

/* What is wrong with what a head says of where its request ends; NULL: nothing. Where it can be read in two
 * ways, a server in front may take for the next request what is the body of this one (RFC 9112, 6.3). */
const char *head_framing_problem(struct MHD_Connection *connection);
/* Is there a zero byte in this part of a target, as it was sent? MHD gives texts that end there. */
bool head_has_zero(const char *target, size_t size);

/* Is there such a feed? */
bool feeds_have(const struct api *api, const char *name);

/* What is with a feed. The request may be answered before it is done, when the daemon stops. */
struct posted {
    struct posted *next;
    struct request *request; /* NULL: answered */
    struct api *api;         /* NULL: gone, while the feed ends what it has begun */
    char *feed, *name;
    bool goes_on; /* after the next start, by itself */
};
struct posted *posted_make(struct request *request, const char *feed, const char *name);
void posted_free(struct posted *posted);
/* The status of an answer that says why something was broken off. */
int status_of_end(enum error_kind kind);
/* Why a feed does not take it. */
void request_answer_refusal(struct request *request, const struct error *error);

/* Documents that are with a feed are answered now, for the daemon stops. */
void documents_abandon(struct api *api);

/* What the head of a request says of its body; 0 where it says nothing. */
uint64_t body_announced(const struct request *request);
/* The body is coming. May answer with a problem. */
void body_expect(struct request *request);
/* Takes a piece of a request's body. -1: it was answered with a problem. BODY_WAITS: the request waits for
 * room, and the piece was not taken: it comes again. */
enum { BODY_WAITS = 1 };
int body_take(struct request *request, const char *bytes, size_t size);
/* The body could not be kept, for a reason of errno. -1. */
int body_refuse(struct request *request, int reason);
/* Of one in memory, that was settled. The api is NULL where it is gone. */
void body_free(struct api *api, struct buf *body);
/* A body in memory is whole, or nothing of it is wanted any more. */
void body_settle(struct request *request);
void body_drop(struct request *request);

/* Of one body in memory; more than that is refused. */
enum { LARGEST_IN_MEMORY = 16 << 20 };
/* Is there room for so much of a body, and (if that is much) for all of it? false: the request waits until
 * there is, or was answered. */
bool body_has_room(struct request *request, uint64_t size);
void body_line_begin(struct api *api);
/* There may be more room than before. */
void body_line_go_on(struct api *api);
/* Answers those that wait, for the daemon stops. */
void body_line_abandon(struct api *api);
void body_line_end(struct api *api);

/* MHD calls it, with a struct connections, when a connection begins and when it has ended. An account that
 * has its share of them already is refused another. */
void connections_notice(void *data, struct MHD_Connection *connection, void **account,
                        enum MHD_ConnectionNotificationCode what);

/* Who is at the other end. false: nobody can tell. */
bool access_peer(struct MHD_Connection *connection, struct ucred *peer);
/* The user at the other end, as store/audit.h has it. */
int64_t access_user(const struct request *request);
/* Root, and the user that wijzerd runs as. */
bool access_is_own(uid_t user);
/* May the other end of the connection write? */
bool access_may_write(const struct request *request);

/* Where a page of a list ends: opaque to others, two texts to us. */
enum { LONGEST_CURSOR = 8192 };
struct cursor {
    const char *first, *second; /* NULL: from the start */
    uint8_t bytes[LONGEST_CURSOR];
};
char *cursor_make(const char *first, const char *second);
/* Reads ?limit= and ?next= into a zeroed cursor. false: it was answered with what is wrong. */
bool request_page(struct request *request, size_t *limit, struct cursor *cursor);

/* A page of a list whose entries are visited from first to last, each with a key of its own. */
struct page {
    const char *list; /* its name in the answer */
    size_t limit, count;
    struct cursor cursor;
    cJSON *folders;    /* what there is to say of where the entries come from; NULL: nothing */
    bool passed, more; /* the cursor's entry; than this page */
    cJSON *entries;
    char *last; /* key */
};
/* Reads ?limit= and ?next=. false: it was answered with what is wrong. */
bool page_read(struct request *request, struct page *page, const char *list);
/* The next entry, to be filled; NULL where it is on another page, or not wanted. */
cJSON *page_add(struct page *page, const char *key, bool wanted);
/* Ends a page that is not to be. */
void page_drop(struct page *page);
/* Both end the page. -1: what it was to begin after is gone. */
int page_write(struct page *page, struct buf *answer, struct error *error);
void page_answer(struct request *request, struct page *page);

/* Visits each [params ...] for an indicator that no script declares, with what there is to say of it. */
void params_unknown(const struct api *api,
                    void (*visit)(void *data, const struct config_section *section, const char *text),
                    void *data);

/* May the body of a request without credentials hold them? */
bool form_login_may_come(const struct request *request);
/* Is so large a body too much for that? -1: it was answered with a problem. */
int form_login_check(struct request *request, uint64_t size);
/* What stands there instead of the header. A copy; NULL: nothing. */
char *form_login_read(const struct request *request);

/* Hands a request to a plugin's route. */
void plugin_request(struct request *request);
/* Those that are with a plugin are answered now, for the daemon stops. */
void plugin_calls_abandon(struct api *api);

/* "2026-11-24T09:47:11.123Z"; NULL where the time is 0 or unknown. */
cJSON *json_time(int64_t milliseconds);
cJSON *json_integer(int64_t number);
cJSON *json_bilingual(const struct bilingual *text);
cJSON *json_text_or_null(const char *text);

#endif
