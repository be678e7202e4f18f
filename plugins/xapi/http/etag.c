/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "http/etag.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SHA1_SIZE = 20 };

void etag_of(const void *content, size_t size, char out[ETAG_ROOM])
{
    uint8_t digest[SHA1_SIZE];
    if (gnutls_hash_fast(GNUTLS_DIG_SHA1, size ? content : "", size, digest) < 0)
        abort(); /* it fails where the library has no SHA-1, and ours does */
    out[0] = '"';
    sodium_bin2hex(out + 1, ETAG_ROOM - 1, digest, sizeof digest);
    strcpy(out + 1 + 2 * SHA1_SIZE, "\"");
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

/* Where the tag that begins here ends; NULL: none does. */
static const char *tag_end(const char *at)
{
    if (*at++ != '"')
        return NULL;
    for (; *at != '"'; at++)
        if ((unsigned char)*at <= 0x20 || *at == 0x7f)
            return NULL;
    return at + 1;
}

enum found { FOUND_NOT, FOUND, FOUND_MALFORMED };

/* The whole list is read, also behind a tag that fits: what is malformed is never half obeyed. */
static enum found find_in_list(const char *at, const char *etag, bool weak_too)
{
    enum found found = FOUND_NOT;
    bool any = false;
    for (;;) {
        while (*(at = skip_blanks(at)) == ',')
            at++;
        if (!*at)
            return any ? found : FOUND_MALFORMED;
        const bool weak = strncmp(at, "W/", 2) == 0;
        const char *tag = weak ? at + 2 : at, *end = tag_end(tag);
        if (!end)
            return FOUND_MALFORMED;
        any = true;
        if (etag && (!weak || weak_too) && strlen(etag) == (size_t)(end - tag) &&
            memcmp(tag, etag, (size_t)(end - tag)) == 0)
            found = FOUND;
        at = skip_blanks(end);
        if (*at && *at != ',')
            return FOUND_MALFORMED;
    }
}

static enum found find(const char *header, const char *etag, bool weak_too)
{
    const char *at = skip_blanks(header);
    if (*at == '*' && !*skip_blanks(at + 1))
        return etag ? FOUND : FOUND_NOT;
    return find_in_list(at, etag, weak_too);
}

enum precondition etag_precondition(const char *if_match, const char *if_none_match, const char *etag)
{
    /* RFC 9110, section 8.8.3.2: If-Match compares strongly, If-None-Match weakly. */
    const enum found match = if_match ? find(if_match, etag, false) : FOUND;
    const enum found none = if_none_match ? find(if_none_match, etag, true) : FOUND_NOT;
    if (match == FOUND_MALFORMED || none == FOUND_MALFORMED)
        return PRECONDITION_MALFORMED;
    if (match == FOUND_NOT)
        return PRECONDITION_CHANGED;
    return none == FOUND ? PRECONDITION_THERE : PRECONDITION_HOLDS;
}
