/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/credentials.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/trouble.h"
#include "config/secret.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DIGEST = crypto_generichash_BYTES, SHORT_SECRET = 16, TELL_EVERY_MS = 60 * 1000 };

/* Digests under a key of this process are compared, so that nothing of either shows in how long it takes. */
struct credentials {
    const char *feed;
    char *directory, *key, *secret_file;
    uint8_t salt[crypto_generichash_KEYBYTES];
    uint8_t key_digest[DIGEST], secret_digest[DIGEST];
    bool usable;
    struct secret_mark mark;
    struct trouble trouble;
    struct wrong_logins wrong;
};

/* ---- what is sent -------------------------------------------------------------------------------------- */

static bool is_control(char byte)
{
    return (unsigned char)byte < 0x20 || byte == 0x7f;
}

static bool holds_control(const char *text)
{
    while (*text && !is_control(*text))
        text++;
    return *text;
}

/* Padding may be missing. */
static bool decode(const char *coded, size_t size, char *text, size_t *decoded)
{
    while (size > 0 && coded[size - 1] == ' ')
        size--;
    const size_t whole = size;
    while (size > 0 && coded[size - 1] == '=')
        size--;
    if (whole - size > 2)
        return false;
    const char *end;
    const int variant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    return sodium_base642bin((unsigned char *)text, LONGEST_LOGIN, coded, size, NULL, decoded, &end,
                             variant) == 0 &&
           end == coded + size;
}

bool login_read(const char *authorization, struct login *login)
{
    static const char scheme[] = "Basic";
    size_t size = 0;
    *login = (struct login){0};
    if (strncasecmp(authorization, scheme, sizeof scheme - 1) != 0 || authorization[sizeof scheme - 1] != ' ')
        return false;
    authorization += sizeof scheme - 1;
    authorization += strspn(authorization, " ");
    if (!decode(authorization, strlen(authorization), login->text, &size))
        return false;
    login->text[size] = '\0';
    char *colon = strchr(login->text, ':');
    if (strlen(login->text) != size || !colon || holds_control(login->text))
        return false;
    *colon = '\0';
    login->key = login->text;
    login->secret = colon + 1;
    return true;
}

void login_forget(struct login *login)
{
    sodium_memzero(login, sizeof *login);
}

/* ---- what is known ------------------------------------------------------------------------------------- */

static void digest(const struct credentials *credentials, const char *text, uint8_t out[DIGEST])
{
    crypto_generichash(out, DIGEST, (const unsigned char *)text, strlen(text), credentials->salt,
                       sizeof credentials->salt);
}

static int read_secret(struct credentials *credentials, struct error *error)
{
    char *secret = secret_read(credentials->directory, credentials->secret_file, error);
    credentials->usable = secret;
    if (!secret)
        return -1;
    digest(credentials, secret, credentials->secret_digest);
    if (strlen(secret) < SHORT_SECRET)
        log_warning("feed %s: its secret is short enough to be guessed; take %d random characters or more",
                    credentials->feed, SHORT_SECRET);
    sodium_memzero(secret, strlen(secret));
    free(secret);
    return 0;
}

static void tell_unreadable(struct credentials *credentials, const char *why)
{
    char *what =
        mem_format("feed %s: every request is refused, for the secret cannot be read", credentials->feed);
    trouble_begins(&credentials->trouble, what, why);
    free(what);
}

static void tell_readable(struct credentials *credentials)
{
    char *over = mem_format("feed %s: the secret can be read again", credentials->feed);
    trouble_is_over(&credentials->trouble, over);
    free(over);
}

/* What hindered reading it may be over, though the file is the same. */
static void look_again(struct credentials *credentials)
{
    struct error error;
    const bool was_usable = credentials->usable;
    const bool has_changed =
        secret_has_changed(credentials->directory, credentials->secret_file, &credentials->mark);
    if (was_usable && !has_changed)
        return;
    if (read_secret(credentials, &error) != 0)
        tell_unreadable(credentials, error.text);
    else if (was_usable)
        log_info("feed %s: it has a new secret, which holds from now on", credentials->feed);
    else
        tell_readable(credentials);
}

