/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A number of LMSs that send statements as fast as they are taken: each has a connection, sends a batch, and
 * waits for the answer before the next. Uses so little of a processor that what is measured is who answers.
 *
 *     bench-load UNIX_SOCKET|PORT KEY:SECRET FIRST COUNT BATCH CONNECTIONS BEGIN STEP
 *
 * sends the statements FIRST to FIRST + COUNT - 1 (see statements.h for BEGIN and STEP) and prints, as JSON,
 * how long it took, and how long the answers did. What is not taken ends it.
 */
#include "client.h"
#include "statements.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct load {
    struct statements statements;
    uint64_t next, end, batch; /* statements: the next to send, one past the last, how many at a time */
    struct client *clients;
    size_t client_count, busy;
    double *latencies; /* seconds, one a request */
    size_t answered;
    int epoll;
};

static void fail(const char *what)
{
    fprintf(stderr, "bench-load: %s\n", what);
    exit(EXIT_FAILURE);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* As an array also where it is one: what is sent is the same but for the size. */
static void put_batch(struct load *load, struct client *client)
{
    const uint64_t left = load->end - load->next, count = left < load->batch ? left : load->batch;
    char *out = client_body(client, (size_t)count * (statement_size() + 1) + 1);
    for (uint64_t i = 0; i < count; i++) {
        *out++ = i == 0 ? '[' : ',';
        statement_put(&load->statements, load->next++, out);
        out += statement_size();
    }
    *out = ']';
}

static void watch(const struct load *load, struct client *client, int how)
{
    struct epoll_event event = {.events = client_waits_to_write(client) ? EPOLLOUT : EPOLLIN,
                                .data.ptr = client};
    if (epoll_ctl(load->epoll, how, client_descriptor(client), &event) != 0)
        fail(strerror(errno));
}

static void send_next(struct load *load, struct client *client, int how)
{
    put_batch(load, client);
    client->begun = now();
    client_send(client);
    watch(load, client, how);
}

static void on_answer(struct load *load, struct client *client)
{
    load->latencies[load->answered++] = now() - client->begun;
    if (client->status != 200) {
        fprintf(stderr, "bench-load: a batch was answered with %d: %.*s\n", client->status,
                (int)client->answer_size, client->answer);
        exit(EXIT_FAILURE);
    }
    if (load->next < load->end)
        send_next(load, client, EPOLL_CTL_MOD);
    else
        load->busy--;
}

static void on_ready(struct load *load, struct client *client)
{
    if (client_waits_to_write(client)) {
        client_send(client);
        if (!client_waits_to_write(client))
            watch(load, client, EPOLL_CTL_MOD);
    } else if (client_receive(client)) {
        on_answer(load, client);
    }
}

static void run(struct load *load)
{
    for (size_t i = 0; i < load->client_count && load->next < load->end; i++, load->busy++)
        send_next(load, &load->clients[i], EPOLL_CTL_ADD);
    while (load->busy > 0) {
        struct epoll_event events[64];
        const int count = epoll_wait(load->epoll, events, 64, 60000);
        if (count == 0)
            fail("no answer came for a minute");
        for (int i = 0; i < count; i++)
            on_ready(load, events[i].data.ptr);
    }
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void print(struct load *load, uint64_t count, double seconds)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    qsort(load->latencies, load->answered, sizeof *load->latencies, compare);
    printf("{\"statements\":%llu,\"seconds\":%.6f,\"cpu\":%.6f,\"bytes\":%llu,\"latency\":{",
           (unsigned long long)count, seconds, cpu, (unsigned long long)(count * statement_size()));
    static const unsigned quantiles[] = {50, 95, 99, 100};
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++)
        printf("%s\"%u\":%.6f", i ? "," : "", quantiles[i],
               load->latencies[(load->answered - 1) * quantiles[i] / 100]);
    printf("}}\n");
}

int main(int argc, char **argv)
{
    if (argc != 9) {
        fprintf(stderr,
                "Usage: bench-load UNIX_SOCKET|PORT KEY:SECRET FIRST COUNT BATCH CONNECTIONS BEGIN STEP\n");
        return 2;
    }
    const uint64_t first = number_argument(argv[3]), count = number_argument(argv[4]);
    struct load load = {
        .statements = {.begin = (int64_t)number_argument(argv[7]), .step = (int64_t)number_argument(argv[8])},
        .next = first,
        .end = first + count,
        .batch = number_argument(argv[5]),
        .client_count = number_argument(argv[6]),
        .epoll = epoll_create1(EPOLL_CLOEXEC),
    };
    if (count == 0 || load.batch == 0 || load.client_count == 0 || load.epoll < 0)
        fail("there is nothing to do");
    load.latencies = malloc((count / load.batch + 1) * sizeof *load.latencies);
    load.clients = calloc(load.client_count, sizeof *load.clients);
    if (!load.latencies || !load.clients)
        fail("out of memory");
    for (size_t i = 0; i < load.client_count; i++)
        client_open(&load.clients[i], argv[1], argv[2]);
    const double begun = now();
    run(&load);
    print(&load, count, now() - begun);
    for (size_t i = 0; i < load.client_count; i++)
        client_close(&load.clients[i]);
    close(load.epoll);
    free(load.clients);
    free(load.latencies);
    return 0;
}
