/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which commits wait for the disk: those of what came from outside, and not those of what can be made again.
 */
#include "shelf.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* SQLite's calls that wait are counted on their way to the system. */
static unsigned synced;

int fdatasync(int descriptor)
{
    int (*really)(int descriptor);
    *(void **)&really = dlsym(RTLD_NEXT, "fdatasync");
    __atomic_add_fetch(&synced, 1, __ATOMIC_SEQ_CST);
    return really(descriptor);
}

static void begin_counting(void)
{
    __atomic_store_n(&synced, 0, __ATOMIC_SEQ_CST);
}

static unsigned counted(void)
{
    return __atomic_load_n(&synced, __ATOMIC_SEQ_CST);
}

/* ---- jobs ---------------------------------------------------------------------------------------------- */

struct job {
    const char *item;
    uint32_t number;
    bool done, failed, found;
};

static int put(struct store_tx *tx, void *data, struct error *error)
{
    struct job *job = data;
    return store_item_intern(tx, job->item, &job->number, error);
}

static int look(void *data, uint32_t id, const char *name)
{
    struct job *job = data;
    (void)name;
    job->found |= id == job->number;
    return 0;
}

static int find(struct store_view *view, void *data, struct error *error)
{
    return store_items(view, look, data, error);
}

static void on_done(void *data, const struct error *error)
{
    struct job *job = data;
    job->done = true;
    job->failed = error != NULL;
}

static void wait_for(struct shelf *shelf, struct job *job)
{
    while (!job->done)
        uv_run(&shelf->loop, UV_RUN_ONCE);
    assert_false(job->failed);
    job->done = false;
}

static int wait_for_gate(struct store_tx *tx, void *data, struct error *error)
{
    (void)tx;
    (void)error;
    uv_sem_wait(data);
    return 0;
}

static void ignore(void *data, const struct error *error)
{
    (void)data;
    (void)error;
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void what_can_be_made_again_waits_for_no_disk(void **state)
{
    struct shelf *shelf = *state;
    struct job job = {.item = "made"};
    begin_counting();
    store_write_remade(shelf->store, put, on_done, &job);
    wait_for(shelf, &job);
    assert_int_equal(counted(), 0);
    store_read(shelf->store, find, on_done, &job);
    wait_for(shelf, &job);
    assert_true(job.found);
}

static void what_came_from_outside_does_also_after_that(void **state)
{
    struct shelf *shelf = *state;
    struct job made = {.item = "made"}, come = {.item = "come"};
    store_write_remade(shelf->store, put, on_done, &made);
    wait_for(shelf, &made);
    begin_counting();
    store_write(shelf->store, put, on_done, &come);
    wait_for(shelf, &come);
    assert_in_range(counted(), 1, 3);
}

static void both_in_one_commit_do(void **state)
{
    struct shelf *shelf = *state;
    struct job first = {.item = "first"}, come = {.item = "come"}, last = {.item = "last"};
    uv_sem_t gate;
    uv_sem_init(&gate, 0);
    store_write_remade(shelf->store, wait_for_gate, ignore, &gate);
    store_write_remade(shelf->store, put, on_done, &first);
    store_write(shelf->store, put, on_done, &come);
    store_write_remade(shelf->store, put, on_done, &last);
    begin_counting();
    uv_sem_post(&gate);
    wait_for(shelf, &come);
    const unsigned waited = counted();
    wait_for(shelf, &last);
    uv_sem_destroy(&gate);
    assert_in_range(waited, 1, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_can_be_made_again_waits_for_no_disk, shelf_open, shelf_close),
        cmocka_unit_test_setup_teardown(what_came_from_outside_does_also_after_that, shelf_open, shelf_close),
        cmocka_unit_test_setup_teardown(both_in_one_commit_do, shelf_open, shelf_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
