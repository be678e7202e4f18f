/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records on the pipe from the decoder: what goes in comes out, and nonsense is known for what it is. */
#include "host/record_wire.h"

#include "base/mem.h"
#include "store/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <wijzer/plugin.h>

static const struct wz_group_step groups[] = {{"school", "S"}, {"team", "A"}};
static const struct wz_answer answers[] = {{"a", 4}, {"b", 2.5}};
static const struct wz_cell cells[] = {{"token", "r1"}, {"date", ""}, {"a", "4"}};

static struct wz_record response(uint64_t row)
{
    return (struct wz_record){.kind = WZ_RESPONSE,
                              .row = row,
                              .as.response = {.instrument = "m",
                                              .wave = "2025",
                                              .respondent = "r1",
                                              .submitted = WZ_NO_TIME,
                                              .groups = groups,
                                              .group_count = 2,
                                              .answers = answers,
                                              .answer_count = 2}};
}

static struct wz_record open_response(uint64_t row)
{
    struct wz_record record = response(row);
    record.as.response.wave = NULL;
    record.as.response.cells = cells;
    record.as.response.cell_count = 3;
    return record;
}

/* Reads the frame at *at, and goes on to the next. */
static bool read_next(const struct buf *bytes, size_t *at, struct wire_reader *reader,
                      struct wz_record *record)
{
    uint8_t kind;
    struct reader payload;
    size_t size;
    assert_int_equal(frame_next(bytes->data + *at, bytes->size - *at, &kind, &payload, &size), 1);
    assert_int_equal(kind, WIRE_RECORD);
    *at += size;
    return wire_read_record(reader, &payload, record);
}

static void assert_common(const struct wz_response *read)
{
    assert_string_equal(read->instrument, "m");
    assert_string_equal(read->respondent, "r1");
    assert_true(read->submitted == WZ_NO_TIME);
    assert_int_equal(read->group_count, 2);
    assert_string_equal(read->groups[1].level, "team");
    assert_string_equal(read->groups[1].name, "A");
    assert_int_equal(read->answer_count, 2);
    assert_string_equal(read->answers[1].item, "b");
    assert_true(read->answers[1].value == 2.5);
}

static void a_response_has_its_wave_or_its_cells(void **state)
{
    (void)state;
    struct wire_writer writer = {0};
    struct wire_reader reader = {0};
    struct buf bytes = {0};
    struct wz_record record;
    size_t at = 0;
    for (uint64_t i = 0; i < 4; i++) { /* the second time every name is known */
        const struct wz_record given = i % 2 ? open_response(i) : response(i);
        wire_put_record(&writer, &given, &bytes);
    }
    for (uint64_t i = 0; i < 4; i++) {
        assert_true(read_next(&bytes, &at, &reader, &record));
        const struct wz_response *read = &record.as.response;
        assert_true(record.row == i);
        assert_common(read);
        if (i % 2 == 0) {
            assert_string_equal(read->wave, "2025");
            assert_null(read->cells);
            assert_int_equal(read->cell_count, 0);
            continue;
        }
        assert_null(read->wave);
        assert_int_equal(read->cell_count, 3);
        assert_string_equal(read->cells[0].column, "token");
        assert_string_equal(read->cells[0].text, "r1");
        assert_string_equal(read->cells[1].text, "");
        assert_string_equal(read->cells[2].column, "a");
    }
    assert_int_equal(at, bytes.size);
    buf_free(&bytes);
    wire_writer_free(&writer);
    wire_reader_free(&reader);
}

static struct wz_record event(const char *const *people, size_t people_count,
                              const struct wz_reference *references, size_t reference_count,
                              const struct wz_attachment *attachments, size_t attachment_count)
{
    return (struct wz_record){.kind = WZ_EVENT,
                              .row = 3,
                              .as.event = {.id = {1, 2},
                                           .actor = "anna",
                                           .verb = "did",
                                           .object = "that",
                                           .time = 1000,
                                           .raw = "{}",
                                           .people = people,
                                           .people_count = people_count,
                                           .references = references,
                                           .reference_count = reference_count,
                                           .attachments = attachments,
                                           .attachment_count = attachment_count}};
}

