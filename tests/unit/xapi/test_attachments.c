/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attachments of statements, as xAPI 1.0.3 (Data 2.4.11, Communication 1.5.2) has them. */
#include "statement/attachments.h"

#include "fake_lrs.h"
#include "http/multipart.h"
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* SHA-2 of "abc" and of "", of FIPS 180-4 and by sha256sum(1). */
#define SHA_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA_ABC_UPPER "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"
#define SHA_NONE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SHA_MEBIBYTE "30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58"
#define ATTACHED(sha, more)                                                                                  \
    "{\"usageType\":\"http://example.com/essay\",\"display\":{\"en\":\"Essay\"},\"contentType\":\"text/"     \
    "plain\","                                                                                               \
    "\"length\":3,\"sha2\":\"" sha "\"" more "}"
#define WITH(last, attachments)                                                                              \
    STATEMENT("\"id\":\"" ID(last) "\",\"attachments\":[" attachments "],", "a", "did")
#define WITHIN(attachments)                                                                                  \
    "{\"actor\":{\"mbox\":\"mailto:a@x.nl\"},\"verb\":{\"id\":\"http://x.nl/"                                \
    "v\"},\"object\":{\"objectType\":\"SubStatement\","                                                      \
    "\"actor\":{\"mbox\":\"mailto:b@x.nl\"},\"verb\":{\"id\":\"http://x.nl/v\"},\"object\":{\"id\":\"http:/" \
    "/x.nl/o\"},"                                                                                            \
    "\"attachments\":[" attachments "]}}"
#define BEGIN "--b\r\nContent-Type: application/json\r\n\r\n"
#define PART(sha, text)                                                                                      \
    "\r\n--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\n"                           \
    "X-Experience-API-Hash: " sha "\r\n\r\n" text
#define END "\r\n--b--\r\n"
#define MIXED "multipart/mixed; boundary=b"

static void post_mixed(struct lrs *lrs, const char *body)
{
    lrs_send(lrs, "POST", "/statements", MIXED, body, strlen(body));
}

/* Takes the last answer apart; its first part has to be the statements. */
static struct multipart parts_of(const struct lrs *lrs)
{
    struct multipart parts = {0};
    struct error error;
    lrs_expect(lrs, 200);
    assert_int_equal(
        multipart_read(&parts, lrs_header(lrs, "Content-Type"), lrs->reply.body, lrs->reply.size, &error), 0);
    assert_string_equal(parts.parts[0].content_type, "application/json");
    return parts;
}

static void attachments_come_back_as_they_were(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    post_mixed(&lrs, BEGIN "[" WITH("1", ATTACHED(SHA_ABC, "") "," ATTACHED(SHA_ABC, "")) "," WITH(
                         "2", ATTACHED(SHA_ABC, "") "," ATTACHED(
                                  SHA_NONE, ",\"fileUrl\":\"http://x.nl/y\"")) "]" PART(SHA_ABC, "abc")
                         PART("E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855", "") END);
    lrs_expect(&lrs, 200);
    assert_int_equal(lrs.events[0].attachment_count, 1);
    assert_int_equal(lrs.events[1].attachment_count, 2);
    lrs_json(&lrs, "GET", "/statements?attachments=true", NULL);
    struct multipart parts = parts_of(&lrs);
    assert_int_equal(parts.count, 3); /* what two statements have is sent once */
    for (size_t i = 1; i < 3; i++) {
        const struct multipart_part *part = &parts.parts[i];
        const bool is_abc = strcmp(part->hash, SHA_ABC) == 0;
        assert_true(is_abc || strcmp(part->hash, SHA_NONE) == 0);
        assert_int_equal(part->size, is_abc ? 3 : 0);
        assert_memory_equal(part->bytes, "abc", part->size);
        assert_string_equal(part->content_type, "text/plain");
        assert_string_equal(part->encoding, "binary");
    }
    multipart_free(&parts);
    lrs_json(&lrs, "GET", "/statements?attachments=true&statementId=" ID("1"), NULL);
    parts = parts_of(&lrs);
    assert_int_equal(parts.count, 2);
    multipart_free(&parts);
    lrs_json(&lrs, "GET", "/statements?attachments=true&limit=1&" AGENT("c"), NULL);
    parts = parts_of(&lrs);
    assert_int_equal(parts.count, 1);
    multipart_free(&parts);
    lrs_json(&lrs, "GET", "/statements?attachments=false", NULL);
    assert_int_equal(lrs_found(&lrs), 2);
    SAYS_NOT(&lrs, "abc\r\n");
    post_mixed(&lrs, BEGIN WITHIN(ATTACHED(SHA_ABC, "")) PART(SHA_ABC, "abc") END);
    lrs_expect(&lrs, 200);
    assert_int_equal(lrs.events[2].attachment_count, 1);
    lrs_end(&lrs);
}

