/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Signed statements. The signatures were made with OpenSSL: keys and certificates by
 *
 *     openssl req -x509 -newkey rsa:1024 -nodes -days 3650 -subj /CN=signer.example -keyout KEY -out
 * CERTIFICATE
 *
 * and each by `openssl dgst -sha256 -sign KEY` (or -sha384, -sha512) over its first two parts.
 */
#include "statement/signature.h"

#include "fake_lrs.h"
#include "http/multipart.h"
#include "statement/attachments.h"

#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The rest of a header with the certificate in it, and the statement that was signed, in base64url. */
#define CERTIFIED                                                                                            \
    "LCAieDVjIjogWyJNSUlDRGpDQ0FYZWdBd0lCQWdJVVZ4L3ZiaXk2V08xcW9sME90NG04MUhHaXNlQXdEUVlKS29aSWh2Y05B"       \
    "UUVMQlFBd0dURVhNQlVHQTFVRUF3d09jMmxuYm1WeUxtVjRZVzF3YkdVd0hoY05Nall4TVRJMk1Ea3lNREUyV2hjTk16WXhN"       \
    "VEl6TURreU1ERTJXakFaTVJjd0ZRWURWUVFEREE1emFXZHVaWEl1WlhoaGJYQnNaVENCbnpBTkJna3Foa2lHOXcwQkFRRUZB"       \
    "QU9CalFBd2dZa0NnWUVBcFBWMlhRcmQ4UnBvNVNDUEV2RUh4M0tmN2xxbGNCMzBkckJqZjNQUWZvL2Nkbk13dzlhRm5KQ2Fx"       \
    "RUFIcVVqSjhsdDJxQlBnUG9sYVpQQnVMMGQrYTc0ank5azAxN0VndUJEV0x1NndJRWVkQmF6QzRwS1hHaDFQb3dOUGtMNXk4"       \
    "NzNibCtuam40dEtwSTdxNWZWNjdmMzVFTXFSd2VLUDc4QVdUeUxnR0NjQ0F3RUFBYU5UTUZFd0hRWURWUjBPQkJZRUZPbEdS"       \
    "b2JQQ1pXRFhJYkhOclVHNC9aSGhCYzdNQjhHQTFVZEl3UVlNQmFBRk9sR1JvYlBDWldEWEliSE5yVUc0L1pIaEJjN01BOEdB"       \
    "MVVkRXdFQi93UUZNQU1CQWY4d0RRWUpLb1pJaHZjTkFRRUxCUUFEZ1lFQUloYWdhWkliVFdXSGUxcEJ3L1dabHNlVzlOekZ2"       \
    "eFlTOTlxNHlaWXVCc2JkSlFrWUd1ai9qNjV3cWdWZk1VZGlRNHpKZ1dmSmYycU1Bejl2QzczWlQ2ZVB3elgvYTZYLzR6U0dY"       \
    "aEpENWw4eXk3QTJIWU5kNDJ4MUI1YTJUd1lteEhCdzlycTg1MWY0OFl6dEh0c094M3dGZVpsbk55ejFFWUwzY3JYZVhRRT0i"       \
    "XX0"
#define SIGNED                                                                                               \
    "eyAiaWQiOiAiMzNjZmY0MTYtZTMzMS00YzlkLTk2OWUtNTM3M2ExNzU2MTIwIiwgInZlcmIiOiB7ImlkIjoiaHR0cDovL2V4"       \
    "YW1wbGUuY29tL3ZlcmJzL2RpZCJ9LCAiYWN0b3IiOiB7Im1ib3giOiJtYWlsdG86YUBleGFtcGxlLmNvbSJ9LCAib2JqZWN0"       \
    "IjogeyJpZCI6Imh0dHA6Ly9leGFtcGxlLmNvbS9pdCJ9LCAidGltZXN0YW1wIjogIjIwMjYtMDQtMDFUMTI6MDA6MDBaIiB9"

