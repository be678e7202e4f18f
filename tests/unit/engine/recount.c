/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "recount.h"

#include "base/mem.h"
#include "engine/internal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What has to come out even: what the store holds is counted down, what it has to hold is counted up. */
enum what {
    IN_CELLS = 1,   /* what is released is in the cells of each level, and nothing else */
    IN_PENDING = 2, /* what is not, is in those that wait */
    TOGETHER = 3,   /* both are the responses that count now */
    ALIKE = 4,      /* cells of both sides */
    ALIKE_PENDING = 5,
};

static void add(struct recount *recount, const struct part *part)
{
    if (recount->part_count == recount->part_capacity) {
        recount->part_capacity = recount->part_capacity ? 2 * recount->part_capacity : 1024;
        recount->parts = mem_resize(recount->parts, recount->part_capacity, sizeof *recount->parts);
    }
    recount->parts[recount->part_count++] = *part;
}

/* ---- names --------------------------------------------------------------------------------------------- */

/* By input. */
static const char *const levels_of[INPUTS + 1][4] = {
    [SCALE] = {"school", "team"},
    [ITEM] = {"school", "team", "class"},
    [SHARE] = {"team"},
    [DERIVED] = {"school", "team", "class"},
};

static bool is_for(const struct recount *recount, uint32_t input, uint32_t group)
{
    for (size_t i = 0; levels_of[input][i]; i++)
        if (strcmp(levels_of[input][i], recount->levels[group]) == 0)
            return true;
    return false;
}

static int take_group(void *data, const struct store_group *group)
{
    struct recount *recount = data;
    assert_in_range(group->id, 1, MOST_GROUPS - 1);
    recount->parents[group->id] = group->parent;
    snprintf(recount->levels[group->id], sizeof recount->levels[group->id], "%s", group->level);
    recount->group_count = group->id + 1;
    return 0;
}

static int take_period(void *data, const struct store_period *period)
{
    struct recount *recount = data;
    assert_in_range(period->id, 1, MOST_PERIODS - 1);
    recount->period_count = period->id + 1;
    struct recount_wave *wave = &recount->waves[period->id];
    *wave = (struct recount_wave){.starts = period->starts, .latest = period->latest};
    snprintf(wave->label, sizeof wave->label, "%s", period->label);
    return 0;
}

uint32_t recount_root(const struct recount *recount, uint32_t group)
{
    while (recount->parents[group])
        group = recount->parents[group];
    return group;
}

/* ---- how far it is released ---------------------------------------------------------------------------- */

static int take_release(void *data, uint32_t period, uint32_t group, uint64_t position, bool wanted)
{
    struct recount *recount = data;
    recount->releases = mem_resize(recount->releases, recount->release_count + 1, sizeof *recount->releases);
    recount->releases[recount->release_count++] = (struct recount_release){period, group, position, wanted};
    return 0;
}

bool recount_covers(const struct recount *recount, uint32_t period, uint32_t group, uint64_t position)
{
    for (size_t i = 0; i < recount->release_count; i++) {
        const struct recount_release *release = &recount->releases[i];
        if (release->period == period && (release->group == group || release->group == 0) &&
            position <= release->position)
            return true;
    }
    return false;
}

/* ---- what has to be there ------------------------------------------------------------------------------ */

/* In every group around that the input is kept for. */
static void add_around(struct recount *recount, struct part part)
{
    for (uint32_t group = part.group; group; group = recount->parents[group]) {
        part.group = group;
        if (is_for(recount, part.input, group))
            add(recount, &part);
    }
}

static void add_to_totals(struct recount *recount, const struct part *part)
{
    for (uint32_t group = part->group; group && part->tally == 0; group = recount->parents[group]) {
        struct total *total = &recount->totals[part->input][part->period][group];
        total->sum += part->value * (double)part->count;
        total->people += part->count;
    }
}

static void expect(struct recount *recount, const struct response *response, uint64_t position, int count)
{
    struct answer_number numbers[MOST_NUMBERS];
    const size_t number_count = answers_numbers(response, recount->item_ids, numbers);
    const bool released = recount_covers(recount, response->period, response->group, position);
    for (size_t i = 0; response->group && i < number_count; i++) {
        struct part part = {
            IN_CELLS, numbers[i].input, response->period, response->group, numbers[i].tally, numbers[i].value,
            count};
        if (released) {
            add_around(recount, part);
            add_to_totals(recount, &part);
        } else {
            part.what = IN_PENDING;
            add(recount, &part);
        }
    }
}

