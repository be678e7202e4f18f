/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/record_wire.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "store/events.h"

#include <stdlib.h>
#include <string.h>
#include <wijzer/plugin.h>

/* What a decoder may make the daemon remember for one document. */
enum { MOST_TEXTS = 200000, MOST_TEXT_BYTES = 16 << 20, MOST_ANSWERS = 4096, MOST_GROUPS = 16 };
enum { MOST_ATTACHMENTS = 1000 }; /* of one event */
/* Of one row, which goes to the script's worker in one frame. */
enum { MOST_CELLS = 10000, MOST_CELL_BYTES = 16 << 20 };

/* ---- the sending end ----------------------------------------------------------------------------------- */

void wire_writer_free(struct wire_writer *writer)
{
    for (size_t i = 0; i < writer->count; i++)
        free(writer->texts[i]);
    free(writer->texts);
    map_free(&writer->known);
    *writer = (struct wire_writer){0};
}

static size_t text_number(struct wire_writer *writer, const char *text)
{
    const size_t next = writer->last + 1;
    if (next < writer->count && strcmp(writer->texts[next], text) == 0)
        return next;
    const uint32_t *known = map_find_text(&writer->known, text);
    return known ? *known : writer->count;
}

/* Its number; behind the number of a new one comes the text. Once there is no room for more, a text that is
 * not known comes behind the number that a second new one would have, and is not remembered. */
static void put_known_text(struct wire_writer *writer, const char *text, struct buf *out)
{
    const size_t number = text_number(writer, text), length = strlen(text);
    const bool is_known = number < writer->count;
    const bool has_room = writer->count < MOST_TEXTS && writer->bytes + length <= MOST_TEXT_BYTES;
    if (!is_known && !has_room) {
        buf_put_varint(out, writer->count + 1);
        buf_put_text(out, text);
        return;
    }
    writer->last = number;
    buf_put_varint(out, number);
    if (is_known)
        return;
    buf_put_text(out, text);
    if (writer->count == writer->capacity) {
        writer->capacity = writer->capacity ? 2 * writer->capacity : 64;
        writer->texts = mem_resize(writer->texts, writer->capacity, sizeof *writer->texts);
    }
    writer->bytes += length;
    writer->texts[writer->count] = mem_copy_text(text);
    map_add_text(&writer->known, text, (uint32_t)writer->count++);
}

static void put_groups(struct wire_writer *writer, const struct wz_group_step *groups, size_t count,
                       struct buf *out)
{
    buf_put_varint(out, count);
    for (size_t i = 0; i < count; i++) {
        put_known_text(writer, groups[i].level, out);
        put_known_text(writer, groups[i].name, out);
    }
}

/* The wave, or the row that it is to be made of. */
static void put_wave(struct wire_writer *writer, const struct wz_response *response, struct buf *out)
{
    buf_put_u8(out, response->wave != NULL);
    if (response->wave) {
        put_known_text(writer, response->wave, out);
        return;
    }
    buf_put_varint(out, response->cell_count);
    for (size_t i = 0; i < response->cell_count; i++) {
        put_known_text(writer, response->cells[i].column, out);
        buf_put_text(out, response->cells[i].text);
    }
}

/* What is longer than is kept is left out here, for it costs as much on its way as the row itself. */
static void put_kept(struct wire_writer *writer, const char *heading, const char *body, struct buf *out)
{
    const bool is_kept = heading && body && strnlen(heading, WZ_LONGEST_HEADING + 1) <= WZ_LONGEST_HEADING &&
                         strnlen(body, WZ_LONGEST_BODY + 1) <= WZ_LONGEST_BODY;
    buf_put_u8(out, is_kept);
    if (!is_kept)
        return;
    put_known_text(writer, heading, out);
    buf_put_text(out, body);
}

