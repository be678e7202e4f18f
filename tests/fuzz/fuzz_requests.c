/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests to the record store: the method and the target, header lines, an empty line, the body. Each is
 * answered exactly once, and nothing that is refused reaches the store.
 */
#include "fuzz.h"

#include "base/mem.h"
#include "xapi.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { HEADERS = 8 };

/* A host that takes everything in, and finds nothing. */
struct host {
    struct wz_host functions;
    unsigned answers, puts;
    int status;
};

static void respond(struct wz_request *request, const struct wz_http_reply *reply)
{
    struct host *host = (struct host *)request;
    host->answers++;
    host->status = reply->status;
    HOLDS(reply->status >= 200 && reply->status < 500);
}

/* As on a thread that is done at once. */
static void aside(struct wz_instance *self, wz_aside_fn run, wz_aside_done_fn done, void *context)
{
    (void)self;
    run(context);
    done(context, 0);
}

struct wz_parcel {
    size_t count, size;
};

static struct wz_parcel *parcel_begin(struct wz_instance *self)
{
    (void)self;
    return mem_alloc(sizeof(struct wz_parcel));
}

static int parcel_add(struct wz_parcel *parcel, const struct wz_event *event)
{
    parcel->count++;
    parcel->size += strlen(event->raw);
    for (size_t i = 0; i < event->attachment_count; i++)
        HOLDS(strlen(event->attachments[i].key) >= 56);
    return 0;
}

static size_t parcel_size(const struct wz_parcel *parcel)
{
    return parcel->size;
}

static void parcel_drop(struct wz_parcel *parcel)
{
    free(parcel);
}

static void parcel_put(struct wz_instance *self, struct wz_parcel *parcel, wz_events_taken_fn done,
                       void *context)
{
    struct host *host = (struct host *)self;
    const struct wz_events_taken taken = {.count = parcel->count};
    host->puts++;
    free(parcel);
    done(context, &taken);
}

static void events_find(struct wz_instance *self, const struct wz_events_question *question,
                        wz_events_found_fn done, void *context)
{
    const struct wz_events_page page = {.next = question->limit ? 7 : 0};
    (void)self;
    done(context, &page, NULL);
}

static void resource_get(struct wz_instance *self, const struct wz_resource_key *key, wz_resource_fn done,
                         void *context)
{
    (void)self;
    (void)key;
    done(context, NULL, NULL);
}

static void resource_put(struct wz_instance *self, const struct wz_resource_key *key,
                         const struct wz_resource *resource, uint64_t expected, wz_resource_changed_fn done,
                         void *context)
{
    (void)self;
    (void)key;
    (void)resource;
    (void)expected;
    done(context, 1, WZ_NO_FAILURE, NULL);
}

static void resource_names(struct wz_instance *self, const struct wz_resource_key *key, int64_t since,
                           wz_resource_names_fn done, void *context)
{
    (void)self;
    (void)key;
    (void)since;
    done(context, NULL, 0, WZ_NO_TIME, NULL);
}

static int answer_header(struct wz_instance *self, const char *name, const char *value)
{
    (void)self;
    (void)name;
    (void)value;
    return 0;
}

/* Cuts the next line off; "" where there is none. */
static char *line_of(char **at)
{
    char *line = *at;
    char *end = strchr(line, '\n');
    *at = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    return line;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct host host = {.functions = {.respond = respond,
                                      .aside = aside,
                                      .parcel_begin = parcel_begin,
                                      .parcel_add = parcel_add,
                                      .parcel_size = parcel_size,
                                      .parcel_put = parcel_put,
                                      .parcel_drop = parcel_drop,
                                      .events_find = events_find,
                                      .resource_get = resource_get,
                                      .resource_put = resource_put,
                                      .resource_names = resource_names,
                                      .answer_header = answer_header}};
    struct xapi xapi = {.host = &host.functions,
                        .self = (struct wz_instance *)&host,
                        .path = "/xapi",
                        .authority = "{\"mbox\":\"mailto:lms@example.com\"}",
                        .authority_person = "lms@example.com"};
    char *text = fuzz_text(bytes, size), *at = text;
    struct wz_header headers[HEADERS];
    size_t count = 0;
    HOLDS(sodium_init() >= 0);
    char *method = line_of(&at), *path = line_of(&at), *query = strchr(path, '?');
    if (query)
        *query++ = '\0';
    for (char *line = line_of(&at); *line; line = line_of(&at)) {
        char *colon = strchr(line, ':');
        if (!colon || count == HEADERS)
            continue;
        *colon = '\0';
        headers[count++] = (struct wz_header){line, colon + 1};
    }
    const struct wz_http http = {.method = method,
                                 .path = path,
                                 .query = query ? query : "",
                                 .content_type = "",
                                 .body = bytes + (at - text),
                                 .body_size = size - (size_t)(at - text),
                                 .headers = headers,
                                 .header_count = count};
    xapi_handle(&xapi, (struct wz_request *)&host, &http);
    HOLDS(host.answers == 1);
    HOLDS(!host.puts || host.status < 300);
    free(text);
    return 0;
}
