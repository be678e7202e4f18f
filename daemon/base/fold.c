/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/fold.h"

#include "base/buf.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static bool is_ascii(char byte)
{
    return (uint8_t)byte < 0x80;
}

static bool is_ascii_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static char small(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

/* Answers are mostly ASCII, which needs no table. false: this one is not. */
static bool fold_ascii(const char *text, char *folded, size_t size)
{
    size_t length = 0;
    for (; *text && length + 1 < size; text++) {
        if (!is_ascii(*text))
            return false;
        if (!is_ascii_blank(*text))
            folded[length++] = small(*text);
        else if (length > 0 && folded[length - 1] != ' ')
            folded[length++] = ' ';
    }
    if (length > 0 && folded[length - 1] == ' ')
        length--;
    folded[length] = '\0';
    return true;
}

/* ---- beyond ASCII -------------------------------------------------------------------------------------- */

static utf8proc_category_t category_of(const char *character)
{
    return utf8proc_category((utf8proc_int32_t)utf8_code_point(character));
}

static bool is_mark(const char *character)
{
    const utf8proc_category_t category = category_of(character);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ME;
}

/* Well-formed, and without more marks in a row than Unicode's annex 15 leaves to a text in its Stream-Safe
 * Text Format: putting n of them in order takes utf8proc n * n steps. */
static bool is_text(const char *text, size_t size)
{
    enum { MOST_MARKS = 30 };
    size_t marks = 0;
    for (size_t length; size > 0; text += length, size -= length) {
        length = utf8_character(text, size);
        if (length == 0)
            return false;
        marks = length > 1 && is_mark(text) ? marks + 1 : 0;
        if (marks > MOST_MARKS)
            return false;
    }
    return true;
}

static bool is_blank(const char *character, size_t length)
{
    return length > 1 ? category_of(character) == UTF8PROC_CATEGORY_ZS : is_ascii_blank(*character);
}

/* Every run of blanks is one, and there is none at the ends. */
static void put_words(const char *text, size_t size, struct buf *out)
{
    bool is_first = true, is_after_blank = false;
    for (size_t length; size > 0; text += length, size -= length) {
        const size_t found = utf8_character(text, size);
        length = found ? found : 1;
        if (is_blank(text, length)) {
            is_after_blank = true;
            continue;
        }
        if (is_after_blank && !is_first)
            buf_put_u8(out, ' ');
        if (length > 1)
            buf_put(out, text, length);
        else
            buf_put_u8(out, (uint8_t)small(*text));
        is_first = is_after_blank = false;
    }
}

static void append_beyond_ascii(const char *text, size_t size, struct buf *out)
{
    utf8proc_uint8_t *folded = NULL;
    const utf8proc_option_t form = UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD;
    const utf8proc_ssize_t length = is_text(text, size) ? utf8proc_map((const utf8proc_uint8_t *)text,
                                                                       (utf8proc_ssize_t)size, &folded, form)
                                                        : UTF8PROC_ERROR_INVALIDUTF8;
    if (length == UTF8PROC_ERROR_NOMEM)
        abort();
    if (length >= 0)
        put_words((const char *)folded, (size_t)length, out);
    else
        put_words(text, size, out);
    free(folded);
}

static void fold_beyond_ascii_into(const char *text, char *folded, size_t size)
{
    struct buf whole = {0};
    fold_append(text, &whole);
    size_t kept = whole.size < size ? whole.size : size - 1;
    while (kept > 0 && kept < whole.size && (whole.data[kept] & 0xc0) == 0x80)
        kept--;
    if (kept > 0 && whole.data[kept - 1] == ' ')
        kept--;
    if (kept > 0)
        memcpy(folded, whole.data, kept);
    folded[kept] = '\0';
    buf_free(&whole);
}

static bool are_same_beyond_ascii(const char *left, const char *right)
{
    if (strcmp(left, right) == 0)
        return true;
    char *a = fold_text(left), *b = fold_text(right);
    const bool same = strcmp(a, b) == 0;
    free(a);
    free(b);
    return same;
}

/* ---- all texts ----------------------------------------------------------------------------------------- */

void fold_append(const char *text, struct buf *out)
{
    const size_t size = strlen(text), before = out->size;
    char *folded = (char *)buf_extend(out, size + 1);
    const bool is_done = fold_ascii(text, folded, size + 1);
    out->size = before + (is_done ? strlen(folded) : 0);
    if (!is_done)
        append_beyond_ascii(text, size, out);
}

void fold_into(const char *text, char *folded, size_t size)
{
    if (!fold_ascii(text, folded, size))
        fold_beyond_ascii_into(text, folded, size);
}

char *fold_text(const char *text)
{
    struct buf folded = {0};
    fold_append(text, &folded);
    buf_put_u8(&folded, 0);
    return (char *)folded.data;
}

/* What next_folded gives where it takes tables to go on. */
enum { BEYOND_ASCII = 0x80 };

/* The next byte of the folded text, and 0 at its end. */
static int next_folded(const char **text, bool is_first)
{
    const char *start = *text;
    while (is_ascii_blank(**text))
        (*text)++;
    if (!is_ascii(**text))
        return BEYOND_ASCII;
    if (*text > start && !is_first && **text)
        return ' ';
    return **text ? small(*(*text)++) : 0;
}

bool fold_same(const char *left, const char *right)
{
    const char *a = left, *b = right;
    int next, other;
    bool is_first = true;
    do {
        next = next_folded(&a, is_first);
        other = next_folded(&b, is_first);
        if (next == BEYOND_ASCII || other == BEYOND_ASCII)
            return are_same_beyond_ascii(left, right);
        is_first = false;
    } while (next == other && next);
    return next == other;
}

bool fold_is_one_of(const char *text, const char *const *words)
{
    for (; *words; words++)
        if (fold_same(text, *words))
            return true;
    return false;
}
