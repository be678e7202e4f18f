/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a plugin hands over is read as far as it knows it, and no further. */
#include "host/abi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* As they were in the first header, written out. */
struct first_problem {
    uint64_t row;
    const char *column, *text;
};

struct first_record {
    uint32_t kind, reserved;
    uint64_t row;
    const char *instrument, *wave, *respondent;
    const uint8_t *content;
    size_t content_size;
    int64_t submitted;
    int partial;
    const struct wz_group_step *groups;
    size_t group_count;
    const struct wz_answer *answers;
    size_t answer_count;
    const struct wz_cell *cells;
    size_t cell_count;
};

/* An event as it was when a response was larger than it. */
struct first_event {
    uint32_t kind, reserved;
    uint64_t row;
    uint8_t id[16];
    const char *actor, *verb, *object;
    int64_t time;
    const struct wz_group_step *groups;
    size_t group_count;
    const struct wz_measure *measures;
    size_t measure_count;
    const char *raw;
    char room[32]; /* up to the end of a response with `heading` and `body` */
};

static const struct wz_plugin first = {.abi_version = 1,
                                       .struct_size = offsetof(struct wz_plugin, record_size)};
static const struct wz_plugin newest = {.abi_version = 1,
                                        .struct_size = sizeof(struct wz_plugin),
                                        .record_size = sizeof(struct wz_record),
                                        .problem_size = sizeof(struct wz_problem)};

/* A copy at the very end of its memory, where a sanitizer sees who reads on. */
static void *alone(const void *bytes, size_t size)
{
    void *copy = malloc(size);
    assert_non_null(copy);
    return memcpy(copy, bytes, size);
}

static void a_plugin_of_the_first_header_gives_what_it_knows(void **state)
{
    (void)state;
    const struct first_problem small = {.row = 7, .column = "a", .text = "wrong"};
    const struct first_record row = {.kind = WZ_RESPONSE, .row = 8, .instrument = "m", .cell_count = 3};
    struct first_problem *problem = alone(&small, sizeof small);
    struct first_record *record = alone(&row, sizeof row);
    struct wz_problem problem_copy;
    struct wz_record record_copy;
    const struct wz_problem *read = abi_problem(&first, (const struct wz_problem *)problem, &problem_copy);
    assert_int_equal(read->row, 7);
    assert_string_equal(read->text, "wrong");
    assert_null(read->body);
    assert_null(read->respondent);
    const struct wz_record *taken = abi_record(&first, (const struct wz_record *)record, &record_copy);
    assert_int_equal(taken->row, 8);
    assert_string_equal(taken->as.response.instrument, "m");
    assert_int_equal(taken->as.response.cell_count, 3);
    assert_null(taken->as.response.body);
    free(problem);
    free(record);
}

static void what_stands_behind_a_shorter_event_is_not_looked_at(void **state)
{
    (void)state;
    struct first_event row = {.kind = WZ_EVENT, .row = 9, .actor = "a", .raw = "{}"};
    memset(row.room, 0x55, sizeof row.room);
    const struct wz_plugin earlier = {.abi_version = 1,
                                      .struct_size = sizeof(struct wz_plugin),
                                      .record_size = sizeof row,
                                      .problem_size = sizeof(struct wz_problem)};
    struct first_event *record = alone(&row, sizeof row);
    struct wz_record copy;
    memset(&copy, 0xaa, sizeof copy);
    const struct wz_event *event = &abi_record(&earlier, (const struct wz_record *)record, &copy)->as.event;
    assert_string_equal(event->actor, "a");
    assert_string_equal(event->raw, "{}");
    assert_null(event->people);
    assert_int_equal(event->people_count, 0);
    assert_null(event->content);
    assert_null(event->references);
    assert_int_equal(event->reference_count, 0);
    assert_null(event->target);
    assert_int_equal(event->voids, 0);
    assert_int_equal(event->attachment_count, 0);
    free(record);
}

static void one_of_this_header_gives_all(void **state)
{
    (void)state;
    const struct wz_problem problem = {.row = 7, .body = "b", .respondent = "r1"};
    struct wz_problem copy;
    const struct wz_problem *read = abi_problem(&newest, &problem, &copy);
    assert_string_equal(read->body, "b");
    assert_string_equal(read->respondent, "r1");
}

static void one_that_does_not_say_is_of_the_first(void **state)
{
    (void)state;
    const struct wz_plugin silent = {.abi_version = 1, .struct_size = sizeof(struct wz_plugin)};
    const struct wz_problem problem = {.row = 7, .body = "b"};
    struct wz_problem copy;
    assert_null(abi_problem(&silent, &problem, &copy)->body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plugin_of_the_first_header_gives_what_it_knows),
        cmocka_unit_test(what_stands_behind_a_shorter_event_is_not_looked_at),
        cmocka_unit_test(one_of_this_header_gives_all),
        cmocka_unit_test(one_that_does_not_say_is_of_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
