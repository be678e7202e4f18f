/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work of plugins that is done beside the loop, on a thread of libuv's pool. The store's readers have the
 * pool's other threads: only one piece is done at a time, which also bounds the memory that they all need. */
#include "host/internal.h"
#include "ingest/events.h"

#include "base/mem.h"

#include <stdlib.h>

/* None begins while so many bytes of events wait for the disk: those that it makes would wait too. */
enum { MOST_WAITING = 16 << 20 };

struct aside_piece {
    struct aside_piece *next;
    struct wz_instance *instance;
    wz_aside_fn run;
    wz_aside_done_fn done;
    void *context;
};

static void end_piece(struct aside_piece *piece)
{
    piece->done(piece->context, piece->instance->stage == STOPPED);
    free(piece);
}

/* ---- on a thread of the pool --------------------------------------------------------------------------- */

static void run_piece(uv_work_t *work)
{
    const struct aside_piece *piece = work->data;
    piece->run(piece->context);
}

/* ---- on the loop --------------------------------------------------------------------------------------- */

static void piece_ended(uv_work_t *work, int status)
{
    (void)status; /* it is never cancelled */
    struct aside_piece *piece = work->data;
    struct wz_instance *instance = piece->instance;
    struct host *host = instance->host;
    end_piece(piece);
    host->aside.running = NULL;
    if (instance->stage == STOPPED)
        instance_end(instance);
    aside_go_on(host);
    host_release(host);
}

void aside_go_on(struct host *host)
{
    struct aside *aside = &host->aside;
    if (aside->running || !aside->first || ingest_waiting(host->parts.ingest) > MOST_WAITING)
        return;
    struct aside_piece *piece = aside->first;
    aside->first = piece->next;
    aside->running = piece;
    aside->work.data = piece;
    host_hold(host);
    uv_queue_work(host->parts.loop, &aside->work, run_piece, piece_ended);
}

void aside_add(struct wz_instance *instance, wz_aside_fn run, wz_aside_done_fn done, void *context)
{
    struct aside *aside = &instance->host->aside;
    struct aside_piece *piece = mem_alloc(sizeof *piece), **end = &aside->first;
    *piece = (struct aside_piece){.instance = instance, .run = run, .done = done, .context = context};
    while (*end)
        end = &(*end)->next;
    *end = piece;
    aside_go_on(instance->host);
}

bool aside_stop(struct wz_instance *instance)
{
    struct aside *aside = &instance->host->aside;
    for (struct aside_piece **link = &aside->first; *link;) {
        struct aside_piece *piece = *link;
        if (piece->instance != instance) {
            link = &piece->next;
            continue;
        }
        *link = piece->next;
        end_piece(piece);
    }
    return aside->running && aside->running->instance == instance;
}
