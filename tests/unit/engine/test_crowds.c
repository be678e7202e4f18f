/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Cells of events that grow from nobody to a crowd and back: what is kept of them, in heads, parts and sets,
 * is what a plain count of the events says, and what windows put together of days is what a plain count of
 * all their days says. Whatever is changed in what is kept is found by a comparison.
 */
#include "world.h"

#include "engine/event/days.h"
#include "engine/event/members.h"
#include "store/store.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    PEOPLE = 3000,
    THINGS = 1500,
    DAYS = 3,
    ROUNDS = 60,
    MOST_EVENTS = 1 << 15,
    GROUP = 7,
    FORGED_HEADS = 4,
    NEARLY_A_CROWD = DAYS * 450, /* on each day about as many as are kept without a set */
    A_CROWD = 2000,              /* more than a head holds, and than is kept without a set */
};

struct event_of {
    uint32_t actor, thing; /* thing / 8 is its number, where it has one */
    size_t day;
};

struct story {
    struct world world;
    struct known_cells *known;
    struct input input;
    struct event_of *all;
    size_t count;
    size_t first, added; /* of the step: what is added, and before these what is taken back */
    size_t from, taken;
    struct cell changes[DAYS];
    bool same;
    struct buf window; /* read last */
};

static struct scored_item things[] = {{.name = (char *)"object"}};

static const struct input of_things = {.id = 1,
                                       .definition = (char *)"things",
                                       .calendar = (char *)"day",
                                       .kind = INPUT_DISTINCT,
                                       .items = things,
                                       .item_count = 1};
static const struct input of_numbers = {.id = 2,
                                        .definition = (char *)"numbers of things",
                                        .calendar = (char *)"day",
                                        .kind = INPUT_SUM,
                                        .items = things,
                                        .item_count = 1};

static void open_story(struct story *story, const struct input *input, unsigned seed)
{
    *story = (struct story){
        .known = known_cells_new(), .input = *input, .all = mem_alloc(MOST_EVENTS * sizeof *story->all)};
    world_open(&story->world, seed);
    world_start(&story->world);
}

static void close_story(struct story *story)
{
    known_cells_free(story->known);
    buf_free(&story->window);
    free(story->all);
    world_stop(&story->world);
    world_close(&story->world);
}

static uint32_t period_of(size_t day)
{
    return (uint32_t)day + 1;
}

static void count_event(const struct story *story, const struct event_of *event, struct cell *cell, int count)
{
    if (event_has_number(&story->input)) {
        event_score_number(cell, event->actor, event->thing / 8.0, count);
        return;
    }
    tally_add(&cell->tallies[0], event->actor, count);
    tally_add(&cell->tallies[1], event->thing, count);
}

/* The cell of a day, or of all (DAYS), by the events that there are. */
static void count_all(const struct story *story, size_t day, struct cell *cell)
{
    cell_init(cell, input_tallies(&story->input));
    for (size_t i = 0; i < story->count; i++)
        if (day == DAYS || story->all[i].day == day)
            count_event(story, &story->all[i], cell, 1);
    cell_settle(cell);
}

/* ---- what happens -------------------------------------------------------------------------------------- */

static void add(struct story *story, struct cell *changes)
{
    assert_true(story->count < MOST_EVENTS);
    struct event_of *event = &story->all[story->count++];
    *event = (struct event_of){.actor = world_draw(&story->world, PEOPLE),
                               .thing = world_draw(&story->world, THINGS),
                               .day = world_draw(&story->world, DAYS)};
    count_event(story, event, &changes[event->day], 1);
}

static void take_back(struct story *story, struct cell *changes)
{
    const size_t at = world_draw(&story->world, (unsigned)story->count);
    const struct event_of event = story->all[at];
    story->all[at] = story->all[--story->count];
    count_event(story, &event, &changes[event.day], -1);
}

static int apply(struct store_tx *tx, void *data, struct error *error)
{
    struct story *story = data;
    for (size_t day = 0; day < DAYS; day++) {
        const struct event_place place = {&story->input, period_of(day), GROUP};
        cell_settle(&story->changes[day]);
        if (!cell_empty(&story->changes[day]) &&
            event_members_apply(&place, &story->changes[day], story->known, tx, error) != 0)
            return -1;
    }
    return 0;
}