struct following {
    struct recount *recount;
    const struct recount *since;
};

static void touch(const struct following *following, const struct response *response, uint64_t position)
{
    const struct recount *since = following->since;
    struct recount *recount = following->recount;
    struct answer_number numbers[MOST_NUMBERS];
    const size_t count = answers_numbers(response, recount->item_ids, numbers);
    if (!since || !response->group || recount_covers(since, response->period, response->group, position))
        return;
    assert_in_range(response->respondent[0], 0, MOST_PEOPLE - 1);
    for (uint32_t group = response->group; group; group = recount->parents[group])
        for (size_t i = 0; i < count; i++)
            recount->touched[numbers[i].input][response->period][group] |= (uint64_t)1
                                                                           << response->respondent[0];
}

static int take_entry(void *data, const struct store_entry *entry)
{
    const struct following *following = data;
    const struct recount *recount = following->recount;
    const struct response *before = entry->before;
    if (entry->kind == STORE_REMOVAL && before && before->group &&
        !recount_covers(recount, before->period, before->group, entry->position))
        fail_msg("seed %u: somebody was removed from group %u, and it waits", recount->world->seed,
                 before->group);
    if (before) {
        expect(following->recount, before, entry->position, -1);
        touch(following, before, entry->position);
    }
    if (entry->response) {
        expect(following->recount, entry->response, entry->position, 1);
        touch(following, entry->response, entry->position);
    }
    return 0;
}

static int take_response(void *data, const struct response *response)
{
    struct recount *recount = data;
    recount->waves[response->period].responses++;
    struct answer_number numbers[MOST_NUMBERS];
    const size_t count = answers_numbers(response, recount->item_ids, numbers);
    for (size_t i = 0; response->group && i < count; i++)
        add_around(recount, (struct part){TOGETHER, numbers[i].input, response->period, response->group,
                                          numbers[i].tally, numbers[i].value, 1});
    return 0;
}

/* ---- what is there ------------------------------------------------------------------------------------- */

struct visit {
    struct recount *recount;
    enum side side;
    enum input_number input;
    bool pending;
};

static void count_down(const struct visit *visit, struct part part)
{
    struct recount *recount = visit->recount;
    part.input = visit->input;
    part.what = visit->pending ? ALIKE_PENDING : ALIKE;
    part.count = visit->side == EARLY ? part.count : -part.count;
    if (recount->has_late)
        add(recount, &part);
    if (visit->side == LATE)
        return;
    part.count = -part.count;
    part.what = visit->pending ? IN_PENDING : IN_CELLS;
    add(recount, &part);
    part.what = TOGETHER;
    if (visit->pending)
        add_around(recount, part);
    else
        add(recount, &part);
}

static void take_bytes(const struct visit *visit, uint32_t period, uint32_t group, const void *bytes,
                       size_t size)
{
    struct cell cell;
    assert_int_equal(cell_decode(&cell, bytes, size), 0);
    assert_false(cell_empty(&cell));
    for (size_t i = 0; i < cell.count; i++)
        for (size_t k = 0; k < cell.tallies[i].size; k++)
            count_down(visit, (struct part){.period = period,
                                            .group = group,
                                            .tally = i,
                                            .value = cell.tallies[i].entries[k].value,
                                            .count = cell.tallies[i].entries[k].count});
    if (!visit->pending && !cell_sound(&cell))
        fail_msg("seed %u: a cell of input %u holds less than nothing", visit->recount->world->seed,
                 visit->input);
    cell_free(&cell);
}

static int take_cell(void *data, uint32_t period, uint32_t group, const void *bytes, size_t size)
{
    take_bytes(data, period, group, bytes, size);
    return 0;
}

