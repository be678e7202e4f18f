/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/quarantine.h"
#include "store/internal.h"

#include <string.h>

/* The counts of a feed are kept by the schema's triggers. */

int store_quarantine_figures(struct store_view *view, const char *feed, struct quarantine_figures *figures,
                             struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT rows, bytes, missed FROM quarantine_feed WHERE feed = ?1", error);
    *figures = (struct quarantine_figures){0};
    if (!select)
        return -1;
    bind_text(select, 1, feed);
    const int row = statement_next(view->database, select, error);
    if (row > 0)
        *figures = (struct quarantine_figures){.rows = (uint64_t)sqlite3_column_int64(select, 0),
                                               .bytes = (uint64_t)sqlite3_column_int64(select, 1),
                                               .missed = (uint64_t)sqlite3_column_int64(select, 2)};
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* ---- room ---------------------------------------------------------------------------------------------- */

static int has_room(struct store_tx *tx, const char *feed, size_t size, bool *room, struct error *error)
{
    struct quarantine_figures figures;
    if (store_quarantine_figures(&tx->view, feed, &figures, error) != 0)
        return -1;
    *room = figures.rows < QUARANTINE_MOST_ROWS && figures.bytes + size <= QUARANTINE_MOST_BYTES;
    return 0;
}

int store_quarantine_miss(struct store_tx *tx, const char *feed, uint64_t rows, struct error *error)
{
    sqlite3_stmt *count =
        database_statement(tx->view.database,
                           "INSERT INTO quarantine_feed (feed, rows, bytes, missed) VALUES (?1, 0, 0, ?2) "
                           "ON CONFLICT (feed) DO UPDATE SET missed = missed + ?2",
                           error);
    if (!count)
        return -1;
    bind_text(count, 1, feed);
    bind_number(count, 2, (int64_t)rows);
    return statement_run(tx->view.database, count, error);
}

/* What was missed is told as long as there is something to look at. */
static int tidy(struct store_tx *tx, struct error *error)
{
    return database_execute(tx->view.database, "DELETE FROM quarantine_feed WHERE rows = 0", error);
}

/* ---- headings ------------------------------------------------------------------------------------------ */

static int find_heading(struct store_tx *tx, const char *feed, const char *text, uint32_t *id,
                        struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *find = database_statement(
        database, "SELECT id FROM quarantine_heading WHERE feed = ?1 AND text = ?2", error);
    if (!find)
        return -1;
    bind_text(find, 1, feed);
    bind_text(find, 2, text);
    const int row = statement_next(database, find, error);
    *id = row > 0 ? (uint32_t)sqlite3_column_int64(find, 0) : 0;
    statement_end(find);
    return row < 0 ? -1 : 0;
}

static int add_heading(struct store_tx *tx, const struct store_refused *refused, uint32_t *id,
                       struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *insert = database_statement(
        database, "INSERT INTO quarantine_heading (feed, size, text) VALUES (?1, ?2, ?3)", error);
    if (!insert)
        return -1;
    bind_text(insert, 1, refused->feed);
    bind_number(insert, 2, (int64_t)strlen(refused->heading_text));
    bind_text(insert, 3, refused->heading_text);
    if (statement_run(database, insert, error) != 0)
        return -1;
    *id = (uint32_t)sqlite3_last_insert_rowid(database->handle);
    return 0;
}

/* ---- rows in and out ----------------------------------------------------------------------------------- */

static size_t length_of(const char *text)
{
    return text ? strlen(text) : 0;
}

static size_t size_of(const struct store_refused *refused)
{
    return length_of(refused->document) + length_of(refused->column) + length_of(refused->reason) +
           length_of(refused->body);
}

/* NULL stays NULL. */
static void bind_optional(sqlite3_stmt *statement, int index, const char *text)
{
    if (text)
        bind_text(statement, index, text);
}

static void bind_delivery(sqlite3_stmt *statement, const struct store_refused *refused)
{
    bind_text(statement, 1, refused->feed);
    bind_text(statement, 2, refused->document);
    bind_number(statement, 3, (int64_t)refused->delivery);
}

static void bind_place(sqlite3_stmt *statement, const struct store_refused *refused)
{
    bind_delivery(statement, refused);
    bind_number(statement, 4, (int64_t)refused->row);
}

static int insert_row(struct store_tx *tx, const struct store_refused *refused, size_t size,
                      struct error *error)
{
    sqlite3_stmt *insert = database_statement(
        tx->view.database,
        "INSERT INTO quarantine (feed, document, delivery, row, at, col, reason, person, heading, size, body)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        error);
    if (!insert)
        return -1;
    bind_place(insert, refused);
    bind_number(insert, 5, refused->at);
    bind_optional(insert, 6, refused->column);
    bind_text(insert, 7, refused->reason);
    if (refused->person)
        bind_bytes(insert, 8, refused->person, PSEUDONYM_SIZE);
    if (refused->heading)
        bind_number(insert, 9, refused->heading);
    bind_number(insert, 10, (int64_t)size);
    bind_optional(insert, 11, refused->body);
    return statement_run(tx->view.database, insert, error);
}

int store_quarantine_keep(struct store_tx *tx, struct store_refused *refused, bool *kept, struct error *error)
{
    const size_t size = size_of(refused);
    const bool is_open = refused->heading_text && !refused->heading;
    if (is_open && find_heading(tx, refused->feed, refused->heading_text, &refused->heading, error) != 0)
        return -1;
    const bool is_new = is_open && !refused->heading;
    const size_t more = is_new ? strlen(refused->heading_text) : 0;
    if (has_room(tx, refused->feed, size + more, kept, error) != 0)
        return -1;
    if (!*kept)
        return store_quarantine_miss(tx, refused->feed, 1, error);
    if (is_new && add_heading(tx, refused, &refused->heading, error) != 0)
        return -1;
    return insert_row(tx, refused, size, error);
}

int store_quarantine_renew(struct store_tx *tx, const struct store_refused *refused, struct error *error)
{
    sqlite3_stmt *update =
        database_statement(tx->view.database,
                           "UPDATE quarantine SET at = ?5, col = ?6, reason = ?7 "
                           "WHERE feed = ?1 AND document = ?2 AND delivery = ?3 AND row = ?4",
                           error);
    if (!update)
        return -1;
    bind_place(update, refused);
    bind_number(update, 5, refused->at);
    bind_optional(update, 6, refused->column);
    bind_text(update, 7, refused->reason);
    return statement_run(tx->view.database, update, error);
}

int store_quarantine_take(struct store_tx *tx, const char *feed, const char *document, uint64_t delivery,
                          uint64_t row, struct error *error)
{
    const struct store_refused place = {.feed = feed, .document = document, .delivery = delivery, .row = row};
    sqlite3_stmt *remove = database_statement(
        tx->view.database,
        "DELETE FROM quarantine WHERE feed = ?1 AND document = ?2 AND delivery = ?3 AND row = ?4", error);
    if (!remove)
        return -1;
    bind_place(remove, &place);
    return statement_run(tx->view.database, remove, error) == 0 ? tidy(tx, error) : -1;
}

static int supersede_row(struct store_tx *tx, const struct store_refused *refused, struct error *error)
{
    sqlite3_stmt *remove = database_statement(
        tx->view.database,
        "DELETE FROM quarantine WHERE feed = ?1 AND document = ?2 AND delivery <> ?3 AND row = ?4", error);
    if (!remove)
        return -1;
    bind_place(remove, refused);
    return statement_run(tx->view.database, remove, error);
}

static int supersede_all(struct store_tx *tx, const struct store_refused *refused, struct error *error)
{
    sqlite3_stmt *remove = database_statement(
        tx->view.database, "DELETE FROM quarantine WHERE feed = ?1 AND document = ?2 AND delivery <> ?3",
        error);
    if (!remove)
        return -1;
    bind_delivery(remove, refused);
    return statement_run(tx->view.database, remove, error) == 0 ? tidy(tx, error) : -1;
}

int store_quarantine_supersede(struct store_tx *tx, const struct store_refused *refused, bool whole,
                               struct error *error)
{
    return whole ? supersede_all(tx, refused, error) : supersede_row(tx, refused, error);
}

/* ---- choices ------------------------------------------------------------------------------------------- */

static bool is_chosen(const struct quarantine_choice *choice, uint64_t id)
{
    if (!choice->ids)
        return true;
    for (size_t i = 0; i < choice->id_count; i++)
        if (choice->ids[i] == id)
            return true;
    return false;
}

static const char *column_text(sqlite3_stmt *row, int index)
{
    return (const char *)sqlite3_column_text(row, index);
}

/* From id, feed, document, delivery, row, at, col, reason, heading and whether there is a body. */
static void read_row(sqlite3_stmt *row, struct store_refused *refused)
{
    *refused = (struct store_refused){.id = (uint64_t)sqlite3_column_int64(row, 0),
                                      .feed = column_text(row, 1),
                                      .document = column_text(row, 2),
                                      .delivery = (uint64_t)sqlite3_column_int64(row, 3),
                                      .row = (uint64_t)sqlite3_column_int64(row, 4),
                                      .at = sqlite3_column_int64(row, 5),
                                      .column = column_text(row, 6),
                                      .reason = column_text(row, 7),
                                      .heading = (uint32_t)sqlite3_column_int64(row, 8),
                                      .body = column_text(row, 9),
                                      .heading_text = column_text(row, 10)};
}

int store_quarantine(struct store_view *view, const struct quarantine_choice *choice, uint64_t after,
                     size_t limit, int (*visit)(void *data, const struct store_refused *refused), void *data,
                     struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database,
        "SELECT id, feed, document, delivery, row, at, col, reason, heading, NULL, NULL FROM quarantine "
        "WHERE feed = ?1 AND id > ?2 AND (?3 IS NULL OR document = ?3) ORDER BY id",
        error);
    if (!select)
        return -1;
    bind_text(select, 1, choice->feed);
    bind_number(select, 2, (int64_t)after);
    bind_optional(select, 3, choice->document);
    int row = 0;
    for (size_t visited = 0; visited < limit && (row = statement_next(view->database, select, error)) > 0;) {
        struct store_refused refused;
        read_row(select, &refused);
        if (!is_chosen(choice, refused.id))
            continue;
        visited++;
        if (visit(data, &refused) != 0)
            break;
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_quarantine_get(struct store_view *view, const char *feed, uint64_t id,
                         int (*visit)(void *data, const struct store_refused *refused), void *data,
                         bool *found, struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database,
                           "SELECT q.id, q.feed, q.document, q.delivery, q.row, q.at, q.col, q.reason, "
                           "q.heading, q.body, h.text "
                           "FROM quarantine AS q LEFT JOIN quarantine_heading AS h ON h.id = q.heading "
                           "WHERE q.id = ?1 AND q.feed = ?2",
                           error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)id);
    bind_text(select, 2, feed);
    const int row = statement_next(view->database, select, error);
    *found = row > 0;
    if (row > 0) {
        struct store_refused refused;
        read_row(select, &refused);
        visit(data, &refused);
    }
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* ---- removing ------------------------------------------------------------------------------------------ */

static int drop_one(struct store_tx *tx, const struct quarantine_choice *choice, uint64_t id, uint64_t *rows,
                    struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *remove = database_statement(
        database, "DELETE FROM quarantine WHERE id = ?1 AND feed = ?2 AND (?3 IS NULL OR document = ?3)",
        error);
    if (!remove)
        return -1;
    bind_number(remove, 1, (int64_t)id);
    bind_text(remove, 2, choice->feed);
    bind_optional(remove, 3, choice->document);
    if (statement_run(database, remove, error) != 0)
        return -1;
    *rows += (uint64_t)sqlite3_changes(database->handle);
    return 0;
}

static int drop_all(struct store_tx *tx, const struct quarantine_choice *choice, uint64_t *rows,
                    struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *remove = database_statement(
        database, "DELETE FROM quarantine WHERE feed = ?1 AND (?2 IS NULL OR document = ?2)", error);
    if (!remove)
        return -1;
    bind_text(remove, 1, choice->feed);
    bind_optional(remove, 2, choice->document);
    if (statement_run(database, remove, error) != 0)
        return -1;
    *rows = (uint64_t)sqlite3_changes(database->handle);
    return 0;
}

int store_quarantine_drop(struct store_tx *tx, const struct quarantine_choice *choice, uint64_t *rows,
                          struct error *error)
{
    *rows = 0;
    if (!choice->ids && drop_all(tx, choice, rows, error) != 0)
        return -1;
    for (size_t i = 0; choice->ids && i < choice->id_count; i++)
        if (drop_one(tx, choice, choice->ids[i], rows, error) != 0)
            return -1;
    return tidy(tx, error);
}

int store_quarantine_of(struct store_view *view, const char *feed, const uint8_t person[PSEUDONYM_SIZE],
                        struct quarantined_of *rows, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT id FROM quarantine WHERE feed = ?1 AND person = ?2 ORDER BY id", error);
    rows->count = 0;
    if (!select)
        return -1;
    bind_text(select, 1, feed);
    bind_bytes(select, 2, person, PSEUDONYM_SIZE);
    int row = 0;
    while (rows->count < QUARANTINE_MOST_OF && (row = statement_next(view->database, select, error)) > 0)
        rows->ids[rows->count++] = (uint64_t)sqlite3_column_int64(select, 0);
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_quarantine_drop_old(struct store_tx *tx, const char *feed, int64_t before, uint64_t *rows,
                              struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *remove =
        database_statement(database, "DELETE FROM quarantine WHERE feed = ?1 AND at < ?2", error);
    if (!remove)
        return -1;
    bind_text(remove, 1, feed);
    bind_number(remove, 2, before);
    if (statement_run(database, remove, error) != 0)
        return -1;
    *rows = (uint64_t)sqlite3_changes(database->handle);
    return tidy(tx, error);
}

int store_quarantine_forget(struct store_tx *tx, const uint8_t person[PSEUDONYM_SIZE], uint64_t *rows,
                            struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *remove = database_statement(database, "DELETE FROM quarantine WHERE person = ?1", error);
    if (!remove)
        return -1;
    bind_bytes(remove, 1, person, PSEUDONYM_SIZE);
    if (statement_run(database, remove, error) != 0)
        return -1;
    *rows = (uint64_t)sqlite3_changes(database->handle);
    return tidy(tx, error);
}
