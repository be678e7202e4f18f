/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Entity tags, and the preconditions of a request (RFC 9110, sections 8.8.3 and 13.1).
 *
 * A tag is the SHA-1 of the content as 40 hexadecimal digits in lower case, between quotes: xAPI 1.0.3
 * (Communication 3.1) asks for that; 2.0.0 leaves open what it is. Nothing rests on SHA-1 being hard to
 * forge: who may write a document may give it any content.
 */
#ifndef XAPI_ETAG_H
#define XAPI_ETAG_H

#include <stddef.h>

enum { ETAG_ROOM = 43 };

void etag_of(const void *content, size_t size, char out[ETAG_ROOM]);

enum precondition {
    PRECONDITION_HOLDS,
    PRECONDITION_CHANGED,   /* If-Match: there is none of these */
    PRECONDITION_THERE,     /* If-None-Match: there is one of these */
    PRECONDITION_MALFORMED, /* a header is neither "*" nor a list of tags */
};

/* Do If-Match and If-None-Match (either may be NULL) allow it? `etag`: of what there is; NULL: there is
 * nothing. */
enum precondition etag_precondition(const char *if_match, const char *if_none_match, const char *etag);

#endif
