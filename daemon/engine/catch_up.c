/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Read a stretch of the log, derive what needs a script, apply it to the cells. */
#include "engine/checking.h"
#include "engine/stretch.h"
#include "engine/window_sums.h"

#include "script/offers.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { ROWS_A_CALL = 4096 };
/* Entries of a step of a backfill: about as many as take so long; at first so many for each four inputs. */
enum { BACKFILL_MS = 100, BACKFILL_FIRST = 4096, BACKFILL_LEAST = 256, BACKFILL_MOST = 65536 };

/* ---- applying, on the store's thread ------------------------------------------------------------------- */

/* *brought: some of them are not among those that were read before. */
static int name_periods(struct stretch *stretch, struct store_tx *tx, bool *brought, struct error *error)
{
    uint32_t *numbers = event_periods_intern(&stretch->fresh, tx, error);
    if (!numbers)
        return -1;
    *brought = false;
    for (size_t i = 0; i < stretch->fresh.count; i++)
        *brought |= numbers[i] > stretch->periods->last;
    changes_name_periods(&stretch->changes, FRESH_PERIOD, numbers);
    free(numbers);
    return 0;
}

/* The next period looks back at one that the stretch brought. The engine's own names are of what is
 * committed. */
static int apply_changes(struct stretch *stretch, struct store_tx *tx, struct error *error)
{
    struct period_names by_now = {0};
    bool brought;
    if (name_periods(stretch, tx, &brought, error) != 0 ||
        (brought && period_names_read(&by_now, store_tx_view(tx), error) != 0)) {
        period_names_free(&by_now);
        return -1;
    }
    const struct relation_names names = {stretch->groups, brought ? &by_now : stretch->periods};
    const int result = changes_apply(&stretch->changes, tx, stretch->engine, &names, stretch->unsound, error);
    period_names_free(&by_now);
    return result;
}

static int apply_all(struct stretch *stretch, struct store_tx *tx, struct error *error)
{
    for (size_t i = 0; i < stretch->input_count; i++)
        stretch_take_derived(stretch, i);
    if (apply_changes(stretch, tx, error) != 0 ||
        changes_keep_pending(&stretch->pending, stretch->unsound, tx, error) != 0)
        return -1;
    for (size_t i = 0; i < stretch->mover_count; i++)
        if (store_moved_note(tx, stretch->movers[i].period, stretch->movers[i].group,
                             stretch->movers[i].position, error) != 0)
            return -1;
    for (size_t i = 0; i < stretch->wanted.count; i++)
        if (store_release_want(tx, (uint32_t)(stretch->wanted.all[i] >> 32), (uint32_t)stretch->wanted.all[i],
                               stretch->to, error) != 0)
            return -1;
    for (size_t i = 0; i < stretch->input_count; i++)
        if (!stretch->unsound[i] && store_input_advance(tx, stretch->inputs[i]->id, stretch->to, error) != 0)
            return -1;
    return 0;
}

static int apply_stretch(struct store_tx *tx, void *data, struct error *error)
{
    struct stretch *stretch = data;
    const int64_t began = clock_of_thread();
    const int result = apply_all(stretch, tx, error);
    stretch->jobs_ms += clock_of_thread() - began;
    return result;
}

