/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "host/abi.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* As they were when plugins did not say how large theirs are; a response was the largest of the records. */
enum {
    FIRST_RECORD_SIZE = offsetof(struct wz_record, as) + offsetof(struct wz_response, heading),
    FIRST_PROBLEM_SIZE = offsetof(struct wz_problem, heading),
    FIRST_EVENT_SIZE = offsetof(struct wz_event, people)
};

static bool says_sizes(const struct wz_plugin *plugin)
{
    return plugin->struct_size >= offsetof(struct wz_plugin, problem_size) + sizeof plugin->problem_size;
}

/* Until now a response was the largest: behind an event there was room that nobody filled. */
static void forget_event_after(struct wz_event *event, size_t size)
{
    memset((char *)event + size, 0, sizeof *event - size);
}

const struct wz_record *abi_record(const struct wz_plugin *plugin, const struct wz_record *given,
                                   struct wz_record *copy)
{
    const size_t size = says_sizes(plugin) && plugin->record_size ? plugin->record_size : FIRST_RECORD_SIZE;
    if (size >= sizeof *copy)
        return given;
    memset(copy, 0, sizeof *copy);
    memcpy(copy, given, size);
    if (copy->kind == WZ_EVENT)
        forget_event_after(&copy->as.event, FIRST_EVENT_SIZE);
    return copy;
}

const struct wz_problem *abi_problem(const struct wz_plugin *plugin, const struct wz_problem *given,
                                     struct wz_problem *copy)
{
    const size_t size =
        says_sizes(plugin) && plugin->problem_size ? plugin->problem_size : FIRST_PROBLEM_SIZE;
    if (size >= sizeof *copy)
        return given;
    memset(copy, 0, sizeof *copy);
    memcpy(copy, given, size);
    return copy;
}
