/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "files/bytes.h"

#include "base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum { STEP = 256 << 10 };

/* A small file can be unpacked to any size; nobody has so many statements in one file. */
static const uint64_t most_unpacked = (uint64_t)256 << 30;

struct unpacking {
    z_stream stream;
    uint8_t packed[STEP];
    bool is_inside; /* of a member, whose end has not been seen */
};

static const char cannot_read[] = "the file cannot be read; export it again";
static const char is_cut[] = "the file ends in the middle of what gzip packed; copy or export it again";
static const char is_damaged[] = "the file is damaged: gzip cannot unpack it; copy or export it again";
static const char is_too_large[] = "the file is larger than 256 GiB when it is unpacked; split it";

struct file_bytes file_bytes_of(int descriptor)
{
    return (struct file_bytes){.descriptor = descriptor};
}

void file_bytes_free(struct file_bytes *bytes)
{
    if (bytes->unpacking)
        inflateEnd(&bytes->unpacking->stream);
    free(bytes->unpacking);
    bytes->unpacking = NULL;
}

bool file_bytes_are_packed(const struct file_bytes *bytes)
{
    return bytes->unpacking != NULL;
}

/* As many as there are, at most; -1: it cannot be read. */
static ssize_t read_some(struct file_bytes *bytes, void *out, size_t most)
{
    ssize_t count;
    do
        count = pread(bytes->descriptor, out, most, (off_t)bytes->offset);
    while (count < 0 && errno == EINTR);
    if (count > 0)
        bytes->offset += (uint64_t)count;
    return count;
}

static int begin(struct file_bytes *bytes, const char **fault)
{
    enum { GZIP_ONLY = 16 + MAX_WBITS };
    static const uint8_t magic[2] = {0x1f, 0x8b};
    uint8_t first[sizeof magic];
    bytes->has_begun = true;
    const ssize_t count = read_some(bytes, first, sizeof first);
    bytes->offset = 0;
    if (count < 0) {
        *fault = cannot_read;
        return -1;
    }
    if (count < (ssize_t)sizeof first || memcmp(first, magic, sizeof magic) != 0)
        return 0;
    bytes->unpacking = mem_alloc(sizeof *bytes->unpacking);
    if (inflateInit2(&bytes->unpacking->stream, GZIP_ONLY) == Z_OK)
        return 0;
    free(bytes->unpacking);
    bytes->unpacking = NULL;
    *fault = "there is no memory to unpack the file";
    return -1;
}

/* 0: the file is at its end. */
static int get_packed(struct file_bytes *bytes, const char **fault)
{
    struct unpacking *unpacking = bytes->unpacking;
    const ssize_t count = read_some(bytes, unpacking->packed, STEP);
    if (count > 0) {
        unpacking->stream.next_in = unpacking->packed;
        unpacking->stream.avail_in = (uInt)count;
        return 1;
    }
    if (count == 0 && !unpacking->is_inside)
        return 0;
    *fault = count < 0 ? cannot_read : is_cut;
    return -1;
}

/* As much as there is of it in one go; it may be nothing. */
static int unpack(struct unpacking *unpacking, struct buf *out, const char **fault)
{
    z_stream *stream = &unpacking->stream;
    stream->next_out = buf_extend(out, STEP);
    stream->avail_out = STEP;
    unpacking->is_inside = true;
    const int state = inflate(stream, Z_NO_FLUSH);
    out->size -= stream->avail_out;
    if (state == Z_STREAM_END) {
        unpacking->is_inside = false;
        inflateReset(stream); /* fails of no stream that has worked until now */
        return 0;
    }
    if (state == Z_OK || state == Z_BUF_ERROR)
        return 0;
    *fault = is_damaged;
    return -1;
}

static int read_unpacked(struct file_bytes *bytes, struct buf *out, const char **fault)
{
    const size_t before = out->size;
    while (out->size == before) {
        const int more = bytes->unpacking->stream.avail_in ? 1 : get_packed(bytes, fault);
        if (more <= 0)
            return more;
        if (unpack(bytes->unpacking, out, fault) != 0)
            return -1;
    }
    return 1;
}

static int read_plain(struct file_bytes *bytes, struct buf *out, const char **fault)
{
    const ssize_t count = read_some(bytes, buf_extend(out, STEP), STEP);
    out->size -= STEP - (size_t)(count > 0 ? count : 0);
    if (count < 0)
        *fault = cannot_read;
    return count < 0 ? -1 : count > 0;
}

int file_bytes_read(struct file_bytes *bytes, struct buf *out, const char **fault)
{
    const size_t before = out->size;
    if (!bytes->has_begun && begin(bytes, fault) != 0)
        return -1;
    const int result = bytes->unpacking ? read_unpacked(bytes, out, fault) : read_plain(bytes, out, fault);
    bytes->given += out->size - before;
    if (result > 0 && bytes->given > most_unpacked) {
        *fault = is_too_large;
        return -1;
    }
    return result;
}