static void put_response(struct wire_writer *writer, const struct wz_response *response, struct buf *out)
{
    put_known_text(writer, response->instrument, out);
    put_wave(writer, response, out);
    buf_put_u8(out, response->respondent != NULL);
    if (response->respondent)
        buf_put_text(out, response->respondent);
    else
        buf_put_bytes(out, response->content, response->content_size);
    buf_put_signed(out, response->submitted);
    buf_put_u8(out, response->partial != 0);
    put_groups(writer, response->groups, response->group_count, out);
    buf_put_varint(out, response->answer_count);
    for (size_t i = 0; i < response->answer_count; i++) {
        put_known_text(writer, response->answers[i].item, out);
        buf_put_number(out, response->answers[i].value);
    }
    put_kept(writer, response->heading, response->body, out);
}

static void put_withdrawal(struct wire_writer *writer, const struct wz_withdrawal *withdrawal,
                           struct buf *out)
{
    put_known_text(writer, withdrawal->instrument, out);
    put_known_text(writer, withdrawal->wave, out);
    buf_put_text(out, withdrawal->respondent);
}

static void put_references(const struct wz_event *event, struct buf *out)
{
    buf_put_varint(out, event->reference_count);
    for (size_t i = 0; i < event->reference_count; i++) {
        const struct wz_reference *reference = &event->references[i];
        buf_put_varint(out, reference->role);
        buf_put_u8(out, reference->key != NULL);
        if (reference->key)
            buf_put_text(out, reference->key);
        else
            buf_put_varint(out, reference->person);
    }
}

static void put_attachments(const struct wz_event *event, struct buf *out)
{
    buf_put_varint(out, event->attachment_count);
    for (size_t i = 0; i < event->attachment_count; i++) {
        const struct wz_attachment *attachment = &event->attachments[i];
        buf_put_text(out, attachment->key);
        buf_put_text(out, attachment->content_type);
        buf_put_bytes(out, attachment->size ? attachment->bytes : "", attachment->size);
    }
}

static void put_event(struct wire_writer *writer, const struct wz_event *event, struct buf *out)
{
    buf_put(out, event->id, sizeof event->id);
    buf_put_text(out, event->actor);
    put_known_text(writer, event->verb, out);
    buf_put_text(out, event->object);
    buf_put_signed(out, event->time);
    put_groups(writer, event->groups, event->group_count, out);
    buf_put_varint(out, event->measure_count);
    for (size_t i = 0; i < event->measure_count; i++) {
        put_known_text(writer, event->measures[i].name, out);
        buf_put_number(out, event->measures[i].value);
    }
    buf_put_text(out, event->raw);
    buf_put_varint(out, event->people_count);
    for (size_t i = 0; i < event->people_count; i++)
        buf_put_text(out, event->people[i]);
    buf_put_u8(out, event->content != NULL);
    if (event->content) {
        buf_put_text(out, event->content);
        buf_put_varint(out, event->content_time_at);
        buf_put_varint(out, event->content_time_size);
    }
    put_references(event, out);
    buf_put_u8(out, event->target != NULL);
    if (event->target)
        buf_put(out, event->target, sizeof event->id);
    buf_put_u8(out, event->voids != 0);
    put_attachments(event, out);
}

void wire_put_record(struct wire_writer *writer, const struct wz_record *record, struct buf *out)
{
    const size_t begin = frame_begin(out, WIRE_RECORD);
    buf_put_u8(out, (uint8_t)record->kind);
    buf_put_varint(out, record->row);
    if (record->kind == WZ_RESPONSE)
        put_response(writer, &record->as.response, out);
    else if (record->kind == WZ_WITHDRAWAL)
        put_withdrawal(writer, &record->as.withdrawal, out);
    else if (record->kind == WZ_EVENT)
        put_event(writer, &record->as.event, out);
    frame_end(out, begin);
}

void wire_put_problem(struct wire_writer *writer, const struct wz_problem *problem, struct buf *out)
{
    const size_t begin = frame_begin(out, WIRE_PROBLEM);
    buf_put_varint(out, problem->row);
    buf_put_u8(out, problem->column != NULL);
    buf_put_text(out, problem->column);
    buf_put_text(out, problem->text);
    put_kept(writer, problem->heading, problem->body, out);
    buf_put_u8(out, problem->respondent != NULL);
    buf_put_text(out, problem->respondent);
    frame_end(out, begin);
}

