/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store.h"

#include "base/mem.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct shelf {
    uv_loop_t loop;
    char folder[64];
    struct store *store;
    bool closed;
};

static int open_shelf(void **state)
{
    struct shelf *shelf = mem_alloc(sizeof *shelf);
    struct error error;
    strcpy(shelf->folder, "/tmp/wijzer-store-XXXXXX");
    if (!mkdtemp(shelf->folder))
        return -1;
    uv_loop_init(&shelf->loop);
    *state = shelf;
    return store_open(&shelf->store, &shelf->loop, shelf->folder, &error);
}

static void on_closed(void *data)
{
    ((struct shelf *)data)->closed = true;
}

static void close_store(struct shelf *shelf)
{
    shelf->closed = false;
    store_close(shelf->store, on_closed, shelf);
    uv_run(&shelf->loop, UV_RUN_DEFAULT);
    assert_true(shelf->closed);
    shelf->store = NULL;
}

static int close_shelf(void **state)
{
    struct shelf *shelf = *state;
    if (shelf->store)
        close_store(shelf);
    assert_int_equal(uv_loop_close(&shelf->loop), 0);
    char *command = mem_format("rm -r '%s'", shelf->folder);
    const int result = system(command);
    free(command);
    free(shelf);
    return result;
}

/* ---- jobs ---------------------------------------------------------------------------------------------- */

struct job {
    struct shelf *shelf;
    int person;
    double answer;
    bool withdraw, fail, done;
    enum store_outcome outcome;
    uint64_t position;
    enum error_kind error;
    unsigned order, *orders;
};

static int append(struct store_tx *tx, void *data, struct error *error)
{
    struct job *job = data;
    uint8_t person[PSEUDONYM_SIZE] = {(uint8_t)job->person};
    uint32_t period, item;
    if (store_period_intern(tx, "survey:m", "2025", 1000 - job->person, &period, error) != 0 ||
        store_item_intern(tx, "a", &item, error) != 0)
        return -1;
    if (job->withdraw)
        return store_append_withdrawal(tx, period, person, &job->outcome, &job->position, error);
    struct response response = {.period = period, .submitted = INT64_MIN};
    memcpy(response.respondent, person, sizeof person);
    response_add(&response, item, job->answer);
    const int result = store_append_response(tx, &response, &job->outcome, &job->position, error);
    response_free(&response);
    return job->fail ? error_set(error, ERROR_INPUT, "on purpose") : result;
}

static void on_done(void *data, const struct error *error)
{
    struct job *job = data;
    job->done = true;
    job->error = error ? error->kind : ERROR_NONE;
    if (job->orders)
        job->order = ++*job->orders;
}

static void run(struct shelf *shelf, struct job *job)
{
    job->done = false;
    store_write(shelf->store, append, on_done, job);
    while (!job->done)
        uv_run(&shelf->loop, UV_RUN_ONCE);
}

static enum store_outcome outcome_of(struct shelf *shelf, int person, double answer)
{
    struct job job = {.person = person, .answer = answer};
    run(shelf, &job);
    assert_int_equal(job.error, ERROR_NONE);
    return job.outcome;
}

/* ---- looking ------------------------------------------------------------------------------------------- */

struct look {
    char log[16000];
    size_t responses;
    int64_t starts;
    bool done;
};

static int take_entry(void *data, const struct store_entry *entry)
{
    struct look *look = data;
    char text[80];
    snprintf(text, sizeof text, "%llu:%s%g%s%g ", (unsigned long long)entry->position,
             entry->response ? "+" : "-", entry->response ? entry->response->values[0] : NAN,
             entry->before ? "<" : "|", entry->before ? entry->before->values[0] : NAN);
    strcat(look->log, text);
    return 0;
}

static int take_response(void *data, const struct response *response)
{
    (void)response;
    ((struct look *)data)->responses++;
    return 0;
}

static int take_period(void *data, const struct store_period *period)
{
    ((struct look *)data)->starts = period->starts;
    return 0;
}

static int look_at_all(struct store_view *view, void *data, struct error *error)
{
    struct look *look = data;
    if (store_log_after(view, 0, 100, take_entry, look, error) != 0 ||
        store_periods(view, take_period, look, error) != 0)
        return -1;
    return store_current_responses(view, take_response, look, error);
}

static void on_looked(void *data, const struct error *error)
{
    assert_null(error);
    ((struct look *)data)->done = true;
}

