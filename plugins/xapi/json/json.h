/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A JSON text as a list of its values, each with its place in the text: what is not changed can be handed on
 * byte for byte, which a tree of decoded values cannot (it loses how a number is written), and a text costs
 * memory by its length, whatever is in it.
 *
 * RFC 8259, strictly: UTF-8, no bytes behind the value, no control characters in strings. Refused besides: a
 * member that comes twice in an object (RFC 8259, section 4: nobody knows which one counts), \u0000 and lone
 * surrogates in strings, numbers that are no finite double, what is nested deeper than JSON_DEEPEST, and (as
 * ERROR_TOO_MUCH) more than JSON_MOST_VALUES values: each takes as much memory as 14 of the shortest do in
 * the text.
 */
#ifndef XAPI_JSON_H
#define XAPI_JSON_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { JSON_DEEPEST = 64, JSON_LARGEST = 1 << 30, JSON_MOST_VALUES = 1 << 21 };

enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* Values are numbered in the order of the text: the root is 0, the first child of `i` is i + 1. */
struct json_value {
    enum json_kind kind : 8;
    bool is_escaped;      /* of a string: its text has escapes */
    bool key_is_escaped;  /* and its name */
    uint32_t start, size; /* of its text, with the quotes of a string */
    uint32_t key;         /* of a member: where the text of its name begins, behind the quote */
    uint32_t key_size;    /* up to the quote that ends it */
    uint32_t next;        /* the next member or element of the one it is in; 0: it is the last */
    uint32_t count;       /* of an object or array: how many it has */
};

/* Zeroed is empty. The text is the caller's, and outlives it. */
struct json {
    const char *text;
    struct json_value *values;
    size_t count, capacity;
    bool has_space; /* there is white space between what it is made of */
};

/* Reads a text anew, reusing the memory of `json`. -1: it is none; the error says what is wrong and at which
 * line and column. */
int json_read(struct json *json, const char *text, size_t size, struct error *error);
void json_free(struct json *json);

/* The member of an object with this name; 0: there is none, or `object` is no object. Here and below, what
 * is compared with a text mostly gets a literal: inline, its length is known before the program runs. */
uint32_t json_find_member(const struct json *json, uint32_t object, const char *name, size_t size);
static inline uint32_t json_member(const struct json *json, uint32_t object, const char *name)
{
    return json_find_member(json, object, name, strlen(name));
}
/* The same of a member that may be missing: where `member` is 0, that is no member and not the root. */
static inline uint32_t json_inside(const struct json *json, uint32_t member, const char *name)
{
    return member ? json_member(json, member, name) : 0;
}
/* The first child; 0: there is none. The others come by `next`. As everywhere but in json_inside, 0 is the
 * root. */
uint32_t json_first(const struct json *json, uint32_t value);
bool json_is(const struct json *json, uint32_t value, enum json_kind kind);
/* Is it this string? */
bool json_is_text(const struct json *json, uint32_t value, const char *text, size_t size);
static inline bool json_equals(const struct json *json, uint32_t value, const char *text)
{
    return json_is_text(json, value, text, strlen(text));
}
/* A text without its escapes, and without NUL. */
struct json_text {
    const char *at;
    size_t size;
};
/* Which most are not: the first byte tells. */
static inline bool json_text_equals(const struct json_text *text, const char *other)
{
    return (!text->size || *text->at == *other) && text->size == strlen(other) &&
           memcmp(text->at, other, text->size) == 0;
}
/* Of a string; and of a member, its name. Where it has escapes, `scratch` is cleared and gets the text; else
 * it is of the text that was read. */
struct json_text json_text_of(const struct json *json, uint32_t value, struct buf *scratch);
struct json_text json_key_of(const struct json *json, uint32_t member, struct buf *scratch);
/* Appends the text of a string, without escapes; and of a member, its name. NUL is not appended. */
void json_put_text(const struct json *json, uint32_t value, struct buf *out);
void json_put_key(const struct json *json, uint32_t member, struct buf *out);
/* Is it the name of this member? */
bool json_is_named(const struct json *json, uint32_t member, const char *name, size_t size);
static inline bool json_key_is(const struct json *json, uint32_t member, const char *name)
{
    return json_is_named(json, member, name, strlen(name));
}
double json_number(const struct json *json, uint32_t value);
/* Appends its JSON as it stands in the text, without white space between what it is made of. */
void json_put_value(const struct json *json, uint32_t value, struct buf *out);
/* Appends the name of a member as it stands in the text, with its quotes and a colon. */
void json_put_name(const struct json *json, uint32_t member, struct buf *out);
/* Appends a text as a JSON string, with its quotes. */
void json_put_quoted(const char *text, size_t size, struct buf *out);

#endif
