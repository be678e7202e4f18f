/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader.h"
#include "answer.h"
#include "boxes.h"
#include "columns.h"
#include "format.h"
#include "kept.h"
#include "look.h"
#include "markers.h"
#include "number.h"
#include "text.h"
#include "ticks.h"

#include "base/fold.h"
#include "base/utf8.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_SIZE = 32, KEY_SIZE = 2 * DIGEST_SIZE + 1, SHOWN_VALUE = 40 };

static const char one_wave[] = "all"; /* of an instrument without a wave column */

/* Rows below each other that are the same to the last sign. */
struct same_rows {
    uint8_t digest[DIGEST_SIZE];
    uint64_t before; /* the last one */
};

struct reader_state {
    const struct job *job;
    const struct wz_decode *decode;
    struct document document;
    struct halves halves;
    struct tool_reader rows;
    struct columns columns;
    struct date_style dates;
    char *kept_heading; /* NULL: no row was refused yet */
    bool refused;
    struct wz_group_step *groups;
    struct wz_answer *answers;
    struct wz_cell *cells; /* where the wave is made of the row, else NULL */
    size_t *cell_columns;  /* by cell */
    size_t cell_count;
    struct same_rows *same_rows;
    struct marks *marks;
    struct boxes *boxes; /* NULL: the tool has none */
};

static void *make(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size);
    if (!block)
        abort();
    return block;
}

static void refuse(struct reader_state *state, const char *why)
{
    state->refused = true;
    state->decode->refuse(state->decode->handle, why);
}

/* ---- what the document is ------------------------------------------------------------------------------ */

static void note_document(const struct reader_state *state)
{
    const struct document *document = &state->document;
    document->format->note(document);
    if (document->format->peek)
        document_note(document, "decimal", sign_name(document->decimal.sign));
    if (state->dates.order != ORDER_UNKNOWN)
        document_note(document, "date_order", state->dates.order == DAY_FIRST ? "day-first" : "month-first");
    if (state->columns.by_id || state->columns.by_text)
        document_note(document, "items_by", columns_kind(&state->columns));
}

/* ---- the heading --------------------------------------------------------------------------------------- */

/* One sentence says more than every column that is missing. */
static bool is_undivided(const struct reader_state *state)
{
    const struct job *job = state->job;
    const size_t wanted = (job->respondent ? 1U : 0U) + (job->wave ? 1U : 0U) + (job->submitted ? 1U : 0U) +
                          job->level_count + job->item_count;
    return state->columns.count <= 1 && state->columns.width == 1 && wanted >= 2;
}

/* A name that two columns have is left out: what asks for it is told that it is not there. */
static void make_cells(struct reader_state *state)
{
    const struct columns *columns = &state->columns;
    state->cells = make(columns->width, sizeof *state->cells);
    state->cell_columns = make(columns->width, sizeof *state->cell_columns);
    for (size_t i = 0; i < columns->width; i++) {
        if (columns_is_double(columns, i))
            continue;
        state->cells[state->cell_count].column = columns->names[i];
        state->cell_columns[state->cell_count++] = i;
    }
}

static bool take_heading(void *data, const struct heading *heading, const struct tool *tool)
{
    struct reader_state *state = data;
    char why[LONGEST_WHY];
    char no_zone[LONGEST_REASON];
    const bool fits = columns_find(&state->columns, state->job, heading, tool, why);
    const char *wrong_zone = look_heading(&state->dates, heading, tool, no_zone);
    const struct format *format = state->document.format;
    const char *undivided =
        format->undivided && is_undivided(state) ? format->undivided(&state->document) : NULL;
    if (tool->name)
        document_note(&state->document, "tool", tool->name);
    note_document(state);
    if (!fits)
        refuse(state, undivided ? undivided : why);
    else if (wrong_zone && state->columns.submitted != NO_COLUMN)
        refuse(state, wrong_zone);
    else if (state->job->wave_is_made)
        make_cells(state);
    if (!state->refused)
        state->boxes = boxes_make(state->job, tool); /* every item has its column */
    return !state->refused;
}

/* ---- problems ------------------------------------------------------------------------------------------ */

