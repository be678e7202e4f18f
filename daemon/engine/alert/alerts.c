/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Judge alerts again in the groups whose results changed or whose time has come, and keep how they stand. A
 * result that changes marks its alerts in the same transaction; time marks them through one timer on the
 * earliest deadline. Either way an alert is judged by its script on what is published now, so nothing depends
 * on what was in memory.
 */
#include "engine/alert/rule.h"
#include "engine/alert/text.h"
#include "engine/internal.h"
#include "engine/publication/gate.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { GROUPS_A_CALL = 64, LONGEST_SLEEP_MS = 3600 * 1000 };

/* One group in which an alert is judged. */
struct judged {
    uint32_t group;
    bool applies; /* the group is at the alert's level */
    struct alert_status status;
    char *known_body; /* of the state that was, "" where there was none */
    struct gate_pair results;
    enum alert_verdict verdict;
};

struct session {
    struct engine *engine;
    struct alert *alert;
    struct indicator *indicator;
    struct judged cases[GROUPS_A_CALL];
    size_t most, count;
    struct group_names *groups; /* the engine's */
    struct period_names *periods;
    uint32_t *order;
    struct gate_calendar calendar;
    int64_t now;
    int64_t deadline; /* the earliest that was written */
    bool logged;      /* the alert log has grown */
};

static void free_session(struct session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        free(session->cases[i].known_body);
        gate_pair_free(&session->cases[i].results);
    }
    free(session->order);
    free(session);
}

/* ---- reading: on a thread of the pool ------------------------------------------------------------------ */

static int take_group(void *data, uint32_t group)
{
    struct session *session = data;
    session->cases[session->count++] = (struct judged){.group = group};
    return 0;
}

static bool is_at_level(const struct session *session, uint32_t group)
{
    const char *level = session->alert->declaration.level;
    return group < session->groups->count && session->groups->paths[group] &&
           (!level || strcmp(session->groups->levels[group], level) == 0);
}

static int read_case(struct session *session, struct judged *judged, struct store_view *view,
                     struct error *error)
{
    struct store_alert_state state;
    struct buf body = {0};
    judged->applies = is_at_level(session, judged->group);
    int result = store_alert_state_get(view, session->alert->id, judged->group, &state, &body, error);
    if (result == 0 && judged->applies)
        result = gate_latest(view, session->indicator->least, session->indicator->id, judged->group,
                             &session->calendar, &judged->results, error);
    judged->status = (struct alert_status){
        .stage = (enum alert_stage)state.stage, .since = state.since, .lapsed = state.lapsed};
    judged->known_body = (char *)body.data; /* NUL-terminated */
    return result;
}

/* Of periods that have not begun nothing is told. */
static void read_calendar(struct session *session)
{
    const int64_t begun_by = latest_begins(session->engine, session->indicator);
    size_t count, ahead = 0;
    session->order = periods_latest_first(session->periods, session->indicator->calendar, &count);
    while (ahead < count && session->periods->starts[session->order[ahead]] > begun_by)
        ahead++;
    session->calendar = (struct gate_calendar){.groups = session->groups,
                                               .periods = session->periods,
                                               .latest_first = session->order + ahead,
                                               .period_count = count - ahead};
}

static int read_session(struct store_view *view, void *data, struct error *error)
{
    struct session *session = data;
    if (store_alert_due(view, session->alert->id, session->most, take_group, session, error) != 0 ||
        group_names_read(session->groups, view, error) != 0 ||
        period_names_read(session->periods, view, error) != 0)
        return -1;
    read_calendar(session);
    for (size_t i = 0; i < session->count; i++)
        if (read_case(session, &session->cases[i], view, error) != 0)
            return -1;
    return 0;
}

/* ---- keeping: on the store's thread -------------------------------------------------------------------- */

