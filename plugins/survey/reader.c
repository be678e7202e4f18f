/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reader.h"
#include "dates.h"
#include "fold.h"

#include "base/nearest.h"
#include "base/utf8.h"

#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGEST_SIZE = 32, SHOWN_VALUE = 40, LONGEST_LABEL = 512, NO_COLUMN = -1 };

static const char one_wave[] = "all"; /* of an instrument without a wave column */

struct reader_state {
    const struct job *job;
    const struct wz_decode *decode;
    size_t column_count; /* 0: the heading has not been read */
    char **headings;
    int respondent, submitted, wave; /* columns, or NO_COLUMN */
    int *level_columns, *item_columns;
    size_t *item_order; /* items by column, so that the first bad cell of a row is found first */
    struct wz_group_step *groups;
    struct wz_answer *answers;
    struct wz_cell *cells; /* where the wave is made of the row, else NULL */
};

static void *make(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size);
    if (!block)
        abort();
    return block;
}

/* ---- the heading
 * ------------------------------------------------------------------------------------------- */

struct heading_search {
    struct reader_state *state;
    char problem[2000];
    size_t length, more; /* more: columns there was no room to look for */
};

/* Names are at most 200 bytes, and the nearest one at most 64: what is added always fits. */
static void add_problem(struct heading_search *search, const char *name, const char *what,
                        const char *nearest)
{
    const size_t room = sizeof search->problem - search->length;
    const int written =
        snprintf(search->problem + search->length, room, "%scolumn '%s' %s%s%s%s", search->length ? "; " : "",
                 name, what, nearest ? " (is it '" : "", nearest ? nearest : "", nearest ? "'?)" : "");
    if (written > 0 && (size_t)written < room)
        search->length += (size_t)written;
    else
        search->problem[search->length] = '\0'; /* not half a name */
}

/* The column of a heading. One that is missing, or there twice, is a problem. */
static int find_column(struct heading_search *search, const char *name)
{
    const struct reader_state *state = search->state;
    int found = NO_COLUMN;
    if (search->length > sizeof search->problem - 400) {
        search->more++;
        return NO_COLUMN;
    }
    for (size_t i = 0; i < state->column_count; i++) {
        if (strcmp(state->headings[i], name) != 0)
            continue;
        if (found != NO_COLUMN)
            add_problem(search, name, "is there twice", NULL);
        found = (int)i;
    }
    if (found == NO_COLUMN)
        add_problem(search, name, "is missing",
                    nearest_name(name, (const char *const *)state->headings, state->column_count));
    return found;
}

static int optional_column(struct heading_search *search, const char *name)
{
    return name ? find_column(search, name) : NO_COLUMN;
}

static void order_items(struct reader_state *state)
{
    const size_t count = state->job->item_count;
    state->item_order = make(count, sizeof *state->item_order);
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && state->item_columns[state->item_order[at - 1]] > state->item_columns[i]; at--)
            state->item_order[at] = state->item_order[at - 1];
        state->item_order[at] = i;
    }
}

static const char *why_undivided(const struct job *job, const char *heading)
{
    if (job->delimiter)
        return "row 1, the heading, is a single column; is the feed's key 'delimiter' right?";
    return strchr(heading, '\t')
               ? "the columns are divided by tabs; export the file with commas or semicolons"
               : "row 1, the heading, is a single column; a CSV file has commas or "
                 "semicolons between its columns";
}

/* One sentence says more than every column that is missing. */
static bool is_undivided(const struct reader_state *state, const struct row *row)
{
    const struct job *job = state->job;
    const size_t wanted = (job->respondent ? 1U : 0U) + (job->wave ? 1U : 0U) + (job->submitted ? 1U : 0U) +
                          job->level_count + job->item_count;
    if (row->count != 1 || wanted < 2)
        return false;
    state->decode->refuse(state->decode->handle, why_undivided(job, row->fields[0].text));
    return true;
}

