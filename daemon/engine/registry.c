/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/event/cells.h"
#include "engine/internal.h"
#include "script/offers.h"

#include "base/log.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char owner[] = "engine";

/* ---- inputs -------------------------------------------------------------------------------------------- */

static void free_input(struct input *input)
{
    for (size_t i = 0; i < input->level_count; i++)
        free(input->levels[i]);
    for (size_t i = 0; i < input->item_count; i++)
        free(input->items[i].name);
    free(input->levels);
    free(input->items);
    free(input->definition);
    for (size_t i = 0; i < MEASURES_AN_INPUT; i++)
        free(input->measures[i]);
    free(input->instrument);
    free(input->calendar);
    free(input->verb);
    free(input->object);
    free(input->indicator);
    free(input->name);
    free(input);
}

static const struct item_declaration *find_item(const struct instrument_declaration *instrument,
                                                const char *id)
{
    for (size_t i = 0; i < instrument->item_count; i++)
        if (strcmp(instrument->items[i].id, id) == 0)
            return &instrument->items[i];
    return NULL;
}

static struct scored_item score_item(const struct instrument_declaration *instrument, const char *id,
                                     bool in_scale)
{
    const struct item_declaration *item = find_item(instrument, id);
    struct scored_item scored = {.name = mem_copy_text(id)};
    if (in_scale && item && item->reverse) {
        scored.reverse = true;
        scored.low_plus_high = item->low + item->high;
    }
    return scored;
}

/* The name of what an input of events adds up or tells apart; of a derived one, what an event has. */
static void take_measure(struct input *input, const struct input_declaration *declaration)
{
    const bool derived = input->kind == INPUT_MADE;
    while (derived && offers_event[input->item_count])
        input->item_count++;
    if (!derived)
        input->item_count = declaration->item_count;
    input->items = mem_alloc(input->item_count * sizeof *input->items);
    for (size_t i = 0; i < input->item_count; i++)
        input->items[i].name = mem_copy_text(derived ? offers_event[i] : declaration->items[i]);
}

/* A derived input may look at every item of its instrument. */
static void take_items(struct input *input, const struct input_declaration *declaration,
                       const struct instrument_declaration *instrument)
{
    const bool all = declaration->kind == INPUT_DERIVE;
    input->item_count = all ? instrument->item_count : declaration->item_count;
    input->items = mem_alloc(input->item_count * sizeof *input->items);
    for (size_t i = 0; i < input->item_count; i++)
        input->items[i] = score_item(instrument, all ? instrument->items[i].id : declaration->items[i],
                                     declaration->kind == INPUT_SCALE);
}

static struct input *make_input(const struct indicator_declaration *indicator,
                                const struct input_declaration *declaration,
                                const struct instrument_declaration *instrument, const char *fingerprint)
{
    struct input *input = mem_alloc(sizeof *input);
    *input = (struct input){.instrument = mem_copy_text(indicator->instrument),
                            .calendar = instrument ? mem_format("survey:%s", indicator->instrument)
                                                   : mem_copy_text(event_calendar(indicator->period)),
                            .period = indicator->period,
                            .verb = mem_copy_text(declaration->verb),
                            .object = mem_copy_text(declaration->object),
                            .level_count = indicator->level_count,
                            .kind = declaration->kind,
                            .min_answered = declaration->min_answered,
                            .at_least = declaration->has_least ? declaration->at_least : -INFINITY,
                            .at_most = declaration->has_most ? declaration->at_most : INFINITY,
                            .indicator = mem_copy_text(indicator->id),
                            .name = mem_copy_text(declaration->name)};
    input->levels = mem_alloc(input->level_count * sizeof *input->levels);
    for (size_t i = 0; i < input->level_count; i++)
        input->levels[i] = mem_copy_text(indicator->levels[i]);
    if (instrument)
        take_items(input, declaration, instrument);
    else
        take_measure(input, declaration);
    definitions_describe(input, fingerprint);
    return input;
}

/* The input of the same definition, known already, or this one. */
static struct input *keep_input(struct engine *engine, struct input *fresh)
{
    for (size_t i = 0; i < engine->input_count; i++)
        if (strcmp(engine->inputs[i]->definition, fresh->definition) == 0) {
            free_input(fresh);
            return engine->inputs[i];
        }
    engine->inputs = mem_resize(engine->inputs, engine->input_count + 1, sizeof *engine->inputs);
    return engine->inputs[engine->input_count++] = fresh;
}

/* ---- indicators ---------------------------------------------------------------------------------------- */

