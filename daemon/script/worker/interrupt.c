/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/interrupt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A signal handler has no argument of ours: this is the one thing it finds by itself. */
static struct program *volatile current;

static void stop_hook(lua_State *state, lua_Debug *activation)
{
    (void)activation;
    if (program_of(state)->stopped) {
        lua_pushliteral(state, "took too long"); /* luaL_error would name the caller of the line that runs */
        lua_error(state);
    }
    lua_sethook(state, NULL, 0, 0); /* left over in a coroutine from a call that was stopped */
}

static void stop_at_next_step(lua_State *state)
{
    lua_sethook(state, stop_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

/* lua_sethook is made to be called from a signal handler (Lua 5.4 manual, section 4.7). */
static void on_stop(int signal)
{
    (void)signal;
    struct program *program = current;
    if (!program)
        return;
    program->stopped = 1;
    if (program->running)
        stop_at_next_step(program->running);
}

/* The process is about to be ended: it can only lose the place, should Lua's call list be in the middle of a
 * change. */
static void on_where(int signal)
{
    (void)signal;
    const int saved = errno;
    struct program *program = current;
    char place[PLACE_LENGTH + 1];
    if (program && program->running && program_place(program->running, place)) {
        const size_t length = strlen(place);
        place[length] = '\n';
        if (write(STDERR_FILENO, place, length + 1) < 0)
            errno = saved;
    }
    errno = saved;
}

void interrupt_install(void)
{
    struct sigaction stop = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    struct sigaction where = {.sa_handler = on_where, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &stop, NULL);
    sigaction(SIGUSR2, &where, NULL);
}

void interrupt_begin(struct program *program)
{
    program->stopped = 0;
    current = program;
}

void interrupt_end(void)
{
    current = NULL;
}

/* The signal may come at any moment between these lines; either it finds the state running, or we find it
 * stopped. */
void interrupt_enter(struct program *program)
{
    lua_sethook(program->state, NULL, 0, 0);
    program->running = program->state;
    if (program->stopped)
        stop_at_next_step(program->state);
}

void interrupt_leave(struct program *program)
{
    program->running = NULL;
    lua_sethook(program->state, NULL, 0, 0);
}

void interrupt_check(lua_State *state)
{
    if (!program_of(state)->stopped)
        return;
    stop_at_next_step(state);
    luaL_error(state, "took too long");
}
