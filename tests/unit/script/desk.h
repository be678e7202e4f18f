/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder of scripts and the scripts room on it, with its real worker, as the engine uses it. */
#ifndef TESTS_SCRIPT_DESK_H
#define TESTS_SCRIPT_DESK_H

#include "folder.h"
#include "script/scripts.h"

struct desk {
    uv_loop_t loop;
    uv_timer_t patience;
    char folder[FOLDER_LENGTH];
    struct scripts *scripts;
    unsigned changes;
    bool ready, stopped;
};

/* false: it has no folder. */
bool desk_open(struct desk *desk);
/* Stops the scripts where they run; nothing is left on the loop, or in the folder. */
int desk_close(struct desk *desk);
/* Loads what is in the folder. Zeroed options are the usual ones, with 300 ms a call; the folder and the
 * worker are the desk's. */
void desk_start(struct desk *desk, const struct scripts_options *options);
void desk_stop(struct desk *desk);

void desk_save(const struct desk *desk, const char *name, const char *text);
void desk_erase(const struct desk *desk, const char *name);

/* Fails the test where it takes 20 seconds. */
void desk_run_until(struct desk *desk, const bool *flag);
/* From now on; for a loop of the test's own. */
void desk_be_patient(struct desk *desk);
void desk_run_until_changes(struct desk *desk, unsigned changes);

/* Asks an indicator for one group, whose only input has these answers. `done` is called with it. */
void desk_compute(struct desk *desk, const char *indicator, int64_t fewest, const double *answers,
                  size_t count, compute_done_fn done, void *data);

#endif
