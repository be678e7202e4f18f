/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a decoder may send to wijzerd: a damaged or hostile file may have taken it over. */
#include "fuzz.h"

#include "host/record_wire.h"

static void read_payload(struct wire_reader *reader, uint8_t kind, struct reader *payload)
{
    struct wz_record record;
    struct wz_problem problem;
    const char *key, *text;
    if (kind == WIRE_RECORD)
        wire_read_record(reader, payload, &record);
    else if (kind == WIRE_PROBLEM)
        wire_read_problem(reader, payload, &problem);
    else if (kind == WIRE_NOTE)
        wire_read_note(payload, &key, &text);
    else if (kind == WIRE_HINT)
        wire_read_hint(payload, &text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct wire_reader reader = {0};
    struct reader payload;
    uint8_t kind;
    size_t taken;
    while (frame_next(bytes, size, &kind, &payload, &taken) == 1) {
        read_payload(&reader, kind, &payload);
        bytes += taken;
        size -= taken;
    }
    wire_reader_free(&reader);
    return 0;
}
