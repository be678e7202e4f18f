/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameters that nobody takes: most likely the indicator's id is misspelled. */
#include "api/internal.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>

/* The ids of all that the scripts declare. */
struct ids {
    const char **all;
    size_t count;
};

static void add_ids(void *data, const struct script_info *info)
{
    struct ids *ids = data;
    const struct declarations *declarations = info->declarations;
    const size_t count = declarations ? declarations->indicator_count : 0;
    ids->all = mem_resize(ids->all, ids->count + count, sizeof *ids->all);
    for (size_t i = 0; i < count; i++)
        ids->all[ids->count++] = declarations->indicators[i].id;
}

static bool is_declared(const struct ids *ids, const char *id)
{
    for (size_t i = 0; i < ids->count; i++)
        if (strcmp(ids->all[i], id) == 0)
            return true;
    return false;
}

static char *describe(const struct config_section *section, const struct ids *ids)
{
    const char *nearest = nearest_name(section->name, ids->all, ids->count);
    return mem_format("%s:%d: [params %s]: no script that runs declares this indicator%s%s%s", section->file,
                      section->line, section->name, nearest ? "; did you mean '" : "", nearest ? nearest : "",
                      nearest ? "'?" : "");
}

void params_unknown(const struct api *api,
                    void (*visit)(void *data, const struct config_section *section, const char *text),
                    void *data)
{
    const struct config *config = api->parts.config;
    struct ids ids = {0};
    scripts_each(api->parts.scripts, add_ids, &ids);
    for (size_t i = 0; i < config->section_count; i++) {
        const struct config_section *section = &config->sections[i];
        if (section->kind != CONFIG_PARAMS || is_declared(&ids, section->name))
            continue;
        char *text = describe(section, &ids);
        visit(data, section, text);
        free(text);
    }
    free(ids.all);
}
