/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a document holds, for a person who is to write an instrument for it (the job {"describe": true}). Each
 * piece is a JSON object. The first is of the whole:
 *
 *     {"document": "csv", "tool": "limesurvey", "rows": 412, "title": {"nl": "...", "en": "..."}}
 *
 * where `tool` and `title` may be missing, and `rows` is there where it has rows. The others are its columns,
 * in order:
 *
 *     {"name": "Q1[SQ001]", "role": "item", "nl": "...", "en": "...", "range": [1, 5],
 *      "labels": [{"text": "A1", "code": 1}, ...], "missing": ["NA"], "guess": "..."}
 *
 * `role` is what a column is: "item", "respondent", "submitted", "wave", "group" or "other" (then `why` says
 * what it is instead). All else may be missing. `level` is what its groups are, also of an item that may
 * stand for groups; with `level_guess` nothing says that it has any. `guess` says what a person is to look
 * at. What answers there are is told only of items, that have few of them: no text that somebody wrote, and
 * nothing that tells one respondent from another.
 */
#ifndef SURVEY_DESCRIBE_H
#define SURVEY_DESCRIBE_H

#include "job.h"

#include <wijzer/plugin.h>

void describe_run(const struct job *job, const struct wz_decode *decode);

#endif