/* There and back, into `record`; false: malformed. */
static bool pass(struct wire_reader *reader, struct buf *bytes, struct wz_record *record)
{
    struct wire_writer writer = {0};
    size_t at = 0;
    buf_clear(bytes);
    wire_reader_free(reader); /* both begin anew */
    wire_put_record(&writer, record, bytes);
    wire_writer_free(&writer);
    return read_next(bytes, &at, reader, record);
}

/* More different verbs and groups than the daemon remembers, and then one that it does. */
static void there_may_be_more_texts_than_are_remembered(void **state)
{
    (void)state;
    enum { MANY = 200100 };
    struct wire_writer writer = {0};
    struct wire_reader reader = {0};
    struct buf bytes = {0};
    struct wz_record record;
    size_t at = 0;
    char name[32];
    struct wz_group_step step = {"course", name};
    struct wz_record given = event(NULL, 0, NULL, 0, NULL, 0);
    given.as.event.groups = &step;
    given.as.event.group_count = 1;
    for (unsigned i = 0; i <= MANY; i++) {
        snprintf(name, sizeof name, "course %u", i % MANY);
        wire_put_record(&writer, &given, &bytes);
    }
    for (unsigned i = 0; i <= MANY; i++) {
        snprintf(name, sizeof name, "course %u", i % MANY);
        assert_true(read_next(&bytes, &at, &reader, &record));
        assert_string_equal(record.as.event.verb, "did");
        assert_string_equal(record.as.event.groups[0].level, "course");
        assert_string_equal(record.as.event.groups[0].name, name);
    }
    assert_int_equal(at, bytes.size);
    assert_true(reader.count <= 200000);
    buf_free(&bytes);
    wire_writer_free(&writer);
    wire_reader_free(&reader);
}

/* A withdrawal whose instrument comes as this number and text; its wave is numbered likewise. */
static bool read_numbered(struct wire_reader *reader, uint64_t number, const char *text, uint64_t wave_number,
                          const char *wave)
{
    struct buf bytes = {0};
    struct wz_record record;
    buf_put_u8(&bytes, WZ_WITHDRAWAL);
    buf_put_varint(&bytes, 1);
    buf_put_varint(&bytes, number);
    if (text)
        buf_put_text(&bytes, text);
    buf_put_varint(&bytes, wave_number);
    if (wave)
        buf_put_text(&bytes, wave);
    buf_put_text(&bytes, "anna");
    struct reader payload = reader_of(bytes.data, bytes.size);
    const bool is_record = wire_read_record(reader, &payload, &record);
    if (is_record && text)
        assert_string_equal(record.as.withdrawal.instrument, text);
    buf_free(&bytes);
    return is_record;
}

/* A decoder that has been taken over may send any number. */
static void texts_are_numbered_in_their_turn(void **state)
{
    (void)state;
    struct wire_reader reader = {0};
    assert_true(read_numbered(&reader, 0, "m", 1, "2025"));
    assert_true(read_numbered(&reader, 0, NULL, 1, NULL));
    assert_true(read_numbered(&reader, 3, "one that is not remembered", 1, NULL));
    assert_int_equal(reader.count, 2);
    assert_false(read_numbered(&reader, 4, "x", 1, NULL));
    assert_false(read_numbered(&reader, UINT64_MAX, "x", 1, NULL));
    assert_int_equal(reader.count, 2);
    wire_reader_free(&reader);
}

/* However short they are. */
static void only_so_many_texts_are_remembered(void **state)
{
    (void)state;
    enum { MOST = 200000 };
    struct wire_reader reader = {0};
    for (unsigned i = 0; i < MOST; i++)
        assert_true(read_numbered(&reader, i, "", i, NULL));
    assert_false(read_numbered(&reader, MOST, "", MOST, NULL));
    wire_reader_free(&reader);
}

static void only_so_many_bytes_of_texts_are_remembered(void **state)
{
    (void)state;
    enum { MIB = 1 << 20, MOST = 16 };
    struct wire_reader reader = {0};
    char *text = mem_alloc(MIB + 1);
    memset(text, 'x', MIB - 1);
    for (unsigned i = 0; i < MOST; i++)
        assert_true(read_numbered(&reader, i, text, i, NULL));
    text[MIB - 1] = 'x'; /* 15 bytes are left */
    assert_false(read_numbered(&reader, MOST, text, MOST, NULL));
    free(text);
    wire_reader_free(&reader);
}

