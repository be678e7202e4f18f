/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What events are packed into: comes back the same, and damaged is refused. */
#include "shelf.h"

#include "base/mem.h"
#include "store/event/block.h"
#include "store/event/detail.h"
#include "store/event/lists.h"
#include "store/event/runs.h"
#include "store/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t roll(uint64_t *random, uint32_t sides)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*random >> 33) % sides;
}

/* ---- lists of positions -------------------------------------------------------------------------------- */

static size_t random_list(uint64_t *random, uint32_t *at, size_t most)
{
    const size_t count = roll(random, (uint32_t)most + 1);
    const uint32_t stretch = 1 + roll(random, 5), jump = 1 + roll(random, 100000);
    uint32_t position = roll(random, 3);
    for (size_t i = 0; i < count; i++) {
        at[i] = position;
        position += roll(random, stretch) ? 1 : 1 + roll(random, jump);
    }
    return count;
}

static void a_list_comes_back_the_same(void **state)
{
    (void)state;
    uint64_t random = 1;
    uint32_t *at = mem_alloc(SEGMENT_EVENTS * sizeof *at);
    struct posting posting = {0};
    struct buf bytes = {0};
    for (int round = 0; round < 300; round++) {
        const size_t count = random_list(&random, at, round % 10 ? 60 : SEGMENT_EVENTS);
        buf_clear(&bytes);
        posting_encode(at, count, &bytes);
        assert_int_equal(posting_decode(&posting, bytes.data, bytes.size), 0);
        assert_int_equal(posting.count, count);
        if (count)
            assert_memory_equal(posting.at, at, count * sizeof *at);
    }
    buf_free(&bytes);
    posting_free(&posting);
    free(at);
}

static void a_list_of_all_is_short(void **state)
{
    (void)state;
    struct posting all = {0};
    struct buf bytes = {0};
    for (uint32_t i = 0; i < SEGMENT_EVENTS; i++)
        posting_add(&all, i);
    posting_encode(all.at, all.count, &bytes);
    assert_in_range(bytes.size, 1, 4);
    buf_free(&bytes);
    posting_free(&all);
}

static void what_both_lists_have_stays(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int round = 0; round < 200; round++) {
        uint32_t at[60];
        struct posting one = {0}, other = {0};
        uint8_t in_one[1 << 16] = {0}, in_both[1 << 16] = {0};
        for (size_t i = 0, count = random_list(&random, at, 60); i < count && at[i] < sizeof in_one; i++) {
            posting_add(&one, at[i]);
            in_one[at[i]] = 1;
        }
        size_t expected = 0;
        for (size_t i = 0, count = random_list(&random, at, 60); i < count && at[i] < sizeof in_one; i++) {
            posting_add(&other, at[i]);
            in_both[at[i]] = in_one[at[i]];
            expected += in_one[at[i]];
        }
        posting_intersect(&one, &other);
        assert_int_equal(one.count, expected);
        for (size_t i = 0; i < one.count; i++)
            assert_true(in_both[one.at[i]]);
        posting_free(&one);
        posting_free(&other);
    }
}

static void a_list_that_promises_too_much_is_refused(void **state)
{
    (void)state;
    struct posting posting = {0};
    static const uint8_t too_many[] = {0, 0xff, 0xff, 0xff, 0xff, 0x0f},
                         too_far[] = {0xff, 0xff, 0xff, 0xff, 0x1f}, cut[] = {0x80}, times_missing[] = {1, 0};
    assert_int_equal(posting_decode(&posting, too_many, sizeof too_many), -1);
    assert_int_equal(posting_decode(&posting, too_far, sizeof too_far), -1);
    assert_int_equal(posting_decode(&posting, cut, sizeof cut), -1);
    assert_int_equal(posting_decode(&posting, times_missing, sizeof times_missing), -1);
    uint8_t again[2 * 6] = {0, 0x80, 0x40, 0, 0x80, 0x40}; /* 8192 of them, and then as many again */
    assert_int_equal(posting_decode(&posting, again, 3), 0);
    assert_int_equal(posting_decode(&posting, again, 6), -1);
    posting_free(&posting);
}

