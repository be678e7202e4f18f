/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One connection that stays open and posts statements, one request at a time: as much of HTTP/1.1 as a server
 * needs that answers with a Content-Length. Whatever else happens ends the program with a line that says it.
 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

struct client {
    int descriptor;
    char *authorization; /* the value of the header */
    char *request;
    size_t request_capacity, request_begin, request_end;
    char *input; /* what came in of the answer */
    size_t input_capacity, input_size;

    double begun; /* the caller's: when it was sent */
    /* Of the last answer; `answer` lives until the next is sent. */
    int status;
    const char *answer;
    size_t answer_size;
};

/* `where`: the path of a Unix socket, or a port on 127.0.0.1. `who`: KEY:SECRET. */
void client_open(struct client *client, const char *where, const char *who);
void client_close(struct client *client);
/* Room for the body of the next request, of exactly this size. */
char *client_body(struct client *client, size_t size);
/* Sends the request, or what is left of it; as far as the connection takes it. */
void client_send(struct client *client);
bool client_waits_to_write(const struct client *client);
/* Takes in what has come; true: the answer is whole. */
bool client_receive(struct client *client);
int client_descriptor(const struct client *client);

#endif