/* What the writer remembers, the reader has room for. */
static void long_texts_are_sent_as_often_as_it_takes(void **state)
{
    (void)state;
    enum { MIB = 1 << 20, MANY = 20 };
    struct wire_writer writer = {0};
    struct wire_reader reader = {0};
    struct buf bytes = {0};
    struct wz_record record = response(1);
    size_t at = 0;
    char *name = mem_alloc(MIB + 1);
    struct wz_group_step step = {"team", name};
    memset(name, 'x', MIB);
    record.as.response.groups = &step;
    record.as.response.group_count = 1;
    for (int i = 0; i < 2 * MANY; i++) {
        name[0] = (char)('A' + i % MANY);
        wire_put_record(&writer, &record, &bytes);
    }
    for (int i = 0; i < 2 * MANY; i++) {
        assert_true(read_next(&bytes, &at, &reader, &record));
        assert_int_equal(record.as.response.groups[0].name[0], 'A' + i % MANY);
        assert_int_equal(strlen(record.as.response.groups[0].name), MIB);
    }
    assert_true(bytes.size < (size_t)(2 * MANY) * MIB); /* some are remembered */
    free(name);
    buf_free(&bytes);
    wire_writer_free(&writer);
    wire_reader_free(&reader);
}

static void an_event_has_all_that_it_is_found_by(void **state)
{
    (void)state;
    static const uint8_t target[16] = {9, 0, 7};
    const char *const people[] = {"anna", "bert"};
    const struct wz_reference references[] = {{.role = 1, .person = 1}, {.role = 70000, .key = "book"}};
    const struct wz_attachment attachments[] = {{"a", "text/plain", "x\0y", 3}, {"b", "image/png", NULL, 0}};
    struct wire_reader reader = {0};
    struct buf bytes = {0};
    struct wz_record record = event(people, 2, references, 2, attachments, 2);
    record.as.event.content = "1";
    record.as.event.content_time_at = 300;
    record.as.event.content_time_size = 7;
    record.as.event.target = target;
    record.as.event.voids = 1;
    assert_true(pass(&reader, &bytes, &record));
    const struct wz_event *read = &record.as.event;
    assert_string_equal(read->raw, "{}");
    assert_string_equal(read->content, "1");
    assert_int_equal(read->content_time_at, 300);
    assert_int_equal(read->content_time_size, 7);
    assert_int_equal(read->people_count, 2);
    assert_string_equal(read->people[1], "bert");
    assert_int_equal(read->reference_count, 2);
    assert_null(read->references[0].key);
    assert_int_equal(read->references[0].role, 1);
    assert_int_equal(read->references[0].person, 1);
    assert_int_equal(read->references[1].role, 70000);
    assert_string_equal(read->references[1].key, "book");
    assert_memory_equal(read->target, target, 16);
    assert_int_equal(read->voids, 1);
    assert_int_equal(read->attachment_count, 2);
    assert_string_equal(read->attachments[0].key, "a");
    assert_string_equal(read->attachments[0].content_type, "text/plain");
    assert_int_equal(read->attachments[0].size, 3);
    assert_memory_equal(read->attachments[0].bytes, "x\0y", 3);
    assert_int_equal(read->attachments[1].size, 0);
    record = event(NULL, 0, NULL, 0, NULL, 0);
    assert_true(pass(&reader, &bytes, &record));
    assert_null(record.as.event.content);
    assert_null(record.as.event.target);
    assert_int_equal(record.as.event.people_count, 0);
    assert_int_equal(record.as.event.reference_count, 0);
    assert_int_equal(record.as.event.attachment_count, 0);
    buf_free(&bytes);
    wire_reader_free(&reader);
}

