/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One script file in the worker: a Lua state of its own with a memory limit of its own, what the script
 * declared, and the functions it declared it with. Where some of them see rows, a second one stands behind
 * it: see row_state.h.
 */
#ifndef SCRIPT_WORKER_PROGRAM_H
#define SCRIPT_WORKER_PROGRAM_H

#include "base/buf.h"
#include "script/declaration.h"

#include <cjson/cJSON.h>
#include <lauxlib.h>
#include <lua.h>
#include <signal.h>

enum { PLACE_LENGTH = 300, LONGEST_ERROR = 4000, OWN_ERROR_LENGTH = 1000 };

/* A function or table that Lua keeps for us. */
typedef int lua_ref;

struct program_input {
    char *name;
    enum input_kind kind;
    bool per_actor;   /* of a rate; of a distinct count: it is of actors */
    lua_ref function; /* of a derive input, else LUA_NOREF */
};

struct program_indicator {
    char *id;
    const cJSON *declaration; /* in the program's `declared` */
    lua_ref compute, params;
    struct program_input *inputs; /* by name */
    size_t input_count;
};

struct program_alert {
    char *id;
    lua_ref raise, clear; /* clear: LUA_NOREF where it is the opposite of raise */
};

/* How an instrument makes the wave of a row, where no column has it. */
struct program_wave {
    char *instrument;
    lua_ref function;
};

/* What a file whose name ends in _test.lua declares. */
struct program_test {
    char *name;
    int line;
    lua_ref function; /* LUA_NOREF until it is given */
};

struct computation;
struct testing;

/* What the states of all scripts hold together. It is kept well below what the process may have, for the rest
 * of the worker can do nothing but end where it gets no memory. Where some have taken all, those that hold
 * little go on with what is in reserve for them. */
struct worker_memory {
    size_t held, limit, reserve; /* bytes */
};

/* A file that the script may require. */
struct program_module {
    char *name, *file, *text;
    lua_ref value; /* what it returned */
    bool running, has_run;
};

struct program {
    char *file;
    struct program_module *modules;
    size_t module_count;
    lua_State *state;
    size_t held, peak, limit;      /* bytes, through the state's allocator */
    struct worker_memory *memory;  /* what all scripts hold */
    char refused_at[PLACE_LENGTH]; /* where the last allocation was refused; "" if none was in this call */
    bool refused_deep;             /* and it was deep inside calls of calls */
    bool refused_together;         /* and it was not the script's own limit that was reached */
    bool out_of_memory;            /* the last call ended so */

    size_t parsed;         /* bytes of the text that the parser has taken */
    size_t declared_bytes; /* about, of what follows */
    unsigned unfinished;   /* declarations that have begun */
    bool loading;          /* declarations are taken only while the file runs for the first time */
    cJSON *instruments, *declared, *alerts_declared; /* JSON arrays of what was declared */
    cJSON *problems;                                 /* and of what is wrong: see problems.h */
    struct program_indicator *indicators;
    size_t indicator_count;
    struct program_alert *alerts;
    size_t alert_count;
    struct program_wave *waves;
    size_t wave_count;
    int min_group_size;     /* the least that an indicator may ask for; 0: not known */
    const cJSON *overrides; /* {INDICATOR: {KEY: value}} from the configuration, while loading */

    struct program_test *tests; /* in order of appearance */
    size_t test_count;
    struct testing *testing; /* the test that runs, or NULL: see request_test.c */

    struct computation *computing; /* the one under way, or NULL: see group_view.h */
    uint64_t epoch; /* grows with every computation; what belongs to an earlier one is no more */

    struct program *rows; /* the state in which functions see rows; NULL where the script has none */
    size_t rows_held;     /* what that held once loaded: what it holds later may tell of an answer */

    /* Of such a state: */
    bool for_rows;
    char *source;                     /* the script's text */
    char own_error[OWN_ERROR_LENGTH]; /* the last one that row_errors_raise raised */
    bool told_of_print;               /* in this request */

    unsigned log_lines;            /* written in this call */
    lua_State *volatile running;   /* the coroutine that runs now; NULL between calls */
    volatile sig_atomic_t stopped; /* its time is over */
};

/* The program that a state belongs to, also in its coroutines. */
struct program *program_of(lua_State *state);

/* A script as it comes in a request; `modules` is read from where they begin. */
struct program_text {
    const char *file, *source;
    struct reader modules;
    size_t module_count, limit;
    struct worker_memory *memory;
    int min_group_size; /* 0: not known */
    const cJSON *params;
};

/* How a load failed. The text is to be freed. */
struct load_failure {
    bool too_long;
    char *declarations; /* as of program_declarations: of what could be read, and every problem */
};

/* Loads and runs a script. NULL: it failed, with the text for a person in `error`, and how. */
struct program *program_load(const struct program_text *text, struct buf *error,
                             struct load_failure *failure);
/* The JSON of script/PROTOCOL.md. Free it. */
char *program_declarations(const struct program *program);
void program_free(struct program *program);
struct program_indicator *program_indicator(struct program *program, const char *id);
struct program_alert *program_alert(struct program *program, const char *id);
/* NULL: the instrument has a column for it, or is not declared here. */
const struct program_wave *program_wave(const struct program *program, const char *instrument);

/* Can what runs now see somebody's answers? Then nothing that it says may get out. */
bool program_sees_rows(const struct program *program);

/* Does the file hold tests? Then it declares nothing else. */
bool program_is_test(const struct program *program);

/* How much is declared; what was declared since can be forgotten. */
struct declared_mark {
    int instruments, indicators, alerts;
    unsigned unfinished;
};
struct declared_mark program_mark_declared(const struct program *program);
void program_forget_declared(struct program *program, const struct declared_mark *mark);

/* Calls the function below its `arguments` on the stack, under all limits. false: it failed, nothing is left
 * on the stack and `error` holds "FILE:LINE: what" and the frames of the script. */
bool program_call(struct program *program, int arguments, int results, struct buf *error);

/* ---- program_errors.c: where something is, and what went wrong there ------------------------------------
 */

/* "FILE:LINE" of the innermost Lua function that runs; false where none does. Allocates nothing. */
bool program_place(lua_State *state, char place[PLACE_LENGTH]);
/* The frame of that function, with what lua_getinfo says for "Sl". */
bool program_line(lua_State *state, lua_Debug *frame);
/* The file of a frame of which "S" is known, by its whole name. */
const char *program_file_of(const lua_Debug *frame);

/* How long the name of the file is that a message of Lua's begins with, before its ':'; 0: it begins with
 * something else. Lua shortens a name of LUA_IDSIZE bytes and more to its end. */
size_t program_named_file(const char *message, const char *file);
/* The file of the script, or of a module of it, with whose line a message begins; NULL: with none. */
const char *program_file_in(const struct program *program, const char *message);

/* A message handler: makes "FILE:LINE: what" and the frames of the script of an error, however it was raised,
 * and runs no code of the script to do so. */
int program_describe_error(lua_State *state);

/* Where a function is written: "FILE:LINE". Leaves the stack as it was. */
void program_function_place(struct program *program, lua_ref function, char place[PLACE_LENGTH]);

#endif
