/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Events that are handed in some at a time: all of them or none, and answered when they are on disk. */
#include "door.h"

#include "ingest/key_match.h"
#include "store/events.h"

#include "base/mem.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_taken(const struct answer *answer, size_t count, const uint8_t *fates)
{
    assert_int_equal(answer->failure, WZ_NO_FAILURE);
    assert_int_equal(answer->count, count);
    assert_memory_equal(answer->fates, fates, count);
}

/* ---- all or none --------------------------------------------------------------------------------------- */

static void what_is_new_is_taken_and_what_was_there_is_known(void **state)
{
    struct door *door = *state;
    const struct wz_event events[] = {event(1, "{}"), event(2, "{}"), event(3, "{}")};
    struct answer answer = put(door, events, 2);
    assert_taken(&answer, 2, (uint8_t[]){WZ_EVENT_TAKEN, WZ_EVENT_TAKEN});
    assert_int_equal(door->grown, 1);
    answer = put(door, events, 2);
    assert_taken(&answer, 2, (uint8_t[]){WZ_EVENT_KNOWN, WZ_EVENT_KNOWN});
    assert_int_equal(door->grown, 1);
    assert_int_equal(log_size(door), 2);
    answer = put(door, events, 3);
    assert_taken(&answer, 3, (uint8_t[]){WZ_EVENT_KNOWN, WZ_EVENT_KNOWN, WZ_EVENT_TAKEN});
    assert_int_equal(door->grown, 2);
    assert_int_equal(log_size(door), 3);
}

static void one_that_conflicts_keeps_the_others_out(void **state)
{
    struct door *door = *state;
    const struct wz_event first = event(1, "{}");
    const struct wz_event events[] = {event(2, "{}"), event(1, "{\"other\":1}"), event(3, "{}")};
    put(door, &first, 1);
    const struct answer answer = put(door, events, 3);
    assert_int_equal(answer.failure, WZ_REFUSED);
    assert_int_equal(answer.at, 1);
    assert_int_equal(answer.fates[1], WZ_EVENT_CONFLICT);
    assert_int_equal(log_size(door), 1);
    assert_int_equal(door->grown, 1);
    const struct answer again = put(door, events, 1);
    assert_taken(&again, 1, (uint8_t[]){WZ_EVENT_TAKEN});
}

static void one_id_twice_in_a_call_is_one_event(void **state)
{
    struct door *door = *state;
    const struct wz_event same[] = {event(1, "{}"), event(1, "{}")};
    const struct wz_event other[] = {event(2, "{}"), event(2, "{\"other\":1}")};
    struct answer answer = put(door, same, 2);
    assert_taken(&answer, 2, (uint8_t[]){WZ_EVENT_TAKEN, WZ_EVENT_KNOWN});
    answer = put(door, other, 2);
    assert_int_equal(answer.failure, WZ_REFUSED);
    assert_int_equal(answer.at, 1);
    assert_int_equal(answer.fates[1], WZ_EVENT_CONFLICT);
    assert_int_equal(log_size(door), 1);
}

static void one_that_is_no_event_keeps_the_others_out(void **state)
{
    struct door *door = *state;
    struct wz_event events[] = {event(1, "{}"), event(2, "{}")};
    events[1].verb = "";
    const struct answer answer = put(door, events, 2);
    assert_int_equal(answer.failure, WZ_REFUSED);
    assert_int_equal(answer.at, 1);
    assert_int_equal(answer.fates[1], WZ_EVENT_INVALID);
    assert_non_null(strstr(answer.error, "verb"));
    assert_int_equal(log_size(door), 0);
}

static void a_call_without_events_is_answered(void **state)
{
    struct door *door = *state;
    const struct answer answer = put(door, NULL, 0);
    assert_int_equal(answer.failure, WZ_NO_FAILURE);
    assert_int_equal(answer.count, 0);
}

/* ---- what got its time here ---------------------------------------------------------------------------- */

