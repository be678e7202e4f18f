/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Have a script compute the groups of one indicator whose cells changed, and keep the results. First it is
 * decided what of them is published; of what is not, a script is shown nothing, for it could remember it.
 */
#include "engine/calendar.h"
#include "engine/checking.h"
#include "engine/publication/decisions.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { GROUPS_A_CALL = 512, MOST_DECIDED = 4096 };

struct round {
    struct engine *engine;
    struct indicator *indicator;
    struct places places;  /* first those to be computed, then those that they are compared with */
    uint64_t spent_before; /* ms that the script's calls had taken */
    size_t most, count;    /* to be computed */
    struct decisions decisions;
    bool is_deciding, has_decided;
    struct relatives relatives[GROUPS_A_CALL];
    struct group_names *groups; /* the engine's */
    struct period_names *periods;
    struct compute_result *results; /* copies, one per place to be computed, of those for the script */
    unsigned needs;                 /* what the script looked for and the call did not bring */
    int64_t computed_at;
};

static void end_turn(const struct round *round)
{
    struct lane *lane = round->indicator->lane;
    turn_end(&lane->computes, lanes_spent(round->engine, lane, round->spent_before));
}

static void free_round(struct round *round)
{
    for (size_t i = 0; i < round->count; i++) {
        relatives_free(&round->relatives[i]);
        if (round->results) {
            free((char *)round->results[i].reason);
            free((char *)round->results[i].extra);
        }
    }
    places_free(&round->places);
    decisions_free(&round->decisions);
    free(round->results);
    free(round);
}

/* ---- reading: on a thread of the pool ------------------------------------------------------------------ */

struct marks {
    struct changed_place *all, *undecided;
    size_t most, count, undecided_count;
};

static int take_mark(void *data, uint32_t period, uint32_t group, bool decided)
{
    struct marks *marks = data;
    const struct changed_place place = {period, group};
    if (marks->count < marks->most)
        marks->all[marks->count++] = place;
    if (!decided)
        marks->undecided[marks->undecided_count++] = place;
    return 0;
}

/* Who compares a group with its past needs that decided on too. */
static int read_marks(const struct round *round, struct marks *marks, struct store_view *view,
                      struct error *error)
{
    const size_t most = round->indicator->relations & RELATION_PREVIOUS ? MOST_DECIDED : round->most;
    *marks = (struct marks){.all = mem_alloc(most * sizeof *marks->all),
                            .undecided = mem_alloc(most * sizeof *marks->undecided),
                            .most = round->most};
    return store_stale(view, round->indicator->id, most, take_mark, marks, error);
}

static void free_marks(struct marks *marks)
{
    free(marks->all);
    free(marks->undecided);
}

/* The result of a withheld place is the fewest people behind any of its inputs, and nothing else. */
static int count_withheld(struct round *round, struct place *place, struct error *error)
{
    place->people = INT64_MAX;
    for (size_t i = 0; i < round->indicator->declaration.input_count; i++) {
        struct publication_count count;
        if (head_count(round->indicator->inputs[i], round->places.bytes.data + place->offsets[i],
                       place->sizes[i], &count, error) != 0)
            return -1;
        if (count.people > 0 && count.people < place->people)
            place->people = count.people;
    }
    return 0;
}

static int read_place(struct round *round, const struct changed_place *at, struct store_view *view,
                      struct error *error)
{
    size_t number;
    bool published, is_shown;
    if (places_add(&round->places, view, at->period, at->group, &number, error) != 0 ||
        store_publication_get(view, round->indicator->id, at->period, at->group, &published, &is_shown,
                              error) != 0)
        return -1;
    struct place *place = &round->places.all[number];
    place->is_shown = is_shown;
    place->withheld = !published && !place->empty;
    return place->withheld ? count_withheld(round, place, error) : 0;
}

static bool is_for_script(const struct place *place)
{
    return !place->empty && !place->withheld;
}

static int read_relatives(struct round *round, struct store_view *view, struct error *error)
{
    const struct relation_names names = {round->groups, round->periods};
    for (size_t i = 0; i < round->count; i++)
        if (is_for_script(&round->places.all[i]) &&
            relatives_find(&round->relatives[i], &round->places, i, view, &names, error) != 0)
            return -1;
    return 0;
}

