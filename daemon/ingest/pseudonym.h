/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pseudonyms: keyed BLAKE2b of an identifier (RFC 7693, through libsodium), with a secret of this
 * installation. The same identifier gives the same pseudonym in every feed; without the key nobody can try
 * identifiers out.
 *
 * Identifiers are not kept. So when the key is changed, what is stored is made into other pseudonyms by the
 * new one: pseudonym' = BLAKE2b(new key, 'c' pseudonym), and an identifier at the door goes through all keys
 * in their order.
 */
#ifndef INGEST_PSEUDONYM_H
#define INGEST_PSEUDONYM_H

#include "base/error.h"
#include "store/response.h"

enum { PSEUDONYM_KEY_SIZE = 32, PSEUDONYM_MOST_KEYS = 100 };

/* All of them, the oldest first; there is at least one. */
struct pseudonym_key {
    size_t count;
    uint8_t bytes[PSEUDONYM_MOST_KEYS][PSEUDONYM_KEY_SIZE];
};

/* Where the key is kept: $CREDENTIALS_DIRECTORY/pseudonym.key where that is, else DIR/pseudonym.key. Free it.
 */
char *pseudonym_key_path(const char *dir);
/* 1: it was read; 0: there is none; -1. */
int pseudonym_key_read(struct pseudonym_key *key, const char *path, struct error *error);
/* Makes a new one, and writes it (0600). */
int pseudonym_key_make(struct pseudonym_key *key, const char *path, struct error *error);
/* Adds another one. -1: there are as many as there can be. */
int pseudonym_key_add(struct pseudonym_key *key, struct error *error);
/* Writes them, 0600, and of the same owner as the file `like` (NULL: of whoever runs this); whole or not at
 * all.
 */
int pseudonym_key_write(const struct pseudonym_key *key, const char *path, const char *like,
                        struct error *error);
/* Removes what pseudonym_key_write left of a file when it was ended half-way. */
void pseudonym_key_tidy(const char *path);
/* Gives the file of keys another name, on the disk too. */
int pseudonym_key_move(const char *from, const char *to, struct error *error);

/* Says of two keys whether they are the same one, and nothing else about them. */
enum { PSEUDONYM_FINGERPRINT_SIZE = 16 };
void pseudonym_key_fingerprint(const struct pseudonym_key *key, uint8_t out[PSEUDONYM_FINGERPRINT_SIZE]);

void pseudonym_of_person(const struct pseudonym_key *key, const char *identifier,
                         uint8_t out[PSEUDONYM_SIZE]);
/* The same; but a mark with the digits of a pseudonym (see wijzer/record.h) is that pseudonym. */
void pseudonym_of_identifier(const struct pseudonym_key *key, const char *identifier,
                             uint8_t out[PSEUDONYM_SIZE]);
/* What the last key makes of a pseudonym that those before it made. */
void pseudonym_renew(const struct pseudonym_key *key, const uint8_t old[PSEUDONYM_SIZE],
                     uint8_t out[PSEUDONYM_SIZE]);
/* Of a row that names nobody: its content and its place in the file stand for who filled it in. */
void pseudonym_of_row(const struct pseudonym_key *key, const uint8_t *content, size_t size, uint64_t row,
                      uint8_t out[PSEUDONYM_SIZE]);

#endif
