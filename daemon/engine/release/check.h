/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside release_decide: which changes would let somebody compute, from what is published and what was
 * before, something about too few people or of a withheld group. The conditions, and why they are enough, are
 * those of engine/release/release.h. Each is asked
 *   - of every measure, and of what is published by indicators that need at least so many people, as
 *     engine/publication/publication.h does;
 *   - in it, of every tally on its own. But the measure that most inputs share ("everybody") is of people who
 *     are by and large the same, and one number of few among them must not hold back all the others where
 *     nothing of that number is published: there the largest change of all its tallies stands for them.
 */
#ifndef ENGINE_RELEASE_CHECK_H
#define ENGINE_RELEASE_CHECK_H

#include "engine/release/release.h"

/* People of each indicator, group and input before the release, in this order. */
int64_t *release_count_people(const struct publication_tree *tree);

/* Marks the released leaves, but for those that are wanted, that are part of what would be computed of what
 * is published now. `before` is as above. Was any marked? */
bool release_check(const struct release_plan *plan, const int64_t *before, bool *marked);

#endif
