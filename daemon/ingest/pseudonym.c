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
#include <wijzer/record.h>

enum { HEX_LENGTH = 2 * PSEUDONYM_KEY_SIZE, LONGEST_FILE = PSEUDONYM_MOST_KEYS * (HEX_LENGTH + 2) };

/* ---- files --------------------------------------------------------------------------------------------- */

/* A key a line; lines may end as on any system. */
static bool read_lines(const char *text, struct pseudonym_key *key)
{
    for (key->count = 0; *text; text += strspn(text, "\r\n")) {
        size_t size = 0;
        const size_t length = strcspn(text, "\r\n");
        if (length != HEX_LENGTH || key->count == PSEUDONYM_MOST_KEYS ||
            sodium_hex2bin(key->bytes[key->count], PSEUDONYM_KEY_SIZE, text, HEX_LENGTH, NULL, &size, NULL) !=
                0 ||
            size != PSEUDONYM_KEY_SIZE)
            return false;
        key->count++;
        text += length;
    }
    return key->count > 0;
}

static int read_key(int descriptor, const char *path, struct pseudonym_key *key, struct error *error)
{
    char text[LONGEST_FILE + 2];
    struct stat status;
    if (fstat(descriptor, &status) == 0 && (status.st_mode & 077))
        return error_set(error, ERROR_INPUT, "%s can be read by others; run: chmod 600 %s", path, path);
    const ssize_t length = read(descriptor, text, sizeof text - 1);
    text[length > 0 ? length : 0] = '\0';
    const bool good = length <= LONGEST_FILE && read_lines(text, key);
    sodium_memzero(text, sizeof text);
    if (good)
        return 0;
    return error_set(error, ERROR_INPUT,
                     "%s does not hold a key of %d hexadecimal digits a line; restore it from the backup, "
                     "for what is stored "
                     "can only be matched with the key it was stored under",
                     path, HEX_LENGTH);
}

