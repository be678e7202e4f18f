/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/lint/lint.h"

#include "base/fold.h"
#include "base/json.h"
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

/* Nobody writes out more of them: a script that makes them by the thousands is not looked at. */
enum { MOST_ANSWERS = 1000 };

struct answers {
    const struct lint *lint;
    const struct instrument_declaration *instrument;
    const cJSON *missing, *labels;
};

/* Does a token stand for the number? */
static bool is_number(const struct outline *outline, uint32_t at, double number)
{
    return outline_is_kind(outline, at, TOKEN_NUMBER) &&
           strtod(outline_token(outline, at)->text, NULL) == number;
}

static bool is_text(const struct outline *outline, uint32_t at, const char *text)
{
    return text && outline_says(outline, at, text);
}

/* The table of an item, whose id may be no name of Lua: ["Q1[SQ001]"] = {...}. */
static uint32_t item_table(const struct outline *outline, uint32_t items, const char *id)
{
    const uint32_t named = outline_field_table(outline, items, id), end = outline->partner[items];
    uint32_t at = named == NO_TOKEN ? outline_find(outline, id, items, end) : NO_TOKEN;
    while (at != NO_TOKEN && !(outline_is(outline, at - 1, "[") && outline_is(outline, at + 1, "]") &&
                               outline_is(outline, at + 2, "=") && outline_is(outline, at + 3, "{")))
        at = outline_find(outline, id, at + 1, end);
    return at == NO_TOKEN ? named : at + 3;
}

/* The first token of the instrument's table, or of one of its items. */
static uint32_t table_of(const struct answers *answers, const struct item_declaration *item)
{
    const struct outline *outline = answers->lint->outline;
    const struct outline_call *call =
        outline_call(outline, "instrument", answers->instrument->id, answers->instrument->line);
    uint32_t table = call ? call->table : NO_TOKEN;
    if (item && table != NO_TOKEN)
        table = outline_field_table(outline, table, "items");
    return item && table != NO_TOKEN ? item_table(outline, table, item->id) : table;
}

/* Where the answer stands in a field of the instrument, or of one of its items; NO_TOKEN: it is not written
 * out there. A text is looked for, or, where it is NULL, a number. */
static uint32_t find_answer(const struct answers *answers, const struct item_declaration *item,
                            const char *key, const char *text, double number)
{
    const struct outline *outline = answers->lint->outline;
    const uint32_t table = table_of(answers, item);
    const uint32_t field = table == NO_TOKEN ? NO_TOKEN : outline_field(outline, table, key);
    if (field == NO_TOKEN)
        return NO_TOKEN;
    const uint32_t end = outline_field_end(outline, field);
    for (uint32_t at = field + 2; at < end; at++)
        if (text ? is_text(outline, at, text) : is_number(outline, at, number))
            return at;
    return NO_TOKEN;
}

/* ---- missing answers ----------------------------------------------------------------------------------- */

static const struct item_declaration *item_with(const struct instrument_declaration *instrument,
                                                double answer)
{
    for (size_t i = 0; i < instrument->item_count; i++) {
        const struct item_declaration *item = &instrument->items[i];
        if (item->has_range && answer >= item->low && answer <= item->high)
            return item;
    }
    return NULL;
}

static void look_at_missing(const struct answers *answers)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, answers->missing)
    {
        const struct item_declaration *item =
            cJSON_IsNumber(one) ? item_with(answers->instrument, one->valuedouble) : NULL;
        const uint32_t at = item ? find_answer(answers, NULL, "missing", NULL, one->valuedouble) : NO_TOKEN;
        if (at != NO_TOKEN)
            lint_tell(
                answers->lint, SEVERITY_WARNING, "missing-in-range", at, at,
                "the missing answer %g lies in the range %g-%g of item '%s': whoever gives it counts as not "
                "having answered",
                one->valuedouble, item->low, item->high, item->id);
    }
}

/* ---- labels -------------------------------------------------------------------------------------------- */

static bool is_missing_code(const struct answers *answers, double code)
{
    const cJSON *one;
    cJSON_ArrayForEach(one, answers->missing)
    {
        if (cJSON_IsNumber(one) && one->valuedouble == code)
            return true;
    }
    return false;
}

