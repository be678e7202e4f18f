/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * For tests of engine/release/release.h: a school with groups, people who answer, answer anew, leave and
 * move, and indicators; and what is released of it, moment by moment.
 */
#ifndef RELEASE_SCHOOL_H
#define RELEASE_SCHOOL_H

#include "engine/release/release.h"

enum {
    DEPTH = 4,
    MOST_GROUPS = 9,
    MOST_LEAVES = 2 * MOST_GROUPS,
    MOST_VERSIONS = 64,
    MOST_PEOPLE = MOST_VERSIONS,
    MOST_INDICATORS = 4,
    MOST_INPUTS = 2
};

enum kind { ITEM_A, ITEM_B, SHARE_A, SCALE, LOOSE_SCALE, GAP, KINDS };
enum { MEASURES = 6 + KINDS };

/* Bit n is version n: what somebody answered, from when he did until he answered anew. */
typedef uint64_t versions;

struct person {
    bool is_there;
    size_t leaf;
    unsigned now;      /* the version that counts */
    versions versions; /* all of them */
};

struct indicator {
    enum kind inputs[MOST_INPUTS];
    size_t input_count, measures[MOST_INPUTS * MEASURES_AN_INPUT];
    int64_t least;
    bool is_by[MOST_GROUPS], published[MOST_GROUPS];
    struct publication_count counts[MOST_GROUPS * MOST_INPUTS];
};

/* Of an input: who is counted in it. */
struct school_tally {
    enum kind input, counted;
};

struct school {
    size_t parents[MOST_GROUPS], depths[MOST_GROUPS], group_count;
    size_t leaf_groups[MOST_LEAVES], leaf_count;
    struct person people[MOST_PEOPLE];
    size_t person_count;
    unsigned version_count, same_as[MOST_VERSIONS]; /* by version: itself, or the one that it says again */
    versions counted[KINDS];                        /* by kind: which count for it */
    versions given[MOST_LEAVES], released[MOST_LEAVES], ever_released;
    struct indicator indicators[MOST_INDICATORS];
    size_t indicator_count;
    struct school_tally tallies[KINDS + 1];
    size_t tally_count;
    int64_t min_change;
    bool all_answer, wanted[MOST_LEAVES];
};

void chance_begin(uint64_t seed);
unsigned chance_draw(unsigned below);

/* Of a group, what is released; and, of the leaves that `more` says, what waits as well (NULL: of none). */
versions school_answers(const struct school *school, size_t group, enum kind kind, const bool *more);
bool school_is_all_released(const struct school *school);

void school_draw(struct school *school);
void school_number_measures(enum kind kind, size_t *measures);
void school_add_tallies(struct school *school, enum kind input);

/* Where as many versions as there can be have been given, nothing happens. */
void school_come(struct school *school, size_t leaf, bool a, bool b);
void school_more_come(struct school *school, size_t leaf, int64_t count);
struct person *school_draw_person(struct school *school, size_t leaf); /* NULL: nobody is there */
void school_answer_anew(struct school *school, struct person *person, size_t leaf);
void school_move(struct school *school, struct person *person, size_t leaf); /* he says the same there */
void school_withdraw(struct school *school, struct person *person);
void school_happen(struct school *school);

void school_release(struct school *school, bool is_settled, bool is_open);
void school_release_with(struct school *school, bool is_settled, bool is_open, bool *released);
/* For comparison: everything at once, and decided anew. */
void school_release_at_once(struct school *school, bool is_settled, bool is_open);

#endif
