/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The newest events, in rows that are joined: what is undone, alone and together with others, and what is
 * known of those that were moved. */
#include "given.h"

#include "base/mem.h"
#include "store/event/writer.h"
#include "store/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* ---- what is undone ------------------------------------------------------------------------------------ */

static void what_was_undone_never_was(void **state)
{
    struct shelf *shelf = *state;
    give_in_vain(shelf, (struct given){.id = 1, .count = 20, .fails = true}, "on purpose");
    assert_int_equal(ask_for(shelf, (struct store_event_question){.limit = 9}).count, 0);
    give(shelf, (struct given){.id = 1, .count = 20});
    assert_int_equal(ask_for(shelf, (struct store_event_question){.limit = 99}).count, 20);
}

static int leave_little_room(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    /* Pages that are free already do not count; the store cannot grow any more. */
    return database_execute(tx->view.database, "PRAGMA max_page_count = 1", error);
}

/* A job that does not care whether it fails. */
static int append_in_spite_of_all(struct store_tx *tx, void *data, struct error *error)
{
    struct error ignored;
    if (append(tx, data, error) != 0)
        return -1;
    database_execute(tx->view.database,
                     "INSERT INTO event_attachment (seq, n, key, content_type, body) VALUES (1, 1, '', '', "
                     "zeroblob(10000000))",
                     &ignored);
    return 0;
}

