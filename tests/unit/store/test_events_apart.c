/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the store of events promises beside finding them: limits, times, what is undone, forgotten or damaged.
 */
#include "shelf.h"

#include "base/clock.h"
#include "base/mem.h"
#include "store/event/writer.h"
#include "store/events.h"
#include "store/forget.h"
#include "store/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SEGMENT = 8192 };

static const uint8_t ann[PSEUDONYM_SIZE] = {0xaa}, bob[PSEUDONYM_SIZE] = {0xbb}, cas[PSEUDONYM_SIZE] = {0xcc};

/* ---- jobs ---------------------------------------------------------------------------------------------- */

struct given {
    uint32_t id; /* the first, of `count` */
    size_t count;
    const uint8_t *actor, *other; /* both are marked in the text */
    const char *raw;
    size_t attachments, attached; /* how many, of how many bytes each */
    bool fails;
};

static int append_one(struct store_tx *tx, const struct given *given, uint32_t id, struct error *error)
{
    uint32_t people[2];
    enum store_outcome outcome;
    uint64_t position;
    const char *raw = given->raw ? given->raw : "{\"a\":\"\0010\001\",\"b\":\"\0011\001\"}";
    char *bytes = mem_alloc(given->attached + 1);
    struct store_attachment attachments[2] = {{"a", "text/plain", bytes, given->attached},
                                              {"b", "image/png", bytes, given->attached}};
    if (store_subject_intern(tx, STORE_ACTOR, given->actor ? given->actor : ann, 16, &people[0], error) !=
            0 ||
        store_subject_intern(tx, STORE_ACTOR, given->other ? given->other : bob, 16, &people[1], error) != 0)
        return -1;
    const struct event facts = {.actor = people[0]};
    struct store_event event = {.time = 1,
                                .facts = &facts,
                                .digest = 7,
                                .people = people,
                                .people_count = 2,
                                .raw = raw,
                                .raw_size = strlen(raw),
                                .attachments = attachments,
                                .attachment_count = given->attachments};
    memcpy(event.id, &id, sizeof id);
    const int result = store_event_append(tx, &event, &outcome, &position, error);
    free(bytes);
    return result != 0 || outcome == STORE_ACCEPTED ? result : error_set(error, ERROR_INPUT, "%d", outcome);
}

static int append(struct store_tx *tx, void *data, struct error *error)
{
    const struct given *given = data;
    for (size_t i = 0; i < (given->count ? given->count : 1); i++)
        if (append_one(tx, given, given->id + (uint32_t)i, error) != 0)
            return -1;
    return given->fails ? error_set(error, ERROR_INPUT, "on purpose") : 0;
}

static void give(struct shelf *shelf, struct given given)
{
    shelf_run(shelf, append, &given);
}

static void give_in_vain(struct shelf *shelf, struct given given, const char *why)
{
    struct error error;
    assert_int_equal(store_write_now(shelf->store, append, &given, &error), -1);
    assert_string_equal(error.text, why);
}

static int pack(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return events_pack(tx, error);
}

/* ---- asking -------------------------------------------------------------------------------------------- */

struct asked {
    struct store_event_question question;
    struct store_event_page page;
    size_t count, attachments, attached;
    uint64_t last;
    int64_t stored;
    char text[200];
    char kinds[40];
};

static int hear(void *data, const struct store_event_found *found)
{
    struct asked *asked = data;
    asked->count++;
    asked->last = found->position;
    asked->stored = found->stored;
    asked->attachments += found->attachment_count;
    snprintf(asked->text, sizeof asked->text, "%s", found->raw);
    for (size_t i = 0; i < found->attachment_count; i++)
        asked->attached += found->attachments[i].size;
    if (found->attachment_count == 2)
        snprintf(asked->kinds, sizeof asked->kinds, "%s %s", found->attachments[0].content_type,
                 found->attachments[1].content_type);
    return 0;
}

static int ask(struct store_tx *tx, void *data, struct error *error)
{
    struct asked *asked = data;
    return store_events_find(&tx->view, &asked->question, hear, asked, &asked->page, error);
}

static struct asked ask_for(struct shelf *shelf, struct store_event_question question)
{
    struct asked asked = {.question = question};
    if (!question.most_bytes)
        asked.question.most_bytes = SIZE_MAX;
    asked.question.since = asked.question.until = INT64_MIN;
    shelf_run(shelf, ask, &asked);
    return asked;
}

