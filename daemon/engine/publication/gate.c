/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/publication/gate.h"

#include "base/mem.h"
#include "engine/internal.h"

#include <stdlib.h>
#include <string.h>

/* A result in the order of publication, or what there is instead of one. */
struct row {
    const char *path, *level, *label; /* in the names */
    int64_t starts;
    bool is_pending;            /* of the result there is only the place */
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
    if (!filter->period)
        return row->starts <= filter->begun_by;
    return is_all(filter->period) || strcmp(filter->period, row->label) == 0;
}

static bool has_names(const struct listing *listing, uint32_t period, uint32_t group)
{
    return group < listing->groups.count && listing->groups.paths[group] && period < listing->periods.count &&
           listing->periods.labels[period];
}

static struct row row_at(const struct listing *listing, uint32_t period, uint32_t group)
{
    return (struct row){.path = listing->groups.paths[group],
                        .level = listing->groups.levels[group],
                        .label = listing->periods.labels[period],
                        .starts = listing->periods.starts[period],
                        .result = {.period = period, .group = group}};
}

static void add_row(struct listing *listing, const struct row *row)
{
    if (listing->count == listing->capacity) {
        listing->capacity = listing->capacity ? 2 * listing->capacity : 64;
        listing->rows = mem_resize(listing->rows, listing->capacity, sizeof *listing->rows);
    }
    listing->rows[listing->count++] = *row;
}

static int take_result(void *data, const struct store_result *result)
{
    struct listing *listing = data;
    if (!has_names(listing, result->period, result->group))
        return 0;
    struct row row = row_at(listing, result->period, result->group);
    if (!is_wanted(listing, &row))
        return 0;
    row.result = *result;
    row.result.reason = mem_copy_text(result->reason);
    row.result.extra = mem_copy_text(result->extra);
    add_row(listing, &row);
    return 0;
}

/* ---- what is pending ----------------------------------------------------------------------------------- */

static bool is_of_the_indicator(const struct gate_filter *filter, const char *level)
{
    for (size_t i = 0; i < filter->level_count; i++)
        if (strcmp(filter->levels[i], level) == 0)
            return true;
    return false;
}

/* The answers of a group are those of each group around it too. */
static void add_pending(struct listing *listing, uint32_t period, uint32_t innermost)
{
    for (uint32_t group = innermost; group && has_names(listing, period, group);
         group = listing->groups.parents[group]) {
        struct row row = row_at(listing, period, group);
        row.is_pending = true;
        if (is_of_the_indicator(listing->filter, row.level) && is_wanted(listing, &row))
            add_row(listing, &row);
    }
}

static int take_pending(void *data, uint32_t period, uint32_t group)
{
    struct listing *listing = data;
    if (listing->filter->calendar && has_names(listing, period, group) &&
        strcmp(listing->periods.calendars[period], listing->filter->calendar) == 0)
        add_pending(listing, period, group);
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
    const int by_label = strcmp(a->label, b->label);
    if (by_label)
        return by_label;
    if (a->result.group != b->result.group)
        return a->result.group < b->result.group ? -1 : 1;
    return (int)a->is_pending - (int)b->is_pending;
}

static size_t end_of_group(const struct listing *listing, size_t first)
{
    size_t end = first + 1;
    while (end < listing->count && strcmp(listing->rows[end].path, listing->rows[first].path) == 0)
        end++;
    return end;
}

static bool has_result(const struct row *rows, size_t count)
{
    size_t i = 0;
    while (i < count && rows[i].is_pending)
        i++;
    return i < count;
}

static bool is_same_place(const struct row *one, const struct row *other)
{
    return one->result.period == other->result.period && one->result.group == other->result.group;
}

/* What is pending of a group and period, once, and only where there is no result. (Sorted.) */
static void drop_needless(struct listing *listing)
{
    const bool latest_only = !listing->filter->period;
    size_t kept = 0;
    for (size_t i = 0, end; i < listing->count; i = end) {
        const size_t first = kept;
        end = end_of_group(listing, i);
        const bool needs_none = latest_only && has_result(&listing->rows[i], end - i);
        for (size_t k = i; k < end; k++) {
            const struct row *row = &listing->rows[k];
            const bool is_there = kept > first && is_same_place(&listing->rows[kept - 1], row);
            if (!row->is_pending || !(needs_none || is_there))
                listing->rows[kept++] = *row;
        }
    }
    listing->count = kept;
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
    struct published published = {
        .group = row->path, .level = row->level, .period = row->label, .stale = is_stale(result, lag)};
    if (row->is_pending) {
        published.withheld = "pending_change";
        published.stale = false;
        return published;
    }
    if (result->n < min_group_size || !result->published) {
        published.withheld = result->n < min_group_size ? "small_group" : "complementary";
        return published;
    }
    published.computed_at = result->computed_at;
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
        return 0;
    if (group_names_read(&listing->groups, view, error) != 0 ||
        period_names_read(&listing->periods, view, error) != 0)
        return -1;
    if (store_results(view, indicator, 0, take_result, listing, error) != 0)
        return -1;
    return store_pending_groups(view, take_pending, listing, error);
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
        drop_needless(&listing);
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
