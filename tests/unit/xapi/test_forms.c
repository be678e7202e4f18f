/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forms of texts, by their specifications. */
#include "check/forms.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef bool (*form)(const char *text, size_t size);

static void assert_all(form is_form, bool wanted, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_form(texts[i], strlen(texts[i])) != wanted)
            fail_msg("'%s' is %s", texts[i], wanted ? "refused" : "taken");
}

#define ARE(is_form, ...)                                                                                    \
    do {                                                                                                     \
        static const char *const texts[] = {__VA_ARGS__};                                                    \
        assert_all(is_form, true, texts, sizeof texts / sizeof *texts);                                      \
    } while (0)
#define ARE_NOT(is_form, ...)                                                                                \
    do {                                                                                                     \
        static const char *const texts[] = {__VA_ARGS__};                                                    \
        assert_all(is_form, false, texts, sizeof texts / sizeof *texts);                                     \
    } while (0)

static void iris(void **state)
{
    (void)state;
    ARE(form_is_iri, "http://example.com/x", "urn:uuid:1", "mailto:a@b", "a:", "course-v1:A+B+c",
        "x://h/%C3%A9", "http://example.com/\xd9\x81\xd8\xb9\xd9\x84", "http://[2001:db8::1]/x",
        "tag:a,2026:b", "http://e.com/?a=b#c", "a.b-c+d:e", "http://e.com/\xc2\xa9");
    ARE_NOT(form_is_iri, "", "example.com/x", "/x", "1a:b", ":a", "ab=c://x", "http://e.com/a b",
            "http://e.com/<x>", "http://e.com/\"", "http://e.com/%zz", "http://e.com/%1", "http://e.com/{x}",
            "http://e.com/x[1]", "http://e.com/#a#b", "http://e.com/\\", "http://e.com/^", "http://e.com/`",
            "http://e.com/\x7f", "http://e.com/\xc2\x85", "http://e.com/\xe2\x80\xae", "no scheme",
            "http://e.com/\x1f", "http://e.com/\x80", "http://e.com/\xc3", "http://e.com/\xff");
}

static void uuids(void **state)
{
    (void)state;
    ARE(form_is_uuid, "7ccd3322-e1a5-411a-a67d-6a735c76f119", "00000000-0000-0000-0000-000000000000",
        "AA97B177-9383-4934-8543-0F91A7A02836");
    ARE_NOT(form_is_uuid, "", "7ccd3322-e1a5-411a-a67d-6a735c76f11", "7ccd3322-e1a5-411a-a67d-6a735c76f1199",
            "7ccd3322e1a5411aa67d6a735c76f119", "{7ccd3322-e1a5-411a-a67d-6a735c76f1}",
            "7ccd3322-e1a5-411a-a67d-6a735c76f11g", "7ccd3322-e1a5-411aa-67d-6a735c76f119");
    uint8_t bytes[16];
    char text[37];
    assert_true(form_read_uuid("7CCD3322-e1a5-411a-a67d-6a735c76f119", 36, bytes));
    assert_int_equal(bytes[0], 0x7c);
    assert_int_equal(bytes[15], 0x19);
    form_write_uuid(bytes, text);
    assert_string_equal(text, "7ccd3322-e1a5-411a-a67d-6a735c76f119");
}

/* RFC 5646, appendix A has tags of each of these kinds. */
static void languages(void **state)
{
    (void)state;
    ARE(form_is_language, "nl", "nl-NL", "NL-nl", "zh-Hans-CN", "zh-cmn-Hans-CN", "de-CH-1901",
        "sl-rozaj-biske-1994", "es-419", "x-whatever", "qaa-Qaaa-QM-x-southern", "en-a-myext-b-another",
        "i-klingon", "sgn-BE-FR", "art-lojban", "en-GB-oed", "ast", "abcd", "abcdefgh", "de-Latf-DE",
        "hy-Latn-IT-arevela");
    ARE_NOT(form_is_language, "", "a", "-", "nl-", "-nl", "nl--NL", "nl_NL", "a12345678", "a1", "abcdefghi",
            "nl-N", "en-a", "x-", "x", "123", "de-419-DE", "nl NL", "en-a-x", "ar-a-aaa-b", "i-unknown",
            "nl-\xc3\xa9");
}

static void addresses_and_sums(void **state)
{
    (void)state;
    ARE(form_is_mailto, "mailto:ada@example.com", "mailto:a.b+c@x.nl", "MAILTO:a@b",
        "mailto:\xc3\xa9@example.com");
    ARE_NOT(form_is_mailto, "", "mailto:", "ada@example.com", "mailto:ada", "mailto:@x", "mailto:a@",
            "mailto:a@b@c", "mailto:a b@c", "mailto:a@b?subject=x", "mailto:a@b,c@d", "http://a@b",
            "mailto:a\n@b");
    ARE(form_is_sha1, "ebd31e95054c018b10727ccffd2ef2ec3a016ee9", "EBD31E95054C018B10727CCFFD2EF2EC3A016EE9");
    ARE_NOT(form_is_sha1, "", "ebd31e95054c018b10727ccffd2ef2ec3a016ee",
            "ebd31e95054c018b10727ccffd2ef2ec3a016eeg", "ebd31e95054c018b10727ccffd2ef2ec3a016ee90");
    ARE(form_is_media_type, "text/plain", "text/plain; charset=utf-8", "text/plain;charset=\"a;b\"",
        "application/vnd.a+json", "a/b;c=d;e=f");
    ARE_NOT(form_is_media_type, "", "text", "text/", "/plain", "text/plain;", "text/plain; charset",
            "text plain", "text/plain;a=", "text/plain;a=\"b", "a/b/c");
}

