/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/scripts_internal.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

static bool answer(struct call *call, struct reader *payload)
{
    double *numbers = mem_alloc(call->answers * sizeof *numbers);
    for (size_t i = 0; i < call->answers; i++) {
        numbers[i] = read_f64(payload);
        if (isinf(numbers[i]))
            payload->failed = true;
    }
    if (!payload->failed)
        call->done.derived(call->data, numbers, NULL);
    free(numbers);
    return !payload->failed;
}

static void refuse(struct call *call, const struct error *error)
{
    call->done.derived(call->data, NULL, error);
}

void scripts_derive(struct scripts *scripts, const struct derive_call *asked, derive_done_fn done, void *data)
{
    size_t begin;
    struct call *call =
        call_new(script_of_indicator(scripts, asked->indicator), FRAME_DERIVE, asked->indicator, &begin);
    buf_put_text(&call->frame, asked->input);
    buf_put_varint(&call->frame, asked->column_count);
    for (size_t i = 0; i < asked->column_count; i++)
        buf_put_text(&call->frame, asked->columns[i]);
    buf_put_varint(&call->frame, asked->text_columns);
    buf_put_varint(&call->frame, asked->text_count);
    for (size_t i = 0; i < asked->text_count; i++)
        buf_put_text(&call->frame, asked->texts[i]);
    buf_put_varint(&call->frame, asked->row_count);
    for (size_t i = 0; i < asked->row_count * asked->column_count; i++)
        buf_put_number(&call->frame, asked->values[i]);
    call->answered_by = FRAME_DERIVED;
    call->answers = asked->row_count;
    call->answer = answer;
    call->refuse = refuse;
    call->done.derived = done;
    call->data = data;
    call_enqueue(scripts, call, begin);
}
