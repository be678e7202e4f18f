/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/internal.h"
#include "api/routes.h"

#include <stdlib.h>
#include <string.h>

struct group_list {
    const char *level; /* or NULL: all */
    cJSON *groups;
};

/* Their paths, and no numbers: how many people a group has is for the gate to tell. */
static int add_group(void *data, const struct store_group *group)
{
    struct group_list *list = data;
    if (list->level && strcmp(list->level, group->level) != 0)
        return 0;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToArray(list->groups, json);
    cJSON_AddStringToObject(json, "group", group->path);
    cJSON_AddStringToObject(json, "level", group->level);
    cJSON_AddStringToObject(json, "name", group->name);
    const char *last_step = strrchr(group->path, '/');
    char *parent = last_step ? strndup(group->path, (size_t)(last_step - group->path)) : NULL;
    cJSON_AddItemToObject(json, "parent", json_text_or_null(parent));
    free(parent);
    return 0;
}

static int list_groups(struct store_view *view, void *data, struct error *error)
{
    struct request *request = data;
    cJSON *json = cJSON_CreateObject();
    struct group_list list = {request_parameter(request, "level"), cJSON_AddArrayToObject(json, "groups")};
    const int result = store_groups(view, add_group, &list, error);
    char *text = cJSON_PrintUnformatted(json);
    buf_append_text(&request->answer, text);
    free(text);
    cJSON_Delete(json);
    return result;
}

void handle_groups(struct request *request)
{
    request_read(request, list_groups);
}