static void more_people_than_an_event_can_name_are_malformed(void **state)
{
    (void)state;
    enum {
        MOST = MOST_EVENT_PEOPLE > MOST_EVENT_KEYS ? MOST_EVENT_PEOPLE : MOST_EVENT_KEYS,
        MANY = MOST + 1
    };
    const char **people = mem_alloc(MANY * sizeof *people);
    struct wz_reference *references = mem_alloc(MANY * sizeof *references);
    struct wz_attachment *attachments = mem_alloc(MANY * sizeof *attachments);
    struct wire_reader reader = {0};
    struct buf bytes = {0};
    for (size_t i = 0; i < MANY; i++) {
        people[i] = "p";
        attachments[i] = (struct wz_attachment){.key = "a", .content_type = "b"};
    }
    struct wz_record record =
        event(people, MOST_EVENT_PEOPLE, references, MOST_EVENT_KEYS, attachments, 1000);
    assert_true(pass(&reader, &bytes, &record));
    record = event(people, MOST_EVENT_PEOPLE + 1, NULL, 0, NULL, 0);
    assert_false(pass(&reader, &bytes, &record));
    record = event(NULL, 0, references, MOST_EVENT_KEYS + 1, NULL, 0);
    assert_false(pass(&reader, &bytes, &record));
    record = event(NULL, 0, NULL, 0, attachments, 1001);
    assert_false(pass(&reader, &bytes, &record));
    free(people);
    free(references);
    free(attachments);
    buf_free(&bytes);
    wire_reader_free(&reader);
}

static void a_response_with_neither_is_malformed(void **state)
{
    (void)state;
    struct wire_writer writer = {0};
    struct wire_reader reader = {0};
    struct buf bytes = {0};
    struct wz_record record = open_response(2);
    size_t at = 0;
    record.as.response.cell_count = 0;
    wire_put_record(&writer, &record, &bytes);
    assert_false(read_next(&bytes, &at, &reader, &record));
    buf_free(&bytes);
    wire_writer_free(&writer);
    wire_reader_free(&reader);
}

static void more_cells_than_there_can_be_columns_are_malformed(void **state)
{
    (void)state;
    enum { MANY = 10001 };
    struct wire_writer writer = {0};
    struct wire_reader reader = {0};
    struct buf bytes = {0};
    struct wz_cell *many = mem_alloc(MANY * sizeof *many);
    struct wz_record record = open_response(2);
    size_t at = 0;
    for (size_t i = 0; i < MANY; i++)
        many[i] = cells[0];
    record.as.response.cells = many;
    record.as.response.cell_count = MANY;
    wire_put_record(&writer, &record, &bytes);
    assert_false(read_next(&bytes, &at, &reader, &record));
    free(many);
    buf_free(&bytes);
    wire_writer_free(&writer);
    wire_reader_free(&reader);
}

static void cells_that_do_not_fit_in_a_frame_are_malformed(void **state)
{
    (void)state;
    enum { LONG = 9 << 20 };
    struct wire_writer writer = {0};
    struct wire_reader reader = {0};
    struct buf bytes = {0};
    char *text = mem_alloc(LONG + 1);
    memset(text, 'x', LONG);
    const struct wz_cell two[] = {{"a", text}, {"b", text}};
    struct wz_record record = open_response(2);
    size_t at = 0;
    record.as.response.cells = two;
    for (size_t count = 1; count <= 2; count++) {
        record.as.response.cell_count = count;
        wire_put_record(&writer, &record, &bytes);
    }
    struct wz_record read;
    assert_true(read_next(&bytes, &at, &reader, &read));
    assert_false(read_next(&bytes, &at, &reader, &read));
    free(text);
    buf_free(&bytes);
    wire_writer_free(&writer);
    wire_reader_free(&reader);
}

/* ---- rows that were refused ---- */

static const char heading[] = "{\"columns\":[\"token\"]}";

static bool send_problem(struct wire_writer *writer, struct wire_reader *reader,
                         const struct wz_problem *given, struct wz_problem *read, struct buf *bytes)
{
    struct reader payload;
    uint8_t kind;
    size_t size;
    buf_clear(bytes);
    wire_put_problem(writer, given, bytes);
    assert_int_equal(frame_next(bytes->data, bytes->size, &kind, &payload, &size), 1);
    assert_int_equal(kind, WIRE_PROBLEM);
    return wire_read_problem(reader, &payload, read);
}