static int read_figures(struct store_tx *tx, void *data, struct error *error)
{
    return store_figures(store_tx_view(tx), data, error);
}

static int64_t stored_of_first(struct door *door)
{
    struct store_figures figures;
    struct error error;
    assert_int_equal(store_write_now(door->store, read_figures, &figures, &error), 0);
    return figures.since;
}

static struct wz_event with_content(uint8_t id, const char *content, int64_t time, size_t at, size_t size)
{
    struct wz_event made = event(id, "{}");
    made.content = content;
    made.time = time;
    made.content_time_at = at;
    made.content_time_size = size;
    return made;
}

static uint8_t fate_of(struct door *door, struct wz_event given)
{
    return put(door, &given, 1).fates[0];
}

static void what_got_its_time_when_it_was_stored_is_the_same_with_it(void **state)
{
    struct door *door = *state;
    assert_int_equal(fate_of(door, with_content(1, "a b", 1000, 0, 0)), WZ_EVENT_TAKEN);
    const int64_t stored = stored_of_first(door);
    assert_int_equal(fate_of(door, with_content(1, "a THEN b", stored, 2, 5)), WZ_EVENT_KNOWN);
    assert_int_equal(fate_of(door, with_content(1, "a THEN b", stored + 1, 2, 5)), WZ_EVENT_CONFLICT);
    assert_int_equal(fate_of(door, with_content(1, "a THEN b", 1000, 2, 5)), WZ_EVENT_CONFLICT);
    assert_int_equal(fate_of(door, with_content(1, "a THEN c", stored, 2, 5)), WZ_EVENT_CONFLICT);
    assert_int_equal(fate_of(door, with_content(1, "a THEN b", stored, 0, 0)), WZ_EVENT_CONFLICT);
    assert_int_equal(fate_of(door, with_content(1, "a b", stored, 0, 0)), WZ_EVENT_KNOWN);
    assert_int_equal(log_size(door), 1);
}

static void what_came_with_a_time_has_that_one(void **state)
{
    struct door *door = *state;
    assert_int_equal(fate_of(door, with_content(1, "a THEN b", 1000, 2, 5)), WZ_EVENT_TAKEN);
    const int64_t stored = stored_of_first(door);
    assert_int_equal(fate_of(door, with_content(1, "a THEN b", 1000, 2, 5)), WZ_EVENT_KNOWN);
    assert_int_equal(fate_of(door, with_content(1, "a WHEN b", stored, 2, 5)), WZ_EVENT_CONFLICT);
    assert_int_equal(fate_of(door, with_content(1, "a b", 1000, 0, 0)), WZ_EVENT_CONFLICT);
}

/* ---- what is no event ---------------------------------------------------------------------------------- */

static void assert_refused(struct door *door, const struct wz_event *given, const char *reason)
{
    const struct answer answer = put(door, given, 1);
    assert_int_equal(answer.failure, WZ_REFUSED);
    assert_int_equal(answer.fates[0], WZ_EVENT_INVALID);
    if (!strstr(answer.error, reason))
        fail_msg("'%s' does not say '%s'", answer.error, reason);
}

