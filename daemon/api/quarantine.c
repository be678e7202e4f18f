/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows that were refused. All of it is for administrators: a reason may quote an answer, and what is kept of
 * a row is as personal as the document it came in.
 */
#include "api/internal.h"
#include "api/routes.h"
#include "store/audit.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_IDS = 1000 };

/* What is asked, on its way through the store: request->question. */
struct question {
    struct quarantine_choice choice;
    uint64_t ids[MOST_IDS];
    bool is_configured; /* there is such a feed */
    int64_t user;       /* who asks */
    size_t limit;
    uint64_t after;
    cJSON *entries;
    uint64_t last;
    bool more;
};

/* ---- questions ----------------------------------------------------------------------------------------- */

static struct question *new_question(struct request *request)
{
    struct question *question = mem_alloc(sizeof *question);
    *question = (struct question){.choice.feed = request->segments[0],
                                  .choice.document = request_parameter(request, "document"),
                                  .is_configured = feeds_have(request->api, request->segments[0])};
    request->question = question;
    return question;
}

/* A number from 1 on; 0: it is none. *end: what follows it. */
static uint64_t read_id(const char *text, const char **end)
{
    char *behind;
    errno = 0;
    const unsigned long long id = *text >= '0' && *text <= '9' ? strtoull(text, &behind, 10) : 0;
    *end = id ? behind : text;
    return errno || id > INT64_MAX ? 0 : id;
}

/* ?id=1,2,3. false: it was answered with what is wrong. */
static bool read_ids(struct request *request, struct question *question)
{
    const char *given = request_parameter(request, "id"), *at = given;
    if (!given)
        return true;
    question->choice.ids = question->ids;
    while (question->choice.id_count < MOST_IDS) {
        const uint64_t id = read_id(at, &at);
        question->ids[question->choice.id_count++] = id;
        if (!id || (*at && *at != ','))
            break;
        if (!*at++)
            return true;
    }
    request_answer_problem(request, 400, NULL,
                           "id=%.60s: at most %d numbers of rows are wanted, with commas between them", given,
                           MOST_IDS);
    return false;
}

/* A feed that was taken out of the configuration may have left rows. */
static int check_feed(struct store_view *view, const struct question *question,
                      struct quarantine_figures *figures, struct error *error)
{
    if (store_quarantine_figures(view, question->choice.feed, figures, error) != 0)
        return -1;
    if (question->is_configured || figures->rows)
        return 0;
    return error_set(error, ERROR_NOT_FOUND, "there is no feed '%s'; see GET /v1/feeds",
                     question->choice.feed);
}

static void put_answer(struct request *request, cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    buf_append_text(&request->answer, text ? text : "null");
    free(text);
}

/* ---- GET /v1/feeds/{name}/quarantine ------------------------------------------------------------------- */

static cJSON *describe(const struct store_refused *refused)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "id", json_integer((int64_t)refused->id));
    cJSON_AddStringToObject(json, "document", refused->document);
    cJSON_AddItemToObject(json, "row", json_integer((int64_t)refused->row));
    cJSON_AddItemToObject(json, "column", json_text_or_null(refused->column));
    cJSON_AddStringToObject(json, "problem", refused->reason);
    cJSON_AddItemToObject(json, "at", json_time(refused->at));
    cJSON_AddBoolToObject(json, "can_replay", refused->heading != 0);
    return json;
}

static int add_entry(void *data, const struct store_refused *refused)
{
    struct question *question = data;
    if ((size_t)cJSON_GetArraySize(question->entries) == question->limit) {
        question->more = true;
        return 1;
    }
    cJSON_AddItemToArray(question->entries, describe(refused));
    question->last = refused->id;
    return 0;
}

static cJSON *page_of(struct question *question, const struct quarantine_figures *figures)
{
    char last[24];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "quarantine", question->entries);
    cJSON_AddNumberToObject(json, "rows", (double)figures->rows);
    cJSON_AddNumberToObject(json, "bytes", (double)figures->bytes);
    cJSON_AddNumberToObject(json, "missed", (double)figures->missed);
    snprintf(last, sizeof last, "%llu", (unsigned long long)question->last);
    char *next = question->more ? cursor_make("quarantine", last) : NULL;
    cJSON_AddItemToObject(json, "next", json_text_or_null(next));
    free(next);
    return json;
}

static int read_list(struct store_view *view, void *data, struct error *error)
{
    struct request *request = data;
    struct question *question = request->question;
    struct quarantine_figures figures;
    if (check_feed(view, question, &figures, error) != 0)
        return -1;
    question->entries = cJSON_CreateArray();
    if (store_quarantine(view, &question->choice, question->after, question->limit + 1, add_entry, question,
                         error) != 0) {
        cJSON_Delete(question->entries);
        return -1;
    }
    put_answer(request, page_of(question, &figures));
    return 0;
}

void handle_quarantine(struct request *request)
{
    struct question *question = new_question(request);
    struct cursor cursor = {0};
    const char *end;
    if (!request_page(request, &question->limit, &cursor))
        return;
    question->after =
        cursor.first && strcmp(cursor.first, "quarantine") == 0 ? read_id(cursor.second, &end) : 0;
    if (cursor.first && !question->after)
        request_answer_problem(request, 400, NULL, "next: this cursor was given out for another list");
    else
        request_read(request, read_list);
}

/* ---- GET /v1/feeds/{name}/quarantine/{id} -------------------------------------------------------------- */

static const cJSON *texts_of(const cJSON *json, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(json, key);
}

static void add_cell(cJSON *cells, const cJSON *column, const cJSON *cell)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToArray(cells, json);
    cJSON_AddItemToObject(json, "column", json_text_or_null(cJSON_GetStringValue(column)));
    cJSON_AddItemToObject(json, "text", json_text_or_null(cJSON_GetStringValue(cell)));
}

