/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/group_view.h"
#include "script/worker/requests.h"
#include "script/worker/result.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct request {
    const struct program_indicator *indicator;
    int64_t fewest;
    struct group_data *groups;
    size_t group_count, compute_count;
    unsigned relations;
};

/* ---- reading ------------------------------------------------------------------------------------------- */

static void read_group(struct reader *reader, struct group_data *group, size_t inputs)
{
    group->path = read_text(reader);
    group->level = read_text(reader);
    group->period = read_text(reader);
    group->days = read_f64(reader);
    group->bytes = mem_alloc(inputs * sizeof *group->bytes);
    group->sizes = mem_alloc(inputs * sizeof *group->sizes);
    for (size_t i = 0; i < inputs; i++)
        group->bytes[i] = read_bytes(reader, &group->sizes[i]);
}

/* A count of things that take at least a byte each. */
static size_t read_count(struct reader *reader)
{
    const uint64_t count = read_varint(reader);
    if (count > reader_left(reader))
        reader->failed = true;
    return reader->failed ? 0 : (size_t)count;
}

static bool read_request(struct reader *reader, struct request *request)
{
    request->fewest = (int64_t)read_varint(reader);
    const size_t inputs = (size_t)read_varint(reader);
    request->group_count = read_count(reader);
    request->groups = mem_alloc(request->group_count * sizeof *request->groups);
    if (!request->indicator || inputs != request->indicator->input_count)
        return false;
    for (size_t i = 0; i < request->group_count; i++)
        read_group(reader, &request->groups[i], inputs);
    request->compute_count = (size_t)read_varint(reader);
    request->relations = (unsigned)read_varint(reader);
    return !reader->failed && request->compute_count <= request->group_count;
}

static size_t read_index(struct reader *reader, const struct request *request)
{
    const uint64_t index = read_varint(reader);
    if (index >= request->group_count)
        reader->failed = true;
    return reader->failed ? 0 : (size_t)index;
}

static size_t read_relative(struct reader *reader, const struct request *request)
{
    const uint64_t index = read_varint(reader);
    if (index > request->group_count)
        reader->failed = true;
    return index == 0 || reader->failed ? NO_RELATIVE : (size_t)index - 1;
}

static size_t *read_indexes(struct reader *reader, const struct request *request, size_t *count)
{
    *count = read_count(reader);
    size_t *indexes = mem_alloc(*count * sizeof *indexes);
    for (size_t i = 0; i < *count; i++)
        indexes[i] = read_index(reader, request);
    return indexes;
}

struct sorted {
    const char *path;
    size_t index;
};

static int by_path(const void *left, const void *right)
{
    return strcmp(((const struct sorted *)left)->path, ((const struct sorted *)right)->path);
}

/* So that what a script adds up in the order of a list is the same wherever it is computed. */
static void sort_by_path(size_t *indexes, size_t count, const struct group_data *groups)
{
    struct sorted *sorted = mem_alloc(count * sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct sorted){groups[indexes[i]].path, indexes[i]};
    if (count)
        qsort(sorted, count, sizeof *sorted, by_path);
    for (size_t i = 0; i < count; i++)
        indexes[i] = sorted[i].index;
    free(sorted);
}

static bool read_computation(struct reader *reader, const struct request *request,
                             struct computation *computation)
{
    *computation = (struct computation){.indicator = request->indicator,
                                        .fewest = request->fewest,
                                        .groups = request->groups,
                                        .relations = request->relations,
                                        .relatives = {.previous = NO_RELATIVE, .parent = NO_RELATIVE}};
    if (!request->relations)
        return true;
    struct compute_relatives *relatives = &computation->relatives;
    relatives->previous = read_relative(reader, request);
    relatives->parent = read_relative(reader, request);
    size_t *peers = read_indexes(reader, request, &relatives->peer_count);
    size_t *children = read_indexes(reader, request, &relatives->child_count);
    relatives->peers = peers;
    relatives->children = children;
    if (reader->failed)
        return false;
    sort_by_path(peers, relatives->peer_count, request->groups);
    sort_by_path(children, relatives->child_count, request->groups);
    return true;
}

static void free_computation(struct computation *computation)
{
    free((size_t *)computation->relatives.peers);
    free((size_t *)computation->relatives.children);
}

static void free_request(struct request *request)
{
    for (size_t i = 0; i < request->group_count; i++) {
        free(request->groups[i].bytes);
        free(request->groups[i].sizes);
    }
    free(request->groups);
}

