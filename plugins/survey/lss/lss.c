/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lss.h"
#include "html.h"
#include "questions.h"
#include "structure.h"
#include "tally.h"

#include "base/fold.h"
#include "base/mem.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_TEXT = 2000, LONGEST_LABEL = 200, MOST_LABELS = 100 };

static const char *const languages[LANGUAGES] = {"nl", "en"};

/* The labels that were made last: all lines of a table of questions have the same. */
struct known_labels {
    const struct lss_row *answers;
    cJSON *labels;
};

struct lss {
    struct structure structure;
    struct lss_columns columns;
    struct known_labels known;
};

/* ---- texts ----------------------------------------------------------------------------------------------
 */

/* nl-informal is Dutch too. */
static bool is_language(const char *language, const char *wanted)
{
    const size_t length = strlen(wanted);
    return strncmp(language, wanted, length) == 0 && (!language[length] || language[length] == '-');
}

/* The text in a language, in words; NULL: there is none. */
static char *words_in(const struct slice *rows, enum key text, enum key language, const char *wanted)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (!is_language(lss_value(&rows->rows[i], language), wanted))
            continue;
        char *words = html_words(lss_value(&rows->rows[i], text));
        if (words[0])
            return words;
        free(words);
    }
    return NULL;
}

/* Of a question or a sub-question: in a table of texts, or, in older versions, in its own rows. */
static char *question_in(const struct lss *lss, const struct slice *question, const char *language)
{
    const struct slice texts = lss_rows_with(&lss->structure.tables[TABLE_QUESTION_TEXTS], KEY_QID,
                                             lss_number(question->rows, KEY_QID));
    char *words = words_in(&texts, KEY_QUESTION, KEY_LANGUAGE, language);
    return words ? words : words_in(question, KEY_QUESTION, KEY_LANGUAGE, language);
}

static char *answer_in(const struct lss *lss, const struct slice *answer, const char *language)
{
    const struct slice texts =
        lss_rows_with(&lss->structure.tables[TABLE_ANSWER_TEXTS], KEY_AID, lss_number(answer->rows, KEY_AID));
    char *words = answer->rows->values[KEY_AID] ? words_in(&texts, KEY_ANSWER, KEY_LANGUAGE, language) : NULL;
    return words ? words : words_in(answer, KEY_ANSWER, KEY_LANGUAGE, language);
}

/* Behind a text, in brackets, as in the heading of an export. */
static char *with_part(char *text, const char *part)
{
    if (!text || !part)
        return text;
    char *longer = mem_format("%s [%s]", text, part);
    free(text);
    return longer;
}

static char *column_in(const struct lss *lss, const struct lss_column *column, const char *language)
{
    char *text = question_in(lss, &column->question, language);
    for (size_t i = 0; i < 2 && text; i++) {
        char *part = column->parts[i].count ? question_in(lss, &column->parts[i], language) : NULL;
        text = with_part(text, part);
        free(part);
    }
    char *ended = text && column->ending ? mem_format("%s%s", text, column->ending)
                  : text && column->rank ? mem_format("%s [Rank %d]", text, column->rank)
                                         : NULL;
    if (!ended)
        return text;
    free(text);
    return ended;
}

static void add_texts(const struct lss *lss, const struct lss_column *column, cJSON *json)
{
    for (size_t i = 0; i < LANGUAGES; i++) {
        char *text = column_in(lss, column, languages[i]);
        if (text && strlen(text) <= LONGEST_TEXT)
            cJSON_AddStringToObject(json, languages[i], text);
        free(text);
    }
}

/* ---- answers --------------------------------------------------------------------------------------------
 */

/* What the answers of a question stand for. */
enum numbering {
    BY_ASSESSMENT, /* by the values that the survey gives them */
    BY_CODE,       /* by the number in their codes */
    BY_PLACE,
};

static double number_of(const struct slice *answer, enum numbering numbering, size_t place)
{
    double code = (double)place;
    if (numbering == BY_ASSESSMENT)
        return (double)lss_number(answer->rows, KEY_ASSESSMENT);
    if (numbering == BY_CODE)
        tally_code(lss_value(answer->rows, KEY_CODE), &code);
    return code;
}

static struct slice next_answer(struct slice *left)
{
    const struct slice answer = lss_first_of(left, KEY_CODE);
    *left = lss_behind(left, &answer);
    return answer;
}

/* Do all answers have a number so, and each another? */
static bool is_numbering(struct slice left, enum numbering numbering)
{
    double numbers[MOST_LABELS];
    size_t count = 0;
    while (left.count && count < MOST_LABELS) {
        const struct slice answer = next_answer(&left);
        if (numbering == BY_CODE && !tally_code(lss_value(answer.rows, KEY_CODE), &numbers[count]))
            return false;
        numbers[count] = number_of(&answer, numbering, 0);
        for (size_t i = 0; i < count; i++)
            if (numbers[i] == numbers[count])
                return false;
        count++;
    }
    return count > 1 || numbering == BY_CODE;
}

