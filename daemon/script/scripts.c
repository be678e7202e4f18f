/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/scripts.h"
#include "script/conflicts.h"
#include "script/scripts_internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { EARLY_DEATHS_UNTIL_PAUSE = 3, WORKER_PAUSE_MS = 5000, TELL_AFTER_MS = 250 };

void scripts_pump_soon(struct scripts *scripts)
{
    if (!scripts->stopping)
        uv_async_send(&scripts->pump);
}

/* ---- the list ------------------------------------------------------------------------------------------ */

struct script *scripts_find(const struct scripts *scripts, const char *file)
{
    for (size_t i = 0; i < scripts->count; i++)
        if (strcmp(scripts->all[i]->file, file) == 0)
            return scripts->all[i];
    return NULL;
}

struct script *scripts_add(struct scripts *scripts, const char *file)
{
    struct script *script = mem_alloc(sizeof *script);
    script->file = mem_copy_text(file);
    scripts->all = mem_resize(scripts->all, scripts->count + 1, sizeof *scripts->all);
    size_t at = scripts->count++;
    for (; at > 0 && strcmp(scripts->all[at - 1]->file, file) > 0; at--)
        scripts->all[at] = scripts->all[at - 1];
    script->quiet = scripts->quiet;
    script->turn = turn_of_a_newcomer();
    scripts->all[at] = script;
    return script;
}

/* Whoever was told of the declarations may look at them until `changed` is called. */
void scripts_retire(struct scripts *scripts, struct declarations *declarations)
{
    scripts->retired = mem_resize(scripts->retired, scripts->retired_count + 1, sizeof *scripts->retired);
    scripts->retired[scripts->retired_count++] = *declarations;
    *declarations = (struct declarations){0};
}

static void free_retired(struct scripts *scripts)
{
    while (scripts->retired_count)
        declarations_free(&scripts->retired[--scripts->retired_count]);
    free(scripts->retired);
    scripts->retired = NULL;
}

/* Forgets scripts whose file is gone, unless one has a request under way. */
static void drop_removed(struct scripts *scripts)
{
    size_t kept = 0;
    for (size_t i = 0; i < scripts->count; i++) {
        struct script *script = scripts->all[i];
        if (!script->removed || (scripts->request && scripts->request_script == script)) {
            scripts->all[kept++] = script;
            continue;
        }
        if (script->in_worker && scripts->worker) {
            struct buf frame = {0};
            const size_t begin = frame_begin(&frame, FRAME_UNLOAD);
            buf_put_text(&frame, script->file);
            frame_end(&frame, begin);
            worker_process_send(scripts->worker, &frame, 0);
        }
        calls_detach(scripts, script);
        kept_forget(scripts, script);
        scripts_retire(scripts, &script->declarations);
        script_free(script);
        scripts->changed = true;
    }
    scripts->count = kept;
}

/* ---- what is done next --------------------------------------------------------------------------------- */

/* Of several at once each has its time, but they do not have it together: they are asked in halves before. */
static bool is_short(const struct scripts *scripts, const struct script *script)
{
    const struct call *call = scripts->request_call;
    if (scripts->call_ms <= FIRST_MS)
        return false;
    return (call && call->answers > 1) || (!script->slow && !(call && call->was_cut_short));
}

static void begin_request(struct scripts *scripts, enum request request, struct script *script,
                          struct buf *frame)
{
    scripts->request = request;
    scripts->request_script = script;
    scripts->request_since = uv_now(scripts->loop);
    scripts->request_is_short = is_short(scripts, script);
    worker_process_send(scripts->worker, frame, scripts->request_is_short ? FIRST_MS : scripts->call_ms);
}

static void send_load(struct scripts *scripts, enum request request, struct script *script,
                      const struct source *source)
{
    struct buf frame = {0};
    script_put_load(&frame, script->file, source, scripts->memory_bytes, scripts->min_group_size,
                    scripts->params_json);
    begin_request(scripts, request, script, &frame);
}

static void load_candidate(struct scripts *scripts, struct script *script)
{
    script->loading = script->candidate;
    script->candidate = NULL;
    send_load(scripts, LOADING_CANDIDATE, script, script->loading);
}

/* What ran before the start runs first: then a newer text has something to fall back to. */
static void load_kept(struct scripts *scripts, struct script *script)
{
    script->loading = script->kept;
    script->kept = NULL;
    send_load(scripts, LOADING_KEPT, script, script->loading);
}

static bool waits_for_load(const struct script *script)
{
    if (script->removed || script->retry_at || script_is_quarantined(script))
        return false;
    return script->kept || script->candidate || (script->running && !script->in_worker);
}