static void make_cells(struct reader_state *state)
{
    state->cells = make(state->column_count, sizeof *state->cells);
    for (size_t i = 0; i < state->column_count; i++)
        state->cells[i].column = state->headings[i];
}

static bool read_heading(struct reader_state *state, const struct row *row)
{
    const struct job *job = state->job;
    struct heading_search search = {.state = state};
    state->column_count = row->count;
    state->headings = make(row->count, sizeof *state->headings);
    for (size_t i = 0; i < row->count; i++)
        state->headings[i] = utf8_valid(row->fields[i].text, strlen(row->fields[i].text))
                                 ? strdup(row->fields[i].text)
                                 : strdup("?");
    if (is_undivided(state, row))
        return false;
    if (job->wave_is_made)
        make_cells(state);
    state->respondent = optional_column(&search, job->respondent);
    state->wave = optional_column(&search, job->wave);
    state->submitted = optional_column(&search, job->submitted);
    state->level_columns = make(job->level_count, sizeof *state->level_columns);
    for (size_t i = 0; i < job->level_count; i++)
        state->level_columns[i] = find_column(&search, job->levels[i].column);
    state->item_columns = make(job->item_count, sizeof *state->item_columns);
    for (size_t i = 0; i < job->item_count; i++)
        state->item_columns[i] = find_column(&search, job->items[i].name);
    order_items(state);
    if (search.length) {
        char reason[2200];
        char more[60] = "";
        if (search.more)
            snprintf(more, sizeof more, "; %zu more columns were not looked for", search.more);
        snprintf(reason, sizeof reason, "row 1, the heading, does not fit instrument '%.80s': %s%s",
                 job->instrument, search.problem, more);
        state->decode->refuse(state->decode->handle, reason);
    }
    return search.length == 0;
}

/* ---- problems
 * ---------------------------------------------------------------------------------------------- */

static bool give_problem(const struct reader_state *state, const struct row *row, int column,
                         const char *text)
{
    const struct wz_problem problem = {
        .row = row->number, .column = column >= 0 ? state->headings[column] : NULL, .text = text};
    state->decode->problem(state->decode->handle, &problem);
    return false;
}

/* What is wrong with the bytes of a row, before anything is made of them. */
static bool is_readable(const struct reader_state *state, const struct row *row)
{
    char text[200];
    if (row->count != state->column_count) {
        snprintf(text, sizeof text,
                 "the row has %zu fields and the heading %zu; is a delimiter or a quote missing?", row->count,
                 state->column_count);
        return give_problem(state, row, NO_COLUMN, text);
    }
    for (size_t i = 0; i < row->count; i++) {
        const struct field *field = &row->fields[i];
        if (field->length > LONGEST_FIELD) {
            snprintf(text, sizeof text, "a field of %zu bytes is longer than %d", field->length,
                     LONGEST_FIELD);
            return give_problem(state, row, (int)i, text);
        }
        if (memchr(field->text, 0, field->length))
            return give_problem(state, row, (int)i,
                                "the field holds a NUL byte, or the row is longer than 8 MiB");
        if (!utf8_valid(field->text, field->length))
            return give_problem(state, row, (int)i, "the field is not UTF-8; export the file as UTF-8");
    }
    return true;
}

/* ---- answers
 * ----------------------------------------------------------------------------------------------- */

static bool read_number(const char *text, char delimiter, double *number)
{
    char copy[64];
    char *end;
    const size_t length = strlen(text);
    if (length == 0 || length >= sizeof copy || text[strspn(text, "+-0123456789.,eE")] != '\0')
        return false;
    memcpy(copy, text, length + 1);
    char *comma = delimiter == ';' ? strchr(copy, ',') : NULL;
    if (comma)
        *comma = '.';
    *number = strtod(copy, &end);
    return *end == '\0' && isfinite(*number);
}

static bool is_missing_number(const struct job *job, double number)
{
    for (size_t i = 0; i < job->missing_count; i++)
        if (!job->missing[i].text && job->missing[i].number == number)
            return true;
    return false;
}

