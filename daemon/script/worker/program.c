/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/program.h"
#include "script/test_file.h"
#include "script/worker/environment.h"
#include "script/worker/interrupt.h"
#include "script/worker/parse.h"
#include "script/worker/problems.h"
#include "script/worker/row_state.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* DEEP: so many calls inside each other are a function that calls itself without end. LITTLE: so many bytes a
 * state may hold whatever the others do. */
enum { DEEP = 10000, LITTLE = 512 << 10 };

struct program *program_of(lua_State *state)
{
    struct program *program;
    memcpy(&program, lua_getextraspace(state), sizeof program);
    return program;
}

/* ---- memory -------------------------------------------------------------------------------------------- */

/* Lua's own message for a refusal says no place, so it is kept here. lua_getinfo with "Sl" does not allocate.
 */
static void *refuse(struct program *program, bool together)
{
    lua_State *running = program->running;
    lua_Debug frame;
    program->refused_together = together;
    if (running && program_place(running, program->refused_at))
        program->refused_deep = lua_getstack(running, DEEP, &frame);
    return NULL;
}

/* `held`: by the block, of which `size` bytes are wanted. */
static bool is_too_much_together(const struct program *program, size_t held, size_t size)
{
    const struct worker_memory *memory = program->memory;
    const bool holds_little = program->held - held + size <= LITTLE;
    return memory->held - held + size > memory->limit + (holds_little ? memory->reserve : 0);
}

static void *allocate(void *data, void *block, size_t old_size, size_t new_size)
{
    struct program *program = data;
    struct worker_memory *memory = program->memory;
    const size_t held = block ? old_size : 0; /* for a new block old_size is its type */
    if (new_size == 0) {
        free(block);
        program->held -= held;
        memory->held -= held;
        return NULL;
    }
    if (new_size > held && program->held - held + new_size > program->limit)
        return refuse(program, false);
    if (new_size > held && is_too_much_together(program, held, new_size))
        return refuse(program, true);
    void *resized = realloc(block, new_size);
    if (!resized)
        return new_size <= held ? block : refuse(program, true); /* Lua counts on shrinking */
    program->held += new_size - held;
    memory->held += new_size - held;
    if (program->held > program->peak)
        program->peak = program->held;
    return resized;
}

/* ---- errors ------------------------------------------------------------------------------------------- */

static void append_refusal(const struct program *program, struct buf *error)
{
    const char *place = program->refused_at[0] ? program->refused_at : program->file;
    if (program->refused_together)
        buf_append_format(
            error,
            "%s: out of memory: all scripts together hold more than the %zu MiB that they share; "
            "see memory_bytes of GET /v1/scripts for which hold most",
            place, program->memory->limit >> 20);
    else
        buf_append_format(error, "%s: out of memory: the script holds more than %zu MiB%s", place,
                          program->limit >> 20,
                          program->refused_deep ? "; a function calls itself without end" : "");
}

static void append_failure(struct program *program, int status, struct buf *error)
{
    const size_t begin = error->size;
    size_t length = 0;
    program->out_of_memory = status == LUA_ERRMEM;
    const char *message =
        lua_type(program->state, -1) == LUA_TSTRING ? lua_tolstring(program->state, -1, &length) : NULL;
    if (status == LUA_ERRMEM)
        append_refusal(program, error);
    else if (message && program_file_in(program, message))
        buf_put(error, message, length < LONGEST_ERROR ? length : LONGEST_ERROR);
    else
        buf_append_format(error, "%s: %.*s", program->file, LONGEST_ERROR,
                          message ? message : "an error without a text");
    /* A text on its way to a person ends at its first NUL, and is UTF-8 whatever the script put into it. */
    buf_put_u8(error, 0);
    char *text = (char *)error->data + begin;
    utf8_mend(text);
    error->size = begin + strlen(text);
}

