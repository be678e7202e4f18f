/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Up to version 13 of the schema the newest events had a row each, in a table of their own. */
#include "store/event/block.h"
#include "store/internal.h"

#include <string.h>

struct upgrade {
    struct store_tx tx;
    struct block block;
};

static int close_block(struct upgrade *upgrade, struct error *error)
{
    struct block *block = &upgrade->block;
    if (block->count && block_put_row(&upgrade->tx, block, block->entries[0].position, error) != 0)
        return -1;
    block_clear(block);
    return 0;
}

static int take_row(struct upgrade *upgrade, sqlite3_stmt *row, struct error *error)
{
    const void *id, *detail;
    struct block_entry entry = {.position = (uint64_t)sqlite3_column_int64(row, 0),
                                .stored = sqlite3_column_int64(row, 1)};
    if (column_bytes(row, 2, &id) == sizeof entry.id)
        memcpy(entry.id, id, sizeof entry.id);
    const size_t size = column_bytes(row, 3, &detail);
    block_add(&upgrade->block, &entry, detail, size);
    return block_is_full(&upgrade->block) ? close_block(upgrade, error) : 0;
}

static int take_rows(struct upgrade *upgrade, struct error *error)
{
    struct database *database = upgrade->tx.view.database;
    sqlite3_stmt *select =
        database_statement(database, "SELECT seq, stored, id, body FROM event_tail ORDER BY seq", error);
    if (!select)
        return -1;
    int row = 0, result = 0;
    while (result == 0 && (row = statement_next(database, select, error)) > 0)
        result = take_row(upgrade, select, error);
    statement_end(select);
    return row < 0 || result != 0 ? -1 : close_block(upgrade, error);
}

int event_tail_to_blocks(struct database *database, struct error *error)
{
    struct upgrade upgrade = {.tx.view.database = database};
    const int result = take_rows(&upgrade, error);
    block_free(&upgrade.block);
    buf_free(&upgrade.tx.body);
    buf_free(&upgrade.tx.ids);
    return result == 0 ? database_execute(database, "DROP TABLE event_tail", error) : -1;
}
