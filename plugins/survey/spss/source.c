/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "source.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The list of variables is read twice and everything else once. Blocks of a .zsav may lie on top of each
 * other, so that a small file has no end: whoever reads it more often than this has such a one. */
enum { MOST_READINGS = 4 };

static int open_nothing(const char *path, void *context)
{
    (void)path;
    (void)context;
    return 0;
}

static int close_nothing(void *context)
{
    (void)context;
    return 0;
}

static readstat_off_t seek(readstat_off_t offset, readstat_io_flags_t whence, void *context)
{
    struct source *source = context;
    const int64_t size = (int64_t)source->document->decode->size;
    const int64_t from = whence == READSTAT_SEEK_SET   ? 0
                         : whence == READSTAT_SEEK_CUR ? (int64_t)source->at
                                                       : size;
    if (offset < -from || offset > size - from)
        return -1; /* the length of something is not what it says */
    source->at = (uint64_t)(from + offset);
    return (readstat_off_t)source->at;
}

static void take_piece(struct source *source)
{
    const ssize_t size = document_read_at(source->document, source->piece, HEAD_SIZE, source->at);
    source->error = size < 0 ? errno : 0;
    source->piece_at = source->at;
    source->piece_size = size < 0 ? 0 : (size_t)size;
}

/* Fewer bytes mean the end, as ReadStat does not look for -1 everywhere. */
static ssize_t read_bytes(void *bytes, size_t size, void *context)
{
    struct source *source = context;
    const uint64_t rest = source->document->decode->size - source->at;
    size_t done = 0;
    if (size > rest)
        size = (size_t)rest;
    source->is_strange = size > source->left;
    if (source->is_strange)
        return 0;
    while (done < size) {
        if (source->at < source->piece_at || source->at >= source->piece_at + source->piece_size)
            take_piece(source);
        const size_t offset = (size_t)(source->at - source->piece_at);
        const size_t there = source->piece_size - offset, wanted = size - done;
        const size_t count = there < wanted ? there : wanted;
        if (count == 0)
            break;
        memcpy((char *)bytes + done, source->piece + offset, count);
        source->at += count;
        done += count;
    }
    source->left -= done;
    return (ssize_t)done;
}

static readstat_error_t update_nothing(long size, readstat_progress_handler handler, void *user,
                                       void *context)
{
    (void)size;
    (void)handler;
    (void)user;
    (void)context;
    return READSTAT_OK;
}

void source_open(struct source *source, const struct document *document)
{
    *source = (struct source){.document = document, .piece = mem_alloc(HEAD_SIZE)};
}

void source_begin(struct source *source)
{
    source->at = 0;
    source->left = MOST_READINGS * source->document->decode->size;
}

bool source_take(struct source *source, void *bytes, size_t size)
{
    return read_bytes(bytes, size, source) == (ssize_t)size;
}

bool source_skip(struct source *source, int64_t size)
{
    return seek(size, READSTAT_SEEK_CUR, source) >= 0;
}

void source_attach(struct source *source, readstat_parser_t *parser)
{
    source_begin(source);
    readstat_set_open_handler(parser, open_nothing);
    readstat_set_close_handler(parser, close_nothing);
    readstat_set_seek_handler(parser, seek);
    readstat_set_read_handler(parser, read_bytes);
    readstat_set_update_handler(parser, update_nothing);
    readstat_set_io_ctx(parser, source);
}

void source_close(struct source *source)
{
    free(source->piece);
}
