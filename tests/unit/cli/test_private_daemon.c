/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waiting for a wijzerd of one's own: as long as it goes on, and no longer. What answers here is a server
 * that says what it is told to. */
#include "cli/script/private_daemon.h"

#include "base/mem.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 400 };

/* Of the answers to GET /v1/status and GET /v1/scripts, by how many came before. */
struct server {
    char folder[64], path[80];
    int socket;
    pthread_t thread;
    int idle_from, calls_grow_until;
    const char *error;
    int asked;
};

static void answer(struct server *server, int connection)
{
    char request[4096] = "", body[300];
    const ssize_t got = read(connection, request, sizeof request - 1);
    assert_true(got > 0);
    if (strstr(request, "/v1/scripts"))
        snprintf(body, sizeof body, "{\"scripts\":[{\"calls\":%d},{\"calls\":1}],\"next\":null}",
                 server->asked < server->calls_grow_until ? server->asked : server->calls_grow_until);
    else
        snprintf(body, sizeof body,
                 "{\"engine\":{\"position\":7,\"idle\":%s,\"error\":%s},\"store\":{\"position\":7},"
                 "\"scripts\":{\"loading\":0}}",
                 server->asked >= server->idle_from ? "true" : "false", server->error);
    server->asked++;
    char *whole = mem_format("HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                             strlen(body), body);
    assert_int_equal(write(connection, whole, strlen(whole)), strlen(whole));
    free(whole);
}

static void *serve(void *data)
{
    struct server *server = data;
    for (int connection; (connection = accept(server->socket, NULL, NULL)) >= 0; close(connection))
        answer(server, connection);
    return NULL;
}

static void open_server(struct server *server)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(server->folder, "/tmp/wijzer-settle-XXXXXX");
    assert_non_null(mkdtemp(server->folder));
    snprintf(server->path, sizeof server->path, "%s/socket", server->folder);
    strcpy(address.sun_path, server->path);
    server->socket = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(server->socket, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->socket, 8), 0);
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void close_server(struct server *server)
{
    shutdown(server->socket, SHUT_RDWR); /* accept gives up */
    pthread_join(server->thread, NULL);
    close(server->socket);
    unlink(server->path);
    rmdir(server->folder);
}

/* How long it waited, in milliseconds. */
static double settle(struct server *server, int *result, struct error *error)
{
    struct timespec begun, done;
    open_server(server);
    const struct private_daemon daemon = {.socket = server->path};
    clock_gettime(CLOCK_MONOTONIC, &begun);
    *result = private_daemon_settle(&daemon, PATIENCE_MS, error);
    clock_gettime(CLOCK_MONOTONIC, &done);
    close_server(server);
    return (double)(done.tv_sec - begun.tv_sec) * 1e3 + (double)(done.tv_nsec - begun.tv_nsec) / 1e6;
}

static void what_comes_to_rest_is_waited_for(void **state)
{
    (void)state;
    struct server server = {.idle_from = 3, .error = "null"};
    struct error error;
    int result;
    settle(&server, &result, &error);
    assert_int_equal(result, 0);
    assert_in_range(server.asked, 5, 6); /* twice at rest */
}

static void what_does_nothing_is_given_up_with_its_reason(void **state)
{
    (void)state;
    struct server server = {.idle_from = 1 << 30, .error = "\"the disk is full\""};
    struct error error;
    int result;
    const double waited = settle(&server, &result, &error);
    assert_int_equal(result, -1);
    assert_true(waited >= PATIENCE_MS);
    assert_non_null(strstr(error.text, "not all indicators are computed, and nothing has happened for "));
    assert_non_null(strstr(error.text, "seconds: the disk is full"));
}

/* It is calls that show that something happens. */
static void what_takes_long_is_not_given_up(void **state)
{
    (void)state;
    struct server server = {.idle_from = 1 << 30, .calls_grow_until = 300, .error = "null"};
    struct error error;
    int result;
    const double waited = settle(&server, &result, &error);
    assert_int_equal(result, -1);
    assert_true(server.asked > server.calls_grow_until);
    assert_true(waited >= 2 * PATIENCE_MS);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_to_rest_is_waited_for),
        cmocka_unit_test(what_does_nothing_is_given_up_with_its_reason),
        cmocka_unit_test(what_takes_long_is_not_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
