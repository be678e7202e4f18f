/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pseudonyms: keyed BLAKE2b of an identifier (RFC 7693, through libsodium), with a secret of this
 * installation. The same identifier gives the same pseudonym in every feed; without the key nobody can try
 * identifiers out.
 */
#ifndef INGEST_PSEUDONYM_H
#define INGEST_PSEUDONYM_H

#include "base/error.h"
#include "store/response.h"

enum { PSEUDONYM_KEY_SIZE = 32 };

struct pseudonym_key {
    uint8_t bytes[PSEUDONYM_KEY_SIZE];
};

/* Where the key is kept: $CREDENTIALS_DIRECTORY/pseudonym.key where that is, else DIR/pseudonym.key. Free it.
 */
char *pseudonym_key_path(const char *dir);
/* 1: it was read; 0: there is none; -1. */
int pseudonym_key_read(struct pseudonym_key *key, const char *path, struct error *error);
/* Makes a new one (0600). */
int pseudonym_key_make(struct pseudonym_key *key, const char *path, struct error *error);

/* Says of two keys whether they are the same one, and nothing else about them. */
enum { PSEUDONYM_FINGERPRINT_SIZE = 16 };
void pseudonym_key_fingerprint(const struct pseudonym_key *key, uint8_t out[PSEUDONYM_FINGERPRINT_SIZE]);

void pseudonym_of_person(const struct pseudonym_key *key, const char *identifier,
                         uint8_t out[PSEUDONYM_SIZE]);
/* Of a row that names nobody: its content and its place in the file stand for who filled it in. */
void pseudonym_of_row(const struct pseudonym_key *key, const uint8_t *content, size_t size, uint64_t row,
                      uint8_t out[PSEUDONYM_SIZE]);

#endif
