/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/params.h"

#include "base/mem.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static cJSON *typed_value(const char *text)
{
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        return cJSON_CreateBool(text[0] == 't');
    char *end;
    const double number = strtod(text, &end);
    return *text && !*end && isfinite(number) ? cJSON_CreateNumber(number) : cJSON_CreateString(text);
}

char *config_params_json(const struct config *config)
{
    cJSON *params = cJSON_CreateObject();
    for (size_t i = 0; i < config->section_count; i++) {
        const struct config_section *section = &config->sections[i];
        if (section->kind != CONFIG_PARAMS)
            continue;
        cJSON *indicator = cJSON_AddObjectToObject(params, section->name);
        for (size_t k = 0; k < section->key_count; k++)
            cJSON_AddItemToObject(indicator, section->keys[k].name, typed_value(section->keys[k].value));
    }
    char *json = cJSON_PrintUnformatted(params);
    cJSON_Delete(params);
    return json ? json : mem_copy_text("{}");
}