static const char by_rs256[] =
    "eyJhbGciOiAiUlMyNTYi" CERTIFIED "." SIGNED "."
    "UuBa9TIpOApKNYrHbjQIvapXccqNwM1I9i-a2OHzuCe8oSSo3X54M7yiFrQ1_RotNN3m-877oxxRsQ4L1teTr4PMzPTlBBj_"
    "3hYTeqq4B2IeyKd2thDungX0OTZQ0L4GTpFDLhyN2cxmky2Qj6_wHiZm9YIRXqUhEeJB6cB4bW4";

static const char by_rs384[] =
    "eyJhbGciOiAiUlMzODQi" CERTIFIED "." SIGNED "."
    "jt2q87f6FG2YEfKGa2jFT06LZ-vnHexUXti3Zxvq0njd7GaNnFjaV70U1NNbCM6tucXXMIxpgs-dB41VpAXQn_SBoqvV8Sac"
    "rJcWHZOzEB0ofv3zwwdsii_FKCXsZc5YwqvOiuz8-Y9IS6c9vvU2mkE9kW19YwVTBUibbj--E8c";

static const char by_rs512[] =
    "eyJhbGciOiAiUlM1MTIi" CERTIFIED "." SIGNED "."
    "CJV_FgeclZ0ROzrdJvcsiZG6HpTVOujNw-h1BE6Ho42HI3K4I-xzGSg3CNyaHf2vG19GGmsmGlXzlbToAcNsn936x2SNWke0"
    "n3flDRl7u8Ff4h5OdDaM-VMsGmJIVbDcmYiFyb_zi1xTKO10vDgqzzOJ5aZkE9ggc9beh2NTPZY";

static const char without_certificate[] =
    "eyJhbGciOiAiUlMyNTYifQ"
    "." SIGNED "."
    "XUfEG_5qtjhQtccb2gY4VUoQ4KEN_1rTf54etNgxYtEk_w-i4lIpaj-h5KQRAbgPvJV96KmRBxc4RyZeOX3McE8w2auSDKYG"
    "275zrQqRsOTLclSaUa35r0d9ARH5Odp1vo6-aho_hkMAXCyihrtr71kTKukRiud3vLZTBHR__zM";

static const char with_another_certificate[] =
    "eyJhbGciOiAiUlMyNTYiLCAieDVjIjogWyJNSUlDRERDQ0FYV2dBd0lCQWdJVWVucTE0bXB0RmF4NnBlZFM5MkNhK05ZaS9x"
    "QXdEUVlKS29aSWh2Y05BUUVMQlFBd0dERVdNQlFHQTFVRUF3d05iM1JvWlhJdVpYaGhiWEJzWlRBZUZ3MHlOakV4TWpZd09U"
    "SXdNVFphRncwek5qRXhNak13T1RJd01UWmFNQmd4RmpBVUJnTlZCQU1NRFc5MGFHVnlMbVY0WVcxd2JHVXdnWjh3RFFZSktv"
    "WklodmNOQVFFQkJRQURnWTBBTUlHSkFvR0JBTTQzOG5JWDBRc3QrbnhmYkRna1VWay9ieTBQQ0szTTJsMlVGTEl2Q2psMC9P"
    "UzFyQ1prR0NlcXJNYk1vSXJ4cE5FS1RiTDNmbmQ1Vi93clFlbmhpRExiTmVZalU4aG5FUitNSFlob0J3VVpXblkrdW01c0dQ"
    "alRrLzcvY1BwNzNQMmN5VndBMDVISVFEVzk5eWtOK1BiSjBuYWpUYzcrUmwvYkpqVm1salo3QWdNQkFBR2pVekJSTUIwR0Ex"
    "VWREZ1FXQkJSTEgrWWFQVWg0SmdwbW5xYkZGbE5wejNHcElqQWZCZ05WSFNNRUdEQVdnQlJMSCtZYVBVaDRKZ3BtbnFiRkZs"
    "TnB6M0dwSWpBUEJnTlZIUk1CQWY4RUJUQURBUUgvTUEwR0NTcUdTSWIzRFFFQkN3VUFBNEdCQUlqRnpwaThJa2N5aGtpbmFl"
    "Z0RGZXBwYW5neTNqelA0ZW94YTNLOExQMCtlUFVuMEo3RVJSRTdlaEw4ZU1mSDB3eGVSQVlxM2hOWWd0MkJzRTNzNVJtbUts"
    "ajVGdWFQSzd3T2ZPSmcwVzJ4eFludDM0Vm1QZTd2TUhlUzdmZ2lLVmdta3VxdG5yOWtpL0VyRUtPMTQvUUFpcktOOUZYSXlN"
    "YTgvb3B2bDhkZCJdfQ"
    "." SIGNED "."
    "HWVUxflVjXmwAsgFO0CNPKOLPcWymRN_8THeSf3MEw5xoXhcLJg06rBJNerWp4GBivbdvONS1u8tSx2NdB4ojsyC8UTNoaE6"
    "UNq-1xwBgqVXS1jtBRNvkxaYd-JM5FvWlqodI0GTAI8rYese4Xxq1FmE9Klq3aPcwkXIqRT5sS8";

