/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "job.h"

#include "base/fold.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static const char *const languages[LANGUAGES] = {"nl", "en"};

/* The job of the process is over when memory is: it has the one document. */
static void *make(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size);
    if (!block)
        abort();
    return block;
}

static char *copy_member(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        abort();
    return copy;
}

static const cJSON *member(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static size_t size_of(const cJSON *array)
{
    return (size_t)cJSON_GetArraySize(array);
}

static bool read_levels(struct job *job, const cJSON *instrument)
{
    const cJSON *levels = member(instrument, "levels"), *columns = member(instrument, "groups"), *level;
    job->levels = make(size_of(levels), sizeof *job->levels);
    cJSON_ArrayForEach(level, levels)
    {
        if (!cJSON_IsString(level) || !cJSON_IsString(member(columns, level->valuestring)))
            return false;
        job->levels[job->level_count++] = (struct level){.name = strdup(level->valuestring),
                                                         .column = copy_member(columns, level->valuestring)};
    }
    return true;
}

/* A text of blanks alone is no text. */
static char *fold_member(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(member(object, key));
    char *folded = text ? fold_text(text) : NULL;
    if (folded && folded[0])
        return folded;
    free(folded);
    return NULL;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(((const struct label *)left)->text, ((const struct label *)right)->text);
}

/* The `labels` of an instrument, or of an item. */
static struct labels read_labels(const cJSON *object)
{
    const cJSON *texts = member(object, "labels"), *label;
    struct labels labels = {.labels = make(size_of(texts), sizeof *labels.labels)};
    cJSON_ArrayForEach(label, texts)
    {
        if (cJSON_IsNumber(label))
            labels.labels[labels.count++] =
                (struct label){.text = fold_text(label->string), .code = label->valuedouble};
    }
    qsort(labels.labels, labels.count, sizeof *labels.labels, by_text);
    return labels;
}

static int compare_label(const void *key, const void *label)
{
    return strcmp(key, ((const struct label *)label)->text);
}

const struct label *labels_find(const struct labels *labels, const char *folded)
{
    return labels->count
               ? bsearch(folded, labels->labels, labels->count, sizeof *labels->labels, compare_label)
               : NULL;
}

static void free_labels(struct labels *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        free(labels->labels[i].text);
    free(labels->labels);
}

static bool read_items(struct job *job, const cJSON *instrument)
{
    const cJSON *items = member(instrument, "items"), *json;
    job->items = make(size_of(items), sizeof *job->items);
    cJSON_ArrayForEach(json, items)
    {
        struct item *item = &job->items[job->item_count++];
        const cJSON *range = member(json, "range");
        item->name = copy_member(json, "id");
        item->labels = read_labels(json);
        for (size_t i = 0; i < LANGUAGES; i++)
            item->texts[i] = fold_member(json, languages[i]);
        item->has_range = cJSON_GetArraySize(range) == 2;
        if (!item->name)
            return false;
        if (item->has_range) {
            item->low = cJSON_GetNumberValue(cJSON_GetArrayItem(range, 0));
            item->high = cJSON_GetNumberValue(cJSON_GetArrayItem(range, 1));
        }
    }
    return job->item_count > 0;
}

static void read_missing(struct job *job, const cJSON *instrument)
{
    const cJSON *missing = member(instrument, "missing"), *marker;
    job->missing = make(size_of(missing), sizeof *job->missing);
    cJSON_ArrayForEach(marker, missing)
    {
        struct missing *made = &job->missing[job->missing_count++];
        char *end = NULL;
        if (cJSON_IsString(marker)) /* "99" means 99, however that is written in the file */
            made->number = strtod(marker->valuestring, &end);
        else
            made->number = cJSON_GetNumberValue(marker);
        if (end && (end == marker->valuestring || *end))
            made->text = fold_text(marker->valuestring);
    }
}

/* The sign that a word of the feed's section stands for; 0 for "auto". */
static char read_sign(const cJSON *json, const char *key)
{
    static const struct {
        const char *word;
        char sign;
    } signs[] = {{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"point", '.'}};
    const char *word = cJSON_GetStringValue(member(json, key));
    for (size_t i = 0; word && i < sizeof signs / sizeof *signs; i++)
        if (strcmp(signs[i].word, word) == 0)
            return signs[i].sign;
    return 0;
}

static enum charset read_charset(const cJSON *json)
{
    const char *word = cJSON_GetStringValue(member(json, "charset"));
    return word ? charset_named(word) : CHARSET_UNKNOWN;
}

static enum date_order read_dates(const cJSON *json)
{
    const char *word = cJSON_GetStringValue(member(json, "dates"));
    if (word && strcmp(word, "day-first") == 0)
        return DAY_FIRST;
    return word && strcmp(word, "month-first") == 0 ? MONTH_FIRST : ORDER_UNKNOWN;
}

bool job_read(struct job *job, const char *text)
{
    *job = (struct job){0};
    cJSON *json = cJSON_Parse(text);
    const cJSON *instrument = member(json, "instrument");
    job->instrument = copy_member(instrument, "id");
    job->respondent = copy_member(instrument, "respondent");
    job->submitted = copy_member(instrument, "submitted");
    job->wave = copy_member(instrument, "wave");
    job->wave_is_made = cJSON_IsTrue(member(instrument, "wave_function"));
    job->delimiter = read_sign(json, "delimiter");
    job->decimal = read_sign(json, "decimal");
    job->charset = read_charset(json);
    job->dates = read_dates(json);
    job->sheet = copy_member(json, "sheet");
    job->labels = read_labels(instrument);
    read_missing(job, instrument);
    job->describes = cJSON_IsTrue(member(json, "describe"));
    const bool good =
        job->describes || (job->instrument && read_levels(job, instrument) && read_items(job, instrument));
    cJSON_Delete(json);
    return good;
}

void job_free(struct job *job)
{
    for (size_t i = 0; i < job->level_count; i++) {
        free(job->levels[i].name);
        free(job->levels[i].column);
    }
    for (size_t i = 0; i < job->item_count; i++) {
        free(job->items[i].name);
        free_labels(&job->items[i].labels);
        for (size_t j = 0; j < LANGUAGES; j++)
            free(job->items[i].texts[j]);
    }
    free_labels(&job->labels);
    for (size_t i = 0; i < job->missing_count; i++)
        free(job->missing[i].text);
    free(job->levels);
    free(job->items);
    free(job->missing);
    free(job->instrument);
    free(job->respondent);
    free(job->submitted);
    free(job->wave);
    free(job->sheet);
}
