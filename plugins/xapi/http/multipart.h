/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * multipart/mixed (RFC 2046, 5.1) as xAPI uses it: statements first, then attachments as they are. No library
 * of Debian reads it from memory without a mail or a web server around it.
 */
#ifndef XAPI_MULTIPART_H
#define XAPI_MULTIPART_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MULTIPART_MOST_PARTS = 10000, MULTIPART_LONGEST_HEAD = 8192, MULTIPART_LONGEST_BOUNDARY = 70 };

struct multipart_part {
    char *content_type, *encoding, *hash; /* Content-Transfer-Encoding, X-Experience-API-Hash; NULL: none */
    const uint8_t *bytes;                 /* points into what was read */
    size_t size;
};

/* Zeroed is empty. Owned by whoever declares it: multipart_free. */
struct multipart {
    struct multipart_part *parts;
    size_t count;
};

/* Is the value of a Content-Type this type, whatever its parameters? */
bool media_type_is(const char *content_type, const char *type);
/* A parameter of it, without quotes; to be freed. NULL: it has none. */
char *media_type_parameter(const char *content_type, const char *name);

/* Takes a body apart at the boundary that its Content-Type names. What stands before the first boundary and
 * behind the last is no part, as RFC 2046 wants. -1: the error says what is wrong. */
int multipart_read(struct multipart *multipart, const char *content_type, const void *body, size_t size,
                   struct error *error);
void multipart_free(struct multipart *multipart);

enum { MULTIPART_BOUNDARY_SIZE = 33 };

/* Makes up a boundary that stands in no other text: 128 random bits. */
void multipart_boundary(char boundary[MULTIPART_BOUNDARY_SIZE]);
/* Appends a part; `hash` NULL: it is the statements. */
void multipart_put(const char *boundary, const char *content_type, const char *hash, const void *bytes,
                   size_t size, struct buf *out);
void multipart_put_end(const char *boundary, struct buf *out);

#endif
