/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an Authorization header says, and whose it is. Examples in RFC 7617 and RFC 4648 say what is right. */
#include "host/credentials.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/wijzer-credentials-XXXXXX";

static void write_file(const char *name, const char *text, mode_t mode)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

static void remove_file(const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
}

static int make_folder(void **state)
{
    (void)state;
    unsetenv("CREDENTIALS_DIRECTORY");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void what_the_rfc_shows_is_read(void **state)
{
    static const struct {
        const char *header, *key, *secret;
    } cases[] = {
        {"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"}, /* RFC 7617, 2 */
        {"Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3"},                /* 2.1: UTF-8 */
        {"basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"}, /* RFC 9110, 11.1: any case */
        {"BASIC   QWxhZGRpbjpvcGVuIHNlc2FtZQ==  ", "Aladdin", "open sesame"},
        {"Basic YTpiOmM=", "a", "b:c"}, /* only the first colon parts */
        {"Basic YTo=", "a", ""},
        {"Basic OmI=", "", "b"},
        {"Basic Og==", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct login login;
        assert_true(login_read(cases[i].header, &login));
        assert_string_equal(login.key, cases[i].key);
        assert_string_equal(login.secret, cases[i].secret);
        login_forget(&login);
    }
}

static void what_is_garbled_is_not(void **state)
{
    static const char *const headers[] = {
        "",
        "Basic",
        "Basic ",
        "BasicQWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "Token QWxhZGRpbjpvcGVuIHNlc2FtZQ==", /* as long a name */
        "Basic QWxhZGRpbg==",                 /* no colon */
        "Basic YTpi YTpi",                    /* two of them */
        "Basic YTpi%",                        /* no Base64 */
        "Basic YTpi====",                     /* more padding than there can be */
        "Basic YTp",                          /* bits are left over */
        "Basic YTpiAGM=",                     /* NUL behind what would fit */
        "Basic YQA6Yg==",                     /* NUL */
        "Basic YTpiCg==",                     /* a line break, RFC 7617, 2: no control characters */
        "Basic YTpifw==",                     /* DEL is one, too (RFC 5234, B.1) */
        "Basic =",
    };
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct login login;
        if (login_read(headers[i], &login))
            fail_msg("'%s' is read", headers[i]);
    }
    static char long_one[100000] = "Basic ";
    struct login login;
    memset(long_one + 6, 'Y', sizeof long_one - 7);
    assert_false(login_read(long_one, &login));
}

static enum login_fit try_with(struct credentials *credentials, const char *key, const char *secret)
{
    const struct login login = {.key = key, .secret = secret};
    return credentials_try(credentials, &login);
}

static void what_fits_follows_the_file(void **state)
{
    (void)state;
    struct credentials *credentials;
    struct error error;
    write_file("s", "a secret that is long\nanother line\n", 0600);
    assert_int_equal(credentials_open(&credentials, "f", folder, "moodle", "s", &error), 0);
    assert_int_equal(try_with(credentials, "moodle", "a secret that is long"), LOGIN_FITS);
    assert_int_equal(try_with(credentials, "moodle", "a secret that is lon"), LOGIN_WITH_WRONG_SECRET);
    assert_int_equal(try_with(credentials, "moodle", "a secret that is long\nanother line"),
                     LOGIN_WITH_WRONG_SECRET);
    assert_int_equal(try_with(credentials, "moodl", "a secret that is long"), LOGIN_OF_ANOTHER);
    assert_int_equal(try_with(credentials, "", ""), LOGIN_OF_ANOTHER);

    write_file("s", "a secret that's other", 0600); /* as long */
    assert_int_equal(try_with(credentials, "moodle", "a secret that is long"), LOGIN_WITH_WRONG_SECRET);
    assert_int_equal(try_with(credentials, "moodle", "a secret that's other"), LOGIN_FITS);

    write_file("s", "a secret that's other", 0604);
    assert_int_equal(try_with(credentials, "moodle", "a secret that's other"), LOGIN_WITH_WRONG_SECRET);
    write_file("s", "", 0600);
    assert_int_equal(try_with(credentials, "moodle", ""), LOGIN_WITH_WRONG_SECRET);
    remove_file("s");
    assert_int_equal(try_with(credentials, "moodle", ""), LOGIN_WITH_WRONG_SECRET);
    assert_int_equal(try_with(credentials, "moodle", "a secret that's other"), LOGIN_WITH_WRONG_SECRET);
    write_file("s", "a secret that's other", 0600);
    assert_int_equal(try_with(credentials, "moodle", "a secret that's other"), LOGIN_FITS);
    credentials_free(credentials);
    remove_file("s");
}

/* Where a secret lies: by its whole path, in the folder of systemd, or else beside the configuration. */
static void assert_found(const char *secret_file, const char *secret)
{
    struct credentials *credentials;
    struct error error;
    assert_int_equal(credentials_open(&credentials, "f", folder, "moodle", secret_file, &error), 0);
    assert_int_equal(try_with(credentials, "moodle", secret), LOGIN_FITS);
    credentials_free(credentials);
}

static void a_secret_is_looked_for_in_its_places(void **state)
{
    (void)state;
    char whole[200], handed[200];
    snprintf(whole, sizeof whole, "%s/s", folder);
    snprintf(handed, sizeof handed, "%s/handed", folder);
    assert_int_equal(mkdir(handed, 0700), 0);
    write_file("s", "a secret that is beside", 0600);
    write_file("other", "another that is beside", 0600);
    write_file("handed/s", "a secret of systemd", 0400);
    assert_found(whole, "a secret that is beside");
    assert_int_equal(setenv("CREDENTIALS_DIRECTORY", handed, 1), 0);
    assert_found("s", "a secret of systemd");
    assert_found("other", "another that is beside");
    assert_found(whole, "a secret that is beside");
    unsetenv("CREDENTIALS_DIRECTORY");
    remove_file("s");
    remove_file("other");
    remove_file("handed/s");
    assert_int_equal(rmdir(handed), 0);
}

static void one_that_was_good_waits_for_its_secret(void **state)
{
    (void)state;
    struct credentials *credentials;
    struct error error = {0};
    assert_int_equal(credentials_open_again(&credentials, "f", folder, "a:b", "s", &error), -1);
    assert_non_null(strstr(error.text, "key = a:b"));
    assert_int_equal(credentials_open_again(&credentials, "f", folder, "moodle", "s", &error), 0);
    assert_int_equal(try_with(credentials, "moodle", ""), LOGIN_WITH_WRONG_SECRET);
    assert_int_equal(try_with(credentials, "moodle", "a secret that is long"), LOGIN_WITH_WRONG_SECRET);
    assert_int_equal(try_with(credentials, "other", "a secret that is long"), LOGIN_OF_ANOTHER);
    assert_non_null(strstr(credentials_refusal(credentials), "cannot be read"));
    write_file("s", "a secret that is long", 0600);
    assert_int_equal(try_with(credentials, "moodle", "a secret that is long"), LOGIN_FITS);
    credentials_free(credentials);
    assert_int_equal(credentials_open_again(&credentials, "f", folder, "moodle", "s", &error), 0);
    assert_int_equal(try_with(credentials, "moodle", "a secret that is long"), LOGIN_FITS);
    credentials_free(credentials);
    remove_file("s");
}

/* No more files can be opened, say. */
static void what_hindered_reading_need_not_change_the_file(void **state)
{
    (void)state;
    struct credentials *credentials;
    struct error error;
    struct rlimit files, few;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
    few = (struct rlimit){.rlim_cur = 0, .rlim_max = files.rlim_max};
    write_file("s", "a secret that is long", 0600);
    assert_int_equal(credentials_open(&credentials, "f", folder, "moodle", "s", &error), 0);
    write_file("s", "another that is long, too", 0600);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_int_equal(try_with(credentials, "moodle", "another that is long, too"), LOGIN_WITH_WRONG_SECRET);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
    assert_int_equal(try_with(credentials, "moodle", "another that is long, too"), LOGIN_FITS);
    credentials_free(credentials);
    remove_file("s");
}

static void assert_not_opened(const char *key, const char *file, const char *word)
{
    struct credentials *credentials;
    struct error error = {0};
    assert_int_equal(credentials_open(&credentials, "f", folder, key, file, &error), -1);
    if (!strstr(error.text, word))
        fail_msg("'%s' is not in: %s", word, error.text);
}

static void what_cannot_be_used_is_told(void **state)
{
    (void)state;
    write_file("s", "a secret that is long", 0600);
    write_file("readable", "a secret that is long", 0644);
    write_file("empty", "", 0600);
    assert_not_opened("a:b", "s", "key = a:b: ");
    assert_not_opened("", "s", "key = : ");
    assert_not_opened("a\tb", "s", "key = ");
    char too_long[LONGEST_LOGIN];
    memset(too_long, 'k', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    assert_not_opened(too_long, "s", "it is longer than");
    assert_not_opened("a", "missing", "secret_file = missing: ");
    assert_not_opened("a", "readable", "chmod 600");
    assert_not_opened("a", "empty", "is empty");
    assert_not_opened("a", ".", "is no file");
    remove_file("s");
    remove_file("readable");
    remove_file("empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_rfc_shows_is_read),
        cmocka_unit_test(what_is_garbled_is_not),
        cmocka_unit_test(what_fits_follows_the_file),
        cmocka_unit_test(a_secret_is_looked_for_in_its_places),
        cmocka_unit_test(what_cannot_be_used_is_told),
        cmocka_unit_test(one_that_was_good_waits_for_its_secret),
        cmocka_unit_test(what_hindered_reading_need_not_change_the_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
