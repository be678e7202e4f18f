/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A file of statements, cut into the JSON of each: it is read once, and no more of it is in memory than one
 * statement and what is read ahead.
 *
 * Such a file is either lines, each of which is a statement (JSON Lines; then one that is no JSON does not
 * hide the next), or JSON values one after the other, each of which is a statement, an array of them, or a
 * StatementResult (xAPI 1.0.3, Communication 2.1.3). A byte order mark of UTF-8 is passed over.
 */
#ifndef XAPI_FILE_PIECES_H
#define XAPI_FILE_PIECES_H

#include "files/bytes.h"

enum file_form { FORM_LINES, FORM_VALUES };

struct piece {
    const char *text; /* lives until the next */
    size_t size;
    bool is_too_long; /* the text was passed over */
    uint64_t line;    /* where it begins, from 1 */
    uint64_t number;  /* of FORM_LINES its line, else of the statement, from 1 */
};

/* Where it is in a file of FORM_VALUES. */
enum pieces_place { BETWEEN_VALUES, IN_ARRAY, IN_RESULT, IN_ARRAY_OF_RESULT };

struct pieces {
    struct file_bytes bytes;
    struct buf window; /* what is read ahead */
    size_t at;         /* in the window */
    size_t kept;       /* what stands before it there is needed no more */
    uint64_t line;     /* of what is at `at` */
    uint64_t count;    /* of statements */
    size_t longest;    /* text of a piece; a longer one is passed over */
    const char *fault; /* why it cannot go on; NULL: it can */
    enum file_form form;
    enum pieces_place place;
    bool has_begun, has_ended;
    bool is_behind_comma, is_first; /* in an array or a StatementResult */
    bool has_more;                  /* a StatementResult that leads on to another page was met */
};

struct pieces pieces_of(int descriptor, size_t longest);
void pieces_free(struct pieces *pieces);
/* 1: there is one; 0: the file is at its end; -1: `fault` says why it cannot be read on, and `line` where. */
int pieces_next(struct pieces *pieces, struct piece *piece);

#endif
