/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 2,5 where 2.5 is meant: to Lua these are two values, and the second is lost without a word. It is told only
 * where two values make no sense: { 1,5 }, f(1,5) and local a, b = 1,5 do. */
#include "script/lint/lint.h"

/* Who writes a longer expression before it is not looked at. */
enum { REACH = 200 };

struct decimals {
    const struct lint *lint;
    uint32_t table;  /* the one that was looked at last */
    bool holds_list; /* does it have numbers without a key? */
};

/* ---- two numbers without a blank ----------------------------------------------------------------------- */

static bool is_whole(const struct outline *outline, uint32_t at)
{
    if (!outline_is_kind(outline, at, TOKEN_NUMBER))
        return false;
    const struct token *token = outline_token(outline, at);
    for (uint32_t i = 0; i < token->length; i++)
        if (token->text[i] < '0' || token->text[i] > '9')
            return false;
    return true;
}

/* Does the token follow the one before it without a blank? */
static bool is_joined(const struct outline *outline, uint32_t at)
{
    const struct token *before = outline_token(outline, at - 1);
    return before->text + before->length == outline_token(outline, at)->text;
}

static bool is_pair(const struct outline *outline, uint32_t at)
{
    return is_whole(outline, at) && outline_is(outline, at + 1, ",") && is_whole(outline, at + 2) &&
           is_joined(outline, at + 1) && is_joined(outline, at + 2);
}

/* 1,2,3 is a list. */
static bool is_decimal(const struct outline *outline, uint32_t at)
{
    return is_pair(outline, at) && !is_pair(outline, at + 2) && !(at >= 2 && is_pair(outline, at - 2));
}

/* ---- in a table ---------------------------------------------------------------------------------------- */

static bool is_keyed(const struct outline *outline, uint32_t field)
{
    return outline_is_key(outline, field) ||
           (outline_is(outline, field, "[") && outline->partner[field] != NO_TOKEN &&
            outline_is(outline, outline->partner[field] + 1, "="));
}

/* The field that a token of the table itself stands in. NO_TOKEN: it begins too far away. */
static uint32_t field_of(const struct outline *outline, uint32_t at)
{
    const uint32_t table = outline->parent[at];
    for (uint32_t steps = 0; steps < REACH; steps++, at--)
        if (at - 1 == table || (outline->parent[at - 1] == table &&
                                (outline_is(outline, at - 1, ",") || outline_is(outline, at - 1, ";"))))
            return at;
    return NO_TOKEN;
}

/* { n = 2, 5, 7 }, but not { low = 1,5, high = 2,5 }. */
static bool holds_list(const struct outline *outline, uint32_t table)
{
    const uint32_t end = outline->partner[table];
    bool after_key = false;
    for (uint32_t field = table + 1; field < end; field = outline_field_end(outline, field - 1) + 1) {
        const bool keyed = is_keyed(outline, field), second = after_key && is_decimal(outline, field - 2);
        if (!keyed && !second && outline_is_kind(outline, field, TOKEN_NUMBER))
            return true;
        after_key = keyed;
    }
    return false;
}

static bool is_lost_in_table(struct decimals *decimals, uint32_t at)
{
    const struct outline *outline = decimals->lint->outline;
    const uint32_t table = outline->parent[at], field = field_of(outline, at);
    if (field == NO_TOKEN || !is_keyed(outline, field) || outline->partner[table] == NO_TOKEN)
        return false;
    if (decimals->table != table) {
        decimals->table = table;
        decimals->holds_list = holds_list(outline, table);
    }
    return !decimals->holds_list;
}

/* ---- in a statement ------------------------------------------------------------------------------------ */

/* Does the table declare something? In another one a key of the same name means nothing. */
static bool is_declaration(const struct outline *outline, uint32_t table)
{
    for (size_t i = 0; i < outline->call_count; i++)
        if (outline->calls[i].table == table)
            return true;
    return false;
}

/* Is it a function of which the daemon takes one value? */
static bool gives_one_value(const struct outline *outline, uint32_t function)
{
    static const char *const keys[] = {"compute", "raise", "clear", "wave"};
    const uint32_t before = function - 2;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (outline_is(outline, function - 1, "=") && outline_says(outline, before, keys[i]))
            return outline_is_key(outline, before) && is_declaration(outline, outline->parent[before]);
    return outline_is(outline, function - 1, "(") && outline_says(outline, before, "derive") &&
           outline_is_member(outline, before);
}