static void happen(struct story *story, size_t added, size_t taken_back)
{
    for (size_t day = 0; day < DAYS; day++)
        cell_init(&story->changes[day], input_tallies(&story->input));
    for (size_t i = 0; i < added; i++)
        add(story, story->changes);
    for (size_t i = 0; i < taken_back && story->count; i++)
        take_back(story, story->changes);
    world_write(&story->world, apply, story);
    for (size_t day = 0; day < DAYS; day++)
        cell_free(&story->changes[day]);
}

/* ---- what is kept of it -------------------------------------------------------------------------------- */

static int compare_day(struct story *story, size_t day, struct store_view *view, bool *same,
                       struct error *error)
{
    const struct event_place place = {&story->input, period_of(day), GROUP};
    struct buf bytes = {0};
    struct cell expected;
    count_all(story, day, &expected);
    int result = store_cell_get(view, story->input.id, place.period, GROUP, &bytes, error);
    if (result == 0 && cell_empty(&expected))
        *same = bytes.size == 0;
    else if (result == 0)
        result = event_members_compare(&place, bytes.data, bytes.size, &expected, view, same, error);
    buf_free(&bytes);
    cell_free(&expected);
    return result;
}

static int take_nothing(void *data, const void *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    ++*(size_t *)data;
    return 0;
}

/* Are parts and sets there where the head says so, and nowhere else? Then who was taken back is in none. A
 * change may bring as many as there are, before they are kept in more parts. */
static int look_for_members(const struct event_place *place, const struct head *head, size_t t,
                            struct store_view *view, bool *good, struct error *error)
{
    const struct store_member part = member_of(place, t, 0), set = set_of(place, t);
    const struct kept *kept = &head->kept[t];
    struct buf bytes = {0};
    size_t parts = 0;
    int result = store_members(view, &part, take_nothing, &parts, error);
    if (result == 0)
        result = store_member_get(view, &set, &bytes, error);
    *good = (parts > 0) == (kept->bits > 0) && kept->bits + 1 >= bits_for(kept->size) &&
            (bytes.size > 0) == (may_have_set(place->input, head, t) && wants_set(kept->bits));
    buf_free(&bytes);
    return result;
}

static int look_at_members(const struct story *story, size_t day, struct store_view *view, bool *good,
                           struct error *error)
{
    const struct event_place place = {&story->input, period_of(day), GROUP};
    struct buf bytes = {0};
    struct head head;
    int result = store_cell_get(view, story->input.id, place.period, GROUP, &bytes, error);
    if (result == 0)
        result = head_decode(&head, &story->input, bytes.data, bytes.size, error);
    buf_free(&bytes);
    if (result != 0)
        return -1;
    *good = true;
    for (size_t t = 0; t < MOST_TALLIES && result == 0 && *good; t++)
        result = look_for_members(&place, &head, t, view, good, error);
    head_free(&head);
    return result;
}

static int compare_days(struct store_view *view, void *data, struct error *error)
{
    struct story *story = data;
    for (size_t day = 0; day < DAYS; day++) {
        bool same, good;
        if (compare_day(story, day, view, &same, error) != 0 ||
            look_at_members(story, day, view, &good, error) != 0)
            return -1;
        story->same &= same && good;
    }
    return 0;
}

static bool is_as_counted(struct story *story)
{
    story->same = true;
    world_read(&story->world, compare_days, story);
    return story->same;
}

static int64_t events_of(const struct tally *tally)
{
    int64_t events = 0;
    for (size_t i = 0; i < tally->size; i++)
        events += tally->entries[i].count;
    return events;
}

static void assert_window(const struct story *story, const struct event_summary *summary)
{
    struct cell expected;
    struct exact_sum sum = {0};
    count_all(story, DAYS, &expected);
    const struct tally *second = &expected.tallies[1];
    assert_int_equal(summary->events, events_of(&expected.tallies[0]));
    assert_int_equal(summary->people, expected.tallies[0].size);
    if (summary->has_numbers) {
        for (size_t i = 0; i < second->size; i++)
            exact_sum_add(&sum, second->entries[i].value, second->entries[i].count);
        assert_true(summary->min == second->entries[0].value);
        assert_true(summary->max == second->entries[second->size - 1].value);
        assert_true(exact_sum_value(&summary->sum) == exact_sum_value(&sum));
    } else {
        assert_int_equal(summary->kinds, second->size);
    }
    cell_free(&expected);
}

