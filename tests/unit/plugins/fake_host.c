/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_host.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <cjson/cJSON.h>
#include <dlfcn.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

const struct wz_plugin *fake_host_plugin(const char *name)
{
    char *path = mem_format("%s/%s.so", PLUGIN_DIR, name);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        fail_msg("%s", dlerror());
    free(path);
    wz_plugin_fn entry = NULL;
    *(void **)&entry = dlsym(library, WZ_PLUGIN_SYMBOL);
    assert_non_null(entry);
    return entry();
}

/* ---- decode -------------------------------------------------------------------------------------------- */

/* Room for one more, by doubling. */
static void *room_for_one(void *array, size_t count, size_t size)
{
    const bool is_full = (count & (count - 1)) == 0; /* 0, 1, 2, 4, 8 */
    return is_full ? mem_resize(array, count ? 2 * count : 1, size) : array;
}

static struct wz_group_step *copy_groups(const struct wz_response *response)
{
    struct wz_group_step *groups = mem_alloc((response->group_count + 1) * sizeof *groups);
    for (size_t i = 0; i < response->group_count; i++)
        groups[i] = (struct wz_group_step){mem_copy_text(response->groups[i].level),
                                           mem_copy_text(response->groups[i].name)};
    return groups;
}

static struct wz_answer *copy_answers(const struct wz_response *response)
{
    struct wz_answer *answers = mem_alloc((response->answer_count + 1) * sizeof *answers);
    for (size_t i = 0; i < response->answer_count; i++)
        answers[i] = (struct wz_answer){mem_copy_text(response->answers[i].item), response->answers[i].value};
    return answers;
}

static struct wz_cell *copy_cells(const struct wz_response *response)
{
    struct wz_cell *cells = mem_alloc((response->cell_count + 1) * sizeof *cells);
    for (size_t i = 0; i < response->cell_count; i++)
        cells[i] = (struct wz_cell){mem_copy_text(response->cells[i].column),
                                    mem_copy_text(response->cells[i].text)};
    return cells;
}

static void check_text(const char *text)
{
    assert_non_null(text);
    assert_true(utf8_valid(text, strlen(text)));
}

static void check_response(const struct wz_response *response)
{
    check_text(response->instrument);
    if (response->wave)
        check_text(response->wave);
    else
        assert_true(response->cell_count > 0);
    for (size_t i = 0; i < response->cell_count; i++) {
        check_text(response->cells[i].column);
        check_text(response->cells[i].text);
    }
    if (response->respondent)
        check_text(response->respondent);
    else
        assert_true(response->content && response->content_size > 0);
    for (size_t i = 0; i < response->group_count; i++) {
        check_text(response->groups[i].level);
        check_text(response->groups[i].name);
    }
    for (size_t i = 0; i < response->answer_count; i++) {
        check_text(response->answers[i].item);
        assert_true(isfinite(response->answers[i].value));
    }
}

static void on_emit(void *handle, const struct wz_record *record)
{
    struct reading *reading = handle;
    const struct wz_response *response = &record->as.response;
    assert_null(reading->refused);
    assert_int_equal(record->kind, WZ_RESPONSE);
    check_response(response);
    reading->responses =
        room_for_one(reading->responses, reading->response_count, sizeof *reading->responses);
    struct seen_response *seen = &reading->responses[reading->response_count++];
    *seen = (struct seen_response){.row = record->row,
                                   .instrument = mem_copy_text(response->instrument),
                                   .wave = mem_copy_text(response->wave),
                                   .respondent = mem_copy_text(response->respondent),
                                   .submitted = response->submitted,
                                   .partial = response->partial != 0,
                                   .groups = copy_groups(response),
                                   .group_count = response->group_count,
                                   .answers = copy_answers(response),
                                   .answer_count = response->answer_count,
                                   .cells = copy_cells(response),
                                   .cell_count = response->cell_count,
                                   .first_item = response->answer_count ? response->answers[0].item : NULL};
    if (!response->respondent) {
        assert_in_range(response->content_size, 1, sizeof seen->content);
        memcpy(seen->content, response->content, response->content_size);
        seen->content_size = response->content_size;
    }
}

/* record.h: a line of JSON, or NULL. */
static void check_line(const char *line)
{
    if (!line)
        return;
    check_text(line);
    assert_null(strchr(line, '\n'));
    cJSON *json = cJSON_Parse(line);
    assert_true(cJSON_IsObject(json));
    cJSON_Delete(json);
}

