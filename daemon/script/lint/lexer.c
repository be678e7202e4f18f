/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/lint/lexer.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct lexer {
    const char *at;
    uint32_t line;
    struct tokens *tokens;
    size_t capacity;
    char *decoded_end;
};

/* Lua's own, whatever the locale says. */
static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int hex_digit(char c)
{
    if (is_digit(c))
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_keyword(const char *text, size_t length)
{
    static const char *const keywords[] = {
        "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
        "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++)
        if (strlen(keywords[i]) == length && memcmp(keywords[i], text, length) == 0)
            return true;
    return false;
}

static struct token *add_token(struct lexer *lexer, enum token_kind kind, const char *start, uint32_t line)
{
    struct tokens *tokens = lexer->tokens;
    if (tokens->count == lexer->capacity) {
        lexer->capacity = lexer->capacity ? 2 * lexer->capacity : 256;
        tokens->list = mem_resize(tokens->list, lexer->capacity, sizeof *tokens->list);
    }
    struct token *token = &tokens->list[tokens->count++];
    *token =
        (struct token){.kind = kind, .length = (uint32_t)(lexer->at - start), .line = line, .text = start};
    return token;
}

/* ---- strings ------------------------------------------------------------------------------------------- */

/* The number of '=' in a long bracket that opens here; -1: none does. */
static int long_bracket(const char *at)
{
    if (*at != '[')
        return -1;
    const size_t level = strspn(at + 1, "=");
    return at[1 + level] == '[' ? (int)level : -1;
}

/* Goes behind the long bracket that closes this level; false: there is none. */
static bool skip_long(struct lexer *lexer, int level)
{
    lexer->at += level + 2;
    for (; *lexer->at; lexer->at++) {
        if (*lexer->at == '\n')
            lexer->line++;
        if (*lexer->at != ']' || strspn(lexer->at + 1, "=") != (size_t)level || lexer->at[1 + level] != ']')
            continue;
        lexer->at += level + 2;
        return true;
    }
    return false;
}

static void read_long_string(struct lexer *lexer, int level)
{
    const char *start = lexer->at;
    const uint32_t line = lexer->line;
    const bool ended = skip_long(lexer, level);
    struct token *token = add_token(lexer, ended ? TOKEN_STRING : TOKEN_BROKEN, start, line);
    if (!ended)
        return;
    const char *value = start + level + 2;
    value += *value == '\r' && value[1] == '\n' ? 2 : *value == '\n';
    token->value = value;
    token->value_length = (uint32_t)(lexer->at - level - 2 - value);
}

static char *put_utf8(char *out, uint32_t code)
{
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3f));
    } else {
        if (code < 0x10000) {
            *out++ = (char)(0xe0 | code >> 12);
        } else {
            *out++ = (char)(0xf0 | (code >> 18 & 0x07));
            *out++ = (char)(0x80 | (code >> 12 & 0x3f));
        }
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    }
    return out;
}

/* "\u{20ac}", behind the u. */
static const char *decode_unicode(const char *at, char **out)
{
    uint32_t code = 0;
    at += *at == '{';
    for (; hex_digit(*at) >= 0; at++)
        code = (code << 4 | (uint32_t)hex_digit(*at)) & 0x1fffff;
    *out = put_utf8(*out, code);
    return at + (*at == '}');
}

static const char *decode_decimal(const char *at, char **out)
{
    int code = 0;
    for (int i = 0; i < 3 && is_digit(*at); i++, at++)
        code = 10 * code + *at - '0';
    *(*out)++ = (char)code;
    return at;
}

static const char *decode_hexadecimal(const char *at, char **out)
{
    int code = 0;
    for (int i = 0; i < 2 && hex_digit(*at) >= 0; i++, at++)
        code = 16 * code + hex_digit(*at);
    *(*out)++ = (char)code;
    return at;
}

/* What a backslash before `at` and what follows stand for; never longer than it is written. */
static const char *decode_escape(const char *at, char **out)
{
    static const char letters[] = "abfnrtv", meanings[] = "\a\b\f\n\r\t\v";
    const char *letter = strchr(letters, *at);
    if (is_digit(*at))
        return decode_decimal(at, out);
    if (*at == 'u')
        return decode_unicode(at + 1, out);
    if (*at == 'x')
        return decode_hexadecimal(at + 1, out);
    if (*at == 'z') {
        for (at++; is_space(*at);)
            at++;
        return at;
    }
    *(*out)++ = letter ? meanings[letter - letters] : *at;
    return at + 1;
}

static void decode(struct lexer *lexer, struct token *token)
{
    char *out = lexer->decoded_end;
    token->value = out;
    for (const char *at = token->text + 1, *end = token->text + token->length - 1; at < end;) {
        if (*at == '\\')
            at = decode_escape(at + 1, &out);
        else
            *out++ = *at++;
    }
    token->value_length = (uint32_t)(out - token->value);
    lexer->decoded_end = out;
}

