/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/row_object.h"
#include "script/worker/row_errors.h"

#include "base/mem.h"

const char **row_object_read_columns(struct reader *request, size_t *count)
{
    const uint64_t columns = read_varint(request);
    if (columns > reader_left(request)) /* each takes a byte at least */
        request->failed = true;
    *count = request->failed ? 0 : (size_t)columns;
    const char **names = mem_alloc(*count * sizeof *names);
    for (size_t i = 0; i < *count; i++)
        names[i] = read_text(request);
    return names;
}

int row_object_unchangeable(lua_State *state)
{
    return row_errors_raise(state, "a row cannot be changed");
}

int row_object_pairs(lua_State *state, lua_CFunction next)
{
    lua_pushcfunction(state, next);
    lua_pushvalue(state, 1);
    lua_pushnil(state);
    return 3;
}
