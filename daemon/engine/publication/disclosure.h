/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which groups of a tree have to be withheld besides those that must be, so that nothing about too few
 * people, and no withheld group, can be computed from what is published.
 *
 * The worst is assumed of a script: that whatever it makes of a group gives away the exact sums over the
 * group's people. What can be computed of sums by adding and subtracting is the linear span of the published
 * groups. Groups lie inside or beside each other, never across, so that span is the span of the *remainders*:
 * of each published group, the people in it who are in no published group inside it. Remainders do not
 * overlap, so a set of people can be computed if and only if it is a union of remainders. Hence what is
 * published is safe if and only if
 *   1. every remainder is empty or has at least `least` people, and
 *   2. no withheld group is a union of remainders: each has people who are in no published group inside it,
 * and the remainder of a published group does not lie inside one withheld group - it comes from two groups
 * next below it, or more, or from people who are in none of those.
 *
 * Of all safe ways, one that costs least is found, exactly: a group is published, or hands the people whom
 * nothing published inside it covers up to the group around it, and of them it only matters how many there
 * are, up to `least`, and from how many groups next below they come, up to two. So a dynamic programme from
 * the leaves up takes time and memory of groups x `least` (x `least` where many groups are nested); no linear
 * or integer programme is needed, as it is for tables whose groups lie across each other.
 *
 * The problem is cell suppression: primary cells are given, complementary ones are to be found at the least
 * cost (M. Fischetti and J. J. Salazar, "Solving the cell suppression problem on tabular data with linear
 * constraints", Management Science 47(7), 2001; A. Hundepool and others, "Statistical Disclosure Control",
 * Wiley, 2012), here for one hierarchical variable, with exact disclosure only, and with a minimum for what
 * withheld groups sum up to.
 */
#ifndef ENGINE_DISCLOSURE_H
#define ENGINE_DISCLOSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DISCLOSURE_NO_PARENT SIZE_MAX

struct disclosure_group {
    size_t parent;  /* index of the group around it, which comes before it; DISCLOSURE_NO_PARENT: none */
    int64_t people; /* in it; not 0 */
    int64_t own;    /* of them, in none of the groups next below it: all, where there are none below */
    uint64_t cost;  /* of withholding it; of all together less than 2^64 */
    bool withheld;  /* in: it must be; out: it is */
};

/* `least` is from 1 to 1000. `overlapping`: one person may be in several groups that lie beside each other,
 * so the people of several are counted as those of the largest, which they are at least. Of equally cheap
 * ways it takes the same one for the same groups in the same order. */
void disclosure_solve(struct disclosure_group *groups, size_t count, int64_t least, bool overlapping);

#endif
