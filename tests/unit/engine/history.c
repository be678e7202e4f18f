/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "history.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MIN_CHANGE = 3 };

static const int64_t day = 24 * 3600 * 1000;
static const char instrument[] = "m", calendar[] = "survey:m";
static const char *const waves[WAVES] = {"2021", "2023", "2025"};

static const char early[] =
    "local w = require 'wijzer'\n"
    "local five = { range = { 1, 5 } }\n"
    "w.instrument { id = 'm', closes_after = %d, levels = { 'school', 'team', 'class' },\n"
    "  groups = { school = 's', team = 't', class = 'c' },\n"
    "  items = { a = five, b = { range = { 1, 5 }, reverse = true }, c = five, d = {} } }\n"
    "local function indicator(id, by, input)\n"
    "  w.indicator { id = id, source = w.survey 'm', by = by, inputs = { x = input },\n"
    "    compute = function(g) return { value = g.x.mean, extra = { n = g.x.n } } end }\n"
    "end\n"
    "indicator('i1', { 'school', 'team' }, w.scale { 'a', 'b', 'c', min_answered = 2 })\n"
    "indicator('i2', { 'school', 'team', 'class' }, w.item 'd')\n"
    "indicator('i3', { 'team' }, w.share { 'a', at_least = 4 })\n"
    "indicator('i4', { 'school', 'team', 'class' },\n"
    "  w.derive(function(r) return r.a and r.d and r.a / 2 - r.d end))\n"
    "w.indicator { id = 'peers', source = w.survey 'm', by = { 'school', 'team', 'class' },\n"
    "  inputs = { x = w.item 'd' },\n"
    "  compute = function(g)\n"
    "    local sum = g.x.mean\n"
    "    for _, peer in ipairs(g.peers) do sum = sum + peer.x.mean end\n"
    "    return sum\n"
    "  end }\n";

/* The same numbers in other words: cells of their own, that begin with the log. */
static const char late[] =
    "local w = require 'wijzer'\n"
    "local function indicator(id, by, input)\n"
    "  w.indicator { id = id, source = w.survey 'm', by = by, inputs = { x = input },\n"
    "    compute = function(g) return { value = g.x.mean, extra = { n = g.x.n } } end }\n"
    "end\n"
    "indicator('z1', { 'team', 'school' }, w.scale { 'a', 'b', 'c', min_answered = 2 })\n"
    "indicator('z2', { 'class', 'team', 'school' }, w.item 'd')\n"
    "indicator('z3', { 'team' }, w.share { 'a', at_least = 4, at_most = 5 })\n"
    "indicator('z4', { 'school', 'team', 'class' },\n"
    "  w.derive(function(r) return r.a and r.d and r.a / 2 - r.d end))\n";

static const char nothing[] = "local w = require 'wijzer'\n";

/* ---- life ---------------------------------------------------------------------------------------------- */

static int64_t read_clock(void *data)
{
    return atomic_load((atomic_llong *)data);
}

static char *early_script(const struct history *history)
{
    char *script = mem_format(early, history->closes_after),
         *edited = mem_format("%s-- edited %u times\n", script, history->edits);
    free(script);
    return edited;
}

void history_open(struct history *history, unsigned seed, int min_group_size, int closes_after)
{
    *history = (struct history){.closes_after = closes_after};
    world_open(&history->world, seed);
    atomic_store(&history->now, 20000 * day + day / 2); /* noon: no day ends by itself */
    history->clock = (struct clock){read_clock, &history->now};
    history->world.clock = &history->clock;
    history->world.min_group_size = min_group_size;
    history->world.min_change = MIN_CHANGE;
    history->held = PERHAPS_HELD;
    char *script = early_script(history);
    world_put_script(&history->world, "early.lua", script);
    world_put_script(&history->world, "late.lua", nothing);
    free(script);
    world_start(&history->world);
}

void history_close(struct history *history)
{
    free(history->stretch.entries);
    world_stop(&history->world);
    world_close(&history->world);
}

/* Whatever was held before, what waits at a start is. */
void history_restart(struct history *history)
{
    world_stop(&history->world);
    world_start(&history->world);
    history->held = PERHAPS_HELD;
}

/* ---- answers ------------------------------------------------------------------------------------------- */

static int intern_place(struct store_tx *tx, const struct place *place, uint32_t *group, struct error *error)
{
    char school[8], team[8], class[8];
    *group = 0;
    if (place->nowhere)
        return 0;
    snprintf(school, sizeof school, "S%u", place->team % SCHOOLS);
    snprintf(team, sizeof team, "T%u", place->team);
    snprintf(class, sizeof class, "C%u", place->class);
    if (store_group_intern(tx, 0, "school", school, group, error) != 0)
        return -1;
    if (place->no_team)
        return 0;
    if (store_group_intern(tx, *group, "team", team, group, error) != 0)
        return -1;
    return place->class == NO_CLASS ? 0 : store_group_intern(tx, *group, "class", class, group, error);
}

static int apply(struct store_tx *tx, const struct operation *operation, int64_t now, struct error *error)
{
    uint32_t period, group;
    uint64_t position;
    enum store_outcome outcome;
    uint8_t person[PSEUDONYM_SIZE];
    if (store_period_intern(tx, calendar, waves[operation->wave], now, &period, error) != 0 ||
        intern_place(tx, &operation->place, &group, error) != 0)
        return -1;
    answers_name_person(person, operation->person);
    if (operation->withdraw)
        return store_append_withdrawal(tx, period, person, &outcome, &position, error);
    return store_period_seen(tx, period, now, error) != 0
               ? -1
               : answers_append(tx, period, group, operation->person, operation->answers, error);
}

