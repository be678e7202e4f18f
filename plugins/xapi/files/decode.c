/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The statements of a file, one by one, in the confined process. One that is refused is told and the others
 * go on, unlike over HTTP, where a request is taken whole or not at all.
 *
 * Sent again, a file adds nothing: a statement is known by its id. One without an id gets one that follows
 * from what it says and who is in it, by the store's secret; where it has no timestamp either, also from
 * where it stands, for then nothing else tells it from another of its kind.
 */
#include "files/files.h"

#include "base/clock.h"
#include "base/mem.h"
#include "check/forms.h"
#include "files/job.h"
#include "files/kept.h"
#include "files/pieces.h"
#include "http/sent.h"
#include "statement/statement.h"
#include "statements/statements.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* The host takes no more of an event. */
enum { MOST_PEOPLE = 32768, MOST_REFERENCES = 65536 };

struct reading {
    const struct wz_decode *decode;
    struct file_job job;
    struct pieces pieces;
    struct json json;
    struct statement_event event;
    struct buf statement, actor, row; /* of what is kept in the quarantine */
    bool is_of_quarantine;            /* the document is */
    int64_t now;
};

/* ---- what is said -------------------------------------------------------------------------------------- */

/* `json` is the statement, as far as it could be read; else NULL. */
static void tell_problem(struct reading *reading, uint64_t number, const struct json *json,
                         const struct error *error)
{
    buf_clear(&reading->actor);
    buf_clear(&reading->row);
    const bool is_kept = json && kept_put(json, number, &reading->actor, &reading->row);
    char *text = sent_hide(error->text);
    const struct wz_problem problem = {.row = number,
                                       .text = text,
                                       .heading = is_kept ? kept_heading : NULL,
                                       .body = is_kept ? (const char *)reading->row.data : NULL,
                                       .respondent =
                                           reading->actor.size ? (const char *)reading->actor.data : NULL};
    reading->decode->problem(reading->decode->handle, &problem);
    free(text);
}

static void hint(const struct reading *reading, const char *text)
{
    reading->decode->hint(reading->decode->handle, text);
}

static void note_form(const struct reading *reading)
{
    const struct wz_decode *decode = reading->decode;
    const bool is_lines = reading->pieces.form == FORM_LINES;
    decode->note(decode->handle, "format", is_lines ? "lines of JSON" : "JSON");
    if (file_bytes_are_packed(&reading->pieces.bytes))
        decode->note(decode->handle, "packed", "gzip");
}

/* ---- one statement ------------------------------------------------------------------------------------- */

/* A file names no version of xAPI. One that says it is of 2.0 has to be so; others have to be sound in one of
 * them. */
static int check(const struct json *json, struct error *error)
{
    struct buf version = {0};
    struct error of_2_0_0;
    const uint32_t member = json_member(json, 0, "version");
    if (member)
        json_put_text(json, member, &version);
    const bool is_2 = version.size && version.data[0] == '2';
    buf_free(&version);
    if (is_2)
        return statement_check(json, 0, XAPI_2_0_0, error);
    if (statement_check(json, 0, XAPI_1_0_3, error) == 0)
        return 0;
    return member ? -1 : statement_check(json, 0, XAPI_2_0_0, &of_2_0_0);
}

/* A UUID by name (RFC 4122, 4.3), with BLAKE2b in place of SHA-1. */
static void make_id(const struct reading *reading, uint64_t number, uint8_t id[16])
{
    const struct wz_event *event = &reading->event.event;
    crypto_generichash_state state;
    crypto_generichash_init(&state, reading->job.key, sizeof reading->job.key, 16);
    const unsigned char *content = (const unsigned char *)event->content;
    crypto_generichash_update(&state, content, strlen(event->content) + 1);
    for (size_t i = 0; i < event->people_count; i++)
        crypto_generichash_update(&state, (const unsigned char *)event->people[i],
                                  strlen(event->people[i]) + 1);
    if (!json_member(&reading->json, 0, "timestamp"))
        crypto_generichash_update(&state, (const unsigned char *)&number, sizeof number);
    crypto_generichash_final(&state, id, 16);
    id[6] = (uint8_t)((id[6] & 0x0f) | 0x50);
    id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
}

static int check_size(const struct wz_event *event, struct error *error)
{
    if (event->people_count > MOST_PEOPLE)
        return error_set(error, ERROR_INPUT, "it names more than %d people", MOST_PEOPLE);
    return event->reference_count > MOST_REFERENCES
               ? error_set(error, ERROR_INPUT, "it refers to more than %d people and things", MOST_REFERENCES)
               : 0;
}

static bool lacks_attachments(const struct json *json)
{
    const uint32_t list = json_member(json, 0, "attachments");
    for (uint32_t one = list ? json_first(json, list) : 0; one; one = json->values[one].next)
        if (!json_member(json, one, "fileUrl"))
            return true;
    return false;
}

