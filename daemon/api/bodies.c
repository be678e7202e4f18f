/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bodies of requests: documents for feeds in files, others in memory, of which there is only so much. */
#include "api/internal.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint64_t largest_body = (uint64_t)4 << 30;

/* A small body always passes: there are no more of them than connections. */
enum { LARGEST_IN_MEMORY = 16 << 20, MOST_IN_MEMORY = 48 << 20, SMALL = 64 << 10 };

static enum route_body kind_of(const struct request *request)
{
    return request->route ? request->route->body : BODY_IN_MEMORY;
}

/* ---- in files ------------------------------------------------------------------------------------------ */

/* A file without a name, so that nothing is left of it whatever happens. */
static int open_spool(const struct config *config)
{
    char *folder = mem_format("%s/spool", config->state_dir);
    mkdir(folder, 0700);
    const int descriptor = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    free(folder);
    return descriptor;
}

int body_refuse(struct request *request, int reason)
{
    trouble_begins(&request->api->uploads, "uploads are refused, for they cannot be kept", strerror(reason));
    if (reason == ENOSPC || reason == EDQUOT || reason == EFBIG)
        request_answer_problem(request, 507, NULL,
                               "the disk is full: nothing was taken; free some space and send it again");
    else
        request_answer_problem(request, 500, NULL, "the document could not be kept: %s", strerror(reason));
    return -1;
}

/* Into the page cache, which the loop does not wait for. */
static int write_piece(struct request *request, const char *bytes, size_t size)
{
    while (size > 0) {
        const ssize_t written = write(request->body, bytes, size);
        if (written < 0 && errno != EINTR)
            return body_refuse(request, errno);
        bytes += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return 0;
}

static int spool(struct request *request, const char *bytes, size_t size)
{
    if (request->body < 0)
        request->body = open_spool(request->api->parts.config);
    return request->body < 0 ? body_refuse(request, errno) : write_piece(request, bytes, size);
}

/* ---- in memory ----------------------------------------------------------------------------------------- */

void body_free(struct api *api, struct buf *body)
{
    if (api)
        api->body_bytes -= body->size;
    buf_free(body);
}

static int refuse_large(struct request *request, uint64_t largest)
{
    request_answer_problem(request, 413, NULL, "the body is larger than %llu bytes",
                           (unsigned long long)largest);
    return -1;
}

static int refuse_for_now(struct request *request)
{
    request->retry = true;
    request_answer_problem(request, 503, NULL,
                           "too many large requests are under way; nothing was taken, send it again later");
    return -1;
}

/* Would `size` bytes be too many, beside what others have? */
static int check_room(struct request *request, uint64_t size)
{
    const uint64_t of_others = request->api->body_bytes - request->memory_body.size;
    if (form_login_check(request, size) != 0)
        return -1;
    if (size > LARGEST_IN_MEMORY)
        return refuse_large(request, LARGEST_IN_MEMORY);
    return size > SMALL && of_others + size > MOST_IN_MEMORY ? refuse_for_now(request) : 0;
}

uint64_t body_announced(const struct request *request)
{
    const char *length =
        MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
    return length ? strtoull(length, NULL, 10) : 0; /* MHD has checked that it is a number */
}

void body_expect(struct request *request)
{
    if (kind_of(request) == BODY_IN_MEMORY)
        check_room(request, body_announced(request));
}

/* ---- both ---------------------------------------------------------------------------------------------- */

int body_take(struct request *request, const char *bytes, size_t size)
{
    request->body_size += size;
    switch (kind_of(request)) {
    case BODY_IN_FILE:
        return request->body_size > largest_body ? refuse_large(request, largest_body)
                                                 : spool(request, bytes, size);
    case BODY_IN_MEMORY:
        if (check_room(request, request->body_size) != 0) {
            body_free(request->api, &request->memory_body);
            return -1;
        }
        buf_put(&request->memory_body, bytes, size);
        request->api->body_bytes += size;
        return 0;
    default:
        return request->body_size > LARGEST_IN_MEMORY ? refuse_large(request, LARGEST_IN_MEMORY) : 0;
    }
}