static void times(void **state)
{
    (void)state;
    ARE(form_is_timestamp, "2026-08-31T12:00:00.000Z", "2026-08-31T12:00:00Z", "2026-08-31T12:00Z",
        "2026-08-31T12:00:00.123456789+02:00", "2026-08-31T12:00:00-0500", "2026-08-31T12:00:00+02",
        "2026-08-31T12:00:00", "2024-02-29T00:00:00Z", "2026-08-31t12:00:00z", "2016-12-31T23:59:60Z",
        "2026-08-31T12:00:00+00:00");
    ARE_NOT(form_is_timestamp, "", "2026-08-31", "2026-08-31 12:00:00Z", "31/08/2026", "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-08-31T24:00:00Z", "2026-08-31T12:60:00Z",
            "2026-08-31T12:00:00.Z", "2026-08-31T12:00:00-00:00", "2026-08-31T12:00:00-00",
            "2026-08-31T12:00:00-0000", "2026-08-31T12:00:00+2:00", "2026-08-31T12:00:00Zx",
            "2026-08-31T12:00:00+24:00", "12:00:00Z", "2026-8-31T12:00:00Z", "02026-08-31T12:00:00Z");
    ARE(form_is_strict_timestamp, "2026-08-31T12:00:00.000Z", "2026-08-31T12:00:00+00:00");
    ARE_NOT(form_is_strict_timestamp, "2026-08-31T12:00Z", "2026-08-31T12:00:00", "2026-08-31T12:00:00-0500",
            "2026-08-31T12:00:00+02", "2026-08-31T12:00:00,5Z", "2026-08-31T12:00:00-00:00");
}

static void assert_moment(const char *text, int64_t seconds, int milliseconds)
{
    int64_t time = 0;
    assert_true(form_read_timestamp(text, strlen(text), &time));
    assert_true(time == seconds * 1000 + milliseconds);
}

/* The seconds are what `date -u -d ... +%s` says. */
static void a_time_is_so_many_milliseconds(void **state)
{
    (void)state;
    assert_moment("1970-01-01T00:00:00Z", 0, 0);
    assert_moment("2026-08-31T12:00:00.804Z", 1788177600, 804);
    assert_moment("2026-08-31T12:00:00.8049+02:00", 1788170400, 804);
    assert_moment("2000-02-29T23:59:59-0500", 951886799, 0);
    assert_moment("1969-12-31T23:59:59.5Z", -1, 500);
    assert_moment("0001-01-01T00:00:00Z", -62135596800, 0);
    char text[FORM_TIME_SIZE];
    form_write_timestamp(1788177600804, text);
    assert_string_equal(text, "2026-08-31T12:00:00.804Z");
    form_write_timestamp(951868799000, text);
    assert_string_equal(text, "2000-02-29T23:59:59.000Z");
    form_write_timestamp(-500, text);
    assert_string_equal(text, "1969-12-31T23:59:59.500Z");
}

static void assert_minutes(const char *text, double wanted)
{
    double minutes = 0;
    if (!form_read_duration(text, strlen(text), &minutes) || fabs(minutes - wanted) > 1e-9 * fabs(wanted))
        fail_msg("'%s' is %.12g minutes instead of %.12g", text, minutes, wanted);
}

static void durations(void **state)
{
    (void)state;
    ARE(form_is_duration, "PT4H35M59.14S", "P3Y1M29DT4H35M59.14S", "P4W", "P3Y", "PT0S", "P1D", "P0.5D",
        "PT1,5H");
    ARE_NOT(form_is_duration, "", "P", "PT", "P1DT", "P4W1D", "P1D4W", "4H", "PA1H0M0S", "PT1H0M0", "P1S",
            "PT1D", "PT1M1H", "P1M1Y", "PT1.5H3M", "P-1D", "-P1D", "P0003-06-04T12:30:05", "pt1h", "PT.5S",
            "PT5.S", "P1D ", "PT1H1H");
    assert_minutes("PT4H35M59.14S", 4 * 60 + 35 + 59.14 / 60);
    assert_minutes("P4W", 4 * 7 * 24 * 60);
    assert_minutes("P1DT1M", 24 * 60 + 1);
    assert_minutes("P1Y", 365.2425 * 24 * 60);
    assert_minutes("P12M", 365.2425 * 24 * 60);
    assert_minutes("PT1,5H", 90);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iris),      cmocka_unit_test(uuids),
        cmocka_unit_test(languages), cmocka_unit_test(addresses_and_sums),
        cmocka_unit_test(times),     cmocka_unit_test(a_time_is_so_many_milliseconds),
        cmocka_unit_test(durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