static void the_time_of_its_content_stands_there(void **state)
{
    struct door *door = *state;
    const char *const people[] = {"bert"};
    static const struct {
        const char *content;
        size_t at, size;
    } wrong[] = {{NULL, 0, 1},
                 {"12", 3, 1},
                 {"12", 1, 2},
                 {"12", 2, 1},
                 {"12", 1, SIZE_MAX},
                 {"12", SIZE_MAX, 1},
                 {"1\001"
                  "0\001"
                  "2",
                  0, 2},
                 {"1\001"
                  "0\001"
                  "2",
                  3, 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct wz_event given = event((uint8_t)i, "{}");
        given.people = people;
        given.people_count = 1;
        given.content = wrong[i].content;
        given.content_time_at = wrong[i].at;
        given.content_time_size = wrong[i].size;
        assert_refused(door, &given, wrong[i].content ? "the time of the event" : "no content");
    }
}

static void marks_are_of_people_whom_it_names(void **state)
{
    struct door *door = *state;
    static const char *const wrong[] = {"{\1"
                                        "1\1}",
                                        "{\1\1}",
                                        "{\1"
                                        "0}",
                                        "{\1"
                                        "0",
                                        "{\1",
                                        "{\1x\1}",
                                        "{\1-0\1}",
                                        "{\1 0\1}",
                                        "{\1"
                                        "0\1\1}",
                                        "{\1"
                                        "99999999999999999999\1}"};
    const char *const people[] = {"bert"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct wz_event given = event((uint8_t)i, wrong[i]);
        given.people = people;
        given.people_count = 1;
        assert_refused(door, &given, "the event itself");
        given.raw = "{}";
        given.content = wrong[i];
        assert_refused(door, &given, "the content");
    }
    struct wz_event good = event(99, "\1"
                                     "0\1{\1"
                                     "0\1\1"
                                     "0\1}\1"
                                     "0\1");
    good.people = people;
    good.people_count = 1;
    assert_int_equal(put(door, &good, 1).failure, WZ_NO_FAILURE);
}

static void it_refers_to_people_whom_it_names(void **state)
{
    struct door *door = *state;
    const char *const people[] = {"bert"};
    const struct wz_reference to_nobody = {.person = 1}, to_nothing = {.key = ""};
    struct wz_event given = event(1, "{}");
    given.people = people;
    given.people_count = 1;
    given.reference_count = 1;
    given.references = &to_nobody;
    assert_refused(door, &given, "person 1");
    given.references = &to_nothing;
    assert_refused(door, &given, "reference");
}

static void what_takes_back_says_what(void **state)
{
    struct door *door = *state;
    struct wz_event given = event(1, "{}");
    given.voids = 1;
    assert_refused(door, &given, "takes another back");
}

static void people_and_attachments_have_names(void **state)
{
    struct door *door = *state;
    const char *const nobody[] = {""}, *const unreadable[] = {"\xff"};
    const struct wz_attachment nameless = {.content_type = "text/plain"}, typeless = {.key = "a"},
                               huge = {.key = "a", .content_type = "text/plain", .size = SIZE_MAX};
    struct wz_event given = event(1, "{}");
    given.people_count = 1;
    given.people = nobody;
    assert_refused(door, &given, "identifier of a person is missing");
    given.people = unreadable;
    assert_refused(door, &given, "identifier of a person is not UTF-8");
    given.people_count = 0;
    given.attachment_count = 1;
    given.attachments = &nameless;
    assert_refused(door, &given, "key of an attachment");
    given.attachments = &typeless;
    assert_refused(door, &given, "content type of an attachment");
    given.attachments = &huge;
    assert_refused(door, &given, "attachments");
}

/* Of an agent in a team the sender says who it is twice: it is found as the actor and as somebody related. */
static void a_crowd_is_kept(void **state)
{
    struct door *door = *state;
    enum { CROWD = 12000 };
    char(*names)[16] = mem_alloc(CROWD * sizeof *names);
    const char **people = mem_alloc(CROWD * sizeof *people);
    struct wz_reference *references = mem_alloc((size_t)2 * CROWD * sizeof *references);
    struct wz_event given = event(1, "{}");
    for (size_t i = 0; i < CROWD; i++) {
        snprintf(names[i], sizeof names[i], "p%zu", i);
        people[i] = names[i];
        references[2 * i] = (struct wz_reference){.role = 1, .person = i};
        references[2 * i + 1] = (struct wz_reference){.role = 2, .person = i};
    }
    given.people = people;
    given.people_count = CROWD;
    given.references = references;
    given.reference_count = (size_t)2 * CROWD;
    assert_int_equal(put(door, &given, 1).failure, WZ_NO_FAILURE);
    free(names);
    free((void *)people);
    free(references);
}

/* What RFC 3339 can say: the years 0 to 9999, with offsets of almost a day. */
static void any_time_of_a_calendar_is_taken(void **state)
{
    struct door *door = *state;
    static const int64_t taken[] = {-62167305600000, -62135596800000, -1, 0,
                                    253402300799999, 253402387199999};
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++) {
        struct wz_event given = event((uint8_t)i, "{}");
        given.time = taken[i];
        assert_int_equal(put(door, &given, 1).failure, WZ_NO_FAILURE);
    }
    static const int64_t refused[] = {INT64_MIN + 1, -62167305600001, 253402387200000, INT64_MAX};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct wz_event given = event(100, "{}");
        given.time = refused[i];
        assert_refused(door, &given, "years 0 to 9999");
    }
}