/* ---- limits -------------------------------------------------------------------------------------------- */

static void a_page_ends_when_it_is_full(void **state)
{
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1, .count = 5, .attachments = 2, .attached = 1000});
    const struct store_event_question all = {.limit = 10, .ascending = true};
    struct store_event_question few = {
        .limit = 10, .most_bytes = 4100, .with_attachments = true, .ascending = true};
    assert_int_equal(ask_for(shelf, all).count, 5);
    assert_int_equal(ask_for(shelf, all).attachments, 0);
    struct asked page = ask_for(shelf, few);
    assert_int_equal(page.count, 2);
    assert_int_equal(page.attached, 4000);
    assert_string_equal(page.kinds, "text/plain image/png");
    assert_int_equal(page.page.next, page.last + 1);
    few.from = page.page.next;
    page = ask_for(shelf, few);
    assert_int_equal(page.count, 2);
    few.from = page.page.next;
    page = ask_for(shelf, few);
    assert_int_equal(page.count, 1);
    assert_int_equal(page.page.next, 0);
    few.from = 0;
    few.most_bytes = 1; /* but one event, if there is any */
    page = ask_for(shelf, few);
    assert_int_equal(page.count, 1);
    assert_true(page.page.next != 0);
    assert_int_equal(ask_for(shelf, (struct store_event_question){.limit = 0}).count, 0);
}

static void what_is_too_large_is_refused(void **state)
{
    char *raw = mem_alloc((16 << 20) + 2);
    memset(raw, 'x', (16 << 20) + 1);
    give_in_vain(*state, (struct given){.id = 1, .raw = raw},
                 "the event is too large to be kept; send it in parts");
    free(raw);
}

/* ---- what speaks about something ----------------------------------------------------------------------- */

enum { KEYS = 1000 };

static int append_two_of_a_kind(struct store_tx *tx, void *data, struct error *error)
{
    uint64_t *keys = data, position;
    enum store_outcome outcome;
    const struct event facts = {.actor = 1};
    for (uint32_t i = 0; i < KEYS; i++)
        keys[i] = store_event_key_of_person(1, i);
    struct store_event event = {
        .id = {1}, .facts = &facts, .keys = keys, .key_count = KEYS, .raw = "{}", .raw_size = 2};
    if (store_event_append(tx, &event, &outcome, &position, error) != 0)
        return -1;
    const uint8_t target[16] = {1};
    const uint64_t own = 1;
    event.id[0] = 2;
    event.target = target;
    event.keys = &own;
    event.key_count = 1;
    return store_event_append(tx, &event, &outcome, &position, error);
}

static void of_many_keys_some_are_inherited(void **state)
{
    uint64_t keys[KEYS], own = 1;
    size_t both = 0;
    shelf_run(*state, append_two_of_a_kind, keys);
    for (size_t i = 0; i < KEYS; i++)
        both += ask_for(*state, (struct store_event_question){.limit = 9, .keys = &keys[i], .key_count = 1})
                    .count == 2;
    assert_int_equal(both, 256);
    assert_int_equal(
        ask_for(*state, (struct store_event_question){.limit = 9, .keys = &own, .key_count = 1}).count, 1);
}

/* ---- what is undone ------------------------------------------------------------------------------------ */

static void what_was_undone_never_was(void **state)
{
    struct shelf *shelf = *state;
    give_in_vain(shelf, (struct given){.id = 1, .count = 20, .fails = true}, "on purpose");
    assert_int_equal(ask_for(shelf, (struct store_event_question){.limit = 9}).count, 0);
    give(shelf, (struct given){.id = 1, .count = 20});
    assert_int_equal(ask_for(shelf, (struct store_event_question){.limit = 99}).count, 20);
}

static int count_ids(struct store_tx *tx, void *data, struct error *error)
{
    (void)error;
    *(size_t *)data = event_writer_tail(tx->events)->used;
    return 0;
}

/* Somebody may send what is refused again and again. */
static void of_what_was_undone_no_id_is_kept(void **state)
{
    struct shelf *shelf = *state;
    size_t ids;
    give(shelf, (struct given){.id = 1, .count = 20});
    for (int i = 0; i < 3; i++)
        give_in_vain(shelf, (struct given){.id = 21, .count = 500, .fails = true}, "on purpose");
    shelf_run(shelf, count_ids, &ids);
    assert_int_equal(ids, 20);
    give_in_vain(shelf, (struct given){.id = 1}, "1");
}