static void a_problem_brings_what_is_kept_and_its_heading_once(void **state)
{
    (void)state;
    struct wire_writer writer = {0};
    struct wire_reader reader = {0};
    struct buf bytes = {0};
    size_t sizes[2];
    const struct wz_problem given = {
        .row = 7, .column = "a", .text = "wrong", .heading = heading, .body = "{}", .respondent = "r1"};
    for (size_t i = 0; i < 2; i++) {
        struct wz_problem read;
        assert_true(send_problem(&writer, &reader, &given, &read, &bytes));
        sizes[i] = bytes.size;
        assert_int_equal(read.row, 7);
        assert_string_equal(read.column, "a");
        assert_string_equal(read.text, "wrong");
        assert_string_equal(read.heading, heading);
        assert_string_equal(read.body, "{}");
        assert_string_equal(read.respondent, "r1");
    }
    assert_true(sizes[1] + strlen(heading) <= sizes[0]);
    buf_free(&bytes);
    wire_writer_free(&writer);
    wire_reader_free(&reader);
}

static void what_is_not_kept_is_null(void **state)
{
    (void)state;
    char *long_body = mem_alloc(WZ_LONGEST_BODY + 2);
    memset(long_body, 'x', WZ_LONGEST_BODY + 1);
    const struct wz_problem given[] = {{.text = "t"},
                                       {.text = "t", .heading = heading},
                                       {.text = "t", .body = "{}"},
                                       {.text = "t", .heading = heading, .body = long_body}};
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        struct wire_writer writer = {0};
        struct wire_reader reader = {0};
        struct buf bytes = {0};
        struct wz_problem read;
        assert_true(send_problem(&writer, &reader, &given[i], &read, &bytes));
        assert_null(read.heading);
        assert_null(read.body);
        assert_null(read.respondent);
        buf_free(&bytes);
        wire_writer_free(&writer);
        wire_reader_free(&reader);
    }
    free(long_body);
}

static void a_response_without_a_wave_brings_it_too(void **state)
{
    (void)state;
    struct wire_writer writer = {0};
    struct wire_reader reader = {0};
    struct buf bytes = {0};
    struct wz_record given = open_response(2), read;
    size_t at = 0;
    given.as.response.heading = heading;
    given.as.response.body = "{}";
    wire_put_record(&writer, &given, &bytes);
    assert_true(read_next(&bytes, &at, &reader, &read));
    assert_common(&read.as.response);
    assert_string_equal(read.as.response.heading, heading);
    assert_string_equal(read.as.response.body, "{}");
    buf_free(&bytes);
    wire_writer_free(&writer);
    wire_reader_free(&reader);
}

static void no_damage_to_a_problem_does_damage(void **state)
{
    (void)state;
    struct wire_writer writer = {0};
    struct buf bytes = {0};
    const struct wz_problem given = {
        .row = 7, .column = "a", .text = "wrong", .heading = heading, .body = "{}", .respondent = "r1"};
    wire_put_problem(&writer, &given, &bytes);
    const uint8_t *payload = bytes.data + 5;
    const size_t size = bytes.size - 5;
    for (size_t at = 0; at < size; at++)
        for (unsigned with = 0; with < 256; with += 15) {
            uint8_t *damaged = mem_copy(payload, size);
            damaged[at] = (uint8_t)with;
            struct wire_reader reader = {0};
            struct reader whole = reader_of(damaged, size), cut = reader_of(damaged, at);
            struct wz_problem problem;
            wire_read_problem(&reader, &whole, &problem);
            wire_reader_free(&reader);
            assert_false(wire_read_problem(&reader, &cut, &problem));
            wire_reader_free(&reader);
            free(damaged);
        }
    buf_free(&bytes);
    wire_writer_free(&writer);
}

/* Every way to cut it short, and every byte of it replaced by others: nothing is read outside (the sanitizers
 * look). */
static void no_damage_does_damage(void **state)
{
    (void)state;
    struct wire_writer writer = {0};
    struct buf bytes = {0};
    const struct wz_record given = open_response(2);
    wire_put_record(&writer, &given, &bytes);
    const uint8_t *payload = bytes.data + 5;
    const size_t size = bytes.size - 5;
    for (size_t at = 0; at < size; at++)
        for (unsigned with = 0; with < 256; with += 15) {
            uint8_t *damaged = mem_copy(payload, size);
            damaged[at] = (uint8_t)with;
            struct wire_reader reader = {0};
            struct reader whole = reader_of(damaged, size), cut = reader_of(damaged, at);
            struct wz_record record;
            wire_read_record(&reader, &whole, &record);
            wire_reader_free(&reader);
            assert_false(wire_read_record(&reader, &cut, &record));
            wire_reader_free(&reader);
            free(damaged);
        }
    buf_free(&bytes);
    wire_writer_free(&writer);
}

