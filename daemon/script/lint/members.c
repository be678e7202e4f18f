/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/lint/lint.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "script/offers.h"

#include <stdlib.h>
#include <string.h>

/* An indicator, and what its compute does with g. */
struct computing {
    const struct lint *lint;
    const struct indicator_declaration *indicator;
    const struct instrument_declaration *instrument; /* NULL: of events, or it is not known */
    const struct outline_call *call;
    bool written_out; /* `compute` is a function of g, in the declaration */
    struct outline_function compute;
    bool strays;         /* g goes elsewhere: its members may be used there */
    bool params_stray;   /* g.params does */
    const char **inputs; /* their names; ends with NULL */
};

static char *token_text(const struct lint *lint, uint32_t at)
{
    const struct token *token = outline_token(lint->outline, at);
    return strndup(token->value, token->value_length);
}

/* The function that a field of the declaration is; false: it is something else. */
static bool field_function(const struct outline *outline, uint32_t table, const char *key,
                           struct outline_function *function)
{
    const uint32_t field = outline_field(outline, table, key);
    return field != NO_TOKEN && outline_function(outline, field + 2, function) &&
           outline_field_end(outline, field) == function->end + 1;
}

/* Calls `look` for each member of a parameter; false: the parameter strays, and nothing is certain. */
typedef void (*look_fn)(void *data, uint32_t member);
static bool each_member(const struct lint *lint, const struct outline_function *function, size_t parameter,
                        look_fn look, void *data)
{
    bool strays = function->variadic;
    if (parameter >= function->count)
        return !strays;
    uint32_t at = outline_next_member(lint->outline, function, parameter, function->first, &strays);
    for (; at != NO_TOKEN && !findings_are_full(lint->findings);
         at = outline_next_member(lint->outline, function, parameter, at, &strays))
        if (look)
            look(data, at);
    return !strays;
}

/* ---- g ------------------------------------------------------------------------------------------------- */

/* g.previous and its likes are groups themselves, and may go anywhere. */
static bool is_relation(const struct outline *outline, uint32_t member)
{
    return outline_says(outline, member, "previous") || outline_says(outline, member, "parent") ||
           outline_says(outline, member, "peers") || outline_says(outline, member, "children");
}

static void follow_member(void *data, uint32_t member)
{
    struct computing *computing = data;
    const struct outline *outline = computing->lint->outline;
    if (is_relation(outline, member))
        computing->strays = true;
    if (!outline_says(outline, member, "params"))
        return;
    const uint32_t param = outline_member(outline, outline_member_end(outline, member));
    if (param == NO_TOKEN || outline_is(outline, outline_member_end(outline, param) + 1, "="))
        computing->params_stray = true;
}

static const struct input_declaration *find_input(const struct indicator_declaration *indicator,
                                                  const char *name)
{
    for (size_t i = 0; i < indicator->input_count; i++)
        if (strcmp(indicator->inputs[i].name, name) == 0)
            return &indicator->inputs[i];
    return NULL;
}

/* g.knowledge.maen */
static void look_at_input(const struct computing *computing, const struct input_declaration *input,
                          uint32_t member)
{
    const struct outline *outline = computing->lint->outline;
    const uint32_t statistic = outline_member(outline, outline_member_end(outline, member));
    if (statistic == NO_TOKEN)
        return;
    char *given = token_text(computing->lint, statistic);
    if (!offers_has(offers_input(input->kind), given)) {
        char *nearest = offers_input_suggestion(input->kind, given);
        lint_tell(computing->lint, SEVERITY_ERROR, "unknown-member", statistic, statistic,
                  "input '%s', made by w.%s, has no '%s'%s", input->name, input_kind_word(input->kind), given,
                  nearest);
        free(nearest);
    }
    free(given);
}

/* g.params.flor, which is nil */
static void look_at_param(const struct computing *computing, uint32_t member)
{
    const struct outline *outline = computing->lint->outline;
    const uint32_t param = outline_member(outline, outline_member_end(outline, member));
    if (param == NO_TOKEN || computing->params_stray)
        return;
    char *given = token_text(computing->lint, param);
    const struct indicator_declaration *indicator = computing->indicator;
    const char **names = mem_alloc((indicator->param_count + 1) * sizeof *names);
    memcpy(names, indicator->params, indicator->param_count * sizeof *names);
    if (!offers_has(names, given)) {
        char *nearest =
            names[0] ? offers_suggestion(names, given, "it") : mem_copy_text("; it has no 'params'");
        lint_tell(computing->lint, SEVERITY_WARNING, "unknown-param", param, param,
                  "indicator '%s' has no parameter '%s', so this is nil%s", indicator->id, given, nearest);
        free(nearest);
    }
    free(names);
    free(given);
}

