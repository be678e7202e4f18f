/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fold.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* The bytes of white space at the beginning; the one that does not break (U+00A0) comes from web pages. */
static size_t blank_length(const char *text)
{
    size_t length = 0;
    for (;;)
        if (text[length] == ' ' || (text[length] >= '\t' && text[length] <= '\r'))
            length++;
        else if ((unsigned char)text[length] == 0xc2 && (unsigned char)text[length + 1] == 0xa0)
            length += 2;
        else
            return length;
}

static char small(char c)
{
    return (char)(((unsigned char)c < 0x80) ? tolower((unsigned char)c) : c);
}

/* The next byte of the folded text, and '\0' at its end. */
static char next_folded(const char **text, bool is_first)
{
    const size_t blanks = blank_length(*text);
    *text += blanks;
    if (blanks && !is_first && **text)
        return ' ';
    return **text ? small(*(*text)++) : '\0';
}

void fold_into(const char *text, char *folded, size_t size)
{
    size_t length = 0;
    char next;
    while (length + 1 < size && (next = next_folded(&text, length == 0)))
        folded[length++] = next;
    if (length > 0 && folded[length - 1] == ' ')
        length--;
    folded[length] = '\0';
}

char *fold_text(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *folded = malloc(size);
    if (!folded)
        abort();
    fold_into(text, folded, size);
    return folded;
}

bool fold_same(const char *left, const char *right)
{
    char a, b;
    bool is_first = true;
    do {
        a = next_folded(&left, is_first);
        b = next_folded(&right, is_first);
        is_first = false;
    } while (a == b && a);
    return a == b;
}

bool fold_is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (fold_same(text, *words))
            return true;
    return false;
}
