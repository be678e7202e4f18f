/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/request.h"

#include "base/mem.h"
#include "base/utf8.h"
#include "http/alternate.h"
#include "http/aside.h"
#include "http/cors.h"
#include "http/method.h"
#include "http/parameters.h"
#include "http/sent.h"
#include "http/version.h"
#include "xapi.h"
#include "json/json.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- what is asked ------------------------------------------------------------------------------------- */

static const char *find(const struct xapi_parameter *list, size_t count, const char *name)
{
    return parameters_find(&(const struct parameters){(struct xapi_parameter *)list, count}, name);
}

const char *xapi_parameter(const struct xapi_request *request, const char *name)
{
    return find(request->parameters, request->parameter_count, name);
}

const char *xapi_header(const struct xapi_request *request, const char *name)
{
    return find(request->headers, request->header_count, name);
}

bool xapi_refuse_unknown(struct xapi_request *request, const char *const *known)
{
    for (size_t i = 0; i < request->parameter_count; i++) {
        const char *name = request->parameters[i].name;
        size_t at = 0;
        while (known[at] && strcmp(known[at], name) != 0)
            at++;
        if (known[at])
            continue;
        size_t near = 0;
        while (known[near] && strcasecmp(known[near], name) != 0)
            near++;
        if (known[near])
            xapi_refuse(request, 400, "there is no parameter %.100s; it is written %s", name, known[near]);
        else
            xapi_refuse(request, 400, "%s of %s has no parameter " SENT "%.100s" SENT_END "; leave it out",
                        method_name(request->method), request->path, name);
        return true;
    }
    return false;
}

/* ---- what is answered ---------------------------------------------------------------------------------- */

void xapi_reply_header(struct xapi_request *request, const char *name, const char *value)
{
    size_t at = 0;
    while (at < request->reply_header_count && strcmp(request->reply_headers[at].name, name) != 0)
        at++;
    if (at == XAPI_REPLY_HEADERS)
        abort(); /* no answer of ours has as many */
    if (at == request->reply_header_count)
        request->reply_headers[request->reply_header_count++].name = name;
    free((char *)request->reply_headers[at].value);
    request->reply_headers[at].value = mem_copy_text(value);
}

static void free_list(struct xapi_parameter *list, size_t count)
{
    parameters_free(&(struct parameters){list, count});
}

static void request_free(struct xapi_request *request)
{
    struct xapi_request **link = &request->xapi->requests;
    while (*link != request)
        link = &(*link)->next;
    *link = request->next;
    if (request->free_state)
        request->free_state(request->state);
    free_list(request->parameters, request->parameter_count);
    free_list(request->headers, request->header_count);
    for (size_t i = 0; i < request->reply_header_count; i++)
        free((char *)request->reply_headers[i].value);
    free(request->own_body);
    free(request->path);
    free(request);
}

void xapi_requests_free(struct xapi *xapi)
{
    while (xapi->requests)
        request_free(xapi->requests);
}

static void answer(struct xapi_request *request, int status, const char *content_type, const void *body,
                   size_t size, const char *refusal)
{
    if (content_type)
        xapi_reply_header(request, "Content-Type", content_type);
    const struct wz_http_reply reply = {.status = status,
                                        .headers = request->reply_headers,
                                        .header_count = request->reply_header_count,
                                        .body = body,
                                        .body_size = size,
                                        .refusal = refusal};
    request->xapi->host->respond(request->http, &reply);
    request_free(request);
}

void xapi_answer(struct xapi_request *request, int status, const char *content_type, const void *body,
                 size_t size)
{
    answer(request, status, content_type, body, size, NULL);
}

static const char *title_of(int status)
{
    static const struct {
        int status;
        const char *title;
    } titles[] = {{400, "Bad Request"},
                  {404, "Not Found"},
                  {405, "Method Not Allowed"},
                  {409, "Conflict"},
                  {412, "Precondition Failed"},
                  {413, "Content Too Large"},
                  {415, "Unsupported Media Type"},
                  {500, "Internal Server Error"},
                  {503, "Service Unavailable"},
                  {507, "Insufficient Storage"}};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Refused";
}

static const struct resource *find_resource(const char *path);

/* Whoever asks what is there, or changes what others change too, is answered so. That there is no such
 * resource is something else: a client has a wrong address. */
static bool is_of_every_day(const struct xapi_request *request, int status)
{
    return (status == 404 && find_resource(request->path)) || status == 412;
}