static void free_indicator(struct indicator *indicator)
{
    indicator_declaration_free(&indicator->declaration);
    free(indicator->inputs);
    free(indicator->calendar);
    free(indicator->fingerprint);
    free(indicator->error);
    repeats_forget(&indicator->told);
    free(indicator->failing.all);
    free(indicator);
}

struct indicator *registry_find(const struct engine *engine, const char *id)
{
    for (size_t i = 0; i < engine->indicator_count; i++)
        if (strcmp(engine->indicators[i]->declaration.id, id) == 0)
            return engine->indicators[i];
    return NULL;
}

void registry_set_error(struct indicator *indicator, const char *error)
{
    repeats_show(&indicator->told, &indicator->error, "indicator", indicator->declaration.id, error);
    indicator->shown.error = indicator->error;
}

static char *fingerprint_of(const struct indicator *indicator, const char *script, int fewest)
{
    struct buf text = {0};
    buf_append_format(&text, "%s|fewest:%d", script, fewest);
    for (size_t i = 0; i < indicator->declaration.input_count; i++)
        buf_append_format(&text, "\n%s", indicator->inputs[i]->definition);
    buf_put_u8(&text, 0);
    return (char *)text.data;
}

static char *result_calendar(const struct indicator_declaration *declaration)
{
    if (declaration->instrument)
        return mem_format("survey:%s", declaration->instrument);
    if (declaration->period == PERIOD_WINDOW)
        return mem_format("window:%dd", declaration->window_days);
    return mem_copy_text(event_calendar(declaration->period));
}

static void take_inputs(struct engine *engine, struct indicator *indicator, const char *script)
{
    const struct indicator_declaration *declaration = &indicator->declaration;
    const struct instrument_declaration *instrument =
        declaration->instrument ? scripts_instrument(engine->scripts, declaration->instrument) : NULL;
    if (declaration->instrument && !instrument) {
        char *error = mem_format("%s:%d: no script declares instrument '%s'; the indicator waits for it",
                                 declaration->file, declaration->line, declaration->instrument);
        registry_set_error(indicator, error);
        free(error);
        return;
    }
    indicator->inputs = mem_alloc(declaration->input_count * sizeof(struct input *));
    for (size_t i = 0; i < declaration->input_count; i++) {
        indicator->inputs[i] =
            keep_input(engine, make_input(declaration, &declaration->inputs[i], instrument, script));
        indicator->inputs[i]->declared = true;
        indicator->inputs[i]->blocked = false;
    }
    indicator->fingerprint = fingerprint_of(indicator, script, indicator->least);
}

struct update {
    struct engine *engine;
    struct indicator **old;
    size_t old_count;
    const char *file; /* of the script that is taken over now */
};

static struct indicator *find_old(const struct update *update, const char *id)
{
    for (size_t i = 0; i < update->old_count; i++)
        if (strcmp(update->old[i]->declaration.id, id) == 0)
            return update->old[i];
    return NULL;
}

static void insert_sorted(struct engine *engine, struct indicator *indicator)
{
    engine->indicators =
        mem_resize(engine->indicators, engine->indicator_count + 1, sizeof *engine->indicators);
    size_t at = engine->indicator_count++;
    for (; at > 0 && strcmp(engine->indicators[at - 1]->declaration.id, indicator->declaration.id) > 0; at--)
        engine->indicators[at] = engine->indicators[at - 1];
    engine->indicators[at] = indicator;
}

static void take_indicator(const struct update *update, const struct indicator_declaration *declaration,
                           const char *script)
{
    struct indicator *old = find_old(update, declaration->id);
    struct indicator *indicator = mem_alloc(sizeof *indicator);
    indicator_declaration_copy(&indicator->declaration, declaration);
    indicator->calendar = result_calendar(declaration);
    indicator->shown.declaration = &indicator->declaration;
    indicator->shown.calendar = indicator->calendar;
    indicator->least = least_of(update->engine, declaration);
    indicator->maybe_stale = true;
    indicator->lane = lanes_of_file(update->engine, update->file);
    take_inputs(update->engine, indicator, script);
    const bool same = old && old->fingerprint && indicator->fingerprint &&
                      strcmp(old->fingerprint, indicator->fingerprint) == 0;
    if (same) { /* else it is registered anew, and computed anew */
        indicator->id = old->id;
        indicator->relations = old->relations;
        indicator->window = old->window;
        indicator->batch = old->batch;
        indicator->failing = old->failing;
        old->failing = (struct place_list){0};
        indicator->input_failed = old->input_failed;
        indicator->computed = old->computed;
        indicator->told = old->told;
        old->told = (struct repeats){0};
        registry_set_error(indicator, old->error);
    }
    indicator->behind = !old || old->behind;
    if (old)
        indicator->shown.evaluated_at = old->shown.evaluated_at;
    insert_sorted(update->engine, indicator);
}