/* Goes behind an escape, from behind its backslash, and over the ends of lines that belong to it. */
static void skip_escape(struct lexer *lexer)
{
    const char first = *lexer->at++;
    lexer->line += first == '\n';
    if (first == '\r' && *lexer->at == '\n') {
        lexer->at++;
        lexer->line++;
    }
    for (; first == 'z' && is_space(*lexer->at); lexer->at++)
        lexer->line += *lexer->at == '\n';
}

/* A string ends on its line, unless a backslash is before the line's end. */
static void read_string(struct lexer *lexer)
{
    const char *start = lexer->at++, quote = *start;
    const uint32_t line = lexer->line;
    bool escapes = false;
    while (*lexer->at && *lexer->at != quote && *lexer->at != '\n') {
        if (*lexer->at++ != '\\' || !*lexer->at)
            continue;
        escapes = true;
        skip_escape(lexer);
    }
    const bool ended = *lexer->at == quote;
    lexer->at += ended;
    struct token *token = add_token(lexer, ended ? TOKEN_STRING : TOKEN_BROKEN, start, line);
    if (!ended)
        return;
    token->value = start + 1;
    token->value_length = token->length - 2;
    if (escapes)
        decode(lexer, token);
}

/* ---- the rest ------------------------------------------------------------------------------------------ */

static void skip_comment(struct lexer *lexer)
{
    lexer->at += 2;
    const int level = long_bracket(lexer->at);
    if (level >= 0)
        skip_long(lexer, level);
    else
        lexer->at += strcspn(lexer->at, "\n");
}

static void skip_blanks(struct lexer *lexer)
{
    for (;;) {
        if (lexer->at[0] == '-' && lexer->at[1] == '-') {
            skip_comment(lexer);
        } else if (is_space(*lexer->at)) {
            lexer->line += *lexer->at == '\n';
            lexer->at++;
        } else {
            return;
        }
    }
}

static void read_word(struct lexer *lexer)
{
    const char *start = lexer->at;
    while (is_letter(*lexer->at) || is_digit(*lexer->at))
        lexer->at++;
    const bool keyword = is_keyword(start, (size_t)(lexer->at - start));
    struct token *token = add_token(lexer, keyword ? TOKEN_KEYWORD : TOKEN_NAME, start, lexer->line);
    token->value = start;
    token->value_length = token->length;
}

/* As Lua does: whatever could belong to a number is taken for a part of it. */
static void read_number(struct lexer *lexer)
{
    const char *start = lexer->at;
    const bool hexadecimal = start[0] == '0' && (start[1] | 0x20) == 'x';
    for (lexer->at++; is_digit(*lexer->at) || is_letter(*lexer->at) || *lexer->at == '.'; lexer->at++) {
        const char letter = (char)(*lexer->at | 0x20);
        if (letter == (hexadecimal ? 'p' : 'e') && (lexer->at[1] == '+' || lexer->at[1] == '-'))
            lexer->at++;
    }
    add_token(lexer, TOKEN_NUMBER, start, lexer->line);
}

static void read_symbol(struct lexer *lexer)
{
    static const char *const long_symbols[] = {"...", "..", "==", "~=", "<=", ">=", "//", "::", "<<", ">>"};
    const char *start = lexer->at++;
    for (size_t i = 0; i < sizeof long_symbols / sizeof *long_symbols; i++) {
        const size_t length = strlen(long_symbols[i]);
        if (strncmp(start, long_symbols[i], length) == 0) {
            lexer->at = start + length;
            break;
        }
    }
    add_token(lexer, TOKEN_SYMBOL, start, lexer->line);
}

void tokens_read(struct tokens *tokens, const char *text)
{
    *tokens = (struct tokens){.decoded = mem_alloc(strlen(text) + 1)};
    struct lexer lexer = {.at = text, .line = 1, .tokens = tokens, .decoded_end = tokens->decoded};
    for (skip_blanks(&lexer); *lexer.at; skip_blanks(&lexer)) {
        const int level = long_bracket(lexer.at);
        if (level >= 0)
            read_long_string(&lexer, level);
        else if (*lexer.at == '"' || *lexer.at == '\'')
            read_string(&lexer);
        else if (is_letter(*lexer.at))
            read_word(&lexer);
        else if (is_digit(*lexer.at) || (*lexer.at == '.' && is_digit(lexer.at[1])))
            read_number(&lexer);
        else
            read_symbol(&lexer);
    }
}

void tokens_free(struct tokens *tokens)
{
    free(tokens->list);
    free(tokens->decoded);
    *tokens = (struct tokens){0};
}

bool token_is(const struct token *token, const char *word)
{
    return (token->kind == TOKEN_KEYWORD || token->kind == TOKEN_SYMBOL) && strlen(word) == token->length &&
           memcmp(word, token->text, token->length) == 0;
}
