/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the scripts room hands out to be kept, and what it makes of it when it is given back. */
#include "script/scripts.h"

#include "base/buf.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define INSTRUMENT(id, rest)                                                                                 \
    "require 'wijzer'.instrument { id = '" id "', groups = { team = 'team' }, items = { a = {} } }\n" rest
#define BROKEN "x = (\n"

enum { MOST = 8 };

struct closet {
    uv_loop_t loop;
    uv_timer_t patience;
    char folder[64];
    struct scripts *scripts;
    bool ready, stopped;
    struct kept_script kept[MOST]; /* with texts and bytes of their own; size 0: free */
    unsigned told;                 /* how many it was told of */
};

static struct kept_script *kept_of(struct closet *closet, const char *file)
{
    for (size_t i = 0; i < MOST; i++)
        if (closet->kept[i].size && strcmp(closet->kept[i].file, file) == 0)
            return &closet->kept[i];
    return NULL;
}

static void drop(struct kept_script *kept)
{
    free((char *)kept->file);
    free((void *)kept->bytes);
    *kept = (struct kept_script){0};
}

static void keep(void *data, const struct kept_script *scripts, size_t count)
{
    struct closet *closet = data;
    for (size_t i = 0; i < count; i++, closet->told++) {
        struct kept_script *place = kept_of(closet, scripts[i].file);
        if (place)
            drop(place);
        for (place = closet->kept; scripts[i].size && place->size; place++)
            assert_true(place < closet->kept + MOST - 1);
        if (scripts[i].size)
            *place = (struct kept_script){mem_copy_text(scripts[i].file),
                                          mem_copy(scripts[i].bytes, scripts[i].size), scripts[i].size};
    }
}

static void on_changed(void *data)
{
    (void)data;
}

static void on_ready(void *data)
{
    ((struct closet *)data)->ready = true;
}

static void on_stopped(void *data)
{
    ((struct closet *)data)->stopped = true;
}

static void out_of_patience(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened for 20 seconds");
}

#define RUN_UNTIL(closet, condition)                                                                         \
    do {                                                                                                     \
        uv_timer_start(&(closet)->patience, out_of_patience, 20000, 0);                                      \
        while (!(condition))                                                                                 \
            uv_run(&(closet)->loop, UV_RUN_ONCE);                                                            \
        uv_timer_stop(&(closet)->patience);                                                                  \
    } while (0)

static void save(const struct closet *closet, const char *name, const char *text)
{
    char *path = mem_format("%s/%s", closet->folder, name), *draft = mem_format("%s.new", path);
    FILE *file = fopen(draft, "w");
    fputs(text, file);
    fclose(file);
    assert_int_equal(rename(draft, path), 0);
    free(draft);
    free(path);
}

static void start(struct closet *closet)
{
    struct kept_script given[MOST];
    size_t count = 0;
    for (size_t i = 0; i < MOST; i++)
        if (closet->kept[i].size)
            given[count++] = closet->kept[i];
    const struct scripts_options options = {.folders = closet->folder,
                                            .worker_path = BIN_DIR "/wijzer-worker",
                                            .call_ms = 300,
                                            .kept = given,
                                            .kept_count = count};
    const struct scripts_callbacks callbacks = {
        .changed = on_changed, .ready = on_ready, .keep = keep, .data = closet};
    struct error error;
    closet->ready = false;
    if (scripts_start(&closet->scripts, &closet->loop, &options, &callbacks, &error) != 0)
        fail_msg("%s", error.text);
    RUN_UNTIL(closet, closet->ready);
}

static void stop(struct closet *closet)
{
    closet->stopped = false;
    scripts_stop(closet->scripts, on_stopped, closet);
    RUN_UNTIL(closet, closet->stopped);
    closet->scripts = NULL;
}

static void restart(struct closet *closet)
{
    stop(closet);
    start(closet);
}

static int open_closet(void **state)
{
    struct closet *closet = mem_alloc(sizeof *closet);
    strcpy(closet->folder, "/tmp/wijzer-kept-XXXXXX");
    if (!mkdtemp(closet->folder))
        return -1;
    uv_loop_init(&closet->loop);
    uv_timer_init(&closet->loop, &closet->patience);
    *state = closet;
    return 0;
}

static int close_closet(void **state)
{
    struct closet *closet = *state;
    if (closet->scripts)
        stop(closet);
    for (size_t i = 0; i < MOST; i++)
        drop(&closet->kept[i]);
    uv_close((uv_handle_t *)&closet->patience, NULL);
    uv_run(&closet->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&closet->loop), 0);
    char *command = mem_format("rm -r '%s'", closet->folder);
    const int result = system(command);
    free(command);
    free(closet);
    return result;
}

/* ---- what is known of a script ------------------------------------------------------------------------- */

struct wanted {
    const char *file;
    bool found, declares;
    enum script_state state;
    char error[500];
};

