/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/scripts_internal.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool read_result(struct reader *payload, struct compute_result *result)
{
    *result = (struct compute_result){.kind = (enum compute_kind)read_u8(payload)};
    if (result->kind == COMPUTE_NUMBER)
        result->value = read_f64(payload);
    else if (result->kind == COMPUTE_INTEGER)
        result->integer = read_signed(payload);
    else if (result->kind == COMPUTE_NEEDS)
        result->needs = (unsigned)read_varint(payload);
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

static bool answer(struct call *call, struct reader *payload)
{
    struct compute_result *results = mem_alloc(call->answers * sizeof *results);
    bool good = true;
    for (size_t i = 0; i < call->answers && good; i++)
        good = read_result(payload, &results[i]);
    if (good)
        call->done.computed(call->data, results, NULL);
    free(results);
    return good;
}

static void refuse(struct call *call, const struct error *error)
{
    call->done.computed(call->data, NULL, error);
}

/* 0: none. */
static void put_relative(struct buf *frame, size_t index)
{
    buf_put_varint(frame, index == NO_RELATIVE ? 0 : index + 1);
}

static void put_list(struct buf *frame, const size_t *indexes, size_t count)
{
    buf_put_varint(frame, count);
    for (size_t i = 0; i < count; i++)
        buf_put_varint(frame, indexes[i]);
}

static void put_relatives(struct buf *frame, const struct compute_relatives *relatives)
{
    put_relative(frame, relatives->previous);
    put_relative(frame, relatives->parent);
    put_list(frame, relatives->peers, relatives->peer_count);
    put_list(frame, relatives->children, relatives->child_count);
}

static void put_group(struct buf *frame, const struct compute_group *group, size_t inputs)
{
    buf_put_text(frame, group->group);
    buf_put_text(frame, group->level);
    buf_put_text(frame, group->period);
    buf_put_f64(frame, group->days);
    for (size_t k = 0; k < inputs; k++)
        buf_put_bytes(frame, group->cells[k].bytes, group->cells[k].size);
}

void scripts_compute(struct scripts *scripts, const struct compute_call *asked, compute_done_fn done,
                     void *data)
{
    size_t begin;
    struct call *call =
        call_new(script_of_indicator(scripts, asked->indicator), FRAME_COMPUTE, asked->indicator, &begin);
    const struct indicator_declaration *declaration =
        call->script ? declarations_indicator(&call->script->declarations, asked->indicator) : NULL;
    const size_t inputs = declaration ? declaration->input_count : 0;
    buf_put_varint(&call->frame, (uint64_t)asked->fewest);
    buf_put_varint(&call->frame, inputs);
    buf_put_varint(&call->frame, asked->group_count + asked->compared_count);
    for (size_t i = 0; i < asked->group_count + asked->compared_count; i++)
        put_group(&call->frame, &asked->groups[i], inputs);
    buf_put_varint(&call->frame, asked->group_count);
    buf_put_varint(&call->frame, asked->relations);
    for (size_t i = 0; i < asked->group_count && asked->relations; i++)
        put_relatives(&call->frame, &asked->relatives[i]);
    call->answered_by = FRAME_COMPUTED;
    call->answers = asked->group_count;
    call->answer = answer;
    call->refuse = refuse;
    call->done.computed = done;
    call->data = data;
    call_enqueue(scripts, call, begin);
}