static struct look look(struct shelf *shelf)
{
    struct look looked = {0};
    store_read(shelf->store, look_at_all, on_looked, &looked);
    while (!looked.done)
        uv_run(&shelf->loop, UV_RUN_ONCE);
    return looked;
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void what_comes_again_replaces_or_changes_nothing(void **state)
{
    struct shelf *shelf = *state;
    assert_int_equal(outcome_of(shelf, 1, 3), STORE_ACCEPTED);
    assert_int_equal(outcome_of(shelf, 1, 3), STORE_DUPLICATE);
    assert_int_equal(outcome_of(shelf, 1, 4), STORE_REPLACED);
    assert_int_equal(outcome_of(shelf, 2, 5), STORE_ACCEPTED);
    struct job withdrawal = {.person = 1, .withdraw = true};
    run(shelf, &withdrawal);
    assert_int_equal(withdrawal.outcome, STORE_ACCEPTED);
    run(shelf, &withdrawal);
    assert_int_equal(withdrawal.outcome, STORE_ABSENT);
    assert_int_equal(outcome_of(shelf, 1, 1), STORE_ACCEPTED);
    const struct look looked = look(shelf);
    assert_string_equal(looked.log, "1:+3|nan 2:+4<3 3:+5|nan 4:-nan<4 5:+1|nan ");
    assert_int_equal(looked.responses, 2);
    assert_int_equal(looked.starts, 998); /* the earliest time of the wave */
}

static void a_job_that_fails_is_undone_alone_and_answers_come_in_order(void **state)
{
    struct shelf *shelf = *state;
    struct job jobs[9] = {0};
    unsigned orders = 0;
    for (int i = 0; i < 9; i++) {
        jobs[i] = (struct job){.person = i, .answer = i, .fail = i % 3 == 1, .orders = &orders};
        store_write(shelf->store, append, on_done, &jobs[i]);
    }
    while (orders < 9)
        uv_run(&shelf->loop, UV_RUN_ONCE);
    for (unsigned i = 0; i < 9; i++) {
        assert_int_equal(jobs[i].order, i + 1);
        assert_int_equal(jobs[i].error, i % 3 == 1 ? ERROR_INPUT : ERROR_NONE);
    }
    assert_int_equal(look(shelf).responses, 6);
}

/* Of the database, ever: iChange of the index of its log (https://sqlite.org/walformat.html). */
static uint32_t commits(const struct shelf *shelf)
{
    uint32_t header[3] = {0};
    char *path = mem_format("%s/wijzer.db-shm", shelf->folder);
    FILE *index = fopen(path, "rb");
    assert_non_null(index);
    assert_int_equal(fread(header, sizeof header, 1, index), 1);
    fclose(index);
    free(path);
    return header[2];
}

/* Longer than the thread takes to wait for work, shorter than what it takes for a rest. */
static void leave_it_alone(void)
{
    usleep(50 * 1000);
}

static void what_comes_in_one_turn_of_the_loop_is_one_commit(void **state)
{
    struct shelf *shelf = *state;
    assert_int_equal(outcome_of(shelf, 1, 3), STORE_ACCEPTED);
    assert_int_equal(store_position(shelf->store), 1);
    leave_it_alone();
    const uint32_t before = commits(shelf);
    struct job jobs[] = {{.person = 2, .answer = 1}, {.person = 3, .answer = 1}, {.person = 4, .answer = 1}};
    for (size_t i = 0; i < 3; i++)
        store_write(shelf->store, append, on_done, &jobs[i]);
    leave_it_alone();
    assert_int_equal(store_position(shelf->store), 1);
    while (!jobs[2].done)
        uv_run(&shelf->loop, UV_RUN_ONCE);
    assert_int_equal(store_position(shelf->store), 4);
    assert_int_equal(commits(shelf), before + 1);
}

static int read_figures(struct store_tx *tx, void *data, struct error *error)
{
    return store_figures(store_tx_view(tx), data, error);
}

static uint64_t responses_counted(struct shelf *shelf)
{
    struct store_figures figures;
    struct error error;
    assert_int_equal(store_write_now(shelf->store, read_figures, &figures, &error), 0);
    return figures.responses;
}

static void the_position_is_of_what_was_committed(void **state)
{
    struct shelf *shelf = *state;
    assert_int_equal(store_position(shelf->store), 0);
    assert_int_equal(outcome_of(shelf, 1, 3), STORE_ACCEPTED);
    struct job undone = {.person = 2, .answer = 1, .fail = true};
    run(shelf, &undone);
    assert_int_equal(undone.error, ERROR_INPUT);
    assert_int_equal(store_position(shelf->store), 1);
    assert_int_equal(outcome_of(shelf, 2, 1), STORE_ACCEPTED);
    assert_int_equal(store_position(shelf->store), 2); /* what was undone took no place */
    assert_int_equal(responses_counted(shelf), 2);
    close_store(shelf);
    struct error error;
    assert_int_equal(store_open(&shelf->store, &shelf->loop, shelf->folder, &error), 0);
    assert_int_equal(store_position(shelf->store), 2);
}

struct named {
    bool fails;
    struct buf said;
};

static int tell_name(void *data, const struct store_group *group)
{
    buf_append_format(data, "%u %s ", group->id, group->path);
    return 0;
}

static int name_things(struct store_tx *tx, void *data, struct error *error)
{
    struct named *named = data;
    uint32_t group, verb;
    if (store_group_intern(tx, 0, "team", "A", &group, error) != 0 ||
        store_subject_intern(tx, STORE_VERB, "did", 3, &verb, error) != 0)
        return -1;
    if (named->fails)
        return error_set(error, ERROR_INPUT, "on purpose");
    return store_groups(store_tx_view(tx), tell_name, &named->said, error) != 0 ||
                   store_subject_key(store_tx_view(tx), verb, &named->said, error) != 0
               ? -1
               : 0;
}

/* The writer remembers numbers of names. */
static void a_name_that_was_undone_is_made_anew(void **state)
{
    struct shelf *shelf = *state;
    struct named undone = {.fails = true}, made = {0};
    struct error error;
    assert_int_equal(store_write_now(shelf->store, name_things, &undone, &error), -1);
    assert_int_equal(store_write_now(shelf->store, name_things, &made, &error), 0);
    assert_int_equal(made.said.size, strlen("1 A did"));
    assert_memory_equal(made.said.data, "1 A did", made.said.size);
    buf_free(&made.said);
}

static void a_closed_store_keeps_what_it_answered(void **state)
{
    struct shelf *shelf = *state;
    struct error error;
    struct job jobs[50] = {0};
    for (int i = 0; i < 50; i++) {
        jobs[i] = (struct job){.person = i, .answer = 1};
        store_write(shelf->store, append, on_done, &jobs[i]);
    }
    close_store(shelf);
    for (int i = 0; i < 50; i++)
        assert_true(jobs[i].done && jobs[i].error == ERROR_NONE);
    assert_int_equal(store_open(&shelf->store, &shelf->loop, shelf->folder, &error), 0);
    assert_int_equal(look(shelf).responses, 50);
    assert_int_equal(outcome_of(shelf, 7, 1), STORE_DUPLICATE);
}

struct late_jobs {
    struct shelf *shelf;
    int asked, answered, refused;
};

static void on_last(void *data, const struct error *error)
{
    (void)error;
    ((struct late_jobs *)data)->answered++;
}

static int never_run(struct store_tx *tx, void *data, struct error *error)
{
    (void)tx, (void)data, (void)error;
    return 0;
}

/* Who is refused tries once more. */
static void on_late(void *data, const struct error *error)
{
    struct late_jobs *late = data;
    late->answered++;
    if (!error)
        return;
    assert_int_equal(error->kind, ERROR_CLOSED);
    late->refused++;
    late->asked++;
    store_write(late->shelf->store, never_run, on_last, late);
}

static void ask_late(uv_idle_t *idle)
{
    struct late_jobs *late = idle->data;
    if (late->shelf->closed) {
        uv_close((uv_handle_t *)idle, NULL);
        return;
    }
    late->asked++;
    store_write(late->shelf->store, never_run, on_late, late);
}

static void whoever_writes_until_the_store_is_closed_is_answered(void **state)
{
    struct shelf *shelf = *state;
    struct late_jobs late = {.shelf = shelf};
    uv_idle_t idle = {.data = &late};
    shelf->closed = false;
    store_close(shelf->store, on_closed, shelf);
    uv_idle_init(&shelf->loop, &idle);
    uv_idle_start(&idle, ask_late);
    uv_run(&shelf->loop, UV_RUN_DEFAULT);
    shelf->store = NULL;
    assert_true(late.refused > 0);
    assert_int_equal(late.answered, late.asked);
}

static void a_folder_belongs_to_one_daemon(void **state)
{
    struct shelf *shelf = *state;
    const pid_t other = fork();
    if (other == 0) {
        struct error error;
        struct store *second;
        const bool refused = store_open(&second, &shelf->loop, shelf->folder, &error) != 0;
        _exit(refused && strstr(error.text, "another wijzerd uses the state folder") ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(other, &status, 0), other);
    assert_int_equal(status, 0);
}

/* A wijzerd that is killed leaves, for a moment, the children that it had forked and that are not yet another
 * program. */
static void a_child_that_outlives_its_daemon_holds_no_folder(void **state)
{
    struct shelf *shelf = *state;
    struct error error;
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(1);
    }
    close_store(shelf);
    const int opened = store_open(&shelf->store, &shelf->loop, shelf->folder, &error);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_int_equal(opened, 0);
}

static void a_store_of_a_newer_wijzerd_is_left_alone(void **state)
{
    struct shelf *shelf = *state;
    struct error error;
    close_store(shelf);
    char *command = mem_format("sqlite3 '%s/wijzer.db' 'PRAGMA user_version = 99'", shelf->folder);
    assert_int_equal(system(command), 0);
    free(command);
    assert_int_equal(store_open(&shelf->store, &shelf->loop, shelf->folder, &error), -1);
    assert_non_null(strstr(error.text, "written by a newer one"));
    shelf->store = NULL;
}

static void what_is_no_store_is_said_to_be_none(void **state)
{
    struct shelf *shelf = *state;
    struct error error;
    close_store(shelf);
    char *command = mem_format("head -c 20000 /dev/zero | tr '\\0' x > '%s/wijzer.db'", shelf->folder);
    assert_int_equal(system(command), 0);
    free(command);
    assert_int_equal(store_open(&shelf->store, &shelf->loop, shelf->folder, &error), -1);
    assert_non_null(strstr(error.text, "wijzer.db"));
    assert_non_null(strstr(error.text, "not a database"));
    shelf->store = NULL;
}

/* What a program says of the store's file. */
static char *output_of(const struct shelf *shelf, const char *program)
{
    char *command = mem_format("%s '%s/wijzer.db'", program, shelf->folder);
    FILE *pipe = popen(command, "r");
    char *output = mem_alloc(4096);
    const size_t size = fread(output, 1, 4095, pipe);
    output[size] = '\0';
    pclose(pipe);
    free(command);
    return output;
}

static void assert_foreign_is_left_alone(struct shelf *shelf, int version)
{
    struct error error;
    char *command =
        mem_format("rm -f '%s/wijzer.db'*; sqlite3 '%s/wijzer.db' 'CREATE TABLE bookmarks (url); INSERT "
                   "INTO bookmarks VALUES (1); PRAGMA user_version = %d'",
                   shelf->folder, shelf->folder, version);
    assert_int_equal(system(command), 0);
    char *before = output_of(shelf, "md5sum");
    assert_int_equal(store_open(&shelf->store, &shelf->loop, shelf->folder, &error), -1);
    assert_non_null(strstr(error.text, "wijzer.db: this is a database of another program"));
    char *after = output_of(shelf, "md5sum");
    assert_string_equal(before, after);
    free(before);
    free(after);
    free(command);
}

static void a_database_of_another_program_is_left_alone(void **state)
{
    struct shelf *shelf = *state;
    close_store(shelf);
    for (int version = 0; version <= 4; version++)
        assert_foreign_is_left_alone(shelf, version);
    shelf->store = NULL;
}

/* A limit on the size of files is the full disk that a test can have. */
static void a_full_disk_is_told_and_passes(void **state)
{
    struct shelf *shelf = *state;
    struct rlimit usual, tight = {.rlim_cur = 150000};
    assert_int_equal(outcome_of(shelf, 0, 1), STORE_ACCEPTED);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &usual);
    tight.rlim_max = usual.rlim_max;
    setrlimit(RLIMIT_FSIZE, &tight);
    struct job job = {0};
    int kept = 1;
    for (int person = 1; person < 250 && job.error == ERROR_NONE; person++) {
        job = (struct job){.person = person, .answer = 2};
        run(shelf, &job);
        kept += job.error == ERROR_NONE;
    }
    setrlimit(RLIMIT_FSIZE, &usual);
    assert_int_equal(job.error, ERROR_FULL);
    assert_int_equal(look(shelf).responses, kept);
    assert_int_equal(outcome_of(shelf, 251, 3), STORE_ACCEPTED);
    assert_int_equal(look(shelf).responses, kept + 1);
}

