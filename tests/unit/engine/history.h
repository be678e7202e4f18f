/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can happen to a survey at a school while a world runs: people answer, or take it back, in deliveries;
 * are removed for good; days pass; scripts change; everything is stopped and started again. */
#ifndef TESTS_ENGINE_HISTORY_H
#define TESTS_ENGINE_HISTORY_H

#include "recount.h"
#include "store/forget.h"

#include <stdatomic.h>

enum { SCHOOLS = 2, TEAMS = 8, CLASSES = 2, WAVES = 3, MOST_OPERATIONS = 64 };
enum { NO_TEAM = TEAMS, NO_CLASS = CLASSES };

/* Where somebody answers: in a class of a team, in the team itself, in its school; or nowhere. */
struct place {
    unsigned team, class; /* NO_CLASS: in none */
    bool no_team, nowhere;
};

struct operation {
    bool withdraw;
    unsigned person, wave;
    struct place place;
    double answers[ITEMS]; /* NaN: none */
};

/* Is anything released but what must not wait? After a start that depends on what there was. */
enum held { NOT_HELD, HELD, PERHAPS_HELD };

struct history {
    struct world world;
    struct clock clock;
    atomic_llong now;
    int closes_after; /* days */
    enum held held;
    struct store_forgetting forgetting; /* that is under way; id 0: none */
    struct forget_stretch stretch;
    /* Since they were last cleared: may something have been released for good reason; has somebody been
     * removed; did scripts change? */
    bool may_release, removed, changed;
    bool has_late;
    unsigned edits; /* of the script that was there from the start */
    bool is_noted;  /* what is to be removed is, and waits for the removal itself */

    struct operation operations[MOST_OPERATIONS];
    size_t operation_count;
};

/* Starts it all. */
void history_open(struct history *history, unsigned seed, int min_group_size, int closes_after);
void history_close(struct history *history);

/* Two answers of the same person in one wave: the later one counts. */
void history_add(struct history *history, const struct operation *operation);
/* Commits what was added, in a few pieces or in one, and forgets it here. */
void history_append(struct history *history);
void history_begin_delivery(struct history *history);
void history_end_delivery(struct history *history, bool whole);
void history_pass_days(struct history *history, unsigned days);
void history_restart(struct history *history);
/* Declares the other side's indicators, or withdraws them. */
void history_change_scripts(struct history *history);
/* Edits the other script: what it derives, it derives anew. */
void history_edit_script(struct history *history);
void history_begin_removal(struct history *history, unsigned person);
/* The next step of the removal that is under way. */
void history_go_on_removing(struct history *history);
/* The group's number in the store; 0: nobody has answered there. */
uint32_t history_find(struct history *history, const struct place *place);
uint32_t history_find_wave(struct history *history, unsigned wave);

#endif
