/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/refused.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

const char refused_for_conflict[] = "an event with this id is there already, with another content";

enum { LONGEST_REASON = 1000, LONGEST_COLUMN = 512, NO_HEADING = 0 };

/* ---- filling: on the loop ------------------------------------------------------------------------------ */

/* At most so many bytes of a text that a plugin made, in whole characters. */
static void put_cut(struct buf *out, const char *text, size_t longest)
{
    char *copy = mem_format("%.*s", (int)longest, text);
    utf8_mend(copy);
    buf_put_text(out, copy);
    free(copy);
}

/* The heading's number plus one, or NO_HEADING. Mostly it is that of the row before, and it is long. */
static uint32_t heading_number(struct refused_rows *rows, const char *heading)
{
    if (!heading)
        return NO_HEADING;
    if (rows->headings.count) {
        struct reader key = dictionary_key(&rows->headings, rows->last_heading);
        if (strcmp(read_text(&key), heading) == 0)
            return rows->last_heading + 1;
    }
    buf_clear(&rows->key);
    buf_put_text(&rows->key, heading);
    rows->last_heading = dictionary_number(&rows->headings, &rows->key);
    return rows->last_heading + 1;
}

void refused_free(struct refused_rows *rows)
{
    dictionary_free(&rows->headings);
    buf_free(&rows->rows);
    buf_free(&rows->key);
}

size_t refused_size(const struct refused_rows *rows)
{
    return rows->rows.size + rows->headings.keys.size;
}

void refused_add(struct refused_rows *rows, const struct pseudonym_key *key, const struct wz_problem *problem)
{
    const bool is_kept = problem->heading && problem->body;
    struct buf *out = &rows->rows;
    uint8_t person[PSEUDONYM_SIZE];
    const uint32_t heading = heading_number(rows, is_kept ? problem->heading : NULL);
    buf_put_varint(out, problem->row);
    buf_put_u8(out, problem->column != NULL);
    put_cut(out, problem->column ? problem->column : "", LONGEST_COLUMN);
    put_cut(out, problem->text ? problem->text : "", LONGEST_REASON);
    buf_put_varint(out, heading);
    buf_put_text(out, is_kept ? problem->body : NULL);
    buf_put_u8(out, problem->respondent != NULL);
    if (problem->respondent) {
        pseudonym_of_identifier(key, problem->respondent, person);
        buf_put(out, person, sizeof person);
    }
    rows->count++;
}

/* ---- appending: on the store's thread ------------------------------------------------------------------ */

static struct store_refused refused_of(const struct batch_source *source, uint64_t row)
{
    return (struct store_refused){.feed = source->feed,
                                  .document = source->document,
                                  .delivery = source->delivery,
                                  .row = row,
                                  .at = clock_now()};
}

static int keep(struct store_tx *tx, struct refused_rows *rows, const struct batch_source *source,
                struct store_refused *refused, struct error *error)
{
    bool kept = true;
    if (source->is_replay) {
        rows->kept++;
        return store_quarantine_renew(tx, refused, error);
    }
    if (source->is_named && store_quarantine_supersede(tx, refused, false, error) != 0)
        return -1;
    if (store_quarantine_keep(tx, refused, &kept, error) != 0)
        return -1;
    rows->kept += kept;
    rows->missed += !kept;
    return 0;
}

/* What refused_add put. Points into the rows. */
static struct store_refused read_row(const struct refused_rows *rows, const struct batch_source *source,
                                     struct reader *reader, uint32_t *heading)
{
    struct store_refused refused = refused_of(source, read_varint(reader));
    const bool has_column = read_u8(reader) != 0;
    const char *column = read_text(reader);
    refused.column = has_column ? column : NULL;
    refused.reason = read_text(reader);
    *heading = (uint32_t)read_varint(reader);
    const char *body = read_text(reader);
    if (*heading != NO_HEADING) {
        struct reader key = dictionary_key(&rows->headings, *heading - 1);
        refused.heading_text = read_text(&key);
        refused.body = body;
    }
    if (read_u8(reader)) {
        refused.person = reader->at;
        reader->at += PSEUDONYM_SIZE;
    }
    return refused;
}

/* `numbers`: of the headings in the store; 0: has none yet. */
static int keep_all(struct store_tx *tx, struct refused_rows *rows, const struct batch_source *source,
                    uint32_t *numbers, struct error *error)
{
    struct reader reader = reader_of(rows->rows.data, rows->rows.size);
    for (size_t i = 0; i < rows->count; i++) {
        uint32_t heading;
        struct store_refused refused = read_row(rows, source, &reader, &heading);
        if (heading != NO_HEADING)
            refused.heading = numbers[heading - 1];
        if (keep(tx, rows, source, &refused, error) != 0)
            return -1;
        if (heading != NO_HEADING)
            numbers[heading - 1] = refused.heading;
    }
    return 0;
}

static int keep_with_headings(struct store_tx *tx, struct refused_rows *rows,
                              const struct batch_source *source, struct error *error)
{
    uint32_t *numbers = mem_alloc(rows->headings.count * sizeof *numbers);
    const int result = keep_all(tx, rows, source, numbers, error);
    free(numbers);
    return result;
}

int refused_append(struct store_tx *tx, struct refused_rows *rows, const struct batch_source *source,
                   bool is_last, struct error *error)
{
    const struct store_refused whole = refused_of(source, 0);
    if (keep_with_headings(tx, rows, source, error) != 0)
        return -1;
    if (!is_last || source->is_replay || !source->is_named)
        return 0;
    return store_quarantine_supersede(tx, &whole, true, error);
}

int refused_settle(struct store_tx *tx, struct refused_rows *rows, const struct batch_source *source,
                   uint64_t row, enum store_outcome outcome, struct error *error)
{
    if (outcome == STORE_CONFLICT) {
        struct store_refused refused = refused_of(source, row);
        refused.reason = refused_for_conflict;
        return keep(tx, rows, source, &refused, error);
    }
    return source->is_replay
               ? store_quarantine_take(tx, source->feed, source->document, source->delivery, row, error)
               : 0;
}
