/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/internal.h"
#include "store/trial.h"

#include "base/clock.h"

#include <string.h>

enum { ARRIVALS_EVERY_MS = 3600 * 1000 };

/* ---- counts -------------------------------------------------------------------------------------------- */

static int load_count(struct store_view *view, const char *key, uint64_t *value, struct error *error)
{
    sqlite3_stmt *select = database_statement(view->database, "SELECT value FROM meta WHERE key = ?1", error);
    if (!select)
        return -1;
    bind_text(select, 1, key);
    const int row = statement_next(view->database, select, error);
    *value = row > 0 ? (uint64_t)sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static int save_count(struct store_tx *tx, const char *key, uint64_t value, struct error *error)
{
    sqlite3_stmt *replace =
        database_statement(tx->view.database, "REPLACE INTO meta (key, value) VALUES (?1, ?2)", error);
    if (!replace)
        return -1;
    bind_text(replace, 1, key);
    bind_number(replace, 2, (int64_t)value);
    return statement_run(tx->view.database, replace, error);
}

int counts_load(struct store_tx *tx, struct error *error)
{
    if (load_count(&tx->view, "position", &tx->counts.position, error) != 0 ||
        load_count(&tx->view, "responses", &tx->counts.responses, error) != 0 ||
        load_count(&tx->view, "events", &tx->counts.events, error) != 0)
        return -1;
    sqlite3_stmt *select = database_statement(tx->view.database, "SELECT max(at) FROM arrival", error);
    if (!select)
        return -1;
    const int row = statement_next(tx->view.database, select, error);
    tx->counts.arrived = sqlite3_column_int64(select, 0);
    statement_end(select);
    tx->committed = tx->counts;
    return row < 0 ? -1 : 0;
}

/* Now and then: an entry is as old as the last note before it, or up to so much younger. */
static int note_arrival(struct store_tx *tx, struct error *error)
{
    const int64_t now = clock_now();
    if (tx->counts.position == tx->committed.position ||
        (now >= tx->counts.arrived && now - tx->counts.arrived < ARRIVALS_EVERY_MS))
        return 0;
    sqlite3_stmt *insert = database_statement(
        tx->view.database, "INSERT INTO arrival (seq, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING", error);
    if (!insert)
        return -1;
    bind_number(insert, 1, (int64_t)tx->committed.position + 1);
    bind_number(insert, 2, now);
    tx->counts.arrived = now;
    return statement_run(tx->view.database, insert, error);
}

int log_arrival(struct store_view *view, uint64_t position, int64_t *at, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT at FROM arrival WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1", error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    const int row = statement_next(view->database, select, error);
    *at = sqlite3_column_int64(select, 0) + ARRIVALS_EVERY_MS;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static int save_changed(struct store_tx *tx, const char *key, uint64_t value, uint64_t committed,
                        struct error *error)
{
    return value == committed ? 0 : save_count(tx, key, value, error);
}

/* Once a commit. Positions stay used even when their entries are removed some day. */
int counts_save(struct store_tx *tx, struct error *error)
{
    const struct counts *now = &tx->counts, *committed = &tx->committed;
    if (note_arrival(tx, error) != 0 ||
        save_changed(tx, "position", now->position, committed->position, error) != 0 ||
        save_changed(tx, "responses", now->responses, committed->responses, error) != 0)
        return -1;
    return save_changed(tx, "events", now->events, committed->events, error);
}

/* ---- identities and entries ---------------------------------------------------------------------------- */

/* Claims the identity for `seq`. *earlier is the entry that has it, or 0 where it was free and is claimed
 * now. One statement in the common case of something new. */
static int claim(struct store_tx *tx, int64_t scope, const uint8_t id[16], uint64_t seq, uint64_t *earlier,
                 struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *insert = database_statement(
        database, "INSERT INTO identity (scope, id, seq) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", error);
    if (!insert)
        return -1;
    bind_number(insert, 1, scope);
    bind_bytes(insert, 2, id, 16);
    bind_number(insert, 3, (int64_t)seq);
    *earlier = 0;
    if (statement_run(database, insert, error) != 0)
        return -1;
    if (sqlite3_changes(database->handle) > 0)
        return 0;

    sqlite3_stmt *select =
        database_statement(database, "SELECT seq FROM identity WHERE scope = ?1 AND id = ?2", error);
    if (!select)
        return -1;
    bind_number(select, 1, scope);
    bind_bytes(select, 2, id, 16);
    const int row = statement_next(database, select, error);
    if (row > 0)
        *earlier = (uint64_t)sqlite3_column_int64(select, 0);
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static int move_identity(struct store_tx *tx, int64_t scope, const uint8_t id[16], uint64_t seq,
                         struct error *error)
{
    sqlite3_stmt *update = database_statement(
        tx->view.database, "UPDATE identity SET seq = ?3 WHERE scope = ?1 AND id = ?2", error);
    if (!update)
        return -1;
    bind_number(update, 1, scope);
    bind_bytes(update, 2, id, 16);
    bind_number(update, 3, (int64_t)seq);
    return statement_run(tx->view.database, update, error);
}

static int append_entry(struct store_tx *tx, enum store_kind kind, uint64_t before, int64_t time,
                        const void *body, size_t size, struct error *error)
{
    sqlite3_stmt *insert = database_statement(
        tx->view.database, "INSERT INTO log (seq, kind, before, time, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        error);
    if (!insert)
        return -1;
    bind_number(insert, 1, (int64_t)tx->counts.position + 1);
    bind_number(insert, 2, kind);
    if (before)
        bind_number(insert, 3, (int64_t)before);
    if (time != INT64_MIN)
        bind_number(insert, 4, time);
    if (size)
        bind_bytes(insert, 5, body, size);
    if (statement_run(tx->view.database, insert, error) != 0)
        return -1;
    tx->counts.position++;
    return 0;
}

enum store_outcome log_outcome(enum store_kind kind, const void *body, size_t size, const void *there,
                               size_t there_size)
{
    if (kind == STORE_EVENT)
        return size == there_size && (size == 0 || memcmp(body, there, size) == 0) ? STORE_DUPLICATE
                                                                                   : STORE_CONFLICT;
    switch (response_rank(body, size, there, there_size)) {
    case RESPONSE_SAME:
        return STORE_DUPLICATE;
    case RESPONSE_UNFINISHED:
        return STORE_UNFINISHED;
    case RESPONSE_OLDER:
        return STORE_OLDER;
    default:
        return STORE_REPLACED;
    }
}

/* What becomes of a body, for there is an entry that has its identity. 0, or -1. */
static int compare_with(struct store_tx *tx, uint64_t seq, enum store_kind kind, const void *body,
                        size_t size, enum store_outcome *outcome, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *select = database_statement(database, "SELECT body FROM log WHERE seq = ?1", error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)seq);
    const int row = statement_next(database, select, error);
    const void *there = NULL;
    const size_t there_size = row > 0 ? column_bytes(select, 0, &there) : 0;
    *outcome = log_outcome(kind, body, size, there, there_size);
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_append_response(struct store_tx *tx, const struct response *response, enum store_outcome *outcome,
                          uint64_t *position, struct error *error)
{
    buf_clear(&tx->body);
    response_encode(response, &tx->body);
    *position = 0;
    if (tx->trial)
        return trial_append(tx, STORE_RESPONSE, response->period, response->respondent, tx->body.data,
                            tx->body.size, outcome, error);
    uint64_t earlier;
    if (claim(tx, response->period, response->respondent, tx->counts.position + 1, &earlier, error) != 0)
        return -1;
    *outcome = STORE_ACCEPTED;
    if (earlier) {
        if (compare_with(tx, earlier, STORE_RESPONSE, tx->body.data, tx->body.size, outcome, error) != 0)
            return -1;
        *position = earlier;
        if (*outcome != STORE_REPLACED)
            return 0;
        if (move_identity(tx, response->period, response->respondent, tx->counts.position + 1, error) != 0)
            return -1;
    }
    if (append_entry(tx, STORE_RESPONSE, earlier, INT64_MIN, tx->body.data, tx->body.size, error) != 0)
        return -1;
    *position = tx->counts.position;
    tx->counts.responses += !earlier;
    return 0;
}

static int append_withdrawal(struct store_tx *tx, enum store_kind kind, uint32_t period,
                             const uint8_t respondent[PSEUDONYM_SIZE], enum store_outcome *outcome,
                             uint64_t *position, struct error *error)
{
    struct database *database = tx->view.database;
    *position = 0;
    if (tx->trial)
        return trial_append(tx, kind, period, respondent, NULL, 0, outcome, error);
    sqlite3_stmt *remove = database_statement(
        database, "DELETE FROM identity WHERE scope = ?1 AND id = ?2 RETURNING seq", error);
    if (!remove)
        return -1;
    bind_number(remove, 1, period);
    bind_bytes(remove, 2, respondent, PSEUDONYM_SIZE);
    const int row = statement_next(database, remove, error);
    const uint64_t earlier = row > 0 ? (uint64_t)sqlite3_column_int64(remove, 0) : 0;
    statement_end(remove);
    if (row < 0)
        return -1;
    *outcome = earlier ? STORE_ACCEPTED : STORE_ABSENT;
    *position = tx->counts.position;
    if (!earlier)
        return 0;
    if (append_entry(tx, kind, earlier, INT64_MIN, NULL, 0, error) != 0)
        return -1;
    *position = tx->counts.position;
    tx->counts.responses--;
    return 0;
}

int store_append_withdrawal(struct store_tx *tx, uint32_t period, const uint8_t respondent[PSEUDONYM_SIZE],
                            enum store_outcome *outcome, uint64_t *position, struct error *error)
{
    return append_withdrawal(tx, STORE_WITHDRAWAL, period, respondent, outcome, position, error);
}

int log_append_removal(struct store_tx *tx, uint32_t period, const uint8_t respondent[PSEUDONYM_SIZE],
                       enum store_outcome *outcome, uint64_t *position, struct error *error)
{
    return append_withdrawal(tx, STORE_REMOVAL, period, respondent, outcome, position, error);
}

int log_append_event(struct store_tx *tx, int64_t time, const void *facts, size_t size, struct error *error)
{
    if (append_entry(tx, STORE_EVENT, 0, time, facts, size, error) != 0)
        return -1;
    tx->counts.events++;
    return 0;
}

int log_current(struct store_view *view, uint32_t period, const uint8_t respondent[PSEUDONYM_SIZE],
                uint64_t *position, struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT seq FROM identity WHERE scope = ?1 AND id = ?2", error);
    if (!select)
        return -1;
    bind_number(select, 1, period);
    bind_bytes(select, 2, respondent, PSEUDONYM_SIZE);
    const int row = statement_next(view->database, select, error);
    *position = row > 0 ? (uint64_t)sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int log_before(struct store_view *view, uint64_t position, uint64_t *before, struct error *error)
{
    sqlite3_stmt *select = database_statement(view->database, "SELECT before FROM log WHERE seq = ?1", error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    const int row = statement_next(view->database, select, error);
    *before = row > 0 ? (uint64_t)sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int log_withdraw_event(struct store_tx *tx, uint64_t position, bool *is_event, struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *insert = database_statement(
        database,
        "INSERT INTO log (seq, kind, before, time, body) SELECT ?1, ?2, seq, time, body FROM log "
        "WHERE seq = ?3 AND kind = ?4",
        error);
    if (!insert)
        return -1;
    bind_number(insert, 1, (int64_t)tx->counts.position + 1);
    bind_number(insert, 2, STORE_EVENT_GONE);
    bind_number(insert, 3, (int64_t)position);
    bind_number(insert, 4, STORE_EVENT);
    if (statement_run(database, insert, error) != 0)
        return -1;
    *is_event = sqlite3_changes(database->handle) > 0;
    tx->counts.position += *is_event;
    return 0;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static int damaged(uint64_t seq, struct error *error)
{
    return error_set(error, ERROR_FAILED,
                     "entry %llu of the log cannot be read: the store is damaged; restore a backup",
                     (unsigned long long)seq);
}

static int decode_column(sqlite3_stmt *statement, int column, uint64_t seq, struct response *response,
                         struct error *error)
{
    const void *bytes;
    const size_t size = column_bytes(statement, column, &bytes);
    return response_decode(response, bytes, size) == 0 ? 0 : damaged(seq, error);
}

int log_response(struct store_view *view, uint64_t position, struct response *response, bool *found,
                 struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT body FROM log WHERE seq = ?1 AND kind = 1", error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    const int row = statement_next(view->database, select, error);
    *found = row > 0;
    const int result = row > 0 ? decode_column(select, 0, position, response, error) : row;
    statement_end(select);
    return result;
}

static int read_earlier(struct store_view *view, uint64_t seq, struct response *response, struct error *error)
{
    bool found;
    if (log_response(view, seq, response, &found, error) != 0)
        return -1;
    return found ? 0 : damaged(seq, error);
}

/* Fills the entry from a row of seq, kind, before, time, body. */
static int read_entry(struct store_view *view, sqlite3_stmt *row, struct response *response,
                      struct response *before, struct store_entry *entry, struct error *error)
{
    const uint64_t earlier = (uint64_t)sqlite3_column_int64(row, 2);
    *entry = (struct store_entry){.position = (uint64_t)sqlite3_column_int64(row, 0),
                                  .kind = (enum store_kind)sqlite3_column_int(row, 1),
                                  .time = sqlite3_column_int64(row, 3)};
    if (entry->kind == STORE_RESPONSE) {
        if (decode_column(row, 4, entry->position, response, error) != 0)
            return -1;
        entry->response = response;
    } else if (entry->kind == STORE_EVENT || entry->kind == STORE_EVENT_GONE) {
        entry->body_size = column_bytes(row, 4, &entry->body);
    }
    if (earlier && entry->kind != STORE_EVENT_GONE) {
        if (read_earlier(view, earlier, before, error) != 0)
            return -1;
        entry->before = before;
    }
    return 0;
}

int store_log_after(struct store_view *view, uint64_t position, size_t limit,
                    int (*visit)(void *data, const struct store_entry *entry), void *data,
                    struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT seq, kind, before, time, body FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    bind_number(select, 2, (int64_t)limit);
    struct response response = {0}, before = {0};
    struct store_entry entry;
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        if (read_entry(view, select, &response, &before, &entry, error) != 0) {
            row = -1;
            break;
        }
        if (visit(data, &entry) != 0)
            break;
    }
    statement_end(select);
    response_free(&response);
    response_free(&before);
    return row < 0 ? -1 : 0;
}

int store_log_end(struct store_view *view, uint64_t *position, struct error *error)
{
    return load_count(view, "position", position, error);
}

int store_wave_has(struct store_view *view, uint32_t period, size_t responses, bool *has, struct error *error)
{
    sqlite3_stmt *select = database_statement(
        view->database, "SELECT count(*) FROM (SELECT 1 FROM identity WHERE scope = ?1 LIMIT ?2)", error);
    if (!select)
        return -1;
    bind_number(select, 1, period);
    bind_number(select, 2, (int64_t)responses);
    const int row = statement_next(view->database, select, error);
    *has = row > 0 && (size_t)sqlite3_column_int64(select, 0) >= responses;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_current_responses(struct store_view *view,
                            int (*visit)(void *data, const struct response *response), void *data,
                            struct error *error)
{
    sqlite3_stmt *select = database_statement(view->database,
                                              "SELECT log.seq, log.body FROM identity JOIN log USING (seq) "
                                              "WHERE log.kind = 1 ORDER BY log.seq",
                                              error);
    if (!select)
        return -1;
    struct response response = {0};
    int row;
    while ((row = statement_next(view->database, select, error)) > 0) {
        if (decode_column(select, 1, (uint64_t)sqlite3_column_int64(select, 0), &response, error) != 0) {
            row = -1;
            break;
        }
        if (visit(data, &response) != 0)
            break;
    }
    statement_end(select);
    response_free(&response);
    return row < 0 ? -1 : 0;
}
