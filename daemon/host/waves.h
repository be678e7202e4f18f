/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Responses whose wave a function of the script makes. They are held back, in batches, until the script's
 * worker has made their waves; what comes in behind them waits with them, so that everything stays in order.
 */
#ifndef HOST_WAVES_H
#define HOST_WAVES_H

#include "script/scripts.h"

#include <wijzer/record.h>

struct waves; /* of one document; owned by whoever opened it, until waves_close */

/* All on the loop. */
struct waves_callbacks {
    /* What was taken, in that order; every response has its wave. One of which the function could make none
     * comes as a problem of its row. */
    void (*record)(void *data, const struct wz_record *record);
    void (*problem)(void *data, const struct wz_problem *problem);
    /* A batch has gone through: there may be room again, and there may be nothing left. */
    void (*made)(void *data);
    /* The script cannot make them. What was held is gone; all there is left to do is waves_close. */
    void (*failed)(void *data, const char *why);
    void *data;
};

/* A script that does not answer for `patience_ms` cannot make them. */
struct waves *waves_open(uv_loop_t *loop, struct scripts *scripts, uint64_t patience_ms,
                         const struct waves_callbacks *callbacks);
/* At any time; drops what is held. `closed` comes on the loop, later, and nothing else comes any more. */
void waves_close(struct waves *waves, void (*closed)(void *data), void *data);

/* Hand it in: at once where nothing is held, else it is copied. */
void waves_take_record(struct waves *waves, const struct wz_record *record);
void waves_take_problem(struct waves *waves, const struct wz_problem *problem);
/* Nothing follows. */
void waves_end(struct waves *waves);

/* Enough is held: stop feeding until `made` is called. */
bool waves_are_full(const struct waves *waves);
bool waves_are_empty(const struct waves *waves);

#endif
