/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which answers of a survey may be let into what is published, so that nobody can compute from two moments
 * what one moment withholds.
 *
 * What comes in of a *leaf* (the innermost group on a response's path) waits, and is released all at once.
 * What can be computed at a moment is what could be before, and how the release changes the remainders
 * (engine/publication/disclosure.h) of what is published now: for a group that is, and was not, had nobody.
 * So what can be computed from all moments together is the linear span of these changes. Take any sum of such
 * changes, each times a number that is not 0, and in it the last one: no other takes out the answers that
 * came with it, so they are all in the sum. Hence a release is safe when of every remainder that it changes
 *   1. at least `min_change` answers come to it: then nothing is computed about fewer people; and
 *   2. not all that come are of one group that is withheld: then no such group is computed, nor a part of it.
 * A remainder that nobody was in before needs neither: all that is in it is new, and at one moment it may be
 * published (engine/publication/publication.h).
 *
 * That answers go does not count for 1: of four who come, and three who go again, one would be left to see.
 * So who is withdrawn waits for others who come. Nor would it be enough to ask for 2 when a group gets its
 * first people: those who came with them can go.
 *
 * A group that has people and is withheld stays so for the rest of the period. So that this does not befall a
 * group for being small at first, nor another one for its sake, its answers wait while the wave is open,
 * until there are enough of them for everything, or twice as many as an indicator needs. Once the wave is
 * closed, nobody waits for that any more. One that is published stays so, for when many go, what is left may
 * be what came at moments that were seen: a release that would end it waits. (If it ends whatever is
 * released, as by a higher minimum, so be it.)
 *
 * It is asked of every tally (stats/cell.h) of every input, for a derived number may be of few of those who
 * answered, and of every measure (engine/publication/publication.h) that the input belongs to; see
 * engine/release/check.h.
 *
 * Who has moved from another leaf may have said the same there, and two remainders together tell what he has
 * not to do with: so he does not count for 1 and 2, nor is a remainder new to which he comes. Not prevented
 * is that a withheld group becomes, by people who move to it, just those whose sum was known before; nor what
 * follows for those who know that somebody has said again what he had said before he said something else.
 */
#ifndef ENGINE_RELEASE_H
#define ENGINE_RELEASE_H

#include "engine/publication/publication.h"

/* What a tally gains and loses: as many answers that came, and that went. Somebody who said something else is
 * in both. */
struct release_change {
    int64_t came, went;
};

struct release_plan {
    /* The counts are as `count` leaves them. Of each indicator `published` is, in: what was; out: what is,
     * with the release. `stays_withheld` is to be true wherever there were people and it was withheld; a
     * group of which it is not is decided anew, and may be told by what was published before. */
    const struct publication_tree *tree;
    int64_t min_change; /* 1: all is released, and decided anew */
    bool is_open;       /* the wave */
    size_t leaf_count;
    const size_t *leaf_groups; /* by leaf: the innermost group of the tree that it lies in, or is */
    const bool *is_wanted;     /* by leaf: it must not wait, come what may */
    const int64_t *moved;      /* by leaf: at most how many of those who come have answers in another one that
                                  are released, or were; NULL: nobody */
    size_t tally_count;
    const size_t *tally_measures;         /* by tally MEASURES_AN_INPUT: of its input */
    const struct release_change *changes; /* by leaf, and in it by tally */
    /* Makes the counts of the tree's indicators what they are once these leaves are released. */
    void (*count)(void *data, const bool *released);
    void *data;
    bool *released; /* by leaf. Out: is it released? */
};

/* Of all leaves as many as are found to be safe together; not always the most there could be. */
void release_decide(struct release_plan *plan);

#endif
