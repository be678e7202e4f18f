/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "answer.h"

#include "base/fold.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>

static bool is_missing_number(const struct job *job, double number)
{
    for (size_t i = 0; i < job->missing_count; i++)
        if (!job->missing[i].text && job->missing[i].number == number)
            return true;
    return false;
}

static bool is_missing_text(const struct job *job, const char *folded)
{
    for (size_t i = 0; i < job->missing_count; i++)
        if (job->missing[i].text && strcmp(job->missing[i].text, folded) == 0)
            return true;
    return false;
}

bool answer_is_missing(const struct job *job, const char *text)
{
    char folded[LONGEST_ANSWER], *end;
    if (!job->missing_count || !text[0])
        return false;
    const double number = strtod(text, &end);
    fold_into(text, folded, sizeof folded);
    return is_missing_text(job, folded) || (!*end && is_missing_number(job, number));
}

static const struct label *find_label(const struct job *job, const struct item *item, const char *folded)
{
    const struct label *own = labels_find(&item->labels, folded);
    return own ? own : labels_find(&job->labels, folded);
}

/* An answer with its code beside its text: one of them has a label, or both have the same. */
static const struct label *find_cut_label(const struct answer_reader *reader, const struct item *item,
                                          const char *folded)
{
    char code[LONGEST_ANSWER], text[LONGEST_ANSWER];
    if (!reader->tool->cut_answer || !reader->tool->cut_answer(folded, code, text))
        return NULL;
    const struct label *by_text = find_label(reader->job, item, text),
                       *by_code = find_label(reader->job, item, code);
    if (by_text && by_code && by_text->code != by_code->code)
        return NULL;
    return by_text ? by_text : by_code;
}

static enum answer_kind read_words(const struct answer_reader *reader, const struct item *item,
                                   const char *text, double *value)
{
    char folded[LONGEST_ANSWER];
    fold_into(text, folded, sizeof folded);
    if (!folded[0] || is_missing_text(reader->job, folded))
        return UNANSWERED;
    const struct label *label = find_label(reader->job, item, folded);
    if (!label)
        label = find_cut_label(reader, item, folded);
    if (label) {
        *value = label->code;
        return ANSWERED;
    }
    switch (reader->tool->word ? reader->tool->word(folded, value) : NOT_A_WORD) {
    case WORD_NUMBER:
        return ANSWERED;
    case WORD_NONE:
        return UNANSWERED;
    default:
        return WRONG;
    }
}

static bool has_own_label(const struct item *item, const char *text, double *value)
{
    char folded[LONGEST_ANSWER];
    fold_into(text, folded, sizeof folded);
    const struct label *label = labels_find(&item->labels, folded);
    if (label)
        *value = label->code;
    return label != NULL;
}

static enum answer_kind read_value(const struct answer_reader *reader, const struct item *item,
                                   const char *text, double *value, enum number_kind *number)
{
    *number = A_NUMBER;
    if (item->labels.count && has_own_label(item, text, value))
        return ANSWERED;
    if (text[0] >= '0' && text[0] <= '9' && !text[1]) {
        *value = text[0] - '0'; /* nearly all answers */
        return ANSWERED;
    }
    *number = number_read(text, reader->decimal, value);
    if (*number == A_NUMBER && reader->tool->joins_numbers && !reader->decimal.is_told && strchr(text, ','))
        *number = JOINED_NUMBERS;
    return *number == A_NUMBER ? ANSWERED : read_words(reader, item, text, value);
}

enum answer_kind answer_read(const struct answer_reader *reader, const struct item *item, const char *text,
                             bool unfinished, double *value, enum number_kind *number)
{
    if (!text[0] && (unfinished || !item->labels.count || !has_own_label(item, text, value)))
        return UNANSWERED;
    const enum answer_kind kind = text[0] ? read_value(reader, item, text, value, number) : ANSWERED;
    const bool is_missing =
        kind == ANSWERED && reader->job->missing_count && is_missing_number(reader->job, *value);
    return is_missing ? UNANSWERED : kind;
}

static const char *nearest_of(const struct labels *labels, const char *folded)
{
    const char **texts = mem_alloc(labels->count * sizeof *texts);
    for (size_t i = 0; i < labels->count; i++)
        texts[i] = labels->labels[i].text;
    const char *nearest = nearest_name(folded, texts, labels->count);
    free(texts);
    return nearest;
}

const char *answer_nearest(const struct job *job, const struct item *item, const char *text)
{
    char folded[LONGEST_ANSWER];
    fold_into(text, folded, sizeof folded);
    const char *own = nearest_of(&item->labels, folded);
    return own ? own : nearest_of(&job->labels, folded);
}