static void odd_answers_survive_their_coding(void **state)
{
    (void)state;
    static const double values[] = {0, -0.0, 1, 253, 254, 255, 256, -1, 2.5, 1e300, 5e-324, 0.1};
    struct response response = {.period = 7, .group = 4000000000u, .submitted = -1, .partial = true},
                    decoded = {0};
    struct buf bytes = {0};
    for (uint32_t i = 0; i < sizeof values / sizeof *values; i++)
        response_add(&response, i * 400000000u, values[i]);
    response_sort(&response);
    response_encode(&response, &bytes);
    assert_int_equal(response_decode(&decoded, bytes.data, bytes.size), 0);
    assert_int_equal(decoded.count, response.count);
    assert_memory_equal(decoded.items, response.items, response.count * sizeof *response.items);
    assert_memory_equal(decoded.values, response.values, response.count * sizeof *response.values);
    assert_true(decoded.period == 7 && decoded.group == 4000000000u && decoded.submitted == -1 &&
                decoded.partial);
    for (size_t size = 0; size < bytes.size; size++)
        assert_int_equal(response_decode(&decoded, bytes.data, size), -1);
    response_free(&response);
    response_free(&decoded);
    buf_free(&bytes);
}

static int put_documents(struct store_tx *tx, void *data, struct error *error)
{
    (void)data;
    static const char *const documents[][3] = {
        {"b", "z.lua", "last"}, {"b", "a b.lua", "first"}, {"a", "z.lua", "another's"}, {"b", "gone", "x"}};
    for (size_t i = 0; i < 4; i++)
        if (store_document_put(tx, documents[i][0], documents[i][1], documents[i][2], strlen(documents[i][2]),
                               error) != 0)
            return -1;
    return store_document_put(tx, "b", "gone", NULL, 0, error);
}