/* ---- details ------------------------------------------------------------------------------------------- */

static void encode(const char *raw, struct buf *out)
{
    static const uint32_t people[] = {3, 70000};
    static const uint64_t keys[] = {1, 5, UINT64_MAX};
    const struct store_event event = {.time = -5,
                                      .digest = UINT64_MAX - 1,
                                      .people = people,
                                      .people_count = 2,
                                      .voids = true,
                                      .raw = raw,
                                      .raw_size = strlen(raw)};
    buf_clear(out);
    detail_encode(&event, keys, 3, out);
}

static void a_detail_comes_back_the_same(void **state)
{
    (void)state;
    struct detail detail = {0};
    struct buf bytes = {0};
    encode("a \0010\001 b \0011\001", &bytes);
    assert_int_equal(detail_decode(&detail, bytes.data, bytes.size), 0);
    assert_int_equal(detail.time, -5);
    assert_true(detail.digest == UINT64_MAX - 1 && detail.voids && !detail.names_openly);
    assert_int_equal(detail.people_count, 2);
    assert_true(detail_names(&detail, 70000) && !detail_names(&detail, 4));
    assert_true(detail_has_keys(&detail, (const uint64_t[]){UINT64_MAX, 1}, 2));
    assert_false(detail_has_keys(&detail, (const uint64_t[]){5, 6}, 2));
    assert_int_equal(detail.raw_size, 11);
    buf_free(&bytes);
    detail_free(&detail);
}

static void who_has_no_mark_is_named_openly(void **state)
{
    (void)state;
    static const struct {
        const char *raw;
        bool openly;
    } texts[] = {{"\0010\001\0011\001", false}, {"\0010\001", true},      {"", true},
                 {"\0010\001\0012\001", true},  {"\0010\001\0011", true}, {"\001x\001\0011\001", true}};
    struct detail detail = {0};
    struct buf bytes = {0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        encode(texts[i].raw, &bytes);
        assert_int_equal(detail_decode(&detail, bytes.data, bytes.size), 0);
        assert_int_equal(detail.names_openly, texts[i].openly);
    }
    buf_free(&bytes);
    detail_free(&detail);
}

static void a_detail_that_is_cut_is_refused(void **state)
{
    (void)state;
    struct detail detail = {0};
    struct buf bytes = {0};
    encode("a \0010\001", &bytes);
    for (size_t size = 0; size < bytes.size; size++) {
        uint8_t *cut = mem_copy(bytes.data, size + 1); /* of its own, so that reading too far is seen */
        uint8_t *exact = mem_resize(cut, size ? size : 1, 1);
        assert_int_equal(detail_decode(&detail, exact, size), -1);
        free(exact);
    }
    buf_put_u8(&bytes, 0);
    assert_int_equal(detail_decode(&detail, bytes.data, bytes.size), -1);
    buf_free(&bytes);
    detail_free(&detail);
}

/* ---- blocks -------------------------------------------------------------------------------------------- */

static void fill(struct block *block, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char detail[100];
        const int size = snprintf(detail, sizeof detail, "the detail of %zu", i);
        struct block_entry entry = {.position = 10 + 3 * i, .stored = 1000 + (int64_t)(i / 2)};
        memset(entry.id, (int)i, sizeof entry.id);
        block_add(block, &entry, detail, (size_t)size);
    }
}

static void assert_holds(const struct block *block, size_t i)
{
    char detail[100];
    const size_t size = (size_t)snprintf(detail, sizeof detail, "the detail of %zu", i);
    const struct block_entry *entry = block_find(block, 10 + 3 * i);
    assert_non_null(entry);
    assert_int_equal(entry->stored, 1000 + i / 2);
    assert_int_equal(entry->id[15], i % 256);
    assert_int_equal(entry->size, size);
    assert_memory_equal(block->details.data + entry->offset, detail, size);
}