static size_t length_of(const char *const *names)
{
    size_t count = 0;
    while (names[count])
        count++;
    return count;
}

/* The inputs first: they are what somebody most likely meant. */
static char *suggest_member(const struct computing *computing, const char *given)
{
    const bool like_input = nearest_name(given, computing->inputs, length_of(computing->inputs));
    const bool like_other = nearest_name(given, offers_group, length_of(offers_group));
    return offers_suggestion(like_input || !like_other ? computing->inputs : offers_group, given, "it");
}

static void look_at_member(void *data, uint32_t member)
{
    const struct computing *computing = data;
    char *given = token_text(computing->lint, member);
    const struct input_declaration *input = find_input(computing->indicator, given);
    if (input) {
        look_at_input(computing, input, member);
    } else if (strcmp(given, "params") == 0) {
        look_at_param(computing, member);
    } else if (!offers_has(offers_group, given)) {
        char *nearest = suggest_member(computing, given);
        lint_tell(computing->lint, SEVERITY_ERROR, "unknown-input", member, member,
                  "indicator '%s' has no input '%s'%s", computing->indicator->id, given, nearest);
        free(nearest);
    }
    free(given);
}

static const char **names_of_inputs(const struct indicator_declaration *indicator)
{
    const char **names = mem_alloc((indicator->input_count + 1) * sizeof *names);
    for (size_t i = 0; i < indicator->input_count; i++)
        names[i] = indicator->inputs[i].name;
    return names;
}

/* ---- what nobody uses ---------------------------------------------------------------------------------- */

static bool occurs_anywhere(const struct lint *lint, const char *name)
{
    if (lint->outline->dynamic ||
        outline_find_plain(lint->outline, name, 0, (uint32_t)lint->outline->tokens.count) != NO_TOKEN)
        return true;
    for (size_t i = 0; i < lint->module_count; i++) {
        const struct outline *module = &lint->modules[i];
        if (module->dynamic ||
            outline_find_plain(module, name, 0, (uint32_t)module->tokens.count) != NO_TOKEN)
            return true;
    }
    return false;
}

static bool is_used(const struct computing *computing, const char *name, bool strays)
{
    if (!computing->written_out || strays)
        return occurs_anywhere(computing->lint, name);
    return outline_find_plain(computing->lint->outline, name, computing->compute.first,
                              computing->compute.end) != NO_TOKEN;
}

