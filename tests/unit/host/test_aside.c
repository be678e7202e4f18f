/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What plugins put aside: done beside the loop, one piece after the other, and over before deinit. And what
 * they read there, of which little is in memory at a time. */
#include "host/internal.h"
#include "ingest/events.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

enum { FEEDS = 2, PIECES = 40, READS = 30, MANY = 20, MIB = 1 << 20 };

/* A host with feeds of a plugin whose functions are those below. */
struct bench {
    char folder[64];
    uv_loop_t loop;
    struct config config;
    struct store *store;
    struct ingest *ingest;
    struct host *host; /* NULL: closed */
    struct wz_plugin plugin;
    unsigned deinits;
    struct wz_delivery *delivery; /* that the plugin was given, or NULL */
};

static void shell(char *command)
{
    assert_int_equal(system(command), 0);
    free(command);
}

static void deinit(void *state);

/* As host_start does, which needs an engine too. */
static void start_feeds(struct bench *bench)
{
    bench->plugin = *bench->host->plugins[0].descriptor;
    bench->plugin.deinit = deinit;
    bench->host->plugins[0].descriptor = &bench->plugin;
    for (size_t i = 0; i < FEEDS; i++) {
        bench->host->instances[i]->state = bench->host->instances[i];
        bench->host->instances[i]->stage = INITIALISED;
    }
}

static int open_bench(void **state)
{
    static const struct config_overrides no_overrides;
    struct bench *bench = mem_alloc(sizeof *bench);
    struct error error;
    strcpy(bench->folder, "/tmp/wijzer-aside-XXXXXX");
    if (!mkdtemp(bench->folder) || uv_loop_init(&bench->loop) != 0)
        return -1;
    char *path = mem_format("%s/wijzer.conf", bench->folder);
    FILE *file = fopen(path, "w");
    fputs("[feed a]\nplugin = example\ntimes = 1\n[feed b]\nplugin = example\ntimes = 1\n", file);
    fclose(file);
    shell(mem_format("cc -shared -fPIC -I " SOURCE_DIR "/include -o %s/example.so " SOURCE_DIR
                     "/tests/unit/host/example/example.c",
                     bench->folder));
    const struct ingest_options options = {.state_dir = bench->folder};
    if (config_read(&bench->config, path, &no_overrides, bench->folder, &error) != 0 ||
        store_open(&bench->store, &bench->loop, bench->folder, &error) != 0 ||
        ingest_open(&bench->ingest, bench->store, &options, &error) != 0)
        fail_msg("%s", error.text);
    free(path);
    const struct host_parts parts = {
        .loop = &bench->loop, .config = &bench->config, .store = bench->store, .ingest = bench->ingest};
    if (host_load(&bench->host, &parts, &error) != 0)
        fail_msg("%s", error.text);
    start_feeds(bench);
    bench->loop.data = bench;
    *state = bench;
    return 0;
}

static struct bench *bench_of(const struct wz_instance *instance)
{
    return instance->host->parts.loop->data;
}

static void deinit(void *state)
{
    bench_of(state)->deinits++;
}

static void on_closed(void *data)
{
    *(bool *)data = true;
}

static void ignore(void *data)
{
    (void)data;
}

static void begin_stop(struct bench *bench, bool *closed)
{
    *closed = false;
    host_stop(bench->host, on_closed, closed);
    bench->host = NULL;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    bool closed = true;
    if (bench->host)
        begin_stop(bench, &closed);
    while (!closed)
        uv_run(&bench->loop, UV_RUN_ONCE);
    assert_int_equal(bench->deinits, FEEDS);
    ingest_close(bench->ingest);
    store_close(bench->store, ignore, NULL);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    config_free(&bench->config);
    shell(mem_format("rm -r %s", bench->folder));
    free(bench);
    return 0;
}

/* ---- pieces -------------------------------------------------------------------------------------------- */

/* What all pieces of a test share. */
struct work {
    struct bench *bench;
    pthread_t loop_thread;
    atomic_uint inside; /* so many run */
    unsigned runs;
    unsigned misplaced; /* of these: not alone, not in their turn, or on the loop's thread */
    unsigned ended, stopped;
    unsigned deinits; /* when the last one ended */
    uv_sem_t begun, may_end;
};

struct piece {
    struct work *work;
    unsigned number;
};

static struct work work_of(struct bench *bench)
{
    struct work work = {.bench = bench, .loop_thread = pthread_self()};
    uv_sem_init(&work.begun, 0);
    uv_sem_init(&work.may_end, 0);
    return work;
}

