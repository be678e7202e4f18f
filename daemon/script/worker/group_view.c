/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/group_view.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "stats/summary.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_NAMES = 128 };

/* ---- cells --------------------------------------------------------------------------------------------- */

static bool decode_events(struct input_data *input, const void *bytes, size_t size)
{
    struct reader reader = reader_of(bytes, size);
    event_summary_decode(&input->events, &reader);
    input->n = reader.failed ? 0 : input->events.people;
    return !reader.failed;
}

static bool decode_input(struct input_data *input, const void *bytes, size_t size)
{
    if (size == 0)
        return true;
    if (input_is_of_events(input->kind))
        return decode_events(input, bytes, size);
    if (cell_decode(&input->cell, bytes, size) != 0)
        return false;
    input->n = summary_n(&input->cell.tallies[0]);
    return true;
}

bool group_data_decode(struct group_data *group, const struct program_indicator *indicator, int64_t fewest)
{
    group->inputs = mem_alloc(indicator->input_count * sizeof *group->inputs);
    bool good = true;
    for (size_t i = 0; i < indicator->input_count; i++) {
        struct input_data *input = &group->inputs[i];
        *input = (struct input_data){
            .name = indicator->inputs[i].name, .kind = indicator->inputs[i].kind, .fewest = fewest};
        good &= decode_input(input, group->bytes[i], group->sizes[i]);
        input->days = group->days;
        input->per_actor = indicator->inputs[i].per_actor;
        group->shown |= input->n > 0 && input->n >= fewest;
    }
    return good;
}

void group_data_free(struct group_data *group, const struct program_indicator *indicator)
{
    for (size_t i = 0; group->inputs && i < indicator->input_count; i++)
        cell_free(&group->inputs[i].cell);
    free(group->inputs);
    group->inputs = NULL;
}

/* A group that others are compared with: what it cannot show looks as if nobody had answered. */
static void decode_compared(struct computation *computation, struct group_data *group)
{
    if (group->inputs)
        return;
    group_data_decode(group, computation->indicator, computation->fewest);
    for (size_t i = 0; i < computation->indicator->input_count; i++) {
        struct input_data *input = &group->inputs[i];
        if (input->n >= computation->fewest)
            continue;
        cell_free(&input->cell);
        input->cell = (struct cell){0};
        input->events = (struct event_summary){0};
        input->n = 0;
    }
}

/* ---- what g does not have ------------------------------------------------------------------------------ */

