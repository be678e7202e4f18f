/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/scripts_internal.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- asking -------------------------------------------------------------------------------------------- */

static struct script *script_of_indicator(const struct scripts *scripts, const char *indicator)
{
    for (size_t i = 0; i < scripts->count; i++) {
        const struct script *script = scripts->all[i];
        for (size_t k = 0; k < script->declarations.indicator_count && !script->conflict; k++)
            if (strcmp(script->declarations.indicators[k].id, indicator) == 0)
                return scripts->all[i];
    }
    return NULL;
}

/* A call with a frame begun; where nobody declares the indicator it has no script, and is refused later on.
 */
static struct call *new_call(struct scripts *scripts, uint8_t kind, const char *indicator, size_t *begin)
{
    struct call *call = mem_alloc(sizeof *call);
    call->script = script_of_indicator(scripts, indicator);
    call->version = call->script ? call->script->version : 0;
    *begin = frame_begin(&call->frame, kind);
    buf_put_text(&call->frame, call->script ? call->script->file : "");
    buf_put_text(&call->frame, indicator);
    return call;
}

static void enqueue(struct scripts *scripts, struct call *call, size_t begin)
{
    frame_end(&call->frame, begin);
    *scripts->last_call = call;
    scripts->last_call = &call->next;
    uv_async_send(&scripts->pump);
}

void scripts_derive(struct scripts *scripts, const struct derive_call *asked, derive_done_fn done, void *data)
{
    size_t begin;
    struct call *call = new_call(scripts, FRAME_DERIVE, asked->indicator, &begin);
    buf_put_text(&call->frame, asked->input);
    buf_put_varint(&call->frame, asked->column_count);
    for (size_t i = 0; i < asked->column_count; i++)
        buf_put_text(&call->frame, asked->columns[i]);
    buf_put_varint(&call->frame, asked->row_count);
    for (size_t i = 0; i < asked->row_count * asked->column_count; i++)
        buf_put_f64(&call->frame, asked->values[i]);
    call->answers = asked->row_count;
    call->derived = done;
    call->data = data;
    enqueue(scripts, call, begin);
}

static size_t input_count(const struct script *script, const char *indicator)
{
    for (size_t i = 0; script && i < script->declarations.indicator_count; i++)
        if (strcmp(script->declarations.indicators[i].id, indicator) == 0)
            return script->declarations.indicators[i].input_count;
    return 0;
}

void scripts_compute(struct scripts *scripts, const struct compute_call *asked, compute_done_fn done,
                     void *data)
{
    size_t begin;
    struct call *call = new_call(scripts, FRAME_COMPUTE, asked->indicator, &begin);
    const size_t inputs = input_count(call->script, asked->indicator);
    buf_put_varint(&call->frame, (uint64_t)asked->fewest);
    buf_put_varint(&call->frame, asked->group_count);
    for (size_t i = 0; i < asked->group_count; i++) {
        const struct compute_group *group = &asked->groups[i];
        buf_put_text(&call->frame, group->group);
        buf_put_text(&call->frame, group->level);
        buf_put_text(&call->frame, group->period);
        buf_put_varint(&call->frame, inputs);
        for (size_t k = 0; k < inputs; k++)
            buf_put_bytes(&call->frame, group->cells[k].bytes, group->cells[k].size);
    }
    call->answers = asked->group_count;
    call->computed = done;
    call->data = data;
    enqueue(scripts, call, begin);
}

/* ---- the queue ----------------------------------------------------------------------------------------- */

static struct call *take_call(struct scripts *scripts, struct call **link)
{
    struct call *call = *link;
    *link = call->next;
    if (!call->next)
        scripts->last_call = link;
    call->next = NULL;
    return call;
}

static bool is_hopeless(const struct call *call)
{
    return !call->script || call->script->version != call->version || !script_callable(call->script);
}

void calls_refuse_hopeless(struct scripts *scripts)
{
    const struct error gone = {.kind = ERROR_CLOSED, .text = "the script was changed, removed or set aside"};
    for (struct call **link = &scripts->first_call; *link && !scripts->stopping;)
        if (is_hopeless(*link)) /* the answer may ask anew, at the end of the list */
            call_refuse(take_call(scripts, link), &gone);
        else
            link = &(*link)->next;
}

