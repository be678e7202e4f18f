/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/tests.h"
#include "script/scripts_internal.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A test may do more than a call of a script; it still has to end. */
enum { TEST_MEMORY = 64 << 20, TEST_MS = 5000 };

struct running {
    const struct script_tests_callbacks *callbacks;
    const char *worker_path;
    uv_loop_t loop;
    struct script_file file;
    struct worker_process *worker; /* NULL: none lives */
    bool loading, stopping;
    cJSON *declarations; /* once it is loaded */
    struct script_test *tests;
    size_t count, next; /* `next` runs, or is the first that has not run */
    struct error *error;
    int result;
};

static void send_frame(struct running *running, struct buf *frame)
{
    uv_update_time(&running->loop); /* an answer may have taken its time */
    worker_process_send(running->worker, frame, TEST_MS);
}

static void stop(struct running *running)
{
    running->stopping = true;
    if (running->worker)
        worker_process_kill(running->worker);
}

static void fail(struct running *running, const char *text)
{
    running->result = error_set(running->error, ERROR_FAILED, "%s", text);
    utf8_mend(running->error->text);
    stop(running);
}

/* ---- the tests of the file ----------------------------------------------------------------------------- */

static void take_tests(struct running *running)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(running->declarations, "tests"), *one;
    running->tests = mem_alloc((size_t)cJSON_GetArraySize(list) * sizeof *running->tests);
    cJSON_ArrayForEach(one, list)
    {
        const cJSON *name = cJSON_GetObjectItemCaseSensitive(one, "name");
        const cJSON *line = cJSON_GetObjectItemCaseSensitive(one, "line");
        running->tests[running->count++] =
            (struct script_test){.name = cJSON_IsString(name) ? name->valuestring : "",
                                 .line = cJSON_IsNumber(line) ? line->valueint : 0};
    }
}

static void load(struct running *running)
{
    struct buf frame = {0};
    running->loading = true;
    script_put_load(&frame, running->file.name, running->file.source, TEST_MEMORY, 0, "{}");
    send_frame(running, &frame);
}

static void run_next(struct running *running)
{
    const struct script_tests_callbacks *callbacks = running->callbacks;
    if (running->next == running->count ||
        !callbacks->begins(callbacks->data, &running->tests[running->next])) {
        stop(running);
        return;
    }
    struct buf frame = {0};
    const size_t begin = frame_begin(&frame, FRAME_TEST);
    buf_put_text(&frame, running->file.name);
    buf_put_varint(&frame, running->next);
    frame_end(&frame, begin);
    send_frame(running, &frame);
}

static void end_test(struct running *running, const char *failure, uint64_t checks)
{
    char *text = failure && *failure ? mem_copy_text(failure) : NULL;
    if (text)
        utf8_mend(text);
    running->callbacks->ended(running->callbacks->data, &running->tests[running->next++], text, checks);
    free(text);
}

/* ---- what the worker says ------------------------------------------------------------------------------ */

static void loaded(struct running *running, uint8_t kind, struct reader *payload)
{
    const char *text = read_text(payload);
    running->loading = false;
    if (kind != FRAME_LOADED) {
        fail(running, text);
        return;
    }
    if (!running->declarations) { /* else a worker was lost, and this one goes on */
        running->declarations = cJSON_Parse(text);
        take_tests(running);
        running->callbacks->loaded(running->callbacks->data, running->count);
    }
    run_next(running);
}

static void answer_question(struct running *running, struct reader *payload)
{
    struct buf frame = {0};
    cJSON *question = cJSON_Parse(read_text(payload));
    cJSON *answer = running->callbacks->asked(running->callbacks->data, question);
    cJSON_Delete(question);
    if (!answer) {
        stop(running);
        return;
    }
    char *json = cJSON_PrintUnformatted(answer);
    const size_t begin = frame_begin(&frame, FRAME_ANSWER);
    buf_put_text(&frame, json);
    frame_end(&frame, begin);
    cJSON_free(json);
    cJSON_Delete(answer);
    send_frame(running, &frame);
}

static void on_answer(void *data, uint8_t kind, struct reader *payload)
{
    struct running *running = data;
    if (running->stopping)
        return;
    if (running->loading) {
        loaded(running, kind, payload);
    } else if (kind == FRAME_QUESTION) {
        answer_question(running, payload);
    } else {
        const char *failure = read_text(payload);
        end_test(running, failure, kind == FRAME_TESTED ? read_varint(payload) : 0);
        run_next(running);
    }
}

static void on_log(void *data, const char *file, const char *place, const char *text)
{
    (void)file;
    const struct running *running = data;
    running->callbacks->printed(running->callbacks->data, place, text);
}

static void start_worker(struct running *running);

/* A test that took its worker along has failed; the others go on in a new one. */
static void on_death(void *data, const struct worker_death *death)
{
    struct running *running = data;
    running->worker = NULL;
    if (running->stopping)
        return;
    const bool knows = strncmp(death->where, running->file.name, strlen(running->file.name)) == 0;
    char *text = mem_format("%s: %s", knows ? death->where : running->file.name, death->how);
    if (running->loading || running->next == running->count) {
        fail(running, text);
    } else {
        end_test(running, text, 0);
        start_worker(running);
    }
    free(text);
}

static void start_worker(struct running *running)
{
    const struct worker_callbacks callbacks = {
        .answered = on_answer, .logged = on_log, .died = on_death, .data = running};
    if (worker_process_start(&running->worker, &running->loop, running->worker_path, &callbacks,
                             running->error) == 0)
        load(running);
    else
        running->result = -1;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

int script_tests_run(const char *path, const char *worker_path,
                     const struct script_tests_callbacks *callbacks, struct error *error)
{
    struct running running = {.callbacks = callbacks, .worker_path = worker_path, .error = error};
    script_file_read(&running.file, path);
    if (running.file.problem) {
        running.result = error_set(error, ERROR_INPUT, "%s", running.file.problem);
    } else {
        uv_loop_init(&running.loop);
        start_worker(&running);
        uv_run(&running.loop, UV_RUN_DEFAULT);
        const int left_open = uv_loop_close(&running.loop);
        assert(left_open == 0); /* whoever was stopped has closed what it opened */
        (void)left_open;
    }
    script_file_free(&running.file);
    cJSON_Delete(running.declarations);
    free(running.tests);
    return running.result;
}
