/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls that wait for their turn with the worker, whatever their kind. */
#include "script/scripts_internal.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>

/* ---- asking -------------------------------------------------------------------------------------------- */

struct call *call_new(struct script *script, uint8_t kind, const char *id, size_t *begin)
{
    struct call *call = mem_alloc(sizeof *call);
    call->script = script;
    call->version = script ? script->version : 0;
    *begin = frame_begin(&call->frame, kind);
    buf_put_text(&call->frame, script ? script->file : "");
    buf_put_text(&call->frame, id);
    return call;
}

static void append(struct scripts *scripts, struct call *call)
{
    *scripts->last_call = call;
    scripts->last_call = &call->next;
}

void call_again(struct scripts *scripts, struct call *call)
{
    call->was_cut_short = true;
    append(scripts, call);
}

void call_enqueue(struct scripts *scripts, struct call *call, size_t begin)
{
    frame_end(&call->frame, begin);
    append(scripts, call);
    uv_async_send(&scripts->pump);
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

bool calls_wait(const struct scripts *scripts, const struct script *script)
{
    for (const struct call *call = scripts->first_call; call; call = call->next)
        if (call->script == script && !is_hopeless(call))
            return true;
    return false;
}

struct call *calls_first(const struct scripts *scripts, const struct script *script)
{
    for (struct call *call = scripts->first_call; call; call = call->next)
        if (call->script == script && script->in_worker && !is_hopeless(call))
            return call;
    return NULL;
}

void calls_take(struct scripts *scripts, const struct call *call)
{
    struct call **link = &scripts->first_call;
    while (*link != call)
        link = &(*link)->next;
    take_call(scripts, link);
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
    call->refuse(call, error);
    free_call(call);
}

bool call_answer(struct call *call, uint8_t kind, struct reader *payload, struct error *error)
{
    if (kind == call->answered_by && call->answer(call, payload)) {
        free_call(call);
        return true;
    }
    if (kind == FRAME_FAILED) {
        error_set(error, ERROR_FAILED, "%s", read_text(payload));
        utf8_mend(error->text);
    } else {
        error_set(error, ERROR_FAILED, "the script worker gave an answer that cannot be read");
    }
    call_refuse(call, error);
    return false;
}
