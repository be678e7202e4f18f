/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "world.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- chance -------------------------------------------------------------------------------------------- */

unsigned world_draw(struct world *world, unsigned below) /* xorshift64 */
{
    world->chance ^= world->chance << 13;
    world->chance ^= world->chance >> 7;
    world->chance ^= world->chance << 17;
    return (unsigned)(world->chance >> 33) % below;
}

/* ---- folders ------------------------------------------------------------------------------------------- */

static void run_command(char *command)
{
    assert_int_equal(system(command), 0);
    free(command);
}

void world_open(struct world *world, unsigned seed)
{
    *world = (struct world){.min_group_size = 1,
                            .min_change = 1,
                            .clock = &clock_on_the_wall,
                            .seed = seed,
                            .chance = 0x9e3779b97f4a7c15u * (seed + 1)};
    strcpy(world->folder, "/tmp/wijzer-engine-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    world->scripts_folder = mem_format("%s/scripts", world->folder);
    world->state_dir = mem_format("%s/state", world->folder);
    run_command(mem_format("mkdir %s", world->scripts_folder));
    uv_loop_init(&world->loop);
}

void world_close(struct world *world)
{
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    run_command(mem_format("rm -r %s", world->folder));
    free(world->scripts_folder);
    free(world->state_dir);
}

/* The whole of it appears at once: half a file would be half a script. */
void world_put_script(const struct world *world, const char *name, const char *text)
{
    char *path = mem_format("%s/%s", world->scripts_folder, name),
         *aside = mem_format("%s/aside", world->folder);
    FILE *file = fopen(aside, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(aside, path), 0);
    free(aside);
    free(path);
}

void world_change_script(struct world *world, const char *name, const char *text)
{
    const unsigned changes = world->changes;
    world_put_script(world, name, text);
    scripts_rescan(world->scripts);
    while (world->changes == changes)
        uv_run(&world->loop, UV_RUN_ONCE);
}

/* ---- the daemon's parts, started and stopped ----------------------------------------------------------- */

static void on_changed(void *data)
{
    struct world *world = data;
    world->changes++;
    if (world->engine)
        engine_scripts_changed(world->engine);
}

static void on_ready(void *data)
{
    ((struct world *)data)->ready = true;
}

static void on_stopped(void *data)
{
    ((struct world *)data)->stopped = true;
}

void world_run_until(struct world *world, const bool *flag)
{
    while (!*flag)
        uv_run(&world->loop, UV_RUN_ONCE);
}

void world_start(struct world *world)
{
    struct error error;
    const struct scripts_options options = {.folders = world->scripts_folder,
                                            .worker_path = BIN_DIR "/wijzer-worker"};
    const struct scripts_callbacks callbacks = {.changed = on_changed, .ready = on_ready, .data = world};
    world->ready = false;
    if (store_open(&world->store, &world->loop, world->state_dir, &error) != 0 ||
        scripts_start(&world->scripts, &world->loop, &options, &callbacks, &error) != 0)
        fail_msg("%s", error.text);
    const struct engine_options engine = {.store = world->store,
                                          .scripts = world->scripts,
                                          .clock = world->clock,
                                          .min_group_size = world->min_group_size,
                                          .min_change = world->min_change};
    world->engine = engine_start(&world->loop, &engine);
    world_run_until(world, &world->ready);
    engine_scripts_ready(world->engine);
}

static void wait_for_stop(struct world *world)
{
    world_run_until(world, &world->stopped);
    world->stopped = false;
}

void world_stop(struct world *world)
{
    engine_stop(world->engine, on_stopped, world);
    wait_for_stop(world);
    world->engine = NULL;
    scripts_stop(world->scripts, on_stopped, world);
    wait_for_stop(world);
    store_close(world->store, on_stopped, world);
    wait_for_stop(world);
}

/* ---- letting it run ------------------------------------------------------------------------------------ */

struct visiting {
    const char *indicator;
    int (*visit)(void *data, const struct store_result *result);
    void *data;
};

static int visit_results(struct store_view *view, void *data, struct error *error)
{
    const struct visiting *visiting = data;
    uint32_t indicator;
    if (store_indicator_find(view, visiting->indicator, &indicator, error) != 0)
        return -1;
    return indicator ? store_results(view, indicator, 0, visiting->visit, visiting->data, error) : 0;
}

void world_results(struct world *world, const char *indicator,
                   int (*visit)(void *data, const struct store_result *result), void *data)
{
    struct visiting visiting = {indicator, visit, data};
    world_read(world, visit_results, &visiting);
}

void world_wait_until_idle(struct world *world)
{
    struct engine_status status;
    engine_wake(world->engine);
    for (engine_status(world->engine, &status); !status.idle; engine_status(world->engine, &status)) {
        if (status.error)
            fail_msg("seed %u: %s", world->seed, status.error);
        uv_run(&world->loop, UV_RUN_ONCE);
    }
}

void world_run_a_little(struct world *world)
{
    for (unsigned turns = world_draw(world, 8); turns > 0; turns--)
        uv_run(&world->loop, UV_RUN_NOWAIT);
}

static void on_done(void *data, const struct error *error)
{
    if (error)
        fail_msg("%s", error->text);
    *(bool *)data = true;
}

/* What the store hands to the job is not what it hands to whoever waits for it. */
struct call {
    store_write_fn write;
    store_read_fn read;
    void *data;
    bool done;
};

static int run_write(struct store_tx *tx, void *data, struct error *error)
{
    const struct call *call = data;
    return call->write(tx, call->data, error);
}

static int run_read(struct store_view *view, void *data, struct error *error)
{
    const struct call *call = data;
    return call->read(view, call->data, error);
}

static void on_call_done(void *data, const struct error *error)
{
    on_done(&((struct call *)data)->done, error);
}

void world_write(struct world *world, store_write_fn job, void *data)
{
    struct call call = {.write = job, .data = data};
    store_write(world->store, run_write, on_call_done, &call);
    world_run_until(world, &call.done);
}

void world_read(struct world *world, store_read_fn job, void *data)
{
    struct call call = {.read = job, .data = data};
    store_read(world->store, run_read, on_call_done, &call);
    world_run_until(world, &call.done);
}