struct call *calls_next(struct scripts *scripts)
{
    struct call **suspect = NULL;
    for (struct call **link = &scripts->first_call; *link; link = &(*link)->next) {
        if (is_hopeless(*link) || !(*link)->script->in_worker)
            continue;
        if ((*link)->script->strikes == 0)
            return take_call(scripts, link);
        if (!suspect)
            suspect = link;
    }
    return suspect ? take_call(scripts, suspect) : NULL;
}

void calls_detach(struct scripts *scripts, const struct script *script)
{
    for (struct call *call = scripts->first_call; call; call = call->next)
        if (call->script == script)
            call->script = NULL;
}

void calls_refuse_all(struct scripts *scripts)
{
    const struct error closed = {.kind = ERROR_CLOSED, .text = "wijzerd is stopping"};
    while (scripts->first_call)
        call_refuse(take_call(scripts, &scripts->first_call), &closed);
}

/* ---- answering ----------------------------------------------------------------------------------------- */

static void free_call(struct call *call)
{
    buf_free(&call->frame);
    free(call);
}

void call_refuse(struct call *call, const struct error *error)
{
    if (call->derived)
        call->derived(call->data, NULL, error);
    else
        call->computed(call->data, NULL, error);
    free_call(call);
}

static bool read_numbers(struct reader *payload, double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        numbers[i] = read_f64(payload);
        if (isinf(numbers[i]))
            payload->failed = true;
    }
    return !payload->failed;
}

static bool read_result(struct reader *payload, struct compute_result *result)
{
    *result = (struct compute_result){.kind = (enum compute_kind)read_u8(payload)};
    if (result->kind == COMPUTE_NUMBER)
        result->value = read_f64(payload);
    else if (result->kind == COMPUTE_INTEGER)
        result->integer = read_signed(payload);
    else if (result->kind == COMPUTE_NO_VALUE || result->kind == COMPUTE_FAILED)
        result->reason = read_text(payload);
    else
        payload->failed = true;
    result->n = read_signed(payload);
    result->has_ci = read_u8(payload) != 0;
    if (result->has_ci) {
        result->ci[0] = read_f64(payload);
        result->ci[1] = read_f64(payload);
    }
    const char *extra = read_text(payload);
    result->extra = extra[0] ? extra : NULL;
    if (!utf8_valid(extra, strlen(extra)) ||
        (result->reason && !utf8_valid(result->reason, strlen(result->reason))))
        payload->failed = true;
    return !payload->failed && isfinite(result->value) && isfinite(result->ci[0]) && isfinite(result->ci[1]);
}

static bool answer_derive(struct call *call, struct reader *payload)
{
    double *numbers = mem_alloc(call->answers * sizeof *numbers);
    const bool good = read_numbers(payload, numbers, call->answers);
    if (good)
        call->derived(call->data, numbers, NULL);
    free(numbers);
    return good;
}

static bool answer_compute(struct call *call, struct reader *payload)
{
    struct compute_result *results = mem_alloc(call->answers * sizeof *results);
    bool good = true;
    for (size_t i = 0; i < call->answers && good; i++)
        good = read_result(payload, &results[i]);
    if (good)
        call->computed(call->data, results, NULL);
    free(results);
    return good;
}

bool call_answer(struct call *call, uint8_t kind, struct reader *payload, struct error *error)
{
    bool good = false;
    if (kind == FRAME_FAILED) {
        error_set(error, ERROR_FAILED, "%s", read_text(payload));
        utf8_mend(error->text);
    } else if (kind == FRAME_DERIVED && call->derived) {
        good = answer_derive(call, payload);
    } else if (kind == FRAME_COMPUTED && call->computed) {
        good = answer_compute(call, payload);
    }
    if (good) {
        free_call(call);
        return true;
    }
    if (kind != FRAME_FAILED)
        error_set(error, ERROR_FAILED, "the script worker gave an answer that cannot be read");
    call_refuse(call, error);
    return false;
}
