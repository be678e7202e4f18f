/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/event/bounds.h"
#include "store/event/lists.h"
#include "store/event/writer.h"
#include "store/internal.h"

#include "base/mem.h"

#include <wijzer/record.h>

#include <stdlib.h>
#include <string.h>

struct search {
    struct store_view *view;
    const struct store_event_question *question;
    int (*visit)(void *data, const struct store_event_found *event);
    void *data;
    struct store_event_page *page;
    struct error *error;

    uint64_t low, high; /* positions that are looked at, both included */
    size_t found, bytes;
    bool over; /* nothing more is wanted */
    struct event_reader reader;
    struct detail detail;
    struct posting posting, other;
    struct buf text, attached;
    struct store_attachment *attachments;
    size_t attachment_count;
    uint64_t *keys;
};

/* ---- texts --------------------------------------------------------------------------------------------- */

static void put_noughts(struct buf *text)
{
    memset(buf_extend(text, WZ_PSEUDONYM_DIGITS), '0', WZ_PSEUDONYM_DIGITS);
}

static void put_digits(struct buf *text, const uint8_t *pseudonym)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < PSEUDONYM_SIZE; i++) {
        buf_put_u8(text, (uint8_t)digits[pseudonym[i] >> 4]);
        buf_put_u8(text, (uint8_t)digits[pseudonym[i] & 15]);
    }
}

static int put_pseudonym(struct search *search, uint32_t subject)
{
    struct database *database = search->view->database;
    sqlite3_stmt *select =
        database_statement(database, "SELECT key FROM subject WHERE id = ?1 AND kind = ?2", search->error);
    if (!select)
        return -1;
    bind_number(select, 1, subject);
    bind_number(select, 2, STORE_ACTOR);
    const int row = statement_next(database, select, search->error);
    const void *key = NULL;
    if (row > 0 && column_bytes(select, 0, &key) == PSEUDONYM_SIZE)
        put_digits(&search->text, key);
    else
        put_noughts(&search->text);
    statement_end(select);
    return row < 0 ? -1 : 0;
}

static int write_text(struct search *search)
{
    const struct detail *detail = &search->detail;
    struct text_piece piece;
    size_t at = 0;
    buf_clear(&search->text);
    while (text_next_piece(detail->raw, detail->raw_size, &at, &piece)) {
        if (!piece.is_mark)
            buf_put(&search->text, piece.bytes, piece.size);
        else if (piece.person >= detail->people_count)
            put_noughts(&search->text);
        else if (put_pseudonym(search, detail->people[piece.person]) != 0)
            return -1;
    }
    buf_put_u8(&search->text, 0);
    return 0;
}

/* ---- attachments --------------------------------------------------------------------------------------- */

static int attachments_size(struct search *search, uint64_t position, size_t *size)
{
    struct database *database = search->view->database;
    sqlite3_stmt *select = database_statement(
        database, "SELECT coalesce(sum(length(body)), 0) FROM event_attachment WHERE seq = ?1",
        search->error);
    if (!select)
        return -1;
    bind_number(select, 1, (int64_t)position);
    const int row = statement_next(database, select, search->error);
    *size = row > 0 ? (size_t)sqlite3_column_int64(select, 0) : 0;
    statement_end(select);
    return row < 0 ? -1 : 0;
}

/* Texts and bytes lie one behind the other, and are pointed to once all are there. */
static int read_attachments(struct search *search, uint64_t position)
{
    struct database *database = search->view->database;
    sqlite3_stmt *select = database_statement(
        database, "SELECT key, content_type, body FROM event_attachment WHERE seq = ?1 ORDER BY n",
        search->error);
    if (!select)
        return -1;
    int row;
    size_t count = 0;
    buf_clear(&search->attached);
    bind_number(select, 1, (int64_t)position);
    while ((row = statement_next(database, select, search->error)) > 0) {
        const void *bytes;
        buf_put_text(&search->attached, (const char *)sqlite3_column_text(select, 0));
        buf_put_text(&search->attached, (const char *)sqlite3_column_text(select, 1));
        const size_t size = column_bytes(select, 2, &bytes);
        buf_put_bytes(&search->attached, bytes, size);
        count++;
    }
    statement_end(select);
    search->attachments = mem_resize(search->attachments, count + 1, sizeof *search->attachments);
    search->attachment_count = count;
    struct reader reader = reader_of(search->attached.data, search->attached.size);
    for (size_t i = 0; i < count; i++) {
        struct store_attachment *attachment = &search->attachments[i];
        attachment->key = read_text(&reader);
        attachment->content_type = read_text(&reader);
        attachment->bytes = read_bytes(&reader, &attachment->size);
    }
    return row < 0 ? -1 : 0;
}

