/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef XAPI_RSA_H
#define XAPI_RSA_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

enum rsa_digest { RSA_SHA256, RSA_SHA384, RSA_SHA512 };

/* Was the text signed (RSASSA-PKCS1-v1_5, RFC 8017) with the key of this X.509 certificate, in DER? Neither
 * its dates nor who issued it are looked at. -1: the error says what is wrong. */
int rsa_verify(const uint8_t *certificate, size_t certificate_size, enum rsa_digest digest, const char *text,
               size_t size, const uint8_t *signature, size_t signature_size, struct error *error);

#endif
