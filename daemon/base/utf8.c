/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/utf8.h"

#include <string.h>

static bool continues(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* Table 3-7 of the Unicode standard. */
size_t utf8_character(const char *text, size_t left)
{
    const uint8_t *at = (const uint8_t *)text;
    if (!left)
        return 0;
    const uint8_t first = at[0];
    if (first < 0x80)
        return first != 0;
    if (first >= 0xc2 && first <= 0xdf)
        return left >= 2 && continues(at[1]) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        const uint8_t lowest = first == 0xe0 ? 0xa0 : 0x80, highest = first == 0xed ? 0x9f : 0xbf;
        return left >= 3 && at[1] >= lowest && at[1] <= highest && continues(at[2]) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const uint8_t lowest = first == 0xf0 ? 0x90 : 0x80, highest = first == 0xf4 ? 0x8f : 0xbf;
        const bool second = left >= 4 && at[1] >= lowest && at[1] <= highest;
        return second && continues(at[2]) && continues(at[3]) ? 4 : 0;
    }
    return 0;
}

/* Of eight bytes at once: each is below 0x80, and none is zero. */
static bool are_ascii(const uint8_t *at)
{
    uint64_t eight;
    memcpy(&eight, at, sizeof eight);
    return !(eight & 0x8080808080808080u) && !((eight - 0x0101010101010101u) & 0x8080808080808080u);
}

bool utf8_is_ascii(const char *text, size_t size)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + size;
    while (end - at >= 8) {
        if (!are_ascii(at))
            return false;
        at += 8;
    }
    for (; at < end; at++)
        if (*at == 0 || *at >= 0x80)
            return false;
    return true;
}

bool utf8_valid(const char *text, size_t size)
{
    const uint8_t *at = (const uint8_t *)text, *end = at + size;
    while (at < end) {
        if (end - at >= 8 && are_ascii(at)) { /* answers are mostly that */
            at += 8;
            continue;
        }
        const size_t length = utf8_character((const char *)at, (size_t)(end - at));
        if (!length)
            return false;
        at += length;
    }
    return true;
}

bool utf8_is_control(const char *character, size_t length)
{
    const uint8_t *at = (const uint8_t *)character;
    if (length == 1)
        return at[0] < 0x20 || at[0] == 0x7f;
    if (length == 2)
        return at[0] == 0xc2 && at[1] < 0xa0; /* U+0080 to U+009F */
    if (length != 3 || at[0] != 0xe2)
        return false;
    return (at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae) || /* U+2028 to U+202E */
           (at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9);   /* U+2066 to U+2069 */
}

const char *utf8_find_control(const char *text, size_t size)
{
    for (size_t length; (length = utf8_character(text, size)) != 0; text += length, size -= length)
        if (utf8_is_control(text, length))
            return text;
    return NULL;
}

uint32_t utf8_code_point(const char *text)
{
    static const uint8_t lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07}; /* by length */
    const uint8_t *at = (const uint8_t *)text;
    const size_t length = at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
    uint32_t code = at[0] & lead_bits[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (at[i] & 0x3fu);
    return code;
}

void utf8_copy_line(char *to, size_t size, const char *text, size_t length)
{
    size_t kept = 0;
    while (length) {
        const size_t found = utf8_character(text, length), taken = found ? found : 1;
        const bool shown = found && !utf8_is_control(text, found);
        const size_t put = shown ? found : 1;
        if (kept + put >= size)
            break;
        if (shown)
            memcpy(to + kept, text, found);
        else
            to[kept] = found ? ' ' : '?';
        kept += put;
        text += taken;
        length -= taken;
    }
    to[kept] = '\0';
}

void utf8_mend(char *text)
{
    size_t left = strlen(text);
    while (left) {
        const size_t found = utf8_character(text, left), length = found ? found : 1;
        const bool plain = *text == '\t' || *text == '\n';
        if (!found || (!plain && utf8_is_control(text, length)))
            memset(text, '?', length);
        text += length;
        left -= length;
    }
}