void wire_put_progress(uint64_t bytes, struct buf *out)
{
    const size_t begin = frame_begin(out, WIRE_PROGRESS);
    buf_put_varint(out, bytes);
    frame_end(out, begin);
}

void wire_put_note(const char *key, const char *text, struct buf *out)
{
    const size_t begin = frame_begin(out, WIRE_NOTE);
    buf_put_text(out, key);
    buf_put_text(out, text);
    frame_end(out, begin);
}

void wire_put_hint(const char *text, struct buf *out)
{
    const size_t begin = frame_begin(out, WIRE_HINT);
    buf_put_text(out, text);
    frame_end(out, begin);
}

void wire_put_description(const char *json, struct buf *out)
{
    const size_t begin = frame_begin(out, WIRE_DESCRIBE);
    buf_put_text(out, json);
    frame_end(out, begin);
}

void wire_put_refuse(const char *reason, struct buf *out)
{
    const size_t begin = frame_begin(out, WIRE_REFUSE);
    buf_put_text(out, reason);
    frame_end(out, begin);
}

void wire_put_end(struct buf *out)
{
    frame_end(out, frame_begin(out, WIRE_END));
}

/* ---- the receiving end --------------------------------------------------------------------------------- */

void wire_reader_free(struct wire_reader *reader)
{
    for (size_t i = 0; i < reader->count; i++)
        free(reader->texts[i]);
    free(reader->texts);
    free(reader->answers);
    free(reader->groups);
    free(reader->cells);
    free(reader->people);
    free(reader->references);
    free(reader->attachments);
    *reader = (struct wire_reader){0};
}

static const char *read_known_text(struct wire_reader *reader, struct reader *payload)
{
    const uint64_t number = read_varint(payload);
    if (number < reader->count)
        return reader->texts[number];
    const char *text = read_text(payload);
    if (number == (uint64_t)reader->count + 1)
        return text;
    reader->bytes += strlen(text);
    if (payload->failed || number != reader->count || number >= MOST_TEXTS ||
        reader->bytes > MOST_TEXT_BYTES) {
        payload->failed = true;
        return "";
    }
    if (reader->count == reader->capacity) {
        reader->capacity = reader->capacity ? 2 * reader->capacity : 64;
        reader->texts = mem_resize(reader->texts, reader->capacity, sizeof *reader->texts);
    }
    return reader->texts[reader->count++] = mem_copy_text(text);
}

/* A count that the payload claims; more than `most` is malformed. */
static size_t read_count(struct reader *payload, size_t most)
{
    const uint64_t count = read_varint(payload);
    if (count > most)
        payload->failed = true;
    return payload->failed ? 0 : (size_t)count;
}

static size_t read_groups(struct wire_reader *reader, struct reader *payload)
{
    const size_t count = read_count(payload, MOST_GROUPS);
    if (count > reader->group_capacity) {
        reader->groups = mem_resize(reader->groups, MOST_GROUPS, sizeof *reader->groups);
        reader->group_capacity = MOST_GROUPS;
    }
    for (size_t i = 0; i < count; i++) {
        const char *level = read_known_text(reader, payload);
        reader->groups[i] = (struct wz_group_step){.level = level, .name = read_known_text(reader, payload)};
    }
    return count;
}

static size_t read_answers(struct wire_reader *reader, struct reader *payload)
{
    const size_t count = read_count(payload, MOST_ANSWERS);
    if (count > reader->answer_capacity) {
        reader->answers = mem_resize(reader->answers, count, sizeof *reader->answers);
        reader->answer_capacity = count;
    }
    for (size_t i = 0; i < count; i++) {
        const char *item = read_known_text(reader, payload);
        reader->answers[i] = (struct wz_answer){.item = item, .value = read_number(payload)};
    }
    return count;
}