/* ---- one event ----------------------------------------------------------------------------------------- */

static int show(struct search *search, const struct kept_event *event, bool voided)
{
    if (write_text(search) != 0)
        return -1;
    struct store_event_found found = {.position = event->position,
                                      .time = search->detail.time,
                                      .stored = event->stored,
                                      .voided = voided,
                                      .raw = (const char *)search->text.data,
                                      .raw_size = search->text.size - 1,
                                      .attachments = search->attachments,
                                      .attachment_count = search->attachment_count};
    memcpy(found.id, event->id, sizeof found.id);
    search->found++;
    if (search->visit(search->data, &found) != 0)
        search->over = true;
    return 0;
}

static bool has_room(const struct search *search, size_t bytes)
{
    const size_t most = search->question->most_bytes;
    return search->found == 0 || (bytes <= most && search->bytes <= most - bytes);
}

/* What it takes is known before it is read. */
static int offer_decoded(struct search *search, const struct kept_event *event, bool voided)
{
    size_t bytes = 0;
    const bool wants = search->question->with_attachments && search->detail.attachment_count;
    search->attachment_count = 0;
    if (wants && attachments_size(search, event->position, &bytes) != 0)
        return -1;
    bytes += search->detail.raw_size;
    if (search->found == search->question->limit || !has_room(search, bytes)) {
        search->page->next = event->position;
        search->over = true;
        return 0;
    }
    search->bytes += bytes;
    if (wants && read_attachments(search, event->position) != 0)
        return -1;
    return show(search, event, voided);
}

static int offer(struct search *search, const struct kept_event *event)
{
    uint64_t gone;
    if (events_gone(search->view, event->position, &gone, search->error) != 0)
        return -1;
    if (gone && !search->question->id)
        return 0;
    if (detail_decode(&search->detail, event->bytes, event->size) != 0)
        return event_damaged(event->position, search->error);
    return offer_decoded(search, event, gone != 0);
}

/* Of the two statements, the one of the direction that is asked for; ?1 and ?2 are the bounds. */
static int search_between(struct search *search, const char *ascending, const char *descending,
                          int (*look_at)(struct search *search, sqlite3_stmt *row))
{
    struct database *database = search->view->database;
    sqlite3_stmt *select =
        database_statement(database, search->question->ascending ? ascending : descending, search->error);
    if (!select)
        return -1;
    int row = 0, result = 0;
    bind_number(select, 1, (int64_t)search->low);
    bind_number(select, 2, (int64_t)search->high);
    while (result == 0 && !search->over && (row = statement_next(database, select, search->error)) > 0)
        result = look_at(search, select);
    statement_end(select);
    return row < 0 ? -1 : result;
}

/* ---- the tail ------------------------------------------------------------------------------------------ */

static int look_at_entry(struct search *search, const struct block *block, const struct block_entry *entry)
{
    const struct kept_event event = event_of_entry(block, entry);
    if (event.position < search->low || event.position > search->high)
        return 0;
    if (detail_decode_keys(&search->detail, event.bytes, event.size) != 0)
        return event_damaged(event.position, search->error);
    if (!detail_has_keys(&search->detail, search->question->keys, search->question->key_count))
        return 0;
    return offer(search, &event);
}

static int search_block(struct search *search, const struct block *block)
{
    int result = 0;
    for (size_t i = 0; i < block->count && !search->over && result == 0; i++) {
        const size_t index = search->question->ascending ? i : block->count - 1 - i;
        result = look_at_entry(search, block, &block->entries[index]);
    }
    return result;
}

static int search_row(struct search *search, sqlite3_stmt *row)
{
    if (event_take_block(&search->reader, row, search->error) != 0)
        return -1;
    return search_block(search, &search->reader.block);
}

static int search_rows(struct search *search)
{
    return search_between(
        search,
        "SELECT first, ids, body FROM event_block WHERE first <= ?2 AND last >= ?1 AND first > "
        "coalesce((SELECT last FROM event_segment ORDER BY first DESC LIMIT 1), 0) ORDER BY first",
        "SELECT first, ids, body FROM event_block WHERE first <= ?2 AND last >= ?1 AND first > "
        "coalesce((SELECT last FROM event_segment ORDER BY first DESC LIMIT 1), 0) ORDER BY first "
        "DESC",
        search_row);
}

static int search_open(struct search *search)
{
    const struct block *open = event_open_block(search->view);
    return open ? search_block(search, open) : 0;
}

