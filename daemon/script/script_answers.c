/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of a script by the worker's answers, or by its death: it runs, it failed, it has a strike. */
#include "script/scripts_internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { LOG_LINES_A_SECOND = 20 };

/* A strike an hour is an accident; three in a row are a habit. */
static const uint64_t strike_memory_ms = 3600 * 1000;
static const uint64_t retry_after_ms[STRIKES_OUT] = {0, 1000, 10000};

/* ---- strikes ------------------------------------------------------------------------------------------- */

static void on_retry(uv_timer_t *timer);

void answers_arm_retry(struct scripts *scripts)
{
    uint64_t next = scripts->worker_retry_at;
    for (size_t i = 0; i < scripts->count; i++) {
        const uint64_t at = scripts->all[i]->retry_at;
        if (at && (!next || at < next))
            next = at;
    }
    if (next) {
        const uint64_t now = uv_now(scripts->loop);
        uv_timer_start(&scripts->retry, on_retry, next > now ? next - now : 0, 0);
    }
}

static void strike(struct scripts *scripts, struct script *script, const char *text)
{
    const uint64_t now = uv_now(scripts->loop);
    if (script->strikes && now - script->last_strike > strike_memory_ms)
        script->strikes = 0;
    script->strikes++;
    script->last_strike = now;
    script_set_failure(script, text);
    if (script_is_quarantined(script)) {
        script->retry_at = 0;
        log_error("script %s: quarantined after %d strikes, until its file changes", script->file,
                  STRIKES_OUT);
    } else {
        script->retry_at = now + retry_after_ms[script->strikes];
    }
    answers_arm_retry(scripts);
}

/* Where it was only the short time that a request has at first, that is no strike: true, and it is tried
 * again with its whole time, after all others. */
static bool forgive_short_time(const struct scripts *scripts, struct script *script)
{
    if (!scripts->request_is_short)
        return false;
    script->slow = true;
    return true;
}

static void on_retry(uv_timer_t *timer)
{
    struct scripts *scripts = timer->data;
    uv_update_time(scripts->loop);
    if (scripts->worker_retry_at <= uv_now(scripts->loop))
        scripts->worker_retry_at = 0;
    for (size_t i = 0; i < scripts->count; i++) {
        struct script *script = scripts->all[i];
        if (script->retry_at && script->retry_at <= uv_now(scripts->loop)) {
            script->retry_at = 0;
            scripts->changed = true; /* whoever was refused asks again */
        }
    }
    answers_arm_retry(scripts);
    scripts_pump_soon(scripts);
}

/* ---- answers of the worker ----------------------------------------------------------------------------- */

static void run_candidate(struct scripts *scripts, struct script *script,
                          const struct declarations *declarations)
{
    scripts_retire(scripts, &script->rejected);
    if (script->reverting)
        script->rejected = script->declarations;
    else
        scripts_retire(scripts, &script->declarations);
    script->declarations = *declarations;
    declarations_free(&script->draft);
    source_free(script->fallback);
    script->fallback = script->reverting ? NULL : script->running;
    if (script->reverting)
        source_free(script->running);
    script->running = script->loading;
    script->loading = NULL;
    script->in_worker = true;
    script->loaded_at = clock_now();
    script->version++;
    if (script->resumes)
        script->settled = script->version; /* what it declares was its own before the start */
    script->resumes = false;
    script_make_fingerprint(script);
    if (!script->reverting) {
        repeats_forget(&script->told);
        free(script->failure);
        script->failure = NULL;
        script->failing = false;
    }
    script->set_back = script->reverting;
    script->reverting = false;
    scripts->changed = true;
}

static void fail_candidate(struct scripts *scripts, struct script *script, const char *text)
{
    source_free(script->loading);
    script->loading = NULL;
    script_set_failure(script, text);
    if (script->resumes)
        kept_failed(scripts, script, text, true);
    script->resumes = false;
}

/* It is tried again, later. */
static void strike_candidate(struct scripts *scripts, struct script *script, const char *text)
{
    script_take_back_load(script);
    strike(scripts, script, text);
}

static void read_memory(struct script *script, struct reader *payload)
{
    const uint64_t held = read_varint(payload), peak = read_varint(payload);
    if (payload->failed)
        return;
    script->memory = held;
    script->memory_peak = peak;
}

/* `failed` carries the text and whether it was a matter of time. */
static bool failed_on_time(struct reader payload)
{
    read_text(&payload);
    return read_u8(&payload) == 1 && !payload.failed;
}

static void take_back_kept(struct script *script)
{
    script->kept = script->loading;
    script->loading = NULL;
}

