/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of the quarantine, read again: what was left of one delivery, under one heading, is a document of its
 * own, and goes through the feed like any other. One after another, for each is in memory as a file.
 */
#include "host/internal.h"

#include "base/map.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Rows that make one document. */
struct group {
    char *document;
    uint64_t delivery;
    uint64_t *ids;
    size_t count, capacity;
};

struct replay {
    struct wz_instance *instance;
    char *only_document; /* of the choice, or NULL */
    uint64_t *ids;       /* likewise */
    struct quarantine_choice choice;
    struct map places; /* of a document, delivery and heading in `groups` */
    struct buf key;
    struct group *groups;
    size_t count, next; /* next: the group that is to be read */
    int64_t user;       /* who wants it */
    int descriptor;     /* of the group's document, once it is written */
    struct replay_report report;
    char *error;
    feed_replayed_fn done;
    void *done_data;
};

/* ---- the end ------------------------------------------------------------------------------------------- */

static void free_replay(struct replay *replay)
{
    for (size_t i = 0; i < replay->count; i++) {
        free(replay->groups[i].document);
        free(replay->groups[i].ids);
    }
    free(replay->groups);
    map_free(&replay->places);
    buf_free(&replay->key);
    free(replay->only_document);
    free(replay->ids);
    free(replay->error);
    free(replay);
}

static void finish(struct replay *replay)
{
    struct host *host = replay->instance->host;
    replay->report.error = replay->error;
    replay->done(replay->done_data, &replay->report);
    free_replay(replay);
    host_release(host);
}

/* The first is told. */
static void note_error(struct replay *replay, const char *document, enum error_kind kind, const char *text)
{
    if (replay->error)
        return;
    replay->error = document ? mem_format("%s: %s", document, text) : mem_copy_text(text);
    replay->report.error_kind = kind;
}

/* ---- which rows ---------------------------------------------------------------------------------------- */

static struct group *group_of(struct replay *replay, const struct store_refused *refused)
{
    struct buf *key = &replay->key;
    buf_clear(key);
    buf_put_text(key, refused->document);
    buf_put_varint(key, refused->delivery);
    buf_put_varint(key, refused->heading);
    const uint32_t *known = map_find(&replay->places, key->data, key->size);
    if (known)
        return &replay->groups[*known];
    replay->groups = mem_resize(replay->groups, replay->count + 1, sizeof *replay->groups);
    map_add(&replay->places, key->data, key->size, (uint32_t)replay->count);
    struct group *group = &replay->groups[replay->count++];
    *group = (struct group){.document = mem_copy_text(refused->document), .delivery = refused->delivery};
    return group;
}

static int choose_row(void *data, const struct store_refused *refused)
{
    struct replay *replay = data;
    replay->report.rows++;
    if (!refused->heading) {
        replay->report.unreadable++;
        return 0;
    }
    struct group *group = group_of(replay, refused);
    if (group->count == group->capacity) {
        group->capacity = group->capacity ? 2 * group->capacity : 16;
        group->ids = mem_resize(group->ids, group->capacity, sizeof *group->ids);
    }
    group->ids[group->count++] = refused->id;
    return 0;
}

static int choose_rows(struct store_view *view, void *data, struct error *error)
{
    struct replay *replay = data;
    return store_quarantine(view, &replay->choice, 0, SIZE_MAX, choose_row, replay, error);
}

/* ---- their document ------------------------------------------------------------------------------------ */

struct writing {
    FILE *file;
    bool begun;
};

static int write_row(void *data, const struct store_refused *refused)
{
    struct writing *writing = data;
    if (!refused->body || !refused->heading_text)
        return 0;
    if (!writing->begun)
        fprintf(writing->file, "%s\n", refused->heading_text);
    writing->begun = true;
    fprintf(writing->file, "%s\n", refused->body);
    return 0;
}

