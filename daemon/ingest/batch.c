/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/batch.h"
#include "ingest/check.h"
#include "ingest/intern.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Large batches make an import fast: an index on random pseudonyms costs by the pages that a commit touches.
 */
enum { MOST_ENTRIES = 32768, MOST_BYTES = 6 << 20 };

enum { NO_GROUP = 0 }; /* numbers of the batch start at 1 where 0 means none */

/* ---- filling: on the loop ------------------------------------------------------------------------------ */

static int item_number(struct batch *batch, const char *item, uint32_t *number, struct error *error)
{
    const uint32_t next = batch->last_item + 1;
    if (next < batch->items.count) {
        struct reader key = dictionary_key(&batch->items, next);
        if (item && strcmp(read_text(&key), item) == 0) {
            *number = batch->last_item = next;
            return 0;
        }
    }
    if (check_item_name(item, error) != 0)
        return -1;
    buf_clear(&batch->key);
    buf_put_text(&batch->key, item);
    *number = batch->last_item = dictionary_number(&batch->items, &batch->key);
    return 0;
}

/* Into batch->scratch, in order. */
static int take_answers(struct batch *batch, const struct wz_response *given, struct error *error)
{
    batch->scratch.count = 0;
    batch->last_item = UINT32_MAX; /* the next one is 0 */
    for (size_t i = 0; i < given->answer_count; i++) {
        uint32_t number;
        if (item_number(batch, given->answers[i].item, &number, error) != 0)
            return -1;
        response_add(&batch->scratch, number, given->answers[i].value);
    }
    response_sort(&batch->scratch);
    return 0;
}

static uint32_t wave_number(struct batch *batch, const char *instrument, const char *wave, int64_t time)
{
    buf_clear(&batch->key);
    buf_put_text(&batch->key, instrument);
    buf_put_text(&batch->key, wave);
    const size_t known = batch->waves.count;
    const uint32_t number = dictionary_number(&batch->waves, &batch->key);
    if (number == known) {
        batch->wave_starts = mem_resize(batch->wave_starts, known + 1, sizeof *batch->wave_starts);
        batch->wave_latest = mem_resize(batch->wave_latest, known + 1, sizeof *batch->wave_latest);
        batch->wave_undated = mem_resize(batch->wave_undated, known + 1, sizeof *batch->wave_undated);
        batch->wave_starts[number] = batch->wave_latest[number] = WZ_NO_TIME;
        batch->wave_undated[number] = false;
    }
    int64_t *starts = &batch->wave_starts[number];
    if (time != WZ_NO_TIME && (*starts == WZ_NO_TIME || time < *starts))
        *starts = time;
    return number;
}

/* The innermost group's number plus one, or NO_GROUP. */
static uint32_t group_number(struct batch *batch, const struct wz_group_step *steps, size_t count)
{
    uint32_t group = NO_GROUP;
    for (size_t i = 0; i < count; i++) {
        buf_clear(&batch->key);
        buf_put_varint(&batch->key, group);
        buf_put_text(&batch->key, steps[i].level);
        buf_put_text(&batch->key, steps[i].name);
        group = dictionary_number(&batch->groups, &batch->key) + 1;
    }
    return group;
}

static struct batch_entry *add_entry(struct batch *batch, const struct wz_record *record)
{
    if (batch->count == batch->capacity) {
        batch->capacity = batch->capacity ? 2 * batch->capacity : 256;
        batch->entries = mem_resize(batch->entries, batch->capacity, sizeof *batch->entries);
    }
    struct batch_entry *entry = &batch->entries[batch->count];
    *entry = (struct batch_entry){.kind = (enum wz_record_kind)record->kind,
                                  .order = (uint32_t)batch->count,
                                  .row = record->row,
                                  .offset = batch->bodies.size};
    batch->count++;
    return entry;
}

static int add_response(struct batch *batch, const struct pseudonym_key *key, const struct wz_record *record,
                        struct error *error)
{
    const struct wz_response *given = &record->as.response;
    struct response *response = &batch->scratch;
    if (take_answers(batch, given, error) != 0)
        return -1;
    struct batch_entry *entry = add_entry(batch, record);
    entry->wave = wave_number(batch, given->instrument, given->wave, given->submitted);
    if (given->respondent)
        pseudonym_of_person(key, given->respondent, entry->identity);
    else
        pseudonym_of_row(key, given->content, given->content_size, record->row, entry->identity);
    response->group = group_number(batch, given->groups, given->group_count);
    response->submitted = given->submitted;
    response->partial = given->partial != 0;
    response_encode(response, &batch->bodies);
    entry->size = batch->bodies.size - entry->offset;
    return 0;
}

