/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One tree of a release: what waits in it, as engine/release/release.h wants it told. */
#include "engine/changes.h"
#include "engine/release/release.h"
#include "engine/release/round.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* An input of the source, once, whichever indicators have it. */
struct waiting_input {
    struct input *input;
    const size_t *measures;
    size_t first_tally;
    int64_t *more;           /* by group of the tree: people that the leaves let in bring */
    struct tally *published; /* by group: what is in the cell of its own number, once it was looked up */
    bool *is_read;           /* by group */
};

struct waiting_tree {
    struct release_round *round;
    struct source *source;
    struct source_tree tree;
    struct publication_tree publication;
    const struct leaf *leaves;
    size_t leaf_count;
    size_t *leaf_groups; /* by leaf */
    struct waiting_input *inputs;
    size_t input_count, tally_count;
    size_t **numbers;                 /* by indicator and input of it: of `inputs` */
    struct publication_count *before; /* by indicator, group and input: what is released already */
    size_t *offsets;                  /* by indicator: in `before` */
    struct cell *cells;               /* by leaf and input; without tallies: nothing waits */
    struct release_change *changes;   /* by leaf and tally */
    struct buf bytes;
    struct error *error;
    bool failed;
};

static struct cell *cell_of(const struct waiting_tree *waiting, size_t leaf, size_t input)
{
    return &waiting->cells[leaf * waiting->input_count + input];
}

/* ---- the inputs ---------------------------------------------------------------------------------------- */

static size_t number_input(struct waiting_tree *waiting, struct input *input, const size_t *measures)
{
    for (size_t i = 0; i < waiting->input_count; i++)
        if (waiting->inputs[i].input == input)
            return i;
    const size_t groups = waiting->tree.count;
    waiting->inputs = mem_resize(waiting->inputs, waiting->input_count + 1, sizeof *waiting->inputs);
    waiting->inputs[waiting->input_count] =
        (struct waiting_input){.input = input,
                               .measures = measures,
                               .first_tally = waiting->tally_count,
                               .more = mem_alloc(groups * sizeof(int64_t)),
                               .published = mem_alloc(groups * sizeof(struct tally)),
                               .is_read = mem_alloc(groups * sizeof(bool))};
    waiting->tally_count += input_tallies(input);
    return waiting->input_count++;
}

static void number_inputs(struct waiting_tree *waiting)
{
    const struct source *source = waiting->source;
    waiting->numbers = mem_alloc(source->indicator_count * sizeof *waiting->numbers);
    for (size_t i = 0; i < source->indicator_count; i++) {
        const struct source_indicator *own = &source->indicators[i];
        const size_t inputs = own->indicator->declaration.input_count;
        waiting->numbers[i] = mem_alloc(inputs * sizeof **waiting->numbers);
        for (size_t k = 0; k < inputs; k++)
            waiting->numbers[i][k] =
                number_input(waiting, own->indicator->inputs[k], own->measures + k * MEASURES_AN_INPUT);
    }
}

static void free_inputs(struct waiting_tree *waiting)
{
    for (size_t i = 0; i < waiting->input_count; i++) {
        struct waiting_input *input = &waiting->inputs[i];
        for (size_t group = 0; group < waiting->tree.count; group++)
            tally_free(&input->published[group]);
        free(input->more);
        free(input->published);
        free(input->is_read);
    }
    free(waiting->inputs);
    for (size_t i = 0; waiting->numbers && i < waiting->source->indicator_count; i++)
        free(waiting->numbers[i]);
    free(waiting->numbers);
}

/* ---- what waits ---------------------------------------------------------------------------------------- */

static int read_leaf(struct waiting_tree *waiting, size_t leaf, struct error *error)
{
    const struct release_round *round = waiting->round;
    for (size_t i = waiting->leaves[leaf].first; i < waiting->leaves[leaf].end; i++) {
        const struct pending_cell *cell = &round->cells[i];
        for (size_t k = 0; k < waiting->input_count; k++)
            if (waiting->inputs[k].input->id == cell->input &&
                changes_decode(cell_of(waiting, leaf, k), waiting->inputs[k].input,
                               round->bytes.data + cell->offset, cell->size, error) != 0)
                return -1;
    }
    return 0;
}

static struct release_change change_of(const struct tally *tally)
{
    struct release_change change = {0};
    for (size_t i = 0; i < tally->size; i++)
        if (tally->entries[i].count > 0)
            change.came += tally->entries[i].count;
        else
            change.went -= tally->entries[i].count;
    return change;
}

