/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/config.h"
#include "config/params.h"

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

static const struct config_overrides no_overrides;

struct folder {
    char path[64];
    char *main_file, *drop_ins;
};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int make_folder(void **state)
{
    struct folder *folder = mem_alloc(sizeof *folder);
    strcpy(folder->path, "/tmp/wijzer-config-XXXXXX");
    if (!mkdtemp(folder->path))
        return -1;
    folder->main_file = mem_format("%s/wijzer.conf", folder->path);
    folder->drop_ins = mem_format("%s/wijzer.conf.d", folder->path);
    *state = folder;
    return mkdir(folder->drop_ins, 0700);
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    char *command = mem_format("rm -r '%s'", folder->path);
    const int result = system(command);
    free(command);
    free(folder->main_file);
    free(folder->drop_ins);
    free(folder);
    return result;
}

static void write_drop_in(const struct folder *folder, const char *name, const char *text)
{
    char *path = mem_format("%s/%s", folder->drop_ins, name);
    write_file(path, text);
    free(path);
}

static int read_config(const struct folder *folder, struct config *config, struct error *error)
{
    return config_read(config, folder->main_file, &no_overrides, "/plugins", error);
}

/* The configuration is refused with a message that holds each of the texts. */
static void assert_refused(const struct folder *folder, const char *text, const char *first,
                           const char *second)
{
    struct config config;
    struct error error = {0};
    write_file(folder->main_file, text);
    assert_int_equal(read_config(folder, &config, &error), -1);
    if (!strstr(error.text, first) || !strstr(error.text, second))
        fail_msg("\"%s\" lacks \"%s\" or \"%s\"", error.text, first, second);
}

static void the_design_s_example_is_read(void **state)
{
    struct folder *folder = *state;
    write_file(folder->main_file, "[wijzer]\n"
                                  "state_dir = /var/lib/wijzer\n"
                                  "socket = run/wijzerd.sock\n"
                                  "scripts = /etc/wijzer/scripts:own\n"
                                  "min_group_size = 7   ; more than the default\n"
                                  ";listen = 127.0.0.1:8787\n"
                                  "\n"
                                  "[feed monitor]\n"
                                  "plugin = survey\n"
                                  "instrument = monitor-ict\n"
                                  "[params genai_readiness]\n"
                                  "floor = 2.8\n"
                                  "label = \"team\"\n"
                                  "strict = true\n");
    struct config config;
    struct error error = {0};
    assert_int_equal(read_config(folder, &config, &error), 0);
    assert_string_equal(config.state_dir, "/var/lib/wijzer");
    char *socket = mem_format("%s/run/wijzerd.sock", folder->path);
    char *scripts = mem_format("/etc/wijzer/scripts:%s/own", folder->path);
    assert_string_equal(config.socket, socket);
    assert_string_equal(config.scripts, scripts);
    free(socket);
    free(scripts);
    assert_string_equal(config.plugins, "/plugins");
    assert_int_equal(config.min_group_size, 7);
    assert_int_equal(config.min_change, 3);
    assert_null(config.listen);
    assert_int_equal(config.section_count, 2);
    assert_string_equal(config.sections[0].name, "monitor");
    const struct config_key *instrument = config_key(&config.sections[0], "instrument");
    assert_string_equal(instrument->value, "monitor-ict");
    assert_int_equal(instrument->line, 10);
    char *params = config_params_json(&config);
    assert_string_equal(params,
                        "{\"genai_readiness\":{\"floor\":2.8,\"label\":\"\\\"team\\\"\",\"strict\":true}}");
    free(params);
    config_free(&config);
}

static void drop_ins_come_after_in_byte_order(void **state)
{
    struct folder *folder = *state;
    write_file(folder->main_file,
               "[wijzer]\nmin_group_size = 5\n[feed a]\nplugin = survey\ninstrument = x\n");
    write_drop_in(folder, "20-b.conf", "[wijzer]\nmin_group_size = 9\nmin_change = 4\n");
    write_drop_in(folder, "10-a.conf", "[wijzer]\nmin_group_size = 8\n[feed a]\ninstrument = y\n");
    write_drop_in(folder, "30-ignored.conf.bak", "[nonsense]\n");
    struct config config;
    struct error error = {0};
    assert_int_equal(read_config(folder, &config, &error), 0);
    assert_int_equal(config.min_group_size, 9);
    assert_int_equal(config.min_change, 4);
    assert_string_equal(config_key(&config.sections[0], "instrument")->value, "y");
    assert_string_equal(config_key(&config.sections[0], "plugin")->value, "survey");
    config_free(&config);
}

