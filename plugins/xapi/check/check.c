/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/check.h"

#include "check/forms.h"
#include "http/sent.h"

#include "base/nearest.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_PLACE = 300, LONGEST_NAME = 80, MOST_PROPERTIES = 16 };

static const char *const kinds[] = {
    [JSON_NULL] = "null",       [JSON_FALSE] = "a boolean", [JSON_TRUE] = "a boolean",
    [JSON_NUMBER] = "a number", [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",
    [JSON_OBJECT] = "an object"};

/* The name of a member as people are shown it. */
static void copy_name(const struct json *json, uint32_t member, char to[LONGEST_NAME])
{
    struct buf name = {0};
    json_put_key(json, member, &name);
    utf8_copy_line(to, LONGEST_NAME, (const char *)name.data, name.size);
    buf_free(&name);
}

static bool is_plain_name(const char *name)
{
    for (const char *at = name; *at; at++)
        if (!isalnum((unsigned char)*at) && *at != '_' && *at != '-')
            return false;
    return *name != '\0';
}

static void append_step(char *place, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append_step(char *place, const char *format, ...)
{
    const size_t size = strlen(place);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(place + size, LONGEST_PLACE - size, format, arguments);
    va_end(arguments);
}

/* Are the names of its members the sender's own? */
static bool is_map(const struct json *json, uint32_t object)
{
    return json_key_is(json, object, "extensions") || json_key_is(json, object, "display") ||
           json_key_is(json, object, "name") || json_key_is(json, object, "description");
}

static void append_name(const struct json *json, uint32_t object, uint32_t member, char *place)
{
    char name[LONGEST_NAME];
    copy_name(json, member, name);
    if (!is_plain_name(name))
        append_step(place, "[\"" SENT "%s" SENT_END "\"]", name);
    else if (is_map(json, object))
        append_step(place, "." SENT "%s" SENT_END, name);
    else
        append_step(place, "%s%s", *place ? "." : "", name);
}

/* The way from the root to a value, as "object.definition.choices[2].id". */
static void find_place(const struct checking *checking, uint32_t value, char place[LONGEST_PLACE])
{
    const struct json *json = checking->json;
    snprintf(place, LONGEST_PLACE, "%s", checking->where);
    uint32_t at = checking->root;
    while (at != value) {
        uint32_t child = json_first(json, at);
        unsigned index = 0;
        while (child && json->values[child].next && json->values[child].next <= value) {
            child = json->values[child].next;
            index++;
        }
        if (!child)
            return;
        if (json->values[at].kind == JSON_OBJECT)
            append_name(json, at, child, place);
        else
            append_step(place, "[%u]", index);
        at = child;
    }
}

int check_fail(struct checking *checking, uint32_t value, const char *format, ...)
{
    char what[600], place[LONGEST_PLACE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    find_place(checking, value, place);
    return error_set(checking->error, ERROR_INPUT, "%s%s%s", place, *place ? ": " : "", what);
}

int check_kind(struct checking *checking, uint32_t value, enum json_kind kind)
{
    const enum json_kind is = checking->json->values[value].kind;
    if (is == kind)
        return 0;
    return check_fail(checking, value, "%s is wanted, not %s", kinds[kind], kinds[is]);
}

static int fail_unknown(struct checking *checking, uint32_t object, uint32_t member,
                        const struct property *properties)
{
    const char *names[MOST_PROPERTIES];
    size_t count = 0;
    for (; properties->name && count < MOST_PROPERTIES; properties++)
        names[count++] = properties->name;
    char name[LONGEST_NAME];
    copy_name(checking->json, member, name);
    const char *near = nearest_name(name, names, count);
    for (size_t i = 0; i < count; i++)
        near = strcasecmp(names[i], name) == 0 ? names[i] : near;
    if (near)
        return check_fail(checking, object,
                          "there is no property \"" SENT "%s" SENT_END "\" here; \"%s\" is perhaps meant",
                          name, near);
    return check_fail(checking, object,
                      "there is no property \"" SENT "%s" SENT_END
                      "\" here; what is not in the specification "
                      "may stand in extensions",
                      name);
}

static const struct property *find_property(struct checking *checking, uint32_t member,
                                            const struct property *properties)
{
    const struct json_text key = check_key(checking, member);
    for (; properties->name; properties++)
        if (json_text_equals(&key, properties->name))
            return properties;
    return NULL;
}

int check_object(struct checking *checking, uint32_t value, const struct property *properties)
{
    if (check_kind(checking, value, JSON_OBJECT))
        return -1;
    const struct json *json = checking->json;
    uint32_t seen = 0;
    for (uint32_t member = json_first(json, value); member; member = json->values[member].next) {
        const struct property *property = find_property(checking, member, properties);
        if (!property)
            return fail_unknown(checking, value, member, properties);
        if (property->check && property->check(checking, member))
            return -1;
        seen |= 1u << (property - properties);
    }
    for (const struct property *at = properties; at->name; at++)
        if (at->required && !(seen & 1u << (at - properties)))
            return check_fail(checking, value, "the property \"%s\" is missing", at->name);
    return 0;
}

int check_array(struct checking *checking, uint32_t value, check_fn check_element)
{
    if (check_kind(checking, value, JSON_ARRAY))
        return -1;
    const struct json *json = checking->json;
    for (uint32_t element = json_first(json, value); element; element = json->values[element].next)
        if (check_element(checking, element))
            return -1;
    return 0;
}

struct json_text check_text(struct checking *checking, uint32_t value)
{
    return json_text_of(checking->json, value, &checking->scratch);
}

struct json_text check_key(struct checking *checking, uint32_t member)
{
    return json_key_of(checking->json, member, &checking->scratch);
}

int check_form(struct checking *checking, uint32_t value, bool (*is_form)(const char *text, size_t size),
               const char *wanted)
{
    if (check_string(checking, value))
        return -1;
    const struct json_text text = check_text(checking, value);
    return is_form(text.at, text.size) ? 0 : check_fail(checking, value, "%s is wanted", wanted);
}

int check_string(struct checking *checking, uint32_t value)
{
    return check_kind(checking, value, JSON_STRING);
}

int check_number(struct checking *checking, uint32_t value)
{
    return check_kind(checking, value, JSON_NUMBER);
}

int check_boolean(struct checking *checking, uint32_t value)
{
    const enum json_kind kind = checking->json->values[value].kind;
    if (kind == JSON_TRUE || kind == JSON_FALSE)
        return 0;
    return check_fail(checking, value, "true or false is wanted, not %s", kinds[kind]);
}

int check_iri(struct checking *checking, uint32_t value)
{
    return check_form(checking, value, form_is_iri, "an IRI with its scheme, as \"https://example.com/x\",");
}

int check_uuid(struct checking *checking, uint32_t value)
{
    return check_form(checking, value, form_is_uuid, "a UUID, as \"7ccd3322-e1a5-411a-a67d-6a735c76f119\",");
}

int check_language(struct checking *checking, uint32_t value)
{
    return check_form(checking, value, form_is_language, "a language tag of RFC 5646, as \"nl-NL\",");
}

/* xAPI 1.0.3 has times of ISO 8601; 2.0.0 those of RFC 3339 alone. */
int check_timestamp(struct checking *checking, uint32_t value)
{
    return check_form(checking, value,
                      checking->version == XAPI_1_0_3 ? form_is_timestamp : form_is_strict_timestamp,
                      "a time of RFC 3339, as \"2026-08-31T12:00:00.000Z\", whose offset is not -00:00,");
}

int check_language_map(struct checking *checking, uint32_t value)
{
    if (check_kind(checking, value, JSON_OBJECT))
        return -1;
    const struct json *json = checking->json;
    for (uint32_t member = json_first(json, value); member; member = json->values[member].next) {
        const struct json_text tag = check_key(checking, member);
        if (!form_is_language(tag.at, tag.size))
            return check_fail(checking, member,
                              "its name has to be a language tag of RFC 5646, as \"nl-NL\"");
        if (check_string(checking, member))
            return -1;
    }
    return 0;
}

int check_extensions(struct checking *checking, uint32_t value)
{
    if (check_kind(checking, value, JSON_OBJECT))
        return -1;
    const struct json *json = checking->json;
    for (uint32_t member = json_first(json, value); member; member = json->values[member].next) {
        const struct json_text key = check_key(checking, member);
        if (!form_is_iri(key.at, key.size))
            return check_fail(checking, member,
                              "its name has to be an IRI with its scheme, as \"https://example.com/x\"");
    }
    return 0;
}
