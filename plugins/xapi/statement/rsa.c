/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "statement/rsa.h"

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

static int verify(gnutls_x509_crt_t certificate, gnutls_pubkey_t key, enum rsa_digest digest,
                  const gnutls_datum_t *der, const gnutls_datum_t *text, const gnutls_datum_t *signature,
                  struct error *error)
{
    static const gnutls_sign_algorithm_t algorithms[] = {[RSA_SHA256] = GNUTLS_SIGN_RSA_SHA256,
                                                         [RSA_SHA384] = GNUTLS_SIGN_RSA_SHA384,
                                                         [RSA_SHA512] = GNUTLS_SIGN_RSA_SHA512};
    if (gnutls_x509_crt_import(certificate, der, GNUTLS_X509_FMT_DER) < 0 ||
        gnutls_pubkey_import_x509(key, certificate, 0) < 0)
        return error_set(error, ERROR_INPUT,
                         "the x5c of the signature's header does not begin with an X.509 certificate");
    if (gnutls_pubkey_verify_data2(key, algorithms[digest], 0, text, signature) < 0)
        return error_set(error, ERROR_INPUT,
                         "the signature was not made with the key of the certificate in its x5c");
    return 0;
}

int rsa_verify(const uint8_t *certificate, size_t certificate_size, enum rsa_digest digest, const char *text,
               size_t size, const uint8_t *signature, size_t signature_size, struct error *error)
{
    const gnutls_datum_t der = {(unsigned char *)certificate, (unsigned)certificate_size};
    const gnutls_datum_t data = {(unsigned char *)text, (unsigned)size};
    const gnutls_datum_t made = {(unsigned char *)signature, (unsigned)signature_size};
    gnutls_x509_crt_t parsed = NULL;
    gnutls_pubkey_t key = NULL;
    int result;
    if (gnutls_x509_crt_init(&parsed) < 0 || gnutls_pubkey_init(&key) < 0)
        result = error_set(error, ERROR_FAILED, "no room to check the signature");
    else
        result = verify(parsed, key, digest, &der, &data, &made, error);
    if (key)
        gnutls_pubkey_deinit(key);
    if (parsed)
        gnutls_x509_crt_deinit(parsed);
    return result;
}