static int read_marked(struct round *round, const struct marks *marks, struct store_view *view,
                       struct error *error)
{
    const struct relation_names names = {round->groups, round->periods};
    if (group_names_read(round->groups, view, error) != 0 ||
        period_names_read(round->periods, view, error) != 0)
        return -1;
    round->is_deciding = marks->undecided_count && !round->has_decided;
    if (round->is_deciding)
        return decisions_make(&round->decisions, round->engine, round->indicator, marks->undecided,
                              marks->undecided_count, view, &names, error);
    if (round->indicator->window)
        places_take_window(&round->places, round->engine, round->periods);
    else if (known_cells_pay(marks->count, round->groups->count) &&
             places_expect(&round->places, marks->all[0].period, view, error) != 0)
        return -1;
    for (; round->count < marks->count; round->count++)
        if (read_place(round, &marks->all[round->count], view, error) != 0)
            return -1;
    return read_relatives(round, view, error);
}

static int read_round(struct store_view *view, void *data, struct error *error)
{
    struct round *round = data;
    struct marks marks;
    int result = read_marks(round, &marks, view, error);
    if (result == 0 && marks.count)
        result = read_marked(round, &marks, view, error);
    free_marks(&marks);
    return result;
}

/* ---- keeping: on the store's thread
 * ------------------------------------------------------------------------ */

static struct store_result result_of(const struct round *round, const struct place *place,
                                     const struct compute_result *result)
{
    if (place->withheld)
        return (struct store_result){.period = place->period,
                                     .group = place->group,
                                     .kind = STORE_NO_VALUE,
                                     .n = place->people,
                                     .computed_at = round->computed_at};
    return (struct store_result){.period = place->period,
                                 .group = place->group,
                                 .kind = (enum store_value_kind)result->kind,
                                 .value = result->value,
                                 .integer = result->integer,
                                 .reason = result->reason && result->reason[0] ? result->reason : NULL,
                                 .n = result->n,
                                 .has_ci = result->has_ci,
                                 .ci = {result->ci[0], result->ci[1]},
                                 .extra = result->extra,
                                 .computed_at = round->computed_at,
                                 .published = place->is_shown};
}

/* Of a check: what is kept should be what was computed now. */
static int compare_result(struct store_tx *tx, const struct round *round, const struct place *place,
                          const struct compute_result *result, struct error *error)
{
    struct checking *checking = round->engine->checking;
    const uint32_t indicator = round->indicator->id;
    const struct store_result computed = result_of(round, place, result);
    bool same;
    if (is_for_script(place) && result->kind == COMPUTE_FAILED) {
        checking->found.skipped++;
        return store_stale_clear(tx, indicator, place->period, place->group, error);
    }
    if (checking_result(checking, store_tx_view(tx), indicator, &computed, !place->empty, &same, error) != 0)
        return -1;
    if (!same)
        checking_differs(checking,
                         mem_format("the result of indicator %s, group %s, period %s",
                                    round->indicator->declaration.id, round->groups->paths[place->group],
                                    round->periods->labels[place->period]));
    return store_stale_clear(tx, indicator, place->period, place->group, error);
}

/* A failed computation leaves the last good result where it is. */
static int keep_result(struct store_tx *tx, const struct round *round, const struct place *place,
                       const struct compute_result *result, struct error *error)
{
    const uint32_t indicator = round->indicator->id;
    if (is_for_script(place) && result->kind == COMPUTE_NEEDS)
        return 0; /* it stays stale, and is computed in the next round */
    if (check_is_under_way(round->engine))
        return compare_result(tx, round, place, result, error);
    if (is_for_script(place) && result->kind == COMPUTE_FAILED)
        return store_result_outlive(tx, indicator, place->period, place->group, error);
    if (alerts_mark(tx, round->engine, round->indicator, place->group, error) != 0)
        return -1;
    if (place->empty)
        return store_result_remove(tx, indicator, place->period, place->group, error);
    const struct store_result kept = result_of(round, place, result);
    return store_result_put(tx, indicator, &kept, error);
}

static int keep_results(struct store_tx *tx, void *data, struct error *error)
{
    const struct round *round = data;
    if (round->needs) {
        struct indicator knowing = *round->indicator;
        knowing.relations |= round->needs;
        if (registry_keep_relations(tx, &knowing, error) != 0)
            return -1;
    }
    for (size_t i = 0; i < round->count; i++)
        if (keep_result(tx, round, &round->places.all[i], &round->results[i], error) != 0)
            return -1;
    return 0;
}

/* ---- on the loop --------------------------------------------------------------------------------------- */

static void forget_failing(struct place_list *failing, uint64_t place)
{
    for (size_t i = 0; i < failing->count; i++)
        if (failing->all[i] == place) {
            failing->all[i] = failing->all[--failing->count];
            return;
        }
}

static void add_failing(struct place_list *failing, uint64_t place)
{
    forget_failing(failing, place);
    failing->all = mem_resize(failing->all, failing->count + 1, sizeof *failing->all);
    failing->all[failing->count++] = place;
}