/* Whose row it is, unless its fields may not stand where they should. */
static const char *respondent_of(const struct reader_state *state, const struct row *row)
{
    const int column = state->columns.respondent;
    if (column == NO_COLUMN || row->fault || row->count < state->columns.count)
        return NULL;
    const struct field *field = &row->fields[column];
    const bool is_name = field->text[0] && (field->kind == FIELD_TEXT || field->kind == FIELD_NUMBER);
    return is_name ? field->text : NULL;
}

static const char *heading_to_keep(struct reader_state *state)
{
    if (!state->kept_heading)
        state->kept_heading = kept_heading(&state->document, &state->rows, state->dates.order);
    return state->kept_heading;
}

/* Where fields have places, what is empty at the end of a row may have been left out. */
static char *keep_body(const struct reader_state *state, const struct row *row)
{
    return kept_body(row, state->document.format->fields_have_places ? state->columns.width : 0);
}

static bool give_problem(struct reader_state *state, const struct row *row, int column, const char *text)
{
    char shown[SHOWN_TEXT + 1], *body = keep_body(state, row);
    struct wz_problem problem = {.row = row->number,
                                 .text = text,
                                 .heading = heading_to_keep(state),
                                 .body = body,
                                 .respondent = respondent_of(state, row)};
    if (column >= 0) {
        text_show(state->columns.names[column], shown);
        problem.column = shown;
    }
    state->decode->problem(state->decode->handle, &problem);
    free(body);
    return false;
}

static bool give_fault(struct reader_state *state, const struct row *row)
{
    char text[LONGEST_REASON];
    const char *why = text;
    const int column = (int)row->faulty;
    if (row->fault == FIELD_TOO_LONG)
        snprintf(text, sizeof text, "a field of %zu bytes is longer than %d", row->fields[column].length,
                 LONGEST_FIELD);
    else if (row->fault == HAS_NUL)
        why = "the field holds a NUL byte; export the file again";
    else
        why = state->document.format->fault(&state->document, row->fault, text);
    return give_problem(state, row, column, why);
}

/* Beyond the heading there may be empty fields: spreadsheets write them. What stands in columns without a
 * name is a remark where the row is as long as the heading; elsewhere it is what a delimiter within a text
 * has moved there. */
static bool has_right_count(const struct reader_state *state, const struct row *row)
{
    if (row->count < state->columns.count)
        return false;
    if (state->document.format->fields_have_places)
        return true;
    const size_t beyond = row->count == state->columns.width ? state->columns.width : state->columns.count;
    for (size_t i = beyond; i < row->count; i++)
        if (row->fields[i].length)
            return false;
    return true;
}

/* What is wrong with the bytes of a row, before anything is made of them. */
static bool is_readable(struct reader_state *state, const struct row *row)
{
    char text[200];
    if (row->fault && row->faulty < state->columns.width)
        return give_fault(state, row);
    if (has_right_count(state, row))
        return true;
    snprintf(text, sizeof text,
             "the row has %zu fields and the heading %zu; is a delimiter or a quote missing?", row->count,
             state->columns.count);
    return give_problem(state, row, NO_COLUMN, text);
}

/* ---- answers ------------------------------------------------------------------------------------------- */

/* The beginning of an answer: the rest of it may be anything. */
static void show_value(const char *text, char shown[SHOWN_VALUE + 1])
{
    snprintf(shown, SHOWN_VALUE + 1, "%s", text);
    for (size_t end = strlen(shown); end && !utf8_valid(shown, end);)
        shown[--end] = '\0'; /* cut inside a character */
}

static bool unknown_answer(struct reader_state *state, const struct row *row, size_t index, const char *shown)
{
    const int column = state->columns.items[index];
    char problem[400];
    const char *nearest = answer_nearest(state->job, &state->job->items[index], row->fields[column].text);
    if (nearest)
        snprintf(problem, sizeof problem,
                 "'%s' is neither a number nor a known answer; did you mean '%.200s'?", shown, nearest);
    else
        snprintf(problem, sizeof problem,
                 "'%s' is neither a number nor a known answer; add it to `labels` or `missing`", shown);
    return give_problem(state, row, column, problem);
}