static void add_withdrawal(struct batch *batch, const struct pseudonym_key *key,
                           const struct wz_record *record)
{
    const struct wz_withdrawal *given = &record->as.withdrawal;
    struct batch_entry *entry = add_entry(batch, record);
    entry->wave = wave_number(batch, given->instrument, given->wave, WZ_NO_TIME);
    pseudonym_of_person(key, given->respondent, entry->identity);
}

static void add_event(struct batch *batch, const struct pseudonym_key *key, const struct wz_record *record)
{
    struct batch_entry *entry = add_entry(batch, record);
    struct event_packer packer = {.key = key, .out = &batch->bodies};
    event_pack(&packer, &record->as.event);
    event_packer_free(&packer);
    entry->size = batch->bodies.size - entry->offset;
}

struct batch *batch_make(void)
{
    return mem_alloc(sizeof(struct batch));
}

void batch_free(struct batch *batch)
{
    dictionary_free(&batch->items);
    dictionary_free(&batch->waves);
    dictionary_free(&batch->groups);
    dictionary_free(&batch->respelt);
    event_unpacker_free(&batch->unpacker);
    response_free(&batch->scratch);
    buf_free(&batch->bodies);
    buf_free(&batch->key);
    refused_free(&batch->refused);
    free(batch->wave_starts);
    free(batch->wave_latest);
    free(batch->wave_undated);
    free(batch->entries);
    free(batch);
}

int batch_add(struct batch *batch, const struct pseudonym_key *key, const struct wz_record *record,
              struct error *error)
{
    switch ((enum wz_record_kind)record->kind) {
    case WZ_RESPONSE:
        return add_response(batch, key, record, error);
    case WZ_WITHDRAWAL:
        add_withdrawal(batch, key, record);
        break;
    case WZ_EVENT:
        add_event(batch, key, record);
        break;
    }
    return 0;
}

bool batch_full(const struct batch *batch)
{
    return batch->count + batch->refused.count >= MOST_ENTRIES ||
           batch->bodies.size + refused_size(&batch->refused) >= MOST_BYTES;
}

/* ---- appending: on the store's thread ------------------------------------------------------------------ */

/* By wave and pseudonym, as the store's index is; what one person sent twice stays in its order, and so do
 * events, which are of no wave. */