static enum numbering numbering_of(struct slice answers)
{
    return is_numbering(answers, BY_ASSESSMENT) ? BY_ASSESSMENT
           : is_numbering(answers, BY_CODE)     ? BY_CODE
                                                : BY_PLACE;
}

static bool has_label(const cJSON *labels, const char *text)
{
    char folded[FOLD_ROOM(LONGEST_LABEL)], other[FOLD_ROOM(LONGEST_LABEL)];
    const cJSON *label;
    fold_into(text, folded, sizeof folded);
    cJSON_ArrayForEach(label, labels)
    {
        fold_into(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(label, "text")), other, sizeof other);
        if (strcmp(folded, other) == 0)
            return true;
    }
    return false;
}

/* Not a second time: where two answers have one text, it tells neither. */
static void add_label(cJSON *labels, const char *text, double code)
{
    if (strlen(text) > LONGEST_LABEL || has_label(labels, text))
        return;
    cJSON *label = cJSON_CreateObject();
    cJSON_AddStringToObject(label, "text", text);
    cJSON_AddNumberToObject(label, "code", code);
    cJSON_AddItemToArray(labels, label);
}

static bool is_plain_number(const char *text)
{
    return text[0] && text[strspn(text, "0123456789.,-")] == '\0';
}

/* Codes first: a text that is the code of another answer is not taken for that. */
static void add_codes(struct slice answers, enum numbering numbering, cJSON *labels)
{
    size_t place = 0;
    while (answers.count && place < MOST_LABELS) {
        const struct slice answer = next_answer(&answers);
        add_label(labels, lss_value(answer.rows, KEY_CODE), number_of(&answer, numbering, ++place));
    }
}

static void add_answer_texts(const struct lss *lss, struct slice answers, enum numbering numbering,
                             cJSON *labels)
{
    const bool codes_are_numbers = is_plain_number(lss_value(answers.rows, KEY_CODE));
    size_t place = 0;
    while (answers.count && place < MOST_LABELS) {
        const struct slice answer = next_answer(&answers);
        place++;
        for (size_t i = 0; i < LANGUAGES; i++) {
            char *text = answer_in(lss, &answer, languages[i]);
            if (text && !(codes_are_numbers && is_plain_number(text)))
                add_label(labels, text, number_of(&answer, numbering, place));
            free(text);
        }
    }
}

static void add_range(cJSON *json, double low, double high)
{
    const double ends[] = {low, high};
    if (low < high)
        cJSON_AddItemToObject(json, "range", cJSON_CreateDoubleArray(ends, 2));
}

static void add_range_of(cJSON *json, const cJSON *labels)
{
    const cJSON *label;
    double low = 0, high = 0;
    cJSON_ArrayForEach(label, labels)
    {
        const double code = cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(label, "code"));
        low = label == labels->child || code < low ? code : low;
        high = label == labels->child || code > high ? code : high;
    }
    add_range(json, low, high);
}

static void know_labels(struct lss *lss, struct slice answers, enum numbering numbering)
{
    cJSON_Delete(lss->known.labels);
    lss->known = (struct known_labels){.answers = answers.rows, .labels = cJSON_CreateArray()};
    add_codes(answers, numbering, lss->known.labels);
    add_answer_texts(lss, answers, numbering, lss->known.labels);
}

static void add_answers(struct lss *lss, const struct lss_column *column, cJSON *json)
{
    const struct slice all = lss_rows_with(&lss->structure.tables[TABLE_ANSWERS], KEY_QID,
                                           lss_number(column->question.rows, KEY_QID)),
                       answers = lss_rows_on(&all, column->scale);
    if (!answers.count)
        return;
    const enum numbering numbering = numbering_of(answers);
    if (lss->known.answers != answers.rows)
        know_labels(lss, answers, numbering);
    cJSON_AddItemToObject(json, "labels", cJSON_Duplicate(lss->known.labels, true));
    add_range_of(json, lss->known.labels);
    if (!column->has_order)
        cJSON_AddStringToObject(json, "guess",
                                "whether its answers have an order: the numbers of its labels are "
                                "those of a list");
    else if (numbering == BY_PLACE)
        cJSON_AddStringToObject(json, "guess",
                                "the numbers of its labels: they are in the order of the answers");
}

static void add_words(const struct lss_column *column, cJSON *json)
{
    cJSON *labels = cJSON_AddArrayToObject(json, "labels");
    for (const struct word_code *word = column->words; word->word; word++)
        add_label(labels, word->word, word->code);
    add_range_of(json, labels);
}

/* ---- the description ------------------------------------------------------------------------------------
 */

