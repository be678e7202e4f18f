/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The key and the secret of a feed, with which other machines' programs say who they are (HTTP Basic
 * authentication, RFC 7617: the key is the user-id, the secret the password). The secret is the first line of
 * a file, and of what stands there now: it is looked at again whenever somebody asks.
 */
#ifndef HOST_CREDENTIALS_H
#define HOST_CREDENTIALS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LONGEST_LOGIN = 2048 };

/* What an Authorization header says. Ends with login_forget, for it holds a secret. */
struct login {
    char text[LONGEST_LOGIN + 1];
    const char *key, *secret; /* in it */
};
/* false: it is not what RFC 7617 describes. */
bool login_read(const char *authorization, struct login *login);
void login_forget(struct login *login);

struct credentials; /* owned by whoever opens them: credentials_free */

/* `feed` is named in the log, and outlives them. -1: the key cannot be one, or the secret cannot be read; the
 * error begins with the name of the key of the section that is at fault. */
int credentials_open(struct credentials **credentials, const char *feed, const char *directory,
                     const char *key, const char *secret_file, struct error *error);
/* Likewise, where the secret could be read before: if it cannot now, that is as if it had gone away since. */
int credentials_open_again(struct credentials **credentials, const char *feed, const char *directory,
                           const char *key, const char *secret_file, struct error *error);
void credentials_free(struct credentials *credentials);
const char *credentials_key(const struct credentials *credentials);

enum login_fit { LOGIN_OF_ANOTHER, LOGIN_WITH_WRONG_SECRET, LOGIN_FITS };
/* Takes as long whatever is wrong. Reads the file again where it has changed, or could not be read; while it
 * cannot be, nothing fits, and the log says why. */
enum login_fit credentials_try(struct credentials *credentials, const struct login *login);
/* Why somebody who has the key is refused, as `wijzer feeds` tells it. */
const char *credentials_refusal(const struct credentials *credentials);
/* The log is told that somebody had the key and a wrong secret. */
void credentials_tell_wrong(struct credentials *credentials);

/* Those who were refused, as the log is told: at once, then with their number at most once a minute. Zeroed:
 * none. */
struct wrong_logins {
    uint64_t untold;
    int64_t told_at;
};
/* Logs "WHERE: N requests WHAT were refused". */
void wrong_logins_tell(struct wrong_logins *wrong, const char *where, const char *what);

#endif
