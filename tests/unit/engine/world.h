/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real store, scripts and engine on a loop, for tests that let things happen to them and look at it. */
#ifndef TESTS_ENGINE_WORLD_H
#define TESTS_ENGINE_WORLD_H

#include "engine/engine.h"

#include <stdbool.h>
#include <stdint.h>

struct world {
    /* May be changed before a start. */
    int min_group_size, min_change;
    const struct clock *clock;

    uv_loop_t loop;
    char folder[64], *scripts_folder, *state_dir;
    struct store *store;
    struct scripts *scripts;
    struct engine *engine;
    uint64_t chance;
    unsigned seed;
    unsigned changes; /* times that declarations of scripts changed */
    bool ready, stopped;
};

/* Nothing runs yet; one person is enough for everything, and the clock is the one on the wall. */
void world_open(struct world *world, unsigned seed);
/* Everything has been stopped. */
void world_close(struct world *world);
/* Writes a file into the scripts' folder. */
void world_put_script(const struct world *world, const char *name, const char *text);
/* The same while it runs, and waits until it is taken over. */
void world_change_script(struct world *world, const char *name, const char *text);
void world_start(struct world *world);
void world_stop(struct world *world);

/* By the world's seed: the same ones each time. */
unsigned world_draw(struct world *world, unsigned below);

/* Have a job run, and wait for it. An error fails the test. */
void world_write(struct world *world, store_write_fn job, void *data);
void world_read(struct world *world, store_read_fn job, void *data);
/* Visits the results of an indicator, in order of period and group. */
void world_results(struct world *world, const char *indicator,
                   int (*visit)(void *data, const struct store_result *result), void *data);
/* Wakes the engine up, and waits until it has nothing to do. */
void world_wait_until_idle(struct world *world);
/* Waits for a flag that a callback sets. */
void world_run_until(struct world *world, const bool *flag);
/* Goes on a little: the engine is somewhere in its work. */
void world_run_a_little(struct world *world);

#endif
