/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/decoder.h"
#include "host/record_wire.h"

#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PATIENCE_MS = 60 * 1000, READ_SIZE = 256 * 1024, HANDLES = 3 };

struct decoder {
    uv_process_t process;
    uv_pipe_t output;
    uv_timer_t patience; /* runs while the decoder owes us something */
    unsigned open_handles;
    struct decoder_callbacks callbacks;
    struct wire_reader reader;
    struct buf in;
    uint64_t last_row;
    bool ended;   /* it said so */
    char *reason; /* why the document is not taken to its end, or NULL */
    int exit_signal;
    int64_t exit_status;
    char *read_buffer;
};

/* ---- its end ------------------------------------------------------------------------------------------- */

static void give_reason(struct decoder *decoder, char *reason)
{
    if (decoder->reason)
        free(reason);
    else
        decoder->reason = reason;
}

static void conclude(struct decoder *decoder)
{
    const unsigned long long row = decoder->last_row;
    if (decoder->exit_signal)
        give_reason(
            decoder,
            mem_format(
                "the decoder was ended by signal %d (%s) after row %llu, and what follows was not read; "
                "the file may be damaged: save or export it again",
                decoder->exit_signal, strsignal(decoder->exit_signal), row));
    else if (!decoder->ended || decoder->exit_status != 0)
        give_reason(
            decoder,
            mem_format(
                "the decoder stopped after row %llu without reaching the end; what follows was not read",
                row));
    /* One that reached the end and was then refused has its reason already. */
}

static void handle_closed(uv_handle_t *handle)
{
    struct decoder *decoder = handle->data;
    if (--decoder->open_handles > 0)
        return;
    if (!decoder->ended || decoder->exit_status || decoder->exit_signal)
        conclude(decoder);
    decoder->callbacks.ended(decoder->callbacks.data, decoder->reason);
    wire_reader_free(&decoder->reader);
    buf_free(&decoder->in);
    free(decoder->reason);
    free(decoder->read_buffer);
    free(decoder);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, handle_closed);
}

static void on_ended(uv_process_t *process, int64_t status, int signal)
{
    struct decoder *decoder = process->data;
    decoder->exit_status = status;
    decoder->exit_signal = signal;
    close_handle((uv_handle_t *)&decoder->process);
    close_handle((uv_handle_t *)&decoder->patience);
}

void decoder_stop(struct decoder *decoder, const char *reason)
{
    give_reason(decoder, mem_copy_text(reason));
    if (!uv_is_closing((uv_handle_t *)&decoder->process))
        uv_process_kill(&decoder->process, SIGKILL);
    close_handle((uv_handle_t *)&decoder->output);
}

static void out_of_patience(uv_timer_t *timer)
{
    decoder_stop(timer->data,
                 "the decoder made no progress for a minute and was ended; what follows was not read");
}

static void be_patient(struct decoder *decoder)
{
    if (!uv_is_closing((uv_handle_t *)&decoder->patience))
        uv_timer_start(&decoder->patience, out_of_patience, PATIENCE_MS, 0);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static bool take_frame(struct decoder *decoder, uint8_t kind, struct reader *payload)
{
    const struct decoder_callbacks *callbacks = &decoder->callbacks;
    struct wz_record record;
    struct wz_problem problem;
    const char *key, *text, *json;
    uint64_t bytes;
    switch (kind) {
    case WIRE_RECORD:
        if (!wire_read_record(&decoder->reader, payload, &record))
            return false;
        decoder->last_row = record.row;
        callbacks->record(callbacks->data, &record);
        return true;
    case WIRE_PROBLEM:
        if (!wire_read_problem(&decoder->reader, payload, &problem))
            return false;
        callbacks->problem(callbacks->data, &problem);
        return true;
    case WIRE_PROGRESS:
        bytes = read_varint(payload);
        callbacks->progress(callbacks->data, bytes);
        return !payload->failed;
    case WIRE_NOTE:
        if (!wire_read_note(payload, &key, &text))
            return false;
        callbacks->note(callbacks->data, key, text);
        return true;
    case WIRE_DESCRIBE:
        if (!callbacks->description || !wire_read_description(payload, &json))
            return false;
        callbacks->description(callbacks->data, json);
        return true;
    case WIRE_HINT:
        if (!wire_read_hint(payload, &text))
            return false;
        if (callbacks->hint)
            callbacks->hint(callbacks->data, text);
        return true;
    case WIRE_REFUSE:
        give_reason(decoder, mem_copy_text(read_text(payload)));
        return !payload->failed;
    case WIRE_END:
        decoder->ended = true;
        return true;
    default:
        return false;
    }
}

static void take_frames(struct decoder *decoder)
{
    size_t taken = 0, size = 0;
    uint8_t kind;
    struct reader payload;
    int found;
    while ((found = frame_next(decoder->in.data + taken, decoder->in.size - taken, &kind, &payload, &size)) >
           0) {
        if (!take_frame(decoder, kind, &payload)) {
            found = -1;
            break;
        }
        taken += size;
    }
    buf_consume(&decoder->in, taken);
    if (found < 0)
        decoder_stop(decoder, "the decoder said something that cannot be understood and was ended");
}

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    (void)suggested;
    struct decoder *decoder = handle->data;
    *buffer = uv_buf_init(decoder->read_buffer, READ_SIZE);
}

