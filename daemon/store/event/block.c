/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/block.h"
#include "store/event/detail.h"
#include "store/internal.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* What a block can have at most: it is closed by the event that fills it. The frame of a damaged block may
 * say anything. */
enum { LEVEL = 1, MOST_BYTES = BLOCK_BYTES + 2 * LONGEST_TEXT, LEAST_ENTRY_BYTES = 3, ID_BYTES = 16 };

void block_free(struct block *block)
{
    free(block->entries);
    buf_free(&block->details);
    buf_free(&block->scratch);
    ZSTD_freeCCtx(block->compressor);
    ZSTD_freeDCtx(block->decompressor);
    *block = (struct block){0};
}

void block_clear(struct block *block)
{
    block->count = 0;
    buf_clear(&block->details);
}

static struct block_entry *new_entry(struct block *block)
{
    if (block->count == block->capacity) {
        block->capacity = block->capacity ? 2 * block->capacity : 128;
        block->entries = mem_resize(block->entries, block->capacity, sizeof *block->entries);
    }
    return &block->entries[block->count++];
}

void block_add(struct block *block, const struct block_entry *entry, const void *detail, size_t size)
{
    struct block_entry *added = new_entry(block);
    *added = *entry;
    added->offset = block->details.size;
    added->size = size;
    buf_put(&block->details, detail, size);
}

void block_remove(struct block *block, size_t index)
{
    const struct block_entry gone = block->entries[index];
    uint8_t *at = block->details.data + gone.offset;
    memmove(at, at + gone.size, block->details.size - gone.offset - gone.size);
    block->details.size -= gone.size;
    memmove(block->entries + index, block->entries + index + 1,
            (--block->count - index) * sizeof *block->entries);
    for (size_t i = index; i < block->count; i++)
        block->entries[i].offset -= gone.size;
}

/* With a checksum: a text is read as it was, or not at all. */
static ZSTD_CCtx *make_compressor(void)
{
    ZSTD_CCtx *compressor = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(compressor, ZSTD_c_checksumFlag, 1);
    return compressor;
}

bool block_is_full(const struct block *block)
{
    return block->details.size >= BLOCK_BYTES || block->count >= BLOCK_EVENTS;
}

void block_pack(struct block *block, struct buf *ids, struct buf *body)
{
    struct buf *plain = &block->scratch;
    uint64_t position = 0;
    int64_t stored = 0;
    buf_clear(plain);
    buf_put_varint(plain, block->count);
    for (size_t i = 0; i < block->count; i++) {
        const struct block_entry *entry = &block->entries[i];
        buf_put_varint(plain, entry->position - position);
        buf_put_signed(plain, entry->stored - stored);
        buf_put_varint(plain, entry->size);
        buf_put(ids, entry->id, sizeof entry->id);
        position = entry->position;
        stored = entry->stored;
    }
    buf_put(plain, block->details.data, block->details.size);

    if (!block->compressor)
        block->compressor = make_compressor();
    const size_t start = body->size, bound = ZSTD_compressBound(plain->size);
    uint8_t *room = buf_extend(body, bound);
    const size_t size = ZSTD_compress2(block->compressor, room, bound, plain->data, plain->size);
    if (ZSTD_isError(size))
        abort(); /* there was room; nothing else can go wrong but that memory has run out */
    body->size = start + size;
}

size_t block_plain_size(const void *body, size_t size)
{
    const unsigned long long plain = ZSTD_getFrameContentSize(body, size);
    const bool is_known = plain != ZSTD_CONTENTSIZE_UNKNOWN && plain != ZSTD_CONTENTSIZE_ERROR;
    return is_known && plain <= MOST_BYTES ? (size_t)plain : 0;
}

static int decompress(struct block *block, const void *bytes, size_t size)
{
    const size_t plain = block_plain_size(bytes, size);
    if (plain == 0)
        return -1;
    if (!block->decompressor)
        block->decompressor = ZSTD_createDCtx();
    buf_clear(&block->scratch);
    uint8_t *room = buf_extend(&block->scratch, plain);
    return ZSTD_decompressDCtx(block->decompressor, room, plain, bytes, size) == plain ? 0 : -1;
}

