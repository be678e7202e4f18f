/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "describe.h"
#include "dates.h"
#include "format.h"
#include "personal.h"
#include "tally.h"
#include "tool.h"

#include "base/fold.h"
#include "base/mem.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NO_GROUPS SIZE_MAX

enum {
    LONGEST_HEADING = 40,
    LEAST_OF_EACH = 2,
    MOST_ANSWERS = 12,
    LARGEST_ANSWER = 100,
    LONGEST_ITEM_TEXT = 2000,
    LONGEST_ITEM_NAME = 200
};

static const char role_key[] = "role", level_key[] = "level";

struct column {
    struct tally tally;
    size_t dates;  /* rows that hold one */
    double marker; /* a number that may stand for no answer; 0: there is none */
    bool is_double;
    cJSON *json;
};

struct describer {
    const struct wz_decode *decode;
    struct document document;
    struct tool_reader rows;
    struct column *columns;
    uint64_t row_count;
};

/* ---- gathering ------------------------------------------------------------------------------------------
 */

static bool is_double(const struct heading *heading, size_t column)
{
    for (size_t i = 0; i < heading->width; i++)
        if (i != column && strcmp(heading->names[i], heading->names[column]) == 0)
            return true;
    return false;
}

static bool take_heading(void *data, const struct heading *heading, const struct tool *tool)
{
    struct describer *describer = data;
    (void)tool;
    describer->columns = mem_alloc(heading->width * sizeof *describer->columns);
    for (size_t i = 0; i < heading->width; i++)
        describer->columns[i].is_double = is_double(heading, i);
    return true;
}

static bool is_empty(const struct row *row)
{
    for (size_t i = 0; i < row->count; i++)
        if (row->fields[i].length)
            return false;
    return true;
}

static bool take_answers(void *data, const struct row *row, enum row_kind kind)
{
    struct describer *describer = data;
    const struct date_style style = {.order = DAY_FIRST}; /* any date, whatever its order */
    int64_t date;
    (void)kind;
    if (is_empty(row) || row->fault)
        return true;
    describer->row_count++;
    for (size_t i = 0; i < describer->rows.heading.width && i < row->count; i++) {
        const char *text = field_has_no_value(&row->fields[i]) ? "" : row->fields[i].text;
        tally_add(&describer->columns[i].tally, describer->rows.tool, text);
        describer->columns[i].dates += date_read(text, &style, &date) == A_DATE;
    }
    return true;
}

static bool take_row(void *data, const struct row *row)
{
    struct describer *describer = data;
    return tool_take(&describer->rows, row);
}

/* ---- what a column is -----------------------------------------------------------------------------------
 */

static void set_role(cJSON *json, const char *role)
{
    cJSON_DeleteItemFromObjectCaseSensitive(json, role_key);
    cJSON_AddStringToObject(json, role_key, role);
}

static void set_other(cJSON *json, const char *why)
{
    set_role(json, "other");
    cJSON_AddStringToObject(json, "why", why);
}

static bool has_role(const struct column *column, const char *role)
{
    const char *own = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(column->json, role_key));
    return own && strcmp(own, role) == 0;
}

static void set_group(cJSON *json, const char *level)
{
    set_role(json, "group");
    cJSON_AddStringToObject(json, level_key, level);
}

static void set_guess(cJSON *json, const char *what)
{
    cJSON_DeleteItemFromObjectCaseSensitive(json, "guess");
    cJSON_AddStringToObject(json, "guess", what);
}

static bool is_one_of(const char *name, const char *const *names)
{
    char folded[LONGEST_HEADING];
    if (strlen(name) >= sizeof folded)
        return false;
    fold_into(name, folded, sizeof folded);
    for (; *names; names++)
        if (strcmp(*names, folded) == 0)
            return true;
    return false;
}

/* The level of the groups that a column is named after, or NULL. */
static const char *level_of(const char *name)
{
    static const struct {
        const char *level;
        const char *names[8];
    } levels[] = {
        {"sector", {"sector"}},
        {"institution", {"institution", "instelling", "school", "schoolnaam"}},
        {"department", {"department", "afdeling", "college", "academie"}},
        {"programme", {"programme", "opleiding"}},
        {"team", {"team", "teamnaam"}},
        {"class", {"class", "klas", "classid", "klascode"}},
    };
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (is_one_of(name, levels[i].names))
            return levels[i].level;
    return NULL;
}

static bool is_full(const struct describer *describer, const struct column *column)
{
    return describer->row_count && column->tally.filled == describer->row_count;
}

