/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/forget.h"
#include "store/event/event.h"
#include "store/event/writer.h"
#include "store/forget_starts.h"
#include "store/internal.h"
#include "store/quarantine.h"
#include "store/resources.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES_A_STRETCH = 20000 };

/* ---- what counts --------------------------------------------------------------------------------------- */

struct waves {
    uint32_t *all;
    size_t count;
};

/* Also of calendars, under which nobody answers: they are few. */
static int take_period(void *data, const struct store_period *period)
{
    struct waves *waves = data;
    waves->all = mem_resize(waves->all, waves->count + 1, sizeof *waves->all);
    waves->all[waves->count++] = period->id;
    return 0;
}

static int withdraw(struct store_tx *tx, const uint8_t person[PSEUDONYM_SIZE], struct error *error)
{
    struct waves waves = {0};
    enum store_outcome outcome;
    uint64_t position;
    int result = store_periods(&tx->view, take_period, &waves, error);
    for (size_t i = 0; i < waves.count && result == 0; i++)
        result = log_append_removal(tx, waves.all[i], person, &outcome, &position, error);
    free(waves.all);
    return result;
}

int store_forget_begin(struct store_tx *tx, const uint8_t person[PSEUDONYM_SIZE], int64_t user, uint64_t *id,
                       struct error *error)
{
    struct database *database = tx->view.database;
    sqlite3_stmt *insert = database_statement(
        database, "INSERT INTO forgetting (stage, user, person, through) VALUES (?1, ?2, ?3, ?4)", error);
    if (!insert || withdraw(tx, person, error) != 0)
        return -1;
    bind_number(insert, 1, FORGET_FILES);
    bind_number(insert, 2, user);
    bind_bytes(insert, 3, person, PSEUDONYM_SIZE);
    bind_number(insert, 4, (int64_t)tx->counts.position);
    if (statement_run(database, insert, error) != 0)
        return -1;
    *id = (uint64_t)sqlite3_last_insert_rowid(database->handle);
    return 0;
}

/* One that has not begun to read the log is as good; *found says whether there is one. */
static int renew(struct store_tx *tx, const char *feed, int64_t older, bool *found, struct error *error)
{
    sqlite3_stmt *update = database_statement(
        tx->view.database, "UPDATE forgetting SET through = ?3, older = ?4 WHERE feed = ?1 AND stage = ?2",
        error);
    if (!update)
        return -1;
    bind_text(update, 1, feed);
    bind_number(update, 2, FORGET_FILES);
    bind_number(update, 3, (int64_t)tx->counts.position);
    bind_number(update, 4, older);
    if (statement_run(tx->view.database, update, error) != 0)
        return -1;
    *found = sqlite3_changes(tx->view.database->handle) > 0;
    return 0;
}

int store_forget_begin_old(struct store_tx *tx, const char *feed, const char *calendar, int64_t older,
                           struct error *error)
{
    bool found;
    sqlite3_stmt *insert = database_statement(tx->view.database,
                                              "INSERT INTO forgetting (stage, user, through, feed, calendar, "
                                              "older) VALUES (?1, -1, ?2, ?3, ?4, ?5)",
                                              error);
    const struct store_forgetting *room = NULL;
    if (strlen(feed) >= sizeof room->feed || strlen(calendar) >= sizeof room->calendar)
        return error_set(error, ERROR_INPUT, "the name of the feed or of its instrument is too long");
    if (!insert || renew(tx, feed, older, &found, error) != 0)
        return -1;
    if (found)
        return 0;
    bind_number(insert, 1, FORGET_FILES);
    bind_number(insert, 2, (int64_t)tx->counts.position);
    bind_text(insert, 3, feed);
    bind_text(insert, 4, calendar);
    bind_number(insert, 5, older);
    return statement_run(tx->view.database, insert, error);
}

/* ---- where it is --------------------------------------------------------------------------------------- */

