/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "about.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_LABELS = 2 }; /* a single one says that a number means something, and not what others mean */

static bool take_text(void *data, const struct row *row)
{
    cJSON_AddStringToObject(data, "text", row->fields[0].text);
    return true;
}

static void add_label(const struct variables *variables, const struct value_label *label, cJSON *labels)
{
    struct row_builder text = {0};
    cJSON *json = cJSON_CreateObject();
    variables_add_text(variables, &text, label->text, strlen(label->text));
    row_give(&text, 1, &(struct row_taker){take_text, json});
    row_builder_free(&text);
    cJSON_AddNumberToObject(json, "code", label->code);
    cJSON_AddItemToArray(labels, json);
}

void about_variable(const struct variables *variables, size_t index, cJSON *json)
{
    const struct value_set *set = &variables->list[index].labels;
    double range[] = {INFINITY, -INFINITY};
    if (set->count < LEAST_LABELS)
        return;
    cJSON *labels = cJSON_AddArrayToObject(json, "labels");
    for (size_t i = 0; i < set->count; i++) {
        add_label(variables, &set->list[i], labels);
        range[0] = fmin(range[0], set->list[i].code);
        range[1] = fmax(range[1], set->list[i].code);
    }
    if (range[0] < range[1])
        cJSON_AddItemToObject(json, "range", cJSON_CreateDoubleArray(range, 2));
}
