/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Workbooks for tests, part by part as ECMA-376 has them. */
#ifndef TEST_WORKBOOK_H
#define TEST_WORKBOOK_H

#include "survey_case.h"

#define MAIN_SPACE "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define RELATION_TYPE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define MAIN_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"

struct archive_part {
    const char *name;
    const void *bytes;
    size_t size;
};

struct archive {
    void *bytes;
    size_t size;
};

/* What of a workbook differs from the plainest; NULL is what that has. */
struct workbook_case {
    const char *rows;       /* what is in sheetData */
    const char *behind;     /* what is behind it */
    const char *strings;    /* what is in sst */
    const char *styles;     /* what is in styleSheet */
    const char *properties; /* attributes of workbookPr */
    const char *sheets; /* what is in sheets; "rId1" is the sheet of `rows`, "rId4" another, "rId5" a chart */
    const char *type;   /* of the workbook's part */
    /* Whole parts instead of the above. */
    const char *sheet_part, *strings_part;
    size_t sheet_size, strings_size; /* 0: they end with NUL */
    bool is_strict;                  /* in the namespaces of ISO/IEC 29500 Strict */
    const char *left_out;            /* the name of a part that is missing */
};

/* To be freed. */
struct archive archive_of(const struct archive_part *parts, size_t count);
struct archive workbook_of(const struct workbook_case *workbook);

/* With the monitor. */
struct reading read_workbook(const struct workbook_case *workbook);
/* With an instrument whose one item is n and whose wave is made of the row, so that the texts of cells are
 * seen; `told` is what the feed's section tells, or NULL. */
struct reading read_texts(const struct workbook_case *workbook, const char *told);
/* The text of a cell as the wave's function is given it, or "(no cell)". */
const char *cell_of(const struct reading *reading, size_t response, const char *column);

#endif
