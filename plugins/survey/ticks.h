/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions with several answers, which have a column each, or one cell for all. */
#ifndef SURVEY_TICKS_H
#define SURVEY_TICKS_H

#include "columns.h"
#include "tool.h"

enum tick {
    NO_TICK, /* the column holds an answer like any other, or none */
    TICKED,
    NOT_TICKED,       /* another choice of the question was, or a 0 says so */
    PASSED_OVER,      /* -99 says that none was */
    TICKED_BY_NUMBER, /* numbers stand for the choices, and which are meant is not known */
};

/* Of a column whose heading has a part. What repeats that part is a tick. */
enum tick tick_read(const struct heading *heading, const struct row *row, size_t column);

/* Of an item that is a choice of a question of several answers in one cell: "ChatGPT;Copilot;". */
enum tick choice_read(const struct columns *columns, size_t item_count, size_t item, const char *text,
                      char separator);

#endif
