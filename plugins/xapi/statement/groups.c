/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statement/groups.h"

#include "check/forms.h"
#include "statement/language.h"

#include "base/mem.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* In bytes; the host takes no longer names of groups. */
enum { LONGEST_GROUP = 512, DIGEST_SHOWN = 8 };

typedef uint32_t (*find_fn)(const struct json *json, uint32_t statement, const char *argument);

struct source {
    const struct source_kind *kind;
    char *argument; /* or NULL */
};

struct rule {
    char *level;
    struct source sources[MOST_SOURCES];
    size_t source_count;
};

struct group_rules {
    struct rule rules[MOST_LEVELS];
    size_t count;
};

/* ---- what a source finds: a string, or an activity or team that has a name ---- */

static uint32_t context_of(const struct json *json, uint32_t statement)
{
    return json_member(json, statement, "context");
}

static uint32_t find_team(const struct json *json, uint32_t statement, const char *argument)
{
    (void)argument;
    const uint32_t team = json_inside(json, context_of(json, statement), "team");
    const uint32_t name = json_inside(json, team, "name");
    return name ? name : json_inside(json, json_inside(json, team, "account"), "name");
}

static uint32_t find_context_activity(const struct json *json, uint32_t statement, const char *argument)
{
    const uint32_t all = json_inside(json, context_of(json, statement), "contextActivities");
    const uint32_t found = json_inside(json, all, argument);
    return found && json_is(json, found, JSON_ARRAY) ? json_first(json, found) : found;
}

static uint32_t find_object(const struct json *json, uint32_t statement, const char *argument)
{
    (void)argument;
    const uint32_t object = json_member(json, statement, "object");
    const uint32_t type = json_inside(json, object, "objectType");
    return !type || json_equals(json, type, "Activity") ? object : 0;
}

static uint32_t find_platform(const struct json *json, uint32_t statement, const char *argument)
{
    (void)argument;
    return json_inside(json, context_of(json, statement), "platform");
}

static uint32_t find_extension(const struct json *json, uint32_t statement, const char *argument)
{
    const uint32_t found =
        json_inside(json, json_inside(json, context_of(json, statement), "extensions"), argument);
    return found && json_is(json, found, JSON_STRING) ? found : 0;
}

static const struct source_kind {
    const char *name;
    find_fn find;
    const char *argument; /* where the name implies it */
} source_kinds[] = {{"team", find_team, NULL},
                    {"grouping", find_context_activity, "grouping"},
                    {"parent", find_context_activity, "parent"},
                    {"category", find_context_activity, "category"},
                    {"object", find_object, NULL},
                    {"platform", find_platform, NULL}};
enum { SOURCE_KINDS = sizeof source_kinds / sizeof *source_kinds };
static const struct source_kind extension_kind = {"extension", find_extension, NULL};

static void put_name(const struct json *json, uint32_t found, struct buf *out)
{
    static const char *const preferred[] = {"nl", "en"};
    if (json_is(json, found, JSON_STRING)) {
        json_put_text(json, found, out);
        return;
    }
    const uint32_t names = json_inside(json, json_member(json, found, "definition"), "name");
    const uint32_t name = names ? language_prefer(json, names, preferred, 2) : 0;
    json_put_text(json, name ? name : json_member(json, found, "id"), out);
}

/* The name of a group can be only so long: what a longer one ends with tells it from others that begin alike.
 */
static void shorten(struct buf *out, size_t from)
{
    uint8_t digest[crypto_generichash_BYTES_MIN];
    if (out->size - from <= LONGEST_GROUP)
        return;
    crypto_generichash(digest, sizeof digest, out->data + from, out->size - from, NULL, 0);
    out->size = from + LONGEST_GROUP - strlen("\u2026") - 2 * DIGEST_SHOWN;
    while ((out->data[out->size] & 0xc0) == 0x80) /* not inside a character */
        out->size--;
    buf_append_text(out, "\u2026");
    for (size_t i = 0; i < DIGEST_SHOWN; i++)
        buf_append_format(out, "%02x", digest[i]);
}

bool group_rules_find(const struct group_rules *rules, size_t index, const struct json *json,
                      uint32_t statement, struct buf *out)
{
    const struct rule *rule = &rules->rules[index];
    for (size_t i = 0; i < rule->source_count; i++) {
        const struct source *source = &rule->sources[i];
        const uint32_t found =
            source->kind->find(json, statement, source->argument ? source->argument : source->kind->argument);
        if (!found)
            continue;
        const size_t from = out->size;
        put_name(json, found, out);
        shorten(out, from);
        if (out->size > from) {
            buf_put_u8(out, '\0');
            return true;
        }
    }
    return false;
}

