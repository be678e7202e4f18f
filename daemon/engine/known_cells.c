/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/known_cells.h"

#include "base/mem.h"
#include "stats/event_summary.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 8 << 20, MOST_OF_A_PERIOD = 1 << 20, BYTES_A_CELL = 32 /* besides its own */ };

struct known_cell {
    uint32_t group;
    uint32_t size;
    uint8_t *bytes;
};

struct known_period {
    bool is_whole;          /* false: there is too much of it to be kept */
    struct known_cell *all; /* by group */
    size_t count, capacity, bytes;
};

struct known_cells {
    struct known_period *periods;
    size_t count, capacity, bytes;
    struct map numbers; /* in `periods`, of an input and period */
    struct known_members members;
};

struct known_cells *known_cells_new(void)
{
    return mem_alloc(sizeof(struct known_cells));
}

static void forget_period(struct known_cells *known, struct known_period *period)
{
    for (size_t i = 0; i < period->count; i++)
        free(period->all[i].bytes);
    free(period->all);
    known->bytes -= period->bytes;
    *period = (struct known_period){0};
}

static void forget_periods(struct known_cells *known)
{
    for (size_t i = 0; i < known->count; i++)
        forget_period(known, &known->periods[i]);
    free(known->periods);
    map_free(&known->numbers);
    *known = (struct known_cells){.members = known->members};
}

void known_cells_clear(struct known_cells *known)
{
    forget_periods(known);
    known_members_clear(&known->members);
}

void known_cells_free(struct known_cells *known)
{
    known_cells_clear(known);
    free(known);
}

static struct known_period *find_period(const struct known_cells *known, const struct input *input,
                                        uint32_t period)
{
    const uint32_t key[] = {input->id, period};
    const uint32_t *number = map_find(&known->numbers, key, sizeof key);
    return number ? &known->periods[*number] : NULL;
}

static struct known_period *add_period(struct known_cells *known, const struct input *input, uint32_t period)
{
    const uint32_t key[] = {input->id, period};
    if (known->count == known->capacity) {
        known->capacity = known->capacity ? 2 * known->capacity : 64;
        known->periods = mem_resize(known->periods, known->capacity, sizeof *known->periods);
    }
    map_add(&known->numbers, key, sizeof key, (uint32_t)known->count);
    known->periods[known->count] = (struct known_period){.is_whole = true};
    return &known->periods[known->count++];
}

/* ---- cells --------------------------------------------------------------------------------------------- */

/* Where the group's cell is, or would have to be. */
static size_t place_of(const struct known_period *period, uint32_t group)
{
    size_t low = 0, high = period->count;
    if (high && period->all[high - 1].group < group)
        return high;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (period->all[middle].group < group)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_there(const struct known_period *period, size_t at, uint32_t group)
{
    return at < period->count && period->all[at].group == group;
}

static void count_bytes(struct known_cells *known, struct known_period *period, size_t more, size_t less)
{
    period->bytes += more - less;
    known->bytes += more - less;
}

static void make_room(struct known_period *period, size_t at, uint32_t group)
{
    if (period->count == period->capacity) {
        period->capacity = period->capacity ? 2 * period->capacity : 64;
        period->all = mem_resize(period->all, period->capacity, sizeof *period->all);
    }
    memmove(period->all + at + 1, period->all + at, (period->count - at) * sizeof *period->all);
    period->all[at] = (struct known_cell){.group = group};
    period->count++;
}

static void put(struct known_cells *known, struct known_period *period, uint32_t group, const void *bytes,
                size_t size)
{
    const size_t at = place_of(period, group);
    if (!is_there(period, at, group)) {
        make_room(period, at, group);
        count_bytes(known, period, BYTES_A_CELL, 0);
    }
    struct known_cell *cell = &period->all[at];
    if (cell->size != size)
        cell->bytes = mem_resize(cell->bytes, size, 1);
    count_bytes(known, period, size, cell->size);
    memcpy(cell->bytes, bytes, size);
    cell->size = (uint32_t)size;
}

static void remove_cell(struct known_cells *known, struct known_period *period, uint32_t group)
{
    const size_t at = place_of(period, group);
    if (!is_there(period, at, group))
        return;
    count_bytes(known, period, 0, BYTES_A_CELL + period->all[at].size);
    free(period->all[at].bytes);
    period->count--;
    memmove(period->all + at, period->all + at + 1, (period->count - at) * sizeof *period->all);
}

bool known_cells_take(const struct known_cells *known, const struct input *input, uint32_t period,
                      uint32_t group, struct buf *out)
{
    const struct known_period *of = find_period(known, input, period);
    if (!of || !of->is_whole)
        return false;
    const size_t at = place_of(of, group);
    if (is_there(of, at, group))
        buf_put(out, of->all[at].bytes, of->all[at].size);
    return true;
}

void known_cells_change(struct known_cells *known, const struct input *input, uint32_t period, uint32_t group,
                        const void *bytes, size_t size)
{
    struct known_period *of = find_period(known, input, period);
    if (!of || !of->is_whole)
        return;
    if (size)
        put(known, of, group, bytes, size);
    else
        remove_cell(known, of, group);
    if (of->bytes > MOST_OF_A_PERIOD)
        forget_period(known, of);
}

struct known_members *known_cells_members(struct known_cells *known)
{
    return &known->members;
}

/* ---- reading ------------------------------------------------------------------------------------------- */

struct finding {
    struct known_cells *known;
    struct known_period *of;
    bool of_events;
};

/* What cannot be read is told by whoever looks at it. */
static size_t summary_size(const void *bytes, size_t size)
{
    struct event_summary summary;
    struct reader reader = reader_of(bytes, size);
    event_summary_decode(&summary, &reader);
    return reader.failed ? size : size - reader_left(&reader);
}

static int take_cell(void *data, uint32_t period, uint32_t group, const void *bytes, size_t size)
{
    (void)period;
    const struct finding *finding = data;
    put(finding->known, finding->of, group, bytes, finding->of_events ? summary_size(bytes, size) : size);
    if (finding->of->bytes <= MOST_OF_A_PERIOD)
        return 0;
    forget_period(finding->known, finding->of);
    return 1;
}

int known_cells_read(struct known_cells *known, const struct input *input, uint32_t period,
                     struct store_view *view, struct error *error)
{
    if (find_period(known, input, period))
        return 0;
    if (known->bytes > MOST_BYTES)
        forget_periods(known);
    struct finding finding = {known, add_period(known, input, period), !input->instrument};
    if (store_cells_of_period(view, input->id, period, take_cell, &finding, error) == 0)
        return 0;
    known_cells_clear(known);
    return -1;
}