/* Columns that are known by name. false: it is none of them. */
static bool describe_named(const struct describer *describer, const struct column *column, const char *name)
{
    static const char *const respondents[] = {"token",         "respondent",       "respondentid",
                                              "respondent_id", "respondentnummer", NULL},
                             *const dates[] = {"submitdate", "submitted", "datum", "date", "enddate", NULL},
                             *const waves[] = {"wave", "jaar", "year", "meting", "schooljaar", NULL},
                             *const counters[] = {"id",  "nr",    "no",       "number", "nummer",
                                                  "row", "rowid", "rownames", "x",      NULL};
    const struct tool *tool = describer->rows.tool;
    const char *level = level_of(name);
    if (tool->submitted ? strcmp(name, tool->submitted) == 0
                        : column->dates && column->dates == column->tally.filled && is_one_of(name, dates))
        set_role(column->json, "submitted");
    else if (is_full(describer, column) &&
             (tool->respondent ? strcmp(name, tool->respondent) == 0 : is_one_of(name, respondents)))
        set_role(column->json, "respondent");
    else if (tool->is_own && tool->is_own(name))
        set_other(column->json, "a column of the survey tool");
    else if (is_full(describer, column) && is_one_of(name, waves))
        set_role(column->json, "wave");
    else if (is_full(describer, column) && level)
        set_group(column->json, level);
    else if (is_one_of(name, counters))
        set_other(column->json, "a number of the row");
    else
        return false;
    return true;
}

/* ---- answers --------------------------------------------------------------------------------------------
 */

static void add_label(cJSON *labels, const char *text, double code)
{
    cJSON *label = cJSON_CreateObject();
    cJSON_AddStringToObject(label, "text", text);
    cJSON_AddNumberToObject(label, "code", code);
    cJSON_AddItemToArray(labels, label);
}

/* By the tool's own words: all answers are such. */
static bool add_words(const struct tool *tool, const struct tally *tally, cJSON *labels)
{
    bool has_zero = false;
    for (size_t i = 0; i < tally->value_count; i++) {
        char folded[FOLD_ROOM(LONGEST_VALUE)];
        double code;
        fold_into(tally->values[i].text, folded, sizeof folded);
        if (!tool->word || tool->word(folded, &code) != WORD_NUMBER)
            return false;
        add_label(labels, tally->values[i].text, code);
        has_zero |= code == 0;
    }
    if (!has_zero)
        add_label(labels, "", 0); /* a box that is not ticked is exported as nothing */
    return true;
}

static bool has_code(const struct tally *tally, size_t count, double code)
{
    double other;
    for (size_t i = 0; i < count; i++)
        if (tally_code(tally->values[i].text, &other) && other == code)
            return true;
    return false;
}

/* By the numbers in all of the answers, if they are different ones. */
static bool have_codes(const struct tally *tally)
{
    double code;
    for (size_t i = 0; i < tally->value_count; i++)
        if (!tally_code(tally->values[i].text, &code) || has_code(tally, i, code))
            return false;
    return true;
}

static int by_code(const void *left, const void *right)
{
    double first = 0, second = 0;
    tally_code(((const struct value *)left)->text, &first);
    tally_code(((const struct value *)right)->text, &second);
    return (first > second) - (first < second);
}

static void describe_labels(const struct tool *tool, struct column *column)
{
    struct tally *tally = &column->tally;
    const bool coded = have_codes(tally);
    cJSON *labels = cJSON_CreateArray();
    if (add_words(tool, tally, labels)) {
        cJSON_AddItemToObject(column->json, "labels", labels);
        return;
    }
    cJSON_Delete(labels);
    labels = cJSON_AddArrayToObject(column->json, "labels");
    if (coded)
        qsort(tally->values, tally->value_count, sizeof *tally->values, by_code);
    for (size_t i = 0; i < tally->value_count; i++) {
        double code = (double)i + 1;
        if (coded)
            tally_code(tally->values[i].text, &code);
        add_label(labels, tally->values[i].text, code);
    }
    if (!coded)
        set_guess(column->json,
                  "the numbers of its labels: they are in the order in which the file has them");
}

static void add_range(cJSON *json, double low, double high)
{
    const double ends[] = {low, high};
    if (low < high && !cJSON_HasObjectItem(json, "range"))
        cJSON_AddItemToObject(json, "range", cJSON_CreateDoubleArray(ends, 2));
}

static bool has_personal(const struct tally *tally)
{
    for (size_t i = 0; i < tally->value_count; i++)
        if (personal_is(tally->values[i].text))
            return true;
    return false;
}