#define ATTACHMENT                                                                                           \
    "{\"usageType\":\"" SIGNATURE_USAGE "\",\"display\":{\"en\":\"Signature\"},"                             \
    "\"contentType\":\"application/octet-stream\",\"length\":10,"                                            \
    "\"sha2\":\"672fa5fa658017f1b72d65036f13379c6ab05d4ab3b6664908d8acf0b6a0c634\"}"
#define OTHER_ATTACHMENT                                                                                     \
    "{\"usageType\":\"http://example.com/essay\",\"display\":{\"en\":\"Essay\"},\"contentType\":\"text/"     \
    "plain\","                                                                                               \
    "\"length\":3,\"sha2\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"}"
#define REST                                                                                                 \
    "\"verb\":{\"id\":\"http://example.com/verbs/did\"},\"object\":{\"id\":\"http://example.com/it\"},"      \
    "\"timestamp\":\"2026-04-01T12:00:00Z\""
#define STATEMENT(id, name, attachments)                                                                     \
    "{" id "\"actor\":{\"mbox\":\"mailto:" name "@example.com\"}," REST ",\"attachments\":[" attachments "]" \
    "}"
#define ID "\"id\":\"33cff416-e331-4c9d-969e-5373a1756120\","

/* "": it is sound; else what the error says. */
static void check(const char *text, const char *jws, const char *says)
{
    const struct xapi xapi = {.path = "/xapi",
                              .authority = "{\"objectType\":\"Agent\",\"account\":{\"homePage\":\"https://"
                                           "wijzer.invalid/feed\",\"name\":\"lms\"}}",
                              .authority_person = "https://wijzer.invalid/feed lms"};
    struct json json = {0};
    struct error error = {0};
    assert_int_equal(json_read(&json, text, strlen(text), &error), 0);
    const int result =
        signature_check(&xapi, &json, 0, XAPI_1_0_3, (const uint8_t *)jws, strlen(jws), &error);
    if (result != (*says ? -1 : 0) || !strstr(error.text, says))
        fail_msg("%d, %s; not %s", result, error.text, says);
    json_free(&json);
}

static void what_was_signed_is_taken(void **state)
{
    (void)state;
    check(STATEMENT(ID, "a", ATTACHMENT), by_rs256, "");
    check(STATEMENT(ID, "a", ATTACHMENT), by_rs384, "");
    check(STATEMENT(ID, "a", ATTACHMENT), by_rs512, "");
    check(STATEMENT(ID, "a", ATTACHMENT), without_certificate, "");
    /* Attachments are no part of what is compared (Data 2.3.1). */
    check(STATEMENT(ID, "a", OTHER_ATTACHMENT "," ATTACHMENT), by_rs256, "");
}

static void another_statement_is_refused(void **state)
{
    (void)state;
    check(STATEMENT(ID, "b", ATTACHMENT), by_rs256, "another statement");
    check(STATEMENT("\"id\":\"33cff416-e331-4c9d-969e-5373a1756121\",", "a", ATTACHMENT), by_rs256,
          "another statement");
    check(STATEMENT("", "a", ATTACHMENT), by_rs256, "another statement");
}

