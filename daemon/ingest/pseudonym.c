/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ingest/pseudonym.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_LENGTH = 2 * PSEUDONYM_KEY_SIZE };

static int read_key(int descriptor, const char *path, struct pseudonym_key *key, struct error *error)
{
    char text[HEX_LENGTH + 2] = "";
    struct stat status;
    if (fstat(descriptor, &status) == 0 && (status.st_mode & 077))
        return error_set(error, ERROR_INPUT, "%s can be read by others; run: chmod 600 %s", path, path);
    const ssize_t length = read(descriptor, text, sizeof text - 1);
    size_t size = 0;
    const bool hex = length >= HEX_LENGTH &&
                     sodium_hex2bin(key->bytes, sizeof key->bytes, text, HEX_LENGTH, NULL, &size, NULL) == 0;
    sodium_memzero(text, sizeof text);
    if (hex && size == sizeof key->bytes)
        return 0;
    return error_set(
        error, ERROR_INPUT,
        "%s does not hold a key of %d hexadecimal digits; restore it from the backup, for what is stored can "
        "only be matched with the key it was stored under",
        path, HEX_LENGTH);
}

static bool write_key(int descriptor, const struct pseudonym_key *key)
{
    char text[HEX_LENGTH + 1];
    sodium_bin2hex(text, sizeof text, key->bytes, sizeof key->bytes);
    text[HEX_LENGTH] = '\n';
    const bool written =
        write(descriptor, text, sizeof text) == (ssize_t)sizeof text && fsync(descriptor) == 0;
    sodium_memzero(text, sizeof text);
    return written;
}

/* The new name of a file is on disk when its folder is. */
static void sync_folder_of(const char *path)
{
    char *folder = mem_copy_text(path);
    const int descriptor = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (descriptor < 0)
        return;
    fsync(descriptor);
    close(descriptor);
}

/* Under another name first, so that a crash leaves no half a key. */
int pseudonym_key_make(struct pseudonym_key *key, const char *path, struct error *error)
{
    char *temporary = mem_format("%s.new", path);
    const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    randombytes_buf(key->bytes, sizeof key->bytes);
    const bool made = descriptor >= 0 && write_key(descriptor, key) && rename(temporary, path) == 0;
    const int reason = errno;
    if (descriptor >= 0)
        close(descriptor);
    free(temporary);
    if (!made)
        return error_set(error, reason == ENOSPC ? ERROR_FULL : ERROR_FAILED,
                         "the key %s could not be made: %s", path, strerror(reason));
    sync_folder_of(path);
    return 0;
}

int pseudonym_key_read(struct pseudonym_key *key, const char *path, struct error *error)
{
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT)
        return 0;
    if (descriptor < 0)
        return error_set(error, ERROR_FAILED, "%s: %s", path, strerror(errno));
    const int result = read_key(descriptor, path, key, error);
    close(descriptor);
    return result == 0 ? 1 : -1;
}

char *pseudonym_key_path(const char *dir)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    char *path = credentials ? mem_format("%s/pseudonym.key", credentials) : NULL;
    if (path && access(path, F_OK) == 0)
        return path;
    free(path);
    return mem_format("%s/pseudonym.key", dir);
}

/* The first byte keeps persons, rows and the key's own fingerprint apart. */
enum domain { PERSON = 'p', ROW = 'r', FINGERPRINT = 'f' };

static void begin_hash(const struct pseudonym_key *key, enum domain domain, crypto_generichash_state *hash)
{
    const uint8_t tag = (uint8_t)domain;
    crypto_generichash_init(hash, key->bytes, sizeof key->bytes, PSEUDONYM_SIZE);
    crypto_generichash_update(hash, &tag, 1);
}

void pseudonym_of_person(const struct pseudonym_key *key, const char *identifier, uint8_t out[PSEUDONYM_SIZE])
{
    crypto_generichash_state hash;
    begin_hash(key, PERSON, &hash);
    crypto_generichash_update(&hash, (const uint8_t *)identifier, strlen(identifier));
    crypto_generichash_final(&hash, out, PSEUDONYM_SIZE);
}

void pseudonym_of_row(const struct pseudonym_key *key, const uint8_t *content, size_t size, uint64_t row,
                      uint8_t out[PSEUDONYM_SIZE])
{
    uint8_t place[8];
    for (size_t i = 0; i < sizeof place; i++)
        place[i] = (uint8_t)(row >> (8 * i));
    crypto_generichash_state hash;
    begin_hash(key, ROW, &hash);
    crypto_generichash_update(&hash, place, sizeof place);
    crypto_generichash_update(&hash, content, size);
    crypto_generichash_final(&hash, out, PSEUDONYM_SIZE);
}

void pseudonym_key_fingerprint(const struct pseudonym_key *key, uint8_t out[PSEUDONYM_FINGERPRINT_SIZE])
{
    crypto_generichash_state hash;
    begin_hash(key, FINGERPRINT, &hash);
    crypto_generichash_final(&hash, out, PSEUDONYM_FINGERPRINT_SIZE);
}
