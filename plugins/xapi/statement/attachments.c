/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statement/attachments.h"

#include "base/mem.h"
#include "check/forms.h"
#include "statement/digest.h"
#include "statement/signature.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- parts --------------------------------------------------------------------------------------------- */

static void to_lower(char *text)
{
    for (; *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

static int check_part(const struct multipart_part *part, struct error *error)
{
    if (part->encoding && strcasecmp(part->encoding, "binary") != 0)
        return error_set(error, ERROR_INPUT,
                         "its Content-Transfer-Encoding is not binary; send the bytes as they are");
    if (!part->hash)
        return error_set(
            error, ERROR_INPUT,
            "the header X-Experience-API-Hash is missing; all statements stand in the first part, "
            "and each other part has the SHA-2 of an attachment there");
    if (!form_is_sha2(part->hash, strlen(part->hash)))
        return error_set(error, ERROR_INPUT,
                         "its X-Experience-API-Hash is no SHA-2; write 56, 64, 96 or 128 hexadecimal digits");
    if (!digest_is_sha2(part->hash, part->bytes, part->size))
        return error_set(error, ERROR_INPUT,
                         "its X-Experience-API-Hash is not the SHA-2 of its bytes; compute it over the bytes "
                         "between the empty line and the line end before the boundary");
    return 0;
}

int attachments_take(struct attachments *attachments, const struct multipart_part *parts, size_t count,
                     struct error *error)
{
    *attachments = (struct attachments){
        .parts = parts, .uses = mem_alloc((count + 1) * sizeof *attachments->uses), .count = count};
    for (size_t i = 0; i < count; i++) {
        if (check_part(&parts[i], error))
            return error_at(error, "part %zu", i + 2);
        to_lower(parts[i].hash);
        if (map_find_text(&attachments->by_hash, parts[i].hash))
            attachments->uses[i].is_wanted = true; /* once more what another part has */
        else
            map_add_text(&attachments->by_hash, parts[i].hash, (uint32_t)i);
    }
    return 0;
}

void attachments_free(struct attachments *attachments)
{
    free(attachments->uses);
    map_free(&attachments->by_hash);
    *attachments = (struct attachments){0};
}

int attachments_check_all_wanted(const struct attachments *attachments, struct error *error)
{
    for (size_t i = 0; i < attachments->count; i++)
        if (!attachments->uses[i].is_wanted)
            return error_set(error, ERROR_INPUT,
                             "part %zu: no statement has an attachment with its X-Experience-API-Hash as "
                             "\"sha2\"; leave it out",
                             i + 2);
    return 0;
}

/* ---- statements ---------------------------------------------------------------------------------------- */

struct search {
    struct attachments *attachments;
    const struct xapi *xapi;
    const struct json *json;
    uint32_t statement;
    enum xapi_version version;
    struct attachment_list *out;
    size_t signatures;
    struct buf text;
    struct error *error;
};

/* A member that is a string, or NULL. Lives until the next. */
static const char *text_of(struct search *search, uint32_t object, const char *name)
{
    const uint32_t member = json_member(search->json, object, name);
    if (!member)
        return NULL;
    buf_clear(&search->text);
    json_put_text(search->json, member, &search->text);
    buf_put_u8(&search->text, '\0');
    return (const char *)search->text.data;
}

/* The index of the part that has the bytes, or -1. */
static ptrdiff_t find_part(struct search *search, uint32_t attachment)
{
    text_of(search, attachment, "sha2");
    to_lower((char *)search->text.data);
    const uint32_t *index = map_find_text(&search->attachments->by_hash, (const char *)search->text.data);
    if (!index)
        return -1;
    search->attachments->uses[*index].is_wanted = true;
    return (ptrdiff_t)*index;
}

/* *is_first: the statement did not have it yet. */
static int use_part(struct search *search, ptrdiff_t index, bool *is_first)
{
    struct attachment_use *use = &search->attachments->uses[index];
    *is_first = use->last != search->statement + 1;
    if (*is_first && use->last)
        search->attachments->repeated += search->attachments->parts[index].size;
    if (search->attachments->repeated > ATTACHMENTS_MOST_REPEATED)
        return error_set(search->error, ERROR_TOO_MUCH,
                         "too many statements of the request have the same bytes; send them in smaller "
                         "requests, or give a fileUrl");
    use->last = search->statement + 1;
    return 0;
}

static void add(struct search *search, uint32_t attachment, ptrdiff_t index)
{
    const struct multipart_part *part = &search->attachments->parts[index];
    struct attachment_list *out = search->out;
    if (out->count == out->capacity) {
        out->capacity = out->capacity ? 2 * out->capacity : 2;
        out->list = mem_resize(out->list, out->capacity, sizeof *out->list);
    }
    out->list[out->count++] =
        (struct wz_attachment){.key = part->hash,
                               .content_type = mem_copy_text(text_of(search, attachment, "contentType")),
                               .bytes = part->bytes,
                               .size = part->size};
}

static int check_signature(struct search *search, uint32_t attachment, ptrdiff_t index)
{
    if (!json_equals(search->json, json_member(search->json, attachment, "contentType"),
                     "application/octet-stream"))
        return error_set(search->error, ERROR_INPUT,
                         "a signature has the contentType application/octet-stream");
    if (index < 0)
        return error_set(search->error, ERROR_INPUT,
                         "a signature comes along as a part of a multipart/mixed body, also where it has a "
                         "fileUrl; send it along");
    if (++search->signatures > ATTACHMENTS_MOST_SIGNATURES)
        return error_set(search->error, ERROR_INPUT, "a statement has at most %d signatures",
                         (int)ATTACHMENTS_MOST_SIGNATURES);
    const struct multipart_part *part = &search->attachments->parts[index];
    return signature_check(search->xapi, search->json, search->statement, search->version, part->bytes,
                           part->size, search->error);
}

static int take_attachment(struct search *search, uint32_t attachment)
{
    const ptrdiff_t index = find_part(search, attachment);
    const bool is_signature =
        json_equals(search->json, json_member(search->json, attachment, "usageType"), SIGNATURE_USAGE);
    bool is_first = false;
    if (index >= 0 && use_part(search, index, &is_first))
        return -1;
    if (is_signature && check_signature(search, attachment, index))
        return -1;
    if (index < 0 && !json_member(search->json, attachment, "fileUrl"))
        return error_set(search->error, ERROR_INPUT,
                         "it has no fileUrl, and no part of a multipart/mixed body has its sha2 as "
                         "X-Experience-API-Hash; send its bytes along, or say where they are");
    if (is_first && (!is_signature || search->xapi->keeps_identities))
        add(search, attachment, index);
    return 0;
}

static int take_list(struct search *search, uint32_t holder, const char *where)
{
    const uint32_t list = json_member(search->json, holder, "attachments");
    size_t index = 0;
    for (uint32_t at = list ? json_first(search->json, list) : 0; at; at = search->json->values[at].next)
        if (take_attachment(search, at))
            return error_at(search->error, "%sattachments[%zu]", where, index);
        else
            index++;
    return 0;
}

int attachments_of(struct attachments *attachments, const struct xapi *xapi, const struct json *json,
                   uint32_t statement, enum xapi_version version, struct attachment_list *out,
                   struct error *error)
{
    struct search search = {.attachments = attachments,
                            .xapi = xapi,
                            .json = json,
                            .statement = statement,
                            .version = version,
                            .out = out,
                            .error = error};
    const uint32_t object = json_member(json, statement, "object");
    int result = take_list(&search, statement, "");
    if (result == 0 && object)
        result = take_list(&search, object, "object.");
    buf_free(&search.text);
    return result;
}

void attachment_list_free(struct attachment_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free((char *)list->list[i].content_type);
    free(list->list);
    *list = (struct attachment_list){0};
}
