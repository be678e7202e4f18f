/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "script/placeholders.h"

#include "base/nearest.h"

#include <string.h>

enum { LONGEST_PLACEHOLDER = 40 };

static const char *const names[PLACEHOLDERS] = {
    [PLACEHOLDER_GROUP] = "group",   [PLACEHOLDER_PATH] = "path",   [PLACEHOLDER_LEVEL] = "level",
    [PLACEHOLDER_PERIOD] = "period", [PLACEHOLDER_VALUE] = "value", [PLACEHOLDER_BEFORE] = "before",
    [PLACEHOLDER_CHANGE] = "change", [PLACEHOLDER_N] = "n",         [PLACEHOLDER_INDICATOR] = "indicator",
    [PLACEHOLDER_UNIT] = "unit",
};

/* The number of the name of that length; PLACEHOLDERS where there is none. */
static size_t find_name(const char *name, size_t length)
{
    size_t i = 0;
    while (i < PLACEHOLDERS && (strlen(names[i]) != length || memcmp(names[i], name, length) != 0))
        i++;
    return i;
}

static int unknown_name(const char *name, size_t length, struct error *error)
{
    char given[LONGEST_PLACEHOLDER + 1] = "";
    memcpy(given, name, length < LONGEST_PLACEHOLDER ? length : LONGEST_PLACEHOLDER);
    const char *nearest = nearest_name(given, names, PLACEHOLDERS);
    if (nearest)
        return error_set(error, ERROR_INPUT, "there is no placeholder {%s}; did you mean {%s}?", given,
                         nearest);
    return error_set(error, ERROR_INPUT,
                     "there is no placeholder {%s}; there are {group}, {path}, {level}, {period}, {value}, "
                     "{before}, {change}, {n}, {indicator} and {unit}",
                     given);
}

int placeholders_check(const char *text, struct error *error)
{
    for (const char *at = text; *at; at++) {
        if ((*at == '{' || *at == '}') && at[1] == *at) {
            at++;
        } else if (*at == '}') {
            return error_set(error, ERROR_INPUT, "a '}' stands alone; write '}}' for a brace");
        } else if (*at == '{') {
            const size_t length = strcspn(at + 1, "{}");
            if (at[1 + length] != '}')
                return error_set(error, ERROR_INPUT, "a '{' is not closed; write '{{' for a brace");
            if (find_name(at + 1, length) == PLACEHOLDERS)
                return unknown_name(at + 1, length, error);
            at += length + 1;
        }
    }
    return 0;
}

void placeholders_fill(const char *text, const char *const *values, struct buf *out)
{
    for (const char *at = text; *at; at++) {
        if (*at == '{' && at[1] != '{') {
            const size_t length = strcspn(at + 1, "}");
            const size_t name = find_name(at + 1, length);
            if (name < PLACEHOLDERS)
                buf_append_text(out, values[name]);
            at += length + 1;
            continue;
        }
        if (*at == '{' || *at == '}')
            at++;
        buf_put_u8(out, (uint8_t)*at);
    }
}