static size_t read_cells(struct wire_reader *reader, struct reader *payload)
{
    const size_t count = read_count(payload, MOST_CELLS);
    size_t bytes = 0;
    if (count > reader->cell_capacity) {
        reader->cells = mem_resize(reader->cells, count, sizeof *reader->cells);
        reader->cell_capacity = count;
    }
    for (size_t i = 0; i < count; i++) {
        const char *column = read_known_text(reader, payload);
        reader->cells[i] = (struct wz_cell){.column = column, .text = read_text(payload)};
        bytes += strlen(reader->cells[i].text);
    }
    if (count == 0 || bytes > MOST_CELL_BYTES) /* of no cells no wave can be made */
        payload->failed = true;
    return count;
}

static void read_kept(struct wire_reader *reader, struct reader *payload, const char **heading,
                      const char **body)
{
    *heading = *body = NULL;
    if (!read_u8(payload))
        return;
    *heading = read_known_text(reader, payload);
    *body = read_text(payload);
    if (strlen(*heading) > WZ_LONGEST_HEADING || strlen(*body) > WZ_LONGEST_BODY)
        payload->failed = true;
}

static void read_response(struct wire_reader *reader, struct reader *payload, struct wz_response *response)
{
    *response = (struct wz_response){0};
    response->instrument = read_known_text(reader, payload);
    if (read_u8(payload))
        response->wave = read_known_text(reader, payload);
    else
        response->cell_count = read_cells(reader, payload);
    response->cells = response->cell_count ? reader->cells : NULL;
    if (read_u8(payload))
        response->respondent = read_text(payload);
    else
        response->content = read_bytes(payload, &response->content_size);
    response->submitted = read_signed(payload);
    response->partial = read_u8(payload);
    response->group_count = read_groups(reader, payload);
    response->answer_count = read_answers(reader, payload);
    response->groups = reader->groups;
    response->answers = reader->answers;
    read_kept(reader, payload, &response->heading, &response->body);
}

static size_t read_measures(struct wire_reader *reader, struct reader *payload)
{
    const size_t count = read_count(payload, MOST_MEASURES);
    for (size_t i = 0; i < count; i++) {
        const char *name = read_known_text(reader, payload);
        reader->measures[i] = (struct wz_measure){.name = name, .value = read_number(payload)};
    }
    return count;
}

static void read_people(struct wire_reader *reader, struct reader *payload, struct wz_event *event)
{
    event->people_count = read_count(payload, MOST_EVENT_PEOPLE);
    if (event->people_count > reader->person_capacity) {
        reader->people = mem_resize(reader->people, event->people_count, sizeof *reader->people);
        reader->person_capacity = event->people_count;
    }
    for (size_t i = 0; i < event->people_count; i++)
        reader->people[i] = read_text(payload);
    event->people = reader->people;
}

static void read_references(struct wire_reader *reader, struct reader *payload, struct wz_event *event)
{
    event->reference_count = read_count(payload, MOST_EVENT_KEYS);
    if (event->reference_count > reader->reference_capacity) {
        reader->references =
            mem_resize(reader->references, event->reference_count, sizeof *reader->references);
        reader->reference_capacity = event->reference_count;
    }
    for (size_t i = 0; i < event->reference_count; i++) {
        struct wz_reference *reference = &reader->references[i];
        *reference = (struct wz_reference){.role = (uint32_t)read_varint(payload)};
        if (read_u8(payload))
            reference->key = read_text(payload);
        else
            reference->person = (size_t)read_varint(payload);
    }
    event->references = reader->references;
}

static void read_attachments(struct wire_reader *reader, struct reader *payload, struct wz_event *event)
{
    event->attachment_count = read_count(payload, MOST_ATTACHMENTS);
    if (event->attachment_count > reader->attachment_capacity) {
        reader->attachments =
            mem_resize(reader->attachments, event->attachment_count, sizeof *reader->attachments);
        reader->attachment_capacity = event->attachment_count;
    }
    for (size_t i = 0; i < event->attachment_count; i++) {
        struct wz_attachment *attachment = &reader->attachments[i];
        attachment->key = read_text(payload);
        attachment->content_type = read_text(payload);
        attachment->bytes = read_bytes(payload, &attachment->size);
    }
    event->attachments = reader->attachments;
}