static int search_tail(struct search *search)
{
    const bool ascending = search->question->ascending;
    if ((ascending ? search_rows(search) : search_open(search)) != 0)
        return -1;
    return ascending ? search_open(search) : search_rows(search);
}

/* ---- segments ------------------------------------------------------------------------------------------ */

/* Leaves in search->posting what all keys find. */
static int intersect(struct search *search, uint64_t segment)
{
    static const uint64_t key_of_all = 0;
    const size_t count = search->question->key_count;
    const uint64_t *keys = count ? search->question->keys : &key_of_all;
    if (lists_read(search->view, segment, keys[0], &search->posting, search->error) != 0)
        return -1;
    for (size_t i = 1; i < count && search->posting.count; i++) {
        if (lists_read(search->view, segment, keys[i], &search->other, search->error) != 0)
            return -1;
        posting_intersect(&search->posting, &search->other);
    }
    return 0;
}

static int look_at_position(struct search *search, uint64_t position)
{
    struct kept_event event;
    bool found;
    if (position < search->low || position > search->high)
        return 0;
    if (event_read(&search->reader, search->view, position, &event, &found, search->error) != 0)
        return -1;
    return found ? offer(search, &event) : 0;
}

static int search_segment(struct search *search, sqlite3_stmt *row)
{
    const uint64_t segment = (uint64_t)sqlite3_column_int64(row, 0);
    if (intersect(search, segment) != 0)
        return -1;
    const size_t count = search->posting.count;
    for (size_t i = 0; i < count && !search->over; i++) {
        const size_t index = search->question->ascending ? i : count - 1 - i;
        if (look_at_position(search, segment + search->posting.at[index]) != 0)
            return -1;
    }
    return 0;
}

static int search_segments(struct search *search)
{
    return search_between(search,
                          "SELECT first FROM event_segment WHERE first <= ?2 AND first >= coalesce("
                          "(SELECT max(first) FROM event_segment WHERE first <= ?1), 0) ORDER BY first",
                          "SELECT first FROM event_segment WHERE first <= ?2 AND first >= coalesce("
                          "(SELECT max(first) FROM event_segment WHERE first <= ?1), 0) ORDER BY first "
                          "DESC",
                          search_segment);
}

/* ---- all of it ----------------------------------------------------------------------------------------- */

static int find_by_id(struct search *search)
{
    struct kept_event event;
    bool found;
    if (event_read_by_id(&search->reader, search->view, search->question->id, &event, &found,
                         search->error) != 0)
        return -1;
    return found ? offer(search, &event) : 0;
}

static int set_bounds(struct search *search)
{
    const struct store_event_question *question = search->question;
    search->low = 0;
    search->high = INT64_MAX;
    if (question->until != INT64_MIN &&
        event_last_by(&search->reader, search->view, question->until, &search->high, search->error) != 0)
        return -1;
    if (question->since != INT64_MIN) {
        if (event_last_by(&search->reader, search->view, question->since, &search->low, search->error) != 0)
            return -1;
        search->low++;
    }
    if (question->from && question->ascending && question->from > search->low)
        search->low = question->from;
    if (question->from && !question->ascending && question->from < search->high)
        search->high = question->from;
    return 0;
}

static int find_in_order(struct search *search)
{
    const bool ascending = search->question->ascending;
    if (set_bounds(search) != 0)
        return -1;
    if (search->low > search->high)
        return 0;
    if ((ascending ? search_segments(search) : search_tail(search)) != 0)
        return -1;
    return search->over ? 0 : ascending ? search_tail(search) : search_segments(search);
}

static int set_through(struct store_view *view, struct store_event_page *page, struct error *error)
{
    int64_t last;
    if (event_last_stored(view, &last, error) != 0)
        return -1;
    page->through = view->events_through > last ? view->events_through : last;
    return 0;
}

static void search_free(struct search *search)
{
    event_reader_free(&search->reader);
    detail_free(&search->detail);
    posting_free(&search->posting);
    posting_free(&search->other);
    buf_free(&search->text);
    buf_free(&search->attached);
    free(search->attachments);
}

int store_events_find(struct store_view *view, const struct store_event_question *question,
                      int (*visit)(void *data, const struct store_event_found *event), void *data,
                      struct store_event_page *page, struct error *error)
{
    struct search search = {
        .view = view, .question = question, .visit = visit, .data = data, .page = page, .error = error};
    *page = (struct store_event_page){0};
    int result = set_through(view, page, error);
    if (result == 0 && question->limit)
        result = question->id ? find_by_id(&search) : find_in_order(&search);
    search_free(&search);
    return result;
}
