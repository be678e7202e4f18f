/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The way of a request into the record store and back, as a host has it. */
#ifndef TEST_FAKE_HTTP_H
#define TEST_FAKE_HTTP_H

#include "xapi.h"

#include <stddef.h>
#include <wijzer/plugin.h>

struct fake_answer {
    int status; /* 0: there is none yet */
    char *body; /* with NUL behind it, which `size` does not count */
    size_t size;
    struct wz_header headers[16];
    size_t header_count;
    char *refusal; /* what is told of it to those who look after the feed; NULL: nothing */
};

/* Copies what is replied. Fails the test where a header is in it twice, and as fake_check_json does of a
 * problem. */
void fake_answer_take(struct fake_answer *answer, const struct wz_http_reply *reply);
void fake_answer_drop(struct fake_answer *answer);
/* Fails the test where what has this type is no JSON, and where a body that is sent has no type. */
void fake_check_json(const struct fake_answer *answer, const char *type);
/* NULL: it was not sent. */
const char *fake_header(const struct fake_answer *answer, const char *name);

/* The host's function `answer_header`. */
int fake_answer_header(struct wz_instance *self, const char *name, const char *value);

/* `target`: "/statements?limit=1", below the route. */
void fake_request(struct xapi *xapi, struct wz_request *request, const char *method, const char *target,
                  const struct wz_header *headers, size_t header_count, const void *body, size_t size);

#endif