/* One part of a mebibyte of noughts (its SHA-2 by sha256sum), which so many statements have. */
static void share_a_mebibyte(struct lrs *lrs, size_t statements, int status)
{
    struct buf body = {0};
    buf_append_text(&body, BEGIN "[");
    for (size_t i = 0; i < statements; i++)
        buf_append_format(&body, "%s%s", i ? "," : "",
                          STATEMENT("\"attachments\":[" ATTACHED(SHA_MEBIBYTE, "") "],", "a", "did"));
    buf_append_text(&body, "]" PART(SHA_MEBIBYTE, ""));
    memset(buf_extend(&body, 1 << 20), 0, 1 << 20);
    buf_append_text(&body, END);
    lrs_send(lrs, "POST", "/statements", MIXED, body.data, body.size);
    lrs_expect(lrs, status);
    buf_free(&body);
}

static void what_came_once_is_kept_only_so_often(void **state)
{
    (void)state;
    const size_t most = 1 + (ATTACHMENTS_MOST_REPEATED >> 20);
    struct lrs lrs;
    lrs_begin(&lrs, true);
    share_a_mebibyte(&lrs, most + 1, 413);
    assert_int_equal(lrs.count, 0);
    share_a_mebibyte(&lrs, most, 200);
    assert_int_equal(lrs.count, most);
    lrs_end(&lrs);
}

