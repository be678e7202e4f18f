/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shelf.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void ignore(void *data)
{
    (void)data;
}

int shelf_open(void **state)
{
    struct shelf *shelf = mem_alloc(sizeof *shelf);
    struct error error;
    strcpy(shelf->folder, "/tmp/wijzer-store-XXXXXX");
    *state = shelf;
    if (!mkdtemp(shelf->folder) || uv_loop_init(&shelf->loop) != 0)
        return -1;
    return store_open(&shelf->store, &shelf->loop, shelf->folder, &error);
}

void shelf_close_store(struct shelf *shelf)
{
    store_close(shelf->store, ignore, NULL);
    uv_run(&shelf->loop, UV_RUN_DEFAULT);
}

void shelf_open_store(struct shelf *shelf)
{
    struct error error;
    if (store_open(&shelf->store, &shelf->loop, shelf->folder, &error) != 0)
        fail_msg("%s", error.text);
}

void shelf_reopen_store(struct shelf *shelf)
{
    shelf_close_store(shelf);
    shelf_open_store(shelf);
}

int shelf_close(void **state)
{
    struct shelf *shelf = *state;
    shelf_close_store(shelf);
    assert_int_equal(uv_loop_close(&shelf->loop), 0);
    char *command = mem_format("rm -r '%s'", shelf->folder);
    const int result = system(command);
    free(command);
    free(shelf);
    return result;
}

void shelf_run(struct shelf *shelf, store_write_fn job, void *data)
{
    struct error error = {0};
    if (store_write_now(shelf->store, job, data, &error) != 0)
        fail_msg("%s", error.text);
}

struct reading {
    store_read_fn job;
    void *data;
    bool done;
};

static int read_for(struct store_view *view, void *data, struct error *error)
{
    const struct reading *reading = data;
    return reading->job(view, reading->data, error);
}

static void on_read(void *data, const struct error *error)
{
    ((struct reading *)data)->done = true;
    if (error)
        fail_msg("%s", error->text);
}

void shelf_read(struct shelf *shelf, store_read_fn job, void *data)
{
    struct reading reading = {job, data, false};
    store_read(shelf->store, read_for, on_read, &reading);
    while (!reading.done)
        uv_run(&shelf->loop, UV_RUN_ONCE);
}

char *shelf_told(struct shelf *shelf, store_write_fn tell)
{
    struct buf said = {0};
    shelf_run(shelf, tell, &said);
    buf_put_u8(&said, 0);
    return (char *)said.data;
}
