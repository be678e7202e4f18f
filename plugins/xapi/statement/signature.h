/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Signed statements (xAPI 1.0.3, Data 2.6): an attachment that is a JSON web signature (RFC 7515) of the
 * statement as it was before the signature was added.
 */
#ifndef XAPI_SIGNATURE_H
#define XAPI_SIGNATURE_H

#include "base/error.h"
#include "xapi.h"
#include "json/json.h"

#define SIGNATURE_USAGE "http://adlnet.gov/expapi/attachments/signature"

/*
 * Is it a JWS in compact serialization, by RS256, RS384 or RS512, of the same statement? Where its header has
 * a certificate (x5c), is it signed by that? Whether the certificate is to be trusted is not asked: as the
 * specification says, this catches mistakes. -1: the error says what is wrong.
 */
int signature_check(const struct xapi *xapi, const struct json *json, uint32_t statement,
                    enum xapi_version version, const uint8_t *jws, size_t size, struct error *error);

#endif
