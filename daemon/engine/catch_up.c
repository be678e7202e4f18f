/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Read a stretch of the log, derive what needs a script, apply it to the cells. */
#include "engine/changes.h"
#include "engine/checking.h"
#include "engine/event_cells.h"
#include "engine/internal.h"

#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A stretch is bounded by its entries; with derived inputs, whose rows travel to the worker, by fewer. */
enum { LONGEST_STRETCH = 65536, LONGEST_DERIVED = 2048, ROWS_A_CALL = 4096, MOST_LEVELS = 64 };

/* A row of a derived input's table: whose answers these are, and whether they come or go. */
struct derived_row {
    uint32_t period, group;
    int8_t count;
};

struct derived_rows {
    struct derived_row *rows;
    double *values;  /* rows * the input's items */
    double *numbers; /* what the script made of them */
    size_t count, capacity, asked, asking;
};

struct stretch {
    struct engine *engine;
    struct input **inputs;
    size_t input_count;
    uint64_t from, to;
    size_t left;           /* so many more entries may be read */
    uint64_t until;        /* of a check: the input's position; else 0 */
    struct lane *lane;     /* of the script that has to see rows; NULL: none has */
    uint64_t spent_before; /* ms that its calls had taken */
    struct changes changes;
    struct event_periods fresh; /* that events fell into */
    struct event event;
    struct derived_rows *derived; /* one per input; empty for those that are not */
    size_t deriving;              /* the input whose rows are with the script */
    bool *unsound;                /* one per input */

    struct group_names groups;
    struct period_names periods;
    uint8_t *group_levels;  /* by group: a number of its level */
    uint64_t *input_levels; /* by input: a bit for each level it is kept for */
    bool *applies;          /* by input and period: is the period one of its instrument's? */
};

static void free_derived(struct derived_rows *derived)
{
    free(derived->rows);
    free(derived->values);
    free(derived->numbers);
    *derived = (struct derived_rows){0};
}

static void free_names(struct stretch *stretch)
{
    group_names_free(&stretch->groups);
    period_names_free(&stretch->periods);
    free(stretch->group_levels);
    free(stretch->input_levels);
    free(stretch->applies);
}

static void free_stretch(struct stretch *stretch)
{
    const struct engine *engine = stretch->engine;
    if (stretch->lane)
        turn_end(&stretch->lane->derives, lanes_spent(engine, stretch->lane, stretch->spent_before));
    changes_free(&stretch->changes);
    for (size_t i = 0; i < stretch->input_count; i++)
        free_derived(&stretch->derived[i]);
    event_periods_free(&stretch->fresh);
    event_free(&stretch->event);
    free_names(stretch);
    free(stretch->derived);
    free(stretch->unsound);
    free(stretch->inputs);
    free(stretch);
}

/* ---- which input takes which response, for which groups
 * ---------------------------------------------------- */

static void number_levels(struct stretch *stretch)
{
    const char *levels[MOST_LEVELS];
    uint8_t count = 0;
    stretch->group_levels = mem_alloc(stretch->groups.count);
    stretch->input_levels = mem_alloc(stretch->input_count * sizeof *stretch->input_levels);
    for (size_t group = 0; group < stretch->groups.count; group++) {
        const char *level = stretch->groups.levels[group];
        uint8_t number = 0;
        while (level && number < count && strcmp(levels[number], level) != 0)
            number++;
        if (level && number == count && count < MOST_LEVELS - 1)
            levels[count++] = level;
        stretch->group_levels[group] = level ? number : MOST_LEVELS - 1; /* the last bit is nobody's */
    }
    for (size_t i = 0; i < stretch->input_count; i++)
        for (size_t k = 0; k < stretch->inputs[i]->level_count; k++)
            for (uint8_t number = 0; number < count; number++)
                if (strcmp(levels[number], stretch->inputs[i]->levels[k]) == 0)
                    stretch->input_levels[i] |= (uint64_t)1 << number;
}

static void find_periods(struct stretch *stretch)
{
    const size_t periods = stretch->periods.count;
    stretch->applies = mem_alloc(stretch->input_count * periods);
    for (size_t i = 0; i < stretch->input_count; i++)
        for (size_t period = 0; period < periods; period++) {
            const char *calendar = stretch->periods.calendars[period];
            stretch->applies[i * periods + period] =
                calendar && strcmp(calendar, stretch->inputs[i]->calendar) == 0;
        }
}

static int give_item_number(void *data, uint32_t id, const char *name)
{
    const struct stretch *stretch = data;
    for (size_t i = 0; i < stretch->input_count; i++)
        for (size_t k = 0; k < stretch->inputs[i]->item_count; k++)
            if (!stretch->inputs[i]->items[k].id && strcmp(stretch->inputs[i]->items[k].name, name) == 0)
                stretch->inputs[i]->items[k].id = id;
    return 0;
}

