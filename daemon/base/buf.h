/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Growing bytes, and the one binary notation used on pipes and in the store: little-endian fixed numbers,
 * LEB128 varints, and texts as a varint length with the bytes behind it.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed is empty. Owned by whoever declares it: buf_free. */
struct buf {
    uint8_t *data;
    size_t size, capacity;
};

void buf_free(struct buf *buf);
void buf_clear(struct buf *buf);
/* Room for `size` more bytes, which then are put without what is there being moved. */
void buf_reserve(struct buf *buf, size_t size);
/* Room for `size` more bytes at the end, which become part of the buffer. */
static inline uint8_t *buf_extend(struct buf *buf, size_t size)
{
    if (buf->capacity - buf->size < size)
        buf_reserve(buf, size);
    uint8_t *room = buf->data + buf->size;
    buf->size += size;
    return room;
}
/* Drops the first `size` bytes. */
void buf_consume(struct buf *buf, size_t size);

void buf_put(struct buf *buf, const void *bytes, size_t size);
static inline void buf_put_u8(struct buf *buf, uint8_t value)
{
    *buf_extend(buf, 1) = value;
}
void buf_put_u32(struct buf *buf, uint32_t value);
void buf_put_u64(struct buf *buf, uint64_t value);
void buf_put_f64(struct buf *buf, double value);
/* A number that mostly is a small whole one, as answers are: 0 to 253 take a byte, and so does NaN; others a
 * mark and eight bytes. */
void buf_put_number(struct buf *buf, double value);
void buf_put_varint(struct buf *buf, uint64_t value);
void buf_put_signed(struct buf *buf, int64_t value);                 /* zigzag varint */
void buf_put_bytes(struct buf *buf, const void *bytes, size_t size); /* length, bytes */
void buf_put_text(struct buf *buf, const char *text);                /* length, bytes, NUL; NULL as "" */
void buf_append_text(struct buf *buf, const char *text);             /* the bytes alone */
void buf_append_decimal(struct buf *buf, int64_t value);             /* its digits */
void buf_append_format(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads what the functions above wrote. Once something is missing or malformed, `failed` is set, everything
 * after reads as 0 or "", and one check at the end is enough. */
struct reader {
    const uint8_t *at, *end;
    bool failed;
};

struct reader reader_of(const void *bytes, size_t size);
size_t reader_left(const struct reader *reader);
uint8_t read_u8(struct reader *reader);
uint32_t read_u32(struct reader *reader);
uint64_t read_u64(struct reader *reader);
double read_f64(struct reader *reader);
double read_number(struct reader *reader);
uint64_t read_varint(struct reader *reader);
int64_t read_signed(struct reader *reader);
/* Points into the bytes that are read. */
const uint8_t *read_bytes(struct reader *reader, size_t *size);
/* Points into the bytes that are read; never NULL, always ends with NUL and holds no other. */
const char *read_text(struct reader *reader);

#endif
