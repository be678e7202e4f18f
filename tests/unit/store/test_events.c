/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store of events beside a plain list of them: whatever is done to both, both say the same. */
#include "event_list.h"
#include "forgetting.h"
#include "shelf.h"

#include "base/mem.h"
#include "store/event/writer.h"
#include "store/events.h"
#include "store/forget.h"
#include "store/internal.h"

#include <wijzer/record.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { EVENTS = 26000, JOB = 500, QUESTIONS_A_ROUND = 6, MOST_ASKED = 400, SMALL_JOBS = 40 };

struct world {
    struct shelf *shelf;
    struct event_list list;
    uint64_t random;
    uint32_t next_id;
};

static uint32_t roll(struct world *world, uint32_t sides)
{
    world->random = world->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(world->random >> 33) % sides;
}

/* ---- appending ----------------------------------------------------------------------------------------- */

static void id_bytes(uint32_t id, uint8_t bytes[16])
{
    for (int i = 0; i < 16; i++)
        bytes[i] = (uint8_t)((id * 2654435761u) >> (8 * (i % 4)) ^ (uint32_t)i * 17);
    memcpy(bytes, &id, sizeof id);
}

static uint64_t key_of(uint32_t number)
{
    char text[32];
    snprintf(text, sizeof text, "https://example.org/%u", number);
    return number < LIST_KEYS - LIST_PEOPLE ? store_event_key(number % 3, text)
                                            : store_event_key_of_person(7, number);
}

static size_t keys_of(uint64_t bits, uint64_t *keys)
{
    size_t count = 0;
    for (uint32_t i = 0; i < LIST_KEYS; i++)
        if (bits >> i & 1)
            keys[count++] = key_of(i);
    return count;
}

/* The text as it is kept, or with `list` as it is read. */
static void write_text(const struct listed *event, const struct event_list *list, struct buf *out)
{
    buf_append_format(out, "{\"id\":%u,\"people\":[", event->id);
    for (int i = 0; i < 2; i++) {
        if (!event->marked[i])
            buf_append_format(out, "\"mailto:%u\",", event->people[i]);
        else if (!list)
            buf_append_format(out, "\"" WZ_PERSON_MARK "%d" WZ_PERSON_MARK "\",", i);
        else if (list_is_gone(list, event->people[i]))
            buf_append_text(out, "\"00000000000000000000000000000000\",");
        else
            buf_append_format(out, "\"%08x5a5a5a5a5a5a5a5a5a5a5a5a\",", __builtin_bswap32(event->people[i]));
    }
    memset(buf_extend(out, event->padding), 'x', event->padding);
    buf_append_text(out, "]}");
}

static int append_listed(struct store_tx *tx, const struct listed *event, enum store_outcome *outcome,
                         uint64_t *position, struct error *error)
{
    uint64_t keys[LIST_KEYS];
    uint8_t target[16];
    struct buf text = {0};
    const struct event facts = {.actor = event->actor, .verb = 1, .object = event->id};
    const struct store_attachment attachment = {
        .key = "a", .content_type = "text/plain", .bytes = "12", .size = 2};
    write_text(event, NULL, &text);
    id_bytes(event->target, target);
    struct store_event given = {.time = event->time,
                                .facts = &facts,
                                .digest = event->digest,
                                .people = event->people,
                                .people_count = 2,
                                .keys = keys,
                                .key_count = keys_of(event->keys, keys),
                                .target = event->target ? target : NULL,
                                .voids = event->voids,
                                .raw = (const char *)text.data,
                                .raw_size = text.size,
                                .attachments = &attachment,
                                .attachment_count = event->id % 50 == 0};
    id_bytes(event->id, given.id);
    const int result = store_event_append(tx, &given, outcome, position, error);
    buf_free(&text);
    return result;
}

/* People are known by their numbers, which stand in their pseudonyms. */
static int person_number(struct store_tx *tx, uint32_t *number, struct error *error)
{
    uint8_t pseudonym[PSEUDONYM_SIZE];
    uint32_t known;
    memset(pseudonym, 0x5a, sizeof pseudonym);
    memcpy(pseudonym, number, sizeof *number);
    if (store_subject_intern(tx, STORE_ACTOR, pseudonym, sizeof pseudonym, &known, error) != 0)
        return -1;
    return known == *number ? 0 : error_set(error, ERROR_FAILED, "person %u has number %u", *number, known);
}

