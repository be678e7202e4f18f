/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

cJSON *json_time(int64_t milliseconds)
{
    const time_t seconds = (time_t)(milliseconds / 1000);
    struct tm parts;
    char text[40];
    if (milliseconds <= 0 || !gmtime_r(&seconds, &parts))
        return cJSON_CreateNull();
    const size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + length, sizeof text - length, ".%03dZ", (int)(milliseconds % 1000));
    return cJSON_CreateString(text);
}

/* cJSON's own numbers are doubles, which lose digits beyond 2^53. */
cJSON *json_integer(int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    return cJSON_CreateRaw(text);
}

cJSON *json_text_or_null(const char *text)
{
    return text ? cJSON_CreateString(text) : cJSON_CreateNull();
}

cJSON *json_bilingual(const struct bilingual *text)
{
    cJSON *json = cJSON_CreateObject();
    if (text->nl)
        cJSON_AddStringToObject(json, "nl", text->nl);
    if (text->en)
        cJSON_AddStringToObject(json, "en", text->en);
    return json;
}
