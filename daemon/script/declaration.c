/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/declaration.h"

#include "base/json.h"
#include "base/mem.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int malformed(const char *what, struct error *error)
{
    return error_set(error, ERROR_INPUT, "the script worker sent a declaration without a proper %s", what);
}

static struct bilingual read_bilingual(const cJSON *object)
{
    return (struct bilingual){.nl = mem_copy_text(json_text(object, "nl")),
                              .en = mem_copy_text(json_text(object, "en"))};
}

static bool read_range(const cJSON *object, double *low, double *high)
{
    const cJSON *range = cJSON_GetObjectItemCaseSensitive(object, "range");
    const cJSON *first = cJSON_GetArrayItem(range, 0), *second = cJSON_GetArrayItem(range, 1);
    if (!cJSON_IsNumber(first) || !cJSON_IsNumber(second))
        return false;
    *low = first->valuedouble;
    *high = second->valuedouble;
    return isfinite(*low) && isfinite(*high) && *low <= *high;
}

/* Makes room for one entry per element of an array; calloc'd, so that a half-read one can be freed. */
static void *make_entries(const cJSON *array, size_t size)
{
    const int count = cJSON_GetArraySize(array);
    return mem_alloc((size_t)count * size);
}

static int read_item(const cJSON *json, struct item_declaration *item, struct error *error)
{
    item->id = mem_copy_text(json_text(json, "id"));
    item->text = read_bilingual(json);
    item->reverse = json_true(json, "reverse");
    item->has_range = read_range(json, &item->low, &item->high);
    if (!item->id)
        return malformed("item id", error);
    return item->reverse && !item->has_range ? malformed("range of a reversed item", error) : 0;
}

static int read_line(const cJSON *json)
{
    double line = 0;
    return json_number(json, "line", &line) && line > 0 && line < INT_MAX ? (int)line : 0;
}

/* An instrument that only moved to another line is still the same. */
static char *print_without_place(const cJSON *json)
{
    cJSON *copy = cJSON_Duplicate(json, true);
    cJSON_DeleteItemFromObjectCaseSensitive(copy, "file");
    cJSON_DeleteItemFromObjectCaseSensitive(copy, "line");
    if (cJSON_GetObjectItemCaseSensitive(copy, "wave_function"))
        cJSON_ReplaceItemInObjectCaseSensitive(copy, "wave_function", cJSON_CreateTrue());
    char *text = cJSON_PrintUnformatted(copy);
    cJSON_Delete(copy);
    return text;
}

/* Where nothing says so, and where it makes no sense: a fortnight. */
static int read_closing(const cJSON *json)
{
    enum { FORTNIGHT = 14 };
    double days;
    const bool is_sane = json_number(json, "closes_after", &days) && days >= 0 && days <= MOST_CLOSING_DAYS;
    return is_sane ? (int)days : FORTNIGHT;
}

static int read_instrument(const cJSON *json, struct instrument_declaration *instrument, struct error *error)
{
    instrument->id = mem_copy_text(json_text(json, "id"));
    instrument->title = read_bilingual(cJSON_GetObjectItemCaseSensitive(json, "title"));
    instrument->levels = json_texts(json, "levels", &instrument->level_count);
    instrument->wave_function = mem_copy_text(json_text(json, "wave_function"));
    instrument->closes_after_days = read_closing(json);
    instrument->json = print_without_place(json);
    instrument->file = mem_copy_text(json_text(json, "file"));
    instrument->line = read_line(json);
    if (!instrument->id || !instrument->file)
        return malformed("instrument id", error);
    if (instrument->wave_function && json_text(json, "wave"))
        return malformed("wave, which is a column or a function", error);
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(json, "items"), *element;
    instrument->items = make_entries(items, sizeof *instrument->items);
    cJSON_ArrayForEach(element, items)
    {
        if (read_item(element, &instrument->items[instrument->item_count++], error) != 0)
            return -1;
    }
    return 0;
}

static int find_word(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; word && i < count; i++)
        if (words[i] && strcmp(word, words[i]) == 0)
            return (int)i;
    return -1;
}

static const char *const kind_words[] = {
    [INPUT_SCALE] = "scale",   [INPUT_ITEM] = "item",   [INPUT_SHARE] = "share",
    [INPUT_DERIVE] = "derive", [INPUT_COUNT] = "count", [INPUT_DISTINCT] = "distinct",
    [INPUT_SUM] = "sum",       [INPUT_RATE] = "rate",   [INPUT_MADE] = "derive"};

const char *input_kind_word(enum input_kind kind)
{
    return kind_words[kind];
}

