/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of one cell, put together piece by piece, and bounded. */
#ifndef SURVEY_XLSX_CELL_TEXT_H
#define SURVEY_XLSX_CELL_TEXT_H

#include "row.h"

struct cell_text {
    char *text;    /* ends with NUL when it is ended; owned */
    size_t length; /* of what is kept of it */
    size_t whole;  /* of all of it, from its first byte that is not blank to the last */
    size_t seen;
    enum fault fault;
};

/* Zero it; to be freed with cell_text_free. */
void cell_text_begin(struct cell_text *cell);
void cell_text_add(struct cell_text *cell, const char *text, size_t length);
/* Takes off blanks and line ends around it, and makes characters of "_x000D_": ECMA-376 part 1, 22.9.2.19. */
void cell_text_end(struct cell_text *cell);
void cell_text_free(struct cell_text *cell);

#endif