static int read_stretch(struct store_view *view, void *data, struct error *error)
{
    struct stretch *stretch = data;
    const int64_t began = clock_of_thread();
    const int result = stretch_read(view, stretch, error);
    stretch->jobs_ms += clock_of_thread() - began;
    return result;
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
void catch_up_anew(const struct engine *engine, struct input *input)
{
    char *text = mem_format(
        "input '%s' of indicator '%s' gave another number for the same row: a function of w.derive may "
        "depend on its row only",
        input->name, input->indicator);
    forget_kept(engine);
    input->position = 0;
    input->blocked = input->behind = input->was_reset;
    input->was_reset = true;
    set_errors(engine, input, text);
    free(text);
}

/* Each script for its own: what one makes of an event may take a hundred times as long as what another does.
 */
static size_t *backfill_work(struct engine *engine, struct lane *lane)
{
    return lane ? &lane->backfill_work : &engine->backfill_work;
}

/* The next script may have many times as many inputs as the one that a length was learned from. */
static size_t backfill_entries(struct engine *engine, struct lane *lane, size_t inputs)
{
    const size_t learnt = *backfill_work(engine, lane);
    const size_t entries = (learnt ? learnt : 4 * BACKFILL_FIRST) / inputs;
    return entries < BACKFILL_LEAST ? BACKFILL_LEAST : entries > BACKFILL_MOST ? BACKFILL_MOST : entries;
}

/* How long others had to wait for it, on a machine that has nothing else to do: on one that has, steps that
 * are as short by the clock would do less and less. */
static uint64_t took(const struct stretch *stretch)
{
    const uint64_t jobs_ms = (uint64_t)stretch->jobs_ms;
    return stretch->lane ? jobs_ms + lanes_spent(stretch->engine, stretch->lane, stretch->spent_before)
                         : jobs_ms;
}

/* Where something else made it shorter, nothing says that a longer one would be short enough. */
static void learn_length(const struct stretch *stretch)
{
    const uint64_t took_ms = took(stretch), read = stretch->to - stretch->from;
    size_t entries = stretch->most;
    if (!stretch->is_backfill)
        return;
    if (took_ms > BACKFILL_MS && entries > BACKFILL_LEAST)
        entries = read < entries && read > 2 * BACKFILL_LEAST ? (size_t)read / 2 : entries / 2;
    else if (took_ms < BACKFILL_MS / 2 && entries < BACKFILL_MOST && read >= entries)
        entries *= 2;
    *backfill_work(stretch->engine, stretch->lane) = entries * stretch->input_count;
}

static void add_to_windows(const struct stretch *stretch)
{
    const struct changes *changes = &stretch->changes;
    for (size_t i = 0; i < changes->count; i++)
        for (size_t k = 0; k < changes->input_count; k++) {
            const struct event_place place = {changes->inputs[k], changes->all[i].period,
                                              changes->all[i].group};
            if (changes->all[i].cells[k].count && !changes->inputs[k]->instrument)
                window_sums_add(stretch->engine->window_sums, &place, &changes->all[i].cells[k]);
        }
}

static void on_applied(void *data, const struct error *error)
{
    struct stretch *stretch = data;
    struct engine *engine = stretch->engine;
    learn_length(stretch);
    if (!error)
        add_to_windows(stretch);
    for (size_t i = 0; i < stretch->input_count && !error; i++) {
        struct input *input = stretch->inputs[i];
        if (stretch->unsound[i]) {
            catch_up_anew(engine, input);
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
    engine->releasing.is_due = true;
    for (size_t i = 0; i < engine->indicator_count; i++)
        engine->indicators[i]->maybe_stale = true;
    stretch_free(stretch);
    if (error)
        engine_step_failed(engine, error);
    else
        engine_step_done(engine);
}

static void derive_next(struct stretch *stretch);
static void call_script(struct stretch *stretch);
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
    engine->releasing.is_due = true; /* what waited for it waits no longer */
    if (error->kind != ERROR_CLOSED)
        set_errors(engine, input, error->text);
    stretch_free(stretch);
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
        if (stretch->until) { /* nothing else comes in between, and all that was added up would be lost */
            call_script(stretch);
            return;
        }
        stretch_free(stretch); /* it is read anew, and shorter: others come in between */
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
                                     .text_columns = input->kind == INPUT_MADE ? OFFERS_EVENT_TEXTS : 0,
                                     .texts = stretch->words.texts,
                                     .text_count = input->kind == INPUT_MADE ? stretch->words.count : 0,
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
        store_write_remade(stretch->engine->store, apply_stretch, on_applied, stretch);
}

static void on_read(void *data, const struct error *error)
{
    struct stretch *stretch = data;
    if (error) {
        struct engine *engine = stretch->engine;
        stretch_free(stretch);
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
    const char *path = group < stretch->groups->count ? stretch->groups->paths[group] : NULL;
    const char *label = period < stretch->periods->count ? stretch->periods->labels[period] : NULL;
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
        for (size_t k = 0; k < stretch->periods->count && !numbers[i]; k++)
            if (stretch->periods->calendars[k] &&
                strcmp(stretch->periods->calendars[k], event_calendar(fresh->all[i].kind)) == 0 &&
                strcmp(stretch->periods->labels[k], fresh->all[i].period.label) == 0)
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
    if (changes_compare(&stretch->changes, 0, view, tell_difference, stretch, &compared, error) != 0 ||
        changes_compare_pending(&stretch->pending, view, tell_difference, stretch, &compared, error) != 0)
        return -1;
    found->cells += compared;
    return 0;
}

static void on_compared(void *data, const struct error *error)
{
    struct stretch *stretch = data;
    struct engine *engine = stretch->engine;
    stretch_free(stretch);
    if (error)
        engine_step_failed(engine, error);
    else
        engine_step_done(engine);
}

/* A piece of the log is derived. */
static void check_on(struct stretch *stretch)
{
    struct engine *engine = stretch->engine;
    stretch_take_derived(stretch, 0);
    stretch_free_derived(&stretch->derived[0]);
    if (engine->stopping) {
        stretch_free(stretch);
        engine_step_done(engine);
    } else if (stretch->to < stretch->until) {
        stretch_forget_names(stretch); /* what it changes stays, and grows with the next piece */
        stretch->deriving = 0;
        stretch->from = stretch->to;
        store_read(engine->store, stretch_read, on_read, stretch);
    } else {
        store_read(engine->store, compare_cells, on_compared, stretch);
    }
}

void catch_up_check(struct engine *engine, struct input *input)
{
    struct stretch *stretch = stretch_new(engine, 1);
    stretch->until = stretch->limit = input->position;
    stretch->inputs[0] = input;
    store_read(engine->store, stretch_read, on_read, stretch);
}

/* ---- steps --------------------------------------------------------------------------------------------- */

/* An input can be caught up when it is registered and nothing of its script's stands in the way. */
static bool is_behind(const struct engine *engine, const struct input *input)
{
    return input->id && !input->blocked && input->position < engine->log_end;
}

static bool can_take(const struct engine *engine, const struct lane *lane, const struct input *input)
{
    return input->lane == lane && is_behind(engine, input);
}

/* Of those of a lane, or without one, that are behind: the position of the nearest to the log's end, or of
 * the furthest back. */
static uint64_t choose_position(const struct engine *engine, const struct lane *lane, bool nearest)
{
    uint64_t chosen = nearest ? 0 : UINT64_MAX;
    for (size_t i = 0; i < engine->input_count; i++) {
        const struct input *input = engine->inputs[i];
        if (can_take(engine, lane, input) && (nearest ? input->position > chosen : input->position < chosen))
            chosen = input->position;
    }
    return chosen;
}

/* Where the next ones stand, which they go on with together; UINT64_MAX: nobody is before them. */
static uint64_t position_ahead(const struct engine *engine, const struct lane *lane, uint64_t from)
{
    uint64_t ahead = UINT64_MAX;
    for (size_t i = 0; i < engine->input_count; i++) {
        const struct input *input = engine->inputs[i];
        if (can_take(engine, lane, input) && input->position > from && input->position < ahead)
            ahead = input->position;
    }
    return ahead;
}

static bool are_of_events(const struct stretch *stretch)
{
    size_t i = 0;
    while (i < stretch->input_count && !stretch->inputs[i]->instrument)
        i++;
    return i == stretch->input_count;
}

/* Do they add up what others have been through already, or many events that nobody has? Answers to a survey
 * that nobody has come from a file, and who sent it waits for what is made of them: long steps are worth it.
 */
static bool is_backfill(const struct engine *engine, const struct stretch *stretch)
{
    const uint64_t from = stretch->from;
    if (are_of_events(stretch) && engine->log_end - from > BACKFILL_FIRST)
        return true;
    for (size_t i = 0; i < engine->input_count; i++)
        if (engine->inputs[i]->caught_up && !engine->inputs[i]->blocked && engine->inputs[i]->position > from)
            return true;
    return false;
}

static struct stretch *stretch_from(struct engine *engine, const struct lane *lane, uint64_t from)
{
    size_t count = 0;
    struct input **inputs = mem_alloc(engine->input_count * sizeof(struct input *));
    for (size_t i = 0; i < engine->input_count; i++)
        if (can_take(engine, lane, engine->inputs[i]) && engine->inputs[i]->position == from)
            inputs[count++] = engine->inputs[i];
    struct stretch *stretch = stretch_new(engine, count);
    memcpy(stretch->inputs, inputs, count * sizeof(struct input *));
    free(inputs);
    stretch->from = stretch->to = from;
    stretch->limit = position_ahead(engine, lane, from);
    return stretch;
}

/* A long backfill does not hold up those that follow what comes in: they go first, and then in turns. Its
 * steps are short, for others wait for the store meanwhile. */
static void begin_stretch(struct engine *engine, struct lane *lane)
{
    bool *nearest_last = lane ? &lane->nearest_last : &engine->nearest_last;
    *nearest_last = !*nearest_last;
    const uint64_t from = choose_position(engine, lane, *nearest_last);
    struct stretch *stretch = stretch_from(engine, lane, from);
    stretch->is_backfill = is_backfill(engine, stretch);
    if (stretch->is_backfill)
        stretch->most = backfill_entries(engine, lane, stretch->input_count);
    stretch->lane = lane;
    if (lane)
        stretch->spent_before = lanes_spent(engine, lane, 0);
    store_read(engine->store, read_stretch, on_read, stretch);
}

bool catch_up_is_due(const struct engine *engine)
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
    const bool plain = catch_up_is_due(engine);
    struct lane *lane = plain && engine->derived_last ? NULL : lanes_next_to_derive(engine, is_behind);
    if (!plain && !lane)
        return false;
    engine->derived_last = lane != NULL;
    begin_stretch(engine, lane);
    return true;
}
