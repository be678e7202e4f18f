/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fold.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

void fold_into(const char *text, char *folded, size_t size)
{
    size_t length = 0;
    for (; *text && length + 1 < size; text++) {
        if (!is_space(*text))
            folded[length++] = (char)(((unsigned char)*text < 0x80) ? tolower((unsigned char)*text) : *text);
        else if (length > 0 && folded[length - 1] != ' ')
            folded[length++] = ' ';
    }
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
