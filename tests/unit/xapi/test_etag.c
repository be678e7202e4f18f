/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/etag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TAG "\"a9993e364706816aba3e25717850c26c9cd0d89d\""
#define OTHER "\"da39a3ee5e6b4b0d3255bfef95601890afd80709\""

/* The examples of FIPS 180-1 and the digest of nothing. */
static void a_tag_is_the_sha1_in_quotes(void **state)
{
    (void)state;
    char tag[ETAG_ROOM];
    etag_of("abc", 3, tag);
    assert_string_equal(tag, TAG);
    etag_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, tag);
    assert_string_equal(tag, "\"84983e441c3bd26ebaae4aa1f95129e5e54670f1\"");
    etag_of(NULL, 0, tag);
    assert_string_equal(tag, OTHER);
}

static const struct {
    const char *match, *none_match, *etag;
    enum precondition wanted;
} cases[] = {
    {NULL, NULL, TAG, PRECONDITION_HOLDS},
    {NULL, NULL, NULL, PRECONDITION_HOLDS},
    /* RFC 9110, section 13.1.1 */
    {TAG, NULL, TAG, PRECONDITION_HOLDS},
    {OTHER, NULL, TAG, PRECONDITION_CHANGED},
    {TAG, NULL, NULL, PRECONDITION_CHANGED},
    {"*", NULL, TAG, PRECONDITION_HOLDS},
    {" * ", NULL, TAG, PRECONDITION_HOLDS},
    {"*", NULL, NULL, PRECONDITION_CHANGED},
    {OTHER ", " TAG, NULL, TAG, PRECONDITION_HOLDS},
    {OTHER "," TAG ",", NULL, TAG, PRECONDITION_HOLDS},
    {", ,\t" TAG, NULL, TAG, PRECONDITION_HOLDS},
    {OTHER ", \"x,y\"", NULL, TAG, PRECONDITION_CHANGED},
    /* section 8.8.3.2: a weak tag is equal to none by the strong comparison, and by the weak one it is */
    {"W/" TAG, NULL, TAG, PRECONDITION_CHANGED},
    {NULL, "W/" TAG, TAG, PRECONDITION_THERE},
    /* section 13.1.2 */
    {NULL, TAG, TAG, PRECONDITION_THERE},
    {NULL, OTHER, TAG, PRECONDITION_HOLDS},
    {NULL, TAG, NULL, PRECONDITION_HOLDS},
    {NULL, "*", TAG, PRECONDITION_THERE},
    {NULL, "*", NULL, PRECONDITION_HOLDS},
    {NULL, OTHER ",W/\"x\", " TAG, TAG, PRECONDITION_THERE},
    /* section 13.2.2: If-Match comes first */
    {OTHER, TAG, TAG, PRECONDITION_CHANGED},
    {TAG, TAG, TAG, PRECONDITION_THERE},
    /* What is no list of tags */
    {"", NULL, TAG, PRECONDITION_MALFORMED},
    {",", NULL, TAG, PRECONDITION_MALFORMED},
    {"a9993e364706816aba3e25717850c26c9cd0d89d", NULL, TAG, PRECONDITION_MALFORMED},
    {"\"a9993e", NULL, TAG, PRECONDITION_MALFORMED},
    {"w/" TAG, NULL, TAG, PRECONDITION_MALFORMED},
    {"W/", NULL, TAG, PRECONDITION_MALFORMED},
    {TAG " " OTHER, NULL, TAG, PRECONDITION_MALFORMED},
    {TAG ", *", NULL, TAG, PRECONDITION_MALFORMED},
    {"**", NULL, TAG, PRECONDITION_MALFORMED},
    {"\"a b\"", NULL, TAG, PRECONDITION_MALFORMED},
    {"\"a\x7f\"", NULL, TAG, PRECONDITION_MALFORMED}, /* section 8.8.3: no DEL, but bytes from 80 on */
    {"\"\x80\", " TAG, NULL, TAG, PRECONDITION_HOLDS},
    {"\"!\", \"~\", \"\", " TAG, NULL, TAG, PRECONDITION_HOLDS},
    {NULL, TAG "x", TAG, PRECONDITION_MALFORMED},
};

static void preconditions_are_those_of_rfc_9110(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (etag_precondition(cases[i].match, cases[i].none_match, cases[i].etag) != cases[i].wanted)
            fail_msg("If-Match '%s', If-None-Match '%s'", cases[i].match ? cases[i].match : "-",
                     cases[i].none_match ? cases[i].none_match : "-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tag_is_the_sha1_in_quotes),
        cmocka_unit_test(preconditions_are_those_of_rfc_9110),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