static int read_kind(const char *word, bool of_events, enum input_kind *kind)
{
    const int found = find_word(word, kind_words, sizeof kind_words / sizeof *kind_words);
    *kind = found == INPUT_DERIVE && of_events ? INPUT_MADE : (enum input_kind)found;
    return found < 0 ? -1 : 0;
}

static bool takes_items(enum input_kind kind)
{
    return !input_is_derived(kind) && kind != INPUT_COUNT;
}

static const char *const period_words[] = {[PERIOD_WAVE] = "wave",
                                           [PERIOD_DAY] = "day",
                                           [PERIOD_WEEK] = "week",
                                           [PERIOD_MONTH] = "month",
                                           [PERIOD_SCHOOL_YEAR] = "school_year",
                                           [PERIOD_WINDOW] = "window"};

const char *period_kind_word(enum period_kind kind)
{
    return period_words[kind];
}

static int read_period(const cJSON *json, struct indicator_declaration *indicator)
{
    double days = 0;
    const int found =
        find_word(json_text(json, "period"), period_words, sizeof period_words / sizeof *period_words);
    indicator->period = (enum period_kind)found;
    json_number(json, "window_days", &days);
    indicator->window_days = days >= 1 && days < 100000 ? (int)days : 0;
    return found < 0 || (found == PERIOD_WAVE) != (indicator->instrument != NULL) ||
                   (found == PERIOD_WINDOW) != (indicator->window_days > 0)
               ? -1
               : 0;
}

static int read_input(const cJSON *json, bool of_events, struct input_declaration *input, struct error *error)
{
    double min_answered = 0;
    input->name = mem_copy_text(json_text(json, "name"));
    input->items = json_texts(json, "items", &input->item_count);
    input->has_least = json_number(json, "at_least", &input->at_least);
    input->has_most = json_number(json, "at_most", &input->at_most);
    if (!input->name)
        return malformed("input name", error);
    if (read_kind(json_text(json, "kind"), of_events, &input->kind) != 0)
        return malformed("kind of input", error);
    if (takes_items(input->kind) != (input->item_count > 0))
        return malformed("list of items", error);
    input->verb = mem_copy_text(json_text(json, "verb"));
    input->object = mem_copy_text(json_text(json, "object"));
    if (input->kind != INPUT_SCALE)
        return 0;
    input->min_answered = (int)input->item_count;
    if (json_number(json, "min_answered", &min_answered) && min_answered >= 1 &&
        min_answered <= (double)input->item_count)
        input->min_answered = (int)min_answered;
    return 0;
}

static int read_indicator(const cJSON *json, struct indicator_declaration *indicator, struct error *error)
{
    indicator->id = mem_copy_text(json_text(json, "id"));
    indicator->title = read_bilingual(cJSON_GetObjectItemCaseSensitive(json, "title"));
    indicator->unit = mem_copy_text(json_text(json, "unit"));
    indicator->instrument = mem_copy_text(json_text(json, "instrument"));
    indicator->levels = json_texts(json, "by", &indicator->level_count);
    indicator->file = mem_copy_text(json_text(json, "file"));
    indicator->line = read_line(json);
    indicator->params = json_texts(json, "params", &indicator->param_count);
    double size = 0;
    if (json_number(json, "min_group_size", &size) && size >= 1 && size <= 1000)
        indicator->min_group_size = (int)size;
    if (!indicator->id || !indicator->file || !indicator->level_count)
        return malformed("indicator", error);
    if (read_period(json, indicator) != 0)
        return malformed("period", error);
    const cJSON *inputs = cJSON_GetObjectItemCaseSensitive(json, "inputs"), *element;
    indicator->inputs = make_entries(inputs, sizeof *indicator->inputs);
    cJSON_ArrayForEach(element, inputs)
    {
        struct input_declaration *input = &indicator->inputs[indicator->input_count++];
        if (read_input(element, !indicator->instrument, input, error) != 0)
            return -1;
        if (input_is_of_events(input->kind) != !indicator->instrument)
            return malformed("input for its source", error);
    }
    return indicator->input_count ? 0 : malformed("list of inputs", error);
}

static int read_policy(const char *word, enum no_value_policy *policy)
{
    static const char *const words[] = {
        [NO_VALUE_KEEP] = "keep", [NO_VALUE_RESOLVE] = "resolve", [NO_VALUE_RAISE] = "raise"};
    const int found = find_word(word, words, sizeof words / sizeof *words);
    *policy = (enum no_value_policy)found;
    return found < 0 ? -1 : 0;
}

