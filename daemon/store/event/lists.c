/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/lists.h"
#include "store/event/writer.h"
#include "store/internal.h"

/* With so many a row still fits into a page of the table, beside three others: SQLite puts what is longer on
 * pages of its own. */
enum { ROW_BYTES = 900 };

/* ---- writing ------------------------------------------------------------------------------------------- */

static int put_row(struct lists_writer *writer, struct error *error)
{
    struct database *database = writer->tx->view.database;
    sqlite3_stmt *insert = database_statement(
        database, "INSERT INTO event_posting (segment, key, seqs) VALUES (?1, ?2, ?3)", error);
    if (!insert)
        return -1;
    bind_number(insert, 1, (int64_t)writer->segment);
    bind_number(insert, 2, (int64_t)writer->first);
    bind_bytes(insert, 3, writer->row.data, writer->row.size);
    const int result = statement_run(database, insert, error);
    buf_clear(&writer->row);
    return result;
}

static int put_list(struct lists_writer *writer, uint64_t key, const void *list, size_t size,
                    struct error *error)
{
    if (writer->row.size && writer->row.size + size > ROW_BYTES && put_row(writer, error) != 0)
        return -1;
    if (!writer->row.size)
        writer->first = writer->last = key;
    buf_put_varint(&writer->row, key - writer->last);
    buf_put_bytes(&writer->row, list, size);
    writer->last = key;
    return 0;
}

int lists_put(struct lists_writer *writer, uint64_t key, const struct posting *posting, struct error *error)
{
    buf_clear(&writer->list);
    posting_encode(posting->at, posting->count, &writer->list);
    return put_list(writer, key, writer->list.data, writer->list.size, error);
}

int lists_end(struct lists_writer *writer, int result, struct error *error)
{
    if (result == 0 && writer->row.size)
        result = put_row(writer, error);
    buf_free(&writer->row);
    buf_free(&writer->list);
    return result;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

/* A row that was read, and the list in it that is looked at. */
struct row {
    struct buf bytes;
    struct reader reader;
    uint64_t first, key;
    const void *list;
    size_t size;
};

/* The row in which the key would be; *found: there is one. */
static int read_row(struct row *row, struct store_view *view, uint64_t segment, uint64_t key, bool *found,
                    struct error *error)
{
    sqlite3_stmt *select = database_statement(view->database,
                                              "SELECT seqs, key FROM event_posting WHERE segment = ?1 AND "
                                              "key <= ?2 ORDER BY key DESC LIMIT 1",
                                              error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)segment);
    bind_number(select, 2, (int64_t)key);
    const int result = statement_next(view->database, select, error);
    *found = result > 0;
    if (*found) {
        const void *bytes;
        const size_t size = column_bytes(select, 0, &bytes);
        buf_put(&row->bytes, bytes, size);
        row->first = row->key = (uint64_t)sqlite3_column_int64(select, 1);
    }
    statement_end(select);
    row->reader = reader_of(row->bytes.data, row->bytes.size);
    return result < 0 ? -1 : 0;
}

static bool next_list(struct row *row)
{
    if (!reader_left(&row->reader) || row->reader.failed)
        return false;
    row->key += read_varint(&row->reader);
    row->list = read_bytes(&row->reader, &row->size);
    return !row->reader.failed;
}

int lists_read(struct store_view *view, uint64_t segment, uint64_t key, struct posting *posting,
               struct error *error)
{
    struct row row = {0};
    bool found;
    posting->count = 0;
    int result = read_row(&row, view, segment, key, &found, error);
    while (result == 0 && next_list(&row))
        if (row.key == key && posting_decode(posting, row.list, row.size) != 0)
            row.reader.failed = true;
    if (result == 0 && row.reader.failed)
        result = event_damaged(segment, error);
    buf_free(&row.bytes);
    return result;
}

/* ---- removing ------------------------------------------------------------------------------------------ */

static int remove_row(struct store_tx *tx, uint64_t segment, uint64_t first, struct error *error)
{
    sqlite3_stmt *remove = database_statement(
        tx->view.database, "DELETE FROM event_posting WHERE segment = ?1 AND key = ?2", error);
    if (!remove)
        return -1;
    bind_number(remove, 1, (int64_t)segment);
    bind_number(remove, 2, (int64_t)first);
    return statement_run(tx->view.database, remove, error);
}

/* The list again, without the position; one without any is left out. */
static int put_rest(struct lists_writer *writer, const struct row *row, uint32_t at, struct error *error)
{
    struct posting posting = {0};
    int result =
        posting_decode(&posting, row->list, row->size) == 0 ? 0 : event_damaged(writer->segment + at, error);
    posting_remove(&posting, at);
    if (result == 0 && posting.count)
        result = lists_put(writer, row->key, &posting, error);
    posting_free(&posting);
    return result;
}

int lists_remove(struct store_tx *tx, uint64_t segment, uint64_t key, uint32_t at, struct error *error)
{
    struct lists_writer writer = {.tx = tx, .segment = segment};
    struct row row = {0};
    bool found;
    int result = read_row(&row, &tx->view, segment, key, &found, error);
    if (result == 0 && found)
        result = remove_row(tx, segment, row.first, error);
    while (result == 0 && next_list(&row))
        result = row.key == key ? put_rest(&writer, &row, at, error)
                                : put_list(&writer, row.key, row.list, row.size, error);
    if (result == 0 && row.reader.failed)
        result = event_damaged(segment + at, error);
    buf_free(&row.bytes);
    return lists_end(&writer, result, error);
}