static void read_age(sqlite3_stmt *row, struct store_forgetting *forgetting)
{
    const char *feed = (const char *)sqlite3_column_text(row, 11);
    const char *calendar = (const char *)sqlite3_column_text(row, 12);
    forgetting->for_age = feed && calendar;
    snprintf(forgetting->feed, sizeof forgetting->feed, "%s", feed ? feed : "");
    snprintf(forgetting->calendar, sizeof forgetting->calendar, "%s", calendar ? calendar : "");
    forgetting->older = sqlite3_column_int64(row, 13);
}

int store_forget_first(struct store_view *view, struct store_forgetting *forgetting, bool *found,
                       struct error *error)
{
    sqlite3_stmt *select =
        database_statement(view->database,
                           "SELECT id, stage, user, person, scanned, through, responses, "
                           "events, quarantined, files, unreadable, "
                           "feed, calendar, older, resources FROM forgetting ORDER BY id LIMIT 1",
                           error);
    if (!select)
        return -1;
    const int row = statement_next(view->database, select, error);
    *found = row > 0;
    *forgetting = (struct store_forgetting){0};
    if (row > 0) {
        const void *person;
        forgetting->id = (uint64_t)sqlite3_column_int64(select, 0);
        forgetting->stage = (enum forget_stage)sqlite3_column_int(select, 1);
        forgetting->user = sqlite3_column_int64(select, 2);
        if (column_bytes(select, 3, &person) == PSEUDONYM_SIZE)
            memcpy(forgetting->person, person, PSEUDONYM_SIZE);
        uint64_t *const numbers[] = {&forgetting->scanned,   &forgetting->through,     &forgetting->responses,
                                     &forgetting->events,    &forgetting->quarantined, &forgetting->files,
                                     &forgetting->unreadable};
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            *numbers[i] = (uint64_t)sqlite3_column_int64(select, 4 + (int)i);
        forgetting->resources = (uint64_t)sqlite3_column_int64(select, 14);
    }
    if (row > 0)
        read_age(select, forgetting);
    statement_end(select);
    return row < 0 ? -1 : 0;
}

int store_forget_files_done(struct store_tx *tx, const struct store_forgetting *forgetting,
                            struct error *error)
{
    sqlite3_stmt *update = database_statement(
        tx->view.database, "UPDATE forgetting SET stage = ?2, files = ?3, unreadable = ?4 WHERE id = ?1",
        error);
    if (!update)
        return -1;
    bind_number(update, 1, (int64_t)forgetting->id);
    bind_number(update, 2, FORGET_LOG);
    bind_number(update, 3, (int64_t)forgetting->files);
    bind_number(update, 4, (int64_t)forgetting->unreadable);
    return statement_run(tx->view.database, update, error);
}

/* ---- reading the log ----------------------------------------------------------------------------------- */

struct look {
    const struct store_forgetting *forgetting;
    struct forget_stretch *stretch;
    uint32_t actor; /* the number of the person; 0: did nothing */
    struct event event;
    struct event_reader reader;
    size_t left;
    struct store_view *view;
    /* For what goes for its age. */
    bool *waves; /* by period: is it one of the calendar? */
    size_t wave_count;
    bool failed;
    struct error *error;
};

static struct forget_entry *add_entry(struct forget_stretch *stretch, uint64_t position)
{
    if (stretch->count == stretch->capacity) {
        stretch->capacity = stretch->capacity ? 2 * stretch->capacity : 64;
        stretch->entries = mem_resize(stretch->entries, stretch->capacity, sizeof *stretch->entries);
    }
    struct forget_entry *entry = &stretch->entries[stretch->count++];
    *entry = (struct forget_entry){.position = position};
    return entry;
}

static bool is_of(const struct look *look, const struct response *response)
{
    return response && memcmp(response->respondent, look->forgetting->person, PSEUDONYM_SIZE) == 0;
}

/* A withdrawal is a person's by what it withdraws. */
static bool is_entry_of(struct look *look, const struct store_entry *entry)
{
    if (entry->kind == STORE_RESPONSE || log_is_withdrawal(entry->kind))
        return is_of(look, entry->response) || is_of(look, entry->before);
    return look->actor && event_decode(&look->event, entry->body, entry->body_size) == 0 &&
           look->event.actor == look->actor;
}

