/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exports of Qualtrics. What the rows and columns are is told in "Understanding Your Dataset" of its support
 * pages: the three rows of the heading, and the numbers and words of Status, Finished and
 * DistributionChannel.
 */
#include "qualtrics.h"
#include "plain_text.h"

#include "base/fold.h"
#include "base/mem.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS = 1, IMPORTS = 2 }; /* rows of the heading below the codes */
enum { STATUS, CHANNEL, FINISHED, MARKS };
_Static_assert((int)MARKS <= (int)MOST_MARKS, "a heading has room for the marks");

static const char import_key[] = "ImportId", choice_key[] = "choiceId", zone_key[] = "timeZone";

/* ---- which of the headings it is -------------------------------------------------------------------------
 */

static bool is_import(const char *text)
{
    static const char beginning[] = "{\"ImportId\":";
    return strncmp(text, beginning, sizeof beginning - 1) == 0;
}

static bool is_qualtrics(const struct first_rows *first)
{
    size_t imports = 0;
    for (size_t i = 0; first->count > IMPORTS && i < first->rows[IMPORTS].count; i++) {
        const char *text = tool_field(first, IMPORTS, i);
        if (*text && !is_import(text))
            return false;
        imports += *text != '\0';
    }
    return imports > 0;
}

/* Of these columns the texts are always the same, and another than the codes. */
static bool is_own_column(const char *code, const char *text)
{
    static const char *const known[][2] = {{"StartDate", "Start Date"},
                                           {"RecordedDate", "Recorded Date"},
                                           {"ResponseId", "Response ID"},
                                           {"V1", "ResponseID"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(code, known[i][0]) == 0 && strcmp(text, known[i][1]) == 0)
            return true;
    return false;
}

static bool is_legacy(const struct first_rows *first)
{
    for (size_t i = 0; i < first->rows[0].count; i++)
        if (is_own_column(tool_field(first, 0, i), tool_field(first, TEXTS, i)))
            return true;
    return false;
}

static bool has_column(const struct first_rows *first, const char *code)
{
    for (size_t i = 0; i < first->rows[0].count; i++)
        if (strcmp(tool_field(first, 0, i), code) == 0)
            return true;
    return false;
}

static bool is_bare(const struct first_rows *first)
{
    return has_column(first, "ResponseId") && has_column(first, "Status") && has_column(first, "Finished") &&
           has_column(first, "DistributionChannel");
}

/* ---- the columns -----------------------------------------------------------------------------------------
 */

/* One import id may be that of several columns: what else is said of the column, but for its zone, tells them
 * apart. {"ImportId":"QID1","choiceId":"4"} is QID1_4, as it was called before. */
static char *code_of(const cJSON *json)
{
    const cJSON *part;
    char *code = mem_copy_text(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, import_key)));
    cJSON_ArrayForEach(part, json)
    {
        if (!code || !cJSON_IsString(part) || strcmp(part->string, import_key) == 0 ||
            strcmp(part->string, zone_key) == 0)
            continue;
        char *longer = mem_format("%s_%s", code, part->valuestring);
        free(code);
        code = longer;
    }
    return code;
}

/* "Welke? - Selected Choice - ChatGPT": the part is what stands behind the last dash. */
static char *part_of(const char *text)
{
    static const char dash[] = " - ";
    const char *part = NULL;
    for (const char *at = text; (at = strstr(at, dash)); at++)
        part = at + sizeof dash - 1;
    return mem_copy_text(part);
}

struct split {
    char *import; /* the id that the columns to the left have, or NULL */
    size_t first;
};

/* A question of which each choice has a column. */
static void name_choice(struct heading *heading, size_t column, const cJSON *json, struct split *split)
{
    const char *import = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, import_key));
    if (!import || !cJSON_HasObjectItem(json, choice_key) || !heading->texts[column])
        return;
    heading->parts[column] = part_of(heading->texts[column]);
    heading->is_choice[column] = heading->parts[column] != NULL;
    if (!split->import || strcmp(split->import, import) != 0) {
        free(split->import);
        *split = (struct split){.import = mem_copy_text(import), .first = column};
    }
    heading->questions[column] = split->first;
}

static void name_by_imports(const struct first_rows *first, struct heading *heading)
{
    struct split split = {0};
    for (size_t i = 0; i < heading->width; i++) {
        cJSON *json = cJSON_Parse(tool_field(first, IMPORTS, i));
        const char *zone = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, zone_key));
        heading->codes[i] = code_of(json);
        if (zone && !heading->zone)
            heading->zone = mem_copy_text(zone);
        name_choice(heading, i, json, &split);
        cJSON_Delete(json);
    }
    free(split.import);
}

static void name_by_codes(const struct first_rows *first, struct heading *heading)
{
    for (size_t i = 0; i < heading->width; i++)
        heading->names[i] = tool_name_at(first, i);
}

static void name_by_texts(const struct first_rows *first, struct heading *heading)
{
    name_by_codes(first, heading);
    for (size_t i = 0; i < heading->width; i++)
        heading->texts[i] = plain_text(tool_field(first, TEXTS, i));
}