static uint32_t function_around(const struct outline *outline, uint32_t at)
{
    do
        at = outline->parent[at];
    while (at != NO_TOKEN && !outline_is(outline, at, "function"));
    return at;
}

static bool is_one_of(const struct outline *outline, uint32_t at, const char *const *words)
{
    for (; *words; words++)
        if (outline_is(outline, at, *words))
            return true;
    return false;
}

/* "return x < 2,5": who returns two values does not compare with the first. */
static bool is_compared(const struct outline *outline, uint32_t at, uint32_t begin)
{
    static const char *const comparisons[] = {"<", ">", "<=", ">=", "==", "~=", NULL};
    static const char *const ends[] = {",", "and", "or", NULL};
    for (uint32_t i = at - 1; i > begin; i--) {
        if (outline->parent[i] != outline->parent[at])
            continue;
        if (is_one_of(outline, i, comparisons))
            return true;
        if (is_one_of(outline, i, ends))
            return false;
    }
    return false;
}

/* "x.y = 2,5" and "local x <const> = 2,5", from the '='. What may stand in "f(x).y, z = " is passed over,
 * were it a statement before it. */
static bool assigns_one(const struct outline *outline, uint32_t equals)
{
    static const char *const parts[] = {".", ":", "[", "]", "(", ")", "{", "}", "<", ">", NULL};
    uint32_t at = equals;
    for (uint32_t steps = 0; at-- > 0 && steps < REACH; steps++)
        if (outline->parent[at] == outline->parent[equals] && !outline_is_kind(outline, at, TOKEN_NAME) &&
            !outline_is_kind(outline, at, TOKEN_STRING) && !is_one_of(outline, at, parts))
            return !outline_is(outline, at, ",") && !outline_is(outline, at, "for");
    return at == NO_TOKEN;
}

static bool is_lost_in_statement(const struct outline *outline, uint32_t at)
{
    static const char *const others[] = {"in", "local", "for", "if", "while", "until", "then", "do", NULL};
    const uint32_t block = outline->parent[at];
    uint32_t i = at;
    for (uint32_t steps = 0; i-- > 0 && i != block && steps < REACH; steps++) {
        if (outline->parent[i] != block)
            continue;
        if (outline_is(outline, i, "="))
            return assigns_one(outline, i) && !outline_is(outline, at - 1, ",");
        if (outline_is(outline, i, "return"))
            break;
        if (is_one_of(outline, i, others))
            return false;
    }
    if (i == NO_TOKEN || !outline_is(outline, i, "return"))
        return false;
    const uint32_t function = function_around(outline, at);
    return is_compared(outline, at, i) ||
           (function != NO_TOKEN && function >= 2 && gives_one_value(outline, function));
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

/* g.x.quantile(0,5) */
static bool is_quantile(const struct outline *outline, uint32_t at)
{
    const uint32_t bracket = outline->parent[at];
    return bracket == at - 1 && bracket > 0 && outline_says(outline, bracket - 1, "quantile") &&
           outline_is_member(outline, bracket - 1);
}

static bool is_lost(struct decimals *decimals, uint32_t at)
{
    const struct outline *outline = decimals->lint->outline;
    const uint32_t around = outline->parent[at];
    if (outline_is(outline, around, "{"))
        return is_lost_in_table(decimals, at);
    if (outline_is(outline, around, "("))
        return is_quantile(outline, at);
    return !outline_is(outline, around, "[") && is_lost_in_statement(outline, at);
}

void lint_decimals(const struct lint *lint)
{
    const struct outline *outline = lint->outline;
    struct decimals decimals = {.lint = lint, .table = NO_TOKEN};
    for (uint32_t at = 1; at < outline->tokens.count && !findings_are_full(lint->findings); at++) {
        if (!is_decimal(outline, at) || !is_lost(&decimals, at))
            continue;
        const struct token *whole = outline_token(outline, at), *rest = outline_token(outline, at + 2);
        lint_tell(
            lint, SEVERITY_WARNING, "decimal-comma", at, at + 2,
            "%.*s,%.*s is two values, of which the second is lost; Lua writes the number %.*s.%.*s with "
            "a point",
            (int)whole->length, whole->text, (int)rest->length, rest->text, (int)whole->length, whole->text,
            (int)rest->length, rest->text);
    }
}