static void take_script(void *data, const struct script_info *info)
{
    struct update *update = data;
    if (!info->declarations)
        return;
    update->file = info->file;
    for (size_t i = 0; i < info->declarations->indicator_count; i++)
        take_indicator(update, &info->declarations->indicators[i], info->fingerprint);
}

static void drop_undeclared_inputs(struct engine *engine)
{
    size_t kept = 0;
    for (size_t i = 0; i < engine->input_count; i++) {
        if (engine->inputs[i]->declared)
            engine->inputs[kept++] = engine->inputs[i];
        else
            free_input(engine->inputs[i]);
    }
    engine->input_count = kept;
}

/* ---- registering --------------------------------------------------------------------------------------- */

struct registering {
    struct engine *engine;
    bool forget; /* what no script declares: only while every script is sound, for a script with a typing
                    error is no reason to lose its results */
};

static int register_inputs(struct store_tx *tx, const struct engine *engine, struct error *error)
{
    for (size_t i = 0; i < engine->input_count; i++) {
        struct input *input = engine->inputs[i];
        if (!input->id && store_input_intern(tx, input->definition, &input->id, &input->position, error) != 0)
            return -1;
    }
    return 0;
}

/* Was the indicator computed with the same script and inputs, as far as the store knows? */
static int has_changed(struct store_tx *tx, const struct indicator *indicator, const char *key, bool *changed,
                       struct error *error)
{
    struct buf known = {0};
    bool found;
    const int result = store_document_get(store_tx_view(tx), owner, key, &known, &found, error);
    *changed = !found || known.size != strlen(indicator->fingerprint) ||
               memcmp(known.data, indicator->fingerprint, known.size) != 0;
    buf_free(&known);
    return result;
}

/* What an indicator looks at besides the group itself, kept as long as its fingerprint. */
int registry_keep_relations(struct store_tx *tx, const struct indicator *indicator, struct error *error)
{
    char key[128], number[16];
    snprintf(key, sizeof key, "relations:%s", indicator->declaration.id);
    const int length = snprintf(number, sizeof number, "%u", indicator->relations);
    return store_document_put(tx, owner, key, number, indicator->relations ? (size_t)length : 0, error);
}

static int read_relations(struct store_tx *tx, struct indicator *indicator, struct error *error)
{
    char key[128];
    struct buf number = {0};
    bool found;
    snprintf(key, sizeof key, "relations:%s", indicator->declaration.id);
    const int result = store_document_get(store_tx_view(tx), owner, key, &number, &found, error);
    buf_put_u8(&number, 0);
    if (result == 0 && found)
        indicator->relations = (unsigned)strtoul((const char *)number.data, NULL, 10);
    buf_free(&number);
    return result;
}

static int register_indicator(struct store_tx *tx, struct indicator *indicator, struct error *error)
{
    char key[128];
    bool changed;
    snprintf(key, sizeof key, "fingerprint:%s", indicator->declaration.id);
    if (store_indicator_intern(tx, indicator->declaration.id, &indicator->id, error) != 0 ||
        window_register(tx, indicator, error) != 0 || has_changed(tx, indicator, key, &changed, error) != 0)
        return -1;
    if (!changed)
        return read_relations(tx, indicator, error);
    indicator->relations = 0;
    if (registry_keep_relations(tx, indicator, error) != 0 ||
        store_withheld_forget(tx, indicator->id, error) != 0)
        return -1;
    for (size_t i = 0; i < indicator->declaration.input_count; i++)
        if ((indicator->window
                 ? store_stale_mark_groups(tx, indicator->id, indicator->window, indicator->inputs[i]->id,
                                           error)
                 : store_stale_mark_all(tx, indicator->id, indicator->inputs[i]->id, error)) != 0)
            return -1;
    return store_document_put(tx, owner, key, indicator->fingerprint, strlen(indicator->fingerprint), error);
}

static int register_indicators(struct store_tx *tx, const struct engine *engine, struct error *error)
{
    for (size_t i = 0; i < engine->indicator_count; i++) {
        struct indicator *indicator = engine->indicators[i];
        if (indicator->inputs && !indicator->id && register_indicator(tx, indicator, error) != 0)
            return -1;
    }
    return 0;
}

struct undeclared {
    const struct engine *engine;
    uint32_t *ids;
    char **names;
    size_t count;
};

