/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workbook.h"
#include "relations.h"
#include "text.h"
#include "xml.h"

#include "base/fold.h"
#include "base/mem.h"
#include "base/nearest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SHEETS = 10000, LONGEST_SHEET_NAME = 255 };

/* ---- what an archive is, if it is no workbook ---------------------------------------------------------- */

static const char *refuse_open_document(struct package *package, char why[LONGEST_REASON])
{
    static const char family[] = "application/vnd.oasis.opendocument.",
                      sheet[] = "application/vnd.oasis.opendocument.spreadsheet";
    char type[100] = "";
    struct part *part = part_open(package, "mimetype", why);
    if (!part)
        return why;
    const ssize_t count = part_read(part, type, sizeof type - 1, why);
    part_close(part);
    if (count < 0)
        return why;
    if (strncmp(type, sheet, strlen(sheet)) == 0)
        return "the file is an OpenDocument spreadsheet (ODS); save it as XLSX or CSV";
    if (strncmp(type, family, strlen(family)) == 0)
        return "the file is an OpenDocument text or the like; a survey comes as XLSX or CSV";
    return NULL;
}

/* NULL: it is a workbook. */
static const char *refuse_by_type(const char *type)
{
    static const struct {
        const char *begins, *what;
    } known[] = {
        {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", NULL},
        {"application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml", NULL},
        {"application/vnd.ms-excel.sheet.binary",
         "the file is a binary workbook (XLSB); save it as XLSX or CSV"},
        {"application/vnd.ms-excel.", "the file is a workbook with macros (XLSM); save it as XLSX or CSV"},
        {"application/vnd.openxmlformats-officedocument.wordprocessingml.",
         "the file is a Word document; a survey comes as XLSX or CSV"},
        {"application/vnd.openxmlformats-officedocument.presentationml.",
         "the file is a presentation; a survey comes as XLSX or CSV"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(type, known[i].begins, strlen(known[i].begins)) == 0)
            return known[i].what;
    return "the file is an Office file, and no workbook; a survey comes as XLSX or CSV";
}

/* The workbook's own part, to be freed; NULL, and why there is none. */
static char *find_workbook(struct package *package, const char **failed, char why[LONGEST_REASON])
{
    struct relations relations;
    *failed = NULL;
    if (package_has(package, "mimetype") && (*failed = refuse_open_document(package, why)))
        return NULL;
    if (!package_has(package, "[Content_Types].xml")) {
        *failed = "the file is a ZIP archive, and no workbook; unpack it first";
        return NULL;
    }
    *failed = relations_read(&relations, package, "", why);
    char *part = mem_copy_text(relations_by_type(&relations, "/officeDocument"));
    char *type = *failed || !part ? NULL : content_type_read(package, part, why);
    if (!*failed && !part)
        *failed =
            "the file is an archive of Microsoft's kind, and no workbook; a survey comes as XLSX or CSV";
    else if (!*failed)
        *failed = type ? refuse_by_type(type) : why;
    free(type);
    relations_free(&relations);
    if (!*failed)
        return part;
    free(part);
    return NULL;
}

/* ---- its sheets ---------------------------------------------------------------------------------------- */

enum place { WORKBOOK = 1, PROPERTIES, SHEETS, SHEET };

struct sheet_entry {
    char *name, *relation;
    bool is_visible;
};

struct sheets {
    struct sheet_entry *all;
    size_t count;
    bool is_1904;
    bool is_full;
};

static void add_sheet(struct sheets *sheets, const char **attributes)
{
    const char *name = xml_attribute(attributes, "name"), *relation = xml_relationship_id(attributes),
               *state = xml_attribute(attributes, "state");
    if (!name || !relation || !name[0] || strlen(name) > LONGEST_SHEET_NAME ||
        strlen(relation) > LONGEST_PART_NAME)
        return;
    if ((sheets->count & (sheets->count - 1)) == 0)
        sheets->all = mem_resize(sheets->all, sheets->count ? 2 * sheets->count : 1, sizeof *sheets->all);
    sheets->all[sheets->count++] = (struct sheet_entry){mem_copy_text(name), mem_copy_text(relation),
                                                        !state || strcmp(state, "visible") == 0};
}

static bool enter_workbook(void *data, int place, const char **attributes)
{
    struct sheets *sheets = data;
    if (place == PROPERTIES)
        sheets->is_1904 = xml_is_true(xml_attribute(attributes, "date1904"), false);
    if (place != SHEET)
        return true;
    sheets->is_full = sheets->count == MOST_SHEETS;
    if (!sheets->is_full)
        add_sheet(sheets, attributes);
    return !sheets->is_full;
}

static const char *read_sheets(struct sheets *sheets, struct package *package, const char *part,
                               char why[LONGEST_REASON])
{
    static const struct xml_step steps[] = {{XML_OUTSIDE, "workbook", WORKBOOK},
                                            {WORKBOOK, "workbookPr", PROPERTIES},
                                            {WORKBOOK, "sheets", SHEETS},
                                            {SHEETS, "sheet", SHEET},
                                            {0, NULL, 0}};
    *sheets = (struct sheets){0};
    const char *failed = xml_read(package, part, &(struct xml_grammar){steps, xml_spreadsheet},
                                  &(struct xml_taker){.enter = enter_workbook, .data = sheets}, 0, why);
    return !failed && sheets->is_full ? "the workbook has more than 10000 sheets; save the one alone"
                                      : failed;
}

static void free_sheets(struct sheets *sheets)
{
    for (size_t i = 0; i < sheets->count; i++) {
        free(sheets->all[i].name);
        free(sheets->all[i].relation);
    }
    free(sheets->all);
}

/* ---- the sheet that is read ---------------------------------------------------------------------------- */

/* A chart may be a sheet too. NULL: it has no cells. */
static const char *part_of(const struct sheet_entry *sheet, const struct relations *relations)
{
    const struct relation *relation = relations_by_id(relations, sheet->relation);
    return relation && relation_is(relation, "/worksheet") ? relation->part : NULL;
}

static const struct sheet_entry *first_visible(const struct sheets *sheets, const struct relations *relations)
{
    for (size_t i = 0; i < sheets->count; i++)
        if (sheets->all[i].is_visible && part_of(&sheets->all[i], relations))
            return &sheets->all[i];
    return NULL;
}

/* Capitals of a to z say nothing, as in Excel. */
static const struct sheet_entry *named(const struct sheets *sheets, const char *wanted)
{
    char *folded = fold_text(wanted);
    const struct sheet_entry *found = NULL;
    for (size_t i = 0; i < sheets->count && !found; i++) {
        char *name = fold_text(sheets->all[i].name);
        if (strcmp(name, folded) == 0)
            found = &sheets->all[i];
        free(name);
    }
    free(folded);
    return found;
}

static void say_unknown(const struct sheets *sheets, const char *wanted, char why[LONGEST_REASON])
{
    char shown[SHOWN_TEXT + 1], other[SHOWN_TEXT + 1] = "";
    const char **names = mem_alloc((sheets->count + 1) * sizeof *names);
    for (size_t i = 0; i < sheets->count; i++)
        names[i] = sheets->all[i].name;
    const char *nearest = nearest_name(wanted, names, sheets->count);
    text_show(wanted, shown);
    if (nearest)
        text_show(nearest, other);
    else if (sheets->count)
        text_show(names[0], other);
    snprintf(why, LONGEST_REASON,
             "the workbook has no sheet '%s', which the feed's key 'sheet' names; %s '%s'%s", shown,
             nearest ? "did you mean" : "its first is", other, nearest ? "?" : "");
    free(names);
}

static const struct sheet_entry *choose(const struct sheets *sheets, const struct relations *relations,
                                        const char *wanted, char why[LONGEST_REASON])
{
    char shown[SHOWN_TEXT + 1];
    const struct sheet_entry *sheet = wanted ? named(sheets, wanted) : first_visible(sheets, relations);
    if (sheet && part_of(sheet, relations))
        return sheet;
    if (!wanted)
        snprintf(
            why, LONGEST_REASON,
            "the workbook has no visible sheet with cells; name a hidden one with the feed's key 'sheet'");
    else if (!sheet)
        say_unknown(sheets, wanted, why);
    else {
        text_show(wanted, shown);
        snprintf(
            why, LONGEST_REASON,
            "the sheet '%s', which the feed's key 'sheet' names, has no cells: it is a chart or the like",
            shown);
    }
    return NULL;
}

static const char *take_parts(struct workbook *workbook, const struct sheets *sheets,
                              const struct relations *relations, const char *wanted, char why[LONGEST_REASON])
{
    const struct sheet_entry *sheet = choose(sheets, relations, wanted, why);
    if (!sheet)
        return why;
    workbook->sheet = mem_copy_text(sheet->name);
    workbook->sheet_part = mem_copy_text(part_of(sheet, relations));
    workbook->strings_part = mem_copy_text(relations_by_type(relations, "/sharedStrings"));
    workbook->styles_part = mem_copy_text(relations_by_type(relations, "/styles"));
    workbook->is_1904 = sheets->is_1904;
    return NULL;
}

const char *workbook_read(struct workbook *workbook, struct package *package, const char *wanted,
                          char why[LONGEST_REASON])
{
    struct sheets sheets = {0};
    struct relations relations = {0};
    const char *failed;
    *workbook = (struct workbook){0};
    char *part = find_workbook(package, &failed, why);
    if (part)
        failed = read_sheets(&sheets, package, part, why);
    if (!failed)
        failed = relations_read(&relations, package, part, why);
    if (!failed)
        failed = take_parts(workbook, &sheets, &relations, wanted, why);
    free_sheets(&sheets);
    relations_free(&relations);
    free(part);
    return failed;
}

void workbook_free(struct workbook *workbook)
{
    free(workbook->sheet);
    free(workbook->sheet_part);
    free(workbook->strings_part);
    free(workbook->styles_part);
    *workbook = (struct workbook){0};
}
