/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scripts room when things happen at a bad moment: a file saved while it is loaded, a stop with an answer
 * on its way, a worker that dies or never lives. */
#include "script/scripts.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define INSTRUMENT                                                                                           \
    "require 'wijzer'.instrument { id = 'm', groups = { team = 'team' }, items = { a = {} } }\n"
#define INDICATOR(id, body)                                                                                  \
    "local w = require 'wijzer'\n"                                                                           \
    "w.indicator { id = '" id "', source = w.survey 'm', by = { 'team' }, inputs = { x = w.item 'a' },\n"    \
    "compute = function(g)\n" body "\nend }\n"
/* Some hundred milliseconds: longer than it takes to notice a file, and below the limit of a call. */
#define SLOWLY "for i = 1, 120000000 do end\n"

struct scene {
    uv_loop_t loop;
    uv_timer_t tick;
    char root[64], folder[80];
    struct scripts *scripts;
    unsigned changes, answers;
    bool ready, stopped, stop_when_ready;
    enum error_kind error;
    unsigned changes_at_answer;
    int64_t integer;
    char reason[100];                          /* its first line */
    const struct instrument_declaration *held; /* the contract: valid until the next `changed` */
};

static void computed(void *data, const struct compute_result *results, const struct error *error)
{
    struct scene *scene = data;
    scene->answers++;
    scene->changes_at_answer = scene->changes;
    scene->error = error ? error->kind : ERROR_NONE;
    if (!results)
        return;
    scene->integer = results[0].integer;
    snprintf(scene->reason, sizeof scene->reason, "%s", results[0].reason ? results[0].reason : "");
    scene->reason[strcspn(scene->reason, "\n")] = '\0';
}

static void ask(struct scene *scene, const char *indicator)
{
    const struct compute_bytes cells[] = {{NULL, 0}};
    const struct compute_group group = {
        .group = "roc/team", .level = "team", .period = "2025", .cells = cells};
    const struct compute_call call = {.indicator = indicator, .groups = &group, .group_count = 1};
    scripts_compute(scene->scripts, &call, computed, scene);
}

static void changed(void *data)
{
    struct scene *scene = data;
    scene->changes++;
    scene->held = NULL;
}

static void stopped(void *data)
{
    ((struct scene *)data)->stopped = true;
}

static void ready(void *data)
{
    struct scene *scene = data;
    scene->ready = true;
    if (!scene->stop_when_ready)
        return;
    ask(scene, "a");
    scripts_stop(scene->scripts, stopped, scene);
}

static void look_at_held(uv_timer_t *timer)
{
    const struct scene *scene = timer->data;
    if (scene->held)
        assert_string_equal(scene->held->id, "m");
}

static int open_scene(void **state)
{
    struct scene *scene = mem_alloc(sizeof *scene);
    strcpy(scene->root, "/tmp/wijzer-hazards-XXXXXX");
    if (!mkdtemp(scene->root))
        return -1;
    snprintf(scene->folder, sizeof scene->folder, "%s/scripts", scene->root);
    mkdir(scene->folder, 0700);
    uv_loop_init(&scene->loop);
    uv_timer_init(&scene->loop, &scene->tick);
    scene->tick.data = scene;
    uv_timer_start(&scene->tick, look_at_held, 1, 1);
    *state = scene;
    return 0;
}

static void run_for(struct scene *scene, uint64_t ms)
{
    const uint64_t end = uv_hrtime() + ms * 1000000;
    while (uv_hrtime() < end)
        uv_run(&scene->loop, UV_RUN_ONCE);
}

