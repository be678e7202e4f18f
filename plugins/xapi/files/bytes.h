/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of a file, unpacked where it is gzip (RFC 1952; several members, one after the other, are one).
 */
#ifndef XAPI_FILE_BYTES_H
#define XAPI_FILE_BYTES_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct unpacking;

struct file_bytes {
    int descriptor;
    uint64_t offset;             /* up to here the file has been read */
    uint64_t given;              /* bytes, unpacked */
    struct unpacking *unpacking; /* NULL: it is not packed */
    bool has_begun;
};

struct file_bytes file_bytes_of(int descriptor);
void file_bytes_free(struct file_bytes *bytes);
/* Appends the next bytes. 1: there were some; 0: the file is at its end; -1: *fault says what is wrong, as
 * "the file ... ", and what to do. */
int file_bytes_read(struct file_bytes *bytes, struct buf *out, const char **fault);
bool file_bytes_are_packed(const struct file_bytes *bytes);

#endif
