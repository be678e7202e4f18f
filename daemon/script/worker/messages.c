/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/worker/messages.h"

#include <errno.h>
#include <unistd.h>

enum { READ_SIZE = 64 * 1024 };

int message_next(struct inbox *in, uint8_t *kind, struct reader *payload)
{
    struct buf *bytes = &in->bytes;
    int found;
    buf_consume(bytes, in->taken);
    in->taken = 0;
    while ((found = frame_next(bytes->data, bytes->size, kind, payload, &in->taken)) == 0) {
        const size_t before = bytes->size;
        const ssize_t count = read(STDIN_FILENO, buf_extend(bytes, READ_SIZE), READ_SIZE);
        bytes->size = before + (count > 0 ? (size_t)count : 0);
        if (count == 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return -1;
    }
    return found;
}

void message_send(const struct buf *frame)
{
    size_t sent = 0;
    while (sent < frame->size) {
        const ssize_t count = write(STDOUT_FILENO, frame->data + sent, frame->size - sent);
        if (count < 0 && errno != EINTR)
            _exit(0);
        sent += count > 0 ? (size_t)count : 0;
    }
}

void message_ready(void)
{
    struct buf frame = {0};
    frame_end(&frame, frame_begin(&frame, FRAME_READY));
    message_send(&frame);
    buf_free(&frame);
}

void message_log(const char *file, const char *place, const char *text)
{
    struct buf frame = {0};
    const size_t begin = frame_begin(&frame, FRAME_LOG);
    buf_put_text(&frame, file);
    buf_put_text(&frame, place);
    buf_put_text(&frame, text);
    frame_end(&frame, begin);
    message_send(&frame);
    buf_free(&frame);
}