static char *describe(const struct session *session, const struct judged *judged)
{
    const struct alert_facts facts = {
        .alert = &session->alert->declaration,
        .indicator = &session->indicator->declaration,
        .path = session->groups->paths[judged->group],
        .level = session->groups->levels[judged->group],
        .now = judged->results.has_now ? &judged->results.now : NULL,
        .before = judged->results.has_before ? &judged->results.before : NULL,
    };
    return alert_text_make(&facts);
}

static int log_step(struct store_tx *tx, const char *alert, const char *body, enum alert_stage stage,
                    enum alert_stage was, int64_t now, struct error *error)
{
    char *entry = alert_text_log(body, alert, alert_stage_word(stage), alert_stage_word(was), now);
    const int result = store_alert_log_append(tx, entry, error);
    free(entry);
    return result;
}

static int keep_case(struct store_tx *tx, struct session *session, const struct judged *judged,
                     struct error *error)
{
    const struct alert_declaration *declaration = &session->alert->declaration;
    const struct alert_rule rule = {declaration->hold_ms, declaration->keep_ms};
    const struct alert_status status = alert_rule_judge(&rule, judged->status, judged->verdict, session->now);
    char *body = judged->applies ? describe(session, judged) : mem_copy_text(judged->known_body);
    const struct store_alert_state state = {.alert = session->alert->id,
                                            .group = judged->group,
                                            .stage = (int)status.stage,
                                            .since = status.since,
                                            .lapsed = status.lapsed,
                                            .body = body};
    int result = store_alert_state_put(tx, &state, error);
    if (result == 0 && status.stage != judged->status.stage) {
        session->logged = true;
        result = log_step(tx, declaration->id, body, status.stage, judged->status.stage, session->now, error);
    }
    if (result == 0)
        result = store_alert_due_clear(tx, session->alert->id, judged->group, error);
    const int64_t deadline = alert_rule_deadline(&rule, &status);
    if (deadline < session->deadline)
        session->deadline = deadline;
    free(body);
    return result;
}

static int keep_session(struct store_tx *tx, void *data, struct error *error)
{
    struct session *session = data;
    session->now = clock_read(session->engine->clock);
    session->deadline = INT64_MAX;
    for (size_t i = 0; i < session->count; i++)
        if (keep_case(tx, session, &session->cases[i], error) != 0)
            return -1;
    return 0;
}

/* ---- on the loop --------------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *timer)
{
    struct engine *engine = timer->data;
    engine->alert_time_passed = true;
    engine_step(engine);
}

/* A clock that was set while we slept is noticed within the hour. */
static void arm_timer(struct engine *engine)
{
    if (engine->alert_deadline == INT64_MAX) {
        uv_timer_stop(&engine->alert_timer);
        return;
    }
    const int64_t left = engine->alert_deadline - clock_read(engine->clock);
    const uint64_t sleep = left < 0 ? 0 : left > LONGEST_SLEEP_MS ? LONGEST_SLEEP_MS : (uint64_t)left;
    uv_timer_start(&engine->alert_timer, on_timer, sleep, 0);
}

static void on_kept(void *data, const struct error *error)
{
    struct session *session = data;
    struct engine *engine = session->engine;
    if (!error && session->deadline < engine->alert_deadline) {
        engine->alert_deadline = session->deadline;
        arm_timer(engine);
    }
    if (!error && session->logged)
        engine_alerts_grew(engine);
    free_session(session);
    if (error)
        engine_step_failed(engine, error);
    else
        engine_step_done(engine);
}

static bool has_value(const struct judged *judged)
{
    return judged->applies && judged->results.has_now && !judged->results.now.withheld &&
           judged->results.now.kind != STORE_NO_VALUE;
}

static enum alert_verdict without_value(const struct session *session, const struct judged *judged)
{
    if (!judged->applies)
        return ALERT_ENDS_NOW;
    switch (session->alert->declaration.on_no_value) {
    case NO_VALUE_KEEP:
        return ALERT_AS_BEFORE;
    case NO_VALUE_RESOLVE:
        return ALERT_ENDS_NOW;
    case NO_VALUE_RAISE:
        return ALERT_HOLDS;
    }
    return ALERT_AS_BEFORE;
}

