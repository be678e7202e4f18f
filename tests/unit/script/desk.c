/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "desk.h"

#include "stats/cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { PATIENCE_MS = 90000, CALL_MS = 300 };

/* ---- patience ------------------------------------------------------------------------------------------ */

static void out_of_patience(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened for %d seconds", PATIENCE_MS / 1000);
}

void desk_be_patient(struct desk *desk)
{
    uv_timer_start(&desk->patience, out_of_patience, PATIENCE_MS, 0);
}

void desk_run_until(struct desk *desk, const bool *flag)
{
    desk_be_patient(desk);
    while (!*flag)
        uv_run(&desk->loop, UV_RUN_ONCE);
    uv_timer_stop(&desk->patience);
}

void desk_run_until_changes(struct desk *desk, unsigned changes)
{
    desk_be_patient(desk);
    while (desk->changes < changes)
        uv_run(&desk->loop, UV_RUN_ONCE);
    uv_timer_stop(&desk->patience);
}

/* ---- the folder ---------------------------------------------------------------------------------------- */

void desk_save(const struct desk *desk, const char *name, const char *text)
{
    folder_save(desk->folder, name, text);
}

void desk_erase(const struct desk *desk, const char *name)
{
    folder_erase(desk->folder, name);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void on_changed(void *data)
{
    ((struct desk *)data)->changes++;
}

static void on_ready(void *data)
{
    ((struct desk *)data)->ready = true;
}

static void on_stopped(void *data)
{
    ((struct desk *)data)->stopped = true;
}

bool desk_open(struct desk *desk)
{
    if (!folder_make(desk->folder))
        return false;
    uv_loop_init(&desk->loop);
    uv_timer_init(&desk->loop, &desk->patience);
    return true;
}

void desk_start(struct desk *desk, const struct scripts_options *options)
{
    const struct scripts_callbacks callbacks = {.changed = on_changed, .ready = on_ready, .data = desk};
    struct scripts_options own = *options;
    struct error error;
    own.folders = desk->folder;
    own.worker_path = BIN_DIR "/wijzer-worker";
    own.call_ms = own.call_ms ? own.call_ms : CALL_MS;
    desk->ready = false;
    if (scripts_start(&desk->scripts, &desk->loop, &own, &callbacks, &error) != 0)
        fail_msg("%s", error.text);
    desk_run_until(desk, &desk->ready);
}

void desk_stop(struct desk *desk)
{
    desk->stopped = false;
    scripts_stop(desk->scripts, on_stopped, desk);
    desk_run_until(desk, &desk->stopped);
    desk->scripts = NULL;
}

int desk_close(struct desk *desk)
{
    if (desk->scripts)
        desk_stop(desk);
    uv_close((uv_handle_t *)&desk->patience, NULL);
    uv_run(&desk->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&desk->loop), 0);
    return folder_remove(desk->folder);
}

/* ---- calls --------------------------------------------------------------------------------------------- */

void desk_compute(struct desk *desk, const char *indicator, int64_t fewest, const double *answers,
                  size_t count, compute_done_fn done, void *data)
{
    struct cell cell;
    struct buf bytes = {0};
    cell_init(&cell, 1);
    for (size_t i = 0; i < count; i++)
        tally_add(&cell.tallies[0], answers[i], 1);
    cell_settle(&cell);
    cell_encode(&cell, &bytes);
    const struct compute_bytes cells[] = {{bytes.data, bytes.size}};
    const struct compute_group group = {
        .group = "roc/team", .level = "team", .period = "2025", .cells = cells};
    const struct compute_call call = {
        .indicator = indicator, .fewest = fewest, .groups = &group, .group_count = 1};
    scripts_compute(desk->scripts, &call, done, data);
    cell_free(&cell);
    buf_free(&bytes);
}