struct three_jobs {
    struct given given[3];
    int done, refused;
};

static int append_after_a_while(struct store_tx *tx, void *data, struct error *error)
{
    uv_sleep(100);
    return append(tx, data, error);
}

static void on_job(void *data, const struct error *error)
{
    struct three_jobs *jobs = data;
    jobs->done++;
    jobs->refused += error != NULL;
}

static int append_first(struct store_tx *tx, void *data, struct error *error)
{
    return append_after_a_while(tx, &((struct three_jobs *)data)->given[0], error);
}

static int append_second(struct store_tx *tx, void *data, struct error *error)
{
    return append(tx, &((struct three_jobs *)data)->given[1], error);
}

static int append_third(struct store_tx *tx, void *data, struct error *error)
{
    return append(tx, &((struct three_jobs *)data)->given[2], error);
}

/* While the first one runs, those that follow gather for one transaction. */
static void of_jobs_that_share_a_transaction_only_what_failed_is_undone(void **state)
{
    struct shelf *shelf = *state;
    struct three_jobs jobs = {.given = {{.id = 1, .count = 20}, {.id = 21, .count = 500, .fails = true}}};
    jobs.given[2] = (struct given){.id = 21, .count = 20};
    store_write(shelf->store, append_first, on_job, &jobs);
    store_write(shelf->store, append_second, on_job, &jobs);
    store_write(shelf->store, append_third, on_job, &jobs);
    while (jobs.done < 3)
        uv_run(&shelf->loop, UV_RUN_ONCE);
    assert_int_equal(jobs.refused, 1);
    assert_int_equal(ask_for(shelf, (struct store_event_question){.limit = 999}).count, 40);
    give_in_vain(shelf, (struct given){.id = 21, .count = 20}, "1"); /* each is there */
    give_in_vain(shelf, (struct given){.id = 20}, "1");
    give(shelf, (struct given){.id = 41, .count = 20});
}

static int leave_little_room(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    /* Pages that are free already do not count; the store cannot grow any more. */
    return database_execute(tx->view.database, "PRAGMA max_page_count = 1", error);
}

static int leave_room(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return database_execute(tx->view.database, "PRAGMA max_page_count = 1073741823", error);
}

/* SQLite undoes the whole transaction. Those behind the one that did not fit would be in one of their own. */
static void of_jobs_that_share_a_full_disk_none_is_kept(void **state)
{
    struct shelf *shelf = *state;
    struct three_jobs jobs = {.given = {{.id = 1}, {.id = 21, .count = 500, .attachments = 1}}};
    jobs.given[1].attached = 100000;
    jobs.given[2] = (struct given){.id = 2};
    shelf_run(shelf, leave_little_room, NULL);
    store_write(shelf->store, append_first, on_job, &jobs);
    store_write(shelf->store, append_second, on_job, &jobs);
    store_write(shelf->store, append_third, on_job, &jobs);
    while (jobs.done < 3)
        uv_run(&shelf->loop, UV_RUN_ONCE);
    assert_int_equal(jobs.refused, 3);
    assert_int_equal(ask_for(shelf, (struct store_event_question){.limit = 999}).count, 0);
    shelf_run(shelf, leave_room, NULL);
    for (uint32_t id = 1; id <= 20; id++)
        give(shelf, (struct given){.id = id});
    assert_int_equal(ask_for(shelf, (struct store_event_question){.limit = 999}).count, 20);
}

/* How many rows, and how many bytes of bodies, a table has. */
struct left {
    const char *sql;
    int64_t count;
};

static int count_left(struct store_tx *tx, void *data, struct error *error)
{
    struct left *left = data;
    sqlite3_stmt *select = database_statement(tx->view.database, left->sql, error);
    if (!select || statement_next(tx->view.database, select, error) <= 0)
        return -1;
    left->count = sqlite3_column_int64(select, 0);
    statement_end(select);
    return 0;
}

