/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "courier/http.h"

#include "base/buf.h"
#include "base/mem.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 20 * 1000 };

struct exchange {
    struct exchange *next;
    const void *owner;
    CURL *curl;
    struct curl_slist *headers;
    struct buf answer;
    uint64_t most_bytes;
    bool too_large;
    char reason[CURL_ERROR_SIZE];
    wz_http_fn done;
    void *data;
    void (*free_data)(void *data);
};

struct http {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer;
    struct exchange *exchanges;
    unsigned open; /* handles */
    void (*closed)(void *data);
    void *closed_data;
};

/* A socket of curl's. */
struct watched {
    uv_poll_t poll;
    struct http *http;
    curl_socket_t socket;
};

/* ---- curl on the loop ------------------------------------------------------------------------------------
 */

static void let_go(struct http *http)
{
    if (--http->open > 0)
        return;
    void (*closed)(void *data) = http->closed;
    void *data = http->closed_data;
    free(http);
    closed(data);
}

static void finish_done(struct http *http);

static void act(struct http *http, curl_socket_t socket, int events)
{
    int running;
    curl_multi_socket_action(http->multi, socket, events, &running);
    finish_done(http);
}

static void on_timer(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long timeout_ms, void *data)
{
    (void)multi;
    struct http *http = data;
    if (timeout_ms < 0)
        uv_timer_stop(&http->timer);
    else /* not from here: curl is on the stack */
        uv_timer_start(&http->timer, on_timer, timeout_ms ? (uint64_t)timeout_ms : 1, 0);
    return 0;
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    const struct watched *watched = poll->data;
    int ready = status < 0 ? CURL_CSELECT_ERR : 0;
    if (events & UV_READABLE)
        ready |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE)
        ready |= CURL_CSELECT_OUT;
    act(watched->http, watched->socket, ready);
}

static void watched_closed(uv_handle_t *handle)
{
    struct watched *watched = handle->data;
    struct http *http = watched->http;
    free(watched);
    let_go(http);
}

static struct watched *watch(struct http *http, curl_socket_t socket)
{
    struct watched *watched = mem_alloc(sizeof *watched);
    watched->http = http;
    watched->socket = socket;
    uv_poll_init_socket(http->loop, &watched->poll, socket);
    watched->poll.data = watched;
    http->open++;
    curl_multi_assign(http->multi, socket, watched);
    return watched;
}

static int set_socket(CURL *curl, curl_socket_t socket, int what, void *data, void *assigned)
{
    (void)curl;
    struct http *http = data;
    struct watched *watched = assigned;
    if (what == CURL_POLL_REMOVE) {
        if (watched)
            uv_close((uv_handle_t *)&watched->poll, watched_closed);
        curl_multi_assign(http->multi, socket, NULL);
        return 0;
    }
    if (!watched)
        watched = watch(http, socket);
    const int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    uv_poll_start(&watched->poll, events, on_socket);
    return 0;
}

/* ---- an exchange -----------------------------------------------------------------------------------------
 */

static void take_out(struct http *http, struct exchange *exchange)
{
    struct exchange **link = &http->exchanges;
    while (*link != exchange)
        link = &(*link)->next;
    *link = exchange->next;
    curl_multi_remove_handle(http->multi, exchange->curl);
}

static void free_exchange(struct exchange *exchange)
{
    curl_easy_cleanup(exchange->curl);
    curl_slist_free_all(exchange->headers);
    buf_free(&exchange->answer);
    if (exchange->free_data)
        exchange->free_data(exchange->data);
    free(exchange);
}

static void finish(struct exchange *exchange, CURLcode code)
{
    long status = 0;
    char reason[CURL_ERROR_SIZE + 80];
    curl_easy_getinfo(exchange->curl, CURLINFO_RESPONSE_CODE, &status);
    if (exchange->too_large)
        snprintf(reason, sizeof reason, "the answer is larger than %llu bytes",
                 (unsigned long long)exchange->most_bytes);
    else
        snprintf(reason, sizeof reason, "%s",
                 exchange->reason[0] ? exchange->reason : curl_easy_strerror(code));
    buf_put_u8(&exchange->answer, 0);
    const struct wz_http_answer answer = {(int)status, exchange->answer.data, exchange->answer.size - 1};
    if (code == CURLE_OK)
        exchange->done(exchange->data, &answer, NULL);
    else
        exchange->done(exchange->data, NULL, reason);
}

