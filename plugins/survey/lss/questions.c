/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "questions.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- types of questions ---------------------------------------------------------------------------------
 */

/* How a question becomes columns. */
enum shape {
    SHAPE_ONE,    /* Q1 */
    SHAPE_LINES,  /* Q1[SQ001], one for each sub-question */
    SHAPE_CELLS,  /* Q1[SQ001_SQ002], one for each pair of them */
    SHAPE_SCALES, /* Q1[SQ001][1] and Q1[SQ001][2] */
    SHAPE_RANKS,  /* Q1[1], Q1[2], ..., one for each answer */
};

static const struct word_code yes_no[] = {{"Y", 1}, {"N", 0}, {NULL, 0}};
static const struct word_code ticked[] = {{"Y", 1}, {"", 0}, {NULL, 0}};
static const struct word_code gender[] = {{"F", 1}, {"M", 2}, {"Female", 1}, {"Male", 2}, {NULL, 0}};
static const struct word_code yes_uncertain_no[] = {
    {"N", 1}, {"U", 2}, {"Y", 3}, {"No", 1}, {"Nee", 1}, {"Yes", 3}, {"Ja", 3}, {"Uncertain", 2}, {NULL, 0}};
static const struct word_code less_same_more[] = {{"D", 1},    {"S", 2},        {"I", 3}, {"Decrease", 1},
                                                  {"Same", 2}, {"Increase", 3}, {NULL, 0}};

static const struct type {
    char letter;
    enum shape shape;
    enum asked asked;
    long low, high;
    const struct word_code *words;
    bool has_order;
} types[] = {
    {'5', SHAPE_ONE, ASKED_SCALE, .low = 1, .high = 5},
    {'A', SHAPE_LINES, ASKED_SCALE, .low = 1, .high = 5},
    {'B', SHAPE_LINES, ASKED_SCALE, .low = 1, .high = 10},
    {'Y', SHAPE_ONE, ASKED_WORDS, .words = yes_no},
    {'G', SHAPE_ONE, ASKED_WORDS, .words = gender},
    {'C', SHAPE_LINES, ASKED_WORDS, .words = yes_uncertain_no},
    {'E', SHAPE_LINES, ASKED_WORDS, .words = less_same_more},
    {'M', SHAPE_LINES, ASKED_WORDS, .words = ticked},
    {'P', SHAPE_LINES, ASKED_WORDS, .words = ticked},
    {'F', SHAPE_LINES, ASKED_ANSWERS, .has_order = true},
    {'H', SHAPE_LINES, ASKED_ANSWERS, .has_order = true},
    {'1', SHAPE_SCALES, ASKED_ANSWERS, .has_order = true},
    {'L', SHAPE_ONE, ASKED_ANSWERS, .has_order = false},
    {'!', SHAPE_ONE, ASKED_ANSWERS, .has_order = false},
    {'O', SHAPE_ONE, ASKED_ANSWERS, .has_order = false},
    {'R', SHAPE_RANKS, ASKED_ANSWERS, .has_order = false},
    {'N', SHAPE_ONE, ASKED_NUMBER, .has_order = false},
    {'K', SHAPE_LINES, ASKED_NUMBER, .has_order = false},
    {':', SHAPE_CELLS, ASKED_NUMBER, .has_order = false},
    {';', SHAPE_CELLS, ASKED_NOTHING, .has_order = false},
    {'Q', SHAPE_LINES, ASKED_NOTHING, .has_order = false},
};

/* Texts, dates, files and equations, and what LimeSurvey may add. */
static const struct type unknown = {'\0', SHAPE_ONE, ASKED_NOTHING, 0, 0, NULL, false};

static const struct type *type_of(const struct slice *question)
{
    const char letter = lss_value(question->rows, KEY_TYPE)[0];
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].letter == letter)
            return &types[i];
    return &unknown;
}

/* ---- order ----------------------------------------------------------------------------------------------
 */

static int compare_numbers(long left, long right)
{
    return (left > right) - (left < right);
}

/* How the rows of a table are ordered, so that those of one thing are together; KEYS: by no more. */
static const enum key orders[TABLES][5] = {
    [TABLE_ANSWERS] = {KEY_QID, KEY_SCALE, KEY_SORT, KEYS},
    [TABLE_ANSWER_TEXTS] = {KEY_AID, KEYS},
    [TABLE_GROUPS] = {KEY_GID, KEYS},
    [TABLE_QUESTIONS] = {KEY_QID, KEYS},
    [TABLE_QUESTION_TEXTS] = {KEY_QID, KEYS},
    [TABLE_SUBQUESTIONS] = {KEY_PARENT, KEY_SCALE, KEY_ORDER, KEY_QID, KEYS},
    [TABLE_SURVEY_TEXTS] = {KEYS},
};

