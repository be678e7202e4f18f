/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record store whose host keeps events in memory, as plugin.h says what a host does with them. */
#ifndef TEST_FAKE_LRS_H
#define TEST_FAKE_LRS_H

#include "fake_http.h"
#include "xapi.h"

#include <stdbool.h>
#include <wijzer/plugin.h>

struct lrs_reference {
    uint32_t role;
    char *key, *person; /* one of them; a person as a pseudonym */
};

struct lrs_event {
    uint8_t id[16], target[16];
    bool has_target, voids;
    int64_t time, stored;
    char *raw, *content; /* with pseudonyms */
    struct lrs_reference *references;
    size_t reference_count;
    struct wz_attachment *attachments;
    size_t attachment_count;
};

struct lrs {
    struct wz_host host;
    struct xapi xapi;
    struct lrs_event *events;
    size_t count;
    int64_t clock;           /* of what is stored next */
    enum wz_failure failure; /* of every parcel_put */
    bool fails_to_find;
    bool stops;      /* while something is aside */
    wz_aside_fn run; /* what is; NULL: nothing */
    wz_aside_done_fn done;
    void *context;
    size_t finds, puts, asides; /* calls */
    const char *version;        /* header of each request; NULL: none */
    struct fake_answer reply;   /* the last */
};

void lrs_begin(struct lrs *lrs, bool keeps_identities);
void lrs_end(struct lrs *lrs);

/* Sends a request and gives the answer, which lives until the next. Fails the test where there is not just
 * one, where what is called JSON is none, and as fake_answer_take does. `target`: "/statements?limit=1",
 * below the route; `type` of the body, or NULL. */
const struct fake_answer *lrs_send(struct lrs *lrs, const char *method, const char *target, const char *type,
                                   const void *body, size_t size);
const struct fake_answer *lrs_send_with(struct lrs *lrs, const char *method, const char *target,
                                        const struct wz_header *headers, size_t header_count,
                                        const void *body, size_t size);
/* application/json */
const struct fake_answer *lrs_json(struct lrs *lrs, const char *method, const char *target, const char *body);
/* The text of the last answer. */
const char *lrs_body(const struct lrs *lrs);
const char *lrs_header(const struct lrs *lrs, const char *name); /* or NULL */
/* Fails the test, with the answer, where the last one has another status. */
void lrs_expect(const struct lrs *lrs, int status);
/* How many statements the last answer has, which is to be a page of them. */
size_t lrs_found(const struct lrs *lrs);

#define SAYS(lrs, text) assert_non_null(strstr(lrs_body(lrs), text))
#define SAYS_NOT(lrs, text) assert_null(strstr(lrs_body(lrs), text))

#endif
