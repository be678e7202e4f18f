/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much memory bodies may take together. A request has room for all of its body before much of that is
 * read; where there is none, it waits in line, and what its sender has not sent yet stays there. A body that
 * comes slowly keeps its room, so nobody waits for ever.
 */
#include "api/internal.h"

/* A small body always passes: there are no more of them than connections. */
enum { MOST_IN_MEMORY = 32 << 20, SMALL = 64 << 10, PATIENCE_MS = 10000 };

static void take(struct request *request, uint64_t size)
{
    request->api->body_bytes += size - request->room;
    request->room = size;
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

static void refuse_first(struct api *api, const char *reason)
{
    struct request *request = leave_line(&api->line);
    request->retry = true;
    request_answer_problem(request, 503, NULL, "%s; nothing was taken, send it again later", reason);
}

static void watch_first(struct api *api)
{
    const struct request *first = api->line.first;
    const uint64_t now = uv_now(api->parts.loop);
    if (first)
        uv_timer_start(&api->line.patience, on_impatience,
                       first->waits_until > now ? first->waits_until - now : 0, 0);
    else
        uv_timer_stop(&api->line.patience);
}

static void on_impatience(uv_timer_t *timer)
{
    struct api *api = timer->data;
    const uint64_t now = uv_now(timer->loop);
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
    watch_first(api);
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
    watch_first(api);
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
    if (size <= request->room)
        return true;
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
    if (request->room == request->memory_body.size)
        return;
    take(request, request->memory_body.size);
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