static int read_alert(const cJSON *json, struct alert_declaration *alert, struct error *error)
{
    double hold = 0, keep = 0;
    alert->id = mem_copy_text(json_text(json, "id"));
    alert->title = read_bilingual(cJSON_GetObjectItemCaseSensitive(json, "title"));
    alert->indicator = mem_copy_text(json_text(json, "on"));
    alert->level = mem_copy_text(json_text(json, "level"));
    alert->severity = mem_copy_text(json_text(json, "severity"));
    alert->summary = read_bilingual(cJSON_GetObjectItemCaseSensitive(json, "summary"));
    alert->file = mem_copy_text(json_text(json, "file"));
    alert->line = read_line(json);
    json_number(json, "hold_ms", &hold);
    json_number(json, "keep_ms", &keep);
    if (!(hold >= 0 && hold < 1e15 && keep >= 0 && keep < 1e15))
        return malformed("duration of an alert", error);
    alert->hold_ms = (int64_t)hold;
    alert->keep_ms = (int64_t)keep;
    if (read_policy(json_text(json, "on_no_value"), &alert->on_no_value) != 0)
        return malformed("policy for no value", error);
    return alert->id && alert->indicator && alert->severity && alert->file ? 0 : malformed("alert", error);
}

static int read_problem(const cJSON *json, struct problem_declaration *problem, struct error *error)
{
    double taken = 0;
    problem->code = mem_copy_text(json_text(json, "code"));
    problem->text = mem_copy_text(json_text(json, "text"));
    if (json_number(json, "taken", &taken) && taken > 0 && taken < INT_MAX)
        problem->taken = (size_t)taken;
    return problem->code && problem->text ? 0 : malformed("problem", error);
}

static int read_all(const cJSON *json, struct declarations *declarations, struct error *error)
{
    const cJSON *instruments = cJSON_GetObjectItemCaseSensitive(json, "instruments"), *element;
    declarations->instruments = make_entries(instruments, sizeof *declarations->instruments);
    cJSON_ArrayForEach(element, instruments)
    {
        if (read_instrument(element, &declarations->instruments[declarations->instrument_count++], error) !=
            0)
            return -1;
    }
    const cJSON *indicators = cJSON_GetObjectItemCaseSensitive(json, "indicators");
    declarations->indicators = make_entries(indicators, sizeof *declarations->indicators);
    cJSON_ArrayForEach(element, indicators)
    {
        if (read_indicator(element, &declarations->indicators[declarations->indicator_count++], error) != 0)
            return -1;
    }
    const cJSON *alerts = cJSON_GetObjectItemCaseSensitive(json, "alerts");
    declarations->alerts = make_entries(alerts, sizeof *declarations->alerts);
    cJSON_ArrayForEach(element, alerts)
    {
        if (read_alert(element, &declarations->alerts[declarations->alert_count++], error) != 0)
            return -1;
    }
    const cJSON *problems = cJSON_GetObjectItemCaseSensitive(json, "problems");
    declarations->problems = make_entries(problems, sizeof *declarations->problems);
    cJSON_ArrayForEach(element, problems)
    {
        if (read_problem(element, &declarations->problems[declarations->problem_count++], error) != 0)
            return -1;
    }
    return 0;
}

int declarations_parse(struct declarations *declarations, const char *text, struct error *error)
{
    *declarations = (struct declarations){0};
    cJSON *json = cJSON_Parse(text);
    const int result = json ? read_all(json, declarations, error) : malformed("JSON", error);
    cJSON_Delete(json);
    if (result != 0)
        declarations_free(declarations);
    return result;
}