#define RUN_UNTIL(scene, condition)                                                                          \
    do {                                                                                                     \
        const uint64_t begun = uv_hrtime();                                                                  \
        while (!(condition)) {                                                                               \
            uv_run(&(scene)->loop, UV_RUN_ONCE);                                                             \
            if (uv_hrtime() - begun > 8000000000u)                                                           \
                fail_msg("8 seconds without: %s", #condition);                                               \
        }                                                                                                    \
    } while (0)

static int close_scene(void **state)
{
    struct scene *scene = *state;
    if (scene->scripts && !scene->stopped) {
        scripts_stop(scene->scripts, stopped, scene);
        RUN_UNTIL(scene, scene->stopped);
    }
    uv_close((uv_handle_t *)&scene->tick, NULL);
    uv_run(&scene->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&scene->loop), 0);
    char *command = mem_format("rm -r '%s'", scene->root);
    const int result = system(command);
    free(command);
    free(scene);
    return result;
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char *path = mem_format("%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    free(path);
}

static void save(const struct scene *scene, const char *name, const char *text)
{
    write_file(scene->folder, name, text);
}

static void start_with(struct scene *scene, const char *worker)
{
    const struct scripts_options options = {.folders = scene->folder, .worker_path = worker, .call_ms = 1500};
    const struct scripts_callbacks callbacks = {.changed = changed, .ready = ready, .data = scene};
    struct error error;
    if (scripts_start(&scene->scripts, &scene->loop, &options, &callbacks, &error) != 0)
        fail_msg("%s", error.text);
}

static void start(struct scene *scene)
{
    start_with(scene, BIN_DIR "/wijzer-worker");
    RUN_UNTIL(scene, scene->ready);
}

struct wanted {
    const char *file;
    enum script_state state;
    char error[2000];
};

static void look(void *data, const struct script_info *info)
{
    struct wanted *wanted = data;
    if (strcmp(info->file, wanted->file) != 0)
        return;
    wanted->state = info->state;
    snprintf(wanted->error, sizeof wanted->error, "%s", info->error ? info->error : "");
}

static struct wanted info_of(struct scene *scene, const char *file)
{
    struct wanted wanted = {.file = file};
    scripts_each(scene->scripts, look, &wanted);
    return wanted;
}

/* The worker is this process's only child. */
static pid_t worker_pid(void)
{
    char path[64];
    int pid = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *children = fopen(path, "r");
    assert_non_null(children);
    assert_int_equal(fscanf(children, "%d", &pid), 1);
    fclose(children);
    return pid;
}

/* ---- saved while it is loaded -------------------------------------------------------------------------- */

static void a_file_saved_while_it_loads_ends_as_it_stands_in_the_folder(void **state)
{
    struct scene *scene = *state;
    save(scene, "a.lua", INDICATOR("a", "return 1"));
    start(scene);
    save(scene, "a.lua", SLOWLY INDICATOR("a", "return 2"));
    run_for(scene, 80); /* noticed after 50 ms; its load takes longer than the rest */
    save(scene, "a.lua", INDICATOR("a", "return 3"));
    run_for(scene, 1500);
    ask(scene, "a");
    RUN_UNTIL(scene, scene->answers);
    assert_int_equal(scene->integer, 3);
}

static void a_file_that_grows_too_long_while_it_loads_is_reported(void **state)
{
    struct scene *scene = *state;
    start(scene);
    save(scene, "a.lua", SLOWLY INDICATOR("a", "return 1"));
    run_for(scene, 80);
    char *path = mem_format("%s/a.lua", scene->folder);
    assert_int_equal(truncate(path, 2 << 20), 0);
    free(path);
    run_for(scene, 1500);
    assert_non_null(strstr(info_of(scene, "a.lua").error, "longer than 1 MiB"));
}

/* ---- stop ---------------------------------------------------------------------------------------------- */

static void a_stop_with_an_answer_on_its_way_answers_once(void **state)
{
    struct scene *scene = *state;
    save(scene, "a.lua", INDICATOR("a", "return 1"));
    start(scene);
    ask(scene, "a");
    uv_run(&scene->loop, UV_RUN_NOWAIT); /* it is sent */
    usleep(200000);                      /* and the worker has answered */
    scripts_stop(scene->scripts, stopped, scene);
    RUN_UNTIL(scene, scene->stopped);
    assert_int_equal(scene->answers, 1);
}

static void a_stop_answers_what_runs_and_what_waits(void **state)
{
    struct scene *scene = *state;
    save(scene, "a.lua", INDICATOR("a", "while true do end"));
    start(scene);
    ask(scene, "a");
    ask(scene, "a");
    run_for(scene, 50);
    scripts_stop(scene->scripts, stopped, scene);
    RUN_UNTIL(scene, scene->stopped);
    assert_int_equal(scene->answers, 2);
    assert_int_equal(scene->error, ERROR_CLOSED);
}

static void a_stop_from_the_ready_callback_answers_what_waits(void **state)
{
    struct scene *scene = *state;
    scene->stop_when_ready = true;
    save(scene, "a.lua", INDICATOR("a", "return 1"));
    start_with(scene, BIN_DIR "/wijzer-worker");
    RUN_UNTIL(scene, scene->stopped);
    assert_int_equal(scene->answers, 1);
}

/* ---- promises of scripts.h ----------------------------------------------------------------------------- */

static void a_declaration_lives_until_changed_is_called(void **state)
{
    struct scene *scene = *state;
    save(scene, "m.lua", INSTRUMENT);
    start(scene);
    scene->held = scripts_instrument(scene->scripts, "m");
    assert_non_null(scene->held);
    const unsigned changes = scene->changes;
    save(scene, "m.lua", INSTRUMENT "-- edited\n");
    save(scene, "z.lua", SLOWLY); /* loaded after it, and before `changed` */
    RUN_UNTIL(scene, scene->changes > changes);
}

static void a_call_that_was_closed_is_asked_again_at_a_later_changed(void **state)
{
    struct scene *scene = *state;
    save(scene, "a.lua", INDICATOR("a", "return 1"));
    start(scene);
    ask(scene, "a"); /* in the queue when the new text is found */
    save(scene, "a.lua", INDICATOR("a", "return 2"));
    scripts_rescan(scene->scripts);
    RUN_UNTIL(scene, scene->answers);
    if (scene->error == ERROR_CLOSED)
        RUN_UNTIL(scene, scene->changes > scene->changes_at_answer);
}

/* ---- the worker ---------------------------------------------------------------------------------------- */

static void a_worker_killed_with_a_call_open_leaves_every_script_active(void **state)
{
    struct scene *scene = *state;
    save(scene, "a.lua", INDICATOR("a", SLOWLY "return 1"));
    save(scene, "b.lua", INDICATOR("b", "return 2"));
    start(scene);
    ask(scene, "a");
    run_for(scene, 30);
    kill(worker_pid(), SIGKILL);
    RUN_UNTIL(scene, scene->answers);
    run_for(scene, 2500); /* more than the pause after a first strike */
    ask(scene, "a");
    RUN_UNTIL(scene, scene->answers == 2);
    assert_int_equal(scene->integer, 1);
    assert_string_equal(info_of(scene, "b.lua").error, "");
    assert_int_equal(info_of(scene, "a.lua").state, SCRIPT_ACTIVE);
    assert_true(scripts_all_active(scene->scripts));
}

static void a_worker_that_cannot_live_is_not_held_against_scripts(void **state)
{
    struct scene *scene = *state;
    char *worker = mem_format("%s/worker", scene->root);
    write_file(scene->root, "worker", "#!/bin/sh\necho 'no walls could be raised' >&2\nexit 3\n");
    chmod(worker, 0700);
    save(scene, "a.lua", INDICATOR("a", "return 1"));
    start_with(scene, worker);
    run_for(scene, 2500);
    const struct wanted info = info_of(scene, "a.lua");
    free(worker);
    if (strstr(info.error, "a.lua:"))
        fail_msg("blamed: \"%s\"", info.error);
}

/* On a busy machine: by then a script would have been ended. */
static void a_worker_that_begins_slowly_is_waited_for(void **state)
{
    struct scene *scene = *state;
    char *worker = mem_format("%s/worker", scene->root);
    write_file(scene->root, "worker", "#!/bin/sh\n/bin/sleep 2\nexec " BIN_DIR "/wijzer-worker\n");
    chmod(worker, 0700);
    save(scene, "a.lua", INDICATOR("a", "return 1"));
    start_with(scene, worker);
    RUN_UNTIL(scene, worker_pid());
    const pid_t first = worker_pid();
    RUN_UNTIL(scene, scene->ready);
    free(worker);
    assert_int_equal(worker_pid(), first);
    assert_int_equal(info_of(scene, "a.lua").state, SCRIPT_ACTIVE);
}

/* ---- folders and texts --------------------------------------------------------------------------------- */

static void a_folder_made_later_is_watched_after_a_rescan(void **state)
{
    struct scene *scene = *state;
    rmdir(scene->folder);
    start(scene);
    mkdir(scene->folder, 0700);
    save(scene, "a.lua", INDICATOR("a", "return 1"));
    scripts_rescan(scene->scripts);
    RUN_UNTIL(scene, info_of(scene, "a.lua").state == SCRIPT_ACTIVE);
    run_for(scene, 300); /* its `changed` has been called too */
    const unsigned changes = scene->changes;
    save(scene, "a.lua", INDICATOR("a", "return 2"));
    run_for(scene, 1000);
    assert_true(scene->changes > changes);
}

static void an_error_text_is_utf_8_whatever_the_file_holds(void **state)
{
    struct scene *scene = *state;
    save(scene, "a.lua", "x = 'ge\xEBrfd' 'co\xF6rdinatie'\n"); /* Latin-1, and a syntax error beside it */
    save(scene, "b.lua", "error('co\xF6rdinatie')\n");
    save(scene, "c.lua", INDICATOR("c", "error('na\xC3\xAFve co\xF6rdinatie')"));
    start(scene);
    const struct wanted a = info_of(scene, "a.lua"), b = info_of(scene, "b.lua");
    if (!utf8_valid(a.error, strlen(a.error)) || !utf8_valid(b.error, strlen(b.error)))
        fail_msg("not UTF-8: \"%s\", \"%s\"", a.error, b.error);
    assert_non_null(strstr(b.error, "co?rdinatie"));
    ask(scene, "c");
    RUN_UNTIL(scene, scene->answers);
    assert_string_equal(scene->reason, "c.lua:4: na\xC3\xAFve co?rdinatie");
}

#define IN_A_SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(int count, char **arguments)
{
    signal(SIGPIPE, SIG_IGN);
    if (count > 1)
        cmocka_set_test_filter(arguments[1]);
    const struct CMUnitTest tests[] = {
        IN_A_SCENE(a_file_saved_while_it_loads_ends_as_it_stands_in_the_folder),
        IN_A_SCENE(a_file_that_grows_too_long_while_it_loads_is_reported),
        IN_A_SCENE(a_stop_with_an_answer_on_its_way_answers_once),
        IN_A_SCENE(a_stop_answers_what_runs_and_what_waits),
        IN_A_SCENE(a_stop_from_the_ready_callback_answers_what_waits),
        IN_A_SCENE(a_declaration_lives_until_changed_is_called),
        IN_A_SCENE(a_call_that_was_closed_is_asked_again_at_a_later_changed),
        IN_A_SCENE(a_worker_killed_with_a_call_open_leaves_every_script_active),
        IN_A_SCENE(a_worker_that_cannot_live_is_not_held_against_scripts),
        IN_A_SCENE(a_worker_that_begins_slowly_is_waited_for),
        IN_A_SCENE(a_folder_made_later_is_watched_after_a_rescan),
        IN_A_SCENE(an_error_text_is_utf_8_whatever_the_file_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
