/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json/json.h"

#include "json/names.h"
#include "json/string.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is open while a text is read: which values, and the child that came last in each. */
struct reading {
    struct json *json;
    const char *at, *end;
    const char *wrong; /* what is wrong at `at`; NULL: nothing */
    bool is_too_much;  /* and nothing else is wrong */
    uint32_t open[JSON_DEEPEST], last[JSON_DEEPEST];
    unsigned depth;
    uint32_t key, key_size; /* the name that was read before its value */
    bool key_is_escaped;
};

static int fail(struct reading *reading, const char *wrong)
{
    reading->wrong = wrong;
    return -1;
}

static int fail_of_many(struct reading *reading)
{
    reading->is_too_much = true;
    return fail(reading, "there are more values up to here than can be read at a time; send it in parts");
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static void skip_space(struct reading *reading)
{
    for (; reading->at < reading->end && is_space(*reading->at); reading->at++)
        reading->json->has_space = true;
}

static uint32_t offset_of(const struct reading *reading)
{
    return (uint32_t)(reading->at - reading->json->text);
}

/* For as many values as a text of names and addresses has, so that they are not moved as they come. */
static void make_room(struct json *json, size_t size)
{
    enum { BYTES_A_VALUE = 24, MOST_AT_FIRST = 1 << 13 };
    const size_t likely = size / BYTES_A_VALUE + 16, wanted = likely < MOST_AT_FIRST ? likely : MOST_AT_FIRST;
    if (json->capacity >= wanted)
        return;
    json->capacity = wanted;
    json->values = mem_resize(json->values, wanted, sizeof *json->values);
}

static struct json_value *add_value(struct reading *reading)
{
    struct json *json = reading->json;
    if (json->count == json->capacity) {
        json->capacity *= 2;
        json->values = mem_resize(json->values, json->capacity, sizeof *json->values);
    }
    const uint32_t index = (uint32_t)json->count++;
    if (reading->depth) {
        const unsigned top = reading->depth - 1;
        json->values[reading->open[top]].count++;
        if (reading->last[top])
            json->values[reading->last[top]].next = index;
        reading->last[top] = index;
    }
    struct json_value *value = &json->values[index];
    *value = (struct json_value){.start = offset_of(reading),
                                 .key = reading->key,
                                 .key_size = reading->key_size,
                                 .key_is_escaped = reading->key_is_escaped};
    reading->key = reading->key_size = 0;
    reading->key_is_escaped = false;
    return value;
}

static int scan_string(struct reading *reading, bool *is_escaped)
{
    return json_string_scan(&reading->at, reading->end, is_escaped, &reading->wrong);
}

static int read_name(struct reading *reading)
{
    skip_space(reading);
    if (reading->at == reading->end || *reading->at != '"')
        return fail(reading, "the name of a member is wanted here, in double quotes");
    reading->key = offset_of(reading) + 1;
    if (scan_string(reading, &reading->key_is_escaped))
        return -1;
    reading->key_size = offset_of(reading) - 1 - reading->key;
    skip_space(reading);
    if (reading->at == reading->end || *reading->at != ':')
        return fail(reading, "a colon is wanted behind the name of a member");
    reading->at++;
    return 0;
}

static size_t skip_digits(struct reading *reading)
{
    const char *from = reading->at;
    while (reading->at < reading->end && *reading->at >= '0' && *reading->at <= '9')
        reading->at++;
    return (size_t)(reading->at - from);
}

static double number_of(const char *text, size_t size)
{
    char few[64];
    char *copy = size < sizeof few ? few : mem_alloc(size + 1);
    memcpy(copy, text, size);
    copy[size] = '\0';
    const double number = strtod(copy, NULL);
    if (copy != few)
        free(copy);
    return number;
}

static bool skip_one(struct reading *reading, char wanted, char or_wanted)
{
    const bool there = reading->at < reading->end && (*reading->at == wanted || *reading->at == or_wanted);
    reading->at += there ? 1 : 0;
    return there;
}

static int scan_number(struct reading *reading)
{
    const char *from = reading->at;
    skip_one(reading, '-', '-');
    const bool nought = skip_one(reading, '0', '0');
    if (nought ? skip_digits(reading) > 0 : skip_digits(reading) == 0)
        return fail(reading, "no number is written like this");
    if (skip_one(reading, '.', '.') && !skip_digits(reading))
        return fail(reading, "a digit is wanted behind the point of a number");
    const bool exponent = skip_one(reading, 'e', 'E');
    if (exponent) {
        skip_one(reading, '+', '-');
        if (!skip_digits(reading))
            return fail(reading, "a digit is wanted in the exponent of a number");
    }
    const size_t size = (size_t)(reading->at - from);
    if ((exponent || size > 300) && !isfinite(number_of(from, size)))
        return fail(reading, "the number is too large");
    return 0;
}

static int scan_word(struct reading *reading, const char *word)
{
    const size_t size = strlen(word);
    if ((size_t)(reading->end - reading->at) < size || memcmp(reading->at, word, size) != 0)
        return fail(reading, "this is no JSON value; a text stands in double quotes");
    reading->at += size;
    return 0;
}

/* Behind the bracket that opens it: is it empty? */
static int enter(struct reading *reading, struct json_value *value, enum json_kind kind)
{
    if (reading->depth == JSON_DEEPEST)
        return fail(reading, "the values are nested too deep");
    value->kind = kind;
    reading->open[reading->depth] = (uint32_t)(value - reading->json->values);
    reading->last[reading->depth++] = 0;
    reading->at++;
    return 0;
}

/* A value, or where it is an object or array what opens it. */
static int read_value(struct reading *reading)
{
    skip_space(reading);
    if (reading->at == reading->end)
        return fail(reading, "the text ends where a value is wanted");
    if (reading->json->count == JSON_MOST_VALUES)
        return fail_of_many(reading);
    struct json_value *value = add_value(reading);
    int failed = 0;
    switch (*reading->at) {
    case '{':
        return enter(reading, value, JSON_OBJECT);
    case '[':
        return enter(reading, value, JSON_ARRAY);
    case '"':
        value->kind = JSON_STRING;
        failed = scan_string(reading, &value->is_escaped);
        break;
    case 't':
        value->kind = JSON_TRUE;
        failed = scan_word(reading, "true");
        break;
    case 'f':
        value->kind = JSON_FALSE;
        failed = scan_word(reading, "false");
        break;
    case 'n':
        value->kind = JSON_NULL;
        failed = scan_word(reading, "null");
        break;
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
        value->kind = JSON_NUMBER;
        failed = scan_number(reading);
        break;
    default:
        return fail(reading, "this is no JSON value; a text stands in double quotes");
    }
    value->size = offset_of(reading) - value->start;
    return failed;
}

static int leave(struct reading *reading)
{
    struct json_value *value = &reading->json->values[reading->open[--reading->depth]];
    reading->at++;
    value->size = offset_of(reading) - value->start;
    if (value->kind != JSON_OBJECT || value->count < 2)
        return 0;
    const uint32_t twice = json_names_repeat(reading->json, (uint32_t)(value - reading->json->values));
    if (!twice)
        return 0;
    reading->at = reading->json->text + reading->json->values[twice].key;
    return fail(reading, "the object has a member of this name already");
}

/* Goes on to where the next value begins, or to the end of the text with nothing open. */
static int go_on(struct reading *reading)
{
    while (reading->depth) {
        const unsigned top = reading->depth - 1;
        const bool object = reading->json->values[reading->open[top]].kind == JSON_OBJECT;
        skip_space(reading);
        if (reading->at == reading->end)
            return fail(reading, object ? "the text ends inside an object" : "the text ends inside an array");
        if (*reading->at == (object ? '}' : ']')) {
            if (leave(reading))
                return -1;
            continue;
        }
        if (!reading->last[top])
            return object ? read_name(reading) : 0;
        if (*reading->at != ',')
            return fail(reading, object ? "a comma or '}' is wanted here" : "a comma or ']' is wanted here");
        reading->at++;
        return object ? read_name(reading) : 0;
    }
    skip_space(reading);
    return reading->at == reading->end ? 0 : fail(reading, "something stands behind the end of the value");
}

static int report(const struct reading *reading, struct error *error)
{
    size_t line = 1, column = 1;
    for (const char *at = reading->json->text; at < reading->at; at++) {
        const bool new_line = *at == '\n';
        line += new_line ? 1 : 0;
        if (new_line)
            column = 1;
        else if (((uint8_t)*at & 0xc0) != 0x80)
            column++;
    }
    return error_set(error, reading->is_too_much ? ERROR_TOO_MUCH : ERROR_INPUT, "line %zu, column %zu: %s",
                     line, column, reading->wrong);
}

int json_read(struct json *json, const char *text, size_t size, struct error *error)
{
    json->text = text;
    json->count = 0;
    json->has_space = false;
    if (size > JSON_LARGEST)
        return error_set(error, ERROR_INPUT, "the text has %zu bytes; at most %d can be read", size,
                         JSON_LARGEST);
    struct reading reading = {.json = json, .at = text, .end = text + size};
    make_room(json, size);
    do {
        if (read_value(&reading) || go_on(&reading)) {
            json->count = 0;
            return report(&reading, error);
        }
    } while (reading.depth);
    return 0;
}

void json_free(struct json *json)
{
    free(json->values);
    *json = (struct json){0};
}

bool json_is(const struct json *json, uint32_t value, enum json_kind kind)
{
    return value < json->count && json->values[value].kind == kind;
}

uint32_t json_first(const struct json *json, uint32_t value)
{
    return value < json->count && json->values[value].count ? value + 1 : 0;
}

bool json_is_named(const struct json *json, uint32_t member, const char *name, size_t size)
{
    const struct json_value *value = &json->values[member];
    const char *key = json->text + value->key;
    return value->key_is_escaped ? json_string_equals(key, value->key_size, name, size)
                                 : value->key_size == size && memcmp(key, name, size) == 0;
}

uint32_t json_find_member(const struct json *json, uint32_t object, const char *name, size_t size)
{
    if (!json_is(json, object, JSON_OBJECT))
        return 0;
    uint32_t member = json_first(json, object);
    while (member && !json_is_named(json, member, name, size))
        member = json->values[member].next;
    return member;
}

bool json_is_text(const struct json *json, uint32_t value, const char *text, size_t size)
{
    if (!json_is(json, value, JSON_STRING))
        return false;
    const struct json_value *at = &json->values[value];
    const char *own = json->text + at->start + 1;
    return at->is_escaped ? json_string_equals(own, at->size - 2, text, size)
                          : at->size - 2 == size && memcmp(own, text, size) == 0;
}

struct json_text json_text_of(const struct json *json, uint32_t value, struct buf *scratch)
{
    const struct json_value *at = &json->values[value];
    if (!at->is_escaped)
        return (struct json_text){json->text + at->start + 1, at->size - 2};
    buf_clear(scratch);
    json_put_text(json, value, scratch);
    return (struct json_text){(const char *)scratch->data, scratch->size};
}

struct json_text json_key_of(const struct json *json, uint32_t member, struct buf *scratch)
{
    const struct json_value *value = &json->values[member];
    if (!value->key_is_escaped)
        return (struct json_text){json->text + value->key, value->key_size};
    buf_clear(scratch);
    json_put_key(json, member, scratch);
    return (struct json_text){(const char *)scratch->data, scratch->size};
}

void json_put_text(const struct json *json, uint32_t value, struct buf *out)
{
    if (!json_is(json, value, JSON_STRING))
        return;
    const struct json_value *at = &json->values[value];
    const char *text = json->text + at->start + 1;
    if (at->is_escaped)
        json_string_put(text, at->size - 2, out);
    else
        buf_put(out, text, at->size - 2);
}

void json_put_key(const struct json *json, uint32_t member, struct buf *out)
{
    json_string_put(json->text + json->values[member].key, json->values[member].key_size, out);
}

double json_number(const struct json *json, uint32_t value)
{
    if (!json_is(json, value, JSON_NUMBER))
        return NAN;
    return number_of(json->text + json->values[value].start, json->values[value].size);
}

void json_put_value(const struct json *json, uint32_t value, struct buf *out)
{
    const char *at = json->text + json->values[value].start, *end = at + json->values[value].size;
    const char *from = at, *wrong = NULL;
    bool is_escaped;
    if (!json->has_space) {
        buf_put(out, at, (size_t)(end - at));
        return;
    }
    while (at < end) {
        if (*at == '"') {
            json_string_scan(&at, end, &is_escaped,
                             &wrong); /* was read before: nothing can be wrong with it */
        } else if (is_space(*at)) {
            buf_put(out, from, (size_t)(at - from));
            while (at < end && is_space(*at))
                at++;
            from = at;
        } else {
            at++;
        }
    }
    buf_put(out, from, (size_t)(at - from));
}

void json_put_name(const struct json *json, uint32_t member, struct buf *out)
{
    const struct json_value *value = &json->values[member];
    buf_put(out, json->text + value->key - 1, value->key_size + 2);
    buf_put_u8(out, ':');
}
