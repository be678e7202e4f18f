/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV as a format: the dialect is seen in the beginning, the table is read by it. */
#include "csv.h"
#include "dialect.h"
#include "table.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_csv(const char *head, size_t size)
{
    (void)head;
    (void)size;
    return true;
}

static const char *open_csv(struct document *document, const char *head, size_t size,
                            char why[LONGEST_REASON])
{
    struct dialect *dialect = mem_alloc(sizeof *dialect);
    document->state = dialect;
    const char *wrong = dialect_detect(dialect, document->job, head, size, why, LONGEST_REASON);
    document->decimal.sign = dialect->delimiter == ',' ? '.' : ',';
    return wrong;
}

static void close_csv(struct document *document)
{
    free(document->state);
}

static void peek_csv(const struct document *document, const struct row_taker *taker)
{
    table_peek(document, document->state, taker);
}

static const char *read_csv(const struct document *document, const struct row_taker *taker,
                            char why[LONGEST_REASON])
{
    return table_read(document, document->state, taker, why);
}

static void note_csv(const struct document *document)
{
    const struct dialect *dialect = document->state;
    const char first_line[] = {'s', 'e', 'p', '=', dialect->delimiter, '\0'};
    document_note(document, "charset", charset_name(dialect->charset));
    if (dialect->first_line)
        document_note(document, "first_line", dialect->delimiter == '\t' ? "sep=TAB" : first_line);
    document_note(document, "delimiter", sign_name(dialect->delimiter));
    document_note(document, "line_ends", dialect->line_ends);
}

static const char *csv_fault(const struct document *document, enum fault fault, char why[LONGEST_REASON])
{
    const struct dialect *dialect = document->state;
    const bool told = dialect->charset_is_told;
    switch (fault) {
    case ROW_TOO_LONG:
        return "the row is longer than 8 MiB; is a quote not closed?";
    case IS_UTF_8:
        return "the field is UTF-8, and the file before it is Windows-1252; export the file as UTF-8, or set "
               "the feed's key 'charset' where all of it is windows-1252";
    case MAY_BE_MAC:
        return "the field may be Mac Roman, for lines end in CR; export the file as UTF-8, or set the feed's "
               "key 'charset' where it is windows-1252";
    default:
        snprintf(why, LONGEST_REASON, "the field is not %s, %s; export the file as UTF-8%s",
                 charset_title(dialect->charset),
                 told ? "which the feed's key 'charset' says" : "which the file was taken for",
                 told ? " or set that right"
                      : ", or set the feed's key 'charset' where all of it is another");
        return why;
    }
}

static const char *undivided_csv(const struct document *document)
{
    const struct dialect *dialect = document->state;
    if (dialect->first_line)
        return "row 1, the heading, is a single column; is the delimiter of the line 'sep=' above it right?";
    if (document->job->delimiter)
        return "row 1, the heading, is a single column; is the feed's key 'delimiter' right?";
    return "row 1, the heading, is a single column; a CSV file has commas, semicolons or tabs between its "
           "columns";
}

const struct format format_csv = {
    .name = "csv",
    .is = is_csv,
    .open = open_csv,
    .close = close_csv,
    .peek = peek_csv,
    .read = read_csv,
    .note = note_csv,
    .fault = csv_fault,
    .undivided = undivided_csv,
};