static int by_name(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

/* What the group at 1 has, in order: its members and the `others`. Gives how many. */
static size_t list_names(lua_State *state, const char *const *others, size_t other_count,
                         const char *names[MOST_NAMES])
{
    size_t count = 0;
    for (; count < other_count; count++)
        names[count] = others[count];
    for (lua_pushnil(state); count < MOST_NAMES && lua_next(state, 1); lua_pop(state, 1))
        if (lua_type(state, -2) == LUA_TSTRING)
            names[count++] = lua_tostring(state, -2);
    qsort(names, count, sizeof *names, by_name);
    return count;
}

/* `whose` says what the group is to the script. */
static int unknown_member(lua_State *state, const char *whose, const char *const *others, size_t other_count)
{
    const char *given = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : luaL_typename(state, 2);
    const char *names[MOST_NAMES];
    const size_t count = list_names(state, others, other_count, names);
    const char *nearest = nearest_name(given, names, count);
    if (nearest)
        return luaL_error(state, "%s has no '%s'; did you mean '%s'?", whose, given, nearest);
    luaL_Buffer all;
    luaL_buffinit(state, &all);
    for (size_t i = 0; i < count; i++) {
        luaL_addstring(&all, i ? ", " : "");
        luaL_addstring(&all, names[i]);
    }
    luaL_pushresult(&all);
    return luaL_error(state, "%s has no '%s'; it has %s", whose, given, lua_tostring(state, -1));
}

static const char *const relation_names[] = {"previous", "parent", "peers", "children"};

enum { RELATIONS = sizeof relation_names / sizeof *relation_names };

static bool is_relation(const char *key)
{
    for (size_t i = 0; i < RELATIONS; i++)
        if (strcmp(relation_names[i], key) == 0)
            return true;
    return false;
}

static int compared_member(lua_State *state)
{
    static const char whose[] = "a group that g is compared with";
    if (lua_type(state, 2) == LUA_TSTRING && is_relation(lua_tostring(state, 2)))
        return luaL_error(state, "%s has no '%s' of its own; it has group, level, period and the inputs",
                          whose, lua_tostring(state, 2));
    return unknown_member(state, whose, NULL, 0);
}

/* ---- tables -------------------------------------------------------------------------------------------- */

static void push_fields(lua_State *state, struct computation *computation, struct group_data *group)
{
    const size_t count = computation->indicator->input_count;
    lua_createtable(state, 0, (int)count + 4);
    lua_pushstring(state, group->path);
    lua_setfield(state, -2, "group");
    lua_pushstring(state, group->level);
    lua_setfield(state, -2, "level");
    lua_pushstring(state, group->period);
    lua_setfield(state, -2, "period");
    for (size_t i = 0; i < count; i++) {
        input_view_push(state, &group->inputs[i]);
        lua_setfield(state, -2, group->inputs[i].name);
    }
}

static void set_metatable(lua_State *state, const char *name, lua_CFunction index)
{
    if (luaL_newmetatable(state, name)) {
        lua_pushcfunction(state, index);
        lua_setfield(state, -2, "__index");
        lua_pushboolean(state, 0);
        lua_setfield(state, -2, "__metatable");
    }
    lua_setmetatable(state, -2);
}

static void push_compared(lua_State *state, struct computation *computation, size_t index)
{
    decode_compared(computation, &computation->groups[index]);
    push_fields(state, computation, &computation->groups[index]);
    set_metatable(state, "wijzer compared group", compared_member);
}

/* ---- relations ----------------------------------------------------------------------------------------- */

/* The computation, if the request brought the relation; else there is no result. */
static struct computation *looking_at(lua_State *state, enum compute_relation relation)
{
    struct computation *computation = program_of(state)->computing;
    if (computation && computation->relations & relation)
        return computation;
    if (computation)
        computation->needs |= relation;
    luaL_error(state, computation ? "the daemon is asked for the groups that this one is compared with"
                                  : "g can only be read inside the compute that it was given to");
    return NULL;
}

static int push_one(lua_State *state, struct computation *computation, size_t index)
{
    if (index != NO_RELATIVE)
        decode_compared(computation, &computation->groups[index]);
    if (index == NO_RELATIVE || !computation->groups[index].shown)
        lua_pushnil(state);
    else
        push_compared(state, computation, index);
    return 1;
}

/* The list in order of the groups' paths, which is the same wherever it is computed. */
static int push_list(lua_State *state, struct computation *computation, const size_t *indexes, size_t count,
                     const char *level)
{
    lua_createtable(state, (int)count, 0);
    lua_Integer added = 0;
    for (size_t i = 0; i < count; i++) {
        struct group_data *group = &computation->groups[indexes[i]];
        if (level && strcmp(group->level, level) != 0)
            continue;
        decode_compared(computation, group);
        if (!group->shown)
            continue;
        push_compared(state, computation, indexes[i]);
        lua_rawseti(state, -2, ++added);
    }
    return 1;
}

/* Both g:children(level) and g.children(level) are fine. */
static int children(lua_State *state)
{
    struct computation *computation = looking_at(state, RELATION_CHILDREN);
    const int index = lua_istable(state, 1) ? 2 : 1;
    if (lua_type(state, index) != LUA_TSTRING)
        return luaL_error(state, "g:children(level) takes the name of a level, as in g:children(\"team\")");
    const char *level = lua_tostring(state, index);
    const cJSON *by = cJSON_GetObjectItemCaseSensitive(computation->indicator->declaration, "by"), *one;
    bool known = false;
    cJSON_ArrayForEach(one, by)
    {
        known |= strcmp(one->valuestring, level) == 0;
    }
    if (!known)
        return luaL_error(state, "g:children(\"%s\"): 'by' of the indicator does not list that level", level);
    return push_list(state, computation, computation->relatives.children, computation->relatives.child_count,
                     level);
}

static int own_member(lua_State *state)
{
    struct computation *computation;
    const char *key = lua_type(state, 2) == LUA_TSTRING ? lua_tostring(state, 2) : "";
    if (strcmp(key, "previous") == 0) {
        computation = looking_at(state, RELATION_PREVIOUS);
        return push_one(state, computation, computation->relatives.previous);
    }
    if (strcmp(key, "parent") == 0) {
        computation = looking_at(state, RELATION_PARENT);
        return push_one(state, computation, computation->relatives.parent);
    }
    if (strcmp(key, "peers") == 0) {
        computation = looking_at(state, RELATION_PEERS);
        return push_list(state, computation, computation->relatives.peers, computation->relatives.peer_count,
                         NULL);
    }
    if (strcmp(key, "children") == 0) {
        lua_pushcfunction(state, children);
        return 1;
    }
    return unknown_member(state, "g", relation_names, RELATIONS);
}

/* ---- g ------------------------------------------------------------------------------------------------- */

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

void group_view_push(lua_State *state)
{
    struct computation *computation = program_of(state)->computing;
    push_fields(state, computation, &computation->groups[computation->own]);
    push_params(state, computation->indicator->params);
    lua_setfield(state, -2, "params");
    set_metatable(state, "wijzer group", own_member);
}