static bool write_lines(int descriptor, const struct pseudonym_key *key)
{
    char text[HEX_LENGTH + 1];
    bool written = true;
    for (size_t i = 0; i < key->count && written; i++) {
        sodium_bin2hex(text, sizeof text, key->bytes[i], PSEUDONYM_KEY_SIZE);
        text[HEX_LENGTH] = '\n';
        written = write(descriptor, text, sizeof text) == (ssize_t)sizeof text;
    }
    sodium_memzero(text, sizeof text);
    return written && fsync(descriptor) == 0;
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

/* Only root can give a file away. */
static bool give_to_owner_of(int descriptor, const char *like)
{
    struct stat status;
    if (!like || geteuid() != 0)
        return true;
    return stat(like, &status) == 0 && fchown(descriptor, status.st_uid, status.st_gid) == 0;
}

static char *unfinished(const char *path)
{
    return mem_format("%s.part", path);
}

void pseudonym_key_tidy(const char *path)
{
    char *temporary = unfinished(path);
    unlink(temporary);
    free(temporary);
}

/* Under another name first, so that a crash leaves no half a key. */
int pseudonym_key_write(const struct pseudonym_key *key, const char *path, const char *like,
                        struct error *error)
{
    char *temporary = unfinished(path);
    unlink(temporary);
    const int descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const bool made = descriptor >= 0 && give_to_owner_of(descriptor, like) && write_lines(descriptor, key) &&
                      rename(temporary, path) == 0;
    const int reason = errno;
    if (descriptor >= 0)
        close(descriptor);
    if (!made && descriptor >= 0)
        unlink(temporary);
    free(temporary);
    if (!made)
        return error_set(error, reason == ENOSPC ? ERROR_FULL : ERROR_FAILED,
                         "the key %s could not be made: %s", path, strerror(reason));
    sync_folder_of(path);
    return 0;
}

int pseudonym_key_move(const char *from, const char *to, struct error *error)
{
    if (rename(from, to) != 0)
        return error_set(error, ERROR_FAILED, "%s could not be renamed to %s: %s; do that yourself", from, to,
                         strerror(errno));
    sync_folder_of(to);
    return 0;
}

int pseudonym_key_add(struct pseudonym_key *key, struct error *error)
{
    if (key->count == PSEUDONYM_MOST_KEYS)
        return error_set(error, ERROR_INPUT,
                         "there are %d keys already, and every identifier goes through all",
                         PSEUDONYM_MOST_KEYS);
    randombytes_buf(key->bytes[key->count++], PSEUDONYM_KEY_SIZE);
    return 0;
}

int pseudonym_key_make(struct pseudonym_key *key, const char *path, struct error *error)
{
    key->count = 0;
    return pseudonym_key_add(key, error) == 0 ? pseudonym_key_write(key, path, NULL, error) : -1;
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

/* ---- pseudonyms ---------------------------------------------------------------------------------------- */

/* The first byte keeps persons, rows, other pseudonyms and the keys' own fingerprint apart. */
enum domain { PERSON = 'p', ROW = 'r', CHAINED = 'c', FINGERPRINT = 'f' };

static void begin_hash(const struct pseudonym_key *key, size_t index, enum domain domain,
                       crypto_generichash_state *hash)
{
    const uint8_t tag = (uint8_t)domain;
    crypto_generichash_init(hash, key->bytes[index], PSEUDONYM_KEY_SIZE, PSEUDONYM_SIZE);
    crypto_generichash_update(hash, &tag, 1);
}

static void renew(const struct pseudonym_key *key, size_t index, enum domain domain,
                  uint8_t pseudonym[PSEUDONYM_SIZE])
{
    crypto_generichash_state hash;
    begin_hash(key, index, domain, &hash);
    crypto_generichash_update(&hash, pseudonym, PSEUDONYM_SIZE);
    crypto_generichash_final(&hash, pseudonym, PSEUDONYM_SIZE);
}

/* What the first key made goes through the others. */
static void chain(const struct pseudonym_key *key, enum domain domain, uint8_t pseudonym[PSEUDONYM_SIZE])
{
    for (size_t i = 1; i < key->count; i++)
        renew(key, i, domain, pseudonym);
}

void pseudonym_renew(const struct pseudonym_key *key, const uint8_t old[PSEUDONYM_SIZE],
                     uint8_t out[PSEUDONYM_SIZE])
{
    memmove(out, old, PSEUDONYM_SIZE);
    renew(key, key->count - 1, CHAINED, out);
}

void pseudonym_of_person(const struct pseudonym_key *key, const char *identifier, uint8_t out[PSEUDONYM_SIZE])
{
    crypto_generichash_state hash;
    begin_hash(key, 0, PERSON, &hash);
    crypto_generichash_update(&hash, (const uint8_t *)identifier, strlen(identifier));
    crypto_generichash_final(&hash, out, PSEUDONYM_SIZE);
    chain(key, CHAINED, out);
}

/* false: it is no mark with the digits of a pseudonym. */
static bool read_mark(const char *identifier, uint8_t out[PSEUDONYM_SIZE])
{
    static const char mark[] = WZ_PERSON_MARK;
    size_t size = 0;
    const char *const digits = identifier + 1;
    return identifier[0] == mark[0] && strnlen(digits, WZ_PSEUDONYM_DIGITS + 2) == WZ_PSEUDONYM_DIGITS + 1 &&
           digits[WZ_PSEUDONYM_DIGITS] == mark[0] &&
           sodium_hex2bin(out, PSEUDONYM_SIZE, digits, WZ_PSEUDONYM_DIGITS, NULL, &size, NULL) == 0 &&
           size == PSEUDONYM_SIZE;
}

void pseudonym_of_identifier(const struct pseudonym_key *key, const char *identifier,
                             uint8_t out[PSEUDONYM_SIZE])
{
    if (!read_mark(identifier, out))
        pseudonym_of_person(key, identifier, out);
}

void pseudonym_of_row(const struct pseudonym_key *key, const uint8_t *content, size_t size, uint64_t row,
                      uint8_t out[PSEUDONYM_SIZE])
{
    uint8_t place[8];
    for (size_t i = 0; i < sizeof place; i++)
        place[i] = (uint8_t)(row >> (8 * i));
    crypto_generichash_state hash;
    begin_hash(key, 0, ROW, &hash);
    crypto_generichash_update(&hash, place, sizeof place);
    crypto_generichash_update(&hash, content, size);
    crypto_generichash_final(&hash, out, PSEUDONYM_SIZE);
    chain(key, CHAINED, out);
}

void pseudonym_key_fingerprint(const struct pseudonym_key *key, uint8_t out[PSEUDONYM_FINGERPRINT_SIZE])
{
    crypto_generichash_state hash;
    begin_hash(key, 0, FINGERPRINT, &hash);
    crypto_generichash_final(&hash, out, PSEUDONYM_FINGERPRINT_SIZE);
    chain(key, FINGERPRINT, out);
}