/* What one respondent wrote alone may be what he alone thinks, or who he is: only codes may occur once. */
static bool is_of_few_answers(const struct tally *tally)
{
    double code;
    for (size_t i = 0; i < tally->value_count; i++)
        if (tally->values[i].count < LEAST_OF_EACH && !tally_code(tally->values[i].text, &code))
            return false;
    return !tally->has_more && tally->value_count <= MOST_ANSWERS && !has_personal(tally);
}

/* Answers, and no numbers of people. */
static bool is_of_small_numbers(const struct tally *tally)
{
    return !tally->has_more && tally->value_count <= MOST_ANSWERS && tally->wholes == tally->numbers &&
           tally->low >= -LARGEST_ANSWER && tally->high <= LARGEST_ANSWER;
}

static void guess_marker(const struct column *column)
{
    char guess[80];
    snprintf(guess, sizeof guess, "whether %g stands for no answer", column->marker);
    if (column->marker != 0 && has_role(column, "item"))
        set_guess(column->json, guess);
}

static void describe_answers(const struct describer *describer, struct column *column)
{
    const struct tally *tally = &column->tally;
    cJSON *json = column->json;
    if (cJSON_HasObjectItem(json, "labels")) /* the document itself knows them */
        set_role(json, "item");
    else if (!tally->answered)
        set_other(json, tally->filled ? "no answer in any row" : "empty");
    else if (column->dates == tally->answered)
        set_other(json, "dates");
    else if (tally->numbers == tally->answered && !is_of_small_numbers(tally))
        set_other(json, "numbers");
    else if (tally->numbers == tally->answered) {
        set_role(json, "item");
        add_range(json, tally->low, tally->high);
        guess_marker(column);
    } else if (!is_of_few_answers(tally)) {
        set_other(json, "texts");
    } else {
        set_role(json, "item");
        describe_labels(describer->rows.tool, column);
    }
    if (has_role(column, "item") && tally->missing_count && !cJSON_HasObjectItem(json, "missing"))
        cJSON_AddItemToObject(
            json, "missing",
            cJSON_CreateStringArray((const char *const *)tally->missing, (int)tally->missing_count));
}

/* ---- numbers that may stand for no answer ---------------------------------------------------------------
 */

/* Columns of which it is known what they hold are no items. */
static bool may_be_item(const struct describer *describer, size_t index)
{
    const char *name = describer->rows.heading.names[index];
    const struct tool *tool = describer->rows.tool;
    const struct tally *tally = &describer->columns[index].tally;
    return tally->numbers == tally->answered && !level_of(name) && !(tool->is_own && tool->is_own(name));
}

/* `missing` is of all items: a number that is an answer to one of them is none of its words. */
static bool is_answer_to_any(const struct describer *describer, double marker)
{
    struct span others;
    for (size_t i = 0; i < describer->rows.heading.width; i++)
        if (may_be_item(describer, i) && tally_has(&describer->columns[i].tally, marker, &others) &&
            !marker_is_far(marker, &others))
            return true;
    return false;
}

static void suspect_marker(struct describer *describer, double marker)
{
    const bool is_answer = is_answer_to_any(describer, marker);
    struct span others;
    for (size_t i = 0; i < describer->rows.heading.width; i++) {
        struct column *column = &describer->columns[i];
        if (!may_be_item(describer, i) || !tally_has(&column->tally, marker, &others) ||
            others.low > others.high)
            continue;
        if (marker_is_far(marker, &others))
            column->marker = marker;
        if (!is_answer)
            tally_set_missing(&column->tally, marker);
    }
}

static void suspect_markers(struct describer *describer)
{
    for (size_t i = 0; i < MARKERS; i++)
        suspect_marker(describer, markers[i]);
}

/* ---- telling --------------------------------------------------------------------------------------------
 */

static void describe_column(struct describer *describer, size_t index)
{
    const struct heading *heading = &describer->rows.heading;
    struct column *column = &describer->columns[index];
    const struct format *format = describer->document.format;
    const char *name = heading->names[index], *text = heading->texts[index];
    cJSON *json = column->json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", name);
    if (format->about)
        format->about(&describer->document, index, json);
    if (text && text[0] && strcmp(text, name) != 0 && strlen(text) <= LONGEST_ITEM_TEXT &&
        !cJSON_HasObjectItem(json, "nl") && !cJSON_HasObjectItem(json, "en"))
        cJSON_AddStringToObject(json, "nl", text);
    if (cJSON_HasObjectItem(json, role_key))
        return;
    if (!name[0])
        set_other(json, "it has no name");
    else if (column->is_double)
        set_other(json, "its name is there twice");
    else if (!describe_named(describer, column, name))
        describe_answers(describer, column);
    if (strlen(name) > LONGEST_ITEM_TEXT)
        set_other(json, "its name is longer than 2000 bytes");
}