/* A callback may begin others, or drop those that are done as well: each is looked for anew. */
static void finish_done(struct http *http)
{
    int left;
    for (const CURLMsg *message; (message = curl_multi_info_read(http->multi, &left)) != NULL;) {
        struct exchange *exchange = NULL;
        const CURLcode code = message->data.result;
        if (message->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
        take_out(http, exchange);
        finish(exchange, code);
        free_exchange(exchange);
    }
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
    struct exchange *exchange = data;
    if (exchange->answer.size + size * count > exchange->most_bytes) {
        exchange->too_large = true;
        return 0;
    }
    buf_put(&exchange->answer, bytes, size * count);
    return size * count;
}

static void set_body(struct exchange *exchange, const struct http_order *order)
{
    char header[200];
    snprintf(header, sizeof header, "Content-Type: %s", order->content_type);
    exchange->headers = curl_slist_append(NULL, header);
    exchange->headers = curl_slist_append(exchange->headers, "Expect:");
    curl_easy_setopt(exchange->curl, CURLOPT_HTTPHEADER, exchange->headers);
    curl_easy_setopt(exchange->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)order->size);
    curl_easy_setopt(exchange->curl, CURLOPT_COPYPOSTFIELDS, order->size ? order->body : "");
}

static void set_options(struct exchange *exchange, const struct http_order *order)
{
    CURL *curl = exchange->curl;
    struct error ignored;
    curl_easy_setopt(curl, CURLOPT_URL, order->url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, order->method);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR,
                     order->socket || http_check_url(order->url, &ignored) == 0 ? "http,https" : "https");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)order->timeout_ms);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, exchange->reason);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, exchange);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "wijzer-courier/" WIJZER_VERSION);
    if (order->socket) {
        curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, order->socket);
        curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    }
    if (order->content_type)
        set_body(exchange, order);
}

void http_send(struct http *http, const void *owner, const struct http_order *order, wz_http_fn done,
               void *data, void (*free_data)(void *data))
{
    struct exchange *exchange = mem_alloc(sizeof *exchange);
    *exchange = (struct exchange){.next = http->exchanges,
                                  .owner = owner,
                                  .curl = curl_easy_init(),
                                  .most_bytes = order->most_bytes,
                                  .done = done,
                                  .data = data,
                                  .free_data = free_data};
    set_options(exchange, order);
    http->exchanges = exchange;
    curl_multi_add_handle(http->multi, exchange->curl);
}

void http_drop(struct http *http, const void *owner)
{
    struct exchange *next;
    for (struct exchange *exchange = http->exchanges; exchange; exchange = next) {
        next = exchange->next;
        if (exchange->owner != owner)
            continue;
        take_out(http, exchange);
        free_exchange(exchange);
    }
}

/* ---- life ------------------------------------------------------------------------------------------------
 */

struct http *http_start(uv_loop_t *loop)
{
    struct http *http = mem_alloc(sizeof *http);
    *http = (struct http){.loop = loop, .multi = curl_multi_init(), .open = 1};
    uv_timer_init(loop, &http->timer);
    http->timer.data = http;
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    return http;
}

static void timer_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

void http_stop(struct http *http, void (*closed)(void *data), void *data)
{
    http->closed = closed;
    http->closed_data = data;
    while (http->exchanges)
        http_drop(http, http->exchanges->owner);
    curl_multi_cleanup(http->multi); /* closes its sockets, and says so to set_socket */
    http->multi = NULL;
    uv_close((uv_handle_t *)&http->timer, timer_closed);
}

/* ---- addresses -------------------------------------------------------------------------------------------
 */

static bool is_this_machine(const char *host)
{
    return strcmp(host, "localhost") == 0 || strcmp(host, "127.0.0.1") == 0 || strcmp(host, "[::1]") == 0;
}

int http_check_url(const char *url, struct error *error)
{
    CURLU *parts = curl_url();
    char *scheme = NULL, *host = NULL;
    int result = 0;
    if (curl_url_set(parts, CURLUPART_URL, url, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        curl_url_get(parts, CURLUPART_HOST, &host, 0) != CURLUE_OK)
        result = error_set(error, ERROR_INPUT, "'%.200s' is no address; it begins with https://", url);
    else if (strcmp(scheme, "https") != 0 && (strcmp(scheme, "http") != 0 || !is_this_machine(host)))
        result =
            error_set(error, ERROR_INPUT,
                      "'%.200s': only https:// is asked, for passwords and answers go over it (http:// to "
                      "this machine alone)",
                      url);
    curl_free(scheme);
    curl_free(host);
    curl_url_cleanup(parts);
    return result;
}
