/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is what is kept what the log says? Every input is added up once more from the log's beginning, by the code
 * that does it otherwise, and its cells are compared; then every result is computed once more from the cells.
 * Nothing else happens to cells and results meanwhile, and nothing of it is kept.
 */
#ifndef ENGINE_CHECK_H
#define ENGINE_CHECK_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

struct engine;

enum { CHECK_DIFFERENCES_KEPT = 20 };

struct engine_check {
    uint64_t inputs, cells, results;    /* that were compared */
    uint64_t skipped;                   /* inputs and results whose script fails now */
    uint64_t different;                 /* cells and results */
    char *said[CHECK_DIFFERENCES_KEPT]; /* what the first ones are, without any number of them */
};

/* `error` is NULL, or says why it came to no end; the rest lives for the call. */
typedef void (*engine_checked_fn)(void *data, const struct engine_check *check, const struct error *error);

/* Begins when everything else is done. `done` comes on the loop, also when the engine stops. -1: one is under
 * way already. */
int engine_check(struct engine *engine, engine_checked_fn done, void *data, struct error *error);

#endif