static bool is_missing_text(const struct job *job, const char *folded)
{
    for (size_t i = 0; i < job->missing_count; i++)
        if (job->missing[i].text && strcmp(job->missing[i].text, folded) == 0)
            return true;
    return false;
}

static int compare_label(const void *key, const void *label)
{
    return strcmp(key, ((const struct label *)label)->text);
}

static bool unknown_answer(const struct reader_state *state, const struct row *row, int column,
                           const char *text)
{
    const struct job *job = state->job;
    const char **labels = make(job->label_count, sizeof *labels);
    char shown[SHOWN_VALUE + 1], folded[LONGEST_LABEL], problem[400];
    for (size_t i = 0; i < job->label_count; i++)
        labels[i] = job->labels[i].text;
    fold_into(text, folded, sizeof folded);
    const char *nearest = nearest_name(folded, labels, job->label_count);
    snprintf(shown, sizeof shown, "%s", text);
    for (size_t end = strlen(shown); end && !utf8_valid(shown, end);)
        shown[--end] = '\0'; /* cut inside a character */
    if (nearest)
        snprintf(problem, sizeof problem,
                 "'%s' is neither a number nor a known answer; did you mean '%.200s'?", shown, nearest);
    else
        snprintf(problem, sizeof problem,
                 "'%s' is neither a number nor a known answer; add it to `labels` or `missing`", shown);
    free(labels);
    return give_problem(state, row, column, problem);
}

static bool out_of_range(const struct reader_state *state, const struct row *row, int column, double value,
                         const struct item *item)
{
    char text[160];
    snprintf(text, sizeof text, "answer %g is outside %g-%g", value, item->low, item->high);
    return give_problem(state, row, column, text);
}

enum answer_kind { ANSWERED, UNANSWERED, WRONG };

static enum answer_kind read_answer(const struct reader_state *state, const struct row *row, size_t index,
                                    double *value)
{
    const struct job *job = state->job;
    const struct item *item = &job->items[index];
    const int column = state->item_columns[index];
    const char *text = row->fields[column].text;
    if (!text[0])
        return UNANSWERED;
    if (text[0] >= '0' && text[0] <= '9' && !text[1]) {
        *value = text[0] - '0'; /* nearly all answers */
    } else if (!read_number(text, row->delimiter, value)) {
        char folded[LONGEST_LABEL];
        fold_into(text, folded, sizeof folded);
        if (!folded[0] || is_missing_text(job, folded))
            return UNANSWERED;
        const struct label *label =
            bsearch(folded, job->labels, job->label_count, sizeof *job->labels, compare_label);
        if (!label) {
            unknown_answer(state, row, column, text);
            return WRONG;
        }
        *value = label->code;
    }
    if (job->missing_count && is_missing_number(job, *value))
        return UNANSWERED;
    if (item->has_range && !(*value >= item->low && *value <= item->high)) {
        out_of_range(state, row, column, *value, item);
        return WRONG;
    }
    return ANSWERED;
}

/* ---- rows
 * -------------------------------------------------------------------------------------------------- */

static bool read_answers(const struct reader_state *state, const struct row *row,
                         struct wz_response *response)
{
    for (size_t i = 0; i < state->job->item_count; i++) {
        const size_t item = state->item_order[i];
        double value;
        const enum answer_kind kind = read_answer(state, row, item, &value);
        if (kind == WRONG)
            return false;
        if (kind == ANSWERED)
            state->answers[response->answer_count++] =
                (struct wz_answer){state->job->items[item].name, value};
    }
    return true;
}

/* An identifier or a group: empty is wrong, and the value is never shown. */
static bool read_name(const struct reader_state *state, const struct row *row, int column, const char *what,
                      const char **name)
{
    char text[120];
    *name = row->fields[column].text;
    if ((*name)[0] && row->fields[column].length <= 512)
        return true;
    snprintf(text, sizeof text, (*name)[0] ? "the %s is longer than 512 bytes" : "the %s is empty", what);
    return give_problem(state, row, column, text);
}

