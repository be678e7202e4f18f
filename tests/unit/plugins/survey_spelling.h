/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes one table in any of the spellings that exports come in. */
#ifndef TEST_SURVEY_SPELLING_H
#define TEST_SURVEY_SPELLING_H

#include "base/buf.h"

enum set { SET_UTF_8, SET_UTF_16LE, SET_UTF_16BE, SET_WINDOWS_1252 };

struct spelling {
    char delimiter, decimal;
    enum set set;
    bool mark;            /* a byte order mark, where the set has one */
    const char *line_end; /* NULL: LF, CRLF and CR in turn */
    bool first_line;      /* sep= */
    bool all_quoted;      /* else where it must be */
    size_t trailing;      /* empty columns at the end of each row, and empty rows at the end of the file */
    bool heading_trails;  /* the heading has them too */
};

/* Cells in UTF-8, row by row, the heading first. '#' in a cell stands for the decimal sign. */
struct buf spell(const struct spelling *spelling, const char *const *cells, size_t columns, size_t rows);

/* A text in another set. */
struct buf in_set(enum set set, const char *text);

#endif