/* ---- reading: on a thread of the pool
 * ---------------------------------------------------------------------- */

static void add_derived_row(struct stretch *stretch, size_t index, const struct response *response,
                            uint32_t group, int8_t count)
{
    const struct input *input = stretch->inputs[index];
    struct derived_rows *rows = &stretch->derived[index];
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity ? 2 * rows->capacity : 256;
        rows->rows = mem_resize(rows->rows, rows->capacity, sizeof *rows->rows);
        rows->values = mem_resize(rows->values, rows->capacity * input->item_count, sizeof *rows->values);
    }
    rows->rows[rows->count] = (struct derived_row){response->period, group, count};
    double *values = rows->values + rows->count++ * input->item_count;
    for (size_t i = 0; i < input->item_count; i++)
        values[i] = input->items[i].id ? response_value(response, input->items[i].id) : NAN;
}

/* To every group on the response's path whose level the input is kept for. */
static void take_response(struct stretch *stretch, size_t index, const struct response *response,
                          int8_t count)
{
    const struct input *input = stretch->inputs[index];
    if (response->period >= stretch->periods.count ||
        !stretch->applies[index * stretch->periods.count + response->period])
        return;
    if (input->kind == INPUT_DERIVE) {
        add_derived_row(stretch, index, response, response->group, count);
        return;
    }
    for (uint32_t group = response->group; group && group < stretch->groups.count;
         group = stretch->groups.parents[group])
        if (stretch->input_levels[index] >> stretch->group_levels[group] & 1)
            score_response(input, response, changes_cell(&stretch->changes, response->period, group, index),
                           count);
}

static void take_event(struct stretch *stretch, const struct event *event, int64_t time, int8_t count)
{
    for (size_t i = 0; i < stretch->input_count; i++) {
        const struct input *input = stretch->inputs[i];
        if (input->instrument || !event_fits(input, event))
            continue;
        const uint32_t period = event_periods_number(&stretch->fresh, input->period, time);
        for (uint32_t group = event->group; group && group < stretch->groups.count;
             group = stretch->groups.parents[group])
            if (stretch->input_levels[i] >> stretch->group_levels[group] & 1)
                event_score(input, event, changes_cell(&stretch->changes, period, group, i), count);
    }
}

static int take_entry(void *data, const struct store_entry *entry)
{
    struct stretch *stretch = data;
    if (stretch->until && entry->position > stretch->until)
        return 1;
    stretch->to = entry->position;
    stretch->left--;
    if (entry->kind == STORE_EVENT || entry->kind == STORE_EVENT_GONE) {
        if (event_decode(&stretch->event, entry->body, entry->body_size) == 0)
            take_event(stretch, &stretch->event, entry->time, entry->kind == STORE_EVENT ? 1 : -1);
        return 0;
    }
    for (size_t i = 0; i < stretch->input_count; i++) {
        if (entry->before)
            take_response(stretch, i, entry->before, -1);
        if (entry->response)
            take_response(stretch, i, entry->response, 1);
    }
    return 0;
}

static size_t longest(const struct stretch *stretch);

static int read_stretch(struct store_view *view, void *data, struct error *error)
{
    struct stretch *stretch = data;
    if (group_names_read(&stretch->groups, view, error) != 0 ||
        period_names_read(&stretch->periods, view, error) != 0 ||
        store_items(view, give_item_number, stretch, error) != 0)
        return -1;
    for (size_t i = 0; i < stretch->input_count; i++)
        if (event_input_resolve(stretch->inputs[i], view, error) != 0)
            return -1;
    number_levels(stretch);
    find_periods(stretch);
    stretch->left = longest(stretch);
    if (store_log_after(view, stretch->from, stretch->left, take_entry, stretch, error) != 0)
        return -1;
    /* The last entries may have been removed for good: then there is nothing up to the end. */
    if (stretch->left && store_log_end(view, &stretch->to, error) != 0)
        return -1;
    if (stretch->until && stretch->to > stretch->until)
        stretch->to = stretch->until;
    return 0;
}

/* ---- applying: on the store's thread
 * ----------------------------------------------------------------------- */

