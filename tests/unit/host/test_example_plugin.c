/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin from outside: built against a copy of the headers alone, checked and loaded by the real host. */
#include "host/host.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct bench {
    char folder[64];
    uv_loop_t loop;
};

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void shell(const char *format, ...)
{
    char command[1000];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    assert_int_equal(system(command), 0);
}

static void build(const struct bench *bench, const char *name, const char *defines)
{
    shell("cc -shared -fPIC -Wall -Wextra -Werror %s -I '%s/include' -o '%s/%s.so' '" SOURCE_DIR
          "/tests/unit/host/example/example.c'",
          defines, bench->folder, bench->folder, name);
}

static int open_bench(void **state)
{
    struct bench *bench = mem_alloc(sizeof *bench);
    strcpy(bench->folder, "/tmp/wijzer-host-XXXXXX");
    if (!mkdtemp(bench->folder))
        return -1;
    shell("cp -r '" SOURCE_DIR "/include' '%s/include'", bench->folder);
    uv_loop_init(&bench->loop);
    *state = bench;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *bench = *state;
    uv_run(&bench->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench->loop), 0);
    shell("rm -r '%s'", bench->folder);
    free(bench);
    return 0;
}

static void on_closed(void *data)
{
    *(bool *)data = true;
}

/* Loads what a configuration asks for. NULL: good; else the error. */
static const char *load(struct bench *bench, const char *feed, struct error *error)
{
    static const struct config_overrides no_overrides;
    char *path = mem_format("%s/wijzer.conf", bench->folder);
    FILE *file = fopen(path, "w");
    fputs(feed, file);
    fclose(file);
    struct config config;
    struct host *host;
    bool closed = false;
    if (config_read(&config, path, &no_overrides, bench->folder, error) != 0)
        fail_msg("%s", error->text);
    free(path);
    const struct host_parts parts = {.loop = &bench->loop, .config = &config};
    const int result = host_load(&host, &parts, error);
    if (result == 0) {
        host_stop(host, on_closed, &closed);
        while (!closed)
            uv_run(&bench->loop, UV_RUN_ONCE);
    }
    config_free(&config);
    return result == 0 ? NULL : error->text;
}

static void assert_refused(struct bench *bench, const char *feed, const char *expected)
{
    struct error error;
    const char *said = load(bench, feed, &error);
    if (!said || !strstr(said, expected))
        fail_msg("\"%s\" lacks \"%s\"", said ? said : "(it was taken)", expected);
}

static void a_plugin_from_outside_is_taken(void **state)
{
    struct error error;
    build(*state, "example", "");
    assert_null(load(
        *state, "[feed a]\nplugin = example\ntimes = 3\n[feed b]\nplugin = example\ntimes = 1\nloud = yes\n",
        &error));
}

static void one_that_does_not_fit_is_refused_before_it_is_called(void **state)
{
    build(*state, "example", "-DEXAMPLE_ABI=2");
    assert_refused(*state, "[feed a]\nplugin = example\ntimes = 3\n",
                   "is made for version 2 of the plugin interface");
    build(*state, "example", "-DEXAMPLE_SIZE=8");
    assert_refused(*state, "[feed a]\nplugin = example\ntimes = 3\n", "its descriptor has 8 bytes");
    build(*state, "other", "");
    assert_refused(*state, "[feed a]\nplugin = other\ntimes = 3\n", "calls itself 'example'");
    build(*state, "example", "-Dwijzer_plugin=something_else");
    assert_refused(*state, "[feed a]\nplugin = example\ntimes = 3\n", "it has no function wijzer_plugin");
}

static void a_wrong_section_is_refused_with_its_place(void **state)
{
    build(*state, "example", "");
    assert_refused(*state, "\n[feed a]\nplugin = exmaple\n",
                   "wijzer.conf:3: [feed a]: there is no plugin 'exmaple'");
    assert_refused(*state, "[feed a]\nplugin = exmaple\n", "did you mean 'example'?");
    assert_refused(*state, "[feed a]\nplugin = ../example\n", "is not the name of a plugin");
    assert_refused(*state, "[feed a]\nplugin = example\n",
                   "wijzer.conf:1: [feed a] needs the key 'times' (how often to say it)");
    assert_refused(*state, "[feed a]\nplugin = example\ntimes = 10\n",
                   ":3: times = 10: a whole number from 1 to 9 is wanted");
    assert_refused(*state, "[feed a]\nplugin = example\ntimes = 1.5\n", "a whole number from 1 to 9");
    assert_refused(*state, "[feed a]\nplugin = example\ntimes = 1\nloud = perhaps\n",
                   ":4: loud = perhaps: yes or no is wanted");
    assert_refused(*state, "[feed a]\nplugin = example\ntimse = 1\n", ":3: unknown key 'timse' in [feed a]");
    assert_refused(*state, "[feed a]\nplugin = example\ntimse = 1\n", "did you mean 'times'?");
    assert_refused(*state, "[feed a]\nplugin = example\ntimes = 1\nmin_group_sise = 8\n",
                   "did you mean 'min_group_size'?");
    assert_refused(*state, "[feed a]\nplugin = example\ntimes = 1\nmin_group_size = 4\n",
                   "wijzer.conf:4: [feed a]: min_group_size is 4, and that of [wijzer] is 5");
    assert_refused(*state, "[feed a]\nplugin = example\ntimes = 1\nwatch = inbox\n",
                   ":4: plugin 'example' takes no files");
}

#define AT_A_BENCH(test) cmocka_unit_test_setup_teardown(test, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_A_BENCH(a_plugin_from_outside_is_taken),
        AT_A_BENCH(one_that_does_not_fit_is_refused_before_it_is_called),
        AT_A_BENCH(a_wrong_section_is_refused_with_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
