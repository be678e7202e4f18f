/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/gate.h"

#include "base/mem.h"
#include "engine/internal.h"

#include <stdlib.h>
#include <string.h>

/* A result in the order of publication. */
struct row {
    const char *path, *level, *label; /* in the names */
    int64_t starts;
    struct store_result result; /* its texts are copies */
};

struct listing {
    const struct gate_filter *filter;
    struct group_names groups;
    struct period_names periods;
    struct row *rows;
    size_t count, capacity;
};

static void free_listing(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        free((char *)listing->rows[i].result.reason);
        free((char *)listing->rows[i].result.extra);
    }
    free(listing->rows);
    group_names_free(&listing->groups);
    period_names_free(&listing->periods);
}

/* ---- which results ------------------------------------------------------------------------------------- */

static bool is_all(const char *period)
{
    return period && strcmp(period, "*") == 0;
}

static bool is_wanted(const struct listing *listing, const struct row *row)
{
    const struct gate_filter *filter = listing->filter;
    if (filter->group && strcmp(filter->group, row->path) != 0)
        return false;
    if (filter->level && strcmp(filter->level, row->level) != 0)
        return false;
    return !filter->period || is_all(filter->period) || strcmp(filter->period, row->label) == 0;
}

static int take_result(void *data, const struct store_result *result)
{
    struct listing *listing = data;
    if (result->group >= listing->groups.count || !listing->groups.paths[result->group] ||
        result->period >= listing->periods.count || !listing->periods.labels[result->period])
        return 0;
    struct row row = {.path = listing->groups.paths[result->group],
                      .level = listing->groups.levels[result->group],
                      .label = listing->periods.labels[result->period],
                      .starts = listing->periods.starts[result->period],
                      .result = *result};
    if (!is_wanted(listing, &row))
        return 0;
    row.result.reason = mem_copy_text(result->reason);
    row.result.extra = mem_copy_text(result->extra);
    if (listing->count == listing->capacity) {
        listing->capacity = listing->capacity ? 2 * listing->capacity : 64;
        listing->rows = mem_resize(listing->rows, listing->capacity, sizeof *listing->rows);
    }
    listing->rows[listing->count++] = row;
    return 0;
}

static int by_group_and_time(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    const int by_path = strcmp(a->path, b->path);
    if (by_path)
        return by_path;
    if (a->starts != b->starts)
        return a->starts < b->starts ? -1 : 1;
    return strcmp(a->label, b->label);
}

/* Is the row another one of the same group's, later? (Sorted.) */
static bool is_superseded(const struct listing *listing, size_t i)
{
    return !listing->filter->period && i + 1 < listing->count &&
           strcmp(listing->rows[i].path, listing->rows[i + 1].path) == 0;
}

/* Where a page begins that follows the entry named in the filter; should that be gone, where the next group
 * begins. */
static size_t first_row(const struct listing *listing)
{
    const struct gate_filter *filter = listing->filter;
    size_t next_group = 0;
    if (!filter->after_group)
        return 0;
    for (size_t i = 0; i < listing->count; i++) {
        const int order = strcmp(listing->rows[i].path, filter->after_group);
        if (order <= 0)
            next_group = i + 1;
        if (order == 0 && strcmp(listing->rows[i].label, filter->after_period) == 0)
            return i + 1;
    }
    return next_group;
}

/* ---- what is published --------------------------------------------------------------------------------- */

static bool is_stale(const struct store_result *result, enum gate_lag lag)
{
    return result->outlived || lag == LAG_ALL || (lag == LAG_MARKED && result->marked);
}

static struct published publish(const struct row *row, int min_group_size, enum gate_lag lag)
{
    const struct store_result *result = &row->result;
    struct published published = {.group = row->path,
                                  .level = row->level,
                                  .period = row->label,
                                  .stale = is_stale(result, lag),
                                  .computed_at = result->computed_at};
    if (result->n < min_group_size || !result->published) {
        published.withheld = result->n < min_group_size ? "small_group" : "complementary";
        return published;
    }
    published.kind = result->kind;
    published.value = result->value;
    published.integer = result->integer;
    published.has_n = true;
    published.n = result->n;
    published.has_ci = result->has_ci;
    published.ci[0] = result->ci[0];
    published.ci[1] = result->ci[1];
    published.extra = result->extra;
    published.reason = result->reason;
    return published;
}

static void visit_rows(const struct listing *listing, int min_group_size,
                       int (*visit)(void *data, const struct published *value), void *data, bool *more)
{
    size_t visited = 0;
    *more = false;
    for (size_t i = first_row(listing); i < listing->count; i++) {
        if (is_superseded(listing, i))
            continue;
        if (listing->filter->limit && visited == listing->filter->limit) {
            *more = true;
            return;
        }
        const struct published published = publish(&listing->rows[i], min_group_size, listing->filter->lag);
        visited++;
        if (visit(data, &published) != 0)
            return;
    }
}

static int fill(struct listing *listing, struct store_view *view, struct error *error)
{
    uint32_t indicator;
    if (store_indicator_find(view, listing->filter->indicator, &indicator, error) != 0)
        return -1;
    if (!indicator)
        return error_set(error, ERROR_NOT_FOUND, "there is no indicator '%s'", listing->filter->indicator);
    if (group_names_read(&listing->groups, view, error) != 0 ||
        period_names_read(&listing->periods, view, error) != 0)
        return -1;
    return store_results(view, indicator, 0, take_result, listing, error);
}

int gate_values(struct store_view *view, int min_group_size, const struct gate_filter *filter,
                int (*visit)(void *data, const struct published *value), void *data, bool *more,
                struct error *error)
{
    struct listing listing = {.filter = filter};
    const int result = fill(&listing, view, error);
    if (result == 0) {
        if (listing.count)
            qsort(listing.rows, listing.count, sizeof *listing.rows, by_group_and_time);
        visit_rows(&listing, min_group_size, visit, data, more);
    }
    free_listing(&listing);
    return result;
}

/* ---- a group's last two -------------------------------------------------------------------------------- */

int gate_latest(struct store_view *view, int min_group_size, uint32_t indicator, uint32_t group,
                const struct gate_calendar *calendar, struct gate_pair *pair, struct error *error)
{
    struct published *places[] = {&pair->now, &pair->before};
    size_t found = 0;
    *pair = (struct gate_pair){0};
    for (size_t i = 0; i < calendar->period_count && found < 2; i++) {
        const uint32_t period = calendar->latest_first[i];
        struct row row = {.path = calendar->groups->paths[group],
                          .level = calendar->groups->levels[group],
                          .label = calendar->periods->labels[period]};
        bool is_there;
        if (store_result_get(view, indicator, period, group, &row.result, &pair->texts[found], &is_there,
                             error) != 0)
            return -1;
        if (is_there)
            *places[found++] = publish(&row, min_group_size, LAG_NONE);
    }
    pair->has_now = found > 0;
    pair->has_before = found > 1;
    return 0;
}

void gate_pair_free(struct gate_pair *pair)
{
    for (size_t i = 0; i < 2; i++)
        buf_free(&pair->texts[i]);
}
