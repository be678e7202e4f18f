/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What cells, waiting cells and results of a survey have to be, found out from the log's entries alone, one
 * after the other: by how far what came in is said to be released. It shares no code with the engine but that
 * which decodes a cell.
 */
#ifndef TESTS_ENGINE_RECOUNT_H
#define TESTS_ENGINE_RECOUNT_H

#include "answers.h"
#include "world.h"

enum { MOST_PERIODS = 8, MOST_GROUPS = 64, MOST_PEOPLE = 64, SIDES = 2 };

/* The indicators of the first side are named i1, i2, ..., those of the other, that makes the same numbers in
 * other words, z1, z2, ...; each by its input's number. */
enum side { EARLY = 0, LATE = 1 };

/* How far a group is released, as the store says. */
struct recount_release {
    uint32_t period, group;
    uint64_t position;
    bool wanted;
};

struct recount_result {
    enum side side;
    enum input_number input;
    uint32_t period, group;
    bool published;
    struct store_result value; /* without its texts but `extra`, which is owned */
};

/* One moment of the store. */
struct recount {
    struct world *world;
    uint32_t parents[MOST_GROUPS];
    char levels[MOST_GROUPS][8];
    size_t group_count; /* numbers are below it */
    size_t period_count;
    struct recount_wave {
        int64_t starts, latest;
        size_t responses; /* that count */
        char label[8];
    } waves[MOST_PERIODS];
    uint32_t item_ids[ITEMS];
    struct recount_release *releases;
    size_t release_count;
    struct recount_result *results;
    size_t result_count;
    uint64_t log_end;
    size_t waiting;                        /* groups that have waiting cells */
    bool waits[MOST_PERIODS][MOST_GROUPS]; /* are there waiting cells? */
    bool has_late;                         /* do scripts declare the other side? */
    uint32_t input_ids[SIDES][INPUTS + 1]; /* by input */
    /* By input: the people of whom numbers came or went after `since`. */
    uint64_t touched[INPUTS + 1][MOST_PERIODS][MOST_GROUPS];
    struct total { /* of the numbers of tally 0 that are released */
        double sum;
        int64_t people;
    } totals[INPUTS + 1][MOST_PERIODS][MOST_GROUPS];
    struct part { /* see recount.c */
        unsigned what;
        uint32_t input, period, group;
        size_t tally;
        double value;
        int64_t count;
    } * parts;
    size_t part_count, part_capacity;
};

/* Takes the moment down, and fails the test where it is not what the log says. With an earlier moment, it
 * also finds out who has been `touched`: in each group, whoever has entries that are not in what was released
 * then.
 */
void recount_take(struct recount *recount, struct world *world, const struct recount *since);
void recount_free(struct recount *recount);
/* Is it released as far as this position? */
bool recount_covers(const struct recount *recount, uint32_t period, uint32_t group, uint64_t position);
/* NULL: there is none. */
const struct recount_result *recount_find(const struct recount *recount, const struct recount_result *like);
bool recount_same_value(const struct recount_result *one, const struct recount_result *other);
/* The outermost group around. */
uint32_t recount_root(const struct recount *recount, uint32_t group);

#endif