static void assert_holds_all_but_three(const struct block *block)
{
    assert_int_equal(block->count, 297);
    for (size_t i = 1; i < 299; i++)
        if (i == 7)
            assert_null(block_find(block, 10 + 3 * i));
        else
            assert_holds(block, i);
}

static void a_block_comes_back_the_same(void **state)
{
    (void)state;
    struct block block = {0}, again = {0};
    struct buf ids = {0}, bytes = {0};
    fill(&block, 300);
    block_remove(&block, 299);
    block_remove(&block, 7);
    block_remove(&block, 0);
    assert_holds_all_but_three(&block);
    block_pack(&block, &ids, &bytes);
    assert_int_equal(ids.size, 297 * 16);
    assert_int_equal(block_unpack(&again, ids.data, ids.size, bytes.data, bytes.size), 0);
    assert_holds_all_but_three(&again);
    assert_null(block_find(&again, 11));
    assert_null(block_find(&again, 10000));
    buf_free(&ids);
    buf_free(&bytes);
    block_free(&block);
    block_free(&again);
}

static void a_damaged_block_is_refused(void **state)
{
    (void)state;
    struct block block = {0}, again = {0};
    struct buf ids = {0}, bytes = {0};
    uint64_t random = 3;
    fill(&block, 50);
    block_pack(&block, &ids, &bytes);
    for (size_t size = 0; size < bytes.size; size++)
        assert_int_equal(block_unpack(&again, ids.data, ids.size, bytes.data, size), -1);
    for (size_t size = 0; size < ids.size; size++)
        assert_int_equal(block_unpack(&again, ids.data, size, bytes.data, bytes.size), -1);
    buf_put_u8(&ids, 0);
    assert_int_equal(block_unpack(&again, ids.data, ids.size, bytes.data, bytes.size), -1);
    ids.size--;
    for (int round = 0; round < 3000; round++) {
        const size_t where = roll(&random, (uint32_t)bytes.size);
        const uint8_t was = bytes.data[where];
        bytes.data[where] = (uint8_t)roll(&random, 256);
        if (block_unpack(&again, ids.data, ids.size, bytes.data, bytes.size) == 0)
            for (size_t i = 0; i < 50; i++)
                assert_holds(&again, i); /* some bits of a frame mean nothing */
        else
            assert_int_equal(again.count, 0);
        bytes.data[where] = was;
    }
    buf_free(&ids);
    buf_free(&bytes);
    block_free(&block);
    block_free(&again);
}

/* As whoever forges one may write it: what is looked for in a block is looked for by halves. */
static void a_block_that_is_not_in_order_is_refused(void **state)
{
    (void)state;
    static const uint64_t positions[][2] = {{10, 11}, {11, 10}, {10, 10}};
    for (size_t i = 0; i < 3; i++) {
        struct block block = {0}, again = {0};
        struct buf ids = {0}, bytes = {0};
        for (size_t entry = 0; entry < 2; entry++)
            block_add(&block, &(struct block_entry){.position = positions[i][entry]}, "x", 1);
        block_pack(&block, &ids, &bytes);
        assert_int_equal(block_unpack(&again, ids.data, ids.size, bytes.data, bytes.size), i == 0 ? 0 : -1);
        buf_free(&ids);
        buf_free(&bytes);
        block_free(&block);
        block_free(&again);
    }
}

/* ---- runs of ids --------------------------------------------------------------------------------------- */

enum { RUNS = 2 * RUNS_MERGED + 3, RUN_ENTRIES = 500 };

struct id_book {
    struct run_entry all[RUNS * RUN_ENTRIES];
    uint64_t sought;
    size_t visited, seen;
};