/* It had to be cut short, or worse: not before those of whom nothing bad is known. */
static bool is_suspect(const struct script *script)
{
    return script->slow || script->strikes;
}

/* It was loaded in a worker that is gone, and nobody has asked for it since. */
static bool is_in_no_hurry(const struct scripts *scripts, const struct script *script)
{
    return !script->kept && !script->candidate && !calls_wait(scripts, script);
}

/* Of one that is not in a hurry nothing new will be known. */
static bool load_waits(const struct scripts *scripts, bool suspects)
{
    for (size_t i = 0; i < scripts->count; i++)
        if (waits_for_load(scripts->all[i]) && !is_in_no_hurry(scripts, scripts->all[i]) &&
            (suspects || !is_suspect(scripts->all[i])))
            return true;
    return false;
}

static void send_call(struct scripts *scripts, struct call *call)
{
    calls_take(scripts, call);
    scripts->request_call = call;
    struct buf frame = {0};
    if (call->answers == 1 && is_short(scripts, call->script)) {
        buf_put(&frame, call->frame.data, call->frame.size); /* it may be cut short and sent again */
    } else {
        frame = call->frame;
        call->frame = (struct buf){0};
    }
    begin_request(scripts, CALLING, call->script, &frame);
}

/* NULL: nobody waits. Who is asked for goes before who is loaded again in case he will be: with many that
 * take long to load, all would stand still else until each of them is there. */
static struct script *find_next(struct scripts *scripts)
{
    struct script *next = NULL;
    uint64_t least = 0;
    bool hurries = false;
    for (size_t i = 0; i < scripts->count; i++) {
        struct script *script = scripts->all[i];
        if (!waits_for_load(script) && !calls_first(scripts, script)) {
            script->turn.waits = false;
            continue;
        }
        turn_wait(&scripts->turns, &script->turn);
        const uint64_t due = turn_due(&script->turn, is_suspect(script) ? scripts->call_ms : 0);
        const bool in_hurry = !is_in_no_hurry(scripts, script);
        if (!next || in_hurry > hurries || (in_hurry == hurries && due < least)) {
            next = script;
            least = due;
            hurries = in_hurry;
        }
    }
    return next;
}

static void give_turn(struct scripts *scripts, struct script *script)
{
    turn_begin(&scripts->turns, &script->turn);
    if (!waits_for_load(script))
        send_call(scripts, calls_first(scripts, script));
    else if (script->kept)
        load_kept(scripts, script);
    else if (script->candidate)
        load_candidate(scripts, script);
    else
        send_load(scripts, RELOADING, script, script->running);
}

static void find_conflicts(struct scripts *scripts)
{
    conflicts_find(scripts->all, scripts->count);
    for (size_t i = 0; i < scripts->count; i++)
        script_log_once(scripts->all[i], scripts->all[i]->conflict);
}

/* What stood in a new version's way may be gone: then that is loaded again. */
static void retry_set_back(struct scripts *scripts)
{
    for (size_t i = 0; i < scripts->count; i++) {
        struct script *script = scripts->all[i];
        if (!script->set_back || script->candidate || script->loading || script->removed ||
            !conflicts_fits(scripts->all, scripts->count, script))
            continue;
        script->set_back = false;
        script->candidate = source_copy(script->seen);
        scripts_pump_soon(scripts);
    }
}

/* A new version that does not fit the other files leaves the one before it in place, as one that does not
 * load does. true: such a one is to be loaded again first. */
static bool revert_conflicts(struct scripts *scripts)
{
    bool reverting = false;
    for (size_t i = 0; i < scripts->count; i++) {
        struct script *script = scripts->all[i];
        if (script->conflict && script->fallback && !script->candidate) {
            script_set_failure(script, script->conflict);
            script->candidate = script->fallback;
            script->fallback = NULL;
            script->reverting = reverting = true;
        }
    }
    for (size_t i = 0; i < scripts->count && !reverting; i++) {
        source_free(scripts->all[i]->fallback);
        scripts->all[i]->fallback = NULL;
    }
    return reverting;
}

/* Calls that came to nothing are answered first: whoever asked waits for `changed` to ask again. false:
 * something else comes first, or all is over. */
static bool tell_changed(struct scripts *scripts)
{
    const bool changed = scripts->changed;
    scripts->changed_since = 0;
    if (changed) {
        find_conflicts(scripts);
        drop_removed(scripts); /* a file that is gone gives way to one that declares the same */
    }
    if (changed && revert_conflicts(scripts)) {
        scripts_pump_soon(scripts);
        return false;
    }
    scripts->changed = false;
    if (changed) {
        retry_set_back(scripts);
        kept_tell(scripts);
    }
    calls_refuse_hopeless(scripts);
    if (changed && !scripts->stopping) {
        scripts->callbacks.changed(scripts->callbacks.data);
        free_retired(scripts);
    }
    return !scripts->stopping; /* a callback may have stopped us */
}