size_t group_rules_count(const struct group_rules *rules)
{
    return rules->count;
}

const char *group_rules_level(const struct group_rules *rules, size_t index)
{
    return rules->rules[index].level;
}

/* ---- the option ---- */

/* Cuts off what stands before the separator, without white space around it. NULL: nothing is left. */
static char *take_part(char **rest, char separator)
{
    if (!*rest)
        return NULL;
    char *part = *rest, *end = strchr(part, separator);
    *rest = end ? end + 1 : NULL;
    end = end ? end : part + strlen(part);
    while (isspace((unsigned char)*part))
        part++;
    while (end > part && isspace((unsigned char)end[-1]))
        end--;
    *end = '\0';
    return part;
}

static int read_extension(const char *iri, const char *level, struct source *source, struct error *error)
{
    if (!form_is_iri(iri, strlen(iri)))
        return error_set(error, ERROR_INPUT,
                         "level \"%s\": behind \"extension:\" the IRI of an extension is wanted, not \"%s\"",
                         level, iri);
    *source = (struct source){&extension_kind, mem_copy_text(iri)};
    return 0;
}

static int read_source(const char *text, const char *level, struct source *source, struct error *error)
{
    static const char extension[] = "extension:";
    if (strncmp(text, extension, sizeof extension - 1) == 0)
        return read_extension(text + sizeof extension - 1, level, source, error);
    for (size_t i = 0; i < SOURCE_KINDS; i++) {
        if (strcmp(text, source_kinds[i].name) == 0) {
            *source = (struct source){&source_kinds[i], NULL};
            return 0;
        }
    }
    return error_set(error, ERROR_INPUT,
                     "level \"%s\": \"%s\" is no source; there are team, grouping, parent, category, object, "
                     "platform, and extension: with an IRI",
                     level, text);
}

static bool is_level(const char *text)
{
    const char *at = text;
    while (isalnum((unsigned char)*at) || *at == '_' || *at == '-')
        at++;
    return at > text && *at == '\0';
}

static int read_rule(char *text, struct group_rules *rules, struct error *error)
{
    if (!strchr(text, ':'))
        return error_set(error, ERROR_INPUT,
                         "a level is written as \"course: grouping|parent\", not as \"%s\"", text);
    if (rules->count == MOST_LEVELS)
        return error_set(error, ERROR_INPUT, "there are more than %d levels", MOST_LEVELS);
    struct rule *rule = &rules->rules[rules->count];
    char *rest = text;
    const char *level = take_part(&rest, ':');
    if (!is_level(level))
        return error_set(error, ERROR_INPUT,
                         "\"%s\" is no name of a level: it has letters, digits, '_' and '-' in it", level);
    for (size_t i = 0; i < rules->count; i++)
        if (strcmp(rules->rules[i].level, level) == 0)
            return error_set(error, ERROR_INPUT, "the level \"%s\" comes twice", level);
    rules->count++;
    rule->level = mem_copy_text(level);
    for (const char *source = take_part(&rest, '|'); source; source = take_part(&rest, '|')) {
        if (rule->source_count == MOST_SOURCES)
            return error_set(error, ERROR_INPUT, "level \"%s\": there are more than %d sources", level,
                             MOST_SOURCES);
        if (read_source(source, level, &rule->sources[rule->source_count], error))
            return -1;
        rule->source_count++;
    }
    return 0;
}

struct group_rules *group_rules_read(const char *text, struct error *error)
{
    struct group_rules *rules = mem_alloc(sizeof *rules);
    char *copy = mem_copy_text(text), *rest = copy;
    int failed = 0;
    for (char *part = take_part(&rest, ','); part && !failed; part = take_part(&rest, ','))
        failed = read_rule(part, rules, error);
    free(copy);
    if (!failed)
        return rules;
    group_rules_free(rules);
    return NULL;
}

void group_rules_free(struct group_rules *rules)
{
    if (!rules)
        return;
    for (size_t i = 0; i < rules->count; i++) {
        free(rules->rules[i].level);
        for (size_t j = 0; j < rules->rules[i].source_count; j++)
            free(rules->rules[i].sources[j].argument);
    }
    free(rules);
}