/* plugin.h: "what is wrong and what to do, one sentence without a full stop". */
static void on_problem(void *handle, const struct wz_problem *problem)
{
    struct reading *reading = handle;
    assert_null(reading->refused);
    check_text(problem->text);
    assert_true(problem->text[0] && problem->text[strlen(problem->text) - 1] != '.');
    if (problem->column)
        check_text(problem->column);
    reading->problems = room_for_one(reading->problems, reading->problem_count, sizeof *reading->problems);
    reading->problems[reading->problem_count++] =
        (struct seen_problem){.row = problem->row,
                              .column = mem_copy_text(problem->column),
                              .text = mem_copy_text(problem->text),
                              .heading = mem_copy_text(problem->heading),
                              .body = mem_copy_text(problem->body),
                              .respondent = mem_copy_text(problem->respondent)};
    check_line(problem->heading);
    check_line(problem->body);
}

static void on_progress(void *handle, uint64_t bytes)
{
    struct reading *reading = handle;
    assert_true(bytes >= reading->progress);
    reading->progress = bytes;
}

static void on_refuse(void *handle, const char *reason)
{
    struct reading *reading = handle;
    assert_null(reading->refused);
    check_text(reason);
    reading->refused = mem_copy_text(reason);
}

/* plugin.h: a word, and a short text. */
static void on_note(void *handle, const char *key, const char *text)
{
    struct reading *reading = handle;
    size_t at = 0;
    assert_null(reading->refused);
    check_text(text);
    assert_in_range(strlen(key), 1, WZ_NOTE_KEY);
    assert_in_range(strlen(text), 1, WZ_NOTE_TEXT);
    assert_int_equal(strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_"), strlen(key));
    while (at < reading->note_count && strcmp(reading->notes[at].key, key) != 0)
        at++;
    assert_true(at < WZ_NOTES);
    if (at == reading->note_count)
        reading->notes[reading->note_count++].key = mem_copy_text(key);
    free(reading->notes[at].text);
    reading->notes[at].text = mem_copy_text(text);
}

static void on_describe(void *handle, const char *json)
{
    struct reading *reading = handle;
    assert_true(strlen(json) <= WZ_DESCRIPTION && utf8_valid(json, strlen(json)));
    cJSON *piece = cJSON_Parse(json);
    assert_true(cJSON_IsObject(piece));
    if (!reading->description)
        reading->description = cJSON_CreateArray();
    cJSON_AddItemToArray(reading->description, piece);
}

/* plugin.h: one sentence. */
static void on_hint(void *handle, const char *text)
{
    struct reading *reading = handle;
    check_text(text);
    assert_in_range(strlen(text), 1, WZ_HINT);
    assert_int_not_equal(text[strlen(text) - 1], '.');
    reading->hints = room_for_one(reading->hints, reading->hint_count, sizeof *reading->hints);
    reading->hints[reading->hint_count++] = mem_copy_text(text);
}

struct reading fake_host_decode_as(const struct wz_plugin *plugin, const char *job, const void *document,
                                   size_t size, size_t struct_size)
{
    struct reading reading = {0};
    const int file = memfd_create("document", MFD_CLOEXEC);
    assert_true(file >= 0);
    for (size_t written = 0; written < size;) {
        const ssize_t count = write(file, (const char *)document + written, size - written);
        assert_true(count > 0);
        written += (size_t)count;
    }
    assert_int_equal(lseek(file, 0, SEEK_SET), 0);
    const struct wz_decode decode = {.abi_version = WZ_ABI_VERSION,
                                     .struct_size = (uint32_t)struct_size,
                                     .document = file,
                                     .size = size,
                                     .job = job,
                                     .handle = &reading,
                                     .emit = on_emit,
                                     .problem = on_problem,
                                     .progress = on_progress,
                                     .refuse = on_refuse,
                                     .note = on_note,
                                     .describe = on_describe,
                                     .hint = on_hint};
    plugin->decode(&decode);
    assert_true(reading.progress <= size);
    close(file);
    return reading;
}

struct reading fake_host_decode(const struct wz_plugin *plugin, const char *job, const void *document,
                                size_t size)
{
    return fake_host_decode_as(plugin, job, document, size, sizeof(struct wz_decode));
}

struct reading fake_host_decode_file(const struct wz_plugin *plugin, const char *job, const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = mem_alloc(8 << 20);
    const size_t size = fread(text, 1, 8 << 20, file);
    assert_true(feof(file));
    fclose(file);
    struct reading reading = fake_host_decode(plugin, job, text, size);
    free(text);
    return reading;
}

static void free_response(struct seen_response *response)
{
    for (size_t i = 0; i < response->group_count; i++) {
        free((char *)response->groups[i].level);
        free((char *)response->groups[i].name);
    }
    for (size_t i = 0; i < response->answer_count; i++)
        free((char *)response->answers[i].item);
    for (size_t i = 0; i < response->cell_count; i++) {
        free((char *)response->cells[i].column);
        free((char *)response->cells[i].text);
    }
    free(response->cells);
    free(response->groups);
    free(response->answers);
    free(response->instrument);
    free(response->wave);
    free(response->respondent);
}

void reading_free(struct reading *reading)
{
    for (size_t i = 0; i < reading->response_count; i++)
        free_response(&reading->responses[i]);
    for (size_t i = 0; i < reading->problem_count; i++) {
        free(reading->problems[i].column);
        free(reading->problems[i].text);
        free(reading->problems[i].heading);
        free(reading->problems[i].body);
        free(reading->problems[i].respondent);
    }
    for (size_t i = 0; i < reading->note_count; i++) {
        free(reading->notes[i].key);
        free(reading->notes[i].text);
    }
    for (size_t i = 0; i < reading->hint_count; i++)
        free(reading->hints[i]);
    free(reading->hints);
    cJSON_Delete(reading->description);
    free(reading->responses);
    free(reading->problems);
    free(reading->refused);
    *reading = (struct reading){0};
}

double answer_to(const struct seen_response *response, const char *item)
{
    for (size_t i = 0; i < response->answer_count; i++)
        if (strcmp(response->answers[i].item, item) == 0)
            return response->answers[i].value;
    return NAN;
}

const char *note_of(const struct reading *reading, const char *key)
{
    for (size_t i = 0; i < reading->note_count; i++)
        if (strcmp(reading->notes[i].key, key) == 0)
            return reading->notes[i].text;
    return "";
}

/* ---- receive ------------------------------------------------------------------------------------------- */

/* The handles of the host are the fake host itself. */
static struct fake_host *of_instance(struct wz_instance *self)
{
    return (struct fake_host *)(void *)self;
}

static const char *on_option(struct wz_instance *self, const char *name)
{
    if (strcmp(name, "instrument") == 0)
        return of_instance(self)->instrument_id;
    const struct fake_host *host = of_instance(self);
    const struct {
        const char *name, *value;
    } choices[] = {{"delimiter", host->delimiter},
                   {"charset", host->charset},
                   {"decimal", host->decimal},
                   {"dates", host->dates}};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++)
        if (strcmp(name, choices[i].name) == 0)
            return choices[i].value ? choices[i].value : "auto";
    if (strcmp(name, "sheet") == 0)
        return host->sheet;
    fail_msg("the plugin asks for option '%s', which is not in its table", name);
    return NULL;
}

