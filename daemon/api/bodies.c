/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bodies of requests: documents for feeds in files, others in memory, where there is only so much room. */
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

static int refuse_large(struct request *request, uint64_t largest)
{
    request_answer_problem(request, 413, NULL, "the body is larger than %llu bytes",
                           (unsigned long long)largest);
    return -1;
}

static int check_size(struct request *request, uint64_t size)
{
    if (form_login_check(request, size) != 0)
        return -1;
    return size > LARGEST_IN_MEMORY ? refuse_large(request, LARGEST_IN_MEMORY) : 0;
}

static int keep_piece(struct request *request, const char *bytes, size_t size)
{
    const uint64_t whole = request->memory_body.size + size;
    if (check_size(request, whole) != 0) {
        body_drop(request);
        return -1;
    }
    if (!body_has_room(request, whole))
        return BODY_WAITS;
    buf_put(&request->memory_body, bytes, size);
    return 0;
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
        check_size(request, body_announced(request));
}

/* ---- both ---------------------------------------------------------------------------------------------- */

int body_take(struct request *request, const char *bytes, size_t size)
{
    if (kind_of(request) == BODY_IN_MEMORY)
        return keep_piece(request, bytes, size);
    const bool is_kept = kind_of(request) == BODY_IN_FILE;
    const uint64_t largest = is_kept ? largest_body : LARGEST_IN_MEMORY;
    request->body_size += size;
    if (request->body_size > largest)
        return refuse_large(request, largest);
    return is_kept ? spool(request, bytes, size) : 0;
}
