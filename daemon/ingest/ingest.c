/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/batch.h"
#include "ingest/check.h"
#include "ingest/internal.h"
#include "ingest/key_match.h"
#include "ingest/told.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* One is written while the next is filled. */
enum { MOST_IN_FLIGHT = 2 };

struct delivery {
    struct ingest *ingest;
    struct batch_source source;
    uint64_t refused;          /* rows that went to the quarantine */
    struct store_trial *trial; /* of a dry run, else NULL */
    const uint8_t *sought;     /* as in struct delivery_source */
    struct batch *batch;       /* being filled */
    unsigned in_flight;
    uint64_t missed; /* since the last batch was sent; see struct flight */
    bool begun;      /* a batch was sent */
    bool finished;   /* nothing follows */
    bool ended;      /* the last batch was sent */
    char *error;
    struct delivery_report report;
    struct problem_groups *groups; /* NULL: nothing was wrong so far */
    struct spellings spellings;    /* the writing jobs' own, which are run one after the other */
    void (*done)(void *data, const struct delivery_report *report);
    void *done_data;
    void (*resume)(void *data);
    void *resume_data;
};

/* A batch on its way through the store. */
struct flight {
    struct delivery *delivery;
    struct batch *batch;
    uint64_t missed; /* rows that are not in the batch, for there is no room for them anyway */
    bool first, last, broken_off;
    struct delivery_report before; /* of the last one: what became of the others */
};

int ingest_open(struct ingest **out, struct store *store, const struct ingest_options *options,
                struct error *error)
{
    struct ingest *ingest = mem_alloc(sizeof *ingest);
    ingest->store = store;
    if (key_match(&ingest->key, store, options->state_dir, error) != 0) {
        free(ingest);
        return -1;
    }
    key_scrub(store, NULL, NULL);
    *out = ingest;
    return 0;
}

void ingest_close(struct ingest *ingest)
{
    free(ingest);
}

void ingest_pseudonym(const struct ingest *ingest, const char *identifier, uint8_t out[PSEUDONYM_SIZE])
{
    pseudonym_of_identifier(&ingest->key, identifier, out);
}

void ingest_on_growth(struct ingest *ingest, void (*grew)(void *data), void *data)
{
    ingest->grew = grew;
    ingest->grew_data = data;
}

/* ---- problems and notes -------------------------------------------------------------------------------- */

static void keep_problem(struct delivery *delivery, uint64_t row, const char *column, const char *text)
{
    struct delivery_report *report = &delivery->report;
    report->rejected++;
    if (!delivery->groups)
        report->groups = delivery->groups = problem_groups_make();
    problem_groups_add(delivery->groups, row, column, text);
    if (report->problem_count == DELIVERY_PROBLEMS_KEPT)
        return;
    report->problems[report->problem_count++] =
        (struct delivery_problem){.row = row, .column = mem_copy_text(column), .text = mem_copy_text(text)};
}

void ingest_note(struct delivery *delivery, const char *key, const char *text)
{
    struct delivery_report *report = &delivery->report;
    size_t at = 0;
    while (at < report->note_count && strcmp(report->notes[at].key, key) != 0)
        at++;
    if (at == WZ_NOTES)
        return;
    if (at == report->note_count)
        report->notes[report->note_count++].key = mem_copy_text(key);
    free(report->notes[at].text);
    report->notes[at].text = mem_copy_text(text);
}

void ingest_hint(struct delivery *delivery, const char *text)
{
    hints_add(&delivery->report.hints, text);
}

static void break_off(struct delivery *delivery, enum error_kind kind, const char *reason)
{
    if (delivery->error)
        return;
    delivery->error = mem_copy_text(reason);
    delivery->report.error_kind = kind;
}

/* ---- batches ------------------------------------------------------------------------------------------- */

static void free_delivery(struct delivery *delivery)
{
    for (size_t i = 0; i < delivery->report.problem_count; i++) {
        free(delivery->report.problems[i].column);
        free(delivery->report.problems[i].text);
    }
    for (size_t i = 0; i < delivery->report.note_count; i++) {
        free(delivery->report.notes[i].key);
        free(delivery->report.notes[i].text);
    }
    problem_groups_free(delivery->groups);
    hints_free(&delivery->report.hints);
    spellings_free(&delivery->spellings);
    batch_free(delivery->batch);
    if (delivery->trial)
        store_trial_end(delivery->trial);
    free(delivery->error);
    free(delivery->source.feed);
    free(delivery->source.document);
    free(delivery);
}