static void free_work(struct work *work)
{
    uv_sem_destroy(&work->begun);
    uv_sem_destroy(&work->may_end);
}

static void run_in_turn(void *context)
{
    const struct piece *piece = context;
    struct work *work = piece->work;
    const bool is_alone = atomic_fetch_add(&work->inside, 1) == 0;
    const bool is_beside = !pthread_equal(work->loop_thread, pthread_self());
    work->misplaced += !is_alone || !is_beside || work->runs != piece->number;
    work->runs++;
    atomic_fetch_sub(&work->inside, 1);
}

/* Runs until the test lets it go on, which only the loop's thread does. */
static void run_long(void *context)
{
    struct work *work = ((struct piece *)context)->work;
    work->runs++;
    uv_sem_post(&work->begun);
    uv_sem_wait(&work->may_end);
}

static void on_done(void *context, int stopped)
{
    const struct piece *piece = context;
    struct work *work = piece->work;
    assert_true(pthread_equal(work->loop_thread, pthread_self()));
    work->ended++;
    work->stopped += stopped != 0;
    work->deinits = work->bench->deinits;
}

static void add(struct piece *piece, size_t feed, wz_aside_fn run)
{
    host_functions.aside(piece->work->bench->host->instances[feed], run, on_done, piece);
}

static void run_until(const struct bench *bench, const unsigned *number, unsigned wanted)
{
    while (*number < wanted)
        uv_run((uv_loop_t *)&bench->loop, UV_RUN_ONCE);
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void one_is_done_at_a_time_in_the_order_of_all_feeds(void **state)
{
    struct work work = work_of(*state);
    struct piece pieces[PIECES];
    for (unsigned i = 0; i < PIECES; i++) {
        pieces[i] = (struct piece){&work, i};
        add(&pieces[i], i % FEEDS, run_in_turn);
    }
    assert_int_equal(work.ended, 0);
    run_until(*state, &work.ended, PIECES);
    assert_int_equal(work.runs, PIECES);
    assert_int_equal(work.misplaced, 0);
    assert_int_equal(work.stopped, 0);
    free_work(&work);
}

static int read_nothing(struct store_view *view, void *data, struct error *error)
{
    (void)view;
    (void)data;
    (void)error;
    return 0;
}

static void on_read(void *data, const struct error *error)
{
    assert_null(error);
    ++*(unsigned *)data;
}

/* If the loop, or all threads of the pool, waited for the piece, this would not end. */
static void the_loop_and_those_who_read_go_on_meanwhile(void **state)
{
    struct bench *bench = *state;
    struct work work = work_of(bench);
    struct piece pieces[PIECES];
    unsigned reads = 0;
    for (unsigned i = 0; i < PIECES; i++) {
        pieces[i] = (struct piece){&work, i};
        add(&pieces[i], 0, run_long);
    }
    uv_sem_wait(&work.begun);
    for (unsigned i = 0; i < READS; i++)
        store_read(bench->store, read_nothing, on_read, &reads);
    run_until(bench, &reads, READS);
    assert_int_equal(work.ended, 0);
    for (unsigned i = 0; i < PIECES; i++)
        uv_sem_post(&work.may_end);
    run_until(bench, &work.ended, PIECES);
    free_work(&work);
}

static void what_runs_when_the_host_stops_is_over_before_deinit(void **state)
{
    struct bench *bench = *state;
    struct work work = work_of(bench);
    struct piece pieces[PIECES];
    bool closed;
    for (unsigned i = 0; i < PIECES; i++) {
        pieces[i] = (struct piece){&work, i};
        add(&pieces[i], 0, run_long);
    }
    uv_sem_wait(&work.begun);
    begin_stop(bench, &closed);
    assert_int_equal(work.ended, PIECES - 1); /* those that had not begun */
    for (unsigned i = 0; i < READS; i++)
        uv_run(&bench->loop, UV_RUN_NOWAIT);
    assert_int_equal(bench->deinits, FEEDS - 1);
    assert_false(closed);
    uv_sem_post(&work.may_end);
    while (!closed)
        uv_run(&bench->loop, UV_RUN_ONCE);
    assert_int_equal(work.runs, 1);
    assert_int_equal(work.ended, PIECES);
    assert_int_equal(work.stopped, PIECES);
    assert_int_equal(work.deinits, FEEDS - 1); /* when the last one ended */
    free_work(&work);
}

static void a_feed_that_fails_leaves_the_line_to_the_others(void **state)
{
    struct bench *bench = *state;
    struct work failing = work_of(bench), other = work_of(bench);
    struct piece pieces[] = {{&failing, 0}, {&failing, 1}, {&other, 0}, {&failing, 2}};
    add(&pieces[0], 0, run_long);
    add(&pieces[1], 0, run_long);
    add(&pieces[2], 1, run_in_turn);
    add(&pieces[3], 0, run_long);
    uv_sem_wait(&failing.begun);
    instance_fail(bench->host->instances[0], "it is a test");
    run_until(bench, &failing.ended, 1);
    assert_int_equal(failing.ended, 2); /* those that had not begun, before and behind the other's */
    assert_int_equal(bench->deinits, 0);
    uv_sem_post(&failing.may_end);
    run_until(bench, &other.ended, 1);
    assert_int_equal(failing.runs, 1);
    assert_int_equal(failing.stopped, 3);
    assert_int_equal(other.stopped, 0);
    assert_int_equal(bench->deinits, 1);
    free_work(&failing);
    free_work(&other);
}

/* ---- what waits for the disk --------------------------------------------------------------------------- */

struct taking {
    atomic_bool is_taken;
    bool was_taken; /* when the piece began */
    unsigned ended;
};

static void on_taken(void *context, const struct wz_events_taken *taken)
{
    struct taking *taking = context;
    assert_int_equal(taken->failure, WZ_NO_FAILURE);
    atomic_store(&taking->is_taken, true);
}

static void look_whether_it_is_taken(void *context)
{
    struct taking *taking = context;
    taking->was_taken = atomic_load(&taking->is_taken);
}

static void count_end(void *context, int stopped)
{
    struct taking *taking = context;
    assert_false(stopped);
    taking->ended++;
}

static void none_begins_while_much_waits_for_the_disk(void **state)
{
    struct bench *bench = *state;
    struct wz_instance *feed = bench->host->instances[0];
    struct taking taking = {.ended = 0};
    struct wz_parcel *parcel = host_functions.parcel_begin(feed);
    char *raw = mem_alloc(MIB + 1);
    memset(raw, 'x', MIB);
    for (uint8_t i = 0; i < MANY; i++) {
        const struct wz_event event = {
            .id = {i}, .actor = "anna", .verb = "did", .object = "that", .time = 1000, .raw = raw};
        assert_int_equal(host_functions.parcel_add(parcel, &event), 0);
    }
    assert_true(host_functions.parcel_size(parcel) > MANY * MIB);
    free(raw);
    host_functions.parcel_put(feed, parcel, on_taken, &taking);
    host_functions.aside(feed, look_whether_it_is_taken, count_end, &taking);
    run_until(bench, &taking.ended, 1);
    assert_true(taking.was_taken);
}

/* ---- parcels that are filled aside --------------------------------------------------------------------- */

struct sending {
    struct wz_instance *feed;
    struct wz_parcel *parcel;
    unsigned taken;
};

static void fill(void *context)
{
    struct sending *sending = context;
    sending->parcel = host_functions.parcel_begin(sending->feed);
    for (uint8_t i = 0; i < MANY; i++) {
        const struct wz_event event = {
            .id = {i}, .actor = "anna", .verb = "did", .object = "that", .time = 1000, .raw = "{}"};
        host_functions.parcel_add(sending->parcel, &event);
    }
}

static void count_taken(void *context, const struct wz_events_taken *taken)
{
    struct sending *sending = context;
    assert_int_equal(taken->failure, WZ_NO_FAILURE);
    for (size_t i = 0; i < taken->count; i++)
        sending->taken += taken->fates[i] == WZ_EVENT_TAKEN;
}

static void hand_in(void *context, int stopped)
{
    const struct sending *sending = context;
    assert_false(stopped);
    host_functions.parcel_put(sending->feed, sending->parcel, count_taken, context);
}

static void what_is_packed_aside_is_handed_in_on_the_loop(void **state)
{
    const struct bench *bench = *state;
    struct sending sending = {.feed = bench->host->instances[1]};
    host_functions.aside(sending.feed, fill, hand_in, &sending);
    run_until(bench, &sending.taken, MANY);
    assert_int_equal(sending.taken, MANY);
    assert_int_equal(sending.feed->accepted, MANY);
}

static void a_parcel_can_be_dropped(void **state)
{
    const struct bench *bench = *state;
    const struct wz_event event = {
        .id = {1}, .actor = "anna", .verb = "did", .object = "that", .time = 1000, .raw = "{}"};
    struct wz_parcel *parcel = host_functions.parcel_begin(bench->host->instances[0]);
    assert_int_equal(host_functions.parcel_add(parcel, &event), 0);
    host_functions.parcel_drop(parcel);
}

/* ---- resources ----------------------------------------------------------------------------------------- */

struct asking {
    const struct bench *bench;
    unsigned *got;
};

static void on_put(void *context, int changed, enum wz_failure failure, const char *error)
{
    assert_int_equal(failure, WZ_NO_FAILURE);
    assert_null(error);
    *(unsigned *)context += changed != 0;
}

static void on_got(void *context, const struct wz_resource *resource, const char *error)
{
    const struct asking *asking = context;
    assert_null(error);
    assert_int_equal(resource->size, 3);
    assert_memory_equal(resource->body, "abc", 3);
    if (asking->bench->host)
        assert_in_range(asking->bench->host->reads.running, 1, 2);
    ++*asking->got;
}

static const struct wz_resource_key where = {.collection = "c", .name = "n"};

static void put_one(const struct bench *bench)
{
    const struct wz_resource resource = {.content_type = "text/plain", .body = "abc", .size = 3};
    unsigned put = 0;
    host_functions.resource_put(bench->host->instances[0], &where, &resource, 0, on_put, &put);
    run_until(bench, &put, 1);
}

static void ask(struct asking *asking, size_t feed)
{
    host_functions.resource_get(asking->bench->host->instances[feed], &where, on_got, asking);
}

/* Each may be as large as a request. */
static void two_resources_are_read_at_a_time(void **state)
{
    const struct bench *bench = *state;
    unsigned got = 0;
    struct asking asking = {bench, &got};
    put_one(bench);
    for (unsigned i = 0; i < PIECES; i++) {
        ask(&asking, i % FEEDS);
        assert_int_equal(bench->host->reads.running, i ? 2 : 1);
    }
    run_until(bench, &got, PIECES);
    assert_int_equal(bench->host->reads.running, 0);
    assert_null(bench->host->reads.first);
}

/* Those who wait hold the host; of a feed that has stopped nobody is told. */
static void what_waits_to_be_read_is_over_when_the_host_is(void **state)
{
    struct bench *bench = *state;
    unsigned got = 0;
    struct asking asking = {bench, &got};
    bool closed;
    put_one(bench);
    for (unsigned i = 0; i < PIECES; i++)
        ask(&asking, i % FEEDS);
    begin_stop(bench, &closed);
    while (!closed)
        uv_run(&bench->loop, UV_RUN_ONCE);
    assert_int_equal(got, 0);
}

/* ---- documents ----------------------------------------------------------------------------------------- */

static void keep_document(void *state, const struct wz_document *document)
{
    bench_of(state)->delivery = document->delivery;
}

static void on_report(void *data, const struct delivery_report *report)
{
    *(enum error_kind *)data = report->error_kind;
}

/* Before it goes to the decoder, the plugin may have to look something up. */
static void what_is_cancelled_while_the_plugin_has_it_is_not_decoded(void **state)
{
    struct bench *bench = *state;
    struct wz_instance *feed = bench->host->instances[0];
    enum error_kind ended = ERROR_NONE;
    const struct feed_document document = {
        .name = "a.json", .descriptor = memfd_create("a", MFD_CLOEXEC), .dry_run = true, .key = "k"};
    bench->plugin.receive = keep_document;
    bench->plugin.stop = NULL;
    feed->stage = STARTED;
    deliveries_add(feed, &document, NULL, on_report, &ended);
    assert_non_null(bench->delivery);
    assert_string_equal(deliveries_cancel(feed, "k"), "a.json");
    assert_int_equal(ended, ERROR_NONE);
    host_functions.decode(feed, bench->delivery, "{}");
    while (ended == ERROR_NONE)
        uv_run(&bench->loop, UV_RUN_ONCE);
    assert_int_equal(ended, ERROR_CANCELLED);
}

#define AT_A_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_A_BENCH(one_is_done_at_a_time_in_the_order_of_all_feeds),
        AT_A_BENCH(the_loop_and_those_who_read_go_on_meanwhile),
        AT_A_BENCH(what_runs_when_the_host_stops_is_over_before_deinit),
        AT_A_BENCH(a_feed_that_fails_leaves_the_line_to_the_others),
        AT_A_BENCH(none_begins_while_much_waits_for_the_disk),
        AT_A_BENCH(what_is_packed_aside_is_handed_in_on_the_loop),
        AT_A_BENCH(a_parcel_can_be_dropped),
        AT_A_BENCH(two_resources_are_read_at_a_time),
        AT_A_BENCH(what_waits_to_be_read_is_over_when_the_host_is),
        AT_A_BENCH(what_is_cancelled_while_the_plugin_has_it_is_not_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
