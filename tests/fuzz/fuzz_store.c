/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the store: a damaged disk may have changed it. The first byte says what the others are. */
#include "fuzz.h"

#include "stats/cell.h"
#include "store/event.h"
#include "store/response.h"

static void read_response(const uint8_t *bytes, size_t size)
{
    struct response response = {0};
    response_decode(&response, bytes, size);
    response_free(&response);
}

static void read_event(const uint8_t *bytes, size_t size)
{
    struct event event = {0};
    event_decode(&event, bytes, size);
    event_free(&event);
}

/* What is sound comes back the same. */
static void read_cell(const uint8_t *bytes, size_t size)
{
    struct cell cell, again;
    struct buf encoded = {0};
    if (cell_decode(&cell, bytes, size) != 0)
        return;
    if (cell_sound(&cell)) {
        cell_encode(&cell, &encoded);
        HOLDS(cell_decode(&again, encoded.data, encoded.size) == 0);
        HOLDS(again.count == cell.count);
        cell_free(&again);
    }
    buf_free(&encoded);
    cell_free(&cell);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static void (*const readers[])(const uint8_t *, size_t) = {read_response, read_event, read_cell};
    if (size)
        readers[bytes[0] % (sizeof readers / sizeof *readers)](bytes + 1, size - 1);
    return 0;
}