static void free_texts(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

static void free_bilingual(struct bilingual *text)
{
    free(text->nl);
    free(text->en);
}

static void free_instrument(struct instrument_declaration *instrument)
{
    for (size_t i = 0; i < instrument->item_count; i++) {
        free(instrument->items[i].id);
        free_bilingual(&instrument->items[i].text);
    }
    free(instrument->items);
    free_texts(instrument->levels, instrument->level_count);
    free_bilingual(&instrument->title);
    free(instrument->id);
    free(instrument->file);
    free(instrument->wave_function);
    free(instrument->json);
}

void indicator_declaration_free(struct indicator_declaration *indicator)
{
    for (size_t i = 0; i < indicator->input_count; i++) {
        free(indicator->inputs[i].name);
        free(indicator->inputs[i].verb);
        free(indicator->inputs[i].object);
        free_texts(indicator->inputs[i].items, indicator->inputs[i].item_count);
    }
    free(indicator->inputs);
    free_texts(indicator->levels, indicator->level_count);
    free_texts(indicator->params, indicator->param_count);
    free_bilingual(&indicator->title);
    free(indicator->id);
    free(indicator->unit);
    free(indicator->instrument);
    free(indicator->file);
}

void alert_declaration_free(struct alert_declaration *alert)
{
    free_bilingual(&alert->title);
    free_bilingual(&alert->summary);
    free(alert->id);
    free(alert->indicator);
    free(alert->level);
    free(alert->severity);
    free(alert->file);
}

void declarations_free(struct declarations *declarations)
{
    for (size_t i = 0; i < declarations->instrument_count; i++)
        free_instrument(&declarations->instruments[i]);
    for (size_t i = 0; i < declarations->indicator_count; i++)
        indicator_declaration_free(&declarations->indicators[i]);
    free(declarations->instruments);
    for (size_t i = 0; i < declarations->alert_count; i++)
        alert_declaration_free(&declarations->alerts[i]);
    for (size_t i = 0; i < declarations->problem_count; i++) {
        free(declarations->problems[i].code);
        free(declarations->problems[i].text);
    }
    free(declarations->problems);
    free(declarations->indicators);
    free(declarations->alerts);
    *declarations = (struct declarations){0};
}

/* ---- questions ----------------------------------------------------------------------------------------- */

const struct instrument_declaration *declarations_instrument(const struct declarations *declarations,
                                                             const char *id)
{
    for (size_t i = 0; i < declarations->instrument_count; i++)
        if (strcmp(declarations->instruments[i].id, id) == 0)
            return &declarations->instruments[i];
    return NULL;
}

const struct indicator_declaration *declarations_indicator(const struct declarations *declarations,
                                                           const char *id)
{
    for (size_t i = 0; i < declarations->indicator_count; i++)
        if (strcmp(declarations->indicators[i].id, id) == 0)
            return &declarations->indicators[i];
    return NULL;
}

const struct alert_declaration *declarations_alert(const struct declarations *declarations, const char *id)
{
    for (size_t i = 0; i < declarations->alert_count; i++)
        if (strcmp(declarations->alerts[i].id, id) == 0)
            return &declarations->alerts[i];
    return NULL;
}

static int compare_item(const void *id, const void *item)
{
    return strcmp(id, ((const struct item_declaration *)item)->id);
}

const struct item_declaration *instrument_item(const struct instrument_declaration *instrument,
                                               const char *id)
{
    return instrument->item_count ? bsearch(id, instrument->items, instrument->item_count,
                                            sizeof *instrument->items, compare_item)
                                  : NULL;
}

/* ---- a copy -------------------------------------------------------------------------------------------- */

static char **copy_texts(char *const *texts, size_t count)
{
    char **copy = mem_alloc(count * sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = mem_copy_text(texts[i]);
    return copy;
}

static struct bilingual copy_bilingual(const struct bilingual *text)
{
    return (struct bilingual){.nl = mem_copy_text(text->nl), .en = mem_copy_text(text->en)};
}

void alert_declaration_copy(struct alert_declaration *copy, const struct alert_declaration *original)
{
    *copy = *original;
    copy->id = mem_copy_text(original->id);
    copy->title = copy_bilingual(&original->title);
    copy->indicator = mem_copy_text(original->indicator);
    copy->level = mem_copy_text(original->level);
    copy->severity = mem_copy_text(original->severity);
    copy->summary = copy_bilingual(&original->summary);
    copy->file = mem_copy_text(original->file);
}

void indicator_declaration_copy(struct indicator_declaration *copy,
                                const struct indicator_declaration *original)
{
    *copy = *original;
    copy->id = mem_copy_text(original->id);
    copy->title = copy_bilingual(&original->title);
    copy->unit = mem_copy_text(original->unit);
    copy->instrument = mem_copy_text(original->instrument);
    copy->levels = copy_texts(original->levels, original->level_count);
    copy->params = copy_texts(original->params, original->param_count);
    copy->file = mem_copy_text(original->file);
    copy->inputs = mem_copy(original->inputs, original->input_count * sizeof *original->inputs);
    for (size_t i = 0; i < original->input_count; i++) {
        copy->inputs[i].name = mem_copy_text(original->inputs[i].name);
        copy->inputs[i].items = copy_texts(original->inputs[i].items, original->inputs[i].item_count);
        copy->inputs[i].verb = mem_copy_text(original->inputs[i].verb);
        copy->inputs[i].object = mem_copy_text(original->inputs[i].object);
    }
}