static void take_derived(struct stretch *stretch, size_t index)
{
    const struct derived_rows *rows = &stretch->derived[index];
    for (size_t i = 0; i < rows->count; i++) {
        const struct derived_row *row = &rows->rows[i];
        if (isnan(rows->numbers[i]))
            continue;
        for (uint32_t group = row->group; group && group < stretch->groups.count;
             group = stretch->groups.parents[group])
            if (stretch->input_levels[index] >> stretch->group_levels[group] & 1)
                tally_add(&changes_cell(&stretch->changes, row->period, group, index)->tallies[0],
                          rows->numbers[i], row->count);
    }
}

static int apply_stretch(struct store_tx *tx, void *data, struct error *error)
{
    struct stretch *stretch = data;
    const struct engine *engine = stretch->engine;
    for (size_t i = 0; i < stretch->input_count; i++)
        take_derived(stretch, i);
    uint32_t *numbers = event_periods_intern(&stretch->fresh, tx, error);
    if (!numbers)
        return -1;
    changes_name_periods(&stretch->changes, FRESH_PERIOD, numbers);
    free(numbers);
    const struct relation_names names = {&stretch->groups, &stretch->periods};
    if (changes_apply(&stretch->changes, tx, engine->indicators, engine->indicator_count, &names,
                      stretch->unsound, error) != 0)
        return -1;
    for (size_t i = 0; i < stretch->input_count; i++)
        if (!stretch->unsound[i] && store_input_advance(tx, stretch->inputs[i]->id, stretch->to, error) != 0)
            return -1;
    return 0;
}

/* ---- on the loop --------------------------------------------------------------------------------------- */

static void set_errors(const struct engine *engine, const struct input *input, const char *error)
{
    for (size_t i = 0; i < engine->indicator_count; i++) {
        struct indicator *indicator = engine->indicators[i];
        for (size_t k = 0; indicator->inputs && k < indicator->declaration.input_count; k++)
            if (indicator->inputs[k] == input) {
                registry_set_error(indicator, error);
                indicator->input_failed = true;
            }
    }
}

/* Its functions work again, and none of them was found to give now this, now that. */
static void clear_errors(const struct engine *engine)
{
    for (size_t i = 0; i < engine->indicator_count; i++) {
        struct indicator *indicator = engine->indicators[i];
        bool good = indicator->inputs && indicator->input_failed;
        for (size_t k = 0; good && k < indicator->declaration.input_count; k++)
            good = !indicator->inputs[k]->blocked && !indicator->inputs[k]->was_reset &&
                   indicator->inputs[k]->position >= engine->log_end;
        if (!good)
            continue;
        indicator->input_failed = false;
        registry_set_error(indicator, NULL);
    }
}

/* An input that does not add up is computed once more from the start; a second time it is left alone. */
static void reset_input(const struct engine *engine, struct input *input)
{
    char *text = mem_format(
        "input '%s' of indicator '%s' gave another number for the same row: a function of w.derive may "
        "depend on its row only",
        input->name, input->indicator);
    input->position = 0;
    input->blocked = input->behind = input->was_reset;
    input->was_reset = true;
    set_errors(engine, input, text);
    free(text);
}

static void on_applied(void *data, const struct error *error)
{
    struct stretch *stretch = data;
    struct engine *engine = stretch->engine;
    for (size_t i = 0; i < stretch->input_count && !error; i++) {
        struct input *input = stretch->inputs[i];
        if (stretch->unsound[i]) {
            reset_input(engine, input);
            continue;
        }
        input->position = stretch->to;
        if (input->position >= engine->log_end) {
            input->caught_up = true;
            input->behind = false;
        }
    }
    if (!error)
        clear_errors(engine);
    for (size_t i = 0; i < engine->indicator_count; i++)
        engine->indicators[i]->maybe_stale = true;
    free_stretch(stretch);
    if (error)
        engine_step_failed(engine, error);
    else
        engine_step_done(engine);
}

static void derive_next(struct stretch *stretch);
static void check_on(struct stretch *stretch);

/* What it brings once it is no longer blocked is still to be computed then. */
static void mark_behind(const struct engine *engine, const struct input *input)
{
    for (size_t i = 0; i < engine->indicator_count; i++) {
        struct indicator *indicator = engine->indicators[i];
        for (size_t k = 0; indicator->inputs && k < indicator->declaration.input_count; k++)
            if (indicator->inputs[k] == input)
                indicator->behind = true;
    }
}

/* The input waits until its script can be called; the others are read again without it. */
static void block_input(struct stretch *stretch, const struct error *error)
{
    struct engine *engine = stretch->engine;
    struct input *input = stretch->inputs[stretch->deriving];
    input->blocked = input->behind = true;
    mark_behind(engine, input);
    if (error->kind != ERROR_CLOSED)
        set_errors(engine, input, error->text);
    free_stretch(stretch);
    engine_step_done(engine);
}

