/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/scripts_internal.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static bool answer(struct call *call, struct reader *payload)
{
    struct judge_verdict *verdicts = mem_alloc(call->answers * sizeof *verdicts);
    for (size_t i = 0; i < call->answers; i++) {
        const uint8_t word = read_u8(payload);
        const char *text = read_text(payload);
        if (word > JUDGE_FAILED || !utf8_valid(text, strlen(text)))
            payload->failed = true;
        verdicts[i] = (struct judge_verdict){.holds = word == JUDGE_HOLDS || word == JUDGE_CONTRADICTS,
                                             .contradiction = word == JUDGE_CONTRADICTS ? text : NULL,
                                             .failure = word == JUDGE_FAILED ? text : NULL};
    }
    if (!payload->failed)
        call->done.judged(call->data, verdicts, NULL);
    free(verdicts);
    return !payload->failed;
}

static void refuse(struct call *call, const struct error *error)
{
    call->done.judged(call->data, NULL, error);
}

static void put_value(struct buf *frame, const struct judge_value *value)
{
    buf_put_u8(frame, value->is_integer);
    if (value->is_integer)
        buf_put_signed(frame, value->integer);
    else
        buf_put_f64(frame, value->value);
    buf_put_signed(frame, value->n);
    buf_put_u8(frame, value->has_ci);
    for (size_t i = 0; i < 2 && value->has_ci; i++)
        buf_put_f64(frame, value->ci[i]);
    buf_put_text(frame, value->extra);
    buf_put_text(frame, value->period);
}

void scripts_judge(struct scripts *scripts, const struct judge_call *asked, judge_done_fn done, void *data)
{
    size_t begin;
    struct call *call = call_new(script_of_alert(scripts, asked->alert), FRAME_JUDGE, asked->alert, &begin);
    buf_put_varint(&call->frame, asked->case_count);
    for (size_t i = 0; i < asked->case_count; i++) {
        const struct judge_case *one = &asked->cases[i];
        buf_put_text(&call->frame, one->group);
        buf_put_text(&call->frame, one->level);
        buf_put_u8(&call->frame, one->firing);
        put_value(&call->frame, &one->now);
        buf_put_u8(&call->frame, one->before != NULL);
        if (one->before)
            put_value(&call->frame, one->before);
    }
    call->answered_by = FRAME_JUDGED;
    call->answers = asked->case_count;
    call->answer = answer;
    call->refuse = refuse;
    call->done.judged = done;
    call->data = data;
    call_enqueue(scripts, call, begin);
}
