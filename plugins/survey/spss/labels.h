/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The value labels of an SPSS file, for a description. Answers are codes: nothing else needs the labels. */
#ifndef SURVEY_SPSS_LABELS_H
#define SURVEY_SPSS_LABELS_H

#include <readstat.h>
#include <stddef.h>

struct value_label {
    double code;
    char *text; /* as it stands in the file */
};

struct value_set {
    char *name; /* ReadStat's */
    struct value_label *list;
    size_t count, capacity;
};

struct value_sets {
    struct value_set *list;
    size_t count, capacity;
};

/* Labels of numbers, set after set; past bounds that nobody has reason to reach they are left out. */
void value_sets_take(struct value_sets *sets, const char *set, readstat_value_t value, const char *text);
/* NULL: there is no such set. */
const struct value_set *value_sets_find(const struct value_sets *sets, const char *set);
void value_sets_free(struct value_sets *sets);

/* Copies those of the set, or NULL, that label answers: none that the variable calls missing. */
void value_set_of_answers(const struct value_set *set, readstat_variable_t *variable, struct value_set *copy);
void value_set_free(struct value_set *set);

#endif
