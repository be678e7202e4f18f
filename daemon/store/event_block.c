/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event_block.h"
#include "store/event_detail.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

/* What a block can have at most: it is closed by the event that fills it. The frame of a damaged block may
 * say anything. */
enum { LEVEL = 1, MOST_BYTES = BLOCK_BYTES + 2 * LONGEST_TEXT, LEAST_ENTRY_BYTES = 19 };

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

void block_pack(struct block *block, struct buf *out)
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
        buf_put(plain, entry->id, sizeof entry->id);
        buf_put_varint(plain, entry->size);
        position = entry->position;
        stored = entry->stored;
    }
    buf_put(plain, block->details.data, block->details.size);

    if (!block->compressor)
        block->compressor = make_compressor();
    const size_t start = out->size, bound = ZSTD_compressBound(plain->size);
    uint8_t *room = buf_extend(out, bound);
    const size_t size = ZSTD_compress2(block->compressor, room, bound, plain->data, plain->size);
    if (ZSTD_isError(size))
        abort(); /* there was room; nothing else can go wrong but that memory has run out */
    out->size = start + size;
}

static int decompress(struct block *block, const void *bytes, size_t size)
{
    const unsigned long long plain = ZSTD_getFrameContentSize(bytes, size);
    if (plain == ZSTD_CONTENTSIZE_UNKNOWN || plain == ZSTD_CONTENTSIZE_ERROR || plain == 0 ||
        plain > MOST_BYTES)
        return -1;
    if (!block->decompressor)
        block->decompressor = ZSTD_createDCtx();
    buf_clear(&block->scratch);
    uint8_t *room = buf_extend(&block->scratch, (size_t)plain);
    return ZSTD_decompressDCtx(block->decompressor, room, (size_t)plain, bytes, size) == plain ? 0 : -1;
}

static void read_entries(struct block *block, struct reader *reader)
{
    const uint64_t count = read_varint(reader);
    uint64_t position = 0, stored = 0;
    size_t offset = 0;
    if (count > reader_left(reader) / LEAST_ENTRY_BYTES)
        reader->failed = true;
    for (uint64_t i = 0; i < count && !reader->failed; i++) {
        struct block_entry *entry = new_entry(block);
        position += read_varint(reader);
        stored += (uint64_t)read_signed(reader);
        *entry = (struct block_entry){.position = position, .stored = (int64_t)stored, .offset = offset};
        for (size_t j = 0; j < sizeof entry->id; j++)
            entry->id[j] = read_u8(reader);
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

int block_unpack(struct block *block, const void *bytes, size_t size)
{
    block_clear(block);
    if (decompress(block, bytes, size) != 0)
        return -1;
    struct reader reader = reader_of(block->scratch.data, block->scratch.size);
    read_entries(block, &reader);
    if (reader.failed) {
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
