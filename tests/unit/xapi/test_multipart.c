/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bodies of multipart/mixed, as RFC 2046 and the specification of xAPI have them, and such as are broken. */
#include "http/multipart.h"

#include "statement/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TYPE "multipart/mixed; boundary=b"

static int read_body(struct multipart *multipart, const char *type, const char *body, struct error *error)
{
    return multipart_read(multipart, type, body, strlen(body), error);
}

static void assert_part(const struct multipart_part *part, const char *content_type, const char *bytes)
{
    assert_int_equal(part->size, strlen(bytes));
    assert_memory_equal(part->bytes, bytes, part->size);
    if (content_type)
        assert_string_equal(part->content_type, content_type);
    else
        assert_null(part->content_type);
}

/* RFC 2046, 5.1.1: the two parts of its first example, of which the first has no headers. */
static void the_example_of_the_rfc_is_read(void **state)
{
    (void)state;
    static const char body[] = "This is the preamble.  It is to be ignored.\r\n"
                               "\r\n--simple boundary\r\n"
                               "\r\n"
                               "It does NOT end with a linebreak."
                               "\r\n--simple boundary\r\n"
                               "Content-type: text/plain; charset=us-ascii\r\n"
                               "\r\n"
                               "It DOES end with a linebreak.\r\n"
                               "\r\n--simple boundary--\r\n"
                               "\r\nThis is the epilogue.  It is also to be ignored.\r\n";
    struct multipart read = {0};
    struct error error;
    assert_int_equal(read_body(&read, "multipart/mixed; boundary=\"simple boundary\"", body, &error), 0);
    assert_int_equal(read.count, 2);
    assert_part(&read.parts[0], NULL, "It does NOT end with a linebreak.");
    assert_part(&read.parts[1], "text/plain; charset=us-ascii", "It DOES end with a linebreak.\r\n");
    multipart_free(&read);
}

/* All characters that a boundary may have, and the digest of the text that the specification of xAPI gives.
 */
static void headers_of_attachments_are_read(void **state)
{
    (void)state;
    static const char body[] =
        "--abcABC0123'()+_,-./:=?\r\n"
        "Content-Type:application/json\r\n\r\n{}\r\n"
        "--abcABC0123'()+_,-./:=?  \r\n"
        "Content-Type:text/plain\r\n"
        "Content-Transfer-Encoding: binary \r\n"
        "X-EXPERIENCE-API-HASH:\t495395e777cd98da653df9615d09c0fd6bb2f8d4788394cd53c56a3bfdcd848a\r\n"
        "X-Other: passed over\r\n"
        "\r\nhere is a simple attachment\r\n"
        "--abcABC0123'()+_,-./:=?--";
    struct multipart read = {0};
    struct error error;
    assert_int_equal(
        read_body(&read, "Multipart/Mixed;charset=x ; Boundary=\"abcABC0123'()+_,-./:=?\"", body, &error), 0);
    assert_int_equal(read.count, 2);
    assert_part(&read.parts[0], "application/json", "{}");
    assert_part(&read.parts[1], "text/plain", "here is a simple attachment");
    assert_string_equal(read.parts[1].encoding, "binary");
    assert_true(digest_is_sha2(read.parts[1].hash, read.parts[1].bytes, read.parts[1].size));
    multipart_free(&read);
}

static void bytes_of_any_kind_are_kept(void **state)
{
    (void)state;
    static const char bytes[] = "\0\xff\r\n--bb\r\n--b \x01\r\n-b--\r\n\r\n";
    struct buf body = {0};
    multipart_put("b", "application/json", NULL, "{}", 2, &body);
    multipart_put("b", "image/png", "aa", bytes, sizeof bytes, &body);
    multipart_put("b", "image/png", "bb", NULL, 0, &body);
    multipart_put_end("b", &body);
    struct multipart read = {0};
    struct error error;
    assert_memory_equal(body.data, "--b\r\n", 5);
    assert_int_equal(multipart_read(&read, TYPE, body.data, body.size, &error), 0);
    assert_int_equal(read.count, 3);
    assert_part(&read.parts[0], "application/json", "{}");
    assert_null(read.parts[0].hash);
    assert_null(read.parts[0].encoding);
    assert_int_equal(read.parts[1].size, sizeof bytes);
    assert_memory_equal(read.parts[1].bytes, bytes, sizeof bytes);
    assert_string_equal(read.parts[1].hash, "aa");
    assert_string_equal(read.parts[1].encoding, "binary");
    assert_int_equal(read.parts[2].size, 0);
    assert_string_equal(read.parts[2].hash, "bb");
    multipart_free(&read);
    buf_free(&body);
}

/* RFC 2046, 5.1.1: a boundary has up to 70 characters; blanks and tabs may stand behind it; what comes before
 * the first and behind the last is passed over, however much it looks like one. */
