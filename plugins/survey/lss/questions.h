/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The columns that the export of a survey's answers has, made of its structure. */
#ifndef SURVEY_LSS_QUESTIONS_H
#define SURVEY_LSS_QUESTIONS_H

#include "structure.h"

/* Rows of a table that are one thing, in several languages. */
struct slice {
    const struct lss_row *rows;
    size_t count;
};

enum asked {
    ASKED_NOTHING, /* of use to an instrument: `why` */
    ASKED_NUMBER,
    ASKED_SCALE,   /* numbers from `low` to `high` */
    ASKED_WORDS,   /* answers that LimeSurvey has itself: `words` */
    ASKED_ANSWERS, /* those of the question, on `scale` */
};

struct word_code {
    const char *word; /* NULL: there are no more */
    double code;
};

struct lss_column {
    char *name;
    enum asked asked;
    const char *why;
    long low, high;
    const struct word_code *words;
    long scale;
    bool has_order;     /* its answers are an order, of which the numbers mean something */
    const char *ending; /* what LimeSurvey puts behind its text; or NULL */
    int rank;           /* of a question whose answers are put in order; or 0 */
    struct slice question;
    struct slice parts[2]; /* sub-questions; none: `rows` is NULL */
};

struct lss_columns {
    struct lss_column *list;
    size_t count;
};

/* Orders the tables of the structure, which the columns point into. Columns beyond MOST_COLUMNS are left out.
 */
void columns_of_structure(struct lss_columns *columns, struct structure *structure);
void lss_columns_free(struct lss_columns *columns);

/* The rows of a table that is ordered by that key, where it has this value. */
struct slice lss_rows_with(const struct lss_table *table, enum key key, long value);
/* Of rows that are ordered by scale too: those of one. */
struct slice lss_rows_on(const struct slice *rows, long scale);
/* The first rows that are the same thing, by its id or code; and what is left behind them. */
struct slice lss_first_of(const struct slice *all, enum key id);
struct slice lss_behind(const struct slice *all, const struct slice *first);

#endif