static int64_t left(struct shelf *shelf, const char *sql)
{
    struct left one = {.sql = sql};
    shelf_run(shelf, count_left, &one);
    return one.count;
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

static int do_nothing(struct store_tx *tx, void *data, struct error *error)
{
    (void)tx, (void)data, (void)error;
    return 0;
}

enum { UNTIL_JOINED = 140 };

/* So many, with ids from 1001 on: 280 KB and some. */
static void give_until_joined(struct shelf *shelf)
{
    char raw[2001];
    memset(raw, 'x', 2000);
    raw[2000] = 0;
    for (uint32_t i = 1; i <= UNTIL_JOINED; i++)
        give(shelf, (struct given){.id = 1000 + i, .actor = bob, .other = cas, .raw = raw});
    shelf_run(shelf, do_nothing, NULL); /* after it was begun, the joining before it is over */
}

static void what_comes_one_by_one_is_joined(void **state)
{
    struct shelf *shelf = *state;
    give_until_joined(shelf);
    assert_true(left(shelf, "SELECT count(*) FROM event_block") < 70);
    assert_int_equal(left(shelf, "SELECT count(*) FROM event_block WHERE length(ids) > 16"), 2);
    assert_int_equal(left(shelf, "SELECT sum(length(ids)) FROM event_block"), UNTIL_JOINED * 16);
    assert_int_equal(ask_for(shelf, (struct store_event_question){.limit = 999}).count, UNTIL_JOINED);
    give_in_vain(shelf, (struct given){.id = 1003}, "1");
}

static void no_more_are_joined_than_a_block_has(void **state)
{
    struct shelf *shelf = *state;
    for (uint32_t job = 0; job < 3; job++)
        give(shelf, (struct given){.id = 1 + 400 * job, .count = 400, .raw = "x"});
    shelf_run(shelf, do_nothing, NULL);
    assert_int_equal(left(shelf, "SELECT max(length(ids)) FROM event_block"), 1024 * 16);
    assert_int_equal(left(shelf, "SELECT count(*) FROM event_block"), 2);
    assert_int_equal(ask_for(shelf, (struct store_event_question){.limit = 9999}).count, 1200);
}

/* A row of so many events from a position on, whose ids are those of their positions. */
static int put_row(struct store_tx *tx, uint64_t first, size_t count, struct error *error)
{
    struct block block = {0};
    const struct store_event event = {.raw = "x", .raw_size = 1};
    struct buf bytes = {0};
    detail_encode(&event, NULL, 0, &bytes);
    for (uint64_t i = 0; i < count; i++) {
        struct block_entry entry = {.position = first + i, .stored = 1};
        memcpy(entry.id, &entry.position, sizeof entry.position);
        block_add(&block, &entry, bytes.data, bytes.size);
    }
    const int result = block_put_row(tx, &block, first, error);
    block_free(&block);
    buf_free(&bytes);
    return result;
}

enum { ROW_EVENTS = 400, ROWS = 3 };

/* As after a kill, between what came in and the joining of its rows. */
static int put_unjoined_rows(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    tx->counts.position = ROWS * ROW_EVENTS;
    for (uint64_t row = 0; row < ROWS; row++)
        if (put_row(tx, 1 + row * ROW_EVENTS, ROW_EVENTS, error) != 0)
            return -1;
    return 0;
}

/* The last row is in both blocks then. */
static void whoever_was_in_a_row_is_known_in_the_blocks_that_it_became(void **state)
{
    struct shelf *shelf = *state;
    shelf_run(shelf, put_unjoined_rows, NULL);
    shelf_reopen_store(shelf);
    shelf_run(shelf, do_nothing, NULL);
    shelf_run(shelf, do_nothing, NULL); /* after it was begun, the joining before it is over */
    assert_int_equal(left(shelf, "SELECT count(*) FROM event_block"), 2);
    for (uint32_t id = 1; id <= ROWS * ROW_EVENTS; id++)
        give_in_vain(shelf, (struct given){.id = id}, "4"); /* STORE_CONFLICT */
}

/* One that holds more than is ever written, as a damaged disk may say. */
static int put_too_many(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return put_row(tx, 1, SEGMENT + 1, error);
}

static void a_block_of_too_many_is_not_packed(void **state)
{
    struct shelf *shelf = *state;
    struct error error = {0};
    shelf_run(shelf, put_too_many, NULL);
    assert_int_equal(store_write_now(shelf->store, pack, NULL, &error), -1);
    assert_string_equal(error.text, "event 1 cannot be read: the store is damaged; restore a backup");
}

/* ---- times --------------------------------------------------------------------------------------------- */

struct through {
    struct asked asked;
    bool done;
};

static int ask_beside(struct store_view *view, void *data, struct error *error)
{
    struct through *through = data;
    struct asked *asked = &through->asked;
    asked->question = (struct store_event_question){
        .limit = 100, .most_bytes = SIZE_MAX, .since = INT64_MIN, .until = INT64_MIN};
    return store_events_find(view, &asked->question, hear, asked, &asked->page, error);
}

static void on_asked(void *data, const struct error *error)
{
    ((struct through *)data)->done = true;
    assert_null(error);
}

static struct through through_now(struct shelf *shelf)
{
    struct through through = {0};
    store_read(shelf->store, ask_beside, on_asked, &through);
    while (!through.done)
        uv_run(&shelf->loop, UV_RUN_ONCE);
    return through;
}

/* On the writer's thread, while the loop asks. */
static int append_slowly(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    const struct given given = {.id = 77};
    if (append_one(tx, &given, 77, error) != 0)
        return -1;
    uv_sleep(300);
    return 0;
}

static void on_slow(void *data, const struct error *error)
{
    assert_null(error);
    *(bool *)data = true;
}

static void all_up_to_what_is_said_has_been_seen(void **state)
{
    struct shelf *shelf = *state;
    const int64_t start = clock_now();
    struct through through = through_now(shelf);
    assert_true(through.asked.page.through >= start - 1 && through.asked.page.through < clock_now());
    bool done = false;
    int64_t before = 0;
    store_write(shelf->store, append_slowly, on_slow, &done);
    while (!done || !through.asked.count) {
        through = through_now(shelf);
        if (!through.asked.count && through.asked.page.through > before)
            before = through.asked.page.through;
        uv_run(&shelf->loop, UV_RUN_NOWAIT);
        uv_sleep(20);
    }
    assert_true(before >= start - 1);
    assert_true(before < through.asked.stored); /* until it was on disk, its time was not said to be over */
    assert_true(through.asked.page.through >= through.asked.stored);
}

/* ---- forgetting ---------------------------------------------------------------------------------------- */

static int begin_ann(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    uint64_t id;
    return store_forget_begin(tx, ann, 0, &id, error);
}

static int note_stretch(struct store_tx *tx, const struct store_forgetting *step, struct error *error)
{
    struct forget_stretch stretch = {0};
    int result = store_forget_read(store_tx_view(tx), step, &stretch, error);
    if (result == 0)
        result = store_forget_note(tx, step, &stretch, error);
    free(stretch.entries);
    return result;
}

static int take_steps(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    struct store_forgetting step;
    bool found = true;
    int result = 0;
    while (result == 0 && (result = store_forget_first(&tx->view, &step, &found, error)) == 0 && found) {
        if (step.stage == FORGET_FILES)
            result = store_forget_files_done(tx, &step, error);
        else if (step.stage == FORGET_LOG)
            result = note_stretch(tx, &step, error);
        else if (step.stage == FORGET_PURGE)
            result = store_forget_purge(tx, &step, error);
        else
            result = store_forget_done(tx, step.id, error);
    }
    return result;
}

static void of_who_is_forgotten_nothing_is_left(void **state)
{
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1, .count = SEGMENT, .attachments = 1, .attached = 1});
    shelf_run(shelf, pack, NULL);
    give(shelf, (struct given){.id = 50000, .count = 3, .attachments = 1, .attached = 1});
    assert_int_equal(left(shelf, "SELECT count(*) FROM event_attachment"), SEGMENT + 3);
    assert_true(left(shelf, "SELECT count(*) FROM event_block") > 0);
    shelf_run(shelf, begin_ann, NULL);
    shelf_run(shelf, take_steps, NULL);
    static const char *const tables[] = {
        "SELECT count(*) FROM event_block",      "SELECT count(*) FROM event_run",
        "SELECT count(*) FROM event_voided",     "SELECT count(*) FROM event_posting",
        "SELECT count(*) FROM event_attachment", "SELECT count(*) FROM log"};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        assert_int_equal(left(shelf, tables[i]), 0);
    give(shelf, (struct given){.id = 1}); /* its id is free again */
}

