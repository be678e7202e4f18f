/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/waves.h"
#include "host/record_wire.h"
#include "script/batch_size.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A batch is a matter of milliseconds for the worker; where it is not, it is asked for in parts. */
enum { MOST_ROWS = 1000, MOST_BYTES = 2 << 20 };

enum { ASK_AGAIN_MS = 200 };

/* Records and problems in order, and the rows of the responses among them that have no wave yet: all of one
 * instrument, and under the same headings. */
struct batch {
    struct batch *next;
    char *instrument;
    char **columns; /* NULL: no response is open yet */
    size_t column_count;
    struct buf rows; /* as scripts_waves takes them */
    size_t row_count;
    struct wave *made;            /* of the first rows */
    size_t made_count, made_size; /* rows, and their bytes in `rows` */
    struct wire_writer writer;
    struct buf things; /* each: is its wave open (u8), and its frame of host/record_wire.h */
    size_t thing_count;
};

/* A question to the scripts, which is answered even when nobody waits for the answer any more. */
struct question {
    struct waves *waves; /* NULL: closed */
};

struct waves {
    uv_loop_t *loop;
    struct scripts *scripts;
    struct waves_callbacks callbacks;
    struct batch *first, *last; /* only the first is with the script */
    struct question *question;  /* about the first batch; NULL: none is open */
    uv_timer_t again;           /* runs while the first batch waits to be asked about again */
    size_t asked, asked_size;   /* rows of the first batch that the question is about, and their bytes */
    struct batch_size size;     /* of questions */
    uint64_t patience_ms, asked_since; /* uv_now of the first question that had no answer; 0: they have */
    bool ended;                        /* nothing follows */
    void (*closed)(void *data);
    void *closed_data;
};

/* ---- batches ------------------------------------------------------------------------------------------- */

static void free_batch(struct batch *batch)
{
    for (size_t i = 0; i < batch->column_count; i++)
        free(batch->columns[i]);
    for (size_t i = 0; i < batch->made_count; i++) {
        free((char *)batch->made[i].text);
        free((char *)batch->made[i].failure);
    }
    free(batch->made);
    free(batch->columns);
    free(batch->instrument);
    buf_free(&batch->rows);
    buf_free(&batch->things);
    wire_writer_free(&batch->writer);
    free(batch);
}

static bool is_full(const struct batch *batch)
{
    return batch->thing_count >= MOST_ROWS || batch->rows.size + batch->things.size >= MOST_BYTES;
}

static void take_columns(struct batch *batch, const struct wz_response *response)
{
    batch->instrument = mem_copy_text(response->instrument);
    batch->column_count = response->cell_count;
    batch->columns = mem_alloc(response->cell_count * sizeof *batch->columns);
    for (size_t i = 0; i < response->cell_count; i++)
        batch->columns[i] = mem_copy_text(response->cells[i].column);
}

static bool has_columns_of(const struct batch *batch, const struct wz_response *response)
{
    if (!batch->columns)
        return true;
    if (batch->column_count != response->cell_count || strcmp(batch->instrument, response->instrument) != 0)
        return false;
    for (size_t i = 0; i < batch->column_count; i++)
        if (strcmp(batch->columns[i], response->cells[i].column) != 0)
            return false;
    return true;
}

static void add_row(struct batch *batch, const struct wz_response *response)
{
    if (!batch->columns)
        take_columns(batch, response);
    for (size_t i = 0; i < response->cell_count; i++)
        buf_put_text(&batch->rows, response->cells[i].text);
    batch->row_count++;
}

static void add_record(struct batch *batch, const struct wz_record *record, bool is_open)
{
    struct wz_record held = *record;
    if (is_open) {
        add_row(batch, &record->as.response);
        held.as.response.wave = held.as.response.instrument; /* any text that is known, until there is one */
    }
    buf_put_u8(&batch->things, is_open);
    wire_put_record(&batch->writer, &held, &batch->things);
    batch->thing_count++;
}

static void add_problem(struct batch *batch, const struct wz_problem *problem)
{
    buf_put_u8(&batch->things, false);
    wire_put_problem(&batch->writer, problem, &batch->things);
    batch->thing_count++;
}

/* ---- what comes out ------------------------------------------------------------------------------------ */