/* Into `window`, encoded. */
static int read_window(struct store_view *view, void *data, struct error *error)
{
    struct story *story = data;
    const uint32_t periods[DAYS] = {period_of(0), period_of(1), period_of(2)};
    struct event_days days;
    event_days_init(&days, &story->input);
    const int result = event_days_read(&days, &story->input, periods, DAYS, GROUP, view, error);
    if (result == 0)
        event_days_encode(&days, &story->window);
    event_days_free(&days);
    return result;
}

static void assert_as_counted(struct story *story)
{
    struct event_summary summary;
    assert_true(is_as_counted(story));
    buf_clear(&story->window);
    world_read(&story->world, read_window, story);
    struct reader reader = reader_of(story->window.data, story->window.size);
    assert_int_equal(story->window.size > 0, story->count > 0);
    if (story->count == 0)
        return;
    event_summary_decode(&summary, &reader);
    assert_false(reader.failed);
    assert_window(story, &summary);
}

/* Mostly little at a time, so little that it waits in tails; now and then many at once, come or go. At first
 * nearly as many come as are kept with a set, and some more together with as many who go. */
static void tell(struct story *story)
{
    happen(story, NEARLY_A_CROWD, 0);
    assert_as_counted(story);
    happen(story, NEARLY_A_CROWD / 4, NEARLY_A_CROWD / 4);
    assert_as_counted(story);
    for (int round = 0; round < ROUNDS; round++) {
        const unsigned chance = world_draw(&story->world, 12);
        if (chance == 0)
            happen(story, 2500, 0);
        else if (chance == 1)
            happen(story, 0, story->count * (1 + world_draw(&story->world, 4)) / 4);
        else if (chance < 8)
            happen(story, world_draw(&story->world, 40), chance == 2 ? 3 : 0);
        else
            happen(story, world_draw(&story->world, 400), world_draw(&story->world, 300));
        assert_as_counted(story);
    }
    known_cells_clear(story->known);
    happen(story, 30, 0);
    assert_as_counted(story);
    happen(story, 0, story->count);
    assert_as_counted(story);
}

static void a_crowd_comes_and_goes(void **state)
{
    const struct input *const inputs[] = {&of_things, &of_numbers};
    (void)state;
    for (unsigned seed = 1; seed <= 4; seed++) {
        struct story story;
        open_story(&story, inputs[seed % 2], seed);
        story.input.caught_up = seed > 2; /* then what comes waits in tails */
        tell(&story);
        close_story(&story);
    }
}

/* ---- what was written before there were tails ---------------------------------------------------------- */

enum { OLD = 100 };

/* As store version 15 has it: the summary, and of each tally how it is divided, and its size or its entries.
 */
static int write_old_cell(struct store_tx *tx, void *data, struct error *error)
{
    const struct story *story = data;
    const struct store_member part = {story->input.id, period_of(0), GROUP, 0, 0};
    const uint8_t head[] = {0, OLD, OLD, 1, 1, OLD, 0};
    struct buf bytes = {0}, members = {0};
    struct cell cell;
    count_all(story, 0, &cell);
    buf_put(&bytes, head, sizeof head);
    tally_encode(&cell.tallies[1], &bytes);
    tally_encode(&cell.tallies[0], &members);
    int result = store_cell_put(tx, part.input, part.period, GROUP, bytes.data, bytes.size, error);
    if (result == 0)
        result = store_member_put(tx, &part, members.data, members.size, error);
    cell_free(&cell);
    buf_free(&bytes);
    buf_free(&members);
    return result;
}

static void a_cell_of_before_goes_on(void **state)
{
    (void)state;
    struct story story;
    open_story(&story, &of_things, 9);
    story.input.caught_up = true;
    for (uint32_t actor = 1; actor <= OLD; actor++)
        story.all[story.count++] = (struct event_of){.actor = actor, .thing = 1};
    world_write(&story.world, write_old_cell, &story);
    assert_as_counted(&story);
    happen(&story, 10, 0);
    assert_as_counted(&story);
    happen(&story, 0, 10);
    assert_as_counted(&story);
    close_story(&story);
}

