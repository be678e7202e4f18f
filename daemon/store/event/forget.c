/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Removing events for good, wherever something of them is kept. */
#include "store/event/lists.h"
#include "store/event/writer.h"
#include "store/internal.h"

/* ---- postings ------------------------------------------------------------------------------------------ */

/* The segment that a position is in; 0: it is in none. */
static int segment_of(struct store_tx *tx, uint64_t position, uint64_t *segment, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *select = database_statement(
        database, "SELECT first, last FROM event_segment WHERE first <= ?1 ORDER BY first DESC LIMIT 1",
        error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    const int row = statement_next(database, select, error);
    const bool is_in = row > 0 && position <= (uint64_t)sqlite3_column_int64(select, 1);
    *segment = is_in ? (uint64_t)sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static int unpost_all(struct store_tx *tx, const struct detail *detail, uint64_t segment, uint64_t position,
                      struct error *error)
{
    const uint32_t at = (uint32_t)(position - segment);
    int result = lists_remove(tx, segment, 0, at, error);
    for (size_t i = 0; i < detail->key_count && result == 0; i++)
        result = lists_remove(tx, segment, detail->keys[i], at, error);
    return result;
}

/* ---- blocks -------------------------------------------------------------------------------------------- */

/* Blocks are written once they have lost all that they are to lose. */
struct removal {
    struct store_tx *tx;
    struct event_reader reader;
    struct detail detail;
    bool changed; /* the block at hand */
};

static int write_changed(struct removal *removal, struct error *error)
{
    struct event_reader *reader = &removal->reader;
    if (!removal->changed)
        return 0;
    removal->changed = false;
    const int result = block_rewrite_row(removal->tx, &reader->block, reader->block_first, error);
    reader->block_first = 0;
    return result;
}

static bool is_at_hand(const struct removal *removal, uint64_t position)
{
    return removal->changed && block_find(&removal->reader.block, position);
}

/* Where a segment says that it is. */
static int remove_from_lists(struct removal *removal, const struct block_entry *entry, struct error *error)
{
    const uint64_t position = entry->position;
    struct detail *detail = &removal->detail;
    uint64_t segment;
    if (segment_of(removal->tx, position, &segment, error) != 0)
        return -1;
    if (!segment) {
        tail_lost_event(&removal->tx->counts.tail, position, entry->size);
        return 0;
    }
    if (detail_decode_keys(detail, removal->reader.block.details.data + entry->offset, entry->size) != 0)
        return event_damaged(position, error);
    if (unpost_all(removal->tx, detail, segment, position, error) != 0)
        return -1;
    return runs_remove(&removal->reader.runs, removal->tx, id_hash(entry->id), position, error);
}

static int remove_entry(struct removal *removal, const struct block_entry *entry, struct error *error)
{
    struct block *block = &removal->reader.block;
    if (remove_from_lists(removal, entry, error) != 0)
        return -1;
    block_remove(block, (size_t)(entry - block->entries));
    removal->changed = true;
    return 0;
}

static int remove_from_block(struct removal *removal, uint64_t position, struct error *error)
{
    const struct block *block = &removal->reader.block;
    if (!is_at_hand(removal, position) &&
        (write_changed(removal, error) != 0 ||
         event_block_at(&removal->reader, &removal->tx->view, position, &block, error) != 0))
        return -1;
    const struct block_entry *entry = block ? block_find(block, position) : NULL;
    return entry ? remove_entry(removal, entry, error) : 0;
}

static int remove_event(struct removal *removal, uint64_t position, struct error *error)
{
    static const char *const rest[] = {
        "DELETE FROM event_attachment WHERE seq = ?1",
        "DELETE FROM event_voided WHERE seq = ?1",
        "DELETE FROM event_awaited WHERE seq = ?1",
    };
    if (remove_from_block(removal, position, error) != 0)
        return -1;
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        if (database_run_for(removal->tx->view.database, rest[i], (int64_t)position, error) != 0)
            return -1;
    removal->tx->counts.events--;
    return 0;
}

int events_remove_forgotten(struct store_tx *tx, uint64_t forgetting, struct error *error)
{
    struct database *database = tx->view.database;
    struct removal removal = {.tx = tx};
    sqlite3_stmt *select = database_statement(
        database,
        "SELECT seq FROM forgotten JOIN log USING (seq) WHERE forgetting = ?1 AND kind = 3 ORDER BY seq",
        error);
    if (!select || tail_close(tx, error) != 0)
        return -1;
    int row = 0, result = 0;
    bind_number(select, 1, (int64_t)forgetting);
    while (result == 0 && (row = statement_next(database, select, error)) > 0)
        result = remove_event(&removal, (uint64_t)sqlite3_column_int64(select, 0), error);
    statement_end(select);
    if (result == 0)
        result = row < 0 ? -1 : write_changed(&removal, error);
    event_reader_free(&removal.reader);
    detail_free(&removal.detail);
    event_writer_moved(tx->events); /* what is at hand there */
    return result;
}

/* ---- who is named -------------------------------------------------------------------------------------- */

static bool has_mark(const struct detail *detail, uint32_t person)
{
    struct text_piece piece;
    size_t at = 0;
    while (text_next_piece(detail->raw, detail->raw_size, &at, &piece))
        if (piece.is_mark && piece.person < detail->people_count && detail->people[piece.person] == person)
            return true;
    return false;
}

/* Of a segment it is known whether any of its events does so; *none says that this one does not. */
static int look_at_segment(struct event_reader *reader, struct store_view *view, uint64_t position,
                           bool *none, struct error *error)
{
    *none = position >= reader->closed_first && position <= reader->closed_last;
    if (*none)
        return 0;
    sqlite3_stmt *select = database_statement(
        view->database,
        "SELECT first, last FROM event_segment WHERE first = "
        "(SELECT max(first) FROM event_segment WHERE first <= ?1) AND last >= ?1 AND openly = 0",
        error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    const int row = statement_next(view->database, select, error);
    if (row > 0) {
        *none = true;
        reader->closed_first = (uint64_t)sqlite3_column_int64(select, 0);
        reader->closed_last = (uint64_t)sqlite3_column_int64(select, 1);
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int events_name_openly(struct event_reader *reader, struct store_view *view, uint64_t position,
                       uint32_t person, bool *openly, struct error *error)
{
    struct kept_event event;
    struct detail detail = {0};
    bool found, none;
    *openly = false;
    if (look_at_segment(reader, view, position, &none, error) != 0)
        return -1;
    if (none)
        return 0;
    if (event_read(reader, view, position, &event, &found, error) != 0)
        return -1;
    if (!found)
        return 0;
    const int result = detail_decode(&detail, event.bytes, event.size);
    if (result == 0)
        *openly = detail.names_openly && detail_names(&detail, person) && !has_mark(&detail, person);
    detail_free(&detail);
    return result == 0 ? 0 : event_damaged(position, error);
}