/* How well a column would do as groups of which nothing is known: words, then numbers, then answers; 0: not
 * at all. */
static int as_groups(const struct describer *describer, size_t index)
{
    const struct column *column = &describer->columns[index];
    const struct tally *tally = &column->tally;
    const char *name = describer->rows.heading.names[index];
    const struct tool *tool = describer->rows.tool;
    if (!is_full(describer, column) || column->is_double || (tool->is_own && tool->is_own(name)) ||
        tally->has_more || tally->missing_count || column->dates || has_personal(tally) || !name[0] ||
        strlen(name) > LONGEST_ITEM_NAME || tally->answered < LEAST_OF_EACH * tally->value_count)
        return 0;
    if (has_role(column, "other"))
        return tally->numbers == 0 ? 3 : tally->value_count > MOST_ANSWERS ? 2 : 0;
    return has_role(column, "item") ? 1 : 0;
}

/* An instrument needs groups: where no column is named after some, one that could be is as good as any to
 * begin with. The descriptions are made for this and thrown away: all of them together may be large. */
static size_t find_groups(struct describer *describer)
{
    const size_t width = describer->rows.heading.width;
    size_t found = NO_GROUPS;
    int best = 0;
    bool are_named = false;
    for (size_t i = 0; i < width && !are_named; i++) {
        describe_column(describer, i);
        const int rank = as_groups(describer, i);
        are_named = cJSON_HasObjectItem(describer->columns[i].json, level_key);
        found = rank > best ? i : found;
        best = rank > best ? rank : best;
        cJSON_Delete(describer->columns[i].json);
    }
    return are_named ? NO_GROUPS : found;
}

/* An item stays one. */
static void make_groups(const struct column *column)
{
    if (!has_role(column, "item"))
        set_role(column->json, "group");
    cJSON_AddStringToObject(column->json, level_key, "group");
    cJSON_AddTrueToObject(column->json, "level_guess");
}

static void tell(const struct describer *describer, cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    if (text && strlen(text) <= WZ_DESCRIPTION)
        describer->decode->describe(describer->decode->handle, text);
    free(text);
    cJSON_Delete(json);
}

static void tell_all(struct describer *describer)
{
    const struct format *format = describer->document.format;
    cJSON *whole = cJSON_CreateObject();
    cJSON_AddStringToObject(whole, "document", format->name);
    if (describer->rows.tool->name)
        cJSON_AddStringToObject(whole, "tool", describer->rows.tool->name);
    if (describer->row_count)
        cJSON_AddNumberToObject(whole, "rows", (double)describer->row_count);
    if (format->about)
        format->about(&describer->document, WHOLE_DOCUMENT, whole);
    tell(describer, whole);
    suspect_markers(describer);
    const size_t groups = find_groups(describer);
    for (size_t i = 0; i < describer->rows.heading.width; i++) {
        describe_column(describer, i);
        if (i == groups)
            make_groups(&describer->columns[i]);
        tell(describer, describer->columns[i].json);
    }
}

/* NULL, or why the document cannot be described. */
static const char *read_document(struct describer *describer, const struct job *job, char why[LONGEST_REASON])
{
    struct document *document = &describer->document;
    const char *failed = document_open(document, job, describer->decode, why);
    if (!failed)
        failed = document->format->read(document, &(struct row_taker){take_row, describer}, why);
    if (failed)
        return failed;
    tool_end(&describer->rows);
    return describer->columns ? NULL : "the file is empty; its first row names the columns";
}

void describe_run(const struct job *job, const struct wz_decode *decode)
{
    struct describer describer = {.decode = decode, .rows.taker = {take_heading, take_answers, &describer}};
    char why[LONGEST_REASON];
    if (decode->struct_size < offsetof(struct wz_decode, describe) + sizeof decode->describe ||
        !decode->describe) {
        decode->refuse(decode->handle, "nobody listens to a description; update wijzer");
        return;
    }
    const char *failed = read_document(&describer, job, why);
    if (failed)
        decode->refuse(decode->handle, failed);
    else
        tell_all(&describer);
    for (size_t i = 0; describer.columns && i < describer.rows.heading.width; i++)
        tally_free(&describer.columns[i].tally);
    free(describer.columns);
    tool_reader_free(&describer.rows);
    document_close(&describer.document);
}
