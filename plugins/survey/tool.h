/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a survey tool does with the rows of its exports: how many of them are the heading, what that says of
 * the columns, and which rows are answers. A tool is a file of its own and a line in tool.c. What the
 * document is written as is no matter of the tool: see format.h.
 */
#ifndef SURVEY_TOOL_H
#define SURVEY_TOOL_H

#include "row.h"

#include "base/fold.h"

enum { MOST_HEADING_ROWS = 3, MOST_MARKS = 3, LONGEST_ANSWER = FOLD_ROOM(512) };

/* What the columns are called. Owned by the reader of the rows. Where there is nothing to say of a column, or
 * of all of them, it is NULL. */
struct heading {
    uint64_t row; /* the number of its first row */
    size_t width;
    char **names;          /* the code of a question, or all that the heading says; "": it has none */
    char **texts;          /* the question as people read it */
    char **codes;          /* another name, by which the tool itself knows the column */
    char **parts;          /* of its text, what is its alone: one line of a table of questions, or a choice */
    size_t *questions;     /* the first of those columns; where there is a part */
    bool *is_choice;       /* whatever stands in the column says that its part was chosen */
    char *zone;            /* of its dates, as in the tz database; NULL: that of the decoder */
    int marks[MOST_MARKS]; /* columns that the tool itself looks at, or -1 */
    size_t *keys;          /* columns that tell a response from all others, in other files too; each once */
    size_t key_count;      /* 0: only its place in the file does */
    bool keys_may_repeat;  /* in rows below each other, which are two responses all the same */
    const char *called;    /* what people call the heading; NULL: it is the first row */
};

/* The first rows of a document, as far as there are any. */
struct first_rows {
    struct row rows[MOST_HEADING_ROWS];
    size_t count;
};

enum row_kind {
    ROW_ANSWERS,
    ROW_UNFINISHED, /* the respondent has not sent it off */
    ROW_LEFT_OUT,   /* nobody's answers: a try of whoever made the survey */
};

/* What a tool itself writes for an answer, whatever the survey says. */
enum word { NOT_A_WORD, WORD_NONE, WORD_NUMBER };

struct tool {
    const char *name; /* what the report of an import says; NULL: nothing is known of it */
    bool (*is)(const struct first_rows *first);
    size_t heading_rows;
    const char *const *nobody; /* what it writes for a respondent it does not know; NULL: nothing */
    bool ticks;         /* a column whose heading has a part may repeat that, for a choice that was made */
    char separator;     /* of the answers of one cell, where a question may have several; 0: there are none */
    bool joins_numbers; /* 1,2 may be two of those answers */
    bool dashes_tell_nothing; /* 1-5-2024 may have the month first, as 1/5/2024 may in all files */
    /* Names the columns; everything is NULL, and takes copies. */
    void (*name_columns)(const struct first_rows *first, struct heading *heading);
    /* NULL: all are answers. */
    enum row_kind (*kind)(const struct heading *heading, const struct row *row);

    /* All that follows may be left out. */

    /* One form for all in which the tool writes the same name; a copy. Names are compared in it where none is
     * the very same. */
    char *(*same_name)(const char *name);
    /* Cuts an answer that holds both its code and its text, folded (see base/fold.h). false: it does not. */
    bool (*cut_answer)(const char *answer, char code[LONGEST_ANSWER], char text[LONGEST_ANSWER]);
    /* What a folded answer is that neither the survey nor the instrument has a word for. */
    enum word (*word)(const char *answer, double *number);
    /* Is it a column that the tool adds to every survey? */
    bool (*is_own)(const char *name);
    /* What it writes for a choice that was ticked, where one that was not is an empty cell. */
    const char *ticked;
    const char *respondent, *submitted; /* the names of the columns that it has for these */
    const char *no_date;                /* as a date: it was sent off, and when is not told */
    char decimal;                       /* the sign of its decimals, where the document has none that tell */
};

/* The name of a column by one field of a heading; a copy. What cannot be read is no name, and is not mistaken
 * for one that is left out. */
char *tool_name_of(const struct field *field);
/* The same of a field of the first row; "" where that ends before it. */
char *tool_name_at(const struct first_rows *first, size_t column);
/* The text of a field of one of the first rows; "" where the row has none. */
const char *tool_field(const struct first_rows *first, size_t row, size_t column);

/* Adds a column to the keys. */
void tool_add_key(struct heading *heading, size_t column);

struct tool_taker {
    /* Called once, before every row. false: that was enough. */
    bool (*heading)(void *data, const struct heading *heading, const struct tool *tool);
    /* Rows below the heading that are not left out. */
    bool (*row)(void *data, const struct row *row, enum row_kind kind);
    void *data;
};

/* Finds the tool by the first rows, and hands the others over by it. */
struct tool_reader {
    struct tool_taker taker;
    const struct tool *tool; /* NULL: not known yet */
    struct heading heading;
    struct first_rows first;
    uint64_t left_out;
};

/* Zero it and set its taker. To be given every row of the document, and then told that it is at its end.
 * false: that was enough. */
bool tool_take(struct tool_reader *reader, const struct row *row);
bool tool_end(struct tool_reader *reader);
/* Instead of the rows of the heading: they are known, and so is the name of the tool (or NULL). */
bool tool_resume(struct tool_reader *reader, const struct first_rows *heading, const char *tool);
void tool_reader_free(struct tool_reader *reader);

#endif
