/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statement/language.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A language range of RFC 4647, which is "*" or a tag, or the beginning of one. */
struct range {
    const char *at;
    size_t size;
    double quality;
};

/* Is `tag` the same as `start`, or does it go on behind it with a hyphen? */
static bool begins(const char *tag, size_t size, const char *start, size_t start_size)
{
    return size >= start_size && strncasecmp(tag, start, start_size) == 0 &&
           (size == start_size || tag[start_size] == '-');
}

uint32_t language_prefer(const struct json *json, uint32_t map, const char *const *languages, size_t count)
{
    if (!json_is(json, map, JSON_OBJECT))
        return 0;
    for (size_t i = 0; i < count; i++)
        for (uint32_t member = json_first(json, map); member; member = json->values[member].next)
            if (begins(json->text + json->values[member].key, json->values[member].key_size, languages[i],
                       strlen(languages[i])))
                return member;
    return json_first(json, map);
}

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \t");
}

/* Takes the next range off the header. false: there is none. */
static bool next_range(const char **rest, struct range *range)
{
    const char *at = *rest + strspn(*rest, " \t,");
    if (!*at)
        return false;
    const size_t size = strcspn(at, " \t,;");
    *range = (struct range){at, size, 1};
    at = skip_space(at + size);
    if (*at == ';') {
        at = skip_space(at + 1);
        if ((*at == 'q' || *at == 'Q') && *skip_space(at + 1) == '=') {
            char digits[8] = {0}; /* at most "0.999" */
            at = skip_space(skip_space(at + 1) + 1);
            memcpy(digits, at, strnlen(at, sizeof digits - 1));
            range->quality = strtod(digits, NULL);
        }
        at += strcspn(at, ",");
    }
    *rest = at;
    return true;
}

/* How well a tag is liked, from 0 to 1: what the longest range that fits says. */
static double quality_of(const char *tag, size_t size, const char *accepted)
{
    double quality = 0;
    size_t longest = 0;
    bool any = false;
    struct range range;
    for (const char *rest = accepted; next_range(&rest, &range);) {
        const bool star = range.size == 1 && *range.at == '*';
        if (!star && !begins(tag, size, range.at, range.size))
            continue;
        const size_t length = star ? 0 : range.size;
        if (any && length < longest)
            continue;
        any = true;
        longest = length;
        quality = range.quality;
    }
    return quality;
}

/* Where no tag is liked: how well one that is more general than a range ("nl" for "nl-NL"). */
static double general_quality_of(const char *tag, size_t size, const char *accepted)
{
    double quality = 0;
    struct range range;
    for (const char *rest = accepted; next_range(&rest, &range);)
        if (begins(range.at, range.size, tag, size) && range.quality > quality)
            quality = range.quality;
    return quality;
}

static uint32_t find_best(const struct json *json, uint32_t map, const char *accepted,
                          double (*judge)(const char *tag, size_t size, const char *accepted))
{
    uint32_t best = 0;
    double most = 0;
    for (uint32_t member = json_first(json, map); member; member = json->values[member].next) {
        const struct json_value *value = &json->values[member];
        const double quality = judge(json->text + value->key, value->key_size, accepted);
        if (quality > most) {
            most = quality;
            best = member;
        }
    }
    return best;
}

uint32_t language_accepted(const struct json *json, uint32_t map, const char *accepted)
{
    if (!json_is(json, map, JSON_OBJECT) || json->values[map].count < 2 || !accepted)
        return json_is(json, map, JSON_OBJECT) ? json_first(json, map) : 0;
    uint32_t best = find_best(json, map, accepted, quality_of);
    if (!best)
        best = find_best(json, map, accepted, general_quality_of);
    return best ? best : json_first(json, map);
}