/* ---- one group ----------------------------------------------------------------------------------------- */

/* Runs below program_call. */
static int run_compute(lua_State *state)
{
    const struct computation *computation = program_of(state)->computing;
    lua_rawgeti(state, LUA_REGISTRYINDEX, computation->indicator->compute);
    group_view_push(state);
    lua_call(state, 1, 1);
    return 1;
}

static const struct input_data *own_inputs(const struct computation *computation)
{
    return computation->groups[computation->own].inputs;
}

/* The fewest people behind any number that the script looked at: that many stand behind the result. An input
 * that nobody answered gives nothing away. */
static int64_t people_behind(const struct computation *computation)
{
    int64_t fewest_read = -1, fewest = -1;
    bool any_read = false;
    for (size_t i = 0; i < computation->indicator->input_count; i++) {
        const struct input_data *input = &own_inputs(computation)[i];
        any_read |= input->read;
        if (input->n == 0)
            continue;
        if (fewest < 0 || input->n < fewest)
            fewest = input->n;
        if (input->read && (fewest_read < 0 || input->n < fewest_read))
            fewest_read = input->n;
    }
    const int64_t behind = any_read ? fewest_read : fewest;
    return behind < 0 ? 0 : behind;
}

/* Did the script look at an input that too few people answered? Then there is no result, whatever it made of
 * that. */
static bool is_hidden(const struct computation *computation)
{
    for (size_t i = 0; i < computation->indicator->input_count; i++) {
        const struct input_data *input = &own_inputs(computation)[i];
        if (input->read && input->n > 0 && input->n < computation->fewest)
            return true;
    }
    return false;
}

/* false: its time is over, and so is the whole request. */
static bool compute_group(struct program *program, struct computation *computation, struct buf *answer,
                          struct buf *error)
{
    char place[PLACE_LENGTH];
    buf_clear(error);
    program->computing = computation;
    lua_pushcfunction(program->state, run_compute);
    const bool good = program_call(program, 0, 1, error);
    program->computing = NULL;
    program->epoch++; /* a script that kept g, or one of its inputs, finds it empty */
    if (!good && program->stopped)
        return false;
    if (good && !computation->needs && !is_hidden(computation)) {
        program_function_place(program, computation->indicator->compute, place);
        result_write(program->state, place, people_behind(computation), answer);
        return true;
    }
    if (good)
        lua_pop(program->state, 1);
    buf_put_u8(error, 0);
    if (computation->needs)
        result_write_needs(computation->needs, answer);
    else if (is_hidden(computation))
        result_write_hidden(people_behind(computation), answer);
    else
        result_write_failure((const char *)error->data, answer);
    return true;
}

/* A group that is computed is decoded as its own self, with what it may not show of itself; as one that
 * others are compared with it is decoded anew. */
static bool compute_one(struct program *program, const struct request *request, size_t own,
                        struct reader *reader, struct buf *answer, struct buf *error)
{
    struct computation computation;
    struct group_data self = request->groups[own];
    bool good = read_computation(reader, request, &computation);
    self.inputs = NULL;
    self.shown = false;
    if (!good || !group_data_decode(&self, request->indicator, request->fewest)) {
        buf_append_format(error, "%s: the groups of '%s' cannot be read", program->file,
                          request->indicator->id);
        good = false;
    }
    struct group_data others = request->groups[own];
    request->groups[own] = self;
    computation.own = own;
    good = good && compute_group(program, &computation, answer, error);
    group_data_free(&request->groups[own], request->indicator);
    request->groups[own] = others;
    free_computation(&computation);
    return good;
}

static bool compute_all(struct program *program, const struct request *request, struct reader *reader,
                        struct buf *answer, struct buf *error)
{
    bool good = true;
    for (size_t i = 0; i < request->compute_count && good; i++)
        good = compute_one(program, request, i, reader, answer, error);
    for (size_t i = 0; i < request->group_count; i++)
        group_data_free(&request->groups[i], request->indicator);
    return good;
}

bool request_compute(struct program *program, struct reader *reader, struct buf *answer, struct buf *error)
{
    const char *id = read_text(reader);
    struct request request = {.indicator = program_indicator(program, id)};
    bool good = read_request(reader, &request);
    if (good)
        good = compute_all(program, &request, reader, answer, error);
    else
        buf_append_format(error, "%s: there is no indicator '%s', or its groups cannot be read",
                          program->file, id);
    free_request(&request);
    return good;
}