static void about_survey(const struct lss *lss, cJSON *json)
{
    const struct lss_table *table = &lss->structure.tables[TABLE_SURVEY_TEXTS];
    const struct slice texts = {table->rows, table->count};
    cJSON *title = cJSON_AddObjectToObject(json, "title");
    for (size_t i = 0; i < LANGUAGES; i++) {
        char *text = words_in(&texts, KEY_SURVEY_TITLE, KEY_SURVEY_LANGUAGE, languages[i]);
        if (text && strlen(text) <= LONGEST_TEXT)
            cJSON_AddStringToObject(title, languages[i], text);
        free(text);
    }
}

/* A column of LimeSurvey's own. The language of a respondent is a group of which every response has one, to
 * begin with. */
static void about_own(const struct lss_column *column, cJSON *json)
{
    const bool is_language_column = strcmp(column->name, "startlanguage") == 0;
    const bool is_date = strcmp(column->name, "submitdate") == 0;
    cJSON_AddStringToObject(json, "role", is_language_column ? "group" : is_date ? "submitted" : "other");
    if (is_language_column) {
        cJSON_AddStringToObject(json, "level", "language");
        cJSON_AddTrueToObject(json, "level_guess");
    } else if (!is_date) {
        cJSON_AddStringToObject(json, "why", "a column of the survey tool");
    }
}

static void about_lss(const struct document *document, size_t index, cJSON *json)
{
    struct lss *lss = document->state;
    if (index == WHOLE_DOCUMENT) {
        about_survey(lss, json);
        return;
    }
    const struct lss_column *column = &lss->columns.list[index];
    if (!column->question.count) {
        about_own(column, json);
        return;
    }
    add_texts(lss, column, json);
    cJSON_AddStringToObject(json, "role", column->asked == ASKED_NOTHING ? "other" : "item");
    if (column->asked == ASKED_NOTHING)
        cJSON_AddStringToObject(json, "why", column->why);
    else if (column->asked == ASKED_SCALE)
        add_range(json, (double)column->low, (double)column->high);
    else if (column->asked == ASKED_WORDS)
        add_words(column, json);
    else if (column->asked == ASKED_ANSWERS)
        add_answers(lss, column, json);
}

/* ---- the format -----------------------------------------------------------------------------------------
 */

static bool is_lss(const char *head, size_t size)
{
    static const char begin[] = "<?xml", type[] = "<LimeSurveyDocType>Survey</LimeSurveyDocType>";
    const size_t mark = size >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    return size - mark >= sizeof begin - 1 && memcmp(head + mark, begin, sizeof begin - 1) == 0 &&
           memmem(head, size, type, sizeof type - 1) != NULL;
}

static const char *open_lss(struct document *document, const char *head, size_t size,
                            char why[LONGEST_REASON])
{
    (void)head;
    (void)size;
    document->decimal.sign = '.';
    if (!document->job->describes)
        return "the file is the structure of a survey of LimeSurvey and holds no answers: export those as "
               "CSV; "
               "wijzer instrument new makes an instrument of the structure";
    struct lss *lss = mem_alloc(sizeof *lss);
    document->state = lss;
    const char *wrong = structure_read(&lss->structure, document, why);
    if (!wrong)
        columns_of_structure(&lss->columns, &lss->structure);
    return wrong;
}

static void close_lss(struct document *document)
{
    struct lss *lss = document->state;
    if (!lss)
        return;
    cJSON_Delete(lss->known.labels);
    lss_columns_free(&lss->columns);
    structure_free(&lss->structure);
    free(lss);
}

static const char *read_lss(const struct document *document, const struct row_taker *taker,
                            char why[LONGEST_REASON])
{
    const struct lss *lss = document->state;
    struct row_builder builder = {0};
    (void)why;
    for (size_t i = 0; i < lss->columns.count; i++)
        row_add(&builder, lss->columns.list[i].name, strlen(lss->columns.list[i].name), NO_FAULT);
    row_give(&builder, 1, taker);
    row_builder_free(&builder);
    return NULL;
}

static void peek_lss(const struct document *document, const struct row_taker *taker)
{
    char why[LONGEST_REASON];
    read_lss(document, taker, why);
}

static void note_lss(const struct document *document)
{
    document_note(document, "format", format_lss.name);
}

static const char *fault_lss(const struct document *document, enum fault fault, char why[LONGEST_REASON])
{
    (void)document;
    (void)fault;
    (void)why;
    return "the field cannot be read";
}

static const char *undivided_lss(const struct document *document)
{
    (void)document;
    return NULL;
}

const struct format format_lss = {
    .name = "lss",
    .is = is_lss,
    .open = open_lss,
    .close = close_lss,
    .peek = peek_lss,
    .read = read_lss,
    .note = note_lss,
    .fault = fault_lss,
    .undivided = undivided_lss,
    .about = about_lss,
};