struct piece {
    struct history *history;
    size_t first, end;
};

static int apply_piece(struct store_tx *tx, void *data, struct error *error)
{
    const struct piece *piece = data;
    struct history *history = piece->history;
    for (size_t i = piece->first; i < piece->end; i++)
        if (apply(tx, &history->operations[i], atomic_load(&history->now), error) != 0)
            return -1;
    return 0;
}

void history_add(struct history *history, const struct operation *operation)
{
    assert_in_range(history->operation_count, 0, MOST_OPERATIONS - 1);
    history->operations[history->operation_count++] = *operation;
}

static void note_chance(struct history *history)
{
    history->may_release |= history->held != HELD;
}

void history_append(struct history *history)
{
    struct piece piece = {.history = history};
    const size_t count = history->operation_count, most = 1 + world_draw(&history->world, MOST_OPERATIONS);
    note_chance(history);
    for (; piece.first < count; piece.first = piece.end) {
        piece.end = count - piece.first < most ? count : piece.first + most;
        world_write(&history->world, apply_piece, &piece);
        engine_wake(history->world.engine);
        world_run_a_little(&history->world);
    }
    history->operation_count = 0;
}

void history_begin_delivery(struct history *history)
{
    note_chance(history);
    engine_delivery_began(history->world.engine, instrument);
    history->held = HELD;
}

void history_end_delivery(struct history *history, bool whole)
{
    engine_delivery_ended(history->world.engine, instrument, whole);
    history->held = whole ? NOT_HELD : HELD;
    note_chance(history);
}

/* ---- days and scripts ---------------------------------------------------------------------------------- */

void history_pass_days(struct history *history, unsigned days)
{
    note_chance(history);
    atomic_fetch_add(&history->now, days * day);
    engine_clock_was_set(history->world.engine);
}

void history_change_scripts(struct history *history)
{
    note_chance(history);
    history->has_late = !history->has_late;
    history->changed = true;
    world_change_script(&history->world, "late.lua", history->has_late ? late : nothing);
}

void history_edit_script(struct history *history)
{
    note_chance(history);
    history->edits++;
    history->changed = true;
    char *script = early_script(history);
    world_change_script(&history->world, "early.lua", script);
    free(script);
}

/* ---- removals, as the host has them done --------------------------------------------------------------- */

static int begin_removal(struct store_tx *tx, void *data, struct error *error)
{
    struct store_forgetting *forgetting = data;
    return store_forget_begin(tx, forgetting->person, -1, &forgetting->id, error);
}

void history_begin_removal(struct history *history, unsigned person)
{
    answers_name_person(history->forgetting.person, person);
    world_write(&history->world, begin_removal, &history->forgetting);
    engine_wake(history->world.engine);
    note_chance(history);
    history->removed = true;
}

static int read_forgetting(struct store_view *view, void *data, struct error *error)
{
    struct history *history = data;
    bool found;
    history->stretch.count = 0;
    history->stretch.responses = history->stretch.events = 0;
    if (store_forget_first(view, &history->forgetting, &found, error) != 0)
        return -1;
    return found && history->forgetting.stage == FORGET_LOG
               ? store_forget_read(view, &history->forgetting, &history->stretch, error)
               : 0;
}

static int keep_forgetting(struct store_tx *tx, void *data, struct error *error)
{
    struct history *history = data;
    struct store_forgetting *forgetting = &history->forgetting;
    if (forgetting->stage == FORGET_FILES)
        return store_forget_files_done(tx, forgetting, error);
    if (forgetting->stage == FORGET_LOG)
        return store_forget_note(tx, forgetting, &history->stretch, error);
    return store_forget_done(tx, forgetting->id, error);
}

struct purging {
    struct store_forgetting *forgetting;
    bool done;
};

static int run_purge(struct store_tx *tx, void *data, struct error *error)
{
    return store_forget_purge(tx, ((struct purging *)data)->forgetting, error);
}

static void on_purged(void *data, const struct error *error)
{
    if (error)
        fail_msg("%s", error->text);
    ((struct purging *)data)->done = true;
}

void history_go_on_removing(struct history *history)
{
    struct store_forgetting *forgetting = &history->forgetting;
    world_read(&history->world, read_forgetting, history);
    note_chance(history);
    history->removed = true;
    history->is_noted = forgetting->id && forgetting->stage == FORGET_LOG;
    if (forgetting->id && forgetting->stage == FORGET_PURGE) {
        struct purging purging = {.forgetting = forgetting};
        engine_purge(history->world.engine, forgetting->through, run_purge, on_purged, &purging);
        world_run_until(&history->world, &purging.done);
    } else if (forgetting->id) {
        world_write(&history->world, keep_forgetting, history);
        engine_wake(history->world.engine);
    }
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

struct search {
    const struct place *place;
    unsigned wave;
    uint32_t id;
};

static int find_place(struct store_tx *tx, void *data, struct error *error)
{
    struct search *search = data;
    return intern_place(tx, search->place, &search->id, error);
}

static int find_wave(struct store_view *view, void *data, struct error *error)
{
    struct search *search = data;
    return store_period_find(view, calendar, waves[search->wave], &search->id, error);
}

uint32_t history_find(struct history *history, const struct place *place)
{
    struct search search = {.place = place};
    world_write(&history->world, find_place, &search);
    return search.id;
}

uint32_t history_find_wave(struct history *history, unsigned wave)
{
    struct search search = {.wave = wave};
    world_read(&history->world, find_wave, &search);
    return search.id;
}
