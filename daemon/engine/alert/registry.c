/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/alert/rule.h"
#include "engine/alert/text.h"
#include "engine/internal.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_KEY = 128 };

static const char owner[] = "engine";

/* ---- what the scripts declare -------------------------------------------------------------------------- */

static void free_alert(struct alert *alert)
{
    alert_declaration_free(&alert->declaration);
    free(alert->fingerprint);
    free(alert->error);
    free(alert->contradiction);
    repeats_forget(&alert->told);
    free(alert);
}

void alerts_set_error(struct alert *alert, const char *error)
{
    repeats_show(&alert->told, &alert->error, "alert", alert->declaration.id, error);
}

void alerts_set_contradiction(struct alert *alert, const char *place, const char *group)
{
    if (alert->contradiction)
        return;
    alert->contradiction =
        mem_format("%s: 'raise' and 'clear' are both true for %s; as long as they are, the alert goes on, "
                   "for it would come "
                   "and go with every change; let 'clear' be true only where 'raise' is not",
                   place, group);
    log_warning("alert %s: %s", alert->declaration.id, alert->contradiction);
}

struct update {
    struct engine *engine;
    struct alert **old;
    size_t old_count;
};

static bool is_declared(const struct engine *engine, const char *indicator)
{
    for (size_t i = 0; i < engine->indicator_count; i++)
        if (strcmp(engine->indicators[i]->declaration.id, indicator) == 0)
            return true;
    return false;
}

static void check_indicator(const struct engine *engine, struct alert *alert)
{
    const struct alert_declaration *declaration = &alert->declaration;
    if (is_declared(engine, declaration->indicator))
        return;
    char *error = mem_format("%s:%d: no script declares indicator '%s'; the alert waits for it",
                             declaration->file, declaration->line, declaration->indicator);
    alerts_set_error(alert, error);
    free(error);
}

static struct alert *find(struct alert *const *alerts, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(alerts[i]->declaration.id, id) == 0)
            return alerts[i];
    return NULL;
}

static void take_alert(const struct update *update, const struct alert_declaration *declaration,
                       const char *script)
{
    struct engine *engine = update->engine;
    struct alert *alert = mem_alloc(sizeof *alert);
    alert_declaration_copy(&alert->declaration, declaration);
    alert->fingerprint = mem_format("%s|fewest:%d", script, engine->min_group_size);
    alert->maybe_due = true;
    struct alert *old = find(update->old, update->old_count, declaration->id);
    if (old && strcmp(old->fingerprint, alert->fingerprint) == 0) {
        alert->id = old->id;
        alert->batch = old->batch;
        alert->error = mem_copy_text(old->error);
        alert->contradiction = mem_copy_text(old->contradiction);
        alert->told = old->told;
        old->told = (struct repeats){0};
    }
    check_indicator(engine, alert);
    engine->alerts = mem_resize(engine->alerts, engine->alert_count + 1, sizeof *engine->alerts);
    engine->alerts[engine->alert_count++] = alert;
}

static void take_script(void *data, const struct script_info *info)
{
    for (size_t i = 0; info->declarations && i < info->declarations->alert_count; i++)
        take_alert(data, &info->declarations->alerts[i], info->fingerprint);
}

void alerts_update(struct engine *engine)
{
    struct update update = {.engine = engine, .old = engine->alerts, .old_count = engine->alert_count};
    engine->alerts = NULL;
    engine->alert_count = 0;
    scripts_each(engine->scripts, take_script, &update);
    for (size_t i = 0; i < update.old_count; i++)
        free_alert(update.old[i]);
    free(update.old);
    engine->alert_time_passed = true; /* what `hold` and `keep` are may have changed */
}

void alerts_forget_numbers(struct engine *engine)
{
    for (size_t i = 0; i < engine->alert_count; i++)
        engine->alerts[i]->id = 0;
}

