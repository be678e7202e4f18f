/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/alert/alerts.h"
#include "engine/alert/rule.h"

#include "base/mem.h"

#include <stdlib.h>

struct naming {
    char **names; /* by number */
    size_t count;
    int (*visit)(void *data, const struct alert_shown *alert);
    void *data;
};

static int take_name(void *data, uint32_t id, const char *name)
{
    struct naming *naming = data;
    if (id >= naming->count) {
        naming->names = mem_resize(naming->names, id + 1, sizeof *naming->names);
        for (; naming->count <= id; naming->count++)
            naming->names[naming->count] = NULL;
    }
    naming->names[id] = mem_copy_text(name);
    return 0;
}

static int show(void *data, const struct store_alert_state *state)
{
    const struct naming *naming = data;
    if (state->alert >= naming->count || !naming->names[state->alert])
        return 0;
    const struct alert_shown shown = {.alert = naming->names[state->alert],
                                      .state = alert_stage_word((enum alert_stage)state->stage),
                                      .since = state->since,
                                      .body = state->body};
    return naming->visit(naming->data, &shown);
}

int alerts_shown(struct store_view *view, int (*visit)(void *data, const struct alert_shown *alert),
                 void *data, struct error *error)
{
    struct naming naming = {.visit = visit, .data = data};
    int result = store_alerts(view, take_name, &naming, error);
    if (result == 0)
        result = store_alert_states(view, 0, show, &naming, error);
    for (size_t i = 0; i < naming.count; i++)
        free(naming.names[i]);
    free(naming.names);
    return result;
}

int alerts_log_after(struct store_view *view, uint64_t position, size_t limit,
                     int (*visit)(void *data, uint64_t position, const char *body), void *data,
                     struct error *error)
{
    return store_alert_log_after(view, position, limit, visit, data, error);
}