static struct listed make_event(struct world *world)
{
    struct listed event = {.time = 1000 + roll(world, 1000000), .digest = roll(world, 1000)};
    event.id = ++world->next_id;
    for (uint32_t i = 1 + roll(world, 4); i > 0; i--)
        event.keys |= UINT64_C(1) << roll(world, LIST_KEYS);
    for (int i = 0; i < 2; i++) {
        event.people[i] = 1 + roll(world, LIST_PEOPLE);
        event.marked[i] = roll(world, 400) != 0;
    }
    event.actor = event.people[0];
    event.padding = roll(world, 300);
    if (roll(world, 15) == 0) { /* of one that was, or that may come */
        event.voids = roll(world, 2) == 0;
        event.target = roll(world, 4) ? 1 + roll(world, event.id) : event.id + roll(world, 200);
    }
    return event;
}

static int append_one(struct store_tx *tx, struct world *world, struct error *error)
{
    struct listed event = make_event(world);
    struct listed *there = NULL;
    enum store_outcome outcome, expected = STORE_ACCEPTED;
    if (roll(world, 30) == 0 && (there = list_find(&world->list, 1 + roll(world, event.id)))) {
        world->next_id--;
        event = *there;
        event.digest += roll(world, 2);
        const bool is_same = event.digest == there->digest || list_is_gone(&world->list, event.people[0]) ||
                             list_is_gone(&world->list, event.people[1]);
        expected = is_same ? STORE_DUPLICATE : STORE_CONFLICT;
    }
    for (int i = 0; i < 2 && !there; i++)
        while (list_is_gone(&world->list, event.people[i]))
            event.people[i] = 1 + roll(world, LIST_PEOPLE);
    if (!there)
        event.actor = event.people[0];
    uint64_t position;
    if (append_listed(tx, &event, &outcome, &position, error) != 0)
        return -1;
    if (outcome != expected || (there && position != there->position))
        return error_set(error, ERROR_FAILED, "event %u: outcome %d, not %d", event.id, outcome, expected);
    event.position = position;
    if (!there)
        list_append(&world->list, &event);
    return 0;
}

static int append_some(struct store_tx *tx, void *data, struct error *error)
{
    struct world *world = data;
    const uint32_t count = 1 + roll(world, JOB);
    for (uint32_t i = 0; i < count; i++)
        if (append_one(tx, world, error) != 0)
            return -1;
    return 0;
}

/* ---- asking -------------------------------------------------------------------------------------------- */

struct heard {
    struct world *world;
    struct store_event_found last;
    uint64_t positions[MOST_ASKED];
    size_t count;
    bool wrong;
};

static struct listed *at_position(struct event_list *list, uint64_t position)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (list->all[middle].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list->count && list->all[low].position == position ? &list->all[low] : NULL;
}

static int hear(void *data, const struct store_event_found *found)
{
    struct heard *heard = data;
    const struct listed *event = at_position(&heard->world->list, found->position);
    struct buf text = {0};
    if (event)
        write_text(event, &heard->world->list, &text);
    buf_put_u8(&text, 0);
    heard->wrong |= !event || strcmp((const char *)text.data, found->raw) != 0 ||
                    found->time != event->time || found->voided != event->voided ||
                    strlen(found->raw) != found->raw_size;
    if (heard->count < MOST_ASKED)
        heard->positions[heard->count++] = found->position;
    heard->last = *found;
    buf_free(&text);
    return 0;
}

static int take_stored(void *data, const struct store_event_found *found)
{
    struct world *world = data;
    struct listed *event = at_position(&world->list, found->position);
    if (event)
        event->stored = found->stored;
    return 0;
}

static int read_stored(struct store_view *view, void *data, struct error *error)
{
    struct store_event_page page;
    const struct store_event_question all = {
        .since = INT64_MIN, .until = INT64_MIN, .limit = SIZE_MAX, .most_bytes = SIZE_MAX};
    return store_events_find(view, &all, take_stored, data, &page, error);
}

static int64_t some_time(struct world *world)
{
    return roll(world, 3) ? INT64_MIN
                          : world->list.all[roll(world, (uint32_t)world->list.count)].stored - roll(world, 2);
}

