/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "text.h"

#include "base/utf8.h"

#include <string.h>

void text_show(const char *text, char shown[SHOWN_TEXT + 1])
{
    static const char cut[] = "...";
    const size_t size = strlen(text), room = SHOWN_TEXT - strlen(cut);
    size_t length = 0;
    while (text[length]) {
        const size_t next = utf8_character(text + length, size - length);
        if (!next || (length + next > room && size > SHOWN_TEXT))
            break;
        length += next;
    }
    memcpy(shown, text, length);
    strcpy(shown + length, text[length] ? cut : "");
    for (char *at = shown; (at = strpbrk(at, "\t\r\n"));)
        *at = ' ';
}
