/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/parse.h"
#include "script/worker/program.h"

/* A text on its way to the parser. It is handed over byte by byte, so that it is known where in its line the
 * parser gives up, and in which line where it says none, as when its own stack is full. */
struct passage {
    const char *next;
    int line; /* of the byte that was handed over last */
};

static const char *next_byte(lua_State *state, void *data, size_t *size)
{
    (void)state;
    struct passage *passage = data;
    const char *byte = passage->next;
    if (passage->line == 0 || byte[-1] == '\n')
        passage->line++;
    *size = *byte != '\0';
    passage->next += *size;
    return byte;
}

int parse_file(lua_State *state, const char *file, const char *text, size_t *taken)
{
    struct passage passage = {.next = text};
    lua_pushfstring(state, "@%s", file);
    const int status = lua_load(state, next_byte, &passage, lua_tostring(state, -1), "t");
    lua_remove(state, -2); /* the name */
    if (taken)
        *taken = (size_t)(passage.next - text);
    if (status != LUA_OK && status != LUA_ERRMEM && !program_named_file(lua_tostring(state, -1), file)) {
        lua_pushfstring(state, "%s:%d: %s", file, passage.line, lua_tostring(state, -1));
        lua_remove(state, -2);
    }
    return status;
}
