/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long indicators take to be current again after a batch of 1,000 events, and a backfill of all:
 * bench-indicators FOLDER SCRIPTS WORKER EVENTS
 * FOLDER is where the store is; one with as many events already is used again. Prints lines "WHAT NUMBER".
 */
#include "engine/engine.h"
#include "store/events.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum {
    STUDENTS = 30000,
    SCHOOLS = 20,
    COURSES = 25, /* of a school */
    OBJECTS = 5000,
    VERBS = 4,
    DAYS = 420,
    BATCH = 1000,
    ROUNDS = 10
};

struct bench {
    uv_loop_t loop;
    struct store *store;
    struct scripts *scripts;
    struct engine *engine;
    uint64_t chance, number, wanted;
    int64_t last, step_ms; /* of the events' times: that of the last one so far */
    size_t batch;
    uint32_t duration, verbs[VERBS];
    bool ready, done;
};

static double now_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return 1e3 * (double)at.tv_sec + 1e-6 * (double)at.tv_nsec;
}

static unsigned draw(struct bench *bench, unsigned below)
{
    bench->chance ^= bench->chance << 13;
    bench->chance ^= bench->chance >> 7;
    bench->chance ^= bench->chance << 17;
    return (unsigned)(bench->chance >> 33) % below;
}

static void run_until(struct bench *bench, const bool *flag)
{
    while (!*flag)
        uv_run(&bench->loop, UV_RUN_ONCE);
}

static void fail(const char *text)
{
    fprintf(stderr, "bench-indicators: %s\n", text);
    exit(1);
}

static void on_done(void *data, const struct error *error)
{
    if (error)
        fail(error->text);
    ((struct bench *)data)->done = true;
}

static int intern(struct store_tx *tx, enum store_subject kind, const char *what, unsigned number,
                  uint32_t *id, struct error *error)
{
    char key[40];
    const int size = snprintf(key, sizeof key, "%s-%u", what, number);
    return store_subject_intern(tx, kind, key, (size_t)size, id, error);
}

static int append_one(struct store_tx *tx, struct bench *bench, struct event *event, struct error *error)
{
    char school[16], course[16];
    struct store_event stored = {.facts = event, .raw = "{}", .raw_size = 2};
    uint32_t outer;
    uint64_t position;
    enum store_outcome outcome;
    const unsigned student = draw(bench, STUDENTS), at_school = student % SCHOOLS;
    snprintf(school, sizeof school, "S%u", at_school);
    snprintf(course, sizeof course, "C%u", draw(bench, COURSES));
    event->count = 0;
    if (intern(tx, STORE_ACTOR, "student", student, &event->actor, error) != 0 ||
        intern(tx, STORE_VERB, "verb", draw(bench, VERBS), &event->verb, error) != 0 ||
        intern(tx, STORE_OBJECT, "object", draw(bench, OBJECTS), &event->object, error) != 0 ||
        store_group_intern(tx, 0, "institution", school, &outer, error) != 0 ||
        store_group_intern(tx, outer, "course", course, &event->group, error) != 0)
        return -1;
    if (event->verb % 2)
        event_add(event, bench->duration, (double)draw(bench, 60000) / 600);
    for (int i = 0; i < 8; i++)
        stored.id[15 - i] = (uint8_t)(bench->number >> 8 * i);
    bench->number++;
    stored.time = bench->last += bench->step_ms;
    return store_event_append(tx, &stored, &outcome, &position, error);
}

static int append(struct store_tx *tx, void *data, struct error *error)
{
    struct bench *bench = data;
    struct event event = {0};
    int result = store_item_intern(tx, "duration", &bench->duration, error);
    for (size_t i = 0; i < bench->batch && result == 0; i++)
        result = append_one(tx, bench, &event, error);
    event_free(&event);
    return result;
}

static void write_batch(struct bench *bench, size_t count)
{
    bench->batch = count;
    bench->done = false;
    store_write(bench->store, append, on_done, bench);
    run_until(bench, &bench->done);
}

static int read_end(struct store_view *view, void *data, struct error *error)
{
    return store_log_end(view, &((struct bench *)data)->number, error);
}

static void on_changed(void *data)
{
    struct bench *bench = data;
    if (bench->engine)
        engine_scripts_changed(bench->engine);
}

static void on_ready(void *data)
{
    ((struct bench *)data)->ready = true;
}

