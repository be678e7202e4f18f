/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/event.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_VALUES = 4096 };

void event_free(struct event *event)
{
    free(event->items);
    free(event->values);
    *event = (struct event){0};
}

void event_add(struct event *event, uint32_t item, double value)
{
    if (event->count == event->capacity) {
        event->capacity = event->capacity ? 2 * event->capacity : 4;
        event->items = mem_resize(event->items, event->capacity, sizeof *event->items);
        event->values = mem_resize(event->values, event->capacity, sizeof *event->values);
    }
    event->items[event->count] = item;
    event->values[event->count++] = value;
}

double event_value(const struct event *event, uint32_t item)
{
    for (size_t i = 0; i < event->count; i++)
        if (event->items[i] == item)
            return event->values[i];
    return NAN;
}

void event_encode(const struct event *event, struct buf *out)
{
    buf_put_varint(out, event->group);
    buf_put_varint(out, event->actor);
    buf_put_varint(out, event->verb);
    buf_put_varint(out, event->object);
    buf_put_varint(out, event->count);
    for (size_t i = 0; i < event->count; i++) {
        buf_put_varint(out, event->items[i]);
        buf_put_number(out, event->values[i]);
    }
}

int event_decode(struct event *event, const void *bytes, size_t size)
{
    struct reader reader = reader_of(bytes, size);
    event->group = (uint32_t)read_varint(&reader);
    event->actor = (uint32_t)read_varint(&reader);
    event->verb = (uint32_t)read_varint(&reader);
    event->object = (uint32_t)read_varint(&reader);
    event->count = 0;
    const uint64_t count = read_varint(&reader);
    for (uint64_t i = 0; i < count && count <= MOST_VALUES && !reader.failed; i++) {
        const uint32_t item = (uint32_t)read_varint(&reader);
        event_add(event, item, read_number(&reader));
    }
    if (reader_left(&reader))
        read_text(&reader); /* in entries of old it stands here as it came in */
    return reader.failed || count > MOST_VALUES || reader_left(&reader) ? -1 : 0;
}
