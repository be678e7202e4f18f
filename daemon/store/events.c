/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/events.h"
#include "store/event/writer.h"
#include "store/internal.h"
#include "store/trial.h"

#include "base/mem.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* ---- keys ---------------------------------------------------------------------------------------------- */

static const uint8_t key_of_keys[crypto_shorthash_KEYBYTES] = "event keys";

static uint64_t hash_key(const uint8_t *bytes, size_t size)
{
    uint64_t hash;
    crypto_shorthash((uint8_t *)&hash, bytes, size, key_of_keys);
    return hash ? hash : 1; /* 0 finds all, see event/pack.c */
}

uint64_t store_event_key(uint32_t role, const char *text)
{
    struct buf bytes = {0};
    const size_t size = strlen(text);
    buf_reserve(&bytes, sizeof role + 1 + size);
    buf_put_u32(&bytes, role);
    buf_put_u8(&bytes, 't');
    buf_put(&bytes, text, size);
    const uint64_t key = hash_key(bytes.data, bytes.size);
    buf_free(&bytes);
    return key;
}

uint64_t store_event_key_of_person(uint32_t role, uint32_t subject)
{
    const uint8_t bytes[] = {
        (uint8_t)role,    (uint8_t)(role >> 8),    (uint8_t)(role >> 16),    (uint8_t)(role >> 24),   'p',
        (uint8_t)subject, (uint8_t)(subject >> 8), (uint8_t)(subject >> 16), (uint8_t)(subject >> 24)};
    return hash_key(bytes, sizeof bytes);
}

/* ---- what was taken back ------------------------------------------------------------------------------- */

