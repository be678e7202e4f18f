/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker_process.h"

#include "base/mem.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* After the limit a script gets SIGUSR1, which stops Lua code at its next step. One that is inside a C
 * function then does not answer: it is asked where it is (SIGUSR2), and ended as soon as it has said so. On a
 * busy machine that may take a while. */
enum { GRACE_MS = 100, TELL_MS = 300 };

/* On a busy machine a program takes a while to begin. That is not the time of the script that waits for it.
 */
enum { BEGIN_MS = 10 * 1000 };

enum { STDIN, STDOUT, STDERR, PIPES };
enum { WHERE_LENGTH = 300, READ_SIZE = 64 * 1024 };

enum stage { IDLE, RUNNING, ASKED_TO_STOP, ASKED_WHERE, KILLED };

struct worker_process {
    uv_process_t process;
    uv_pipe_t pipes[PIPES];
    uv_timer_t deadline;
    unsigned open_handles;
    struct worker_callbacks callbacks;
    enum stage stage;
    uint64_t limit_ms;
    bool ready;     /* it has begun, and hears its signals */
    bool malformed; /* it said something that is not in the protocol */
    int exit_signal;
    struct buf in;
    char where[WHERE_LENGTH];
    bool where_known; /* the whole first line; the rest is not of interest */
    char read_buffer[READ_SIZE];
};

struct outgoing {
    uv_write_t write;
    struct buf frame;
};

/* ---- its end ------------------------------------------------------------------------------------------- */

static void describe_end(const struct worker_process *process, char *how, size_t size)
{
    if (!process->ready)
        snprintf(how, size, "was lost with its worker, which did not begin");
    else if (process->stage >= ASKED_TO_STOP)
        snprintf(how, size, "took longer than %llu ms and was ended", (unsigned long long)process->limit_ms);
    else if (process->malformed)
        snprintf(how, size, "made its worker say something it must not, which was ended");
    else if (process->exit_signal)
        snprintf(how, size, "was lost with its worker, which was ended by signal %d (%s)",
                 process->exit_signal, strsignal(process->exit_signal));
    else
        snprintf(how, size, "was lost with its worker, which stopped by itself");
}

static void handle_closed(uv_handle_t *handle)
{
    struct worker_process *process = handle->data;
    if (--process->open_handles > 0)
        return;
    char how[160];
    describe_end(process, how, sizeof how);
    const struct worker_death death = {.where = process->where,
                                       .how = how,
                                       .by_itself = !process->ready ||
                                                    (process->stage < KILLED && !process->exit_signal),
                                       .too_long = process->stage >= ASKED_TO_STOP};
    process->callbacks.died(process->callbacks.data, &death);
    buf_free(&process->in);
    free(process);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, handle_closed);
}

/* Standard error is closed at its end of file, so that what was said last is heard. */
static void on_ended(uv_process_t *handle, int64_t status, int signal)
{
    (void)status;
    struct worker_process *process = handle->data;
    process->exit_signal = signal;
    close_handle((uv_handle_t *)&process->process);
    close_handle((uv_handle_t *)&process->deadline);
    close_handle((uv_handle_t *)&process->pipes[STDIN]);
    close_handle((uv_handle_t *)&process->pipes[STDOUT]);
}

void worker_process_kill(struct worker_process *process)
{
    if (!uv_is_closing((uv_handle_t *)&process->process))
        uv_process_kill(&process->process, SIGKILL);
}

/* ---- deadline ------------------------------------------------------------------------------------------ */

static void on_deadline(uv_timer_t *timer)
{
    struct worker_process *process = timer->data;
    if (!process->ready) {
        worker_process_kill(process);
        return;
    }
    switch (process->stage) {
    case RUNNING:
        process->stage = ASKED_TO_STOP;
        uv_process_kill(&process->process, SIGUSR1);
        uv_timer_start(timer, on_deadline, GRACE_MS, 0);
        break;
    case ASKED_TO_STOP:
        process->stage = ASKED_WHERE;
        uv_process_kill(&process->process, SIGUSR2);
        uv_timer_start(timer, on_deadline, TELL_MS, 0);
        break;
    case ASKED_WHERE:
        process->stage = KILLED;
        worker_process_kill(process);
        break;
    case IDLE:
    case KILLED:
        break;
    }
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct worker_process *process = handle->data;
    *buffer = uv_buf_init(process->read_buffer, sizeof process->read_buffer);
}

static void take_beginning(struct worker_process *process)
{
    process->malformed |= process->ready;
    process->ready = true;
    if (process->stage == RUNNING)
        uv_timer_start(&process->deadline, on_deadline, process->limit_ms, 0);
}

static void take_frame(struct worker_process *process, uint8_t kind, struct reader *payload)
{
    if (kind == FRAME_READY) {
        take_beginning(process);
        return;
    }
    if (kind == FRAME_LOG) {
        const char *file = read_text(payload);
        const char *place = read_text(payload);
        const char *text = read_text(payload);
        process->malformed |= payload->failed;
        if (!payload->failed)
            process->callbacks.logged(process->callbacks.data, file, place, text);
        return;
    }
    if (process->stage == KILLED) /* too late: whoever asked hears of its end */
        return;
    if (process->stage == IDLE || !process->ready) { /* nobody asked */
        process->malformed = true;
        return;
    }
    uv_timer_stop(&process->deadline);
    process->stage = IDLE;
    process->callbacks.answered(process->callbacks.data, kind, payload);
}

