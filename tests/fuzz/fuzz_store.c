/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands in the store: a damaged disk may have changed it. The first byte says what the others are. */
#include "fuzz.h"

#include "stats/cell.h"
#include "store/event/block.h"
#include "store/event/detail.h"
#include "store/event/event.h"
#include "store/event/posting.h"
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

static void read_detail(const uint8_t *bytes, size_t size)
{
    struct detail detail = {0};
    struct text_piece piece;
    size_t at = 0, length = 0;
    if (detail_decode(&detail, bytes, size) == 0) {
        while (text_next_piece(detail.raw, detail.raw_size, &at, &piece))
            length += piece.size;
        HOLDS(length == detail.raw_size);
    }
    detail_free(&detail);
}

/* What is in it lies within it, and what is left is still found when something was removed. */
static void read_block(const uint8_t *bytes, size_t size)
{
    struct block block = {0};
    /* As many of them are ids as the first byte says. */
    const size_t ids = size > 1 ? bytes[0] % size : 0;
    if (size && block_unpack(&block, bytes + 1, ids, bytes + 1 + ids, size - 1 - ids) == 0 &&
        block.count > 1) {
        const uint64_t last = block.entries[block.count - 1].position;
        block_remove(&block, 0);
        const struct block_entry *entry = block_find(&block, last);
        HOLDS(entry && entry->offset + entry->size <= block.details.size);
    }
    block_free(&block);
}

static void read_posting(const uint8_t *bytes, size_t size)
{
    struct posting posting = {0}, again = {0};
    struct buf encoded = {0};
    if (posting_decode(&posting, bytes, size) == 0) {
        posting_encode(posting.at, posting.count, &encoded);
        HOLDS(posting_decode(&again, encoded.data, encoded.size) == 0 && again.count == posting.count);
    }
    buf_free(&encoded);
    posting_free(&posting);
    posting_free(&again);
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
    static void (*const readers[])(const uint8_t *, size_t) = {read_response, read_event, read_cell,
                                                               read_detail,   read_block, read_posting};
    if (size)
        readers[bytes[0] % (sizeof readers / sizeof *readers)](bytes + 1, size - 1);
    return 0;
}