void alerts_free(struct engine *engine)
{
    for (size_t i = 0; i < engine->alert_count; i++)
        free_alert(engine->alerts[i]);
    free(engine->alerts);
}

/* ---- registering --------------------------------------------------------------------------------------- */

static int register_alert(struct store_tx *tx, struct alert *alert, struct error *error)
{
    char key[LONGEST_KEY];
    struct buf known = {0};
    bool found;
    uint32_t indicator;
    snprintf(key, sizeof key, "alert-fingerprint:%s", alert->declaration.id);
    int result = store_alert_intern(tx, alert->declaration.id, &alert->id, error);
    if (result == 0)
        result = store_document_get(store_tx_view(tx), owner, key, &known, &found, error);
    const bool same = result == 0 && found && known.size == strlen(alert->fingerprint) &&
                      memcmp(known.data, alert->fingerprint, known.size) == 0;
    buf_free(&known);
    if (result != 0 || same)
        return result;
    if (store_indicator_find(store_tx_view(tx), alert->declaration.indicator, &indicator, error) != 0 ||
        store_alert_due_mark_all(tx, alert->id, indicator, error) != 0)
        return -1;
    return store_document_put(tx, owner, key, alert->fingerprint, strlen(alert->fingerprint), error);
}

struct undeclared {
    const struct engine *engine;
    uint32_t *ids;
    char **names;
    size_t count;
};

static int find_undeclared(void *data, uint32_t id, const char *name)
{
    struct undeclared *undeclared = data;
    if (find(undeclared->engine->alerts, undeclared->engine->alert_count, name))
        return 0;
    undeclared->ids = mem_resize(undeclared->ids, undeclared->count + 1, sizeof *undeclared->ids);
    undeclared->names = mem_resize(undeclared->names, undeclared->count + 1, sizeof *undeclared->names);
    undeclared->ids[undeclared->count] = id;
    undeclared->names[undeclared->count++] = mem_copy_text(name);
    return 0;
}

struct ending {
    struct store_tx *tx;
    const char *alert;
    int64_t now;
    struct error *error;
    bool failed;
};

/* Whoever heard that it fires hears that it is over. */
static int end_state(void *data, const struct store_alert_state *state)
{
    struct ending *ending = data;
    if (state->stage != ALERT_FIRING)
        return 0;
    char *entry = alert_text_log(state->body, ending->alert, alert_stage_word(ALERT_RESOLVED),
                                 alert_stage_word(ALERT_FIRING), ending->now);
    ending->failed = store_alert_log_append(ending->tx, entry, ending->error) != 0;
    free(entry);
    return ending->failed;
}

static int end_alert(struct store_tx *tx, uint32_t id, const char *name, int64_t now, struct error *error)
{
    char key[LONGEST_KEY];
    struct ending ending = {.tx = tx, .alert = name, .now = now, .error = error};
    snprintf(key, sizeof key, "alert-fingerprint:%s", name);
    if (store_alert_states(store_tx_view(tx), id, end_state, &ending, error) != 0 || ending.failed)
        return -1;
    if (store_alert_remove(tx, id, error) != 0)
        return -1;
    return store_document_put(tx, owner, key, NULL, 0, error);
}

int alerts_register(struct store_tx *tx, const struct engine *engine, bool forget, struct error *error)
{
    int result = 0;
    for (size_t i = 0; i < engine->alert_count && result == 0; i++)
        if (!engine->alerts[i]->id)
            result = register_alert(tx, engine->alerts[i], error);
    if (result != 0 || !forget)
        return result;
    struct undeclared undeclared = {.engine = engine};
    result = store_alerts(store_tx_view(tx), find_undeclared, &undeclared, error);
    for (size_t i = 0; i < undeclared.count; i++) {
        if (result == 0)
            result = end_alert(tx, undeclared.ids[i], undeclared.names[i], clock_read(engine->clock), error);
        free(undeclared.names[i]);
    }
    free(undeclared.names);
    free(undeclared.ids);
    return result;
}
