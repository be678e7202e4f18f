/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The script worker: runs what a school's data team wrote, behind walls, for wijzerd on the other side of two
 * pipes. See script/PROTOCOL.md. It is started by wijzerd and is of no use alone.
 */
#include "script/scripts.h"
#include "script/worker/interrupt.h"
#include "script/worker/messages.h"
#include "script/worker/requests.h"

#include "base/mem.h"
#include "base/walls.h"

#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { EXIT_NO_WALLS = 3, EXIT_MALFORMED = 2 };

static const uint64_t reserve_for_small = (uint64_t)128 << 20;
/* Address space of the whole process: what all scripts may hold together, and as much as it takes to serve
 * them. */
static const uint64_t process_memory = SCRIPTS_MEMORY_TOGETHER + reserve_for_small + ((uint64_t)512 << 20);

struct worker {
    struct program **programs;
    size_t count;
    struct worker_memory memory;
    struct inbox inbox;
    struct buf answer, error;
};

static struct program **find_slot(struct worker *worker, const char *file)
{
    for (size_t i = 0; i < worker->count; i++)
        if (strcmp(worker->programs[i]->file, file) == 0)
            return &worker->programs[i];
    return NULL;
}

static void unload(struct worker *worker, const char *file)
{
    struct program **slot = find_slot(worker, file);
    if (!slot)
        return;
    program_free(*slot);
    *slot = worker->programs[--worker->count];
}

static void keep(struct worker *worker, struct program *program)
{
    unload(worker, program->file);
    worker->programs = mem_resize(worker->programs, worker->count + 1, sizeof(struct program *));
    worker->programs[worker->count++] = program;
}

/* ---- answers ------------------------------------------------------------------------------------------- */

static void answer_failed(struct worker *worker, const struct load_failure *failure)
{
    buf_put_u8(&worker->error, 0);
    buf_clear(&worker->answer);
    const size_t begin = frame_begin(&worker->answer, FRAME_FAILED);
    buf_put_text(&worker->answer, (const char *)worker->error.data);
    buf_put_u8(&worker->answer, failure->too_long);
    if (failure->declarations)
        buf_put_text(&worker->answer, failure->declarations);
    frame_end(&worker->answer, begin);
    message_send(&worker->answer);
}

static void answer_good(struct worker *worker, size_t begin, const struct program *program)
{
    buf_put_varint(&worker->answer, program->held + program->rows_held);
    buf_put_varint(&worker->answer, program->peak + program->rows_held);
    frame_end(&worker->answer, begin);
    message_send(&worker->answer);
}

/* false: the request cannot be read. */
static bool load(struct worker *worker, struct reader *request)
{
    struct program_text text = {.file = read_text(request), .source = read_text(request)};
    const uint64_t modules = read_varint(request);
    text.modules = *request;
    for (uint64_t i = 0; i < 2 * modules && !request->failed; i++)
        read_text(request);
    text.module_count = (size_t)modules;
    text.limit = (size_t)read_varint(request);
    text.min_group_size = (int)read_varint(request);
    cJSON *params = cJSON_Parse(read_text(request));
    struct load_failure failure = {0};
    if (request->failed) {
        cJSON_Delete(params);
        return false;
    }
    text.params = params;
    text.memory = &worker->memory;
    struct program *program = program_load(&text, &worker->error, &failure);
    cJSON_Delete(params);
    if (!program) {
        answer_failed(worker, &failure);
        free(failure.declarations);
        return true;
    }
    keep(worker, program);
    const size_t begin = frame_begin(&worker->answer, FRAME_LOADED);
    char *json = program_declarations(program);
    buf_put_text(&worker->answer, json);
    free(json);
    answer_good(worker, begin, program);
    return true;
}

static bool handle(struct worker *worker, struct program *program, uint8_t kind, struct reader *request)
{
    switch (kind) {
    case FRAME_DERIVE:
        return request_derive(program, request, &worker->answer, &worker->error);
    case FRAME_COMPUTE:
        return request_compute(program, request, &worker->answer, &worker->error);
    case FRAME_JUDGE:
        return request_judge(program, request, &worker->answer, &worker->error);
    case FRAME_WAVES:
        return request_waves(program, request, &worker->answer, &worker->error);
    default:
        return request_test(program, request, &worker->inbox, &worker->answer, &worker->error);
    }
}

/* The state of a script that a request is for. */
static struct program *state_for(struct program *program, uint8_t kind)
{
    const bool shows_rows = kind == FRAME_DERIVE || kind == FRAME_WAVES;
    return shows_rows && program->rows ? program->rows : program;
}

static void run(struct worker *worker, uint8_t kind, struct reader *request, uint8_t answered_by)
{
    const char *file = read_text(request);
    struct program **slot = find_slot(worker, file);
    const size_t begin = frame_begin(&worker->answer, answered_by);
    if (!slot) {
        buf_append_format(&worker->error, "%s: is not loaded", file);
        answer_failed(worker, &(struct load_failure){0});
        return;
    }
    struct program *program = state_for(*slot, kind);
    interrupt_begin(program);
    const bool good = handle(worker, program, kind, request);
    interrupt_end();
    if (good)
        answer_good(worker, begin, *slot);
    else
        answer_failed(worker, &(struct load_failure){.too_long = program->stopped});
}

/* false: the daemon speaks another language. */
static bool serve(struct worker *worker, uint8_t kind, struct reader *request)
{
    buf_clear(&worker->answer);
    buf_clear(&worker->error);
    switch (kind) {
    case FRAME_LOAD:
        return load(worker, request);
    case FRAME_UNLOAD:
        unload(worker, read_text(request));
        return true;
    case FRAME_DERIVE:
        run(worker, kind, request, FRAME_DERIVED);
        return true;
    case FRAME_COMPUTE:
        run(worker, kind, request, FRAME_COMPUTED);
        return true;
    case FRAME_JUDGE:
        run(worker, kind, request, FRAME_JUDGED);
        return true;
    case FRAME_WAVES:
        run(worker, kind, request, FRAME_WAVES_MADE);
        return true;
    case FRAME_TEST:
        run(worker, kind, request, FRAME_TESTED);
        return true;
    default:
        return false;
    }
}

static void free_worker(struct worker *worker)
{
    while (worker->count)
        program_free(worker->programs[--worker->count]);
    free(worker->programs);
    buf_free(&worker->answer);
    buf_free(&worker->error);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    gsl_set_error_handler_off();      /* what has no answer is NaN, and no reason to abort */
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* it does not outlive wijzerd; the pipe's end says the rest */
    close_range(STDERR_FILENO + 1, ~0u, 0);
    interrupt_install();
    struct error error;
    const struct walls walls = {.memory_bytes = process_memory};
    if (walls_enter(&walls, &error) != 0) {
        dprintf(STDERR_FILENO, "%s\n", error.text);
        return EXIT_NO_WALLS;
    }
    struct worker worker = {.memory = {.limit = SCRIPTS_MEMORY_TOGETHER, .reserve = reserve_for_small}};
    struct reader request;
    uint8_t kind;
    int found;
    message_ready();
    while ((found = message_next(&worker.inbox, &kind, &request)) > 0)
        if (!serve(&worker, kind, &request)) {
            found = -1;
            break;
        }
    free_worker(&worker);
    buf_free(&worker.inbox.bytes);
    _exit(found == 0 ? EXIT_SUCCESS
                     : EXIT_MALFORMED); /* leak checkers, which run at exit, cannot work behind walls */
}
