/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dialect.h"

#include "number.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DELIMITERS = 3 };

static const char delimiters[DELIMITERS] = {',', ';', '\t'};

/* ---- the character set --------------------------------------------------------------------------------- */

static const char *detect_charset(struct dialect *dialect, const struct job *job, const char *head,
                                  size_t size, char *why, size_t why_size)
{
    const enum charset seen = charset_of_beginning(head, size, &dialect->mark);
    dialect->charset_is_told = job->charset != CHARSET_UNKNOWN;
    dialect->charset = dialect->charset_is_told ? job->charset : seen;
    if (seen != CHARSET_UNKNOWN && seen != dialect->charset) {
        snprintf(why, why_size, "the file begins as %s, and the feed's key 'charset' says %s",
                 charset_name(seen), charset_name(dialect->charset));
        return why;
    }
    if (seen == CHARSET_UNKNOWN && charset_is_wide(job->charset) && size && !memchr(head, 0, size)) {
        snprintf(why, why_size,
                 "the feed's key 'charset' says %s, and the file is not: it begins without a zero byte",
                 charset_name(dialect->charset));
        return why;
    }
    return NULL;
}

/* ---- a first line for Excel ---------------------------------------------------------------------------- */

static bool ends_line(const char *text, size_t length)
{
    return length > 0 && (text[0] == '\n' || text[0] == '\r');
}

/* "sep=;" as Excel writes and reads it, perhaps in quotes. The delimiter, or 0. */
static char read_first_line(struct dialect *dialect, const char *text, size_t length)
{
    const size_t quote = length > 0 && text[0] == '"';
    const size_t size = 5 + 2 * quote;
    if (length < size || strncasecmp(text + quote, "sep=", 4) != 0 || (quote && text[size - 1] != '"') ||
        !ends_line(text + size, length - size))
        return 0;
    dialect->first_line = size;
    return text[quote + 4];
}

static const char *check_first_line(char sign, const struct job *job, char *why, size_t why_size)
{
    if (!memchr(delimiters, sign, DELIMITERS)) {
        snprintf(why, why_size,
                 "the first line, 'sep=%c', asks for a delimiter that is not read; export the file with "
                 "commas, semicolons or tabs",
                 sign > ' ' && sign < 0x7f ? sign : '?');
        return why;
    }
    if (job->delimiter && job->delimiter != sign) {
        snprintf(why, why_size,
                 "the first line, 'sep=', says that a %s stands between two fields, and the feed's key "
                 "'delimiter' says a %s",
                 sign_name(sign), sign_name(job->delimiter));
        return why;
    }
    return NULL;
}

/* ---- delimiter and line ends --------------------------------------------------------------------------- */

/* What a row has of one delimiter, outside quotes. */
struct divided {
    size_t all, last; /* last: behind everything else, where a spreadsheet ends a row with empty cells */
};

struct tally {
    struct divided heading[DELIMITERS], row[DELIMITERS];
    size_t alike[DELIMITERS]; /* rows that it divides as it does the heading */
    size_t length;            /* of the row */
    bool has_heading;
    size_t lf, crlf, cr;
};

static bool are_alike(struct divided heading, struct divided row)
{
    return row.all - row.last <= heading.all && heading.all - heading.last <= row.all;
}

static void end_row(struct tally *tally)
{
    if (tally->length == 0)
        return; /* a blank line */
    for (size_t i = 0; i < DELIMITERS; i++) {
        if (!tally->has_heading)
            tally->heading[i] = tally->row[i];
        else
            tally->alike[i] += are_alike(tally->heading[i], tally->row[i]);
        tally->row[i] = (struct divided){0};
    }
    tally->has_heading = true;
    tally->length = 0;
}

static void count_character(struct tally *tally, char character)
{
    tally->length++;
    for (size_t i = 0; i < DELIMITERS; i++) {
        struct divided *divided = &tally->row[i];
        divided->all += character == delimiters[i];
        divided->last = character == delimiters[i] ? divided->last + 1 : 0;
    }
}

/* `whole`: the last row is one, although no line end follows. */
static struct tally count_text(const char *text, size_t length, bool whole)
{
    struct tally tally = {0};
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"')
            quoted = !quoted;
        if (quoted || !ends_line(text + i, 1)) {
            if (!quoted)
                count_character(&tally, text[i]);
            continue;
        }
        const bool is_pair = text[i] == '\r' && i + 1 < length && text[i + 1] == '\n';
        i += is_pair;
        tally.crlf += is_pair;
        tally.cr += !is_pair && text[i] == '\r';
        tally.lf += !is_pair && text[i] == '\n';
        end_row(&tally);
    }
    if (whole || !tally.has_heading)
        end_row(&tally);
    return tally;
}

/* The one that divides rows as it divides the heading, where questions may hold commas and answers may too;
 * with nothing below the heading, the one of which it has most. */
static char best_delimiter(const struct tally *tally)
{
    size_t best = 0;
    for (size_t i = 1; i < DELIMITERS; i++) {
        const size_t fits = tally->alike[i] * tally->heading[i].all,
                     best_fits = tally->alike[best] * tally->heading[best].all;
        if (fits > best_fits || (fits == best_fits && tally->heading[i].all > tally->heading[best].all))
            best = i;
    }
    return delimiters[best];
}

static const char *name_line_ends(const struct tally *tally)
{
    const int kinds = (tally->lf > 0) + (tally->crlf > 0) + (tally->cr > 0);
    if (kinds != 1)
        return kinds ? "mixed" : "none";
    return tally->lf ? "lf" : tally->crlf ? "crlf" : "cr";
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static const char *detect_in_text(struct dialect *dialect, const struct job *job, const char *text,
                                  size_t length, bool whole, char *why, size_t why_size)
{
    const char told = read_first_line(dialect, text, length);
    const char *wrong = dialect->first_line ? check_first_line(told, job, why, why_size) : NULL;
    if (wrong)
        return wrong;
    const struct tally tally = count_text(text + dialect->first_line, length - dialect->first_line, whole);
    dialect->delimiter = told ? told : job->delimiter ? job->delimiter : best_delimiter(&tally);
    dialect->line_ends = name_line_ends(&tally);
    return NULL;
}

const char *dialect_detect(struct dialect *dialect, const struct job *job, const char *head, size_t size,
                           char *why, size_t why_size)
{
    *dialect = (struct dialect){.delimiter = ',', .line_ends = "none"};
    const char *wrong = detect_charset(dialect, job, head, size, why, why_size);
    if (wrong)
        return wrong;
    const bool whole = size < HEAD_SIZE;
    const char *text = head + dialect->mark;
    const size_t length = size - dialect->mark;
    if (!charset_is_wide(dialect->charset))
        return detect_in_text(dialect, job, text, length, whole, why, why_size);
    struct utf_16 utf_16 = {.big_endian = dialect->charset == UTF_16BE};
    char *converted = mem_alloc(UTF_16_ROOM(length));
    const size_t converted_length = utf_16_convert(&utf_16, text, length, converted);
    wrong = detect_in_text(dialect, job, converted, converted_length, whole, why, why_size);
    free(converted);
    return wrong;
}
