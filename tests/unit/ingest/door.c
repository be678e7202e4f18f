/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "door.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void on_growth(void *data)
{
    struct door *door = data;
    door->grown++;
}

int door_open_parts(struct door *door)
{
    struct error error;
    const struct ingest_options options = {.state_dir = door->folder};
    if (store_open(&door->store, &door->loop, door->folder, &error) != 0 ||
        ingest_open(&door->ingest, door->store, &options, &error) != 0)
        return -1;
    ingest_on_growth(door->ingest, on_growth, door);
    return 0;
}

static void ignore(void *data)
{
    (void)data;
}

void door_close_parts(struct door *door)
{
    if (door->ingest)
        ingest_close(door->ingest);
    door->ingest = NULL;
    store_close(door->store, ignore, NULL);
    uv_run(&door->loop, UV_RUN_DEFAULT);
}

int door_open(void **state)
{
    struct door *door = mem_alloc(sizeof *door);
    strcpy(door->folder, "/tmp/wijzer-ingest-XXXXXX");
    *state = door;
    if (!mkdtemp(door->folder) || uv_loop_init(&door->loop) != 0)
        return -1;
    return door_open_parts(door);
}

int door_close(void **state)
{
    struct door *door = *state;
    door_close_parts(door);
    assert_int_equal(uv_loop_close(&door->loop), 0);
    char *command = mem_format("rm -r '%s'", door->folder);
    const int result = system(command);
    free(command);
    free(door);
    return result;
}

void on_taken(void *data, const struct wz_events_taken *taken)
{
    struct answer *answer = data;
    assert_false(answer->done);
    *answer =
        (struct answer){.done = true, .failure = taken->failure, .at = taken->at, .count = taken->count};
    assert_int_equal(taken->error == NULL, taken->failure == WZ_NO_FAILURE);
    if (taken->error)
        snprintf(answer->error, sizeof answer->error, "%s", taken->error);
    if (taken->failure == WZ_NO_FAILURE || taken->failure == WZ_REFUSED)
        memcpy(answer->fates, taken->fates, taken->count < MOST_FATES ? taken->count : MOST_FATES);
}

void await_answer(struct door *door, const struct answer *answer)
{
    while (!answer->done)
        uv_run(&door->loop, UV_RUN_ONCE);
}

struct answer put(struct door *door, const struct wz_event *events, size_t count)
{
    const struct wz_event *each[MOST_FATES];
    struct answer answer = {0};
    for (size_t i = 0; i < count; i++)
        each[i] = &events[i];
    ingest_events(door->ingest, each, count, on_taken, &answer);
    assert_false(answer.done);
    await_answer(door, &answer);
    return answer;
}

struct wz_event event(uint8_t id, const char *raw)
{
    return (struct wz_event){
        .id = {id}, .actor = "anna", .verb = "did", .object = "that", .time = 1000, .raw = raw};
}

static int log_end(struct store_tx *tx, void *data, struct error *error)
{
    return store_log_end(store_tx_view(tx), data, error);
}

uint64_t log_size(struct door *door)
{
    uint64_t position = 0;
    struct error error;
    assert_int_equal(store_write_now(door->store, log_end, &position, &error), 0);
    return position;
}