/* Every tenth has the hash of the one before. */
static void make_entries(struct id_book *book)
{
    uint64_t random = 4;
    for (size_t i = 0; i < RUNS * RUN_ENTRIES; i++) {
        book->all[i].position = i + 1;
        book->all[i].hash = i % 10 == 9 ? book->all[i - 1].hash
                                        : ((uint64_t)roll(&random, 1u << 30) << 14 | roll(&random, 1 << 14));
    }
}

static int add_runs(struct store_tx *tx, void *data, struct error *error)
{
    struct id_book *book = data;
    struct run_entry entries[RUN_ENTRIES];
    bool merged = true;
    for (size_t run = 0; run < RUNS; run++) {
        memcpy(entries, book->all + run * RUN_ENTRIES, sizeof entries);
        if (runs_add(tx, entries, RUN_ENTRIES, error) != 0)
            return -1;
    }
    while (merged)
        if (runs_merge(tx, &merged, error) != 0)
            return -1;
    return 0;
}

static int is_it(void *data, uint64_t position, struct error *error)
{
    (void)error;
    struct id_book *book = data;
    book->visited++;
    return position == book->sought;
}

/* Those whose position is a multiple of 7 are gone, once they are removed. */
static int find_all(struct store_tx *tx, struct id_book *book, bool removed, struct error *error)
{
    struct runs runs = {0};
    int result = runs_load(&runs, &tx->view, error);
    for (size_t i = 0; i < RUNS * RUN_ENTRIES && result == 0; i += 3) {
        book->sought = book->all[i].position;
        const int found = runs_find(&runs, &tx->view, book->all[i].hash, is_it, book, error);
        const int expected = !(removed && book->sought % 7 == 0);
        if (found != expected)
            result = error_set(error, ERROR_FAILED, "%zu is found: %d", i, found);
    }
    book->visited = 0;
    if (result == 0)
        result = runs_find(&runs, &tx->view, 12345, is_it, book, error);
    if (result == 0 && book->visited)
        result = error_set(error, ERROR_FAILED, "what is not there was found");
    if (result == 0 && runs.count != 2 + 3)
        result = error_set(error, ERROR_FAILED, "there are %zu runs", runs.count);
    runs_free(&runs);
    return result;
}

static void count_hash(void *data, uint64_t hash)
{
    (void)hash;
    ((struct id_book *)data)->seen++;
}

static int find_then_remove(struct store_tx *tx, void *data, struct error *error)
{
    struct id_book *book = data;
    struct runs runs = {0};
    int result = find_all(tx, book, false, error);
    for (size_t i = 0; i < RUNS * RUN_ENTRIES && result == 0; i++)
        if (book->all[i].position % 7 == 0)
            result = runs_remove(&runs, tx, book->all[i].hash, book->all[i].position, error);
    runs_free(&runs);
    if (result == 0)
        result = find_all(tx, book, true, error);
    return result == 0 ? runs_hashes(&tx->view, count_hash, book, error) : -1;
}

static void ids_are_found_in_runs_that_were_merged(void **state)
{
    struct id_book *book = mem_alloc(sizeof *book);
    make_entries(book);
    shelf_run(*state, add_runs, book);
    shelf_run(*state, find_then_remove, book);
    assert_int_equal(book->seen, RUNS * RUN_ENTRIES - RUNS * RUN_ENTRIES / 7);
    free(book);
}

/* ---- the lists of a segment ---------------------------------------------------------------------------- */

enum { KEYS = 3000, MOST_OF_A_KEY = 5, SEGMENT = 17 };

struct key_book {
    uint64_t keys[KEYS];
    uint32_t at[KEYS][MOST_OF_A_KEY];
    size_t counts[KEYS];
};

