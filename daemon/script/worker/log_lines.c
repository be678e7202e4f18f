/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/log_lines.h"
#include "script/worker/messages.h"
#include "script/worker/program.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

enum { MOST_LINES = 100, LONGEST_LINE = 1000 };

/* "FILE:LINE" of the line that prints; the file may be one that the script requires. */
static void find_place(lua_State *state, const char *file, char place[PLACE_LENGTH])
{
    lua_Debug frame;
    snprintf(place, PLACE_LENGTH, "%s", file);
    if (!lua_getstack(state, 1, &frame))
        return;
    lua_getinfo(state, "Sl", &frame);
    if (frame.currentline > 0)
        snprintf(place, PLACE_LENGTH, "%s:%d", program_file_of(&frame), frame.currentline);
}

/* The arguments as print shows them, separated by a space. On the stack. */
static const char *join(lua_State *state, size_t *length)
{
    const int count = lua_gettop(state);
    luaL_Buffer text;
    luaL_buffinit(state, &text);
    for (int i = 1; i <= count; i++) {
        luaL_tolstring(state, i, NULL);
        luaL_addvalue(&text);
        if (i < count)
            luaL_addchar(&text, ' ');
    }
    luaL_pushresult(&text);
    return lua_tolstring(state, -1, length);
}

/* Once a request, and never what it was given. While the file is loaded for such functions nothing is said:
 * the load before that has printed already. */
static int refuse(lua_State *state, struct program *program)
{
    char place[PLACE_LENGTH];
    if (program->told_of_print || !program_sees_rows(program))
        return 0;
    program->told_of_print = true;
    find_place(state, program->file, place);
    message_log(program->file, place, "print is not available in a function that sees somebody's answers");
    return 0;
}

int log_lines_print(lua_State *state)
{
    struct program *program = program_of(state);
    if (program->for_rows)
        return refuse(state, program);
    if (program->log_lines > MOST_LINES)
        return 0;
    char line[LONGEST_LINE + 1], place[PLACE_LENGTH];
    size_t length;
    const char *text = join(state, &length);
    if (++program->log_lines > MOST_LINES) {
        text = "more than 100 lines in one call; the rest is dropped";
        length = strlen(text);
    }
    utf8_copy_line(line, sizeof line, text, length);
    find_place(state, program->file, place);
    message_log(program->file, place, line);
    return 0;
}
