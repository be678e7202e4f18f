/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits for the disk: how much of it there may be, and what it is told when there is no room. */
#include "door.h"

#include "store/internal.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MIB = 1 << 20, MOST_WAITING = 64 * MIB };

/* ---- parcels ------------------------------------------------------------------------------------------- */

static void a_parcel_is_refused_for_the_first_that_cannot_be_kept(void **state)
{
    struct door *door = *state;
    struct wz_event good = event(1, "{}"), bad = event(2, "{}"), later = event(3, "{}");
    struct answer answer = {0};
    struct wz_parcel *parcel = parcel_make(door->ingest);
    bad.verb = "";
    assert_int_equal(parcel_add(parcel, &good), 0);
    assert_true(parcel_size(parcel) > 0);
    assert_int_equal(parcel_add(parcel, &bad), -1);
    assert_int_equal(parcel_add(parcel, &later), -1);
    ingest_parcel(door->ingest, parcel, on_taken, &answer);
    await_answer(door, &answer);
    assert_int_equal(answer.failure, WZ_REFUSED);
    assert_int_equal(answer.at, 1);
    assert_int_equal(answer.count, 2);
    assert_int_equal(answer.fates[1], WZ_EVENT_INVALID);
    assert_non_null(strstr(answer.error, "verb"));
    assert_int_equal(log_size(door), 0);
}

static void a_parcel_that_nobody_hands_in_leaves_nothing(void **state)
{
    struct door *door = *state;
    const struct wz_event one = event(1, "{}");
    struct wz_parcel *parcel = parcel_make(door->ingest);
    assert_int_equal(parcel_add(parcel, &one), 0);
    parcel_free(parcel);
    assert_int_equal(ingest_waiting(door->ingest), 0);
    assert_int_equal(log_size(door), 0);
}

/* ---- how much may wait --------------------------------------------------------------------------------- */

/* Of so many MiB, from an id on. */
static void hand_in(struct door *door, uint8_t id, size_t mib, struct answer *answer)
{
    char *raw = mem_alloc(MIB + 1);
    memset(raw, 'x', MIB);
    struct wz_parcel *parcel = parcel_make(door->ingest);
    for (size_t i = 0; i < mib; i++) {
        const struct wz_event one = event((uint8_t)(id + i), raw);
        assert_int_equal(parcel_add(parcel, &one), 0);
    }
    ingest_parcel(door->ingest, parcel, on_taken, answer);
    free(raw);
}

static void no_more_waits_than_there_is_room_for(void **state)
{
    struct door *door = *state;
    static struct answer first, second, third, fourth;
    hand_in(door, 1, 60, &first);
    hand_in(door, 101, 8, &second);
    const size_t waiting = ingest_waiting(door->ingest);
    assert_in_range(waiting, 60 * MIB, 61 * MIB); /* the second is not kept meanwhile */
    hand_in(door, 201, 1, &third);
    await_answer(door, &third);
    assert_int_equal(first.failure, WZ_NO_FAILURE);
    assert_int_equal(second.failure, WZ_BUSY);
    assert_non_null(strstr(second.error, "send it again later"));
    assert_int_equal(third.failure, WZ_NO_FAILURE);
    assert_int_equal(ingest_waiting(door->ingest), 0);
    hand_in(door, 101, 8, &fourth);
    await_answer(door, &fourth);
    assert_int_equal(fourth.failure, WZ_NO_FAILURE);
    assert_int_equal(log_size(door), 69);
}

/* Else nobody could ever hand it in. */
static void one_that_is_alone_is_let_in(void **state)
{
    struct door *door = *state;
    static struct answer large, small;
    hand_in(door, 1, MOST_WAITING / MIB + 1, &large);
    hand_in(door, 101, 1, &small);
    await_answer(door, &small);
    assert_int_equal(large.failure, WZ_NO_FAILURE);
    assert_int_equal(small.failure, WZ_BUSY);
}

/* ---- a full disk --------------------------------------------------------------------------------------- */

static int leave_no_room(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    return database_execute(tx->view.database, "PRAGMA max_page_count = 1", error);
}

/* What is handed in while a job waits there shares a transaction. */
struct gate {
    uv_sem_t reached, opened;
};

static int wait_for_gate(struct store_tx *tx, void *data, struct error *error)
{
    struct gate *gate = data;
    (void)tx, (void)error;
    uv_sem_post(&gate->reached);
    uv_sem_wait(&gate->opened);
    return 0;
}

static void on_gate(void *data, const struct error *error)
{
    (void)data;
    assert_null(error);
}

/* Fills no block, and does not get smaller by much when it is compressed. */
enum { LARGE = 120000 };

/* Hands in one, and another that is in its transaction; there is no room for them. */
static void meet_full_disk(struct door *door, const struct wz_event *other, struct answer answers[2])
{
    struct error error;
    struct gate gate;
    static char large[LARGE + 1];
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (char)('!' + rand() % ('~' - '!'));
    const struct wz_event one = event(1, large);
    assert_int_equal(store_write_now(door->store, leave_no_room, NULL, &error), 0);
    uv_sem_init(&gate.reached, 0);
    uv_sem_init(&gate.opened, 0);
    store_write(door->store, wait_for_gate, on_gate, &gate);
    while (uv_sem_trywait(&gate.reached) != 0)
        uv_run(&door->loop, UV_RUN_NOWAIT);
    ingest_events(door->ingest, (const struct wz_event *const[]){&one}, 1, on_taken, &answers[0]);
    ingest_events(door->ingest, &other, 1, on_taken, &answers[1]);
    uv_sem_post(&gate.opened);
    await_answer(door, &answers[1]);
    uv_sem_destroy(&gate.reached);
    uv_sem_destroy(&gate.opened);
    assert_int_equal(answers[0].failure, WZ_FULL);
    assert_int_equal(log_size(door), 0);
}

/* That the two have one id is seen before it is seen that there is no room for either. */
static void of_two_of_an_id_that_met_a_full_disk_neither_is_refused(void **state)
{
    const struct wz_event other = event(1, "{}");
    struct answer answers[2] = {0};
    meet_full_disk(*state, &other, answers);
    assert_int_equal(answers[1].failure, WZ_FULL);
    assert_non_null(strstr(answers[1].error, "free some space and send it again"));
}

static void what_is_no_event_is_refused_on_a_full_disk_too(void **state)
{
    struct wz_event none = event(2, "{}");
    struct answer answers[2] = {0};
    none.verb = "";
    meet_full_disk(*state, &none, answers);
    assert_int_equal(answers[1].failure, WZ_REFUSED);
    assert_non_null(strstr(answers[1].error, "verb"));
}

#define AT_THE_DOOR(test) cmocka_unit_test_setup_teardown(test, door_open, door_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_THE_DOOR(a_parcel_is_refused_for_the_first_that_cannot_be_kept),
        AT_THE_DOOR(a_parcel_that_nobody_hands_in_leaves_nothing),
        AT_THE_DOOR(no_more_waits_than_there_is_room_for),
        AT_THE_DOOR(one_that_is_alone_is_let_in),
        AT_THE_DOOR(what_is_no_event_is_refused_on_a_full_disk_too),
        AT_THE_DOOR(of_two_of_an_id_that_met_a_full_disk_neither_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