static void on_stopped(void *data)
{
    ((struct bench *)data)->done = true;
}

static void wait_until_idle(struct bench *bench)
{
    struct engine_status status;
    engine_wake(bench->engine);
    for (engine_status(bench->engine, &status); !status.idle; engine_status(bench->engine, &status)) {
        if (status.error)
            fail(status.error);
        uv_run(&bench->loop, UV_RUN_ONCE);
    }
}

static void start(struct bench *bench, const char *scripts, const char *worker)
{
    struct error error;
    const struct scripts_options options = {.folders = scripts, .worker_path = worker};
    const struct scripts_callbacks callbacks = {.changed = on_changed, .ready = on_ready, .data = bench};
    if (scripts_start(&bench->scripts, &bench->loop, &options, &callbacks, &error) != 0)
        fail(error.text);
    const struct engine_options engine = {.store = bench->store,
                                          .scripts = bench->scripts,
                                          .clock = &clock_on_the_wall,
                                          .min_group_size = 5,
                                          .min_change = 1};
    bench->engine = engine_start(&bench->loop, &engine);
    run_until(bench, &bench->ready);
    engine_scripts_ready(bench->engine);
}

/* Of all threads, without the scripts' process: what others do on the machine changes less of it. */
static double processor_ms(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return 1e3 * (double)used.tv_sec + 1e-6 * (double)used.tv_nsec;
}

static int by_size(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* What comes in happened just now, however far apart the stored ones are. */
static void write_news(struct bench *bench)
{
    bench->step_ms = 1;
    bench->last = clock_read(&clock_on_the_wall) - BATCH;
    write_batch(bench, BATCH);
}

static void refresh(struct bench *bench)
{
    double times[ROUNDS], processor[ROUNDS];
    write_news(bench); /* after a start, windows are put together for once */
    wait_until_idle(bench);
    for (size_t i = 0; i < ROUNDS; i++) {
        write_news(bench);
        const double begin = now_ms(), used = processor_ms();
        wait_until_idle(bench);
        times[i] = now_ms() - begin;
        processor[i] = processor_ms() - used;
    }
    qsort(times, ROUNDS, sizeof *times, by_size);
    qsort(processor, ROUNDS, sizeof *processor, by_size);
    printf("refresh_processor_ms %.1f\n", processor[ROUNDS / 2]);
    printf("refresh_ms %.1f\nrefresh_fastest_ms %.1f\nrefresh_slowest_ms %.1f\n", times[ROUNDS / 2], times[0],
           times[ROUNDS - 1]);
}

static void stop(struct bench *bench)
{
    bench->done = false;
    engine_stop(bench->engine, on_stopped, bench);
    run_until(bench, &bench->done);
    bench->done = false;
    scripts_stop(bench->scripts, on_stopped, bench);
    run_until(bench, &bench->done);
    bench->done = false;
    store_close(bench->store, on_stopped, bench);
    run_until(bench, &bench->done);
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    uv_loop_close(&bench->loop);
}

int main(int count, char **arguments)
{
    if (count != 5)
        fail("usage: bench-indicators FOLDER SCRIPTS WORKER EVENTS");
    struct error error;
    struct bench bench = {.chance = 0x9e3779b97f4a7c15u, .wanted = strtoull(arguments[4], NULL, 10)};
    uv_loop_init(&bench.loop);
    if (store_open(&bench.store, &bench.loop, arguments[1], &error) != 0)
        fail(error.text);
    store_read(bench.store, read_end, on_done, &bench);
    run_until(&bench, &bench.done);
    bench.chance += bench.number;
    bench.step_ms = (int64_t)DAYS * 86400000 / (int64_t)bench.wanted;
    bench.last = clock_read(&clock_on_the_wall) - (int64_t)DAYS * 86400000;
    double begin = now_ms();
    while (bench.number < bench.wanted)
        write_batch(&bench, 20000);
    printf("fill_s %.1f\n", (now_ms() - begin) / 1e3);
    fflush(stdout);
    begin = now_ms();
    start(&bench, arguments[2], arguments[3]);
    wait_until_idle(&bench);
    printf("backfill_s %.1f\n", (now_ms() - begin) / 1e3);
    refresh(&bench);
    stop(&bench);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("memory_mib %.1f\n", (double)usage.ru_maxrss / 1024);
    return 0;
}
