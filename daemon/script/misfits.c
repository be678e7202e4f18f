/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/misfits.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct search {
    const struct declarations_list *others;
    misfit_fn found;
    void *data;
    bool enough;
};

static void tell(struct search *search, struct misfit misfit, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void tell(struct search *search, struct misfit misfit, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = mem_format_list(format, arguments);
    va_end(arguments);
    misfit.message = message;
    if (!search->enough && !search->found(search->data, &misfit))
        search->enough = true;
    free(message);
}

/* "; did you mean 'x'?", or nothing. To be freed. */
static char *suggestion(const char *given, char *const *names, size_t count)
{
    const char *nearest = nearest_name(given, (const char *const *)names, count);
    return nearest ? mem_format("; did you mean '%s'?", nearest) : mem_copy_text("");
}

static bool has_text(char *const *texts, size_t count, const char *wanted)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(texts[i], wanted) == 0)
            return true;
    return false;
}

/* ---- who declares what --------------------------------------------------------------------------------- */

static const struct instrument_declaration *find_instrument(const struct declarations_list *all,
                                                            const char *id)
{
    const struct instrument_declaration *found = NULL;
    for (size_t i = 0; i < all->count && !found; i++)
        found = declarations_instrument(all->list[i], id);
    return found;
}

static const struct indicator_declaration *find_indicator(const struct declarations_list *all, const char *id)
{
    const struct indicator_declaration *found = NULL;
    for (size_t i = 0; i < all->count && !found; i++)
        found = declarations_indicator(all->list[i], id);
    return found;
}

static const struct alert_declaration *find_alert(const struct declarations_list *all, const char *id)
{
    const struct alert_declaration *found = NULL;
    for (size_t i = 0; i < all->count && !found; i++)
        found = declarations_alert(all->list[i], id);
    return found;
}

/* NULL: it declares no more. */
static char *instrument_id(const struct declarations *declarations, size_t at)
{
    return at < declarations->instrument_count ? declarations->instruments[at].id : NULL;
}

static char *indicator_id(const struct declarations *declarations, size_t at)
{
    return at < declarations->indicator_count ? declarations->indicators[at].id : NULL;
}

/* As `suggestion`, among all that is declared of a kind. */
static char *suggest_declared(const struct search *search, const char *given,
                              char *(*id_at)(const struct declarations *declarations, size_t at))
{
    char **ids = NULL, *id;
    size_t count = 0;
    for (size_t i = 0; i < search->others->count; i++)
        for (size_t k = 0; (id = id_at(search->others->list[i], k)) != NULL; k++) {
            ids = mem_resize(ids, count + 1, sizeof *ids);
            ids[count++] = id;
        }
    char *nearest = suggestion(given, ids, count);
    free(ids);
    return nearest;
}

/* ---- where a misfit is --------------------------------------------------------------------------------- */

static struct misfit in_instrument(const struct instrument_declaration *instrument, const char *code)
{
    return (struct misfit){.code = code,
                           .file = instrument->file,
                           .line = instrument->line,
                           .kind = "instrument",
                           .id = instrument->id};
}

static struct misfit in_indicator(const struct indicator_declaration *indicator, const char *code)
{
    return (struct misfit){.code = code,
                           .file = indicator->file,
                           .line = indicator->line,
                           .kind = "indicator",
                           .id = indicator->id};
}

static struct misfit in_alert(const struct alert_declaration *alert, const char *code)
{
    return (struct misfit){
        .code = code, .file = alert->file, .line = alert->line, .kind = "alert", .id = alert->id};
}

/* ---- the same id twice --------------------------------------------------------------------------------- */

static void tell_duplicate(struct search *search, struct misfit misfit, const char *file, int line)
{
    misfit.key = "id";
    misfit.name = misfit.id;
    tell(search, misfit, "%s '%s' is declared in %s:%d already; give one of them another id", misfit.kind,
         misfit.id, file, line);
}

void misfits_duplicates(const struct declarations *declarations, const struct declarations_list *earlier,
                        misfit_fn found, void *data)
{
    struct search search = {.others = earlier, .found = found, .data = data};
    static const char code[] = "duplicate-id";
    for (size_t i = 0; i < declarations->instrument_count && !search.enough; i++) {
        const struct instrument_declaration *one = &declarations->instruments[i];
        const struct instrument_declaration *other = find_instrument(earlier, one->id);
        if (other)
            tell_duplicate(&search, in_instrument(one, code), other->file, other->line);
    }
    for (size_t i = 0; i < declarations->indicator_count && !search.enough; i++) {
        const struct indicator_declaration *one = &declarations->indicators[i];
        const struct indicator_declaration *other = find_indicator(earlier, one->id);
        if (other)
            tell_duplicate(&search, in_indicator(one, code), other->file, other->line);
    }
    for (size_t i = 0; i < declarations->alert_count && !search.enough; i++) {
        const struct alert_declaration *one = &declarations->alerts[i];
        const struct alert_declaration *other = find_alert(earlier, one->id);
        if (other)
            tell_duplicate(&search, in_alert(one, code), other->file, other->line);
    }
}

