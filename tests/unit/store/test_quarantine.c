/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows in quarantine: what goes in, what replaces what, who is forgotten, and that the counts are those of
 * the rows that are there. */
#include "store/internal.h"
#include "store/quarantine.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct shelf {
    uv_loop_t loop;
    char folder[64];
    struct store *store;
};

static void ignore(void *data)
{
    (void)data;
}

static int open_shelf(void **state)
{
    struct shelf *shelf = mem_alloc(sizeof *shelf);
    struct error error;
    strcpy(shelf->folder, "/tmp/wijzer-store-XXXXXX");
    *state = shelf;
    if (!mkdtemp(shelf->folder) || uv_loop_init(&shelf->loop) != 0)
        return -1;
    return store_open(&shelf->store, &shelf->loop, shelf->folder, &error);
}

static int close_shelf(void **state)
{
    struct shelf *shelf = *state;
    store_close(shelf->store, ignore, NULL);
    uv_run(&shelf->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&shelf->loop), 0);
    char *command = mem_format("rm -r '%s'", shelf->folder);
    const int result = system(command);
    free(command);
    free(shelf);
    return result;
}

/* ---- jobs ---------------------------------------------------------------------------------------------- */

static const uint8_t anna[PSEUDONYM_SIZE] = {1}, bert[PSEUDONYM_SIZE] = {2};

static void run(struct shelf *shelf, store_write_fn job, void *data)
{
    struct error error = {0};
    if (store_write_now(shelf->store, job, data, &error) != 0)
        fail_msg("%s", error.text);
}

struct keeping {
    struct store_refused refused;
    size_t times; /* rows of the same size, one after the other */
    uint64_t kept;
};

static int keep(struct store_tx *tx, void *data, struct error *error)
{
    struct keeping *keeping = data;
    for (size_t i = 0; i < keeping->times; i++) {
        bool kept;
        if (store_quarantine_keep(tx, &keeping->refused, &kept, error) != 0)
            return -1;
        keeping->kept += kept;
        keeping->refused.row++;
    }
    return 0;
}

static void put(struct shelf *shelf, const char *feed, const char *document, uint64_t delivery, uint64_t row,
                const uint8_t *person, const char *heading)
{
    struct keeping keeping = {.refused = {.feed = feed,
                                          .document = document,
                                          .delivery = delivery,
                                          .row = row,
                                          .reason = "wrong",
                                          .person = person,
                                          .heading_text = heading,
                                          .body = heading ? "body" : NULL},
                              .times = 1};
    run(shelf, keep, &keeping);
    assert_int_equal(keeping.kept, 1);
}

static int tell(void *data, const struct store_refused *refused)
{
    buf_append_format(data, "%s%s:%llu:%llu:%s", ((struct buf *)data)->size ? " " : "", refused->document,
                      (unsigned long long)refused->delivery, (unsigned long long)refused->row,
                      refused->reason);
    return 0;
}

/* What is counted is what is there. */
static int check_counts(struct store_tx *tx, const char *feed, struct error *error)
{
    sqlite3_stmt *select =
        database_statement(tx->view.database,
                           "SELECT (SELECT count(*) FROM quarantine WHERE feed = ?1),"
                           " (SELECT coalesce(sum(size), 0) FROM quarantine WHERE feed = ?1) +"
                           " (SELECT coalesce(sum(size), 0) FROM quarantine_heading WHERE feed = ?1),"
                           " (SELECT count(*) FROM quarantine_heading WHERE id NOT IN"
                           "   (SELECT heading FROM quarantine WHERE heading IS NOT NULL)),"
                           " (SELECT count(*) FROM quarantine WHERE heading IS NOT NULL AND heading NOT IN "
                           "(SELECT id FROM quarantine_heading))",
                           error);
    struct quarantine_figures figures;
    if (!select || store_quarantine_figures(&tx->view, feed, &figures, error) != 0)
        return -1;
    bind_text(select, 1, feed);
    const bool found = statement_next(tx->view.database, select, error) > 0;
    const bool good = found && (uint64_t)sqlite3_column_int64(select, 0) == figures.rows &&
                      (uint64_t)sqlite3_column_int64(select, 1) == figures.bytes &&
                      sqlite3_column_int64(select, 2) == 0 && sqlite3_column_int64(select, 3) == 0;
    statement_end(select);
    return good ? 0 : error_set(error, ERROR_FAILED, "the counts of feed %s are not those of its rows", feed);
}

static int tell_all(struct store_tx *tx, void *data, struct error *error)
{
    const struct quarantine_choice choice = {.feed = "m"};
    if (store_quarantine(&tx->view, &choice, 0, SIZE_MAX, tell, data, error) != 0)
        return -1;
    buf_put_u8(data, 0);
    return check_counts(tx, "m", error) != 0 || check_counts(tx, "n", error) != 0 ? -1 : 0;
}