/* Whole frames are taken from the front; a script that makes the worker talk nonsense loses it. */
static void take_frames(struct worker_process *process)
{
    size_t taken = 0, size = 0;
    uint8_t kind;
    struct reader payload;
    int found;
    while ((found = frame_next(process->in.data + taken, process->in.size - taken, &kind, &payload, &size)) >
               0 &&
           !process->malformed) {
        take_frame(process, kind, &payload);
        taken += size;
    }
    buf_consume(&process->in, taken);
    if (found < 0 || process->malformed) {
        process->malformed = true;
        worker_process_kill(process);
    }
}

static void on_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct worker_process *process = stream->data;
    if (count < 0) {
        uv_read_stop(stream);
        worker_process_kill(process);
    } else if (count > 0 && !process->malformed) {
        buf_put(&process->in, buffer->base, (size_t)count);
        take_frames(process);
    }
}

/* The last thing it says before it is ended: "FILE:LINE" and a line feed. */
static void on_last_words(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct worker_process *process = stream->data;
    if (count < 0) {
        close_handle((uv_handle_t *)stream);
        return;
    }
    for (size_t i = 0; i < (size_t)count && !process->where_known; i++) {
        const size_t length = strlen(process->where);
        process->where_known = buffer->base[i] == '\n' || length + 2 >= sizeof process->where;
        if (!process->where_known)
            process->where[length] = buffer->base[i];
    }
    if (process->where_known && process->stage == ASKED_WHERE) {
        process->stage = KILLED;
        uv_timer_stop(&process->deadline);
        worker_process_kill(process);
    }
}

/* ---- start and requests -------------------------------------------------------------------------------- */

static int spawn(struct worker_process *process, uv_loop_t *loop, const char *path)
{
    char *argv[] = {"wijzer-worker", NULL};
    char *no_environment[] = {NULL};
    uv_stdio_container_t stdio[PIPES];
    for (size_t i = 0; i < PIPES; i++) {
        stdio[i].flags =
            (uv_stdio_flags)(UV_CREATE_PIPE | (i == STDIN ? UV_READABLE_PIPE : UV_WRITABLE_PIPE));
        stdio[i].data.stream = (uv_stream_t *)&process->pipes[i];
    }
    const uv_process_options_t options = {.file = path,
                                          .args = argv,
                                          .env = no_environment,
                                          .cwd = "/",
                                          .exit_cb = on_ended,
                                          .stdio_count = PIPES,
                                          .stdio = stdio};
    return uv_spawn(loop, &process->process, &options);
}

static void free_failed(uv_handle_t *handle)
{
    struct worker_process *process = handle->data;
    if (--process->open_handles == 0)
        free(process);
}

int worker_process_start(struct worker_process **out, uv_loop_t *loop, const char *path,
                         const struct worker_callbacks *callbacks, struct error *error)
{
    struct worker_process *process = mem_alloc(sizeof *process);
    process->callbacks = *callbacks;
    for (size_t i = 0; i < PIPES; i++) {
        uv_pipe_init(loop, &process->pipes[i], 0);
        process->pipes[i].data = process;
    }
    uv_timer_init(loop, &process->deadline);
    process->deadline.data = process->process.data = process;
    process->open_handles = PIPES + 2;
    const int failed = spawn(process, loop, path);
    if (failed) {
        for (size_t i = 0; i < PIPES; i++)
            uv_close((uv_handle_t *)&process->pipes[i], free_failed);
        uv_close((uv_handle_t *)&process->deadline, free_failed);
        uv_close((uv_handle_t *)&process->process, free_failed);
        return error_set(error, ERROR_FAILED, "the script worker %s could not be started: %s", path,
                         uv_strerror(failed));
    }
    uv_read_start((uv_stream_t *)&process->pipes[STDOUT], give_buffer, on_output);
    uv_read_start((uv_stream_t *)&process->pipes[STDERR], give_buffer, on_last_words);
    *out = process;
    return 0;
}

static void sent(uv_write_t *write, int status)
{
    (void)status; /* a worker that is gone says so by its exit */
    struct outgoing *outgoing = write->data;
    buf_free(&outgoing->frame);
    free(outgoing);
}

void worker_process_send(struct worker_process *process, struct buf *frame, uint64_t limit_ms)
{
    struct outgoing *outgoing = mem_alloc(sizeof *outgoing);
    outgoing->write.data = outgoing;
    outgoing->frame = *frame;
    *frame = (struct buf){0};
    const uv_buf_t bytes = uv_buf_init((char *)outgoing->frame.data, (unsigned)outgoing->frame.size);
    if (uv_write(&outgoing->write, (uv_stream_t *)&process->pipes[STDIN], &bytes, 1, sent) != 0)
        sent(&outgoing->write, 0);
    if (limit_ms == 0)
        return;
    process->stage = RUNNING;
    process->limit_ms = limit_ms;
    uv_timer_start(&process->deadline, on_deadline, process->ready ? limit_ms : BEGIN_MS, 0);
}
