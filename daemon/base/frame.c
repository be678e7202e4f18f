/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/frame.h"

enum { HEAD = 5 }; /* length and kind */

size_t frame_begin(struct buf *out, uint8_t kind)
{
    const size_t begin = out->size;
    buf_put_u32(out, 0);
    buf_put_u8(out, kind);
    return begin;
}

void frame_end(struct buf *out, size_t begin)
{
    const size_t length = out->size - begin - 4;
    for (size_t i = 0; i < 4; i++)
        out->data[begin + i] = (uint8_t)(length >> (8 * i));
}

int frame_next(const void *bytes, size_t available, uint8_t *kind, struct reader *payload, size_t *size)
{
    if (available < HEAD)
        return 0;
    struct reader head = reader_of(bytes, HEAD);
    const uint32_t length = read_u32(&head);
    if (length < 1 || length > FRAME_LONGEST)
        return -1;
    if (available - 4 < length)
        return 0;
    *kind = read_u8(&head);
    *payload = reader_of((const uint8_t *)bytes + HEAD, length - 1);
    *size = 4 + (size_t)length;
    return 1;
}
