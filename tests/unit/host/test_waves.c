/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Responses on their way through the script's worker: what was handed in comes out, in order, with its wave;
 * and a stop at any moment leaves nothing behind. */
#include "host/waves.h"

#include "base/mem.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { MOST = 10000, LENGTH = 300 };

/* What came out: the row, and its wave or what was said of it. */
struct seen {
    uint64_t row;
    bool is_problem;
    char text[60];
};

struct door {
    uv_loop_t loop;
    uv_timer_t patience;
    char folder[64];
    struct scripts *scripts;
    uint64_t patience_ms; /* of the waves */
    bool ready, stopped, closed, is_through, has_failed;
    struct waves *waves;
    struct seen seen[MOST];
    size_t seen_count;
    unsigned made;
    char why[LENGTH];
};

static void on_changed(void *data)
{
    (void)data;
}

static void set_flag(void *flag)
{
    *(bool *)flag = true;
}

static void on_ready(void *data)
{
    ((struct door *)data)->ready = true;
}

static void out_of_patience(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("nothing happened for 40 seconds");
}

static void run_until(struct door *door, const bool *flag)
{
    uv_timer_start(&door->patience, out_of_patience, 40000, 0);
    while (!*flag)
        uv_run(&door->loop, UV_RUN_ONCE);
    uv_timer_stop(&door->patience);
}

static void save(const struct door *door, const char *text)
{
    char *path = mem_format("%s/m.lua", door->folder);
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    free(path);
}

static int open_door(void **state)
{
    struct door *door = mem_alloc(sizeof *door);
    door->patience_ms = 30000;
    strcpy(door->folder, "/tmp/wijzer-waves-XXXXXX");
    if (!mkdtemp(door->folder))
        return -1;
    uv_loop_init(&door->loop);
    uv_timer_init(&door->loop, &door->patience);
    *state = door;
    return 0;
}

static void close_waves(struct door *door)
{
    if (door->waves)
        waves_close(door->waves, set_flag, &door->closed);
    door->waves = NULL;
}

/* In the order of wijzerd: whoever asks goes before the scripts. */
static int close_door(void **state)
{
    struct door *door = *state;
    if (door->waves) {
        close_waves(door);
        run_until(door, &door->closed);
    }
    scripts_stop(door->scripts, set_flag, &door->stopped);
    run_until(door, &door->stopped);
    uv_close((uv_handle_t *)&door->patience, NULL);
    uv_run(&door->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&door->loop), 0);
    char *command = mem_format("rm -r '%s'", door->folder);
    const int result = system(command);
    free(command);
    free(door);
    return result;
}

/* ---- what comes out ------------------------------------------------------------------------------------ */

static void on_record(void *data, const struct wz_record *record)
{
    struct door *door = data;
    struct seen *seen = &door->seen[door->seen_count++];
    const struct wz_response *response = &record->as.response;
    *seen = (struct seen){.row = record->row};
    snprintf(seen->text, sizeof seen->text, "%s", response->wave);
    assert_string_equal(response->instrument, "m");
    assert_int_equal(response->answer_count, 1);
    assert_string_equal(response->answers[0].item, "a");
    assert_true(response->answers[0].value == (double)(record->row % 5));
    assert_string_equal(response->groups[0].name, "T");
    assert_int_equal(response->cell_count, 0);
}

static void on_problem(void *data, const struct wz_problem *problem)
{
    struct door *door = data;
    struct seen *seen = &door->seen[door->seen_count++];
    *seen = (struct seen){.row = problem->row, .is_problem = true};
    snprintf(seen->text, sizeof seen->text, "%s", problem->text);
}

static void on_made(void *data)
{
    struct door *door = data;
    door->made++;
    door->is_through = waves_are_empty(door->waves);
}

static void on_failed(void *data, const char *why)
{
    struct door *door = data;
    snprintf(door->why, sizeof door->why, "%s", why);
    close_waves(door);
    door->has_failed = true;
}

/* ---- what goes in -------------------------------------------------------------------------------------- */

#define INSTRUMENT(body)                                                                                     \
    "require 'wijzer'.instrument { id = 'm', groups = { team = 'team' }, items = { 'a' },\n"                 \
    "wave = function(row) " body " end }\n"

static void start(struct door *door, const char *script)
{
    const struct scripts_options options = {
        .folders = door->folder, .worker_path = BIN_DIR "/wijzer-worker", .call_ms = 300, .quiet = true};
    const struct scripts_callbacks scripts_callbacks = {
        .changed = on_changed, .ready = on_ready, .data = door};
    const struct waves_callbacks callbacks = {
        .record = on_record, .problem = on_problem, .made = on_made, .failed = on_failed, .data = door};
    struct error error;
    save(door, script);
    if (scripts_start(&door->scripts, &door->loop, &options, &scripts_callbacks, &error) != 0)
        fail_msg("%s", error.text);
    run_until(door, &door->ready);
    door->waves = waves_open(&door->loop, door->scripts, door->patience_ms, &callbacks);
}

