/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/source.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct source_file folder[] = {
    {"a.lua", "return 1"},     {"b.lua", "local a = require 'a'; return a"},
    {"c.lua", "require('d')"}, {"d.lua", "require \"c\""},
    {"damaged.lua", NULL},     {"with-dash_2.lua", "return 2"},
};

static void requires(const char *text, const char *expected)
{
    struct source *source = source_make(text, folder, sizeof folder / sizeof *folder);
    struct buf names = {0};
    for (size_t i = 0; i < source->module_count; i++)
        buf_append_format(&names, "%s ", source->modules[i].name);
    buf_put_u8(&names, 0);
    assert_string_equal((const char *)names.data, expected);
    buf_free(&names);
    source_free(source);
}

static void what_is_required_comes_along(void **state)
{
    (void)state;
    requires("", "");
    requires("local w = require \"wijzer\"", "");
    requires("require 'a'", "a ");
    requires("require(\n \"with-dash_2\" )", "with-dash_2 ");
    requires("require'b'.x", "a b ");
    requires("require 'c'", "c d ");
    requires("require 'damaged' require 'nowhere' require(name) require 'a.lua' require '../a' myrequire 'a' "
             "require",
             "");
    requires("require 'a", "");
    requires("require 'a\"", "");
}

static void a_change_anywhere_is_a_change(void **state)
{
    (void)state;
    const struct source_file changed[] = {{"a.lua", "return 2"},
                                          {"b.lua", "local a = require 'a'; return a"}};
    const struct source_file fewer[] = {{"b.lua", "local a = require 'a'; return a"}};
    struct source *one = source_make("require 'b'", folder, 6), *same = source_copy(one),
                  *other = source_make("require 'b'", changed, 2),
                  *less = source_make("require 'b'", fewer, 1),
                  *text = source_make("require 'b' ", folder, 6);
    assert_true(source_equal(one, same) && source_equal(NULL, NULL));
    assert_false(source_equal(one, other) || source_equal(one, less) || source_equal(one, text) ||
                 source_equal(one, NULL));
    struct source *const all[] = {one, same, other, less, text};
    for (size_t i = 0; i < 5; i++)
        source_free(all[i]);
    source_free(NULL);
}

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "return 1", "require 'b' require 'd'", "\xff\xfe\n"};
    for (size_t i = 0; i < 4; i++) {
        struct buf bytes = {0};
        struct source *source = source_make(texts[i], folder, 6);
        source_put(source, &bytes);
        struct reader reader = reader_of(bytes.data, bytes.size);
        struct source *read = source_read(&reader);
        assert_true(read && source_equal(read, source));
        assert_int_equal(reader_left(&reader), 0);
        source_free(read);
        for (size_t size = 0; size < bytes.size; size++) {
            reader = reader_of(bytes.data, size);
            assert_null(source_read(&reader));
        }
        source_free(source);
        buf_free(&bytes);
    }
    static const uint8_t endless[] = {0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0};
    struct reader reader = reader_of(endless, sizeof endless);
    assert_null(source_read(&reader));
}

static char *text_of(size_t length, const char *begin)
{
    char *text = mem_alloc(length + 1);
    memset(text, '-', length);
    memcpy(text, begin, strlen(begin));
    return text;
}

static void assert_made(bool made, const char *text, const struct source_file *files, size_t count)
{
    struct source *source = source_make(text, files, count);
    assert_int_equal(source != NULL, made);
    source_free(source);
}

/* Files that require each other are given to each of them. */
static void all_together_are_not_endless(void **state)
{
    (void)state;
    char *half = text_of(SOURCE_LONGEST / 2, "require 'other'\n"),
         *rest = text_of(SOURCE_LONGEST - SOURCE_LONGEST / 2, "require 'one'\n");
    const struct source_file files[] = {{"half.lua", half}, {"other.lua", rest}, {"one.lua", ""}};
    assert_made(true, half, files, 3);
    const struct source_file longer[] = {{"other.lua", rest}, {"one.lua", "-"}};
    assert_made(false, half, longer, 2);
    assert_made(true, "require 'half'", &(struct source_file){"half.lua", half}, 1);
    char *whole = text_of(SOURCE_LONGEST, ""), *more = text_of(SOURCE_LONGEST + 1, "");
    assert_made(true, whole, NULL, 0);
    assert_made(false, more, NULL, 0);
    free(half);
    free(rest);
    free(whole);
    free(more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_required_comes_along),
        cmocka_unit_test(a_change_anywhere_is_a_change),
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(all_together_are_not_endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