static void it_has_at_most_four_mebibytes(void **state)
{
    struct door *door = *state;
    enum { LONGEST = 4 << 20 };
    char *raw = mem_alloc(LONGEST + 2);
    memset(raw, ' ', LONGEST + 1);
    struct wz_event given = event(1, raw);
    assert_refused(door, &given, "longer than 4194304 bytes");
    raw[LONGEST] = '\0';
    assert_int_equal(put(door, &given, 1).failure, WZ_NO_FAILURE);
    free(raw);
}

/* ---- which content is the same ------------------------------------------------------------------------- */

static struct answer put_about(struct door *door, const char *person, const char *raw, const char *content)
{
    struct wz_event given = event(1, raw);
    given.people = &person;
    given.people_count = 1;
    given.content = content;
    return put(door, &given, 1);
}

static void content_says_what_is_the_same_event(void **state)
{
    struct door *door = *state;
    assert_int_equal(put_about(door, "bert", "{\"a\":1}", "1").fates[0], WZ_EVENT_TAKEN);
    assert_int_equal(put_about(door, "bert", "{ \"a\": 1 }", "1").fates[0], WZ_EVENT_KNOWN);
    assert_int_equal(put_about(door, "bert", "{\"a\":1}", "2").fates[0], WZ_EVENT_CONFLICT);
}

static void another_person_makes_another_event(void **state)
{
    struct door *door = *state;
    static const char raw[] = "{\1"
                              "0\1}";
    assert_int_equal(put_about(door, "bert", raw, NULL).fates[0], WZ_EVENT_TAKEN);
    assert_int_equal(put_about(door, "bert", raw, NULL).fates[0], WZ_EVENT_KNOWN);
    assert_int_equal(put_about(door, "cees", raw, NULL).fates[0], WZ_EVENT_CONFLICT);
}

/* Each is the same alone, where nobody was before it, as it was among the others. */
static void who_is_in_several_events_of_a_call_is_one_person(void **state)
{
    struct door *door = *state;
    static const char *const people[][5] = {{"anna", "lms"}, {"bert", "lms"},  {"lms", "bert"},
                                            {"ann", "lm"},   {"anna", "bert"}, {"e", "d", "c", "b", "a"},
                                            {"a", "b", "c"}};
    enum { EVENTS = sizeof people / sizeof *people };
    struct wz_event events[EVENTS];
    for (size_t i = 0; i < EVENTS; i++) {
        events[i] = event((uint8_t)i, "\1"
                                      "0\1 \1"
                                      "1\1");
        events[i].people = people[i];
        events[i].people_count = i < 5 ? 2 : i == 5 ? 5 : 3;
        events[i].actor = people[i][i % 2];
    }
    assert_int_equal(put(door, events, EVENTS).failure, WZ_NO_FAILURE);
    for (size_t i = 0; i < EVENTS; i++)
        assert_int_equal(put(door, &events[i], 1).fates[0], WZ_EVENT_KNOWN);
}