static int look_whether_full(struct store_tx *tx, void *data, struct error *error)
{
    (void)error;
    *(bool *)data = events_fill(tx, 1);
    return 0;
}

static void who_is_forgotten_fills_no_segment(void **state)
{
    struct shelf *shelf = *state;
    bool is_full;
    give(shelf, (struct given){.id = 1, .count = SEGMENT});
    shelf_run(shelf, begin_ann, NULL);
    shelf_run(shelf, take_steps, NULL);
    shelf_run(shelf, look_whether_full, &is_full);
    assert_false(is_full);
}

static void a_mark_of_who_is_forgotten_is_never_anothers(void **state)
{
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1, .actor = bob, .other = ann});
    shelf_run(shelf, begin_ann, NULL);
    shelf_run(shelf, take_steps, NULL);
    give(shelf, (struct given){.id = 2, .actor = cas, .other = bob}); /* gets a number */
    struct asked asked = ask_for(shelf, (struct store_event_question){.limit = 1, .ascending = true});
    assert_string_equal(asked.text, "{\"a\":\"bb000000000000000000000000000000\","
                                    "\"b\":\"00000000000000000000000000000000\"}");
    assert_int_equal(left(shelf, "SELECT count(*) FROM subject WHERE key = x''"), 1);
}

struct tried {
    enum store_outcome outcome;
    bool done;
};