static int by_signed_number(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

/* Keys are odd, so that those in between are nobody's; half of them are negative as signed numbers. */
static void make_lists(struct key_book *book)
{
    uint64_t random = 8;
    for (size_t i = 0; i < KEYS; i++) {
        book->keys[i] = ((uint64_t)roll(&random, UINT32_MAX) << 32 | roll(&random, UINT32_MAX)) << 1 | 1;
        book->counts[i] = 1 + roll(&random, MOST_OF_A_KEY);
        for (size_t j = 0, at = roll(&random, 100); j < book->counts[i]; j++, at += 1 + roll(&random, 1500))
            book->at[i][j] = (uint32_t)at;
    }
    qsort(book->keys, KEYS, sizeof *book->keys, by_signed_number);
}

static int put_lists(struct store_tx *tx, void *data, struct error *error)
{
    const struct key_book *book = data;
    struct lists_writer writer = {.tx = tx, .segment = SEGMENT};
    int result = 0;
    for (size_t i = 0; i < KEYS && result == 0; i++) {
        struct posting posting = {0};
        for (size_t j = 0; j < book->counts[i]; j++)
            posting_add(&posting, book->at[i][j]);
        result = lists_put(&writer, book->keys[i], &posting, error);
        posting_free(&posting);
    }
    return lists_end(&writer, result, error);
}

static int read_lists(struct store_tx *tx, void *data, struct error *error)
{
    const struct key_book *book = data;
    struct posting posting = {0};
    for (size_t i = 0; i < KEYS; i++) {
        assert_int_equal(lists_read(store_tx_view(tx), SEGMENT, book->keys[i], &posting, error), 0);
        assert_int_equal(posting.count, book->counts[i]);
        if (posting.count)
            assert_memory_equal(posting.at, book->at[i], posting.count * sizeof *posting.at);
        assert_int_equal(lists_read(store_tx_view(tx), SEGMENT, book->keys[i] + 1, &posting, error), 0);
        assert_int_equal(posting.count, 0);
        assert_int_equal(lists_read(store_tx_view(tx), SEGMENT + 1, book->keys[i], &posting, error), 0);
        assert_int_equal(posting.count, 0);
    }
    posting_free(&posting);
    return 0;
}

/* Of every other key one position, of every third one all. */
static int remove_from_lists(struct store_tx *tx, void *data, struct error *error)
{
    struct key_book *book = data;
    for (size_t i = 0; i < KEYS; i++) {
        size_t left = i % 3 == 0 ? book->counts[i] : i % 2;
        for (; left; left--) {
            const size_t last = --book->counts[i];
            assert_int_equal(lists_remove(tx, SEGMENT, book->keys[i], book->at[i][last], error), 0);
        }
    }
    return 0;
}

static void a_key_finds_what_it_was_put_with_and_what_is_left_of_it(void **state)
{
    struct key_book *book = mem_alloc(sizeof *book);
    make_lists(book);
    shelf_run(*state, put_lists, book);
    shelf_run(*state, read_lists, book);
    shelf_run(*state, remove_from_lists, book);
    shelf_run(*state, read_lists, book);
    free(book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_comes_back_the_same),
        cmocka_unit_test(a_list_of_all_is_short),
        cmocka_unit_test(what_both_lists_have_stays),
        cmocka_unit_test(a_list_that_promises_too_much_is_refused),
        cmocka_unit_test(a_detail_comes_back_the_same),
        cmocka_unit_test(who_has_no_mark_is_named_openly),
        cmocka_unit_test(a_detail_that_is_cut_is_refused),
        cmocka_unit_test(a_block_comes_back_the_same),
        cmocka_unit_test(a_damaged_block_is_refused),
        cmocka_unit_test(a_block_that_is_not_in_order_is_refused),
        cmocka_unit_test_setup_teardown(ids_are_found_in_runs_that_were_merged, shelf_open, shelf_close),
        cmocka_unit_test_setup_teardown(a_key_finds_what_it_was_put_with_and_what_is_left_of_it, shelf_open,
                                        shelf_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
