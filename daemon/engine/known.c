/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/known.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "engine/calendar.h"
#include "engine/internal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_among(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (names[i] && strcmp(names[i], name) == 0)
            return true;
    return false;
}

static int unknown(const char *what, const char *given, const char *const *names, size_t count,
                   const char *hint, struct error *error)
{
    const char *nearest = nearest_name(given, names, count);
    return nearest ? error_set(error, ERROR_NOT_FOUND, "there is no %s '%.200s'; did you mean '%s'?", what,
                               given, nearest)
                   : error_set(error, ERROR_NOT_FOUND, "there is no %s '%.200s'; see %s", what, given, hint);
}

int known_group(struct store_view *view, const char *path, struct error *error)
{
    struct group_names groups = {0};
    int result = group_names_read(&groups, view, error);
    const char *const *paths = (const char *const *)groups.paths;
    if (result == 0 && !is_among(path, paths, groups.count))
        result = unknown("group", path, paths, groups.count, "/v1/groups", error);
    group_names_free(&groups);
    return result;
}

/* Digits where the other has digits, and equal elsewhere: "2026-W07" is to "2025-W48". */
static bool is_shaped_like(const char *label, const char *other)
{
    while (*label && (*label == *other || (isdigit((unsigned char)*label) && isdigit((unsigned char)*other))))
        label++, other++;
    return !*label && !*other;
}

static bool is_of_calendar(enum period_kind kind, const char *label)
{
    return kind != PERIOD_WAVE && kind != PERIOD_WINDOW &&
           is_shaped_like(label, calendar_find(kind, 0).label);
}

static int find_label(struct store_view *view, const char *calendar, const char *label, struct error *error)
{
    struct period_names periods = {0};
    int result = period_names_read(&periods, view, error);
    const char **labels = mem_alloc((periods.count + 1) * sizeof *labels);
    size_t count = 0;
    for (size_t i = 0; i < periods.count; i++)
        if (periods.calendars[i] && strcmp(periods.calendars[i], calendar) == 0)
            labels[count++] = periods.labels[i];
    if (result == 0 && !is_among(label, labels, count))
        result = unknown("period", label, labels, count, "the values of all periods (period=all)", error);
    free(labels);
    period_names_free(&periods);
    return result;
}

int known_period(struct store_view *view, const char *calendar, enum period_kind kind, const char *label,
                 struct error *error)
{
    return is_of_calendar(kind, label) ? 0 : find_label(view, calendar, label, error);
}
