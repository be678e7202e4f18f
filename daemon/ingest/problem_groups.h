/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The problems of a delivery, counted by what they say: "column ai_3: 'mee eens!' is no known answer", 214
 * times. Memory is bounded: with GROUPS_KEPT different ones, those that are new are not told apart any more.
 */
#ifndef INGEST_PROBLEM_GROUPS_H
#define INGEST_PROBLEM_GROUPS_H

#include <stddef.h>
#include <stdint.h>

/* What fewer rows than GROUP_LEAST have in common may be what one person wrote: it is not told here. */
enum { GROUPS_KEPT = 1000, GROUPS_TOLD = 20, GROUP_LEAST = 5, LONGEST_GROUP_TEXT = 1024 };

struct problem_group {
    char *column; /* or NULL */
    char *text;
    uint64_t count, first_row; /* 0: it stands in none */
};

struct problem_groups;

struct problem_groups *problem_groups_make(void);
void problem_groups_free(struct problem_groups *groups);

/* Copied. A longer text than LONGEST_GROUP_TEXT is passed over. */
void problem_groups_add(struct problem_groups *groups, uint64_t row, const char *column, const char *text);

/* The largest, those of the same size by their first rows; how many there are. They belong to the groups. */
size_t problem_groups_largest(const struct problem_groups *groups,
                              const struct problem_group *largest[GROUPS_TOLD]);

#endif