static void on_derived(void *data, const double *numbers, const struct error *error)
{
    struct stretch *stretch = data;
    struct derived_rows *rows = &stretch->derived[stretch->deriving];
    struct batch_size *batch = &stretch->inputs[stretch->deriving]->batch;
    if (error && error->kind == ERROR_TOO_MUCH) {
        struct engine *engine = stretch->engine;
        batch_size_halve(batch, rows->asking);
        if (stretch->until)
            check_input_again(engine);
        free_stretch(stretch); /* it is read anew, and shorter: others come in between */
        engine_step_done(engine);
        return;
    }
    if (error) {
        block_input(stretch, error);
        return;
    }
    batch_size_worked(batch, ROWS_A_CALL);
    memcpy(rows->numbers + rows->asked, numbers, rows->asking * sizeof *numbers);
    rows->asked += rows->asking;
    derive_next(stretch);
}

static void call_script(struct stretch *stretch)
{
    const struct input *input = stretch->inputs[stretch->deriving];
    struct derived_rows *rows = &stretch->derived[stretch->deriving];
    const size_t left = rows->count - rows->asked;
    rows->asking = batch_size_of(&input->batch, left < ROWS_A_CALL ? left : ROWS_A_CALL);
    const char **columns = mem_alloc(input->item_count * sizeof *columns);
    for (size_t i = 0; i < input->item_count; i++)
        columns[i] = input->items[i].name;
    const struct derive_call call = {.indicator = input->indicator,
                                     .input = input->name,
                                     .columns = columns,
                                     .column_count = input->item_count,
                                     .values = rows->values + rows->asked * input->item_count,
                                     .row_count = rows->asking};
    if (!rows->numbers)
        rows->numbers = mem_alloc(rows->count * sizeof *rows->numbers);
    scripts_derive(stretch->engine->scripts, &call, on_derived, stretch);
    free(columns);
}

/* The next rows that a script has to see; when none are left, everything is applied. */
static void derive_next(struct stretch *stretch)
{
    while (stretch->deriving < stretch->input_count &&
           stretch->derived[stretch->deriving].asked == stretch->derived[stretch->deriving].count)
        stretch->deriving++;
    if (stretch->deriving < stretch->input_count)
        call_script(stretch);
    else if (stretch->until)
        check_on(stretch);
    else
        store_write(stretch->engine->store, apply_stretch, on_applied, stretch);
}

static void on_read(void *data, const struct error *error)
{
    struct stretch *stretch = data;
    if (error) {
        struct engine *engine = stretch->engine;
        free_stretch(stretch);
        engine_step_failed(engine, error);
        return;
    }
    if (stretch->to > stretch->engine->log_end)
        stretch->engine->log_end = stretch->to;
    derive_next(stretch);
}

/* ---- checking ------------------------------------------------------------------------------------------ */

static void tell_difference(void *data, uint32_t period, uint32_t group)
{
    const struct stretch *stretch = data;
    const struct input *input = stretch->inputs[0];
    const char *path = group < stretch->groups.count ? stretch->groups.paths[group] : NULL;
    const char *label = period < stretch->periods.count ? stretch->periods.labels[period] : NULL;
    checking_differs(stretch->engine->checking,
                     mem_format("a cell of input \"%s\", group %s, period %s", input->definition,
                                path ? path : "unknown", label ? label : "unknown"));
}

/* The store's numbers; 0: it knows none. */
static uint32_t *find_periods_of_events(const struct stretch *stretch)
{
    const struct event_periods *fresh = &stretch->fresh;
    uint32_t *numbers = mem_alloc(fresh->count * sizeof *numbers);
    for (size_t i = 0; i < fresh->count; i++)
        for (size_t k = 0; k < stretch->periods.count && !numbers[i]; k++)
            if (stretch->periods.calendars[k] &&
                strcmp(stretch->periods.calendars[k], event_calendar(fresh->all[i].kind)) == 0 &&
                strcmp(stretch->periods.labels[k], fresh->all[i].period.label) == 0)
                numbers[i] = (uint32_t)k;
    return numbers;
}

static int compare_cells(struct store_view *view, void *data, struct error *error)
{
    struct stretch *stretch = data;
    struct engine_check *found = &stretch->engine->checking->found;
    uint64_t compared = 0;
    uint32_t *numbers = find_periods_of_events(stretch);
    changes_name_periods(&stretch->changes, FRESH_PERIOD, numbers);
    free(numbers);
    const int result =
        changes_compare(&stretch->changes, 0, view, tell_difference, stretch, &compared, error);
    found->cells += compared;
    return result;
}

