/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

const char *json_text(const cJSON *object, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

bool json_number(const cJSON *object, const char *key, double *number)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsNumber(member))
        return false;
    *number = member->valuedouble;
    return true;
}

bool json_true(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, key));
}

char **json_texts(const cJSON *object, const char *key, size_t *count)
{
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, key), *element;
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
void json_sort(cJSON *array, const char *key)
{
    const size_t count = (size_t)cJSON_GetArraySize(array);
    struct keyed *objects = mem_alloc(count * sizeof *objects);
    for (size_t i = 0; i < count; i++) {
        cJSON *object = cJSON_DetachItemViaPointer(array, array->child);
        objects[i] = (struct keyed){json_text(object, key), object};
    }
    if (count)
        qsort(objects, count, sizeof *objects, by_key);
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(array, objects[i].object);
    free(objects);
}
