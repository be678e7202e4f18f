/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/release/pending.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void take_period(struct releases *releases, uint32_t period, uint64_t position)
{
    if (period >= releases->period_count) {
        const size_t count = (size_t)period + 1;
        releases->periods = mem_resize(releases->periods, count, sizeof *releases->periods);
        memset(releases->periods + releases->period_count, 0,
               (count - releases->period_count) * sizeof *releases->periods);
        releases->period_count = count;
    }
    releases->periods[period] = position;
}

static int take_release(void *data, uint32_t period, uint32_t group, uint64_t position, bool wanted)
{
    struct releases *releases = data;
    const uint32_t key[] = {period, group};
    if (!group) {
        take_period(releases, period, position);
        return 0;
    }
    releases->positions =
        mem_resize(releases->positions, releases->position_count + 1, sizeof *releases->positions);
    map_add(&releases->groups, key, sizeof key, (uint32_t)releases->position_count);
    releases->positions[releases->position_count++] = position;
    if (wanted) {
        releases->wanted = mem_resize(releases->wanted, releases->wanted_count + 1, sizeof *releases->wanted);
        releases->wanted[releases->wanted_count++] = (uint64_t)period << 32 | group;
    }
    return 0;
}

int releases_read(struct releases *releases, struct store_view *view, struct error *error)
{
    return store_releases(view, take_release, releases, error);
}

void releases_free(struct releases *releases)
{
    free(releases->periods);
    map_free(&releases->groups);
    free(releases->positions);
    free(releases->wanted);
    *releases = (struct releases){0};
}

bool releases_cover(const struct releases *releases, uint32_t period, uint32_t group, uint64_t position)
{
    const uint32_t key[] = {period, group};
    if (period < releases->period_count && position <= releases->periods[period])
        return true;
    const uint32_t *number = map_find(&releases->groups, key, sizeof key);
    return number && position <= releases->positions[*number];
}

bool releases_want(const struct releases *releases, uint32_t period, uint32_t group)
{
    for (size_t i = 0; i < releases->wanted_count; i++)
        if (releases->wanted[i] == ((uint64_t)period << 32 | group))
            return true;
    return false;
}
