/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/audit.h"
#include "api/internal.h"
#include "api/routes.h"
#include "store/audit.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BAD_REQUEST = 400, FORBIDDEN = 403, REFUSALS_EVERY_MS = 60 * 1000 };

/* ---- telling ------------------------------------------------------------------------------------------- */

/* An entry on its way to the store, where it may arrive after the api has ended. */
struct telling {
    struct store_audit entry;
    char *facts;
    bool did_nothing; /* what it tells of was refused */
};

static int append(struct store_tx *tx, void *data, struct error *error)
{
    const struct telling *telling = data;
    return store_audit_append(tx, &telling->entry, error);
}

static void on_appended(void *data, const struct error *error)
{
    struct telling *telling = data;
    /* On a full disk each upload is refused for the same reason, which the store has said. */
    if (error && !(telling->did_nothing && error->kind == ERROR_FULL))
        log_error("the audit log could not be told of a call of user %lld: %s; %s",
                  (long long)telling->entry.user, error->text, telling->facts);
    free(telling->facts);
    free(telling);
}

/* Takes the facts over. */
static void tell(const struct api *api, const char *what, int64_t user, cJSON *facts, bool did_nothing)
{
    struct telling *telling = mem_alloc(sizeof *telling);
    telling->did_nothing = did_nothing;
    telling->facts = cJSON_PrintUnformatted(facts);
    cJSON_Delete(facts);
    telling->entry =
        (struct store_audit){.at = clock_now(), .user = user, .what = what, .facts = telling->facts};
    store_write(api->parts.store, append, on_appended, telling);
}

static void tell_refusals(const struct api *api, struct refused_user *refused, int64_t now)
{
    cJSON *facts = cJSON_CreateObject();
    cJSON_AddStringToObject(facts, "route", refused->route);
    cJSON_AddNumberToObject(facts, "times", (double)refused->untold);
    tell(api, "refused", refused->user, facts, false);
    refused->untold = 0;
    refused->told_at = now;
}

/* The user's place, or that of the one who has been quiet for longest. */
static struct refused_user *place_of(const struct api *api, struct refusals *refusals, uint32_t user)
{
    struct refused_user *place = &refusals->users[0];
    for (size_t i = 0; i < REFUSED_USERS; i++) {
        if (refusals->users[i].told_at && refusals->users[i].user == user)
            return &refusals->users[i];
        if (refusals->users[i].told_at < place->told_at)
            place = &refusals->users[i];
    }
    if (place->untold)
        tell_refusals(api, place, place->told_at);
    free(place->route);
    *place = (struct refused_user){.user = user};
    return place;
}

static void note_refusal(struct api *api, const struct request *request, const char *route)
{
    const int64_t now = clock_now();
    struct refused_user *refused = place_of(api, &api->refusals, (uint32_t)access_user(request));
    free(refused->route);
    refused->route = mem_format("%s %s", request->method, route);
    refused->untold++;
    if (now - refused->told_at >= REFUSALS_EVERY_MS)
        tell_refusals(api, refused, now);
}

void audit_answered(const struct request *request)
{
    const char *route = request->route ? request->route->path : request->plugin_route;
    if (!route)
        return;
    if (request->status == FORBIDDEN) {
        note_refusal(request->api, request, route);
        return;
    }
    if (request->told || strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0)
        return;
    cJSON *facts = cJSON_CreateObject();
    char *called = mem_format("%s %s", request->method, route);
    cJSON_AddStringToObject(facts, "route", called);
    cJSON_AddNumberToObject(facts, "status", request->status);
    free(called);
    tell(request->api, "call", access_user(request), facts, request->status >= BAD_REQUEST);
}

void audit_flush(struct api *api)
{
    for (size_t i = 0; i < REFUSED_USERS; i++) {
        struct refused_user *refused = &api->refusals.users[i];
        if (refused->untold)
            tell_refusals(api, refused, clock_now());
        free(refused->route);
        refused->route = NULL;
    }
}

/* ---- GET /v1/audit ------------------------------------------------------------------------------------- */

struct audit_query {
    uint64_t after, last; /* positions */
    size_t limit, count;
    struct cursor cursor;
    cJSON *entries;
};

static cJSON *hex(const uint8_t hash[AUDIT_HASH_SIZE])
{
    char text[2 * AUDIT_HASH_SIZE + 1];
    return cJSON_CreateString(sodium_bin2hex(text, sizeof text, hash, AUDIT_HASH_SIZE));
}

static int take_entry(void *data, const struct store_audit *entry)
{
    struct audit_query *query = data;
    cJSON *json = cJSON_CreateObject(), *facts = cJSON_Parse(entry->facts);
    cJSON_AddItemToArray(query->entries, json);
    cJSON_AddItemToObject(json, "seq", json_integer((int64_t)entry->position));
    cJSON_AddItemToObject(json, "time", json_time(entry->at));
    cJSON_AddItemToObject(json, "user",
                          entry->user == AUDIT_NOBODY ? cJSON_CreateNull() : json_integer(entry->user));
    cJSON_AddStringToObject(json, "what", entry->what);
    cJSON_AddItemToObject(json, "facts", facts ? facts : cJSON_CreateNull());
    cJSON_AddItemToObject(json, "hash", hex(entry->hash));
    query->last = entry->position;
    query->count++;
    return 0;
}

static void put_answer(struct request *request, cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    buf_append_text(&request->answer, text ? text : "null");
    free(text);
}

static int read_entries(struct store_view *view, void *data, struct error *error)
{
    struct request *request = data;
    struct audit_query *query = request->question;
    cJSON *json = cJSON_CreateObject();
    query->entries = cJSON_AddArrayToObject(json, "audit");
    const int result = store_audit_after(view, query->after, query->limit, take_entry, query, error);
    char last[24];
    snprintf(last, sizeof last, "%llu", (unsigned long long)query->last);
    char *next = query->count == query->limit ? cursor_make("audit", last) : NULL;
    cJSON_AddItemToObject(json, "next", json_text_or_null(next));
    free(next);
    put_answer(request, json);
    return result;
}

void handle_audit(struct request *request)
{
    struct audit_query *query = mem_alloc(sizeof *query);
    request->question = query; /* freed with the request */
    if (!request_page(request, &query->limit, &query->cursor))
        return;
    if (query->cursor.first && strcmp(query->cursor.first, "audit") != 0) {
        request_answer_problem(request, 400, NULL, "next: this cursor was given out for another list");
        return;
    }
    query->after = query->cursor.first ? strtoull(query->cursor.second, NULL, 10) : 0;
    request_read(request, read_entries);
}

/* ---- GET /v1/audit/check ------------------------------------------------------------------------------- */

static int check_chain(struct store_view *view, void *data, struct error *error)
{
    struct request *request = data;
    struct store_audit_verdict verdict;
    if (store_audit_check(view, &verdict, error) != 0)
        return -1;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "entries", json_integer((int64_t)verdict.entries));
    cJSON_AddBoolToObject(json, "sound", !verdict.broken);
    cJSON_AddItemToObject(json, "broken",
                          verdict.broken ? json_integer((int64_t)verdict.broken) : cJSON_CreateNull());
    cJSON_AddItemToObject(json, "hash", verdict.broken ? cJSON_CreateNull() : hex(verdict.hash));
    put_answer(request, json);
    return 0;
}

void handle_audit_check(struct request *request)
{
    request_read(request, check_chain);
}
