/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/window_sums.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 24 << 20, BYTES_A_SUM = 512 /* about what it takes besides its people */ };

struct known_window {
    uint32_t window, *days;
    size_t day_count;
};

struct known_sum {
    bool is_there; /* false: it is to be put together anew */
    size_t bytes;
    struct event_days days;
    struct buf summary; /* of them, encoded; empty: it is to be made of them */
};

struct window_sums {
    struct known_window *windows;
    size_t window_count;
    struct known_sum *all;
    size_t count, capacity, bytes;
    struct map numbers; /* in `all`, of a window, input and group */
};

struct window_sums *window_sums_new(void)
{
    return mem_alloc(sizeof(struct window_sums));
}

static void forget_sum(struct window_sums *sums, struct known_sum *sum)
{
    if (!sum->is_there)
        return;
    event_days_free(&sum->days);
    buf_free(&sum->summary);
    sums->bytes -= sum->bytes;
    *sum = (struct known_sum){0};
}

void window_sums_clear(struct window_sums *sums)
{
    for (size_t i = 0; i < sums->count; i++)
        forget_sum(sums, &sums->all[i]);
    for (size_t i = 0; i < sums->window_count; i++)
        free(sums->windows[i].days);
    free(sums->windows);
    free(sums->all);
    map_free(&sums->numbers);
    *sums = (struct window_sums){0};
}

void window_sums_free(struct window_sums *sums)
{
    window_sums_clear(sums);
    free(sums);
}

/* ---- windows ------------------------------------------------------------------------------------------- */

static bool has_days(const struct known_window *known, const struct window_days *days)
{
    return known->day_count == days->count &&
           (days->count == 0 || memcmp(known->days, days->days, days->count * sizeof *days->days) == 0);
}

/* A day is over, or has begun, for all windows alike: what is known is of the days that were. */
static void take_days(struct window_sums *sums, const struct window_days *days)
{
    for (size_t i = 0; i < sums->window_count; i++) {
        if (sums->windows[i].window != days->window)
            continue;
        if (has_days(&sums->windows[i], days))
            return;
        window_sums_clear(sums);
        break;
    }
    sums->windows = mem_resize(sums->windows, sums->window_count + 1, sizeof *sums->windows);
    struct known_window *added = &sums->windows[sums->window_count++];
    *added = (struct known_window){.window = days->window,
                                   .days = mem_alloc(days->count * sizeof *days->days),
                                   .day_count = days->count};
    if (days->count)
        memcpy(added->days, days->days, days->count * sizeof *days->days);
}

static bool is_in_window(const struct known_window *window, uint32_t day)
{
    for (size_t i = 0; i < window->day_count; i++)
        if (window->days[i] == day)
            return true;
    return false;
}

/* ---- sums ---------------------------------------------------------------------------------------------- */

static struct known_sum *find_sum(const struct window_sums *sums, uint32_t window, uint32_t input,
                                  uint32_t group)
{
    const uint32_t key[] = {window, input, group};
    const uint32_t *number = map_find(&sums->numbers, key, sizeof key);
    return number ? &sums->all[*number] : NULL;
}

static struct known_sum *add_sum(struct window_sums *sums, uint32_t window, uint32_t input, uint32_t group)
{
    const uint32_t key[] = {window, input, group};
    if (sums->count == sums->capacity) {
        sums->capacity = sums->capacity ? 2 * sums->capacity : 64;
        sums->all = mem_resize(sums->all, sums->capacity, sizeof *sums->all);
    }
    map_add(&sums->numbers, key, sizeof key, (uint32_t)sums->count);
    sums->all[sums->count] = (struct known_sum){0};
    return &sums->all[sums->count++];
}

static void measure(struct window_sums *sums, struct known_sum *sum)
{
    sums->bytes -= sum->bytes;
    sum->bytes = BYTES_A_SUM + event_days_bytes(&sum->days);
    sums->bytes += sum->bytes;
}

int window_sums_read(struct window_sums *sums, const struct input *input, const struct window_days *days,
                     uint32_t group, struct store_view *view, struct buf *out, struct error *error)
{
    if (sums)
        take_days(sums, days);
    struct known_sum *known = sums ? find_sum(sums, days->window, input->id, group) : NULL;
    if (known && known->is_there) {
        if (!known->summary.size)
            event_days_encode(&known->days, &known->summary);
        buf_put(out, known->summary.data, known->summary.size);
        return 0;
    }
    struct event_days put_together;
    event_days_init(&put_together, input);
    int result = event_days_read(&put_together, input, days->days, days->count, group, view, error);
    if (result == 0)
        event_days_encode(&put_together, out);
    if (result != 0 || !sums || sums->bytes > MOST_BYTES) {
        event_days_free(&put_together);
        return result;
    }
    if (!known)
        known = add_sum(sums, days->window, input->id, group);
    *known = (struct known_sum){.is_there = true, .days = put_together};
    measure(sums, known);
    return 0;
}

void window_sums_add(struct window_sums *sums, const struct event_place *place, const struct cell *change)
{
    for (size_t i = 0; i < sums->window_count; i++) {
        if (!is_in_window(&sums->windows[i], place->period))
            continue;
        struct known_sum *sum = find_sum(sums, sums->windows[i].window, place->input->id, place->group);
        if (!sum || !sum->is_there)
            continue;
        buf_clear(&sum->summary);
        if (event_days_add(&sum->days, change))
            measure(sums, sum);
        else
            forget_sum(sums, sum);
    }
}
