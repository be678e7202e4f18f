/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Variables, without regard to where they are visible: a name that is defined anywhere in the script is known
 * everywhere in it. */
#include "script/lint/lint.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "script/offers.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_NAMES = 1000 };

struct variables {
    const struct lint *lint;
    struct map defined; /* by name */
    char **names;       /* the same, as far as a mistyped one is compared with them */
    size_t name_count;
    bool adds_to_libraries; /* functions of the script's own, as in function math.round() */
    struct map uses;        /* how often a name stands for a variable in the script itself */
};

static uint32_t *count_of(const struct map *map, const struct token *token)
{
    return map_find(map, token->value, token->value_length);
}

static void count_once(struct map *map, const struct token *token)
{
    uint32_t *count = count_of(map, token);
    if (count)
        ++*count;
    else
        map_add(map, token->value, token->value_length, 1);
}

/* ---- where a name is a variable ------------------------------------------------------------------------ */

/* local x <const> */
static bool is_attribute(const struct outline *outline, uint32_t at)
{
    return outline_is(outline, at - 1, "<") && outline_is(outline, at + 1, ">") &&
           (outline_says(outline, at, "const") || outline_says(outline, at, "close"));
}

static bool is_label(const struct outline *outline, uint32_t at)
{
    return outline_is(outline, at - 1, "goto") || outline_is(outline, at - 1, "::");
}

static bool is_variable(const struct outline *outline, uint32_t at)
{
    return outline_is_kind(outline, at, TOKEN_NAME) && !outline_is_member(outline, at) &&
           !outline_is_key(outline, at) && !is_attribute(outline, at) && !is_label(outline, at);
}

/* ---- where it is defined ------------------------------------------------------------------------------- */

static void define(struct variables *variables, const struct outline *outline, uint32_t at)
{
    const struct token *token = outline_token(outline, at);
    if (!is_variable(outline, at) || count_of(&variables->defined, token))
        return;
    count_once(&variables->defined, token);
    if (variables->name_count == MOST_NAMES)
        return;
    variables->names = mem_resize(variables->names, variables->name_count + 1, sizeof *variables->names);
    variables->names[variables->name_count++] = strndup(token->value, token->value_length);
}

/* "local a <const>, b", "for a, b in", behind their first word. */
static void define_list(struct variables *variables, const struct outline *outline, uint32_t at)
{
    for (;; at++) {
        define(variables, outline, at);
        at += outline_is(outline, at + 1, "<") ? 4 : 1;
        if (!outline_is(outline, at, ","))
            return;
    }
}

static void define_parameters(struct variables *variables, const struct outline *outline, uint32_t function)
{
    uint32_t at = function + 1;
    while (at < outline->tokens.count && !outline_is(outline, at, "("))
        define(variables, outline, at++); /* the function's own name */
    for (; at < outline->tokens.count && !outline_is(outline, at, ")"); at++)
        define(variables, outline, at);
}

/* "a, b = ", from its '='. In a table the '=' is that of a field, and what stands before it are keys and
 * other fields. */
static void define_assigned(struct variables *variables, const struct outline *outline, uint32_t at)
{
    if (outline_is(outline, outline->parent[at], "{"))
        return;
    do {
        if (at-- == 0)
            return;
        define(variables, outline, at);
    } while (at-- > 0 && outline_is(outline, at, ","));
}

static void find_definitions(struct variables *variables, const struct outline *outline)
{
    for (uint32_t at = 0; at < outline->tokens.count; at++) {
        if (outline_is(outline, at, "local") || outline_is(outline, at, "for"))
            define_list(variables, outline, at + 1);
        else if (outline_is(outline, at, "function"))
            define_parameters(variables, outline, at);
        else if (outline_is(outline, at, "="))
            define_assigned(variables, outline, at);
    }
}

/* ---- names that nothing stands behind ------------------------------------------------------------------ */