/* What went wrong is shown until there is no place left where it does. */
static void show_outcome(const struct round *round)
{
    struct indicator *indicator = round->indicator;
    const char *failure = NULL;
    indicator->shown.evaluated_at = round->computed_at;
    for (size_t i = 0; i < round->count; i++) {
        const struct place *at = &round->places.all[i];
        const uint64_t place = (uint64_t)at->period << 32 | at->group;
        const bool failed = is_for_script(at) && round->results[i].kind == COMPUTE_FAILED;
        if (failed)
            add_failing(&indicator->failing, place);
        else if (!is_for_script(at) || round->results[i].kind != COMPUTE_NEEDS)
            forget_failing(&indicator->failing, place);
        if (failed && !failure)
            failure = round->results[i].reason;
    }
    if (failure)
        registry_set_error(indicator, failure);
    else if (!indicator->failing.count && !indicator->input_failed)
        registry_set_error(indicator, NULL);
}

static void on_kept(void *data, const struct error *error)
{
    struct round *round = data;
    struct engine *engine = round->engine;
    round->indicator->keeping = false;
    if (!error) {
        show_outcome(round);
        round->indicator->relations |= round->needs;
        alerts_look(engine);
    }
    free_round(round);
    engine_step_kept(engine, error);
}

static void keep(struct round *round)
{
    struct engine *engine = round->engine;
    round->computed_at = clock_read(engine->clock);
    round->indicator->keeping = true;
    store_write_remade(engine->store, keep_results, on_kept, round);
    end_turn(round);
    engine_step_keeps(engine);
}

/* There are no results to keep. */
static void end_round(struct round *round, const struct error *error)
{
    struct engine *engine = round->engine;
    end_turn(round);
    free_round(round);
    if (error)
        engine_step_failed(engine, error);
    else
        engine_step_done(engine);
}

/* A script that asks for what it was given would be asked for ever. */
static void take_needs(struct round *round, struct compute_result *result)
{
    if (result->kind != COMPUTE_NEEDS)
        return;
    if (result->needs & ~round->indicator->relations)
        round->needs |= result->needs;
    else
        result->kind = COMPUTE_FAILED;
}

static void take_refusal(struct round *round, const struct error *error)
{
    if (error->kind == ERROR_TOO_MUCH) {
        batch_size_halve(&round->indicator->batch, round->count);
        return;
    }
    round->indicator->blocked = true; /* until the scripts change */
    round->indicator->behind = true;
    if (error->kind != ERROR_CLOSED)
        registry_set_error(round->indicator, error->text);
}

static void on_computed(void *data, const struct compute_result *results, const struct error *error)
{
    struct round *round = data;
    if (error) {
        take_refusal(round, error);
        end_round(round, NULL);
        return;
    }
    batch_size_worked(&round->indicator->batch, GROUPS_A_CALL);
    size_t answered = 0;
    for (size_t i = 0; i < round->count; i++) {
        if (!is_for_script(&round->places.all[i]))
            continue;
        round->results[i] = results[answered++];
        take_needs(round, &round->results[i]);
        round->results[i].reason = mem_copy_text(round->results[i].reason);
        round->results[i].extra = mem_copy_text(round->results[i].extra);
    }
    keep(round);
}

/* The order of the call: what is to be computed, without what the script is not shown, then the rest. */
struct order {
    size_t *index; /* by number of a place */
    struct compute_group *groups;
    struct compute_bytes *cells;
    size_t count;
};

/* How long a period of events is; a wave has no length. */
static double days_of(const struct round *round, uint32_t period)
{
    const struct indicator_declaration *declaration = &round->indicator->declaration;
    if (declaration->instrument)
        return 0;
    return declaration->period == PERIOD_WINDOW
               ? declaration->window_days
               : calendar_find(declaration->period, round->periods->starts[period]).days;
}

static void append_place(const struct round *round, struct order *order, size_t number)
{
    const size_t inputs = round->indicator->declaration.input_count;
    const struct place *place = &round->places.all[number];
    struct compute_bytes *own = order->cells + order->count * inputs;
    if (!is_for_script(place))
        return;
    for (size_t k = 0; k < inputs; k++)
        own[k] = (struct compute_bytes){round->places.bytes.data + place->offsets[k], place->sizes[k]};
    order->index[number] = order->count;
    order->groups[order->count++] = (struct compute_group){.group = round->groups->paths[place->group],
                                                           .level = round->groups->levels[place->group],
                                                           .period = round->periods->labels[place->period],
                                                           .days = days_of(round, place->period),
                                                           .cells = own};
}

static void rename_all(const struct order *order, size_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = order->index[numbers[i]];
}

