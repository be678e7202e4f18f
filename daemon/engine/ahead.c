/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What events say that are dated ahead of the clock: see engine_dated_ahead. */
#include "engine/event/cells.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>

enum {
    MOST_LOOKED = 32
}; /* periods of a kind; what was dated ahead and taken back leaves a few empty ones */

struct looking {
    struct store_view *view;
    uint32_t period;
    bool has_result, failed;
    struct error *error;
};

static int see_result(void *data, const struct store_result *result)
{
    (void)result;
    ((struct looking *)data)->has_result = true;
    return 1;
}

static int look_at_indicator(void *data, uint32_t id, const char *name)
{
    struct looking *looking = data;
    (void)name;
    looking->failed =
        store_results(looking->view, id, looking->period, see_result, looking, looking->error) != 0;
    return looking->failed || looking->has_result;
}

/* *label is that of the last period of a kind that has results; NULL: there is none. */
static int find_last(const struct period_names *periods, enum period_kind kind, struct store_view *view,
                     const char **label, struct error *error)
{
    size_t count;
    uint32_t *order = periods_latest_first(periods, event_calendar(kind), &count);
    struct looking looking = {.view = view, .error = error};
    int result = 0;
    *label = NULL;
    for (size_t i = 0; i < count && i < MOST_LOOKED && result == 0 && !looking.has_result; i++) {
        looking.period = order[i];
        result = store_indicators(view, look_at_indicator, &looking, error) != 0 || looking.failed ? -1 : 0;
        if (looking.has_result)
            *label = periods->labels[order[i]];
    }
    free(order);
    return result;
}

int engine_dated_ahead(const struct engine *engine, struct store_view *view, char **label,
                       struct error *error)
{
    static const enum period_kind kinds[] = {PERIOD_DAY, PERIOD_WEEK, PERIOD_MONTH, PERIOD_SCHOOL_YEAR};
    const int64_t now = clock_read(engine->clock);
    struct period_names periods = {0};
    const char *found = NULL;
    int result = period_names_read_after(&periods, now, view, error);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !found && result == 0; i++)
        result = find_last(&periods, kinds[i], view, &found, error);
    *label = mem_copy_text(found);
    period_names_free(&periods);
    return result;
}
