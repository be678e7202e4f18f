/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How JSON is checked: an object is a table of its properties, each with the function that checks its value.
 * A function gives 0, or -1 with an error that begins with the place of the value.
 */
#ifndef XAPI_CHECK_H
#define XAPI_CHECK_H

#include "http/request.h"
#include "json/json.h"

struct checking {
    const struct json *json;
    uint32_t root;     /* places are told from here */
    const char *where; /* and begin with this; may be "" */
    enum xapi_version version;
    struct buf scratch; /* for texts with escapes; freed by whoever began */
    struct error *error;
};

typedef int (*check_fn)(struct checking *checking, uint32_t value);

struct property {
    const char *name; /* NULL ends a table */
    check_fn check;   /* NULL: any value */
    bool required;
};

int check_fail(struct checking *checking, uint32_t value, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* As "a string is wanted, not a number". */
int check_kind(struct checking *checking, uint32_t value, enum json_kind kind);
/* The value is an object with these properties, no others, and all that are required. */
int check_object(struct checking *checking, uint32_t value, const struct property *properties);
/* The value is an array, and all its elements are sound. */
int check_array(struct checking *checking, uint32_t value, check_fn check_element);
/* As a form of it, which is told in `wanted`. */
int check_form(struct checking *checking, uint32_t value, bool (*is_form)(const char *text, size_t size),
               const char *wanted);

/* Without escapes; each lives until the next. */
struct json_text check_text(struct checking *checking, uint32_t value); /* of a string */
struct json_text check_key(struct checking *checking, uint32_t member); /* its name */

/* Simple values. */
int check_string(struct checking *checking, uint32_t value);
int check_boolean(struct checking *checking, uint32_t value);
int check_number(struct checking *checking, uint32_t value);
int check_iri(struct checking *checking, uint32_t value);
int check_uuid(struct checking *checking, uint32_t value);
int check_language(struct checking *checking, uint32_t value);
int check_language_map(struct checking *checking, uint32_t value);
int check_extensions(struct checking *checking, uint32_t value);
int check_timestamp(struct checking *checking, uint32_t value);

#endif
