/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "api/internal.h"
#include "api/routes.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct group_list {
    struct page page;
    const char *level; /* or NULL: all */
};

/* Their paths, and no numbers: how many people a group has is for the gate to tell. */
static int add_group(void *data, const struct store_group *group)
{
    struct group_list *list = data;
    char key[16];
    snprintf(key, sizeof key, "%u", (unsigned)group->id);
    cJSON *json = page_add(&list->page, key, !list->level || strcmp(list->level, group->level) == 0);
    if (!json)
        return list->page.more;
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
    struct group_list *list = request->question;
    struct error gone;
    const int read = store_groups(view, add_group, list, error);
    const int written = page_write(&list->page, &request->answer, &gone);
    if (read == 0 && written != 0)
        *error = gone;
    return read == 0 ? written : read;
}

void handle_groups(struct request *request)
{
    struct group_list *list = mem_alloc(sizeof *list);
    request->question = list; /* freed with the request */
    list->level = request_parameter(request, "level");
    if (page_read(request, &list->page, "groups"))
        request_read(request, list_groups);
}