/* What Lua has elsewhere, and scripts do without. */
static bool is_withheld(const char *name)
{
    static const char *const withheld[] = {"io",     "os",         "debug",    "package",        "load",
                                           "dofile", "loadstring", "loadfile", "collectgarbage", NULL};
    return offers_has(withheld, name);
}

/* How Lua writes what goes by another name in other languages. NULL: it is none of them. */
static const char *own_word(const char *name)
{
    static const char *const words[][2] = {
        {"null", "nil"},  {"NULL", "nil"},      {"None", "nil"}, {"NaN", "nil"},     {"True", "true"},
        {"TRUE", "true"}, {"undefined", "nil"}, {"NA", "nil"},   {"False", "false"}, {"FALSE", "false"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], name) == 0)
            return words[i][1];
    return NULL;
}

static const char *nearest_variable(const struct variables *variables, const char *name)
{
    size_t count = 0;
    const char *word = own_word(name);
    if (word)
        return word;
    const char *own = nearest_name(name, (const char *const *)variables->names, variables->name_count);
    while (offers_globals[count])
        count++;
    return own ? own : nearest_name(name, offers_globals, count);
}

static void tell_undefined(const struct variables *variables, uint32_t at, const char *name)
{
    const struct lint *lint = variables->lint;
    const char *nearest = nearest_variable(variables, name);
    if (is_withheld(name))
        lint_tell(lint, SEVERITY_WARNING, "undefined-variable", at, at,
                  "'%s' is not there for scripts, which have no files, network, clock or code from texts",
                  name);
    else
        lint_tell(lint, SEVERITY_WARNING, "undefined-variable", at, at,
                  "nothing defines '%s', so it is nil%s%s%s", name, nearest ? "; did you mean '" : "",
                  nearest ? nearest : "", nearest ? "'?" : "");
}

/* ---- libraries, of which some functions are left out ----------------------------------------------------
 */

/* Why a function of Lua's library is left out; "": it never was in it. */
static const char *reason_left_out(const char *library, const char *name)
{
    static const struct {
        const char *library, *name, *reason;
    } left_out[] = {
        {"math", "random", ": an indicator is a function of its inputs, without chance"},
        {"math", "randomseed", ": an indicator is a function of its inputs, without chance"},
        {"string", "dump", ", since code is what stands in the file"},
        {"coroutine", "close", "; one that is not resumed any more does no harm"},
    };
    for (size_t i = 0; i < sizeof left_out / sizeof *left_out; i++)
        if (strcmp(left_out[i].library, library) == 0 && strcmp(left_out[i].name, name) == 0)
            return left_out[i].reason;
    return "";
}

static void tell_left_out(const struct variables *variables, uint32_t member, const char *library,
                          const char *name)
{
    const char *const *offers = offers_library(library);
    size_t count = 0;
    while (offers[count])
        count++;
    const char *reason = reason_left_out(library, name);
    const char *nearest = *reason ? NULL : nearest_name(name, offers, count);
    lint_tell(variables->lint, SEVERITY_WARNING, "undefined-variable", member, member,
              "%s.%s is not there for scripts%s%s%s%s%s%s", library, name, reason,
              nearest ? "; did you mean '" : "", nearest ? library : "", nearest ? "." : "",
              nearest ? nearest : "", nearest ? "'?" : "");
}

/* Of a library that the script adds functions to, nobody knows what it has. */
static bool adds_to(const struct outline *outline, uint32_t library)
{
    const uint32_t member = outline_member(outline, library);
    return member != NO_TOKEN && (outline_is(outline, library - 1, "function") ||
                                  outline_is(outline, outline_member_end(outline, member) + 1, "="));
}

static bool is_library(const struct token *token)
{
    char *name = strndup(token->value, token->value_length);
    const bool known = offers_library(name) != NULL;
    free(name);
    return known;
}

static void find_additions(struct variables *variables, const struct outline *outline)
{
    for (uint32_t at = 0; at < outline->tokens.count && !variables->adds_to_libraries; at++)
        variables->adds_to_libraries = outline_is_kind(outline, at, TOKEN_NAME) && adds_to(outline, at) &&
                                       is_library(outline_token(outline, at));
}

