/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inside the engine room: a check (engine/check.h) that is wanted or under way. */
#ifndef ENGINE_CHECKING_H
#define ENGINE_CHECKING_H

#include "engine/check.h"
#include "engine/internal.h"

enum check_stage { CHECK_CELLS, CHECK_RESULTS };

struct checking {
    enum check_stage stage;
    size_t next_input;
    struct engine_check found;
    engine_checked_fn done;
    void *data;
};

/* Something is not what was computed now. Takes the text over. */
void checking_differs(struct checking *checking, char *what);
/* Compares a result with the one that is kept; `exists` false: there should be none. */
int checking_result(struct checking *checking, struct store_view *view, uint32_t indicator,
                    const struct store_result *computed, bool exists, bool *same, struct error *error);

#endif