/* From numbers of places to indexes of the call. */
static struct compute_relatives *make_relatives(struct round *round, const struct order *order)
{
    struct compute_relatives *all = mem_alloc(round->count * sizeof *all);
    size_t count = 0;
    for (size_t i = 0; i < round->count; i++) {
        struct relatives *own = &round->relatives[i];
        if (!is_for_script(&round->places.all[i]))
            continue;
        rename_all(order, own->peers, own->peer_count);
        rename_all(order, own->children, own->child_count);
        all[count++] = (struct compute_relatives){
            .previous = own->previous == NO_PLACE ? NO_RELATIVE : order->index[own->previous],
            .parent = own->parent == NO_PLACE ? NO_RELATIVE : order->index[own->parent],
            .peers = own->peers,
            .peer_count = own->peer_count,
            .children = own->children,
            .child_count = own->child_count};
    }
    return all;
}

static void call_script(struct round *round)
{
    const size_t places = round->places.count;
    struct order order = {
        .index = mem_alloc(places * sizeof *order.index),
        .groups = mem_alloc(places * sizeof *order.groups),
        .cells = mem_alloc(places * round->indicator->declaration.input_count * sizeof *order.cells)};
    for (size_t i = 0; i < round->count; i++)
        append_place(round, &order, i);
    const size_t to_compute = order.count;
    for (size_t i = round->count; i < places; i++)
        append_place(round, &order, i);
    struct compute_relatives *relatives = make_relatives(round, &order);
    const struct compute_call call = {.indicator = round->indicator->declaration.id,
                                      .fewest = round->indicator->least,
                                      .groups = order.groups,
                                      .group_count = to_compute,
                                      .compared_count = order.count - to_compute,
                                      .relations = round->indicator->relations,
                                      .relatives = relatives};
    if (to_compute)
        scripts_compute(round->engine->scripts, &call, on_computed, round);
    else
        keep(round);
    free(relatives);
    free(order.index);
    free(order.groups);
    free(order.cells);
}

static void read_again(struct round *round);

static int keep_decisions(struct store_tx *tx, void *data, struct error *error)
{
    const struct round *round = data;
    const struct relation_names names = {round->groups, round->periods};
    return decisions_keep(tx, round->engine, &round->decisions, &names, error);
}

/* Others have more to compute now, or less. */
static void look_at_others(const struct round *round)
{
    const struct engine *engine = round->engine;
    for (size_t i = 0; i < engine->indicator_count; i++)
        if (strcmp(engine->indicators[i]->calendar, round->indicator->calendar) == 0)
            engine->indicators[i]->maybe_stale = true;
}

static void on_decided(void *data, const struct error *error)
{
    struct round *round = data;
    if (error) {
        end_round(round, error);
        return;
    }
    look_at_others(round);
    decisions_free(&round->decisions);
    round->is_deciding = false;
    round->has_decided = true;
    read_again(round);
}

/* What was withheld of a wave stays so, and must not be forgotten; of events everything is decided anew. */
static void decide(struct round *round)
{
    if (round->indicator->declaration.instrument)
        store_write(round->engine->store, keep_decisions, on_decided, round);
    else
        store_write_remade(round->engine->store, keep_decisions, on_decided, round);
}

static void on_read(void *data, const struct error *error)
{
    struct round *round = data;
    if (!error && round->is_deciding) {
        decide(round);
        return;
    }
    if (!error && round->count) {
        round->results = mem_alloc(round->count * sizeof *round->results);
        call_script(round);
        return;
    }
    if (!error)
        round->indicator->maybe_stale = round->indicator->behind = false;
    end_round(round, error);
}

static void read_again(struct round *round)
{
    store_read(round->engine->store, read_round, on_read, round);
}

/* Half a history would give wrong results: every input has to have been at the log's end. */
static bool can_compute(const struct engine *engine, const struct indicator *indicator)
{
    if (!indicator->id || !indicator->inputs || indicator->blocked || !indicator->maybe_stale ||
        indicator->keeping || lanes_hold_back(engine, indicator))
        return false;
    for (size_t i = 0; i < indicator->declaration.input_count; i++)
        if (!indicator->inputs[i]->caught_up)
            return false;
    return true;
}

bool compute_begin(struct engine *engine)
{
    struct indicator *indicator = lanes_next_to_compute(engine, can_compute);
    if (!indicator)
        return false;
    struct round *round = mem_alloc(sizeof *round);
    round->engine = engine;
    round->groups = &engine->groups;
    round->periods = &engine->periods;
    round->indicator = indicator;
    round->most = batch_size_of(&indicator->batch, GROUPS_A_CALL);
    round->spent_before = lanes_spent(engine, indicator->lane, 0);
    round->places.indicator = indicator;
    round->places.known = engine->known_cells;
    store_read(engine->store, read_round, on_read, round);
    return true;
}
