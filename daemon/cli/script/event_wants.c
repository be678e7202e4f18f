/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/script/event_wants.h"

#include "cli/cli.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_kind(const cJSON *input, const char *kind)
{
    return strcmp(json_text(input, "kind"), kind) == 0;
}

/* Does every event count in it? */
static bool takes_all(const cJSON *input)
{
    return !json_text(input, "verb") && !json_text(input, "object") && !is_kind(input, "sum") &&
           !is_kind(input, "derive");
}

static void add_want(struct buf *text, const char *want, const char *value)
{
    if (value)
        buf_append_format(text, "%s%s \"%s\"", text->size ? " and " : "", want, value);
}

static void tell_input(const cJSON *input, bool is_first)
{
    struct buf wants = {0};
    add_want(&wants, "the verb", json_text(input, "verb"));
    add_want(&wants, "the object", json_text(input, "object"));
    if (is_kind(input, "sum"))
        add_want(&wants, "the measure",
                 cJSON_GetStringValue(cJSON_GetArrayItem(json_get(input, "items"), 0)));
    if (is_kind(input, "derive"))
        buf_append_format(&wants, "%sa number from its function", wants.size ? " and " : "");
    print_line(stderr, "  %sfor input %s %.*s", is_first ? "" : "or ", json_text(input, "name"),
               (int)wants.size, (const char *)wants.data);
    buf_free(&wants);
}

/* One input that has something is enough for a value. */
static void tell_inputs(const cJSON *inputs)
{
    const cJSON *input;
    cJSON_ArrayForEach(input, inputs)
    {
        if (takes_all(input))
            return;
    }
    cJSON_ArrayForEach(input, inputs)
    {
        tell_input(input, input == inputs->child);
    }
}

static char *list_levels(const cJSON *levels)
{
    struct buf list = {0};
    const cJSON *level;
    cJSON_ArrayForEach(level, levels)
    {
        buf_append_format(&list, "%s%s", list.size ? " or " : "", cJSON_GetStringValue(level));
    }
    buf_put_u8(&list, '\0');
    return (char *)list.data;
}

void event_wants_tell(const cJSON *indicator, const char *level, const char *groups)
{
    char *levels = level ? mem_copy_text(level) : list_levels(json_get(indicator, "levels"));
    const cJSON *days = json_get(indicator, "window_days");
    print_line(stderr, "%s has no value, since no statement of the file has all of this:",
               json_text(indicator, "id"));
    print_line(stderr, "  a group of level %s, which \"%s\" finds (--groups says where else to look)", levels,
               groups);
    if (days)
        print_line(stderr,
                   "  a time in the last %.0f days, today among them (older ones count by `period`, not by "
                   "`window`)",
                   days->valuedouble);
    tell_inputs(json_get(indicator, "inputs"));
    free(levels);
}

void event_wants_tell_ahead(const cJSON *indicator)
{
    print_line(
        stderr,
        "%s has no value of a period that has begun: the statements are dated later; --period all shows them",
        json_text(indicator, "id"));
}