int events_gone(struct store_view *view, uint64_t position, uint64_t *gone, struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database, "SELECT gone FROM event_voided WHERE seq = ?1", error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    const int row = statement_next(view->database, select, error);
    *gone = row > 0 ? (uint64_t)sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int events_mark_gone(struct store_tx *tx, uint64_t position, uint64_t gone, struct error *error)
{
    sqlite3_stmt *insert =
        database_statement(tx->view.database, "INSERT INTO event_voided (seq, gone) VALUES (?1, ?2)", error);
    if (!insert)
        return -1;
    bind_number(insert, 1, (int64_t)position);
    bind_number(insert, 2, (int64_t)gone);
    return statement_run(tx->view.database, insert, error);
}

static int take_back(struct store_tx *tx, uint64_t position, struct error *error)
{
    uint64_t gone;
    bool is_event;
    if (events_gone(&tx->view, position, &gone, error) != 0)
        return -1;
    if (gone)
        return 0;
    if (log_withdraw_event(tx, position, &is_event, error) != 0)
        return -1;
    return events_mark_gone(tx, position, is_event ? tx->counts.position : position, error);
}

/* It has not come yet. */
static int await(struct store_tx *tx, const uint8_t target[16], uint64_t position, struct error *error)
{
    sqlite3_stmt *insert = database_statement(
        tx->view.database, "INSERT INTO event_awaited (id, seq) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        error);
    if (!insert)
        return -1;
    event_writer_know(tx->events, target);
    bind_bytes(insert, 1, target, 16);
    bind_number(insert, 2, (int64_t)position);
    return statement_run(tx->view.database, insert, error);
}

static int take_awaited(struct store_tx *tx, const uint8_t id[16], bool *was, struct error *error)
{
    sqlite3_stmt *remove =
        database_statement(tx->view.database, "DELETE FROM event_awaited WHERE id = ?1", error);
    if (!remove)
        return -1;
    bind_bytes(remove, 1, id, 16);
    if (statement_run(tx->view.database, remove, error) != 0)
        return -1;
    *was = sqlite3_changes(tx->view.database->handle) > 0;
    return 0;
}

/* ---- appending ----------------------------------------------------------------------------------------- */

/* What there is of an id, as far as an append needs it. */
struct known_event {
    bool found, voids, has_digest_of_before;
    uint64_t position, digest;
    int64_t stored;
};

/* Its detail is the reader's then. */
static int look_up(struct store_view *view, struct event_reader *reader, const uint8_t id[16],
                   struct detail *detail, struct known_event *known, struct error *error)
{
    struct kept_event kept;
    *known = (struct known_event){0};
    if (event_read_by_id(reader, view, id, &kept, &known->found, error) != 0)
        return -1;
    if (!known->found)
        return 0;
    if (detail_decode(detail, kept.bytes, kept.size) != 0)
        return event_damaged(kept.position, error);
    known->position = kept.position;
    known->digest = detail->digest;
    known->has_digest_of_before = detail->has_digest_of_before;
    known->stored = kept.stored;
    known->voids = detail->voids;
    return 0;
}

static bool has_digest(const struct known_event *known, const struct store_event *event)
{
    return known->digest == event->digest && known->has_digest_of_before == event->has_digest_of_before &&
           (!event->is_untimed || known->stored == event->time);
}

/* Somebody among its people has been forgotten, so that nothing has that number any more. */
static int names_forgotten(struct store_view *view, const struct detail *detail, bool *names,
                           struct error *error)
{
    *names = false;
    for (size_t i = 0; i < detail->people_count && !*names; i++) {
        sqlite3_stmt *select =
            database_statement(view->database, "SELECT 1 FROM subject WHERE id = ?1 AND kind = ?2", error);
        if (!select)
            return -1;
        bind_number(select, 1, detail->people[i]);
        bind_number(select, 2, STORE_ACTOR);
        const int row = statement_next(view->database, select, error);
        statement_end(select);
        if (row < 0)
            return -1;
        *names = row == 0;
    }
    return 0;
}

/* With people whom nobody knows any more, it cannot be told from the one that comes: then it is that one, for
 * an LMS that sends all once more is not to be refused. */
static int compare(struct store_view *view, const struct store_event *event, const struct known_event *known,
                   const struct detail *detail, bool *is_same, struct error *error)
{
    *is_same = has_digest(known, event);
    return *is_same ? 0 : names_forgotten(view, detail, is_same, error);
}

int events_look_up(struct store_view *view, struct event_reader *reader, const struct store_event *event,
                   bool *found, bool *is_same, struct error *error)
{
    struct detail detail = {0};
    struct known_event known;
    int result = look_up(view, reader, event->id, &detail, &known, error);
    *found = known.found;
    *is_same = false;
    if (result == 0 && known.found)
        result = compare(view, event, &known, &detail, is_same, error);
    detail_free(&detail);
    return result;
}

static int by_number(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* What most events have at most. */
enum { FEW_KEYS = 24 };

static void sort_keys(uint64_t *keys, size_t count)
{
    if (count > FEW_KEYS) {
        qsort(keys, count, sizeof *keys, by_number);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        const uint64_t key = keys[i];
        size_t at = i;
        for (; at > 0 && keys[at - 1] > key; at--)
            keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* Its own keys, and some of those it inherits, into `keys`, which has room for both. */
static size_t gather_keys(const struct store_event *event, const struct detail *target, uint64_t *keys)
{
    const size_t own = event->key_count;
    const size_t inherited = least(target->key_count, least(MOST_INHERITED_KEYS, MOST_EVENT_KEYS - own));
    size_t count = 0;
    if (own)
        memcpy(keys, event->keys, own * sizeof *keys);
    if (inherited)
        memcpy(keys + own, target->keys, inherited * sizeof *keys);
    sort_keys(keys, own + inherited);
    for (size_t i = 0; i < own + inherited; i++)
        if (i == 0 || keys[i] != keys[count - 1])
            keys[count++] = keys[i];
    return count;
}

static int put_tail(struct store_tx *tx, uint64_t position, const struct store_event *event,
                    const struct detail *target, struct error *error)
{
    struct block_entry entry = {.position = position, .stored = event_writer_stamp(tx->events)};
    uint64_t few[FEW_KEYS];
    const size_t most = event->key_count + least(target->key_count, MOST_INHERITED_KEYS);
    uint64_t *keys = most <= FEW_KEYS ? few : mem_alloc(most * sizeof *keys);
    memcpy(entry.id, event->id, sizeof entry.id);
    buf_clear(&tx->body);
    detail_encode(event, keys, gather_keys(event, target, keys), &tx->body);
    if (keys != few)
        free(keys);
    return tail_add(tx, &entry, tx->body.data, tx->body.size, error);
}

static int put_attachments(struct store_tx *tx, uint64_t position, const struct store_event *event,
                           struct error *error)
{
    for (size_t i = 0; i < event->attachment_count; i++) {
        const struct store_attachment *attachment = &event->attachments[i];
        sqlite3_stmt *insert = database_statement(tx->view.database,
                                                  "INSERT INTO event_attachment (seq, n, key, content_type, "
                                                  "body) VALUES (?1, ?2, ?3, ?4, ?5)",
                                                  error);
        if (!insert)
            return -1;
        bind_number(insert, 1, (int64_t)position);
        bind_number(insert, 2, (int64_t)i);
        bind_text(insert, 3, attachment->key);
        bind_text(insert, 4, attachment->content_type);
        bind_bytes(insert, 5, attachment->bytes, attachment->size);
        if (statement_run(tx->view.database, insert, error) != 0)
            return -1;
    }
    return 0;
}

static int put_event(struct store_tx *tx, const struct store_event *event, const struct detail *target,
                     uint64_t *position, struct error *error)
{
    buf_clear(&tx->body);
    event_encode(event->facts, &tx->body);
    if (log_append_event(tx, event->time, tx->body.data, tx->body.size, error) != 0)
        return -1;
    *position = tx->counts.position;
    return put_tail(tx, *position, event, target, error) != 0 ||
                   put_attachments(tx, *position, event, error) != 0
               ? -1
               : 0;
}

static int check_sizes(const struct store_event *event, struct error *error)
{
    if (event->raw_size <= LONGEST_TEXT && event->key_count <= MOST_EVENT_KEYS &&
        event->people_count <= MOST_EVENT_PEOPLE)
        return 0;
    return error_set(error, ERROR_INPUT, "the event is too large to be kept; send it in parts");
}

/* Whom it speaks about, where that has come. */
static int find_target(struct store_tx *tx, const struct store_event *event, struct detail *detail,
                       struct known_event *target, struct error *error)
{
    *target = (struct known_event){0};
    if (!event->target || !event_writer_may_know(tx->events, event->target))
        return 0;
    return look_up(&tx->view, event_writer_reader(tx->events), event->target, detail, target, error);
}

static int apply_voids(struct store_tx *tx, const struct store_event *event, bool may_be_awaited,
                       const struct known_event *target, uint64_t position, struct error *error)
{
    bool awaited = false;
    if (may_be_awaited && take_awaited(tx, event->id, &awaited, error) != 0)
        return -1;
    if (awaited && !event->voids)
        return take_back(tx, position, error);
    if (!event->voids || !event->target || memcmp(event->id, event->target, sizeof event->id) == 0)
        return 0;
    if (!target->found)
        return await(tx, event->target, position, error);
    return target->voids ? 0 : take_back(tx, target->position, error);
}

static int append(struct store_tx *tx, const struct store_event *event, struct detail *detail,
                  enum store_outcome *outcome, uint64_t *position, struct error *error)
{
    const bool may_be_known = event_writer_may_know(tx->events, event->id);
    struct known_event known = {0}, target;
    if (may_be_known &&
        look_up(&tx->view, event_writer_reader(tx->events), event->id, detail, &known, error) != 0)
        return -1;
    if (known.found) {
        bool is_same;
        *position = known.position;
        if (compare(&tx->view, event, &known, detail, &is_same, error) != 0)
            return -1;
        *outcome = is_same ? STORE_DUPLICATE : STORE_CONFLICT;
        return 0;
    }
    detail->key_count = 0;
    if (find_target(tx, event, detail, &target, error) != 0)
        return -1;
    if (!target.found)
        detail->key_count = 0;
    *outcome = STORE_ACCEPTED;
    if (put_event(tx, event, detail, position, error) != 0)
        return -1;
    return apply_voids(tx, event, may_be_known, &target, *position, error);
}

int store_event_append(struct store_tx *tx, const struct store_event *event, enum store_outcome *outcome,
                       uint64_t *position, struct error *error)
{
    *position = 0;
    if (check_sizes(event, error) != 0)
        return -1;
    if (tx->trial)
        return trial_append_event(tx, event, outcome, error);
    struct detail detail = {0};
    const int result = append(tx, event, &detail, outcome, position, error);
    detail_free(&detail);
    return result;
}
