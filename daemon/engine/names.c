/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Makes room for a number in an array that is indexed by it. */
static size_t room_for(uint32_t number, size_t count)
{
    return number < count ? count : 2 * (size_t)number + 16;
}

static int add_group(void *data, const struct store_group *group)
{
    struct group_names *names = data;
    const size_t room = room_for(group->id, names->count);
    if (room > names->count) {
        names->parents = mem_resize(names->parents, room, sizeof *names->parents);
        names->levels = mem_resize(names->levels, room, sizeof *names->levels);
        names->paths = mem_resize(names->paths, room, sizeof *names->paths);
        for (size_t i = names->count; i < room; i++) {
            names->parents[i] = 0;
            names->levels[i] = names->paths[i] = NULL;
        }
        names->count = room;
    }
    names->last = group->id;
    names->parents[group->id] = group->parent;
    names->levels[group->id] = mem_copy_text(group->level);
    names->paths[group->id] = mem_copy_text(group->path);
    return 0;
}

static const char *path_of(void *data, uint32_t group)
{
    const struct group_names *names = data;
    return group < names->count ? names->paths[group] : NULL;
}

int group_names_read(struct group_names *names, struct store_view *view, struct error *error)
{
    return store_groups_above(view, names->last, path_of, add_group, names, error);
}

void group_names_free(struct group_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->levels[i]);
        free(names->paths[i]);
    }
    free(names->parents);
    free(names->levels);
    free(names->paths);
    *names = (struct group_names){0};
}

static int add_period(void *data, const struct store_period *period)
{
    struct period_names *names = data;
    const size_t room = room_for(period->id, names->count);
    if (room > names->count) {
        names->calendars = mem_resize(names->calendars, room, sizeof *names->calendars);
        names->labels = mem_resize(names->labels, room, sizeof *names->labels);
        names->starts = mem_resize(names->starts, room, sizeof *names->starts);
        names->latest = mem_resize(names->latest, room, sizeof *names->latest);
        for (size_t i = names->count; i < room; i++) {
            names->calendars[i] = names->labels[i] = NULL;
            names->starts[i] = names->latest[i] = INT64_MIN;
        }
        names->count = room;
    }
    if (period->id > names->last) {
        names->last = period->id;
        names->calendars[period->id] = mem_copy_text(period->calendar);
        names->labels[period->id] = mem_copy_text(period->label);
    }
    names->starts[period->id] = period->starts;
    names->latest[period->id] = period->latest;
    return 0;
}

int period_names_read(struct period_names *names, struct store_view *view, struct error *error)
{
    return store_periods_above(view, names->last, add_period, names, error);
}

int period_names_read_after(struct period_names *names, int64_t moment, struct store_view *view,
                            struct error *error)
{
    return store_periods_after(view, moment, add_period, names, error);
}

void period_names_free(struct period_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->calendars[i]);
        free(names->labels[i]);
    }
    free(names->calendars);
    free(names->labels);
    free(names->starts);
    free(names->latest);
    *names = (struct period_names){0};
}

struct dated {
    int64_t starts;
    const char *label;
    uint32_t id;
};

static int latest_first(const void *left, const void *right)
{
    const struct dated *a = left, *b = right;
    if (a->starts != b->starts)
        return a->starts > b->starts ? -1 : 1;
    return strcmp(b->label, a->label);
}

uint32_t *periods_latest_first(const struct period_names *names, const char *calendar, size_t *count)
{
    struct dated *dated = mem_alloc(names->count * sizeof *dated);
    uint32_t *order = mem_alloc(names->count * sizeof *order);
    *count = 0;
    for (size_t i = 0; i < names->count; i++)
        if (names->calendars[i] && strcmp(names->calendars[i], calendar) == 0)
            dated[(*count)++] = (struct dated){names->starts[i], names->labels[i], (uint32_t)i};
    if (*count)
        qsort(dated, *count, sizeof *dated, latest_first);
    for (size_t i = 0; i < *count; i++)
        order[i] = dated[i].id;
    free(dated);
    return order;
}
