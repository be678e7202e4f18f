/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much memory bodies may take together. A request has room for all of its body before much of that is
 * read; where there is none, it waits in line, and what its sender has not sent yet stays there. A body that
 * comes too slowly gives its room up to those in line. Who sends fast enough keeps it, so nobody waits for
 * ever.
 */
#include "api/internal.h"

/* A small body always passes: there are no more of them than connections. */
enum { MOST_IN_MEMORY = 32 << 20, SMALL = 64 << 10, PATIENCE_MS = 10000 };

/* While others wait, a sender brings so much in that time, or the rest: half a megabit a second is less than
 * any school's line, and whoever stalls does not reach it. */
enum { STEP = 256 << 10, STEP_MS = 5000 };

/* ---- those who have room ------------------------------------------------------------------------------- */

static void leave_senders(struct request *request)
{
    struct request **link = &request->api->line.senders;
    while (*link && *link != request)
        link = &(*link)->next_sender;
    if (*link)
        *link = request->next_sender;
    request->next_sender = NULL;
}

static void join_senders(struct request *request)
{
    request->next_sender = request->api->line.senders;
    request->api->line.senders = request;
    request->step_from = request->memory_body.size;
    request->step_until = uv_now(request->api->parts.loop) + STEP_MS;
}

static void note_step(struct request *request, uint64_t size)
{
    if (request->room <= SMALL || size - request->step_from < STEP)
        return;
    request->step_from = size;
    request->step_until = uv_now(request->api->parts.loop) + STEP_MS;
}

/* The one that should have brought its step first; NULL: none has room for a large body. */
static struct request *slowest_sender(const struct api *api)
{
    struct request *slowest = api->line.senders;
    for (struct request *one = slowest; one; one = one->next_sender)
        if (one->step_until < slowest->step_until)
            slowest = one;
    return slowest;
}

static void set_room(struct request *request, uint64_t size)
{
    request->api->body_bytes += size - request->room;
    request->room = size;
}

static void take(struct request *request, uint64_t size)
{
    set_room(request, size);
    if (size > SMALL)
        join_senders(request);
}

static bool fits(const struct request *request, uint64_t size)
{
    return request->api->body_bytes - request->room + size <= MOST_IN_MEMORY;
}

/* ---- the line ------------------------------------------------------------------------------------------ */

static void on_impatience(uv_timer_t *timer);

static struct request *leave_line(struct body_line *line)
{
    struct request *first = line->first;
    line->first = first->next_in_line;
    first->next_in_line = NULL;
    return first;
}

static void refuse(struct request *request, const char *reason)
{
    request->retry = true;
    request_answer_problem(request, 503, NULL, "%s; nothing was taken, send it again later", reason);
}

static void refuse_first(struct api *api, const char *reason)
{
    refuse(leave_line(&api->line), reason);
}

/* As long as anybody waits. */
static void watch(struct api *api)
{
    const struct request *first = api->line.first, *slowest = slowest_sender(api);
    if (!first) {
        uv_timer_stop(&api->line.patience);
        return;
    }
    const uint64_t now = uv_now(api->parts.loop);
    const bool is_sender_next = slowest && slowest->step_until < first->waits_until;
    const uint64_t next = is_sender_next ? slowest->step_until : first->waits_until;
    uv_timer_start(&api->line.patience, on_impatience, next > now ? next - now : 0, 0);
}

/* No more of them than those in line need. */
static void take_from_slow(struct api *api, uint64_t now)
{
    struct request *slowest;
    while (api->line.first && (slowest = slowest_sender(api)) && slowest->step_until <= now) {
        body_drop(slowest);
        refuse(slowest, "it came too slowly, and others wait for the room in memory that it had");
    }
}

static void on_impatience(uv_timer_t *timer)
{
    struct api *api = timer->data;
    const uint64_t now = uv_now(timer->loop);
    take_from_slow(api, now);
    while (api->line.first && api->line.first->waits_until <= now)
        refuse_first(api, "too many large requests are under way");
    body_line_go_on(api);
}

void body_line_go_on(struct api *api)
{
    struct body_line *line = &api->line;
    if (!line->first)
        return;
    while (line->first && fits(line->first, line->first->wanted_room)) {
        struct request *request = leave_line(line);
        take(request, request->wanted_room);
        request_go_on(request);
    }
    watch(api);
}

static void join_line(struct request *request, uint64_t wanted)
{
    struct api *api = request->api;
    struct request **end = &api->line.first;
    while (*end)
        end = &(*end)->next_in_line;
    *end = request;
    request->wanted_room = wanted;
    request->waits_until = uv_now(api->parts.loop) + PATIENCE_MS;
    request_wait(request);
    watch(api);
}

/* ---- its life ------------------------------------------------------------------------------------------ */

void body_line_begin(struct api *api)
{
    uv_timer_init(api->parts.loop, &api->line.patience);
    api->line.patience.data = api;
    api->open_handles++;
}

void body_line_abandon(struct api *api)
{
    while (api->line.first)
        refuse_first(api, "wijzerd is stopping");
}

static void patience_closed(uv_handle_t *handle)
{
    api_handle_closed(handle->data);
}

void body_line_end(struct api *api)
{
    uv_close((uv_handle_t *)&api->line.patience, patience_closed);
}

/* ---- one body ------------------------------------------------------------------------------------------ */

/* Of a large one that is not announced nobody knows how much comes. */
static uint64_t wanted_for(const struct request *request, uint64_t size)
{
    const uint64_t announced = body_announced(request);
    if (announced > SMALL)
        return announced;
    return size <= SMALL ? size : LARGEST_IN_MEMORY;
}

bool body_has_room(struct request *request, uint64_t size)
{
    if (size <= request->room) {
        note_step(request, size);
        return true;
    }
    const uint64_t wanted = wanted_for(request, size);
    if (wanted <= SMALL || (!request->api->line.first && fits(request, wanted))) {
        take(request, wanted);
        return true;
    }
    join_line(request, wanted);
    if (request->api->stopping)
        body_line_abandon(request->api);
    return false;
}

void body_settle(struct request *request)
{
    leave_senders(request);
    if (request->room == request->memory_body.size)
        return;
    set_room(request, request->memory_body.size);
    body_line_go_on(request->api);
}

void body_drop(struct request *request)
{
    buf_free(&request->memory_body);
    body_settle(request);
}

void body_free(struct api *api, struct buf *body)
{
    const size_t size = body->size;
    buf_free(body);
    if (!api || !size)
        return;
    api->body_bytes -= size;
    body_line_go_on(api);
}
