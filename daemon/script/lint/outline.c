/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/lint/outline.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Lua nests no deeper: what does is not loaded, and only costs time. */
enum { DEEPEST = 250 };

/* ---- tokens -------------------------------------------------------------------------------------------- */

bool outline_is(const struct outline *outline, uint32_t at, const char *word)
{
    return at < outline->tokens.count && token_is(outline_token(outline, at), word);
}

bool outline_is_kind(const struct outline *outline, uint32_t at, enum token_kind kind)
{
    return at < outline->tokens.count && outline_token(outline, at)->kind == kind;
}

bool outline_says(const struct outline *outline, uint32_t at, const char *value)
{
    if (!outline_is_kind(outline, at, TOKEN_NAME) && !outline_is_kind(outline, at, TOKEN_STRING))
        return false;
    const struct token *token = outline_token(outline, at);
    return token->value_length == strlen(value) && memcmp(token->value, value, token->value_length) == 0;
}

/* ---- brackets and blocks ------------------------------------------------------------------------------- */

static bool opens(const struct token *token)
{
    static const char *const openers[] = {"(", "{", "[", "function", "do", "if", "repeat"};
    for (size_t i = 0; i < sizeof openers / sizeof *openers; i++)
        if (token_is(token, openers[i]))
            return true;
    return false;
}

static bool closes(const struct token *token, const struct token *opener)
{
    static const char *const pairs[][2] = {{"(", ")"},          {"{", "}"},    {"[", "]"},
                                           {"function", "end"}, {"do", "end"}, {"if", "end"},
                                           {"repeat", "until"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (token_is(opener, pairs[i][0]))
            return token_is(token, pairs[i][1]);
    return false;
}

/* In a text that is no Lua, what closes nothing is passed over. */
static void nest(struct outline *outline)
{
    const uint32_t count = (uint32_t)outline->tokens.count;
    outline->parent = mem_alloc(count * sizeof *outline->parent);
    outline->partner = mem_alloc(count * sizeof *outline->partner);
    uint32_t open = NO_TOKEN, depth = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct token *token = outline_token(outline, i);
        outline->partner[i] = NO_TOKEN;
        if (open != NO_TOKEN && closes(token, outline_token(outline, open))) {
            outline->partner[open] = i;
            open = outline->parent[open];
            depth--;
        }
        outline->parent[i] = open;
        if (!opens(token))
            continue;
        open = i;
        depth++;
        outline->deepest = depth > outline->deepest ? depth : outline->deepest;
    }
}

/* ---- where names occur --------------------------------------------------------------------------------- */

static int compare_values(const struct token *left, const struct token *right)
{
    const uint32_t shorter =
        left->value_length < right->value_length ? left->value_length : right->value_length;
    const int order = memcmp(left->value, right->value, shorter);
    if (order)
        return order;
    return (left->value_length > right->value_length) - (left->value_length < right->value_length);
}

static int by_value(const void *left, const void *right, void *data)
{
    const uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    const struct outline *outline = data;
    const int order = compare_values(outline_token(outline, a), outline_token(outline, b));
    return order ? order : (a > b) - (a < b);
}

static void sort_values(struct outline *outline, struct value_index *index)
{
    if (index->count)
        qsort_r(index->list, index->count, sizeof *index->list, by_value, outline);
}

static void index_values(struct outline *outline)
{
    const uint32_t count = (uint32_t)outline->tokens.count;
    outline->values.list = mem_alloc(count * sizeof *outline->values.list);
    outline->plain.list = mem_alloc(count * sizeof *outline->plain.list);
    for (uint32_t i = 0; i < count; i++) {
        if (!outline_is_kind(outline, i, TOKEN_NAME) && !outline_is_kind(outline, i, TOKEN_STRING))
            continue;
        outline->values.list[outline->values.count++] = i;
        if (!outline_is_key(outline, i))
            outline->plain.list[outline->plain.count++] = i;
    }
    sort_values(outline, &outline->values);
    sort_values(outline, &outline->plain);
}

static uint32_t find_value(const struct outline *outline, const struct value_index *index, const char *value,
                           uint32_t from, uint32_t end)
{
    const struct token wanted = {.value = value, .value_length = (uint32_t)strlen(value)};
    size_t low = 0, high = index->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const uint32_t at = index->list[middle];
        const int order = compare_values(outline_token(outline, at), &wanted);
        if (order < 0 || (order == 0 && at < from))
            low = middle + 1;
        else
            high = middle;
    }
    const uint32_t found = low < index->count ? index->list[low] : NO_TOKEN;
    return found < end && compare_values(outline_token(outline, found), &wanted) == 0 ? found : NO_TOKEN;
}

