/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/parse.h"

#include <stdbool.h>
#include <string.h>

/* A text on its way to the parser. It is handed over line by line, so that the line is known where the parser
 * gives up without saying one, as it does when its own stack is full. */
struct lines {
    const char *next;
    int number; /* of the line that was handed over last */
};

static const char *next_line(lua_State *state, void *data, size_t *size)
{
    (void)state;
    struct lines *lines = data;
    const char *line = lines->next, *end = strchr(line, '\n');
    *size = end ? (size_t)(end - line) + 1 : strlen(line);
    lines->next += *size;
    lines->number++;
    return line;
}

static bool says_where(const char *message, const char *file)
{
    const size_t length = strlen(file);
    return strncmp(message, file, length) == 0 && message[length] == ':';
}

int parse_file(lua_State *state, const char *file, const char *text)
{
    struct lines lines = {.next = text};
    lua_pushfstring(state, "@%s", file);
    const int status = lua_load(state, next_line, &lines, lua_tostring(state, -1), "t");
    lua_remove(state, -2); /* the name */
    if (status != LUA_OK && status != LUA_ERRMEM && !says_where(lua_tostring(state, -1), file)) {
        lua_pushfstring(state, "%s:%d: %s", file, lines.number, lua_tostring(state, -1));
        lua_remove(state, -2);
    }
    return status;
}
