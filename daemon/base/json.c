/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"

#include "base/mem.h"

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
