/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Requests for what plugins have. What a plugin was given of one stays until it has replied, also where the
 * daemon stops and the caller was told so. */
#include "api/internal.h"

#include "base/log.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LARGE_ANSWER = 1 << 20, MOST_SERVED = 32 << 20 };

struct plugin_call {
    struct plugin_call *next;
    struct api *api;         /* NULL: gone */
    struct request *request; /* NULL: answered */
    char *method, *path, *query;
    struct buf body;
    struct wz_header *headers;
    size_t header_count;
    char *texts;         /* of the headers */
    struct wz_http http; /* all of this, as the plugin has it */
};

/* ---- what is asked ------------------------------------------------------------------------------------- */

struct measure {
    size_t count, bytes;
};

static enum MHD_Result measure_header(void *data, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    (void)kind;
    struct measure *measure = data;
    measure->count++;
    measure->bytes += strlen(name) + strlen(value ? value : "") + 2;
    return MHD_YES;
}

struct copying {
    struct plugin_call *call;
    char *at;
};

static const char *copy_text(struct copying *copying, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = memcpy(copying->at, text, size);
    copying->at += size;
    return copy;
}

static enum MHD_Result copy_header(void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
    (void)kind;
    struct copying *copying = data;
    struct wz_header *header = &copying->call->headers[copying->call->header_count++];
    header->name = copy_text(copying, name);
    header->value = copy_text(copying, value ? value : "");
    return MHD_YES;
}

static void copy_headers(struct plugin_call *call, struct MHD_Connection *connection)
{
    struct measure measure = {0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, measure_header, &measure);
    call->headers = mem_alloc((measure.count + 1) * sizeof *call->headers);
    call->texts = mem_alloc(measure.bytes + 1);
    struct copying copying = {.call = call, .at = call->texts};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, copy_header, &copying);
}

static const char *content_type_of(const struct plugin_call *call)
{
    for (size_t i = 0; i < call->header_count; i++)
        if (strcasecmp(call->headers[i].name, MHD_HTTP_HEADER_CONTENT_TYPE) == 0)
            return call->headers[i].value;
    return "";
}

/* What the request has is moved where that is easy. */
static struct plugin_call *call_make(struct request *request)
{
    struct plugin_call *call = mem_alloc(sizeof *call);
    *call = (struct plugin_call){.next = request->api->calls,
                                 .api = request->api,
                                 .request = request,
                                 .method = mem_copy_text(request->method),
                                 .path = mem_copy_text(request->path),
                                 .query = request->query,
                                 .body = request->memory_body};
    request->query = NULL;
    request->memory_body = (struct buf){0};
    request->room = 0;
    copy_headers(call, request->connection);
    call->http = (struct wz_http){.method = call->method,
                                  .path = call->path,
                                  .query = call->query,
                                  .content_type = content_type_of(call),
                                  .body = call->body.data,
                                  .body_size = call->body.size,
                                  .headers = call->headers,
                                  .header_count = call->header_count};
    request->api->calls = call;
    return call;
}

static void call_free(struct plugin_call *call)
{
    struct plugin_call **link = call->api ? &call->api->calls : NULL;
    while (link && *link != call)
        link = &(*link)->next;
    if (link)
        *link = call->next;
    body_free(call->api, &call->body);
    free(call->method);
    free(call->path);
    free(call->query);
    free(call->headers);
    free(call->texts);
    free(call);
}

/* ---- what is replied ----------------------------------------------------------------------------------- */

/* What says how the answer is sent is MHD's to say. */
static bool is_of_the_connection(const char *name)
{
    static const char *const names[] = {"Connection", "Content-Length", "Keep-Alive", "Transfer-Encoding"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return false;
}

/* Who reads slowly has the whole answer wait for it: of large ones there are only so many bytes. */
static bool is_too_much(const struct request *request, size_t size)
{
    return size > LARGE_ANSWER && request->api->served_bytes &&
           request->api->served_bytes + size > MOST_SERVED;
}

/* The plugin's headers, and only these. */
static void answer_as_served(struct request *request, const struct wz_http_reply *reply)
{
    const size_t size = reply->status == MHD_HTTP_NO_CONTENT ? 0 : reply->body_size;
    if (is_too_much(request, size)) {
        request->retry = true;
        request_answer_problem(
            request, 503, NULL,
            "too many large answers are being read; read those to their end, then ask again");
        return;
    }
    request->served_size = size;
    request->api->served_bytes += size;
    request->response =
        size ? MHD_create_response_from_buffer(size, mem_copy(reply->body, size), MHD_RESPMEM_MUST_FREE)
             : MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    for (size_t i = 0; i < reply->header_count; i++) {
        const struct wz_header *header = &reply->headers[i];
        if (!is_of_the_connection(header->name) &&
            MHD_add_response_header(request->response, header->name, header->value) != MHD_YES)
            log_warning("feed %s: the header %.40s of an answer cannot be sent, and was left out",
                        request->feed, header->name);
    }
    request_answer(request, reply->status, NULL);
}

static void answer_as_routed(struct request *request, const struct wz_http_reply *reply)
{
    buf_clear(&request->answer);
    buf_put(&request->answer, reply->body, reply->body_size);
    request->plugin_type = mem_copy_text(reply->headers[0].value);
    request_answer(request, reply->status, request->plugin_type);
}

static void on_reply(void *data, const struct wz_http_reply *reply)
{
    struct plugin_call *call = data;
    struct request *request = call->request;
    if (request && (reply->status < 200 || reply->status > 599))
        request_answer_problem(request, 500, NULL, "the plugin answered with the status %d, which is none",
                               reply->status);
    else if (request && request->feed)
        answer_as_served(request, reply);
    else if (request)
        answer_as_routed(request, reply);
    call_free(call);
}

/* ---- from end to end ----------------------------------------------------------------------------------- */

void plugin_request(struct request *request)
{
    const struct feeds *feeds = request->api->parts.feeds;
    struct plugin_call *call = call_make(request);
    feeds->request(feeds->host, request->feed, &call->http, on_reply, call);
    if (!request->answered)
        request_wait(request);
}

void plugin_calls_abandon(struct api *api)
{
    struct plugin_call *call = api->calls;
    api->calls = NULL;
    while (call) {
        struct plugin_call *next = call->next;
        struct request *request = call->request;
        api->body_bytes -= call->body.size;
        call->api = NULL;
        call->request = NULL;
        call->next = NULL;
        request->retry = true;
        request_answer_problem(request, 503, NULL,
                               "wijzerd is stopping; whether it was done is not known, send it again later");
        call = next;
    }
}