/* ---- what is changed is found -------------------------------------------------------------------------- */

/* A member of the first day, as it is and as it should not be. */
struct forgery {
    struct store_member member;
    struct buf good, bad;
    int said; /* by a comparison: -1, it cannot be read */
};

static int read_member(struct store_view *view, void *data, struct error *error)
{
    struct forgery *forgery = data;
    return store_member_get(view, &forgery->member, &forgery->good, error);
}

static int put_good(struct store_tx *tx, void *data, struct error *error)
{
    const struct forgery *forgery = data;
    return store_member_put(tx, &forgery->member, forgery->good.data, forgery->good.size, error);
}

static int put_bad(struct store_tx *tx, void *data, struct error *error)
{
    const struct forgery *forgery = data;
    return store_member_put(tx, &forgery->member, forgery->bad.data, forgery->bad.size, error);
}

struct looking {
    struct story *story;
    bool same;
    int result;
    bool is_said; /* what cannot be read */
    int found;    /* of what was forged in the head */
};

static int look(struct store_view *view, void *data, struct error *error)
{
    struct looking *looking = data;
    looking->result = compare_day(looking->story, 0, view, &looking->same, error);
    looking->is_said = looking->result != 0 && strstr(error->text, "things\" cannot be read");
    return 0;
}

static void assert_found(struct story *story, struct forgery *forgery, int result)
{
    struct looking looking = {.story = story, .same = true};
    world_write(&story->world, put_bad, forgery);
    world_read(&story->world, look, &looking);
    assert_int_equal(looking.result, result);
    if (result == 0)
        assert_false(looking.same);
    else
        assert_true(looking.is_said);
    world_write(&story->world, put_good, forgery);
    assert_true(is_as_counted(story));
    buf_clear(&forgery->bad);
}

static struct forgery forgery_of(struct story *story, const struct store_member *member)
{
    struct forgery forgery = {.member = *member};
    world_read(&story->world, read_member, &forgery);
    assert_true(forgery.good.size > 0);
    return forgery;
}

static void free_forgery(struct forgery *forgery)
{
    buf_free(&forgery->good);
    buf_free(&forgery->bad);
}

static void forge_part(struct story *story, uint32_t tally)
{
    const struct store_member member = {story->input.id, period_of(0), GROUP, tally, 0};
    struct forgery forgery = forgery_of(story, &member);
    struct tally part = {0};
    struct reader reader = reader_of(forgery.good.data, forgery.good.size);
    assert_found(story, &forgery, 0); /* it is gone */
    tally_decode(&part, &reader);
    part.entries[0].count++;
    tally_encode(&part, &forgery.bad);
    assert_found(story, &forgery, 0);
    part.entries[0].count--;
    part.entries[0].value += 0.5;
    tally_encode(&part, &forgery.bad);
    assert_found(story, &forgery, 0);
    buf_put(&forgery.bad, forgery.good.data, forgery.good.size - 1);
    assert_found(story, &forgery, -1);
    buf_put(&forgery.bad, forgery.good.data, forgery.good.size);
    buf_put_u8(&forgery.bad, 0);
    assert_found(story, &forgery, -1);
    tally_free(&part);
    free_forgery(&forgery);
}

static void encode_set(const roaring_bitmap_t *set, struct buf *out)
{
    const size_t size = roaring_bitmap_portable_size_in_bytes(set);
    roaring_bitmap_portable_serialize(set, (char *)buf_extend(out, size));
}

static void forge_set(struct story *story, uint32_t tally)
{
    const struct event_place place = {&story->input, period_of(0), GROUP};
    const struct store_member member = set_of(&place, tally);
    struct forgery forgery = forgery_of(story, &member);
    roaring_bitmap_t *set =
        roaring_bitmap_portable_deserialize_safe((const char *)forgery.good.data, forgery.good.size);
    const uint32_t one = roaring_bitmap_minimum(set);
    assert_found(story, &forgery, 0); /* it is gone */
    roaring_bitmap_remove(set, one);
    encode_set(set, &forgery.bad);
    assert_found(story, &forgery, 0);
    roaring_bitmap_add(set, PEOPLE + 1); /* as many as there should be, and another one */
    encode_set(set, &forgery.bad);
    assert_found(story, &forgery, 0);
    roaring_bitmap_add(set, one);
    encode_set(set, &forgery.bad);
    assert_found(story, &forgery, 0);
    buf_put(&forgery.bad, forgery.good.data, forgery.good.size / 2);
    assert_found(story, &forgery, -1);
    roaring_bitmap_free(set);
    free_forgery(&forgery);
}