static void give(struct door *door, uint64_t row, const char *wave, const char *column)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)row);
    const struct wz_group_step group = {"team", "T"};
    const struct wz_answer answer = {"a", (double)(row % 5)};
    const struct wz_cell cells[] = {{column, text}, {"a", ""}};
    const struct wz_record record = {.kind = WZ_RESPONSE,
                                     .row = row,
                                     .as.response = {.instrument = "m",
                                                     .wave = wave,
                                                     .respondent = text,
                                                     .groups = &group,
                                                     .group_count = 1,
                                                     .answers = &answer,
                                                     .answer_count = 1,
                                                     .cells = wave ? NULL : cells,
                                                     .cell_count = wave ? 0 : 2}};
    waves_take_record(door->waves, &record);
}

static void give_problem(struct door *door, uint64_t row)
{
    const struct wz_problem problem = {.row = row, .text = "is no good"};
    waves_take_problem(door->waves, &problem);
}

static void give_rows(struct door *door, uint64_t from, uint64_t to)
{
    for (uint64_t row = from; row < to; row++)
        give(door, row, NULL, "n");
}

static void end(struct door *door)
{
    waves_end(door->waves);
    run_until(door, &door->is_through);
}

static void assert_seen(const struct door *door, size_t at, bool is_problem, const char *text)
{
    assert_true(at < door->seen_count);
    assert_true(door->seen[at].row == at);
    assert_int_equal(door->seen[at].is_problem, is_problem);
    if (!strstr(door->seen[at].text, text))
        fail_msg("row %zu: \"%s\" lacks \"%s\"", at, door->seen[at].text, text);
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void what_needs_no_wave_passes_at_once(void **state)
{
    struct door *door = *state;
    start(door, INSTRUMENT("return 'never'"));
    give(door, 0, "2025", "n");
    give_problem(door, 1);
    assert_seen(door, 0, false, "2025");
    assert_seen(door, 1, true, "is no good");
    assert_true(waves_are_empty(door->waves));
}

static void order_is_kept_whatever_waits(void **state)
{
    struct door *door = *state;
    start(door, INSTRUMENT("if row.n == '4' then error 'no four' end return 'w' .. row.n"));
    give(door, 0, "given", "n");
    for (uint64_t row = 1; row < 12; row++)
        if (row == 2)
            give_problem(door, row);
        else
            give(door, row, row == 3 ? "given" : NULL, "n");
    assert_int_equal(door->seen_count, 1);
    end(door);
    assert_int_equal(door->seen_count, 12);
    assert_seen(door, 1, false, "w1");
    assert_seen(door, 2, true, "is no good");
    assert_seen(door, 3, false, "given");
    assert_seen(door, 4, true, "m.lua:2: an error whose text is not");
    assert_seen(door, 5, false, "w5");
    assert_seen(door, 11, false, "w11");
    assert_int_equal(door->made, 1);
}

static void other_headings_are_asked_about_apart(void **state)
{
    struct door *door = *state;
    start(door, INSTRUMENT("return row.n"));
    for (uint64_t row = 0; row < 6; row++)
        give(door, row, NULL, row == 3 ? "m" : "n");
    end(door);
    for (size_t row = 0; row < 6; row++)
        assert_seen(door, row, row == 3, row == 3 ? "has no column 'n'" : "");
    assert_int_equal(door->made, 3);
}

static void a_second_batch_fills_while_the_first_is_out_and_no_third(void **state)
{
    struct door *door = *state;
    uint64_t row = 0;
    start(door, INSTRUMENT("return row.n % 3"));
    while (!waves_are_full(door->waves) && row < MOST)
        give(door, row++, NULL, "n");
    assert_in_range(row, 1001, 2000);
    while (row < 9000) { /* one who does not stop at once is served as well */
        give(door, row++, NULL, "n");
        assert_true(waves_are_full(door->waves));
    }
    end(door);
    assert_int_equal(door->seen_count, row);
    for (size_t i = 0; i < row; i++) {
        const char expected[] = {(char)('0' + i % 3), '\0'};
        assert_seen(door, i, false, expected);
    }
    assert_in_range(door->made, 5, 10);
}

static void long_rows_make_small_batches(void **state)
{
    struct door *door = *state;
    char *column = mem_alloc(60001);
    memset(column, 'x', 60000);
    start(door, INSTRUMENT("return 1"));
    uint64_t row = 0;
    for (; !waves_are_full(door->waves); row++) {
        struct wz_cell cells[] = {{"n", column}};
        const struct wz_group_step group = {"team", "T"};
        const struct wz_answer answer = {"a", (double)(row % 5)};
        const struct wz_record record = {.kind = WZ_RESPONSE,
                                         .row = row,
                                         .as.response = {.instrument = "m",
                                                         .respondent = "r",
                                                         .groups = &group,
                                                         .group_count = 1,
                                                         .answers = &answer,
                                                         .answer_count = 1,
                                                         .cells = cells,
                                                         .cell_count = 1}};
        waves_take_record(door->waves, &record);
    }
    assert_in_range(row, 40, 200);
    end(door);
    assert_int_equal(door->seen_count, row);
    free(column);
}

static void a_script_that_is_saved_meanwhile_is_asked_again(void **state)
{
    struct door *door = *state;
    start(door, INSTRUMENT("return 'old'"));
    save(door, "this is no script");
    give_rows(door, 0, 1000); /* what runs goes on */
    save(door, INSTRUMENT("return 'new'"));
    while (door->seen_count == 0 || strcmp(door->seen[door->seen_count - 1].text, "new") != 0) {
        if (waves_are_empty(door->waves) && door->seen_count + 1000 <= MOST) {
            const size_t from = door->seen_count;
            give_rows(door, from, from + 1000);
            scripts_rescan(door->scripts);
        }
        uv_run(&door->loop, UV_RUN_ONCE);
    }
    assert_false(door->has_failed);
    assert_int_equal(door->seen_count % 1000, 0);
    for (size_t i = 0; i < door->seen_count; i++)
        assert_seen(door, i, false, i < 1000 ? "" : door->seen[i].text);
}

static void a_worker_that_is_lost_is_asked_again(void **state)
{
    struct door *door = *state;
    start(door, INSTRUMENT("for i = 1, 1e4 do end return 'w'"));
    give_rows(door, 0, 1000);
    uv_run(&door->loop, UV_RUN_NOWAIT); /* the question is on its way */
    char *command = mem_format("pkill -KILL -P %d -x wijzer-worker", (int)getpid());
    assert_int_equal(system(command), 0);
    free(command);
    end(door);
    assert_int_equal(door->seen_count, 1000);
    assert_seen(door, 999, false, "w");
}

static void a_function_that_never_ends_is_a_failure_of_all(void **state)
{
    struct door *door = *state;
    start(door, INSTRUMENT("if row.n == '1500' then while true do end end return 'w'"));
    give_rows(door, 0, 3000);
    run_until(door, &door->has_failed);
    run_until(door, &door->closed);
    assert_string_equal(door->why, "m.lua:2: took too long; the script is set aside until its file changes");
    assert_int_equal(door->seen_count, 1000); /* what was made before */
}

static void an_instrument_without_a_function_is_a_failure_of_all(void **state)
{
    struct door *door = *state;
    start(door, "require 'wijzer'.instrument { id = 'm', groups = { team = 'team' }, items = { 'a' } }\n");
    give_rows(door, 0, 10);
    waves_end(door->waves);
    run_until(door, &door->has_failed);
    assert_non_null(strstr(door->why, "m.lua: the 'wave' of instrument 'm' is not a function"));
    assert_int_equal(door->seen_count, 0);
}

static void an_instrument_that_stays_away_is_not_waited_for_without_end(void **state)
{
    struct door *door = *state;
    door->patience_ms = 2000;
    start(door, "");
    give_rows(door, 0, 1000);
    const uint64_t begun = uv_hrtime();
    run_until(door, &door->has_failed);
    assert_in_range((uv_hrtime() - begun) / 1000000, 1900, 4000);
    assert_non_null(strstr(door->why,
                           "the function that makes the waves of instrument 'm' (no script has it now) "
                           "could not be asked for 2 seconds: "));
}

static void it_can_be_closed_with_a_question_open(void **state)
{
    struct door *door = *state;
    start(door, INSTRUMENT("while true do end"));
    give_rows(door, 0, 2500);
    uv_run(&door->loop, UV_RUN_NOWAIT);
    close_waves(door);
    const uint64_t begun = uv_hrtime();
    run_until(door, &door->closed);
    assert_true(uv_hrtime() - begun < 100 * 1000000u); /* it does not wait for the answer */
}

static void it_can_be_closed_while_it_waits_to_ask_again(void **state)
{
    struct door *door = *state;
    start(door, ""); /* nobody declares it: it may come yet */
    give_rows(door, 0, 1000);
    for (int i = 0; i < 20; i++)
        uv_run(&door->loop, UV_RUN_NOWAIT);
    close_waves(door);
    run_until(door, &door->closed);
    assert_false(door->has_failed);
}

#define AT_A_DOOR(test) cmocka_unit_test_setup_teardown(test, open_door, close_door)

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        AT_A_DOOR(what_needs_no_wave_passes_at_once),
        AT_A_DOOR(order_is_kept_whatever_waits),
        AT_A_DOOR(other_headings_are_asked_about_apart),
        AT_A_DOOR(a_second_batch_fills_while_the_first_is_out_and_no_third),
        AT_A_DOOR(long_rows_make_small_batches),
        AT_A_DOOR(a_script_that_is_saved_meanwhile_is_asked_again),
        AT_A_DOOR(a_worker_that_is_lost_is_asked_again),
        AT_A_DOOR(a_function_that_never_ends_is_a_failure_of_all),
        AT_A_DOOR(an_instrument_without_a_function_is_a_failure_of_all),
        AT_A_DOOR(an_instrument_that_stays_away_is_not_waited_for_without_end),
        AT_A_DOOR(it_can_be_closed_with_a_question_open),
        AT_A_DOOR(it_can_be_closed_while_it_waits_to_ask_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