/* What a load that failed says besides the text. */
static void read_draft(struct script *script, struct reader payload)
{
    struct error error;
    declarations_free(&script->draft);
    read_text(&payload);
    read_u8(&payload);
    const char *json = read_text(&payload);
    if (declarations_parse(&script->draft, json, &error) != 0)
        log_warning("script %s: only the first of its problems is known: %s", script->file, error.text);
}

static void load_answered(struct scripts *scripts, struct script *script, uint8_t kind,
                          struct reader *payload)
{
    if (script_forget_outdated_load(script))
        return;
    if (kind == FRAME_FAILED) {
        const bool too_long = failed_on_time(*payload);
        read_draft(script, *payload);
        const char *text = read_text(payload);
        if (too_long && forgive_short_time(scripts, script))
            script_take_back_load(script);
        else if (too_long)
            strike_candidate(scripts, script, text);
        else
            fail_candidate(scripts, script, text);
        return;
    }
    struct declarations declarations;
    struct error error;
    const char *json = read_text(payload);
    if (kind != FRAME_LOADED || declarations_parse(&declarations, json, &error) != 0) {
        error_set(&error, ERROR_FAILED, "%s: the script worker gave an answer that cannot be read",
                  script->file);
        fail_candidate(scripts, script, error.text);
        return;
    }
    read_memory(script, payload);
    run_candidate(scripts, script, &declarations);
}

/* Of another try with what ends the worker, or takes too long, nobody had anything: it is kept for the next
 * start, though, for it may not have been its own fault. */
static void kept_answered(struct scripts *scripts, struct script *script, uint8_t kind,
                          struct reader *payload)
{
    struct declarations declarations;
    struct error error = {0};
    const bool too_long = kind == FRAME_FAILED && failed_on_time(*payload);
    if (too_long && forgive_short_time(scripts, script)) {
        take_back_kept(script);
        return;
    }
    const char *text = read_text(payload);
    if (kind == FRAME_LOADED && declarations_parse(&declarations, text, &error) == 0) {
        read_memory(script, payload);
        kept_loaded(scripts, script, &declarations);
    } else {
        kept_failed(scripts, script, kind == FRAME_FAILED ? text : error.text, !too_long);
    }
}

static void reload_answered(struct scripts *scripts, struct script *script, uint8_t kind,
                            struct reader *payload)
{
    if (kind == FRAME_LOADED) {
        script->in_worker = true;
        script_reloaded(script);
        return;
    }
    /* It loaded before; a script that loads by luck is as bad as one that takes too long. */
    if (!failed_on_time(*payload) || !forgive_short_time(scripts, script))
        strike(scripts, script, read_text(payload));
}

/* Out of time with several, it may yet have been quick enough with each: no strike. */
static bool ask_for_fewer(struct call *call)
{
    if (call->answers <= 1)
        return false;
    const struct error fewer = {.kind = ERROR_TOO_MUCH, .text = "the script is out of time for so many"};
    call_refuse(call, &fewer);
    return true;
}

static void call_answered(struct scripts *scripts, struct script *script, struct call *call, uint8_t kind,
                          struct reader *payload)
{
    struct error error;
    if (kind == FRAME_FAILED && failed_on_time(*payload) && ask_for_fewer(call))
        return;
    if (kind == FRAME_FAILED && failed_on_time(*payload) && forgive_short_time(scripts, script)) {
        call_again(scripts, call);
    } else if (kind == FRAME_FAILED && failed_on_time(*payload)) {
        strike(scripts, script, read_text(payload));
        const struct error closed = {.kind = ERROR_CLOSED, .text = "the script took too long"};
        call_refuse(call, &closed);
    } else if (call_answer(call, kind, payload, &error)) {
        read_memory(script, payload);
        script_worked(script);
        if (uv_now(scripts->loop) - scripts->request_since < FIRST_MS)
            script->slow = false; /* it needs no more than others, then */
    } else {
        script_set_failure(script, error.text);
    }
}

/* What was asked for is over, well or badly. */
static void end_turn(struct scripts *scripts)
{
    struct script *script = scripts->request_script;
    uv_update_time(scripts->loop);
    const uint64_t took = uv_now(scripts->loop) - scripts->request_since;
    turn_end(&script->turn, took);
    if (scripts->request != CALLING)
        return;
    script->calls++;
    script->calls_ms += took;
}