static int ask(struct store_view *view, void *data, struct error *error)
{
    struct world *world = data;
    struct heard *heard = mem_alloc(sizeof *heard);
    uint64_t keys[LIST_KEYS], positions[MOST_ASKED], next;
    struct store_event_page page;
    struct list_question wanted = {.since = some_time(world),
                                   .until = some_time(world),
                                   .ascending = roll(world, 2),
                                   .limit = 1 + roll(world, MOST_ASKED - 1)};
    for (uint32_t i = roll(world, 3); i > 0; i--)
        wanted.keys |= UINT64_C(1) << roll(world, LIST_KEYS);
    if (roll(world, 2))
        wanted.from = 1 + roll(world, (uint32_t)world->list.all[world->list.count - 1].position);
    const struct store_event_question question = {.keys = keys,
                                                  .key_count = keys_of(wanted.keys, keys),
                                                  .since = wanted.since,
                                                  .until = wanted.until,
                                                  .from = wanted.from,
                                                  .ascending = wanted.ascending,
                                                  .limit = wanted.limit,
                                                  .most_bytes = SIZE_MAX};
    heard->world = world;
    int result = store_events_find(view, &question, hear, heard, &page, error);
    const size_t count = list_answer(&world->list, &wanted, positions, &next);
    if (result == 0 && (heard->wrong || heard->count != count || page.next != next ||
                        memcmp(heard->positions, positions, count * sizeof *positions) != 0))
        result =
            error_set(error, ERROR_FAILED,
                      "asked for %llx since %lld until %lld from %llu, %s: %zu of %zu, next %llu of %llu%s",
                      (unsigned long long)wanted.keys, (long long)wanted.since, (long long)wanted.until,
                      (unsigned long long)wanted.from, wanted.ascending ? "ascending" : "descending",
                      heard->count, count, (unsigned long long)page.next, (unsigned long long)next,
                      heard->wrong ? ", and one reads wrong" : "");
    free(heard);
    return result;
}

static int ask_by_id(struct store_view *view, void *data, struct error *error)
{
    struct world *world = data;
    struct heard heard = {.world = world};
    uint8_t bytes[16];
    const uint32_t id = 1 + roll(world, world->next_id + 5);
    struct listed *event = list_find(&world->list, id);
    struct store_event_page page;
    id_bytes(id, bytes);
    const struct store_event_question question = {.id = bytes,
                                                  .since = INT64_MIN,
                                                  .until = INT64_MIN,
                                                  .limit = 1,
                                                  .most_bytes = 10,
                                                  .with_attachments = true};
    if (store_events_find(view, &question, hear, &heard, &page, error) != 0)
        return -1;
    if (heard.wrong || heard.count != (event ? 1 : 0) ||
        (event && (heard.positions[0] != event->position || memcmp(heard.last.id, bytes, sizeof bytes) != 0 ||
                   heard.last.attachment_count != (id % 50 == 0))))
        return error_set(error, ERROR_FAILED, "event %u was not found as it is", id);
    return 0;
}

static int ask_some(struct store_view *view, void *data, struct error *error)
{
    int result = 0;
    for (int i = 0; i < QUESTIONS_A_ROUND && result == 0; i++)
        if ((result = ask(view, data, error)) == 0)
            result = ask_by_id(view, data, error);
    return result;
}

/* Before the transaction ends, its events are found as all others. */
static int append_then_ask(struct store_tx *tx, void *data, struct error *error)
{
    return append_some(tx, data, error) != 0 || read_stored(&tx->view, data, error) != 0
               ? -1
               : ask_some(&tx->view, data, error);
}

static int ask_writer(struct store_tx *tx, void *data, struct error *error)
{
    return read_stored(&tx->view, data, error) == 0 ? ask_some(&tx->view, data, error) : -1;
}

/* As a single one that an LMS sends. */
static int append_few(struct store_tx *tx, void *data, struct error *error)
{
    for (uint32_t i = roll(data, 3); i < 3; i++)
        if (append_one(tx, data, error) != 0)
            return -1;
    return 0;
}

/* What is not in the list is not to be in the store. */
static int append_in_vain(struct store_tx *tx, void *data, struct error *error)
{
    struct world *world = data;
    const uint32_t next_id = world->next_id;
    for (uint32_t i = roll(world, JOB); i < JOB; i++) {
        const struct listed event = make_event(world);
        enum store_outcome outcome;
        uint64_t position;
        if (append_listed(tx, &event, &outcome, &position, error) != 0)
            return -1;
    }
    world->next_id = next_id;
    return error_set(error, ERROR_INPUT, "on purpose");
}

/* ---- what else is done --------------------------------------------------------------------------------- */

static int pack(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    if (!events_fill(tx, 1))
        return 0;
    return events_pack(tx, error);
}

static int begin_forgetting(struct store_tx *tx, void *data, struct error *error)
{
    const uint32_t *person = data;
    uint8_t pseudonym[PSEUDONYM_SIZE];
    uint64_t id;
    memset(pseudonym, 0x5a, sizeof pseudonym);
    memcpy(pseudonym, person, sizeof *person);
    return store_forget_begin(tx, pseudonym, 0, &id, error);
}