static bool read_submitted(const struct reader_state *state, const struct row *row,
                           struct wz_response *response)
{
    response->submitted = WZ_NO_TIME;
    if (state->submitted == NO_COLUMN)
        return true;
    const char *text = row->fields[state->submitted].text;
    if (!text[0]) {
        response->partial = 1;
        return true;
    }
    if (date_read(text, &response->submitted))
        return true;
    return give_problem(state, row, state->submitted,
                        "the date cannot be read; it is written as 2025-03-30 14:05:00 or 30-03-2025 14:05");
}

static bool read_place(const struct reader_state *state, const struct row *row, struct wz_response *response)
{
    const struct job *job = state->job;
    response->wave = job->wave_is_made ? NULL : one_wave;
    if (state->respondent != NO_COLUMN &&
        !read_name(state, row, state->respondent, "respondent", &response->respondent))
        return false;
    if (state->wave != NO_COLUMN && !read_name(state, row, state->wave, "wave", &response->wave))
        return false;
    for (size_t i = 0; i < job->level_count; i++) {
        state->groups[i].level = job->levels[i].name;
        if (!read_name(state, row, state->level_columns[i], job->levels[i].name, &state->groups[i].name))
            return false;
    }
    response->groups = state->groups;
    response->group_count = job->level_count;
    return true;
}

/* All of a row as it stands, so that two rows that differ anywhere are two. */
static void make_digest(const struct row *row, uint8_t digest[DIGEST_SIZE])
{
    crypto_generichash_state hash;
    crypto_generichash_init(&hash, NULL, 0, DIGEST_SIZE);
    for (size_t i = 0; i < row->count; i++)
        crypto_generichash_update(&hash, (const uint8_t *)row->fields[i].text, row->fields[i].length + 1);
    crypto_generichash_final(&hash, digest, DIGEST_SIZE);
}

/* The whole row, for the function that makes its wave. */
static void add_cells(const struct reader_state *state, const struct row *row, struct wz_response *response)
{
    for (size_t i = 0; i < row->count; i++)
        state->cells[i].text = row->fields[i].text;
    response->cells = state->cells;
    response->cell_count = row->count;
}

static void read_response(const struct reader_state *state, const struct row *row)
{
    struct wz_record record = {.kind = WZ_RESPONSE, .row = row->number};
    struct wz_response *response = &record.as.response;
    uint8_t digest[DIGEST_SIZE];
    response->instrument = state->job->instrument;
    response->answers = state->answers;
    if (!is_readable(state, row) || !read_place(state, row, response) ||
        !read_submitted(state, row, response) || !read_answers(state, row, response))
        return;
    if (!response->respondent) {
        make_digest(row, digest);
        response->content = digest;
        response->content_size = sizeof digest;
    }
    if (!response->wave)
        add_cells(state, row, response);
    state->decode->emit(state->decode->handle, &record);
}

static bool take_row(void *data, const struct row *row)
{
    struct reader_state *state = data;
    if (!state->headings)
        return read_heading(state, row);
    read_response(state, row);
    return true;
}

static void free_state(struct reader_state *state)
{
    for (size_t i = 0; i < state->column_count; i++)
        free(state->headings[i]);
    free(state->headings);
    free(state->level_columns);
    free(state->item_columns);
    free(state->item_order);
    free(state->groups);
    free(state->answers);
    free(state->cells);
}

void reader_run(const struct job *job, const struct wz_decode *decode)
{
    struct reader_state state = {.job = job, .decode = decode};
    char why[300];
    state.groups = make(job->level_count, sizeof *state.groups);
    state.answers = make(job->item_count, sizeof *state.answers);
    const char *failed = table_read(decode, job->delimiter, take_row, &state, why, sizeof why);
    if (failed)
        decode->refuse(decode->handle, failed);
    else if (!state.headings)
        decode->refuse(decode->handle, "the file is empty; its first row names the columns");
    free_state(&state);
}