/* ---- notes ---- */

static bool note_comes_through(const char *key, const char *text)
{
    struct buf bytes = {0};
    struct reader payload;
    uint8_t kind;
    size_t size;
    const char *read_key, *read_value;
    wire_put_note(key, text, &bytes);
    assert_int_equal(frame_next(bytes.data, bytes.size, &kind, &payload, &size), 1);
    assert_int_equal(kind, WIRE_NOTE);
    const bool good = wire_read_note(&payload, &read_key, &read_value);
    assert_true(!good || (strcmp(read_key, key) == 0 && strcmp(read_value, text) == 0));
    buf_free(&bytes);
    return good;
}

static void a_note_is_a_word_and_a_short_text(void **state)
{
    (void)state;
    char longest[WZ_NOTE_TEXT + 2] = "";
    memset(longest, 'x', WZ_NOTE_TEXT);
    assert_true(note_comes_through("line_ends", "crlf"));
    assert_true(note_comes_through("a", "\u00e9 \u20ac"));
    assert_true(note_comes_through("a", longest));
    longest[WZ_NOTE_TEXT] = 'x';
    assert_false(note_comes_through("a", longest));
    static const char *const no_keys[] = {"", "Line", "line ends", "\u00e9",
                                          "a_key_that_is_longer_than_any_may_be"};
    for (size_t i = 0; i < sizeof no_keys / sizeof *no_keys; i++)
        assert_false(note_comes_through(no_keys[i], "x"));
    assert_false(note_comes_through("a", "\xff"));
}

/* ---- hints ---- */

static bool hint_comes_through(const char *text)
{
    struct buf bytes = {0};
    struct reader payload;
    uint8_t kind;
    size_t size;
    const char *read;
    wire_put_hint(text, &bytes);
    assert_int_equal(frame_next(bytes.data, bytes.size, &kind, &payload, &size), 1);
    assert_int_equal(kind, WIRE_HINT);
    const bool good = wire_read_hint(&payload, &read);
    assert_true(!good || strcmp(read, text) == 0);
    buf_free(&bytes);
    return good;
}

static void a_hint_is_a_sentence(void **state)
{
    (void)state;
    char longest[WZ_HINT + 2] = "";
    memset(longest, 'x', WZ_HINT);
    assert_true(hint_comes_through("is it \u00e9?"));
    assert_true(hint_comes_through(longest));
    longest[WZ_HINT] = 'x';
    assert_false(hint_comes_through(longest));
    assert_false(hint_comes_through(""));
    assert_false(hint_comes_through("\xff"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_response_has_its_wave_or_its_cells),
        cmocka_unit_test(an_event_has_all_that_it_is_found_by),
        cmocka_unit_test(there_may_be_more_texts_than_are_remembered),
        cmocka_unit_test(texts_are_numbered_in_their_turn),
        cmocka_unit_test(only_so_many_texts_are_remembered),
        cmocka_unit_test(only_so_many_bytes_of_texts_are_remembered),
        cmocka_unit_test(long_texts_are_sent_as_often_as_it_takes),
        cmocka_unit_test(more_people_than_an_event_can_name_are_malformed),
        cmocka_unit_test(a_response_with_neither_is_malformed),
        cmocka_unit_test(more_cells_than_there_can_be_columns_are_malformed),
        cmocka_unit_test(cells_that_do_not_fit_in_a_frame_are_malformed),
        cmocka_unit_test(no_damage_does_damage),
        cmocka_unit_test(a_problem_brings_what_is_kept_and_its_heading_once),
        cmocka_unit_test(what_is_not_kept_is_null),
        cmocka_unit_test(a_response_without_a_wave_brings_it_too),
        cmocka_unit_test(no_damage_to_a_problem_does_damage),
        cmocka_unit_test(a_note_is_a_word_and_a_short_text),
        cmocka_unit_test(a_hint_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