static void read_id(struct reader *reader, struct block_entry *entry)
{
    if (reader_left(reader) < sizeof entry->id) {
        reader->failed = true;
        return;
    }
    memcpy(entry->id, reader->at, sizeof entry->id);
    reader->at += sizeof entry->id;
}

/* `ids` is where the ids are read from, which may be the same. */
static void read_entries(struct block *block, struct reader *reader, struct reader *ids)
{
    const uint64_t count = read_varint(reader);
    uint64_t position = 0, stored = 0;
    size_t offset = 0;
    if (count > reader_left(reader) / LEAST_ENTRY_BYTES || count > reader_left(ids) / ID_BYTES)
        reader->failed = true;
    for (uint64_t i = 0; i < count && !reader->failed; i++) {
        struct block_entry *entry = new_entry(block);
        position += read_varint(reader);
        stored += (uint64_t)read_signed(reader);
        *entry = (struct block_entry){.position = position, .stored = (int64_t)stored, .offset = offset};
        read_id(ids, entry);
        entry->size = (size_t)read_varint(reader);
        if (entry->size > MOST_BYTES)
            reader->failed = true;
        offset += entry->size;
        if (i && position <= entry[-1].position)
            reader->failed = true;
    }
    if (offset == 0 || offset != reader_left(reader)) /* none is empty */
        reader->failed = true;
}

int block_unpack(struct block *block, const void *ids, size_t ids_size, const void *body, size_t size)
{
    block_clear(block);
    if (decompress(block, body, size) != 0)
        return -1;
    struct reader reader = reader_of(block->scratch.data, block->scratch.size);
    struct reader ids_reader = reader_of(ids, ids_size);
    read_entries(block, &reader, ids_size ? &ids_reader : &reader);
    if (reader.failed || ids_reader.failed || reader_left(&ids_reader)) {
        block_clear(block);
        return -1;
    }
    buf_put(&block->details, reader.at, reader_left(&reader));
    return 0;
}

const struct block_entry *block_find(const struct block *block, uint64_t position)
{
    size_t low = 0, high = block->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (block->entries[middle].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low < block->count && block->entries[low].position == position ? &block->entries[low] : NULL;
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

static void bind_block(struct block *block, sqlite3_stmt *statement, struct buf *ids, struct buf *body)
{
    buf_clear(ids);
    buf_clear(body);
    block_pack(block, ids, body);
    bind_bytes(statement, 2, ids->data, ids->size);
    bind_bytes(statement, 3, body->data, body->size);
}

int block_put_row(struct store_tx *tx, struct block *block, uint64_t first, struct error *error)
{
    sqlite3_stmt *insert =
        database_statement(tx->view.database,
                           "INSERT INTO event_block (first, ids, body, last, since, until) VALUES (?1, ?2, "
                           "?3, ?4, ?5, ?6)",
                           error);
    if (!insert)
        return -1;
    const struct block_entry *last = &block->entries[block->count - 1];
    bind_number(insert, 1, (int64_t)first);
    bind_block(block, insert, &tx->ids, &tx->body);
    bind_number(insert, 4, (int64_t)last->position);
    bind_number(insert, 5, block->entries[0].stored);
    bind_number(insert, 6, last->stored);
    return statement_run(tx->view.database, insert, error);
}

int block_remove_row(struct store_tx *tx, uint64_t first, struct error *error)
{
    return database_run_for(tx->view.database, "DELETE FROM event_block WHERE first = ?1", (int64_t)first,
                            error);
}

int block_rewrite_row(struct store_tx *tx, struct block *block, uint64_t first, struct error *error)
{
    if (block->count == 0)
        return block_remove_row(tx, first, error);
    sqlite3_stmt *update = database_statement(
        tx->view.database, "UPDATE event_block SET ids = ?2, body = ?3 WHERE first = ?1", error);
    if (!update)
        return -1;
    bind_number(update, 1, (int64_t)first);
    bind_block(block, update, &tx->ids, &tx->body);
    return statement_run(tx->view.database, update, error);
}
