/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statement/signature.h"

#include "base/mem.h"
#include "check/forms.h"
#include "statement/rsa.h"
#include "statement/statement.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* The payload says what the statement does, in a few more blanks, and the header has a few certificates. What
 * is longer would be read in vain, once for each statement that names it. */
enum { SIGNATURE_HEAD = 32 << 10, SIGNATURE_TIMES = 8 };

/* A piece of a compact serialization, and what it decodes to. */
struct piece {
    const char *text;
    size_t size;
    struct buf bytes;
};

enum { HEADER, PAYLOAD, SIGNATURE, PIECES };

static int decode_piece(struct piece *piece, const char *name, struct error *error)
{
    size_t size = 0;
    uint8_t *room = buf_extend(&piece->bytes, piece->size + 1);
    const int failed = sodium_base642bin(room, piece->size + 1, piece->text, piece->size, NULL, &size, NULL,
                                         sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    piece->bytes.size = size;
    if (failed || !size)
        return error_set(error, ERROR_INPUT, "the %s of the signature is not base64url without padding",
                         name);
    return 0;
}

/* RFC 7515, 7.1. */
static int split(const char *jws, size_t size, struct piece pieces[PIECES], struct error *error)
{
    static const char *const names[] = {"header", "payload", "last part"};
    const char *const end = jws + size;
    for (size_t i = 0; i < PIECES; i++) {
        const char *dot = memchr(jws, '.', (size_t)(end - jws));
        if ((i + 1 < PIECES) != (dot != NULL))
            return error_set(error, ERROR_INPUT,
                             "the signature is no JWS in compact serialization (RFC 7515): three texts of "
                             "base64url with points between them");
        pieces[i].text = jws;
        pieces[i].size = (size_t)((dot ? dot : end) - jws);
        if (decode_piece(&pieces[i], names[i], error))
            return -1;
        jws = dot ? dot + 1 : end;
    }
    return 0;
}

/* ---- the header ---------------------------------------------------------------------------------------- */

/* Checks the signature by the first certificate of x5c (RFC 7515, 4.1.6: base64 of DER). */
static int check_certificate(const struct json *header, uint32_t chain, enum rsa_digest digest,
                             const struct piece pieces[PIECES], struct error *error)
{
    const uint32_t first = json_first(header, chain);
    if (!first || !json_is(header, chain, JSON_ARRAY) || !json_is(header, first, JSON_STRING))
        return error_set(error, ERROR_INPUT, "the x5c of the signature's header is no array of certificates");
    struct buf text = {0}, der = {0};
    json_put_text(header, first, &text);
    size_t size = 0;
    uint8_t *room = buf_extend(&der, text.size + 1);
    int result = -1;
    if (sodium_base642bin(room, text.size + 1, (const char *)text.data, text.size, NULL, &size, NULL,
                          sodium_base64_VARIANT_ORIGINAL))
        error_set(error, ERROR_INPUT, "the x5c of the signature's header is not base64");
    else
        result = rsa_verify(room, size, digest, pieces[HEADER].text,
                            pieces[HEADER].size + 1 + pieces[PAYLOAD].size, pieces[SIGNATURE].bytes.data,
                            pieces[SIGNATURE].bytes.size, error);
    buf_free(&text);
    buf_free(&der);
    return result;
}

static int check_header(const struct json *header, const struct piece pieces[PIECES], struct error *error)
{
    static const struct {
        const char *name;
        enum rsa_digest digest;
    } algorithms[] = {{"RS256", RSA_SHA256}, {"RS384", RSA_SHA384}, {"RS512", RSA_SHA512}};
    const uint32_t named = json_member(header, 0, "alg");
    const uint32_t chain = json_member(header, 0, "x5c");
    size_t at = 0;
    while (at < 3 && !(named && json_equals(header, named, algorithms[at].name)))
        at++;
    if (at == 3)
        return error_set(
            error, ERROR_INPUT,
            "the \"alg\" of the signature's header is not RS256, RS384 or RS512; sign with one of "
            "those");
    if (json_member(header, 0, "crit"))
        return error_set(error, ERROR_INPUT,
                         "the header of the signature has \"crit\", which asks for what is not known here; "
                         "leave it out");
    return chain ? check_certificate(header, chain, algorithms[at].digest, pieces, error) : 0;
}

/* ---- the payload --------------------------------------------------------------------------------------- */

/* Appends the form in which the same statement always reads the same; its id and its attachments are no part
 * of that. */
static void put_content(const struct xapi *xapi, const struct json *json, uint32_t statement, struct buf *out)
{
    static const uint8_t no_id[16];
    /* With everybody's identifier in it: a mark stands for a place in a list, which may be another one. */
    struct xapi keeping = *xapi;
    keeping.keeps_identities = true;
    struct statement_event event = {0};
    statement_to_event(&keeping, json, statement, no_id, 0, &event);
    buf_append_text(out, event.event.content);
    statement_event_free(&event);
}

/* Is the id that was signed the statement's? One that was signed without an id may have been given it later.
 */
static bool has_same_id(const struct json *payload, const struct json *json, uint32_t statement)
{
    const uint32_t signed_id = json_member(payload, 0, "id");
    const uint32_t id = json_member(json, statement, "id");
    if (!signed_id)
        return true;
    struct buf left = {0}, right = {0};
    json_put_text(payload, signed_id, &left);
    if (id)
        json_put_text(json, id, &right);
    uint8_t left_id[16], right_id[16];
    const bool is_same = form_read_uuid((const char *)left.data, left.size, left_id) && id &&
                         form_read_uuid((const char *)right.data, right.size, right_id) &&
                         memcmp(left_id, right_id, sizeof left_id) == 0;
    buf_free(&left);
    buf_free(&right);
    return is_same;
}

static int check_payload(const struct xapi *xapi, const struct json *payload, const struct json *json,
                         uint32_t statement, enum xapi_version version, struct error *error)
{
    if (statement_check(payload, 0, version, error) != 0)
        return error_at(error, "the payload of the signature");
    struct buf was_signed = {0}, came = {0};
    put_content(xapi, payload, 0, &was_signed);
    put_content(xapi, json, statement, &came);
    const bool is_same = came.size == was_signed.size && memcmp(came.data, was_signed.data, came.size) == 0 &&
                         has_same_id(payload, json, statement);
    buf_free(&was_signed);
    buf_free(&came);
    return is_same ? 0
                   : error_set(error, ERROR_INPUT,
                               "what was signed is another statement than the one it came with; sign the "
                               "statement as it is sent, before the signature is added");
}

int signature_check(const struct xapi *xapi, const struct json *json, uint32_t statement,
                    enum xapi_version version, const uint8_t *jws, size_t size, struct error *error)
{
    const size_t most = SIGNATURE_HEAD + (size_t)SIGNATURE_TIMES * json->values[statement].size;
    if (size > most)
        return error_set(error, ERROR_INPUT,
                         "the signature is longer than %zu bytes, too long for its statement", most);
    struct piece pieces[PIECES] = {0};
    struct json header = {0}, payload = {0};
    int result = split((const char *)jws, size, pieces, error);
    if (result == 0 &&
        (json_read(&header, (const char *)pieces[HEADER].bytes.data, pieces[HEADER].bytes.size, error) ||
         json_read(&payload, (const char *)pieces[PAYLOAD].bytes.data, pieces[PAYLOAD].bytes.size, error)))
        result = error_at(error, "the signature");
    if (result == 0)
        result = check_header(&header, pieces, error);
    if (result == 0)
        result = check_payload(xapi, &payload, json, statement, version, error);
    json_free(&header);
    json_free(&payload);
    for (size_t i = 0; i < PIECES; i++)
        buf_free(&pieces[i].bytes);
    return result;
}