static int take_pending(void *data, uint32_t period, uint32_t group, uint32_t input, const void *bytes,
                        size_t size)
{
    struct recount *recount = data;
    bool known = false;
    recount->waiting += !recount->waits[period][group];
    recount->waits[period][group] = true;
    for (int side = EARLY; side <= (recount->has_late ? LATE : EARLY); side++)
        for (uint32_t i = 1; i <= INPUTS; i++)
            if (recount->input_ids[side][i] == input) {
                const struct visit visit = {recount, side, i, true};
                take_bytes(&visit, period, group, bytes, size);
                known = true;
            }
    assert_true(known); /* nothing waits for an input that nobody has */
    return 0;
}

static int take_cells(struct recount *recount, enum side side, struct store_view *view, struct error *error)
{
    for (uint32_t input = 1; input <= INPUTS; input++) {
        struct visit visit = {recount, side, input, false};
        if (store_cells(view, recount->input_ids[side][input], take_cell, &visit, error) != 0)
            return -1;
    }
    return 0;
}

/* ---- does it come out even? ---------------------------------------------------------------------------- */

static int by_place(const void *left, const void *right)
{
    const struct part *a = left, *b = right;
    const int64_t differences[] = {(int64_t)a->what - b->what, (int64_t)a->input - b->input,
                                   (int64_t)a->period - b->period, (int64_t)a->group - b->group,
                                   (int64_t)a->tally - (int64_t)b->tally};
    for (size_t i = 0; i < sizeof differences / sizeof *differences; i++)
        if (differences[i])
            return differences[i] < 0 ? -1 : 1;
    return (a->value > b->value) - (a->value < b->value);
}

static void balance(const struct recount *recount)
{
    static const char *const names[] = {[IN_CELLS] = "what is released",
                                        [IN_PENDING] = "what waits",
                                        [TOGETHER] = "both together",
                                        [ALIKE] = "cells of two inputs",
                                        [ALIKE_PENDING] = "what waits of two inputs"};
    if (recount->part_count)
        qsort(recount->parts, recount->part_count, sizeof *recount->parts, by_place);
    for (size_t first = 0, end; first < recount->part_count; first = end) {
        const struct part *part = &recount->parts[first];
        int64_t left = 0;
        for (end = first; end < recount->part_count && by_place(part, &recount->parts[end]) == 0; end++)
            left += recount->parts[end].count;
        if (left)
            fail_msg("seed %u: %s of input %u, period %u, group %u, tally %zu: %g is there %lld times too %s",
                     recount->world->seed, names[part->what], part->input, part->period, part->group,
                     part->tally, part->value, (long long)llabs(left), left < 0 ? "often" : "seldom");
    }
}

/* ---- results ------------------------------------------------------------------------------------------- */

static int take_result(void *data, const struct store_result *result)
{
    const struct visit *visit = data;
    struct recount *recount = visit->recount;
    recount->results = mem_resize(recount->results, recount->result_count + 1, sizeof *recount->results);
    struct recount_result *own = &recount->results[recount->result_count++];
    *own = (struct recount_result){visit->side,   visit->input,      result->period,
                                   result->group, result->published, *result};
    own->value.reason = NULL;
    own->value.extra = mem_copy_text(result->extra);
    return 0;
}

static int take_results(struct recount *recount, enum side side, struct store_view *view, struct error *error)
{
    for (uint32_t input = 1; input <= INPUTS; input++) {
        struct visit visit = {recount, side, input, false};
        uint32_t indicator;
        const char name[] = {side == EARLY ? 'i' : 'z', (char)('0' + input), 0};
        if (store_indicator_find(view, name, &indicator, error) != 0 ||
            store_results(view, indicator, 0, take_result, &visit, error) != 0)
            return -1;
    }
    return 0;
}

/* A group has a result as soon as there is somebody in it; what is published is the mean of whoever is. */
static void check_results(const struct recount *recount)
{
    size_t expected = 0;
    for (size_t i = 0; i < recount->result_count; i++) {
        const struct recount_result *result = &recount->results[i];
        const struct total *total = &recount->totals[result->input][result->period][result->group];
        const double mean = total->sum / (double)total->people;
        if (total->people == 0)
            fail_msg("seed %u: indicator %u has a result of group %u, where nobody is", recount->world->seed,
                     result->input, result->group);
        if (!result->published)
            continue;
        assert_true(total->people >= recount->world->min_group_size);
        if (result->value.n != total->people || !(fabs(result->value.value - mean) < 1e-9))
            fail_msg("seed %u: indicator %u of group %u is %.17g of %lld, and should be %.17g of %lld",
                     recount->world->seed, result->input, result->group, result->value.value,
                     (long long)result->value.n, mean, (long long)total->people);
    }
    for (uint32_t input = 1; input <= INPUTS; input++)
        for (uint32_t period = 1; period < recount->period_count; period++)
            for (uint32_t group = 1; group < recount->group_count; group++)
                expected += is_for(recount, input, group) && recount->totals[input][period][group].people > 0;
    assert_int_equal(recount->result_count, recount->has_late ? 2 * expected : expected);
}