static void boundaries_are_those_of_the_rfc(void **state)
{
    (void)state;
#define TEN "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN
    static const struct {
        const char *type, *body;
    } cases[] = {
        {"multipart/mixed; boundary=" SEVENTY, "--" SEVENTY "\r\n\r\nx\r\n--" SEVENTY "--"},
        {TYPE, "--b\t \r\n\r\nx\r\n--b--\t"},
        {TYPE, "--b\r\n\r\nx\r\n--b-- \r\n--b\r\n\r\ny\r\n--b--\r\n"},
        {TYPE, "a c\r\n--b\r\n\r\nx\r\n--b--"},
        {TYPE, "--c\r\n\r\ny\r\n--b\r\n\r\nx\r\n--b--"},
        {TYPE, "--bc\r\n\r\ny\r\n--b\r\n\r\nx\r\n--b--"},
        {TYPE, "\r\n--b\r\n\r\nx\r\n--b--"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct multipart read = {0};
        struct error error;
        if (read_body(&read, cases[i].type, cases[i].body, &error))
            fail_msg("case %zu: %s", i, error.text);
        assert_int_equal(read.count, 1);
        assert_part(&read.parts[0], NULL, "x");
        multipart_free(&read);
    }
}

/* As RFC 2045, 3 and RFC 9110, 5.5 have them: others are passed over, and blanks around a value are none of
 * it. */
static void headers_are_told_by_their_whole_names(void **state)
{
    (void)state;
    static const char body[] =
        "--b\r\n"
        "Content: a/a\r\nContent-Base: a/b\r\nContent-Type-Of: a/c\r\n"
        "Content-Transfer-Encodings: x\r\nContent-Transfer-Encodinh: x\r\nContent-Transfer: x\r\n"
        "X-Experience-API-Hashes: x\r\nX-Experience-API-Hass: x\r\nX: x\r\n"
        "\r\n\r\n--b\r\n"
        "Content-Type:\t text/plain; charset=utf-8 \t\r\nX-Experience-API-Hash:aa\t\r\n"
        "Content-Transfer-Encoding: \t \r\n"
        "\r\nx\r\n--b--";
    struct multipart read = {0};
    struct error error;
    assert_int_equal(read_body(&read, TYPE, body, &error), 0);
    assert_int_equal(read.count, 2);
    assert_null(read.parts[0].content_type);
    assert_null(read.parts[0].encoding);
    assert_null(read.parts[0].hash);
    assert_string_equal(read.parts[1].content_type, "text/plain; charset=utf-8");
    assert_string_equal(read.parts[1].hash, "aa");
    assert_string_equal(read.parts[1].encoding, "");
    multipart_free(&read);
}

/* What is sent may hold any bytes, so nobody may know the boundary beforehand. */
static void no_boundary_is_like_another(void **state)
{
    (void)state;
    char one[MULTIPART_BOUNDARY_SIZE], other[MULTIPART_BOUNDARY_SIZE];
    multipart_boundary(one);
    multipart_boundary(other);
    assert_string_not_equal(one, other);
    assert_int_equal(strlen(one), MULTIPART_BOUNDARY_SIZE - 1);
}

static void a_part_may_have_no_body(void **state)
{
    (void)state;
    struct multipart read = {0};
    struct error error;
    assert_int_equal(read_body(&read, TYPE, "--b\r\nContent-Type: a/b\r\n\r\n--b--", &error), 0);
    assert_int_equal(read.count, 1);
    assert_part(&read.parts[0], "a/b", "");
    multipart_free(&read);
}

static void broken_bodies_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body, *says;
    } cases[] = {
        {"multipart/mixed", "--b\r\n\r\nx\r\n--b--", "boundary"},
        {"multipart/mixed;", "--b\r\n\r\nx\r\n--b--", "boundary"},
        {"multipart/mixed; boundary=", "--\r\n\r\nx\r\n----", "boundary"},
        {"multipart/mixed; boundary=\"", "--b\r\n\r\nx\r\n--b--", "boundary"},
        {"multipart/mixed; boundary=\"b", "--b\r\n\r\nx\r\n--b--", "boundary"},
        {"multipart/mixed; boundary=\"b \"", "--b \r\n\r\nx\r\n--b --", "boundary"},
        {"multipart/mixed; boundary=a*b", "--a*b\r\n\r\nx\r\n--a*b--", "boundary"},
        {"multipart/mixed; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "", "RFC 2046"},
        {TYPE, "", "nowhere"},
        {TYPE, "{}", "nowhere"},
        {TYPE, "--b", "nowhere"},
        {TYPE, "--b\n\nx\n--b--\n", "nowhere"},
        {TYPE, "--b--\r\n", "no part"},
        {TYPE, "--b\r\n\r\nx", "no end"},
        {TYPE, "--b\r\n\r\nx\r\n--b", "no end"},
        {TYPE, "--b\r\n\r\nx\r\n--b-", "no end"},
        {TYPE, "--b\r\n\r\nx\r\n--bb--\r\n", "no end"},
        {TYPE, "--b\r\n\r\nx\r\n--b--y\r\n", "no end"},
        {TYPE, "--b\r\nContent-Type: a/b\r\n--b--", "part 1"},
        {TYPE, "--b\r\nno header\r\n\r\nx\r\n--b--", "part 1"},
        {TYPE, "--b\r\n\r\nx\r\n--b\r\n: empty\r\n\r\nx\r\n--b--", "part 2"},
        {TYPE, "--b\r\nContent Type\r\n\r\nx\r\n--b--", "Name: value"},
        {TYPE, "--b\r\nContent-Type: a/b\r\ncontent-type: a/b\r\n\r\nx\r\n--b--", "twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct multipart read = {0};
        struct error error = {0};
        if (read_body(&read, cases[i].type, cases[i].body, &error) != -1)
            fail_msg("case %zu is taken", i);
        if (!strstr(error.text, cases[i].says))
            fail_msg("case %zu: %s", i, error.text);
        multipart_free(&read);
    }
    struct multipart none = {0};
    struct error error = {0};
    static const char with_nul[] = "--b\r\nContent-Type: a\0/b\r\n\r\nx\r\n--b--";
    assert_int_equal(multipart_read(&none, TYPE, with_nul, sizeof with_nul - 1, &error), -1);
    multipart_free(&none);
    assert_int_equal(multipart_read(&none, TYPE, NULL, 0, &error), -1); /* as of a request without a body */
    multipart_free(&none);
}

static void it_costs_no_more_than_it_has(void **state)
{
    (void)state;
    struct buf body = {0};
    struct multipart read = {0};
    struct error error;
    buf_append_text(&body, "--b\r\nX: ");
    for (int i = 0; i < MULTIPART_LONGEST_HEAD; i++)
        buf_put_u8(&body, 'x');
    buf_append_text(&body, "\r\n\r\n\r\n--b--");
    assert_int_equal(multipart_read(&read, TYPE, body.data, body.size, &error), -1);
    assert_non_null(strstr(error.text, "headers"));
    multipart_free(&read);

    buf_clear(&body);
    for (int i = 0; i <= MULTIPART_MOST_PARTS; i++)
        buf_append_text(&body, "--b\r\n\r\n\r\n");
    buf_append_text(&body, "--b--");
    assert_int_equal(multipart_read(&read, TYPE, body.data, body.size, &error), -1);
    assert_non_null(strstr(error.text, "parts"));
    multipart_free(&read);

    /* What almost is a boundary, all along: a reader that begins again from the start would not come back. */
    buf_clear(&body);
    buf_append_text(&body, "--b\r\n\r\n");
    for (int i = 0; i < 200000; i++)
        buf_append_text(&body, "\r\n--b-");
    buf_append_text(&body, "\r\n--b--");
    assert_int_equal(multipart_read(&read, TYPE, body.data, body.size, &error), 0);
    assert_int_equal(read.count, 1);
    assert_int_equal(read.parts[0].size, 1200000);
    multipart_free(&read);
    buf_free(&body);
}

static void media_types_are_told_apart(void **state)
{
    (void)state;
    assert_true(media_type_is("application/json", "application/json"));
    assert_true(media_type_is(" Application/JSON ;charset=utf-8", "application/json"));
    assert_false(media_type_is("application/jsonp", "application/json"));
    assert_false(media_type_is("multipart/form-data; boundary=b", "multipart/mixed"));
    assert_false(media_type_is("", "application/json"));
    assert_false(media_type_is("application/soap", "application/json"));
    char *value = media_type_parameter("a/b; x=\"q\\\" ; y=2\"; y=\"1\"", "y");
    assert_string_equal(value, "1");
    free(value);
    value = media_type_parameter("a/b;x=longer; y=1;z=2", "y");
    assert_string_equal(value, "1");
    free(value);
    assert_null(media_type_parameter("a/b; x", "x"));
    assert_null(media_type_parameter("a/b; xy=1", "x"));
    assert_null(media_type_parameter("a/b;;;; =; x", "y"));
}

static void digests_are_those_of_fips_180(void **state)
{
    (void)state;
    /* FIPS 180-4's own example: "abc". */
    static const char *const right[] = {
        "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d"
        "4423643c"
        "e80e2a9ac94fa54ca49f"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_true(digest_is_sha2(right[i], "abc", 3));
        assert_false(digest_is_sha2(right[i], "abd", 3));
    }
    assert_false(digest_is_sha2("", "abc", 3));
    assert_false(digest_is_sha2("ba7816bf", "abc", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc_is_read),
        cmocka_unit_test(headers_of_attachments_are_read),
        cmocka_unit_test(bytes_of_any_kind_are_kept),
        cmocka_unit_test(boundaries_are_those_of_the_rfc),
        cmocka_unit_test(headers_are_told_by_their_whole_names),
        cmocka_unit_test(no_boundary_is_like_another),
        cmocka_unit_test(a_part_may_have_no_body),
        cmocka_unit_test(broken_bodies_are_refused),
        cmocka_unit_test(it_costs_no_more_than_it_has),
        cmocka_unit_test(media_types_are_told_apart),
        cmocka_unit_test(digests_are_those_of_fips_180),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