static void take_refusal(const struct session *session, const struct error *error)
{
    struct alert *alert = session->alert;
    if (error->kind == ERROR_TOO_MUCH) {
        batch_size_halve(&alert->batch, session->count);
        return;
    }
    alert->blocked = true; /* until the scripts change */
    if (error->kind != ERROR_CLOSED)
        alerts_set_error(alert, error->text);
}

static void on_judged(void *data, const struct judge_verdict *verdicts, const struct error *error)
{
    struct session *session = data;
    struct engine *engine = session->engine;
    if (error) {
        take_refusal(session, error);
        free_session(session);
        engine_step_done(engine);
        return;
    }
    batch_size_worked(&session->alert->batch, GROUPS_A_CALL);
    const char *failure = NULL;
    for (size_t i = 0, answered = 0; i < session->count; i++) {
        if (!has_value(&session->cases[i]))
            continue;
        const struct judge_verdict *verdict = &verdicts[answered++];
        session->cases[i].verdict = verdict->failure ? ALERT_AS_BEFORE
                                    : verdict->holds ? ALERT_HOLDS
                                                     : ALERT_ENDS;
        if (verdict->failure && !failure)
            failure = verdict->failure;
        if (verdict->contradiction)
            alerts_set_contradiction(session->alert, verdict->contradiction,
                                     session->cases[i].results.now.group);
    }
    alerts_set_error(session->alert, failure);
    store_write(engine->store, keep_session, on_kept, session);
}

static struct judge_value value_for_script(const struct published *published)
{
    return (struct judge_value){.is_integer = published->kind == STORE_INTEGER,
                                .value = published->value,
                                .integer = published->integer,
                                .n = published->n,
                                .has_ci = published->has_ci,
                                .ci = {published->ci[0], published->ci[1]},
                                .extra = published->extra,
                                .period = published->period};
}

static void call_script(struct session *session)
{
    struct judge_case cases[GROUPS_A_CALL];
    struct judge_value before[GROUPS_A_CALL];
    size_t count = 0;
    for (size_t i = 0; i < session->count; i++) {
        struct judged *judged = &session->cases[i];
        if (!has_value(judged)) {
            judged->verdict = without_value(session, judged);
            continue;
        }
        const struct published *earlier = &judged->results.before;
        const bool has_before =
            judged->results.has_before && !earlier->withheld && earlier->kind != STORE_NO_VALUE;
        if (has_before)
            before[count] = value_for_script(earlier);
        cases[count] = (struct judge_case){.group = judged->results.now.group,
                                           .level = judged->results.now.level,
                                           .firing = judged->status.stage == ALERT_FIRING,
                                           .now = value_for_script(&judged->results.now),
                                           .before = has_before ? &before[count] : NULL};
        count++;
    }
    const struct judge_call call = {session->alert->declaration.id, cases, count};
    if (count)
        scripts_judge(session->engine->scripts, &call, on_judged, session);
    else
        store_write(session->engine->store, keep_session, on_kept, session);
}

static void on_read(void *data, const struct error *error)
{
    struct session *session = data;
    struct engine *engine = session->engine;
    if (!error && session->count) {
        call_script(session);
        return;
    }
    if (!error)
        session->alert->maybe_due = false;
    free_session(session);
    if (error)
        engine_step_failed(engine, error);
    else
        engine_step_done(engine);
}

/* ---- time ---------------------------------------------------------------------------------------------- */

static const struct alert *find_by_number(const struct engine *engine, uint32_t id)
{
    for (size_t i = 0; i < engine->alert_count; i++)
        if (engine->alerts[i]->id == id)
            return engine->alerts[i];
    return NULL;
}

struct overdue {
    uint32_t *alerts, *groups;
    size_t count;
};

struct scan {
    const struct engine *engine;
    int64_t now, deadline;
    struct overdue overdue;
};