static bool wrong_answer(struct reader_state *state, const struct row *row, size_t index,
                         enum number_kind kind)
{
    const int column = state->columns.items[index];
    char shown[SHOWN_VALUE + 1], problem[300];
    const char *sign = sign_name(state->document.decimal.sign);
    show_value(row->fields[column].text, shown);
    if (kind == NO_NUMBER)
        return unknown_answer(state, row, index, shown);
    if (kind == JOINED_NUMBERS)
        snprintf(problem, sizeof problem,
                 "'%s' may be several choices of one question, or a number with a decimal comma; export the "
                 "file with a column for each choice, or set the feed's key 'decimal' to comma",
                 shown);
    else if (kind == OTHER_SIGN)
        snprintf(problem, sizeof problem,
                 "'%s' has no decimal %s, which the feed's key 'decimal' says numbers have", shown, sign);
    else
        snprintf(problem, sizeof problem,
                 "'%s' may be thousands, for the decimal sign is a %s, or decimals; export it without signs "
                 "between thousands, or set the feed's key 'decimal'",
                 shown, sign);
    return give_problem(state, row, column, problem);
}

/* A spreadsheet has a cell, and no value for it: it is nobody's name, and an answer only where `missing` says
 * that it is none. `hint` is what else may be done about an error. */
static bool give_no_value(struct reader_state *state, const struct row *row, int column, const char *hint)
{
    const struct field *field = &row->fields[column];
    char shown[SHOWN_VALUE + 1], text[200];
    if (field->kind == FIELD_UNCOMPUTED)
        return give_problem(state, row, column,
                            "the cell has a formula that was never computed; open the file in a spreadsheet "
                            "program and save it there");
    show_value(field->text, shown);
    snprintf(text, sizeof text, "the cell is the error %s; correct it in the spreadsheet%s", shown, hint);
    return give_problem(state, row, column, text);
}

static bool out_of_range(struct reader_state *state, const struct row *row, int column, double value,
                         const struct item *item)
{
    char text[160];
    snprintf(text, sizeof text, "answer %g is outside %g-%g", value, item->low, item->high);
    return give_problem(state, row, column, text);
}