static void pass_record(const struct waves *waves, struct wz_record *record, const struct wave *made)
{
    const struct waves_callbacks *callbacks = &waves->callbacks;
    if (made && made->failure) {
        const struct wz_response *response = &record->as.response;
        const struct wz_problem problem = {.row = record->row,
                                           .text = made->failure,
                                           .heading = response->heading,
                                           .body = response->body,
                                           .respondent = response->respondent};
        callbacks->problem(callbacks->data, &problem);
        return;
    }
    if (made)
        record->as.response.wave = made->text;
    callbacks->record(callbacks->data, record);
}

/* Once there is a wave for each response that is open. */
static void pass_batch(const struct waves *waves, const struct batch *batch)
{
    const struct wave *made = batch->made;
    struct wire_reader wire = {0};
    struct wz_record record;
    struct wz_problem problem;
    struct reader payload;
    uint8_t kind;
    size_t at = 0, size;
    while (at < batch->things.size) {
        const bool is_open = batch->things.data[at++];
        const int whole =
            frame_next(batch->things.data + at, batch->things.size - at, &kind, &payload, &size);
        const bool good = whole == 1 && (kind == WIRE_RECORD ? wire_read_record(&wire, &payload, &record)
                                                             : wire_read_problem(&wire, &payload, &problem));
        assert(good); /* it was read by the same rules before, and no text was added */
        (void)good;
        if (kind == WIRE_RECORD)
            pass_record(waves, &record, is_open ? made++ : NULL);
        else
            waves->callbacks.problem(waves->callbacks.data, &problem);
        at += size;
    }
    wire_reader_free(&wire);
}

static void drop_first(struct waves *waves)
{
    struct batch *batch = waves->first;
    waves->first = batch->next;
    if (!waves->first)
        waves->last = NULL;
    free_batch(batch);
}

static void drop_all(struct waves *waves)
{
    while (waves->first)
        drop_first(waves);
}

/* ---- asking -------------------------------------------------------------------------------------------- */

static void on_answer(void *data, const struct wave *made, const struct error *error);

/* How many bytes so many of the next rows are. */
static size_t size_of_rows(const struct batch *batch, size_t count)
{
    const uint8_t *first = batch->rows.data + batch->made_size;
    struct reader reader = reader_of(first, batch->rows.size - batch->made_size);
    for (size_t i = 0; i < count * batch->column_count; i++)
        read_text(&reader);
    return (size_t)(reader.at - first);
}

static void ask(struct waves *waves)
{
    const struct batch *batch = waves->first;
    waves->asked = batch_size_of(&waves->size, batch->row_count - batch->made_count);
    waves->asked_size = size_of_rows(batch, waves->asked);
    const struct waves_call call = {.instrument = batch->instrument,
                                    .columns = (const char *const *)batch->columns,
                                    .column_count = batch->column_count,
                                    .rows = batch->rows.data + batch->made_size,
                                    .rows_size = waves->asked_size,
                                    .row_count = waves->asked};
    waves->question = mem_alloc(sizeof *waves->question);
    waves->question->waves = waves;
    scripts_waves(waves->scripts, &call, on_answer, waves->question);
}

/* Does the first batch wait for the script? */
static bool is_asked(const struct waves *waves)
{
    return waves->question || uv_is_active((const uv_handle_t *)&waves->again);
}

static void go_on(struct waves *waves)
{
    if (is_asked(waves))
        return;
    while (waves->first && waves->first->row_count == 0) { /* nothing that came behind others is open */
        pass_batch(waves, waves->first);
        drop_first(waves);
    }
    if (waves->first && (waves->ended || waves->first != waves->last || is_full(waves->first)))
        ask(waves);
}

static void on_again(uv_timer_t *timer)
{
    ask(timer->data);
}

/* To be freed. */
static char *describe_silence(const struct waves *waves, const struct error *error)
{
    const char *instrument = waves->first->instrument;
    const struct instrument_declaration *declared = scripts_instrument(waves->scripts, instrument);
    const char *place =
        declared && declared->wave_function ? declared->wave_function : "no script has it now";
    return mem_format("the function that makes the waves of instrument '%s' (%s) could not be asked for %llu "
                      "seconds: %s; send the document again once the script is active",
                      instrument, place, (unsigned long long)waves->patience_ms / 1000, error->text);
}

static void give_up(struct waves *waves, const struct error *error)
{
    char *why = error->kind == ERROR_CLOSED ? describe_silence(waves, error) : mem_copy_text(error->text);
    why[strcspn(why, "\n")] = '\0'; /* the frames of the script are in the log */
    drop_all(waves);
    waves->callbacks.failed(waves->callbacks.data, why);
    free(why);
}