static void parts_and_statements_have_to_fit(void **state)
{
    (void)state;
    static const struct {
        const char *body, *says;
        int status;
    } cases[] = {
        {BEGIN WITH("1", ATTACHED(SHA_ABC, "")) PART(SHA_ABC, "abc") END, "", 200},
        {BEGIN WITH("1", ATTACHED(SHA_ABC, "")) PART(SHA_ABC, "abc") PART(SHA_ABC, "abc") END, "", 200},
        {BEGIN WITH("1", ATTACHED(SHA_ABC_UPPER, "")) PART(SHA_ABC, "abc") END, "", 200},
        {BEGIN STATEMENT("", "a", "did") END, "", 200},
        {BEGIN WITHIN(ATTACHED(SHA_ABC, "")) PART(SHA_ABC, "abc") END, "", 200},
        {BEGIN WITHIN(ATTACHED(SHA_ABC, "")) END, "object.attachments[0]", 400},
        {BEGIN WITH("2", ATTACHED(SHA_ABC, ",\"fileUrl\":\"http://x.nl/y\"")) END, "", 200},
        {BEGIN WITH("1", ATTACHED(SHA_ABC, "")) END, "attachments[0]", 400},
        {BEGIN "[" STATEMENT("", "a", "did") "," WITH("1", ATTACHED(SHA_ABC, "")) "]" END,
         "statement 2 of 2: attachments[0]", 400},
        {BEGIN WITH("1", ATTACHED(SHA_ABC, "")) PART(SHA_ABC, "abd") END, "part 2", 400},
        {BEGIN WITH("1", ATTACHED(SHA_ABC, "")) PART(SHA_ABC, "abc") PART(SHA_NONE, "") END, "part 3", 400},
        {BEGIN STATEMENT("", "a", "did") PART(SHA_ABC, "abc") END, "part 2", 400},
        {BEGIN WITH("1", ATTACHED(SHA_ABC, "")) PART("abc", "abc") END, "part 2", 400},
        {BEGIN WITH("1", ATTACHED(SHA_ABC, "")) PART("", "abc") END, "part 2", 400},
        {BEGIN WITH("1", ATTACHED(SHA_ABC, "")) "\r\n--b\r\nContent-Type: text/plain\r\n\r\nabc" END,
         "missing", 400},
        {BEGIN WITH(
             "1",
             ATTACHED(SHA_ABC,
                      "")) "\r\n--b\r\nContent-Transfer-Encoding: base64\r\nX-Experience-API-Hash: " SHA_ABC
                           "\r\n\r\nabc" END,
         "binary", 400},
        {BEGIN WITH("1", ATTACHED(SHA_ABC, "")) "\r\n--b\r\nX-Experience-API-Hash: " SHA_ABC
                                                "\r\n\r\nabc" END,
         "", 200},
        {"--b\r\nContent-Type: text/plain\r\n\r\n" STATEMENT("", "a", "did") END, "part 1", 400},
        {"--b\r\n\r\n" STATEMENT("", "a", "did") END, "part 1", 400},
        {BEGIN END, "no statements", 400},
        {"{}", "boundary", 400},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lrs lrs;
        lrs_begin(&lrs, true);
        post_mixed(&lrs, cases[i].body);
        if (lrs.reply.status != cases[i].status || !strstr(lrs_body(&lrs), cases[i].says))
            fail_msg("case %zu: %d %s", i, lrs.reply.status, lrs_body(&lrs));
        lrs_end(&lrs);
    }
    struct lrs lrs;
    lrs_begin(&lrs, true);
    lrs_json(&lrs, "POST", "/statements", WITH("1", ATTACHED(SHA_ABC, "")));
    lrs_expect(&lrs, 400);
    lrs_json(&lrs, "POST", "/statements", WITH("1", ATTACHED(SHA_ABC, ",\"fileUrl\":\"http://x.nl/y\"")));
    lrs_expect(&lrs, 200);
    lrs_end(&lrs);
}

static void a_signature_has_to_be_one(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    static const struct {
        const char *type, *more, *part, *says;
    } cases[] = {{"application/octet-stream", "", PART(SHA_ABC, "abc"), "JWS"},
                 {"text/plain", "", PART(SHA_ABC, "abc"), "octet-stream"},
                 {"application/octet-stream", ",\"fileUrl\":\"http://x.nl/y\"", "", "comes along"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf body = {0};
        buf_append_format(&body,
                          BEGIN "{\"actor\":{\"mbox\":\"mailto:a@x.nl\"},\"verb\":{\"id\":\"http://x.nl/v\"},"
                                "\"object\":{\"id\":\"http://x.nl/o\"},\"attachments\":[{"
                                "\"usageType\":\"http://adlnet.gov/expapi/attachments/signature\","
                                "\"display\":{\"en\":\"S\"},\"contentType\":\"%s\",\"length\":3,"
                                "\"sha2\":\"" SHA_ABC "\"%s}]}%s" END,
                          cases[i].type, cases[i].more, cases[i].part);
        lrs_send(&lrs, "POST", "/statements", MIXED, body.data, body.size);
        lrs_expect(&lrs, 400);
        SAYS(&lrs, cases[i].says);
        buf_free(&body);
    }
    lrs_end(&lrs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attachments_come_back_as_they_were),
        cmocka_unit_test(what_came_once_is_kept_only_so_often),
        cmocka_unit_test(parts_and_statements_have_to_fit),
        cmocka_unit_test(a_signature_has_to_be_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