bool program_call(struct program *program, int arguments, int results, struct buf *error)
{
    lua_State *state = program->state;
    const int handler = lua_gettop(state) - arguments;
    lua_pushcfunction(state, program_describe_error);
    lua_insert(state, handler);
    program->refused_at[0] = '\0';
    program->refused_deep = program->out_of_memory = false;
    program->log_lines = 0;
    interrupt_enter(program);
    const int status = lua_pcall(state, arguments, results, handler);
    interrupt_leave(program);
    lua_remove(state, handler);
    if (status == LUA_OK)
        return true;
    append_failure(program, status, error);
    lua_pop(state, 1);
    return false;
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void take_modules(struct program *program, const struct program_text *text)
{
    struct reader reader = text->modules;
    program->modules = mem_alloc(text->module_count * sizeof *program->modules);
    for (size_t i = 0; i < text->module_count; i++) {
        const char *name = read_text(&reader);
        program->modules[program->module_count++] =
            (struct program_module){.name = mem_copy_text(name),
                                    .file = mem_format("%s.lua", name),
                                    .text = mem_copy_text(read_text(&reader)),
                                    .value = LUA_NOREF};
    }
}

/* `first`: the one that stands before it, where it is a state for rows. */
static struct program *new_program(const struct program_text *text, const struct program *first)
{
    struct program *program = mem_alloc(sizeof *program);
    program->file = mem_copy_text(text->file);
    program->limit = text->limit;
    program->memory = text->memory;
    program->min_group_size = text->min_group_size;
    program->overrides = text->params;
    program->for_rows = first != NULL;
    program->source = first ? mem_copy_text(text->source) : NULL;
    program->instruments = cJSON_CreateArray();
    program->declared = cJSON_CreateArray();
    program->alerts_declared = cJSON_CreateArray();
    program->problems = cJSON_CreateArray();
    take_modules(program, text);
    program->state = lua_newstate(allocate, program);
    if (program->state)
        memcpy(lua_getextraspace(program->state), &program, sizeof program);
    return program;
}

static void free_indicator(struct program_indicator *indicator)
{
    for (size_t i = 0; i < indicator->input_count; i++)
        free(indicator->inputs[i].name);
    free(indicator->inputs);
    free(indicator->id);
}

void program_free(struct program *program)
{
    if (program->rows)
        program_free(program->rows);
    if (program->state)
        lua_close(program->state);
    for (size_t i = 0; i < program->indicator_count; i++)
        free_indicator(&program->indicators[i]);
    for (size_t i = 0; i < program->alert_count; i++)
        free(program->alerts[i].id);
    for (size_t i = 0; i < program->wave_count; i++)
        free(program->waves[i].instrument);
    for (size_t i = 0; i < program->test_count; i++)
        free(program->tests[i].name);
    free(program->tests);
    for (size_t i = 0; i < program->module_count; i++) {
        free(program->modules[i].name);
        free(program->modules[i].file);
        free(program->modules[i].text);
    }
    free(program->modules);
    free(program->indicators);
    free(program->alerts);
    free(program->waves);
    cJSON_Delete(program->instruments);
    cJSON_Delete(program->declared);
    cJSON_Delete(program->alerts_declared);
    cJSON_Delete(program->problems);
    free(program->source);
    free(program->file);
    free(program);
}

static bool prepare(struct program *program, struct buf *error)
{
    if (!program->state) {
        append_refusal(program, error);
        return false;
    }
    lua_pushcfunction(program->state, environment_open);
    return program_call(program, 0, 0, error);
}

static int parse_protected(lua_State *state)
{
    const char *text = lua_touserdata(state, 1);
    struct program *program = program_of(state);
    return parse_file(state, program->file, text, &program->parsed) == LUA_OK ? 1 : lua_error(state);
}

/* Leaves the function that is the script on the stack. */
static bool parse(struct program *program, const char *source, struct buf *error)
{
    lua_pushcfunction(program->state, parse_protected);
    lua_pushlightuserdata(program->state, (void *)source);
    return program_call(program, 1, 1, error);
}

/* A declaration that raised an error leaves half of itself behind, also where a pcall caught the error; a
 * test may have no function. */
static bool is_finished(const struct program *program, struct buf *error)
{
    for (size_t i = 0; i < program->test_count; i++)
        if (program->tests[i].function == LUA_NOREF) {
            buf_append_format(
                error, "%s:%d: w.test \"%s\" has no function; write w.test \"...\" (function(t) ... end)",
                program->file, program->tests[i].line, program->tests[i].name);
            return false;
        }
    if (!program->unfinished)
        return true;
    buf_append_format(
        error,
        "%s: the error of a declaration, or of a file that was required, was caught by a pcall; let it "
        "through",
        program->file);
    return false;
}

/* Runs the function on the stack that is the script. */
static bool run(struct program *program, struct buf *error)
{
    program->loading = true;
    const bool good = program_call(program, 0, 0, error) && is_finished(program, error);
    program->loading = false;
    return good;
}

/* What ended the load is the last problem; a person is told the first, unless time was over. */
static void describe_failure(struct program *program, bool parsed, struct buf *error,
                             struct load_failure *failure)
{
    failure->too_long = program->stopped;
    if (error->size) {
        buf_put_u8(error, 0);
        problems_add(program,
                     failure->too_long || program->out_of_memory ? "limit"
                     : parsed                                    ? "error"
                                                                 : "syntax",
                     (const char *)error->data);
        error->size--;
    }
    if (!parsed)
        cJSON_AddNumberToObject(cJSON_GetArrayItem(program->problems, 0), "taken", (double)program->parsed);
    if (!failure->too_long) {
        buf_clear(error);
        buf_append_text(error, json_text(cJSON_GetArrayItem(program->problems, 0), "text"));
    }
    failure->declarations = program_declarations(program);
}

/* Time goes on from the first state to the one for rows: a signal may have come between the two. */
static struct program *load_state(const struct program_text *text, const struct program *first,
                                  struct buf *error, struct load_failure *failure)
{
    struct program *program = new_program(text, first);
    interrupt_begin(program);
    if (first && first->stopped)
        program->stopped = 1;
    const bool parsed = prepare(program, error) && parse(program, text->source, error);
    const bool good = parsed && run(program, error) && !cJSON_GetArraySize(program->problems) &&
                      (!first || row_state_agrees(first, program, error));
    program->overrides = NULL;
    if (good)
        return program;
    interrupt_end();
    describe_failure(program, parsed, error, failure);
    program_free(program);
    return NULL;
}

struct program *program_load(const struct program_text *text, struct buf *error, struct load_failure *failure)
{
    struct program *program = load_state(text, NULL, error, failure);
    if (!program || !row_state_is_needed(program)) {
        interrupt_end();
        return program;
    }
    program->rows = load_state(text, program, error, failure);
    interrupt_end();
    if (!program->rows) {
        program_free(program);
        return NULL;
    }
    program->rows_held = program->rows->held;
    return program;
}

bool program_sees_rows(const struct program *program)
{
    return program->for_rows && !program->loading;
}

bool program_is_test(const struct program *program)
{
    return test_file_is(program->file);
}

/* ---- what is declared ---------------------------------------------------------------------------------- */

static void add_tests(cJSON *json, const struct program *program)
{
    cJSON *tests = program->test_count ? cJSON_AddArrayToObject(json, "tests") : NULL;
    for (size_t i = 0; i < program->test_count; i++) {
        cJSON *test = cJSON_CreateObject();
        cJSON_AddItemToArray(tests, test);
        cJSON_AddStringToObject(test, "name", program->tests[i].name);
        cJSON_AddNumberToObject(test, "line", program->tests[i].line);
    }
}

char *program_declarations(const struct program *program)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemReferenceToObject(json, "instruments", program->instruments);
    cJSON_AddItemReferenceToObject(json, "indicators", program->declared);
    cJSON_AddItemReferenceToObject(json, "alerts", program->alerts_declared);
    add_tests(json, program);
    if (cJSON_GetArraySize(program->problems))
        cJSON_AddItemReferenceToObject(json, "problems", program->problems);
    char *text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    return text;
}