/* ---- what an instrument does not have ------------------------------------------------------------------ */

static void find_levels(struct search *search, const struct indicator_declaration *indicator,
                        const struct instrument_declaration *instrument)
{
    for (size_t i = 0; i < indicator->level_count; i++) {
        if (has_text(instrument->levels, instrument->level_count, indicator->levels[i]))
            continue;
        struct misfit misfit = in_indicator(indicator, "unknown-level");
        misfit.key = "by";
        misfit.name = indicator->levels[i];
        char *nearest = suggestion(misfit.name, instrument->levels, instrument->level_count);
        tell(search, misfit, "indicator '%s' is by '%s', a level that instrument '%s' does not have%s",
             indicator->id, misfit.name, instrument->id, nearest);
        free(nearest);
    }
}

static char **item_ids(const struct instrument_declaration *instrument)
{
    char **ids = mem_alloc(instrument->item_count * sizeof *ids);
    for (size_t i = 0; i < instrument->item_count; i++)
        ids[i] = instrument->items[i].id;
    return ids;
}

static void find_items(struct search *search, const struct indicator_declaration *indicator,
                       const struct instrument_declaration *instrument)
{
    char **ids = item_ids(instrument);
    for (size_t i = 0; i < indicator->input_count; i++) {
        const struct input_declaration *input = &indicator->inputs[i];
        for (size_t k = 0; k < input->item_count && !search->enough; k++) {
            if (instrument_item(instrument, input->items[k]))
                continue;
            struct misfit misfit = in_indicator(indicator, "unknown-item");
            misfit.key = "inputs";
            misfit.input = input->name;
            misfit.name = input->items[k];
            char *nearest = suggestion(misfit.name, ids, instrument->item_count);
            tell(search, misfit,
                 "input '%s' of indicator '%s' asks for item '%s', which instrument '%s' does not have%s",
                 input->name, indicator->id, misfit.name, instrument->id, nearest);
            free(nearest);
        }
    }
    free(ids);
}

static void tell_no_instrument(struct search *search, const struct indicator_declaration *indicator)
{
    struct misfit misfit = in_indicator(indicator, "unknown-instrument");
    misfit.waits = true;
    misfit.key = "source";
    misfit.name = indicator->instrument;
    char *nearest = suggest_declared(search, misfit.name, instrument_id);
    tell(search, misfit,
         "indicator '%s' is of instrument '%s', which no script here declares, so it is not computed%s",
         indicator->id, misfit.name, nearest);
    free(nearest);
}

static void find_in_indicator(struct search *search, const struct indicator_declaration *indicator)
{
    const struct instrument_declaration *instrument =
        indicator->instrument ? find_instrument(search->others, indicator->instrument) : NULL;
    if (instrument) {
        find_levels(search, indicator, instrument);
        find_items(search, indicator, instrument);
    } else if (indicator->instrument) {
        tell_no_instrument(search, indicator);
    }
}

/* ---- what an indicator does not have ------------------------------------------------------------------- */

static void tell_no_indicator(struct search *search, const struct alert_declaration *alert)
{
    struct misfit misfit = in_alert(alert, "unknown-indicator");
    misfit.waits = true;
    misfit.key = "on";
    misfit.name = alert->indicator;
    char *nearest = suggest_declared(search, misfit.name, indicator_id);
    tell(search, misfit,
         "alert '%s' is on indicator '%s', which no script here declares, so it never fires%s", alert->id,
         misfit.name, nearest);
    free(nearest);
}

static void find_in_alert(struct search *search, const struct alert_declaration *alert)
{
    const struct indicator_declaration *indicator = find_indicator(search->others, alert->indicator);
    if (!indicator) {
        tell_no_indicator(search, alert);
        return;
    }
    if (!alert->level || has_text(indicator->levels, indicator->level_count, alert->level))
        return;
    struct misfit misfit = in_alert(alert, "unknown-level");
    misfit.key = "level";
    misfit.name = alert->level;
    char *nearest = suggestion(alert->level, indicator->levels, indicator->level_count);
    tell(search, misfit, "alert '%s' is at level '%s', which indicator '%s' is not computed by%s", alert->id,
         alert->level, indicator->id, nearest);
    free(nearest);
}

void misfits_unknown(const struct declarations *declarations, const struct declarations_list *all,
                     misfit_fn found, void *data)
{
    struct search search = {.others = all, .found = found, .data = data};
    for (size_t i = 0; i < declarations->indicator_count && !search.enough; i++)
        find_in_indicator(&search, &declarations->indicators[i]);
    for (size_t i = 0; i < declarations->alert_count && !search.enough; i++)
        find_in_alert(&search, &declarations->alerts[i]);
}