static void look_at_library(const struct variables *variables, uint32_t at, const char *library)
{
    const struct outline *outline = variables->lint->outline;
    const char *const *offers = offers_library(library);
    const uint32_t member = outline_member(outline, at);
    if (!offers || member == NO_TOKEN || variables->adds_to_libraries)
        return;
    const struct token *token = outline_token(outline, member);
    char *name = strndup(token->value, token->value_length);
    if (!offers_has(offers, name))
        tell_left_out(variables, member, library, name);
    free(name);
}

/* ---- the uses of names ----------------------------------------------------------------------------------
 */

static void look_at_variable(const struct variables *variables, uint32_t at)
{
    const struct token *token = outline_token(variables->lint->outline, at);
    if (count_of(&variables->defined, token))
        return;
    char *name = strndup(token->value, token->value_length);
    if (offers_has(offers_globals, name))
        look_at_library(variables, at, name);
    else
        tell_undefined(variables, at, name);
    free(name);
}

static bool reaches_environment(const struct outline *outline)
{
    const uint32_t count = (uint32_t)outline->tokens.count;
    return outline_find(outline, "_G", 0, count) != NO_TOKEN ||
           outline_find(outline, "_ENV", 0, count) != NO_TOKEN;
}

static bool environment_is_plain(const struct lint *lint)
{
    bool plain = !reaches_environment(lint->outline);
    for (size_t i = 0; i < lint->module_count; i++)
        plain &= !reaches_environment(&lint->modules[i]);
    return plain;
}

static void find_undefined(const struct variables *variables)
{
    const struct lint *lint = variables->lint;
    const struct outline *outline = lint->outline;
    for (uint32_t at = 0; at < outline->tokens.count && !findings_are_full(lint->findings); at++)
        if (is_variable(outline, at))
            look_at_variable(variables, at);
}

/* ---- local ones that are never used -------------------------------------------------------------------- */

static void look_at_local(const struct variables *variables, uint32_t at)
{
    const struct lint *lint = variables->lint;
    const struct token *token = outline_token(lint->outline, at);
    const uint32_t *uses = token->value ? count_of(&variables->uses, token) : NULL;
    if (!uses || *uses > 1 || token->value[0] == '_' || outline_is(lint->outline, at + 1, "<"))
        return;
    lint_tell(lint, SEVERITY_WARNING, "unused-local", at, at,
              "'%.*s' is never used; take it out, or begin its name with '_'", (int)token->value_length,
              token->value);
}

static void find_unused(const struct variables *variables)
{
    const struct lint *lint = variables->lint;
    const struct outline *outline = lint->outline;
    for (uint32_t at = 0; at < outline->tokens.count && !findings_are_full(lint->findings); at++) {
        if (!outline_is(outline, at, "local"))
            continue;
        uint32_t name = at + (outline_is(outline, at + 1, "function") ? 2 : 1);
        for (; outline_is_kind(outline, name, TOKEN_NAME); name += 2) {
            look_at_local(variables, name);
            name += outline_is(outline, name + 1, "<") ? 3 : 0;
            if (!outline_is(outline, name + 1, ","))
                break;
        }
    }
}

void lint_variables(const struct lint *lint)
{
    struct variables variables = {.lint = lint};
    const struct outline *outline = lint->outline;
    for (uint32_t at = 0; at < outline->tokens.count; at++)
        if (is_variable(outline, at))
            count_once(&variables.uses, outline_token(outline, at));
    find_definitions(&variables, outline);
    find_additions(&variables, outline);
    for (size_t i = 0; i < lint->module_count; i++) {
        find_definitions(&variables, &lint->modules[i]);
        find_additions(&variables, &lint->modules[i]);
    }
    if (environment_is_plain(lint)) {
        find_undefined(&variables);
        find_unused(&variables);
    }
    map_free(&variables.defined);
    map_free(&variables.uses);
    for (size_t i = 0; i < variables.name_count; i++)
        free(variables.names[i]);
    free(variables.names);
}
