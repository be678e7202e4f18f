/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside release_decide: which answers wait for the sake of groups, so that these are not withheld for good
 * for being small at first, and stay published once they are.
 */
#ifndef ENGINE_RELEASE_MARKS_H
#define ENGINE_RELEASE_MARKS_H

#include "engine/release/release.h"

/* By indicator and group, in this order: */
struct release_past {
    bool *was;  /* published before */
    bool *had;  /* people before */
    bool *kept; /* published, if only what is wanted is released */
};

/* The most people that any input of the indicator has in the group; 0: it is not computed for its level. */
int64_t release_most_people(const struct publication_indicator *indicator, size_t group);

/* Both mark released leaves, but for those that are wanted, because of what is published now. Was any marked?
 */

/* While the wave is open: leaves through which a group gets its first people and is withheld, itself or
 * another one for its sake, because there are too few yet. */
bool release_mark_small(const struct release_plan *plan, const struct release_past *past, bool *marked);

/* Leaves through which a group that was published would not be any more. Some of them may have no part in it.
 */
bool release_mark_losses(const struct release_plan *plan, const struct release_past *past, bool *marked);

#endif
