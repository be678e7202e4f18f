/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/program.h"
#include "script/worker/row_errors.h"

#include <stdio.h>
#include <string.h>

enum { FRAMES_SHOWN = 8 };

/* ---- places -------------------------------------------------------------------------------------------- */

bool program_line(lua_State *state, lua_Debug *frame)
{
    for (int level = 0; lua_getstack(state, level, frame); level++) {
        lua_getinfo(state, "Sl", frame);
        if (frame->currentline > 0)
            return true;
    }
    return false;
}

/* Every chunk is a file and named "@FILE"; `short_src` would leave out the beginning of a long name. */
const char *program_file_of(const lua_Debug *frame)
{
    return frame->source[0] == '@' ? frame->source + 1 : frame->short_src;
}

bool program_place(lua_State *state, char place[PLACE_LENGTH])
{
    lua_Debug frame;
    if (!program_line(state, &frame))
        return false;
    snprintf(place, PLACE_LENGTH, "%s:%d", program_file_of(&frame), frame.currentline);
    return true;
}

void program_function_place(struct program *program, lua_ref function, char place[PLACE_LENGTH])
{
    lua_Debug info;
    lua_rawgeti(program->state, LUA_REGISTRYINDEX, function);
    lua_getinfo(program->state, ">S", &info);
    snprintf(place, PLACE_LENGTH, "%s:%d", program_file_of(&info), info.linedefined);
}

size_t program_named_file(const char *message, const char *file)
{
    static const char cut[] = "...";
    enum { CUT = sizeof cut - 1, KEPT = LUA_IDSIZE - 1 - CUT };
    const size_t length = strlen(file);
    if (strncmp(message, file, length) == 0 && message[length] == ':')
        return length;
    if (length < LUA_IDSIZE || strncmp(message, cut, CUT) != 0)
        return 0;
    return strncmp(message + CUT, file + length - KEPT, KEPT) == 0 && message[CUT + KEPT] == ':' ? CUT + KEPT
                                                                                                 : 0;
}

const char *program_file_in(const struct program *program, const char *message)
{
    if (program_named_file(message, program->file))
        return program->file;
    for (size_t i = 0; i < program->module_count; i++)
        if (program_named_file(message, program->modules[i].file))
            return program->modules[i].file;
    return NULL;
}

/* ---- errors -------------------------------------------------------------------------------------------- */

/* The frames of the script itself, innermost first. */
static void append_frames(lua_State *state, luaL_Buffer *text)
{
    lua_Debug frame;
    char line[PLACE_LENGTH + 64];
    int shown = 0;
    for (int level = 0; shown < FRAMES_SHOWN && lua_getstack(state, level, &frame); level++) {
        lua_getinfo(state, "Sln", &frame);
        if (frame.currentline <= 0)
            continue;
        const char *const file = program_file_of(&frame);
        const int length =
            frame.name ? snprintf(line, sizeof line, "\n  at %.*s:%d in '%.40s'", PLACE_LENGTH, file,
                                  frame.currentline, frame.name)
                       : snprintf(line, sizeof line, "\n  at %.*s:%d", PLACE_LENGTH, file, frame.currentline);
        luaL_addlstring(text, line, (size_t)length);
        shown++;
    }
}

/* The place that the message begins with, with the whole name of its file, or else that of the line that
 * runs. Gives the rest of the message. */
static const char *append_place(lua_State *state, const char *message, luaL_Buffer *text)
{
    const char *const file = message ? program_file_in(program_of(state), message) : NULL;
    char place[PLACE_LENGTH];
    if (file) {
        luaL_addstring(text, file);
        return message + program_named_file(message, file);
    }
    if (program_place(state, place)) {
        luaL_addstring(text, place);
        luaL_addstring(text, ": ");
    }
    return message;
}

int program_describe_error(lua_State *state)
{
    const char *message = lua_type(state, 1) == LUA_TSTRING ? lua_tostring(state, 1) : NULL;
    if (program_sees_rows(program_of(state)))
        message = row_errors_shown(state);
    luaL_Buffer text;
    luaL_buffinit(state, &text);
    message = append_place(state, message, &text);
    if (message) {
        for (; *message; message++) /* a line of its own is for the frames */
            luaL_addchar(&text, *message == '\n' || *message == '\r' ? ' ' : *message);
    } else {
        luaL_addstring(&text, "an error object of type ");
        luaL_addstring(&text, luaL_typename(state, 1));
    }
    append_frames(state, &text);
    luaL_pushresult(&text);
    return 1;
}