static enum answer_kind read_answer(struct reader_state *state, const struct row *row, size_t index,
                                    bool unfinished, double *value)
{
    const struct item *item = &state->job->items[index];
    const int column = state->columns.items[index];
    const struct field *field = &row->fields[column];
    const struct decimal decimal =
        field->kind == FIELD_NUMBER ? (struct decimal){'.', false} : state->document.decimal;
    const struct answer_reader reader = {state->job, state->rows.tool, decimal};
    enum number_kind number;
    if (field->kind == FIELD_UNCOMPUTED) {
        give_no_value(state, row, column, "");
        return WRONG;
    }
    const enum answer_kind kind = answer_read(&reader, item, field->text, unfinished, value, &number);
    if (kind == WRONG && field->kind == FIELD_ERROR)
        give_no_value(state, row, column, ", or add it to `missing`");
    else if (kind == WRONG)
        wrong_answer(state, row, index, number);
    if (kind != ANSWERED || !item->has_range || (*value >= item->low && *value <= item->high))
        return kind;
    out_of_range(state, row, column, *value, item);
    return WRONG;
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

static enum tick tick_of(const struct reader_state *state, const struct row *row, size_t item)
{
    const struct heading *heading = &state->rows.heading;
    const size_t column = (size_t)state->columns.items[item];
    const char *text = row->fields[column].text;
    if (state->columns.choices[item] && answer_is_missing(state->job, text))
        return NO_TICK;
    if (state->columns.choices[item])
        return choice_read(&state->columns, state->job->item_count, item, text, state->rows.tool->separator);
    if (!state->rows.tool->ticks || !heading->parts[column])
        return NO_TICK;
    const enum tick tick = tick_read(heading, row, column);
    const bool is_other = tick == TICKED && !fold_same(text, heading->parts[column]);
    return is_other && answer_is_missing(state->job, text) ? NO_TICK : tick;
}

static enum answer_kind read_item(struct reader_state *state, const struct row *row, size_t index,
                                  bool unfinished, double *value)
{
    const struct item *item = &state->job->items[index];
    const int column = state->columns.items[index];
    const enum tick tick = tick_of(state, row, index);
    if (tick == NO_TICK)
        return state->columns.choices[index] ? UNANSWERED : read_answer(state, row, index, unfinished, value);
    if (tick == PASSED_OVER)
        return UNANSWERED;
    if (tick == TICKED_BY_NUMBER) {
        give_problem(state, row, column,
                     "the item is a choice of this question, and numbers stand for its choices; export the "
                     "file with the texts of choices, or with a column for each");
        return WRONG;
    }
    *value = tick == TICKED;
    if (!item->has_range || (*value >= item->low && *value <= item->high))
        return ANSWERED;
    out_of_range(state, row, column, *value, item);
    return WRONG;
}

static bool read_answers(struct reader_state *state, const struct row *row, struct wz_response *response)
{
    for (size_t i = 0; i < state->job->item_count; i++) {
        const size_t item = state->columns.item_order[i];
        double value;
        if (state->boxes && !response->partial)
            boxes_add(state->boxes, item, row->fields[state->columns.items[item]].text);
        const enum answer_kind kind = read_item(state, row, item, response->partial, &value);
        if (kind == WRONG)
            return false;
        if (kind != ANSWERED)
            continue;
        if (!state->job->items[item].has_range)
            marks_add(state->marks, item, value);
        state->answers[response->answer_count++] = (struct wz_answer){state->job->items[item].name, value};
    }
    return true;
}

/* An identifier or a group: empty is wrong, and the value is never shown. */
static bool read_name(struct reader_state *state, const struct row *row, int column, const char *what,
                      const char **name)
{
    char text[120];
    *name = row->fields[column].text;
    if (field_has_no_value(&row->fields[column]))
        return give_no_value(state, row, column, "");
    if ((*name)[0] && row->fields[column].length <= 512)
        return true;
    snprintf(text, sizeof text, (*name)[0] ? "the %s is longer than 512 bytes" : "the %s is empty", what);
    return give_problem(state, row, column, text);
}

static bool wrong_date(struct reader_state *state, const struct row *row, enum date_kind kind)
{
    const int column = state->columns.submitted;
    if (kind == TWO_DATES)
        return give_problem(
            state, row, column,
            "the date may have the day first or the month; write it as 2025-03-30, or set the "
            "feed's key 'dates' to day-first or month-first");
    if (state->dates.order == MONTH_FIRST)
        return give_problem(
            state, row, column,
            "the date cannot be read; those of this file have the month first, as 3/30/2025 14:05");
    return give_problem(state, row, column,
                        "the date cannot be read; it is written as 2025-03-30 14:05:00 or 30-03-2025 14:05");
}

static bool read_submitted(struct reader_state *state, const struct row *row, struct wz_response *response)
{
    response->submitted = WZ_NO_TIME;
    if (state->columns.submitted == NO_COLUMN)
        return true;
    const char *text = row->fields[state->columns.submitted].text;
    if (!text[0]) {
        response->partial = 1;
        return true;
    }
    if (field_has_no_value(&row->fields[state->columns.submitted]))
        return give_no_value(state, row, state->columns.submitted, "");
    const char *no_date = state->rows.tool->no_date;
    if (no_date && strcmp(text, no_date) == 0)
        return true;
    const enum date_kind kind = date_read(text, &state->dates, &response->submitted);
    return kind == A_DATE || wrong_date(state, row, kind);
}

/* 1,23457E+11: how Excel shows a number of more than eleven digits, and writes it into a CSV file. */
static bool is_cut_number(const char *text)
{
    static const char digits[] = "0123456789";
    const size_t whole = strspn(text, digits);
    const bool has_sign = text[whole] == ',' || text[whole] == '.';
    const char *power = text + whole + (has_sign ? 1 + strspn(text + whole + 1, digits) : 0);
    if (whole != 1 || (power[0] != 'E' && power[0] != 'e') || power[1] != '+')
        return false;
    const size_t figures = strspn(power + 2, digits);
    return figures >= 2 && !power[2 + figures];
}

/* A number is a fine name for a person, whatever it means as an answer. */
static bool is_marker(const struct job *job, const char *text)
{
    return !text[strspn(text, "0123456789")] ? false : answer_is_missing(job, text);
}

/* Somebody, or else all of a file would be one respondent. */
static bool read_respondent(struct reader_state *state, const struct row *row, struct wz_response *response)
{
    const int column = state->columns.respondent;
    const char *const *nobody = state->rows.tool->nobody;
    if (column == NO_COLUMN)
        return true;
    if (!read_name(state, row, column, "respondent", &response->respondent))
        return false;
    if (is_cut_number(response->respondent))
        return give_problem(
            state, row, column,
            "the respondent is a number of which a spreadsheet left the last digits out, so that others are "
            "called the same; export the file again without opening it there, or format that column as text");
    if (is_marker(state->job, response->respondent))
        return give_problem(
            state, row, column,
            "the respondent is what `missing` says is no answer, so nobody; let another column "
            "be the instrument's `respondent`, or none");
    if (!nobody || !fold_is_one_of(response->respondent, nobody))
        return true;
    return give_problem(
        state, row, column,
        "the respondent is anonymous, for the survey kept no names; let another column be the "
        "instrument's `respondent`, such as the number of the answer, or none");
}

static bool read_place(struct reader_state *state, const struct row *row, struct wz_response *response)
{
    const struct job *job = state->job;
    response->wave = job->wave_is_made ? NULL : one_wave;
    if (!read_respondent(state, row, response))
        return false;
    if (state->columns.wave != NO_COLUMN &&
        !read_name(state, row, state->columns.wave, "wave", &response->wave))
        return false;
    for (size_t i = 0; i < job->level_count; i++) {
        state->groups[i].level = job->levels[i].name;
        if (!read_name(state, row, state->columns.levels[i], job->levels[i].name, &state->groups[i].name))
            return false;
    }
    response->groups = state->groups;
    response->group_count = job->level_count;
    return true;
}

/* A row may end before the unnamed columns at the end of the heading. */
static const char *cell_text(const struct row *row, size_t column)
{
    return column < row->count ? row->fields[column].text : "";
}

/* All of a row as it stands below the heading, so that two rows that differ anywhere are two. */
static void make_digest(const struct reader_state *state, const struct row *row, uint8_t digest[DIGEST_SIZE])
{
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, DIGEST_SIZE);
    for (size_t i = 0; i < state->columns.width; i++) {
        const char *text = cell_text(row, i);
        crypto_generichash_update(&hash, (const uint8_t *)text, strlen(text) + 1);
    }
    crypto_generichash_final(&hash, digest, DIGEST_SIZE);
}