static void read_id(struct reader *payload, uint8_t id[16])
{
    for (size_t i = 0; i < 16; i++)
        id[i] = read_u8(payload);
}

static void read_event(struct wire_reader *reader, struct reader *payload, struct wz_event *event)
{
    *event = (struct wz_event){0};
    read_id(payload, event->id);
    event->actor = read_text(payload);
    event->verb = read_known_text(reader, payload);
    event->object = read_text(payload);
    event->time = read_signed(payload);
    event->group_count = read_groups(reader, payload);
    event->groups = reader->groups;
    event->measure_count = read_measures(reader, payload);
    event->measures = reader->measures;
    event->raw = read_text(payload);
    read_people(reader, payload, event);
    if (read_u8(payload)) {
        event->content = read_text(payload);
        event->content_time_at = (size_t)read_varint(payload);
        event->content_time_size = (size_t)read_varint(payload);
    }
    read_references(reader, payload, event);
    if (read_u8(payload)) {
        read_id(payload, reader->target);
        event->target = reader->target;
    }
    event->voids = read_u8(payload);
    read_attachments(reader, payload, event);
}

bool wire_read_record(struct wire_reader *reader, struct reader *payload, struct wz_record *record)
{
    *record = (struct wz_record){.kind = read_u8(payload)};
    record->row = read_varint(payload);
    if (record->kind == WZ_RESPONSE) {
        read_response(reader, payload, &record->as.response);
    } else if (record->kind == WZ_WITHDRAWAL) {
        struct wz_withdrawal *withdrawal = &record->as.withdrawal;
        withdrawal->instrument = read_known_text(reader, payload);
        withdrawal->wave = read_known_text(reader, payload);
        withdrawal->respondent = read_text(payload);
    } else if (record->kind == WZ_EVENT) {
        read_event(reader, payload, &record->as.event);
    } else {
        payload->failed = true;
    }
    return !payload->failed && reader_left(payload) == 0;
}

bool wire_read_problem(struct wire_reader *reader, struct reader *payload, struct wz_problem *problem)
{
    problem->row = read_varint(payload);
    const bool has_column = read_u8(payload) != 0;
    const char *column = read_text(payload);
    problem->column = has_column ? column : NULL;
    problem->text = read_text(payload);
    read_kept(reader, payload, &problem->heading, &problem->body);
    const bool has_respondent = read_u8(payload) != 0;
    const char *respondent = read_text(payload);
    problem->respondent = has_respondent ? respondent : NULL;
    return !payload->failed && reader_left(payload) == 0;
}

bool wire_read_note(struct reader *payload, const char **key, const char **text)
{
    *key = read_text(payload);
    *text = read_text(payload);
    const size_t key_length = strlen(*key), length = strlen(*text);
    const bool is_word = key_length && strspn(*key, "abcdefghijklmnopqrstuvwxyz0123456789_") == key_length;
    return !payload->failed && reader_left(payload) == 0 && is_word && key_length <= WZ_NOTE_KEY &&
           length <= WZ_NOTE_TEXT && utf8_valid(*text, length);
}

bool wire_read_description(struct reader *payload, const char **json)
{
    *json = read_text(payload);
    const size_t length = strlen(*json);
    return !payload->failed && reader_left(payload) == 0 && length <= WZ_DESCRIPTION &&
           utf8_valid(*json, length);
}

bool wire_read_hint(struct reader *payload, const char **text)
{
    *text = read_text(payload);
    const size_t length = strlen(*text);
    return !payload->failed && reader_left(payload) == 0 && length > 0 && length <= WZ_HINT &&
           utf8_valid(*text, length);
}