/* Rows that are gone by now are passed over. */
static int write_rows(struct store_view *view, const struct replay *replay, FILE *file, struct error *error)
{
    const struct group *group = &replay->groups[replay->next];
    struct writing writing = {.file = file};
    bool found;
    for (size_t i = 0; i < group->count; i++)
        if (store_quarantine_get(view, replay->choice.feed, group->ids[i], write_row, &writing, &found,
                                 error) != 0)
            return -1;
    return fflush(file) == 0 && !ferror(file)
               ? 0
               : error_set(error, ERROR_FAILED, "the rows could not be put into a document: %s",
                           strerror(errno));
}

/* What a plugin and its decoder get can only be read. */
static int reopen_read_only(int descriptor)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    return open(path, O_RDONLY | O_CLOEXEC);
}

static int write_document(struct store_view *view, void *data, struct error *error)
{
    struct replay *replay = data;
    const int descriptor = memfd_create("rows", MFD_CLOEXEC);
    FILE *file = descriptor < 0 ? NULL : fdopen(descriptor, "w");
    if (!file)
        return error_set(error, ERROR_FAILED, "the rows could not be put into a document: %s",
                         strerror(errno));
    int result = write_rows(view, replay, file, error);
    if (result == 0 && (replay->descriptor = reopen_read_only(descriptor)) < 0)
        result = error_set(error, ERROR_FAILED, "the rows could not be read again: %s", strerror(errno));
    fclose(file);
    return result;
}

/* ---- one after another --------------------------------------------------------------------------------- */

static void read_next_group(struct replay *replay);

static void on_read_again(void *data, const struct delivery_report *report)
{
    struct replay *replay = data;
    struct replay_report *sum = &replay->report;
    sum->accepted += report->accepted;
    sum->replaced += report->replaced;
    sum->duplicate += report->duplicate;
    sum->rejected += report->rejected;
    if (report->error)
        note_error(replay, replay->groups[replay->next].document, report->error_kind, report->error);
    replay->next++;
    if (report->error_kind == ERROR_CANCELLED)
        finish(replay);
    else
        read_next_group(replay);
}

static void on_written(void *data, const struct error *error)
{
    struct replay *replay = data;
    const struct group *group = &replay->groups[replay->next];
    if (error) {
        note_error(replay, NULL, error->kind, error->text);
        finish(replay);
        return;
    }
    const struct feed_document document = {.name = group->document,
                                           .descriptor = replay->descriptor,
                                           .replay = group->delivery,
                                           .user = replay->user};
    deliveries_add(replay->instance, &document, NULL, on_read_again, replay);
}

static void read_next_group(struct replay *replay)
{
    const struct wz_instance *instance = replay->instance;
    if (instance->host->stopping || instance->failure)
        note_error(replay, NULL, ERROR_CLOSED,
                   instance->failure ? instance->failure : "wijzerd is stopping; replay the rest again");
    if (replay->next == replay->count || instance->host->stopping || instance->failure)
        finish(replay);
    else
        store_read(instance->host->parts.store, write_document, on_written, replay);
}

static void on_chosen(void *data, const struct error *error)
{
    struct replay *replay = data;
    if (error)
        note_error(replay, NULL, error->kind, error->text);
    if (error)
        finish(replay);
    else
        read_next_group(replay);
}

void replay_begin(struct wz_instance *instance, const struct quarantine_choice *choice, int64_t user,
                  feed_replayed_fn done, void *data)
{
    struct replay *replay = mem_alloc(sizeof *replay);
    *replay = (struct replay){.instance = instance,
                              .only_document = mem_copy_text(choice->document),
                              .user = user,
                              .done = done,
                              .done_data = data};
    if (choice->ids)
        replay->ids = mem_copy(choice->ids, choice->id_count * sizeof *choice->ids);
    replay->choice = (struct quarantine_choice){.feed = instance->section->name,
                                                .document = replay->only_document,
                                                .ids = replay->ids,
                                                .id_count = choice->id_count};
    host_hold(instance->host);
    store_read(instance->host->parts.store, choose_rows, on_chosen, replay);
}