static void on_output(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct decoder *decoder = stream->data;
    if (count < 0) {
        close_handle((uv_handle_t *)stream);
        return;
    }
    buf_put(&decoder->in, buffer->base, (size_t)count);
    be_patient(decoder);
    take_frames(decoder);
    if (!uv_is_closing((uv_handle_t *)stream) && decoder->callbacks.congested(decoder->callbacks.data)) {
        uv_read_stop(stream);
        uv_timer_stop(&decoder->patience); /* it is us who are slow now */
    }
}

void decoder_resume(struct decoder *decoder)
{
    if (uv_is_closing((uv_handle_t *)&decoder->output))
        return;
    be_patient(decoder);
    uv_read_start((uv_stream_t *)&decoder->output, give_buffer, on_output);
}

/* ---- start --------------------------------------------------------------------------------------------- */

/* The order for the decoder, as a file without a name. */
static int job_file(const char *job, struct error *error)
{
    const int descriptor = memfd_create("job", MFD_CLOEXEC);
    const size_t length = strlen(job);
    if (descriptor >= 0 && write(descriptor, job, length) == (ssize_t)length &&
        lseek(descriptor, 0, SEEK_SET) == 0)
        return descriptor;
    error_set(error, ERROR_FAILED, "the decoder's order could not be written: %s", strerror(errno));
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

static int spawn(struct decoder *decoder, uv_loop_t *loop, const char *program, const char *plugin,
                 int document, int job)
{
    char *argv[] = {"wijzer-decoder", (char *)plugin, NULL};
    char *no_environment[] = {NULL};
    uv_stdio_container_t stdio[4] = {
        {.flags = UV_INHERIT_FD, .data.fd = document},
        {.flags = (uv_stdio_flags)(UV_CREATE_PIPE | UV_WRITABLE_PIPE),
         .data.stream = (uv_stream_t *)&decoder->output},
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = job},
    };
    const uv_process_options_t options = {.file = program,
                                          .args = argv,
                                          .env = no_environment,
                                          .cwd = "/",
                                          .exit_cb = on_ended,
                                          .stdio_count = 4,
                                          .stdio = stdio};
    return uv_spawn(loop, &decoder->process, &options);
}

static void free_failed(uv_handle_t *handle)
{
    struct decoder *decoder = handle->data;
    if (--decoder->open_handles > 0)
        return;
    free(decoder->read_buffer);
    free(decoder);
}

int decoder_start(struct decoder **out, uv_loop_t *loop, const char *program, const char *plugin,
                  int document, const char *job, const struct decoder_callbacks *callbacks,
                  struct error *error)
{
    const int job_descriptor = job_file(job, error);
    if (job_descriptor < 0)
        return -1;
    struct decoder *decoder = mem_alloc(sizeof *decoder);
    decoder->callbacks = *callbacks;
    decoder->read_buffer = mem_alloc(READ_SIZE);
    uv_pipe_init(loop, &decoder->output, 0);
    uv_timer_init(loop, &decoder->patience);
    decoder->process.data = decoder->output.data = decoder->patience.data = decoder;
    decoder->open_handles = HANDLES;
    const int failed = spawn(decoder, loop, program, plugin, document, job_descriptor);
    close(job_descriptor);
    if (failed) {
        uv_close((uv_handle_t *)&decoder->process, free_failed);
        uv_close((uv_handle_t *)&decoder->output, free_failed);
        uv_close((uv_handle_t *)&decoder->patience, free_failed);
        return error_set(error, ERROR_FAILED, "the decoder %s could not be started: %s", program,
                         uv_strerror(failed));
    }
    *out = decoder;
    decoder_resume(decoder);
    return 0;
}
