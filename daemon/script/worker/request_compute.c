/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/input_view.h"
#include "script/worker/requests.h"
#include "script/worker/result.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "stats/summary.h"

#include <stdlib.h>
#include <string.h>

struct group {
    const char *path, *level, *period;
    int64_t fewest; /* an input that fewer people answered is not shown to the script */
    const struct program_indicator *indicator;
    struct input_data *inputs;  /* indicator->input_count of them */
    struct input_data ***views; /* likewise, to be taken back */
};

/* ---- g ------------------------------------------------------------------------------------------------- */

static int unknown_member(lua_State *state)
{
    const char *given = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : luaL_typename(state, 2);
    const char *names[128] = {NULL};
    size_t count = 0;
    for (lua_pushnil(state); count < 128 && lua_next(state, 1); lua_pop(state, 1))
        if (lua_type(state, -2) == LUA_TSTRING)
            names[count++] = lua_tostring(state, -2);
    const char *nearest = nearest_name(given, names, count);
    return luaL_error(state, "g has no '%s'%s%s%s", given,
                      nearest ? "; did you mean '" : "; it is none of the inputs", nearest ? nearest : "",
                      nearest ? "'?" : "");
}

/* The parameters as a copy: what a script does to them ends with the call. */
static void push_params(lua_State *state, lua_ref params)
{
    lua_newtable(state);
    lua_rawgeti(state, LUA_REGISTRYINDEX, params);
    for (lua_pushnil(state); lua_next(state, -2);) {
        lua_pushvalue(state, -2);
        lua_insert(state, -2);
        lua_rawset(state, -5);
    }
    lua_pop(state, 1);
}

/* `views` is the index of a table that holds the inputs where the script cannot let go of them. */
static void push_group(lua_State *state, struct group *group, int views)
{
    const size_t count = group->indicator->input_count;
    lua_createtable(state, 0, (int)count + 4);
    lua_pushstring(state, group->path);
    lua_setfield(state, -2, "group");
    lua_pushstring(state, group->level);
    lua_setfield(state, -2, "level");
    lua_pushstring(state, group->period);
    lua_setfield(state, -2, "period");
    push_params(state, group->indicator->params);
    lua_setfield(state, -2, "params");
    for (size_t i = 0; i < count; i++) {
        input_view_push(state, &group->inputs[i], &group->views[i]);
        lua_pushvalue(state, -1);
        lua_rawseti(state, views, (lua_Integer)i + 1);
        lua_setfield(state, -2, group->inputs[i].name);
    }
    if (luaL_newmetatable(state, "wijzer group")) {
        lua_pushcfunction(state, unknown_member);
        lua_setfield(state, -2, "__index");
        lua_pushboolean(state, 0);
        lua_setfield(state, -2, "__metatable");
    }
    lua_setmetatable(state, -2);
}

/* Runs below program_call: (group). The views stay in the registry until they are taken back, whatever the
 * script does to g. */
static int run_compute(lua_State *state)
{
    struct group *group = lua_touserdata(state, 1);
    lua_newtable(state);
    lua_pushvalue(state, -1);
    lua_rawsetp(state, LUA_REGISTRYINDEX, group->indicator);
    lua_rawgeti(state, LUA_REGISTRYINDEX, group->indicator->compute);
    push_group(state, group, 2);
    lua_call(state, 1, 1);
    return 1;
}

/* A script that kept g, or one of its inputs, finds it empty. */
static void take_back(struct program *program, struct group *group)
{
    lua_State *state = program->state;
    for (size_t i = 0; i < group->indicator->input_count; i++)
        if (group->views[i])
            *group->views[i] = NULL;
    lua_pushnil(state);
    lua_rawsetp(state, LUA_REGISTRYINDEX, group->indicator);
}

/* ---- one group ----------------------------------------------------------------------------------------- */

/* The fewest people behind any number that the script looked at: that many stand behind the result. An input
 * that nobody answered gives nothing away. */
static int64_t people_behind(const struct group *group)
{
    int64_t fewest_read = -1, fewest = -1;
    bool any_read = false;
    for (size_t i = 0; i < group->indicator->input_count; i++) {
        const struct input_data *input = &group->inputs[i];
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
static bool is_hidden(const struct group *group)
{
    for (size_t i = 0; i < group->indicator->input_count; i++)
        if (group->inputs[i].read && group->inputs[i].n > 0 && group->inputs[i].n < group->fewest)
            return true;
    return false;
}

static bool read_group(struct reader *request, struct group *group)
{
    group->path = read_text(request);
    group->level = read_text(request);
    group->period = read_text(request);
    if (read_varint(request) != group->indicator->input_count)
        return false;
    for (size_t i = 0; i < group->indicator->input_count; i++) {
        const struct program_input *input = &group->indicator->inputs[i];
        size_t size;
        const uint8_t *bytes = read_bytes(request, &size);
        group->inputs[i] =
            (struct input_data){.name = input->name, .kind = input->kind, .fewest = group->fewest};
        group->views[i] = NULL;
        if (size && cell_decode(&group->inputs[i].cell, bytes, size) != 0)
            return false;
        if (group->inputs[i].cell.count)
            group->inputs[i].n = summary_n(&group->inputs[i].cell.tallies[0]);
    }
    return !request->failed;
}

static void free_cells(struct group *group)
{
    for (size_t i = 0; i < group->indicator->input_count; i++) {
        cell_free(&group->inputs[i].cell);
        group->inputs[i].cell = (struct cell){0};
    }
}

/* false: its time is over, and so is the whole request. */
static bool compute_group(struct program *program, struct group *group, struct buf *answer, struct buf *error)
{
    char place[PLACE_LENGTH];
    buf_clear(error);
    lua_pushcfunction(program->state, run_compute);
    lua_pushlightuserdata(program->state, group);
    const bool good = program_call(program, 1, 1, error);
    take_back(program, group);
    if (program->stopped)
        return false;
    if (is_hidden(group)) {
        if (good)
            lua_pop(program->state, 1);
        result_write_hidden(people_behind(group), answer);
        return true;
    }
    if (good) {
        program_function_place(program, group->indicator->compute, place);
        result_write(program->state, place, people_behind(group), answer);
        return true;
    }
    buf_put_u8(error, 0);
    result_write_failure((const char *)error->data, answer);
    return true;
}

static bool compute_groups(struct program *program, struct group *group, struct reader *request,
                           struct buf *answer, struct buf *error)
{
    const uint64_t count = read_varint(request);
    for (uint64_t i = 0; i < count; i++) {
        const bool readable = read_group(request, group);
        const bool good = readable && compute_group(program, group, answer, error);
        free_cells(group);
        if (!readable)
            buf_append_format(error, "%s: the groups of '%s' cannot be read", program->file,
                              group->indicator->id);
        if (!good)
            return false;
    }
    return true;
}

bool request_compute(struct program *program, struct reader *request, struct buf *answer, struct buf *error)
{
    const char *id = read_text(request);
    struct group group = {.indicator = program_indicator(program, id),
                          .fewest = (int64_t)read_varint(request)};
    if (!group.indicator) {
        buf_append_format(error, "%s: there is no indicator '%s'", program->file, id);
        return false;
    }
    group.inputs = mem_alloc(group.indicator->input_count * sizeof *group.inputs);
    group.views = mem_alloc(group.indicator->input_count * sizeof *group.views);
    const bool good = compute_groups(program, &group, request, answer, error);
    free(group.inputs);
    free(group.views);
    return good;
}