/* What many files bring is told at once; but nobody waits long for what others bring, and at the start all is
 * looked at together. */
static bool is_time_to_tell(struct scripts *scripts)
{
    const uint64_t now = uv_now(scripts->loop);
    if (!scripts->changed || !scripts->changed_since)
        scripts->changed_since = now;
    return !load_waits(scripts, false) || (scripts->ready && now - scripts->changed_since >= TELL_AFTER_MS);
}

static void tell_ready(struct scripts *scripts)
{
    if (scripts->ready || scripts->stopping)
        return;
    scripts->ready = true;
    scripts->callbacks.ready(scripts->callbacks.data);
}

static const struct worker_callbacks worker_callbacks = {
    .answered = answers_take, .logged = answers_log, .died = answers_death};

static int start_worker(struct scripts *scripts, struct error *error)
{
    struct worker_callbacks callbacks = worker_callbacks;
    callbacks.data = scripts;
    scripts->worker_answered = false;
    return worker_process_start(&scripts->worker, scripts->loop, scripts->worker_path, &callbacks, error);
}

static void pause_worker(struct scripts *scripts)
{
    scripts->worker_retry_at = uv_now(scripts->loop) + WORKER_PAUSE_MS;
    answers_arm_retry(scripts);
}

/* A worker that does not even start is not started again and again. */
static bool have_worker(struct scripts *scripts)
{
    struct error error;
    if (scripts->worker || scripts->worker_retry_at)
        return scripts->worker != NULL;
    if (scripts->early_deaths >= EARLY_DEATHS_UNTIL_PAUSE) {
        log_error("the script worker %s keeps ending; the next try is in 5 seconds", scripts->worker_path);
        scripts->early_deaths = EARLY_DEATHS_UNTIL_PAUSE - 1;
        pause_worker(scripts);
        return false;
    }
    if (start_worker(scripts, &error) == 0)
        return true;
    log_error("%s; the next try is in 5 seconds", error.text);
    pause_worker(scripts);
    return false;
}