/* With another number for whoever was forgotten, the digest is another. */
static int try_other(struct store_tx *tx, void *data, struct error *error)
{
    struct tried *tried = data;
    uint64_t position;
    const struct event facts = {.actor = 1};
    const struct store_event event = {
        .id = {1}, .time = 1, .facts = &facts, .digest = 8, .raw = "{}", .raw_size = 2};
    return store_event_append(tx, &event, &tried->outcome, &position, error);
}

static void on_tried(void *data, const struct error *error)
{
    assert_null(error);
    ((struct tried *)data)->done = true;
}

static enum store_outcome outcome_in(struct shelf *shelf, struct store_trial *trial)
{
    struct tried tried = {0};
    store_trial_run(trial, try_other, on_tried, &tried);
    while (!tried.done)
        uv_run(&shelf->loop, UV_RUN_ONCE);
    return tried.outcome;
}

static enum store_outcome outcome_of_trial(struct shelf *shelf)
{
    struct store_trial *trial = store_trial_begin(shelf->store);
    const enum store_outcome outcome = outcome_in(shelf, trial);
    store_trial_end(trial);
    return outcome;
}

static enum store_outcome outcome_of_other(struct shelf *shelf)
{
    struct tried tried = {0};
    shelf_run(shelf, try_other, &tried);
    return tried.outcome;
}

static void what_was_packed_while_a_trial_lasts_is_there_in_it(void **state)
{
    struct shelf *shelf = *state;
    struct store_trial *trial = store_trial_begin(shelf->store);
    assert_int_equal(outcome_in(shelf, trial), STORE_ACCEPTED);
    give(shelf, (struct given){.id = 1, .count = SEGMENT});
    shelf_run(shelf, pack, NULL);
    assert_int_equal(outcome_in(shelf, trial), STORE_CONFLICT);
    store_trial_end(trial);
}

static void what_names_somebody_forgotten_is_there_in_a_trial_too(void **state)
{
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1, .actor = bob, .other = ann});
    assert_int_equal(outcome_of_trial(shelf), STORE_CONFLICT);
    assert_int_equal(outcome_of_other(shelf), STORE_CONFLICT);
    shelf_run(shelf, begin_ann, NULL);
    shelf_run(shelf, take_steps, NULL);
    assert_int_equal(outcome_of_trial(shelf), STORE_DUPLICATE);
    assert_int_equal(outcome_of_other(shelf), STORE_DUPLICATE);
}

/* In one row. */
static int append_ann_and_bob(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    const struct given first = {.id = 1, .actor = ann}, second = {.id = 2, .actor = bob, .other = cas};
    return append(tx, (void *)(uintptr_t)&first, error) == 0 ? append(tx, (void *)(uintptr_t)&second, error)
                                                             : -1;
}