static int scan_state(void *data, const struct store_alert_state *state)
{
    struct scan *scan = data;
    const struct alert *alert = find_by_number(scan->engine, state->alert);
    if (!alert)
        return 0;
    const struct alert_rule rule = {alert->declaration.hold_ms, alert->declaration.keep_ms};
    const struct alert_status status = {
        .stage = (enum alert_stage)state->stage, .since = state->since, .lapsed = state->lapsed};
    const int64_t deadline = alert_rule_deadline(&rule, &status);
    if (deadline > scan->now) {
        if (deadline < scan->deadline)
            scan->deadline = deadline;
        return 0;
    }
    struct overdue *overdue = &scan->overdue;
    overdue->alerts = mem_resize(overdue->alerts, overdue->count + 1, sizeof *overdue->alerts);
    overdue->groups = mem_resize(overdue->groups, overdue->count + 1, sizeof *overdue->groups);
    overdue->alerts[overdue->count] = state->alert;
    overdue->groups[overdue->count++] = state->group;
    return 0;
}

static int mark_overdue(struct store_tx *tx, void *data, struct error *error)
{
    struct scan *scan = data;
    int result = store_alert_states(store_tx_view(tx), 0, scan_state, scan, error);
    for (size_t i = 0; i < scan->overdue.count && result == 0; i++)
        result = store_alert_due_mark(tx, scan->overdue.alerts[i], scan->overdue.groups[i], error);
    free(scan->overdue.alerts);
    free(scan->overdue.groups);
    scan->overdue = (struct overdue){0};
    return result;
}

static void on_marked(void *data, const struct error *error)
{
    struct scan *scan = data;
    struct engine *engine = (struct engine *)scan->engine;
    if (error) {
        engine->alert_time_passed = true;
        free(scan);
        engine_step_failed(engine, error);
        return;
    }
    engine->alert_deadline = scan->deadline;
    arm_timer(engine);
    alerts_look(engine);
    free(scan);
    engine_step_done(engine);
}

/* ---- steps --------------------------------------------------------------------------------------------- */

static bool begin_passing_of_time(struct engine *engine)
{
    if (!engine->alert_time_passed)
        return false;
    engine->alert_time_passed = false;
    struct scan *scan = mem_alloc(sizeof *scan);
    *scan = (struct scan){.engine = engine, .now = clock_read(engine->clock), .deadline = INT64_MAX};
    store_write(engine->store, mark_overdue, on_marked, scan);
    return true;
}

bool alerts_begin(struct engine *engine)
{
    if (begin_passing_of_time(engine))
        return true;
    for (size_t i = 0; i < engine->alert_count; i++) {
        struct alert *alert = engine->alerts[i];
        struct indicator *indicator = registry_find(engine, alert->declaration.indicator);
        if (!alert->id || alert->blocked || !alert->maybe_due || !indicator || !indicator->inputs)
            continue;
        struct session *session = mem_alloc(sizeof *session);
        session->engine = engine;
        session->groups = &engine->groups;
        session->periods = &engine->periods;
        session->alert = alert;
        session->indicator = indicator;
        session->most = batch_size_of(&alert->batch, GROUPS_A_CALL);
        store_read(engine->store, read_session, on_read, session);
        return true;
    }
    return false;
}

void alerts_look(struct engine *engine)
{
    for (size_t i = 0; i < engine->alert_count; i++)
        engine->alerts[i]->maybe_due = true;
}

int alerts_mark(struct store_tx *tx, const struct engine *engine, const struct indicator *indicator,
                uint32_t group, struct error *error)
{
    for (size_t i = 0; i < engine->alert_count; i++) {
        const struct alert *alert = engine->alerts[i];
        if (alert->id && strcmp(alert->declaration.indicator, indicator->declaration.id) == 0 &&
            store_alert_due_mark(tx, alert->id, group, error) != 0)
            return -1;
    }
    return 0;
}