uint32_t outline_find(const struct outline *outline, const char *value, uint32_t from, uint32_t end)
{
    return find_value(outline, &outline->values, value, from, end);
}

uint32_t outline_find_plain(const struct outline *outline, const char *value, uint32_t from, uint32_t end)
{
    return find_value(outline, &outline->plain, value, from, end);
}

/* ---- tables and functions ------------------------------------------------------------------------------ */

bool outline_is_key(const struct outline *outline, uint32_t at)
{
    return outline_is_kind(outline, at, TOKEN_NAME) && outline_is(outline, outline->parent[at], "{") &&
           outline_is(outline, at + 1, "=") &&
           (outline_is(outline, at - 1, "{") || outline_is(outline, at - 1, ",") ||
            outline_is(outline, at - 1, ";"));
}

bool outline_is_member(const struct outline *outline, uint32_t at)
{
    return at > 0 && (outline_is(outline, at - 1, ".") || outline_is(outline, at - 1, ":"));
}

uint32_t outline_field(const struct outline *outline, uint32_t table, const char *key)
{
    const uint32_t end = outline->partner[table];
    uint32_t at = outline_find(outline, key, table, end);
    while (at != NO_TOKEN && !(outline->parent[at] == table && outline_is_key(outline, at)))
        at = outline_find(outline, key, at + 1, end);
    return at;
}

uint32_t outline_field_end(const struct outline *outline, uint32_t key)
{
    uint32_t at = key + 1;
    while (at < outline->tokens.count && !outline_is(outline, at, ",") && !outline_is(outline, at, ";") &&
           !outline_is(outline, at, "}"))
        at = outline->partner[at] == NO_TOKEN ? at + 1 : outline->partner[at] + 1;
    return at;
}

uint32_t outline_field_table(const struct outline *outline, uint32_t table, const char *key)
{
    const uint32_t field = outline_field(outline, table, key);
    if (field == NO_TOKEN || !outline_is(outline, field + 2, "{") ||
        outline_field_end(outline, field) != outline->partner[field + 2] + 1)
        return NO_TOKEN;
    return field + 2;
}

bool outline_function(const struct outline *outline, uint32_t at, struct outline_function *function)
{
    if (!outline_is(outline, at, "function") || outline->partner[at] == NO_TOKEN ||
        !outline_is(outline, at + 1, "("))
        return false;
    *function = (struct outline_function){.first = at, .end = outline->partner[at]};
    for (uint32_t i = at + 2; !outline_is(outline, i, ")") && i < function->end; i++) {
        function->variadic |= outline_is(outline, i, "...");
        if (outline_is_kind(outline, i, TOKEN_NAME) && function->count < MOST_PARAMETERS)
            function->parameters[function->count++] = i;
    }
    return true;
}

uint32_t outline_member(const struct outline *outline, uint32_t at)
{
    const bool named = outline_is(outline, at + 1, ".") || outline_is(outline, at + 1, ":");
    if (named && outline_is_kind(outline, at + 2, TOKEN_NAME))
        return at + 2;
    const bool indexed = outline_is(outline, at + 1, "[") && outline_is(outline, at + 3, "]");
    return indexed && outline_is_kind(outline, at + 2, TOKEN_STRING) ? at + 2 : NO_TOKEN;
}

uint32_t outline_member_end(const struct outline *outline, uint32_t member)
{
    return outline_is_kind(outline, member, TOKEN_STRING) ? member + 1 : member;
}

/* The text of a name, to look for others of it. To be freed. */
static char *value_of(const struct token *token)
{
    return strndup(token->value, token->value_length);
}

uint32_t outline_next_member(const struct outline *outline, const struct outline_function *function,
                             size_t parameter, uint32_t from, bool *strays)
{
    const uint32_t own = function->parameters[parameter];
    char *name = value_of(outline_token(outline, own));
    uint32_t member = NO_TOKEN, at = from;
    while (member == NO_TOKEN && (at = outline_find_plain(outline, name, at, function->end)) != NO_TOKEN) {
        if (at != own && outline_is_kind(outline, at, TOKEN_NAME) && !outline_is_member(outline, at)) {
            member = outline_member(outline, at);
            if (member == NO_TOKEN || outline_is(outline, outline_member_end(outline, member) + 1, "=") ||
                outline_is(outline, at - 1, "function"))
                *strays = true;
        }
        at++;
    }
    free(name);
    return member;
}