static void pump(uv_async_t *async)
{
    struct scripts *scripts = async->data;
    if (scripts->stopping)
        return;
    drop_removed(scripts);
    if (scripts->request)
        return;
    if (!have_worker(scripts)) {
        tell_ready(scripts); /* what else there is need not wait for it */
        return;
    }
    if (is_time_to_tell(scripts) && !tell_changed(scripts))
        return;
    calls_refuse_hopeless(scripts);
    if (!load_waits(scripts, true))
        tell_ready(scripts);
    struct script *next = scripts->stopping ? NULL : find_next(scripts);
    if (next)
        give_turn(scripts, next);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

static void free_scripts(struct scripts *scripts)
{
    for (size_t i = 0; i < scripts->count; i++)
        script_free(scripts->all[i]);
    free_retired(scripts);
    scan_free(scripts);
    kept_free(scripts);
    free(scripts->all);
    free(scripts->folders);
    free(scripts->worker_path);
    free(scripts->params_json);
    free(scripts->worker_problem);
    free(scripts);
}

int scripts_start(struct scripts **out, uv_loop_t *loop, const struct scripts_options *options,
                  const struct scripts_callbacks *callbacks, struct error *error)
{
    if (sodium_init() < 0)
        return error_set(error, ERROR_FAILED, "libsodium could not be initialised");
    struct scripts *scripts = mem_alloc(sizeof *scripts);
    *scripts =
        (struct scripts){.loop = loop,
                         .folders = mem_copy_text(options->folders),
                         .worker_path = mem_copy_text(options->worker_path),
                         .params_json = mem_copy_text(options->params_json ? options->params_json : "{}"),
                         .memory_bytes = options->memory_bytes ? options->memory_bytes : DEFAULT_MEMORY,
                         .call_ms = options->call_ms ? options->call_ms : DEFAULT_CALL_MS,
                         .min_group_size = options->min_group_size,
                         .quiet = options->quiet,
                         .callbacks = *callbacks};
    scripts->last_call = &scripts->first_call;
    if (start_worker(scripts, error) != 0) {
        free_scripts(scripts);
        return -1;
    }
    uv_async_init(loop, &scripts->pump, pump);
    uv_timer_init(loop, &scripts->retry);
    uv_timer_init(loop, &scripts->grace);
    scripts->pump.data = scripts->retry.data = scripts->grace.data = scripts;
    scripts->open_handles = 3;
    scripts->watch = folder_watch_start(loop, scripts->folders, scan_folders, scripts);
    kept_take(scripts, options->kept, options->kept_count);
    scan_folders(scripts);
    kept_match(scripts);
    *out = scripts;
    return 0;
}

static void handle_closed(uv_handle_t *handle)
{
    struct scripts *scripts = handle->data;
    if (--scripts->open_handles > 0)
        return;
    void (*stopped)(void *data) = scripts->stopped;
    void *data = scripts->stopped_data;
    free_scripts(scripts);
    stopped(data);
}

static void watch_stopped(void *data)
{
    struct scripts *scripts = data;
    uv_close((uv_handle_t *)&scripts->pump, handle_closed);
    uv_close((uv_handle_t *)&scripts->retry, handle_closed);
    uv_close((uv_handle_t *)&scripts->grace, handle_closed);
}

void scripts_finish_stop(struct scripts *scripts)
{
    calls_refuse_all(scripts);
    folder_watch_stop(scripts->watch, watch_stopped);
}

void scripts_stop(struct scripts *scripts, void (*stopped)(void *data), void *data)
{
    scripts->stopping = true;
    scripts->stopped = stopped;
    scripts->stopped_data = data;
    scripts->request = NO_REQUEST; /* an answer that is on its way is nobody's */
    if (scripts->request_call) {
        const struct error closed = {.kind = ERROR_CLOSED, .text = "wijzerd is stopping"};
        struct call *call = scripts->request_call;
        scripts->request_call = NULL;
        call_refuse(call, &closed);
    }
    if (scripts->worker)
        worker_process_kill(scripts->worker);
    else
        scripts_finish_stop(scripts);
}

/* ---- questions ----------------------------------------------------------------------------------------- */

static const char *error_of(const struct scripts *scripts, const struct script *script)
{
    if (script->conflict)
        return script->conflict;
    if (script->failure)
        return script->failure;
    return script->rival ? script->rival : scripts->worker_problem;
}

void scripts_each(struct scripts *scripts, void (*visit)(void *data, const struct script_info *info),
                  void *data)
{
    for (size_t i = 0; i < scripts->count; i++) {
        const struct script *script = scripts->all[i];
        const bool runs = script->running && !script->conflict && !script->removed;
        const struct script_info info = {.file = script->file,
                                         .state = script_state_of(script),
                                         .error = error_of(scripts, script),
                                         .away = script->away,
                                         .loaded_at = script->loaded_at,
                                         .version = script->version,
                                         .fingerprint = runs ? script->fingerprint : NULL,
                                         .calls = script->calls,
                                         .calls_ms = script->calls_ms,
                                         .memory_bytes = script->memory,
                                         .memory_peak_bytes = script->memory_peak,
                                         .declarations = runs ? &script->declarations : NULL};
        if (!script->removed)
            visit(data, &info);
    }
}

bool scripts_all_active(struct scripts *scripts)
{
    for (size_t i = 0; i < scripts->count; i++)
        if (script_state_of(scripts->all[i]) != SCRIPT_ACTIVE)
            return false;
    return scan_saw_all(scripts);
}

typedef bool (*declares_fn)(const struct script *script, const char *id);

/* The one that is known to fit the others before one that is not: it may yet be set aside. */
static struct script *find_declaring(const struct scripts *scripts, declares_fn declares, const char *id)
{
    struct script *found = NULL;
    for (size_t i = 0; i < scripts->count; i++) {
        struct script *script = scripts->all[i];
        if (script->conflict || script->removed || !declares(script, id))
            continue;
        if (script->settled == script->version)
            return script;
        if (!found)
            found = script;
    }
    return found;
}

static bool declares_instrument(const struct script *script, const char *id)
{
    return declarations_instrument(&script->declarations, id);
}

struct script *script_of_instrument(const struct scripts *scripts, const char *id)
{
    return find_declaring(scripts, declares_instrument, id);
}

const struct instrument_declaration *scripts_instrument(struct scripts *scripts, const char *id)
{
    const struct script *script = script_of_instrument(scripts, id);
    return script ? declarations_instrument(&script->declarations, id) : NULL;
}

static bool declares_indicator(const struct script *script, const char *id)
{
    return declarations_indicator(&script->declarations, id);
}

uint64_t scripts_spent_ms(const struct scripts *scripts, const char *file)
{
    const struct script *script = scripts_find(scripts, file);
    return script ? script->calls_ms : 0;
}

struct script *script_of_indicator(const struct scripts *scripts, const char *id)
{
    return find_declaring(scripts, declares_indicator, id);
}

static bool declares_alert(const struct script *script, const char *id)
{
    return declarations_alert(&script->declarations, id);
}

struct script *script_of_alert(const struct scripts *scripts, const char *id)
{
    return find_declaring(scripts, declares_alert, id);
}
