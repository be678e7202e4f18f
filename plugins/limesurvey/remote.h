/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * LimeSurvey's RemoteControl 2, as JSON-RPC: questions and what their answers say. A call that the server
 * carried out may still have failed: then its result is an object {"status": "what went wrong"} instead of a
 * text.
 */
#ifndef LIMESURVEY_REMOTE_H
#define LIMESURVEY_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wijzer/plugin.h>

/* Which responses, and how they are written. */
struct remote_export {
    int64_t survey, from_id;
    const char *language;   /* NULL: the survey's own */
    const char *completion; /* "complete" or "all" */
    const char *headings;   /* "code" or "full" */
    const char *answers;    /* "short" (codes) or "long" (texts) */
};

/* The bodies of requests; to be freed. */
char *remote_ask_session(const char *user, const char *password);
char *remote_ask_export(const char *session, const struct remote_export *wanted);
char *remote_ask_release(const char *session);

enum remote_kind {
    REMOTE_TEXT,       /* it worked */
    REMOTE_NOTHING,    /* it worked, and there are no responses */
    REMOTE_NO_SESSION, /* the session is over: begin another */
    REMOTE_NO_ENTRY,   /* user or password is wrong, or the account is locked */
    REMOTE_FAILED,
};

struct remote_result {
    enum remote_kind kind;
    char *text; /* the result, or what went wrong, as people read it */
};

/* What came back; `answer` or `error` is NULL, as in wz_http_fn. Free the text. */
struct remote_result remote_read(const struct wz_http_answer *answer, const char *error);

/* Decodes an export in place: *size bytes. false: it is no base64. */
bool remote_decode(char *text, size_t *size);

#endif
