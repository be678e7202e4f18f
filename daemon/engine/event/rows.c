/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/event/rows.h"
#include "engine/calendar.h"
#include "script/offers.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

/* ---- words --------------------------------------------------------------------------------------------- */

void event_words_free(struct event_words *words)
{
    free(words->subjects);
    free(words->texts);
    map_free(&words->numbers);
    buf_free(&words->bytes);
    *words = (struct event_words){0};
}

static double word_number(struct event_words *words, uint32_t subject)
{
    const uint32_t *known = map_find(&words->numbers, &subject, sizeof subject);
    if (known)
        return *known;
    if (words->count == words->capacity) {
        words->capacity = words->capacity ? 2 * words->capacity : 64;
        words->subjects = mem_resize(words->subjects, words->capacity, sizeof *words->subjects);
    }
    map_add(&words->numbers, &subject, sizeof subject, (uint32_t)words->count);
    words->subjects[words->count] = subject;
    return (double)words->count++;
}

int event_words_read(struct event_words *words, struct store_view *view, struct error *error)
{
    size_t *offsets = mem_alloc(words->count * sizeof *offsets);
    int result = 0;
    buf_clear(&words->bytes);
    for (size_t i = 0; i < words->count && result == 0; i++) {
        offsets[i] = words->bytes.size;
        result = store_subject_key(view, words->subjects[i], &words->bytes, error);
        buf_put_u8(&words->bytes, 0);
    }
    words->texts = mem_resize(words->texts, words->count, sizeof *words->texts);
    for (size_t i = 0; i < words->count && result == 0; i++)
        words->texts[i] = (const char *)words->bytes.data + offsets[i];
    free(offsets);
    return result;
}

/* ---- a row --------------------------------------------------------------------------------------------- */

void event_row_fill(const struct input *input, const struct event *event, int64_t time,
                    struct event_words *words, double *values)
{
    int hour, weekday;
    calendar_clock(time, &hour, &weekday);
    *values++ = word_number(words, event->verb);
    *values++ = word_number(words, event->object);
    *values++ = (double)time / 1000;
    *values++ = hour;
    *values++ = weekday;
    for (size_t i = OFFERS_EVENT_TEXTS + OFFERS_EVENT_TIMES; i < input->item_count; i++)
        *values++ = input->items[i].id ? event_value(event, input->items[i].id) : NAN;
}
