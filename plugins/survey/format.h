/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a document is written as, and how its rows are got out of it. A format is a folder or file of its own
 * and a line in format.c. What a survey tool does with the rows is no matter of the format: see tool.h.
 */
#ifndef SURVEY_FORMAT_H
#define SURVEY_FORMAT_H

#include "dates.h"
#include "job.h"
#include "number.h"
#include "tool.h"

#include <sys/types.h>
#include <wijzer/plugin.h>

#define WHOLE_DOCUMENT SIZE_MAX

enum { HEAD_SIZE = 64 * 1024, LONGEST_REASON = 300 };

struct format;
struct cJSON;

struct document {
    const struct wz_decode *decode;
    const struct job *job;
    const struct format *format;
    void *state;            /* the format's own, from open to close */
    struct decimal decimal; /* how its numbers are written */
};

/* What is known of a document from a time when there was more of it. */
struct known {
    struct first_rows heading; /* its rows, and no others */
    const char *tool;          /* the name of the tool, or NULL */
    enum date_order dates;
    bool has_numbers; /* that were no texts: they have a decimal point */
};

struct format {
    const char *name; /* "csv": what the report of an import says */
    /* A field stands in its column whatever stands before it, so that what is beyond the heading is nothing.
     */
    bool fields_have_places;

    /* By its first bytes, HEAD_SIZE of them or all there are. */
    bool (*is)(const char *head, size_t size);
    /* Sees how the document is written, and sets `decimal` to what it is where nothing else tells. NULL, or
     * why it is not read: a literal, or in `why`. `close` is called after both. */
    const char *(*open)(struct document *document, const char *head, size_t size, char why[LONGEST_REASON]);
    void (*close)(struct document *document);

    /* Its first rows, as many as are at hand. Whether they are whole is said when they are read. NULL: there
     * is nothing to see in them, for its numbers are no texts, and are given with a decimal point. */
    void (*peek)(const struct document *document, const struct row_taker *taker);
    /* All rows, from the first; may be called again. NULL, or why it cannot be read on. */
    const char *(*read)(const struct document *document, const struct row_taker *taker,
                        char why[LONGEST_REASON]);

    /* NULL: nothing is known but what its rows tell. Where something is, the heading is not among them. */
    const struct known *(*known)(const struct document *document);

    /* Notes what the document turned out to be; also called again where more has shown. */
    void (*note)(const struct document *document);
    /* What is wrong with a field, and what to do, for the faults that are the format's own. */
    const char *(*fault)(const struct document *document, enum fault fault, char why[LONGEST_REASON]);
    /* Why a heading of one column may be no heading at all; or NULL: there is nothing to say. May be NULL. */
    const char *(*undivided)(const struct document *document);
    /* For a description: adds what the document itself knows of a column, or of the whole where `column` is
     * WHOLE_DOCUMENT, to its JSON (see describe.h). NULL: no more than its rows say. */
    void (*about)(const struct document *document, size_t column, struct cJSON *json);
};

/* Finds the format and opens the document. NULL, or why it is not read. To be closed in both cases. */
const char *document_open(struct document *document, const struct job *job, const struct wz_decode *decode,
                          char why[LONGEST_REASON]);
void document_close(struct document *document);

/* Notes something that the document turned out to be, where the host can take it. */
void document_note(const struct document *document, const char *key, const char *text);
/* The same of a sentence for whoever sent it: see plugin.h. */
void document_hint(const struct document *document, const char *text);

/* As much of the document as there is; only the last piece is shorter. -1: it cannot be read, see errno. */
ssize_t document_read_at(const struct document *document, char *bytes, size_t size, uint64_t offset);

#endif