/* ---- whose answers they are ------------------------------------------------------------------------------
 */

static bool is_mark(const struct heading *heading, size_t column, const char *name, const char *text,
                    const char *import)
{
    if (heading->codes[column])
        return strcmp(heading->codes[column], import) == 0;
    if (heading->texts[column] && strcmp(heading->texts[column], text) != 0 &&
        strcmp(heading->texts[column], name) != 0)
        return false; /* a question that is called so */
    return strcmp(heading->names[column], name) == 0 ||
           (heading->texts[column] && strcmp(heading->texts[column], name) == 0);
}

static void mark_columns(struct heading *heading)
{
    static const struct {
        const char *name, *text, *import;
    } marks[MARKS] = {[STATUS] = {"Status", "Response Type", "status"},
                      [CHANNEL] = {"DistributionChannel", "Distribution Channel", "distributionChannel"},
                      [FINISHED] = {"Finished", "Finished", "finished"}};
    for (size_t mark = 0; mark < MARKS; mark++)
        for (size_t i = 0; i < heading->width && heading->marks[mark] < 0; i++)
            if (is_mark(heading, i, marks[mark].name, marks[mark].text, marks[mark].import))
                heading->marks[mark] = (int)i;
}

/* Qualtrics calls no two responses the same. */
static void find_key(struct heading *heading)
{
    for (size_t i = 0; i < heading->width && heading->key_count == 0; i++)
        if (is_mark(heading, i, "ResponseId", "Response ID", "_recordId") ||
            (!heading->codes[i] && heading->texts[i] && strcmp(heading->texts[i], "ResponseID") == 0))
            tool_add_key(heading, i);
}

static void name_qualtrics(const struct first_rows *first, struct heading *heading)
{
    name_by_texts(first, heading);
    name_by_imports(first, heading);
    mark_columns(heading);
    find_key(heading);
}

static void name_legacy(const struct first_rows *first, struct heading *heading)
{
    name_by_texts(first, heading);
    mark_columns(heading);
    find_key(heading);
}

static void name_bare(const struct first_rows *first, struct heading *heading)
{
    name_by_codes(first, heading);
    mark_columns(heading);
    find_key(heading);
}

static bool says(const struct heading *heading, const struct row *row, size_t mark, const char *const *words)
{
    const int column = heading->marks[mark];
    return column >= 0 && (size_t)column < row->count && fold_is_one_of(row->fields[column].text, words);
}

/* Possible spam (8, 12) is kept: Qualtrics also calls it so where a staff room shares one address. */
static enum row_kind kind_of(const struct heading *heading, const struct row *row)
{
    static const char *const tries[] = {"1",
                                        "2",
                                        "9",
                                        "17",
                                        "survey preview",
                                        "survey test",
                                        "preview spam",
                                        "survey preview spam",
                                        "spam survey preview",
                                        "offline preview",
                                        "offline survey preview",
                                        NULL};
    static const char *const preview[] = {"preview", NULL};
    static const char *const not_finished[] = {"0", "false", "onwaar", NULL}; /* Excel translates it */
    if (says(heading, row, STATUS, tries) || says(heading, row, CHANNEL, preview))
        return ROW_LEFT_OUT;
    return says(heading, row, FINISHED, not_finished) ? ROW_UNFINISHED : ROW_ANSWERS;
}

static bool is_own(const char *name)
{
    static const char *const own[] = {"StartDate",
                                      "EndDate",
                                      "Status",
                                      "IPAddress",
                                      "Progress",
                                      "Duration (in seconds)",
                                      "Finished",
                                      "RecordedDate",
                                      "ResponseId",
                                      "RecipientLastName",
                                      "RecipientFirstName",
                                      "RecipientEmail",
                                      "ExternalReference",
                                      "ExternalDataReference",
                                      "LocationLatitude",
                                      "LocationLongitude",
                                      "DistributionChannel",
                                      "UserLanguage",
                                      NULL};
    return fold_is_one_of(name, own);
}

const struct tool tool_qualtrics = {.name = "qualtrics",
                                    .is = is_qualtrics,
                                    .heading_rows = 3,
                                    .ticks = true,
                                    .name_columns = name_qualtrics,
                                    .separator = ',',
                                    .joins_numbers = true,
                                    .kind = kind_of,
                                    .is_own = is_own};
const struct tool tool_qualtrics_legacy = {.name = "qualtrics",
                                           .is = is_legacy,
                                           .heading_rows = 2,
                                           .name_columns = name_legacy,
                                           .separator = ',',
                                           .joins_numbers = true,
                                           .kind = kind_of,
                                           .is_own = is_own};
const struct tool tool_qualtrics_bare = {.name = "qualtrics",
                                         .is = is_bare,
                                         .heading_rows = 1,
                                         .name_columns = name_bare,
                                         .separator = ',',
                                         .joins_numbers = true,
                                         .kind = kind_of,
                                         .is_own = is_own};
