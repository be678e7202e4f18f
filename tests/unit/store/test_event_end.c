/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whoever stops wijzerd does not wait until a long tail of events is packed. */
#include "given.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Jobs wait while the tail has eight segments or more. */
enum { SEGMENTS = 10, TAIL_SEGMENTS = 8 };

struct filling {
    uv_sem_t begun, may_end;
    bool is_kept, is_closed, is_stopping;
};

/* Is still at it when the store is told to close. */
static int fill_tail(struct store_tx *tx, void *data, struct error *error)
{
    struct filling *filling = data;
    struct given given = {.id = 1, .count = SEGMENTS * SEGMENT, .raw = "x"};
    uv_sem_post(&filling->begun);
    const int result = append(tx, &given, error);
    uv_sem_wait(&filling->may_end);
    return result;
}

static void on_filled(void *data, const struct error *error)
{
    ((struct filling *)data)->is_kept = error == NULL;
}

/* A store that is closing says so. */
static void on_asked(void *data, const struct error *error)
{
    struct filling *filling = data;
    filling->is_stopping |= error && error->kind == ERROR_CLOSED;
}

static void on_closed(void *data)
{
    ((struct filling *)data)->is_closed = true;
}

static void close_while_filling(struct shelf *shelf, struct filling *filling)
{
    store_write(shelf->store, fill_tail, on_filled, filling);
    while (uv_sem_trywait(&filling->begun) != 0)
        uv_run(&shelf->loop, UV_RUN_NOWAIT);
    store_close(shelf->store, on_closed, filling);
    while (!filling->is_stopping) {
        store_write(shelf->store, do_nothing, on_asked, filling);
        uv_run(&shelf->loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
    uv_sem_post(&filling->may_end);
    uv_run(&shelf->loop, UV_RUN_DEFAULT);
}

static int64_t segments(struct shelf *shelf)
{
    return left(shelf, "SELECT count(*) FROM event_segment");
}

static void the_end_does_not_wait_for_packing(void **state)
{
    struct shelf *shelf = *state;
    struct filling filling = {0};
    uv_sem_init(&filling.begun, 0);
    uv_sem_init(&filling.may_end, 0);
    close_while_filling(shelf, &filling);
    uv_sem_destroy(&filling.begun);
    uv_sem_destroy(&filling.may_end);
    assert_true(filling.is_kept && filling.is_closed);
    shelf_open_store(shelf);
    /* One thing at a time is done between jobs, and in each second without any. */
    assert_in_range(segments(shelf), 0, SEGMENTS - TAIL_SEGMENTS);
    shelf_run(shelf, do_nothing, NULL);
    assert_in_range(segments(shelf), SEGMENTS - TAIL_SEGMENTS + 1, SEGMENTS); /* after the next start */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_end_does_not_wait_for_packing, shelf_open, shelf_close)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