const struct recount_result *recount_find(const struct recount *recount, const struct recount_result *like)
{
    for (size_t i = 0; i < recount->result_count; i++) {
        const struct recount_result *result = &recount->results[i];
        if (result->side == like->side && result->input == like->input && result->period == like->period &&
            result->group == like->group)
            return result;
    }
    return NULL;
}

bool recount_same_value(const struct recount_result *one, const struct recount_result *other)
{
    const struct store_result *a = &one->value, *b = &other->value;
    const bool same_extra = a->extra && b->extra ? strcmp(a->extra, b->extra) == 0 : a->extra == b->extra;
    return a->kind == b->kind && a->n == b->n && a->value == b->value && a->integer == b->integer &&
           a->has_ci == b->has_ci && same_extra;
}

static void compare_sides(const struct recount *recount)
{
    for (size_t i = 0; i < recount->result_count; i++) {
        struct recount_result other = recount->results[i];
        if (other.side != EARLY || !other.published)
            continue;
        other.side = LATE;
        const struct recount_result *late = recount_find(recount, &other);
        assert_non_null(late);
        if (late->published && !recount_same_value(late, &recount->results[i]))
            fail_msg("seed %u: i%u and z%u of group %u differ", recount->world->seed, other.input,
                     other.input, other.group);
    }
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static int read_names(struct recount *recount, struct store_view *view, struct error *error)
{
    return store_groups(view, take_group, recount, error) != 0 ||
                   store_periods(view, take_period, recount, error) != 0 ||
                   answers_find_items(view, recount->item_ids, error) != 0 ||
                   store_releases(view, take_release, recount, error) != 0
               ? -1
               : 0;
}

static int read_all(struct store_view *view, void *data, struct error *error)
{
    struct following *following = data;
    struct recount *recount = following->recount;
    if (read_names(recount, view, error) != 0 ||
        store_log_after(view, 0, SIZE_MAX >> 1, take_entry, following, error) != 0 ||
        store_log_end(view, &recount->log_end, error) != 0 ||
        store_current_responses(view, take_response, recount, error) != 0 ||
        store_pending(view, 0, take_pending, recount, error) != 0)
        return -1;
    for (int side = EARLY; side <= (recount->has_late ? LATE : EARLY); side++)
        if (take_cells(recount, side, view, error) != 0 || take_results(recount, side, view, error) != 0)
            return -1;
    return 0;
}

static bool find_inputs(struct recount *recount, enum side side)
{
    for (uint32_t input = 1; input <= INPUTS; input++) {
        const char name[] = {side == EARLY ? 'i' : 'z', (char)('0' + input), 0};
        const struct indicator *indicator = registry_find(recount->world->engine, name);
        if (!indicator)
            return false;
        assert_int_equal(indicator->inputs[0]->position, recount->world->engine->log_end);
        recount->input_ids[side][input] = indicator->inputs[0]->id;
    }
    return true;
}

void recount_take(struct recount *recount, struct world *world, const struct recount *since)
{
    struct following following = {recount, since};
    *recount = (struct recount){.world = world};
    assert_true(find_inputs(recount, EARLY));
    recount->has_late = find_inputs(recount, LATE);
    for (uint32_t input = 1; input <= INPUTS && recount->has_late; input++)
        assert_int_not_equal(recount->input_ids[EARLY][input], recount->input_ids[LATE][input]);
    world_read(world, read_all, &following);
    balance(recount);
    check_results(recount);
    if (recount->has_late)
        compare_sides(recount);
}

void recount_free(struct recount *recount)
{
    for (size_t i = 0; i < recount->result_count; i++)
        free((char *)recount->results[i].value.extra);
    free(recount->results);
    free(recount->releases);
    free(recount->parts);
}
