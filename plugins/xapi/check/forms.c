/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/forms.h"

#include "base/utf8.h"

#include <string.h>
#include <strings.h>

static bool is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* One more than what a digit is worth; 0: it is none. */
static const uint8_t hexadecimal_digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

static int hexadecimal(char byte)
{
    return hexadecimal_digits[(uint8_t)byte] - 1;
}

static bool are_hexadecimal(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (hexadecimal(text[i]) < 0)
            return false;
    return true;
}

/* ---- IRIs ---- */

/* A bit for every byte that may stand anywhere behind the scheme: letters, digits and
 * !$&'()*+,-./:;=?@_~ */
static const uint64_t iri_plain[4] = {0xafffffd200000000, 0x47fffffe87ffffff, 0, 0};

/* Behind the colon of the scheme; 0: there is none. */
static size_t scheme_size(const char *text, size_t size)
{
    if (!size || !is_letter(text[0]))
        return 0;
    size_t at = 1;
    while (at < size && (is_letter(text[at]) || is_digit(text[at]) || text[at] == '+' || text[at] == '-' ||
                         text[at] == '.'))
        at++;
    return at < size && text[at] == ':' ? at + 1 : 0;
}

/* Up to where square brackets may stand: in the authority, around an address of IPv6. */
static size_t authority_end(const char *text, size_t from, size_t size)
{
    if (size - from < 2 || text[from] != '/' || text[from + 1] != '/')
        return from;
    size_t at = from + 2;
    while (at < size && text[at] != '/' && text[at] != '?' && text[at] != '#')
        at++;
    return at;
}

static bool is_plain(char byte)
{
    return iri_plain[(uint8_t)byte / 64] >> ((uint8_t)byte % 64) & 1;
}

/* How many bytes the character at `at` takes, which is not plain; 0: it may not stand there. */
static size_t iri_step(const char *text, size_t at, size_t size, size_t authority, bool *hash)
{
    if ((uint8_t)text[at] >= 0x80) {
        const size_t length = utf8_character(text + at, size - at);
        return length && !utf8_is_control(text + at, length) ? length : 0;
    }
    switch (text[at]) {
    case '%':
        return size - at >= 3 && are_hexadecimal(text + at + 1, 2) ? 3 : 0;
    case '[':
    case ']':
        return at < authority ? 1 : 0;
    case '#':
        if (*hash)
            return 0;
        *hash = true;
        return 1;
    default:
        return 0;
    }
}

bool form_is_iri(const char *text, size_t size)
{
    size_t at = scheme_size(text, size);
    if (!at)
        return false;
    const size_t authority = authority_end(text, at, size);
    bool hash = false;
    for (;;) {
        while (at < size && is_plain(text[at]))
            at++;
        if (at == size)
            return true;
        const size_t step = iri_step(text, at, size, authority, &hash);
        if (!step)
            return false;
        at += step;
    }
}

/* ---- identifiers and sums ---- */

bool form_read_uuid(const char *text, size_t size, uint8_t bytes[16])
{
    if (size != 36)
        return false;
    size_t filled = 0;
    for (size_t i = 0; i < size;) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i++] != '-')
                return false;
            continue;
        }
        const int high = hexadecimal(text[i]), low = hexadecimal(text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[filled++] = (uint8_t)(high * 16 + low);
        i += 2;
    }
    return true;
}

bool form_is_uuid(const char *text, size_t size)
{
    uint8_t bytes[16];
    return form_read_uuid(text, size, bytes);
}

void form_write_uuid(const uint8_t bytes[16], char text[37])
{
    static const char digits[] = "0123456789abcdef";
    char *at = text;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    *at = '\0';
}

bool form_is_sha1(const char *text, size_t size)
{
    return size == 40 && are_hexadecimal(text, size);
}

bool form_is_sha2(const char *text, size_t size)
{
    return (size == 56 || size == 64 || size == 96 || size == 128) && are_hexadecimal(text, size);
}

/* What may stand in an address as it is (RFC 6068, and RFC 6531 for what is no ASCII). */
static bool is_address_byte(char byte)
{
    return (uint8_t)byte >= 0x80 || is_letter(byte) || is_digit(byte) ||
           (byte && strchr("!#$%&'*+-/=^_`{|}~.@", byte));
}

bool form_is_mailto(const char *text, size_t size)
{
    static const char scheme[] = "mailto:";
    const size_t begin = sizeof scheme - 1;
    if (size <= begin || strncasecmp(text, scheme, begin) != 0)
        return false;
    const char *address = text + begin, *end = text + size;
    const char *sign = memchr(address, '@', (size_t)(end - address));
    if (!sign || sign == address || sign + 1 == end || memchr(sign + 1, '@', (size_t)(end - sign - 1)))
        return false;
    for (const char *at = address; at < end; at++)
        if (!is_address_byte(*at))
            return false;
    return utf8_valid(address, (size_t)(end - address)) &&
           !utf8_find_control(address, (size_t)(end - address));
}

/* ---- media types ---- */

static size_t token_size(const char *text, size_t size)
{
    size_t at = 0;
    while (at < size &&
           (is_letter(text[at]) || is_digit(text[at]) || (text[at] && strchr("!#$%&'*+-.^_`|~", text[at]))))
        at++;
    return at;
}

/* A quoted string; 0: it is none. */
static size_t quoted_size(const char *text, size_t size)
{
    if (!size || text[0] != '"')
        return 0;
    for (size_t at = 1; at < size; at++) {
        if (text[at] == '"')
            return at + 1;
        if ((uint8_t)text[at] < 0x20 && text[at] != '\t')
            return 0;
        if (text[at] == '\\')
            at++;
    }
    return 0;
}

static size_t space_size(const char *text, size_t size)
{
    size_t at = 0;
    while (at < size && (text[at] == ' ' || text[at] == '\t'))
        at++;
    return at;
}

/* "; charset=utf-8"; 0: it is none. */
static size_t parameter_size(const char *text, size_t size)
{
    size_t at = space_size(text, size);
    if (at == size || text[at++] != ';')
        return 0;
    at += space_size(text + at, size - at);
    const size_t name = token_size(text + at, size - at);
    at += name;
    if (!name || at == size || text[at++] != '=')
        return 0;
    const size_t token = token_size(text + at, size - at);
    const size_t value = token ? token : quoted_size(text + at, size - at);
    return value ? at + value : 0;
}

bool form_is_media_type(const char *text, size_t size)
{
    const size_t type = token_size(text, size);
    if (!type || type == size || text[type] != '/')
        return false;
    const size_t subtype = token_size(text + type + 1, size - type - 1);
    if (!subtype)
        return false;
    for (size_t at = type + 1 + subtype; at < size;) {
        const size_t parameter = parameter_size(text + at, size - at);
        if (!parameter)
            return false;
        at += parameter;
    }
    return true;
}
