/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What anybody may send as a file of statements, plain or packed. What is an array to the JSON reader has as
 * many statements, taken or refused, as it has elements; each refusal is a sentence, and the progress goes
 * on.
 */
#include "fuzz.h"

#include "base/utf8.h"
#include "files/files.h"
#include "files/job.h"
#include "json/json.h"

#include <string.h>

#define AUTHORITY "{\"mbox\":\"mailto:lms@example.com\"}"

struct heard {
    size_t events, problems, refusals;
    uint64_t progress;
};

static void check_sentence(const char *text)
{
    HOLDS(text[0] && utf8_valid(text, strlen(text)));
}

static void on_emit(void *handle, const struct wz_record *record)
{
    struct heard *heard = handle;
    const struct wz_event *event = &record->as.event;
    HOLDS(!heard->refusals && record->kind == WZ_EVENT && record->row > 0);
    HOLDS(event->actor[0] && event->verb[0] && event->object[0] && event->raw[0] && event->content[0]);
    heard->events++;
}

static void on_problem(void *handle, const struct wz_problem *problem)
{
    struct heard *heard = handle;
    HOLDS(!heard->refusals && !problem->heading == !problem->body && (!problem->body || problem->respondent));
    check_sentence(problem->text);
    heard->problems++;
}

static void on_progress(void *handle, uint64_t bytes)
{
    struct heard *heard = handle;
    HOLDS(bytes >= heard->progress);
    heard->progress = bytes;
}

static void on_refuse(void *handle, const char *reason)
{
    struct heard *heard = handle;
    check_sentence(reason);
    HOLDS(heard->refusals++ == 0);
}

static void on_note(void *handle, const char *key, const char *text)
{
    (void)handle;
    check_sentence(key);
    check_sentence(text);
}

static void on_hint(void *handle, const char *text)
{
    (void)handle;
    check_sentence(text);
}

static struct heard decode(const uint8_t *bytes, size_t size)
{
    static const uint8_t key[FILE_KEY_SIZE] = {1};
    const struct xapi xapi = {.authority = (char *)AUTHORITY};
    char *job = file_job_write(&xapi, "course: grouping|parent, platform: platform", key);
    struct heard heard = {0};
    const struct wz_decode decode = {.abi_version = WZ_ABI_VERSION,
                                     .struct_size = sizeof decode,
                                     .document = fuzz_file(bytes, size),
                                     .size = size,
                                     .job = job,
                                     .handle = &heard,
                                     .emit = on_emit,
                                     .problem = on_problem,
                                     .progress = on_progress,
                                     .refuse = on_refuse,
                                     .note = on_note,
                                     .hint = on_hint};
    xapi_decode(&decode);
    free(job);
    return heard;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct json json = {0};
    struct error error;
    const struct heard heard = decode(bytes, size);
    if (json_read(&json, (const char *)bytes, size, &error) == 0 && json_is(&json, 0, JSON_ARRAY))
        HOLDS(!heard.refusals && heard.events + heard.problems == json.values[0].count);
    json_free(&json);
    return 0;
}