static int read_leaves(struct waiting_tree *waiting, struct error *error)
{
    const size_t leaves = waiting->leaf_count;
    waiting->leaf_groups = mem_alloc(leaves * sizeof *waiting->leaf_groups);
    waiting->cells = mem_alloc(leaves * waiting->input_count * sizeof *waiting->cells);
    waiting->changes = mem_alloc(leaves * waiting->tally_count * sizeof *waiting->changes);
    for (size_t leaf = 0; leaf < leaves; leaf++) {
        waiting->leaf_groups[leaf] = source_place(waiting->source, waiting->leaves[leaf].group);
        if (read_leaf(waiting, leaf, error) != 0)
            return -1;
        struct release_change *changes = waiting->changes + leaf * waiting->tally_count;
        for (size_t k = 0; k < waiting->input_count; k++)
            for (size_t t = 0; t < cell_of(waiting, leaf, k)->count; t++)
                changes[waiting->inputs[k].first_tally + t] =
                    change_of(&cell_of(waiting, leaf, k)->tallies[t]);
    }
    return 0;
}

/* ---- counts of what would be published ----------------------------------------------------------------- */

static void keep_counts(struct waiting_tree *waiting)
{
    const struct source *source = waiting->source;
    size_t all = 0;
    waiting->offsets = mem_alloc(source->indicator_count * sizeof *waiting->offsets);
    for (size_t i = 0; i < source->indicator_count; i++) {
        waiting->offsets[i] = all;
        all += waiting->tree.count * source->indicators[i].indicator->declaration.input_count;
    }
    waiting->before = mem_alloc(all * sizeof *waiting->before);
    for (size_t i = 0; i < source->indicator_count; i++) {
        const struct source_indicator *own = &source->indicators[i];
        memcpy(waiting->before + waiting->offsets[i], own->counts,
               waiting->tree.count * own->indicator->declaration.input_count * sizeof *own->counts);
    }
}

static void add_people(struct waiting_tree *waiting, size_t leaf)
{
    for (size_t k = 0; k < waiting->input_count; k++) {
        const struct waiting_input *input = &waiting->inputs[k];
        const struct release_change *change =
            waiting->changes + leaf * waiting->tally_count + input->first_tally;
        for (size_t group = waiting->leaf_groups[leaf]; group != PUBLICATION_NO_PARENT;
             group = waiting->tree.parents[group])
            input->more[group] += change->came - change->went;
    }
}

static const struct tally *published_tally(struct waiting_tree *waiting, struct waiting_input *input,
                                           size_t group)
{
    struct cell cell;
    if (input->is_read[group])
        return &input->published[group];
    input->is_read[group] = true;
    buf_clear(&waiting->bytes);
    waiting->failed |= store_cell_get(waiting->source->view, input->input->id, waiting->tree.period,
                                      waiting->tree.groups[group], &waiting->bytes, waiting->error) != 0;
    if (waiting->failed || waiting->bytes.size == 0)
        return &input->published[group];
    if (changes_decode(&cell, input->input, waiting->bytes.data, waiting->bytes.size, waiting->error) != 0) {
        waiting->failed = true;
        return &input->published[group];
    }
    tally_merge(&input->published[group], &cell.tallies[0]);
    cell_free(&cell);
    return &input->published[group];
}

static bool lies_in(const struct waiting_tree *waiting, size_t leaf, size_t group)
{
    size_t at = waiting->leaf_groups[leaf];
    while (at != PUBLICATION_NO_PARENT && at != group)
        at = waiting->tree.parents[at];
    return at == group;
}

/* Would all of a group have given one answer? */
static bool is_uniform(struct waiting_tree *waiting, size_t number, size_t group, const bool *released)
{
    struct tally tally = {0};
    tally_merge(&tally, published_tally(waiting, &waiting->inputs[number], group));
    for (size_t leaf = 0; leaf < waiting->leaf_count; leaf++)
        if (released[leaf] && cell_of(waiting, leaf, number)->count && lies_in(waiting, leaf, group))
            tally_merge(&tally, &cell_of(waiting, leaf, number)->tallies[0]);
    const bool uniform = tally.size == 1;
    tally_free(&tally);
    return uniform;
}

/* Whether all gave one answer matters only where there are few. */
static void count_indicator(struct waiting_tree *waiting, size_t number, const bool *released)
{
    const struct source_indicator *own = &waiting->source->indicators[number];
    const size_t inputs = own->indicator->declaration.input_count;
    const struct publication_count *before = waiting->before + waiting->offsets[number];
    for (size_t group = 0; group < waiting->tree.count; group++)
        for (size_t k = 0; own->is_by[group] && k < inputs; k++) {
            const size_t input = waiting->numbers[number][k];
            struct publication_count *count = &own->counts[group * inputs + k];
            const int64_t more = waiting->inputs[input].more[group];
            count->people = before[group * inputs + k].people + more;
            count->total = before[group * inputs + k].total + more;
            count->uniform = count->people > 0 && count->people < 2 * (int64_t)own->indicator->least &&
                             is_uniform(waiting, input, group, released);
        }
}

