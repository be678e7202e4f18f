/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cJSON *json_get(const cJSON *object, const char *key)
{
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

const char *json_text(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(json_get(object, key));
}

bool json_number(const cJSON *object, const char *key, double *number)
{
    const cJSON *member = json_get(object, key);
    if (!cJSON_IsNumber(member))
        return false;
    *number = member->valuedouble;
    return true;
}

double json_amount(const cJSON *object, const char *key)
{
    double number = 0;
    json_number(object, key, &number);
    return number;
}

bool json_true(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(json_get(object, key));
}

char **json_texts(const cJSON *object, const char *key, size_t *count)
{
    const cJSON *array = json_get(object, key), *element;
    char **texts = NULL;
    *count = 0;
    cJSON_ArrayForEach(element, array)
    {
        if (!cJSON_IsString(element))
            continue;
        texts = mem_resize(texts, *count + 1, sizeof *texts);
        texts[(*count)++] = mem_copy_text(element->valuestring);
    }
    return texts;
}

cJSON *json_exact(double number)
{
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    return cJSON_CreateRaw(text);
}

struct keyed {
    const char *key;
    cJSON *object;
};

static int by_key(const void *left, const void *right)
{
    return strcmp(((const struct keyed *)left)->key, ((const struct keyed *)right)->key);
}

/* All are taken out and put back: cJSON_InsertItemInArray of Debian 12's 1.7.15 loses items before the last.
 */
static void sort_by(cJSON *container, const char *(*key)(const cJSON *member, const void *data),
                    const void *data)
{
    const size_t count = (size_t)cJSON_GetArraySize(container);
    struct keyed *members = mem_alloc(count * sizeof *members);
    for (size_t i = 0; i < count; i++) {
        cJSON *member = cJSON_DetachItemViaPointer(container, container->child);
        members[i] = (struct keyed){key(member, data), member};
    }
    if (count)
        qsort(members, count, sizeof *members, by_key);
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(container, members[i].object); /* members keep their names */
    free(members);
}

static const char *text_member(const cJSON *object, const void *key)
{
    return json_text(object, key);
}

void json_sort(cJSON *array, const char *key)
{
    sort_by(array, text_member, key);
}

static const char *own_name(const cJSON *member, const void *unused)
{
    (void)unused;
    return member->string;
}

void json_sort_members(cJSON *object)
{
    if (!cJSON_IsObject(object))
        return;
    sort_by(object, own_name, NULL);
    for (cJSON *member = object->child; member; member = member->next)
        json_sort_members(member);
}