static void look_for_use(const struct computing *computing, const char *key, const char *name, bool strays)
{
    const struct outline *outline = computing->lint->outline;
    const bool input = strcmp(key, "inputs") == 0;
    const uint32_t table = outline_field_table(outline, computing->call->table, key);
    const uint32_t at = table == NO_TOKEN ? NO_TOKEN : outline_field(outline, table, name);
    if (at == NO_TOKEN || is_used(computing, name, strays))
        return;
    lint_tell(computing->lint, SEVERITY_WARNING, input ? "unused-input" : "unused-param", at, at,
              "%s '%s' of indicator '%s' is never used; use it as g.%s%s in compute, or take it out",
              input ? "input" : "parameter", name, computing->indicator->id, input ? "" : "params.", name);
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

static void tell_no_item(const struct computing *computing, uint32_t member, const char *given)
{
    const struct instrument_declaration *instrument = computing->instrument;
    const char **ids = mem_alloc(instrument->item_count * sizeof *ids);
    for (size_t i = 0; i < instrument->item_count; i++)
        ids[i] = instrument->items[i].id;
    const char *nearest = nearest_name(given, ids, instrument->item_count);
    lint_tell(computing->lint, SEVERITY_ERROR, "unknown-item", member, member,
              "instrument '%s' has no item '%s'%s%s%s", instrument->id, given,
              nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    free(ids);
}

static void look_at_item(void *data, uint32_t member)
{
    const struct computing *computing = data;
    char *given = token_text(computing->lint, member);
    if (!instrument_item(computing->instrument, given))
        tell_no_item(computing, member, given);
    free(given);
}

static void look_at_event_member(void *data, uint32_t member)
{
    const struct computing *computing = data;
    char *given = token_text(computing->lint, member);
    if (!offers_has(offers_event, given)) {
        char *nearest = offers_suggestion(offers_event, given, "it");
        lint_tell(computing->lint, SEVERITY_ERROR, "unknown-item", member, member, "an event has no '%s'%s",
                  given, nearest);
        free(nearest);
    }
    free(given);
}

/* name = w.derive(function(r) ... end) */
static void look_at_derive(struct computing *computing, uint32_t inputs, const char *name)
{
    const struct lint *lint = computing->lint;
    const uint32_t key = outline_field(lint->outline, inputs, name);
    struct outline_function derive;
    if (key == NO_TOKEN || !outline_says(lint->outline, key + 4, "derive") ||
        !outline_is(lint->outline, key + 5, "(") || !outline_function(lint->outline, key + 6, &derive))
        return;
    if (each_member(lint, &derive, 0, NULL, NULL))
        each_member(lint, &derive, 0, computing->indicator->instrument ? look_at_item : look_at_event_member,
                    computing);
}

/* ---- indicators ---------------------------------------------------------------------------------------- */

static void look_at_inputs(struct computing *computing)
{
    const struct indicator_declaration *indicator = computing->indicator;
    const uint32_t inputs = outline_field_table(computing->lint->outline, computing->call->table, "inputs");
    for (size_t i = 0; i < indicator->input_count && inputs != NO_TOKEN; i++) {
        const struct input_declaration *input = &indicator->inputs[i];
        look_for_use(computing, "inputs", input->name, computing->strays);
        if (input->kind == INPUT_MADE || (input->kind == INPUT_DERIVE && computing->instrument))
            look_at_derive(computing, inputs, input->name);
    }
}

static void look_at_indicator(const struct lint *lint, const struct indicator_declaration *indicator,
                              const struct outline_call *call)
{
    struct computing computing = {.lint = lint, .indicator = indicator, .call = call};
    for (size_t i = 0; i < lint->all->count && indicator->instrument && !computing.instrument; i++)
        computing.instrument = declarations_instrument(lint->all->list[i], indicator->instrument);
    computing.written_out =
        field_function(lint->outline, computing.call->table, "compute", &computing.compute);
    computing.inputs = names_of_inputs(indicator);
    const bool certain =
        computing.written_out && each_member(lint, &computing.compute, 0, follow_member, &computing);
    if (certain)
        each_member(lint, &computing.compute, 0, look_at_member, &computing);
    computing.strays |= !certain;
    look_at_inputs(&computing);
    for (size_t i = 0; i < indicator->param_count; i++)
        look_for_use(&computing, "params", indicator->params[i], !certain || computing.params_stray);
    free(computing.inputs);
}

/* ---- alerts -------------------------------------------------------------------------------------------- */

static void look_at_result(void *data, uint32_t member)
{
    const struct lint *lint = data;
    char *given = token_text(lint, member);
    if (!offers_has(offers_result, given)) {
        char *nearest = offers_suggestion(offers_result, given, "it");
        lint_tell(lint, SEVERITY_ERROR, "unknown-member", member, member, "a result has no '%s'%s", given,
                  nearest);
        free(nearest);
    }
    free(given);
}

static void look_at_alert(const struct lint *lint, const struct outline_call *call)
{
    static const char *const keys[] = {"raise", "clear"};
    for (size_t i = 0; i < 2; i++) {
        struct outline_function function;
        if (!field_function(lint->outline, call->table, keys[i], &function))
            continue;
        for (size_t parameter = 0; parameter < 2; parameter++)
            if (each_member(lint, &function, parameter, NULL, NULL))
                each_member(lint, &function, parameter, look_at_result, (void *)lint);
    }
}

/* Declarations that one piece of code makes several of differ in what cannot be seen in it: NULL. */
static const struct outline_call *own_call(const struct lint *lint, const char *kind, const char *id,
                                           int line)
{
    const struct declarations *declarations = lint->declarations;
    const struct outline_call *call = outline_call(lint->outline, kind, id, line);
    size_t count = 0;
    for (size_t i = 0; i < declarations->indicator_count; i++)
        count += declarations->indicators[i].line == line;
    for (size_t i = 0; i < declarations->alert_count; i++)
        count += declarations->alerts[i].line == line;
    return call && (count == 1 || call->id != NO_TOKEN) ? call : NULL;
}

void lint_members(const struct lint *lint)
{
    const struct declarations *declarations = lint->declarations;
    for (size_t i = 0; i < declarations->indicator_count && !findings_are_full(lint->findings); i++) {
        const struct indicator_declaration *one = &declarations->indicators[i];
        const struct outline_call *call = own_call(lint, "indicator", one->id, one->line);
        if (call)
            look_at_indicator(lint, one, call);
    }
    for (size_t i = 0; i < declarations->alert_count && !findings_are_full(lint->findings); i++) {
        const struct alert_declaration *one = &declarations->alerts[i];
        const struct outline_call *call = own_call(lint, "alert", one->id, one->line);
        if (call)
            look_at_alert(lint, call);
    }
}
