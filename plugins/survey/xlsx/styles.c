/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "styles.h"
#include "serial.h"
#include "xml.h"

#include "base/mem.h"

#include <stdlib.h>

enum place { STYLES = 1, FORMATS, FORMAT, CELL_FORMATS, CELL_FORMAT };

/* A code of the workbook's own, by its number. */
struct format_code {
    unsigned long number;
    unsigned parts, noughts;
};

struct styles_reader {
    struct format_code *codes;
    size_t code_count;
    unsigned long *used; /* the number of the format that each style has */
    size_t used_count;
    bool is_full;
};

static unsigned long number_of(const char *text)
{
    return text ? strtoul(text, NULL, 10) : 0;
}

static bool enter_style(void *data, int place, const char **attributes)
{
    struct styles_reader *reader = data;
    const unsigned long number = number_of(xml_attribute(attributes, "numFmtId"));
    const char *code = xml_attribute(attributes, "formatCode");
    reader->is_full = reader->code_count == MOST_STYLES || reader->used_count == MOST_STYLES;
    if (reader->is_full)
        return false;
    if (place == FORMAT && code)
        reader->codes[reader->code_count++] =
            (struct format_code){number, date_parts_of_code(code), noughts_of_code(code)};
    if (place == CELL_FORMAT)
        reader->used[reader->used_count++] = number;
    return true;
}

static int by_number(const void *left, const void *right)
{
    const unsigned long a = ((const struct format_code *)left)->number,
                        b = ((const struct format_code *)right)->number;
    return (a > b) - (a < b);
}

static void take_styles(struct styles *styles, struct styles_reader *reader)
{
    styles->count = reader->used_count;
    styles->parts = mem_alloc(styles->count + 1);
    styles->noughts = mem_alloc(styles->count + 1);
    qsort(reader->codes, reader->code_count, sizeof *reader->codes, by_number);
    for (size_t i = 0; i < styles->count; i++) {
        const struct format_code key = {.number = reader->used[i]};
        const struct format_code *code =
            bsearch(&key, reader->codes, reader->code_count, sizeof *reader->codes, by_number);
        styles->parts[i] = (uint8_t)(code ? code->parts : date_parts_of_number(key.number));
        styles->noughts[i] = (uint8_t)(code ? code->noughts : 0);
    }
}

const char *styles_read(struct styles *styles, struct package *package, const char *part,
                        char why[LONGEST_REASON])
{
    static const struct xml_step steps[] = {
        {XML_OUTSIDE, "styleSheet", STYLES}, {STYLES, "numFmts", FORMATS},      {FORMATS, "numFmt", FORMAT},
        {STYLES, "cellXfs", CELL_FORMATS},   {CELL_FORMATS, "xf", CELL_FORMAT}, {0, NULL, 0}};
    *styles = (struct styles){0};
    if (!part)
        return NULL;
    struct styles_reader reader = {.codes = mem_alloc(MOST_STYLES * sizeof *reader.codes),
                                   .used = mem_alloc(MOST_STYLES * sizeof *reader.used)};
    const char *failed = xml_read(package, part, &(struct xml_grammar){steps, xml_spreadsheet},
                                  &(struct xml_taker){.enter = enter_style, .data = &reader}, 0, why);
    if (!failed && reader.is_full)
        failed = "the workbook has more than 65536 cell formats; save the sheet alone, or export it as CSV";
    if (!failed)
        take_styles(styles, &reader);
    free(reader.codes);
    free(reader.used);
    return failed;
}

void styles_free(struct styles *styles)
{
    free(styles->parts);
    free(styles->noughts);
    *styles = (struct styles){0};
}
