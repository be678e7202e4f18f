/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cell_text.h"

#include "base/mem.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ESCAPE_SIZE = 7 }; /* _x000D_ */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void cell_text_begin(struct cell_text *cell)
{
    if (!cell->text)
        cell->text = mem_alloc(LONGEST_FIELD + 1);
    cell->length = cell->whole = cell->seen = 0;
    cell->fault = NO_FAULT;
}

void cell_text_add(struct cell_text *cell, const char *text, size_t length)
{
    for (; cell->seen == 0 && length && is_blank(*text); text++, length--)
        ;
    size_t solid = length;
    while (solid && is_blank(text[solid - 1]))
        solid--;
    if (solid)
        cell->whole = cell->seen + solid;
    cell->seen += length;
    const size_t room = LONGEST_FIELD - cell->length, kept = length < room ? length : room;
    memcpy(cell->text + cell->length, text, kept);
    cell->length += kept;
}

/* ---- escapes ------------------------------------------------------------------------------------------- */

/* The unit of UTF-16 that stands at `text` as _xHHHH_, or -1. */
static long unit_at(const char *text, size_t left)
{
    if (left < ESCAPE_SIZE || text[0] != '_' || text[1] != 'x' || text[6] != '_')
        return -1;
    for (int i = 2; i < 6; i++)
        if (!isxdigit((unsigned char)text[i]))
            return -1;
    return strtol(text + 2, NULL, 16);
}

/* The character at `text` and how long it is there; 0 where none is escaped. */
static size_t escape_at(const char *text, size_t left, uint32_t *character)
{
    const long first = unit_at(text, left);
    if (first < 0 || (first >= 0xdc00 && first <= 0xdfff))
        return 0;
    *character = (uint32_t)first;
    if (first < 0xd800 || first > 0xdbff)
        return ESCAPE_SIZE;
    const long second = unit_at(text + ESCAPE_SIZE, left - ESCAPE_SIZE);
    if (second < 0xdc00 || second > 0xdfff)
        return 0;
    *character = 0x10000 + (((uint32_t)first - 0xd800) << 10) + ((uint32_t)second - 0xdc00);
    return 2 * (size_t)ESCAPE_SIZE;
}

static size_t put_utf_8(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    const size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(first[length] | c);
    return length;
}

/* In place: a character is shorter than its escape. */
static void unescape(struct cell_text *cell)
{
    size_t to = 0;
    if (!memmem(cell->text, cell->length, "_x", 2))
        return;
    for (size_t at = 0; at < cell->length;) {
        uint32_t character;
        const size_t escaped = escape_at(cell->text + at, cell->length - at, &character);
        if (!escaped) {
            cell->text[to++] = cell->text[at++];
            continue;
        }
        if (!character)
            cell->fault = HAS_NUL;
        to += put_utf_8(character, cell->text + to);
        at += escaped;
    }
    cell->length = to;
}

static void trim(struct cell_text *cell)
{
    size_t blanks = 0;
    while (cell->length && is_blank(cell->text[cell->length - 1]))
        cell->length--;
    while (blanks < cell->length && is_blank(cell->text[blanks]))
        blanks++;
    cell->length -= blanks;
    memmove(cell->text, cell->text + blanks, cell->length);
}

void cell_text_end(struct cell_text *cell)
{
    if (cell->whole > LONGEST_FIELD) {
        cell->fault = FIELD_TOO_LONG;
        cell->length = cell->whole;
        cell->text[0] = '\0';
        return;
    }
    unescape(cell);
    trim(cell);
    cell->text[cell->length] = '\0';
}

void cell_text_free(struct cell_text *cell)
{
    free(cell->text);
}
