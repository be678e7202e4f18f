/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workbook.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include <cmocka.h>

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define RELATIONS "http://schemas.openxmlformats.org/package/2006/relationships"

struct archive archive_of(const struct archive_part *parts, size_t count)
{
    zip_error_t error;
    zip_source_t *whole = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_source_keep(whole);
    zip_t *zip = zip_open_from_source(whole, ZIP_TRUNCATE, &error);
    assert_non_null(zip);
    for (size_t i = 0; i < count; i++) {
        zip_source_t *part = zip_source_buffer(zip, parts[i].bytes, parts[i].size, 0);
        assert_true(zip_file_add(zip, parts[i].name, part, ZIP_FL_ENC_UTF_8) >= 0);
    }
    assert_int_equal(zip_close(zip), 0);
    zip_stat_t status;
    zip_source_stat(whole, &status);
    struct archive archive = {mem_alloc(status.size + 1), status.size};
    assert_int_equal(zip_source_open(whole), 0);
    assert_int_equal(zip_source_read(whole, archive.bytes, archive.size), archive.size);
    zip_source_close(whole);
    zip_source_free(whole);
    return archive;
}

static const char *either(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

static char *content_types(const struct workbook_case *workbook)
{
    return mem_format(XML "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
                          "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
                          "<Override PartName=\"/xl/workbook.xml\" ContentType=\"%s\"/></Types>",
                      either(workbook->type, MAIN_TYPE));
}

static char *book(const struct workbook_case *workbook)
{
    return mem_format(XML "<workbook xmlns=\"" MAIN_SPACE "\" xmlns:r=\"" RELATION_TYPE "\"><workbookPr %s/>"
                          "<sheets>%s</sheets></workbook>",
                      either(workbook->properties, ""),
                      either(workbook->sheets, "<sheet name=\"Data\" sheetId=\"1\" r:id=\"rId1\"/>"));
}

static char *sheet_of(const char *rows, const char *behind)
{
    return mem_format(XML "<worksheet xmlns=\"" MAIN_SPACE "\"><sheetData>%s</sheetData>%s</worksheet>",
                      either(rows, ""), either(behind, ""));
}

static const char package_relations[] =
    XML "<Relationships xmlns=\"" RELATIONS "\"><Relationship Id=\"rId1\" Type=\"" RELATION_TYPE
        "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";

static const char book_relations[] = XML
    "<Relationships xmlns=\"" RELATIONS "\">"
    "<Relationship Id=\"rId1\" Type=\"" RELATION_TYPE "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
    "<Relationship Id=\"rId2\" Type=\"" RELATION_TYPE "/sharedStrings\" Target=\"/xl/sharedStrings.xml\"/>"
    "<Relationship Id=\"rId3\" Type=\"" RELATION_TYPE "/styles\" Target=\"../xl/./styles.xml\"/>"
    "<Relationship Id=\"rId4\" Type=\"" RELATION_TYPE "/worksheet\" Target=\"worksheets/sheet2.xml\"/>"
    "<Relationship Id=\"rId5\" Type=\"" RELATION_TYPE "/chartsheet\" Target=\"chartsheets/sheet1.xml\"/>"
    "</Relationships>";

/* To be freed; `text` is. */
static char *replaced(char *text, const char *from, const char *to)
{
    char *result = mem_copy_text(""), *at = text;
    for (char *found; (found = strstr(at, from)); at = found + strlen(from)) {
        char *longer = mem_format("%s%.*s%s", result, (int)(found - at), at, to);
        free(result);
        result = longer;
    }
    char *whole = mem_format("%s%s", result, at);
    free(result);
    free(text);
    return whole;
}

static char *strict(char *text)
{
    return replaced(replaced(text, MAIN_SPACE, "http://purl.oclc.org/ooxml/spreadsheetml/main"),
                    RELATION_TYPE, "http://purl.oclc.org/ooxml/officeDocument/relationships");
}

struct archive workbook_of(const struct workbook_case *workbook)
{
    char *types = content_types(workbook), *main = book(workbook),
         *sheet = sheet_of(workbook->rows, workbook->behind),
         *other = sheet_of("<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>other</t></is></c></row>", NULL),
         *strings = mem_format(XML "<sst xmlns=\"" MAIN_SPACE "\">%s</sst>", either(workbook->strings, "")),
         *styles = mem_format(XML "<styleSheet xmlns=\"" MAIN_SPACE "\">%s</styleSheet>",
                              either(workbook->styles, "<cellXfs><xf numFmtId=\"0\"/></cellXfs>"));
    char *package = mem_copy_text(package_relations), *relations = mem_copy_text(book_relations);
    char **const texts[] = {&main, &sheet, &other, &strings, &styles, &package, &relations};
    for (size_t i = 0; workbook->is_strict && i < sizeof texts / sizeof *texts; i++)
        *texts[i] = strict(*texts[i]);
    const struct archive_part all[] = {
        {"[Content_Types].xml", types, 0},
        {"_rels/.rels", package, 0},
        {"xl/workbook.xml", main, 0},
        {"xl/_rels/workbook.xml.rels", relations, 0},
        {"xl/worksheets/sheet1.xml", either(workbook->sheet_part, sheet), workbook->sheet_size},
        {"xl/worksheets/sheet2.xml", other, 0},
        {"xl/sharedStrings.xml", either(workbook->strings_part, strings), workbook->strings_size},
        {"xl/styles.xml", styles, 0},
    };
    struct archive_part parts[sizeof all / sizeof *all];
    size_t count = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (workbook->left_out && strcmp(all[i].name, workbook->left_out) == 0)
            continue;
        parts[count] = all[i];
        if (!parts[count].size)
            parts[count].size = strlen(parts[count].bytes);
        count++;
    }
    const struct archive archive = archive_of(parts, count);
    free(package);
    free(relations);
    free(types);
    free(main);
    free(sheet);
    free(other);
    free(strings);
    free(styles);
    return archive;
}

struct reading read_workbook(const struct workbook_case *workbook)
{
    const struct archive archive = workbook_of(workbook);
    struct reading reading = read_raw(archive.bytes, archive.size);
    free(archive.bytes);
    return reading;
}

struct reading read_texts(const struct workbook_case *workbook, const char *told)
{
    const struct archive archive = workbook_of(workbook);
    char *job = mem_format("{\"instrument\":{\"id\":\"t\",\"wave_function\":true,\"levels\":[],\"groups\":{},"
                           "\"items\":[{\"id\":\"n\"}]}%s%s}",
                           told ? "," : "", told ? told : "");
    struct reading reading = fake_host_decode(survey, job, archive.bytes, archive.size);
    free(job);
    free(archive.bytes);
    return reading;
}

const char *cell_of(const struct reading *reading, size_t response, const char *column)
{
    if (response >= reading->response_count)
        return "(no response)";
    const struct seen_response *seen = &reading->responses[response];
    for (size_t i = 0; i < seen->cell_count; i++)
        if (strcmp(seen->cells[i].column, column) == 0)
            return seen->cells[i].text;
    return "(no cell)";
}
