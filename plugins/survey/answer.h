/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a text in the column of an item stands for. */
#ifndef SURVEY_ANSWER_H
#define SURVEY_ANSWER_H

#include "job.h"
#include "number.h"
#include "tool.h"

enum answer_kind { ANSWERED, UNANSWERED, WRONG };

/* What answers of a document are read by. */
struct answer_reader {
    const struct job *job;
    const struct tool *tool;
    struct decimal decimal;
};

/*
 * The item's own labels come first, also before numbers; then numbers, `missing`, the instrument's labels,
 * and what the tool itself writes. Of a response that was not sent off an empty answer has no label. WRONG:
 * it is nothing of these, and `number` says what it is as a number. Whether it lies in the item's range is
 * not looked at.
 */
enum answer_kind answer_read(const struct answer_reader *reader, const struct item *item, const char *text,
                             bool unfinished, double *value, enum number_kind *number);

/* The label that is the most like a text, the item's own before the instrument's; or NULL. */
const char *answer_nearest(const struct job *job, const struct item *item, const char *text);

#endif