/* What names the person in so many words goes, too, whoever did it: nothing in it could be replaced. */
static int is_named_openly(struct look *look, const struct store_entry *entry, bool *openly)
{
    if (entry->kind != STORE_EVENT || !look->actor)
        return 0;
    look->failed =
        events_name_openly(&look->reader, look->view, entry->position, look->actor, openly, look->error) != 0;
    return look->failed ? -1 : 0;
}

/* Whether a response is too old; *old stays false where it is of another calendar. */
static int is_too_old(const struct look *look, const struct response *response, uint64_t position, bool *old,
                      struct error *error)
{
    int64_t time = response->submitted;
    *old = false;
    if (response->period >= look->wave_count || !look->waves[response->period])
        return 0;
    if (time == INT64_MIN && log_arrival(look->view, position, &time, error) != 0)
        return -1;
    *old = time < look->forgetting->older;
    return 0;
}

/* What counts goes by its own age; what was withdrawn, by that of what it was. */
static int look_at_age(struct look *look, const struct store_entry *entry)
{
    const bool withdrawn = log_is_withdrawal(entry->kind) && entry->before;
    const struct response *response = withdrawn ? entry->before : entry->response;
    uint64_t current = 0;
    bool old;
    if (!response)
        return 0;
    look->failed =
        is_too_old(look, response, entry->position, &old, look->error) != 0 ||
        (old && !withdrawn &&
         log_current(look->view, response->period, response->respondent, &current, look->error) != 0);
    if (look->failed || !old || (!withdrawn && current != entry->position))
        return look->failed;
    struct forget_entry *found = add_entry(look->stretch, entry->position);
    found->counts = !withdrawn;
    found->period = response->period;
    memcpy(found->respondent, response->respondent, PSEUDONYM_SIZE);
    look->stretch->responses++;
    return 0;
}

static int look_at(void *data, const struct store_entry *entry)
{
    struct look *look = data;
    struct forget_stretch *stretch = look->stretch;
    if (entry->position > look->forgetting->through)
        return 1;
    look->left--;
    stretch->to = entry->position;
    if (look->forgetting->for_age)
        return look_at_age(look, entry);
    bool openly = false;
    if (!is_entry_of(look, entry)) {
        if (is_named_openly(look, entry, &openly) != 0)
            return 1;
        if (!openly)
            return 0;
    }
    add_entry(stretch, entry->position);
    stretch->responses += entry->kind == STORE_RESPONSE && !entry->before;
    stretch->events += entry->kind == STORE_EVENT;
    return 0;
}

static int take_wave(void *data, const struct store_period *period)
{
    struct look *look = data;
    if (period->id >= look->wave_count) {
        look->waves = mem_resize(look->waves, (size_t)period->id + 1, sizeof *look->waves);
        memset(look->waves + look->wave_count, 0, (size_t)period->id + 1 - look->wave_count);
        look->wave_count = (size_t)period->id + 1;
    }
    look->waves[period->id] = strcmp(period->calendar, look->forgetting->calendar) == 0;
    return 0;
}

int store_forget_read(struct store_view *view, const struct store_forgetting *forgetting,
                      struct forget_stretch *stretch, struct error *error)
{
    struct look look = {.forgetting = forgetting,
                        .stretch = stretch,
                        .left = ENTRIES_A_STRETCH,
                        .view = view,
                        .error = error};
    stretch->to = forgetting->scanned;
    int result = forgetting->for_age ? store_periods(view, take_wave, &look, error)
                                     : store_subject_find(view, STORE_ACTOR, forgetting->person,
                                                          PSEUDONYM_SIZE, &look.actor, error);
    if (result == 0)
        result = store_log_after(view, forgetting->scanned, ENTRIES_A_STRETCH, look_at, &look, error);
    event_free(&look.event);
    event_reader_free(&look.reader);
    free(look.waves);
    if (look.left)
        stretch->to = forgetting->through; /* there were no more */
    return look.failed ? -1 : result;
}

