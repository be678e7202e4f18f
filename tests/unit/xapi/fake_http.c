/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_http.h"

#include "base/mem.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

/* RFC 9110, 5.3: a header that is no list stands there once. */
static void check_headers(const struct fake_answer *answer)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        assert_non_null(answer->headers[i].value);
        for (size_t j = 0; j < i; j++)
            if (strcasecmp(answer->headers[i].name, answer->headers[j].name) == 0)
                fail_msg("the header %s is there twice", answer->headers[i].name);
    }
}

void fake_check_json(const struct fake_answer *answer, const char *type)
{
    const char *given = fake_header(answer, "Content-Type");
    struct json json = {0};
    struct error error;
    assert_true(given || answer->size == 0 || answer->status == 304);
    if (given && strcmp(given, type) == 0 && json_read(&json, answer->body, answer->size, &error))
        fail_msg("%s: %s", error.text, answer->body);
    json_free(&json);
}

void fake_answer_take(struct fake_answer *answer, const struct wz_http_reply *reply)
{
    assert_int_equal(answer->status, 0);
    assert_int_not_equal(reply->status, 0);
    *answer = (struct fake_answer){.status = reply->status,
                                   .body = mem_alloc(reply->body_size + 1),
                                   .size = reply->body_size,
                                   .refusal = mem_copy_text(reply->refusal)};
    if (reply->body_size)
        memcpy(answer->body, reply->body, reply->body_size);
    assert_true(reply->header_count <= sizeof answer->headers / sizeof *answer->headers);
    for (size_t i = 0; i < reply->header_count; i++)
        answer->headers[answer->header_count++] =
            (struct wz_header){mem_copy_text(reply->headers[i].name), mem_copy_text(reply->headers[i].value)};
    check_headers(answer);
    fake_check_json(answer, "application/problem+json");
}

void fake_answer_drop(struct fake_answer *answer)
{
    for (size_t i = 0; i < answer->header_count; i++) {
        free((char *)answer->headers[i].name);
        free((char *)answer->headers[i].value);
    }
    free(answer->body);
    free(answer->refusal);
    *answer = (struct fake_answer){0};
}

const char *fake_header(const struct fake_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (strcasecmp(answer->headers[i].name, name) == 0)
            return answer->headers[i].value;
    return NULL;
}

int fake_answer_header(struct wz_instance *self, const char *name, const char *value)
{
    (void)self;
    assert_string_equal(name, "X-Experience-API-Version");
    assert_non_null(value);
    return 0;
}

void fake_request(struct xapi *xapi, struct wz_request *request, const char *method, const char *target,
                  const struct wz_header *headers, size_t header_count, const void *body, size_t size)
{
    const size_t path_size = strcspn(target, "?");
    char *path = mem_format("/xapi%.*s", (int)path_size, target);
    const struct wz_http http = {.method = method,
                                 .path = path,
                                 .query = target[path_size] ? target + path_size + 1 : "",
                                 .content_type = "",
                                 .body = body,
                                 .body_size = size,
                                 .headers = headers,
                                 .header_count = header_count};
    xapi_handle(xapi, request, &http);
    free(path);
}