/* An empty one is nothing: a question that is added later leaves those before it what they are. */
static void add_key_cell(crypto_generichash_state *hash, uint64_t place, const char *text)
{
    if (!text[0])
        return;
    crypto_generichash_update(hash, (const uint8_t *)&place, sizeof place);
    crypto_generichash_update(hash, (const uint8_t *)text, strlen(text) + 1);
}

/* Two people who answered the same in the same second stand below each other. */
static void tell_apart(struct same_rows *rows, uint8_t digest[DIGEST_SIZE])
{
    const bool again = memcmp(rows->digest, digest, DIGEST_SIZE) == 0;
    memcpy(rows->digest, digest, DIGEST_SIZE);
    rows->before = again ? rows->before + 1 : 0;
    for (size_t i = 0; i < sizeof rows->before; i++)
        digest[i] ^= (uint8_t)(rows->before >> (8 * i));
}

/* What the survey tool tells the response from all others by, as a name. false: nothing does. */
static bool make_key(const struct reader_state *state, const struct row *row, char key[KEY_SIZE])
{
    const struct heading *heading = &state->rows.heading;
    uint8_t digest[DIGEST_SIZE];
    crypto_generichash_state hash;
    if (heading->key_count == 0 || !cell_text(row, heading->keys[0])[0])
        return false;
    crypto_generichash_init(&hash, NULL, 0, DIGEST_SIZE);
    for (size_t i = 0; i < heading->key_count; i++)
        add_key_cell(&hash, (uint64_t)i, cell_text(row, heading->keys[i]));
    crypto_generichash_final(&hash, digest, DIGEST_SIZE);
    if (heading->keys_may_repeat)
        tell_apart(state->same_rows, digest);
    sodium_bin2hex(key, KEY_SIZE, digest, DIGEST_SIZE);
    return true;
}

/* The whole row, for the function that makes its wave. */
static void add_cells(const struct reader_state *state, const struct row *row, struct wz_response *response)
{
    for (size_t i = 0; i < state->cell_count; i++)
        state->cells[i].text = cell_text(row, state->cell_columns[i]);
    response->cells = state->cells;
    response->cell_count = state->cell_count;
}

