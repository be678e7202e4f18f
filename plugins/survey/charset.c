/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Written out here and not left to iconv: behind the decoder's walls nothing can be opened, and glibc keeps
 * UTF-16 and Windows-1252 in modules that it opens when they are first asked for.
 */
#include "charset.h"

#include "base/utf8.h"

#include <string.h>

static const char *const names[] = {
    [UTF_8] = "utf-8", [UTF_16LE] = "utf-16le", [UTF_16BE] = "utf-16be", [WINDOWS_1252] = "windows-1252"};

const char *charset_name(enum charset charset)
{
    return names[charset == CHARSET_UNKNOWN ? UTF_8 : charset];
}

const char *charset_title(enum charset charset)
{
    static const char *const titles[] = {[CHARSET_UNKNOWN] = "UTF-8",
                                         [UTF_8] = "UTF-8",
                                         [UTF_16LE] = "UTF-16",
                                         [UTF_16BE] = "UTF-16",
                                         [WINDOWS_1252] = "Windows-1252"};
    return titles[charset];
}

enum charset charset_named(const char *name)
{
    for (enum charset charset = UTF_8; charset <= WINDOWS_1252; charset++)
        if (strcmp(names[charset], name) == 0)
            return charset;
    return CHARSET_UNKNOWN;
}

bool charset_is_wide(enum charset charset)
{
    return charset == UTF_16LE || charset == UTF_16BE;
}

/* ---- detection ----------------------------------------------------------------------------------------- */

enum charset charset_of_beginning(const char *bytes, size_t size, size_t *mark)
{
    *mark = 0;
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        *mark = 3;
        return UTF_8;
    }
    if (size >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) {
        *mark = 2;
        return bytes[0] == '\xff' ? UTF_16LE : UTF_16BE;
    }
    if (size < 4)
        return CHARSET_UNKNOWN;
    if (bytes[0] && !bytes[1] && bytes[2] && !bytes[3])
        return UTF_16LE;
    return !bytes[0] && bytes[1] && !bytes[2] && bytes[3] ? UTF_16BE : CHARSET_UNKNOWN;
}

static bool may_go_on(const char *bytes, size_t size)
{
    const uint8_t first = (uint8_t)bytes[0];
    const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    return first >= 0xc2 && first <= 0xf4 && size < length;
}

/* Bytes that follow each other are malformed once: what a program that cannot do better cuts off or doubles
 * is a character. */
enum charset charset_of_text(const char *bytes, size_t size, bool whole, size_t *open)
{
    size_t characters = 0, malformed = 0, last_malformed = SIZE_MAX - 1;
    *open = 0;
    for (size_t at = 0; at < size;) {
        const size_t length = utf8_character(bytes + at, size - at);
        if (length == 0 && bytes[at] != 0) {
            if (!whole && may_go_on(bytes + at, size - at)) {
                *open = size - at;
                break;
            }
            malformed += last_malformed + 1 != at;
            last_malformed = at;
        }
        characters += length > 1;
        at += length ? length : 1;
    }
    if (characters == 0 && malformed == 0)
        return CHARSET_UNKNOWN;
    return characters >= malformed ? UTF_8 : WINDOWS_1252;
}

/* ---- conversion ---------------------------------------------------------------------------------------- */

static size_t put_character(char *text, uint32_t character)
{
    if (character < 0x80) {
        text[0] = (char)character;
        return 1;
    }
    if (character < 0x800) {
        text[0] = (char)(0xc0 | character >> 6);
        text[1] = (char)(0x80 | (character & 0x3f));
        return 2;
    }
    if (character < 0x10000) {
        text[0] = (char)(0xe0 | character >> 12);
        text[1] = (char)(0x80 | (character >> 6 & 0x3f));
        text[2] = (char)(0x80 | (character & 0x3f));
        return 3;
    }
    text[0] = (char)(0xf0 | character >> 18);
    text[1] = (char)(0x80 | (character >> 12 & 0x3f));
    text[2] = (char)(0x80 | (character >> 6 & 0x3f));
    text[3] = (char)(0x80 | (character & 0x3f));
    return 4;
}

static size_t put_malformed(char *text)
{
    text[0] = CHARSET_MALFORMED;
    return 1;
}

static size_t put_unit(struct utf_16 *utf_16, uint16_t unit, char *text)
{
    const uint16_t before = utf_16->surrogate;
    const bool is_first = unit >= 0xd800 && unit <= 0xdbff, is_second = unit >= 0xdc00 && unit <= 0xdfff;
    utf_16->surrogate = is_first ? unit : 0;
    if (before && is_second)
        return put_character(text, 0x10000 + ((uint32_t)(before - 0xd800) << 10) + (unit - 0xdc00));
    const size_t alone = before ? put_malformed(text) : 0;
    if (is_first)
        return alone;
    return alone + (is_second ? put_malformed(text + alone) : put_character(text + alone, unit));
}

size_t utf_16_convert(struct utf_16 *utf_16, const char *bytes, size_t size, char *text)
{
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        const uint8_t byte = (uint8_t)bytes[i];
        if (utf_16->has_half) {
            const unsigned high = utf_16->big_endian ? utf_16->half : byte;
            const unsigned low = utf_16->big_endian ? byte : utf_16->half;
            length += put_unit(utf_16, (uint16_t)(high << 8 | low), text + length);
        }
        utf_16->half = byte;
        utf_16->has_half = !utf_16->has_half;
    }
    return length;
}

size_t utf_16_end(struct utf_16 *utf_16, char *text)
{
    const bool is_cut = utf_16->has_half || utf_16->surrogate;
    utf_16->has_half = false;
    utf_16->surrogate = 0;
    return is_cut ? put_malformed(text) : 0;
}

/* Of 0x80 to 0x9f; 0: it means nothing. The others are those of Unicode. */
static const uint16_t windows_1252[32] = {0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021,
                                          0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017d, 0,
                                          0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                          0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

size_t windows_1252_convert(const char *bytes, size_t size, char *text)
{
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        const uint8_t byte = (uint8_t)bytes[i];
        const uint32_t character = byte >= 0x80 && byte <= 0x9f ? windows_1252[byte - 0x80] : byte;
        length += character || !byte ? put_character(text + length, character) : put_malformed(text + length);
    }
    return length;
}
