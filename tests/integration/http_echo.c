/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin for tests that serves /echo: it answers with what it was asked. Of the query: "status=N" answers
 * with that status; "bytes=N" with so many bytes; "hold" answers when another request says "free", and that
 * one from inside the handling of it; "never" not at all; "fail" and the instance fails. Built by its test
 * against nothing but include/. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wijzer/plugin.h>

enum { MOST_HELD = 64 };

struct echo {
    const struct wz_host *host;
    struct wz_instance *self;
    struct wz_request *held[MOST_HELD];
    size_t held_count;
};

static int init(const struct wz_host *host, struct wz_instance *self, void **state, const char **error)
{
    struct echo *echo = calloc(1, sizeof *echo);
    *error = "out of memory";
    if (!echo)
        return -1;
    echo->host = host;
    echo->self = self;
    *state = echo;
    return 0;
}

static void send_text(const struct echo *echo, struct wz_request *request, int status, const char *text,
                      size_t size)
{
    const struct wz_header headers[] = {{"Content-Type", "text/x-echo"},
                                        {"X-Echo", "yes"},
                                        {"X-Feed", echo->host->option(echo->self, "label")},
                                        {"Content-Length", "7"},
                                        {"connection", "close"},
                                        {"Keep-Alive", "timeout=7"},
                                        {"Transfer-Encoding", "gzip"},
                                        {"X-Broken", "a\r\nb"}};
    const struct wz_http_reply reply = {.status = status,
                                        .headers = headers,
                                        .header_count = sizeof headers / sizeof *headers,
                                        .body = text,
                                        .body_size = size};
    echo->host->respond(request, &reply);
}

static void free_held(struct echo *echo)
{
    for (size_t i = 0; i < echo->held_count; i++)
        send_text(echo, echo->held[i], 200, "held", 4);
    echo->held_count = 0;
}

/* METHOD PATH?QUERY, the headers, an empty line, and the body. */
static void send_echo(const struct echo *echo, struct wz_request *request, const struct wz_http *http,
                      int status)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    fprintf(stream, "%s %s?%s\n[%s]\n", http->method, http->path, http->query, http->content_type);
    for (size_t i = 0; i < http->header_count; i++)
        fprintf(stream, "%s: %s\n", http->headers[i].name, http->headers[i].value);
    fputs("\n", stream);
    fwrite(http->body, 1, http->body_size, stream);
    fclose(stream);
    send_text(echo, request, status, text, size);
    free(text);
}

static void send_many(const struct echo *echo, struct wz_request *request, size_t size)
{
    char *bytes = malloc(size);
    memset(bytes, 'x', size);
    send_text(echo, request, 200, bytes, size);
    free(bytes);
}

static void handle(void *state, struct wz_request *request, const struct wz_http *http)
{
    struct echo *echo = state;
    const char *query = http->query;
    if (strcmp(query, "never") == 0)
        return;
    if (strcmp(query, "fail") == 0) {
        echo->host->fail(echo->self, "it was asked to");
        return;
    }
    if (strcmp(query, "hold") == 0 && echo->held_count < MOST_HELD) {
        echo->held[echo->held_count++] = request;
        return;
    }
    if (strcmp(query, "free") == 0)
        free_held(echo);
    if (strcmp(query, "size") == 0) {
        char text[32];
        const int size = snprintf(text, sizeof text, "%zu", http->body_size);
        send_text(echo, request, 200, text, (size_t)size);
    } else if (strncmp(query, "bytes=", 6) == 0) {
        send_many(echo, request, strtoul(query + 6, NULL, 10));
    } else {
        send_echo(echo, request, http, strncmp(query, "status=", 7) == 0 ? atoi(query + 7) : 200);
    }
}

static int start(void *state, const char **error)
{
    struct echo *echo = state;
    *error = "/echo cannot be served";
    const char *path = echo->host->option(echo->self, "path");
    char about[256];
    snprintf(about, sizeof about, "%s/about", path);
    echo->host->answer_header(echo->self, "X-Echo", "first");
    if (echo->host->answer_header(echo->self, "x-echo", "by the host") != 0 ||
        echo->host->answer_header(echo->self, "X-Broken", "a\r\nb") == 0 ||
        echo->host->answer_header(echo->self, "X-Two", "2") != 0 ||
        echo->host->answer_header(echo->self, "X-Three", "3") != 0 ||
        echo->host->answer_header(echo->self, "X-Four", "4") != 0 ||
        echo->host->answer_header(echo->self, "X-Five", "5") == 0)
        return -1;
    return echo->host->serve(echo->self, path, handle) == 0
               ? echo->host->serve_openly(echo->self, about, handle)
               : -1;
}

static const struct wz_option options[] = {
    {.name = "label", .type = WZ_OPTION_STRING, .default_value = "none", .help = "sent as X-Feed"},
    {.name = "path", .type = WZ_OPTION_STRING, .default_value = "/echo", .help = "what is served"},
    {.name = NULL}};

static const struct wz_plugin descriptor = {.abi_version = WZ_ABI_VERSION,
                                            .struct_size = sizeof descriptor,
                                            .name = "http_echo",
                                            .version = "1",
                                            .help = "HTTP for tests",
                                            .options = options,
                                            .init = init,
                                            .start = start,
                                            .deinit = free};

const struct wz_plugin *wijzer_plugin(void);

const struct wz_plugin *wijzer_plugin(void)
{
    return &descriptor;
}