void xapi_refuse(struct xapi_request *request, int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *detail = mem_format_list(format, arguments);
    va_end(arguments);
    utf8_mend(detail);
    char *refusal = is_of_every_day(request, status) ? NULL : sent_hide(detail);
    sent_show(detail);
    struct buf body = {0};
    buf_append_format(&body, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":",
                      title_of(status), status);
    json_put_quoted(detail, strlen(detail), &body);
    buf_append_text(&body, "}");
    free(detail);
    answer(request, status, "application/problem+json", body.data, body.size, refusal);
    buf_free(&body);
    free(refusal);
}

void xapi_refuse_failure(struct xapi_request *request, enum wz_failure failure, const char *error)
{
    static const int statuses[] = {
        [WZ_REFUSED] = 400, [WZ_FULL] = 507, [WZ_STOPPING] = 503, [WZ_FAILED] = 500, [WZ_BUSY] = 503};
    const bool is_known = failure > WZ_NO_FAILURE && failure <= WZ_BUSY;
    const int status = is_known ? statuses[failure] : 500;
    if (status == 503)
        xapi_reply_header(request, "Retry-After", "5");
    xapi_refuse(request, status, "%s", error ? error : "it did not work; the log of wijzerd says why");
}

/* ---- the way of a request ------------------------------------------------------------------------------ */

enum { READ = 1 << XAPI_GET | 1 << XAPI_HEAD, WRITE = 1 << XAPI_PUT | 1 << XAPI_POST };

struct resource {
    const char *path;
    unsigned methods; /* a bit for each enum xapi_method */
    bool any_version; /* it is answered whatever version is spoken, or none */
    void (*handle)(struct xapi_request *request);
};

static const struct resource resources[] = {
    {"/statements", READ | WRITE, false, xapi_statements},
    {"/activities", READ, false, xapi_activities},
    {"/activities/state", READ | WRITE | 1 << XAPI_DELETE, false, xapi_documents},
    {"/activities/profile", READ | WRITE | 1 << XAPI_DELETE, false, xapi_documents},
    {"/agents", READ, false, xapi_agents},
    {"/agents/profile", READ | WRITE | 1 << XAPI_DELETE, false, xapi_documents},
    {"/about", READ, true, xapi_about},
};

static const struct resource *find_resource(const char *path)
{
    for (size_t i = 0; i < sizeof resources / sizeof *resources; i++)
        if (strcmp(resources[i].path, path) == 0)
            return &resources[i];
    return NULL;
}

static void refuse_method(struct xapi_request *request, const struct resource *resource)
{
    struct buf allow = {0};
    for (enum xapi_method method = XAPI_GET; method < XAPI_OTHER; method++)
        if (resource->methods & 1U << method)
            buf_append_format(&allow, "%s%s", allow.size ? ", " : "", method_name(method));
    buf_put_u8(&allow, '\0');
    xapi_reply_header(request, "Allow", (const char *)allow.data);
    xapi_refuse(request, 405, "%s takes only %s", request->path, (const char *)allow.data);
    buf_free(&allow);
}

/* The answers that are not ours have it, too. */
static void speak(struct xapi *xapi, enum xapi_version version)
{
    if (xapi->spoken == version)
        return;
    xapi->spoken = version;
    xapi->host->answer_header(xapi->self, VERSION_HEADER, version_name(version));
}

/* The version that is spoken stands in every answer; of a request that names none of ours, the one that was
 * spoken here last. */
static bool agree_on_version(struct xapi_request *request)
{
    const bool is_known = version_read(xapi_header(request, "x-experience-api-version"), &request->version);
    if (is_known)
        speak(request->xapi, request->version);
    else
        request->version = request->xapi->spoken;
    xapi_reply_header(request, VERSION_HEADER, version_name(request->version));
    return is_known;
}

static void take_headers(struct xapi_request *request, const struct wz_http *http)
{
    struct parameters headers = {0};
    for (size_t i = 0; i < http->header_count; i++) {
        char *name = mem_copy_text(http->headers[i].name);
        for (char *at = name; *at; at++)
            *at = (char)tolower((unsigned char)*at);
        if (!parameters_find(&headers, name))
            parameters_add(&headers, name, http->headers[i].value);
        free(name);
    }
    request->headers = headers.list;
    request->header_count = headers.count;
}

#define NO_ALTERNATES "xAPI 2.0.0 has no alternate requests with a parameter method; send the request itself"

static struct xapi_request *request_new(struct xapi *xapi, struct wz_request *http_request,
                                        const struct wz_http *http)
{
    struct xapi_request *request = mem_alloc(sizeof *request);
    const size_t prefix = strlen(xapi->path);
    const bool is_below = strncmp(http->path, xapi->path, prefix) == 0;
    *request = (struct xapi_request){.xapi = xapi,
                                     .next = xapi->requests,
                                     .http = http_request,
                                     .method = method_of(http->method),
                                     .path = mem_copy_text(is_below ? http->path + prefix : http->path),
                                     .body = http->body,
                                     .body_size = http->body_size};
    xapi->requests = request;
    take_headers(request, http);
    return request;
}