/* ---- noting what is to go ------------------------------------------------------------------------------ */

/* Wherever an entry changed something, it must be gone before the entry is: there nothing waits any more. */
static int want_place(struct store_tx *tx, uint64_t position, struct error *error)
{
    struct response response = {0};
    bool found;
    int result = log_response(&tx->view, position, &response, &found, error);
    if (result == 0 && found && response.group)
        result = store_release_want(tx, response.period, response.group, tx->counts.position, error);
    response_free(&response);
    return result;
}

static int note(struct store_tx *tx, uint64_t id, uint64_t position, struct error *error)
{
    sqlite3_stmt *insert = database_statement(
        tx->view.database, "INSERT INTO forgotten (forgetting, seq) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        error);
    if (!insert)
        return -1;
    bind_number(insert, 1, (int64_t)id);
    bind_number(insert, 2, (int64_t)position);
    return statement_run(tx->view.database, insert, error) != 0 ? -1 : want_place(tx, position, error);
}

/* One of an event brings its withdrawal, which is to go with it; it may have had one. */
static int note_entry(struct store_tx *tx, uint64_t id, uint64_t position, struct error *error)
{
    uint64_t gone;
    bool is_event;
    if (note(tx, id, position, error) != 0 || events_gone(&tx->view, position, &gone, error) != 0)
        return -1;
    if (gone)
        return note(tx, id, gone, error);
    if (log_withdraw_event(tx, position, &is_event, error) != 0)
        return -1;
    if (!is_event)
        return 0;
    gone = tx->counts.position;
    return events_mark_gone(tx, position, gone, error) != 0 ? -1 : note(tx, id, gone, error);
}

/* The earlier versions of an entry, which nothing else needs any more. */
static int note_versions(struct store_tx *tx, uint64_t id, uint64_t position, struct error *error)
{
    while (position) {
        if (note(tx, id, position, error) != 0 || log_before(&tx->view, position, &position, error) != 0)
            return -1;
    }
    return 0;
}

/* It may have been replaced since it was read: then another one counts, and is as old as that is. */
static int note_old(struct store_tx *tx, uint64_t id, const struct forget_entry *entry, struct error *error)
{
    enum store_outcome outcome;
    uint64_t current, position = entry->position;
    if (entry->counts) {
        if (log_current(&tx->view, entry->period, entry->respondent, &current, error) != 0)
            return -1;
        if (current != entry->position)
            return 0;
        if (log_append_removal(tx, entry->period, entry->respondent, &outcome, &position, error) != 0)
            return -1;
    }
    return note_versions(tx, id, position, error);
}

static int move_on(struct store_tx *tx, const struct store_forgetting *forgetting,
                   const struct forget_stretch *stretch, struct error *error)
{
    const bool is_last = stretch->to >= forgetting->through;
    sqlite3_stmt *update = database_statement(
        tx->view.database,
        "UPDATE forgetting SET stage = ?2, scanned = ?3, through = ?4, responses = responses + ?5, "
        "events = events + ?6 WHERE id = ?1",
        error);
    if (!update)
        return -1;
    bind_number(update, 1, (int64_t)forgetting->id);
    bind_number(update, 2, is_last ? FORGET_PURGE : FORGET_LOG);
    bind_number(update, 3, (int64_t)stretch->to);
    bind_number(update, 4, (int64_t)(is_last ? tx->counts.position : forgetting->through));
    bind_number(update, 5, (int64_t)stretch->responses);
    bind_number(update, 6, (int64_t)stretch->events);
    return statement_run(tx->view.database, update, error);
}

int store_forget_note(struct store_tx *tx, const struct store_forgetting *forgetting,
                      const struct forget_stretch *stretch, struct error *error)
{
    for (size_t i = 0; i < stretch->count; i++)
        if ((forgetting->for_age ? note_old(tx, forgetting->id, &stretch->entries[i], error)
                                 : note_entry(tx, forgetting->id, stretch->entries[i].position, error)) != 0)
            return -1;
    return move_on(tx, forgetting, stretch, error);
}

/* ---- removing ------------------------------------------------------------------------------------------ */

static int find_actor(void *data, const struct store_entry *entry)
{
    struct look *look = data;
    look->left += entry->kind == STORE_EVENT && is_entry_of(look, entry);
    return look->left > 0;
}

/* The texts of others' events have marks with the number, so it must never be another's: a row that says
 * nothing keeps the place of the last one there was. */
static int keep_numbers_growing(struct store_tx *tx, struct error *error)
{
    static const char moved[] =
        "REPLACE INTO subject (id, kind, key) SELECT max(id) + 1, 0, x'' FROM subject";
    sqlite3_stmt *move = database_statement(tx->view.database, moved, error);
    return move ? statement_run(tx->view.database, move, error) : -1;
}

/* The number goes with the last event that has it: some may have come in since. */
static int remove_subject(struct store_tx *tx, struct store_forgetting *forgetting, struct error *error)
{
    struct look look = {.forgetting = forgetting};
    if (store_subject_find(&tx->view, STORE_ACTOR, forgetting->person, PSEUDONYM_SIZE, &look.actor, error) !=
        0)
        return -1;
    if (!look.actor)
        return 0;
    if (store_resources_forget(tx, look.actor, &forgetting->resources, error) != 0)
        return -1;
    const int result =
        store_log_after(&tx->view, forgetting->scanned, SIZE_MAX >> 1, find_actor, &look, error);
    event_free(&look.event);
    if (result != 0 || look.left)
        return result;
    map_clear(&tx->names.subjects);
    if (keep_numbers_growing(tx, error) != 0)
        return -1;
    return database_run_for(tx->view.database, "DELETE FROM subject WHERE id = ?1", look.actor, error);
}

static int remove_entries(struct store_tx *tx, const struct store_forgetting *forgetting, struct error *error)
{
    struct database *database = tx->view.database;
    const int64_t id = (int64_t)forgetting->id;
    if (forgetting->events && events_remove_forgotten(tx, forgetting->id, error) != 0)
        return -1;
    if (database_run_for(database,
                         "DELETE FROM log WHERE seq IN (SELECT seq FROM forgotten WHERE forgetting = ?1)", id,
                         error) != 0)
        return -1;
    return database_run_for(database, "DELETE FROM forgotten WHERE forgetting = ?1", id, error);
}

static int keep_counts(struct store_tx *tx, const struct store_forgetting *forgetting, struct error *error)
{
    sqlite3_stmt *update = database_statement(
        tx->view.database,
        "UPDATE forgetting SET stage = ?2, person = NULL, quarantined = ?3, resources = ?4 WHERE id = ?1",
        error);
    if (!update)
        return -1;
    bind_number(update, 1, (int64_t)forgetting->id);
    bind_number(update, 2, FORGET_SCRUB);
    bind_number(update, 3, (int64_t)forgetting->quarantined);
    bind_number(update, 4, (int64_t)forgetting->resources);
    return statement_run(tx->view.database, update, error);
}

int store_forget_purge(struct store_tx *tx, struct store_forgetting *forgetting, struct error *error)
{
    struct wave_starts starts = {0};
    int result = wave_starts_find(&starts, &tx->view, forgetting->id, error);
    if (result == 0)
        result = remove_entries(tx, forgetting, error);
    if (result == 0)
        result = wave_starts_renew(&starts, tx, error);
    wave_starts_free(&starts);
    if (result != 0)
        return -1;
    if (forgetting->for_age
            ? store_quarantine_drop_old(tx, forgetting->feed, forgetting->older, &forgetting->quarantined,
                                        error) != 0
            : remove_subject(tx, forgetting, error) != 0 ||
                  store_quarantine_forget(tx, forgetting->person, &forgetting->quarantined, error) != 0)
        return -1;
    return keep_counts(tx, forgetting, error);
}

int store_forget_done(struct store_tx *tx, uint64_t id, struct error *error)
{
    return database_run_for(tx->view.database, "DELETE FROM forgetting WHERE id = ?1", (int64_t)id, error);
}