static void hint_at(const struct reading *reading)
{
    if (!json_member(&reading->json, 0, "timestamp"))
        hint(reading,
             "statements without a timestamp count at the time of their import; export them with it");
    if (lacks_attachments(&reading->json))
        hint(reading,
             "a file cannot hold attachments: statements that speak of some were taken without them; "
             "send those over HTTP to have both");
}

static int to_event(struct reading *reading, uint64_t number, struct error *error)
{
    static const uint8_t none[16];
    struct statement_event *event = &reading->event;
    statement_to_event(&reading->job.xapi, &reading->json, 0, none, reading->now, event);
    if (check_size(&event->event, error) != 0)
        return -1;
    if (!json_member(&reading->json, 0, "id"))
        make_id(reading, number, event->event.id);
    return 0;
}

/* "line 1, column 5: ...": of what is one line, the line says nothing. */
static void place_in_file(const struct reading *reading, const struct piece *piece, struct error *error)
{
    static const char first_line[] = "line 1, ";
    if (reading->pieces.form == FORM_VALUES)
        error_at(error, "it begins at line %llu of the file, and in its", (unsigned long long)piece->line);
    else if (strncmp(error->text, first_line, sizeof first_line - 1) == 0)
        memmove(error->text, error->text + sizeof first_line - 1,
                strlen(error->text) - sizeof first_line + 2);
}

static void take_statement(struct reading *reading, const struct piece *piece, const char *text, size_t size,
                           uint64_t number)
{
    struct error error;
    if (json_read(&reading->json, text, size, &error) != 0) {
        place_in_file(reading, piece, &error);
        tell_problem(reading, number, NULL, &error);
        return;
    }
    if (check(&reading->json, &error) != 0 || to_event(reading, number, &error) != 0) {
        tell_problem(reading, number, &reading->json, &error);
        return;
    }
    hint_at(reading);
    const struct wz_record record = {.kind = WZ_EVENT, .row = number, .as.event = reading->event.event};
    reading->decode->emit(reading->decode->handle, &record);
}

/* ---- the file ------------------------------------------------------------------------------------------ */

static void take_kept(struct reading *reading, const struct piece *piece)
{
    uint64_t number;
    struct error error;
    buf_clear(&reading->statement);
    if (kept_read(piece->text, piece->size, &number, &reading->statement)) {
        take_statement(reading, piece, (const char *)reading->statement.data, reading->statement.size,
                       number);
    } else {
        error_set(&error, ERROR_INPUT,
                  "it is no row of the quarantine, as the first line of the file says; take that line away "
                  "where the others are statements");
        tell_problem(reading, piece->number, NULL, &error);
    }
}

static void take_piece(struct reading *reading, const struct piece *piece)
{
    struct error error;
    const bool is_first_line = reading->pieces.form == FORM_LINES && reading->pieces.count == 1;
    if (is_first_line && kept_is_heading(piece->text, piece->size)) {
        reading->is_of_quarantine = true;
    } else if (reading->is_of_quarantine) {
        take_kept(reading, piece);
    } else if (piece->is_too_long) {
        error_set(&error, ERROR_INPUT, "it is larger than %d MiB", STATEMENT_LARGEST >> 20);
        tell_problem(reading, piece->number, NULL, &error);
    } else {
        take_statement(reading, piece, piece->text, piece->size, piece->number);
    }
}

static void read_all(struct reading *reading)
{
    const struct wz_decode *decode = reading->decode;
    struct pieces *pieces = &reading->pieces;
    struct piece piece;
    int found;
    while ((found = pieces_next(pieces, &piece)) > 0) {
        if (pieces->count == 1)
            note_form(reading);
        take_piece(reading, &piece);
        decode->progress(decode->handle, pieces->bytes.offset);
    }
    if (pieces->has_more)
        hint(reading,
             "the file is a page of several, as its \"more\" says; the others have to be exported, too");
    if (found == 0)
        return;
    char *reason = mem_format("line %llu: %s%s", (unsigned long long)pieces->line, pieces->fault,
                              pieces->count ? "; the statements before it are in" : "");
    decode->refuse(decode->handle, reason);
    free(reason);
}

void xapi_decode(const struct wz_decode *decode)
{
    struct reading reading = {.decode = decode, .now = clock_now()};
    if (file_job_read(&reading.job, decode->job)) {
        reading.pieces = pieces_of(decode->document, STATEMENT_LARGEST);
        read_all(&reading);
    } else {
        decode->refuse(decode->handle,
                       "the file cannot be read by this version of the plugin; update Wijzer");
    }
    pieces_free(&reading.pieces);
    json_free(&reading.json);
    statement_event_free(&reading.event);
    buf_free(&reading.statement);
    buf_free(&reading.actor);
    buf_free(&reading.row);
    file_job_free(&reading.job);
}