static void another_key_is_refused(void **state)
{
    (void)state;
    check(STATEMENT(ID, "a", ATTACHMENT), with_another_certificate, "key of the certificate");
    /* One bit of the signature is another. */
    char *changed = strdup(by_rs256);
    char *last = strrchr(changed, '.') + 1;
    *last = *last == 'A' ? 'B' : 'A';
    check(STATEMENT(ID, "a", ATTACHMENT), changed, "key of the certificate");
    free(changed);
}

/* A serialization of these three texts. */
static char *jws_of(const char *header, const char *payload, const char *signature)
{
    const char *const pieces[] = {header, payload, signature};
    char *out = calloc(1, 100000);
    assert_non_null(out);
    for (size_t i = 0; i < 3; i++) {
        const size_t end = strlen(out);
        sodium_bin2base64(out + end, 100000 - end, (const uint8_t *)pieces[i], strlen(pieces[i]),
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        if (i < 2)
            strcat(out, ".");
    }
    return out;
}

#define PAYLOAD_WITHOUT_ID "{\"actor\":{\"mbox\":\"mailto:a@example.com\"}," REST "}"
#define PAYLOAD "{" ID "\"actor\":{\"mbox\":\"mailto:a@example.com\"}," REST "}"

static void broken_signatures_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *header, *payload, *says;
    } cases[] = {
        {"{\"alg\":\"RS256\"}", PAYLOAD, ""},
        {"{\"alg\":\"HS256\"}", PAYLOAD, "alg"},
        {"{\"alg\":\"none\"}", PAYLOAD, "alg"},
        {"{\"alg\":\"rs256\"}", PAYLOAD, "alg"},
        {"{\"alg\":[\"RS256\"]}", PAYLOAD, "alg"},
        {"{}", PAYLOAD, "alg"},
        {"[]", PAYLOAD, "alg"},
        {"\"RS256\"", PAYLOAD, "alg"},
        {"{\"alg\":\"RS256\"", PAYLOAD, "the signature"},
        {"{\"alg\":\"RS256\",\"alg\":\"RS256\"}", PAYLOAD, "the signature"},
        {"{\"alg\":\"RS256\",\"crit\":[\"exp\"]}", PAYLOAD, "crit"},
        {"{\"alg\":\"RS256\",\"x5c\":[]}", PAYLOAD, "x5c"},
        {"{\"alg\":\"RS256\",\"x5c\":\"AAAA\"}", PAYLOAD, "x5c"},
        {"{\"alg\":\"RS256\",\"x5c\":[1]}", PAYLOAD, "x5c"},
        {"{\"alg\":\"RS256\",\"x5c\":[\"-\"]}", PAYLOAD, "x5c"},
        {"{\"alg\":\"RS256\",\"x5c\":[\"AAAA\"]}", PAYLOAD, "x5c"},
        {"{\"alg\":\"RS256\",\"x5c\":[\"\"]}", PAYLOAD, "x5c"},
        {"{\"alg\":\"RS256\"}", "{'id': 1}", "the signature"},
        {"{\"alg\":\"RS256\"}", "[]", "payload"},
        {"{\"alg\":\"RS256\"}", "7", "payload"},
        {"{\"alg\":\"RS256\"}", "{}", "payload"},
        {"{\"alg\":\"RS256\"}", "[" PAYLOAD "]", "payload"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *jws = jws_of(cases[i].header, cases[i].payload, "signed");
        check(STATEMENT(ID, "a", ATTACHMENT), jws, cases[i].says);
        free(jws);
    }
}

static void what_is_no_jws_is_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        ".",
        "..",
        "...",
        "e30",
        "e30.",
        "e30.e30",
        "e30.e30.",
        "e30..eA",
        ".e30.eA",
        "e30.e30.eA.eA",
        "e30.e30.eA\n",
        "e30=.e30.eA",
        "e+/.e30.eA",
        "{\"payload\":\"e30\",\"signatures\":[]}",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check(STATEMENT(ID, "a", ATTACHMENT), cases[i], "signature");
}