static void read_response(struct reader_state *state, const struct row *row, enum row_kind kind)
{
    struct wz_record record = {.kind = WZ_RESPONSE, .row = row->number};
    struct wz_response *response = &record.as.response;
    uint8_t digest[DIGEST_SIZE];
    char key[KEY_SIZE];
    response->instrument = state->job->instrument;
    response->answers = state->answers;
    response->partial = kind == ROW_UNFINISHED;
    if (!is_readable(state, row) || !read_place(state, row, response) ||
        !read_submitted(state, row, response) || !read_answers(state, row, response))
        return;
    if (!response->respondent && make_key(state, row, key)) {
        response->respondent = key;
    } else if (!response->respondent) {
        make_digest(state, row, digest);
        response->content = digest;
        response->content_size = sizeof digest;
    }
    char *body = NULL;
    if (!response->wave) {
        add_cells(state, row, response);
        response->heading = heading_to_keep(state);
        response->body = body = keep_body(state, row);
    }
    state->decode->emit(state->decode->handle, &record);
    free(body);
}

/* A remark beside a table is no answer. */
static bool is_empty(const struct reader_state *state, const struct row *row)
{
    const bool is_beside = state->document.format->fields_have_places && row->count > state->columns.width;
    const size_t count = is_beside ? state->columns.width : row->count;
    for (size_t i = 0; i < count; i++)
        if (row->fields[i].length)
            return false;
    return true;
}

static bool take_answers(void *data, const struct row *row, enum row_kind kind)
{
    struct reader_state *state = data;
    if (!is_empty(state, row))
        read_response(state, row, kind);
    return true;
}

static bool take_row(void *data, const struct row *row)
{
    struct reader_state *state = data;
    return tool_take(&state->rows, row);
}

static void free_state(struct reader_state *state)
{
    columns_free(&state->columns);
    tool_reader_free(&state->rows);
    document_close(&state->document);
    free(state->groups);
    free(state->answers);
    free(state->cells);
    free(state->cell_columns);
    free(state->same_rows);
    marks_free(state->marks);
    boxes_free(state->boxes);
    free(state->kept_heading);
}

static void note_left_out(const struct reader_state *state)
{
    char count[24];
    snprintf(count, sizeof count, "%llu", (unsigned long long)state->rows.left_out);
    if (state->rows.left_out)
        document_note(&state->document, "left_out", count);
}

/* What is known from before goes for what the rows would tell. false: the heading does not fit. */
static bool resume(struct reader_state *state)
{
    const struct format *format = state->document.format;
    const struct known *known = format->known ? format->known(&state->document) : NULL;
    if (!known)
        return true;
    if (!state->dates.order_is_told)
        state->dates.order = known->dates;
    return tool_resume(&state->rows, &known->heading, known->tool);
}

/* NULL, or why the file is not read to its end. */
static const char *read_file(struct reader_state *state, char why[LONGEST_REASON])
{
    struct document *document = &state->document;
    const struct row_taker taker = {take_row, state};
    const char *failed = document_open(document, state->job, state->decode, why);
    if (failed)
        return failed;
    failed = look_at(document, &state->halves, &state->dates, why);
    if (failed) {
        note_document(state);
        return failed;
    }
    if (!resume(state))
        return NULL;
    failed = document->format->read(document, &taker, why);
    tool_end(&state->rows);
    if (!state->refused)
        note_document(state); /* the character set may have shown below the heading */
    note_left_out(state);
    marks_tell(state->marks, document);
    boxes_tell(state->boxes, &state->columns, document);
    if (!failed && !state->columns.names)
        return "the file is empty; its first row names the columns";
    return failed;
}

void reader_run(const struct job *job, const struct wz_decode *decode)
{
    struct reader_state state = {
        .job = job, .decode = decode, .rows.taker = {take_heading, take_answers, &state}};
    char why[LONGEST_REASON];
    state.groups = make(job->level_count, sizeof *state.groups);
    state.answers = make(job->item_count, sizeof *state.answers);
    state.marks = marks_make(job->item_count);
    state.same_rows = make(1, sizeof *state.same_rows);
    const char *failed = read_file(&state, why);
    if (failed && !state.refused)
        refuse(&state, failed);
    free_state(&state);
}