static void add_folded(struct map *texts, const char *text)
{
    char *folded = fold_text(text);
    if (!map_find_text(texts, folded))
        map_add_text(texts, folded, 0);
    free(folded);
}

/* As a survey's answers are compared. */
static struct map missing_texts(const struct answers *answers)
{
    struct map texts = {0};
    const cJSON *one;
    cJSON_ArrayForEach(one, answers->missing)
    {
        if (cJSON_IsString(one))
            add_folded(&texts, one->valuestring);
    }
    return texts;
}

static bool is_missing(const struct map *missing, const char *label)
{
    char *folded = fold_text(label);
    const bool is_there = map_find_text(missing, folded) != NULL;
    free(folded);
    return is_there;
}

/* Items without a range take any code. */
static bool is_outside(const struct instrument_declaration *instrument, double code)
{
    for (size_t i = 0; i < instrument->item_count; i++)
        if (!instrument->items[i].has_range)
            return false;
    return !item_with(instrument, code);
}

static void look_at_labels(const struct answers *answers)
{
    struct map texts = missing_texts(answers);
    const cJSON *label;
    cJSON_ArrayForEach(label, answers->labels)
    {
        const bool missing = is_missing(&texts, label->string);
        if (!missing && (is_missing_code(answers, label->valuedouble) ||
                         !is_outside(answers->instrument, label->valuedouble)))
            continue;
        const uint32_t at = find_answer(answers, NULL, "labels", label->string, 0);
        if (at != NO_TOKEN && missing)
            lint_tell(answers->lint, SEVERITY_WARNING, "label-missing", at, at,
                      "the answer '%s' is in 'labels' and in 'missing'; keep it in one of them",
                      label->string);
        else if (at != NO_TOKEN)
            lint_tell(answers->lint, SEVERITY_WARNING, "label-out-of-range", at, at,
                      "the label '%s' stands for %g, which lies in the range of no item", label->string,
                      label->valuedouble);
    }
    map_free(&texts);
}

static void look_at_labels_of(const struct answers *answers, const struct item_declaration *item,
                              const cJSON *labels)
{
    const cJSON *label;
    cJSON_ArrayForEach(label, labels)
    {
        const double code = label->valuedouble;
        const bool fits = code >= item->low && code <= item->high;
        const uint32_t at = fits || is_missing_code(answers, code)
                                ? NO_TOKEN
                                : find_answer(answers, item, "labels", label->string, 0);
        if (at != NO_TOKEN)
            lint_tell(answers->lint, SEVERITY_WARNING, "label-out-of-range", at, at,
                      "the label '%s' of item '%s' stands for %g, which lies outside its range %g-%g",
                      label->string, item->id, code, item->low, item->high);
    }
}

/* The labels of items, as long as nobody has to wait for it. */
static void look_at_items(const struct answers *answers, const cJSON *items)
{
    const cJSON *json;
    int left = MOST_ANSWERS;
    cJSON_ArrayForEach(json, items)
    {
        const cJSON *labels = cJSON_GetObjectItemCaseSensitive(json, "labels");
        const struct item_declaration *item = instrument_item(answers->instrument, json_text(json, "id"));
        left -= cJSON_GetArraySize(labels);
        if (left < 0)
            return;
        if (item && item->has_range)
            look_at_labels_of(answers, item, labels);
    }
}

void lint_answers(const struct lint *lint)
{
    for (size_t i = 0; i < lint->declarations->instrument_count && !findings_are_full(lint->findings); i++) {
        struct answers answers = {.lint = lint, .instrument = &lint->declarations->instruments[i]};
        cJSON *json = cJSON_Parse(answers.instrument->json);
        answers.missing = cJSON_GetObjectItemCaseSensitive(json, "missing");
        answers.labels = cJSON_GetObjectItemCaseSensitive(json, "labels");
        if (cJSON_GetArraySize(answers.missing) <= MOST_ANSWERS &&
            cJSON_GetArraySize(answers.labels) <= MOST_ANSWERS) {
            look_at_missing(&answers);
            look_at_labels(&answers);
        }
        look_at_items(&answers, cJSON_GetObjectItemCaseSensitive(json, "items"));
        cJSON_Delete(json);
    }
}
