/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "client.h"
#include "statements.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { HEAD_ROOM = 1024, INPUT_STEP = 64 << 10 };

static void fail(const char *doing, const char *what)
{
    fprintf(stderr, "bench-load: %s: %s\n", doing, what);
    exit(EXIT_FAILURE);
}

static void *sized(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (!memory)
        fail("memory", "there is none left");
    return memory;
}

/* RFC 4648, section 4. */
static char *base64(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const size_t size = strlen(text);
    char *encoded = sized(NULL, (size + 2) / 3 * 4 + 1), *out = encoded;
    for (size_t i = 0; i < size; i += 3) {
        const size_t left = size - i;
        const unsigned bits = (unsigned)(unsigned char)text[i] << 16 |
                              (left > 1 ? (unsigned)(unsigned char)text[i + 1] << 8 : 0) |
                              (left > 2 ? (unsigned)(unsigned char)text[i + 2] : 0);
        *out++ = letters[bits >> 18];
        *out++ = letters[bits >> 12 & 63];
        *out++ = left > 1 ? letters[bits >> 6 & 63] : '=';
        *out++ = left > 2 ? letters[bits & 63] : '=';
    }
    *out = '\0';
    return encoded;
}

static int connected_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        fail(path, "the path is too long for a socket");
    strcpy(address.sun_path, path);
    const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || connect(descriptor, (const struct sockaddr *)&address, sizeof address) != 0)
        fail(path, strerror(errno));
    return descriptor;
}

static int connected_tcp(const char *port)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons((uint16_t)number_argument(port)),
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    if (descriptor < 0 || connect(descriptor, (const struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
        fail(port, strerror(errno));
    return descriptor;
}

void client_open(struct client *client, const char *where, const char *who)
{
    *client = (struct client){.authorization = base64(who)};
    client->descriptor = strchr(where, '/') ? connected_unix(where) : connected_tcp(where);
}

void client_close(struct client *client)
{
    close(client->descriptor);
    free(client->authorization);
    free(client->request);
    free(client->input);
}

int client_descriptor(const struct client *client)
{
    return client->descriptor;
}

char *client_body(struct client *client, size_t size)
{
    char head[HEAD_ROOM];
    const int head_size = snprintf(head, sizeof head,
                                   "POST /xapi/statements HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                                   "Authorization: Basic %s\r\nX-Experience-API-Version: 1.0.3\r\n"
                                   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                                   client->authorization, size);
    if (head_size < 0 || (size_t)head_size >= sizeof head)
        fail("the key and the secret", "they are too long");
    if (client->request_capacity < HEAD_ROOM + size) {
        client->request_capacity = HEAD_ROOM + size;
        client->request = sized(client->request, client->request_capacity);
    }
    client->request_begin = HEAD_ROOM - (size_t)head_size;
    client->request_end = HEAD_ROOM + size;
    memcpy(client->request + client->request_begin, head, (size_t)head_size);
    client->input_size = 0;
    return client->request + HEAD_ROOM;
}

void client_send(struct client *client)
{
    const ssize_t sent = send(client->descriptor, client->request + client->request_begin,
                              client->request_end - client->request_begin, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0)
        client->request_begin += (size_t)sent;
    else if (errno != EAGAIN && errno != EINTR)
        fail("sending", strerror(errno));
}

bool client_waits_to_write(const struct client *client)
{
    return client->request_begin < client->request_end;
}

/* How long the answer is with its head; 0: not all of its head is there. */
static size_t answer_end(struct client *client)
{
    client->input[client->input_size] = '\0';
    const char *end = strstr(client->input, "\r\n\r\n");
    if (!end)
        return 0;
    if (sscanf(client->input, "HTTP/1.1 %d", &client->status) != 1)
        fail("an answer is no HTTP/1.1", client->input);
    client->answer = end + 4;
    const char *length = strcasestr(client->input, "\r\nContent-Length:");
    if (!length || length > end)
        fail("an answer has no Content-Length", client->input);
    client->answer_size = strtoul(length + sizeof "\r\nContent-Length:" - 1, NULL, 10);
    return (size_t)(client->answer - client->input) + client->answer_size;
}

bool client_receive(struct client *client)
{
    if (client->input_capacity < client->input_size + INPUT_STEP + 1) {
        client->input_capacity = client->input_size + INPUT_STEP + 1;
        client->input = sized(client->input, client->input_capacity);
    }
    const ssize_t received = recv(client->descriptor, client->input + client->input_size,
                                  client->input_capacity - client->input_size - 1, MSG_DONTWAIT);
    if (received < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (received <= 0)
        fail("receiving", received == 0 ? "the connection was closed" : strerror(errno));
    client->input_size += (size_t)received;
    const size_t end = answer_end(client);
    return end && client->input_size >= end;
}
