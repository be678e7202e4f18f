/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/scripts_internal.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

static struct wave read_wave(struct reader *payload)
{
    const uint8_t failed = read_u8(payload);
    const char *text = read_text(payload);
    if (failed > 1 || !text[0] || !utf8_valid(text, strlen(text)))
        payload->failed = true;
    return failed ? (struct wave){.failure = text} : (struct wave){.text = text};
}

static bool answer(struct call *call, struct reader *payload)
{
    struct wave *waves = mem_alloc(call->answers * sizeof *waves);
    for (size_t i = 0; i < call->answers; i++)
        waves[i] = read_wave(payload);
    if (!payload->failed)
        call->done.waves_made(call->data, waves, NULL);
    free(waves);
    return !payload->failed;
}

/* Whoever asked has a document at hand, which somebody waits for: what will not come is not waited for. */
static void refuse(struct call *call, const struct error *error)
{
    struct error quarantined;
    const struct script *script = call->script;
    if (error->kind == ERROR_CLOSED && script && script_is_quarantined(script) && script->failure) {
        const int line = (int)strcspn(script->failure, "\n"); /* the frames below it are in the log */
        error_set(&quarantined, ERROR_FAILED, "%.*s; the script is set aside until its file changes", line,
                  script->failure);
        error = &quarantined;
    }
    call->done.waves_made(call->data, NULL, error);
}

void scripts_waves(struct scripts *scripts, const struct waves_call *asked, waves_done_fn done, void *data)
{
    size_t begin;
    struct call *call =
        call_new(script_of_instrument(scripts, asked->instrument), FRAME_WAVES, asked->instrument, &begin);
    buf_put_varint(&call->frame, asked->column_count);
    for (size_t i = 0; i < asked->column_count; i++)
        buf_put_text(&call->frame, asked->columns[i]);
    buf_put_varint(&call->frame, asked->row_count);
    buf_put(&call->frame, asked->rows, asked->rows_size);
    call->answered_by = FRAME_WAVES_MADE;
    call->answers = asked->row_count;
    call->answer = answer;
    call->refuse = refuse;
    call->done.waves_made = done;
    call->data = data;
    call_enqueue(scripts, call, begin);
}
