/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to say of an indicator that has no values, or not all. */
#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"
#include "base/texts.h"

#include <stdlib.h>
#include <string.h>

struct subject {
    const struct options *options;
    const char *id;
    const cJSON *indicator;  /* as GET /v1/indicators has it */
    struct texts levels;     /* that are asked for */
    struct texts has_groups; /* levels of which there are groups */
};

/* NULL: it is gone. */
static const cJSON *find(const cJSON *catalogue, const char *id)
{
    const cJSON *indicator;
    cJSON_ArrayForEach(indicator, json_get(catalogue, "indicators"))
    {
        if (strcmp(json_text(indicator, "id"), id) == 0)
            return indicator;
    }
    return NULL;
}

static void find_levels(struct subject *subject)
{
    const cJSON *level;
    if (subject->options->level)
        texts_add(&subject->levels, subject->options->level);
    else
        cJSON_ArrayForEach(level, json_get(subject->indicator, "levels"))
        {
            texts_add(&subject->levels, cJSON_GetStringValue(level));
        }
}

static int find_groups(struct subject *subject)
{
    struct answer answer;
    const cJSON *group;
    if (client_ask_pages(subject->options, "/v1/groups?limit=10000", "groups", &answer) != STATUS_GOOD)
        return -1;
    cJSON_ArrayForEach(group, json_get(answer.json, "groups"))
    {
        texts_add(&subject->has_groups, json_text(group, "level"));
    }
    answer_free(&answer);
    return 0;
}

static bool has_any_level(const struct subject *subject)
{
    for (size_t i = 0; i < subject->levels.count; i++)
        if (texts_have(&subject->has_groups, subject->levels.all[i]))
            return true;
    return false;
}

/* Free it. */
static char *join(const struct texts *texts, const char *between)
{
    struct buf joined = {0};
    for (size_t i = 0; i < texts->count; i++)
        buf_append_format(&joined, "%s%s", i ? between : "", texts->all[i]);
    buf_put_u8(&joined, 0);
    return (char *)joined.data;
}

static void tell_levels(const struct subject *subject)
{
    char *wanted = join(&subject->levels, " or "), *there = join(&subject->has_groups, ", ");
    const bool any = subject->has_groups.count > 0;
    fail("indicator %s has no value: no group of level %s has come in%s%s", subject->id, wanted,
         any ? "; there are " : ", nor of any other", there);
    free(wanted);
    free(there);
}

static bool has_period(const struct options *options)
{
    return options->period && strcmp(options->period, "all") != 0;
}

static bool has_later_values(const struct subject *subject)
{
    const struct parameter parameters[] = {
        {"level", subject->options->level}, {"period", "all"}, {"limit", "1"}, {NULL, NULL}};
    struct answer answer;
    struct buf path = {0};
    buf_append_text(&path, "/v1/indicators/");
    client_escape(&path, subject->id);
    client_parameters(&path, parameters);
    const int status = client_ask(subject->options, (const char *)path.data, &answer);
    buf_free(&path);
    if (status != STATUS_GOOD)
        return false;
    const bool any = cJSON_GetArraySize(json_get(answer.json, "values")) > 0;
    answer_free(&answer);
    return any;
}

static bool is_counting(const struct subject *subject)
{
    struct answer answer;
    if (client_ask(subject->options, "/v1/status", &answer) != STATUS_GOOD)
        return false;
    const bool counts = !json_true(json_get(answer.json, "engine"), "idle");
    answer_free(&answer);
    return counts;
}

static void tell_content(const struct subject *subject)
{
    char *levels = join(&subject->levels, " or ");
    const cJSON *days = json_get(subject->indicator, "window_days");
    char *window = days ? mem_format(" of the last %.0f days", days->valuedouble) : mem_copy_text("");
    fail("indicator %s has no value: nothing%s that has come in for groups of level %s counts in it",
         subject->id, window, levels);
    free(window);
    free(levels);
}

static void tell_nothing(struct subject *subject)
{
    find_levels(subject);
    if (find_groups(subject) != 0)
        return;
    if (!has_any_level(subject))
        tell_levels(subject);
    else if (subject->options->group || has_period(subject->options))
        fail("indicator %s has no value of what these options ask for", subject->id);
    else if (is_counting(subject))
        fail("indicator %s has no value yet: what has come in is still being counted", subject->id);
    else if (has_later_values(subject))
        fail("indicator %s has no value of a period that has begun: what counts in it is dated later; "
             "--period all shows it",
             subject->id);
    else
        tell_content(subject);
}

void explain_values(const struct options *options, const cJSON *values)
{
    struct answer catalogue;
    struct subject subject = {.options = options, .id = options->arguments[0]};
    fflush(stdout); /* it comes behind what it is about, in a file too */
    if (client_ask_pages(options, "/v1/indicators", "indicators", &catalogue) != STATUS_GOOD)
        return;
    subject.indicator = find(catalogue.json, subject.id);
    const char *error = subject.indicator ? json_text(subject.indicator, "error") : NULL;
    if (error)
        fail("indicator %s: %s", subject.id, error);
    else if (subject.indicator && cJSON_GetArraySize(values) == 0)
        tell_nothing(&subject);
    texts_free(&subject.levels);
    texts_free(&subject.has_groups);
    answer_free(&catalogue);
}