/* A document that is kept as it came would come back without being said to be packed. */
static bool is_packed(const struct xapi_request *request)
{
    const char *encoding = xapi_header(request, "content-encoding");
    return request->body_size && encoding && *encoding && strcasecmp(encoding, "identity") != 0;
}

static void refuse_packed(struct xapi_request *request)
{
    xapi_reply_header(request, "Accept-Encoding", "identity");
    xapi_refuse(
        request, 415,
        "the header Content-Encoding says that the body is packed, and nothing is unpacked here; send "
        "it as it is, without that header");
}

static void dispatch(struct xapi_request *request, bool is_version_known)
{
    const struct resource *resource = find_resource(request->path);
    if (!resource)
        xapi_refuse(request, 404,
                    "there is no resource %.200s" SENT "%.200s" SENT_END
                    "; there are /statements, /activities, /activities/state, /activities/profile, /agents, "
                    "/agents/profile and /about below %.200s, which is what a client takes as its endpoint",
                    request->xapi->path, request->path, request->xapi->path);
    else if (!is_version_known && !resource->any_version)
        xapi_refuse(request, 400,
                    "the header " VERSION_HEADER " is %s; send the version that you speak, 1.0.3 or 2.0.0",
                    xapi_header(request, "x-experience-api-version") ? "of no version that is spoken here"
                                                                     : "missing");
    else if (request->method == XAPI_OTHER || !(resource->methods & 1U << request->method))
        refuse_method(request, resource);
    else if (is_packed(request))
        refuse_packed(request);
    else
        resource->handle(request);
}

/* ---- alternate requests -------------------------------------------------------------------------------- */

#define NO_ALTERNATES "xAPI 2.0.0 has no alternate requests with a parameter method; send the request itself"

/* The state while the form is read. */
struct unwrapping {
    bool has_failed;
    struct error error;
};

static void unwrap(struct xapi_request *request)
{
    struct unwrapping *unwrapping = request->state;
    struct parameters parameters = {request->parameters, request->parameter_count};
    struct parameters headers = {request->headers, request->header_count};
    unwrapping->has_failed = alternate_unwrap(request, &headers, &parameters, &unwrapping->error) != 0;
    request->parameters = parameters.list;
    request->parameter_count = parameters.count;
    request->headers = headers.list;
    request->header_count = headers.count;
}

static void free_unwrapping(struct xapi_request *request)
{
    request->free_state(request->state);
    request->state = NULL;
    request->free_state = NULL;
}

/* It may name its version in the form. */
static void dispatch_unwrapped(struct xapi_request *request)
{
    const struct unwrapping *unwrapping = request->state;
    if (unwrapping->has_failed) {
        xapi_refuse(request, 400, "%s", unwrapping->error.text);
        return;
    }
    free_unwrapping(request);
    const bool is_version_known = agree_on_version(request);
    if (is_version_known && request->version == XAPI_2_0_0)
        xapi_refuse(request, 400, NO_ALTERNATES);
    else
        dispatch(request, is_version_known);
}

static void begin_unwrapping(struct xapi_request *request)
{
    if (request->body_size > ALTERNATE_LARGEST) {
        xapi_refuse(request, 413,
                    "the form of an alternate request has at most %d MiB; send the request itself",
                    ALTERNATE_LARGEST >> 20);
        return;
    }
    request->state = mem_alloc(sizeof(struct unwrapping));
    request->free_state = free;
    xapi_aside(request, request->body_size, unwrap, dispatch_unwrapped);
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

void xapi_handle(void *state, struct wz_request *http_request, const struct wz_http *http)
{
    struct xapi_request *request = request_new(state, http_request, http);
    struct parameters parameters = {0};
    struct error error;
    const bool is_version_known = agree_on_version(request);
    cors_allow(request);
    if (strcmp(http->method, "OPTIONS") == 0) {
        cors_answer_options(request);
        return;
    }
    const bool is_garbled = parameters_read(&parameters, http->query, strlen(http->query), &error) != 0;
    request->parameters = parameters.list;
    request->parameter_count = parameters.count;
    if (is_garbled)
        xapi_refuse(request, 400, "%s", error.text);
    else if (!alternate_is(&parameters))
        dispatch(request, is_version_known);
    else if (is_version_known && request->version == XAPI_2_0_0)
        xapi_refuse(request, 400, NO_ALTERNATES);
    else
        begin_unwrapping(request);
}
