/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The group that compute works on, as the script sees it: g.group, g.params, its inputs, and the groups that
 * it is compared with. Which of those the script looks at is noted, because the daemon brings them only when
 * it does.
 */
#ifndef SCRIPT_WORKER_GROUP_VIEW_H
#define SCRIPT_WORKER_GROUP_VIEW_H

#include "script/scripts.h"
#include "script/worker/input_view.h"
#include "script/worker/program.h"

/* A group of a request. Its cells are decoded when somebody looks at them. */
struct group_data {
    const char *path, *level, *period;
    double days;           /* that the period is long; 0: it is a wave */
    const uint8_t **bytes; /* one cell per input of the indicator */
    size_t *sizes;
    struct input_data *inputs; /* NULL: not decoded yet */
    bool shown;                /* some input has enough people; set with `inputs` */
};

/* One computation of a request. */
struct computation {
    const struct program_indicator *indicator;
    int64_t fewest; /* an input that fewer people answered is not shown to the script */
    struct group_data *groups;
    size_t own; /* index in `groups` */
    unsigned relations;
    struct compute_relatives relatives;
    unsigned needs; /* what the script looked at and the request does not bring */
};

/* Decodes the cells of a group. false: they cannot be read. Free with group_data_free. */
bool group_data_decode(struct group_data *group, const struct program_indicator *indicator, int64_t fewest);
void group_data_free(struct group_data *group, const struct program_indicator *indicator);

/* Pushes g of program_of(state)->computing, whose own group is decoded. */
void group_view_push(lua_State *state);

#endif
