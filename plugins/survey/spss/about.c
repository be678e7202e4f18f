/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "about.h"

#include "base/fold.h"
#include "base/map.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_LABELS = 2 }; /* a single one says that a number means something, and not what others mean */

static bool take_text(void *data, const struct row *row)
{
    cJSON_AddStringToObject(data, "text", row->fields[0].text);
    return true;
}

/* Is it one of the texts already? It is from now on. */
static bool is_known(struct map *texts, const char *text)
{
    char *folded = fold_text(text);
    const bool is_there = map_find_text(texts, folded) != NULL;
    if (!is_there)
        map_add_text(texts, folded, 0);
    free(folded);
    return is_there;
}

/* Not a second time: where two answers have one text, it tells neither. */
static void add_label(const struct variables *variables, const struct value_label *label, struct map *texts,
                      cJSON *labels)
{
    struct row_builder text = {0};
    cJSON *json = cJSON_CreateObject();
    variables_add_text(variables, &text, label->text, strlen(label->text));
    row_give(&text, 1, &(struct row_taker){take_text, json});
    row_builder_free(&text);
    cJSON_AddNumberToObject(json, "code", label->code);
    if (is_known(texts, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "text"))))
        cJSON_Delete(json);
    else
        cJSON_AddItemToArray(labels, json);
}

void about_variable(const struct variables *variables, size_t index, cJSON *json)
{
    const struct value_set *set = &variables->list[index].labels;
    double range[] = {INFINITY, -INFINITY};
    struct map texts = {0};
    if (set->count < LEAST_LABELS)
        return;
    cJSON *labels = cJSON_AddArrayToObject(json, "labels");
    for (size_t i = 0; i < set->count; i++) {
        add_label(variables, &set->list[i], &texts, labels);
        range[0] = fmin(range[0], set->list[i].code);
        range[1] = fmax(range[1], set->list[i].code);
    }
    map_free(&texts);
    if (range[0] < range[1])
        cJSON_AddItemToObject(json, "range", cJSON_CreateDoubleArray(range, 2));
}
