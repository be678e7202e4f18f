/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum { KEYS = 2000, SLOTS = 4096 /* at most two thirds of them are taken */, ROUNDS = 20, SIZE = 16 };

struct keys {
    char text[KEYS][SIZE];
};

static void what_was_added_is_found(void **state)
{
    (void)state;
    struct map map = {0};
    assert_null(map_find_text(&map, "a"));
    for (uint32_t i = 0; i < KEYS; i++) {
        char key[SIZE];
        snprintf(key, sizeof key, "%u", i);
        assert_null(map_find_text(&map, key));
        map_add_text(&map, key, 2 * i);
    }
    map_add(&map, "1\0002", 3, 1); /* keys are bytes */
    map_add(&map, "", 0, 5);
    for (uint32_t i = 0; i < KEYS; i++) {
        char key[SIZE];
        snprintf(key, sizeof key, "%u", i);
        assert_int_equal(*map_find_text(&map, key), 2 * i);
    }
    assert_int_equal(*map_find(&map, "1\0002", 3), 1);
    assert_int_equal(*map_find(&map, "", 0), 5);
    assert_int_equal(map.size, KEYS + 2);
    map_clear(&map);
    assert_null(map_find_text(&map, "1"));
    map_add_text(&map, "1", 7);
    assert_int_equal(*map_find_text(&map, "1"), 7);
    map_free(&map);
}

/* http://www.isthe.com/chongo/tech/comp/fnv/, FNV-1a of 64 bits, as many programs use it. */
static uint64_t well_known_hash(const char *text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *text; text++)
        hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

static double seconds_of_finding(const struct keys *keys)
{
    struct map map = {0};
    struct timespec begin, end;
    for (size_t i = 0; i < KEYS; i++)
        map_add_text(&map, keys->text[i], (uint32_t)i);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < KEYS; i++)
            assert_int_equal(*map_find_text(&map, keys->text[i]), i);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    map_free(&map);
    return (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
}

/* Where the hash has no secret, somebody who sends names chooses them so that they all meet in one slot. */
static void chosen_keys_are_as_good_as_others(void **state)
{
    (void)state;
    static struct keys any, chosen;
    for (unsigned number = 0, filled = 0; filled < KEYS; number++) {
        snprintf(chosen.text[filled], SIZE, "%08x", number);
        if (well_known_hash(chosen.text[filled]) % SLOTS == 0)
            filled++;
    }
    for (unsigned i = 0; i < KEYS; i++)
        snprintf(any.text[i], SIZE, "%08x", i);
    assert_true(seconds_of_finding(&chosen) < 10 * seconds_of_finding(&any));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_added_is_found),
        cmocka_unit_test(chosen_keys_are_as_good_as_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
