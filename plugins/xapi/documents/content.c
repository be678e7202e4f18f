/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "documents/content.h"

#include "check/forms.h"
#include "http/multipart.h"
#include "json/json.h"
#include "json/merge.h"

#include <string.h>

bool document_type_is_sound(const char *type)
{
    const size_t size = strlen(type);
    if (size > LONGEST_DOCUMENT_TYPE || !form_is_media_type(type, size))
        return false;
    for (const char *at = type; *at; at++)
        if ((unsigned char)*at < 0x20 || (unsigned char)*at > 0x7e)
            return false;
    return true;
}

bool document_type_is_json(const char *type)
{
    return media_type_is(type, "application/json");
}

static int read_object(const char *whose, const struct wz_resource *document, struct json *json,
                       struct error *error)
{
    if (!document_type_is_json(document->content_type))
        return error_set(error, ERROR_INPUT,
                         "%s is not of the type application/json, and only JSON objects are merged; PUT "
                         "replaces the whole document",
                         whose);
    if (document->size > LARGEST_MERGED)
        return error_set(
            error, ERROR_TOO_MUCH,
            "%s is larger than %d bytes, and what is larger is not merged; PUT replaces the whole "
            "document",
            whose, LARGEST_MERGED);
    if (json_read(json, document->body ? document->body : "", document->size, error))
        return error_at(error, "%s is no JSON", whose);
    if (!json_is(json, 0, JSON_OBJECT))
        return error_set(
            error, ERROR_INPUT,
            "%s is JSON but no object, and only objects are merged; PUT replaces the whole document", whose);
    return 0;
}

int document_check_object(const char *whose, const char *type, const void *body, size_t size,
                          struct error *error)
{
    const struct wz_resource document = {.content_type = type, .body = body, .size = size};
    struct json json = {0};
    const int failed = read_object(whose, &document, &json, error);
    json_free(&json);
    return failed;
}

int document_merge(const struct wz_resource *there, const struct wz_resource *sent, struct buf *out,
                   struct error *error)
{
    struct json base = {0}, over = {0};
    int failed = read_object("the document that was sent", sent, &over, error);
    if (!failed)
        failed = read_object("the document that is there", there, &base, error);
    if (!failed)
        json_merge(&base, 0, &over, 0, NULL, out);
    if (!failed && out->size > LARGEST_MERGED)
        failed = error_set(error, ERROR_TOO_MUCH, "the document would become larger than %d bytes",
                           LARGEST_MERGED);
    json_free(&base);
    json_free(&over);
    return failed;
}
