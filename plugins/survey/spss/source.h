/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The open document as ReadStat reads it: nothing is opened, and nothing is read without end. */
#ifndef SURVEY_SPSS_SOURCE_H
#define SURVEY_SPSS_SOURCE_H

#include "format.h"

#include <readstat.h>

struct source {
    const struct document *document;
    char *piece;
    uint64_t piece_at; /* where in the document the piece begins */
    size_t piece_size;
    uint64_t at;     /* where is read next */
    uint64_t left;   /* bytes that may still be read */
    int error;       /* errno of what could not be read; 0: none */
    bool is_strange; /* more was asked for than a file of this size has reason to */
};

void source_open(struct source *source, const struct document *document);
/* To the beginning, once more. */
void source_begin(struct source *source);
/* false: there are not so many bytes. */
bool source_take(struct source *source, void *bytes, size_t size);
bool source_skip(struct source *source, int64_t size);

/* From the beginning. The source is to live as long as the parser. */
void source_attach(struct source *source, readstat_parser_t *parser);
void source_close(struct source *source);

#endif