static void assert_holds(struct shelf *shelf, const char *expected)
{
    struct buf said = {0};
    run(shelf, tell_all, &said);
    assert_string_equal((const char *)said.data, expected);
    buf_free(&said);
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static int renew_and_take(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    const struct store_refused anew = {
        .feed = "m", .document = "e", .delivery = 10, .row = 2, .reason = "still wrong"};
    return store_quarantine_renew(tx, &anew, error) != 0 ||
                   store_quarantine_take(tx, "m", "e", 10, 3, error) != 0
               ? -1
               : 0;
}

static void rows_that_are_read_again(void **state)
{
    struct shelf *shelf = *state;
    for (uint64_t row = 2; row < 4; row++)
        for (uint64_t delivery = 10; delivery < 12; delivery++)
            put(shelf, "m", "e", delivery, row, NULL, "h");
    run(shelf, renew_and_take, NULL);
    assert_holds(shelf, "e:10:2:still wrong e:11:2:wrong e:11:3:wrong");
}

static int supersede_one(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    const struct store_refused place = {.feed = "m", .document = "e", .delivery = 11, .row = 2};
    return store_quarantine_supersede(tx, &place, false, error);
}

static int supersede_rest(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    const struct store_refused place = {.feed = "m", .document = "e", .delivery = 11};
    return store_quarantine_supersede(tx, &place, true, error);
}

static void a_document_that_comes_again(void **state)
{
    struct shelf *shelf = *state;
    put(shelf, "m", "e", 10, 2, NULL, "h");
    put(shelf, "m", "e", 10, 3, NULL, "h");
    put(shelf, "m", "f", 10, 2, NULL, "h");
    put(shelf, "n", "e", 10, 2, NULL, "h");
    run(shelf, supersede_one, NULL);
    assert_holds(shelf, "e:10:3:wrong f:10:2:wrong");
    put(shelf, "m", "e", 11, 5, NULL, "other");
    run(shelf, supersede_rest, NULL);
    assert_holds(shelf, "f:10:2:wrong e:11:5:wrong");
}

static int forget_anna(struct store_tx *tx, void *data, struct error *error)
{
    return store_quarantine_forget(tx, anna, data, error);
}

static void a_person_is_forgotten_in_every_feed(void **state)
{
    struct shelf *shelf = *state;
    uint64_t rows;
    put(shelf, "m", "e", 1, 1, anna, "h");
    put(shelf, "m", "e", 1, 2, bert, "h");
    put(shelf, "m", "e", 1, 3, NULL, "h");
    put(shelf, "m", "f", 1, 4, anna, NULL);
    put(shelf, "n", "f", 1, 5, anna, "g");
    run(shelf, forget_anna, &rows);
    assert_int_equal(rows, 3);
    assert_holds(shelf, "e:1:2:wrong e:1:3:wrong");
    run(shelf, forget_anna, &rows);
    assert_int_equal(rows, 0);
}

static int look_at_figures(struct store_tx *tx, void *data, struct error *error)
{
    return store_quarantine_figures(&tx->view, "m", data, error);
}

static int drop_all(struct store_tx *tx, void *data, struct error *error)
{
    const struct quarantine_choice choice = {.feed = "m"};
    return store_quarantine_drop(tx, &choice, data, error);
}

static void more_than_there_is_room_for(void **state)
{
    struct shelf *shelf = *state;
    enum { LONG = 1 << 20 };
    struct quarantine_figures figures;
    uint64_t dropped;
    char *body = mem_alloc(LONG + 1);
    memset(body, 'x', LONG);
    struct keeping keeping = {
        .refused = {.feed = "m", .document = "e", .reason = "", .heading_text = body, .body = body},
        .times = 40};
    run(shelf, keep, &keeping);
    run(shelf, look_at_figures, &figures);
    assert_int_equal(keeping.kept, 30); /* and their heading; each has a byte of its document's name */
    assert_int_equal(figures.rows, 30);
    assert_int_equal(figures.missed, 10);
    assert_int_equal(figures.bytes, (uint64_t)31 * LONG + 30);
    free(body);
    struct keeping small = {.refused = {.feed = "m", .document = "e", .reason = "small"}, .times = 20100};
    run(shelf, keep, &small);
    assert_int_equal(small.kept, QUARANTINE_MOST_ROWS - 30);
    struct keeping other = {.refused = {.feed = "n", .document = "e", .reason = "small"}, .times = 1};
    run(shelf, keep, &other);
    assert_int_equal(other.kept, 1); /* another feed has a share of its own */
    run(shelf, drop_all, &dropped);
    assert_int_equal(dropped, QUARANTINE_MOST_ROWS);
    run(shelf, look_at_figures, &figures);
    assert_int_equal(figures.rows + figures.bytes + figures.missed, 0);
    assert_holds(shelf, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_that_are_read_again, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(a_document_that_comes_again, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(a_person_is_forgotten_in_every_feed, open_shelf, close_shelf),
        cmocka_unit_test_setup_teardown(more_than_there_is_room_for, open_shelf, close_shelf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
