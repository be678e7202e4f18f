/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lua's own syntax errors tell what the parser stumbled over, not what to write instead. Who knows another
 * language, or comes from a word processor, stumbles over the same few things. */
#include "script/lint/lint.h"

#include "base/mem.h"

#include <string.h>

struct slip {
    const char *written, *hint;
};

#define QUOTES "a text stands between straight quotes, \" or '; these are a word processor's"
#define BLANK "this is no plain blank but one that does not break a line; type it anew"
#define DASH "this is a dash; Lua's minus is -"
#define COMMENT "a comment begins with --"
#define NO_SHORT_FORM "Lua has no short form of an assignment; write x = x + 1"

/* In the first place that fits: longer ones come first. */
static const struct slip slips[] = {
    {"!=", "Lua writes 'is not equal to' as ~="},
    {"!", "Lua writes 'not' as not"},
    {"&&", "Lua writes 'and' as and"},
    {"||", "Lua writes 'or' as or"},
    {"++", NO_SHORT_FORM},
    {"+=", NO_SHORT_FORM},
    {"-=", NO_SHORT_FORM},
    {"*=", NO_SHORT_FORM},
    {"/=", NO_SHORT_FORM},
    {"//", COMMENT},
    {"/*", "a comment of several lines stands between --[[ and ]]"},
    {"#", COMMENT},
    {"?", "Lua writes 'a ? b : c' as a and b or c"},
    {"\xe2\x80\x98", QUOTES},
    {"\xe2\x80\x99", QUOTES},
    {"\xe2\x80\x9a", QUOTES},
    {"\xe2\x80\x9c", QUOTES},
    {"\xe2\x80\x9d", QUOTES},
    {"\xe2\x80\x9e", QUOTES},
    {"\xc2\xab", QUOTES},
    {"\xc2\xbb", QUOTES},
    {"\xc2\xa0", BLANK},
    {"\xe2\x80\xaf", BLANK},
    {"\xe2\x80\x8b", BLANK},
    {"\xef\xbb\xbf", BLANK},
    {"\xe2\x80\x93", DASH},
    {"\xe2\x80\x94", DASH},
    {"\xe2\x88\x92", DASH},
};

static const char *slip_at(const char *text)
{
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++)
        if (strncmp(text, slips[i].written, strlen(slips[i].written)) == 0)
            return slips[i].hint;
    return NULL;
}

/* "& &" is a sign of Lua's and one too many: the parser stands on the second. */
static bool is_second(const struct outline *outline, uint32_t at)
{
    const struct token *token = outline_token(outline, at);
    return token->text > outline->text && token->text[-1] == token->text[0] && strchr("&|+", token->text[0]);
}

/* A text that was begun with one kind of quote and ended with another. */
static bool holds_quotes(const struct token *token)
{
    const char *end = token->text + token->length;
    for (const char *at = token->text; at < end; at++)
        if ((unsigned char)*at >= 0x80) {
            const char *hint = slip_at(at);
            if (hint && strcmp(hint, QUOTES) == 0)
                return true;
        }
    return false;
}

static bool is_between_digits(const struct outline *outline, uint32_t at)
{
    const struct token *token = outline_token(outline, at);
    return outline_is(outline, at, ",") && outline_is_kind(outline, at - 1, TOKEN_NUMBER) &&
           token->text[1] >= '0' && token->text[1] <= '9';
}

static bool follows_slashes(const struct outline *outline, uint32_t at)
{
    const uint32_t line = outline_token(outline, at)->line;
    while (at-- > 0 && outline_token(outline, at)->line == line)
        if (outline_is(outline, at, "//"))
            return true;
    return false;
}

static const char *hint_at(const struct outline *outline, uint32_t at, const char *message)
{
    const struct token *token = outline_token(outline, at);
    const char *hint = slip_at(is_second(outline, at) ? token->text - 1 : token->text);
    if (hint)
        return hint;
    if (token->kind == TOKEN_BROKEN)
        return holds_quotes(token) ? QUOTES : NULL;
    if (is_between_digits(outline, at))
        return "a number is written with a point, as in 2.5";
    if (outline_is(outline, at, "=") && strstr(message, "'then' expected"))
        return "Lua compares with ==";
    if (outline_is(outline, at - 1, ":") && outline_is(outline, outline->parent[at], "{"))
        return "a field of a table is written key = value";
    return follows_slashes(outline, at) ? "if // is to begin a comment: " COMMENT : NULL;
}

/* The last "else if" on one line before a token: it needs an end of its own. */
static uint32_t else_if_before(const struct outline *outline, uint32_t at)
{
    while (at-- > 1)
        if (outline_is(outline, at, "if") && outline_is(outline, at - 1, "else") &&
            outline_token(outline, at)->line == outline_token(outline, at - 1)->line)
            return at;
    return NO_TOKEN;
}

char *lint_hint(const struct outline *outline, uint32_t at, const char *message)
{
    const char *hint = at == NO_TOKEN ? NULL : hint_at(outline, at, message);
    if (hint)
        return mem_copy_text(hint);
    if (!strstr(message, "'end' expected"))
        return NULL;
    const uint32_t count = (uint32_t)outline->tokens.count;
    const uint32_t else_if = else_if_before(outline, at == NO_TOKEN ? count : at);
    return else_if == NO_TOKEN ? NULL
                               : mem_format("the 'else if' on line %u begins a second 'if', which needs an "
                                            "'end' of its own; 'elseif' does not",
                                            outline_token(outline, else_if)->line);
}