/* ---- declarations -------------------------------------------------------------------------------------- */

/* The text that a field is, where it is one and no more. */
static uint32_t field_text(const struct outline *outline, uint32_t table, const char *key)
{
    const uint32_t field = outline_field(outline, table, key);
    if (field == NO_TOKEN || !outline_is_kind(outline, field + 2, TOKEN_STRING) ||
        outline_field_end(outline, field) != field + 3)
        return NO_TOKEN;
    return field + 2;
}

static void add_call(struct outline *outline, struct outline_call call)
{
    const size_t count = outline->call_count;
    if ((count & (count - 1)) == 0) /* full: there is room for a power of two */
        outline->calls = mem_resize(outline->calls, count ? 2 * count : 1, sizeof call);
    outline->calls[outline->call_count++] = call;
}

static void find_calls(struct outline *outline)
{
    static const char *const kinds[] = {"instrument", "indicator", "alert"};
    const uint32_t count = (uint32_t)outline->tokens.count;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (uint32_t at = 0; (at = outline_find(outline, kinds[i], at, count)) != NO_TOKEN; at++) {
            const uint32_t table = outline_is(outline, at + 1, "(") ? at + 2 : at + 1;
            if (outline_is_member(outline, at) && outline_is(outline, table, "{") &&
                outline->partner[table] != NO_TOKEN)
                add_call(outline, (struct outline_call){
                                      .name = at, .table = table, .id = field_text(outline, table, "id")});
        }
}

static bool is_on_line(const struct outline *outline, const struct outline_call *call, int line)
{
    return outline_token(outline, call->name)->line == (uint32_t)line ||
           outline_token(outline, call->table)->line == (uint32_t)line;
}

const struct outline_call *outline_call(const struct outline *outline, const char *kind, const char *id,
                                        int line)
{
    const struct outline_call *on_line = NULL;
    size_t candidates = 0;
    for (size_t i = 0; i < outline->call_count; i++) {
        const struct outline_call *call = &outline->calls[i];
        if (!outline_says(outline, call->name, kind))
            continue;
        if (call->id != NO_TOKEN && outline_says(outline, call->id, id))
            return call;
        if (call->id == NO_TOKEN && is_on_line(outline, call, line)) {
            on_line = call;
            candidates++;
        }
    }
    return candidates == 1 ? on_line : NULL;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

/* x[i] and x["a" .. b], but not x[1], x["a"] and the [key] of a table. */
static bool is_dynamic_index(const struct outline *outline, uint32_t at)
{
    if (!outline_is(outline, at, "[") || at == 0 || outline_is(outline, at - 1, "{") ||
        outline_is(outline, at - 1, ",") || outline_is(outline, at - 1, ";"))
        return false;
    return !(
        (outline_is_kind(outline, at + 1, TOKEN_STRING) || outline_is_kind(outline, at + 1, TOKEN_NUMBER)) &&
        outline->partner[at] == at + 2);
}

static bool is_dynamic(const struct outline *outline)
{
    static const char *const words[] = {"pairs", "next", "rawget", "rawset", "_G", "_ENV"};
    const uint32_t count = (uint32_t)outline->tokens.count;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (outline_find(outline, words[i], 0, count) != NO_TOKEN)
            return true;
    for (uint32_t at = 0; at < count; at++)
        if (is_dynamic_index(outline, at))
            return true;
    return false;
}

void outline_make(struct outline *outline, const char *text)
{
    *outline = (struct outline){.text = text};
    tokens_read(&outline->tokens, text);
    nest(outline);
    index_values(outline);
    if (outline->deepest <= DEEPEST)
        find_calls(outline);
    outline->dynamic = is_dynamic(outline);
}

void outline_free(struct outline *outline)
{
    tokens_free(&outline->tokens);
    free(outline->parent);
    free(outline->partner);
    free(outline->values.list);
    free(outline->plain.list);
    free(outline->calls);
    *outline = (struct outline){0};
}
