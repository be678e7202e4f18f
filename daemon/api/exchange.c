/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One request, as MHD tells of it: its head, its body, its end; and how it is answered. */
#include "api/internal.h"
#include "api/routes.h"

#include "base/mem.h"
#include "base/nearest.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Of a body that nobody wants: so much is read, for who sends it to see the answer. */
static const uint64_t most_dropped = (uint64_t)256 << 20;

enum { ETAG_BYTES = 16 };

static const char zero_byte[] =
    "%00, a zero byte, stands in what is asked for: nothing here has one in its name";

/* ---- sending ------------------------------------------------------------------------------------------- */

/* The ETag is a digest of the body: equal answers are equal, whatever became of the store meanwhile. */
static void make_etag(const struct request *request, char etag[2 * ETAG_BYTES + 3])
{
    unsigned char digest[ETAG_BYTES];
    crypto_generichash(digest, sizeof digest, request->answer.data, request->answer.size, NULL, 0);
    etag[0] = '"';
    sodium_bin2hex(etag + 1, 2 * ETAG_BYTES + 1, digest, sizeof digest);
    memcpy(etag + 1 + 2 * ETAG_BYTES, "\"", 2);
}

/* RFC 9110, section 13.1.2: a list of tags, or *; a weak one is as good here. */
static bool matches(const char *if_none_match, const char *etag)
{
    return if_none_match && (strcmp(if_none_match, "*") == 0 || strstr(if_none_match, etag));
}