static void end_if_done(struct delivery *delivery)
{
    if (!delivery->ended || delivery->in_flight)
        return;
    delivery->report.error = delivery->error;
    delivery->done(delivery->done_data, &delivery->report);
    free_delivery(delivery);
}

static void count_batch(struct delivery *delivery, const struct batch *batch)
{
    struct delivery_report *report = &delivery->report;
    report->accepted += batch->accepted;
    report->duplicate += batch->duplicate + batch->absent;
    report->replaced += batch->replaced;
    report->withdrawn += batch->withdrawn;
    report->quarantined += batch->refused.kept;
    report->missed += batch->refused.missed;
    if (batch->position > report->position)
        report->position = batch->position;
    outdated_add_all(&report->outdated, &batch->outdated);
    for (uint32_t i = 0; i < batch->respelt.count; i++) {
        struct reader respelt = dictionary_key(&batch->respelt, i);
        hints_add_respelt(&report->hints, &respelt);
    }
    for (uint64_t i = 0; i < batch->conflicts; i++)
        keep_problem(delivery, i < CONFLICTS_KEPT ? batch->conflict_rows[i] : 0, NULL, refused_for_conflict);
}

static void end_when_written(struct delivery *delivery);

static void on_appended(void *data, const struct error *error)
{
    struct flight *flight = data;
    struct delivery *delivery = flight->delivery;
    struct ingest *ingest = delivery->ingest;
    const bool grew = !error && !delivery->trial &&
                      flight->batch->accepted + flight->batch->replaced + flight->batch->withdrawn > 0;
    if (error)
        break_off(delivery, error->kind, error->text);
    else
        count_batch(delivery, flight->batch);
    batch_free(flight->batch);
    free(flight);
    delivery->in_flight--;
    if (grew && ingest->grew)
        ingest->grew(ingest->grew_data);
    if (delivery->resume && !ingest_congested(delivery)) {
        void (*resume)(void *data) = delivery->resume;
        delivery->resume = NULL;
        resume(delivery->resume_data);
    }
    end_when_written(delivery);
    end_if_done(delivery);
}

/* A dry run is nobody's business. */
static int tell(struct store_tx *tx, const struct flight *flight, struct error *error)
{
    const struct batch_source *source = &flight->delivery->source;
    if (source->is_dry_run)
        return 0;
    if (flight->last)
        return told_ends(tx, source, &flight->before, flight->batch, flight->broken_off, error);
    return flight->first ? told_begins(tx, source, error) : 0;
}

static int append_flight(struct store_tx *tx, void *data, struct error *error)
{
    const struct flight *flight = data;
    struct delivery *delivery = flight->delivery;
    const struct batch_source *source = &delivery->source;
    if (delivery->sought)
        return 0; /* it is empty */
    if (flight->missed && !source->is_replay &&
        store_quarantine_miss(tx, source->feed, flight->missed, error) != 0)
        return -1;
    flight->batch->refused.missed += flight->missed;
    return batch_append(tx, flight->batch, source, &delivery->spellings, error) == 0 ? tell(tx, flight, error)
                                                                                     : -1;
}

static void send_batch(struct delivery *delivery)
{
    struct flight *flight = mem_alloc(sizeof *flight);
    *flight = (struct flight){.delivery = delivery,
                              .batch = delivery->batch,
                              .missed = delivery->missed,
                              .first = !delivery->begun,
                              .last = delivery->ended,
                              .broken_off = delivery->error != NULL,
                              .before = delivery->report};
    delivery->begun = true;
    flight->batch->is_last = delivery->finished && !delivery->error;
    delivery->batch = batch_make();
    delivery->missed = 0;
    delivery->in_flight++;
    if (delivery->trial)
        store_trial_run(delivery->trial, append_flight, on_appended, flight);
    else
        store_write(delivery->ingest->store, append_flight, on_appended, flight);
}

/* ---- deliveries ---------------------------------------------------------------------------------------- */