static int by_identity(const void *left, const void *right)
{
    const struct batch_entry *a = left, *b = right;
    if (a->period != b->period)
        return a->period < b->period ? -1 : 1;
    const int order = a->period ? memcmp(a->identity, b->identity, sizeof a->identity) : 0;
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

static void count_outcome(struct batch *batch, const struct batch_entry *entry, enum store_outcome outcome)
{
    switch (outcome) {
    case STORE_ACCEPTED:
        if (entry->kind == WZ_WITHDRAWAL)
            batch->withdrawn++;
        else
            batch->accepted++;
        break;
    case STORE_DUPLICATE:
        batch->duplicate++;
        break;
    case STORE_REPLACED:
        batch->replaced++;
        break;
    case STORE_UNFINISHED:
    case STORE_OLDER:
        batch->duplicate++;
        outdated_add(&batch->outdated, entry->row, outcome);
        break;
    case STORE_ABSENT:
        batch->absent++;
        break;
    case STORE_CONFLICT:
        if (batch->conflicts < CONFLICTS_KEPT)
            batch->conflict_rows[batch->conflicts] = entry->row;
        batch->conflicts++;
        break;
    }
}

static void note_seen(struct batch *batch, const struct batch_entry *entry, enum store_outcome outcome)
{
    const int64_t submitted = batch->scratch.submitted;
    int64_t *latest = &batch->wave_latest[entry->wave];
    if (outcome != STORE_ACCEPTED && outcome != STORE_REPLACED)
        return;
    if (submitted == WZ_NO_TIME)
        batch->wave_undated[entry->wave] = true;
    else if (submitted > *latest)
        *latest = submitted;
}

static int append_response(struct store_tx *tx, struct batch *batch, const struct numbers *numbers,
                           const struct batch_entry *entry, enum store_outcome *outcome, uint64_t *position,
                           struct error *error)
{
    struct response *response = &batch->scratch;
    if (response_decode(response, batch->bodies.data + entry->offset, entry->size) != 0)
        return error_set(error, ERROR_FAILED, "a batch of records was damaged in memory");
    response->period = entry->period;
    response->group = response->group == NO_GROUP ? 0 : numbers->groups[response->group - 1];
    memcpy(response->respondent, entry->identity, PSEUDONYM_SIZE);
    for (size_t i = 0; i < response->count; i++)
        response->items[i] = numbers->items[response->items[i]];
    response_sort(response);
    if (store_append_response(tx, response, outcome, position, error) != 0)
        return -1;
    note_seen(batch, entry, *outcome);
    return 0;
}

static int append_event(struct store_tx *tx, struct batch *batch, const struct batch_entry *entry,
                        enum store_outcome *outcome, uint64_t *position, struct error *error)
{
    struct reader packed = reader_of(batch->bodies.data + entry->offset, entry->size);
    return event_append_packed(tx, &batch->unpacker, &packed, outcome, position, error);
}

static int append_entry(struct store_tx *tx, struct batch *batch, const struct batch_source *source,
                        const struct numbers *numbers, const struct batch_entry *entry, struct error *error)
{
    enum store_outcome outcome = STORE_ACCEPTED;
    uint64_t position = 0;
    int result = 0;
    if (entry->kind == WZ_RESPONSE)
        result = append_response(tx, batch, numbers, entry, &outcome, &position, error);
    else if (entry->kind == WZ_WITHDRAWAL)
        result = store_append_withdrawal(tx, entry->period, entry->identity, &outcome, &position, error);
    else
        result = append_event(tx, batch, entry, &outcome, &position, error);
    if (result != 0)
        return -1;
    count_outcome(batch, entry, outcome);
    if (position > batch->position)
        batch->position = position;
    return source->is_dry_run ? 0 : refused_settle(tx, &batch->refused, source, entry->row, outcome, error);
}

/* Nothing was submitted later than now: a year that was mistyped must not hold a wave open for good. */
static int move_waves_on(struct store_tx *tx, const struct batch *batch, const struct numbers *numbers,
                         struct error *error)
{
    const int64_t now = clock_now();
    for (uint32_t i = 0; i < batch->waves.count; i++) {
        const int64_t latest = batch->wave_latest[i];
        if (latest != WZ_NO_TIME &&
            store_period_seen(tx, numbers->waves[i], latest < now ? latest : now, error) != 0)
            return -1;
        if (batch->wave_undated[i] && store_period_seen_undated(tx, numbers->waves[i], now, error) != 0)
            return -1;
    }
    return 0;
}

/* Two waves of the batch may be one of the store's. */
static void number_waves(struct batch *batch, const uint32_t *numbers)
{
    for (size_t i = 0; i < batch->count; i++)
        batch->entries[i].period = batch->entries[i].kind == WZ_EVENT ? 0 : numbers[batch->entries[i].wave];
}

static int append_all(struct store_tx *tx, struct batch *batch, const struct batch_source *source,
                      const struct numbers *numbers, struct error *error)
{
    number_waves(batch, numbers->waves);
    if (batch->count)
        qsort(batch->entries, batch->count, sizeof *batch->entries, by_identity);
    for (size_t i = 0; i < batch->count; i++)
        if (append_entry(tx, batch, source, numbers, &batch->entries[i], error) != 0)
            return -1;
    return move_waves_on(tx, batch, numbers, error);
}

int batch_append(struct store_tx *tx, struct batch *batch, const struct batch_source *source,
                 struct spellings *spellings, struct error *error)
{
    struct numbers numbers;
    int result = intern_names(tx, batch, source->is_dry_run, spellings, &numbers, error);
    if (result == 0)
        result = append_all(tx, batch, source, &numbers, error);
    if (result == 0 && !source->is_dry_run)
        result = refused_append(tx, &batch->refused, source, batch->is_last, error);
    numbers_free(&numbers);
    return result;
}