static void what_is_changed_is_found(void **state)
{
    (void)state;
    struct story story;
    open_story(&story, &of_things, 5);
    happen(&story, (size_t)DAYS * A_CROWD, 0);
    assert_as_counted(&story);
    for (uint32_t tally = 0; tally < MOST_TALLIES; tally++) {
        forge_part(&story, tally);
        forge_set(&story, tally);
    }
    close_story(&story);
}

/* Nobody asks how many different numbers there are: of these there is no set. */
static void what_is_changed_of_numbers_is_found(void **state)
{
    (void)state;
    struct story story;
    open_story(&story, &of_numbers, 6);
    happen(&story, (size_t)DAYS * A_CROWD, 0);
    assert_as_counted(&story);
    forge_part(&story, 0);
    forge_part(&story, 1);
    forge_set(&story, 0);
    close_story(&story);
}

/* The head of the first day, with another summary, or another number of people in its parts. */
static int forge_head(struct store_tx *tx, void *data, struct error *error)
{
    struct looking *looking = data;
    const struct input *input = &looking->story->input;
    const struct {
        int events, people, kinds, size;
    } changes[FORGED_HEADS] = {{.events = 1}, {.people = 1}, {.kinds = 1}, {.size = 1}};
    struct buf bytes = {0}, bad = {0};
    struct head head;
    int result = store_cell_get(store_tx_view(tx), input->id, period_of(0), GROUP, &bytes, error);
    for (size_t i = 0; i < FORGED_HEADS && result == 0; i++) {
        result = head_decode(&head, input, bytes.data, bytes.size, error);
        head.summary.events += changes[i].events;
        head.summary.people += changes[i].people;
        head.summary.kinds += changes[i].kinds;
        head.kept[0].size += (size_t)changes[i].size;
        buf_clear(&bad);
        head_encode(&head, &bad);
        head_free(&head);
        result = store_cell_put(tx, input->id, period_of(0), GROUP, bad.data, bad.size, error);
        if (result == 0)
            result = compare_day(looking->story, 0, store_tx_view(tx), &looking->same, error);
        looking->found += !looking->same;
    }
    buf_free(&bytes);
    buf_free(&bad);
    return result;
}

static void a_head_that_is_changed_is_found(void **state)
{
    (void)state;
    struct story story;
    open_story(&story, &of_things, 7);
    happen(&story, (size_t)DAYS * A_CROWD, 0);
    assert_as_counted(&story);
    struct looking looking = {.story = &story};
    world_write(&story.world, forge_head, &looking);
    assert_int_equal(looking.found, FORGED_HEADS);
    close_story(&story);
}

/* ---- what cannot be ------------------------------------------------------------------------------------ */

static int take_back_nobody(struct store_tx *tx, void *data, struct error *error)
{
    struct story *story = data;
    const struct event_place place = {&story->input, period_of(0), GROUP};
    const struct event_of event = {.actor = PEOPLE + 5, .thing = 1};
    struct cell change;
    cell_init(&change, input_tallies(&story->input));
    count_event(story, &event, &change, -1);
    cell_settle(&change);
    const int result = event_members_apply(&place, &change, story->known, tx, error);
    cell_free(&change);
    story->same = result == 1;
    return 0;
}

static void who_was_never_there_cannot_be_taken_back(void **state)
{
    static const size_t sizes[] = {0, 30, 600, (size_t)DAYS * A_CROWD};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct story story;
        open_story(&story, &of_things, 8);
        happen(&story, sizes[i], 0);
        world_write(&story.world, take_back_nobody, &story);
        assert_true(story.same);
        close_story(&story);
    }
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_comes_and_goes),
        cmocka_unit_test(a_cell_of_before_goes_on),
        cmocka_unit_test(what_is_changed_is_found),
        cmocka_unit_test(what_is_changed_of_numbers_is_found),
        cmocka_unit_test(a_head_that_is_changed_is_found),
        cmocka_unit_test(who_was_never_there_cannot_be_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