static const char *on_instrument(struct wz_instance *self, const char *id)
{
    assert_string_equal(id, of_instance(self)->instrument_id);
    return of_instance(self)->instrument;
}

static void on_finish(struct wz_instance *self, struct wz_delivery *delivery, const char *error)
{
    struct fake_host *host = of_instance(self);
    assert_ptr_equal(delivery, host);
    free(host->error);
    host->error = mem_copy_text(error);
    host->finished++;
}

static void on_decode(struct wz_instance *self, struct wz_delivery *delivery, const char *job)
{
    struct fake_host *host = of_instance(self);
    assert_ptr_equal(delivery, host);
    free(host->job);
    host->job = mem_copy_text(job);
    host->decoded++;
}

void fake_host_receive(struct fake_host *host, const struct wz_plugin *plugin)
{
    const struct wz_host table = {.abi_version = WZ_ABI_VERSION,
                                  .struct_size = sizeof table,
                                  .option = on_option,
                                  .instrument = on_instrument,
                                  .finish = on_finish,
                                  .decode = on_decode};
    const struct wz_document document = {
        .delivery = (struct wz_delivery *)(void *)host, .name = "export.csv", .size = 1};
    void *plugin_state = NULL;
    const char *error = NULL;
    assert_int_equal(plugin->init(&table, (struct wz_instance *)(void *)host, &plugin_state, &error), 0);
    if (plugin->start)
        assert_int_equal(plugin->start(plugin_state, &error), 0);
    plugin->receive(plugin_state, &document);
    if (plugin->stop)
        plugin->stop(plugin_state);
    if (plugin->deinit)
        plugin->deinit(plugin_state);
}

void fake_host_free(struct fake_host *host)
{
    free(host->error);
    free(host->job);
}
