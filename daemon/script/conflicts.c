/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/conflicts.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <stdlib.h>
#include <string.h>

struct all_scripts {
    struct script *const *scripts;
    size_t count;
};

static bool counts(const struct script *script)
{
    return !script->conflict && !script->removed;
}

/* ---- the same id twice --------------------------------------------------------------------------------- */

static char *find_duplicate(const struct script *script, const struct script *earlier)
{
    const struct declarations *declarations = &script->declarations;
    for (size_t i = 0; i < declarations->instrument_count; i++)
        if (declarations_instrument(&earlier->declarations, declarations->instruments[i].id))
            return mem_format("%s: instrument '%s' is declared in %s already; give one of them another id",
                              script->file, declarations->instruments[i].id, earlier->file);
    for (size_t i = 0; i < declarations->indicator_count; i++) {
        const struct indicator_declaration *indicator = &declarations->indicators[i];
        const struct indicator_declaration *other =
            declarations_indicator(&earlier->declarations, indicator->id);
        if (other)
            return mem_format(
                "%s:%d: indicator '%s' is declared in %s:%d already; give one of them another id",
                script->file, indicator->line, indicator->id, other->file, other->line);
    }
    for (size_t i = 0; i < declarations->alert_count; i++) {
        const struct alert_declaration *alert = &declarations->alerts[i];
        const struct alert_declaration *other = declarations_alert(&earlier->declarations, alert->id);
        if (other)
            return mem_format("%s:%d: alert '%s' is declared in %s:%d already; give one of them another id",
                              script->file, alert->line, alert->id, other->file, other->line);
    }
    return NULL;
}

/* ---- what an instrument does not have ------------------------------------------------------------------ */

static bool has_text(char *const *texts, size_t count, const char *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(texts[i], wanted) == 0)
            return true;
    return false;
}

static char *unknown_level(const struct indicator_declaration *indicator,
                           const struct instrument_declaration *instrument)
{
    for (size_t i = 0; i < indicator->level_count; i++)
        if (!has_text(instrument->levels, instrument->level_count, indicator->levels[i])) {
            const char *nearest = nearest_name(indicator->levels[i], (const char *const *)instrument->levels,
                                               instrument->level_count);
            return mem_format(
                "%s:%d: indicator '%s' is by '%s', a level that instrument '%s' does not have%s%s%s",
                indicator->file, indicator->line, indicator->id, indicator->levels[i], instrument->id,
                nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
        }
    return NULL;
}

static char **item_ids(const struct instrument_declaration *instrument)
{
    char **ids = mem_alloc(instrument->item_count * sizeof *ids);
    for (size_t i = 0; i < instrument->item_count; i++)
        ids[i] = instrument->items[i].id;
    return ids;
}

static char *unknown_item(const struct indicator_declaration *indicator,
                          const struct instrument_declaration *instrument)
{
    char **ids = item_ids(instrument), *conflict = NULL;
    for (size_t i = 0; i < indicator->input_count; i++) {
        const struct input_declaration *input = &indicator->inputs[i];
        for (size_t k = 0; k < input->item_count && !conflict; k++) {
            if (has_text(ids, instrument->item_count, input->items[k]))
                continue;
            const char *nearest =
                nearest_name(input->items[k], (const char *const *)ids, instrument->item_count);
            conflict = mem_format(
                "%s:%d: input '%s' of indicator '%s' asks for item '%s', which instrument '%s' does "
                "not have%s%s%s",
                indicator->file, indicator->line, input->name, indicator->id, input->items[k], instrument->id,
                nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
        }
    }
    free(ids);
    return conflict;
}

static char *misfit_of_indicator(const struct indicator_declaration *indicator, const struct all_scripts *all)
{
    const struct instrument_declaration *instrument = NULL;
    for (size_t k = 0; k < all->count && !instrument && indicator->instrument; k++)
        if (counts(all->scripts[k]))
            instrument = declarations_instrument(&all->scripts[k]->declarations, indicator->instrument);
    if (!instrument)
        return NULL;
    char *conflict = unknown_level(indicator, instrument);
    return conflict ? conflict : unknown_item(indicator, instrument);
}

/* ---- what an indicator does not have ------------------------------------------------------------------- */

static char *misfit_of_alert(const struct alert_declaration *alert, const struct all_scripts *all)
{
    const struct indicator_declaration *indicator = NULL;
    for (size_t k = 0; k < all->count && !indicator; k++)
        if (counts(all->scripts[k]))
            indicator = declarations_indicator(&all->scripts[k]->declarations, alert->indicator);
    if (!indicator || !alert->level || has_text(indicator->levels, indicator->level_count, alert->level))
        return NULL;
    const char *nearest =
        nearest_name(alert->level, (const char *const *)indicator->levels, indicator->level_count);
    return mem_format("%s:%d: alert '%s' is at level '%s', which indicator '%s' is not computed by%s%s%s",
                      alert->file, alert->line, alert->id, alert->level, indicator->id,
                      nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
}

static char *find_misfit(const struct script *script, const struct all_scripts *all)
{
    const struct declarations *declarations = &script->declarations;
    char *conflict = NULL;
    for (size_t i = 0; i < declarations->indicator_count && !conflict; i++)
        conflict = misfit_of_indicator(&declarations->indicators[i], all);
    for (size_t i = 0; i < declarations->alert_count && !conflict; i++)
        conflict = misfit_of_alert(&declarations->alerts[i], all);
    return conflict;
}

void conflicts_find(struct script *const *scripts, size_t count)
{
    const struct all_scripts all = {scripts, count};
    for (size_t i = 0; i < count; i++) {
        free(scripts[i]->conflict);
        scripts[i]->conflict = NULL;
        for (size_t k = 0; k < i && !scripts[i]->conflict; k++)
            if (counts(scripts[k]))
                scripts[i]->conflict = find_duplicate(scripts[i], scripts[k]);
    }
    for (size_t i = 0; i < count; i++)
        if (counts(scripts[i]))
            scripts[i]->conflict = find_misfit(scripts[i], &all);
}