static const char *header_of(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* The body goes to MHD as it is. */
static struct MHD_Response *response_of(struct buf *answer)
{
    struct MHD_Response *response =
        answer->size ? MHD_create_response_from_buffer(answer->size, answer->data, MHD_RESPMEM_MUST_FREE)
                     : MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    if (answer->size)
        *answer = (struct buf){0};
    return response;
}

static void add_close(const struct request *request, struct MHD_Response *response)
{
    if (request->api->stopping || request->is_last)
        MHD_add_response_header(response, "Connection", "close");
}

static void add_extra(const struct request *request, struct MHD_Response *response)
{
    for (size_t i = 0; i < WZ_ANSWER_HEADERS && request->extra[i].name; i++)
        if (!MHD_get_response_header(response, request->extra[i].name))
            MHD_add_response_header(response, request->extra[i].name, request->extra[i].value);
}

/* What a plugin served has its headers. */
static enum MHD_Result send_served(struct request *request)
{
    add_close(request, request->response);
    add_extra(request, request->response);
    const enum MHD_Result queued =
        MHD_queue_response(request->connection, (unsigned)request->status, request->response);
    MHD_destroy_response(request->response);
    request->response = NULL;
    return queued;
}

static enum MHD_Result send_answer(struct request *request)
{
    if (request->response)
        return send_served(request);
    char etag[2 * ETAG_BYTES + 3];
    const bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    const bool tagged = request->status == 200 && reads;
    bool unchanged = false;
    if (tagged) {
        make_etag(request, etag);
        unchanged = matches(header_of(request, MHD_HTTP_HEADER_IF_NONE_MATCH), etag);
    }
    struct MHD_Response *response = response_of(&request->answer);
    if (tagged)
        MHD_add_response_header(response, "ETag", etag);
    if (request->allow)
        MHD_add_response_header(response, "Allow", request->allow);
    if (request->challenge)
        MHD_add_response_header(response, "WWW-Authenticate", request->challenge);
    if (request->retry)
        MHD_add_response_header(response, "Retry-After", "1");
    add_close(request, response);
    add_extra(request, response);
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    if (!unchanged)
        MHD_add_response_header(response, "Content-Type", request->type);
    const enum MHD_Result queued =
        MHD_queue_response(request->connection, unchanged ? 304 : (unsigned)request->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* ---- receiving ----------------------------------------------------------------------------------------- */

/* The first that MHD says of a request: all of its target, of which the handler below gets only the path. */
void *exchange_begin(void *data, const char *target, struct MHD_Connection *connection)
{
    struct request *request = mem_alloc(sizeof *request);
    const size_t path_size = strcspn(target, "?");
    const char *query = target + path_size;
    struct listener *listener = data;
    listener->api->under_way++;
    *request = (struct request){.api = listener->api,
                                .listener = listener,
                                .connection = connection,
                                .path_is_cut = head_has_zero(target, path_size),
                                .query = mem_copy_text(*query ? query + 1 : ""),
                                .body = -1};
    return request;
}

void exchange_end(void *data, struct MHD_Connection *connection, void **state,
                  enum MHD_RequestTerminationCode code)
{
    (void)data;
    (void)connection;
    (void)code;
    struct request *request = *state;
    if (!request)
        return;
    request->api->under_way--;
    request->api->served_bytes -= request->served_size;
    if (request->body >= 0)
        close(request->body);
    if (request->response)
        MHD_destroy_response(request->response);
    buf_free(&request->answer);
    free(request->question);
    free(request->plugin_type);
    free(request->plugin_route);
    for (size_t i = 0; i < WZ_ANSWER_HEADERS; i++) {
        free((char *)request->extra[i].name);
        free((char *)request->extra[i].value);
    }
    body_drop(request);
    free(request->query);
    for (size_t i = 0; i < MOST_SEGMENTS; i++)
        free(request->segments[i]);
    free(request->allow);
    free(request->method);
    free(request->path);
    free(request);
    *state = NULL;
}

static enum MHD_Result check_parameter(void *data, enum MHD_ValueKind kind, const char *key,
                                       const char *value)
{
    (void)kind;
    struct request *request = data;
    size_t count = 0;
    if (!*key && (!value || !*value)) /* as in ?&limit=2 */
        return MHD_YES;
    for (; request->route->parameters[count]; count++)
        if (strcmp(request->route->parameters[count], key) == 0)
            return MHD_YES;
    const char *nearest = nearest_name(key, request->route->parameters, count);
    request_answer_problem(request, 400, NULL, "unknown parameter '%.60s'%s%s%s", key,
                           nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    return MHD_NO;
}

static void refuse_writing(struct request *request)
{
    request_answer_problem(
        request, 403, NULL,
        "only root, the user that wijzerd runs as, and members of the group wijzer-admin may do this; "
        "join it, and log in again");
}

static void refuse_path(struct request *request)
{
    struct buf known = {0};
    routes_list(&known);
    request_answer_problem(request, 404, NULL, "there is nothing at %.200s; there are %s", request->path,
                           (const char *)known.data);
    buf_free(&known);
}

static void challenge(struct request *request, const char *challenge, const char *reason)
{
    request->challenge = challenge;
    request_answer_problem(request, 401, NULL, "%s", reason);
}

static bool is_own(const struct request *request)
{
    return strncmp(request->path, "/v1", 3) == 0 && (request->path[3] == '/' || !request->path[3]);
}

static void refuse_over_tcp(struct request *request)
{
    if (!is_own(request) && !request->plugin_route)
        request_answer_problem(request, 404, NULL,
                               "there is nothing at %.200s; over TCP there is only what feeds serve",
                               request->path);
    else
        challenge(
            request, "Bearer realm=\"wijzer\"",
            "over TCP this needs a token, and this version has none: use the Unix socket; only what a feed "
            "serves for its key and secret can be had here");
}

static void begin_open_route(struct request *request, const char *route)
{
    const bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    request->plugin_route = mem_copy_text(route);
    if (request->listener->is_tcp)
        refuse_over_tcp(request);
    else if (!reads && !access_may_write(request))
        refuse_writing(request);
}

/* A browser that is about to ask for a page of another site, and leaves out what says for whom (Fetch,
 * "CORS-preflight fetch"). Such a request has no body. */
static bool is_preflight(const struct request *request)
{
    return strcmp(request->method, MHD_HTTP_METHOD_OPTIONS) == 0 &&
           header_of(request, MHD_HTTP_HEADER_ORIGIN) &&
           header_of(request, "Access-Control-Request-Method") &&
           !header_of(request, MHD_HTTP_HEADER_AUTHORIZATION) && body_announced(request) == 0 &&
           !header_of(request, MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

/* Once: who sends it may be looked for again when the body is there. */
static void remember_headers(struct request *request, const struct wz_header *headers)
{
    if (!headers || request->extra[0].name)
        return;
    for (size_t i = 0; i < WZ_ANSWER_HEADERS && headers[i].name; i++)
        request->extra[i] =
            (struct wz_header){mem_copy_text(headers[i].name), mem_copy_text(headers[i].value)};
}

static void find_plugin_route(struct request *request, const char *authorization, struct feed_route *found)
{
    const struct feeds *feeds = request->api->parts.feeds;
    const struct feed_caller caller = {.method = request->method,
                                       .path = request->path,
                                       .authorization = authorization,
                                       .is_preflight = is_preflight(request)};
    feeds->find_route(feeds->host, &caller, found);
    request->feed = found->feed;
    remember_headers(request, found->headers);
}

static void refuse_login(struct request *request, const char *reason)
{
    challenge(request, "Basic realm=\"wijzer\", charset=\"UTF-8\"", reason);
}

/* false: no plugin has it. */
static bool begin_plugin_route(struct request *request)
{
    struct feed_route found;
    find_plugin_route(request, header_of(request, MHD_HTTP_HEADER_AUTHORIZATION), &found);
    if (found.access == FEED_OPEN)
        begin_open_route(request, found.path);
    else if (found.access == FEED_DENIED && form_login_may_come(request))
        request->awaits_login = true;
    else if (found.access == FEED_DENIED)
        refuse_login(request, found.reason);
    return found.access != FEED_NO_ROUTE;
}

static void log_in_by_form(struct request *request)
{
    struct feed_route found;
    char *authorization = form_login_read(request);
    find_plugin_route(request, authorization, &found);
    if (found.access != FEED_GRANTED)
        refuse_login(request, found.access == FEED_DENIED ? found.reason : "what was here has stopped");
    if (authorization)
        explicit_bzero(authorization, strlen(authorization));
    free(authorization);
}

/* Of wijzerd's own. */
static void begin_route(struct request *request)
{
    if (head_has_zero(request->query, strlen(request->query))) {
        request_answer_problem(request, 400, NULL, "%s", zero_byte);
        return;
    }
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, check_parameter, request);
    if (!request->answered && request->route->access == ADMINISTRATORS && !access_may_write(request))
        refuse_writing(request);
}

static void begin_without_plugin(struct request *request)
{
    char *allowed;
    if (request->listener->is_tcp) {
        refuse_over_tcp(request);
        return;
    }
    request->route = routes_find(request->method, request->path, request->segments, &allowed);
    if (request->route) {
        begin_route(request);
    } else if (allowed) {
        request->allow = allowed;
        request_answer_problem(request, 405, NULL, "%s is not for %s; it takes %s", request->path,
                               request->method, allowed);
    } else {
        refuse_path(request);
    }
}

/* Whatever is asked. */
static void refuse_any(struct request *request, int status, const char *reason)
{
    struct feed_route found; /* for the headers that its answers have */
    find_plugin_route(request, NULL, &found);
    request_answer_problem(request, status, NULL, "%s", reason);
}

/* The head of a request is there: what can be refused without its body is. */
static void begin_request(struct request *request)
{
    const char *unclear = head_framing_problem(request->connection);
    request->is_last = unclear;
    request->retry = request->api->stopping;
    if (unclear)
        refuse_any(request, 400, unclear);
    else if (request->path_is_cut)
        refuse_any(request, 400, zero_byte);
    else if (request->api->stopping)
        refuse_any(request, 503, "wijzerd is stopping");
    else if (is_own(request) || !begin_plugin_route(request))
        begin_without_plugin(request);
    if (!request->answered)
        body_expect(request);
}

static void handle_request(struct request *request)
{
    body_settle(request);
    if (request->awaits_login)
        log_in_by_form(request);
    if (request->answered)
        return;
    if (request->route)
        request->route->handle(request);
    else
        plugin_request(request);
}

/* A refused request is answered when its body is over, for an answer before that makes MHD close the
 * connection, and who still sends may never see it. */
static bool can_wait_for_body(const struct request *request)
{
    const char *expect = header_of(request, MHD_HTTP_HEADER_EXPECT);
    if (request->is_last)
        return false;
    if (request->route)
        return true;
    return body_announced(request) <= most_dropped && (!expect || strcasecmp(expect, "100-continue") != 0);
}

/* A piece that is left comes again when the request goes on. */
static enum MHD_Result take_piece(struct request *request, const char *piece, size_t *left)
{
    const size_t size = *left;
    if (!request->answered) {
        *left = body_take(request, piece, size) == BODY_WAITS ? size : 0;
        return MHD_YES;
    }
    *left = 0;
    request->dropped += size;
    return request->dropped > most_dropped && !request->route ? MHD_NO : MHD_YES;
}

enum MHD_Result exchange_go_on(void *data, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *upload,
                               size_t *upload_size, void **state)
{
    (void)version;
    (void)data;
    (void)connection;
    struct request *request = *state;
    if (!request->method) {
        request->method = mem_copy_text(method);
        request->path = mem_copy_text(url);
        begin_request(request);
        return request->answered && !can_wait_for_body(request) ? send_answer(request) : MHD_YES;
    }
    if (*upload_size)
        return take_piece(request, upload, upload_size);
    if (!request->answered)
        handle_request(request);
    return request->answered ? send_answer(request) : MHD_YES;
}