static int compare(const void *left, const void *right, void *data)
{
    int order = 0;
    for (const enum key *key = data; *key != KEYS && !order; key++)
        order = compare_numbers(lss_number(left, *key), lss_number(right, *key));
    return order ? order : strcmp(lss_value(left, KEY_CODE), lss_value(right, KEY_CODE));
}

static void order_tables(struct structure *structure)
{
    for (size_t i = 0; i < TABLES; i++) {
        struct lss_table *table = &structure->tables[i];
        if (table->count)
            qsort_r(table->rows, table->count, sizeof *table->rows, compare, (void *)orders[i]);
    }
}

/* How many rows, of those that are ordered by this key, come before the value, or with `also` are not behind
 * it. */
static size_t count_before(const struct slice *rows, enum key key, long value, bool also)
{
    size_t low = 0, high = rows->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const long found = lss_number(&rows->rows[middle], key);
        if (found < value || (also && found == value))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct slice rows_with(const struct slice *rows, enum key key, long value)
{
    const size_t first = count_before(rows, key, value, false), end = count_before(rows, key, value, true);
    return end > first ? (struct slice){rows->rows + first, end - first} : (struct slice){NULL, 0};
}

struct slice lss_rows_with(const struct lss_table *table, enum key key, long value)
{
    return rows_with(&(struct slice){table->rows, table->count}, key, value);
}

struct slice lss_rows_on(const struct slice *rows, long scale)
{
    return rows_with(rows, KEY_SCALE, scale);
}

struct slice lss_first_of(const struct slice *all, enum key id)
{
    struct slice first = {all->rows, all->count ? 1 : 0};
    while (first.count && first.count < all->count &&
           strcmp(lss_value(&all->rows[first.count], id), lss_value(all->rows, id)) == 0)
        first.count++;
    return first;
}

struct slice lss_behind(const struct slice *all, const struct slice *first)
{
    return all->count > first->count ? (struct slice){all->rows + first->count, all->count - first->count}
                                     : (struct slice){NULL, 0};
}

/* ---- columns --------------------------------------------------------------------------------------------
 */

/* One column; what its name is made of may be NULL. */
static void add_column(struct lss_columns *columns, const struct type *type, char *name,
                       const struct slice *question, const struct slice *first, const struct slice *second)
{
    static const struct slice none = {NULL, 0};
    if (columns->count == MOST_COLUMNS) {
        free(name);
        return;
    }
    if ((columns->count & (columns->count - 1)) == 0) /* full: there is room for a power of two */
        columns->list =
            mem_resize(columns->list, columns->count ? 2 * columns->count : 1, sizeof *columns->list);
    columns->list[columns->count++] = (struct lss_column){
        .name = name,
        .asked = type->asked,
        .why = "texts",
        .low = type->low,
        .high = type->high,
        .words = type->words,
        .has_order = type->has_order,
        .question = *question,
        .parts = {first ? *first : none, second ? *second : none},
    };
}

static const char *title_of(const struct slice *slice)
{
    return lss_value(slice->rows, KEY_TITLE);
}

/* The lines of a table of questions, or, on scale 1, its columns. */
static struct slice lines_of(const struct structure *structure, const struct slice *question, long scale)
{
    const struct slice all = lss_rows_with(&structure->tables[TABLE_SUBQUESTIONS], KEY_PARENT,
                                           lss_number(question->rows, KEY_QID));
    return lss_rows_on(&all, scale);
}

static void add_scales(struct lss_columns *columns, const struct type *type, const struct slice *question,
                       const struct slice *line)
{
    static const char *const endings[] = {"[Scale 1]", "[Scale 2]"};
    for (int scale = 0; scale < 2; scale++) {
        const size_t before = columns->count;
        add_column(columns, type, mem_format("%s[%s][%d]", title_of(question), title_of(line), scale + 1),
                   question, line, NULL);
        if (columns->count > before) {
            columns->list[before].scale = scale;
            columns->list[before].ending = endings[scale];
        }
    }
}

static void add_cells(struct lss_columns *columns, const struct type *type, const struct slice *question,
                      const struct slice *line, struct slice left)
{
    while (left.count && columns->count < MOST_COLUMNS) {
        const struct slice cell = lss_first_of(&left, KEY_QID);
        add_column(columns, type,
                   mem_format("%s[%s_%s]", title_of(question), title_of(line), title_of(&cell)), question,
                   line, &cell);
        left = lss_behind(&left, &cell);
    }
}

static void add_lines(struct lss_columns *columns, const struct structure *structure, const struct type *type,
                      const struct slice *question)
{
    const struct slice across = lines_of(structure, question, 1);
    struct slice left = lines_of(structure, question, 0);
    while (left.count && columns->count < MOST_COLUMNS) {
        const struct slice line = lss_first_of(&left, KEY_QID);
        if (type->shape == SHAPE_SCALES)
            add_scales(columns, type, question, &line);
        else if (type->shape == SHAPE_CELLS)
            add_cells(columns, type, question, &line, across);
        else
            add_column(columns, type, mem_format("%s[%s]", title_of(question), title_of(&line)), question,
                       &line, NULL);
        left = lss_behind(&left, &line);
    }
}

static void add_ranks(struct lss_columns *columns, const struct structure *structure, const struct type *type,
                      const struct slice *question)
{
    struct slice left =
        lss_rows_with(&structure->tables[TABLE_ANSWERS], KEY_QID, lss_number(question->rows, KEY_QID));
    for (int rank = 1; left.count && columns->count < MOST_COLUMNS; rank++) {
        const struct slice answer = lss_first_of(&left, KEY_CODE);
        add_column(columns, type, mem_format("%s[%d]", title_of(question), rank), question, NULL, NULL);
        columns->list[columns->count - 1].rank = rank;
        left = lss_behind(&left, &answer);
    }
}

static void add_question(struct lss_columns *columns, const struct structure *structure,
                         const struct slice *question)
{
    const struct type *type = type_of(question);
    if (type->shape == SHAPE_ONE)
        add_column(columns, type, mem_copy_text(title_of(question)), question, NULL, NULL);
    else if (type->shape == SHAPE_RANKS)
        add_ranks(columns, structure, type, question);
    else
        add_lines(columns, structure, type, question);
}

/* ---- questions in their order ---------------------------------------------------------------------------
 */

struct placed {
    struct slice question;
    long group, place;
};

static int by_appearance(const void *left, const void *right)
{
    const struct placed *first = left, *second = right;
    const int groups = compare_numbers(first->group, second->group);
    const int places = groups ? groups : compare_numbers(first->place, second->place);
    return places ? places
                  : compare_numbers(lss_number(first->question.rows, KEY_QID),
                                    lss_number(second->question.rows, KEY_QID));
}

static void place(struct placed *placed, const struct structure *structure, struct slice question)
{
    const struct slice group =
        lss_rows_with(&structure->tables[TABLE_GROUPS], KEY_GID, lss_number(question.rows, KEY_GID));
    *placed = (struct placed){.question = question,
                              .group = group.count ? lss_number(group.rows, KEY_GROUP_ORDER) : 0,
                              .place = lss_number(question.rows, KEY_ORDER)};
}

/* LimeSurvey's own columns, by which an export of it is known. */
static void add_own(struct lss_columns *columns)
{
    static const char *const names[] = {"id", "submitdate", "lastpage", "startlanguage"};
    static const struct slice none = {NULL, 0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add_column(columns, &unknown, mem_copy_text(names[i]), &none, NULL, NULL);
}

void columns_of_structure(struct lss_columns *columns, struct structure *structure)
{
    const struct lss_table *table = &structure->tables[TABLE_QUESTIONS];
    struct placed *questions = mem_alloc(table->count * sizeof *questions);
    size_t count = 0;
    *columns = (struct lss_columns){0};
    order_tables(structure);
    for (struct slice left = {table->rows, table->count}; left.count;) {
        const struct slice question = lss_first_of(&left, KEY_QID);
        if (lss_number(question.rows, KEY_PARENT) == 0)
            place(&questions[count++], structure, question);
        left = lss_behind(&left, &question);
    }
    if (count)
        qsort(questions, count, sizeof *questions, by_appearance);
    add_own(columns);
    for (size_t i = 0; i < count && columns->count < MOST_COLUMNS; i++)
        add_question(columns, structure, &questions[i].question);
    free(questions);
}

void lss_columns_free(struct lss_columns *columns)
{
    for (size_t i = 0; i < columns->count; i++)
        free(columns->list[i].name);
    free(columns->list);
}
