/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/lint/lexer.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "N:x" a name, "K:" a keyword, "S:" a string by its value, "#:" a number, "=:" a symbol, "!:" broken. */
static void reads(const char *text, const char *expected)
{
    static const char letters[] = {[TOKEN_NAME] = 'N',   [TOKEN_KEYWORD] = 'K', [TOKEN_STRING] = 'S',
                                   [TOKEN_NUMBER] = '#', [TOKEN_SYMBOL] = '=',  [TOKEN_BROKEN] = '!'};
    struct tokens tokens;
    struct buf all = {0};
    tokens_read(&tokens, text);
    for (size_t i = 0; i < tokens.count; i++) {
        const struct token *token = &tokens.list[i];
        const bool valued = token->kind == TOKEN_NAME || token->kind == TOKEN_STRING;
        buf_append_format(&all, "%s%c:%.*s", i ? " " : "", letters[token->kind],
                          (int)(valued ? token->value_length : token->length),
                          valued ? token->value : token->text);
    }
    buf_put_u8(&all, 0);
    assert_string_equal((const char *)all.data, expected);
    buf_free(&all);
    tokens_free(&tokens);
}

static void words_numbers_and_symbols_are_told_apart(void **state)
{
    (void)state;
    reads("", "");
    reads("local x_1=and1", "K:local N:x_1 =:= N:and1");
    reads("a.b..c...d", "N:a =:. N:b =:.. N:c =:... N:d");
    reads("a==b~=c<=d>=e//f::g<<h>>i~j", "N:a =:== N:b =:~= N:c =:<= N:d =:>= N:e =:// N:f =::: N:g =:<< N:h "
                                         "=:>> N:i =:~ N:j");
    reads("3 .5 0x1p+4 1e-3 3..2", "#:3 #:.5 #:0x1p+4 #:1e-3 #:3..2");
}

static void comments_are_left_out(void **state)
{
    (void)state;
    reads("a -- b\nc --[[ d\n e ]] f --[==[ ]] ]=] ]==] g --[ h\n--", "N:a N:c N:f N:g");
    reads("a - -b", "N:a =:- =:- N:b");
    reads("a --[[ never closed", "N:a");
}

static void strings_stand_for_what_they_say(void **state)
{
    (void)state;
    reads("'a\"b' \"c'd\"", "S:a\"b S:c'd");
    reads("'--' [[--]]", "S:-- S:--");
    reads("'\\65\\x42\\u{43}\\\\\\'\\z \n  e' f", "S:ABC\\'e N:f");
    reads("'\\u{20ac}\\u{10ffff}'", "S:\xe2\x82\xac\xf4\x8f\xbf\xbf");
    reads("'a\\\nb' 'c\\\r\nd'", "S:a\nb S:c\r\nd");
    reads("[[\na]b]] [==[c]]]==]", "S:a]b S:c]]");
    reads("x[y[1]]", "N:x =:[ N:y =:[ #:1 =:] =:]");
}

static void what_is_broken_does_not_swallow_the_next_line(void **state)
{
    (void)state;
    reads("a = 'never closed\nb", "N:a =:= !:'never closed N:b");
    reads("'\\", "!:'\\");
    reads("[==[ never ]]", "!:[==[ never ]]");
    reads("a $ \x80 b", "N:a =:$ =:\x80 N:b");
}

static void every_token_knows_its_line(void **state)
{
    (void)state;
    static const char text[] = "a\n--[[\n\n]] b [[\n]] c '\\\n\\z\n\n' d\r\ne";
    static const uint32_t lines[] = {1, 4, 4, 5, 5, 8, 9};
    struct tokens tokens;
    tokens_read(&tokens, text);
    assert_int_equal(tokens.count, sizeof lines / sizeof *lines);
    for (size_t i = 0; i < tokens.count; i++)
        assert_int_equal(tokens.list[i].line, lines[i]);
    tokens_free(&tokens);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_numbers_and_symbols_are_told_apart),
        cmocka_unit_test(comments_are_left_out),
        cmocka_unit_test(strings_stand_for_what_they_say),
        cmocka_unit_test(what_is_broken_does_not_swallow_the_next_line),
        cmocka_unit_test(every_token_knows_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
