/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statement/digest.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

bool digest_is_sha2(const char *digits, const void *bytes, size_t size)
{
    static const gnutls_digest_algorithm_t algorithms[] = {GNUTLS_DIG_SHA224, GNUTLS_DIG_SHA256,
                                                           GNUTLS_DIG_SHA384, GNUTLS_DIG_SHA512};
    uint8_t digest[DIGEST_LONGEST / 2];
    char hex[DIGEST_LONGEST + 1];
    for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
        const size_t length = gnutls_hash_get_len(algorithms[i]);
        if (strlen(digits) != 2 * length)
            continue;
        if (gnutls_hash_fast(algorithms[i], bytes, size, digest) < 0)
            return false;
        sodium_bin2hex(hex, sizeof hex, digest, length);
        return strcasecmp(hex, digits) == 0;
    }
    return false;
}