/* xAPI 1.0.3, Data 2.4.1: whoever stores a statement gives it an id where it has none. */
static void an_id_may_come_after_the_signature(void **state)
{
    (void)state;
    char *jws = jws_of("{\"alg\":\"RS256\"}", PAYLOAD_WITHOUT_ID, "signed");
    check(STATEMENT("", "a", ATTACHMENT), jws, "");
    check(STATEMENT(ID, "a", ATTACHMENT), jws, "");
    check(STATEMENT(ID, "b", ATTACHMENT), jws, "another statement");
    free(jws);
}

/* What is far longer than its statement is not even read: each of many statements could name it. */
static void a_signature_fits_its_statement(void **state)
{
    (void)state;
    char *payload = malloc(70000);
    assert_non_null(payload);
    memset(payload, ' ', 69999);
    payload[69999] = '\0';
    memcpy(payload, PAYLOAD, strlen(PAYLOAD));
    char *jws = jws_of("{\"alg\":\"RS256\"}", payload, "signed");
    check(STATEMENT(ID, "a", ATTACHMENT), jws, "too long");
    payload[20000] = '\0';
    free(jws);
    jws = jws_of("{\"alg\":\"RS256\"}", payload, "signed");
    check(STATEMENT(ID, "a", ATTACHMENT), jws, "");
    free(jws);
    free(payload);
}

/* Posts a statement with so many attachments that are its signature. */
static void send_signed(struct lrs *lrs, size_t times)
{
    uint8_t digest[crypto_hash_sha256_BYTES];
    char hash[2 * sizeof digest + 1];
    crypto_hash_sha256(digest, (const uint8_t *)by_rs256, strlen(by_rs256));
    sodium_bin2hex(hash, sizeof hash, digest, sizeof digest);
    struct buf statement = {0}, body = {0};
    buf_append_text(&statement,
                    "{" ID "\"actor\":{\"mbox\":\"mailto:a@example.com\"}," REST ",\"attachments\":[");
    for (size_t i = 0; i < times; i++)
        buf_append_format(&statement,
                          "%s{\"usageType\":\"" SIGNATURE_USAGE "\",\"display\":{\"en\":\"S\"},"
                          "\"contentType\":\"application/octet-stream\",\"length\":%zu,\"sha2\":\"%s\"}",
                          i ? "," : "", strlen(by_rs256), hash);
    buf_append_text(&statement, "]}");
    multipart_put("b", "application/json", NULL, statement.data, statement.size, &body);
    multipart_put("b", "application/octet-stream", hash, by_rs256, strlen(by_rs256), &body);
    multipart_put_end("b", &body);
    lrs_send(lrs, "POST", "/statements", "multipart/mixed; boundary=b", body.data, body.size);
    buf_free(&statement);
    buf_free(&body);
}

/* A signature holds the statement once more, with everybody in it. */
static void it_is_kept_where_identities_are(void **state)
{
    (void)state;
    for (int keeps = 0; keeps < 2; keeps++) {
        struct lrs lrs;
        lrs_begin(&lrs, keeps != 0);
        send_signed(&lrs, 1);
        lrs_expect(&lrs, 200);
        assert_int_equal(lrs.events[0].attachment_count, keeps);
        lrs_end(&lrs);
    }
}

/* Each costs what checking one costs, and all may name the same bytes. */
static void a_statement_has_only_so_many(void **state)
{
    (void)state;
    struct lrs lrs;
    lrs_begin(&lrs, true);
    send_signed(&lrs, ATTACHMENTS_MOST_SIGNATURES + 1);
    lrs_expect(&lrs, 400);
    SAYS(&lrs, "signatures");
    send_signed(&lrs, ATTACHMENTS_MOST_SIGNATURES);
    lrs_expect(&lrs, 200);
    lrs_end(&lrs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_signed_is_taken),
        cmocka_unit_test(another_statement_is_refused),
        cmocka_unit_test(another_key_is_refused),
        cmocka_unit_test(broken_signatures_are_refused),
        cmocka_unit_test(what_is_no_jws_is_refused),
        cmocka_unit_test(a_signature_fits_its_statement),
        cmocka_unit_test(an_id_may_come_after_the_signature),
        cmocka_unit_test(it_is_kept_where_identities_are),
        cmocka_unit_test(a_statement_has_only_so_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
