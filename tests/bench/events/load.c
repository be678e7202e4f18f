/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A number of LMSs that send statements as fast as they are taken: each has a connection, sends a batch, and
 * waits for the answer before the next. Uses so little of a processor that what is measured is who answers.
 *
 *     bench-load UNIX_SOCKET|PORT KEY:SECRET CONNECTIONS made FIRST COUNT BATCH BEGIN STEP
 *     bench-load UNIX_SOCKET|PORT KEY:SECRET CONNECTIONS lines FILE
 *
 * sends the statements FIRST to FIRST + COUNT - 1, BATCH at a time (see statements.h for BEGIN and STEP), or
 * what stands in each line of a file. Prints, as JSON, how long it took, how long the answers did, and how
 * many were not 200, the first of which is shown on stderr.
 */
#include "client.h"
#include "statements.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Where bodies come from: they are made, or stand in a file. */
struct source {
    bool (*put)(struct source *source, struct client *client); /* false: there are no more */
    struct statements statements;
    uint64_t next, end, batch; /* statements: the next to send, one past the last, how many at a time */
    const char *line, *lines_end;
};

struct load {
    struct source source;
    struct client *clients;
    size_t client_count, busy;
    double *latencies; /* seconds, one a request */
    size_t answered, room, refused;
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
static bool put_made(struct source *source, struct client *client)
{
    const uint64_t left = source->end - source->next, count = left < source->batch ? left : source->batch;
    if (count == 0)
        return false;
    char *out = client_body(client, (size_t)count * (statement_size() + 1) + 1);
    for (uint64_t i = 0; i < count; i++) {
        *out++ = i == 0 ? '[' : ',';
        statement_put(&source->statements, source->next++, out);
        out += statement_size();
    }
    *out = ']';
    return true;
}

static bool put_line(struct source *source, struct client *client)
{
    if (source->line == source->lines_end)
        return false;
    const char *end = memchr(source->line, '\n', (size_t)(source->lines_end - source->line));
    if (!end)
        fail("the last line does not end");
    const size_t size = (size_t)(end - source->line);
    memcpy(client_body(client, size), source->line, size);
    source->line = end + 1;
    return true;
}

static void watch(const struct load *load, struct client *client, int how)
{
    struct epoll_event event = {.events = client_waits_to_write(client) ? EPOLLOUT : EPOLLIN,
                                .data.ptr = client};
    if (epoll_ctl(load->epoll, how, client_descriptor(client), &event) != 0)
        fail(strerror(errno));
}

static bool send_next(struct load *load, struct client *client, int how)
{
    if (!load->source.put(&load->source, client))
        return false;
    client->begun = now();
    client_send(client);
    watch(load, client, how);
    return true;
}

static void note_latency(struct load *load, double seconds)
{
    if (load->answered == load->room) {
        load->room = load->room ? 2 * load->room : 1024;
        load->latencies = realloc(load->latencies, load->room * sizeof *load->latencies);
        if (!load->latencies)
            fail("out of memory");
    }
    load->latencies[load->answered++] = seconds;
}

static void on_answer(struct load *load, struct client *client)
{
    note_latency(load, now() - client->begun);
    if (client->status != 200 && load->refused++ == 0)
        fprintf(stderr, "bench-load: a batch was answered with %d: %.*s\n", client->status,
                (int)client->answer_size, client->answer);
    if (!send_next(load, client, EPOLL_CTL_MOD))
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
    while (load->busy < load->client_count && send_next(load, &load->clients[load->busy], EPOLL_CTL_ADD))
        load->busy++;
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

static void print(struct load *load, double seconds)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    const double cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    qsort(load->latencies, load->answered, sizeof *load->latencies, compare);
    printf("{\"statement_size\":%zu,\"requests\":%zu,\"refused\":%zu,\"seconds\":%.6f,\"cpu\":%.6f,"
           "\"latency\":{",
           statement_size(), load->answered, load->refused, seconds, cpu);
    static const unsigned quantiles[] = {50, 95, 99, 100};
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++)
        printf("%s\"%u\":%.6f", i ? "," : "", quantiles[i],
               load->latencies[(load->answered - 1) * quantiles[i] / 100]);
    printf("}}\n");
}

static struct source of_lines(const char *path)
{
    struct stat is;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &is) != 0 || is.st_size == 0)
        fail("the file of lines cannot be read, or is empty");
    const char *lines = mmap(NULL, (size_t)is.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
    if (lines == MAP_FAILED)
        fail(strerror(errno));
    close(descriptor);
    return (struct source){.put = put_line, .line = lines, .lines_end = lines + is.st_size};
}

static struct source of_numbers(char **arguments)
{
    const uint64_t first = number_argument(arguments[0]), count = number_argument(arguments[1]);
    const struct source source = {.put = put_made,
                                  .next = first,
                                  .end = first + count,
                                  .batch = number_argument(arguments[2]),
                                  .statements = {.begin = (int64_t)number_argument(arguments[3]),
                                                 .step = (int64_t)number_argument(arguments[4])}};
    if (count == 0 || source.batch == 0)
        fail("there is nothing to do");
    return source;
}

static struct source source_of(int count, char **arguments)
{
    if (count == 6 && strcmp(arguments[0], "made") == 0)
        return of_numbers(arguments + 1);
    if (count == 2 && strcmp(arguments[0], "lines") == 0)
        return of_lines(arguments[1]);
    fprintf(stderr,
            "Usage: bench-load UNIX_SOCKET|PORT KEY:SECRET CONNECTIONS made FIRST COUNT BATCH BEGIN STEP\n"
            "       bench-load UNIX_SOCKET|PORT KEY:SECRET CONNECTIONS lines FILE\n");
    exit(2);
}

int main(int argc, char **argv)
{
    struct load load = {.source = source_of(argc - 4, argv + 4),
                        .client_count = number_argument(argv[3]),
                        .epoll = epoll_create1(EPOLL_CLOEXEC)};
    load.clients = calloc(load.client_count, sizeof *load.clients);
    if (load.client_count == 0 || load.epoll < 0 || !load.clients)
        fail("there are no connections");
    for (size_t i = 0; i < load.client_count; i++)
        client_open(&load.clients[i], argv[1], argv[2]);
    const double begun = now();
    run(&load);
    print(&load, now() - begun);
    for (size_t i = 0; i < load.client_count; i++)
        client_close(&load.clients[i]);
    close(load.epoll);
    free(load.clients);
    free(load.latencies);
    return 0;
}