static void a_pseudonym_stands_for_its_person(void **state)
{
    struct door *door = *state;
    static const char raw[] = "{\1"
                              "0\1}";
    uint8_t bytes[PSEUDONYM_SIZE], other[PSEUDONYM_SIZE];
    char mark[2 * PSEUDONYM_SIZE + 3] = "\1";
    ingest_pseudonym(door->ingest, "bert", bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(mark + 1 + 2 * i, 3, "%02x", bytes[i]);
    mark[sizeof mark - 2] = '\1';
    assert_int_equal(put_about(door, "bert", raw, NULL).fates[0], WZ_EVENT_TAKEN);
    assert_int_equal(put_about(door, mark, raw, NULL).fates[0], WZ_EVENT_KNOWN);
    mark[1] = 'g'; /* no digit: it is the name of somebody else */
    ingest_pseudonym(door->ingest, mark, other);
    assert_memory_not_equal(other, bytes, sizeof bytes);
}

static void it_stays_the_same_when_pseudonyms_become_others(void **state)
{
    struct door *door = *state;
    static const char raw[] = "{\1"
                              "0\1}";
    struct error error;
    size_t keys = 0;
    uint8_t before[PSEUDONYM_SIZE], after[PSEUDONYM_SIZE];
    assert_int_equal(put_about(door, "bert", raw, NULL).fates[0], WZ_EVENT_TAKEN);
    ingest_pseudonym(door->ingest, "bert", before);
    char *path = mem_format("%s/pseudonym.key", door->folder);
    if (key_rotate(door->store, path, 0, &keys, &error) != 0)
        fail_msg("%s", error.text);
    free(path);
    door_close_parts(door);
    assert_int_equal(door_open_parts(door), 0);
    ingest_pseudonym(door->ingest, "bert", after);
    assert_memory_not_equal(before, after, sizeof before);
    assert_int_equal(put_about(door, "bert", raw, NULL).fates[0], WZ_EVENT_KNOWN);
}

/* As a former version stored it: `digest` by Python's hashlib.blake2b(content, digest_size=16), the first
 * half of it little-endian. */
struct former {
    uint8_t id;
    uint64_t digest;
    bool is_of_now; /* it is said to be of this version */
};

static int store_former(struct store_tx *tx, void *data, struct error *error)
{
    const struct former *former = data;
    const struct event facts = {0};
    const struct store_event given = {.id = {former->id},
                                      .time = 1000,
                                      .facts = &facts,
                                      .digest = former->digest,
                                      .has_digest_of_before = !former->is_of_now,
                                      .raw = "{}",
                                      .raw_size = 2};
    enum store_outcome outcome;
    uint64_t position;
    return store_event_append(tx, &given, &outcome, &position, error);
}

static void put_former(struct door *door, struct former former)
{
    struct error error;
    assert_int_equal(store_write_now(door->store, store_former, &former, &error), 0);
}

static void what_a_former_version_stored_is_known(void **state)
{
    struct door *door = *state;
    static const uint64_t of_a_b = 0x5c5f2ec07c22c9ac, of_a_then_b = 0x42eaa7346c8a4073;
    put_former(door, (struct former){1, of_a_b, false});
    const int64_t stored = stored_of_first(door);
    put_former(door, (struct former){2, of_a_then_b, false});
    put_former(door, (struct former){3, of_a_b, true});
    assert_int_equal(fate_of(door, with_content(1, "a b", 1000, 0, 0)), WZ_EVENT_KNOWN);
    assert_int_equal(fate_of(door, with_content(1, "a c", 1000, 0, 0)), WZ_EVENT_CONFLICT);
    assert_int_equal(fate_of(door, with_content(1, "a THEN b", stored, 2, 5)), WZ_EVENT_KNOWN);
    assert_int_equal(fate_of(door, with_content(1, "a THEN b", stored + 1, 2, 5)), WZ_EVENT_CONFLICT);
    assert_int_equal(fate_of(door, with_content(2, "a THEN b", 1000, 2, 5)), WZ_EVENT_KNOWN);
    assert_int_equal(fate_of(door, with_content(2, "a WHEN b", 1000, 2, 5)), WZ_EVENT_CONFLICT);
    assert_int_equal(fate_of(door, with_content(3, "a b", 1000, 0, 0)), WZ_EVENT_CONFLICT);
    assert_int_equal(log_size(door), 3);
}

/* ---- commits ------------------------------------------------------------------------------------------- */

/* Every commit waits for the disk: SQLite's calls of it are counted on their way to the system. */
static unsigned synced;

int fdatasync(int descriptor)
{
    int (*really)(int descriptor);
    *(void **)&really = dlsym(RTLD_NEXT, "fdatasync");
    __atomic_add_fetch(&synced, 1, __ATOMIC_SEQ_CST);
    return really(descriptor);
}

static int wait_for_gate(struct store_tx *tx, void *data, struct error *error)
{
    (void)tx;
    (void)error;
    uv_sem_wait(data);
    return 0;
}

static void on_gate(void *data, const struct error *error)
{
    (void)data;
    (void)error;
}

static void calls_that_wait_together_share_a_commit(void **state)
{
    struct door *door = *state;
    enum { CALLS = 200, BAD = 150 };
    static struct answer answers[CALLS];
    uv_sem_t gate;
    memset(answers, 0, sizeof answers);
    uv_sem_init(&gate, 0);
    store_write(door->store, wait_for_gate, on_gate, &gate);
    for (size_t i = 0; i < CALLS; i++) {
        const struct wz_event one = event((uint8_t)(i == BAD ? 0 : i), i == BAD ? "{\"other\":1}" : "{}");
        ingest_events(door->ingest, (const struct wz_event *const[]){&one}, 1, on_taken, &answers[i]);
    }
    __atomic_store_n(&synced, 0, __ATOMIC_SEQ_CST);
    uv_sem_post(&gate);
    while (!answers[CALLS - 1].done)
        uv_run(&door->loop, UV_RUN_ONCE);
    const unsigned commits = __atomic_load_n(&synced, __ATOMIC_SEQ_CST);
    uv_sem_destroy(&gate);
    for (size_t i = 0; i < CALLS; i++) {
        assert_true(answers[i].done);
        assert_int_equal(answers[i].failure, i == BAD ? WZ_REFUSED : WZ_NO_FAILURE);
    }
    assert_int_equal(log_size(door), CALLS - 1);
    assert_in_range(commits, 1, 5);
}

#define AT_THE_DOOR(test) cmocka_unit_test_setup_teardown(test, door_open, door_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_THE_DOOR(what_is_new_is_taken_and_what_was_there_is_known),
        AT_THE_DOOR(one_that_conflicts_keeps_the_others_out),
        AT_THE_DOOR(one_id_twice_in_a_call_is_one_event),
        AT_THE_DOOR(one_that_is_no_event_keeps_the_others_out),
        AT_THE_DOOR(a_call_without_events_is_answered),
        AT_THE_DOOR(what_got_its_time_when_it_was_stored_is_the_same_with_it),
        AT_THE_DOOR(what_came_with_a_time_has_that_one),
        AT_THE_DOOR(the_time_of_its_content_stands_there),
        AT_THE_DOOR(marks_are_of_people_whom_it_names),
        AT_THE_DOOR(it_refers_to_people_whom_it_names),
        AT_THE_DOOR(what_takes_back_says_what),
        AT_THE_DOOR(people_and_attachments_have_names),
        AT_THE_DOOR(a_crowd_is_kept),
        AT_THE_DOOR(any_time_of_a_calendar_is_taken),
        AT_THE_DOOR(it_has_at_most_four_mebibytes),
        AT_THE_DOOR(content_says_what_is_the_same_event),
        AT_THE_DOOR(another_person_makes_another_event),
        AT_THE_DOOR(who_is_in_several_events_of_a_call_is_one_person),
        AT_THE_DOOR(a_pseudonym_stands_for_its_person),
        AT_THE_DOOR(it_stays_the_same_when_pseudonyms_become_others),
        AT_THE_DOOR(what_a_former_version_stored_is_known),
        AT_THE_DOOR(calls_that_wait_together_share_a_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