void answers_take(void *data, uint8_t kind, struct reader *payload)
{
    struct scripts *scripts = data;
    const enum request request = scripts->request;
    if (request != NO_REQUEST)
        end_turn(scripts);
    struct script *script = scripts->request_script;
    struct call *call = scripts->request_call;
    scripts->request = NO_REQUEST;
    scripts->request_call = NULL;
    scripts->early_deaths = 0;
    scripts->worker_answered = true;
    free(scripts->worker_problem);
    scripts->worker_problem = NULL;
    if (request == LOADING_KEPT)
        kept_answered(scripts, script, kind, payload);
    else if (request == LOADING_CANDIDATE)
        load_answered(scripts, script, kind, payload);
    else if (request == RELOADING)
        reload_answered(scripts, script, kind, payload);
    else if (request == CALLING)
        call_answered(scripts, script, call, kind, payload);
    scripts_pump_soon(scripts);
}

void answers_log(void *data, const char *file, const char *place, const char *text)
{
    struct scripts *scripts = data;
    struct script *script = scripts_find(scripts, file);
    if (!script)
        return;
    const uint64_t second = uv_now(scripts->loop) / 1000;
    if (second != script->log_second) {
        if (script->log_lines > LOG_LINES_A_SECOND)
            log_info("script %s: %u more lines in that second", file, script->log_lines - LOG_LINES_A_SECOND);
        script->log_second = second;
        script->log_lines = 0;
    }
    if (++script->log_lines > LOG_LINES_A_SECOND)
        return;
    const size_t length = strlen(file);
    if (strncmp(place, file, length) == 0 && (place[length] == ':' || !place[length]))
        log_info("script %s: %s", place, text);
    else /* a file that it requires */
        log_info("script %s: %s: %s", file, place, text);
}

/* What was being loaded is loaded again. */
static void take_back(const struct scripts *scripts, enum request request)
{
    if (request == LOADING_KEPT)
        take_back_kept(scripts->request_script);
    else if (request == LOADING_CANDIDATE)
        script_take_back_load(scripts->request_script);
}

static void strike_lost(struct scripts *scripts, enum request request, const struct worker_death *death)
{
    struct script *script = scripts->request_script;
    if (request == LOADING_CANDIDATE && script_forget_outdated_load(script))
        return;
    if (death->too_long && request == CALLING && ask_for_fewer(scripts->request_call)) {
        scripts->request_call = NULL;
        return;
    }
    if (death->too_long && forgive_short_time(scripts, script)) {
        take_back(scripts, request);
        if (request == CALLING)
            call_again(scripts, scripts->request_call);
        scripts->request_call = NULL;
        return;
    }
    char *text = script_death_text(script, death->where, death->how);
    if (request == LOADING_KEPT)
        kept_failed(scripts, script, text, false);
    else if (request == LOADING_CANDIDATE)
        strike_candidate(scripts, script, text);
    else
        strike(scripts, script, text);
    free(text);
}

/* A worker that ends before its first answer may be at fault itself: surely where it exits, with a reason,
 * before it takes a request; and once, where a signal ends it, that is not held against the script. */
static bool is_to_blame(const struct scripts *scripts, const struct worker_death *death)
{
    if (scripts->worker_answered || script_is_place_in(scripts->request_script, death->where))
        return true;
    return !death->by_itself && scripts->early_deaths > 1;
}

static void set_worker_problem(struct scripts *scripts, const struct worker_death *death)
{
    free(scripts->worker_problem);
    scripts->worker_problem = mem_format("the script worker %s ends before it takes a script%s%s",
                                         scripts->worker_path, death->where[0] ? ": " : "", death->where);
    utf8_mend(scripts->worker_problem);
}

void answers_death(void *data, const struct worker_death *death)
{
    struct scripts *scripts = data;
    const enum request request = scripts->request;
    if (request != NO_REQUEST)
        end_turn(scripts);
    scripts->worker = NULL;
    scripts->request = NO_REQUEST;
    for (size_t i = 0; i < scripts->count; i++)
        scripts->all[i]->in_worker = false;
    if (scripts->stopping) {
        scripts_finish_stop(scripts);
        return;
    }
    if (!scripts->worker_answered) {
        scripts->early_deaths++;
        set_worker_problem(scripts, death);
    }
    if (request != NO_REQUEST && is_to_blame(scripts, death)) {
        strike_lost(scripts, request, death);
    } else {
        log_warning("the script worker ended%s%s; it is started again", death->where[0] ? ": " : "",
                    death->where);
        scripts->changed = true; /* whoever is refused asks again; for a strike that waits for the retry */
        take_back(scripts, request);
    }
    if (scripts->request_call) {
        const struct error closed = {.kind = ERROR_CLOSED, .text = "the script worker was ended"};
        struct call *call = scripts->request_call;
        scripts->request_call = NULL;
        call_refuse(call, &closed);
    }
    scripts_pump_soon(scripts);
}
