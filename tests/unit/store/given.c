/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "given.h"

#include "base/mem.h"
#include "store/event/writer.h"
#include "store/forget.h"
#include "store/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const uint8_t ann[PSEUDONYM_SIZE] = {0xaa}, bob[PSEUDONYM_SIZE] = {0xbb}, cas[PSEUDONYM_SIZE] = {0xcc};

int append_one(struct store_tx *tx, const struct given *given, uint32_t id, struct error *error)
{
    uint32_t people[2];
    enum store_outcome outcome;
    uint64_t position;
    const char *raw = given->raw ? given->raw : "{\"a\":\"\0010\001\",\"b\":\"\0011\001\"}";
    char *bytes = mem_alloc(given->attached + 1);
    struct store_attachment attachments[2] = {{"a", "text/plain", bytes, given->attached},
                                              {"b", "image/png", bytes, given->attached}};
    if (store_subject_intern(tx, STORE_ACTOR, given->actor ? given->actor : ann, 16, &people[0], error) !=
            0 ||
        store_subject_intern(tx, STORE_ACTOR, given->other ? given->other : bob, 16, &people[1], error) != 0)
        return -1;
    const struct event facts = {.actor = people[0]};
    struct store_event event = {.time = 1,
                                .facts = &facts,
                                .digest = 7,
                                .people = people,
                                .people_count = 2,
                                .raw = raw,
                                .raw_size = strlen(raw),
                                .attachments = attachments,
                                .attachment_count = given->attachments};
    memcpy(event.id, &id, sizeof id);
    const int result = store_event_append(tx, &event, &outcome, &position, error);
    free(bytes);
    return result != 0 || outcome == STORE_ACCEPTED ? result : error_set(error, ERROR_INPUT, "%d", outcome);
}

int append(struct store_tx *tx, void *data, struct error *error)
{
    const struct given *given = data;
    for (size_t i = 0; i < (given->count ? given->count : 1); i++)
        if (append_one(tx, given, given->id + (uint32_t)i, error) != 0)
            return -1;
    return given->fails ? error_set(error, ERROR_INPUT, "on purpose") : 0;
}

void give(struct shelf *shelf, struct given given)
{
    shelf_run(shelf, append, &given);
}

void give_in_vain(struct shelf *shelf, struct given given, const char *why)
{
    struct error error;
    assert_int_equal(store_write_now(shelf->store, append, &given, &error), -1);
    assert_string_equal(error.text, why);
}

int pack(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return events_pack(tx, error);
}

int hear(void *data, const struct store_event_found *found)
{
    struct asked *asked = data;
    asked->count++;
    asked->last = found->position;
    asked->stored = found->stored;
    asked->attachments += found->attachment_count;
    snprintf(asked->text, sizeof asked->text, "%s", found->raw);
    for (size_t i = 0; i < found->attachment_count; i++)
        asked->attached += found->attachments[i].size;
    if (found->attachment_count == 2)
        snprintf(asked->kinds, sizeof asked->kinds, "%s %s", found->attachments[0].content_type,
                 found->attachments[1].content_type);
    return 0;
}

int ask(struct store_tx *tx, void *data, struct error *error)
{
    struct asked *asked = data;
    return store_events_find(&tx->view, &asked->question, hear, asked, &asked->page, error);
}

struct asked ask_for(struct shelf *shelf, struct store_event_question question)
{
    struct asked asked = {.question = question};
    if (!question.most_bytes)
        asked.question.most_bytes = SIZE_MAX;
    asked.question.since = asked.question.until = INT64_MIN;
    shelf_run(shelf, ask, &asked);
    return asked;
}

struct left {
    const char *sql;
    int64_t count;
};

static int count_left(struct store_tx *tx, void *data, struct error *error)
{
    struct left *left = data;
    sqlite3_stmt *select = database_statement(tx->view.database, left->sql, error);
    if (!select || statement_next(tx->view.database, select, error) <= 0)
        return -1;
    left->count = sqlite3_column_int64(select, 0);
    statement_end(select);
    return 0;
}

int64_t left(struct shelf *shelf, const char *sql)
{
    struct left one = {.sql = sql};
    shelf_run(shelf, count_left, &one);
    return one.count;
}

int do_nothing(struct store_tx *tx, void *data, struct error *error)
{
    (void)tx, (void)data, (void)error;
    return 0;
}

void give_until_joined(struct shelf *shelf)
{
    char raw[2001];
    memset(raw, 'x', 2000);
    raw[2000] = 0;
    for (uint32_t i = 1; i <= UNTIL_JOINED; i++)
        give(shelf, (struct given){.id = 1000 + i, .actor = bob, .other = cas, .raw = raw});
    shelf_run(shelf, do_nothing, NULL); /* after it was begun, the joining before it is over */
}

int begin_ann(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    uint64_t id;
    return store_forget_begin(tx, ann, 0, &id, error);
}
