/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Digests that say whether an event is the same. The numbers come from Python: hashlib's blake2b, and
 * SipHash-2-4 written from its paper (which gives 0xa129ca6149be45e5 for the example there). */
#include "ingest/event_digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define FIRST                                                                                                \
    "\1"                                                                                                     \
    "0"                                                                                                      \
    "\1"
#define SECOND                                                                                               \
    "\1"                                                                                                     \
    "1"                                                                                                      \
    "\1"
#define BEGIN "{\"a\":\"" FIRST "\",\"at\":\""
#define END "\",\"b\":[\"" SECOND "\",\"" FIRST "\"]}"

static const uint32_t people[] = {7, 0x01020304};
static const struct event_content content = {BEGIN "NOON" END, sizeof BEGIN - 1, 4},
                                  untimed = {BEGIN END, 0, 0};

static uint64_t digest(const struct event_content *of, const uint32_t *who, bool with_time)
{
    uint8_t fingerprint[FINGERPRINT_SIZE];
    struct buf room = {0};
    event_fingerprint(of, fingerprint);
    const uint64_t made = event_digest(of, fingerprint, who, with_time, &room);
    buf_free(&room);
    return made;
}

static void it_is_made_of_text_people_and_time(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x51, 0xfc, 0x8c, 0x8e, 0xe8, 0x78, 0x87, 0xa9,
                                       0xab, 0x3e, 0xf0, 0xbb, 0xc1, 0xf0, 0x64, 0x93};
    uint8_t fingerprint[FINGERPRINT_SIZE];
    event_fingerprint(&content, fingerprint);
    assert_memory_equal(fingerprint, expected, sizeof expected);
    assert_int_equal(digest(&content, people, true), 0xac085b45f502aace);
    assert_int_equal(digest(&content, people, false), 0x9e521eccf0efdfac);
}

static void without_its_time_it_is_as_if_it_had_none(void **state)
{
    (void)state;
    assert_int_equal(digest(&untimed, people, true), 0x9e521eccf0efdfac);
    assert_int_equal(digest(&untimed, people, false), 0x9e521eccf0efdfac);
}

/* What is before and behind the time, and each mark, counts where it stands. */
static void whatever_is_another_makes_another(void **state)
{
    (void)state;
    static const struct event_content others[] = {
        {BEGIN "NOOM" END, sizeof BEGIN - 1, 4},
        {BEGIN "NOON" END, 0, 0},
        {BEGIN "NOON " END, sizeof BEGIN - 1, 4},
        {BEGIN "NOON" FIRST END, sizeof BEGIN - 1, 4},
        {BEGIN "NOON\",\"b\":[\"" FIRST "\",\"" SECOND "\"]}", sizeof BEGIN - 1, 4},
        {BEGIN "NOON\",\"b\":[\"" SECOND "\",\"" FIRST "0\"]}", sizeof BEGIN - 1, 4}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_not_equal(digest(&others[i], people, true), 0xac085b45f502aace);
    static const uint32_t swapped[] = {0x01020304, 7}, same[] = {7, 7};
    assert_int_not_equal(digest(&content, swapped, true), 0xac085b45f502aace);
    assert_int_not_equal(digest(&content, same, true), 0xac085b45f502aace);
}

/* A sender may name them in another order, which numbers their marks otherwise. */
static void it_does_not_matter_how_marks_are_numbered(void **state)
{
    (void)state;
    static const struct event_content other = {
        "{\"a\":\"" SECOND "\",\"at\":\"NOON\",\"b\":[\"" FIRST "\",\"" SECOND "\"]}", sizeof BEGIN - 1, 4};
    static const uint32_t swapped[] = {0x01020304, 7};
    assert_int_equal(digest(&other, swapped, true), 0xac085b45f502aace);
}

static void those_of_before_are_as_they_were(void **state)
{
    (void)state;
    assert_int_equal(event_digest_of_before(&content, people, true), 0xb8026cd2e413a8e6);
    assert_int_equal(event_digest_of_before(&content, people, false), 0xa2b64f34f263244b);
    assert_int_equal(event_digest_of_before(&untimed, people, true), 0xa2b64f34f263244b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_made_of_text_people_and_time),
        cmocka_unit_test(without_its_time_it_is_as_if_it_had_none),
        cmocka_unit_test(whatever_is_another_makes_another),
        cmocka_unit_test(it_does_not_matter_how_marks_are_numbered),
        cmocka_unit_test(those_of_before_are_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
