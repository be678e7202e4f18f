/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/intern.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { LONGEST_LABEL = 512 };

static const char survey_calendars[] = "survey:";

/* ---- where a name counts ------------------------------------------------------------------------------- */

static void place_of_group(struct buf *place, uint32_t parent, const char *level)
{
    buf_clear(place);
    buf_put_u8(place, 'g');
    buf_put_varint(place, parent);
    buf_put_text(place, level);
}

static void place_of_wave(struct buf *place, const char *calendar)
{
    buf_clear(place);
    buf_put_u8(place, 'w');
    buf_put_text(place, calendar);
}

/* ---- what the store has -------------------------------------------------------------------------------- */

struct loading {
    struct spellings *spellings;
    struct buf place;
};

static int load_group(void *data, const struct store_group *group)
{
    struct loading *loading = data;
    place_of_group(&loading->place, group->parent, group->level);
    spellings_add(loading->spellings, &loading->place, group->name);
    return 0;
}

static int load_wave(void *data, const struct store_period *period)
{
    struct loading *loading = data;
    if (strncmp(period->calendar, survey_calendars, sizeof survey_calendars - 1) != 0)
        return 0;
    place_of_wave(&loading->place, period->calendar);
    spellings_add(loading->spellings, &loading->place, period->label);
    return 0;
}

static int load(struct store_tx *tx, struct spellings *spellings, struct error *error)
{
    struct loading loading = {.spellings = spellings};
    struct store_view *view = store_tx_view(tx);
    spellings_clear(spellings);
    const int result = store_groups(view, load_group, &loading, error) == 0
                           ? store_periods(view, load_wave, &loading, error)
                           : -1;
    spellings->are_loaded = result == 0;
    buf_free(&loading.place);
    return result;
}

/* ---- names that are spelt otherwise -------------------------------------------------------------------- */

static void tell(struct batch *batch, const char *what, const char *name, const char *known)
{
    buf_clear(&batch->key);
    buf_put_text(&batch->key, what);
    buf_put_text(&batch->key, name);
    buf_put_text(&batch->key, known);
    dictionary_number(&batch->respelt, &batch->key);
}

/* The name that counts for this one. */
static const char *known_as(struct batch *batch, struct spellings *spellings, const struct buf *place,
                            const char *what, const char *name)
{
    const char *known = spellings_find(spellings, place, name);
    if (!known) {
        spellings_add(spellings, place, name);
        return name;
    }
    if (strcmp(known, name) != 0)
        tell(batch, what, name, known);
    return known;
}

/* The same of a wave, which may be a number of a spreadsheet. */
static const char *wave_known_as(struct batch *batch, struct spellings *spellings, const struct buf *place,
                                 const char *label)
{
    char number[LONGEST_LABEL];
    const size_t length = spelling_whole_number(label);
    const char *known = spellings_find(spellings, place, label);
    if (known || length == 0 || length >= sizeof number)
        return known_as(batch, spellings, place, "wave", label);
    memcpy(number, label, length);
    number[length] = '\0';
    spellings_add(spellings, place, number);
    known = spellings_find(spellings, place, number);
    tell(batch, "wave", label, known);
    return known;
}

/* ---- numbers ------------------------------------------------------------------------------------------- */

static int intern_groups(struct store_tx *tx, struct batch *batch, struct spellings *spellings,
                         uint32_t *numbers, struct error *error)
{
    struct buf place = {0};
    int result = 0;
    for (uint32_t i = 0; result == 0 && i < batch->groups.count; i++) {
        struct reader key = dictionary_key(&batch->groups, i);
        const uint32_t outer = (uint32_t)read_varint(&key); /* came before it */
        const uint32_t parent = outer ? numbers[outer - 1] : 0;
        const char *level = read_text(&key), *name = read_text(&key);
        place_of_group(&place, parent, level);
        name = known_as(batch, spellings, &place, level, name);
        result = store_group_intern(tx, parent, level, name, &numbers[i], error);
    }
    buf_free(&place);
    return result;
}

static int intern_waves(struct store_tx *tx, struct batch *batch, struct spellings *spellings,
                        uint32_t *numbers, struct error *error)
{
    struct buf place = {0};
    int result = 0;
    for (uint32_t i = 0; result == 0 && i < batch->waves.count; i++) {
        struct reader key = dictionary_key(&batch->waves, i);
        const char *instrument = read_text(&key), *wave = read_text(&key);
        char *calendar = mem_format("%s%s", survey_calendars, instrument);
        place_of_wave(&place, calendar);
        wave = wave_known_as(batch, spellings, &place, wave);
        result = store_period_intern(tx, calendar, wave, batch->wave_starts[i], &numbers[i], error);
        free(calendar);
    }
    buf_free(&place);
    return result;
}

static int intern_items(struct store_tx *tx, const struct batch *batch, uint32_t *numbers,
                        struct error *error)
{
    for (uint32_t i = 0; i < batch->items.count; i++) {
        struct reader key = dictionary_key(&batch->items, i);
        if (store_item_intern(tx, read_text(&key), &numbers[i], error) != 0)
            return -1;
    }
    return 0;
}

void numbers_free(struct numbers *numbers)
{
    free(numbers->items);
    free(numbers->waves);
    free(numbers->groups);
}

int intern_names(struct store_tx *tx, struct batch *batch, bool is_dry_run, struct spellings *spellings,
                 struct numbers *numbers, struct error *error)
{
    *numbers = (struct numbers){.items = mem_alloc(batch->items.count * sizeof(uint32_t)),
                                .waves = mem_alloc(batch->waves.count * sizeof(uint32_t)),
                                .groups = mem_alloc(batch->groups.count * sizeof(uint32_t))};
    const bool is_of_survey = batch->waves.count > 0;
    if (is_of_survey && !(is_dry_run && spellings->are_loaded) && load(tx, spellings, error) != 0)
        return -1;
    if (intern_groups(tx, batch, spellings, numbers->groups, error) != 0 ||
        intern_waves(tx, batch, spellings, numbers->waves, error) != 0)
        return -1;
    return intern_items(tx, batch, numbers->items, error);
}
