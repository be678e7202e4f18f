/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables in an .lss file that say what is asked, as they stand there. */
#ifndef SURVEY_LSS_STRUCTURE_H
#define SURVEY_LSS_STRUCTURE_H

#include "format.h"

/* In the order of their names in structure.c. Versions up to 3 have the texts in the rows of what they are
 * of, one for each language; later ones have tables of texts. */
enum table {
    TABLE_ANSWERS,
    TABLE_ANSWER_TEXTS,
    TABLE_GROUPS,
    TABLE_QUESTIONS,
    TABLE_QUESTION_TEXTS,
    TABLE_SUBQUESTIONS,
    TABLE_SURVEY_TEXTS,
    TABLES
};

enum key {
    KEY_AID,
    KEY_ANSWER,
    KEY_ASSESSMENT,
    KEY_CODE,
    KEY_GID,
    KEY_GROUP_ORDER,
    KEY_LANGUAGE,
    KEY_PARENT,
    KEY_QID,
    KEY_QUESTION,
    KEY_ORDER,
    KEY_SCALE,
    KEY_SORT,
    KEY_SURVEY_LANGUAGE,
    KEY_SURVEY_TITLE,
    KEY_TITLE,
    KEY_TYPE,
    KEYS
};

struct lss_row {
    char *values[KEYS]; /* NULL: the row does not have it */
};

struct lss_table {
    struct lss_row *rows;
    size_t count, capacity;
};

struct structure {
    struct lss_table tables[TABLES];
    size_t bytes, row_count; /* of all tables */
};

/* NULL, or why it is not read: a literal, or in `why`. To be freed in both cases. */
const char *structure_read(struct structure *structure, const struct document *document,
                           char why[LONGEST_REASON]);
void structure_free(struct structure *structure);

/* A value, or "". */
const char *lss_value(const struct lss_row *row, enum key key);
/* The same as a number; 0 where it is none. */
long lss_number(const struct lss_row *row, enum key key);

#endif
