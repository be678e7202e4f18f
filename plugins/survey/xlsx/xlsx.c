/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workbooks as a format: the first visible sheet, or the one that the feed's section names. */
#include "xlsx.h"
#include "sheet.h"
#include "text.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { PEEKED = 4 * PIECE_SIZE };

struct xlsx {
    struct package *package;
    struct workbook workbook;
    struct strings strings;
    struct styles styles;
};

/* Every archive: which of them are workbooks is seen inside. */
static bool is_xlsx(const char *head, size_t size)
{
    return size >= 4 && memcmp(head, "PK", 2) == 0 &&
           ((head[2] == 3 && head[3] == 4) || (head[2] == 5 && head[3] == 6) ||
            (head[2] == 7 && head[3] == 8));
}

static const char *open_xlsx(struct document *document, const char *head, size_t size,
                             char why[LONGEST_REASON])
{
    struct xlsx *xlsx = mem_alloc(sizeof *xlsx);
    (void)head;
    (void)size;
    document->state = xlsx;
    document->decimal.sign = '.';
    xlsx->package = package_open(document, why);
    if (!xlsx->package)
        return why;
    const char *failed = workbook_read(&xlsx->workbook, xlsx->package, document->job->sheet, why);
    if (!failed)
        failed = styles_read(&xlsx->styles, xlsx->package, xlsx->workbook.styles_part, why);
    if (!failed)
        failed = strings_read(&xlsx->strings, xlsx->package, xlsx->workbook.strings_part, why);
    return failed;
}

static void close_xlsx(struct document *document)
{
    struct xlsx *xlsx = document->state;
    strings_free(&xlsx->strings);
    styles_free(&xlsx->styles);
    workbook_free(&xlsx->workbook);
    package_close(xlsx->package);
    free(xlsx);
}

static struct sheet_source source_of(const struct xlsx *xlsx)
{
    return (struct sheet_source){xlsx->package, &xlsx->workbook, &xlsx->strings, &xlsx->styles};
}

static void peek_xlsx(const struct document *document, const struct row_taker *taker)
{
    const struct sheet_source source = source_of(document->state);
    char why[LONGEST_REASON];
    sheet_read(&source, taker, PEEKED, NULL, NULL, why); /* what is wrong is said when it is read */
}

/* How far the sheet is read, in the archive. */
struct progress {
    const struct wz_decode *decode;
    const struct package *package;
    uint64_t done;
};

static void tell_progress(void *data)
{
    struct progress *progress = data;
    const uint64_t position = package_position(progress->package);
    if (position <= progress->done || position > progress->decode->size)
        return;
    progress->done = position;
    progress->decode->progress(progress->decode->handle, position);
}

static const char *read_xlsx(const struct document *document, const struct row_taker *taker,
                             char why[LONGEST_REASON])
{
    const struct xlsx *xlsx = document->state;
    const struct wz_decode *decode = document->decode;
    const struct sheet_source source = source_of(xlsx);
    struct progress progress = {decode, xlsx->package, 0};
    package_begin(xlsx->package);
    const char *failed = sheet_read(&source, taker, 0, tell_progress, &progress, why);
    if (!failed)
        decode->progress(decode->handle, decode->size);
    return failed;
}

static void note_xlsx(const struct document *document)
{
    const struct xlsx *xlsx = document->state;
    char shown[SHOWN_TEXT + 1];
    text_show(xlsx->workbook.sheet, shown);
    document_note(document, "format", "xlsx");
    document_note(document, "sheet", shown);
    if (xlsx->workbook.is_1904)
        document_note(document, "dates", "from 1904");
}

static const char *xlsx_fault(const struct document *document, enum fault fault, char why[LONGEST_REASON])
{
    (void)document;
    (void)fault; /* the one there is */
    (void)why;
    return "the row is longer than 8 MiB";
}

static const char *undivided_xlsx(const struct document *document)
{
    (void)document;
    return "the heading is a single column; was a CSV file opened as one column? Divide it (in Excel: Data, "
           "Text to Columns), or bring the CSV file in";
}

const struct format format_xlsx = {
    .name = "xlsx",
    .fields_have_places = true,
    .is = is_xlsx,
    .open = open_xlsx,
    .close = close_xlsx,
    .peek = peek_xlsx,
    .read = read_xlsx,
    .note = note_xlsx,
    .fault = xlsx_fault,
    .undivided = undivided_xlsx,
};