static int check_key(const char *key, struct error *error)
{
    if (sodium_init() < 0)
        return error_set(error, ERROR_FAILED, "key: libsodium could not be initialised");
    if (!*key || strchr(key, ':') || holds_control(key))
        return error_set(error, ERROR_INPUT,
                         "key = %s: a key is a word without ':', by which its feed is told from others", key);
    if (strlen(key) >= LONGEST_LOGIN / 2)
        return error_set(error, ERROR_INPUT, "key: it is longer than %d bytes", LONGEST_LOGIN / 2);
    return 0;
}

/* NULL: the key cannot be one. */
static struct credentials *make(const char *feed, const char *directory, const char *key,
                                const char *secret_file, struct error *error)
{
    if (check_key(key, error) != 0)
        return NULL;
    struct credentials *credentials = mem_alloc(sizeof *credentials);
    *credentials = (struct credentials){.feed = feed,
                                        .directory = mem_copy_text(directory),
                                        .key = mem_copy_text(key),
                                        .secret_file = mem_copy_text(secret_file)};
    crypto_generichash_keygen(credentials->salt);
    digest(credentials, key, credentials->key_digest);
    secret_has_changed(directory, secret_file, &credentials->mark);
    return credentials;
}

int credentials_open(struct credentials **out, const char *feed, const char *directory, const char *key,
                     const char *secret_file, struct error *error)
{
    struct credentials *credentials = make(feed, directory, key, secret_file, error);
    if (!credentials)
        return -1;
    if (read_secret(credentials, error) != 0) {
        credentials_free(credentials);
        return error_at(error, "secret_file = %s", secret_file);
    }
    *out = credentials;
    return 0;
}

int credentials_open_again(struct credentials **out, const char *feed, const char *directory, const char *key,
                           const char *secret_file, struct error *error)
{
    struct credentials *credentials = make(feed, directory, key, secret_file, error);
    struct error unreadable;
    if (!credentials)
        return -1;
    if (read_secret(credentials, &unreadable) != 0)
        tell_unreadable(credentials, unreadable.text);
    *out = credentials;
    return 0;
}

void credentials_free(struct credentials *credentials)
{
    if (!credentials)
        return;
    trouble_free(&credentials->trouble);
    free(credentials->directory);
    free(credentials->key);
    free(credentials->secret_file);
    sodium_memzero(credentials, sizeof *credentials);
    free(credentials);
}

const char *credentials_key(const struct credentials *credentials)
{
    return credentials->key;
}

/* ---- both ---------------------------------------------------------------------------------------------- */

enum login_fit credentials_try(struct credentials *credentials, const struct login *login)
{
    uint8_t key[DIGEST], secret[DIGEST];
    look_again(credentials);
    digest(credentials, login->key, key);
    digest(credentials, login->secret, secret);
    const int other_key = sodium_memcmp(key, credentials->key_digest, DIGEST);
    const int other_secret = sodium_memcmp(secret, credentials->secret_digest, DIGEST);
    if (other_key != 0)
        return LOGIN_OF_ANOTHER;
    return other_secret == 0 && credentials->usable ? LOGIN_FITS : LOGIN_WITH_WRONG_SECRET;
}

const char *credentials_refusal(const struct credentials *credentials)
{
    return credentials->usable ? "it came with the key of the feed and a wrong secret"
                               : "no request is taken, for secret_file of the feed cannot be read; the log "
                                 "of wijzerd says why";
}

void credentials_tell_wrong(struct credentials *credentials)
{
    if (!credentials->usable) /* the trouble was told */
        return;
    char *where = mem_format("feed %s", credentials->feed);
    wrong_logins_tell(&credentials->wrong, where, "with its key and a wrong secret");
    free(where);
}

void wrong_logins_tell(struct wrong_logins *wrong, const char *where, const char *what)
{
    const int64_t now = clock_ticks();
    wrong->untold++;
    if (wrong->told_at && now - wrong->told_at < TELL_EVERY_MS)
        return;
    log_warning("%s: %llu request%s %s %s refused", where, (unsigned long long)wrong->untold,
                wrong->untold == 1 ? "" : "s", what, wrong->untold == 1 ? "was" : "were");
    *wrong = (struct wrong_logins){.told_at = now};
}
