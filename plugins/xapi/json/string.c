/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "json/string.h"

#include "json/json.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

/* A bit per byte that would be special: what is below 0x20, the quote, the backslash, and what is no ASCII.
 */
static uint64_t special_of(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    const uint64_t quotes = eight ^ (ones * '"'), slashes = eight ^ (ones * '\\');
    return ((eight - ones * 0x20) | (quotes - ones) | (slashes - ones) | eight) & highs;
}

static const char *skip_plain(const char *at, const char *end)
{
    while (end - at >= 8) {
        uint64_t eight;
        memcpy(&eight, at, sizeof eight);
        if (special_of(eight))
            break;
        at += 8;
    }
    while (at < end && (uint8_t)*at >= 0x20 && (uint8_t)*at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

/* Four hexadecimal digits; -1: they are none. */
static int32_t hexadecimal(const char *at, const char *end)
{
    if (end - at < 4)
        return -1;
    int32_t number = 0;
    for (int i = 0; i < 4; i++) {
        const char digit = at[i];
        if (digit >= '0' && digit <= '9')
            number = number * 16 + (digit - '0');
        else if ((digit | 0x20) >= 'a' && (digit | 0x20) <= 'f')
            number = number * 16 + ((digit | 0x20) - 'a' + 10);
        else
            return -1;
    }
    return number;
}

/* The character of an escape that begins with \u; `*at` comes behind it. -1: it is none. */
static int32_t escaped_character(const char **at, const char *end)
{
    const int32_t first = hexadecimal(*at + 2, end);
    if (first <= 0 || (first >= 0xdc00 && first <= 0xdfff))
        return -1;
    if (first < 0xd800 || first > 0xdbff) {
        *at += 6;
        return first;
    }
    if (end - *at < 12 || (*at)[6] != '\\' || (*at)[7] != 'u')
        return -1;
    const int32_t second = hexadecimal(*at + 8, end);
    if (second < 0xdc00 || second > 0xdfff)
        return -1;
    *at += 12;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

static int skip_escape(const char **at, const char *end, const char **wrong)
{
    const char letter = end - *at >= 2 ? (*at)[1] : '\0';
    if (letter == 'u') {
        if (end - *at >= 6 && escaped_character(at, end) > 0)
            return 0;
        *wrong = "this escape is no character that a text can have";
        return -1;
    }
    if (letter && strchr("\"\\/bfnrt", letter)) {
        *at += 2;
        return 0;
    }
    *wrong = "there is no escape like this in JSON";
    return -1;
}

int json_string_scan(const char **at, const char *end, bool *is_escaped, const char **wrong)
{
    (*at)++;
    *is_escaped = false;
    for (;;) {
        *at = skip_plain(*at, end);
        if (*at == end) {
            *wrong = "the text ends inside a string";
            return -1;
        }
        if (**at == '"') {
            (*at)++;
            return 0;
        }
        if (**at == '\\') {
            *is_escaped = true;
            if (skip_escape(at, end, wrong))
                return -1;
        } else if ((uint8_t) * *at < 0x20) {
            *wrong = "a control character in a string has to be escaped";
            return -1;
        } else {
            const size_t length = utf8_character(*at, (size_t)(end - *at));
            if (!length) {
                *wrong = "this is not UTF-8";
                return -1;
            }
            *at += length;
        }
    }
}

static size_t encode(int32_t character, char to[4])
{
    if (character < 0x80) {
        to[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        to[0] = (char)(0xc0 | (character >> 6));
        to[1] = (char)(0x80 | (character & 0x3f));
        return 2;
    }
    if (character < 0x10000) {
        to[0] = (char)(0xe0 | (character >> 12));
        to[1] = (char)(0x80 | ((character >> 6) & 0x3f));
        to[2] = (char)(0x80 | (character & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | (character >> 18));
    to[1] = (char)(0x80 | ((character >> 12) & 0x3f));
    to[2] = (char)(0x80 | ((character >> 6) & 0x3f));
    to[3] = (char)(0x80 | (character & 0x3f));
    return 4;
}

static char short_escape(char letter)
{
    switch (letter) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return letter;
    }
}

/* What the escape at `*at` stands for, which comes behind it. */
static size_t decode_escape(const char **at, const char *end, char to[4])
{
    if ((*at)[1] == 'u')
        return encode(escaped_character(at, end), to);
    to[0] = short_escape((*at)[1]);
    *at += 2;
    return 1;
}

void json_string_put(const char *text, size_t size, struct buf *out)
{
    const char *at = text, *end = text + size;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        buf_put(out, at, (size_t)((escape ? escape : end) - at));
        if (!escape)
            return;
        at = escape;
        char character[4];
        const size_t length = decode_escape(&at, end, character);
        buf_put(out, character, length);
    }
}

bool json_string_equals(const char *text, size_t size, const char *wanted, size_t wanted_size)
{
    const char *at = text, *end = text + size;
    while (at < end) {
        char character[4] = {*at};
        size_t length = 1;
        if (*at == '\\')
            length = decode_escape(&at, end, character);
        else
            at++;
        if (length > wanted_size || memcmp(character, wanted, length) != 0)
            return false;
        wanted += length;
        wanted_size -= length;
    }
    return wanted_size == 0;
}

static void put_escaped(char byte, struct buf *out)
{
    static const char letters[32] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
    const char letter = (uint8_t)byte >= 0x20 ? byte : letters[(uint8_t)byte];
    if (letter) {
        const char escape[2] = {'\\', letter};
        buf_put(out, escape, sizeof escape);
    } else {
        buf_append_format(out, "\\u%04x", (unsigned)(uint8_t)byte);
    }
}

void json_put_quoted(const char *text, size_t size, struct buf *out)
{
    const char *at = text, *end = text + size;
    buf_put_u8(out, '"');
    while (at < end) {
        const char *from = at;
        while (at < end && (uint8_t)*at >= 0x20 && *at != '"' && *at != '\\')
            at++;
        buf_put(out, from, (size_t)(at - from));
        if (at < end)
            put_escaped(*at++, out);
    }
    buf_put_u8(out, '"');
}
