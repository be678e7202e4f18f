/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "table.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <csv.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A field that is longer than libcsv may keep means a quote that is not closed, more often than not. */
enum { LONGEST_KEPT = 16 << 20 };

enum { OPEN_SIZE = 4 }; /* room for a character that the piece before began */

struct table {
    struct csv_parser parser;
    const struct row_taker *taker;
    struct dialect *dialect;
    uint64_t number;
    bool at_end; /* nothing more will be read */
    bool over;   /* the taker has had enough */

    /* The file, piece by piece. */
    uint64_t done;  /* bytes */
    char *piece;    /* OPEN_SIZE bytes before those that are read */
    size_t open;    /* how many of the OPEN_SIZE are the beginning of a character */
    char *as_utf_8; /* a piece of UTF-16, or a field of Windows-1252 */
    struct utf_16 utf_16;
    bool plain;     /* the piece is ASCII without NUL */
    bool row_plain; /* and so is all of the row until now: nothing in it needs to be looked at */

    struct row_builder row;
};

/* ---- memory -------------------------------------------------------------------------------------------- */

/* For libcsv. */
static void *limited_realloc(void *block, size_t size)
{
    return size > LONGEST_KEPT ? NULL : realloc(block, size);
}

static void table_open(struct table *table, struct dialect *dialect, const struct row_taker *taker)
{
    *table = (struct table){.taker = taker, .dialect = dialect, .row_plain = true};
    table->utf_16.big_endian = dialect->charset == UTF_16BE;
    table->piece = mem_alloc(OPEN_SIZE + HEAD_SIZE);
    table->as_utf_8 = mem_alloc(3 * (size_t)LONGEST_FIELD);
    _Static_assert(UTF_16_ROOM(HEAD_SIZE) <= 3 * LONGEST_FIELD, "a piece fits too");
    /* Strict: otherwise a stray quote joins rows together, and one person gets another's answers. */
    csv_init(&table->parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_realloc_func(&table->parser, limited_realloc);
    csv_set_blk_size(&table->parser, HEAD_SIZE);
    csv_set_delim(&table->parser, (unsigned char)dialect->delimiter);
}

static void table_close(struct table *table)
{
    csv_free(&table->parser);
    free(table->piece);
    free(table->as_utf_8);
    row_builder_free(&table->row);
}

/* ---- fields and rows ----------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool has_c1(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((uint8_t)text[i] >= 0x80 && (uint8_t)text[i] <= 0x9f)
            return true;
    return false;
}

/* A set that was guessed is doubted where a field speaks against it. */
static enum fault doubt_windows_1252(const struct dialect *dialect, const char *text, size_t length)
{
    if (dialect->charset_is_told)
        return NO_FAULT;
    if (utf8_valid(text, length))
        return IS_UTF_8;
    return strcmp(dialect->line_ends, "cr") == 0 && has_c1(text, length) ? MAY_BE_MAC : NO_FAULT;
}

static enum fault convert_windows_1252(struct table *table, const char **text, size_t *length)
{
    if (utf8_is_ascii(*text, *length))
        return NO_FAULT;
    const enum fault doubt = doubt_windows_1252(table->dialect, *text, *length);
    if (doubt)
        return doubt;
    *length = windows_1252_convert(*text, *length, table->as_utf_8);
    *text = table->as_utf_8;
    return *length > LONGEST_FIELD ? FIELD_TOO_LONG : NO_FAULT;
}

/* Makes the field UTF-8, or says why it is none that can be used. */
static enum fault check_field(struct table *table, const char **text, size_t *length)
{
    if (*length > LONGEST_FIELD)
        return FIELD_TOO_LONG;
    if (table->row.text_size > LARGEST_ROW)
        return ROW_TOO_LONG;
    if (table->row_plain)
        return NO_FAULT;
    if (memchr(*text, 0, *length))
        return HAS_NUL;
    if (table->dialect->charset == WINDOWS_1252) {
        const enum fault fault = convert_windows_1252(table, text, length);
        if (fault)
            return fault;
    }
    return utf8_valid(*text, *length) ? NO_FAULT : NOT_IN_CHARSET;
}

/* Blanks around a field say nothing, in quotes or not. */
static void on_field(void *bytes, size_t length, void *data)
{
    struct table *table = data;
    if (table->row.count == MOST_COLUMNS || table->over)
        return;
    const char *text = bytes;
    for (; length && is_blank(text[0]); text++, length--)
        ;
    while (length && is_blank(text[length - 1]))
        length--;
    const enum fault fault = check_field(table, &text, &length);
    row_add(&table->row, text, length, fault);
}

static void on_row(int terminator, void *data)
{
    (void)terminator;
    struct table *table = data;
    table->number++;
    if (!table->over)
        table->over = !row_give(&table->row, table->number, table->taker);
    table->row_plain = table->plain;
}

/* ---- pieces of the file -------------------------------------------------------------------------------- */

/* By what stands in the piece, with the character that the one before began. */
static void decide_charset(struct table *table, const char *bytes, size_t size, bool whole)
{
    size_t open;
    table->dialect->charset = charset_of_text(bytes - table->open, size + table->open, whole, &open);
    memmove(table->piece + OPEN_SIZE - open, bytes + size - open, open);
    table->open = open;
}

/* 0, or -1 where the text cannot be divided into fields. */
static int parse(struct table *table, const char *text, size_t length)
{
    if (!table->plain)
        table->row_plain = false;
    const size_t parsed = csv_parse(&table->parser, text, length, on_field, on_row, table);
    return parsed == length || table->over ? 0 : -1;
}

static int take_piece(struct table *table, size_t size)
{
    const char *text = table->piece + OPEN_SIZE;
    if (table->done == 0) {
        text += table->dialect->mark;
        size -= table->dialect->mark;
    }
    if (charset_is_wide(table->dialect->charset)) {
        size = utf_16_convert(&table->utf_16, text, size, table->as_utf_8);
        text = table->as_utf_8;
    }
    table->plain = utf8_is_ascii(text, size);
    if (table->dialect->charset == CHARSET_UNKNOWN && (!table->plain || table->open))
        decide_charset(table, text, size, false);
    const size_t skipped = table->done == 0 ? table->dialect->first_line : 0;
    return parse(table, text + skipped, size - skipped);
}

static int take_end(struct table *table)
{
    if (charset_is_wide(table->dialect->charset)) {
        const size_t size = utf_16_end(&table->utf_16, table->as_utf_8);
        table->plain = size == 0;
        if (parse(table, table->as_utf_8, size) != 0)
            return -1;
    }
    if (table->dialect->charset == CHARSET_UNKNOWN && table->open)
        decide_charset(table, table->piece + OPEN_SIZE, 0, true);
    table->at_end = true;
    return csv_fini(&table->parser, on_field, on_row, table);
}

static const char *broken(struct table *table, char why[LONGEST_REASON])
{
    const unsigned long long row = table->number + 1;
    if (csv_error(&table->parser) == CSV_ENOMEM || csv_error(&table->parser) == CSV_ETOOBIG)
        snprintf(why, LONGEST_REASON,
                 "row %llu has a field that is longer than 16 MiB; is a quote not closed?", row);
    else if (!table->at_end)
        snprintf(why, LONGEST_REASON,
                 "row %llu has a quote in the middle of a field; such a field stands in quotes, and the "
                 "quote is doubled; "
                 "nothing from there on was read",
                 row);
    else
        snprintf(why, LONGEST_REASON,
                 "row %llu has a quote that is not closed, which takes in the rest of the file", row);
    return why;
}

static const char *read_all(struct table *table, const struct document *document, char why[LONGEST_REASON])
{
    const struct wz_decode *decode = document->decode;
    ssize_t count;
    while ((count = document_read_at(document, table->piece + OPEN_SIZE, HEAD_SIZE, table->done)) > 0) {
        if (take_piece(table, (size_t)count) != 0)
            return broken(table, why);
        if (table->over)
            return NULL;
        table->done += (uint64_t)count;
        decode->progress(decode->handle, table->done);
    }
    if (count < 0) {
        snprintf(why, LONGEST_REASON, "the file could not be read on after row %llu: %s",
                 (unsigned long long)table->number, strerror(errno));
        return why;
    }
    return take_end(table) == 0 ? NULL : broken(table, why);
}

void table_peek(const struct document *document, const struct dialect *dialect, const struct row_taker *taker)
{
    struct table table;
    struct dialect seen = *dialect;
    table_open(&table, &seen, taker);
    const ssize_t count = document_read_at(document, table.piece + OPEN_SIZE, HEAD_SIZE, 0);
    if (count > 0)
        take_piece(&table, (size_t)count); /* whether it is whole is said when it is read */
    table_close(&table);
}

const char *table_read(const struct document *document, struct dialect *dialect,
                       const struct row_taker *taker, char why[LONGEST_REASON])
{
    struct table table;
    table_open(&table, dialect, taker);
    const char *failed = read_all(&table, document, why);
    table_close(&table);
    return failed;
}
