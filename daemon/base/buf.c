/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buf.h"
#include "base/mem.h"

#include <endian.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_free(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){0};
}

void buf_clear(struct buf *buf)
{
    buf->size = 0;
}

void buf_reserve(struct buf *buf, size_t size)
{
    if (buf->capacity - buf->size >= size)
        return;
    size_t capacity = buf->capacity ? buf->capacity : 64;
    while (capacity - buf->size < size)
        capacity *= 2;
    buf->data = mem_resize(buf->data, capacity, 1);
    buf->capacity = capacity;
}

void buf_consume(struct buf *buf, size_t size)
{
    buf->size -= size;
    if (size && buf->size)
        memmove(buf->data, buf->data + size, buf->size);
}

void buf_put(struct buf *buf, const void *bytes, size_t size)
{
    if (size)
        memcpy(buf_extend(buf, size), bytes, size);
}

void buf_put_u32(struct buf *buf, uint32_t value)
{
    const uint32_t little = htole32(value);
    buf_put(buf, &little, sizeof little);
}

void buf_put_u64(struct buf *buf, uint64_t value)
{
    const uint64_t little = htole64(value);
    buf_put(buf, &little, sizeof little);
}

void buf_put_f64(struct buf *buf, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    buf_put_u64(buf, bits);
}

enum { ANY_NUMBER = 255, NO_NUMBER = 254, LARGEST_SHORT_NUMBER = 253 };

void buf_put_number(struct buf *buf, double value)
{
    if (value >= 0 && value <= LARGEST_SHORT_NUMBER && value == trunc(value) && !signbit(value)) {
        buf_put_u8(buf, (uint8_t)value);
        return;
    }
    if (isnan(value)) {
        buf_put_u8(buf, NO_NUMBER);
        return;
    }
    buf_put_u8(buf, ANY_NUMBER);
    buf_put_f64(buf, value);
}

void buf_put_varint(struct buf *buf, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        buf_put_u8(buf, (uint8_t)(value | 0x80));
    buf_put_u8(buf, (uint8_t)value);
}

void buf_put_signed(struct buf *buf, int64_t value)
{
    buf_put_varint(buf, ((uint64_t)value << 1) ^ (uint64_t)(value >> 63));
}

void buf_put_bytes(struct buf *buf, const void *bytes, size_t size)
{
    buf_put_varint(buf, size);
    buf_put(buf, bytes, size);
}

void buf_put_text(struct buf *buf, const char *text)
{
    const char *present = text ? text : "";
    buf_put_bytes(buf, present, strlen(present) + 1);
}

void buf_append_text(struct buf *buf, const char *text)
{
    buf_put(buf, text, strlen(text));
}

void buf_append_decimal(struct buf *buf, int64_t value)
{
    char digits[20], *at = digits + sizeof digits;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (value < 0)
        buf_put_u8(buf, '-');
    buf_put(buf, at, (size_t)(digits + sizeof digits - at));
}

void buf_append_format(struct buf *buf, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length > 0) {
        char *room = (char *)buf_extend(buf, (size_t)length + 1);
        vsnprintf(room, (size_t)length + 1, format, again);
        buf->size--; /* vsnprintf's NUL */
    }
    va_end(again);
}

struct reader reader_of(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    return (struct reader){.at = at, .end = size ? at + size : at};
}

size_t reader_left(const struct reader *reader)
{
    return (size_t)(reader->end - reader->at);
}

/* The next `size` bytes, or NULL once there are not that many. */
static const uint8_t *take(struct reader *reader, size_t size)
{
    if (reader->failed || reader_left(reader) < size) {
        reader->failed = true;
        return NULL;
    }
    const uint8_t *at = reader->at;
    reader->at += size;
    return at;
}

uint8_t read_u8(struct reader *reader)
{
    const uint8_t *at = take(reader, 1);
    return at ? *at : 0;
}

uint32_t read_u32(struct reader *reader)
{
    uint32_t little = 0;
    const uint8_t *at = take(reader, sizeof little);
    if (at)
        memcpy(&little, at, sizeof little);
    return le32toh(little);
}

uint64_t read_u64(struct reader *reader)
{
    uint64_t little = 0;
    const uint8_t *at = take(reader, sizeof little);
    if (at)
        memcpy(&little, at, sizeof little);
    return le64toh(little);
}

double read_f64(struct reader *reader)
{
    const uint64_t bits = read_u64(reader);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

double read_number(struct reader *reader)
{
    const uint8_t head = read_u8(reader);
    if (head <= LARGEST_SHORT_NUMBER)
        return head;
    return head == NO_NUMBER ? NAN : read_f64(reader);
}

uint64_t read_varint(struct reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        const uint8_t byte = read_u8(reader);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return value;
    }
    reader->failed = true;
    return 0;
}

int64_t read_signed(struct reader *reader)
{
    const uint64_t value = read_varint(reader);
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

const uint8_t *read_bytes(struct reader *reader, size_t *size)
{
    const uint64_t length = read_varint(reader);
    const uint8_t *at = length <= reader_left(reader) ? take(reader, (size_t)length) : NULL;
    if (!at)
        reader->failed = true;
    *size = at ? (size_t)length : 0;
    return at;
}

const char *read_text(struct reader *reader)
{
    size_t size;
    const uint8_t *bytes = read_bytes(reader, &size);
    if (bytes && size && memchr(bytes, 0, size) == bytes + size - 1)
        return (const char *)bytes;
    reader->failed = true;
    return "";
}