static void on_compared(void *data, const struct error *error)
{
    struct stretch *stretch = data;
    struct engine *engine = stretch->engine;
    free_stretch(stretch);
    if (error)
        engine_step_failed(engine, error);
    else
        engine_step_done(engine);
}

/* The changes stay, and grow with the next piece. */
static void forget_piece(struct stretch *stretch)
{
    free_names(stretch);
    stretch->groups = (struct group_names){0};
    stretch->periods = (struct period_names){0};
    stretch->group_levels = NULL;
    stretch->input_levels = NULL;
    stretch->applies = NULL;
    stretch->deriving = 0;
}

static int read_stretch(struct store_view *view, void *data, struct error *error);
static void on_read(void *data, const struct error *error);

/* A piece of the log is derived. */
static void check_on(struct stretch *stretch)
{
    struct engine *engine = stretch->engine;
    take_derived(stretch, 0);
    free_derived(&stretch->derived[0]);
    if (engine->stopping) {
        free_stretch(stretch);
        engine_step_done(engine);
    } else if (stretch->to < stretch->until) {
        forget_piece(stretch);
        stretch->from = stretch->to;
        store_read(engine->store, read_stretch, on_read, stretch);
    } else {
        store_read(engine->store, compare_cells, on_compared, stretch);
    }
}

void catch_up_check(struct engine *engine, struct input *input)
{
    struct stretch *stretch = mem_alloc(sizeof *stretch);
    *stretch = (struct stretch){.engine = engine, .until = input->position, .input_count = 1};
    stretch->inputs = mem_alloc(sizeof(struct input *));
    stretch->inputs[0] = input;
    stretch->derived = mem_alloc(sizeof *stretch->derived);
    stretch->unsound = mem_alloc(sizeof *stretch->unsound);
    changes_init(&stretch->changes, stretch->inputs, 1);
    store_read(engine->store, read_stretch, on_read, stretch);
}

/* ---- steps --------------------------------------------------------------------------------------------- */

/* An input can be caught up when it is registered and nothing of its script's stands in the way. */
static bool is_behind(const struct engine *engine, const struct input *input)
{
    return input->id && !input->blocked && input->position < engine->log_end;
}

/* A step is no longer than what the script does at once, so that others come in between. */
static size_t longest(const struct stretch *stretch)
{
    if (!stretch->lane)
        return LONGEST_STRETCH;
    size_t most = LONGEST_DERIVED;
    for (size_t i = 0; i < stretch->input_count; i++)
        most = batch_size_of(&stretch->inputs[i]->batch, most);
    return most;
}

/* For the inputs of a lane, or those without one, that stand furthest back. */
static void begin_stretch(struct engine *engine, struct lane *lane)
{
    uint64_t from = UINT64_MAX;
    for (size_t i = 0; i < engine->input_count; i++)
        if (engine->inputs[i]->lane == lane && is_behind(engine, engine->inputs[i]) &&
            engine->inputs[i]->position < from)
            from = engine->inputs[i]->position;
    struct stretch *stretch = mem_alloc(sizeof *stretch);
    *stretch = (struct stretch){.engine = engine, .lane = lane, .from = from, .to = from};
    if (lane)
        stretch->spent_before = lanes_spent(engine, lane, 0);
    stretch->inputs = mem_alloc(engine->input_count * sizeof(struct input *));
    for (size_t i = 0; i < engine->input_count; i++)
        if (engine->inputs[i]->lane == lane && is_behind(engine, engine->inputs[i]) &&
            engine->inputs[i]->position == from)
            stretch->inputs[stretch->input_count++] = engine->inputs[i];
    stretch->derived = mem_alloc(stretch->input_count * sizeof *stretch->derived);
    stretch->unsound = mem_alloc(stretch->input_count * sizeof *stretch->unsound);
    changes_init(&stretch->changes, stretch->inputs, stretch->input_count);
    store_read(engine->store, read_stretch, on_read, stretch);
}

static bool is_plain_behind(const struct engine *engine)
{
    for (size_t i = 0; i < engine->input_count; i++)
        if (!engine->inputs[i]->lane && is_behind(engine, engine->inputs[i]))
            return true;
    return false;
}

bool catch_up_begin(struct engine *engine)
{
    for (size_t i = 0; i < engine->input_count; i++)
        if (engine->inputs[i]->id && engine->inputs[i]->position >= engine->log_end)
            engine->inputs[i]->caught_up = true;
    const bool plain = is_plain_behind(engine);
    struct lane *lane = plain && engine->derived_last ? NULL : lanes_next_to_derive(engine, is_behind);
    if (!plain && !lane)
        return false;
    engine->derived_last = lane != NULL;
    begin_stretch(engine, lane);
    return true;
}