/* SQLite has undone the transaction: what is still to be written would be in none. */
static void what_met_a_full_disk_without_a_word_is_not_kept(void **state)
{
    struct shelf *shelf = *state;
    struct error error = {0};
    struct given given = {.id = 1};
    shelf_run(shelf, leave_little_room, NULL);
    assert_int_equal(store_write_now(shelf->store, append_in_spite_of_all, &given, &error), -1);
    assert_int_equal(error.kind, ERROR_FULL);
    assert_int_equal(left(shelf, "SELECT count(*) FROM event_block"), 0);
    give(shelf, given);
    assert_int_equal(left(shelf, "SELECT max(seq) FROM log"), 1);
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

/* A row, and then an event of it once more, so that it is looked at. */
static int append_and_look(struct store_tx *tx, void *data, struct error *error)
{
    struct given row = {.id = 1, .count = 1030, .raw = "x"}, again = {.id = 5, .raw = "x"};
    (void)data;
    return append(tx, &row, error) == 0 ? append(tx, &again, error) : -1;
}

static void what_was_undone_is_not_at_hand(void **state)
{
    struct shelf *shelf = *state;
    struct error error;
    shelf_run(shelf, do_nothing, NULL);
    shelf_run(shelf, do_nothing, NULL); /* so that nothing is left to be done for the tail */
    assert_int_equal(store_write_now(shelf->store, append_and_look, NULL, &error), -1);
    assert_string_equal(error.text, "1");
    give(shelf, (struct given){.id = 5001, .count = 1030, .raw = "x"}); /* at the same positions */
    give_in_vain(shelf, (struct given){.id = 5006}, "1");
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

struct room {
    size_t used, slots;
};

static int rest(struct store_tx *tx, void *data, struct error *error)
{
    (void)error;
    event_writer_rest(tx);
    *(struct room *)data =
        (struct room){event_writer_tail(tx->events)->used, event_writer_tail(tx->events)->slot_count};
    return 0;
}

/* Where more than half of the slots are taken, looking takes long, and never ends where all of them are. */
static void a_rest_leaves_room_for_the_ids_that_are_left(void **state)
{
    struct shelf *shelf = *state;
    struct room room;
    give(shelf, (struct given){.id = 1, .count = SEGMENT, .raw = "x"});
    shelf_run(shelf, rest, &room);
    assert_int_equal(room.used, SEGMENT);
    assert_true(room.slots > 2 * SEGMENT);
    shelf_run(shelf, pack, NULL);
    give(shelf, (struct given){.id = 10001, .count = 600, .raw = "x"});
    shelf_run(shelf, rest, &room);
    assert_int_equal(room.used, 600);
    assert_int_equal(room.slots, 2048);
    give_in_vain(shelf, (struct given){.id = 10600}, "1");
    give_in_vain(shelf, (struct given){.id = 8000}, "1");
}

enum { IDS = 2000, SLOTS = 8192, ROUNDS = 20 };

struct named {
    uint8_t ids[IDS][16];
    double seconds;
};

static int find_nothing(void *data, uint64_t position, struct error *error)
{
    (void)position, (void)error;
    return ++*(int *)data < 0;
}

static int append_named(struct store_tx *tx, const uint8_t id[16], struct error *error)
{
    const struct event facts = {.actor = 1};
    struct store_event event = {.time = 1, .facts = &facts, .raw = "{}", .raw_size = 2};
    enum store_outcome outcome;
    uint64_t position;
    memcpy(event.id, id, sizeof event.id);
    return store_event_append(tx, &event, &outcome, &position, error);
}

/* How long it takes to find them, in processor time. */
static int append_and_find(struct store_tx *tx, void *data, struct error *error)
{
    struct named *named = data;
    struct timespec begin, end;
    int found = 0;
    for (size_t i = 0; i < IDS; i++)
        if (append_named(tx, named->ids[i], error) != 0)
            return -1;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < IDS; i++)
            if (tail_find(tx->view.tail, id_hash(named->ids[i]), find_nothing, &found, error) != 0)
                return -1;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    named->seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
    return found == ROUNDS * IDS ? 0 : error_set(error, ERROR_FAILED, "%d were found", found);
}

/* Whoever sends events chooses their ids, and knows how they are hashed on the disk. */
static void chosen_ids_are_found_as_soon_as_others(void **state)
{
    static struct named any, chosen;
    uint32_t number = 0;
    for (size_t i = 0; i < IDS; i++)
        memcpy(any.ids[i], &(uint32_t){number++}, sizeof number);
    for (size_t i = 0; i < IDS; i += id_hash(chosen.ids[i]) % SLOTS == 0)
        memcpy(chosen.ids[i], &(uint32_t){number++}, sizeof number);
    shelf_run(*state, append_and_find, &any);
    shelf_run(*state, append_and_find, &chosen);
    assert_true(chosen.seconds < 10 * any.seconds);
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

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

/* So that whoever wants one event decompresses no more than its block. */
static void what_comes_at_once_is_in_blocks_of_a_size(void **state)
{
    struct shelf *shelf = *state;
    char raw[2001];
    memset(raw, 'x', 2000);
    raw[2000] = 0;
    give(shelf, (struct given){.id = 1, .count = 3000, .raw = "x"});
    assert_int_equal(left(shelf, "SELECT max(length(ids)) FROM event_block"), 1024 * 16);
    assert_int_equal(left(shelf, "SELECT count(*) FROM event_block"), 3);
    give(shelf, (struct given){.id = 10001, .count = 660, .raw = raw}); /* 66 of them fill 128 KiB */
    assert_in_range(left(shelf, "SELECT count(*) FROM event_block"), 3 + 10, 3 + 11);
}

static void what_is_large_is_not_joined(void **state)
{
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1, .raw = "x"});
    give(shelf, (struct given){.id = 10, .count = 600, .raw = "x"});
    for (uint32_t job = 0; job < 3; job++)
        give(shelf, (struct given){.id = 1000 + 400 * job, .count = 400, .raw = "x"});
    shelf_run(shelf, do_nothing, NULL);
    assert_int_equal(left(shelf, "SELECT count(*) FROM event_block"), 4); /* of 1, 600, 1024 and 176 */
    assert_int_equal(left(shelf, "SELECT count(*) FROM event_block WHERE length(ids) = 600 * 16"), 1);
    assert_int_equal(left(shelf, "SELECT max(length(ids)) FROM event_block"), 1024 * 16);
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

/* ---- segments ------------------------------------------------------------------------------------------ */

static int look_how_full(struct store_tx *tx, void *data, struct error *error)
{
    (void)error;
    *(size_t *)data = events_fill(tx, 2) ? 2 : events_fill(tx, 1);
    return 0;
}

static void a_segment_ends_with_so_many_bytes(void **state)
{
    enum { MIB = 1 << 20 };
    struct shelf *shelf = *state;
    struct error error;
    size_t segments;
    char *raw = mem_alloc(16 * MIB + 1);
    memset(raw, 'x', 16 * MIB);
    give(shelf, (struct given){.id = 1, .raw = raw});
    shelf_run(shelf, look_how_full, &segments);
    assert_int_equal(segments, 0);
    give(shelf, (struct given){.id = 2, .count = 2, .raw = raw});
    shelf_run(shelf, look_how_full, &segments);
    assert_int_equal(segments, 1);
    shelf_run(shelf, pack, NULL);
    assert_int_equal(left(shelf, "SELECT last FROM event_segment"), 2);
    assert_int_equal(store_write_now(shelf->store, pack, NULL, &error), -1);
    assert_string_equal(error.text, "the tail of events is shorter than it was thought");
    give_in_vain(shelf, (struct given){.id = 3}, "1");
    free(raw);
}

/* The last row of the segment is a small one. */
static void what_is_packed_is_not_joined(void **state)
{
    enum { FULL = SEGMENT - 1024 + 1, MORE = 1200 };
    struct shelf *shelf = *state;
    give(shelf, (struct given){.id = 1, .count = FULL - 1, .raw = "x"});
    give(shelf, (struct given){.id = FULL, .raw = "x"});
    shelf_run(shelf, pack, NULL);
    assert_int_equal(left(shelf, "SELECT last FROM event_segment"), FULL);
    for (uint32_t job = 0; job < 3; job++)
        give(shelf, (struct given){.id = FULL + 1 + job * MORE / 3, .count = MORE / 3, .raw = "x"});
    shelf_run(shelf, do_nothing, NULL);
    assert_int_equal(left(shelf, "SELECT count(*) FROM event_block WHERE first > 7169"), 2);
    assert_int_equal(left(shelf, "SELECT last FROM event_block WHERE first = 7169"), FULL);
    assert_int_equal(ask_for(shelf, (struct store_event_question){.limit = SIZE_MAX}).count, FULL + MORE);
    give_in_vain(shelf, (struct given){.id = FULL}, "1");
    give_in_vain(shelf, (struct given){.id = FULL + MORE}, "1");
}

static int overstate(struct store_tx *tx, void *data, struct error *error)
{
    (void)data, (void)error;
    tx->counts.tail.events += 3 * SEGMENT;
    return 0;
}

static int count_tail(struct store_tx *tx, void *data, struct error *error)
{
    (void)error;
    *(uint64_t *)data = tx->counts.tail.events;
    return 0;
}

/* Else the whole tail would be read after each job, and never be packed. */
static void a_tail_that_is_shorter_than_thought_is_counted_anew(void **state)
{
    struct shelf *shelf = *state;
    uint64_t events;
    give(shelf, (struct given){.id = 1, .count = 5, .raw = "x"});
    shelf_run(shelf, do_nothing, NULL); /* so that nothing else is left to be done */
    shelf_run(shelf, overstate, NULL);
    shelf_run(shelf, count_tail, &events);
    assert_int_equal(events, 5);
}

/* What comes again is no failure of its job, after which all would be looked up anew. */
static int append_again(struct store_tx *tx, void *data, struct error *error)
{
    struct error duplicate;
    (void)error;
    return append(tx, data, &duplicate) == 0 ? -1 : 0;
}

/* The ids of the tail are known in memory, until there is no room for those that are packed. */
static void what_was_packed_since_runs_were_looked_at_is_known(void **state)
{
    struct shelf *shelf = *state;
    struct room room;
    struct given first = {.id = 1};
    give(shelf, (struct given){.id = 1, .count = SEGMENT, .raw = "x"});
    shelf_run(shelf, pack, NULL);
    shelf_run(shelf, rest, &room);
    assert_int_equal(room.used, 0);
    shelf_run(shelf, append_again, &first); /* which is in a run */
    give(shelf, (struct given){.id = 10001, .count = 2 * SEGMENT, .raw = "x"});
    give(shelf, (struct given){.id = 50000, .raw = "x"}); /* for which there is to be room */
    assert_true(left(shelf, "SELECT count(*) FROM event_segment") >= 2);
    give_in_vain(shelf, (struct given){.id = 10001, .raw = "x"}, "1");
}

static int put_runs(struct store_tx *tx, void *data, struct error *error)
{
    for (int i = 0; i < *(const int *)data; i++)
        if (database_execute(tx->view.database, "INSERT INTO event_level (level) VALUES (0)", error) != 0)
            return -1;
    return 0;
}

/* That of a segment is the last of as many as are merged. */
static void runs_are_merged_once_there_are_many(void **state)
{
    struct shelf *shelf = *state;
    int runs = RUNS_MERGED - 2;
    for (uint32_t id = 1; id <= 2; id++, runs = 1) {
        shelf_run(shelf, put_runs, &runs);
        give(shelf, (struct given){.id = id * SEGMENT, .count = SEGMENT, .raw = "x"});
        shelf_run(shelf, pack, NULL);
        shelf_run(shelf, do_nothing, NULL); /* after which what is to be done for the tail is over */
        assert_int_equal(left(shelf, "SELECT count(*) FROM event_level WHERE level = 1"), id - 1);
    }
    give_in_vain(shelf, (struct given){.id = SEGMENT}, "1");
}

enum { ALL_KEYS = MOST_EVENT_KEYS, SEGMENT_KEYS = 1 << 20 };

static int append_with_keys(struct store_tx *tx, void *data, struct error *error)
{
    uint64_t *keys = data, position;
    enum store_outcome outcome;
    const struct event facts = {.actor = 1};
    for (size_t i = 0; i < ALL_KEYS; i++)
        keys[i] = 1 + i;
    for (uint8_t id = 1; id <= SEGMENT_KEYS / ALL_KEYS + 1; id++) {
        struct store_event event = {
            .id = {id}, .facts = &facts, .keys = keys, .key_count = ALL_KEYS, .raw = "x", .raw_size = 1};
        if (store_event_append(tx, &event, &outcome, &position, error) != 0)
            return -1;
    }
    return 0;
}

static void a_segment_ends_with_so_many_keys(void **state)
{
    struct shelf *shelf = *state;
    uint64_t *keys = mem_alloc(ALL_KEYS * sizeof *keys);
    shelf_run(shelf, append_with_keys, keys);
    shelf_run(shelf, pack, NULL);
    assert_int_equal(left(shelf, "SELECT last FROM event_segment"), SEGMENT_KEYS / ALL_KEYS);
    const struct store_event_question question = {
        .limit = 99, .keys = &keys[ALL_KEYS - 1], .key_count = 1, .ascending = true};
    assert_int_equal(ask_for(shelf, question).count, SEGMENT_KEYS / ALL_KEYS + 1);
    free(keys);
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

int main(void)
{
#define AT_A_SHELF(test) cmocka_unit_test_setup_teardown(test, shelf_open, shelf_close)
    const struct CMUnitTest tests[] = {
        AT_A_SHELF(what_was_undone_never_was),
        AT_A_SHELF(what_met_a_full_disk_without_a_word_is_not_kept),
        AT_A_SHELF(of_what_was_undone_no_id_is_kept),
        AT_A_SHELF(what_was_undone_is_not_at_hand),
        AT_A_SHELF(of_jobs_that_share_a_transaction_only_what_failed_is_undone),
        AT_A_SHELF(of_jobs_that_share_a_full_disk_none_is_kept),
        AT_A_SHELF(a_rest_leaves_room_for_the_ids_that_are_left),
        AT_A_SHELF(chosen_ids_are_found_as_soon_as_others),
        AT_A_SHELF(what_comes_one_by_one_is_joined),
        AT_A_SHELF(what_comes_at_once_is_in_blocks_of_a_size),
        AT_A_SHELF(what_is_large_is_not_joined),
        AT_A_SHELF(no_more_are_joined_than_a_block_has),
        AT_A_SHELF(whoever_was_in_a_row_is_known_in_the_blocks_that_it_became),
        AT_A_SHELF(a_segment_ends_with_so_many_bytes),
        AT_A_SHELF(what_is_packed_is_not_joined),
        AT_A_SHELF(a_tail_that_is_shorter_than_thought_is_counted_anew),
        AT_A_SHELF(what_was_packed_since_runs_were_looked_at_is_known),
        AT_A_SHELF(runs_are_merged_once_there_are_many),
        AT_A_SHELF(a_segment_ends_with_so_many_keys),
        AT_A_SHELF(a_block_of_too_many_is_not_packed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