static void keep_made(struct waves *waves, const struct wave *made)
{
    struct batch *batch = waves->first;
    if (!batch->made)
        batch->made = mem_alloc(batch->row_count * sizeof *batch->made);
    for (size_t i = 0; i < waves->asked; i++)
        batch->made[batch->made_count++] =
            (struct wave){.text = mem_copy_text(made[i].text), .failure = mem_copy_text(made[i].failure)};
    batch->made_size += waves->asked_size;
}

static void take_made(struct waves *waves, const struct wave *made)
{
    waves->asked_since = 0;
    batch_size_worked(&waves->size, MOST_ROWS);
    keep_made(waves, made);
    if (waves->first->made_count < waves->first->row_count) {
        ask(waves);
        return;
    }
    pass_batch(waves, waves->first);
    drop_first(waves);
    go_on(waves);
    waves->callbacks.made(waves->callbacks.data);
}

static bool is_patient(struct waves *waves)
{
    const uint64_t now = uv_now(waves->loop);
    if (!waves->asked_since)
        waves->asked_since = now;
    return now - waves->asked_since < waves->patience_ms;
}

static void on_answer(void *data, const struct wave *made, const struct error *error)
{
    struct question *question = data;
    struct waves *waves = question->waves;
    free(question);
    if (!waves)
        return;
    waves->question = NULL;
    if (error && error->kind == ERROR_TOO_MUCH) {
        batch_size_halve(&waves->size, waves->asked);
        ask(waves);
    } else if (error && error->kind == ERROR_CLOSED && is_patient(waves)) {
        uv_timer_start(&waves->again, on_again, ASK_AGAIN_MS, 0);
    } else if (error) {
        give_up(waves, error);
    } else {
        take_made(waves, made);
    }
}

/* ---- what comes in ------------------------------------------------------------------------------------- */

/* The batch that takes what comes next; an open response has its own idea of the headings. */
static struct batch *batch_for(struct waves *waves, const struct wz_response *open)
{
    struct batch *last = waves->last;
    const bool is_with_script = last == waves->first && is_asked(waves);
    if (last && !is_with_script && !is_full(last) && (!open || has_columns_of(last, open)))
        return last;
    struct batch *batch = mem_alloc(sizeof *batch);
    if (last)
        last->next = batch;
    else
        waves->first = batch;
    return waves->last = batch;
}

void waves_take_record(struct waves *waves, const struct wz_record *record)
{
    const bool is_open = record->kind == WZ_RESPONSE && !record->as.response.wave;
    if (!is_open && waves_are_empty(waves)) {
        waves->callbacks.record(waves->callbacks.data, record);
        return;
    }
    add_record(batch_for(waves, is_open ? &record->as.response : NULL), record, is_open);
    go_on(waves);
}

void waves_take_problem(struct waves *waves, const struct wz_problem *problem)
{
    if (waves_are_empty(waves)) {
        waves->callbacks.problem(waves->callbacks.data, problem);
        return;
    }
    add_problem(batch_for(waves, NULL), problem);
    go_on(waves);
}

void waves_end(struct waves *waves)
{
    waves->ended = true;
    go_on(waves);
}

bool waves_are_full(const struct waves *waves)
{
    const struct batch *second = waves->first ? waves->first->next : NULL;
    return second && (second->next || is_full(second));
}

bool waves_are_empty(const struct waves *waves)
{
    return !waves->first;
}

/* ---- life ---------------------------------------------------------------------------------------------- */

struct waves *waves_open(uv_loop_t *loop, struct scripts *scripts, uint64_t patience_ms,
                         const struct waves_callbacks *callbacks)
{
    struct waves *waves = mem_alloc(sizeof *waves);
    *waves =
        (struct waves){.loop = loop, .scripts = scripts, .callbacks = *callbacks, .patience_ms = patience_ms};
    uv_timer_init(loop, &waves->again);
    waves->again.data = waves;
    return waves;
}

static void on_closed(uv_handle_t *handle)
{
    struct waves *waves = handle->data;
    void (*closed)(void *data) = waves->closed;
    void *data = waves->closed_data;
    free(waves);
    closed(data);
}

void waves_close(struct waves *waves, void (*closed)(void *data), void *data)
{
    if (waves->question)
        waves->question->waves = NULL;
    waves->closed = closed;
    waves->closed_data = data;
    drop_all(waves);
    uv_close((uv_handle_t *)&waves->again, on_closed);
}