/* By the time, so that they are new after a restart too. */
static uint64_t next_number(struct ingest *ingest)
{
    const uint64_t now = (uint64_t)clock_now();
    ingest->deliveries = now > ingest->deliveries ? now : ingest->deliveries + 1;
    return ingest->deliveries;
}

struct delivery *ingest_begin(struct ingest *ingest, const struct delivery_source *source,
                              void (*done)(void *data, const struct delivery_report *report), void *data)
{
    struct delivery *delivery = mem_alloc(sizeof *delivery);
    *delivery = (struct delivery){.ingest = ingest, .batch = batch_make(), .done = done, .done_data = data};
    delivery->source =
        (struct batch_source){.feed = mem_copy_text(source->feed),
                              .document = mem_copy_text(source->document),
                              .is_named = source->is_named,
                              .is_dry_run = source->dry_run,
                              .is_replay = source->replay != 0,
                              .delivery = source->replay ? source->replay : next_number(ingest),
                              .user = source->user};
    delivery->report.dry_run = source->dry_run;
    delivery->sought = source->sought;
    if (source->dry_run)
        delivery->trial = store_trial_begin(ingest->store);
    return delivery;
}

/* An identifier of a document that is looked through. */
static void compare(struct delivery *delivery, const char *identifier)
{
    uint8_t pseudonym[PSEUDONYM_SIZE];
    if (!identifier)
        return;
    pseudonym_of_identifier(&delivery->ingest->key, identifier, pseudonym);
    delivery->report.found |= memcmp(pseudonym, delivery->sought, sizeof pseudonym) == 0;
}

void ingest_problem(struct delivery *delivery, const struct wz_problem *problem)
{
    if (delivery->sought) {
        compare(delivery, problem->respondent);
        return;
    }
    keep_problem(delivery, problem->row, problem->column, problem->text);
    if (delivery->trial || delivery->error)
        return;
    if (delivery->refused++ < QUARANTINE_MOST_ROWS)
        refused_add(&delivery->batch->refused, &delivery->ingest->key, problem);
    else
        delivery->missed++;
    if (batch_full(delivery->batch))
        send_batch(delivery);
}

/* Whose it is, or NULL. */
static const char *person_of(const struct wz_record *record)
{
    switch (record->kind) {
    case WZ_RESPONSE:
        return record->as.response.respondent;
    case WZ_WITHDRAWAL:
        return record->as.withdrawal.respondent;
    case WZ_EVENT:
        return record->as.event.actor;
    default:
        return NULL;
    }
}

static void compare_all(struct delivery *delivery, const struct wz_record *record)
{
    compare(delivery, person_of(record));
    if (record->kind != WZ_EVENT)
        return;
    for (size_t i = 0; i < record->as.event.people_count; i++)
        compare(delivery, record->as.event.people[i]);
}

void ingest_record(struct delivery *delivery, const struct wz_record *record)
{
    struct error error;
    if (delivery->sought) {
        compare_all(delivery, record);
        return;
    }
    if (delivery->error)
        return; /* broken off: nothing more is taken, so nothing is half taken */
    if (check_record(record, &error) != 0 ||
        batch_add(delivery->batch, &delivery->ingest->key, record, &error) != 0) {
        const struct wz_problem problem = {
            .row = record->row, .text = error.text, .respondent = person_of(record)};
        ingest_problem(delivery, &problem);
        return;
    }
    if (batch_full(delivery->batch))
        send_batch(delivery);
}

/* The last batch goes when it is known what became of the others, for its commit holds the sum. Also one that
 * is empty goes through the store: the answer always comes later, in the order of commits. */
static void end_when_written(struct delivery *delivery)
{
    if (!delivery->finished || delivery->ended || delivery->in_flight)
        return;
    delivery->ended = true;
    send_batch(delivery);
}

void ingest_finish(struct delivery *delivery, enum error_kind kind, const char *error)
{
    delivery->finished = true;
    if (error)
        break_off(delivery, kind, error);
    end_when_written(delivery);
}

bool ingest_congested(const struct delivery *delivery)
{
    return delivery->in_flight >= MOST_IN_FLIGHT;
}

void ingest_on_resume(struct delivery *delivery, void (*resume)(void *data), void *data)
{
    delivery->resume = resume;
    delivery->resume_data = data;
}

const struct delivery_report *ingest_report(const struct delivery *delivery)
{
    return &delivery->report;
}
