/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a document is made of: its type, and JSON that is merged into JSON (xAPI 1.0.3, Communication 2.2). */
#ifndef XAPI_DOCUMENT_CONTENT_H
#define XAPI_DOCUMENT_CONTENT_H

#include "base/buf.h"
#include "base/error.h"

#include <stdbool.h>
#include <wijzer/plugin.h>

enum {
    LONGEST_DOCUMENT_TYPE = 255,
    /* Of what is merged, each of both and the result: merging costs many times its size in memory. */
    LARGEST_MERGED = 4 << 20,
};

/* May it be a document's Content-Type? It goes back into a header as it came. */
bool document_type_is_sound(const char *type);
/* application/json, with parameters or without. */
bool document_type_is_json(const char *type);

/* Does it say that it is JSON, and is it an object? -1: the error says what is wrong. `whose`: "the document
 * that was sent". ERROR_TOO_MUCH: it is larger than LARGEST_MERGED. */
int document_check_object(const char *whose, const char *type, const void *body, size_t size,
                          struct error *error);

/* Appends what is there with the members of what was sent. -1 as above. */
int document_merge(const struct wz_resource *there, const struct wz_resource *sent, struct buf *out,
                   struct error *error);

#endif
