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

static const struct instrument_declaration *instrument_of(const struct script *script, const char *id)
{
    for (size_t i = 0; i < script->declarations.instrument_count; i++)
        if (strcmp(script->declarations.instruments[i].id, id) == 0)
            return &script->declarations.instruments[i];
    return NULL;
}

static const struct indicator_declaration *indicator_of(const struct script *script, const char *id)
{
    for (size_t i = 0; i < script->declarations.indicator_count; i++)
        if (strcmp(script->declarations.indicators[i].id, id) == 0)
            return &script->declarations.indicators[i];
    return NULL;
}

/* ---- the same id twice --------------------------------------------------------------------------------- */

static char *find_duplicate(const struct script *script, const struct script *earlier)
{
    const struct declarations *declarations = &script->declarations;
    for (size_t i = 0; i < declarations->instrument_count; i++)
        if (instrument_of(earlier, declarations->instruments[i].id))
            return mem_format("%s: instrument '%s' is declared in %s already; give one of them another id",
                              script->file, declarations->instruments[i].id, earlier->file);
    for (size_t i = 0; i < declarations->indicator_count; i++) {
        const struct indicator_declaration *indicator = &declarations->indicators[i];
        const struct indicator_declaration *other = indicator_of(earlier, indicator->id);
        if (other)
            return mem_format(
                "%s:%d: indicator '%s' is declared in %s:%d already; give one of them another id",
                script->file, indicator->line, indicator->id, other->file, other->line);
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

static char *find_misfit(const struct script *script, const struct all_scripts *all)
{
    for (size_t i = 0; i < script->declarations.indicator_count; i++) {
        const struct indicator_declaration *indicator = &script->declarations.indicators[i];
        const struct instrument_declaration *instrument = NULL;
        for (size_t k = 0; k < all->count && !instrument; k++)
            if (counts(all->scripts[k]))
                instrument = instrument_of(all->scripts[k], indicator->instrument);
        if (!instrument)
            continue;
        char *conflict = unknown_level(indicator, instrument);
        if (!conflict)
            conflict = unknown_item(indicator, instrument);
        if (conflict)
            return conflict;
    }
    return NULL;
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