static int find_undeclared(void *data, uint32_t id, const char *name)
{
    struct undeclared *undeclared = data;
    for (size_t i = 0; i < undeclared->engine->indicator_count; i++)
        if (strcmp(undeclared->engine->indicators[i]->declaration.id, name) == 0)
            return 0;
    undeclared->ids = mem_resize(undeclared->ids, undeclared->count + 1, sizeof *undeclared->ids);
    undeclared->names = mem_resize(undeclared->names, undeclared->count + 1, sizeof *undeclared->names);
    undeclared->ids[undeclared->count] = id;
    undeclared->names[undeclared->count++] = mem_copy_text(name);
    return 0;
}

static int forget_indicators(struct store_tx *tx, const struct engine *engine, struct error *error)
{
    struct undeclared undeclared = {.engine = engine};
    int result = store_indicators(store_tx_view(tx), find_undeclared, &undeclared, error);
    for (size_t i = 0; i < undeclared.count; i++) {
        char key[128];
        snprintf(key, sizeof key, "fingerprint:%s", undeclared.names[i]);
        if (result == 0)
            result = store_indicator_remove(tx, undeclared.ids[i], error);
        if (result == 0)
            result = store_document_put(tx, owner, key, NULL, 0, error);
        snprintf(key, sizeof key, "relations:%s", undeclared.names[i]);
        if (result == 0)
            result = store_document_put(tx, owner, key, NULL, 0, error);
        free(undeclared.names[i]);
    }
    free(undeclared.names);
    free(undeclared.ids);
    return result;
}

static int forget_inputs(struct store_tx *tx, const struct engine *engine, struct error *error)
{
    uint32_t *keep = mem_alloc(engine->input_count * sizeof *keep);
    for (size_t i = 0; i < engine->input_count; i++)
        keep[i] = engine->inputs[i]->id;
    const int result = store_inputs_keep(tx, keep, engine->input_count, error);
    free(keep);
    return result;
}

static int register_all(struct store_tx *tx, void *data, struct error *error)
{
    const struct registering *registering = data;
    const struct engine *engine = registering->engine;
    if (register_inputs(tx, engine, error) != 0 || register_indicators(tx, engine, error) != 0 ||
        alerts_register(tx, engine, registering->forget, error) != 0)
        return -1;
    if (!registering->forget)
        return 0;
    return forget_indicators(tx, engine, error) != 0 || forget_inputs(tx, engine, error) != 0 ? -1 : 0;
}

/* Numbers of a transaction that was undone may be given to others. */
static void forget_numbers(struct engine *engine)
{
    for (size_t i = 0; i < engine->input_count; i++)
        engine->inputs[i]->id = 0;
    for (size_t i = 0; i < engine->indicator_count; i++)
        engine->indicators[i]->id = 0;
    alerts_forget_numbers(engine);
}

static void on_registered(void *data, const struct error *error)
{
    struct registering *registering = data;
    struct engine *engine = registering->engine;
    free(registering);
    if (error) {
        forget_numbers(engine);
        engine->scripts_changed = true;
        engine_step_failed(engine, error);
    } else {
        engine_alerts_grew(engine); /* by the end of alerts that nobody declares any more */
        engine_step_done(engine);
    }
}

void registry_update(struct engine *engine)
{
    struct update update = {
        .engine = engine, .old = engine->indicators, .old_count = engine->indicator_count};
    engine->indicators = NULL;
    engine->indicator_count = 0;
    for (size_t i = 0; i < engine->input_count; i++)
        engine->inputs[i]->declared = false;
    scripts_each(engine->scripts, take_script, &update);
    for (size_t i = 0; i < update.old_count; i++)
        free_indicator(update.old[i]);
    free(update.old);
    drop_undeclared_inputs(engine);
    lanes_give_inputs(engine);
    alerts_update(engine);
    forget_kept(engine);
    engine->day_passed = true; /* there may be a first window */
    engine->releasing.is_due = true;

    struct registering *registering = mem_alloc(sizeof *registering);
    *registering = (struct registering){.engine = engine, .forget = scripts_all_active(engine->scripts)};
    store_write(engine->store, register_all, on_registered, registering);
}

void registry_free(struct engine *engine)
{
    for (size_t i = 0; i < engine->indicator_count; i++)
        free_indicator(engine->indicators[i]);
    for (size_t i = 0; i < engine->input_count; i++)
        free_input(engine->inputs[i]);
    free(engine->indicators);
    free(engine->inputs);
    lanes_free(engine);
    alerts_free(engine);
}
