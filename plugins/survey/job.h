/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the decoder is told: the instrument, as a script declares it, and how the file is written. */
#ifndef SURVEY_JOB_H
#define SURVEY_JOB_H

#include "charset.h"
#include "dates.h"

struct label {
    char *text; /* folded, see base/fold.h */
    double code;
};

/* In the order of their texts. */
struct labels {
    struct label *labels;
    size_t count;
};

enum { LANGUAGES = 2 };

struct item {
    char *name;
    char *texts[LANGUAGES]; /* the question in Dutch and English, folded; NULL: not declared */
    bool has_range;
    double low, high;
    struct labels labels; /* its own, which come before the instrument's */
};

struct level {
    char *name, *column;
};

struct missing {
    char *text; /* folded; NULL: a number */
    double number;
};

struct job {
    char *instrument;
    char *respondent, *submitted, *wave; /* columns; NULL where the instrument has none */
    bool wave_is_made;                   /* by a function of the script, of the whole row */
    struct level *levels;                /* outermost first */
    size_t level_count;
    struct item *items;
    size_t item_count;
    struct labels labels;
    struct missing *missing;
    size_t missing_count;
    bool describes; /* no instrument is there yet: all above is empty */
    /* To be detected where they are 0. */
    char delimiter, decimal;
    enum charset charset;
    enum date_order dates;
    char *sheet; /* the name of one, of a workbook; NULL: not told */
};

/* The label with this folded text, or NULL. */
const struct label *labels_find(const struct labels *labels, const char *folded);

/* false: the text is no order. */
bool job_read(struct job *job, const char *text);
void job_free(struct job *job);

#endif