static void count_released(void *data, const bool *released)
{
    struct waiting_tree *waiting = data;
    for (size_t k = 0; k < waiting->input_count; k++)
        memset(waiting->inputs[k].more, 0, waiting->tree.count * sizeof *waiting->inputs[k].more);
    for (size_t leaf = 0; leaf < waiting->leaf_count; leaf++)
        if (released[leaf])
            add_people(waiting, leaf);
    for (size_t i = 0; i < waiting->source->indicator_count; i++)
        count_indicator(waiting, i, released);
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

/* A script that is still being called for what came in holds back what follows on what it has published; and,
 * where answers wait, whatever follows: else what it makes of them would be let in bit by bit. Not so one
 * that nothing was published of yet, and that has not been up to date since the start: it is shown nowhere
 * before.
 */
static bool is_awaited(const struct waiting_tree *waiting)
{
    const struct source *source = waiting->source;
    for (size_t i = 0; i < source->indicator_count; i++) {
        const struct source_indicator *own = &source->indicators[i];
        bool behind = false, shown = false;
        for (size_t k = 0; k < own->indicator->declaration.input_count; k++) {
            const struct input *input = own->indicator->inputs[k];
            if (input->blocked || input->position >= source->engine->log_end)
                continue;
            behind = true;
            shown |= source->engine->min_change > 1 && input_keeps_up(input);
        }
        for (size_t group = 0; group < waiting->tree.count; group++)
            shown |= own->was[group] || own->stays_withheld[group];
        if (behind && shown)
            return true;
    }
    return false;
}

static void decide(struct waiting_tree *waiting, bool is_open, struct leaf *leaves)
{
    const size_t count = waiting->leaf_count;
    bool *wanted = mem_alloc(count * sizeof *wanted), *released = mem_alloc(count * sizeof *released);
    int64_t *moved = mem_alloc(count * sizeof *moved);
    size_t *measures = mem_alloc(waiting->tally_count * MEASURES_AN_INPUT * sizeof *measures);
    for (size_t leaf = 0; leaf < count; leaf++) {
        wanted[leaf] = leaves[leaf].wanted;
        moved[leaf] = leaves[leaf].moved;
    }
    for (size_t k = 0; k < waiting->input_count; k++)
        for (size_t t = 0; t < input_tallies(waiting->inputs[k].input); t++)
            memcpy(measures + (waiting->inputs[k].first_tally + t) * MEASURES_AN_INPUT,
                   waiting->inputs[k].measures, MEASURES_AN_INPUT * sizeof *measures);
    struct release_plan plan = {.tree = &waiting->publication,
                                .min_change = waiting->source->engine->min_change,
                                .is_open = is_open,
                                .leaf_count = count,
                                .leaf_groups = waiting->leaf_groups,
                                .is_wanted = wanted,
                                .moved = moved,
                                .tally_count = waiting->tally_count,
                                .tally_measures = measures,
                                .changes = waiting->changes,
                                .count = count_released,
                                .data = waiting,
                                .released = released};
    release_decide(&plan);
    for (size_t leaf = 0; leaf < count; leaf++)
        leaves[leaf].released = released[leaf];
    free(wanted);
    free(moved);
    free(released);
    free(measures);
}

static bool is_any_released(const struct leaf *leaves, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (leaves[i].released)
            return true;
    return false;
}

static int read_tree(struct waiting_tree *waiting, struct error *error)
{
    if (source_read_tree(waiting->source, &waiting->tree, error) != 0)
        return -1;
    waiting->publication = source_publication(waiting->source, &waiting->tree);
    number_inputs(waiting);
    keep_counts(waiting);
    return read_leaves(waiting, error);
}

static void close_tree(struct waiting_tree *waiting)
{
    for (size_t i = 0; waiting->cells && i < waiting->leaf_count * waiting->input_count; i++)
        cell_free(&waiting->cells[i]);
    free_inputs(waiting);
    free(waiting->publication.indicators);
    free(waiting->leaf_groups);
    free(waiting->offsets);
    free(waiting->before);
    free(waiting->cells);
    free(waiting->changes);
    buf_free(&waiting->bytes);
    source_close_tree(waiting->source, &waiting->tree);
}

int release_tree(struct release_round *round, struct source *source, uint32_t period, uint32_t root,
                 bool is_open, struct leaf *leaves, size_t count, struct error *error)
{
    struct waiting_tree waiting = {.round = round,
                                   .source = source,
                                   .tree = {.period = period, .root = root},
                                   .leaves = leaves,
                                   .leaf_count = count,
                                   .error = error};
    int result = read_tree(&waiting, error);
    if (result == 0 && !is_awaited(&waiting)) {
        decide(&waiting, is_open, leaves);
        result = waiting.failed ? -1 : 0;
        if (result == 0 && is_any_released(leaves, count))
            decisions_take(&round->decisions, source, &waiting.tree);
    }
    close_tree(&waiting);
    return result;
}
