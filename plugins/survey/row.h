/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A row of a document, whatever that is written as, and how one is put together. */
#ifndef SURVEY_ROW_H
#define SURVEY_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LONGEST_FIELD = 64 * 1024, LARGEST_ROW = 8 << 20, MOST_COLUMNS = 10000 };

enum fault {
    NO_FAULT,
    FIELD_TOO_LONG,
    ROW_TOO_LONG, /* more than LARGEST_ROW */
    HAS_NUL,
    NOT_IN_CHARSET,
    IS_UTF_8,   /* in a file that was taken for Windows-1252 */
    MAY_BE_MAC, /* the same: old programs of the Mac end their lines so, and have another set */
};

enum field_kind {
    FIELD_TEXT,
    FIELD_NUMBER,     /* the document says so: its sign is a point, whatever texts of the document have */
    FIELD_ERROR,      /* of a spreadsheet; the text is its name, "#N/A" */
    FIELD_UNCOMPUTED, /* a formula without its result; the text is "?" */
};

struct field {
    const char *text; /* UTF-8; ends with NUL; "" where the field is at fault */
    size_t length;    /* as UTF-8 */
    enum field_kind kind;
};

/* A spreadsheet has the cell, and could not make a value for it. */
static inline bool field_has_no_value(const struct field *field)
{
    return field->kind == FIELD_ERROR || field->kind == FIELD_UNCOMPUTED;
}

struct row {
    uint64_t number; /* as whoever opens the file counts it; the first is 1 */
    const struct field *fields;
    size_t count;
    enum fault fault; /* of the field `faulty`, the first that has one */
    size_t faulty;
    /* Of a heading that the document brings itself, before its first row: what people call the columns that
     * the fields name, "" where they have no words for one. NULL: it is a row like others. */
    const struct field *texts;
};

struct row_taker {
    bool (*take)(void *data, const struct row *row); /* false: that was enough */
    void *data;
};

/* Rows one after another, in the same memory. Zeroed is ready. */
struct row_builder {
    char *text; /* field after field, each with its NUL */
    size_t text_size, text_capacity;
    struct field *fields;
    size_t *offsets;
    size_t count, capacity;
    enum fault fault;
    size_t faulty;
};

/* Adds a field, which is a copy. Blanks around it say nothing: they are to be taken off before. With a fault
 * its text is left out. Fields beyond MOST_COLUMNS are dropped. */
void row_add(struct row_builder *builder, const char *text, size_t length, enum fault fault);
/* The same with a field that is no text and has no fault. */
void row_add_kind(struct row_builder *builder, const char *text, size_t length, enum field_kind kind);
/* Hands the row over, and begins the next. false: that was enough. */
bool row_give(struct row_builder *builder, uint64_t number, const struct row_taker *taker);
void row_builder_free(struct row_builder *builder);

#endif