static void forget(struct world *world, uint32_t person)
{
    bool found = true;
    shelf_run(world->shelf, begin_forgetting, &person);
    while (found)
        shelf_run(world->shelf, forget_step, &found);
    list_forget(&world->list, person);
}

/* ---- the log ------------------------------------------------------------------------------------------- */

struct entries {
    struct world *world;
    size_t events, gone;
    bool wrong;
};

static int count_entry(void *data, const struct store_entry *entry)
{
    struct entries *entries = data;
    struct event facts = {0};
    if (entry->kind == STORE_EVENT) {
        const struct listed *event = at_position(&entries->world->list, entry->position);
        entries->wrong |= !event || event->removed;
        entries->events++;
    }
    if (event_decode(&facts, entry->body, entry->body_size) == 0 && entry->kind == STORE_EVENT_GONE) {
        const struct listed *event = list_find(&entries->world->list, facts.object);
        entries->wrong |= !event || !event->voided || event->time != entry->time;
        entries->gone++;
    }
    event_free(&facts);
    return 0;
}

static int count_entries(struct store_tx *tx, void *data, struct error *error)
{
    return store_log_after(&tx->view, 0, SIZE_MAX >> 1, count_entry, data, error);
}

static void assert_log(struct world *world)
{
    struct entries entries = {.world = world};
    size_t events = 0, gone = 0;
    for (size_t i = 0; i < world->list.count; i++) {
        const struct listed *event = &world->list.all[i];
        events += !event->removed;
        gone += !event->removed && event->voided;
    }
    shelf_run(world->shelf, count_entries, &entries);
    assert_false(entries.wrong);
    assert_int_equal(entries.events, events);
    assert_int_equal(entries.gone, gone);
    assert_true(gone > 0);
}

static int read_figures(struct store_view *view, void *data, struct error *error)
{
    return store_figures(view, data, error);
}

/* Of what was forgotten nothing is counted; a block keeps the time at which it came. */
static void assert_figures(struct world *world)
{
    struct store_figures figures;
    const struct listed *first = NULL;
    size_t events = 0;
    for (size_t i = 0; i < world->list.count; i++)
        if (!world->list.all[i].removed) {
            first = first ? first : &world->list.all[i];
            events++;
        }
    shelf_read(world->shelf, read_figures, &figures);
    assert_int_equal(figures.events, events);
    assert_true(first ? figures.since >= world->list.all[0].stored && figures.since <= first->stored
                      : figures.since == 0);
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static int make_people(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    for (uint32_t i = 1; i <= LIST_PEOPLE; i++)
        if (person_number(tx, &i, error) != 0)
            return -1;
    return 0;
}

static void ask_all(struct world *world)
{
    shelf_run(world->shelf, ask_writer, world);
    shelf_read(world->shelf, ask_some, world);
}

static void append_many_small_ones(struct world *world)
{
    for (int i = 0; i < SMALL_JOBS; i++)
        shelf_run(world->shelf, append_few, world);
}

static void fail_to_append(struct world *world)
{
    struct error error;
    assert_int_equal(store_write_now(world->shelf->store, append_in_vain, world, &error), -1);
    assert_string_equal(error.text, "on purpose");
}

static void do_something(struct world *world, uint32_t *forgotten)
{
    const uint32_t what = roll(world, 14);
    if (what == 0)
        shelf_reopen_store(world->shelf);
    if (what < 4)
        shelf_run(world->shelf, pack, NULL);
    if (what == 5 && world->list.count > EVENTS / 4 && *forgotten < 3)
        forget(world, ++*forgotten);
    if (what == 6)
        append_many_small_ones(world);
    if (what == 7)
        fail_to_append(world);
    if (what == 8)
        shelf_run(world->shelf, append_then_ask, world);
    if (what > 9)
        ask_all(world);
}

static void both_say_the_same(void **state)
{
    struct world world = {.shelf = *state, .random = 42};
    uint32_t forgotten = 0;
    shelf_run(world.shelf, make_people, NULL);
    assert_figures(&world);
    while (world.list.count < EVENTS) {
        shelf_run(world.shelf, append_some, &world);
        do_something(&world, &forgotten);
    }
    assert_figures(&world);
    forget(&world, ++forgotten);
    ask_all(&world);
    assert_log(&world);
    assert_figures(&world);
    shelf_reopen_store(world.shelf);
    ask_all(&world);
    assert_figures(&world);
    list_free(&world.list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_say_the_same, shelf_open, shelf_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