/* A plugin made it, and nothing that it makes is taken on trust. */
static cJSON *parse(const char *text)
{
    return text && utf8_valid(text, strlen(text)) ? cJSON_Parse(text) : NULL;
}

/* As wz_problem has them; null where nothing was kept. */
static cJSON *cells_of(const struct store_refused *refused)
{
    cJSON *heading = parse(refused->heading_text), *body = parse(refused->body);
    const cJSON *columns = texts_of(heading, "columns"), *cells = texts_of(body, "cells");
    const cJSON *column = columns ? columns->child : NULL, *cell;
    cJSON *shown = cJSON_IsArray(cells) ? cJSON_CreateArray() : cJSON_CreateNull();
    cJSON_ArrayForEach(cell, cells)
    {
        add_cell(shown, column, cell);
        column = column ? column->next : NULL;
    }
    cJSON_Delete(heading);
    cJSON_Delete(body);
    return shown;
}

static int show_row(void *data, const struct store_refused *refused)
{
    struct request *request = data;
    cJSON *json = describe(refused);
    cJSON_AddItemToObject(json, "cells", cells_of(refused));
    put_answer(request, json);
    return 0;
}

static int read_row(struct store_view *view, void *data, struct error *error)
{
    struct request *request = data;
    const struct question *question = request->question;
    struct quarantine_figures figures;
    bool found;
    if (check_feed(view, question, &figures, error) != 0 ||
        store_quarantine_get(view, question->choice.feed, question->ids[0], show_row, request, &found,
                             error) != 0)
        return -1;
    return found ? 0
                 : error_set(error, ERROR_NOT_FOUND,
                             "there is no row %llu in the quarantine of feed '%s'; it may have been replayed "
                             "or dropped, or its document came again",
                             (unsigned long long)question->ids[0], question->choice.feed);
}

void handle_quarantined(struct request *request)
{
    struct question *question = new_question(request);
    const char *end;
    question->ids[0] = read_id(request->segments[1], &end);
    if (!question->ids[0] || *end)
        request_answer_problem(request, 404, NULL, "'%.40s' is no number of a row in the quarantine",
                               request->segments[1]);
    else
        request_read(request, read_row);
}

/* ---- DELETE /v1/feeds/{name}/quarantine ---------------------------------------------------------------- */

static int tell_of_drop(struct store_tx *tx, const struct question *question, const cJSON *facts,
                        struct error *error)
{
    char *text = cJSON_PrintUnformatted(facts);
    const struct store_audit entry = {
        .at = clock_now(), .user = question->user, .what = "drop", .facts = text ? text : "{}"};
    const int result = store_audit_append(tx, &entry, error);
    free(text);
    return result;
}

static int drop_rows(struct store_tx *tx, void *data, struct error *error)
{
    struct request *request = data;
    const struct question *question = request->question;
    struct quarantine_figures figures;
    uint64_t rows;
    if (check_feed(store_tx_view(tx), question, &figures, error) != 0 ||
        store_quarantine_drop(tx, &question->choice, &rows, error) != 0)
        return -1;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "feed", question->choice.feed);
    cJSON_AddNumberToObject(json, "dropped", (double)rows);
    const int result = tell_of_drop(tx, question, json, error);
    put_answer(request, json);
    return result;
}

static void drop(struct request *request)
{
    struct question *question = request->question;
    question->user = access_user(request);
    request->told = true;
    request_write(request, drop_rows);
}

void handle_drop(struct request *request)
{
    struct question *question = new_question(request);
    bool all;
    if (!read_ids(request, question) || !request_flag(request, "all", &all))
        return;
    if (!all && !question->choice.ids && !question->choice.document)
        request_answer_problem(request, 400, NULL,
                               "say which rows: id=1,2, document=NAME, or all=1 for all of the feed");
    else if (all && (question->choice.ids || question->choice.document))
        request_answer_problem(request, 400, NULL, "all=1 stands alone, without id and document");
    else
        drop(request);
}

/* ---- POST /v1/feeds/{name}/quarantine/replay ----------------------------------------------------------- */

static cJSON *replay_json(const struct replay_report *report, const char *feed)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "feed", feed);
    cJSON_AddNumberToObject(json, "rows", (double)report->rows);
    cJSON_AddNumberToObject(json, "accepted", (double)report->accepted);
    cJSON_AddNumberToObject(json, "replaced", (double)report->replaced);
    cJSON_AddNumberToObject(json, "duplicate", (double)report->duplicate);
    cJSON_AddNumberToObject(json, "rejected", (double)report->rejected);
    cJSON_AddNumberToObject(json, "unreadable", (double)report->unreadable);
    return json;
}

static void on_replayed(void *data, const struct replay_report *report)
{
    struct posted *posted = data;
    if (posted->request) {
        cJSON *json = replay_json(report, posted->feed);
        if (report->error)
            request_answer_problem(posted->request, status_of_end(report->error_kind), json, "%s",
                                   report->error);
        else
            request_answer_json(posted->request, 200, json);
    }
    posted_free(posted);
}

void handle_replay(struct request *request)
{
    const struct feeds *feeds = request->api->parts.feeds;
    const struct question *question = new_question(request);
    struct error error;
    if (!read_ids(request, request->question))
        return;
    struct posted *posted = posted_make(request, request->segments[0], "");
    if (feeds->replay(feeds->host, &question->choice, access_user(request), on_replayed, posted, &error) !=
        0) {
        posted_free(posted);
        request_answer_refusal(request, &error);
        return;
    }
    request->told = true;
    request_wait(request);
}