/* The rows are joined after a start, which learns of an id the row that it is in, and no more. */
static void who_came_in_one_row_with_somebody_forgotten_is_known_once_rows_are_joined(void **state)
{
    struct shelf *shelf = *state;
    shelf_run(shelf, append_ann_and_bob, NULL);
    shelf_reopen_store(shelf);
    shelf_run(shelf, begin_ann, NULL);
    shelf_run(shelf, take_steps, NULL);
    give_in_vain(shelf, (struct given){.id = 2, .actor = bob, .other = cas}, "1");
    give_until_joined(shelf);
    give_in_vain(shelf, (struct given){.id = 2, .actor = bob, .other = cas}, "1");
}

/* ---- new pseudonyms ------------------------------------------------------------------------------------ */

static void turn(void *data, const uint8_t old[PSEUDONYM_SIZE], uint8_t out[PSEUDONYM_SIZE])
{
    (void)data;
    memcpy(out, old, PSEUDONYM_SIZE);
    out[15] = 0xff;
}

static int renew(struct store_tx *tx, void *data, struct error *error)
{
    return store_pseudonyms_renew(tx, turn, data, error);
}

static void texts_follow_new_pseudonyms(void **state)
{
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1});
    shelf_run(shelf, renew, NULL);
    assert_string_equal(ask_for(shelf, (struct store_event_question){.limit = 1}).text,
                        "{\"a\":\"aa0000000000000000000000000000ff\","
                        "\"b\":\"bb0000000000000000000000000000ff\"}");
}

/* ---- damage -------------------------------------------------------------------------------------------- */

static int damage(struct store_tx *tx, void *data, struct error *error)
{
    return database_execute(tx->view.database, data, error);
}

static void what_is_damaged_is_said_to_be(void **state)
{
    struct shelf *shelf = *state;
    static const char *const damages[] = {
        "UPDATE event_block SET body = substr(body, 1, length(body) / 2)",
        "UPDATE event_block SET body = x''",
        "UPDATE event_posting SET seqs = x'80'",
        "UPDATE event_block SET ids = substr(ids, 1, 24)",
    };
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        struct asked asked = {
            .question = {.limit = 10, .since = INT64_MIN, .until = INT64_MIN, .ascending = true}};
        struct error error = {0};
        give(shelf, (struct given){.id = (uint32_t)(100000 * i + 1), .count = i == 3 ? 1 : SEGMENT});
        if (i < 3)
            shelf_run(shelf, pack, NULL);
        shelf_run(shelf, damage, (void *)(uintptr_t)damages[i]);
        asked.question.from = i == 3 ? 3 * SEGMENT + 1 : 0; /* behind all segments */
        assert_int_equal(store_write_now(shelf->store, ask, &asked, &error), -1);
        assert_non_null(strstr(error.text, "the store is damaged; restore a backup"));
    }
}

int main(void)
{
#define AT_A_SHELF(test) cmocka_unit_test_setup_teardown(test, shelf_open, shelf_close)
    const struct CMUnitTest tests[] = {
        AT_A_SHELF(a_page_ends_when_it_is_full),
        AT_A_SHELF(what_is_too_large_is_refused),
        AT_A_SHELF(of_many_keys_some_are_inherited),
        AT_A_SHELF(what_was_undone_never_was),
        AT_A_SHELF(of_what_was_undone_no_id_is_kept),
        AT_A_SHELF(of_jobs_that_share_a_transaction_only_what_failed_is_undone),
        AT_A_SHELF(of_jobs_that_share_a_full_disk_none_is_kept),
        AT_A_SHELF(what_comes_one_by_one_is_joined),
        AT_A_SHELF(no_more_are_joined_than_a_block_has),
        AT_A_SHELF(whoever_was_in_a_row_is_known_in_the_blocks_that_it_became),
        AT_A_SHELF(a_block_of_too_many_is_not_packed),
        AT_A_SHELF(all_up_to_what_is_said_has_been_seen),
        AT_A_SHELF(of_who_is_forgotten_nothing_is_left),
        AT_A_SHELF(who_is_forgotten_fills_no_segment),
        AT_A_SHELF(a_mark_of_who_is_forgotten_is_never_anothers),
        AT_A_SHELF(what_was_packed_while_a_trial_lasts_is_there_in_it),
        AT_A_SHELF(what_names_somebody_forgotten_is_there_in_a_trial_too),
        AT_A_SHELF(who_came_in_one_row_with_somebody_forgotten_is_known_once_rows_are_joined),
        AT_A_SHELF(texts_follow_new_pseudonyms),
        AT_A_SHELF(what_is_damaged_is_said_to_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