static void look(void *data, const struct script_info *info)
{
    struct wanted *wanted = data;
    if (strcmp(info->file, wanted->file) != 0)
        return;
    wanted->found = true;
    wanted->declares = info->declarations && info->declarations->instrument_count;
    wanted->state = info->state;
    snprintf(wanted->error, sizeof wanted->error, "%s", info->error ? info->error : "");
}

static struct wanted info_of(struct closet *closet, const char *file)
{
    struct wanted wanted = {.file = file};
    scripts_each(closet->scripts, look, &wanted);
    return wanted;
}

/* Another text of the same length in what is kept, as if it had been kept so. */
static void alter(struct closet *closet, const char *file, const char *from, const char *to)
{
    const struct kept_script *kept = kept_of(closet, file);
    char *at = memmem(kept->bytes, kept->size, from, strlen(from));
    assert_non_null(at);
    assert_int_equal(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void what_runs_is_handed_out_once(void **state)
{
    struct closet *closet = *state;
    save(closet, "a.lua", INSTRUMENT("a", ""));
    save(closet, "b.lua", BROKEN);
    start(closet);
    assert_non_null(kept_of(closet, "a.lua"));
    assert_int_equal(closet->told, 1);
    restart(closet);
    assert_int_equal(closet->told, 1);
    save(closet, "a.lua", INSTRUMENT("a", "-- again"));
    RUN_UNTIL(closet, closet->told == 2);
    save(closet, "a.lua", BROKEN);
    RUN_UNTIL(closet, info_of(closet, "a.lua").state == SCRIPT_FAILED);
    assert_true(info_of(closet, "a.lua").declares);
    restart(closet);
    assert_true(info_of(closet, "a.lua").declares);
    assert_int_equal(info_of(closet, "a.lua").state, SCRIPT_FAILED);
    assert_non_null(strstr(info_of(closet, "a.lua").error, "a.lua:"));
    assert_int_equal(closet->told, 2);
}

static void one_that_does_not_fit_is_not(void **state)
{
    struct closet *closet = *state;
    save(closet, "a.lua", INSTRUMENT("same", ""));
    save(closet, "b.lua", INSTRUMENT("same", ""));
    start(closet);
    assert_non_null(kept_of(closet, "a.lua"));
    assert_null(kept_of(closet, "b.lua"));
}

static void one_that_is_kept_and_fails_goes(void **state)
{
    struct closet *closet = *state;
    save(closet, "a.lua", INSTRUMENT("a", "local x = 1"));
    start(closet);
    stop(closet);
    alter(closet, "a.lua", "local x = 1", "error 'new'");
    save(closet, "a.lua", BROKEN);
    start(closet);
    assert_false(info_of(closet, "a.lua").declares);
    assert_non_null(strstr(info_of(closet, "a.lua").error, "a.lua:2: "));
    RUN_UNTIL(closet, !kept_of(closet, "a.lua"));
}

/* It may not be its own fault, as on a machine that has much else to do. */
static void one_that_takes_too_long_is_kept_for_the_next_start(void **state)
{
    struct closet *closet = *state;
    save(closet, "a.lua", INSTRUMENT("a", "local x = 0 while x == 1 do end"));
    save(closet, "b.lua", INSTRUMENT("b", ""));
    start(closet);
    stop(closet);
    alter(closet, "a.lua", "while x == 1", "while x == 0");
    save(closet, "a.lua", BROKEN);
    save(closet, "b.lua", BROKEN);
    start(closet);
    assert_int_equal(info_of(closet, "a.lua").state, SCRIPT_FAILED);
    assert_non_null(strstr(info_of(closet, "a.lua").error, "a.lua:2: "));
    assert_false(info_of(closet, "a.lua").declares);
    assert_true(info_of(closet, "b.lua").declares);
    assert_non_null(kept_of(closet, "a.lua"));
    save(closet, "a.lua", INSTRUMENT("a", "-- fixed"));
    RUN_UNTIL(closet, memmem(kept_of(closet, "a.lua")->bytes, kept_of(closet, "a.lua")->size, "fixed", 5));
}

static void bytes_that_are_none_are_told_and_go(void **state)
{
    struct closet *closet = *state;
    save(closet, "a.lua", INSTRUMENT("a", ""));
    start(closet);
    stop(closet);
    memset((void *)kept_of(closet, "a.lua")->bytes, 0xff, kept_of(closet, "a.lua")->size);
    start(closet);
    assert_int_equal(info_of(closet, "a.lua").state, SCRIPT_ACTIVE);
    assert_int_equal(*(const uint8_t *)kept_of(closet, "a.lua")->bytes, 1);
}

#define WITH_A_CLOSET(test) cmocka_unit_test_setup_teardown(test, open_closet, close_closet)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_A_CLOSET(what_runs_is_handed_out_once),
        WITH_A_CLOSET(one_that_does_not_fit_is_not),
        WITH_A_CLOSET(one_that_is_kept_and_fails_goes),
        WITH_A_CLOSET(one_that_takes_too_long_is_kept_for_the_next_start),
        WITH_A_CLOSET(bytes_that_are_none_are_told_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