struct declared_mark program_mark_declared(const struct program *program)
{
    return (struct declared_mark){.instruments = cJSON_GetArraySize(program->instruments),
                                  .indicators = cJSON_GetArraySize(program->declared),
                                  .alerts = cJSON_GetArraySize(program->alerts_declared),
                                  .unfinished = program->unfinished};
}

static void shorten(cJSON *array, int size)
{
    while (cJSON_GetArraySize(array) > size)
        cJSON_DeleteItemFromArray(array, cJSON_GetArraySize(array) - 1);
}

void program_forget_declared(struct program *program, const struct declared_mark *mark)
{
    shorten(program->instruments, mark->instruments);
    shorten(program->declared, mark->indicators);
    shorten(program->alerts_declared, mark->alerts);
    while (program->indicator_count > (size_t)mark->indicators)
        free_indicator(&program->indicators[--program->indicator_count]);
    while (program->alert_count > (size_t)mark->alerts)
        free(program->alerts[--program->alert_count].id);
    program->unfinished = mark->unfinished;
}

struct program_indicator *program_indicator(struct program *program, const char *id)
{
    for (size_t i = 0; i < program->indicator_count; i++)
        if (strcmp(program->indicators[i].id, id) == 0)
            return &program->indicators[i];
    return NULL;
}

struct program_alert *program_alert(struct program *program, const char *id)
{
    for (size_t i = 0; i < program->alert_count; i++)
        if (strcmp(program->alerts[i].id, id) == 0)
            return &program->alerts[i];
    return NULL;
}

const struct program_wave *program_wave(const struct program *program, const char *instrument)
{
    for (size_t i = 0; i < program->wave_count; i++)
        if (strcmp(program->waves[i].instrument, instrument) == 0)
            return &program->waves[i];
    return NULL;
}