struct listed {
    struct buf text;
    size_t most;
};

static int list_document(void *data, const char *key, const void *body, size_t size)
{
    struct listed *listed = data;
    buf_append_format(&listed->text, "%s=%.*s;", key, (int)size, (const char *)body);
    return --listed->most == 0;
}

static int list_documents(struct store_tx *tx, void *data, struct error *error)
{
    return store_documents(store_tx_view(tx), "b", list_document, data, error);
}

static void documents_are_listed_by_owner(void **state)
{
    struct shelf *shelf = *state;
    struct error error;
    struct listed all = {.most = 9}, first = {.most = 1};
    assert_int_equal(store_write_now(shelf->store, put_documents, NULL, &error), 0);
    assert_int_equal(store_write_now(shelf->store, list_documents, &all, &error), 0);
    assert_int_equal(store_write_now(shelf->store, list_documents, &first, &error), 0);
    buf_put_u8(&all.text, 0);
    buf_put_u8(&first.text, 0);
    assert_string_equal((const char *)all.text.data, "a b.lua=first;z.lua=last;");
    assert_string_equal((const char *)first.text.data, "a b.lua=first;");
    buf_free(&all.text);
    buf_free(&first.text);
}

#define AT_A_SHELF(test) cmocka_unit_test_setup_teardown(test, open_shelf, close_shelf)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_A_SHELF(what_comes_again_replaces_or_changes_nothing),
        AT_A_SHELF(a_job_that_fails_is_undone_alone_and_answers_come_in_order),
        AT_A_SHELF(what_comes_in_one_turn_of_the_loop_is_one_commit),
        AT_A_SHELF(the_position_is_of_what_was_committed),
        AT_A_SHELF(a_name_that_was_undone_is_made_anew),
        AT_A_SHELF(a_closed_store_keeps_what_it_answered),
        AT_A_SHELF(whoever_writes_until_the_store_is_closed_is_answered),
        AT_A_SHELF(a_folder_belongs_to_one_daemon),
        AT_A_SHELF(a_child_that_outlives_its_daemon_holds_no_folder),
        AT_A_SHELF(a_store_of_a_newer_wijzerd_is_left_alone),
        AT_A_SHELF(what_is_no_store_is_said_to_be_none),
        AT_A_SHELF(a_database_of_another_program_is_left_alone),
        AT_A_SHELF(a_full_disk_is_told_and_passes),
        cmocka_unit_test(odd_answers_survive_their_coding),
        AT_A_SHELF(documents_are_listed_by_owner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