static void a_wrong_drop_in_is_named(void **state)
{
    struct folder *folder = *state;
    write_drop_in(folder, "10-a.conf", "\n[wijzer]\nsokcet = /x\n");
    assert_refused(folder, "[wijzer]\n", "10-a.conf:3: unknown key 'sokcet'", "did you mean 'socket'?");
}

static void what_is_unknown_is_refused_with_the_nearest_name(void **state)
{
    struct folder *folder = *state;
    assert_refused(folder, "[wijzer]\nstate_dri = /x\n", "wijzer.conf:2: unknown key 'state_dri'",
                   "'state_dir'");
    assert_refused(folder, "[wijzr]\n", "wijzer.conf:1: unknown section [wijzr]", "did you mean [wijzer]?");
    assert_refused(folder, "\n[feeds lms]\nplugin = x\n", ":2: unknown section [feeds lms]", "[feed]?");
}

static void what_is_malformed_is_refused_with_its_line(void **state)
{
    struct folder *folder = *state;
    assert_refused(folder, "[wijzer]\nmin_group_size = five\n", ":2: min_group_size = five", "1 to 1000");
    assert_refused(folder, "[wijzer]\nmin_group_size = 0\n", ":2:", "1 to 1000");
    assert_refused(folder, "[wijzer]\nmin_group_size = 99999999999999999999\n", ":2:", "1 to 1000");
    assert_refused(folder, "[wijzer]\nmin_change = 0\n", ":2: min_change = 0", "1 to 1000");
    assert_refused(folder, "[wijzer]\nmin_change = 1001\n", ":2: min_change = 1001", "1 to 1000");
    assert_refused(folder, "[wijzer]\nmin_change = 2.5\n", ":2: min_change = 2.5", "1 to 1000");
    assert_refused(folder, "[wijzer]\nsocket = /a\nsocket = /b\n", ":3:", "line 2 already");
    assert_refused(folder, "[wijzer]\nsocket =\n", ":2:", "no value");
    assert_refused(folder, "socket = /a\n", ":1:", "before any section");
    assert_refused(folder, "[wijzer]\nhello\n", ":2:", "neither a [section] nor a 'key = value'");
    assert_refused(folder, "[wijzer\n", ":1:", "no ']'");
    assert_refused(folder, "[feed ]\n", ":1:", "needs a name");
    assert_refused(folder, "[feed ../../etc]\n", ":1:", "needs a name");
    assert_refused(folder, "[feed lms]\n", ":1: [feed lms] does not say which plugin", "plugin = survey");
    assert_refused(folder, "[feed a]\nplugin = x\n[feed a]\nplugin = y\n", ":4:", "line 2 already");
    assert_refused(folder, "[wijzer]\nsocket = /\xff\n", ":2:", "not UTF-8");
    assert_refused(folder, "[sink mail]\n", ":1:", "sends nothing out yet");
}

static void a_line_too_long_to_be_read_whole_is_refused(void **state)
{
    struct folder *folder = *state;
    char text[10000] = "[wijzer]\nsocket = ";
    memset(text + strlen(text), 'x', 9000);
    assert_refused(folder, text, ":2:", "longer");
}

static void a_missing_file_is_an_error_where_it_was_named(void **state)
{
    struct folder *folder = *state;
    struct config config;
    struct error error = {0};
    assert_int_equal(read_config(folder, &config, &error), -1);
    assert_non_null(strstr(error.text, "No such file"));
    assert_int_equal(config_read(&config, folder->path, &no_overrides, "/p", &error), -1);
    assert_non_null(strstr(error.text, "is a folder"));
}

static void the_command_line_wins(void **state)
{
    struct folder *folder = *state;
    write_file(folder->main_file, "[wijzer]\nstate_dir = /a\nsocket = /b\n");
    const struct config_overrides overrides = {.state_dir = "here", .scripts = "there"};
    struct config config;
    struct error error = {0};
    assert_int_equal(config_read(&config, folder->main_file, &overrides, "/p", &error), 0);
    assert_string_equal(config.state_dir, "here");
    assert_string_equal(config.socket, "/b");
    assert_string_equal(config.scripts, "there");
    config_free(&config);
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(the_design_s_example_is_read),
        WITH_FOLDER(drop_ins_come_after_in_byte_order),
        WITH_FOLDER(a_wrong_drop_in_is_named),
        WITH_FOLDER(what_is_unknown_is_refused_with_the_nearest_name),
        WITH_FOLDER(what_is_malformed_is_refused_with_its_line),
        WITH_FOLDER(a_line_too_long_to_be_read_whole_is_refused),
        WITH_FOLDER(a_missing_file_is_an_error_where_it_was_named),
        WITH_FOLDER(the_command_line_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
